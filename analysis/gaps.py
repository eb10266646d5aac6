"""The holes of a series: days of which we know that we know nothing. Missing is never zero."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analysis.arrays import Days, day, points


@dataclass(frozen=True, slots=True, order=True)
class Hole:
    """The first and the last missing day, both included."""

    first: date
    last: date


def holes(frame: pd.DataFrame, gap_after_days: int) -> tuple[Hole, ...]:
    """The holes of one series, oldest first.

    A hole is more than `gap_after_days` missing days between the end of what is known and the next observation.
    *Not asked* (an empty value that was observed) is known and no hole; nor is what lies before the first or
    after the last observation.
    """
    series = points(frame)
    return holes_between(series.start, series.end, gap_after_days)


def holes_between(start: Days, end: Days, gap_after_days: int) -> tuple[Hole, ...]:
    """As `holes`, from days sorted by start. Periods may overlap: what an earlier, longer one covers is known."""
    if len(start) < 2:
        return ()
    covered = np.maximum.accumulate(end)[:-1]
    before = np.flatnonzero(start[1:] - covered - 1 > gap_after_days)
    return tuple(Hole(day(covered[i] + 1), day(start[i + 1] - 1)) for i in before)
