"""The holes of a series: days of which we know that we know nothing. Missing is never zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from analysis.arrays import Days, day

_APART = 1 << 32  # more days than any two lie apart


@dataclass(frozen=True, slots=True, order=True)
class Hole:
    """The first and the last missing day, both included."""

    first: date
    last: date


def holes_between(start: Days, end: Days, gap_after_days: int) -> tuple[Hole, ...]:
    """The holes of one series, oldest first, from days sorted by start.

    A hole is more than `gap_after_days` missing days between the end of what is known and the next observation.
    *Not asked* (an empty value that was observed) is known and no hole; nor is what lies before the first or
    after the last observation. Periods may overlap: what an earlier, longer one covers is known.
    """
    if len(start) < 2:
        return ()
    covered = np.maximum.accumulate(end)[:-1]
    before = np.flatnonzero(start[1:] - covered - 1 > gap_after_days)
    return tuple(Hole(day(covered[i] + 1), day(start[i + 1] - 1)) for i in before)


def holes_by_group(group: Days, start: Days, end: Days, gap_after_days: int) -> Iterator[tuple[int, Hole]]:
    """As `holes_between`, of many series in any order: the number of a series in `group`, and a hole of it."""
    order = np.lexsort((end, start, group))
    group, start = group[order], start[order]
    apart = group * _APART  # so that what is known of one series covers nothing of the next
    covered = (np.maximum.accumulate(end[order] + apart) - apart)[:-1]
    same = group[1:] == group[:-1]
    for i in np.flatnonzero(same & (start[1:] - covered - 1 > gap_after_days)):
        yield int(group[i]), Hole(day(covered[i] + 1), day(start[i + 1] - 1))
