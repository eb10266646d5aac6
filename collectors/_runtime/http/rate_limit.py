"""What a server's headers say about waiting, and when the next request may leave. Pure but for the clock passed in.

Rules of GitHub's documentation on rate limits, which hold for any polite client: `retry-after` first, then
`x-ratelimit-reset` when nothing remains, otherwise a minute and then exponentially longer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MINUTE_S = 60.0
YEAR_S = 366 * 86400.0  # no wait is longer, whatever a header claims: dates would overflow
BACK_OFF_S = MINUTE_S


def is_limit(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether an answer means "slow down" rather than "never".

    A 403 is a limit when it brings `retry-after`, when nothing remains, or when its text names a rate limit
    (GitHub's secondary limit may come with neither header).
    """
    if status == 429 or (status == 503 and "retry-after" in headers):
        return True
    if status != 403:
        return False
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or b"rate limit" in body.lower()


def asked_wait(headers: Mapping[str, str], attempt: int, now: datetime) -> float:
    """Seconds that a limiting answer asks us to wait, `attempt` counting from 1. Never less than one second."""
    if "retry-after" in headers:
        return _after(headers["retry-after"], server_time(headers) or now)
    reset = seconds_to_reset(headers, now)
    if reset is not None:
        return max(reset, 1.0)
    return BACK_OFF_S * float(2 ** (attempt - 1))


def seconds_to_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until an exhausted budget is filled again, by the server's own clock; None if it is not exhausted."""
    return seconds_to_reset_of(headers, now) if headers.get("x-ratelimit-remaining") == "0" else None


def seconds_to_reset_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until a budget is filled again, by the server's own clock; None if the server has not said when."""
    if "x-ratelimit-reset" not in headers:
        return None
    reset = _digits(headers["x-ratelimit-reset"])
    if reset is None:
        return MINUTE_S
    return min(reset - (server_time(headers) or now).timestamp() + 1.0, YEAR_S)


def remaining(headers: Mapping[str, str]) -> tuple[int, int | None] | None:
    """How many requests are left and how many a full budget has (None if not given); None if neither is given."""
    left, limit = (_digits(headers.get(f"x-ratelimit-{name}", "")) for name in ("remaining", "limit"))
    return None if left is None else (int(left), None if limit is None else int(limit))


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """The server's clock in UTC, if it says so in a `date` header."""
    return _http_date(headers.get("date", ""))


def _after(value: str, now: datetime) -> float:
    seconds = _digits(value.strip())
    if seconds is not None:
        return min(max(seconds, 1.0), YEAR_S)
    date = _http_date(value)
    return MINUTE_S if date is None else min(max((date - now).total_seconds(), 1.0), YEAR_S)


def _digits(value: str) -> float | None:
    return float(value) if value.isascii() and value.isdigit() and len(value) <= 15 else None


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


class Pace:
    """When the next request may leave: `spacing_s` after the last one, and `per_minute` in any sixty seconds.

    Requests count from their *end*, so that the server, which counts from their arrival, never sees more.
    """

    def __init__(self, spacing_s: float, per_minute: int | None) -> None:
        self._spacing_s = spacing_s
        self._ends: deque[float] = deque(maxlen=per_minute or 1)
        self._per_minute = per_minute

    def wait(self, now: float) -> float:
        """Seconds still to wait at monotonic time `now`."""
        if not self._ends:
            return 0.0
        spaced = self._ends[-1] + self._spacing_s - now
        full = self._per_minute is not None and len(self._ends) == self._per_minute
        window = self._ends[0] + MINUTE_S - now if full else 0.0
        return max(spaced, window, 0.0)

    def ended(self, now: float) -> None:
        self._ends.append(now)
