"""One series as plain arrays of days and values, which is what the arithmetic wants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

EPOCH = date(1970, 1, 1)
Days = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """A series sorted by period. `start` and `end` are days since 1970-01-01, both included; a missing base is NaN."""

    start: Days
    end: Days
    value: Values
    base: Values

    def __len__(self) -> int:
        return len(self.start)

    def where(self, keep: npt.NDArray[np.bool_]) -> Points:
        return self if keep.all() else Points(self.start[keep], self.end[keep], self.value[keep], self.base[keep])

    def between(self, first: int, last: int) -> Points:
        """Those that end within these days, where each ends later than the one before: the same numbers, not copied."""
        part = slice(np.searchsorted(self.end, first), np.searchsorted(self.end, last, side="right"))
        return Points(self.start[part], self.end[part], self.value[part], self.base[part])


def points(frame: pd.DataFrame) -> Points:
    """One framework's observations (columns period, period_end, value and, for shares, base) as arrays."""
    start, end = days(frame["period"]), days(frame["period_end"])
    value = frame["value"].to_numpy(dtype="float64", na_value=np.nan)
    base = frame["base"].to_numpy(dtype="float64", na_value=np.nan) if "base" in frame else np.full(len(value), np.nan)
    if (start[1:] > start[:-1]).all():
        return Points(start, end, value, base)
    order = np.lexsort((end, start))
    return Points(start[order], end[order], value[order], base[order])


def period_keys(points: Points) -> Days:
    """Start and end of each period in one number, growing with the start: no period is longer than 2,800 years."""
    return (points.start << 20) + (points.end - points.start)


def by_framework(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each framework in a frame, looked through once."""
    return {str(name): rows for name, rows in frame.groupby("framework", sort=False)}


def days(dates: pd.Series) -> Days:
    """Dates as days since 1970-01-01."""
    return np.asarray(dates.to_numpy(dtype="datetime64[D]")).astype(np.int64)


def day(number: int | np.int64) -> date:
    """The date of a day's number."""
    return EPOCH + timedelta(days=int(number))


def number(day: date) -> int:
    """The number of a date: days since 1970-01-01."""
    return (day - EPOCH).days
