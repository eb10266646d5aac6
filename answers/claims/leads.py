"""The evidence of one metric on one claim: for it, against it, partly, or nothing clear; with numbers and dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np
import pandas as pd

from analysis.arrays import number
from analysis.breaks import touching
from analysis.overtakes.head_to_head import HeadToHead, Overtake
from analysis.overtakes.pairs import Pair
from answers import wording
from answers.anomalies.wording import anomalies_in_bracket
from answers.claims.grammar import USE, ParsedClaim
from answers.overtakes.verdicts import doubt
from answers.panel import Panel, caveats_within, outlived, panels, undecided
from answers.question import final_through
from catalog import Catalog, Kind, Metric
from storage import Store

OF_USE = ("downloads", "survey")  # the families that count use or come near it
YEAR = timedelta(days=365)
ALMOST, GENEROUS = 0.9, 0.75  # of the number claimed: from there on it is almost that, or generous rounding


class Stance(StrEnum):
    """Which side of a claim a piece of evidence is on."""

    FOR = "for"
    AGAINST = "against"
    PARTLY = "partly"
    UNCLEAR = "unclear"

    @property
    def denied(self) -> Stance:
        """The stance on the denial of the claim."""
        return {Stance.FOR: Stance.AGAINST, Stance.AGAINST: Stance.FOR}.get(self, self)

    @classmethod
    def of_sign(cls, sign: float) -> Stance:
        """For a claim of growth or a lead: for it above zero, against it below, unclear at zero."""
        return cls.FOR if sign > 0 else cls.AGAINST if sign < 0 else cls.UNCLEAR


@dataclass(frozen=True, slots=True)
class Evidence:
    """One metric's evidence on a claim: `sentence` has the numbers, `since`..`until` the days they are about."""

    metric: str
    stance: Stance = field(metadata={"json": "says"})
    sentence: str
    since: date | None
    until: date | None
    sources: tuple[str, ...]
    caveats: tuple[str, ...]
    retrieved_at: datetime | None


@dataclass(frozen=True)
class ClaimContext:
    """What a claim is judged by: the store as known at `as_of`, as it stood on the day `on` (None: as last seen)."""

    store: Store
    catalog: Catalog
    now: datetime
    on: date | None
    as_of: datetime | None
    _panels: dict[tuple[str, ...], dict[str, Panel]] = field(default_factory=dict)

    @property
    def final(self) -> date:
        return final_through(self.now, self.as_of)

    def until(self, claim: ParsedClaim) -> date | None:
        """The last day that the claim is judged for; None: as last seen."""
        return min(filter(None, (claim.until, self.on)), default=None)

    def panels_of(self, frameworks: Sequence[str]) -> Mapping[str, Panel]:
        """Every metric with values of two of these, read once."""
        key = tuple(frameworks)
        if key not in self._panels:
            self._panels[key] = panels(self.store, self.catalog, key, self.final, self.as_of)
        return self._panels[key]

    def meant(self, claim: ParsedClaim, frameworks: Sequence[str], ever: bool = False) -> list[Panel]:
        """The metrics that a claim is about; for a claim about today (not `ever`) without those that have ended.

        A metric that is summed up has a say only where none that was read has a history of two of these frameworks.
        """
        panels = [f for f in self.panels_of(frameworks).values() if is_meant(self.catalog, f.metric, claim)]
        read = {f.metric.counts for f in panels if not f.metric.cumulates and f.has_history}
        panels = [f for f in panels if not f.metric.cumulates or f.metric.counts not in read]
        if ever or self.on is not None or claim.until is not None:
            return panels
        newest: dict[str, date] = {}
        for panel in panels:
            family = panel.metric.family
            newest[family] = max(newest.get(family, date.min), _last_day(panel))
        families = self.catalog.families
        return [f for f in panels if not outlived(families[f.metric.family], _last_day(f), newest[f.metric.family])]

    def evidence(
        self, metric: Metric, stance: Stance, text: str, frames: Iterable[pd.DataFrame], since: date, until: date
    ) -> Evidence:
        """A piece of evidence with its sources and the caveats that concern its days."""
        first, last = pd.Timestamp(since), pd.Timestamp(until)
        rows = pd.concat([f[(f["period_end"] >= first) & (f["period"] <= last)] for f in frames])
        retrieved_at = rows["retrieved_at"].max().to_pydatetime() if len(rows) else None
        broken = [b.id for b in touching(self.catalog.breaks_of(metric.id), since, until)]
        return Evidence(
            metric.id,
            stance,
            text,
            since,
            until,
            tuple(dict.fromkeys(rows["source"])),
            (*caveats_within(self.catalog, metric, since, until), *broken),
            retrieved_at,
        )


