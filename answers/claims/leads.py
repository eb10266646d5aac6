"""What one metric has to say on one sentence: for it, against it, partly, or nothing clear; with numbers and dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

import numpy as np
import pandas as pd

from analysis import HeadToHead, Overtake, Pair
from analysis.arrays import number
from answers import wording
from answers.claims.grammar import ParsedClaim
from answers.panel import CURRENT_DAYS, SURVEY_DAYS, Panel, outlived, panels, undecided
from answers.question import final_through
from catalog import Catalog, Kind, Metric
from storage import Store

RECENT_DAYS = 183  # "recently" is within half a year
ALMOST, GENEROUS = 0.9, 0.75  # of the number said: from there on it is almost that, or generous rounding
# What people want is no evidence of use, nor a pace one of a level, unless asked for by name.
ASIDE = ("wish", "stars given")


class Stance(StrEnum):
    """What a piece of evidence says of a sentence."""

    FOR = "for"
    AGAINST = "against"
    PARTLY = "partly"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One metric's word on one sentence: `sentence` has the numbers, `since`..`until` the days they are about."""

    metric: str
    says: Stance
    sentence: str
    since: date | None
    until: date | None
    sources: tuple[str, ...]
    caveats: tuple[str, ...]
    retrieved_at: datetime | None


@dataclass(frozen=True)
class ClaimContext:
    """What a sentence is judged by: the store as known at `as_of`, as it stood on the day `on` (None: as last seen)."""

    store: Store
    catalog: Catalog
    now: datetime
    on: date | None
    as_of: datetime | None

    @property
    def final(self) -> date:
        return final_through(self.now, self.as_of)

    @cached_property
    def _fields(self) -> dict[tuple[str, ...], dict[str, Panel]]:
        return {}

    def fields(self, frameworks: Sequence[str]) -> Mapping[str, Panel]:
        """Every metric with values of two of these, read once."""
        key = tuple(frameworks)
        if key not in self._fields:
            self._fields[key] = panels(self.store, self.catalog, key, self.final, self.as_of)
        return self._fields[key]

    def meant(self, sentence: ParsedClaim, frameworks: Sequence[str]) -> list[Panel]:
        """The metrics that a sentence is about; those that have ended are left out of what is asked about today."""
        panels = [f for f in self.fields(frameworks).values() if is_meant(f.metric, sentence)]
        if self.on is not None or sentence.until is not None:
            return panels
        newest: dict[str, date] = {}
        for field in panels:
            family = field.metric.family
            newest[family] = max(newest.get(family, date.min), _last_day(field))
        return [f for f in panels if not outlived(f.metric.family, _last_day(f), newest[f.metric.family])]

    def evidence(
        self, metric: Metric, says: Stance, text: str, frames: Iterable[pd.DataFrame], since: date, until: date
    ) -> Evidence:
        """A piece of evidence with its sources and the caveats that concern its days."""
        names: dict[str, None] = {}
        learned: datetime | None = None
        for frame in frames:
            rows = frame[(frame["period_end"] >= pd.Timestamp(since)) & (frame["period"] <= pd.Timestamp(until))]
            names |= dict.fromkeys(rows["source"])
            if len(rows):
                latest = rows["retrieved_at"].max().to_pydatetime()
                learned = latest if learned is None else max(learned, latest)
        codes = [
            c.code
            for c in self.catalog.caveats_of(metric.id)
            if (c.since is None or c.since <= until) and (c.until is None or c.until >= since)
        ]
        broken = [b.id for b in self.catalog.breaks_of(metric.id) if b.since <= until and b.until >= since]
        return Evidence(metric.id, says, text, since, until, tuple(names), tuple(codes + broken), learned)


def is_meant(metric: Metric, sentence: ParsedClaim) -> bool:
    """Whether a sentence is about a metric: named itself, or of the family named, or of any where none is."""
    if metric.id == sentence.what:
        return True
    named = metric.family == sentence.what if sentence.what else metric.family != "activity"
    return named and metric.counts not in ASIDE


