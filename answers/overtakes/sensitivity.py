"""Does a lead survive another counting rule, and since when has the winner been gaining more per month?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from analysis.overtakes.head_to_head import HeadToHead, Overtake
from analysis.overtakes.sensitivity import PER_MONTH, Cell, cells_of, survives
from answers import wording
from answers.panel import Panel, leader_at, panels
from answers.question import QuestionError, final_through, known_framework, known_metric
from catalog import Catalog, Kind, Metric
from storage import Store


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Every way of counting what a metric's family counts, laid against the lead that the metric itself sees.

    `leader` None: it sees none. `survives`: True if another rule agrees and none objects, False if one objects, None
    if that is unclear; who gains more is in the cells of a level, and who has more in those of a pace, but decides
    nothing. `on` None: as last seen by the metric; the cells are all as of that day, `day`.
    """

    a: str
    b: str
    metric: str
    on: date | None
    as_of: datetime | None
    day: date | None
    leader: str | None
    survives: bool | None
    cells: tuple[Cell, ...]
    sentence: str
    brief: str = ""  # the sentence without its subject, for beside another one; empty if there is no lead


@dataclass(frozen=True, slots=True)
class Rate:
    """Who gains more per month by one metric, and since when.

    `leader` (None: unclear, for `reason`) gained `lead` more in the whole month up to `seen`.
    `overtakes` are the changes of the rate's lead, those on a break left out. `first` is the one that came before the
    last overtake of the total, `total`; `months_before` how many whole months lie between them, at least and at most.
    """

    metric: str
    leader: str | None
    lead: float | None
    seen: date | None
    overtakes: tuple[Overtake, ...]
    first: Overtake | None
    total: Overtake | None
    months_before: tuple[int, int] | None
    reason: str
    sentence: str
    brief: str = ""  # since when the winner out-gained the loser, in a few words; empty if that is not known


def sensitivity(
    store: Store,
    catalog: Catalog,
    a: str,
    b: str,
    metric: str,
    now: datetime,
    on: date | None = None,
    as_of: datetime | None = None,
) -> Sensitivity:
    """Ask every counting rule of a metric's family who led. Raises QuestionError for what is unknown or the same."""
    _check_pair(catalog, a, b)
    chosen, panels_by_metric = (
        known_metric(catalog, metric),
        panels(store, catalog, (a, b), final_through(now, as_of), as_of),
    )
    if metric not in panels_by_metric:
        text = "" if chosen.has_total else " (it has no total, only parts)"
        raise QuestionError(f"{chosen.title} does not know both {a} and {b}{text}.")
    return grid_of(panels_by_metric, a, b, metric, on, as_of)


def grid_of(
    panels_by_metric: Mapping[str, Panel],
    a: str,
    b: str,
    metric: str,
    on: date | None = None,
    as_of: datetime | None = None,
) -> Sensitivity:
    """One metric's grid, out of panels already read."""
    pairing, chosen = panels_by_metric[metric].head_to_head(a, b), panels_by_metric[metric].metric
    day = on or (pairing.last.last if pairing.last else None)
    leader = leader_at(pairing, day) if day else None
    kin = [f for f in panels_by_metric.values() if _counts_too(f.metric, chosen) and a in f.seen and b in f.seen]
    kin.sort(key=lambda panel: panel.metric.id != metric)  # the metric asked about first
    grid = tuple(cell for f in kin for cell in cells_of(f.ways(a, b), f.metric, leader, day))
    catalog = panels_by_metric[metric].catalog
    aside = tuple(cell for cell in grid if _asks_else(catalog, cell, chosen))
    rules = tuple(cell for cell in grid if cell not in aside)
    brief = _brief(catalog, rules) + _beside(catalog, aside, leader, chosen) if leader else ""
    sentence = _sentence(catalog, panels_by_metric[metric], brief, leader, day)
    return Sensitivity(a, b, metric, on, as_of, day, leader, survives(rules) if leader else None, grid, sentence, brief)


