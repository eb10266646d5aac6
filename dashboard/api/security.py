"""Who may talk to the server, and what a browser may do with its pages.

Streamlit checks a foreign Origin, but not the Host: a name that an attacker points at this machine (DNS rebinding)
would pass. It also sends no security headers, and serves its own counters and upload route to everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS_ALLOWED = ("127.0.0.1", "localhost")
CLOSED_PATHS = ("/_stcore/metrics", "/_stcore/upload_file", "/_stcore/agent")

# 'unsafe-eval' is for Vega, which compiles a chart's expressions; 'unsafe-inline' for Streamlit's styles and its one
# start script; blob: and data: for its workers, icons and downloads. Nothing is fetched from elsewhere.
_POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
CONTENT_SECURITY_POLICY = "; ".join(_POLICY)
# A chart that another page may show in a frame: one file that fetches nothing.
EMBEDDED_PATHS = "/embed/"
EMBEDDED_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """ASGI middleware: refuses unknown hosts and closed paths, and adds the security headers to every answer."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = {host.lower().strip("[]") for host in (*ALWAYS_ALLOWED, *hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif host_name(Headers(scope=scope).get("host", "")) not in self._hosts:
            await self._refuse(scope, receive, send, 400, "This server does not answer to that host name.")
        elif str(scope["path"]).startswith(CLOSED_PATHS):
            await self._refuse(scope, receive, send, 404, "Not found.")
        else:
            embedded = str(scope["path"]).startswith(EMBEDDED_PATHS)
            await self._app(scope, receive, _with_headers(send, embedded=embedded))

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        else:
            await PlainTextResponse(sentence + "\n", status)(scope, receive, _with_headers(send))


def host_name(header: str) -> str:
    """The name in a Host header, without port and brackets, in lower case; empty if it is not one."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


def _with_headers(send: Send, *, embedded: bool = False) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            _add(message, embedded=embedded)
        await send(message)

    return sender


def _add(message: MutableMapping[str, Any], *, embedded: bool) -> None:
    """The headers; what succeeds at an embedded address may be framed, and nothing else."""
    headers = MutableHeaders(scope=message)
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value
    if embedded and message["status"] == 200:
        headers["Content-Security-Policy"] = EMBEDDED_POLICY
        del headers["X-Frame-Options"]
        del headers["Cross-Origin-Opener-Policy"]
