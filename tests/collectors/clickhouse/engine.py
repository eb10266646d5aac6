"""A real ClickHouse engine (chdb, an opt-in requirement) behind a small HTTP server that speaks like ClickHouse's own.

    with Engine() as engine:
        engine.run("CREATE DATABASE pypi")
        ... Access(engine.url) ...

`log` has every request that came; `hook` may answer one in the engine's place.
"""

from __future__ import annotations

import importlib
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

STATUS = {53: 400, 62: 400, 456: 400, 46: 404, 47: 404, 60: 404, 81: 404, 159: 408}  # as the server maps codes


@dataclass(frozen=True)
class Asked:
    """A request: its parameters and its headers, names in lower case."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Said:
    """An answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]


Hook = Callable[[Asked, Callable[[], Said]], Said]


def failure(code: int, text: str = "made up for a test") -> Said:
    """What ClickHouse answers when a query fails before its answer has begun."""
    body = f"Code: {code}. DB::Exception: {text}. (NAME) (version 26.9.2.1)\n".encode()
    headers = {"Content-Type": "text/plain; charset=UTF-8", "X-ClickHouse-Exception-Code": str(code)}
    return Said(STATUS.get(code, 500), body, headers)


class Engine:
    """The engine and its server. Tables live as long as the context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="uptake-clickhouse-")
        self._session: Any = importlib.import_module("chdb.session").Session(self._folder.name)
        self._lock = threading.Lock()
        self.log: list[Asked] = []
        self.hook: Hook | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"engine": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

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
        self._session.close()
        self._folder.cleanup()

    def run(self, script: str, form: str = "JSON", params: Mapping[str, str] | None = None) -> bytes:
        """Run statements separated by `;` at a line's end. Raises RuntimeError with ClickHouse's text."""
        told = b""
        with self._lock:
            for statement in re.split(r";\s*(?:\n|$)", script):
                if statement.strip():
                    told = self._session.query(statement, form, params=dict(params or {})).bytes()
        return told

    def answer(self, asked: Asked) -> Said:
        """Run the query of a request. GET is read-only."""
        sql = asked.params.get("query", "")
        if not re.match(r"\s*(SELECT|WITH)\b", sql):
            return failure(164, "Cannot execute query in readonly mode")
        form = asked.params.get("default_format", "TabSeparated")
        params = {k.removeprefix("param_"): v for k, v in asked.params.items() if k.startswith("param_")}
        try:
            body = self.run(sql, form, params)
        except RuntimeError as error:
            found = re.search(r"Code: (\d+)", str(error))
            return failure(int(found[1]) if found else 1, str(error))
        return Said(200, body, {"Content-Type": "application/json; charset=UTF-8", "X-ClickHouse-Format": form})


class _Handler(BaseHTTPRequestHandler):
    engine: Engine
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        params = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        asked = Asked(self.path, params, {k.lower(): v for k, v in self.headers.items()})
        self.engine.log.append(asked)

        def usual() -> Said:
            return self.engine.answer(asked)

        said = self.engine.hook(asked, usual) if self.engine.hook else usual()
        self.send_response_only(said.status)
        for name, value in {**said.headers, "Content-Length": str(len(said.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
