"""The one way to ask a source over the network: bounded, obedient, and silent about secrets.

`Http` is a `Fetch`. It streams the body under a cap on *decoded* bytes and a wall deadline, follows at most three
redirects on the same host, retries what is worth it, obeys the server's own rate-limit headers, and turns
everything that can go wrong into the errors of `collectors._runtime.errors`.
"""

from __future__ import annotations

import logging
import random
import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import httpx
import stamina

from collectors._runtime.contract import Answer, Sink
from collectors._runtime.errors import Changed, CollectError, Gone, Interrupted, RateLimited, Refused, Unavailable
from collectors._runtime.http.budget import Budget, who_asks
from collectors._runtime.http.rate_limit import Pace, asked_wait, is_limit, seconds_to_reset

log = logging.getLogger(__name__)

REDIRECTS = 3
REDIRECT_STATUS = frozenset({301, 302, 303, 307, 308})
GONE_STATUS = frozenset({404, 410, 451})
ATTEMPTS = 4  # of one request, for connection errors and 5xx
LIMIT_ATTEMPTS = 3  # of one request that keeps being limited
SLICE_S = 0.5  # longest time during which a stop goes unheard while waiting
ERROR_BODY = 64_000  # bytes of an error's body worth reading
SAMPLE = 200  # characters of an answer that is no answer
MB = 1_000_000
_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)


