"""Who passed whom, and when: an overtake is a bracket, not a day.

Two series of one metric are laid beside each other as *pairs*, moments at which both were seen. The bracket of an
overtake runs from the last pair in which the one still led to the first in which the other leads. A tie is no lead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from analysis.breaks import forbidding
from analysis.gaps import Hole, holes_between
from analysis.points import Days, Points, Values, day, number, points
from analysis.shares import MIN_BASE, newcombe
from catalog import Break, Kind, Metric

TRAILING_DAYS = 28  # four whole weeks: weekends weigh the same in every sum


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides seen together. `start` is the first day the values are about, `first` and `last` the days they were
    seen (the period's end; they differ by a day at most). `sign` is 1 when a leads, -1 when b leads, 0 when undecided.
    """

    start: date
    first: date
    last: date
    a: float
    b: float
    sign: int


@dataclass(frozen=True, slots=True)
class Overtake:
    """`winner` passed `loser` after `last_before` and not later than `first_after`.

    `on_gap`: the bracket is wider than the metric's gap, or one side has a hole in it. `breaks`: ids of the registered
    breaks that overlap it, which forbid to call it an overtake.
    """

    winner: str
    loser: str
    last_before: date
    first_after: date
    on_gap: bool
    breaks: tuple[str, ...]

    @property
    def on_break(self) -> bool:
        return bool(self.breaks)


@dataclass(frozen=True, slots=True)
class Duel:
    """Everything two frameworks' series of one metric say about who leads. `days` is the length of one summed value
    (28 for daily flows, else 1: as observed).
    """

    a: str
    b: str
    metric: Metric
    pairs: tuple[Pair, ...]
    overtakes: tuple[Overtake, ...]
    trailing: bool

    @property
    def last(self) -> Pair | None:
        return self.pairs[-1] if self.pairs else None

    def leader(self, pair: Pair) -> str | None:
        return {1: self.a, -1: self.b}.get(pair.sign)

    def at(self, on: date) -> Pair | None:
        """What was last seen on that day, or None where there is nothing to go by.

        The last pair that was over by then serves until its successor is due: for as long as its own period and the
        metric's gap together. A survey's edition stands for its whole year; so does a window where nothing else serves.
        """
        running = next((p for p in reversed(self.pairs) if p.start <= on <= p.last), None)
        if running is not None and self.metric.kind is Kind.SHARE:
            return running
        over = next((p for p in reversed(self.pairs) if p.last <= on), None)
        return over if over is not None and self._serves(over, on) else running

    def _serves(self, pair: Pair, on: date) -> bool:
        length = (pair.last - pair.start).days + 1
        return (on - pair.last).days <= length + self.metric.gap_after_days

    def after(self, on: date) -> Pair | None:
        """The first pair seen after that day."""
        return next((p for p in self.pairs if p.last > on), None)

    def change_by(self, on: date) -> Overtake | None:
        """The last change of lead that was over on that day, on a break or not."""
        return next((o for o in reversed(self.overtakes) if o.first_after <= on), None)

    def held(self, overtake: Overtake) -> bool:
        """True when nothing known since takes it back: no later overtake, and the last pair does not end in a tie."""
        last = self.last
        return overtake is self.overtakes[-1] and last is not None and self.leader(last) == overtake.winner


def duel(
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: Metric,
    names: tuple[str, str],
    *,
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
) -> Duel:
    """Lay two series of one metric and one dimension beside each other.

    `a` and `b` have the columns period, period_end, value (and base for shares). Flows that end after `final_through`
    are incomplete and left out; daily flows are compared by their sums over 28 complete days, because weekends differ.
    """
    left, right = (_usable(points(f), metric, final_through) for f in (a, b))
    trailing = metric.kind is Kind.FLOW and metric.period == "day"
    seen = tuple(_pairs(_trailing(left), _trailing(right), metric) if trailing else _pairs(left, right, metric))
    missing = (*_holes(left, metric), *_holes(right, metric))
    return Duel(*names, metric, seen, tuple(_overtakes(seen, names, metric, missing, breaks)), trailing)


def _usable(series: Points, metric: Metric, final_through: date | None) -> Points:
    keep = ~np.isnan(series.value)
    if metric.kind is Kind.SHARE:
        keep &= ~(series.base < MIN_BASE)
    if metric.kind is Kind.FLOW and final_through is not None:
        keep &= series.end <= number(final_through)
    return series.where(keep)


