"""Visitors of a dashboard as its own browser code would be: sessions over WebSocket, many at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.support.serving import Server


@dataclass(frozen=True, slots=True)
class Session:
    """What one visitor got: how the page ended, what was sent, and how long it took in seconds."""

    finished: bool
    sent: bytes
    took: float


@contextmanager
def asking(server: Server, page: str = "", query: str = "") -> Iterator[ClientConnection]:
    """A session that asked for one page."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    asked.rerun_script.query_string = query
    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    with connect(address, origin=Origin(server.url), subprotocols=[Subprotocol("streamlit")], max_size=None) as line:
        line.send(asked.SerializeToString())
        yield line


def visited(server: Server, page: str = "", query: str = "", within_s: float = 120.0) -> Session:
    """Open a session, have one page run to its end, and leave."""
    began, sent = time.monotonic(), b""
    with asking(server, page, query) as line:
        while time.monotonic() - began < within_s:
            raw = line.recv(timeout=within_s)
            assert isinstance(raw, bytes)
            sent += raw
            told = ForwardMsg.FromString(raw)
            if told.WhichOneof("type") == "script_finished":
                ended = told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
                return Session(ended, sent, time.monotonic() - began)
    return Session(finished=False, sent=sent, took=time.monotonic() - began)


def crowd(server: Server, visitors: int, at_once: int, page: str = "", query: str = "") -> list[Session]:
    """So many sessions of one page, so many of them at once."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda _: visited(server, page, query), range(visitors)))


def drop(server: Server, visitors: int, at_once: int) -> None:
    """So many sessions that ask for a page and are gone before it is there, so many of them at once."""

    def opened(_: int) -> None:
        with asking(server) as line:
            line.recv(timeout=60)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(opened, range(visitors)))


def open_files(pid: int) -> int:
    """How many files and sockets a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def memory_mb(pid: int, line: str = "VmRSS") -> float:
    """What a process holds of memory now, or held at most (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(row.split()[1]) for row in status.splitlines() if row.startswith(line)) / 1024
