"""How far a lead or an overtake can be trusted: the one place that decides, for pages, commands, claims and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from analysis.arrays import number
from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.paired_series import Pair
from analysis.overtakes.verdict import Opinion, Verdict, VerdictWord, verdict
from answers import wording
from answers.panel import Panel, leader_at
from catalog import Catalog, Metric

NEAR = timedelta(days=62)  # two counts of one thing may date one overtake so far apart: monthly lists see it late


def verdict_of_lead(
    panels: Mapping[str, Panel], metric: Metric, pair: tuple[str, str], leader: str | None, day: date, undecided: str
) -> Verdict:
    """The verdict on who leads by a metric on a day, by the other counts of the same thing; `undecided`: why nobody."""
    if leader is None or undecided:
        return verdict(leader, (), undecided)
    others = _other_counts(panels, metric, pair)
    return verdict(leader, [_opinion(panel, comparison, leader, day) for panel, comparison in others])


def verdict_of_overtake(panels: Mapping[str, Panel], panel: Panel, overtake: Overtake) -> Verdict:
    """The verdict on an overtake: another count confirms it that saw it too, or had the winner ahead by then and not
    long before; it is disputed by one that dates it otherwise, or has the loser ahead where this one has the winner.
    """
    why = doubt(panel.catalog, overtake)
    if why:
        return Verdict(VerdictWord.UNDECIDABLE, why)
    pair = overtake.winner, overtake.loser
    others, own = _other_counts(panels, panel.metric, pair), panel.between(*pair)
    return verdict(overtake.winner, [_opinion_on(other, theirs, own, overtake) for other, theirs in others])


def _opinion(panel: Panel, comparison: HeadToHead, leader: str, day: date) -> Opinion:
    """What a count says of a lead on a day."""
    title = wording.phrase(panel.metric)
    if comparison.at(day) is None:
        return Opinion(title, None, _otherwise_later(panel, comparison, leader, day))
    theirs = leader_at(comparison, day)
    if theirs is None:
        return Opinion(title, None, f"too close to call in {title} at that date")
    ahead = wording.framework(panel.catalog, theirs)
    return Opinion(title, theirs, "" if theirs == leader else f"{title} had {ahead} ahead at that date")


def _opinion_on(panel: Panel, comparison: HeadToHead, own: HeadToHead, overtake: Overtake) -> Opinion:
    """What a count says of an overtake that another, `own`, saw."""
    title, winner, loser = wording.phrase(panel.metric), overtake.winner, overtake.loser
    dated = [o for o in comparison.overtakes if o.winner == winner and not o.on_break and o.fallen is None]
    if any(is_one_event(o, overtake) for o in dated):
        return Opinion(title, winner)
    if comparison.at(overtake.first_after) is None:
        later = _decided_after(comparison, overtake.first_after)
        if later is None or comparison.leader(later) == winner or leader_at(own, later.last) != winner:
            return _opinion(panel, comparison, winner, overtake.first_after)
        return Opinion(title, loser, _otherwise_later(panel, comparison, winner, overtake.first_after))
    opinion = _opinion(panel, comparison, winner, overtake.first_after)
    if opinion.leader != winner:
        return opinion
    if dated:
        nearest = min(dated, key=lambda o: abs(o.first_after - overtake.first_after))
        bracket = wording.bracket(panel.metric.period, nearest.last_before, nearest.first_after)
        return Opinion(title, loser, f"by {title} it was {bracket}")
    before = date.fromordinal(max(overtake.last_before.toordinal() - NEAR.days, 1))
    if leader_at(comparison, before) != winner:
        return opinion
    ahead = wording.framework(panel.catalog, winner)
    return Opinion(title, loser, f"{title} had {ahead} ahead already on {wording.day(before)}")


def _otherwise_later(panel: Panel, comparison: HeadToHead, leader: str, day: date) -> str:
    """That a count does not cover a day, if it has another ahead as soon as it does."""
    later = _decided_after(comparison, day)
    theirs = comparison.leader(later) if later else None
    if later is None or theirs is None or theirs == leader:
        return ""
    ahead = wording.framework(panel.catalog, theirs)
    title = wording.phrase(panel.metric)
    return f"no figures in {title} at that date; the next have {ahead} ahead ({wording.day(later.last)})"


def _decided_after(comparison: HeadToHead, day: date) -> Pair | None:
    """The first pair with a leader that was seen after a day."""
    later = np.flatnonzero((comparison.pairs.sign != 0) & (comparison.pairs.last > number(day)))
    return comparison.pairs[int(later[0])] if len(later) else None


def doubt(catalog: Catalog, overtake: Overtake) -> str:
    """Why an overtake cannot be trusted whoever else saw it; empty if nothing speaks against it."""
    if overtake.fallen is None:
        return ""
    name = wording.framework(catalog, overtake.fallen)
    return (
        f"it rests on readings of {name}'s counter that differ by more than a tenth from those around them, "
        "for no known reason"
    )


def _other_counts(panels: Mapping[str, Panel], metric: Metric, pair: tuple[str, str]) -> list[tuple[Panel, HeadToHead]]:
    """The other counting rules of the same thing that have both, with their head-to-heads."""
    kin = [p for p in panels.values() if p.metric.is_rule_beside(metric) and p.metric.id != metric.id]
    return [(p, p.between(*pair)) for p in kin if set(pair) <= set(p.seen)]


def is_one_event(one: Overtake, other: Overtake) -> bool:
    """Whether two counts of the same thing mean the same overtake: of the same two, at nearly the same time."""
    near = one.first_after >= other.last_before - NEAR and one.last_before <= other.first_after + NEAR
    return near and (one.winner, one.loser) == (other.winner, other.loser)
