"""Receivers of alerts, as they are in the world: a web server that takes webhooks, and a mail server."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Hook:
    """A web server. `status` is what it answers next, `on_call` what happens before it does."""

    port: int = 0
    status: int = 200
    location: str = ""
    drip: bool = False
    on_call: Callable[[], None] = lambda: None
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def url(self, path: str = "/hook", scheme: str = "json") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    @property
    def ids(self) -> list[str]:
        """The ids of the alerts that came, in their order."""
        return [body["id"] for _, body in self.calls]


@contextmanager
def hook() -> Iterator[Hook]:
    """A web server until the block ends."""
    known = Hook()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known.calls.append((self.path, body))
            known.on_call()
            self.send_response(known.status)
            if known.location:
                self.send_header("Location", known.location)
            self.send_header("Content-Length", "100" if known.drip else "0")
            self.end_headers()
            for _ in range(100 if known.drip else 0):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.3)

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # whoever called was killed
                super().handle()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    known.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Post:
    """A mail server and what it took."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 it was taken"


@contextmanager
def post() -> Iterator[Post]:
    """A mail server until the block ends."""
    known = Post()
    server = Controller(known, hostname="127.0.0.1", port=_free())
    server.start()
    known.port = server.port
    try:
        yield known
    finally:
        server.stop()


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
