"""What a flow came to in one calendar year and in another, over the months that are whole in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from analysis import months
from analysis.errors import Refused
from catalog import Break, Kind, Metric

FEWEST = 6  # whole months in both, for them to stand for the years


@dataclass(frozen=True, slots=True)
class YearSums:
    """The sums of two years over the same months; `left_out` are the numbers of the months that one of them lacks."""

    then: float
    now: float
    left_out: tuple[int, ...]


def year_sums(
    frame: pd.DataFrame, metric: Metric, years: tuple[int, int], breaks: Sequence[Break] = (), final: date | None = None
) -> YearSums | None:
    """One framework's sums of two years; None for what is not added up, and where too few months are known."""
    if metric.kind is not Kind.FLOW:
        return None
    try:
        every = months.gained(frame, metric, breaks, final)
    except Refused:
        return None
    whole = every[(every["status"] == "final") & every["value"].notna()]
    one, other = (
        dict(zip(rows["period"].dt.month, rows["value"], strict=True))
        for rows in (whole[whole["period"].dt.year == year] for year in years)
    )
    both = sorted({*one} & {*other})
    if len(both) < FEWEST:
        return None
    left_out = tuple(month for month in range(1, 13) if month not in both)
    return YearSums(sum(one[month] for month in both), sum(other[month] for month in both), left_out)
