"""How far a lead or an overtake can be trusted: the one place that decides, for pages, commands, claims and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from analysis.overtakes.head_to_head import HeadToHead, Overtake
from analysis.overtakes.verdict import Verdict, VerdictWord, verdict
from answers import wording
from answers.panel import Panel, leader_at
from catalog import Catalog, Metric

NEAR = timedelta(days=62)  # two counts of one thing may date one overtake so far apart: monthly lists see it late


def verdict_of_lead(
    panels: Mapping[str, Panel], metric: Metric, pair: tuple[str, str], leader: str | None, day: date, undecided: str
) -> Verdict:
    """The verdict on who leads by a metric on a day, by the other counts of the same thing; `undecided`: why nobody."""
    others = {
        other.metric.title: leader_at(comparison, day)
        for other, comparison in _other_counts(panels, metric, pair)
        if comparison.at(day) is not None
    }
    return verdict(leader, others, undecided)


def verdict_of_overtake(panels: Mapping[str, Panel], panel: Panel, overtake: Overtake) -> Verdict:
    """The verdict on an overtake: another count confirms it that saw it too, or had the winner ahead by then."""
    why = doubt(panel.catalog, overtake)
    if why:
        return Verdict(VerdictWord.UNDECIDABLE, why)
    others: dict[str, str | None] = {}
    for other, comparison in _other_counts(panels, panel.metric, (overtake.winner, overtake.loser)):
        elsewhere = [o for o in comparison.overtakes if o.winner == overtake.winner and not o.on_break]
        if any(is_one_event(o, overtake) and o.fallen is None for o in elsewhere):
            others[other.metric.title] = overtake.winner
        elif comparison.at(overtake.first_after) is not None:
            leader = leader_at(comparison, overtake.first_after)
            # A count that dates it at another time has the same leader then, and yet does not confirm it.
            others[other.metric.title] = None if elsewhere and leader == overtake.winner else leader
    return verdict(overtake.winner, others)


def doubt(catalog: Catalog, overtake: Overtake) -> str:
    """Why an overtake cannot be trusted whoever else saw it; empty if nothing speaks against it."""
    if overtake.fallen is None:
        return ""
    name = wording.framework(catalog, overtake.fallen)
    return (
        f"it rests on readings of {name}'s counter that differ by more than a tenth from those beside them, "
        "which nobody has explained"
    )


def _other_counts(panels: Mapping[str, Panel], metric: Metric, pair: tuple[str, str]) -> list[tuple[Panel, HeadToHead]]:
    """The other counting rules of the same thing that have both, with their head-to-heads."""
    kin = [p for p in panels.values() if p.metric.is_rule_beside(metric) and p.metric.id != metric.id]
    return [(p, p.between(*pair)) for p in kin if set(pair) <= set(p.seen)]


def is_one_event(one: Overtake, other: Overtake) -> bool:
    """Whether two counts of the same thing mean the same overtake: of the same two, at nearly the same time."""
    near = one.first_after >= other.last_before - NEAR and one.last_before <= other.first_after + NEAR
    return near and (one.winner, one.loser) == (other.winner, other.loser)