def is_meant(catalog: Catalog, metric: Metric, claim: ParsedClaim) -> bool:
    """Whether a claim is about a metric: named itself, or of the family named, or of any where none is.

    What people want is no evidence of use, nor a pace one of a level, unless asked for by name.
    """
    if metric.id == claim.what:
        return True
    family = catalog.families[metric.family]
    named = family.id in OF_USE if claim.what == USE else claim.what in ("", family.id)
    return named and metric.counts == family.counts


def _last_day(panel: Panel) -> date:
    return pd.Timestamp(max(frame["period_end"].max() for frame in panel.seen.values())).date()


def by_passing(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A passed B: an overtake whose whole bracket lies within the days meant, or at any time where none are.

    That it ever did, a metric that has ended can tell as well; that it never did, only one that goes on.
    """
    both = (claim.a, claim.b)
    ever = claim.since is None and not claim.back and claim.amount is None
    current = {panel.metric.id for panel in context.meant(claim, both)}
    comparisons = [(panel, panel.head_to_head(*both)) for panel in context.meant(claim, both, ever)]
    judged = [(c, e) for panel, c in comparisons if (e := _by_passing(context, claim, panel, c)) is not None]
    judged = [(c, e) for c, e in judged if e.metric in current or e.stance is Stance.FOR]
    for comparison, e in judged:
        rivals = [other for other in judged if other[0].metric.family == comparison.metric.family]
        silent = ever and e.stance is Stance.AGAINST and any(_elsewhere(claim.a, *rival, e) for rival in rivals)
        yield replace(e, stance=Stance.UNCLEAR) if silent else e


def _by_passing(context: ClaimContext, claim: ParsedClaim, panel: Panel, comparison: HeadToHead) -> Evidence | None:
    if not len(comparison.pairs):
        return None
    since, until = _window(context, claim, comparison)
    if not any(p.last >= since and p.start <= until for p in comparison.pairs):
        return None
    stance, text = _passing(context, comparison, claim, since, until)
    first, last = max(since, comparison.pairs[0].start), min(until, comparison.pairs[-1].last)
    return context.evidence(panel.metric, stance, text, panel.seen.values(), min(first, last), last)


def _elsewhere(winner: str, comparison: HeadToHead, seen: Evidence, other: Evidence) -> bool:
    """Whether every overtake that speaks for a claim lies outside the days that other evidence is about."""
    until, first, last = (d or date.max for d in (seen.until, other.since, other.until))
    won = [o for o in comparison.overtakes if o.winner == winner and not o.on_break and o.first_after <= until]
    return seen.stance is Stance.FOR and not any(first <= o.last_before and o.first_after <= last for o in won)


def everybody(context: ClaimContext, claim: ParsedClaim) -> tuple[str, ...]:
    """The frameworks of a claim: its two, or its one and all the others."""
    return (claim.a, claim.b) if claim.b else (claim.a, *(x for x in context.catalog.frameworks if x != claim.a))


def pairings(context: ClaimContext, claim: ParsedClaim, panel: Panel) -> list[HeadToHead]:
    """The first framework beside the one named, or beside all that count; nothing where the metric lacks it."""
    rivals = panel.seen if claim.b else context.catalog.counted(panel.metric.id, panel.seen)
    return [panel.head_to_head(claim.a, x) for x in rivals if x != claim.a] if claim.a in panel.seen else []


def by_leading(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A leads B, or everybody: on the day, or through all the days meant; by as much as claimed."""
    for panel in context.meant(claim, everybody(context, claim)):
        pairs = [_leading(context, claim, panel, comparison) for comparison in pairings(context, claim, panel)]
        parts = [(stance, text, pair.start, pair.last) for stance, text, pair in filter(None, pairs)]
        if parts:
            yield together(context, panel, claim, "led", parts)


def before(day: date, days: int) -> date:
    """So many days before, but not before the calendar begins."""
    return date.fromordinal(max(day.toordinal() - days, 1))


def _window(context: ClaimContext, claim: ParsedClaim, comparison: HeadToHead) -> tuple[date, date]:
    """The days meant, up to the day that the claim is judged for."""
    until = context.until(claim) or comparison.pairs[-1].last
    if claim.back:
        return before(until, claim.back), until
    return claim.since or date.min, until


def _passing(
    context: ClaimContext, comparison: HeadToHead, claim: ParsedClaim, since: date, until: date
) -> tuple[Stance, str]:
    catalog = context.catalog
    a, b = wording.framework(catalog, claim.a), wording.framework(catalog, claim.b)
    what = wording.phrase(comparison.metric)
    won = [o for o in comparison.overtakes if o.winner == claim.a and o.last_before <= until and o.first_after >= since]
    inside = [o for o in won if since <= o.last_before and o.first_after <= until and not o.on_break]
    if inside and (why := doubt(catalog, inside[-1])):
        return Stance.UNCLEAR, f"Whether {a} passed {b} in {what} {_bracket(inside[-1])} cannot be told: {why}."
    if inside:
        flags = inside[-1].anomalies
        unusual = f" {anomalies_in_bracket(catalog, comparison.metric, flags)}" if flags else ""
        tail = _held(comparison, inside[-1], b, context.on or comparison.pairs[-1].last)
        text = f"{a} passed {b} in {what} {_bracket(inside[-1])}, {tail}.{unusual}"
        return (Stance.FOR, text) if claim.amount is None else _passing_by(context, comparison, claim, until, text)
    lost = comparison.change_by(until)
    if won and not (won[-1].on_break and since == date.min and lost is not None and lost.winner != claim.a):
        why = "lies across a break in the counting" if won[-1].on_break else "need not lie in the time meant"
        return Stance.UNCLEAR, f"A change of lead to {a} in {what} {_bracket(won[-1])} {why}."
    return _not_passing(catalog, comparison, (claim.a, a, b), what, since, until)


def _passing_by(
    context: ClaimContext, comparison: HeadToHead, claim: ParsedClaim, until: date, text: str
) -> tuple[Stance, str]:
    """Passed by so many: the lead on the day that it is judged for."""
    pair = comparison.at(until)
    if pair is None or not pair.sign:
        return Stance.UNCLEAR, f"{text} How large the lead was by {until} cannot be told."
    amount = wording.amount(pair.a - pair.b, comparison.metric)
    stance, size, _ = _sized(context, claim, comparison, pair, f"The lead was {amount} {_when(comparison, pair)}")
    return stance, f"{text} {size}"


def _not_passing(
    catalog: Catalog, comparison: HeadToHead, names: tuple[str, str, str], what: str, since: date, until: date
) -> tuple[Stance, str]:
    key, a, b = names
    pairs = _decided(comparison, since, until)
    if not pairs:
        return Stance.UNCLEAR, f"Nothing decided is known of {a} and {b} in {what} in the time meant."
    broken = [o for o in comparison.overtakes if o.on_break and o.first_after <= until]
    tail = ""
    if broken and since == date.min:
        pairs = [p for p in pairs if p.last >= broken[-1].first_after]
        tail = "; what looked like a change of lead before lies across a break in the counting"
    first, last = pairs[0], pairs[-1]
    ever = since == date.min
    short = ever and last.last - first.last < YEAR
    if short or not _covers(catalog, comparison, pairs, first.start if ever else since, until):
        return Stance.UNCLEAR, f"In {what} the two are known only from {first.last} to {last.last}{tail}."
    if all(comparison.leader(p) != key for p in pairs):
        values = _values(comparison, last)
        span = f"In what is known, from {first.last} to {last.last},"
        return Stance.AGAINST, f"{span} {b} led {a} in {what} whenever both were seen ({values} at the end){tail}."
    earlier = comparison.change_by(since if since != date.min else first.last)
    if earlier is not None and earlier.winner == key and not earlier.on_break:
        return Stance.AGAINST, f"{a} had passed {b} in {what} before, {_bracket(earlier)}, and not in the time meant."
    if comparison.leader(first) != key:
        return Stance.UNCLEAR, f"{a} was ahead of {b} in {what} at times, but without a change of lead that lasted."
    if not ever:
        return Stance.AGAINST, f"{a} led {b} in {what} already when the time meant began, and was not overtaken since."
    return Stance.UNCLEAR, f"{a} led {b} in {what} already when both were first seen, on {first.last}."


def _held(comparison: HeadToHead, overtake: Overtake, loser: str, on: date) -> str:
    """Whether the winner led ever since, as it was last seen by that day; in words."""
    later = [o for o in comparison.overtakes if overtake.first_after < o.first_after <= on]
    if back := next((o for o in later if not o.on_break and o.winner == overtake.loser), None):
        return f"but it did not hold: {loser} passed it back {_bracket(back)}"
    pairs = comparison.pairs
    last = comparison.at(on) or pairs[int(np.searchsorted(pairs.last, number(on), side="right")) - 1]
    if later or comparison.leader(last) != overtake.winner:
        return "whether it held cannot be told"
    return f"and still led when last seen, on {last.last}"


def _decided(comparison: HeadToHead, since: date, until: date) -> list[Pair]:
    """The pairs with a leader in these days; an edition of a survey serves from its first day on."""
    share = comparison.metric.kind is Kind.SHARE
    return [p for p in comparison.pairs if p.sign and p.last >= since and (p.start if share else p.last) <= until]


def _covers(catalog: Catalog, comparison: HeadToHead, pairs: Sequence[Pair], since: date, until: date) -> bool:
    """Whether what was seen reaches close enough to both ends of the time meant."""
    near = timedelta(days=catalog.families[comparison.metric.family].current_days)
    return pairs[0].start - near <= since and pairs[-1].last + near >= until


def _leading(
    context: ClaimContext, claim: ParsedClaim, panel: Panel, comparison: HeadToHead
) -> tuple[Stance, str, Pair] | None:
    if not len(comparison.pairs):
        return None
    if claim.since is not None or claim.back:
        return _leading_through(context, claim, comparison)
    pair = comparison.last if context.on is None else comparison.at(context.on)
    if pair is None:
        return None
    leader, what = comparison.leader(pair), f"in {wording.phrase(comparison.metric)} {_when(comparison, pair)}"
    a, b = (wording.framework(context.catalog, name) for name in (comparison.a, comparison.b))
    if leader is None:
        why = undecided(panel, comparison, pair)
        return Stance.UNCLEAR, f"{a} and {b} cannot be told apart {what}: {why}.", pair
    if leader != claim.a:
        return Stance.AGAINST, f"{b} led {a} {what} ({_values(comparison, pair)}).", pair
    change = comparison.change_by(pair.last)
    if change is not None and not change.on_break and (why := doubt(context.catalog, change)):
        return Stance.UNCLEAR, f"That {a} led {b} {what} cannot be trusted: {why}.", pair
    amount = wording.amount(pair.a - pair.b, comparison.metric)
    text = f"{a} led {b} {what} by {amount} ({_values(comparison, pair)})"
    if claim.amount is None:
        return Stance.FOR, f"{text}.", pair
    return _sized(context, claim, comparison, pair, text)


def _sized(
    context: ClaimContext, claim: ParsedClaim, comparison: HeadToHead, pair: Pair, text: str
) -> tuple[Stance, str, Pair]:
    """The size of the lead as last seen by the day, and as next seen after it: the truth lay in between."""
    amount = claim.amount or 0.0
    ends = [pair, comparison.after(context.on)] if context.on else [pair]
    leads = [_scale(comparison) * (p.a - p.b) for p in ends if p is not None]
    verdicts = {fits(lead, amount, claim.size) for lead in leads}
    stance = verdicts.pop() if len(verdicts) == 1 else Stance.PARTLY
    later = ends[-1] if len(leads) > 1 else None
    metric = comparison.metric
    after = f", and {wording.amount(later.a - later.b, metric)} {_when(comparison, later)}" if later else ""
    ratios = [lead / amount for lead in leads] if amount else [0.0]
    parts = wording.listed(wording.percent(r) if r < 2 else wording.times(r) for r in ratios)
    return stance, f"{text}{after}: {parts} {'of ' if ratios[-1] < 2 else ''}the {wording.number(amount)} said.", pair


def fits(lead: float, amount: float, size: str) -> Stance:
    """Whether a lead is what was claimed: almost N is nine tenths of it and less than N, about N within a tenth."""
    if not amount:
        return Stance.AGAINST
    part = lead / amount
    if size == "over":
        return Stance.FOR if part >= 1 else Stance.PARTLY if part >= ALMOST else Stance.AGAINST
    if size == "almost":
        return Stance.AGAINST if part >= 1 or part < GENEROUS else Stance.FOR if part >= ALMOST else Stance.PARTLY
    off = abs(part - 1)
    return Stance.FOR if off <= 1 - ALMOST else Stance.PARTLY if off <= 1 - GENEROUS else Stance.AGAINST


def _leading_through(
    context: ClaimContext, claim: ParsedClaim, comparison: HeadToHead
) -> tuple[Stance, str, Pair] | None:
    """Who led through all the days meant; None where nothing decided is known of them."""
    since, until = _window(context, claim, comparison)
    pairs = _decided(comparison, since, until)
    if not pairs:
        return None
    a, b = (wording.framework(context.catalog, name) for name in (comparison.a, comparison.b))
    what, span = wording.phrase(comparison.metric), f"from {pairs[0].last} to {pairs[-1].last}"
    ahead = sum(comparison.leader(p) == claim.a for p in pairs)
    if not _covers(context.catalog, comparison, pairs, since, until):
        return Stance.UNCLEAR, f"In {what} {a} and {b} are known only {span}.", pairs[-1]
    if ahead and claim.amount is not None:
        return *_leading_by(comparison, claim, pairs, f"{a} led {b} in {what}"), pairs[-1]
    if ahead == len(pairs):
        values = _values(comparison, pairs[-1])
        return Stance.FOR, f"{a} led {b} in {what} whenever both were seen {span} ({values}).", pairs[-1]
    if not ahead:
        return Stance.AGAINST, f"{b} led {a} in {what} whenever both were seen {span}.", pairs[-1]
    return Stance.PARTLY, f"{a} led {b} in {what} in {ahead} of {len(pairs)} sightings {span}.", pairs[-1]


def _leading_by(comparison: HeadToHead, claim: ParsedClaim, pairs: Sequence[Pair], head: str) -> tuple[Stance, str]:
    """By so many through all the days: the size of every lead seen."""
    amount, metric = claim.amount or 0.0, comparison.metric
    leads = [p.a - p.b for p in pairs]
    stances = {fits(_scale(comparison) * lead, amount, claim.size) for lead in leads}
    low, high = (wording.amount(lead, metric) for lead in (min(leads), max(leads)))
    text = f"{head} by {low} to {high} from {pairs[0].last} to {pairs[-1].last}; {wording.number(amount)} is said."
    return (stances.pop() if len(stances) == 1 else Stance.PARTLY), text


def together(
    context: ClaimContext, panel: Panel, claim: ParsedClaim, verb: str, parts: Sequence[tuple[Stance, str, date, date]]
) -> Evidence:
    """One metric's evidence on all opponents: the worst of them decides."""
    order = [Stance.AGAINST, Stance.PARTLY, Stance.UNCLEAR, Stance.FOR]
    stance, text, start, _ = min(parts, key=lambda part: order.index(part[0]))
    if len(parts) > 1 and stance is Stance.FOR:
        what = wording.phrase(panel.metric)
        text = f"{wording.framework(context.catalog, claim.a)} {verb} all {len(parts)} others in {what}; {text}"
    starts = [start, *(first for _, _, first, _ in parts), *filter(None, [claim.since])]
    return context.evidence(panel.metric, stance, text, panel.seen.values(), min(starts), max(p[3] for p in parts))


def _bracket(overtake: Overtake) -> str:
    hole = " (across a hole in what was seen)" if overtake.on_gap else ""
    return wording.between(overtake.last_before, overtake.first_after) + hole


def _scale(comparison: HeadToHead) -> float:
    return 100.0 if comparison.metric.kind is Kind.SHARE else 1.0  # sentences give the size of a share's lead in points


def _when(comparison: HeadToHead, pair: Pair) -> str:
    whole = comparison.metric.period != "day" or comparison.trailing
    return wording.period(comparison.metric, pair.start if whole else pair.last, pair.last)


def _values(comparison: HeadToHead, pair: Pair) -> str:
    """Both values, the leader's first."""
    high, low = (wording.value(value, comparison.metric) for value in sorted((pair.a, pair.b), reverse=True))
    return f"{high} v {low}"
