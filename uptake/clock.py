"""The one place where real time comes in."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock. Everything that needs time takes a clock as a parameter, so tests can bring their own."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards: for durations and deadlines."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; not at all for a negative time."""
        time.sleep(max(0.0, seconds))


class Interrupted(BaseException):
    """The process was told to stop while it waited.

    Not an Exception, for the same reason as KeyboardInterrupt: whoever handles a failed request must not take it
    for one.
    """


class StoppableClock(SystemClock):
    """A clock whose waits end at once when `stopping` is set.

    A collector may wait minutes for a rate limit; a process told to stop has ten seconds. Such a wait ends with
    `Interrupted`, so that nobody takes it for served and asks too early.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def sleep(self, seconds: float) -> None:
        """Wait. Raises Interrupted if told to stop before the time is up."""
        if self._stopping.wait(max(0.0, seconds)):
            raise Interrupted("told to stop while waiting")
