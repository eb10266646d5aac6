"""What stands out of its own neighbourhood: one rule for everybody, flags only. Raw values are never altered.

A *spike* is a period that differs from the median of its neighbours by more than `SPIKE_SCORE` robust deviations,
after the habits of weekdays are taken out. A *change* is where the level before and the level after differ beyond
their noise and trend: a possible change, never a fact. On clean simulated series (noise of 10 % about a trend, with
weekends at half the level) about one day in ten thousand is flagged as a spike and less than one series in a hundred
has a change in a year; `tests/test_anomalies.py` measures both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from analysis._refusals import Refused
from analysis.breaks import touching
from analysis.points import Days, Points, Values, day, number, points
from catalog import Break, Kind, Metric

SPIKE_SCORE = 6.0  # robust deviations; the normal law would reach it twice in a thousand million
CHANGE_SCORE = 5.0
LEAST = {"spike": 0.2, "change": 0.25}  # relative difference; less is not worth a mark, however quiet the series
QUIET = 0.03  # no series of downloads is known to be quieter than 3 % from day to day
MAD_TO_DEVIATION = 1.4826  # of a normal law
MEDIAN_SPREAD = 1.2533  # how much wider a median varies than a mean
DEPENDENCE = 1.5  # days resemble the days before: medians vary by about so much more
HALF = {True: 14, False: 12}  # neighbours on either side, for series seen daily and others
WIDTH = {True: 28, False: 6}  # observations on either side of a change
LONGEST_SPAN = 62  # days; a rate over a longer hole is no rate
ALIKE_LEAST, ALIKE_PART = 3, 1 / 3  # frameworks that jump together make a source incident


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that stands out, from `since` to `until`.

    `kind` is spike or change (from `since` on). `value` and `expected` are per day in the metric's unit (for a change:
    the levels after and before), `score` how many robust deviations lie between them, negative when it fell.
    `registered` are the ids of entries of the register of breaks that touch these days and may explain it.
    """

    kind: str
    since: date
    until: date
    value: float
    expected: float
    score: float
    registered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """Several frameworks jumped the same way at once: the source, not the frameworks. `seen`: how many could have."""

    since: date
    until: date
    frameworks: tuple[str, ...]
    seen: int
    rose: bool


@dataclass(frozen=True, slots=True)
class _Steps:
    """What came per day in each span, on a scale on which noise is even. `least` is the least noise to assume."""

    start: Days
    end: Days
    x: Values
    weight: Values
    least: Values
    daily: bool
    log: bool

    def told(self, x: float) -> float:
        return float(np.exp(x)) if self.log else float(x)


def flags(
    frame: pd.DataFrame, metric: Metric, breaks: Sequence[Break] = (), final_through: date | None = None
) -> tuple[Flag, ...]:
    """The spikes and possible changes of one series, oldest first.

    Stocks are judged by what they gained per day between sightings, flows by what came per day. Flows that end after
    `final_through` are left out. Raises Refused for shares: a yearly edition has no neighbourhood.
    """
    if metric.kind is Kind.SHARE:
        raise Refused(f"{metric.title} comes once a year: nothing can stand out of so few.")
    series = points(frame.dropna(subset=["value"]))
    if metric.kind is Kind.FLOW and final_through is not None:
        series = series.where(series.end <= number(final_through))
    steps = _gains(series) if metric.kind is Kind.STOCK else _rates(series)
    name = str(frame["framework"].iloc[0]) if "framework" in frame and len(frame) else None
    found = [*_spikes(steps), *_changes(steps)]
    marked = [_registered(flag, breaks, name) for flag in found]
    return tuple(sorted(marked, key=lambda flag: (flag.since, flag.kind)))


def incidents(found: Mapping[str, Sequence[Flag]]) -> tuple[Incident, ...]:
    """Days on which several frameworks spiked the same way: at least three, and a third of all that were looked at."""
    told: list[Incident] = []
    for rose in (True, False):
        spans = sorted(
            (flag.since, flag.until, name)
            for name, of in found.items()
            for flag in of
            if flag.kind == "spike" and (flag.score > 0) is rose
        )
        told.extend(_incidents(spans, len(found), rose=rose))
    return tuple(sorted(told, key=lambda incident: (incident.since, not incident.rose)))


def _incidents(spans: Sequence[tuple[date, date, str]], seen: int, *, rose: bool) -> Iterator[Incident]:
    """Spikes that share days, taken together."""
    group: list[tuple[date, date, str]] = []
    for span in [*spans, (date.max, date.max, "")]:
        if group and span[0] > max(until for _, until, _ in group):
            names = tuple(sorted({name for _, _, name in group}))
            if len(names) >= max(ALIKE_LEAST, ALIKE_PART * seen):
                yield Incident(group[0][0], max(until for _, until, _ in group), names, seen, rose)
            group = []
        group.append(span)


def _registered(flag: Flag, breaks: Sequence[Break], name: str | None) -> Flag:
    ids = tuple(b.id for b in touching(breaks, flag.since, flag.until, name))
    return Flag(flag.kind, flag.since, flag.until, flag.value, flag.expected, flag.score, ids)


def _gains(series: Points) -> _Steps:
    """A counter's gain per day between sightings. Counts vary by the root of their number, over longer spans less."""
    spans = np.diff(series.end)
    keep = spans <= LONGEST_SPAN
    rate = (np.diff(series.value) / np.maximum(spans, 1))[keep]
    weight = np.sqrt(spans[keep].astype("float64"))
    daily = bool(len(spans)) and float(np.median(spans)) == 1
    least = np.sqrt(np.maximum(_running(rate, HALF[daily]), 1.0)) if len(rate) else rate
    return _Steps(series.end[:-1][keep] + 1, series.end[1:][keep], rate, weight, least, daily, log=False)


