"""U: what a source can do, on a real server and a real store, judged by the oracle with the fault and after it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import stamina

from storage import Run, Store
from tests.faults.oracle import CANARY, REQUESTS, Past, Trial, figures, past
from tests.support.serving import copied
from tests.support.upstream import (
    Action,
    Exchange,
    FakeClock,
    Handler,
    Rule,
    Upstream,
    answer_of,
    bomb,
    dripping,
    dripping_body,
    instead,
    limited,
    redirect,
    replay,
    reset,
    slow,
    status,
    truncated,
)

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."
JSON = {"Content-Type": "application/json"}
OVERALL = "/api/packages/flask/overall"


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture(scope="module")
def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return past(tmp_path_factory.mktemp("yesterday"))


@pytest.fixture
def trial(yesterday: Past, tmp_path: Path) -> Iterator[Trial]:
    with Store.open(copied(yesterday.url, tmp_path)) as store, Trial(yesterday, store) as opened:
        yield opened


def kinds(run: Run) -> set[str]:
    return {failure.kind for failure in run.failures}


def at(clock: FakeClock, seconds: float) -> str:
    """So many seconds after the run begins, as HTTP writes a date."""
    return format_datetime(clock.now() + timedelta(seconds=60 + seconds), usegmt=True)


def reset_in(clock: FakeClock, seconds: float, skew_s: float = 0.0) -> dict[str, str]:
    """The headers of a spent budget that is renewed in so many seconds, by a clock that is `skew_s` ahead."""
    server = clock.now() + timedelta(seconds=60 + skew_s)
    return {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(server.timestamp() + seconds)),
        "Date": format_datetime(server, usegmt=True),
    }


# -------------------------------------------------------------------- limits: the time that must pass, in seconds

LIMITS: dict[str, tuple[Callable[[FakeClock], Action], float]] = {
    "U01 seconds": (lambda _: limited(429, "", {"Retry-After": "7"}), 7),
    "U02 date": (lambda clock: limited(429, "", {"Retry-After": at(clock, 90)}), 85),
    "U02 past date": (lambda clock: limited(429, "", {"Retry-After": at(clock, -9000)}), 1),
    "U02 garbage": (lambda _: limited(429, "", {"Retry-After": "presently"}), 60),
    "U03 with header": (lambda _: limited(403, SECONDARY, {"Retry-After": "30"}), 30),
    "U03 without": (lambda _: limited(403, SECONDARY), 60),
    "U04 reset ahead": (lambda clock: limited(403, "API rate limit", reset_in(clock, 100)), 99),
    "U04 reset past": (lambda clock: limited(403, "API rate limit", reset_in(clock, -100)), 1),
    "U04 clock ahead": (lambda clock: limited(403, "API rate limit", reset_in(clock, 100, 7200)), 99),
    "U04 clock behind": (lambda clock: limited(403, "API rate limit", reset_in(clock, 100, -7200)), 99),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_waited_for_and_the_run_ends_well(trial: Trial, limit: str) -> None:
    action, least = LIMITS[limit]
    trial.upstream.rules = [Rule("", action(trial.clock), after=2, times=1)]
    run = trial.run()
    assert (run.status, len(trial.upstream.log)) == ("ok", REQUESTS + 1)
    assert least <= trial.gaps[2] <= least + 5
    assert figures(trial.store) == trial.wanted
    trial.heal()


DEFERRED: dict[str, Callable[[FakeClock], Action]] = {
    "U02 a day": lambda _: limited(429, "", {"Retry-After": "86400"}),
    "U02 a date": lambda clock: limited(429, "", {"Retry-After": at(clock, 86_400)}),
    "U03 a day": lambda _: limited(403, SECONDARY, {"Retry-After": "86400"}),
    "U04 reset in a day": lambda clock: limited(403, "API rate limit", reset_in(clock, 86_400)),
}


@pytest.mark.parametrize("limit", DEFERRED)
def test_a_limit_beyond_patience_is_kept_with_its_time(trial: Trial, limit: str) -> None:
    trial.upstream.rules = [Rule("", DEFERRED[limit](trial.clock), after=2)]
    run = trial.run()
    assert (run.status, run.done, run.failures) == ("partial", 2, ())
    assert run.deferred_until is not None
    assert run.deferred_until >= trial.clock.now() + timedelta(seconds=86_000)
    assert len(trial.upstream.log) == 3  # asked once and not hammered
    trial.heal()


# -------------------------------------------------------------------- answers that are none: how often, the kinds


def cut(size: int) -> Action:
    """An answer whose connection ends after so many bytes."""

    def act(handler: Handler, exchange: Exchange | None) -> None:
        assert exchange is not None
        handler.answer(200, exchange.headers, exchange.raw[:size], length=len(exchange.raw))
        handler.cut()

    return act


def spoilt(**change: Any) -> Action:
    """The answer with its first number, or another key, replaced; ... takes the key away."""

    def changed(body: Any) -> Any:
        first = {**body["data"][0], **{key: value for key, value in change.items() if key in body["data"][0]}}
        first = {key: value for key, value in first.items() if value is not ...}
        outer = {key: value for key, value in change.items() if key not in body["data"][0]}
        whole = {**body, "data": [first, *body["data"][1:]], **outer}
        return {key: value for key, value in whole.items() if value is not ...}

    return instead(changed)


def number(text: str) -> Action:
    """The answer with its first number written as this text."""
    return instead(lambda body: json.dumps(body).replace(f'"downloads": {body["data"][0]["downloads"]}', text, 1))


REFUSED: dict[str, tuple[Action, str]] = {
    "U06 502": (status(502, "<html>Bad gateway</html>"), "unavailable"),
    "U06 503": (status(503, "<html>Unavailable</html>"), "unavailable"),
    "U06 504": (status(504, "<html>Timeout</html>"), "unavailable"),
    "U07 html": (status(200, "<html>Hello</html>"), "changed"),
    "U07 content type": (status(200, '{"data": []}', media="text/plain"), "changed"),
    "U07 login as json": (status(200, "<html><form>Log in</form>", media="application/json"), "changed"),
    **{f"U08 cut after {size}": (cut(size), "unavailable") for size in (0, 1, 9, 99, 300, 399)},
    "U08 cut before the end": (truncated, "unavailable"),
    "U09 error object": (limited(200, "something went wrong"), "changed"),
    "U09 missing key": (spoilt(downloads=...), "changed"),
    "U09 missing list": (spoilt(data=...), "changed"),
    "U09 null": (spoilt(downloads=None), "changed"),
    "U09 text": (spoilt(downloads="17"), "changed"),
    "U09 negative": (spoilt(downloads=-1), "changed"),
    "U09 NaN": (number('"downloads": NaN'), "changed"),
    "U09 1e400": (number('"downloads": 1e400'), "changed"),
    "U09 true": (spoilt(downloads=True), "changed"),
    "U10 empty list": (spoilt(data=[]), "empty"),
    "U10 bare list": (status(200, "[]", media="application/json"), "changed"),
    "U10 empty object": (status(200, "{}", media="application/json"), "changed"),
    "U10 another package": (answer_of("/api/packages/django/overall"), "changed"),
    "U11 reset": (reset, "unavailable"),
    "U11 silence": (slow(1.0), "unavailable"),
    "U12 bomb": (bomb(64), "changed"),
    "U13 headers drip": (dripping, "unavailable"),
    "U13 body drips": (dripping_body, "unavailable"),
    "U14 to a file": (redirect("file:///etc/passwd"), "changed"),
    "U14 circle": (redirect(OVERALL), "changed"),
    "U15 404": (status(404, "404"), "gone"),
    "U15 410": (status(410), "gone"),
    "U15 451": (status(451), "gone"),
}
SHORT_S = {"U11 silence": 0.3, "U13 headers drip": 0.3, "U13 body drips": 0.3}


@pytest.mark.parametrize("fault", REFUSED)
def test_an_answer_that_is_none_stores_nothing_and_costs_its_unit_alone(trial: Trial, fault: str) -> None:
    action, kind = REFUSED[fault]
    before = {figure for figure in figures(trial.store) if figure[1] == "flask" and "_by_" not in figure[0]}
    trial.upstream.rules = [Rule(OVERALL, action)]
    run = trial.run(deadline_s=SHORT_S.get(fault, 2.0))
    assert run.status == "partial"
    assert kinds(run) == {kind}
    assert {failure.framework for failure in run.failures} == {"flask"}
    assert len([seen for seen in trial.upstream.log if seen.path == OVERALL]) <= 4
    assert {figure for figure in figures(trial.store) if figure[1] == "flask" and "_by_" not in figure[0]} == before
    trial.heal()


@pytest.mark.parametrize(
    "fault",
    ["U06 502", "U06 503", "U06 504", "U08 cut after 9", "U08 cut before the end", "U11 reset"],
)
def test_what_may_pass_is_asked_for_again(trial: Trial, fault: str) -> None:
    trial.upstream.rules = [Rule(OVERALL, REFUSED[fault][0], times=2)]
    run = trial.run()
    assert (run.status, len(trial.upstream.log)) == ("ok", REQUESTS + 2)
    assert figures(trial.store) == trial.wanted
    trial.heal()


@pytest.mark.parametrize(("fault", "most"), [("U05 401", 1), ("U05 403", 2 * 3)])
def test_a_refusal_makes_no_storm(trial: Trial, fault: str, most: int) -> None:
    code = int(fault[4:])
    trial.upstream.rules = [Rule("", limited(code, "Resource not accessible by personal access token"))]
    run = trial.run()
    assert (run.status, kinds(run)) == ("failed", {"refused"})
    assert len(trial.upstream.log) <= most
    trial.heal()


@pytest.mark.parametrize(
    ("fault", "address"),
    [
        ("U11 nobody there", "http://127.0.0.1:1"),
        ("U11 no such name", "http://nobody.invalid"),
        ("U11 no such name by https", "https://nobody.invalid"),
        ("U11 no certificate", "https://127.0.0.1:{port}"),
        ("U11 IPv6 that leads nowhere", "http://[100::1]"),
    ],
)
def test_a_source_that_cannot_be_reached_is_named(trial: Trial, fault: str, address: str) -> None:
    address = address.format(port=trial.upstream.url.rpartition(":")[2])
    began = time.monotonic()
    run = trial.run(url=address, deadline_s=1.0)
    assert (run.status, kinds(run)) == ("failed", {"unavailable"})
    host = address.split("//")[1].partition(":" if "[" not in address else "]")[0].strip("[")
    assert all(host in f.message or "did not answer within 1 s" in f.message for f in run.failures), run.failures[0]
    assert time.monotonic() - began < 30
    trial.heal()


# -------------------------------------------------------------------- redirects, names that are gone, days without


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_u14_a_redirect_on_the_same_host_is_followed(trial: Trial, code: int) -> None:
    moved = replace(trial.upstream.exchanges[OVERALL], path="/moved")
    trial.upstream.exchanges["/moved"] = moved
    trial.upstream.rules = [Rule(OVERALL, redirect("/moved", code))]
    assert trial.run().status == "ok"
    assert figures(trial.store) == trial.wanted
    trial.heal()


@pytest.mark.parametrize("code", [301, 307, 308])
def test_u14_nothing_goes_to_another_host(trial: Trial, code: int) -> None:
    with Upstream() as trap:
        trial.upstream.rules = [Rule(OVERALL, redirect(f"{trap.url}/steal", code))]
        run = trial.run(headers={"X-Key": CANARY})
        assert trap.log == []
    assert kinds(run) == {"changed"}
    assert all(seen.headers["x-key"] for seen in trial.upstream.log)  # it went to its own host all the while
    trial.heal()


def test_u12_a_bomb_beneath_a_redirect_is_not_unpacked(trial: Trial) -> None:
    trial.upstream.rules = [Rule(OVERALL, bomb(64, 301)), Rule("/bombed", bomb(64))]
    assert kinds(trial.run()) == {"changed"}
    trial.heal()


def test_u15_gone_once_is_a_gap_and_gone_for_days_keeps_the_history(trial: Trial) -> None:
    trial.upstream.rules = [Rule("flask", status(404, "404"))]
    for _ in range(4):
        before = figures(trial.store)
        run = trial.run()
        assert (run.status, kinds(run)) == ("partial", {"gone"})
        assert {f for f in before if f[1] == "flask"} == {f for f in figures(trial.store) if f[1] == "flask"}
        trial.clock.passed += 86_400
    trial.heal()


def test_u18_three_days_of_silence_are_made_up_for_and_are_no_zeros(trial: Trial) -> None:
    trial.upstream.rules = [Rule("", reset)]
    before = figures(trial.store)
    for _ in range(3):
        run = trial.run()
        assert (run.status, kinds(run)) == ("failed", {"unavailable"})
        assert len(trial.upstream.log) <= 4 * REQUESTS
        trial.upstream.log.clear()
        trial.clock.passed += 86_400
    assert figures(trial.store) == before
    trial.heal()
    assert not [figure for figure in figures(trial.store) if figure[4] == 0]


def test_two_waits_differ_a_little(trial: Trial) -> None:
    trial.upstream.rules = [Rule("", limited(429, "", {"Retry-After": "7"}), after=1, times=1)]
    trial.run()
    first = trial.gaps[1]
    trial.upstream.log.clear()
    trial.clock.passed += 86_400
    trial.upstream.rules = [Rule("", limited(429, "", {"Retry-After": "7"}), after=1, times=1)]
    trial.run()
    assert first != trial.gaps[1]


def test_the_oracle_notices_what_it_is_for(trial: Trial) -> None:
    """A server that serves what its ledger does not have is a stand-in for a store that invents."""

    def lying(handler: Handler, exchange: Exchange | None) -> None:
        replay(handler, exchange)
        handler.upstream.served.pop()

    trial.upstream.rules = [Rule(OVERALL, lying)]
    with pytest.raises(AssertionError):
        trial.run()