def _last_day(field: Panel) -> date:
    return pd.Timestamp(max(frame["period_end"].max() for frame in field.seen.values())).date()


def by_passing(court: ClaimContext, sentence: ParsedClaim) -> Iterator[Evidence]:
    """A passed B: an overtake whose whole bracket lies within the days meant."""
    for field in court.meant(sentence, (sentence.a, sentence.b)):
        fight = field.duel(sentence.a, sentence.b)
        if not len(fight.pairs):
            continue
        since, until = _window(court, sentence, fight)
        if not any(p.last >= since and p.start <= until for p in fight.pairs):
            continue
        says, text = _passing(court.catalog, fight, sentence, since, until)
        if sentence.denied:
            says = {Stance.FOR: Stance.AGAINST, Stance.AGAINST: Stance.FOR}.get(says, says)
        first, last = max(since, fight.pairs[0].start), min(until, fight.pairs[-1].last)
        yield court.evidence(field.metric, says, text, field.seen.values(), min(first, last), last)


def by_leading(court: ClaimContext, sentence: ParsedClaim) -> Iterator[Evidence]:
    """A leads B, or everybody: on the day, or through all the days meant; by as much as was said."""
    everybody = (sentence.a, *(name for name in court.catalog.frameworks if name != sentence.a))
    for field in court.meant(sentence, (sentence.a, sentence.b) if sentence.b else everybody):
        if sentence.a not in field.seen:
            continue
        others = [name for name in field.seen if name != sentence.a]
        parts = [part for other in others if (part := _leading(court, sentence, field, other)) is not None]
        if parts:
            yield _together(court, field, sentence, parts)


def _window(court: ClaimContext, sentence: ParsedClaim, fight: HeadToHead) -> tuple[date, date]:
    """The days meant, up to the day that the sentence is judged for."""
    until = min(filter(None, (sentence.until, court.on)), default=fight.pairs[-1].last)
    if sentence.recent:
        return until - timedelta(days=RECENT_DAYS), until
    return sentence.since or date.min, until


def _passing(
    catalog: Catalog, fight: HeadToHead, sentence: ParsedClaim, since: date, until: date
) -> tuple[Stance, str]:
    a, b = wording.framework(catalog, sentence.a), wording.framework(catalog, sentence.b)
    what = wording.phrase(fight.metric)
    won = [o for o in fight.overtakes if o.winner == sentence.a and o.last_before <= until and o.first_after >= since]
    inside = [o for o in won if since <= o.last_before and o.first_after <= until and not o.on_break]
    if inside:
        held = {True: "and leads since", False: "but did not keep the lead", None: "whether it held cannot be told"}
        tail = held[_held_by(fight, inside[-1], until)]
        return Stance.FOR, f"{a} passed {b} in {what} {_bracket(inside[-1])}, {tail}."
    lost = fight.change_by(until)
    if won and not (won[-1].on_break and since == date.min and lost is not None and lost.winner != sentence.a):
        why = "lies across a break in the counting" if won[-1].on_break else "need not lie in the time meant"
        return Stance.UNCLEAR, f"A change of lead to {a} in {what} {_bracket(won[-1])} {why}."
    return _not_passing(fight, (sentence.a, a, b), what, since, until)


