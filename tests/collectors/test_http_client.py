"""The one HTTP module: bounded, obedient, silent about secrets. A real server, and a clock that never waits."""

from __future__ import annotations

import logging
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import stamina

from collectors import Access, Changed, CollectError, Gone, Interrupted, RateLimited, Refused, Unavailable
from collectors._runtime.http.client import Http
from collectors._runtime.http.rate_limit import Pace, asked_wait, is_limit, seconds_to_reset
from tests.support.upstream import (
    NOON,
    Exchange,
    FakeClock,
    Rule,
    Upstream,
    bomb,
    dripping,
    limited,
    packed,
    redirect,
    reset,
    slow,
    status,
)

TOKEN = "CANARY-0123456789"
JSON = {"Content-Type": "application/json"}
OK = Exchange("flask", "/ok", 200, {**JSON, "ETag": 'W/"1"'}, {"n": 1})


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream((OK,)) as started:
        yield started


@contextmanager
def http(upstream: Upstream, clock: FakeClock | None = None, **options: Any) -> Iterator[Http]:
    of_access = ("token", "headers", "deadline_s", "max_wait_s", "body_cap", "base_url")
    access: dict[str, Any] = {k: options.pop(k) for k in of_access if k in options}
    told: dict[str, Any] = {"base_url": upstream.url, "user_agent": "uptake/1 (+https://example.org)", **access}
    reach = Access(**told)
    with Http(reach, clock or FakeClock(), title="The source", **options) as opened:
        yield opened


def answers(upstream: Upstream, code: int, headers: dict[str, str] | None = None, **rule: int) -> None:
    upstream.rules.append(Rule("", limited(code, "", headers), **rule))


def waited(upstream: Upstream, clock: FakeClock, **options: Any) -> float:
    with http(upstream, clock, **options) as fetch:
        assert fetch("/ok").status == 200
    return clock.passed


# -------------------------------------------------------------------- what is sent


def test_sends_who_we_are_and_no_empty_authorization(upstream: Upstream) -> None:
    with http(upstream) as fetch:
        fetch("/ok")
    sent = upstream.log[0].headers
    assert "authorization" not in sent
    assert sent["user-agent"] == "uptake/1 (+https://example.org)"
    assert sent["accept-encoding"] == "gzip"


def test_token_is_sent_to_its_host_and_hidden_in_repr(upstream: Upstream) -> None:
    with http(upstream, token=TOKEN) as fetch:
        fetch("/ok")
    assert upstream.log[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in repr(Access("http://127.0.0.1", token=TOKEN))


def test_environment_proxy_is_ignored(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with http(upstream) as fetch:
        assert fetch("/ok").status == 200


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.github.com",
        "ftp://x",
        "file:///etc/passwd",
        "http://",
        "http://u:CANARY@x",
        "http://x?token=CANARY",
        "http://[",
        "http://x:99999",
    ],
)
def test_address_that_is_none_is_refused_without_repeating_it(address: str, upstream: Upstream) -> None:
    with pytest.raises(Refused) as caught, http(upstream, base_url=address) as fetch:
        fetch("/ok")
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("token", ["CANARY\n", "CANARY\r\nX-Evil: 1", "CANÁRY"])
def test_token_that_fits_no_header_is_refused_without_repeating_it(token: str, upstream: Upstream) -> None:
    with pytest.raises(Refused) as caught, http(upstream, token=token) as fetch:
        fetch("/ok")
    assert "CAN" not in str(caught.value)
    assert upstream.log == []


# -------------------------------------------------------------------- conditional answers and redirects


def test_304_only_to_whom_gave_an_etag(upstream: Upstream) -> None:
    with http(upstream) as fetch:
        assert fetch("/ok", etag='W/"1"').status == 304
        upstream.rules = [Rule("", status(304))]
        with pytest.raises(Changed):
            fetch("/ok")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirect_on_the_same_host_is_followed_and_seen(upstream: Upstream, code: int) -> None:
    upstream.rules = [Rule("/old", redirect("/ok", code))]
    with http(upstream, token=TOKEN) as fetch:
        answer = fetch("/old")
    assert (answer.status, answer.url) == (200, f"{upstream.url}/ok")
    assert upstream.log[1].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "to",
    [
        "http://localhost:{port}/ok",
        "https://127.0.0.1:{port}/ok",
        "http://127.0.0.1:1/ok",
        "//evil.example/",
        "http://u:p@127.0.0.1:{port}/ok",
        "gopher://x",
        "http://[",
    ],
)
def test_redirect_elsewhere_is_not_followed(upstream: Upstream, to: str) -> None:
    port = upstream.url.rpartition(":")[2]
    upstream.rules = [Rule("", redirect(to.format(port=port)))]
    with http(upstream, token=TOKEN) as fetch, pytest.raises(Changed):
        fetch("/ok")
    assert len(upstream.log) == 1


