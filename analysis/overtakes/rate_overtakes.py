"""Who gains more per month, and since when: overtakes of the rate, which often come long before those of the total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from analysis.arrays import day, days
from analysis.gaps import Hole
from analysis.months import gained
from analysis.overtakes.head_to_head import HeadToHead, head_to_head_of
from analysis.overtakes.paired_series import Pairs
from catalog import Break, Kind, Metric

CHANCE_DEVIATIONS = 3.0  # of two counts: five years of months with equal rates then look decided once in six times
SERVES_DAYS = 31  # a month's rate serves until the next month is over


def rate_metric(metric: Metric) -> Metric:
    """What is gained per month, as a metric of its own: a flow, counted by the month."""
    title = f"{metric.title}, gained per month"
    unit = f"{metric.unit.split(' per ')[0]} per month"
    return replace(
        metric, id=f"{metric.id}/gained", title=title, unit=unit, kind=Kind.FLOW, period="month",
        gap_after_days=SERVES_DAYS,
    )  # fmt: skip


def rates(
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: Metric,
    names: tuple[str, str],
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
) -> HeadToHead:
    """The head-to-head of what two series of one metric gained month by month.

    The frames have the columns of the store. Both sides' months span the same days: of stocks only the days count on
    which both were seen. Months that are incomplete, in a hole or on a break are left out. A month decides nothing
    when the two gains differ by less than three standard deviations of two counts (the root of their sum), which is
    the least that chance does. Changes of the rate's lead are brackets as of the total: from the end of the last
    month that the one won to the end of the first month that the other won.

    Raises Refused for shares and for windows.
    """
    together = _together(a, b, metric)
    months = gained(together, metric, breaks, final_through)
    sides = [months[months["framework"] == name] for name in ("a", "b")]
    pairs = _month_pairs(*(side[side["status"] == "final"] for side in sides))
    missing = [hole for side in sides for hole in _holes(side)]
    comparison = head_to_head_of(pairs, rate_metric(metric), names, missing, breaks)
    # A month that chance decided is not a hole: only months of which nothing is known are.
    overtakes = tuple(
        replace(o, on_gap=any(h.first <= o.first_after and h.last > o.last_before for h in missing))
        for o in comparison.overtakes
    )
    return replace(comparison, overtakes=overtakes)


def chance_sign(a: float, b: float) -> int:
    """Which of two counts is the higher beyond chance: 1, -1, or 0 where neither is."""
    # A counter's gain may be negative (stars are taken back): what came and went is at least that many.
    beyond = abs(a - b) > CHANCE_DEVIATIONS * np.sqrt(abs(a) + abs(b))
    return int(np.sign(a - b)) if beyond else 0


def _together(a: pd.DataFrame, b: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    left, right = (frame.dropna(subset=["value"]).assign(dimension="") for frame in (a, b))
    if metric.kind is Kind.STOCK:
        left, right = left[left["period"].isin(right["period"])], right[right["period"].isin(left["period"])]
    return pd.concat([left.assign(framework="a"), right.assign(framework="b")], ignore_index=True)


def _month_pairs(left: pd.DataFrame, right: pd.DataFrame) -> Pairs:
    both = left.merge(right, on=["period", "period_end"], suffixes=("_a", "_b")).sort_values("period_end")
    start, end = days(both["period"]), days(both["period_end"])
    a, b = (both[name].to_numpy(dtype="float64") for name in ("value_a", "value_b"))
    sign = np.array([chance_sign(x, y) for x, y in zip(a, b, strict=True)], dtype=np.int64)
    return Pairs(start, end, end, a, b, sign)


def _holes(months: pd.DataFrame) -> list[Hole]:
    gaps = months[(months["status"] == "gap") & (months["refusal"] == "")]
    spans = zip(days(gaps["period"]), days(gaps["period_end"]), strict=True)
    return [Hole(day(first), day(last)) for first, last in spans]
