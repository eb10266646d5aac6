"""Two series of one metric laid beside each other: what was seen of both together, and who was ahead then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import overload

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from analysis.arrays import Days, Points, Values, day, number, period_keys, points
from analysis.gaps import Hole, holes_between
from analysis.overtakes.counter_leads import certain_signs
from analysis.overtakes.noise import decided_sign, decided_signs
from analysis.share_differences import Sample, of_one_edition
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


@dataclass(frozen=True, eq=False)
class Pairs(Sequence[Pair]):
    """Many pairs as columns, sorted by `last`: days since 1970-01-01, values and signs. Of flows the signs are worked
    out when they are asked for (`signs` None).
    """

    start: Days
    first: Days
    last: Days
    a: Values
    b: Values
    signs: Days | None

    @cached_property
    def sign(self) -> Days:
        """Who leads at each pair, as `Pair` has it."""
        return decided_signs(self.a, self.b, self.start, self.last) if self.signs is None else self.signs

    def sign_at(self, at: int) -> int:
        """Who leads at one pair."""
        if self.signs is None and "sign" not in self.__dict__:
            return decided_sign(self.a, self.b, self.start, self.last, range(len(self))[at])
        return int(self.sign[at])

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
        return Pair(start, first, last, float(self.a[at]), float(self.b[at]), self.sign_at(at))


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
    if metric.kind is not Kind.SHARE and (alike := _alike(left, right)) is not None:
        a, b = alike
        signs = _level_signs(a.value, b.value) if metric.kind is Kind.STOCK else None
        return Pairs(a.start, a.end, a.end, a.value, b.value, signs)
    i, j, near = _matches(left, right, next_day=metric.kind is Kind.STOCK)
    signs = _signs(left, right, i, j, metric)
    if signs is not None:
        # Seen a day apart, the later side has had a day more to grow: its lead may be nothing but that day.
        signs = np.where(near & (signs * (left.end[i] - right.end[j]) > 0), 0, signs)
    first, last = np.minimum(left.end[i], right.end[j]), np.maximum(left.end[i], right.end[j])
    k = np.lexsort((first, last))
    start = np.minimum(left.start[i], right.start[j])
    return Pairs(start[k], first[k], last[k], left.value[i][k], right.value[j][k], None if signs is None else signs[k])


def _matches(left: Points, right: Points, *, next_day: bool) -> tuple[Days, Days, np.ndarray]:
    """Which observation goes with which: equal periods; for stocks also neighbouring days that no equal day serves."""
    i, j = _common(period_keys(left), period_keys(right))
    near = list(_neighbours(left, right, i, j)) if next_day else []
    rows = np.array(near, dtype=np.int64).reshape(-1, 2)
    apart = np.arange(len(i) + len(rows)) >= len(i)
    return np.concatenate([i, rows[:, 0]]), np.concatenate([j, rows[:, 1]]), apart


def _alike(left: Points, right: Points, *, endless: bool = False) -> tuple[Points, Points] | None:
    """The part in which both were seen (`endless`: and all after it), if their periods are the same there, each ending
    after the one before, as those of one source mostly are. Else None.
    """
    if not (len(left) and len(right) and _is_ordered(left) and _is_ordered(right)):
        return None
    first = max(left.end[0], right.end[0])
    last = max(left.end[-1], right.end[-1]) if endless else min(left.end[-1], right.end[-1])
    a, b = left.between(first, last), right.between(first, last)
    return (a, b) if len(a) and np.array_equal(a.end, b.end) and np.array_equal(a.start, b.start) else None


def _is_ordered(series: Points) -> bool:
    return bool((series.end[1:] > series.end[:-1]).all())


def _common(left: Days, right: Days) -> tuple[Days, Days]:
    """Where two columns have the same number: both are sorted, and each number is in a column once."""
    places = np.searchsorted(right, left)
    i = np.flatnonzero(np.append(right, -1)[places] == left) if len(right) else np.empty(0, dtype=np.int64)
    return i, places[i]


def _neighbours(left: Points, right: Points, used: Days, taken: Days) -> Iterator[tuple[int, int]]:
    unused, spare = np.delete(np.arange(len(left)), used), np.delete(np.arange(len(right)), taken)
    free = dict(zip(right.end[spare].tolist(), spare.tolist(), strict=True))
    for k, end in zip(unused.tolist(), left.end[unused].tolist(), strict=True):
        other = next((end + step for step in (-1, 1) if end + step in free), None)
        if other is not None:
            yield k, free.pop(other)


def _level_signs(left: Values, right: Values) -> Days:
    return np.sign(left - right).astype(np.int64)


def _signs(left: Points, right: Points, i: Days, j: Days, metric: Metric) -> Days | None:
    if metric.kind is Kind.STOCK:
        return _level_signs(left.value[i], right.value[j])
    if metric.kind is Kind.FLOW:
        return None  # when they are asked for
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
    if (alike := _alike(left, right, endless=True)) is not None:
        one, other = alike
        return Pairs(one.end, one.end, one.end, one.value, other.value, _level_signs(one.value, other.value))
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
