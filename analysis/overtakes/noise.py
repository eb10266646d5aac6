"""Which leads of a flow are more than chance: two flows that are alike cross every few weeks.

The noise of a head-to-head is how much the logarithm of the ratio of both sides jumps from one week to the next (of
windows: from one to the next that does not overlap it), as a robust deviation over a year on either side, and never
less than two counts of that size vary by chance. A lead is *decided* when that logarithm is more than `NOISE_FACTOR`
times the noise from 0.

On simulated pairs that keep one level (counts, heavy tails, spikes, seasons, days that resemble the days before) this
calls fewer than one overtake in a thousand pair-years: `bench/overtakes.py` prints the figures, and
`tests/analysis/overtakes/test_noise.py` holds them.
"""

from __future__ import annotations

import numpy as np

from analysis.arrays import Days, Values
from analysis.overtakes.persistence import steady_rows

NOISE_FACTOR = 2.5
NEIGHBOURHOOD_DAYS = 365
STEP_DAYS = 7  # the same weekday again
LEAST_STEPS = 8  # of fewer no deviation is taken: then there is only what counts vary by chance
MAD_TO_DEVIATION = 1.4826  # of a normal law


def decided_signs(a: Values, b: Values, start: Days, last: Days) -> Days:
    """1 where a leads beyond noise, -1 where b does, else 0. All columns are sorted by `last`.

    `a` and `b` are counts over the same days `start`..`last` (days since 1970-01-01, both included).
    """
    ratio, chance = _ratio_and_chance(a, b, start, last)
    noise = np.maximum(_noise(ratio, start, last), chance)
    return np.where(np.abs(ratio) > NOISE_FACTOR * noise, np.sign(ratio), 0).astype(np.int64)


def decided_sign(a: Values, b: Values, start: Days, last: Days, row: int) -> int:
    """What `decided_signs` has at one row, without the noise of all others."""
    ratio, chance = _ratio_and_chance(a, b, start, last)
    size = abs(ratio[row])
    if size <= NOISE_FACTOR * chance[row] or size <= NOISE_FACTOR * _noise(ratio, start, last, row)[row]:
        return 0
    return int(np.sign(ratio[row]))


def can_turn(a: Values, b: Values, start: Days, last: Days) -> bool:
    """Whether each side ever leads for as long as a lead must last, by more than counts vary by chance.

    If not, `persistence.lasting_turns` has nothing, whatever the noise is: that takes most of the time.
    """
    raw = np.sign(a - b)
    steady, _ = steady_rows(raw != 0, raw, last)
    if not _both(raw[steady]):
        return False
    ratio, chance = _ratio_and_chance(a, b, start, last)
    return _both(raw[steady[np.abs(ratio[steady]) > NOISE_FACTOR * chance[steady]]])


def _both(signs: Values) -> bool:
    return bool((signs > 0).any() and (signs < 0).any())


def _ratio_and_chance(a: Values, b: Values, start: Days, last: Days) -> tuple[Values, Values]:
    """The logarithm of the ratio of both sides, and how much two such counts vary by chance."""
    chance = np.sqrt(1 / (a + 1) + 1 / (b + 1)) * np.sqrt(_parts(start, last))
    return np.log((a + 0.5) / (b + 0.5)), chance


def _parts(start: Days, last: Days) -> Values:
    """How many steps a row's days make: what varies by chance is that of one of them."""
    length = (last - start + 1).astype("float64")
    return np.where(_daily(last), np.maximum(length / STEP_DAYS, 1.0), 1.0)


def _daily(last: Days) -> bool:
    """Whether rows come day by day, each with most of its days in common with the next."""
    apart = last[1:] - last[:-1]
    near = 2 * int(np.count_nonzero(apart < STEP_DAYS))
    return near > len(apart) if near != len(apart) else near > 0 and float(np.median(apart)) < STEP_DAYS


def _noise(ratio: Values, start: Days, last: Days, only: int | None = None) -> Values:
    """The robust deviation of one step, for every row (or `only` one), from the steps within a year of it; 0 for too
    few.
    """
    daily = _daily(last)
    earlier = np.searchsorted(last, last - STEP_DAYS if daily else start - 1, side="right") - 1
    at = np.flatnonzero((earlier >= 0) & (~daily | (last[earlier] == last - STEP_DAYS)))
    step = (ratio[at] - ratio[earlier[at]]) * _parts(start, last)[at] / np.sqrt(2)
    noise = np.zeros(len(ratio))
    rows = 28 if daily else 1
    centre = last[::rows]
    since = np.searchsorted(last[at], centre - NEIGHBOURHOOD_DAYS)
    until = np.searchsorted(last[at], centre + NEIGHBOURHOOD_DAYS, side="right")
    enough = np.flatnonzero(until - since >= LEAST_STEPS)
    for place in enough if only is None else enough[enough == only // rows]:
        around = step[since[place] : until[place]]
        deviation = _median(np.abs(around - _median(around)))
        noise[place * rows : (place + 1) * rows] = MAD_TO_DEVIATION * deviation
    return noise


def _median(values: Values) -> float:
    """The median of numbers without a NaN, as `numpy.median` has it, in a third of the time for a few hundred."""
    middle = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, middle)[middle])
    lower, upper = np.partition(values, (middle - 1, middle))[middle - 1 : middle + 1]
    return float((lower + upper) / 2)
