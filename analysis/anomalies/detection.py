"""What stands out of its own neighbourhood: one rule for everybody, flags only. Raw values are never altered.

A *spike* is a period that differs from the median of its neighbours by more than `SPIKE_SCORE` robust deviations,
after the habits of weekdays are taken out. A *change* is where the level before and the level after differ beyond
their noise and trend: a possible change, never a fact. On clean simulated series about one observation in twenty
thousand is flagged as a spike and one series in four hundred has a change in a year; where days resemble the days
before, changes are more. docs/anomalies.md has the figures, and tests/answers/anomalies measures them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from analysis.anomalies.daily_steps import HALF, Steps, gains, neighbours, rates
from analysis.arrays import Days, Values, day, number, points
from analysis.breaks import touching
from analysis.errors import Refused
from catalog import Break, Kind, Metric

SPIKE_SCORE = 5.0  # robust deviations; the normal law would reach it once in two million
CHANGE_SCORE = 5.0
LEAST = {"spike": 0.2, "change": 0.25}  # relative difference; less is not worth a mark, however quiet the series
MAD_TO_DEVIATION = 1.4826  # of a normal law
MEDIAN_SPREAD = 1.2533  # how much wider a median varies than a mean
DEPENDENCE = 1.5  # days resemble the days before: medians vary by about so much more
WIDTH = {True: 28, False: 6}  # observations on either side of a change
ALIKE_LEAST, ALIKE_PART = 3, 1 / 3  # frameworks that jump together make a source incident


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that stands out, from `since` to `until`.

    `kind` is spike or change (from `since` on). `value` and `expected` are per day in the metric's unit (for a change:
    the levels after and before), `score` how many robust deviations lie between them, negative when it fell.
    `registered` are the ids of known breaks and incidents that touch these days and may explain it.
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


def why_unlooked(metric: Metric) -> str:
    """Why a share has no unusual values."""
    return "it comes once a year" if metric.period == "year" else f"it is a share of few {metric.base_noun}"


def flags(
    frame: pd.DataFrame, metric: Metric, breaks: Sequence[Break] = (), final_through: date | None = None
) -> tuple[Flag, ...]:
    """The spikes and possible changes of one series, oldest first.

    Stocks are judged by what they gained per day between sightings, flows by what came per day. Flows that end after
    `final_through` are left out. Raises Refused for shares: a yearly edition has no neighbourhood.
    """
    if metric.kind is Kind.SHARE:
        raise Refused(f"We can't look for unusual values in {metric.name_in_text}: {why_unlooked(metric)}.")
    series = points(frame)
    series = series.where(~np.isnan(series.value))
    if metric.settles and final_through is not None:
        series = series.where(series.end <= number(final_through))
    steps = gains(series) if metric.kind is Kind.STOCK else rates(series)
    names = [str(frame["framework"].iloc[0])] if "framework" in frame and len(frame) else []
    candidates = [*_spikes(steps), *_changes(steps)]
    marked = [_registered(flag, breaks, *names) for flag in candidates]
    return tuple(sorted(marked, key=lambda flag: (flag.since, flag.kind)))


Spans = Mapping[str, tuple[Days, Days]]  # the first and the last days of each framework's observations, as numbers


def incidents(flags_by_framework: Mapping[str, Sequence[Flag]], spans: Spans | None = None) -> tuple[Incident, ...]:
    """Days on which several frameworks jumped the same way: at least three, and a third of all that were seen.

    A jump is a spike or the first day of a change; observers may differ by a day. `spans`: who was seen at all in those
    days; without it everybody was.
    """
    together: list[Incident] = []
    for rose in (True, False):
        jumps = [
            _Jump(number(flag.since), number(flag.until), name)
            for name, of in flags_by_framework.items()
            for flag in of
            if (flag.score > 0) is rose
        ]
        together.extend(_incidents(jumps, spans, len(flags_by_framework), rose=rose))
    return tuple(sorted(together, key=lambda incident: (incident.since, not incident.rose)))


class _Jump(NamedTuple):
    since: int
    until: int
    name: str


def _incidents(jumps: Sequence[_Jump], spans: Spans | None, every: int, *, rose: bool) -> Iterator[Incident]:
    """What most share comes first; a jump belongs to one incident at most."""
    ordered = sorted(jumps)
    groups = {one: np.flatnonzero(alike).tolist() for one, alike in enumerate(_alike(ordered))}
    while groups:
        most = max(groups.values(), key=lambda group: (len({ordered[j].name for j in group}), -ordered[group[0]].since))
        members = [ordered[j] for j in most]
        names = tuple(sorted({j.name for j in members}))
        if len(names) < ALIKE_LEAST:
            return
        since, until = sorted((max(j.since for j in members), min(j.until for j in members)))
        observed = max(_observed(spans, since, until) if spans is not None else every, len(names))
        if len(names) >= ALIKE_PART * observed:
            yield Incident(day(since), day(until), names, observed, rose)
        gone = {*most}
        groups = {one: [j for j in group if j not in gone] for one, group in groups.items() if one not in gone}


def _alike(jumps: Sequence[_Jump]) -> np.ndarray:
    """Whether each two are of much the same days: a bad month is no part of one bad day."""
    since, until = (np.array([[jump[n] for jump in jumps]], dtype=np.int64) for n in (0, 1))
    both = np.minimum(until, until.T) - np.maximum(since, since.T) + 3  # a day on either side
    either = np.maximum(until, until.T) - np.minimum(since, since.T) + 3
    return np.asarray(both >= ALIKE_PART * either)


def _observed(spans: Spans, since: int, until: int) -> int:
    """How many frameworks had an observation about these days."""
    return sum(bool(((start <= until) & (end >= since)).any()) for start, end in spans.values())


def _registered(flag: Flag, breaks: Sequence[Break], *names: str) -> Flag:
    """A change lies between two days: what ended on the eve of it may explain it as well; so does a wrong figure."""
    near = touching(breaks, flag.since - timedelta(days=1), flag.until, *names)
    explaining = [b for b in near if flag.kind == "change" or b.kind == "incident" or b.until >= flag.since]
    return replace(flag, registered=tuple(b.id for b in explaining))


def _spikes(steps: Steps) -> Iterator[Flag]:
    half, x = HALF[steps.daily], steps.flat
    if len(x) < 2 * half + 1:
        return
    level = np.median(neighbours(x, half), axis=1)
    off = (x - level) * steps.weight
    # Twice as many neighbours as for the level: a spread is known less well from as few.
    wide = min(2 * half, (len(off) - 1) // 2)
    spread = MAD_TO_DEVIATION * np.median(np.abs(neighbours(off, wide)), axis=1)
    score = off / np.maximum(spread, steps.least)
    observed, expected = steps.per_day(steps.x), steps.per_day(level + steps.habit)
    hit = (np.abs(score) > SPIKE_SCORE) & _worth(steps, observed, expected, LEAST["spike"])
    for first, stop in _runs(hit, np.sign(score)):
        k = first + int(np.argmax(np.abs(score[first:stop])))
        since, until = day(steps.start[first]), day(steps.end[stop - 1])
        yield Flag("spike", since, until, float(observed[k]), float(expected[k]), float(score[k]), ())


def _worth(steps: Steps, observed: Values, expected: Values, least: float) -> np.ndarray:
    """Whether the larger is more than the smaller by that part of it, and by more than one star or download."""
    apart = np.abs(observed - expected)
    return np.asarray((apart > least * np.minimum(np.abs(observed), np.abs(expected))) & (apart * steps.length > 1))


def _runs(hit: np.ndarray, sign: Values) -> Iterator[tuple[int, int]]:
    """Neighbouring hits of one sign, as (first, after the last)."""
    at = np.flatnonzero(hit)
    if not len(at):
        return
    cuts = np.flatnonzero((np.diff(at) > 1) | (np.diff(sign[at]) != 0)) + 1
    for part in np.split(at, cuts):
        yield int(part[0]), int(part[-1]) + 1


def _changes(steps: Steps) -> Iterator[Flag]:
    """Where the medians of the observations before and after lie apart, when the trend around is taken out."""
    n, x = WIDTH[steps.daily], steps.flat
    if len(x) < 4 * n:
        return
    level = np.median(sliding_window_view(x, n), axis=1)  # of x[k : k + n]
    at = np.arange(2 * n, len(x) - 2 * n + 1)
    before, after = level[at - n], level[at]
    # The trend, as far as both sides have it: what one side alone does may be the change itself.
    sides = np.stack([before - level[at - 2 * n], level[at + n] - after])
    trend = np.where(sides.prod(axis=0) > 0, np.sign(sides[0]) * np.abs(sides).min(axis=0), 0.0)
    apart = after - before - trend
    noise = np.abs((x - np.median(neighbours(x, max(3, n // 4)), axis=1)) * steps.weight)
    # Taken from all four stretches: a change fills one or two of them, and leaves the others as they were.
    spread = MAD_TO_DEVIATION * np.median(sliding_window_view(noise, 4 * n), axis=1)
    even = np.maximum(spread, steps.least[at]) / np.median(sliding_window_view(steps.weight, 4 * n), axis=1)
    score = apart / (even * DEPENDENCE * MEDIAN_SPREAD * np.sqrt(2 / n))
    hit = (score * np.sign(after - before) > CHANGE_SCORE) & _worth(
        steps, steps.per_day(after), steps.per_day(before), LEAST["change"]
    )
    for k in _peaks(np.where(hit, np.abs(score), 0.0), 2 * n):
        yield _change(steps, int(at[k]), n, float(score[k]))


def _change(steps: Steps, near: int, n: int, score: float) -> Flag:
    """The change found `near`, in its place; there, if its place does not bear out what was found."""

    def levels(row: int) -> tuple[float, float]:
        sides = np.array([np.median(steps.flat[row : row + n]), np.median(steps.flat[row - n : row])])
        after, before = steps.per_day(sides).tolist()
        return after, before

    place = _place(steps.flat, near, n)
    after, before = levels(place)
    if np.sign(after - before) != np.sign(score):
        place, (after, before) = near, levels(near)
    since = day(steps.start[place])
    return Flag("change", since, since, after, before, score, ())


def _place(x: Values, row: int, n: int) -> int:
    """Where exactly: the cut near `row` that leaves the least between the observations and the levels of each side."""
    around, cuts = x[row - 2 * n : row + 2 * n], np.arange(n, 3 * n + 1)
    left = [float(np.abs(part - np.median(part)).sum()) for part in (around[:k] for k in cuts)]
    right = [float(np.abs(part - np.median(part)).sum()) for part in (around[k:] for k in cuts)]
    return row - 2 * n + int(cuts[int(np.argmin(np.add(left, right)))])


def _peaks(height: Values, apart: int) -> list[int]:
    """The highest places, none nearer than `apart` to a higher one. Of a flat top the middle is taken."""
    left, peaks = height.copy(), list[int]()
    while len(left) and left.max() > 0:
        top = np.flatnonzero(left == left.max())
        run = top[: int(np.argmax(np.append(np.diff(top) > 1, True))) + 1]
        k = int(run[len(run) // 2])
        peaks.append(k)
        left[max(0, k - apart) : k + apart + 1] = 0
    return sorted(peaks)
