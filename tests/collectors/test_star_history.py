"""The star history: whole, in order, resumable anywhere, and never bought with a request that is not there."""

from __future__ import annotations

import logging
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import stamina

from catalog import Catalog, load
from collectors import Access, collect_source, holder_here
from migrations import migrate
from storage import Run, Store
from tests.support.stars import TODAY, WEEK, GitHub, Repo, sunday
from tests.support.upstream import NOON, FakeClock, Handler, Rule, instead_of_list, limited
from uptake.clock import SystemClock
from uptake.verify import verify

CATALOG = load()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


def repo(framework: str = "flask", weeks: int = 70, key: int = 7) -> Repo:
    return Repo(key, CATALOG.frameworks[framework].ids["github"], sunday(TODAY) - WEEK * (weeks - 1) + 2 * DAY)


@pytest.fixture
def flask() -> Repo:
    return repo()


@pytest.fixture
def github(flask: Repo) -> Iterator[GitHub]:
    with GitHub([flask]) as started:
        yield started


def collect(
    store: Store, github: GitHub, clock: FakeClock | None = None, *, token: str | None = None, **more: Any
) -> Run:
    clock = clock or FakeClock()
    stop = more.pop("stop", None)
    catalog: Catalog = more.pop("catalog", CATALOG)
    max_wait_s = more.pop("max_wait_s", 100.0)
    window = {"frameworks": ["flask"], **more}
    run = store.start_run("github", trigger="cli", now=clock.now(), **window)
    access = Access(github.url, token=token, max_wait_s=max_wait_s)
    return collect_source(store, catalog, "github", run, access=access, clock=clock, holder="test", stop=stop)


def kept(store: Store, framework: str = "flask") -> dict[date, float]:
    frame = store.read("stars_kept", [framework])
    return {row["period"].date(): row["value"] for row in frame.to_dict("records")}


def at(day: date) -> FakeClock:
    return FakeClock(NOON + (day - TODAY))


# -------------------------------------------------------------------- the whole


def test_whole_history_is_every_day_from_the_first_week_to_today(store: Store, github: GitHub, flask: Repo) -> None:
    run = collect(store, github)
    assert (run.status, run.failures) == ("ok", ())
    days = kept(store)
    assert (min(days), max(days)) == (flask.born, TODAY)
    assert len(days) == (TODAY - flask.born).days + 1
    assert all(count == flask.gains.get(day, 0) for day, count in days.items())
    assert sum(days.values()) == store.read("stars").value.iloc[-1]
    assert github.pages(flask) == [1, 2, 3]


def test_snapshot_of_all_comes_before_any_backfill(sqlite_store: Store) -> None:
    both = [repo("django", key=8), repo("flask", key=7)]
    with GitHub(both) as github:
        collect(sqlite_store, github, frameworks=["django", "flask"])
        kinds = ["history" if "history" in p else "releases" if "releases" in p else "counters" for p in github.paths]
    assert kinds == ["counters"] * 2 + ["releases"] * 2 + ["history"] * 6


def test_next_day_one_page_by_its_tag(sqlite_store: Store, github: GitHub, flask: Repo) -> None:
    collect(sqlite_store, github)
    github.today = TODAY + DAY
    run = collect(sqlite_store, github, at(TODAY + DAY))
    assert run.status == "ok"
    assert github.pages(flask) == [1, 2, 3, 1]
    assert kept(sqlite_store)[TODAY + DAY] == flask.gains[TODAY + DAY]


def test_unchanged_page_says_that_the_day_that_passed_had_no_stars(
    sqlite_store: Store, github: GitHub, flask: Repo
) -> None:
    collect(sqlite_store, github)
    first = sqlite_store.cursor("github", "flask", "history")
    github.today, flask.gains[TODAY + DAY] = TODAY + DAY, 0
    run = collect(sqlite_store, github, at(TODAY + DAY))
    assert github.log[-1].headers["if-none-match"] == first["etag"]
    assert kept(sqlite_store)[TODAY + DAY] == 0
    assert run.unchanged >= 204  # thirty weeks but for the days to come: one of them is new
    again = sqlite_store.cursor("github", "flask", "history")
    assert again["walked_at"] == first["walked_at"]
    assert again["pages"] == 3