def outgaining(
    store: Store, catalog: Catalog, a: str, b: str, now: datetime, as_of: datetime | None = None
) -> tuple[Rate, ...]:
    """Who gains more per month, by every metric that can be counted by the month. Raises QuestionError."""
    _check_pair(catalog, a, b)
    panels_by_metric = panels(store, catalog, (a, b), final_through(now, as_of), as_of)
    return tuple(rate for panel in panels_by_metric.values() if (rate := rate_of(panel, a, b)) is not None)


def rate_of(panel: Panel, a: str, b: str, on: date | None = None) -> Rate | None:
    """One metric's rates as of `on`, or None for a metric that cannot be split into months."""
    pairing = panel.ways(a, b).get(PER_MONTH)
    if not isinstance(pairing, HeadToHead):
        return None
    pair = pairing.last if on is None else pairing.at(on)
    leader = pairing.leader(pair) if pair else None
    done = tuple(o for o in pairing.overtakes if not o.on_break and (on is None or o.first_after <= on))
    total = _total(panel, a, b, on)
    first = _before(done, total)
    months = _months_before(first, total) if first and total else None
    reason = "" if leader else _why_not(pair is None)
    lead, seen = (abs(pair.a - pair.b) if leader else None, pair.last) if pair else (None, None)
    sentence = _rate_sentence(panel, leader, lead, seen, reason, first, total, months, (a, b))
    brief = _began(panel.catalog, first, months) if first and total and months else ""
    return Rate(panel.metric.id, leader, lead, seen, done, first, total, months, reason, sentence, brief)


def sensitivity_json(answer: Sensitivity) -> dict[str, Any]:
    """A grid as an object with stable keys."""
    fields = {name: getattr(answer, name) for name in ("a", "b", "metric", "leader", "survives", "sentence", "brief")}
    dates = {name: _iso(getattr(answer, name)) for name in ("on", "as_of", "day")}
    return fields | dates | {"cells": [_cell_json(cell) for cell in answer.cells]}


def rate_json(rate: Rate) -> dict[str, Any]:
    """One metric's rates as an object with stable keys."""
    fields = {name: getattr(rate, name) for name in ("metric", "leader", "lead", "reason", "sentence", "brief")}
    return fields | {
        "seen": _iso(rate.seen),
        "overtakes": [_overtake_json(o) for o in rate.overtakes],
        "first": rate.first and _overtake_json(rate.first),
        "total": rate.total and _overtake_json(rate.total),
        "months_before": rate.months_before and list(rate.months_before),
    }


def _counts_too(other: Metric, chosen: Metric) -> bool:
    """Whether a metric is another way of counting: of the same family, and a wish is none of use."""
    return other.family == chosen.family and (chosen.kind is not Kind.SHARE or other.counts == chosen.counts)


def _check_pair(catalog: Catalog, a: str, b: str) -> None:
    known_framework(catalog, a), known_framework(catalog, b)
    if a == b:
        raise QuestionError(f"{wording.framework(catalog, a)} cannot be compared with itself: name two frameworks.")


def _sentence(catalog: Catalog, panel: Panel, brief: str, leader: str | None, day: date | None) -> str:
    if leader is None:
        return f"Neither leads in {wording.phrase(panel.metric)}: there is nothing that another rule could confirm."
    return f"{wording.framework(catalog, leader)}'s lead in {wording.phrase(panel.metric)} on {day} {brief}."


def _brief(catalog: Catalog, grid: tuple[Cell, ...]) -> str:
    """What the grid says of the lead, without a subject."""
    against = [_rule(catalog, cell) for cell in grid if cell.agrees is False]
    if against:
        return f"does not survive {wording.listed(against)}"
    agreeing = sum(cell.agrees is True for cell in grid)
    if agreeing < 2:  # the rule in question itself is one of them
        return "could be confirmed by no other way of counting: none can tell"
    silent = sum(cell.agrees is None for cell in grid)
    rest = f"; {silent} cannot tell" if silent else ""
    return f"survives every way of counting that can tell ({agreeing} of {len(grid)}{rest})"


def _asks_else(catalog: Catalog, cell: Cell, chosen: Metric) -> bool:
    """Whether a cell says who gains more where `chosen` says who has more, or the other way round: worth knowing, but
    no objection.
    """
    metric = catalog.metrics[cell.metric]
    held = metric.kind is Kind.STOCK and cell.rule != PER_MONTH
    return held is not (chosen.kind is Kind.STOCK)


