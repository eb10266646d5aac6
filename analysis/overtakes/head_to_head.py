"""Who passed whom, and when: an overtake is a bracket, not a day.

Two series of one metric are laid beside each other as *pairs*, moments at which both were seen. The bracket of an
overtake runs from the last moment at which the one still led to the first at which the other leads; a tie is no lead.
Of a level a moment is any reading of either: a reading lies between two of the other side, and where it is above both
or below both, who led that day is certain. Of a flow only leads count that are more than chance and last
(`analysis.overtakes.noise`); of a share only those beyond sampling noise and rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import overload

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from analysis.anomalies.detection import Flag
from analysis.arrays import Days, Points, Values, day, number, points
from analysis.breaks import forbidding
from analysis.differences import Sample, of_one_edition
from analysis.gaps import Hole, holes_between
from analysis.overtakes.levels import certain_signs, undisputed
from analysis.overtakes.noise import decided_signs, lasting_turns
from analysis.shares import MIN_BASE
from catalog import Break, Kind, Metric

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


@dataclass(frozen=True, slots=True)
class Overtake:
    """`winner` passed `loser` after `last_before` and not later than `first_after`.

    `on_gap`: the bracket is wider than the metric's gap, or one side has a hole in it. `breaks`: ids of the registered
    breaks that overlap it, which forbid to call it an overtake. `anomalies`: which framework's figures stand out of
    their neighbourhood within it (`with_anomalies` fills it). `fallen`: whose counter lost more than a tenth between
    two readings without having come back, where there is no overtake but for what was read meanwhile. `lasted`: when
    the lead had lasted long enough, of a flow.
    """

    winner: str
    loser: str
    last_before: date
    first_after: date
    on_gap: bool
    breaks: tuple[str, ...]
    anomalies: tuple[tuple[str, Flag], ...] = ()
    fallen: str | None = None
    lasted: date | None = None

    @property
    def called_on(self) -> date:
        """The first day on which it could be called an overtake: of a flow, once the lead had lasted."""
        return self.lasted or self.first_after

    def overlaps(self, other: Overtake) -> bool:
        """Whether the two brackets have a day in common."""
        return self.last_before <= other.first_after and other.last_before <= self.first_after

    @property
    def width(self) -> int:
        """How many days the bracket spans."""
        return (self.first_after - self.last_before).days

    @property
    def on_break(self) -> bool:
        return bool(self.breaks)

    @property
    def on_anomaly(self) -> bool:
        return bool(self.anomalies)


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """Who leads by one metric, and since when, of two frameworks. `trailing`: its values are sums over 28 days, else as
    observed. `moments`: of levels, every day on which either was read, with the last readings of both by then.
    """

    a: str
    b: str
    metric: Metric
    pairs: Pairs
    overtakes: tuple[Overtake, ...]
    trailing: bool
    moments: Pairs | None = None

    @property
    def last(self) -> Pair | None:
        pair = self.pairs[-1] if len(self.pairs) else None
        return self._newer(pair, number(date.max))

    def leader(self, pair: Pair) -> str | None:
        return {1: self.a, -1: self.b}.get(pair.sign)

    def at(self, on: date) -> Pair | None:
        """What was last seen on that day, or None where there is nothing to go by.

        The last pair that was over by then serves until its successor is due: for as long as its own period and the
        metric's gap together. A survey's edition stands for its whole year; so does a window where nothing else serves.
        """
        now = number(on)
        running = np.flatnonzero((self.pairs.start <= now) & (self.pairs.last >= now))
        if len(running) and self.metric.kind is Kind.SHARE:
            return self.pairs[int(running[-1])]
        over = int(np.searchsorted(self.pairs.last, now, side="right")) - 1
        seen = self.pairs[over] if over >= 0 else None
        newer = self._newer(seen if seen is not None and self._serves(seen, on) else None, now)
        if newer is not None and self._serves(newer, on):
            return newer
        return self.pairs[int(running[-1])] if len(running) else None

    def _newer(self, pair: Pair | None, now: int) -> Pair | None:
        """That pair, or what is certain of a later day by which the lead had changed hands."""
        if self.moments is None:
            return pair
        certain = np.flatnonzero((self.moments.last <= now) & (self.moments.sign != 0))
        if not len(certain):
            return pair
        latest = self.moments[int(certain[-1])]
        return latest if pair is None or (latest.last > pair.last and latest.sign != pair.sign) else pair

    def _serves(self, pair: Pair, on: date) -> bool:
        length = (pair.last - pair.start).days + 1
        return (on - pair.last).days <= length + self.metric.gap_after_days

    def after(self, on: date) -> Pair | None:
        """The first pair seen after that day."""
        later = int(np.searchsorted(self.pairs.last, number(on), side="right"))
        return self.pairs[later] if later < len(self.pairs) else None

    def change_by(self, on: date) -> Overtake | None:
        """The last change of lead that was over on that day, on a break or not."""
        return next((o for o in reversed(self.overtakes) if o.first_after <= on), None)

    def held(self, overtake: Overtake) -> bool | None:
        """Whether the winner has led ever since: False after a later overtake, True when nothing known since takes it
        back, None when that is unclear (the last pair is undecided, or a break lies in between).
        """
        later = [o for o in self.overtakes if o.first_after > overtake.first_after]
        if any(not o.on_break for o in later):
            return False
        last = self.last
        if later or last is None:
            return None
        return True if last.last < overtake.first_after or self.leader(last) == overtake.winner else None


def prepared_series(
    frame: pd.DataFrame, metric: Metric, final_through: date | None = None, *, trailing_days: int = TRAILING_DAYS
) -> PreparedSeries:
    """Make one series ready for any number of head-to-heads.

    `frame` has the columns period, period_end, value (and base for shares). Flows that end after `final_through` are
    incomplete and left out; of daily flows the sums over 28 complete days are compared, because weekends differ
    (`trailing_days`: over another number of days).
    """
    series = _usable(points(frame), metric, final_through)
    missing = holes_between(series.start, series.end, metric.gap_after_days)
    return PreparedSeries(_trailing(series, trailing_days) if _is_trailing(metric) else series, missing)


def head_to_head(
    a: PreparedSeries, b: PreparedSeries, metric: Metric, names: tuple[str, str], breaks: Sequence[Break] = ()
) -> HeadToHead:
    """Lay two series of one metric and one dimension beside each other."""
    pairs, missing = _pairs(a.compared, b.compared, metric), (*a.holes, *b.holes)
    if metric.kind is Kind.STOCK:
        moments = _moments(a.compared, b.compared)
        overtakes = _overtakes_of_levels(moments, (a.compared, b.compared), names, metric, missing, breaks)
        return HeadToHead(*names, metric, pairs, overtakes, trailing=False, moments=moments)
    if metric.kind is Kind.SHARE:
        return head_to_head_of(pairs, metric, names, missing, breaks)
    turns = lasting_turns(pairs.sign, np.sign(pairs.a - pairs.b), pairs.last)
    overtakes = tuple(
        replace(_overtake(pairs[i], pairs[j], names, metric, missing, breaks), lasted=pairs[k].last)
        for i, j, k in turns
    )
    return HeadToHead(*names, metric, pairs, overtakes, _is_trailing(metric))


def head_to_head_of(
    pairs: Pairs, metric: Metric, names: tuple[str, str], missing: Sequence[Hole] = (), breaks: Sequence[Break] = ()
) -> HeadToHead:
    """The head-to-head of pairs already laid beside each other, with every change between decided ones an overtake;
    `missing` are the holes of either side.
    """
    return HeadToHead(*names, metric, pairs, _overtakes(pairs, names, metric, missing, breaks), _is_trailing(metric))


def with_anomalies(comparison: HeadToHead, flags: Mapping[str, Sequence[Flag]]) -> HeadToHead:
    """The same head-to-head, its overtakes with the anomalies of either side (`flags`) within their brackets."""
    overtakes = tuple(
        replace(o, anomalies=tuple(_anomalies_within(comparison, o, flags))) for o in comparison.overtakes
    )
    return replace(comparison, overtakes=overtakes)


def _anomalies_within(
    comparison: HeadToHead, o: Overtake, flags: Mapping[str, Sequence[Flag]]
) -> Iterator[tuple[str, Flag]]:
    """A counter's gains count from the day after the bracket begins, a flow's periods from where the sums begin."""
    first = o.last_before + timedelta(days=comparison.metric.kind is Kind.STOCK)
    first -= timedelta(days=TRAILING_DAYS - 1 if comparison.trailing else 0)
    for name in (o.winner, o.loser):
        for flag in flags.get(name, ()):
            if flag.since <= o.first_after and flag.until >= first:
                yield name, flag


def _is_trailing(metric: Metric) -> bool:
    return metric.kind is Kind.FLOW and metric.period == "day"


def _usable(series: Points, metric: Metric, final_through: date | None) -> Points:
    keep = ~np.isnan(series.value)
    if metric.kind is Kind.SHARE:
        keep &= ~(series.base < MIN_BASE)
    if metric.kind is Kind.FLOW and final_through is not None:
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


def _pairs(left: Points, right: Points, metric: Metric) -> Pairs:
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
    _, i, j = np.intersect1d(_key(left), _key(right), assume_unique=True, return_indices=True)
    near = list(_neighbours(left, right, set(i.tolist()), set(j.tolist()))) if next_day else []
    rows = np.array(near, dtype=np.int64).reshape(-1, 2)
    apart = np.arange(len(i) + len(rows)) >= len(i)
    return np.concatenate([i, rows[:, 0]]), np.concatenate([j, rows[:, 1]]), apart


def _key(series: Points) -> Days:
    """Start and end in one number: no period is longer than two thousand years."""
    return (series.start << 20) + (series.end - series.start)


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


def _overtakes_of_levels(
    moments: Pairs,
    sides: tuple[Points, Points],
    names: tuple[str, str],
    metric: Metric,
    missing: Sequence[Hole],
    breaks: Sequence[Break],
) -> tuple[Overtake, ...]:
    """The overtakes by all readings; those that doubtful readings of one side alone made are marked `fallen`."""
    overtakes = _overtakes(moments, names, metric, missing, breaks)
    for place, name in enumerate(names):
        steady = undisputed(sides[place])
        if not overtakes or len(steady) == len(sides[place]):
            continue
        without = _moments(steady, sides[1]) if place == 0 else _moments(sides[0], steady)
        standing = _overtakes(without, names, metric, missing, breaks)
        overtakes = tuple(
            o if any(o.winner == s.winner and o.overlaps(s) for s in standing) else replace(o, fallen=name)
            for o in overtakes
        )
    return overtakes


def _moments(left: Points, right: Points) -> Pairs:
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


def _overtakes(
    pairs: Pairs, names: tuple[str, str], metric: Metric, missing: Sequence[Hole], breaks: Sequence[Break]
) -> tuple[Overtake, ...]:
    """Wherever a decided pair and the next decided one disagree."""
    decided = np.flatnonzero(pairs.sign)
    turned = np.flatnonzero(np.diff(pairs.sign[decided]))
    return tuple(
        _overtake(pairs[int(before)], pairs[int(after)], names, metric, missing, breaks)
        for before, after in zip(decided[turned], decided[turned + 1], strict=True)
    )


def _overtake(
    before: Pair, after: Pair, names: tuple[str, str], metric: Metric, missing: Sequence[Hole], breaks: Sequence[Break]
) -> Overtake:
    ahead = after.sign or np.sign(after.a - after.b)  # of a flow the first row may be less than chance brings
    winner, loser = names if ahead > 0 else names[::-1]
    level = metric.kind is Kind.STOCK
    wide = ((after.first if level else after.start) - before.last).days - 1 > metric.gap_after_days
    hole = any(h.first <= after.last and h.last >= before.first for h in missing)
    # Editions of a survey are broken between years; a flow's window is spoilt by a break within it as well.
    begin = before.first if level else before.start
    span = (before.last, after.start) if metric.kind is Kind.SHARE else (begin, after.last)
    forbidden = forbidding(breaks, *span, *names)
    return Overtake(winner, loser, before.first, after.last, wide or hole, tuple(b.id for b in forbidden))