def test_days_to_come_are_left_out(sqlite_store: Store, github: GitHub, flask: Repo) -> None:
    github.today = TODAY + 3 * DAY  # the server says nothing of days to come but zeros, even if it were ahead
    collect(sqlite_store, github)
    assert max(kept(sqlite_store)) == TODAY


def test_rewalked_after_thirty_days_and_the_past_may_fall(store: Store, github: GitHub, flask: Repo) -> None:
    collect(store, github)
    old = max(day for day in flask.gains if day < TODAY - 50 * WEEK and flask.gains[day] > 1)
    was = flask.gains[old]
    flask.gains[old] -= 1
    for days in (29, 30):
        github.today = TODAY + days * DAY
        run = collect(store, github, at(github.today))
        assert run.status == "ok"
        assert kept(store)[old] == (was if days == 29 else was - 1)
    assert github.pages(flask) == [1, 2, 3, 1, 1, 2, 3]
    revised = store.revisions("stars_kept", "flask")
    assert [(row["period"].date(), row["value"]) for row in revised.to_dict("records")] == [(old, was)]
    assert sum(kept(store).values()) == flask.stars(github.today)


def test_sum_is_recorded_beside_the_counter(
    sqlite_store: Store, github: GitHub, flask: Repo, caplog: pytest.LogCaptureFixture
) -> None:
    flask.hidden = 1  # of accounts that GitHub no longer lists
    collect(sqlite_store, github)
    total = flask.stars(TODAY)
    assert sqlite_store.cursor("github", "flask", "history")["check"] == {"kept": total - 1, "counted": total}
    assert "sums up" not in caplog.text
    flask.hidden = 400
    with caplog.at_level(logging.WARNING):
        collect(sqlite_store, github, at(TODAY + DAY), full=True)
    assert "sums up" in caplog.text


# -------------------------------------------------------------------- broken off and gone on


def test_goes_on_at_the_next_page(store: Store, github: GitHub, flask: Repo) -> None:
    stopped = collect(store, github, stop=lambda: github.pages(flask) == [1, 2])
    assert (stopped.status, stopped.done) == ("partial", 2)
    assert "asked_at" not in store.cursor("github", "flask", "history")
    half = len(kept(store))
    assert collect(store, github).status == "ok"
    assert github.pages(flask) == [1, 2, 3]
    assert len(kept(store)) > half
    assert sum(kept(store).values()) == flask.stars(TODAY)
    assert github.paths.count(f"/repos/{flask.name}") == 1


@pytest.mark.parametrize("weeks", [1, 2])
def test_week_that_begins_meanwhile_leaves_no_hole(
    sqlite_store: Store, github: GitHub, flask: Repo, weeks: int
) -> None:
    collect(sqlite_store, github, stop=lambda: github.pages(flask) == [1])
    github.today = TODAY + WEEK * weeks
    assert collect(sqlite_store, github, at(github.today)).status == "ok"
    assert github.pages(flask) == [1, 2, 3]
    days = kept(sqlite_store)
    assert set(days) == {flask.born + n * DAY for n in range(len(days))}
    assert sqlite_store.cursor("github", "flask", "history")["check"]["kept"] == flask.stars(TODAY)  # type: ignore[index]
    github.today += DAY
    collect(sqlite_store, github, at(github.today))
    assert sum(kept(sqlite_store).values()) == flask.stars(github.today)


def test_walk_left_for_too_long_is_begun_anew(sqlite_store: Store, github: GitHub, flask: Repo) -> None:
    collect(sqlite_store, github, stop=lambda: github.pages(flask) == [1, 2])
    github.today = TODAY + 31 * DAY
    assert collect(sqlite_store, github, at(github.today)).status == "ok"
    assert github.pages(flask) == [1, 2, 1, 2, 3]


def test_spoilt_cursor_is_begun_anew(sqlite_store: Store, github: GitHub, flask: Repo) -> None:
    sqlite_store.remember("github", "flask", "history", {"first": 7, "walk": "x", "walked_at": "never"})
    assert collect(sqlite_store, github).status == "ok"
    assert sum(kept(sqlite_store).values()) == flask.stars(TODAY)