def _beside(catalog: Catalog, cells: tuple[Cell, ...], leader: str, chosen: Metric) -> str:
    """The result of those cells, as a tail to that of the other rules; empty if all are unclear."""
    leaders = {cell.leader for cell in cells if cell.leader}
    if not leaders:
        return ""
    way, verb = ("by pace", "gains") if chosen.kind is Kind.STOCK else ("in total", "has")
    if leaders == {leader}:
        return f"; {way} it leads too"
    others = wording.listed([wording.framework(catalog, name) for name in sorted(leaders - {leader})])
    return f"; {way} {others} {verb} more" + (" by one rule, and it by another" if leader in leaders else "")


def _rule(catalog: Catalog, cell: Cell) -> str:
    return f"{wording.phrase(catalog.metrics[cell.metric])} ({cell.rule})"


def _total(panel: Panel, a: str, b: str, on: date | None) -> Overtake | None:
    """The last overtake of the total (for flows: of their 28-day sums) that was over on that day."""
    done = [o for o in panel.head_to_head(a, b).overtakes if not o.on_break and (on is None or o.first_after <= on)]
    return done[-1] if done else None


def _before(changes: tuple[Overtake, ...], total: Overtake | None) -> Overtake | None:
    """The change of rate that led to the overtake: the last one before it, if the later winner won it too."""
    if total is None:
        return None
    earlier = [o for o in changes if o.last_before <= total.last_before]
    return earlier[-1] if earlier and earlier[-1].winner == total.winner else None


def _months_before(first: Overtake, total: Overtake) -> tuple[int, int]:
    """Whole months between two brackets: from end to start at least, from start to end at most."""
    least = max(_months(first.first_after, total.last_before), 0)
    return least, _months(first.last_before, total.first_after)


def _months(since: date, until: date) -> int:
    return 12 * (until.year - since.year) + until.month - since.month - (until.day < since.day)


def _why_not(nothing: bool) -> str:
    return "no whole month of both was known then" if nothing else "the difference is no more than chance may bring"


def _rate_sentence(
    panel: Panel,
    leader: str | None,
    lead: float | None,
    seen: date | None,
    reason: str,
    first: Overtake | None,
    total: Overtake | None,
    months: tuple[int, int] | None,
    pair: tuple[str, str],
) -> str:
    catalog, what = panel.catalog, wording.phrase(panel.metric)
    names: Mapping[str, str] = {name: wording.framework(catalog, name) for name in pair}
    if leader is None or lead is None:
        when = f" in the month to {seen}" if seen else ""
        now = f"Which of {names[pair[0]]} and {names[pair[1]]} gained more{when} in {what} cannot be told: {reason}."
    else:
        other = names[pair[1] if leader == pair[0] else pair[0]]
        by = wording.amount(lead, panel.metric)
        now = f"{names[leader]} gained {by} more than {other} in the month to {seen} in {what}."
    if first is None or total is None or months is None:
        return now
    crossed = wording.between(total.last_before, total.first_after)
    return f"{now} {_began(catalog, first, months)} {crossed}."


def _began(catalog: Catalog, first: Overtake, months: tuple[int, int]) -> str:
    """Since when the winner gained more, and how long before its total passed."""
    winner, loser = (wording.framework(catalog, name) for name in (first.winner, first.loser))
    began = wording.between(first.last_before, first.first_after)
    ahead = f"{months[0]} to {months[1]}" if months[0] != months[1] else str(months[0])
    noun = "month" if ahead == "1" else "months"
    return f"{winner} began to gain more than {loser} {began}, {ahead} {noun} before it passed it"


def _iso(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())


def _cell_json(cell: Cell) -> dict[str, Any]:
    return {name: getattr(cell, name) for name in Cell.__slots__} | {"seen": _iso(cell.seen)}


def _overtake_json(o: Overtake) -> dict[str, Any]:
    return {
        "winner": o.winner,
        "loser": o.loser,
        "last_before": o.last_before.isoformat(),
        "first_after": o.first_after.isoformat(),
        "on_gap": o.on_gap,
    }