def test_three_redirects_are_followed_and_no_fourth(upstream: Upstream) -> None:
    upstream.rules = [Rule("/a3", redirect("/ok")), Rule("/a2", redirect("/a3")), Rule("/a1", redirect("/a2"))]
    with http(upstream) as fetch:
        assert fetch("/a1").status == 200
        upstream.rules.append(Rule("/a0", redirect("/a1")))
        with pytest.raises(Changed, match="circles"):
            fetch("/a0")


# -------------------------------------------------------------------- what an answer means


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, Changed),
        (401, Refused),
        (403, Refused),
        (404, Gone),
        (410, Gone),
        (418, Changed),
        (422, Changed),
        (451, Gone),
    ],
)
def test_final_status_is_asked_once(upstream: Upstream, code: int, error: type[CollectError]) -> None:
    answers(upstream, code)
    with http(upstream, token=TOKEN) as fetch, pytest.raises(error) as caught:
        fetch("/ok", {"key": "CANARY"})
    assert len(upstream.log) == 1
    assert "CANARY" not in str(caught.value)


def test_401_says_whose_fault_it_is(upstream: Upstream) -> None:
    answers(upstream, 401)
    with http(upstream, token=TOKEN) as fetch, pytest.raises(Refused, match="the token was refused"):
        fetch("/ok")


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_server_fault_is_tried_again_but_not_for_ever(upstream: Upstream, code: int) -> None:
    answers(upstream, code, times=3)
    with http(upstream) as fetch:
        assert fetch("/ok").status == 200
    answers(upstream, code)
    with http(upstream) as fetch, pytest.raises(Unavailable):
        fetch("/ok")
    assert len(upstream.log) == 8


def test_cut_connection_is_tried_again(upstream: Upstream) -> None:
    upstream.rules = [Rule("", reset, times=2)]
    with http(upstream) as fetch:
        assert fetch("/ok").status == 200


def test_nobody_there_is_unavailable_and_names_the_host(upstream: Upstream) -> None:
    with http(upstream, base_url="http://127.0.0.1:1") as fetch, pytest.raises(Unavailable, match=r"at 127\.0\.0\.1;"):
        fetch("/ok", {"token": "CANARY"})


@pytest.mark.parametrize("media", ["text/html", "text/plain; charset=utf-8", "", "application/jsonp", "image/png"])
def test_other_content_type_is_not_understood(upstream: Upstream, media: str) -> None:
    upstream.rules = [Rule("", status(200, "{}", media=media))]
    with http(upstream) as fetch, pytest.raises(Changed):
        fetch("/ok")


@pytest.mark.parametrize(
    ("page", "end"),
    [
        ("<title>Sign in</title><script>a < b</script><p>It&nbsp;has\n ended", " It begins: “Sign in It has ended”."),
        ("a" * 900, f" It begins: “{'a' * 200}…”."),
        ("You sent CANARY", "be in the way."),
        ("You sent KESTREL", "be in the way."),
    ],
)
def test_the_failure_says_how_a_page_instead_of_an_answer_begins(upstream: Upstream, page: str, end: str) -> None:
    upstream.rules = [Rule("", status(200, page, media="text/html"))]
    with http(upstream, token="CANARY", headers={"X-Key": "KESTREL"}) as fetch, pytest.raises(Changed) as failure:
        fetch("/ok")
    assert str(failure.value).endswith(end)


@pytest.mark.parametrize(
    "media", ["application/json", "Application/JSON; charset=utf-8", "application/vnd.github+json"]
)
def test_json_by_any_name_is_json(upstream: Upstream, media: str) -> None:
    upstream.rules = [Rule("", status(200, "{}", media=media))]
    with http(upstream) as fetch:
        assert fetch("/ok").body == b"{}"


