"""npm: a zero is no count, an answer that was cut is no answer, and a day without a count is asked for again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import stamina

from answers.provenance import trace
from answers.questions import QuestionError
from catalog import load
from collectors import Access, collect_source, cost_estimate
from storage import Run, Store
from tests.support.upstream import FakeClock, Handler, Rule, Upstream, status
from uptake.verify import verify

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 22, 15, tzinfo=UTC)
RATE_LIMITED = "<html><title>Access denied</title><h1>Error 1015</h1>You are being rate limited</html>"


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def npm() -> Iterator[Upstream]:
    with Upstream() as started:
        yield started


def usual(day: date) -> int:
    """A package of 2026, busy but on weekends."""
    return 0 if day < date(2026, 1, 5) else 600_000 if day.weekday() > 4 else 1_000_000


def counts(of: Callable[[date], int], change: Callable[[dict[str, Any]], None] = lambda _: None) -> Rule:
    """The service: the days asked for, each with its count, `change`d."""

    def act(handler: Handler, _: object) -> None:
        first, last = (date.fromisoformat(text) for text in re.findall(r"\d{4}-\d\d-\d\d", handler.path))
        days = [first + n * DAY for n in range((last - first).days + 1)]
        body = {
            "start": str(first),
            "end": str(last),
            "package": "express",
            "downloads": [{"downloads": of(day), "day": str(day)} for day in days],
        }
        change(body)
        handler.answer(200, {"Content-Type": "application/json"}, json.dumps(body).encode())

    return Rule("/downloads/range/", act)


def collect(store: Store, npm: Upstream, *rules: Rule, days: int = 0, **window: Any) -> Run:
    npm.rules = list(rules)
    clock = FakeClock(NOON + timedelta(days=days))
    run = store.start_run("npm", trigger="cli", now=clock.now(), frameworks=["express"], **window)
    return collect_source(store, load(), "npm", run, access=Access(npm.url), clock=clock, holder="test")


def stored(store: Store) -> dict[date, float]:
    return {row["period"].date(): row["value"] for row in store.read("npm_downloads").to_dict("records")}


def without(*days: date, share: float = 0.0) -> Callable[[date], int]:
    """The usual counts, of some days only a share."""
    return lambda day: int(usual(day) * (share if day in days else 1))


def test_past_is_asked_for_by_calendar_year_back_to_one_without_a_count(store: Store, npm: Upstream) -> None:
    cost = cost_estimate(store, load(), "npm", now=NOON)
    assert cost.requests == 13
    run = collect(store, npm, counts(usual))
    assert (run.status, run.new) == ("ok", (NOON.date() - date(2026, 1, 5)).days)
    assert [seen.path.split("/")[3] for seen in npm.log] == [
        "2026-09-25:2026-11-21",  # thirty days, and four weeks that show what is plausible
        "2025-12-04:2026-10-22",
        "2024-12-04:2025-12-31",
    ]
    assert cost_estimate(store, load(), "npm", now=NOON + timedelta(days=2)).requests == 1


@pytest.mark.parametrize("share", [0.0, 0.04])
def test_implausible_day_is_missing_and_no_zero(store: Store, npm: Upstream, share: float) -> None:
    bad = (date(2026, 11, 4), date(2026, 9, 3), date(2026, 9, 6))
    run = collect(store, npm, counts(without(*bad, share=share)))
    assert run.status == "ok"
    assert not set(bad) & set(stored(store))
    assert min(stored(store).values()) == 600_000
    assert len(stored(store)) == (NOON.date() - date(2026, 1, 5)).days - 3
    assert verify(store, load()).ok


def test_trace_of_a_day_that_npm_has_not_says_what_npm_said(store: Store, npm: Upstream) -> None:
    collect(store, npm, counts(without(date(2026, 11, 4))))
    told = r"for 4 November 2026\. npm itself said 0, or next to nothing, when last asked on 22 November 2026\. A zero "
    with pytest.raises(QuestionError, match=told):
        trace(store, load(), "npm_downloads", "express", "", date(2026, 11, 4))
    with pytest.raises(QuestionError, match=r"for 4 November 2014\.$"):
        trace(store, load(), "npm_downloads", "express", "", date(2014, 11, 4))


def test_christmas_and_a_fall_are_counts(store: Store, npm: Upstream) -> None:
    quiet = [date(2026, 10, 1) + n * DAY for n in range(40)]
    collect(store, npm, counts(without(*quiet, share=0.06)))
    assert stored(store)[date(2026, 10, 1)] == 60_000


def test_little_package_may_have_a_day_without_a_download(store: Store, npm: Upstream) -> None:
    collect(store, npm, counts(lambda day: without(date(2026, 11, 4))(day) // 1_000))
    assert stored(store)[date(2026, 11, 4)] == 0


def test_zero_of_the_last_days_is_not_loaded_yet(store: Store, npm: Upstream) -> None:
    yesterday = NOON.date() - DAY
    collect(store, npm, counts(lambda day: without(yesterday, yesterday - 2 * DAY)(day) // 1_000))
    assert (yesterday in stored(store), yesterday - DAY in stored(store)) == (False, True)
    collect(store, npm, counts(usual), days=1)
    assert stored(store)[yesterday] == 600_000


def test_missing_day_is_asked_for_daily_and_after_thirty_days_monthly(store: Store, npm: Upstream) -> None:
    bad = date(2026, 11, 4)
    lost = counts(without(bad))
    collect(store, npm, lost)
    for days, years in ((1, 0), (20, 0), (40, 1), (41, 0), (69, 0), (71, 1)):
        npm.log.clear()
        collect(store, npm, lost, days=days)
        assert len(npm.log) == 1 + years, days
    assert bad not in stored(store)
    collect(store, npm, counts(usual), days=102)
    assert stored(store)[bad] == 1_000_000
    npm.log.clear()
    collect(store, npm, counts(usual), days=131)
    assert len(npm.log) == 1


def test_what_was_said_before_a_zero_stays(store: Store, npm: Upstream) -> None:
    collect(store, npm, counts(usual))
    run = collect(store, npm, counts(without(date(2026, 11, 4))), days=1)
    assert (run.revised, stored(store)[date(2026, 11, 4)]) == (0, 1_000_000)


def test_days_missed_by_a_long_pause_are_read(store: Store, npm: Upstream) -> None:
    collect(store, npm, counts(usual))
    collect(store, npm, counts(usual), days=90)
    days = sorted(stored(store))
    assert (len(days), days[-1]) == ((days[-1] - days[0]).days + 1, NOON.date() + 89 * DAY)


CUTS: dict[str, Callable[[dict[str, Any]], None]] = {
    "start": lambda body: body.update(start="2025-06-01", downloads=body["downloads"][5:]),
    "end": lambda body: body.update(end="2026-01-01"),
    "first day": lambda body: body["downloads"].pop(0),
    "last day": lambda body: body["downloads"].pop(),
    "a day between": lambda body: body["downloads"].pop(7),
    "a day twice": lambda body: body["downloads"].insert(7, body["downloads"][7]),
}


@pytest.mark.parametrize("cut", CUTS)
def test_answer_about_other_days_is_refused_in_a_sentence(store: Store, npm: Upstream, cut: str) -> None:
    run = collect(store, npm, counts(usual, CUTS[cut]))
    assert (run.status, run.new) == ("failed", 0)
    assert run.failures[0].kind == "changed"
    assert "npm was asked for 2026-09-25 to 2026-11-21 of express and answered with" in run.failures[0].message


def test_its_own_words_about_a_package_or_a_question(store: Store, npm: Upstream) -> None:
    unknown = status(404, '{"error": "package express not found"}', media="application/json")
    (failure,) = collect(store, npm, Rule("", unknown)).failures
    assert (failure.kind, "“package express not found”" in failure.message) == ("gone", True)
    bad = status(400, '{"error": "end date > start date"}', media="application/json")
    run = store.start_run("npm", trigger="cli", now=NOON, frameworks=["express"], full=True)
    npm.rules = [Rule("", bad)]
    again = collect_source(store, load(), "npm", run, access=Access(npm.url), clock=FakeClock(NOON), holder="test")
    assert (again.failures[0].kind, "“end date > start date”" in again.failures[0].message) == ("changed", True)


def test_page_that_asks_to_slow_down_is_waited_for_and_requests_keep_apart(store: Store, npm: Upstream) -> None:
    page = status(429, RATE_LIMITED, {"Retry-After": "30"})
    clock = FakeClock(NOON)
    npm.rules = [Rule("", page, times=1), Rule("", status(403, RATE_LIMITED), times=1), counts(usual)]
    run = store.start_run("npm", trigger="cli", now=NOON, frameworks=["express"])
    ended = collect_source(store, load(), "npm", run, access=Access(npm.url), clock=clock, holder="test")
    assert ended.status == "ok"
    assert clock.passed >= 30 + 60 + 2 * 5


def test_days_asked_for_are_those_stored(store: Store, npm: Upstream) -> None:
    run = collect(store, npm, counts(usual), since=date(2026, 2, 1), until=date(2026, 2, 10))
    assert (run.status, sorted(stored(store))) == ("ok", [date(2026, 2, 1) + n * DAY for n in range(10)])
    assert len(npm.log) == 1