def _rates(series: Points) -> _Steps:
    """A flow per day, as logarithms: its noise goes with its size, but few downloads vary as counts do."""
    length = (series.end - series.start + 1).astype("float64")
    x = np.log(np.maximum(series.value, 0.5) / length)
    daily = bool(len(length)) and float(np.median(length)) == 1
    count = np.maximum(np.exp(_running(x, HALF[daily])) * length, 1.0) if len(x) else x
    least = np.maximum(QUIET, 1 / np.sqrt(count))
    steps = _Steps(series.start, series.end, x, np.ones(len(x)), least, daily, log=True)
    return _without_weekdays(steps) if daily else steps


def _without_weekdays(steps: _Steps) -> _Steps:
    """Each weekday's habit, as it differs from the days around it, is taken out; they add up to none."""
    if len(steps.x) < 2 * WIDTH[True]:
        return steps
    off, weekday = steps.x - _running(steps.x, 3), steps.end % 7
    habit = np.array([np.median(off[weekday == k]) if (weekday == k).any() else 0.0 for k in range(7)])
    habit -= habit.mean()
    return _Steps(steps.start, steps.end, steps.x - habit[weekday], steps.weight, steps.least, steps.daily, steps.log)


def _running(x: Values, half: int) -> Values:
    """The median of each value's neighbours, itself included; at the ends of those there are."""
    if len(x) <= 2 * half:
        return np.full(len(x), float(np.median(x))) if len(x) else x
    middle = np.median(sliding_window_view(x, 2 * half + 1), axis=1)
    return np.concatenate([np.full(half, middle[0]), middle, np.full(half, middle[-1])])


def _neighbours(x: Values, half: int) -> Values:
    """For each value its neighbours on both sides, without itself: (n, 2 half)."""
    n, width = len(x), 2 * half + 1
    first = np.clip(np.arange(n) - half, 0, n - width)
    around = sliding_window_view(x, width)[first]
    own = np.arange(width)[None, :] == (np.arange(n) - first)[:, None]
    return np.asarray(around[~own].reshape(n, width - 1))


def _spikes(steps: _Steps) -> Iterator[Flag]:
    half = HALF[steps.daily]
    if len(steps.x) < 2 * half + 1:
        return
    expected = np.median(_neighbours(steps.x, half), axis=1)
    off = (steps.x - expected) * steps.weight
    # Twice as many neighbours as for the level: a spread is known less well from as few.
    wide = min(2 * half, (len(off) - 1) // 2)
    spread = MAD_TO_DEVIATION * np.median(np.abs(_neighbours(off, wide)), axis=1)
    score = off / np.maximum(spread, steps.least)
    hit = (np.abs(score) > SPIKE_SCORE) & _worth(steps, steps.x, expected, LEAST["spike"])
    for first, stop in _runs(hit, np.sign(score)):
        k = first + int(np.argmax(np.abs(score[first:stop])))
        since, until = day(steps.start[first]), day(steps.end[stop - 1])
        yield Flag("spike", since, until, steps.told(steps.x[k]), steps.told(expected[k]), float(score[k]), ())


def _worth(steps: _Steps, x: Values, expected: Values, least: float) -> np.ndarray:
    if steps.log:
        return np.asarray(np.abs(x - expected) > np.log1p(least))
    return np.asarray(np.abs(x - expected) > least * np.abs(expected))


def _runs(hit: np.ndarray, sign: Values) -> Iterator[tuple[int, int]]:
    """Neighbouring hits of one sign, as (first, after the last)."""
    at = np.flatnonzero(hit)
    if not len(at):
        return
    cuts = np.flatnonzero((np.diff(at) > 1) | (np.diff(sign[at]) != 0)) + 1
    for part in np.split(at, cuts):
        yield int(part[0]), int(part[-1]) + 1


def _changes(steps: _Steps) -> Iterator[Flag]:
    """Where the medians of the observations before and after lie apart, when the trend around is taken out."""
    n, x = WIDTH[steps.daily], steps.x
    if len(x) < 4 * n:
        return
    level = np.median(sliding_window_view(x, n), axis=1)  # of x[k : k + n]
    at = np.arange(2 * n, len(x) - 2 * n + 1)
    before, after = level[at - n], level[at]
    trend = (level[at + n] - level[at - 2 * n]) / 3
    apart = (after - before) - trend
    noise = np.abs((x - _running(x, n // 4)) * steps.weight)
    # Taken from all four stretches: a change fills one or two of them, and leaves the others as they were.
    spread = MAD_TO_DEVIATION * np.median(sliding_window_view(noise, 4 * n), axis=1)
    even = np.maximum(spread, steps.least[at]) / np.median(sliding_window_view(steps.weight, 4 * n), axis=1)
    score = apart / (even * DEPENDENCE * MEDIAN_SPREAD * np.sqrt(2 / n))
    hit = (np.abs(score) > CHANGE_SCORE) & _worth(steps, after, before, LEAST["change"])
    for k in _peaks(np.where(hit, np.abs(score), 0.0), 2 * n):
        row = int(at[k])
        since = day(steps.start[row])
        yield Flag("change", since, since, steps.told(after[k]), steps.told(before[k]), float(score[k]), ())


def _peaks(height: Values, apart: int) -> list[int]:
    """The highest places, none nearer than `apart` to a higher one. Of a flat top the middle is taken."""
    left, found = height.copy(), list[int]()
    while len(left) and left.max() > 0:
        top = np.flatnonzero(left == left.max())
        run = top[: int(np.argmax(np.append(np.diff(top) > 1, True))) + 1]
        k = int(run[len(run) // 2])
        found.append(k)
        left[max(0, k - apart) : k + apart + 1] = 0
    return sorted(found)
