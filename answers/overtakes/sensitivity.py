"""Does a lead survive another counting rule, and since when has the winner been gaining more per month?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.sensitivity import PER_MONTH, Cell, cells_of, survives
from answers import wording
from answers.panel import Panel, leader_at
from catalog import Catalog, Kind, Metric

BRACKET = ("winner", "loser", "last_before", "first_after", "on_gap")  # what JSON has of any overtake


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
    leader: str | None
    survives: bool | None
    sentence: str
    brief: str  # the sentence without its subject, for beside another one; empty if there is no lead
    on: date | None
    as_of: datetime | None
    day: date | None
    cells: tuple[Cell, ...]


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
    reason: str
    sentence: str
    brief: str  # since when the winner out-gained the loser, in a few words; empty if that is not known
    seen: date | None
    overtakes: tuple[Overtake, ...] = field(metadata={"of": BRACKET})
    first: Overtake | None = field(metadata={"of": BRACKET})
    total: Overtake | None = field(metadata={"of": BRACKET})
    months_before: tuple[int, int] | None


def grid_of(
    panels_by_metric: Mapping[str, Panel],
    a: str,
    b: str,
    metric: str,
    on: date | None = None,
    as_of: datetime | None = None,
) -> Sensitivity:
    """Every counting rule of a metric's family asked who led, out of panels already read."""
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
    return Sensitivity(a, b, metric, leader, survives(rules) if leader else None, sentence, brief, on, as_of, day, grid)


def rate_of(panel: Panel, a: str, b: str, on: date | None = None) -> Rate | None:
    """One metric's rates as of `on`, or None for a metric that cannot be split into months."""
    pairing = panel.ways(a, b).get(PER_MONTH)
    if not isinstance(pairing, HeadToHead) or panel.metric.per_million:
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
    return Rate(panel.metric.id, leader, lead, reason, sentence, brief, seen, done, first, total, months)


def _counts_too(other: Metric, chosen: Metric) -> bool:
    """Whether a metric is another way of counting: of the same family, and a wish is none of use."""
    return other.family == chosen.family and (chosen.kind is not Kind.SHARE or other.counts == chosen.counts)


def _sentence(catalog: Catalog, panel: Panel, brief: str, leader: str | None, day: date | None) -> str:
    if leader is None:
        return f"Neither leads in {wording.phrase(panel.metric)}, so there is no lead to check."
    when = f" on {wording.day(day)}" if day else ""
    return f"{wording.framework(catalog, leader)}'s lead in {wording.phrase(panel.metric)}{when} {brief}."


def _brief(catalog: Catalog, grid: tuple[Cell, ...]) -> str:
    """What the grid says of the lead, without a subject."""
    against = [_rule(catalog, cell) for cell in grid if cell.agrees is False]
    if against:
        return f"is contradicted by {wording.join_words(against)}"
    agreeing = sum(cell.agrees is True for cell in grid)
    if agreeing < 2:  # the rule in question itself is one of them
        return "has no second count to check it against"
    silent = sum(cell.agrees is None for cell in grid)
    rest = f"; {silent} {'has' if silent == 1 else 'have'} no answer" if silent else ""
    return f"holds by every way of counting with an answer ({agreeing} of {len(grid)}{rest})"


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
    gains = chosen.kind is Kind.STOCK
    if leaders == {leader}:
        return f"; it also {'gains more per month' if gains else 'has more in total'}"
    others = wording.join_words([wording.framework(catalog, name) for name in sorted(leaders - {leader})])
    more = f"{others} {'gains more per month' if gains else 'has more in total'}"
    return f"; {more}" + (" by one count, and it does by another" if leader in leaders else "")


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
    return "no full month of both is recorded" if nothing else "the difference is within chance"


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
    catalog, what = panel.catalog, wording.things(panel.metric)
    names: Mapping[str, str] = {name: wording.framework(catalog, name) for name in pair}
    if leader is None or lead is None or seen is None:
        when = f" in {wording.month(seen)}" if seen else ""
        now = f"We can't say whether {names[pair[0]]} or {names[pair[1]]} gained more {what}{when}: {reason}."
    else:
        other = names[pair[1] if leader == pair[0] else pair[0]]
        now = f"{names[leader]} gained {wording.number(lead)} {what} more than {other} in {wording.month(seen)}."
    if first is None or total is None or months is None:
        return now
    crossed = wording.bracket(panel.metric.period, total.last_before, total.first_after)
    return f"{now} {_began(catalog, first, months)} {crossed}."


def _began(catalog: Catalog, first: Overtake, months: tuple[int, int]) -> str:
    """Since when the winner gained more, and how long before its total passed."""
    winner, loser = (wording.framework(catalog, name) for name in (first.winner, first.loser))
    began = wording.bracket("month", first.last_before, first.first_after)
    return f"{winner} began to gain more per month than {loser} {began}, {_earlier(*months)} it passed it"


def _earlier(least: int, most: int) -> str:
    """How many months earlier, up to the word that joins what came later."""
    if most == 0:
        return "less than a month before"
    if least == 0:
        return f"at most {wording.counted(most, 'month')} before"
    span = wording.counted(most, "month") if least == most else f"{least} to {most} months"
    return f"{span} before"
