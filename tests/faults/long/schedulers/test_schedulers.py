"""J01, J03, J05, J07: schedulers through months, days without one, clocks that jump, and collectors that hang."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import pytest

from answers.questions import Question
from answers.series.answer import series
from catalog import load
from collectors import Fetch, Task, pypistats
from storage import Batch, Store
from tests.faults.long.schedulers.scheduling import SetClock, Ticking, beating
from tests.faults.oracle import figures, yesterday
from tests.support.upstream import Upstream

pytestmark = pytest.mark.fault
FIRST = datetime(2026, 11, 22, 3, tzinfo=UTC)  # half an hour after PyPI Stats is due, which it is every twelve hours
WINDOW = timedelta(hours=12)
WINDOWS = 100


def test_j01_two_schedulers_do_a_hundred_windows_once_each(sqlite_url: str, sqlite_store: Store) -> None:
    """Each window finds the lease of the last one run out, so that both want it."""
    moments, did = [FIRST + n * WINDOW for n in range(WINDOWS)], Counter[int]()
    with Upstream.of("pypistats") as upstream, beating(sqlite_url, "pypistats", upstream.url, 2) as both:
        for moment in moments:
            runs = both.at(moment)
            assert sum(runs) == 1, (moment, runs)
            did[runs.index(1)] += 1
        assert both.at(moments[-1] + timedelta(minutes=5)) == [0, 0]
    runs_kept = sqlite_store.runs(10 * WINDOWS)
    assert [run.status for run in runs_kept] == ["ok"] * WINDOWS
    assert sorted(run.started_at for run in runs_kept if run.started_at) == moments
    assert len(did) == 2, f"{did}: both had their turn, or nothing was shown"


def test_j03_after_three_days_one_run_catches_up_and_says_so(sqlite_url: str, sqlite_store: Store) -> None:
    with Upstream.of("pypistats") as upstream, beating(sqlite_url, "pypistats", upstream.url) as one:
        today = dict(upstream.exchanges)
        for _ in range(2):
            upstream.exchanges = {path: yesterday(exchange) for path, exchange in upstream.exchanges.items()}
        assert one.at(FIRST) == [1]
        had = {figure[3] for figure in figures(sqlite_store)}
        upstream.exchanges = today
        back = FIRST + timedelta(days=3, hours=2)
        assert [one.at(back + timedelta(minutes=n)) for n in (0, 1, 60)] == [[1], [0], [0]]
    latest = sqlite_store.runs(1)[0]
    assert (len(sqlite_store.runs()), latest.status, latest.trigger) == (2, "ok", "catch-up")
    assert len({figure[3] for figure in figures(sqlite_store)} - had) == 2


def test_j03_days_that_nobody_counted_stay_unknown(sqlite_url: str, sqlite_store: Store) -> None:
    """A counter of today has no past: no figure is made for the days between."""
    with Upstream.of("github") as upstream, beating(sqlite_url, "github", upstream.url) as one:
        for days in (0, 4):
            upstream.dated = FIRST + timedelta(days=days)
            assert one.at(upstream.dated) == [1]
    frame = series(sqlite_store, load(), Question("stars", ("flask",)), FIRST + timedelta(days=5)).frame
    assert [str(period.date()) for period in frame["period"]] == ["2026-11-22", "2026-11-26"]


HOURS = [0, 2, 0, 10 * 8766, 0, -2, -56 * 8766, 0]  # of the clock, beside the right one


@pytest.mark.parametrize("source", ["pypistats", "github"])
def test_j05_a_clock_that_jumps_makes_no_storm_and_misdates_nothing(
    sqlite_url: str, sqlite_store: Store, source: str
) -> None:
    with Upstream.of(source) as upstream, beating(sqlite_url, source, upstream.url) as one:
        upstream.dated = FIRST
        for hours in HOURS * 2:
            moment = FIRST + timedelta(hours=hours)
            began = sum(sum(one.at(moment + timedelta(seconds=10 * n))) for n in range(12))
            assert began <= 2, hours
    assert len(sqlite_store.runs(1000)) <= 2 * len(HOURS)
    days = {figure[3] for figure in figures(sqlite_store)}
    assert days
    assert max(days) <= "2026-11-22"
    assert min(days) > "2005"


# -------------------------------------------------------------------- J07: collectors that hang or fall


@pytest.fixture
def scheduler(sqlite_url: str, sqlite_store: Store) -> Iterator[Ticking]:
    """One in this process, of two sources, whose clock is set. What hangs is let go at its end."""
    with Upstream.of("pypistats") as downloads, Upstream.of("github") as stars:
        yield Ticking.of(sqlite_store, sqlite_url, {"pypistats": downloads.url, "github": stars.url}, SetClock(FIRST))


def ticked(scheduler: Ticking, sources: Sequence[str], within_s: float = 20) -> None:
    """The next beat, and what it began of these sources is over."""
    scheduler.renew()
    scheduler.tick()
    for name in sources:
        if thread := scheduler._working.get(name):
            thread.join(within_s)
            assert not thread.is_alive(), name


def test_j07_a_collector_that_hangs_is_given_up_and_its_source_collected_anew(
    scheduler: Ticking, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, collect, asked = threading.Event(), pypistats.collect, list[str]()

    def hanging_once(task: Task, fetch: Fetch) -> Iterator[Batch]:
        asked.append(task.stream)
        if len(asked) == 1:
            let_go.wait(60)
        yield from collect(task, fetch)

    monkeypatch.setattr(pypistats, "collect", hanging_once)
    ticked(scheduler, ["github"])
    thread = scheduler._working["pypistats"]
    scheduler._clock.set(FIRST + timedelta(minutes=2))  # its lease has run out, and whoever hangs renews none
    ticked(scheduler, ["pypistats"])
    assert thread.is_alive()
    assert [run.status for run in sqlite_store.runs(9, "pypistats")] == ["ok", "aborted"]
    assert [run.status for run in sqlite_store.runs(9, "github")] == ["ok"]
    had, runs = figures(sqlite_store), sqlite_store.runs()
    let_go.set()
    thread.join(20)
    assert not thread.is_alive()
    assert (figures(sqlite_store), sqlite_store.runs()) == (had, runs)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError, RecursionError])
def test_j07_what_nothing_should_raise_costs_its_own_run_alone(
    scheduler: Ticking, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def falling(*_: object) -> NoReturn:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(pypistats, "collect", falling)
        ticked(scheduler, ["github", "pypistats"])
    assert sqlite_store.last_run("github", ["ok"])
    assert sqlite_store.runs(1, "pypistats")[0].status in ("aborted", "failed")
    scheduler._clock.set(FIRST + timedelta(days=1))
    ticked(scheduler, ["github", "pypistats"])
    assert sqlite_store.last_run("pypistats", ["ok"])
