"""The cache: an answer is computed once per store generation and step of time, and all are forgotten at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard import cache
from storage import Store
from tests.support.planting import plant


class Counted:
    """A function that is kept, and how often it was computed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, step: timedelta = cache.HOUR) -> None:
        self.moment, self.calls = datetime(2026, 11, 27, 12, 0, tzinfo=UTC), 0
        monkeypatch.setattr(cache, "now", lambda: self.moment)
        self.answer = cache.memoized(2, step)(self.compute)

    def compute(self, began: datetime, word: str) -> tuple[datetime, str]:
        self.calls += 1
        return began, word


@pytest.fixture
def url(sqlite_url: str, at_store: Callable[..., None]) -> str:
    at_store(sqlite_url)
    return sqlite_url


def write(url: str) -> None:
    with Store.open(url) as store:
        plant(store, "stars", "flask", {date(2026, 11, 20): 7}, datetime(2026, 11, 21, tzinfo=UTC))


def test_an_answer_is_computed_once_until_something_is_written(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    assert {counted.answer("a") for _ in range(3)} == {(counted.moment, "a")}
    assert counted.calls == 1
    counted.answer("b")
    assert counted.calls == 2
    write(url)
    counted.answer("a")
    assert counted.calls == 3


@pytest.mark.parametrize(("step", "later"), [(cache.HOUR, 3600), (timedelta(seconds=10), 10)])
def test_an_answer_is_computed_anew_when_the_next_step_begins(
    url: str, monkeypatch: pytest.MonkeyPatch, step: timedelta, later: int
) -> None:
    counted = Counted(monkeypatch, step)
    first = counted.answer("a")
    counted.moment += timedelta(seconds=later - 1)
    assert counted.answer("a") == first
    counted.moment += timedelta(seconds=1)
    assert counted.answer("a") == (first[0] + step, "a")
    assert counted.calls == 2


def test_what_depends_on_no_clock_is_kept_for_ever(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    timeless = Counted(monkeypatch, cache.FOREVER)
    timeless.answer("a")
    timeless.moment += timedelta(days=400)
    timeless.answer("a")
    assert timeless.calls == 1


def test_everything_is_forgotten_at_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Counted(monkeypatch), Counted(monkeypatch)
    for counted in (one, other):
        counted.answer("a")
    cache.forget()
    for counted in (one, other):
        counted.answer("a")
        assert counted.calls == 2


def test_who_asks_the_same_meanwhile_waits_and_others_do_not(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    computing, released = threading.Event(), threading.Event()
    calls: list[str] = []

    @cache.memoized(4)
    def slow(_began: datetime, word: str) -> str:
        calls.append(word)
        if word == "slow":
            computing.set()
            assert released.wait(30)
        return word

    with ThreadPoolExecutor(6) as threads:
        same = [threads.submit(slow, "slow") for _ in range(4)]
        assert computing.wait(30)
        assert threads.submit(slow, "other").result(30) == "other"
        assert not any(future.done() for future in same)
        released.set()
        assert [future.result(30) for future in same] == ["slow"] * 4
    assert sorted(calls) == ["other", "slow"]