def _not_passing(
    fight: HeadToHead, names: tuple[str, str, str], what: str, since: date, until: date
) -> tuple[Stance, str]:
    key, a, b = names
    pairs = _decided(fight, since, until)
    if not pairs:
        return Stance.UNCLEAR, f"Nothing decided is known of {a} and {b} in {what} in the time meant."
    broken = [o for o in fight.overtakes if o.on_break and o.first_after <= until]
    tail = ""
    if broken and since == date.min:
        pairs = [p for p in pairs if p.last >= broken[-1].first_after]
        tail = "; what looked like a change of lead before lies across a break in the counting"
    first, last = pairs[0], pairs[-1]
    if since != date.min and not _covers(fight, pairs, since, until):
        return Stance.UNCLEAR, f"In {what} the two are known only from {first.last} to {last.last}."
    span = f"from {first.last} to {last.last}"
    if all(fight.leader(p) != key for p in pairs):
        return (
            Stance.AGAINST,
            f"{b} led {a} in {what} whenever both were seen {span} ({_values(fight, last)} at the end){tail}.",
        )
    earlier = fight.change_by(since if since != date.min else first.last)
    if earlier is not None and earlier.winner == key and not earlier.on_break:
        return Stance.AGAINST, f"{a} had passed {b} in {what} before, {_bracket(earlier)}, and not in the time meant."
    if since != date.min and fight.leader(first) == key:
        return Stance.AGAINST, f"{a} led {b} in {what} already when the time meant began, and was not overtaken since."
    return Stance.UNCLEAR, f"{a} led {b} in {what} already when both were first seen, on {first.last}."


def _held_by(fight: HeadToHead, overtake: Overtake, until: date) -> bool | None:
    """As `Duel.held`, knowing nothing after that day."""
    later = [o for o in fight.overtakes if overtake.first_after < o.first_after <= until]
    if later:
        return None if all(o.on_break for o in later) else False
    last = fight.at(until) or fight.pairs[int(np.searchsorted(fight.pairs.last, number(until), side="right")) - 1]
    return True if fight.leader(last) == overtake.winner else None


def _decided(fight: HeadToHead, since: date, until: date) -> list[Pair]:
    """The pairs with a leader in these days; an edition of a survey serves from its first day on."""
    share = fight.metric.kind is Kind.SHARE
    return [p for p in fight.pairs if p.sign and p.last >= since and (p.start if share else p.last) <= until]


def _covers(fight: HeadToHead, pairs: Sequence[Pair], since: date, until: date) -> bool:
    """Whether what was seen reaches close enough to both ends of the time meant."""
    near = timedelta(days=SURVEY_DAYS if fight.metric.kind is Kind.SHARE else CURRENT_DAYS)
    return pairs[0].start - near <= since and pairs[-1].last + near >= until


def _leading(court: ClaimContext, sentence: ParsedClaim, field: Panel, other: str) -> tuple[Stance, str, Pair] | None:
    fight = field.duel(sentence.a, other)
    if not len(fight.pairs):
        return None
    if sentence.since is not None:
        return _leading_through(court, sentence, fight)
    pair = fight.last if court.on is None else fight.at(court.on)
    if pair is None:
        return None
    leader, what = fight.leader(pair), wording.phrase(fight.metric)
    a, b = (wording.framework(court.catalog, name) for name in (fight.a, fight.b))
    if leader is None:
        why = undecided(fight.metric, field.seen, fight, pair)
        return Stance.UNCLEAR, f"{a} and {b} cannot be told apart in {what} {_when(fight, pair)}: {why}.", pair
    if leader != sentence.a:
        return Stance.AGAINST, f"{b} led {a} in {what} {_when(fight, pair)} ({_values(fight, pair)}).", pair
    amount = wording.amount(pair.a - pair.b, fight.metric)
    text = f"{a} led {b} in {what} {_when(fight, pair)} by {amount} ({_values(fight, pair)})"
    if sentence.amount is None:
        return Stance.FOR, f"{text}.", pair
    return _sized(court, sentence, fight, pair, text)