def test_retirement_announced_in_headers_is_logged_once(upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    upstream.rules = [Rule("", status(200, "{}", {"Sunset": "Fri, 01 Jan 2027 00:00:00 GMT"}, "application/json"))]
    with http(upstream) as fetch:
        fetch("/ok")
        fetch("/ok")
    assert [r.levelno for r in caplog.records] == [logging.WARNING]
    assert "2027" in caplog.text


def test_nothing_secret_is_logged_even_at_debug(upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    upstream.rules = [Rule("", reset, times=2), Rule("", status(200, "{}", media="application/json"))]
    with http(upstream, token=TOKEN) as fetch:
        fetch("/ok", {"access_token": "CANARY-query"})
    assert "access_token=CANARY-query" in upstream.log[-1].path
    assert "CANARY" not in caplog.text


# -------------------------------------------------------------------- bounds


@pytest.mark.parametrize(("code", "error"), [(200, Changed), (404, Gone), (301, Changed), (500, Unavailable)])
def test_gzip_bomb_is_defused(upstream: Upstream, code: int, error: type[CollectError]) -> None:
    """100 MB in a hundred kB, as an answer, as an error and as the body of a redirect."""
    upstream.rules = [Rule("", bomb(100, code))]
    packed(100)  # before anything is measured
    tracemalloc.start()
    try:
        with http(upstream, body_cap=1_000_000) as fetch, pytest.raises(error):
            fetch("/ok")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_plain_body_over_the_cap_is_refused_and_one_at_the_cap_is_not(upstream: Upstream) -> None:
    size = len(OK.raw)
    with http(upstream, body_cap=size) as fetch:
        assert fetch("/ok").body == OK.raw
    with http(upstream, body_cap=size - 1) as fetch, pytest.raises(Changed):
        fetch("/ok")


def test_truncated_gzip_is_not_an_answer(upstream: Upstream) -> None:
    import gzip

    packed = gzip.compress(b'{"n": 1}')[:-9]
    headers = {**JSON, "Content-Encoding": "gzip"}
    upstream.rules = [Rule("", lambda handler, _: handler.answer(200, headers, packed))]
    with http(upstream) as fetch, pytest.raises(Unavailable):
        fetch("/ok")


def test_body_cut_at_any_byte_is_never_an_answer(upstream: Upstream) -> None:
    whole = OK.raw
    with http(upstream) as fetch:
        for size in range(len(whole)):

            def cut(handler: Any, _: Any, size: int = size) -> None:
                handler.answer(200, JSON, whole[:size], length=len(whole))
                handler.cut()

            upstream.rules = [Rule("", cut)]
            with pytest.raises(Unavailable):
                fetch("/ok")


def test_encoding_nobody_asked_for_is_not_decoded(upstream: Upstream) -> None:
    upstream.rules = [Rule("", status(200, "x", {"Content-Encoding": "br"}, "application/json"))]
    with http(upstream) as fetch, pytest.raises(Changed):
        fetch("/ok")


def test_drip_ends_at_the_deadline_and_is_not_repeated(upstream: Upstream) -> None:
    upstream.rules = [Rule("", dripping)]
    begun = time.monotonic()
    with http(upstream, deadline_s=0.4) as fetch, pytest.raises(Unavailable, match=r"within 0\.4 s"):
        fetch("/ok")
    assert time.monotonic() - begun < 2.0
    assert len(upstream.log) == 1


def test_connection_is_of_use_again_after_a_deadline(upstream: Upstream) -> None:
    upstream.rules = [Rule("", slow(1.0), times=1)]
    with http(upstream, deadline_s=0.3) as fetch:
        with pytest.raises(Unavailable):
            fetch("/ok")
        assert fetch("/ok").status == 200


# -------------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("header", "least"),
    [("7", 7), ("0", 1), ("garbage", 60), ("-5", 60), ("nan", 60), ("1e3", 60), ("", 60)],
)
@pytest.mark.parametrize("code", [403, 429, 503])
def test_retry_after_is_obeyed(upstream: Upstream, header: str, least: float, code: int) -> None:
    answers(upstream, code, {"Retry-After": header}, times=1)
    assert least <= waited(upstream, FakeClock()) <= least + 2
    assert len(upstream.log) == 2


@pytest.mark.parametrize(("offset", "least"), [(90, 90), (-3600, 1)])
def test_retry_after_as_a_date_is_obeyed(upstream: Upstream, offset: int, least: float) -> None:
    when = format_datetime(NOON + timedelta(seconds=offset), usegmt=True)
    answers(upstream, 429, {"Retry-After": when}, times=1)
    assert least <= waited(upstream, FakeClock()) <= least + 2


@pytest.mark.parametrize("header", ["86400", "9" * 15, "9" * 400])
def test_wait_longer_than_a_run_may_wait_is_not_capped_but_deferred(upstream: Upstream, header: str) -> None:
    clock = FakeClock()
    answers(upstream, 429, {"Retry-After": header})
    with http(upstream, clock, max_wait_s=30.0) as fetch:
        with pytest.raises(RateLimited) as caught:
            fetch("/ok")
        assert caught.value.until is not None
        assert caught.value.until > NOON + timedelta(seconds=30)
        with pytest.raises(RateLimited):
            fetch("/ok")  # the limit is remembered: no request is spent
    assert (len(upstream.log), clock.passed) == (1, 0.0)


def test_exhausted_budget_is_remembered_without_being_refused(upstream: Upstream) -> None:
    clock = FakeClock()
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOON.timestamp()) + 100)}
    upstream.rules = [Rule("", status(200, "{}", headers, "application/json"), times=1)]
    with http(upstream, clock) as fetch:
        fetch("/ok")
        assert clock.passed == 0
        fetch("/ok")
    assert 101 <= clock.passed <= 103