WRONG = {
    "a week is left out": lambda weeks: weeks[:3] + weeks[4:],
    "a week is told twice": lambda weeks: weeks[:3] + weeks[2:],
    "oldest first": lambda weeks: weeks[::-1],
    "six days": lambda weeks: [weeks[0] | {"days": weeks[0]["days"][:6]}, *weeks[1:]],
    "less than nothing": lambda weeks: [weeks[0] | {"days": [-1, 1, 0, 0, 0, 0, 0], "total": 0}, *weeks[1:]],
    "another sum": lambda weeks: [weeks[0] | {"total": weeks[0]["total"] + 1}, *weeks[1:]],
    "from Monday on": lambda weeks: [week | {"week": week["week"] + 86_400} for week in weeks],
    "nothing": lambda _: [],
    "weeks to come": lambda weeks: [week | {"week": week["week"] + 60 * 604_800} for week in weeks],
}


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("wrong", WRONG)
def test_page_that_cannot_be_is_refused_and_asked_again(
    sqlite_store: Store, github: GitHub, flask: Repo, wrong: str, page: int
) -> None:
    github.rules.insert(0, Rule(f"history.*page={page}$", instead_of_list(github.base.action, WRONG[wrong])))
    run = collect(sqlite_store, github)
    assert {(f.stream, f.kind) for f in run.failures} <= {("history", "changed"), ("history", "empty")}
    assert len(run.failures) == 1
    github.rules.pop(0)
    assert collect(sqlite_store, github).status == "ok"
    assert sum(kept(sqlite_store).values()) == flask.stars(TODAY)
    assert github.pages(flask) == ([1, 1, 2, 3] if page == 1 else [1, 2, 2, 3])


def test_history_that_ends_too_early_is_not_complete(sqlite_store: Store, github: GitHub, flask: Repo) -> None:
    act = github.base.action

    def unlinked(handler: Handler, exchange: Any) -> None:
        answer = handler.answer
        handler.answer = lambda code, headers, body, **more: answer(  # type: ignore[method-assign]
            code, {k: v for k, v in headers.items() if k != "Link"}, body, **more
        )
        act(handler, exchange)

    github.rules.insert(0, Rule("history.*page=2", unlinked))
    assert [f.kind for f in collect(sqlite_store, github).failures] == ["changed"]
    github.rules.pop(0)
    assert collect(sqlite_store, github).status == "ok"


@pytest.mark.parametrize("weeks", [20, 70])  # of one page the answer has no link, and no id
@pytest.mark.parametrize("window", [{}, {"since": TODAY - 2 * WEEK}], ids=["whole", "window"])
def test_repository_that_took_the_name_never_reaches_the_series(
    sqlite_store: Store, github: GitHub, flask: Repo, weeks: int, window: dict[str, Any]
) -> None:
    collect(sqlite_store, github)
    before = kept(sqlite_store)
    github.repos = [repo(weeks=weeks, key=99)]
    github.rules.insert(0, Rule("^/repositories/7", limited(404, "Not Found")))
    run = collect(sqlite_store, github, at(TODAY + DAY), **window)
    assert {f.kind for f in run.failures} == ({"gone"} if window else {"replaced"})
    assert kept(sqlite_store) == before
    assert not [path for path in github.paths[5:] if path.startswith("/repos/") and "history" in path]


@pytest.mark.parametrize("window", [{}, {"since": TODAY - 2 * WEEK}], ids=["whole", "window"])
def test_renamed_repository_goes_on_though_another_took_its_name(
    sqlite_store: Store, github: GitHub, flask: Repo, window: dict[str, Any]
) -> None:
    collect(sqlite_store, github)
    github.repos = [repo(weeks=20, key=99), replace(flask, name="elsewhere/flask")]
    github.today = TODAY + DAY
    assert collect(sqlite_store, github, at(TODAY + DAY), **window).status == "ok"
    assert kept(sqlite_store)[TODAY + DAY] == flask.gains[TODAY + DAY]


def test_zeros_before_the_repository_was_made_are_no_days_of_it(sqlite_store: Store, github: GitHub) -> None:
    young = repo(weeks=2)
    young.gains[young.born - DAY] = 0
    github.repos = [young]
    collect(sqlite_store, github, catalog=_streams("history"))  # as it was before we knew when it was made
    assert min(kept(sqlite_store)) < young.born
    collect(sqlite_store, github, full=True)
    assert min(kept(sqlite_store)) == young.born
    assert verify(sqlite_store, CATALOG).ok


