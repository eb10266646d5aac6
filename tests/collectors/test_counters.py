"""Running totals: one a day under its own day, never a zero for a missing key, and a fall is kept and flagged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import stamina

from answers.events import events
from catalog import load
from collectors import Access, collect_source, cost_estimate
from storage import Run, Store
from tests.support.upstream import NOON, FakeClock, Rule, Upstream, instead
from uptake.verify import verify


class Counter:
    """A source of running totals: its metric, a framework, and how its total is set in an answer."""

    def __init__(self, source: str, metric: str, framework: str, place: tuple[str, str]) -> None:
        self.source, self.metric, self.framework, self.place = source, metric, framework, place

    def answering(self, total: object) -> Rule:
        """The recorded answer with another total; None: without that key."""

        def change(body: dict[str, Any]) -> dict[str, Any]:
            outer, key = self.place
            body[outer] = {name: value for name, value in body[outer].items() if name != key}
            if total is not None:
                body[outer][key] = total
            return body

        return Rule("", instead(change))


COUNTERS = (
    Counter("hex", "hex_downloads_total", "phoenix-liveview", ("downloads", "all")),
    Counter("pkgsite", "go_importers", "gin", ("importedBy", "total")),
)


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture(params=COUNTERS, ids=lambda counter: counter.source)
def counter(request: pytest.FixtureRequest) -> Counter:
    assert isinstance(request.param, Counter)
    return request.param


@pytest.fixture
def collect(store: Store, counter: Counter) -> Iterator[Callable[[object, int], Run]]:
    """Collect so many days from now, with this total; it must be answered in one request."""
    with Upstream.of(counter.source) as upstream:

        def act(total: object, days: int) -> Run:
            upstream.rules, upstream.log[:] = [counter.answering(total)], []
            clock = FakeClock(NOON + timedelta(days=days))
            run = store.start_run(counter.source, trigger="cli", now=clock.now(), frameworks=[counter.framework])
            access = Access(upstream.url)
            ended = collect_source(store, load(), counter.source, run, access=access, clock=clock, holder="test")
            assert len(upstream.log) == 1
            return ended

        yield act


def readings(store: Store, counter: Counter) -> list[tuple[int, float]]:
    """Days from now, and the total."""
    rows = store.read(counter.metric, [counter.framework]).to_dict("records")
    return [((row["period"].date() - NOON.date()).days, row["value"]) for row in rows]


def test_total_belongs_to_the_day_it_was_read(
    store: Store, counter: Counter, collect: Callable[[object, int], Run]
) -> None:
    assert collect(1_000, 0).status == collect(1_200, 3).status == "ok"
    assert readings(store, counter) == [(0, 1_000), (3, 1_200)]
    assert load().sources[counter.source].memory_days == 0
    assert cost_estimate(store, load(), counter.source, now=NOON + timedelta(days=4)).requests == 1
    assert verify(store, load()).ok
    assert not [event for event in events(store, load(), [counter.framework]) if event.kind == "recount"]


def test_missing_key_is_no_zero_and_the_next_day_is_asked_again(
    store: Store, counter: Counter, collect: Callable[[object, int], Run]
) -> None:
    (failure,) = collect(None, 0).failures
    assert (failure.kind, "not zero" in failure.message) == ("changed", True)
    assert collect(1_000, 1).status == "ok"
    assert readings(store, counter) == [(1, 1_000)]


def test_fall_is_a_recount_kept_and_flagged(
    store: Store, counter: Counter, collect: Callable[[object, int], Run]
) -> None:
    for days, total in enumerate((36_849_568, 36_000_000, 36_000_100)):
        assert collect(total, days).status == "ok"
    assert [total for _, total in readings(store, counter)] == [36_849_568, 36_000_000, 36_000_100]
    (recount,) = [event for event in events(store, load(), [counter.framework]) if event.kind == "recount"]
    assert (recount.since - NOON.date()).days == 1
    assert recount.title.endswith("36,849,568 became 36,000,000")
    assert verify(store, load()).ok
