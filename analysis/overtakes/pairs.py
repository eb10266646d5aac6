"""Two series of one metric laid beside each other: what was seen of both together, and who was ahead then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import overload

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from analysis.arrays import Days, Points, Values, day, number, period_keys, points
from analysis.differences import Sample, of_one_edition
from analysis.gaps import Hole, holes_between
from analysis.overtakes.levels import certain_signs
from analysis.overtakes.noise import decided_signs
from analysis.share_intervals import MIN_BASE
from catalog import Kind, Metric

TRAILING_DAYS = 28  # four whole weeks: weekends weigh the same in every sum


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides seen together. `start` is the first day the values are about, `first` and `last` the days they were
    seen (the period's end; they differ by a day at most). `sign` is 1 when a leads, -1 when b leads, 0 when that is
    undecided: of flows and shares a difference that chance may bring decides nothing.
    """

    start: date
    first: date
    last: date
    a: float
    b: float
    sign: int


@dataclass(frozen=True, slots=True, eq=False)
class Pairs(Sequence[Pair]):
    """Many pairs as columns, sorted by `last`: days since 1970-01-01, values and signs."""

    start: Days
    first: Days
    last: Days
    a: Values
    b: Values
    sign: Days

    def __len__(self) -> int:
        return len(self.last)

    @overload
    def __getitem__(self, at: int) -> Pair: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Pair, ...]: ...
    def __getitem__(self, at: int | slice) -> Pair | tuple[Pair, ...]:
        if isinstance(at, slice):
            return tuple(self[k] for k in range(*at.indices(len(self))))
        start, first, last = (day(column[at]) for column in (self.start, self.first, self.last))
        return Pair(start, first, last, float(self.a[at]), float(self.b[at]), int(self.sign[at]))


@dataclass(frozen=True, slots=True)
class PreparedSeries:
    """One side of a head-to-head, made ready: the complete observations, what of them is compared, and the holes."""

    compared: Points
    holes: tuple[Hole, ...]


def prepared_series(
    frame: pd.DataFrame, metric: Metric, final_through: date | None = None, *, trailing_days: int = TRAILING_DAYS
) -> PreparedSeries:
    """Make one series ready for any number of head-to-heads.

    `frame` has the columns period, period_end, value (and base for shares). What settles and ends after
    `final_through` is incomplete and left out; of daily flows the sums over 28 complete days are compared, because
    weekends differ (`trailing_days`: over another number of days).
    """
    series = _usable(points(frame), metric, final_through)
    missing = holes_between(series.start, series.end, metric.gap_after_days)
    return PreparedSeries(_trailing(series, trailing_days) if is_trailing(metric) else series, missing)


def is_trailing(metric: Metric) -> bool:
    """Whether sums over 28 days are compared: of what comes day by day, since weekends differ."""
    return metric.kind is Kind.FLOW and metric.period == "day"


def _usable(series: Points, metric: Metric, final_through: date | None) -> Points:
    keep = ~np.isnan(series.value)
    if metric.kind is Kind.SHARE:
        keep &= ~(series.base < MIN_BASE)
    if metric.settles and final_through is not None:
        keep &= series.end <= number(final_through)
    return series.where(keep)


def _trailing(series: Points, n: int) -> Points:
    """Sums over the `n` days up to each day, only where every one of them was observed."""
    if len(series) < n:
        return series.where(np.zeros(len(series), dtype=bool))
    sums = sliding_window_view(series.value, n).sum(axis=1)
    whole = series.end[n - 1 :] - series.start[: len(series) - n + 1] == n - 1
    result = Points(series.start[: len(sums)], series.end[n - 1 :], sums, series.base[n - 1 :])
    return result.where(whole)


def pairs_of(left: Points, right: Points, metric: Metric) -> Pairs:
    """Every period, of levels also every two neighbouring days, at which both sides were seen."""
    i, j, near = _matches(left, right, next_day=metric.kind is Kind.STOCK)
    signs = _signs(left, right, i, j, metric)
    # Seen a day apart, the later side has had a day more to grow: its lead may be nothing but that day.
    signs = np.where(near & (signs * (left.end[i] - right.end[j]) > 0), 0, signs)
    first, last = np.minimum(left.end[i], right.end[j]), np.maximum(left.end[i], right.end[j])
    k = np.lexsort((first, last))
    start = np.minimum(left.start[i], right.start[j])
    return Pairs(start[k], first[k], last[k], left.value[i][k], right.value[j][k], signs[k])


def _matches(left: Points, right: Points, *, next_day: bool) -> tuple[Days, Days, np.ndarray]:
    """Which observation goes with which: equal periods; for stocks also neighbouring days that no equal day serves."""
    _, i, j = np.intersect1d(period_keys(left), period_keys(right), assume_unique=True, return_indices=True)
    near = list(_neighbours(left, right, set(i.tolist()), set(j.tolist()))) if next_day else []
    rows = np.array(near, dtype=np.int64).reshape(-1, 2)
    apart = np.arange(len(i) + len(rows)) >= len(i)
    return np.concatenate([i, rows[:, 0]]), np.concatenate([j, rows[:, 1]]), apart


def _neighbours(left: Points, right: Points, used: set[int], taken: set[int]) -> Iterator[tuple[int, int]]:
    free = {int(e): k for k, e in enumerate(right.end) if k not in taken}
    for k, end in enumerate(left.end):
        if k in used:
            continue
        other = next((int(end) + step for step in (-1, 1) if int(end) + step in free), None)
        if other is not None:
            yield k, free.pop(other)


def _signs(left: Points, right: Points, i: Days, j: Days, metric: Metric) -> Days:
    if metric.kind is Kind.STOCK:
        return np.sign(left.value[i] - right.value[j]).astype(np.int64)
    if metric.kind is Kind.FLOW:
        return decided_signs(left.value[i], right.value[j], left.start[i], left.end[i])
    rows = zip(left.value[i], left.base[i], right.value[j], right.base[j], strict=True)
    return np.array([_share_sign(*row, metric.step) for row in rows], dtype=np.int64)


def _share_sign(share_a: float, base_a: float, share_b: float, base_b: float, step: float) -> int:
    """Which share of one edition is the higher beyond sampling noise and rounding: 1, -1, or 0 where that is undecided.

    Without a base it cannot be decided.
    """
    lead = of_one_edition(Sample(share_a, base_a, step), Sample(share_b, base_b, step))
    return {"more": 1, "less": -1}.get(lead.direction, 0)


def moments_of(left: Points, right: Points) -> Pairs:
    """Every day on which either side was read, with who led then for certain and the last readings of both by then.

    `start` is the day of the older reading.
    """
    days, signs = certain_signs(left, right)
    (a, read_a), (b, read_b) = _last_readings(left, days), _last_readings(right, days)
    both = ~np.isnan(a) & ~np.isnan(b)
    start = np.minimum(read_a, read_b)
    return Pairs(start[both], days[both], days[both], a[both], b[both], signs[both])


def _last_readings(series: Points, days: Days) -> tuple[Values, Days]:
    """The last value read by each day, and when; NaN before the first."""
    at = np.searchsorted(series.end, days, side="right") - 1
    if not len(series):
        return np.full(len(days), np.nan), days
    return np.where(at >= 0, series.value[at.clip(0)], np.nan), series.end[at.clip(0)]
