"""Leases of processes: taking one at once or waiting for it, keeping it, telling a busy holder from a dead one."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from collectors._runtime.errors import Interrupted
from collectors._runtime.http.client import SLICE_S, Clock
from storage import Lease, LeaseLost, Store

TTL_S = 45.0  # longer than the longest stretch without a heartbeat, which is one request
RENEW_S = TTL_S / 3


def holder_here() -> str:
    """The name under which this process holds leases: machine, process id, and when it was started.

    In a container that is started again the process has the same id, and would wait for itself.
    """
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _started(pid: int) -> str:
    """When a process was started, in ticks since the machine was (proc(5), field 22); empty where nobody says."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, UnicodeDecodeError):
        return ""


class Busy(Exception):
    """Another process that is alive holds the lease."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class HeldLease:
    """A lease in hand. `beat` renews it when that is due."""

    def __init__(self, store: Store, lease: Lease, clock: Clock) -> None:
        self.lease = lease
        self._store, self._clock = store, clock
        self._renewed = clock.monotonic()

    def beat(self) -> None:
        """Renew if a third of the time has passed. Raises LeaseLost if someone took over."""
        if self._clock.monotonic() - self._renewed < RENEW_S:
            return
        if not self._store.renew(self.lease, TTL_S, self._clock.now()):
            raise LeaseLost(f"Another process took over {self.lease.name}: this one stops; nothing is lost.")
        self._renewed = self._clock.monotonic()


@contextmanager
def held_lease(store: Store, name: str, holder: str, clock: Clock, stop: Callable[[], bool]) -> Iterator[HeldLease]:
    """Hold the lease `name` while inside.

    A holder on this machine whose process is dead is succeeded at once; of any other we wait until its lease expires.
    Raises Busy when it renews meanwhile, Interrupted when `stop` turns true.
    """
    lease = _taken(store, name, holder, clock, stop)
    try:
        yield HeldLease(store, lease, clock)
    finally:
        store.release(lease)


def acquire_lease(store: Store, name: str, seconds: float, now: datetime) -> Lease | None:
    """The lease of that name, or None while a living process holds it. Raises StoreError.

    A process of this machine that was killed loses its lease at once: nobody need wait until it expires.
    """
    _released_if_dead(store, name, now)
    return store.acquire(name, holder_here(), seconds, now)


def _released_if_dead(store: Store, name: str, now: datetime) -> Lease | None:
    """The lease as it was; given back if its holder is dead."""
    held = store.lease(name)
    if held is not None and held.expires_at > now and is_dead(held.holder):
        store.release(held)
    return held


def _taken(store: Store, name: str, holder: str, clock: Clock, stop: Callable[[], bool]) -> Lease:
    first = _released_if_dead(store, name, clock.now())
    while True:
        lease = store.acquire(name, holder, TTL_S, clock.now())
        if lease is not None:
            return lease
        held = store.lease(name)
        if first is None or (held is not None and held.token == first.token and held.expires_at > first.expires_at):
            raise Busy(held.holder if held else "another process")
        if stop():
            raise Interrupted(f"Stopped while waiting for {name}.")
        first = held if held is not None and held.token != first.token else first
        clock.sleep(SLICE_S)


def is_dead(holder: str) -> bool:
    """Whether a holder named by `holder_here` on this very machine has no process any more."""
    match = re.fullmatch(r"(.+?):(\d{1,9})(?::(\d*))?", holder)
    if match is None or match[1] != socket.gethostname():
        return False
    try:
        os.kill(int(match[2]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return bool(match[3]) and _started(int(match[2])) not in ("", match[3])
