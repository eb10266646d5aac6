"""Two leads, each among the people of one group: how far the one lies above the other.

A lead is the difference of two shares of the same people, with an interval that allows for it (`differences.widest`).
The people of two groups are different ones, so the leads are independent and their intervals combine by the same
"square and add" that makes Newcombe's (1998) interval out of two of Wilson's.
"""

from __future__ import annotations

import math

from analysis.differences import Difference
from analysis.shares import Interval


def apart(one: Difference, other: Difference) -> Difference:
    """How much higher the first lead is than the second; no interval where either has none.

    MOVER, the method of variance estimates recovery (Zou and Donner 2008, Statistics in Medicine 27, 1693-1702). Where
    an interval of the two is too wide, as those of `widest` are, this one is too.
    """
    value = one.value - other.value
    if one.interval is None or other.interval is None:
        return Difference(value, None)
    below = math.hypot(one.value - one.interval.low, other.interval.high - other.value)
    above = math.hypot(one.interval.high - one.value, other.value - other.interval.low)
    return Difference(value, Interval(value - below, value + above))
