"""The socket that the server listens on.

Streamlit makes it without naming the protocol, so that asyncio takes its connections for others than TCP and does not
switch off Nagle's algorithm: the body of every small answer then waits 40 ms for the reader to acknowledge its head.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_DESCRIPTORS = Path("/dev/fd")


@asynccontextmanager
async def without_delay(_app: object) -> AsyncIterator[None]:
    """While the server runs, what it sends leaves at once."""
    _switch_off_delay()
    yield


def _switch_off_delay() -> None:
    """On every socket of this process that listens: the connections it accepts inherit the option."""
    for descriptor in list(_DESCRIPTORS.iterdir()) if _DESCRIPTORS.is_dir() else ():
        try:
            candidate = socket.socket(fileno=int(descriptor.name))
        except OSError:  # no socket, or the listing's own descriptor
            continue
        try:
            listens = candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if listens and candidate.family in (socket.AF_INET, socket.AF_INET6):
                candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        finally:
            candidate.detach()  # it stays open: it belongs to the server