@pytest.mark.parametrize("skew", [timedelta(hours=2), -timedelta(hours=2)])
def test_reset_is_read_by_the_servers_clock(upstream: Upstream, skew: timedelta) -> None:
    theirs = NOON + skew
    headers = {
        "Date": format_datetime(theirs, usegmt=True),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(theirs.timestamp()) + 100),
    }
    answers(upstream, 403, headers, times=1)
    assert 101 <= waited(upstream, FakeClock()) <= 103


def test_limit_without_headers_waits_a_minute_then_two_then_gives_up(upstream: Upstream) -> None:
    clock = FakeClock()
    upstream.rules = [Rule("", limited(403, "You have exceeded a secondary rate limit."))]
    with http(upstream, clock) as fetch, pytest.raises(RateLimited):
        fetch("/ok")
    assert len(upstream.log) == 3
    assert 180 <= clock.passed <= 184


def test_two_waits_are_not_of_equal_length(upstream: Upstream) -> None:
    answers(upstream, 429, {"Retry-After": "5"}, times=1)
    first = waited(upstream, FakeClock())
    answers(upstream, 429, {"Retry-After": "5"}, times=1)
    assert first != waited(upstream, FakeClock())


def test_permanent_403_is_not_a_limit(upstream: Upstream) -> None:
    answers(upstream, 403, {"X-RateLimit-Remaining": "12"})
    with http(upstream) as fetch, pytest.raises(Refused):
        fetch("/ok")


def test_waiting_says_why_and_hears_a_stop(upstream: Upstream) -> None:
    clock, notes = FakeClock(), list[str]()
    answers(upstream, 429, {"Retry-After": "120"})
    with (
        http(upstream, clock, stop=lambda: clock.passed > 10, note=notes.append) as fetch,
        pytest.raises(Interrupted),
    ):
        fetch("/ok")
    assert 10 < clock.passed < 11
    assert notes == ["The source asks to wait until 12:02:00 UTC"]


def test_requests_keep_their_distance(upstream: Upstream) -> None:
    clock = FakeClock()
    with http(upstream, clock, spacing_s=2.0) as fetch:
        for _ in range(3):
            fetch("/ok")
    assert clock.passed == pytest.approx(4.0)


def test_no_more_than_so_many_in_any_minute(upstream: Upstream) -> None:
    clock = FakeClock()
    with http(upstream, clock, per_minute=3) as fetch:
        for _ in range(7):
            fetch("/ok")
    assert clock.passed == pytest.approx(120.0)


@pytest.mark.parametrize("spacing", [0.0, 1.0, 2.5])
def test_pace_never_lets_a_window_overflow(spacing: float) -> None:
    pace, now, ends = Pace(spacing, 5), 0.0, list[float]()
    for _ in range(40):
        now += pace.wait(now)
        ends.append(now)
        pace.ended(now)
        now += 0.1
    for start in ends:
        assert sum(start <= end < start + 60 for end in ends) <= 5


# -------------------------------------------------------------------- headers alone


@pytest.mark.parametrize(
    ("code", "headers", "body", "limit"),
    [
        (429, {}, b"", True),
        (403, {}, b"", False),
        (403, {"retry-after": "1"}, b"", True),
        (403, {"x-ratelimit-remaining": "0"}, b"", True),
        (403, {"x-ratelimit-remaining": "59"}, b'{"message":"Forbidden"}', False),
        (403, {}, b'{"message":"You have exceeded a secondary RATE LIMIT."}', True),
        (503, {}, b"", False),
        (503, {"retry-after": "1"}, b"", True),
        (200, {"x-ratelimit-remaining": "0"}, b"rate limit", False),
    ],
)
def test_what_is_a_limit(code: int, headers: dict[str, str], body: bytes, limit: bool) -> None:
    assert is_limit(code, headers, body) is limit


def test_reset_in_the_past_or_in_no_number() -> None:
    spent = {"x-ratelimit-remaining": "0"}
    past = {**spent, "x-ratelimit-reset": "1000"}
    assert asked_wait(past, 1, NOON) == 1.0
    assert asked_wait({**spent, "x-ratelimit-reset": "soon"}, 1, NOON) == 60.0
    assert asked_wait(spent, 2, NOON) == 120.0
    assert seconds_to_reset({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "1000"}, NOON) is None
    far = {**spent, "x-ratelimit-reset": "9" * 14}
    assert NOON + timedelta(seconds=asked_wait(far, 1, NOON)) < datetime(2028, 1, 1, tzinfo=UTC)