class Clock(Protocol):
    """Where time comes from. `now` is in UTC, `monotonic` and `sleep` are in seconds."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Access:
    """How a source may be reached, and how much patience a run has.

    `deadline_s` bounds one request from connecting to its last byte; a wait that the source asks for and that is
    longer than `max_wait_s` ends the run's work on the source (`RateLimited`) instead of being sat out;
    `body_cap` is in decoded bytes. Proxies and certificates of the environment are ignored unless `trust_env`.
    `headers` go with every request and win over what a source sends by itself (a user and password, say).
    """

    base_url: str
    token: str | None = field(default=None, repr=False)
    user_agent: str = "uptake"
    trust_env: bool = False
    deadline_s: float = 20.0
    max_wait_s: float = 300.0
    body_cap: int = 20 * MB
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    stall_s: float | None = None  # longest silence within an answer; None: the deadline


class Http:
    """Asks one source during one run. Use as a context manager; requests go out one at a time.

    `title` names the source in messages. `stop` is polled while waiting (at least every half second): when it turns
    true, `Interrupted` is raised. `note` takes the reason why we wait. `jitter` returns the extra seconds of a wait.
    `fault` is the source's own reading of an answer whose status hides its meaning: the error, None for as usual.
    `budget` remembers what the source still grants; without one that lasts only as long as this object.
    """

    def __init__(
        self,
        access: Access,
        clock: Clock,
        *,
        title: str,
        spacing_s: float = 0.0,
        per_minute: int | None = None,
        stop: Callable[[], bool] = lambda: False,
        note: Callable[[str], None] = lambda _: None,
        jitter: Callable[[], float] = random.random,
        fault: Callable[[Answer], CollectError | None] = lambda _: None,
        budget: Budget | None = None,
    ) -> None:
        self._access, self._clock, self._title = access, clock, title
        self._pace = Pace(spacing_s, per_minute)
        self._stop, self._note, self._jitter, self._fault = stop, note, jitter, fault
        self._budget = budget or Budget(who_asks(token=bool(access.token)), {}, lambda _: None)
        self._blocked_until: datetime | None = None
        self._warned: set[str] = set()
        self._base = _checked(access.base_url, title)
        self._socket: socket.socket | None = None
        self._sink: Sink | None = None

    def __enter__(self) -> Self:
        for noisy in ("httpx", "httpcore"):  # they log whole URLs with their queries
            logging.getLogger(noisy).setLevel(logging.WARNING)
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        timeout = httpx.Timeout(self._access.stall_s or self._access.deadline_s)
        self._client = httpx.Client(trust_env=self._access.trust_env, timeout=timeout, limits=limits)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def __call__(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        expect: str = "application/json",
    ) -> Answer:
        """Ask for `path` below the base URL. See `collectors._runtime.contract.Fetch`."""
        url = httpx.URL(self._base + path, params=dict(params) if params else None)
        sent = self._headers(headers, etag, expect)
        for limited in range(1, LIMIT_ATTEMPTS + 1):
            answer = self._attempts(url, sent)
            self._remember_budget(answer)
            error = self._fault(answer)
            if isinstance(error, RateLimited):
                self._blocked_until = error.until
            elif is_limit(answer.status, answer.headers, answer.body):
                wait = asked_wait(answer.headers, limited, self._clock.now())
                self._blocked_until = self._clock.now() + timedelta(seconds=wait)
            else:
                return self._understood(answer, etag, expect)
            self._budget.block(self._blocked_until or self._clock.now(), self._clock.now())
        raise RateLimited(
            f"{self._title} still limits requests after {LIMIT_ATTEMPTS} waits; the next run collects the rest.",
            until=self._blocked_until or self._clock.now(),
        )

    def save(self, path: str, sink: Sink) -> Answer:
        """Ask for a file of any type: a good answer's body goes into `sink`, the rules are the same."""
        self._sink = sink
        try:
            return self(path, expect="*/*")
        finally:
            self._sink = None

    def _headers(self, more: Mapping[str, str] | None, etag: str | None, expect: str) -> dict[str, str]:
        sent = {"User-Agent": self._access.user_agent, "Accept": expect, "Accept-Encoding": "gzip", **(more or {})}
        if self._access.token:
            sent["Authorization"] = f"Bearer {self._access.token}"
        if etag:
            sent["If-None-Match"] = etag
        return {**sent, **self._access.headers}

    # -------------------------------------------------------------- sending

    def _attempts(self, url: httpx.URL, headers: Mapping[str, str]) -> Answer:
        """One answer that is not a failure of the server's own, tried a bounded number of times."""
        retries = stamina.retry_context(
            on=lambda error: isinstance(error, Unavailable) and error.again,
            attempts=ATTEMPTS,
            timeout=self._access.deadline_s,
            wait_initial=0.5,
        )
        for attempt in retries:
            with attempt:
                answer = self._follow(url, headers)
                fault = self._fault(answer)
                if isinstance(fault, RateLimited) or is_limit(answer.status, answer.headers, answer.body):
                    return answer
                if fault is not None:
                    raise fault
                if answer.status >= 500:
                    raise Unavailable(f"{self._title} failed with status {answer.status}; the next run tries again.")
                return answer
        raise AssertionError("stamina ends by returning or raising")

    def _follow(self, url: httpx.URL, headers: Mapping[str, str]) -> Answer:
        for _ in range(REDIRECTS + 1):
            answer = self._send(url, headers)
            if answer.status not in REDIRECT_STATUS:
                return answer
            url = self._target(url, answer)
        raise Changed(f"{self._title} redirects in circles; check what has become of its address.")

    def _target(self, url: httpx.URL, answer: Answer) -> httpx.URL:
        try:
            target = url.join(answer.headers.get("location", ""))
        except (httpx.InvalidURL, ValueError) as error:
            raise Changed(f"{self._title} redirects to an invalid address; check its address.") from error
        if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port) or target.userinfo:
            where = f"{target.scheme}://{target.host}"[:100]
            raise Changed(f"{self._title} redirects to {where}, which was not followed; check its address.")
        return target

    def _send(self, url: httpx.URL, headers: Mapping[str, str]) -> Answer:
        """Exactly one request, once the pace and any known limit allow it."""
        self._hold()
        self._wait(self._pace.wait(self._clock.monotonic()), "")
        self._budget.spend(self._clock.now())
        try:
            with self._watchdog() as expired, self._reaching(expired):
                answer = self._stream(url, headers)
        finally:
            self._pace.ended(self._clock.monotonic())
        self._budget.hear(answer.headers, self._clock.now())
        return answer

    def _stream(self, url: httpx.URL, headers: Mapping[str, str]) -> Answer:
        with self._client.stream("GET", url, headers=dict(headers), extensions={"trace": self._trace}) as response:
            kept = {name.lower(): value for name, value in response.headers.items()}
            if response.status_code in REDIRECT_STATUS or response.status_code == 304:
                body = b""
            else:
                body = self._read(response, kept.get("content-encoding", "identity").lower())
            shown = str(response.url.copy_with(userinfo=b""))
            return Answer(shown, response.status_code, kept, body, self._clock.now().astimezone(UTC))

    def _read(self, response: httpx.Response, encoding: str) -> bytes:
        cap = self._access.body_cap if response.status_code == 200 else ERROR_BODY
        if encoding not in ("gzip", "x-gzip", "identity", ""):
            raise Changed(f"{self._title} sent an encoding that was not requested; check its address.")
        if self._sink is not None and response.status_code == 200:
            self._sink.take(_decoded(response.iter_raw(), "gzip" in encoding, self._sink.cap))
            return b""
        body = b"".join(_decoded(response.iter_raw(), "gzip" in encoding, cap))
        if len(body) <= cap:
            return body
        if response.status_code != 200:
            return body[:cap]
        raise Changed(
            f"{self._title} sent more than {cap // MB or 1} MB, too much for such a response; check its address."
        )

    # -------------------------------------------------------------- deadlines

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the socket in use, so that the watchdog can cut a connection that drips."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")

    @contextmanager
    def _watchdog(self) -> Iterator[threading.Event]:
        """Cut the connection when the wall deadline passes: httpx's timeouts start anew with every byte."""
        expired = threading.Event()

        def cut() -> None:
            expired.set()
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self._access.deadline_s, cut)
        timer.daemon = True
        timer.start()
        try:
            yield expired
        finally:
            timer.cancel()

    @contextmanager
    def _reaching(self, expired: threading.Event) -> Iterator[None]:
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error, EOFError, OSError, UnicodeError) as error:
            if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError)):
                raise Refused(
                    f"{self._title} cannot be reached with these settings; check its address and token."
                ) from None
            late = expired.is_set() or isinstance(error, httpx.TimeoutException)
            nobody = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
            # `from None`: the texts of httpx carry whole addresses
            raise Unavailable(self._why(error, late), again=not late, whole=nobody) from None
        if expired.is_set():
            raise Unavailable(self._why(TimeoutError(), True), again=False)

    def _why(self, error: BaseException, late: bool) -> str:
        if late:
            return f"{self._title} did not answer within {self._access.deadline_s:g} s; the next run tries again."
        if isinstance(error, httpx.ConnectError):
            return f"{self._title} could not be reached at {urlsplit(self._base).hostname}; the next run tries again."
        return f"{self._title} broke off in the middle of a response; the next run tries again."

    # -------------------------------------------------------------- waiting

    def _remember_budget(self, answer: Answer) -> None:
        left = seconds_to_reset(answer.headers, self._clock.now())
        if left is not None and left > 0:
            self._blocked_until = self._clock.now() + timedelta(seconds=left)

    def _hold(self) -> None:
        """Sit out a limit we know of, or give up at once if that takes longer than a run may wait."""
        holds = [at for at in (self._blocked_until, self._budget.blocked_until(self._clock.now())) if at]
        if not holds:
            return
        until = max(holds)
        left = (until - self._clock.now()).total_seconds()
        if left > self._access.max_wait_s:
            raise RateLimited(f"{self._title} asks to wait until {until:%Y-%m-%d %H:%M} UTC.", until=until)
        if left > 0:
            self._wait(left + self._jitter(), f"{self._title} asks to wait until {until:%H:%M:%S} UTC")
        self._blocked_until = None

    def _wait(self, seconds: float, why: str) -> None:
        if why:
            self._note(why)
        end = self._clock.monotonic() + seconds
        while True:
            if self._stop():
                raise Interrupted(f"Stopped while waiting for {self._title}.")
            left = end - self._clock.monotonic()
            if left <= 0:
                break
            self._clock.sleep(min(left, SLICE_S))
        if why:
            self._note("")

    # -------------------------------------------------------------- understanding

    def _understood(self, answer: Answer, etag: str | None, expect: str) -> Answer:
        self._warn_of_retirement(answer.headers)
        if answer.status == 304 and etag:
            return answer
        if answer.status != 200:
            raise self._meaning(answer)
        if not _is_media(answer.headers.get("content-type", ""), expect):
            raise Changed(
                f"{self._title} answered {_media(answer.headers.get('content-type', '')) or 'an untyped body'} "
                f"where {expect} was due; its page may have moved or a proxy may be in the way."
                f"{self._sample(answer)}"
            )
        return answer

    def _sample(self, answer: Answer) -> str:
        """How the text of an answer that was refused begins, without markup; nothing of one that is no text."""
        if not answer.headers.get("content-type", "").lower().startswith("text/"):
            return ""
        text = _MARKUP.sub(" ", answer.body[:ERROR_BODY].decode(errors="replace"))
        words = " ".join("".join(c if c.isprintable() else " " for c in unescape(text)).split())
        secrets = (self._access.token, *self._access.headers.values())
        if not words or any(secret and secret in words for secret in secrets):
            return ""
        return f" It begins: “{words if len(words) <= SAMPLE else words[:SAMPLE] + '…'}”."

    def _meaning(self, answer: Answer) -> CollectError:
        status, title = answer.status, self._title
        if status in GONE_STATUS:
            return Gone(f"{title} answered {status} for {urlsplit(answer.url).path}: nothing is there (any more).")
        if status == 401:
            who = "the token was refused" if self._access.token else "it needs a token"
            return Refused(f"{title} answered 401: {who}; set a valid token, or none for anonymous requests.")
        if status == 403:
            return Refused(f"{title} answered 403: access to {urlsplit(answer.url).path} is denied.", whole=False)
        return Changed(f"{title} answered with status {status}, which it should not; the question may be out of date.")

    def _warn_of_retirement(self, headers: Mapping[str, str]) -> None:
        for name in ("deprecation", "sunset"):
            if name in headers and name not in self._warned:
                self._warned.add(name)
                log.warning("%s announces a change: %s: %s", self._title, name, headers[name][:100])


def _decoded(chunks: Iterator[bytes], zipped: bool, cap: int) -> Iterator[bytes]:
    """The decoded body, never more than a byte over the cap, however well it was packed."""
    unzip = zlib.decompressobj(wbits=31) if zipped else None
    left = cap + 1
    for chunk in chunks:
        part = unzip.decompress(chunk, left) if unzip else chunk[:left]
        left -= len(part)
        yield part
        if left <= 0:
            return
    if unzip is not None and not unzip.eof:
        raise EOFError("the packed body broke off")


def _checked(base_url: str, title: str) -> str:
    try:
        parts = urlsplit(base_url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or parts.username or parts.password or parts.query or parts.fragment:
        raise Refused(f"The address set for {title} is not a plain http(s) address; correct the setting.")
    return base_url.rstrip("/")


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()[:60]


def _is_media(content_type: str, expect: str) -> bool:
    got, due = _media(content_type), _media(expect)
    json = due.endswith("json") and (got == "application/json" or got.endswith("+json"))
    return due in (got, "*/*") or json
