"""Whether one passed the other, in the days meant or ever, as evidence on a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from analysis.arrays import number
from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.paired_series import Pair
from answers import wording
from answers.anomalies.wording import anomalies_in_bracket
from answers.claims.evidence import YEAR, ClaimContext, Evidence, Stance
from answers.claims.grammar.parser import ParsedClaim
from answers.claims.leads import (
    compared_in,
    covers,
    may_lead,
    pairs_within,
    readings,
    sized,
    span_of,
    values_of,
    when_seen,
    window,
    within_time,
)
from answers.overtakes.verdicts import doubt
from answers.panel import Panel
from catalog import Catalog


def by_passing(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A passed B: an overtake whose whole bracket lies within the days meant, or at any time where none are.

    That it ever did, a metric that has ended can tell as well; that it never did, only one that goes on.
    """
    both = (claim.a, claim.b)
    ever = claim.since is None and not claim.back and claim.amount is None
    current = {panel.metric.id for panel in context.meant(claim, both)}
    comparisons = [
        (panel, panel.with_anomalies(panel.head_to_head(*both))) for panel in context.meant(claim, both, ever)
    ]
    judged = [(c, e) for panel, c in comparisons if (e := _by_passing(context, claim, panel, c)) is not None]
    kept = (Stance.FOR, Stance.AGAINST) if claim.denied else (Stance.FOR,)
    judged = [(c, e) for c, e in judged if e.metric in current or e.stance in kept]
    for comparison, e in judged:
        rivals = [other for other in judged if other[0].metric.family == comparison.metric.family]
        silent = ever and e.stance is Stance.AGAINST and any(_elsewhere(claim.a, *rival, e) for rival in rivals)
        yield replace(e, stance=Stance.UNCLEAR) if silent else e


def _by_passing(context: ClaimContext, claim: ParsedClaim, panel: Panel, comparison: HeadToHead) -> Evidence | None:
    if not len(comparison.pairs):
        return None
    since, until = window(context, claim, comparison)
    days = [
        *((p.start, p.last) for p in comparison.pairs),
        *((o.last_before, o.first_after) for o in comparison.overtakes),
    ]
    if not any(last >= since and first <= until for first, last in days):
        return None
    stance, text = _passing(context, comparison, claim, since, until)
    first, last = max(since, comparison.pairs[0].start), min(until, comparison.pairs[-1].last)
    return context.evidence(panel.metric, stance, text, panel.seen.values(), min(first, last), last)


def _elsewhere(winner: str, comparison: HeadToHead, seen: Evidence, other: Evidence) -> bool:
    """Whether every overtake that speaks for a claim lies outside the days that other evidence is about."""
    until, first, last = (d or date.max for d in (seen.until, other.since, other.until))
    won = [o for o in comparison.overtakes if o.winner == winner and not o.on_break and o.first_after <= until]
    return seen.stance is Stance.FOR and not any(first <= o.last_before and o.first_after <= last for o in won)


def _passing(
    context: ClaimContext, comparison: HeadToHead, claim: ParsedClaim, since: date, until: date
) -> tuple[Stance, str]:
    catalog = context.catalog
    a, b = wording.framework(catalog, claim.a), wording.framework(catalog, claim.b)
    what = wording.phrase(comparison.metric)
    won = [o for o in comparison.overtakes if o.winner == claim.a and o.last_before <= until and o.first_after >= since]
    pending = [o for o in won if context.on and o.first_after > context.on]  # nobody knew of these on that day
    won = [o for o in won if o not in pending]
    begins = _from_edition(comparison, claim, since)
    inside = [o for o in won if begins <= o.last_before and o.first_after <= until and not o.on_break]
    if inside and (why := doubt(catalog, inside[-1])):
        return (
            Stance.UNCLEAR,
            f"We can't say whether {a} passed {b} in {what} {_bracket(comparison, inside[-1])}: {why}.",
        )
    if inside:
        flags = inside[-1].anomalies
        unusual = f" {anomalies_in_bracket(catalog, comparison.metric, flags)}" if flags else ""
        tail = _held(comparison, inside[-1], b, context.on or comparison.pairs[-1].last)
        text = f"{a} passed {b} in {what} {_bracket(comparison, inside[-1])}, {tail}.{unusual}"
        return (Stance.FOR, text) if claim.amount is None else _passing_by(context, comparison, claim, until, text)
    lost = comparison.change_by(until)
    if won and not (won[-1].on_break and since == date.min and lost is not None and lost.winner != claim.a):
        why = "while the counting changed" if won[-1].on_break else "which may lie outside the time meant"
        return Stance.UNCLEAR, f"{a} took the lead in {what} {_bracket(comparison, won[-1])}, {why}."
    stance, text = _not_passing(context, comparison, claim, (a, b), since, until)
    if stance is Stance.AGAINST and any(o.last_before < until for o in pending):
        return Stance.UNCLEAR, f"{text} We can't say what became of it by {wording.day(until)}."
    return stance, text


def _from_edition(comparison: HeadToHead, claim: ParsedClaim, since: date) -> date:
    """The day an overtake's bracket may begin: of editions with the one before, which a year is compared with."""
    whole = claim.since is not None and (since.month, since.day) == (1, 1) and since.year > 1
    return date(since.year - 1, 1, 1) if comparison.metric.has_editions and whole else since


