"""Differences between two shares: what chance alone could have made of them, and when none may be given.

Two editions of a survey, or two groups of one edition without a common member, are independent samples. A group
against a whole that holds it is not: `rest` takes the group out of the whole first. Two options ticked by the same
people are not either: `widest` is the interval that holds however many ticked both. Two differences, each among the
people of one group, are independent of each other: `apart` combines their intervals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from analysis.errors import Refused
from analysis.share_intervals import MIN_BASE, Interval, newcombe, wilson


@dataclass(frozen=True, slots=True)
class Sample:
    """A share in [0, 1] of `base` people; NaN where none was published.

    `step` is what the share was rounded to when it was published: 0.01 for whole percents, 0 for one that was counted.
    """

    share: float
    base: float = math.nan
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """`value` (a share, so that 0.01 is a point) with its 95 % interval; None where the people are not counted."""

    value: float
    interval: Interval | None

    @property
    def direction(self) -> str:
        """`more`, `less`, `chance` (the interval holds 0) or `unknown` (there is no interval)."""
        if self.interval is None:
            return "unknown"
        if not self.interval.excludes(0.0):
            return "chance"
        return "more" if self.value > 0 else "less"


def difference(a: Sample, b: Sample) -> Difference:
    """How much more a is than b: two independent samples (Newcombe 1998, method 10).

    Rounded shares could have been anything that rounds to them: the interval is the one that holds for all of it.
    Raises Refused where a share is not known or fewer than 300 people stand behind it.
    """
    _refuse_unknown_or_few(a, b)
    if math.isnan(a.base) or math.isnan(b.base):
        return Difference(a.share - b.share, None)
    low = newcombe(_least(a), a.base, _most(b), b.base).low
    high = newcombe(_most(a), a.base, _least(b), b.base).high
    return Difference(a.share - b.share, Interval(low, high))


def rest(whole: Sample, part: Sample) -> Sample:
    """Those of the whole who are not of the part. Raises Refused where the numbers do not allow it."""
    if math.isnan(whole.base) or math.isnan(part.base):
        raise Refused("We can't work out the rest: the number of respondents in the group or in all is not published.")
    base = whole.base - part.base
    ticked = round(whole.share * whole.base) - round(part.share * part.base)
    if not 0 <= ticked <= base or base <= 0:
        raise Refused("The group is not part of that total: their numbers contradict each other.")
    return Sample(ticked / base, base)


def widest(a: Sample, b: Sample) -> Difference:
    """How much more a is than b where the same people were asked about both and nobody published how many ticked both.

    Newcombe's interval for paired shares (1998, Statistics in Medicine 17, 2635-2650, method 10) with the least
    correlation that the two shares allow: as few as possible ticked both, which makes it as wide as it can be. What
    it separates is apart however many did. Raises Refused as `difference` does, and where the bases differ.
    """
    _refuse_unknown_or_few(a, b)
    if math.isnan(a.base) or math.isnan(b.base):
        return Difference(a.share - b.share, None)
    if a.base != b.base:
        raise Refused("The two shares have different numbers of respondents, so they are not of the same people.")
    low = -_reach(Sample(_most(b), b.base), Sample(_least(a), a.base)) + _least(a) - _most(b)
    high = _reach(Sample(_most(a), a.base), Sample(_least(b), b.base)) + _most(a) - _least(b)
    return Difference(a.share - b.share, Interval(low, high))


def of_one_edition(a: Sample, b: Sample) -> Difference:
    """How much more a is than b in one edition: of the same people, or, by their numbers, of different ones.

    Raises Refused as `difference` does.
    """
    return difference(a, b) if a.base != b.base else widest(a, b)


def apart(one: Difference, other: Difference) -> Difference:
    """How much higher the first of two leads is than the second; no interval where either has none.

    MOVER, the method of variance estimates recovery (Zou and Donner 2008, Statistics in Medicine 27, 1693-1702). Where
    an interval of the two is too wide, as those of `widest` are, this one is too.
    """
    value = one.value - other.value
    if one.interval is None or other.interval is None:
        return Difference(value, None)
    below = math.hypot(one.value - one.interval.low, other.interval.high - other.value)
    above = math.hypot(one.interval.high - one.value, other.value - other.interval.low)
    return Difference(value, Interval(value - below, value + above))


def _reach(upper: Sample, lower: Sample) -> float:
    """How far the first may be above, and the second below, what was seen, together."""
    up = wilson(upper.share, upper.base).high - upper.share
    down = lower.share - wilson(lower.share, lower.base).low
    return math.sqrt(max(0.0, up * up - 2 * _least_correlation(upper.share, lower.share) * up * down + down * down))


def _least_correlation(a: float, b: float) -> float:
    """The phi coefficient if as few people as possible ticked both."""
    spread = math.sqrt(a * (1 - a) * b * (1 - b))
    return (max(0.0, a + b - 1) - a * b) / spread if spread else 0.0


def _refuse_unknown_or_few(*sides: Sample) -> None:
    if any(math.isnan(side.share) for side in sides):
        raise Refused("One side has no share.")
    few = [side.base for side in sides if side.base < MIN_BASE]
    if few:
        raise Refused(f"Only {few[0]:,.0f} people answered on one side; below {MIN_BASE} no share is shown.")


def _least(sample: Sample) -> float:
    return max(0.0, sample.share - sample.step / 2)


def _most(sample: Sample) -> float:
    return min(1.0, sample.share + sample.step / 2)
