"""How fast it grows: gained per day to year, against the year and the four weeks before, at equal age.

Growth is refused across a registered break: the ids of the breaks stand in its place. What may be compared across
one is the ratio to a peer that was counted in the same way (`peer_ratio`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis import months
from analysis.arrays import Days, Points, day, number, points
from analysis.breaks import forbidding
from analysis.errors import Refused, may_be_differenced, may_be_summed
from analysis.overtakes.head_to_head import head_to_head
from analysis.overtakes.paired_series import TRAILING_DAYS, prepared_series
from catalog import Break, Kind, Metric

EVERY = ("day", "week", "month", "year")
YEAR_DAYS = 365.25
# How far from a bucket's last day a level may have been seen to stand for its end.
END_TOLERANCE_DAYS = {"day": 0, "week": 0, "year": months.END_TOLERANCE_DAYS}
CHANGE_COLUMNS = ("since", "until", "before", "after", "gained", "relative", "refusal")


@dataclass(frozen=True, slots=True)
class Reached:
    """A level was reached after `last_below` (None: it was there when first seen) and not later than `first_at`."""

    level: float
    last_below: date | None
    first_at: date


def gained_every(
    frame: pd.DataFrame,
    metric: Metric,
    every: str,
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
) -> pd.DataFrame:
    """What each series gained per day, week (Monday to Sunday), month or year, with `analysis.months.COLUMNS`.

    As `analysis.months.gained`, to which months are left: a stock's gain runs from the level at the end of one bucket
    to that at the end of the next, seen on that very day (of a year: in its last seven); a flow's is the sum of all
    its days.
    What is incomplete, in a hole or on a break is a gap; the last bucket may be provisional.

    Raises Refused for shares and windows.
    """
    if every == "month":
        return months.gained(frame, metric, breaks, final_through)
    (may_be_differenced if metric.kind is Kind.STOCK else may_be_summed)(metric)
    if metric.period != "day" and (metric.kind is Kind.FLOW or every in ("day", "week")):
        raise Refused(f"We can't give {metric.name_in_text} by {every}: the counts are per {metric.period}.")
    rows: list[tuple[object, ...]] = []
    values = months.settled(frame.dropna(subset=["value"]), metric, final_through)
    for (framework, dimension), series in values.groupby(["framework", "dimension"], sort=True):
        steps = _gains if metric.kind is Kind.STOCK else _sums
        ordered = series.sort_values(["period", "period_end"])
        origins = months.Origins(ordered)
        for first, last, value, whole, used in steps(points(ordered), every, final_through):
            since = day(first - 1 if metric.kind is Kind.STOCK else first)  # a difference reaches back one day
            forbidden = forbidding(breaks, since, day(last), str(framework))
            ends = [used.start, used.stop - 1] if metric.kind is Kind.STOCK else used
            if forbidden or np.isnan(value):
                figure: tuple[object, ...] = (np.nan, "gap", " ".join(b.id for b in forbidden), "", pd.NaT)
            else:
                figure = (value, "final" if whole else "provisional", "", *origins.of(ends))
            rows.append((framework, dimension, day(first), day(last), *figure))
    return months.framed(rows)


_Gain = tuple[int, int, float, bool, slice]


def _gains(series: Points, every: str, _: date | None) -> list[_Gain]:
    """Differences between the ends of neighbouring buckets; a missing end makes a gap (NaN) up to the next one."""
    bucket, ends = _buckets(series.end, every), []
    for first, stop in _runs(bucket):
        at = int(series.end[stop - 1])
        whole = _first_day(int(bucket[first]) + 1, every) - 1 - at <= END_TOLERANCE_DAYS[every]
        if whole or stop == len(bucket):
            ends.append((int(bucket[first]), at, stop - 1, whole))
    gains: list[_Gain] = []
    for (b0, at0, k0, _whole), (b1, at1, k1, whole) in pairwise(ends):
        gain = float(series.value[k1] - series.value[k0]) if b1 == b0 + 1 else np.nan
        gains.append((at0 + 1, at1, gain, whole, slice(k0, k1 + 1)))
    return gains


def _sums(series: Points, every: str, final_through: date | None) -> list[_Gain]:
    bucket, sums = _buckets(series.end, every), list[_Gain]()
    final = None if final_through is None else number(final_through)
    for first, stop in _runs(bucket):
        opens, closes = _first_day(int(bucket[first]), every), _first_day(int(bucket[first]) + 1, every) - 1
        last = int(series.end[stop - 1])
        unbroken = int(series.start[first]) == opens and stop - first == last - opens + 1
        if not unbroken or (last != closes and stop != len(bucket)):
            continue
        if sums and sums[-1][1] + 1 < opens:
            sums.append((sums[-1][1] + 1, opens - 1, np.nan, True, slice(0, 0)))
        whole = last == closes and (final is None or last <= final)
        sums.append((opens, last, float(series.value[first:stop].sum()), whole, slice(first, stop)))
    return sums


def _buckets(at: Days, every: str) -> Days:
    if every == "day":
        return at
    if every == "week":
        return (at + 3) // 7  # 1970-01-01 was a Thursday
    return at.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)


def _first_day(bucket: int, every: str) -> int:
    if every == "day":
        return bucket
    if every == "week":
        return 7 * bucket - 3
    return int(np.datetime64(bucket, "Y").astype("datetime64[D]").astype(np.int64))


def _runs(bucket: Days) -> list[tuple[int, int]]:
    """(first row, row after the last) of each bucket in which something was seen."""
    edges = np.flatnonzero(np.diff(bucket, prepend=bucket[:1] - 1))
    return [(int(a), int(b)) for a, b in zip(edges, [*edges[1:], len(bucket)], strict=True)]


def year_on_year(
    frame: pd.DataFrame,
    metric: Metric,
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
    late_days: int | None = None,
) -> pd.DataFrame:
    """One series against a year before (CHANGE_COLUMNS, one row per day or window that has a counterpart).

    A stock's level against that of 365 days before, give or take three; a daily flow's 28-day sum against that of 364
    days before, so that weekdays match; a window's daily mean against that of the window that ended a year before,
    give or take five days. `relative` is the growth (0.1: 10 % more). `late_days`: only what ends so many days
    before the last one or later. Raises Refused for shares.
    """
    _refuse_shares(metric)
    series = prepared_series(frame.dropna(subset=["value"]), metric, final_through).compared
    if metric.kind is Kind.STOCK:
        return _changes(series, 365, 3, _name(frame), breaks, late_days)
    if metric.period == "day":
        return _changes(series, 364, 0, _name(frame), breaks, late_days)
    return _changes(_per_day(series), 365, 5, _name(frame), breaks, late_days)


def four_weeks(
    frame: pd.DataFrame,
    metric: Metric,
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
    late_days: int | None = None,
) -> pd.DataFrame:
    """What 28 days brought against the 28 before (CHANGE_COLUMNS): four of each weekday on either side.

    For daily flows their sums, for stocks what was gained between levels seen exactly 28 days apart. `late_days` as
    in `year_on_year`. Raises Refused for shares and for what is not counted by the day.
    """
    _refuse_shares(metric)
    if metric.period != "day":
        raise Refused(f"We can't compare 28 days of {metric.name_in_text}: the counts are per {metric.period}.")
    series = prepared_series(frame.dropna(subset=["value"]), metric, final_through).compared
    if metric.kind is Kind.STOCK:
        series = _gained_in(series, TRAILING_DAYS)
    return _changes(series, TRAILING_DAYS, 0, _name(frame), breaks, late_days)


def compound(before: float, after: float, span_days: int) -> float:
    """The yearly rate that makes `before` grow to `after` in so many days: 0.1 is 10 % a year. NaN from nothing."""
    if before <= 0 or after < 0 or span_days <= 0:
        return float("nan")
    return float((after / before) ** (YEAR_DAYS / span_days) - 1)


def peer_ratio(a: pd.DataFrame, b: pd.DataFrame, metric: Metric, final_through: date | None = None) -> pd.DataFrame:
    """A's figure as a multiple of b's (period, period_end, a, b, value) wherever both were seen together.

    A break that changed both alike leaves it comparable. Raises Refused for shares.
    """
    _refuse_shares(metric)
    one, other = (prepared_series(side.dropna(subset=["value"]), metric, final_through) for side in (a, b))
    pairs = head_to_head(one, other, metric, ("a", "b")).pairs
    positive = pairs.b > 0
    columns = {"period": pairs.start, "period_end": pairs.last, "a": pairs.a, "b": pairs.b}
    table = pd.DataFrame({name: column[positive] for name, column in columns.items()})
    for name in ("period", "period_end"):
        table[name] = table[name].to_numpy().astype("datetime64[D]").astype("datetime64[s]")
    return table.assign(value=table["a"] / table["b"])


def reached(frame: pd.DataFrame, level: float) -> Reached | None:
    """When one series first stood at a level or above, as a bracket; None if it never was seen there."""
    series = points(frame)
    series = series.where(~np.isnan(series.value))
    above = np.flatnonzero(series.value >= level)
    if not len(above):
        return None
    k = int(above[0])
    return Reached(level, day(series.end[k - 1]) if k else None, day(series.end[k]))


def _refuse_shares(metric: Metric) -> None:
    if metric.kind is Kind.SHARE:
        raise Refused(f"We can't give growth of {metric.name_in_text}: compare two editions instead.")


def _name(frame: pd.DataFrame) -> str:
    return str(frame["framework"].iloc[0]) if "framework" in frame and len(frame) else ""


def _per_day(series: Points) -> Points:
    return Points(series.start, series.end, series.value / (series.end - series.start + 1), series.base)


def _gained_in(series: Points, n: int) -> Points:
    """Gains over exactly n days, as if they were a flow."""
    _, later, earlier = np.intersect1d(series.end, series.end + n, return_indices=True)
    gain = series.value[later] - series.value[earlier]
    return Points(series.end[earlier] + 1, series.end[later], gain, series.base[later])


def _changes(
    series: Points, back: int, tolerance: int, framework: str, breaks: Sequence[Break], late_days: int | None
) -> pd.DataFrame:
    later, earlier = _counterparts(series.end, back, tolerance)
    apart = series.end[earlier] < series.start[later]
    later, earlier = later[apart], earlier[apart]
    if late_days is not None and len(later):
        late = series.end[later] >= series.end[later[-1]] - late_days
        later, earlier = later[late], earlier[late]
    before, after = series.value[earlier], series.value[later]
    refusals = _refusals(series, earlier, later, framework, breaks)
    stands = np.array([not refusal for refusal in refusals], dtype=bool)
    gained = np.where(stands, after - before, np.nan)
    relative = np.divide(gained, before, out=np.full(len(before), np.nan), where=stands & (before > 0))
    since, until = ([day(number) for number in series.end[rows]] for rows in (earlier, later))
    columns = zip(CHANGE_COLUMNS, (since, until, before, after, gained, relative, refusals), strict=True)
    return pd.DataFrame(dict(columns)).astype({"since": object, "until": object, "refusal": object})


def _counterparts(ends: Days, back: int, tolerance: int) -> tuple[Days, Days]:
    """Which rows have another that ended `back` days before, give or take the tolerance, and the nearest such one."""
    target = ends - back
    after = np.searchsorted(ends, target)
    sides = np.stack([(after - 1).clip(0), after.clip(max=max(len(ends) - 1, 0))])
    distance = np.abs(ends[sides] - target) if len(ends) else np.zeros((2, 0), dtype=np.int64)
    nearest = np.where(distance[0] <= distance[1], sides[0], sides[1])
    rows = np.flatnonzero(distance.min(axis=0) <= tolerance)
    return rows, nearest[rows]


def _refusals(series: Points, earlier: Days, later: Days, framework: str, breaks: Sequence[Break]) -> list[str]:
    """For each comparison the ids of the breaks that forbid it."""
    if not len(later):
        return []
    names = [framework] if framework else []
    near = forbidding(breaks, day(series.start[earlier].min()), day(series.end[later].max()), *names)
    if not near:
        return [""] * len(later)
    spans = zip(series.start[earlier], series.end[later], strict=True)
    return [" ".join(b.id for b in forbidding(near, day(first), day(last), *names)) for first, last in spans]
