"""Who certainly led by a counter on which day, from readings of both sides that need not fall on the same days."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Days, Points, Values

FALL = 0.9  # a counter that keeps less than this of what it was one reading earlier is misread, reset or purged
LEAST_FALL = 10  # and lost more than so many: of a dozen stars one is more than a tenth


def certain_signs(left: Points, right: Points) -> tuple[Days, Days]:
    """Every day on which either side was read, sorted, and who led then: 1 left, -1 right, 0 where it is not certain.

    A side that was not read that day lies between its readings before and after. Before its first reading it may have
    been anything less, after its last anything more, and that only for a day: a counter nobody reads is not known.
    """
    days = np.sort(np.concatenate([left.end, right.end]), kind="stable")  # two sorted runs: far quicker than union1d
    days = days[np.append(True, days[1:] != days[:-1])] if len(days) else days
    (low_a, high_a), (low_b, high_b) = _bounds(left, days), _bounds(right, days)
    return days, np.where(low_a > high_b, 1, np.where(high_a < low_b, -1, 0)).astype(np.int64)


def undisputed(series: Points) -> Points:
    """The readings without those that fell by more than a tenth, until the counter is back, or rose and fell back."""
    return series.where(~_doubtful(series.value))


def _bounds(series: Points, days: Days) -> tuple[Values, Values]:
    """The least and the most that the counter can have shown on each of the days."""
    if not len(series):
        return np.full(len(days), -np.inf), np.full(len(days), np.inf)
    before = np.searchsorted(series.end, days, side="right") - 1
    after = np.searchsorted(series.end, days, side="left")
    earlier = np.where(before >= 0, series.value[before.clip(0)], -np.inf)
    later = np.where(after < len(series), series.value[after.clip(max=len(series) - 1)], np.inf)
    unread = (days < series.end[0] - 1) | (days > series.end[-1] + 1)
    return (
        np.where(unread, -np.inf, np.minimum(earlier, later)),
        np.where(unread, np.inf, np.maximum(earlier, later)),
    )


def _doubtful(value: Values) -> np.ndarray:
    doubtful = np.zeros(len(value), dtype=bool)
    for k in np.flatnonzero((value[1:] < FALL * value[:-1]) & (value[:-1] - value[1:] > LEAST_FALL)) + 1:
        if doubtful[k - 1]:
            continue  # within what fell already
        hump = _rise(value, int(k))
        if hump is not None:
            doubtful[hump:k] = True
        else:
            back = np.flatnonzero(value[k:] >= FALL * value[k - 1])
            doubtful[k : k + int(back[0]) if len(back) else len(value)] = True
    return doubtful


def _rise(value: Values, fall: int) -> int | None:
    """Where the counter had jumped up to what it lost at `fall`, if it is back near what it was before that jump."""
    above = np.flatnonzero(value[:fall] <= value[fall] / FALL)
    if not len(above):
        return None
    before = int(above[-1])
    jumped = before + 1 < fall and value[before] < FALL * value[before + 1]
    back = value[fall] ** 2 < value[before] * value[fall - 1]  # by factors nearer to before than to what it lost
    return before + 1 if jumped and back else None
