"""A series by month, as far back as its counting is one: what a forecast may learn from.

A stock's month is the level at its end, seen in its last week. A flow's is its mean per day, of a window that ends in
the month's last week that window's. Logarithms throughout: what grows, grows by a part of itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.arrays import Days, Values, day, days
from analysis.breaks import forbidding, touching
from analysis.errors import Refused
from analysis.months import END_TOLERANCE_DAYS, gained
from catalog import Break, Kind, Metric

LEAST_MONTHS = 36  # three years: two to learn from before the first forecast that is judged
LONGEST_HOLE = 6  # months; what lies before a longer one is left out
LEAST_SEEN = 2 / 3  # of the months
LEAST_COUNT = 30  # a month, of a flow: below, chance alone moves a month by a fifth
JUMP = 1.5  # a stock that grows or shrinks by this factor within two months was counted anew


class Unforeseeable(Refused):
    """There is no honest forecast. `code` is stable: kind, unseen, short, broken, holes, small, flat, ended, fit,
    backtest, naive.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """`logs[i]` is the natural logarithm of month `first + i` (months since 1970-01), NaN if it was not seen.

    The last is always seen. `began` says why it does not begin earlier; empty if nothing earlier was seen.
    """

    first: int
    logs: Values
    began: str = ""

    @property
    def last(self) -> int:
        """The number of the last month."""
        return self.first + len(self.logs) - 1

    @property
    def seen(self) -> int:
        """How many months were seen."""
        return int(np.isfinite(self.logs).sum())

    @property
    def seed(self) -> int:
        """A number that depends on the data alone: the same history, the same simulated futures."""
        return crc32(np.round(self.logs, 9).tobytes(), self.first)


def month_end(month: int) -> date:
    """The last day of a month, numbered from 1970-01."""
    return day(int(np.datetime64(month + 1, "M").astype("datetime64[D]").astype(np.int64)) - 1)


def named(month: int) -> str:
    """A month in words: July 2026."""
    return f"{month_end(month):%B %Y}"


def history(frame: pd.DataFrame, metric: Metric, breaks: Sequence[Break], framework: str, final: date) -> History:
    """The whole months of one framework's total (columns as `Store.read` gives them) that end by `final`.

    Only what came after the last break in the counting, hole of more than half a year or unexplained jump; months of
    an incident count as unseen. Raises Unforeseeable.
    """
    if metric.kind is Kind.SHARE or metric.period == "year":
        raise Unforeseeable("kind", unforeseen_kind(metric))
    mine = [b for b in breaks if not b.frameworks or framework in b.frameworks]
    observed = frame.dropna(subset=["value"])
    if metric.kind is Kind.STOCK or metric.period == "window":
        by_month = _levels(observed, metric, mine, final)
    else:
        by_month = _means(observed, metric, mine, framework, final)
    if not by_month:
        raise Unforeseeable("unseen", "No full month of it has been recorded yet.")
    first, last = min(by_month), max(by_month)
    value = np.array([by_month.get(month, np.nan) for month in range(first, last + 1)])
    if (metric.kind is Kind.FLOW and np.nanmedian(value) * 30 < LEAST_COUNT) or np.nanmin(value) <= 0:
        raise Unforeseeable("small", f"The numbers are too small: fewer than {LEAST_COUNT} in many months.")
    cuts = [*_broken(mine), *(_jumps(value, first) if metric.kind is Kind.STOCK else [])]
    return _usable(first, np.log(value), cuts)


def unforeseen_kind(metric: Metric) -> str:
    """Why a share, or what comes once a year, is not forecast."""
    if metric.period == "year":
        return "It comes once a year, which gives too few figures."
    return f"It is a share of {metric.base_noun}, and only counts are forecast."


def ratio(a: History, b: History) -> History:
    """The logarithm of A to B, month by month where both were seen. Raises Unforeseeable."""
    first, last = max(a.first, b.first), min(a.last, b.last)
    if first > last:
        raise Unforeseeable("unseen", "No month has figures of both.")
    span = np.arange(first, last + 1)
    logs = a.logs[span - a.first] - b.logs[span - b.first]
    if not np.isfinite(logs).any():
        raise Unforeseeable("unseen", "No month has figures of both.")
    later = a if a.first >= b.first else b
    return _usable(first, logs, [], later.began)


