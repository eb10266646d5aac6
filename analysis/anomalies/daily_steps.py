"""What came per day between one observation and the next, on a scale on which the noise of a series is even."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analysis.arrays import Days, Points, Values

HALF = {True: 14, False: 12}  # neighbours on either side, for series seen daily and others
WEEKS = 8  # a weekday's habit takes so many weeks to be known
QUIET = 0.03  # no series of downloads is known to be quieter than 3 % from day to day
LONGEST_SPAN = 62  # days; a rate over a longer hole is no rate
# Counts vary by their root, large ones by a part of their size. 2 asinh(BEND sqrt(count)) is even for both: near the
# root below 1 / BEND², near the logarithm above.
BEND = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A series as steps: from day `start` to day `end` (both included) there came `x` per day, on the even scale.

    `weight`: how much surer one step is than another. `least`: the least noise to assume. `habit`: what the weekday
    adds to x. `length`: days in a typical step. `bent`: x is on the bent scale, not per day as it is.
    """

    start: Days
    end: Days
    x: Values
    weight: Values
    least: Values
    habit: Values
    daily: bool
    length: float
    bent: bool

    def __len__(self) -> int:
        return len(self.x)

    @property
    def flat(self) -> Values:
        """`x` without the habits of weekdays."""
        return self.x - self.habit

    def per_day(self, x: Values) -> Values:
        """Values of the even scale as they are: per day."""
        return np.asarray(x if not self.bent else (np.sinh(np.maximum(x, 0) / 2) / BEND) ** 2 / self.length)


def gains(series: Points) -> Steps:
    """A counter's gain per day between sightings. Counts vary by the root of their number, over longer spans less."""
    spans = np.diff(series.end)
    keep = spans <= LONGEST_SPAN
    rate = (np.diff(series.value) / np.maximum(spans, 1))[keep]
    daily = _daily(spans)
    level = running(rate, HALF[daily])
    steps = Steps(
        series.end[:-1][keep] + 1, series.end[1:][keep], rate, np.sqrt(spans[keep].astype("float64")),
        np.sqrt(np.maximum(level, 1.0)), np.zeros(len(rate)), daily,
        float(np.median(spans)) if len(spans) else 1.0, bent=False,
    )  # fmt: skip
    return _with_habits(steps, np.maximum(level, 0.0))


def rates(series: Points) -> Steps:
    """A flow per day, bent so that its noise goes neither with its size nor, when it is small, with its root."""
    days = (series.end - series.start + 1).astype("float64")
    length = float(np.median(days)) if len(days) else 1.0
    x = 2 * np.arcsinh(BEND * np.sqrt(np.maximum(series.value, 0) / days * length))
    level = running(x, HALF[_daily(days)])
    least = np.maximum(QUIET, BEND / np.cosh(level / 2))  # cosh: sqrt(1 + BEND² count)
    ones, none = np.ones(len(x)), np.zeros(len(x))
    steps = Steps(series.start, series.end, x, ones, least, none, _daily(days), length, bent=True)
    return _with_habits(steps, ones)


def _daily(days: Days | Values) -> bool:
    return bool(len(days)) and float(np.median(days)) == 1


def _with_habits(steps: Steps, size: Values) -> Steps:
    """Each weekday's habit, as it differs from the days around it, as a part of `size`; they add up to none."""
    if not steps.daily or len(steps) < 7 * WEEKS:
        return steps
    off, weekday, typical = steps.x - running(steps.x, 3), steps.end % 7, float(np.median(size))
    part = np.array([np.median(off[weekday == k]) if (weekday == k).any() else 0.0 for k in range(7)])
    part = (part - part.mean()) / typical if typical > 0 else part * 0
    return replace(steps, habit=part[weekday] * size * (steps.weight == 1))


def running(x: Values, half: int) -> Values:
    """The median of each value's neighbours, itself included; at the ends of those there are."""
    if len(x) <= 2 * half:
        return np.full(len(x), float(np.median(x))) if len(x) else x
    middle = np.median(sliding_window_view(x, 2 * half + 1), axis=1)
    return np.concatenate([np.full(half, middle[0]), middle, np.full(half, middle[-1])])


def neighbours(x: Values, half: int) -> Values:
    """For each value its neighbours on both sides, without itself: (n, 2 half). There must be more than 2 half."""
    n, width = len(x), 2 * half + 1
    first = np.clip(np.arange(n) - half, 0, n - width)
    around = sliding_window_view(x, width)[first]
    own = np.arange(width)[None, :] == (np.arange(n) - first)[:, None]
    return np.asarray(around[~own].reshape(n, width - 1))
