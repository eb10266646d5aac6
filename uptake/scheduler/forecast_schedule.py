"""When forecasts are fitted, and by whom: one process at a time, a child of the scheduler that works.

`uptake forecast` decides what to fit, and ends at once where nothing has changed. So the scheduler starts it soon after
its own start and, when something was written since, every quarter of an hour at most.
"""

from __future__ import annotations

import logging

from collectors import Clock, acquire_lease
from storage import Lease, Store
from uptake.scheduler.processes import Child, environment
from uptake.settings.settings import Settings

log = logging.getLogger(__name__)

LEASE = "forecast"
LEASE_S = 120.0  # of which a series takes a second or two
FIRST_AFTER_S = 10.0  # what collection begins with comes first
EVERY_S = 900.0


class BusyForecasting(Exception):
    """Another process is fitting; `str()` says which."""


def take_lease(store: Store, clock: Clock) -> Lease:
    """The right to fit. Raises BusyForecasting if a living process has it."""
    lease = acquire_lease(store, LEASE, LEASE_S, clock.now())
    if lease is None:
        held = store.lease(LEASE)
        raise BusyForecasting(f"forecasts are already being fitted, by {held.holder if held else 'another process'}")
    return lease


class Refit:
    """What the scheduler that works does about forecasts. Not for several threads at a time."""

    def __init__(self, store: Store, settings: Settings, clock: Clock, *, first_after_s: float = FIRST_AFTER_S) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._next = clock.monotonic() + first_after_s
        self._seen = -1  # the store's generation when the last fitting ended
        self._process: Child | None = None

    @property
    def busy(self) -> bool:
        """Whether one was started and its end not noted yet."""
        return self._process is not None

    def due_now(self) -> None:
        """Check at the next beat, whatever the time."""
        self._next = self._clock.monotonic()

    def beat(self) -> None:
        """Start a fitting that is due, and log one that ended. Raises StoreError."""
        if self._process is not None and (code := self._process.ended) is not None:
            log.log(logging.WARNING if code else logging.INFO, "fitting forecasts ended (exit code %d)", code)
            self._process, self._seen = None, self._store.generation()
        if self._process is None and self._clock.monotonic() >= self._next:
            self._next = self._clock.monotonic() + EVERY_S
            if self._store.generation() != self._seen:
                self._begin()

    def terminate(self) -> None:
        """Have the series in hand finished, and no other begun."""
        if self._process is not None:
            self._process.terminate()

    def wait(self, within_s: float) -> None:
        """Wait for its end; after so many seconds, end it the hard way. What was kept stays."""
        if self._process is not None:
            self._process.wait(within_s)
        self._process = None

    def _begin(self) -> None:
        log.info("fitting forecasts")
        # A process of its own: the arithmetic is no burden to the beat, and its libraries leave memory with it.
        arguments = ["uptake", "forecast", "--quiet"]
        self._process = Child("fitting", arguments, environment(self._settings.environment()), mute=True)
