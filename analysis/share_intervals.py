"""Intervals of survey shares: sampling noise only. Who answers at all is a doubt that no interval shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Values

Z95 = 1.959963984540054  # the normal quantile of a two-sided 95 %
MIN_BASE = 300  # below so many answers no share is shown


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float

    def excludes(self, value: float) -> bool:
        return not self.low <= value <= self.high


def wilson(share: float, base: float) -> Interval:
    """Wilson's score interval of a share in [0, 1] of `base` people (Wilson 1927), without continuity correction."""
    low, high = wilson_bounds(np.array([share]), np.array([base], dtype="float64"))
    return Interval(float(low[0]), float(high[0]))


def wilson_bounds(share: Values, base: Values) -> tuple[Values, Values]:
    """Wilson's bounds for whole columns; NaN where the share or the base is not known."""
    z2 = Z95 * Z95
    centre = (share + z2 / (2 * base)) / (1 + z2 / base)
    half = Z95 / (1 + z2 / base) * np.sqrt(share * (1 - share) / base + z2 / (4 * base * base))
    # Clipped to the share too: at 0 % and 100 % rounding would put a bound a hair on the wrong side of it.
    return np.clip(np.minimum(centre - half, share), 0.0, 1.0), np.clip(np.maximum(centre + half, share), 0.0, 1.0)


def newcombe(share_a: float, base_a: float, share_b: float, base_b: float) -> Interval:
    """The interval of the difference a - b of two shares (Newcombe 1998, method 10: hybrid score).

    It takes the two samples as independent. When one survey asked both, people tend to tick related frameworks
    together, which makes the true interval narrower: a lead found here is found the careful way.
    """
    a, b = wilson(share_a, base_a), wilson(share_b, base_b)
    difference = share_a - share_b
    below = math.hypot(share_a - a.low, b.high - share_b)
    above = math.hypot(a.high - share_a, share_b - b.low)
    return Interval(difference - below, difference + above)


def may_be_shown(base: Values) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """True where enough people answered, or where the survey does not publish how many (NaN)."""
    return np.isnan(base) | (base >= MIN_BASE)


def share_bounds(share: Values, base: Values, step: float) -> tuple[Values, Values]:
    """Wilson's bounds of what published shares may have been: all that rounds to them, in steps of `step`."""
    low, _ = wilson_bounds(np.maximum(share - step / 2, 0.0), base)
    _, high = wilson_bounds(np.minimum(share + step / 2, 1.0), base)
    return low, high