def _sized(
    court: ClaimContext, sentence: ParsedClaim, fight: HeadToHead, pair: Pair, text: str
) -> tuple[Stance, str, Pair]:
    """The size of the lead as last seen by the day, and as next seen after it: the truth lay in between."""
    amount = sentence.amount or 0.0
    scale = 100.0 if fight.metric.kind is Kind.SHARE else 1.0
    ends = [pair, fight.after(court.on)] if court.on else [pair]
    leads = [scale * (p.a - p.b) for p in ends if p is not None]
    verdicts = {fits(lead, amount, sentence.size) for lead in leads}
    says = verdicts.pop() if len(verdicts) == 1 else Stance.PARTLY
    later = ends[-1] if len(leads) > 1 else None
    after = f", and by {wording.amount(later.a - later.b, fight.metric)} {_when(fight, later)}" if later else ""
    parts = " and ".join(wording.percent(lead / amount) for lead in leads) if amount else "no part"
    return says, f"{text}{after}: {parts} of the {wording.number(amount)} said.", pair


def fits(lead: float, amount: float, size: str) -> Stance:
    """Whether a lead is what was said: almost N is nine tenths of it and less than N, about N within a tenth."""
    if not amount:
        return Stance.AGAINST
    part = lead / amount
    if size == "over":
        return Stance.FOR if part >= 1 else Stance.PARTLY if part >= ALMOST else Stance.AGAINST
    if size == "almost":
        return Stance.AGAINST if part >= 1 or part < GENEROUS else Stance.FOR if part >= ALMOST else Stance.PARTLY
    off = abs(part - 1)
    return Stance.FOR if off <= 1 - ALMOST else Stance.PARTLY if off <= 1 - GENEROUS else Stance.AGAINST


def _leading_through(court: ClaimContext, sentence: ParsedClaim, fight: HeadToHead) -> tuple[Stance, str, Pair] | None:
    since, until = _window(court, sentence, fight)
    pairs = _decided(fight, since, until)
    if not pairs:
        return None
    a, b = (wording.framework(court.catalog, name) for name in (fight.a, fight.b))
    what, span = wording.phrase(fight.metric), f"from {pairs[0].last} to {pairs[-1].last}"
    ahead = sum(fight.leader(p) == sentence.a for p in pairs)
    if not _covers(fight, pairs, since, until):
        return Stance.UNCLEAR, f"In {what} {a} and {b} are known only {span}.", pairs[-1]
    if ahead == len(pairs):
        return (
            Stance.FOR,
            f"{a} led {b} in {what} whenever both were seen {span} ({_values(fight, pairs[-1])}).",
            pairs[-1],
        )
    if not ahead:
        return Stance.AGAINST, f"{b} led {a} in {what} whenever both were seen {span}.", pairs[-1]
    return Stance.PARTLY, f"{a} led {b} in {what} in {ahead} of {len(pairs)} sightings {span}.", pairs[-1]


def _together(
    court: ClaimContext, field: Panel, sentence: ParsedClaim, parts: Sequence[tuple[Stance, str, Pair]]
) -> Evidence:
    """One metric's word on all opponents: the worst of them decides."""
    order = [Stance.AGAINST, Stance.PARTLY, Stance.UNCLEAR, Stance.FOR]
    says, text, pair = min(parts, key=lambda t: order.index(t[0]))
    if len(parts) > 1 and says is Stance.FOR:
        what = wording.phrase(field.metric)
        text = f"{wording.framework(court.catalog, sentence.a)} led all {len(parts)} others in {what}; {text}"
    starts = [p.start for _, _, p in parts] + ([sentence.since] if sentence.since else [])
    until = max(p.last for _, _, p in parts)
    return court.evidence(field.metric, says, text, field.seen.values(), min([pair.start, *starts]), until)


def _bracket(overtake: Overtake) -> str:
    hole = " (across a hole in what was seen)" if overtake.on_gap else ""
    return wording.between(overtake.last_before, overtake.first_after) + hole


def _when(fight: HeadToHead, pair: Pair) -> str:
    return wording.period(
        fight.metric, pair.start if fight.metric.period != "day" or fight.trailing else pair.last, pair.last
    )


def _values(fight: HeadToHead, pair: Pair) -> str:
    """Both values, the leader's first."""
    high, low = (wording.value(value, fight.metric) for value in sorted((pair.a, pair.b), reverse=True))
    return f"{high} v {low}"
