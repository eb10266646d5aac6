"""Series beside each other: an index that starts at 100, and each one's part of the chosen set.

Frames as in `analysis.months`: one metric, any number of frameworks and dimensions; the result has the same columns
plus `refusal` (ids of the breaks that forbid the figure; its value is then empty).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.arrays import days, number
from analysis.errors import Refused, may_be_compared_in_size
from catalog import Break, Kind, Metric

SPAN = ["period", "period_end"]


def index(frame: pd.DataFrame, metric: Metric, breaks: Sequence[Break] = ()) -> pd.DataFrame:
    """Each series divided by its own value at the first period that all of them share, times 100.

    When the counting broke within the frame, the first shared period after the last break is 100, and what lies on the
    other side of a break is refused. Flows are taken per day of their period, so that a short window is no fall.

    Raises Refused for shares, and where the series share no period or one of them starts at zero.
    """
    may_be_compared_in_size(metric)
    level = frame.assign(value=_per_day(frame) if metric.kind is Kind.FLOW else frame["value"], refusal="")
    parts = [_index_of(part, metric, breaks) for _, part in level.groupby("dimension", sort=True)]
    return pd.concat(parts, ignore_index=True) if parts else level


def share_of_set(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Each series' part, in [0, 1], of the sum of all at the same period; periods that one of them misses are left out.

    A break changes all of them alike, so parts may be compared across it. Raises Refused for shares of people and for
    fewer than two frameworks.
    """
    may_be_compared_in_size(metric)
    if frame["framework"].nunique() < 2:
        raise Refused(f"A share of the selection needs at least two frameworks with data in {metric.name_in_text}.")
    keys = ["dimension", *SPAN]
    seen = frame.dropna(subset=["value"])
    together = seen.groupby(keys)["value"]
    whole = together.transform("count") == seen.groupby("dimension")["framework"].transform("nunique")
    total = together.transform("sum")
    return seen.assign(value=seen["value"] / total, refusal="")[whole & (total > 0)].reset_index(drop=True)


def part_of_own(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Each dimension's part, in [0, 1], of the sum of all dimensions in `frame` of the same framework and period.

    `frame` must hold every value of one key and nothing else, or the whole is not the whole. Raises Refused for shares
    of people, for levels, and for a frame without dimensions.
    """
    may_be_compared_in_size(metric)
    if metric.kind is not Kind.FLOW or not (frame["dimension"] != "").all():
        raise Refused(f"We can't take shares of the total of {metric.name_in_text}: its parts can't be added up.")
    seen = frame.dropna(subset=["value"])
    total = seen.groupby(["framework", *SPAN])["value"].transform("sum")
    return seen.assign(value=seen["value"] / total, refusal="")[total > 0].reset_index(drop=True)


def _per_day(frame: pd.DataFrame) -> pd.Series:
    length = days(frame["period_end"]) - days(frame["period"]) + 1
    return frame["value"] / length


def _index_of(part: pd.DataFrame, metric: Metric, breaks: Sequence[Break]) -> pd.DataFrame:
    wide = part.pivot(index=SPAN, columns="framework", values="value").dropna()
    if wide.empty:
        raise Refused(f"We can't index {metric.name_in_text}: no period has data on all of these frameworks.")
    row = _start(wide, breaks)
    base = wide.iloc[row]
    if (base == 0).any():
        names = ", ".join(base.index[base == 0])
        raise Refused(f"We can't index {metric.name_in_text}: {names} started at zero.")
    first, last = (int(days(wide.index.get_level_values(level).to_series())[row]) for level in SPAN)
    refusal = _refusals(part, first, last, breaks)
    value = np.where(refusal == "", 100.0 * (part["value"] / part["framework"].map(base)), np.nan)
    return part.assign(value=value, refusal=refusal)


def _start(wide: pd.DataFrame, breaks: Sequence[Break]) -> int:
    """The row of the first shared period after the last break proper, or simply of the first."""
    starts = days(wide.index.get_level_values("period").to_series())
    ends = [number(b.until) for b in breaks if b.kind == "break" and number(b.until) < starts[-1]]
    return int(np.searchsorted(starts, max(ends), side="right")) if ends else 0


def _refusals(part: pd.DataFrame, first: int, last: int, breaks: Sequence[Break]) -> np.ndarray:
    """For each row the breaks that lie between it and the base period `first`..`last`."""
    since, until = np.minimum(days(part["period"]), first), np.maximum(days(part["period_end"]), last)
    refusals = np.full(len(part), "", dtype=object)
    for b in (b for b in breaks if b.kind == "break"):
        mine = part["framework"].isin(b.frameworks).to_numpy() if b.frameworks else np.full(len(part), True)
        crossed = mine & (since <= number(b.until)) & (until >= number(b.since))
        refusals[crossed] = [f"{ids} {b.id}".strip() for ids in refusals[crossed]]
    return refusals