def _levels(frame: pd.DataFrame, metric: Metric, breaks: Sequence[Break], final: date) -> dict[int, float]:
    """What was seen in the last week of a month, per day if it is a window's."""
    start, end = days(frame["period"]), days(frame["period_end"])
    value = frame["value"].to_numpy(dtype="float64")
    if metric.kind is Kind.FLOW:
        value = value / (end - start + 1)
    month = end.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    closes = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    keep = (closes - end < END_TOLERANCE_DAYS) & (closes <= (final - date(1970, 1, 1)).days)
    keep &= ~_spoilt(start, end, breaks)
    order = np.argsort(end[keep], kind="stable")
    return dict(zip(month[keep][order].tolist(), value[keep][order].tolist(), strict=True))  # the last seen stays


def _means(
    frame: pd.DataFrame, metric: Metric, breaks: Sequence[Break], framework: str, final: date
) -> dict[int, float]:
    """The mean per day of each month of which every day was seen."""
    table = gained(frame[frame["framework"] == framework], metric, breaks, final)
    whole = table[(table["status"] == "final") & table["value"].notna()]
    start, end = days(whole["period"]), days(whole["period_end"])
    kept = ~_spoilt(start, end, breaks)
    month = start.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    mean = whole["value"].to_numpy(dtype="float64") / (end - start + 1)
    return dict(zip(month[kept].tolist(), mean[kept].tolist(), strict=True))


def _spoilt(start: Days, end: Days, breaks: Sequence[Break]) -> npt.NDArray[np.bool_]:
    """Which spans touch a break or an incident."""
    touched = np.zeros(len(start), dtype=bool)
    for b in breaks:
        if b.kind in ("break", "incident"):
            since, until = ((d - date(1970, 1, 1)).days for d in (b.since, b.until))
            touched |= (start <= until) & (end >= since)
    return touched


def _broken(breaks: Sequence[Break]) -> list[tuple[int, str]]:
    """The first month after each break proper, and what it is called."""
    proper = forbidding(touching(breaks, date.min, date.max), date.min, date.max)
    return [
        (_month(b.until) + 1, f"the change in counting “{b.title}” that ended on {b.until.day} {b.until:%B %Y}")
        for b in proper
    ]


def _month(day: date) -> int:
    return (day.year - 1970) * 12 + day.month - 1


def _jumps(value: Values, first: int) -> list[tuple[int, str]]:
    """Where a level leapt within two months: a repository replaced, not grown."""
    at = np.flatnonzero(np.isfinite(value))
    return [
        (first + b, f"a jump from {value[a]:,.0f} to {value[b]:,.0f} by {named(first + b)}")
        for a, b in pairwise(at.tolist())
        if b - a <= 2 and not 1 / JUMP < value[b] / value[a] < JUMP
    ]


def _holes(logs: Values, first: int) -> Iterator[tuple[int, str]]:
    at = np.flatnonzero(np.isfinite(logs))
    for a, b in pairwise(at.tolist()):
        if b - a > LONGEST_HOLE + 1:
            yield first + b, f"a gap of {b - a - 1} months until {named(first + b - 1)}"


def _usable(first: int, logs: Values, cuts: Sequence[tuple[int, str]], began: str = "") -> History:
    """What lies after the last cut, from a month seen to a month seen. Raises Unforeseeable if that is too little."""
    later = [cut for cut in (*cuts, *_holes(logs, first)) if cut[0] > first]
    begins, began = max(later, default=(first, began))
    kept = logs[begins - first :]
    at = np.flatnonzero(np.isfinite(kept))
    if not len(at):
        raise Unforeseeable("broken", f"Nothing was recorded since {began}.")
    usable = History(begins + int(at[0]), kept[at[0] : at[-1] + 1], began)
    span = f"{named(usable.first)} to {named(usable.last)}"
    if len(usable.logs) < LEAST_MONTHS:
        since = f" since {began}" if began else ""
        months = len(usable.logs)
        counted = f"{months} full {'month is' if months == 1 else 'months are'}"
        raise Unforeseeable(
            "broken" if began else "short",
            f"Only {counted} available{since} ({span}); at least {LEAST_MONTHS} are needed.",
        )
    if usable.seen < LEAST_SEEN * len(usable.logs):
        raise Unforeseeable("holes", f"Only {usable.seen} of {len(usable.logs)} months were recorded ({span}).")
    if np.nanmax(usable.logs) - np.nanmin(usable.logs) < 1e-9:
        raise Unforeseeable("flat", f"The figures never changed ({span}).")
    return usable
