"""A small real HTTP server on 127.0.0.1 that replays recorded answers and can be told to misbehave.

    with Upstream.of("github") as upstream:
        upstream.rules.append(Rule("/repos/pallets", status(503, "<html>"), times=1))
        ... Access(upstream.url) ...
        assert len(upstream.log) == 2

`tests/fixtures/<source>/exchanges.json` holds what a source answered: a list of framework, path (with query), status,
headers and body. A framework that the catalog lacks stands under `own`, with its name at the source, as a user's own.
`FakeClock` lets waits of an hour pass at once.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from catalog import Catalog, Framework

FIXTURES = Path(__file__).parents[1] / "fixtures"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class FakeClock:
    """Time that passes only when someone sleeps; `slept` keeps every sleep in seconds."""

    def __init__(self, start: datetime = NOON) -> None:
        self.start, self.passed = start, 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.passed += seconds


@dataclass(frozen=True)
class Exchange:
    """A recorded answer, and which framework it is about."""

    framework: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def raw(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Seen:
    """A request as it arrived, and when by the clock of the server, in seconds; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    at: float = 0.0


Action = Callable[["Handler", "Exchange | None"], None]


@dataclass
class Rule:
    """Do `action` for requests whose path matches, after letting `after` pass and at most `times`."""

    path: str
    action: Action
    times: int = 1 << 30
    after: int = 0
    seen: int = field(default=0, init=False)

    def due(self, path: str) -> bool:
        if not re.search(self.path, path):
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + self.times


@cache
def recorded(source: str) -> tuple[Exchange, ...]:
    """The exchanges of a source's fixture folder, which nobody changes; none if it has no folder."""
    file = FIXTURES / source / "exchanges.json"
    return tuple(Exchange(**e) for e in json.loads(file.read_text())["exchanges"]) if file.exists() else ()


def with_recorded(catalog: Catalog) -> Catalog:
    """The catalog with those frameworks of the records that it lacks, as if the user had added them."""
    frameworks = dict(catalog.frameworks)
    for source in catalog.sources:
        file = FIXTURES / source / "exchanges.json"
        own = json.loads(file.read_text()).get("own", {}) if file.exists() else {}
        for key, name in own.items():
            ids = {**frameworks[key].ids, source: name} if key in frameworks else {source: name}
            frameworks[key] = Framework(key, key.capitalize(), "", ids, own=True)
    return replace(catalog, frameworks=frameworks)


def by_lasting_id(exchanges: tuple[Exchange, ...]) -> Iterator[Exchange]:
    """What GitHub says of a repository, asked by its numeric id."""
    for repository in exchanges:
        if re.fullmatch(r"/repos/[^/]+/[^/]+", repository.path):
            for below in exchanges:
                if below.path.startswith(repository.path) and below.path[len(repository.path) :][:1] in ("", "/"):
                    rest = below.path.removeprefix(repository.path)
                    yield replace(below, path=f"/repositories/{repository.body['id']}{rest}")


class Quiet(ThreadingHTTPServer):
    """Says nothing about clients that hang up: here they do it on purpose."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing to say."""


