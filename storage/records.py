"""The one shape of a number: the same names in this type, the table, every frame and the CSV."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

EPOCH = date(1970, 1, 1)
_EPOCH = EPOCH.toordinal()
TOTAL = ""  # the empty dimension is the total


def day_number(day: date) -> int:
    """A day as the tables keep it: whole days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day that `day_number` gave this number."""
    return EPOCH + timedelta(days=number)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days a number is *about*: first and last day, both included.

    A stock seen on a day and a flow of one day have `start == end`; a month, a year or a window of any
    length has its real first and last day. Days are UTC days unless the metric says otherwise.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period cannot end ({self.end}) before it starts ({self.start})")

    @classmethod
    def day(cls, day: date) -> Period:
        return cls(day, day)

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        return cls(date(year, month, 1), date(year, month, monthrange(year, month)[1]))

    @classmethod
    def year(cls, year: int) -> Period:
        return cls(date(year, 1, 1), date(year, 12, 31))

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def day_numbers(self) -> tuple[int, int]:
        """Its first and its last day as the tables keep them."""
        return self.start.toordinal() - _EPOCH, self.end.toordinal() - _EPOCH

    def within(self, since: date | None, until: date | None) -> Period | None:
        """What of it lies between two days, None if nothing does; a bound of None is none."""
        start, end = max(self.start, since or self.start), min(self.end, until or self.end)
        return Period(start, end) if start <= end else None


EVER = Period(date.min, date.max)


@dataclass(frozen=True, slots=True)
class Observation:
    """One number: what `metric` said about `framework` in `period`.

    `value` is a count (stock, flow) or a share in [0, 1]; None means *not asked* (the option was not on
    the survey's list), which is neither zero nor a gap. A gap is never stored: it is the absence of an
    observation. `base` is the number of people asked, for shares only. `dimension` is `key=value`
    (`country=DE`) or empty for the total.

    Raises ValueError for a value that no source may claim (negative, infinite, not a number).
    """

    metric: str
    framework: str
    period: Period
    value: float | None
    base: int | None = None
    dimension: str = TOTAL

    def __post_init__(self) -> None:
        if self.value is not None and not (math.isfinite(self.value) and self.value >= 0):
            raise ValueError(f"{self.metric} of {self.framework} cannot be {self.value}")
        if self.value is None and self.base is None:
            raise ValueError("only a survey's answer may be empty, and then it says how many were asked")
        if self.base is not None and self.base <= 0:
            raise ValueError(f"a base of {self.base} people is none")
        if self.base is not None and self.value is not None and self.value > 1:
            raise ValueError(f"a share of {self.value} is not within [0, 1]")
        if self.dimension and "=" not in self.dimension:
            raise ValueError(f"a dimension is key=value, not {self.dimension!r}")


@dataclass(frozen=True, slots=True)
class Payload:
    """What a source answered, to the byte: where numbers come from.

    `source` is what a CSV shows (`github`, `almanac:github-ranking`); `body` is kept compressed when small.
    `fetched_at` (UTC) is the observations' `retrieved_at`.
    """

    source: str
    url: str
    body: bytes
    fetched_at: datetime
    etag: str | None = None

    def __post_init__(self) -> None:
        if self.fetched_at.tzinfo is not UTC:
            raise ValueError("fetched_at must be in UTC")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a source says it is talking about: its own lasting id, and the name it uses today."""

    lasting_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something dated that a chart can mark: a release, a note."""

    framework: str
    day: date
    kind: str
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one payload said. It is stored in one transaction with the cursor that says where to resume.

    `fills_only`: never revise what another source said about the same period (old figures of other observers must
    not replace what we saw ourselves). `whole`: the days of which the payload says all that its source has, by metric:
    what the source said of them before, and says no more, is withdrawn, a revision to *missing*.
    """

    payload: Payload
    observations: tuple[Observation, ...]
    cursor: dict[str, object] | None = None
    identity: Identity | None = None
    events: tuple[Event, ...] = ()
    fills_only: bool = False
    whole: Mapping[str, Period] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many observations a write found new, revised and unchanged."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.new + other.new, self.revised + other.revised, self.unchanged + other.unchanged)