def _holes(series: Points, metric: Metric) -> tuple[Hole, ...]:
    return holes_between(series.start, series.end, metric.gap_after_days)


def _trailing(series: Points) -> Points:
    """Sums over the 28 days up to each day, only where every one of them was observed."""
    n = TRAILING_DAYS
    if len(series) < n:
        return series.where(np.zeros(len(series), dtype=bool))
    sums = sliding_window_view(series.value, n).sum(axis=1)
    whole = series.end[n - 1 :] - series.start[: len(series) - n + 1] == n - 1
    result = Points(series.start[: len(sums)], series.end[n - 1 :], sums, series.base[n - 1 :])
    return result.where(whole)


def _pairs(left: Points, right: Points, metric: Metric) -> Iterator[Pair]:
    i, j, near = _matches(left, right, next_day=metric.kind is Kind.STOCK)
    signs = _signs(left, right, i, j, metric)
    # Seen a day apart, the later side has had a day more to grow: its lead may be nothing but that day.
    signs = np.where(near & (signs * (left.end[i] - right.end[j]) > 0), 0, signs)
    for k in np.lexsort((np.minimum(left.end[i], right.end[j]), np.maximum(left.end[i], right.end[j]))):
        x, y = i[k], j[k]
        first, last = sorted((left.end[x], right.end[y]))
        yield Pair(
            day(min(left.start[x], right.start[y])),
            day(first),
            day(last),
            float(left.value[x]),
            float(right.value[y]),
            int(signs[k]),
        )


def _matches(left: Points, right: Points, *, next_day: bool) -> tuple[Days, Days, np.ndarray]:
    """Which observation goes with which: equal periods; for stocks also neighbouring days that no equal day serves."""
    theirs = {(int(s), int(e)): k for k, (s, e) in enumerate(zip(right.start, right.end, strict=True))}
    found = [(k, theirs.get((int(s), int(e)))) for k, (s, e) in enumerate(zip(left.start, left.end, strict=True))]
    equal = [(k, m) for k, m in found if m is not None]
    near = list(_neighbours(left, right, {k for k, _ in equal}, {m for _, m in equal})) if next_day else []
    rows = np.array(equal + near, dtype=np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1], np.arange(len(rows)) >= len(equal)


def _neighbours(left: Points, right: Points, used: set[int], taken: set[int]) -> Iterator[tuple[int, int]]:
    free = {int(e): k for k, e in enumerate(right.end) if k not in taken}
    for k, end in enumerate(left.end):
        if k in used:
            continue
        other = next((int(end) + step for step in (-1, 1) if int(end) + step in free), None)
        if other is not None:
            yield k, free.pop(other)


def _signs(left: Points, right: Points, i: Days, j: Days, metric: Metric) -> Values | Days:
    if metric.kind is not Kind.SHARE:
        return np.sign(left.value[i] - right.value[j]).astype(np.int64)
    rows = zip(left.value[i], left.base[i], right.value[j], right.base[j], strict=True)
    return np.array([_share_sign(*row) for row in rows], dtype=np.int64)


def _share_sign(share_a: float, base_a: float, share_b: float, base_b: float) -> int:
    """Which share is the higher beyond sampling noise. Without a base nothing can be said."""
    if np.isnan(base_a) or np.isnan(base_b) or not newcombe(share_a, base_a, share_b, base_b).excludes(0.0):
        return 0
    return 1 if share_a > share_b else -1


def _overtakes(
    seen: Sequence[Pair], names: tuple[str, str], metric: Metric, missing: Sequence[Hole], breaks: Sequence[Break]
) -> Iterator[Overtake]:
    led: Pair | None = None
    for pair in seen:
        if led is not None and pair.sign * led.sign < 0:
            yield _overtake(led, pair, names, metric, missing, breaks)
        if pair.sign:
            led = pair


def _overtake(
    before: Pair, after: Pair, names: tuple[str, str], metric: Metric, missing: Sequence[Hole], breaks: Sequence[Break]
) -> Overtake:
    winner, loser = names if after.sign > 0 else names[::-1]
    wide = (after.start - before.last).days - 1 > metric.gap_after_days
    hole = any(h.first <= after.last and h.last >= before.first for h in missing)
    # Editions of a survey are broken between years; a flow's window is spoilt by a break within it as well.
    span = (before.last, after.start) if metric.kind is Kind.SHARE else (before.start, after.last)
    forbidden = forbidding(breaks, *span, *names)
    return Overtake(winner, loser, before.first, after.last, wide or hole, tuple(b.id for b in forbidden))
