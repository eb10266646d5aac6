"""Does a lead survive another way of counting?

By the rules of one metric: one cell per rule, each with its own leader or the reason for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from analysis.errors import Refused
from analysis.overtakes.head_to_head import HeadToHead, head_to_head
from analysis.overtakes.paired_series import TRAILING_DAYS, Pair, prepared_series
from analysis.overtakes.rate_overtakes import rates
from catalog import Break, Kind, Metric

SMOOTHINGS = {TRAILING_DAYS: "sum of 28 days", 7: "sum of 7 days", 1: "single days"}
PER_MONTH = "gained per month"


@dataclass(frozen=True, slots=True)
class Cell:
    """One way of counting: who leads by it and by how much, in the metric's unit over the rule's days.

    `agrees` with the lead in question: None where either is undecided, and then `reason` is why (without a full
    stop; empty when there is a leader). `seen` is the last day of the values compared.
    """

    metric: str
    rule: str
    leader: str | None
    lead: float | None
    seen: date | None
    agrees: bool | None
    reason: str


def ways(
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: Metric,
    names: tuple[str, str],
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
) -> Mapping[str, HeadToHead | Refused]:
    """One metric's head-to-heads in every way of counting that makes sense for its kind, by rule.

    Daily flows: sums over 28 and 7 days, and single days; stocks: the total; both also by what was gained in the last
    whole calendar month. Windows and shares have one rule each.
    """
    daily = metric.kind is Kind.FLOW and metric.period == "day"
    by_rule: dict[str, HeadToHead | Refused] = {}
    for n in SMOOTHINGS if daily else [1]:
        left, right = (prepared_series(side, metric, final_through, trailing_days=n) for side in (a, b))
        by_rule[SMOOTHINGS[n] if daily else _plain(metric)] = head_to_head(left, right, metric, names, breaks)
    if metric.kind is not Kind.SHARE and metric.period == "day":
        try:
            by_rule[PER_MONTH] = rates(a, b, metric, names, breaks, final_through)
        except Refused as refused:
            by_rule[PER_MONTH] = refused
    return by_rule


def cells_of(
    comparisons: Mapping[str, HeadToHead | Refused], metric: Metric, leader: str | None, on: date | None = None
) -> tuple[Cell, ...]:
    """What each rule says of a lead in question (`leader`: whose) as of `on` (None: as last seen)."""
    return tuple(_cell(metric, rule, comparison, on, leader) for rule, comparison in comparisons.items())


def survives(grid: Sequence[Cell]) -> bool | None:
    """False if any rule names another leader, True if at least two agree and none objects, None if none can decide."""
    opinions = [cell.agrees for cell in grid if cell.agrees is not None]
    if False in opinions:
        return False
    return True if len(opinions) > 1 else None


def _plain(metric: Metric) -> str:
    if metric.kind is Kind.STOCK:
        return "total"
    if metric.pooled_months:
        return f"share of {metric.pooled_months} months"
    return "share of an edition" if metric.kind is Kind.SHARE else f"sum of a {metric.period}"


def _cell(metric: Metric, rule: str, comparison: HeadToHead | Refused, on: date | None, leader: str | None) -> Cell:
    if isinstance(comparison, Refused):
        return Cell(metric.id, rule, None, None, None, None, str(comparison).rstrip("."))
    pair = comparison.last if on is None else comparison.at(on)
    if pair is None:
        return Cell(metric.id, rule, None, None, None, None, "no figures of both from that time")
    ahead = comparison.leader(pair)
    agrees = ahead == leader if ahead and leader else None
    why = "" if ahead else _why(metric, rule, pair)
    return Cell(metric.id, rule, ahead, abs(pair.a - pair.b) if ahead else None, pair.last, agrees, why)


def _why(metric: Metric, rule: str, pair: Pair) -> str:
    if pair.a == pair.b:
        return "both are equal"
    if rule == PER_MONTH:
        return f"the difference between {pair.a:,.0f} and {pair.b:,.0f} is within chance"
    if metric.kind is Kind.SHARE:
        return "within sampling noise and rounding, or the number of respondents is not published"
    if metric.kind is Kind.FLOW:
        return "the difference is within chance"
    return "their readings are a day apart and differ by no more than a day's change"
