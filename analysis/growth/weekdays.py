"""How much weekdays differ: the reason why a day is not compared with the day before, but four weeks with four."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analysis.arrays import number, points

WEEKS = 8


@dataclass(frozen=True, slots=True)
class Weekdays:
    """The mean of the least weekday as a part of the mean of the greatest (0 = Monday), over WEEKS whole weeks."""

    lowest: int
    highest: int
    part: float


def weekdays(frame: pd.DataFrame, final_through: date | None = None) -> Weekdays | None:
    """Of one series of daily amounts its last 56 days, up to `final_through`; None unless every day is known and
    something came on the greatest weekday.
    """
    series = points(frame.dropna(subset=["value"]))
    if final_through is not None:
        series = series.where(series.end <= number(final_through))
    end, value = series.end[-7 * WEEKS :], series.value[-7 * WEEKS :]
    if len(end) < 7 * WEEKS or end[-1] - end[0] != 7 * WEEKS - 1 or (series.start != series.end).any():
        return None
    of = (end + 3) % 7  # 1970-01-01 was a Thursday
    means = np.array([value[of == k].mean() for k in range(7)])
    lowest, highest = int(means.argmin()), int(means.argmax())
    return Weekdays(lowest, highest, float(means[lowest] / means[highest])) if means[highest] > 0 else None
