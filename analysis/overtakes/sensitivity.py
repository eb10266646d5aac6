"""Does a lead survive another way of counting? One cell per rule, each with its own leader or the reason for none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from analysis.errors import Refused
from analysis.overtakes.head_to_head import TRAILING_DAYS, HeadToHead, Pair, head_to_head, prepared_series
from analysis.overtakes.rates import rates
from catalog import Break, Kind, Metric

SMOOTHINGS = {TRAILING_DAYS: "sum of 28 days", 7: "sum of 7 days", 1: "single days"}
PER_MONTH = "gained per month"


@dataclass(frozen=True, slots=True)
class Cell:
    """One way of counting: who leads by it and by how much, in the metric's unit over the rule's days.

    `agrees` with the lead in question: None where either cannot be told, and then `reason` says why (without a full
    stop; empty when there is a leader). `seen` is the last day of the values compared.
    """

    metric: str
    rule: str
    leader: str | None
    lead: float | None
    seen: date | None
    agrees: bool | None
    reason: str


def cells(
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: Metric,
    names: tuple[str, str],
    leader: str | None,
    on: date | None = None,
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
) -> tuple[Cell, ...]:
    """One metric counted in every way that makes sense for its kind, as of `on` (None: as last seen).

    Daily flows: sums over 28 and 7 days, and single days; stocks: the total; both also by what was gained in the last
    whole calendar month. Windows and shares have one rule each. `leader` is whose lead is in question.
    """
    return cells_of(ways(a, b, metric, names, breaks, final_through), metric, leader, on)


def ways(
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: Metric,
    names: tuple[str, str],
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
) -> Mapping[str, HeadToHead | Refused]:
    """The duels of one metric by rule, whoever leads and whenever: what every grid of these two is read from."""
    return dict(_fights(a, b, metric, names, breaks, final_through))


def cells_of(
    fights: Mapping[str, HeadToHead | Refused], metric: Metric, leader: str | None, on: date | None = None
) -> tuple[Cell, ...]:
    """The cells of duels already fought, as of `on` (None: as last seen)."""
    return tuple(_cell(metric, rule, fight, on, leader) for rule, fight in fights.items())


def survives(found: Sequence[Cell]) -> bool | None:
    """False if any rule names another leader, True if at least two agree and none objects, None if none can tell."""
    told = [cell.agrees for cell in found if cell.agrees is not None]
    if False in told:
        return False
    return True if len(told) > 1 else None


def _fights(
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: Metric,
    names: tuple[str, str],
    breaks: Sequence[Break],
    final_through: date | None,
) -> Iterator[tuple[str, HeadToHead | Refused]]:
    daily = metric.kind is Kind.FLOW and metric.period == "day"
    for n in SMOOTHINGS if daily else [1]:
        left, right = (prepared_series(side, metric, final_through, trailing_days=n) for side in (a, b))
        yield SMOOTHINGS[n] if daily else _plain(metric), head_to_head(left, right, metric, names, breaks)
    if metric.kind is not Kind.SHARE and metric.period == "day":
        yield PER_MONTH, _rates(a, b, metric, names, breaks, final_through)


def _rates(
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: Metric,
    names: tuple[str, str],
    breaks: Sequence[Break],
    final_through: date | None,
) -> HeadToHead | Refused:
    try:
        return rates(a, b, metric, names, breaks, final_through)
    except Refused as refused:
        return refused


def _plain(metric: Metric) -> str:
    if metric.kind is Kind.STOCK:
        return "total"
    return "share of an edition" if metric.kind is Kind.SHARE else f"sum of a {metric.period}"


def _cell(metric: Metric, rule: str, fight: HeadToHead | Refused, on: date | None, leader: str | None) -> Cell:
    if isinstance(fight, Refused):
        return Cell(metric.id, rule, None, None, None, None, str(fight).rstrip("."))
    pair = fight.last if on is None else fight.at(on)
    if pair is None:
        return Cell(metric.id, rule, None, None, None, None, "nothing was known of both then")
    found = fight.leader(pair)
    agrees = found == leader if found and leader else None
    why = "" if found else _why(metric, rule, pair)
    return Cell(metric.id, rule, found, abs(pair.a - pair.b) if found else None, pair.last, agrees, why)


def _why(metric: Metric, rule: str, pair: Pair) -> str:
    if pair.a == pair.b:
        return "both are equal"
    if rule == PER_MONTH:
        return f"{pair.a:,.0f} v {pair.b:,.0f} is no more than chance may bring"
    if metric.kind is Kind.SHARE:
        return "within sampling noise, or nobody published how many were asked"
    return "they were seen a day apart and differ by no more than a day may bring"