# -------------------------------------------------------------------- windows of days


@pytest.mark.parametrize(
    ("since", "until", "pages"),
    [
        (TODAY - 3 * WEEK, None, [1]),
        (TODAY - 40 * WEEK, None, [1, 2]),
        (None, TODAY - 45 * WEEK, [2, 3]),
        (TODAY - 65 * WEEK, TODAY - 62 * WEEK, [3]),
        (None, TODAY - 200 * WEEK, []),
    ],
)
def test_window_costs_the_pages_it_reaches_into(
    sqlite_store: Store, github: GitHub, flask: Repo, since: date | None, until: date | None, pages: list[int]
) -> None:
    born = at(TODAY - DAY)
    collect(sqlite_store, github, born, catalog=_streams("snapshot"))
    assert collect(sqlite_store, github, since=since, until=until).status == "ok"
    assert github.pages(flask) == pages
    first = max(since or date.min, flask.born)
    wanted = {day: flask.gains.get(day, 0) for day in _days(first, until or TODAY)}
    assert kept(sqlite_store) == wanted
    assert sqlite_store.cursor("github", "flask", "history") == {}


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def _streams(*names: str) -> Catalog:
    source = CATALOG.sources["github"]
    streams = tuple(stream for stream in source.streams if stream.name in names)
    return replace(CATALOG, sources={**CATALOG.sources, "github": replace(source, streams=streams)})


# -------------------------------------------------------------------- the budget


def small(clock: FakeClock, repos: list[Repo], limit: int = 4) -> GitHub:
    """A server that grants `limit` requests an hour by the clock of the test."""
    return GitHub(repos, limit=limit, now=lambda: clock.now().timestamp())


def test_backfill_waits_for_the_reset_in_every_process(sqlite_store: Store, flask: Repo) -> None:
    clock = FakeClock()
    with small(clock, [flask]) as github:
        first = collect(sqlite_store, github, clock)
        assert (first.status, first.failures, len(github.log)) == ("partial", (), 4)
        assert first.deferred_until is not None
        assert timedelta(0) <= first.deferred_until - NOON - timedelta(hours=1) < timedelta(seconds=5)
        clock.passed = 600
        again = collect(sqlite_store, github, clock)
        assert (again.status, again.deferred_until, len(github.log)) == ("partial", first.deferred_until, 4)
        clock.passed = 3605
        assert collect(sqlite_store, github, clock).status == "ok"
        assert (github.pages(flask), len(github.log), github.refused) == ([1, 2, 3], 5, 0)


def test_wait_that_a_run_may_wait_is_sat_out(sqlite_store: Store, flask: Repo) -> None:
    clock = FakeClock()
    with small(clock, [flask], limit=2) as github:
        assert collect(sqlite_store, github, clock, max_wait_s=4000.0).status == "ok"
        assert (github.refused, len(github.log)) == (0, 5)
    assert 7200 < clock.passed < 7300


def test_token_has_a_budget_of_its_own(sqlite_store: Store, flask: Repo) -> None:
    clock = FakeClock()
    with small(clock, [flask]) as github:
        assert collect(sqlite_store, github, clock).status == "partial"
        github.limit = 5000
        assert collect(sqlite_store, github, clock, token="CANARY").status == "ok"
    budget = sqlite_store.cursor("github", "", "budget")
    assert set(budget) == {"anonymous", "token", "last"}
    assert "CANARY" not in str(budget)


def test_request_is_counted_before_it_leaves(sqlite_store: Store, flask: Repo) -> None:
    clock, left = FakeClock(), list[int]()
    with small(clock, [flask], limit=60) as github:
        act = github.base.action

        def watched(handler: Handler, exchange: Any) -> None:
            told = sqlite_store.cursor("github", "", "budget").get("anonymous", {})
            left.append(told.get("remaining", 60))  # type: ignore[attr-defined]
            act(handler, exchange)

        github.rules.insert(0, Rule("", watched))
        collect(sqlite_store, github, clock)
    assert all(known <= 60 - n for n, known in enumerate(left[1:], start=2))


