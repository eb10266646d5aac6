"""Where the names at the ends of lines go: beside the last value, and never over one another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A vertical axis: the values at its bottom and top, its height in pixels, and whether it is logarithmic."""

    low: float
    high: float
    height: float
    log: bool = False

    def pixel(self, value: float) -> float:
        """Pixels from the top."""
        low, high, at = (self._scaled(v) for v in (self.low, self.high, value))
        return self.height * (1 - (at - low) / ((high - low) or 1))

    def value(self, pixel: float) -> float:
        """The value at that many pixels from the top."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        at = low + (1 - pixel / self.height) * (high - low)
        return math.exp(at) if self.log else at

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def spread(wanted: Sequence[float], gap: float, height: float) -> list[float]:
    """Positions at least `gap` apart within [0, height], as near to the wanted ones as going down and up once allows.

    When there is no room for all, they are spaced evenly.
    """
    if len(wanted) * gap > height:
        gap = height / max(len(wanted), 1)
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed = [0.0] * len(wanted)
    floor = 0.0
    for index in order:
        placed[index] = max(wanted[index], floor)
        floor = placed[index] + gap
    ceiling = height
    for index in reversed(order):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed
