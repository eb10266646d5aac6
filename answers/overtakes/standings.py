"""How two frameworks stand by one metric: who leads, since which change of lead, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from analysis.breaks import touching
from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.paired_series import Pair
from analysis.overtakes.verdict import Verdict
from answers import wording
from answers.overtakes.verdicts import doubt, verdict_of_lead
from answers.panel import Panel, caveats_within, panels, undecided
from answers.questions import final_through
from answers.series.rows import REFUSED
from catalog import Catalog, Metric
from storage import Store


@dataclass(frozen=True, slots=True)
class Standing:
    """`pair` is what was last seen by the day in question (None: nothing), `change` the last change of lead by then,
    `overtake` the same unless it lies on a break.
    """

    pairing: HeadToHead
    pair: Pair | None
    leader: str | None
    change: Overtake | None
    verdict: Verdict

    @property
    def overtake(self) -> Overtake | None:
        return self.change if self.change is not None and not self.change.on_break else None

    @property
    def lead(self) -> float | None:
        """How far the two are apart, where that is decided: 0 where both are equal."""
        pair = self.pair
        return abs(pair.a - pair.b) if pair and (self.leader or pair.a == pair.b) else None


def standing_of(
    panels_by_metric: Mapping[str, Panel], panel: Panel, pairing: HeadToHead, on: date | None = None
) -> Standing:
    """How the two of a head-to-head stand on a day (None: as last seen)."""
    pair = pairing.last if on is None else pairing.at(on)
    leader = pairing.leader(pair) if pair else None
    day = on or (pair.last if pair else None)
    change = pairing.change_by(max(day, pair.last)) if day and pair else None
    doubtful = doubt(panel.catalog, change) if change is not None and not change.on_break else ""
    why_not = _why_not(panel, pairing, pair, on) or doubtful
    both = (pairing.a, pairing.b)
    judged = verdict_of_lead(panels_by_metric, panel.metric, both, leader, day or date.min, why_not)
    return Standing(pairing, pair, leader, change, judged)


def standing(store: Store, catalog: Catalog, metric: Metric, pair: tuple[str, str], now: datetime) -> Standing | None:
    """How two stand by a metric now; None if it does not have both. Only counts of the same thing are read."""
    kin = [m for m in catalog.metrics.values() if m.id == metric.id or m.is_rule_beside(metric)]
    beside = [m.id for m in kin if not m.per_million]  # one that ranks as another is no second witness
    by_metric = panels(store, catalog, pair, final_through(now), None, only=beside)
    if metric.id not in by_metric:
        return None
    panel = by_metric[metric.id]
    return standing_of(by_metric, panel, panel.head_to_head(*pair))


def standing_caveats(panel: Panel, standing: Standing) -> tuple[str, ...]:
    """The codes that concern the values' period, and the breaks that touch it or the change of lead."""
    catalog, metric, pair, change = panel.catalog, panel.metric, standing.pair, standing.change
    if pair is None:
        return metric.caveats
    codes = caveats_within(catalog, metric, pair.start, pair.last)
    refused = [REFUSED, *change.breaks] if change is not None and change.on_break else []
    broken = touching(catalog.breaks_of(metric.id), pair.start, pair.last, standing.pairing.a, standing.pairing.b)
    return tuple(dict.fromkeys([*codes, *refused, *(b.id for b in broken)]))


def _why_not(panel: Panel, pairing: HeadToHead, pair: Pair | None, on: date | None) -> str:
    """Why this metric has no leader; empty when it has one."""
    if pair is not None:
        return "" if pair.sign else undecided(panel, pairing, pair)
    if not len(pairing.pairs):
        return "no complete period has figures of both"
    first, last = pairing.pairs[0].last, pairing.pairs[-1].last
    span = wording.bracket(panel.metric.period, first, last)
    return f"no figures of both near {wording.day(on) if on else 'then'}, only {span}"
