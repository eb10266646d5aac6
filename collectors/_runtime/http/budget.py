"""How many requests a source still grants, remembered past the end of this process.

The count is lowered *before* each request leaves, so that a process killed in the middle of one leaves no request that
nobody counted: its successor neither asks while the limit is exhausted nor drops a wait that the server asked for. What
the server's headers say corrects the count. A large allowance is taken from the store in portions, which keeps the
writes few and errs on the side of asking less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from collectors._runtime.http.rate_limit import remaining, seconds_to_reset_of

STREAM = "budget"  # the cursor under which a source's budget is kept, with no framework
PORTIONS = 50  # an allowance is reserved in so many parts: one by one at sixty an hour, by the hundred at five thousand
LONGEST = timedelta(days=1)  # no wait is believed for longer: after that the server is asked whether it still holds
SAME = timedelta(seconds=5)  # two moments of reset this close are the same, by clocks that tick in seconds


class Allowance(msgspec.Struct, frozen=True):
    """What is left until `reset` (UTC, by our clock), as known at `at`. `limit` per window, None if not given."""

    at: datetime
    remaining: int
    limit: int | None = None
    reset: datetime | None = None


def who_asks(*, token: bool) -> str:
    """Under which name a budget is kept: a token has one of its own, all who ask without share their address's."""
    return "token" if token else "anonymous"


def allowance(state: Mapping[str, object], who: str, now: datetime) -> Allowance | None:
    """What the kept state says is left at `now`; None if it says nothing, or was written by a clock that was ahead."""
    try:
        granted = msgspec.convert(state.get(who), Allowance)
        if granted.at > now + SAME:
            return None
    except (msgspec.ValidationError, TypeError):
        return None
    return _refilled(granted, now)


def _refilled(granted: Allowance | None, now: datetime) -> Allowance | None:
    if granted is None or granted.reset is None or now < granted.reset:
        return granted
    return None if granted.limit is None else Allowance(now, granted.limit, granted.limit)


class Budget:
    """The budget of one source for one asker. `keep` writes the state down; `known` is what was written before."""

    def __init__(self, who: str, state: Mapping[str, object], keep: Callable[[dict[str, object]], None]) -> None:
        self._who, self._state, self._keep = who, dict(state), keep
        self._left: Allowance | None = None
        self._written: Allowance | None = None
        self._loaded = False

    def blocked_until(self, now: datetime) -> datetime | None:
        """The moment (UTC) before which nothing may be asked; None if something may."""
        left = self._at(now)
        return left.reset if left is not None and left.remaining <= 0 else None

    def spend(self, now: datetime) -> None:
        """One request is about to leave."""
        left = self._at(now)
        if left is None:
            return
        self._left = left = msgspec.structs.replace(left, at=now, remaining=max(left.remaining - 1, 0))
        if self._written is None or left.remaining < self._written.remaining or _other_window(left, self._written):
            portion = left.remaining // PORTIONS
            self._write(msgspec.structs.replace(left, remaining=left.remaining - portion))

    def hear(self, headers: Mapping[str, str], now: datetime) -> None:
        """The server has said what is left."""
        left, left_s = remaining(headers), seconds_to_reset_of(headers, now)
        if left is None or left_s is None:
            return
        reset = now + min(timedelta(seconds=left_s), LONGEST)
        was = self._left.reset if self._left else None
        if was is not None and abs(reset - was) < SAME:
            reset = max(was, reset)
        self._left = Allowance(now, left[0], left[1], reset)
        written = self._written
        if written is None or left[0] < written.remaining or _other_window(self._left, written):
            self._write(self._left)

    def block(self, until: datetime, now: datetime) -> None:
        """The server wants to be left alone until then, whatever its budget."""
        limit = self._left.limit if self._left else None
        self._left = Allowance(now, 0, limit, min(until, now + LONGEST))
        self._write(self._left)

    def _at(self, now: datetime) -> Allowance | None:
        if not self._loaded:
            self._loaded = True
            self._left = self._written = allowance(self._state, self._who, now)
        self._left = _refilled(self._left, now)
        return self._left

    def _write(self, left: Allowance) -> None:
        self._written = left
        self._state |= {self._who: msgspec.to_builtins(left), "last": self._who}
        self._keep(dict(self._state))


def _other_window(one: Allowance, other: Allowance) -> bool:
    if one.reset is None or other.reset is None:
        return one.reset is not other.reset
    return abs(one.reset - other.reset) >= SAME
