"""What a collection costs is said before it begins, and is what it then costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import stamina

from catalog import load
from collectors import Access, collect_source, cost_estimate
from storage import Run, Store
from tests.support.stars import TODAY, WEEK, GitHub, Repo, sunday
from tests.support.upstream import NOON, FakeClock, Upstream

CATALOG = load()
FLASK = ("flask",)


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


def repo(framework: str = "flask", weeks: int = 70) -> Repo:
    return Repo(7, CATALOG.frameworks[framework].ids["github"], sunday(TODAY) - WEEK * (weeks - 1) + timedelta(days=2))


def collect(store: Store, source: str, upstream: Upstream, clock: FakeClock, **more: Any) -> Run:
    stop = more.pop("stop", None)
    run = store.start_run(source, trigger="cli", now=clock.now(), frameworks=FLASK, **more)
    access = Access(upstream.url, max_wait_s=100.0)
    return collect_source(store, CATALOG, source, run, access=access, clock=clock, holder="test", stop=stop)


def asked(store: Store, **more: Any) -> int:
    return cost_estimate(store, CATALOG, "github", FLASK, now=NOON, **more).requests


def test_estimate_before_anything_is_known(sqlite_store: Store) -> None:
    told = cost_estimate(sqlite_store, CATALOG, "github", now=NOON)
    assert told.requests == 18 * (1 + 1 + 20)
    assert (told.budget_left, told.limit) == (60, 60)
    assert told.done_by is not None
    assert timedelta(hours=5) < told.done_by - NOON < timedelta(hours=8)
    assert told.sentence.startswith("GitHub: about 396 requests at 60 an hour, done around ")
    rich = cost_estimate(sqlite_store, CATALOG, "github", now=NOON, token=True)
    assert (rich.limit, rich.requests) == (5000, told.requests)
    assert rich.done_by is not None
    assert rich.done_by - NOON < timedelta(minutes=10)


@pytest.mark.parametrize("pages_in", [0, 1, 2])
def test_price_of_going_on_is_what_going_on_costs(sqlite_store: Store, pages_in: int) -> None:
    flask = repo()
    with GitHub([flask], limit=60) as github:
        clock = FakeClock()
        collect(sqlite_store, "github", github, clock, stop=lambda: len(github.log) >= 2 + pages_in)
        said, before = asked(sqlite_store), len(github.log)
        assert collect(sqlite_store, "github", github, clock).status == "ok"
        assert said == len(github.log) - before == 3 - pages_in
        assert asked(sqlite_store) == 0


def test_price_of_a_day_later_of_everything_and_of_a_window(sqlite_store: Store) -> None:
    flask = repo()
    with GitHub([flask], limit=60) as github:
        collect(sqlite_store, "github", github, FakeClock(NOON - timedelta(days=1)))
        for more in ({}, {"full": True}, {"since": TODAY - 40 * WEEK}):
            said, before = asked(sqlite_store, **more), len(github.log)
            assert collect(sqlite_store, "github", github, FakeClock(), **more).status == "ok"
            assert len(github.log) - before == said


def test_spent_budget_is_told_with_its_reset(sqlite_store: Store) -> None:
    clock = FakeClock()
    with GitHub([repo(weeks=700)], limit=6, now=lambda: clock.now().timestamp()) as github:
        assert collect(sqlite_store, "github", github, clock).status == "partial"
    told = cost_estimate(sqlite_store, CATALOG, "github", FLASK, now=NOON)
    assert (told.budget_left, told.limit, told.requests) == (0, 6, 20)
    assert told.resets_at is not None
    assert told.done_by is not None
    reset = told.resets_at - NOON
    assert timedelta(hours=1) <= reset < timedelta(hours=1, seconds=5)
    # four windows for twenty requests: the reset and three hours more
    assert timedelta(hours=4) < told.done_by - NOON < timedelta(hours=4, minutes=1)
    later = cost_estimate(sqlite_store, CATALOG, "github", FLASK, now=told.resets_at)
    assert later.budget_left == 6


def test_pypistats_is_priced_by_its_pace(sqlite_store: Store) -> None:
    packages = sum("pypistats" in f.ids for f in CATALOG.frameworks.values())
    told = cost_estimate(sqlite_store, CATALOG, "pypistats", now=NOON)
    assert (told.requests, told.budget_left, told.limit) == (3 * packages, None, None)
    assert told.done_by is not None
    assert timedelta(seconds=60) <= told.done_by - NOON <= timedelta(minutes=2)
    with Upstream.of("pypistats") as upstream:
        clock = FakeClock()
        collect(sqlite_store, "pypistats", upstream, clock)
    assert cost_estimate(sqlite_store, CATALOG, "pypistats", FLASK, now=clock.now()).requests == 0


def test_what_came_with_the_program_costs_nothing(sqlite_store: Store) -> None:
    told = cost_estimate(sqlite_store, CATALOG, "almanac", now=NOON)
    assert (told.requests, told.done_by) == (0, NOON)
    assert told.sentence == "The almanac: no requests: its figures come with Uptake."


def test_what_a_source_forgot_costs_nothing_and_an_unknown_one_is_an_error(sqlite_store: Store) -> None:
    told = cost_estimate(sqlite_store, CATALOG, "pypistats", now=NOON, since=TODAY.replace(year=2016))
    assert told.requests == 0
    with pytest.raises(LookupError, match="nowhere"):
        cost_estimate(sqlite_store, CATALOG, "nowhere", now=NOON)


def test_store_is_only_read(sqlite_url: str) -> None:
    with Store.open(sqlite_url, read_only=True) as store:
        assert cost_estimate(store, replace(CATALOG), "github", now=NOON).requests > 0