class Upstream:
    """The server. `log` has every request, `rules` what it does instead of answering, `served` what it said in full."""

    def __init__(self, exchanges: tuple[Exchange, ...] = ()) -> None:
        self.clock: FakeClock | None = None
        self.dated: datetime | None = None  # what it says of the time; nothing, so that no clock is contradicted
        self.served: list[Exchange] = []
        self.exchanges = {e.path: e for e in (*exchanges, *by_lasting_id(exchanges))}
        self.rules: list[Rule] = []
        self.log: list[Seen] = []
        self._server = Quiet(("127.0.0.1", 0), type("Bound", (Handler,), {"upstream": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @classmethod
    def of(cls, source: str) -> Self:
        return cls(recorded(source))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers from the record, unless a rule is due."""

    upstream: Upstream
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body sent after its headers would wait 40 ms for the client's acknowledgement

    def do_GET(self) -> None:
        up = self.upstream
        now = up.clock.monotonic() if up.clock else 0.0
        up.log.append(Seen(self.path, {k.lower(): v for k, v in self.headers.items()}, now))
        exchange = up.exchanges.get(self.path)
        rule = next((rule for rule in up.rules if rule.due(self.path)), None)
        try:
            if rule is not None:
                rule.action(self, exchange)
            else:
                replay(self, exchange)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, status: int, headers: Mapping[str, str], body: bytes, *, length: int | None = None) -> None:
        """Send an answer with no header but these, and the server's date if it has one."""
        self.send_response_only(status)
        if self.upstream.dated is not None:
            self.send_header("Date", format_datetime(self.upstream.dated, usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""

    def cut(self) -> None:
        """End the connection at once, as a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.connection.close()


# What a server can do to us


def replay(handler: Handler, exchange: Exchange | None) -> None:
    if exchange is None:
        handler.answer(404, {"Content-Type": "text/html"}, b"404")
        return
    handler.upstream.served.append(exchange)
    etag = exchange.headers.get("ETag")
    if etag and handler.headers.get("If-None-Match") == etag:
        handler.answer(304, {"ETag": etag}, b"")
        return
    handler.answer(exchange.status, exchange.headers, exchange.raw)


def status(code: int, body: str = "", headers: Mapping[str, str] | None = None, media: str = "text/html") -> Action:
    return lambda handler, _: handler.answer(code, {"Content-Type": media, **(headers or {})}, body.encode())


def limited(code: int, message: str = "", headers: Mapping[str, str] | None = None) -> Action:
    return status(code, json.dumps({"message": message}), headers, "application/json")


def instead(change: Callable[[Any], Any]) -> Action:
    """The recorded answer with another body: `change` gets the decoded one and returns JSON, or text to send as is."""

    def act(handler: Handler, exchange: Exchange | None) -> None:
        assert exchange is not None
        body = change(json.loads(exchange.raw))
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers = {name: value for name, value in exchange.headers.items() if name != "ETag"}
        handler.answer(200, headers, raw)

    return act


def instead_of_list(act: Action, change: Callable[[list[Any]], list[Any]]) -> Action:
    """What another action answers, its body (a list) changed and its entity tag gone."""

    def changed(handler: Handler, exchange: Exchange | None) -> None:
        answer = handler.answer

        def swapped(status: int, headers: Mapping[str, str], body: bytes, *, length: int | None = None) -> None:
            kept = {name: value for name, value in headers.items() if name != "ETag"}
            answer(status, kept, json.dumps(change(json.loads(body))).encode(), length=length)

        handler.answer = swapped  # type: ignore[method-assign]  # for this connection only
        try:
            act(handler, exchange)
        finally:
            handler.answer = answer  # type: ignore[method-assign]

    return changed


def answer_of(path: str) -> Action:
    """The recorded answer to another question."""
    return lambda handler, _: replay(handler, handler.upstream.exchanges[path])


def truncated(handler: Handler, exchange: Exchange | None) -> None:
    assert exchange is not None
    handler.answer(200, exchange.headers, exchange.raw[:-7], length=len(exchange.raw))
    handler.cut()


def reset(handler: Handler, exchange: Exchange | None) -> None:
    handler.cut()


def dripping(handler: Handler, exchange: Exchange | None) -> None:
    """One byte of the headers every 50 ms, for a minute: no single read ever times out."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(1200):
        handler.wfile.write(b"z")
        handler.wfile.flush()
        time.sleep(0.05)


def dripping_body(handler: Handler, exchange: Exchange | None) -> None:
    handler.answer(200, {"Content-Type": "application/json"}, b"{", length=100_000)
    for _ in range(1200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def bomb(mib: int, code: int = 200) -> Action:
    """A small packed body that unpacks to `mib` MiB of blanks; packed when it is first sent."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Location": "/bombed"}
    return lambda handler, _: handler.answer(code, headers, packed(mib))


@cache
def packed(mib: int) -> bytes:
    """The body of a bomb, packed once."""
    return gzip.compress(b"[" + b" " * (mib << 20) + b"]", compresslevel=1)


def redirect(to: str, code: int = 301) -> Action:
    return lambda handler, _: handler.answer(code, {"Location": to, "Content-Type": "application/json"}, b"{}")


def slow(seconds: float) -> Action:
    def act(handler: Handler, exchange: Exchange | None) -> None:
        time.sleep(seconds)
        replay(handler, exchange)

    return act


# Faults of a server, each with the kinds that it may be read as

FAULTS: dict[str, tuple[Action, set[str]]] = {
    "500 html": (status(500, "<html>500</html>"), {"unavailable"}),
    "503 text": (status(503, "503 TEMPORARILY DISABLED"), {"unavailable"}),
    "401": (limited(401, "Bad credentials"), {"refused"}),
    "403 for ever": (limited(403, "Resource not accessible by personal access token"), {"refused"}),
    "404": (status(404, "404"), {"gone"}),
    "410": (status(410, ""), {"gone"}),
    "422": (limited(422, "Validation Failed"), {"changed"}),
    "451": (limited(451, "Unavailable"), {"gone"}),
    "204": (status(204), {"changed"}),
    "200 html": (status(200, "<html>Log in</html>"), {"changed"}),
    "200 html as json": (status(200, "<html>Log in</html>", media="application/json"), {"changed"}),
    "200 error object": (limited(200, "something went wrong"), {"changed"}),
    "empty body": (status(200, "", media="application/json"), {"changed"}),
    "empty list": (status(200, "[]", media="application/json"), {"changed", "empty"}),
    "empty object": (status(200, "{}", media="application/json"), {"changed", "empty"}),
    "trailing text": (instead(lambda body: json.dumps(body) + " and more"), {"changed"}),
    "truncated": (truncated, {"unavailable"}),
    "reset": (reset, {"unavailable"}),
    "headers drip": (dripping, {"unavailable"}),
    "body drips": (dripping_body, {"unavailable"}),
    "gzip bomb": (bomb(64), {"changed"}),
    "other host": (redirect("http://localhost:1/repos/pallets/flask"), {"changed"}),
    "other scheme": (redirect("file:///etc/passwd"), {"changed"}),
    "no location": (redirect(""), {"changed"}),
}

# What never comes as far as a source: the client makes the same of it for all of them (test_http_client.py), so one
# source stands for the others, but for ClickHouse, which reads failures itself. That nobody is hammered and no token
# leaves is held of each.
OF_THE_CLIENT = (
    "500 html", "410", "422", "451", "truncated", "reset", "headers drip", "body drips", "gzip bomb", "other host",
    "other scheme", "no location",
)  # fmt: skip

LIMITS: dict[str, Action] = {
    "429 after": limited(429, "slow", {"Retry-After": "7"}),
    "429 bare": status(429, "<a>429 RATE LIMIT EXCEEDED</a>"),
    "403 secondary": limited(403, "You have exceeded a secondary rate limit. Please wait a few minutes."),
    "403 primary": limited(403, "API rate limit", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795348860"}),
}