def test_secondary_limit_is_remembered_too(sqlite_store: Store, github: GitHub) -> None:
    from tests.support.upstream import limited

    github.rules.insert(0, Rule("", limited(429, "slow", {"Retry-After": "1800"}), times=1))
    assert collect(sqlite_store, github).status == "partial"
    assert collect(sqlite_store, github, FakeClock(NOON + timedelta(minutes=20))).status == "partial"
    assert len(github.log) == 1
    assert collect(sqlite_store, github, FakeClock(NOON + timedelta(minutes=31))).status == "ok"


def test_budget_from_a_clock_that_was_ahead_is_not_believed(sqlite_store: Store, github: GitHub) -> None:
    ahead = {"at": "2036-01-01T00:00:00Z", "remaining": 0, "limit": 60, "reset": "2036-01-01T01:00:00Z"}
    sqlite_store.remember("github", "", "budget", {"anonymous": ahead, "last": "anonymous"})
    assert collect(sqlite_store, github).status == "ok"


def test_large_budget_is_written_seldom(sqlite_store: Store, flask: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    written = list[dict[str, object]]()
    remember = sqlite_store.remember

    def counting(source: str, framework: str, stream: str, state: dict[str, object], **lease: Any) -> None:
        written.append(state)
        remember(source, framework, stream, state, **lease)

    monkeypatch.setattr(sqlite_store, "remember", counting)
    clock = FakeClock()
    with small(clock, [repo(weeks=1000)], limit=5000) as github:
        assert collect(sqlite_store, github, clock, token="x").status == "ok"
        assert len(github.log) == 36
    assert len(written) <= 4


# -------------------------------------------------------------------- killed in earnest

CHILD = "import sys; from tests.collectors.test_star_history import child; child(*sys.argv[1:])"


def child(url: str, address: str) -> None:
    """What the process does that is killed; all of the eighteen."""
    with Store.open(url) as store:
        clock = SystemClock()
        run = store.start_run("github", trigger="cli", now=clock.now())
        access = Access(address, max_wait_s=100.0)
        ended = collect_source(store, CATALOG, "github", run, access=access, clock=clock, holder=holder_here())
    sys.exit(0 if ended.status == "ok" else 3)


def _everything(url: str, github: GitHub, kills: int) -> tuple[pd.DataFrame, int]:
    """All stars kept after a collection that was killed so often at random, and how often it really was."""
    migrate(url)
    rng, killed = random.Random(3), 0
    root = Path(__file__).parents[2]
    while True:
        process = subprocess.Popen([sys.executable, "-c", CHILD, url, github.url], cwd=root)
        try:
            code = process.wait(timeout=rng.uniform(1.2, 2.6) if killed < kills else 120)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            continue
        assert code == 0
        with Store.open(url) as store:
            return store.read("stars_kept").drop(columns=["retrieved_at", "payload"]), killed


@pytest.mark.fault
def test_killed_at_random_it_ends_as_if_undisturbed(tmp_path: Path) -> None:
    """No page is asked for again once it is in, and nothing is asked while the limit is exhausted."""
    today = SystemClock().now().date()
    born = sunday(today) - WEEK * 65
    repos = [Repo(100 + n, f.ids["github"], born) for n, f in enumerate(CATALOG.frameworks.values())]
    ends = []
    for name, kills in (("whole", 0), ("killed", 4)):
        with GitHub(repos, limit=25, window_s=2.0) as github:
            github.today = today
            end, killed = _everything(f"sqlite:///{tmp_path / name}.db", github, kills)
            # how often depends on how quick the machine is; the limit alone makes the work last several windows
            assert killed >= min(kills, 2)
            assert github.refused == 0
            asked = Counter(path for path in github.paths)
            assert len(github.log) <= 18 * 5 + killed  # only what was cut off in the middle is asked again
            assert max(asked.values()) <= 1 + killed
            ends.append(end)
    pd.testing.assert_frame_equal(ends[0], ends[1])
    sums = ends[1].groupby("framework").value.sum()
    assert sums.to_dict() == {
        f.id: sum(n for day, n in r.gains.items() if day <= today)
        for f, r in zip(CATALOG.frameworks.values(), repos, strict=True)
    }