def _passing_by(
    context: ClaimContext, comparison: HeadToHead, claim: ParsedClaim, until: date, text: str
) -> tuple[Stance, str]:
    """Passed by so many: the lead on the day that it is judged for."""
    pair = comparison.at(until)
    if pair is None or not pair.sign:
        return Stance.UNCLEAR, f"{text} We can't say how large the lead was by {wording.day(until)}."
    amount = wording.amount(pair.a - pair.b, comparison.metric)
    stance, size, _ = sized(context, claim, comparison, pair, f"The lead was {amount} {when_seen(comparison, pair)}")
    return stance, f"{text} {size}"


def _not_passing(
    context: ClaimContext, comparison: HeadToHead, claim: ParsedClaim, names: tuple[str, str], since: date, until: date
) -> tuple[Stance, str]:
    catalog, key, (a, b), what = context.catalog, claim.a, names, wording.phrase(comparison.metric)
    pairs = pairs_within(comparison, since, until)
    broken = [o for o in comparison.overtakes if o.on_break and o.first_after <= until]
    tail = ""
    if broken and since == date.min:
        pairs = [p for p in pairs if p.last >= broken[-1].first_after]
        tail = "; an earlier change of lead fell while the counting changed"
    decided = [p for p in pairs if p.sign]
    if not decided:
        before = comparison.change_by(since)
        if (
            before is not None
            and before.winner == key
            and not before.on_break
            and comparison.change_by(until) == before
        ):
            return Stance.AGAINST, f"{a} had passed {b} in {what} earlier, {_bracket(comparison, before)}."
        one = compared_in(comparison)[0]
        return Stance.UNCLEAR, f"No {one} of {a} and {b} in {what} in that time decides it{tail}."
    first, last = pairs[0], pairs[-1]
    ever = since == date.min
    short = ever and last.last - first.last < YEAR
    if short or not covers(catalog, comparison, pairs, first.start if ever else since, until):
        within = within_time(context, claim)
        return Stance.UNCLEAR, f"In {what}, data on both {within}exist only {span_of(comparison, pairs)}{tail}."
    if all(comparison.leader(p) != key for p in decided):
        return _always_behind(catalog, comparison, claim, names, pairs, tail)
    earlier = comparison.change_by(since if since != date.min else decided[0].last)
    if earlier is not None and earlier.winner == key and not earlier.on_break:
        return Stance.AGAINST, f"{a} had passed {b} in {what} earlier, {_bracket(comparison, earlier)}."
    if comparison.leader(decided[0]) != key:
        return Stance.UNCLEAR, f"{a} was ahead of {b} in {what} at times, but no change of lead lasted."
    start = wording.through(comparison.metric.period, decided[0].last, decided[0].last)
    if not ever:
        return Stance.AGAINST, f"{a} already led {b} in {what} when that time began, and was not overtaken since."
    return Stance.UNCLEAR, f"{a} already led {b} in {what} when data on both begin, {start}."


def _always_behind(
    catalog: Catalog,
    comparison: HeadToHead,
    claim: ParsedClaim,
    names: tuple[str, str],
    pairs: Sequence[Pair],
    tail: str,
) -> tuple[Stance, str]:
    """No reading has the one ahead; where it may have been, its denial is not known, nor that it is not so now."""
    (a, b), what, span = names, wording.phrase(comparison.metric), span_of(comparison, pairs)
    behind = sum(p.sign != 0 for p in pairs)
    many, rest = readings(comparison, behind, pairs)
    unsure = may_lead(catalog, comparison, claim.a, pairs if claim.denied else pairs[-1:])
    when = " at the end" if len(pairs) > 1 else ""
    end = f" ({values_of(comparison, pairs[-1])}{when})" if pairs[-1].sign else ""
    text = f"{b} led {a} in {what} {many}{span}{end}{rest}{tail}."
    if unsure and rest:
        text = f"{text.removesuffix('.')}. None of these {compared_in(comparison)[1]} shows {a} ahead."
    return (Stance.UNCLEAR if unsure else Stance.AGAINST), text


def _held(comparison: HeadToHead, overtake: Overtake, loser: str, on: date) -> str:
    """Whether the winner led ever since, as it was last seen by that day; in words."""
    later = [o for o in comparison.overtakes if overtake.first_after < o.first_after <= on]
    if back := next((o for o in later if not o.on_break and o.winner == overtake.loser), None):
        return f"but was overtaken again by {loser} {_bracket(comparison, back)}"
    pairs = comparison.pairs
    last = comparison.at(on) or pairs[int(np.searchsorted(pairs.last, number(on), side="right")) - 1]
    if later or comparison.leader(last) != overtake.winner:
        return "but we can't say whether it stayed ahead"
    return f"and was still ahead {wording.through(comparison.metric.period, last.last, last.last)}"


def _bracket(comparison: HeadToHead, overtake: Overtake) -> str:
    gap = " (gap in the data)" if overtake.on_gap else ""
    return wording.bracket(comparison.metric.period, overtake.last_before, overtake.first_after) + gap
