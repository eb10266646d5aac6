"""Who led whom, by how much and over which days, as evidence on a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import exp, inf, sqrt

from analysis.breaks import forbidding
from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.paired_series import TRAILING_DAYS, Pair
from analysis.share_intervals import MIN_BASE, Z95
from answers import wording
from answers.claims.claimed_numbers import fits, number_claimed, size_claimed, taken_as
from answers.claims.evidence import YEAR, ClaimContext, Evidence, Stance, before, everybody, pairings, together
from answers.claims.grammar.parser import ParsedClaim
from answers.leaders.unread_frameworks import left_out_of
from answers.overtakes.verdicts import doubt
from answers.panel import Panel, undecided
from catalog import Catalog, Kind


def by_leading(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A leads B, or everybody: on the day, or through all the days meant; by as much as claimed; or ever."""
    if claim.ever:
        yield from _ever_leading(context, claim)
        return
    for panel in context.meant(claim, everybody(context, claim)):
        by_rival = {c.b: _leading(context, claim, panel, c) for c in pairings(context, claim, panel)}
        pairs = {name: part for name, part in by_rival.items() if part is not None}
        nearest = sorted(pairs.values(), key=lambda part: part[2].a - part[2].b)  # who is ahead of it, or next to it
        parts = [(stance, text, pair.start, pair.last) for stance, text, pair in nearest]
        if not claim.b and panel.metric.kind is Kind.SHARE:  # in the newest edition, not in one before
            newest = max((last for *_, last in parts), default=date.min)
            parts = [part for part in parts if part[3] == newest]
            pairs = {name: part for name, part in pairs.items() if part[2].last == newest}
        if parts:
            evidence = _marked(context, claim, panel, together(context, panel, claim, "led", parts, list(pairs)))
            if not claim.b and evidence.stance is Stance.FOR:
                evidence = _unrivalled(context, claim, panel, evidence, list(pairs))
            yield _once_ahead(context, claim, panel, evidence) if claim.formerly else evidence


def _marked(context: ClaimContext, claim: ParsedClaim, panel: Panel, evidence: Evidence) -> Evidence:
    """Evidence that says whose counter stands still, where a lead over it, or by it, may come from that."""
    frozen = [name for name in (claim.a, claim.b) if name and not context.catalog.counted(panel.metric.id, (name,))]
    named = wording.join_words(context.catalog.frameworks[name].own_title for name in frozen) if frozen else ""
    note = f" The repository of {named} is archived, so its counter stands still." if frozen else ""
    return replace(evidence, sentence=f"{evidence.sentence}{note}")


def _unrivalled(
    context: ClaimContext, claim: ParsedClaim, panel: Panel, evidence: Evidence, rivals: Sequence[str]
) -> Evidence:
    """Evidence of a lead over all that were compared, unless one that was not had more when it was last seen."""
    last = evidence.until or context.now.date()
    out = [o for o in left_out_of(panel, claim.a, last, last) if o.framework not in rivals and not o.is_later]
    out = [o for o in out if context.catalog.counted(panel.metric.id, (o.framework,))]
    if not out:
        return evidence
    names = wording.join_words(wording.framework(context.catalog, o.framework) for o in out)
    return replace(
        evidence, stance=Stance.UNCLEAR, sentence=f"{evidence.sentence} {names} had more when both were last recorded."
    )


def _once_ahead(context: ClaimContext, claim: ParsedClaim, panel: Panel, evidence: Evidence) -> Evidence:
    """Evidence on who leads, where it takes a lead before as well: who never led does not lead no longer."""
    if evidence.stance is not Stance.AGAINST:
        return evidence
    comparison = panel.head_to_head(claim.a, claim.b)
    pairs = pairs_within(comparison, date.min, context.until(claim) or comparison.pairs[-1].last)
    stance, text = _ever(context, claim, comparison, pairs)
    turned = {Stance.FOR: Stance.AGAINST, Stance.AGAINST: Stance.FOR}.get(stance, stance)  # the claim is a denial
    return replace(evidence, stance=turned, sentence=f"{evidence.sentence} {text}")


def _ever_leading(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """Whether A was ahead of B at any time meant. That it was, a metric that has ended can tell as well."""
    both = (claim.a, claim.b)
    current = {panel.metric.id for panel in context.meant(claim, both)}
    for panel in context.meant(claim, both, ever=True):
        comparison = panel.head_to_head(*both)
        since, until = window(context, claim, comparison) if len(comparison.pairs) else (date.min, date.min)
        if not (pairs := _of_these_days(comparison, since, until)):
            continue
        stance, text = _ever(context, claim, comparison, pairs)
        if stance is Stance.FOR or panel.metric.id in current:
            yield context.evidence(panel.metric, stance, text, panel.seen.values(), pairs[0].start, pairs[-1].last)


def _ever(
    context: ClaimContext, claim: ParsedClaim, comparison: HeadToHead, pairs: Sequence[Pair]
) -> tuple[Stance, str]:
    a, b = (wording.framework(context.catalog, name) for name in (comparison.a, comparison.b))
    what, span = wording.phrase(comparison.metric), span_of(comparison, pairs)
    ahead = [
        p for p in pairs if comparison.leader(p) == claim.a and _scale(comparison) * (p.a - p.b) >= (claim.amount or 0)
    ]
    by = f" by {wording.number(claim.amount)} or more" if claim.amount else ""
    if ahead:
        values, higher = values_of(comparison, ahead[-1]), _higher_after(claim, pairs, ahead[-1])
        beyond = " beyond what chance explains" if higher else ""
        text = f"{a} last led {b}{beyond} in {what}{by} {when_seen(comparison, ahead[-1])} ({values})."
        return Stance.FOR, f"{text}{_crossing(comparison, b, higher[-1]) if higher else ''}"
    if claim.since is None and not claim.back and pairs[-1].last - pairs[0].last < YEAR:
        within = within_time(context, claim)
        return Stance.UNCLEAR, f"In {what}, data on both {a} and {b} {within}exist only {span}."
    if may_lead(context.catalog, comparison, claim.a, pairs):
        close, things = sum(not p.sign for p in pairs), compared_in(comparison)[1]
        return (
            Stance.UNCLEAR,
            f"{a} and {b} were too close to call in {what} in {close:,} of {len(pairs):,} {things} {span}.",
        )
    return Stance.AGAINST, f"{a} never led {b} in {what}{by} {span}."


def _higher_after(claim: ParsedClaim, pairs: Sequence[Pair], certain: Pair) -> list[Pair]:
    """The pairs after the last certain lead of A in which its figure is the higher one, if not by more than chance."""
    return [] if claim.amount else [p for p in pairs if p.last > certain.last and p.a > p.b]


def _crossing(comparison: HeadToHead, b: str, higher: Pair) -> str:
    """When A's figure was last the higher one, and B's passing of it, as the list of overtakes has it."""
    text = f" Its figure was last the higher one {when_seen(comparison, higher)}"
    passed = [o for o in comparison.overtakes if o.winner == comparison.b and o.first_after > higher.last]
    if not passed:
        return f"{text}."
    bracket = wording.bracket(comparison.metric.period, passed[0].last_before, passed[0].first_after)
    return f"{text}, and {b} passed it {bracket}."


def window(
    context: ClaimContext, claim: ParsedClaim, comparison: HeadToHead, today: date | None = None
) -> tuple[date, date]:
    """The days meant, up to the day that the claim is judged for (none: `today`, or what was seen last)."""
    until = context.until(claim) or today or comparison.pairs[-1].last
    if claim.back:  # up to the day it is checked for, whatever was seen last
        return before(context.until(claim) or context.now.date(), claim.back), until
    return claim.since or date.min, until


def within_time(context: ClaimContext, claim: ParsedClaim) -> str:
    """Beside days on which there are data, with a space behind: that others may exist of outside the time meant."""
    return "within that time " if claim.since or claim.back or context.until(claim) else ""


def pairs_within(comparison: HeadToHead, since: date, until: date) -> list[Pair]:
    """The pairs of these days, with a leader or without; an edition of a survey serves from its first day on."""
    share = comparison.metric.has_editions
    return [p for p in comparison.pairs if p.last >= since and (p.start if share else p.last) <= until]


def _of_these_days(comparison: HeadToHead, since: date, until: date) -> list[Pair]:
    """The pairs of these days; of a share pooled over months those with all their months in them, if there are any."""
    pairs = pairs_within(comparison, since, until)
    whole = [p for p in pairs if p.start >= since] if comparison.metric.pooled_months else []
    return whole or pairs


def may_lead(catalog: Catalog, comparison: HeadToHead, name: str, pairs: Sequence[Pair]) -> bool:
    """Whether one was ahead in a pair that is too close to call, and not while the counting changed."""
    side, metric = 1 if name == comparison.a else -1, comparison.metric
    breaks = () if metric.has_editions else catalog.breaks_of(metric.id)  # editions are broken between years
    close = (p for p in pairs if not p.sign and side * (p.a - p.b) > 0)
    return any(not forbidding(breaks, p.start, p.last, comparison.a, comparison.b) for p in close)


def readings(comparison: HeadToHead, part: int, pairs: Sequence[Pair], lost: int = 0) -> tuple[str, str]:
    """In how many of the pairs, with a space behind, and what they are: nothing of a single one; and, if none is lost,
    of the others.
    """
    one, many = compared_in(comparison)
    if part == len(pairs):
        return f"in every {one} " if part > 1 else "", ""
    others = "the other was" if len(pairs) - part == 1 else "the others were"
    return f"in {part:,} of {len(pairs):,} {many} ", "" if lost else f"; {others} too close to call"


def compared_in(comparison: HeadToHead) -> tuple[str, str]:
    """What the pairs of a comparison are: one of them, and several."""
    metric = comparison.metric
    if comparison.trailing:
        return f"sum over {TRAILING_DAYS} days", f"sums over {TRAILING_DAYS} days"
    noun = {"year": "edition", "month": "month", "window": "window"}.get(metric.period, "")
    return (noun, f"{noun}s") if noun else ("reading of both", "readings of both")


def covers(
    catalog: Catalog, comparison: HeadToHead, pairs: Sequence[Pair], since: date, until: date, back: int = 0
) -> bool:
    """Whether what was seen reaches close enough to both ends of the time meant: of so many days back, in the main."""
    near = timedelta(days=max(catalog.families[comparison.metric.family].current_days, back // 4))
    return pairs[0].start - near <= since and pairs[-1].last + near >= until


def _leading(
    context: ClaimContext, claim: ParsedClaim, panel: Panel, comparison: HeadToHead
) -> tuple[Stance, str, Pair] | None:
    if not len(comparison.pairs):
        return None
    if claim.since is not None or claim.back or claim.open:
        return _leading_through(context, claim, panel, comparison)
    until = context.until(claim)
    pair = comparison.last if until is None else comparison.at(until)
    if pair is None:
        return None
    leader, what = comparison.leader(pair), where(comparison, pair)
    a, b = (wording.framework(context.catalog, name) for name in (comparison.a, comparison.b))
    if leader is None:
        why = undecided(panel, comparison, pair)
        return Stance.UNCLEAR, f"{a} and {b} were too close to call {what}: {why}.", pair
    if leader != claim.a:
        stance = Stance.FOR if _holds_behind(claim) else Stance.AGAINST
        return stance, f"{b} led {a} {what} ({values_of(comparison, pair)}).", pair
    change = comparison.change_by(pair.last)
    if change is not None and not change.on_break and (why := doubt(context.catalog, change)):
        return Stance.UNCLEAR, f"We can't trust the lead of {a} over {b} {what}: {why}.", pair
    amount = wording.amount(pair.a - pair.b, comparison.metric)
    text = f"{a} led {b} {what} by {amount} ({values_of(comparison, pair)})"
    if claim.amount is None:
        return Stance.FOR, f"{text}.", pair
    if claim.times or claim.relative:
        return _many_times(panel, comparison, claim, pair, f"{a} led {b} {what} ({values_of(comparison, pair)})")
    return sized(context, claim, comparison, pair, text)


def sized(
    context: ClaimContext, claim: ParsedClaim, comparison: HeadToHead, pair: Pair, text: str
) -> tuple[Stance, str, Pair]:
    """The size of the lead as last seen by the day, and as next seen after it: the truth lay in between."""
    amount = claim.amount or 0.0
    until = context.until(claim)
    read = claim.size == "exact" and pair.last == until  # on that very day: there is no number in between
    ends = [pair, comparison.after(until)] if until and not read else [pair]
    leads = [_scale(comparison) * (p.a - p.b) for p in ends if p is not None]
    between = claim.size == "given" and min(leads) <= amount <= max(leads)
    verdicts = {fits(lead, amount, "about" if between else claim.size) for lead in leads}
    stance = verdicts.pop() if len(verdicts) == 1 else Stance.PARTLY
    later = ends[-1] if len(leads) > 1 else None
    metric = comparison.metric
    after = f", then {wording.amount(later.a - later.b, metric)} {when_seen(comparison, later)}" if later else ""
    ratios = [lead / amount for lead in leads] if amount else [0.0]
    parts = wording.join_words(wording.percent(r, 0) if r < 2 else wording.times(r) for r in ratios)
    share = f"{parts} {'of ' if ratios[-1] < 2 else ''}the {number_claimed(amount)} claimed"
    return stance, f"{text}{after}: {share}{taken_as(claim)}.", pair


def _many_times(
    panel: Panel, comparison: HeadToHead, claim: ParsedClaim, pair: Pair, text: str
) -> tuple[Stance, str, Pair]:
    """How many times the other's figure one has, or how many per cent more or fewer; of shares beyond chance."""
    ratio = _multiple(claim, pair)
    size = f"{_of_less(panel, claim)}{_as_many(claim, [ratio])}; the claim says {size_claimed(claim)}"
    stance, noise = _of_multiple(panel, comparison, claim, pair)
    return stance, f"{text}: {size}{noise}.", pair


def _of_multiple(panel: Panel, comparison: HeadToHead, claim: ParsedClaim, pair: Pair) -> tuple[Stance, str]:
    """The stance of a ratio, and that chance decides it where other ratios that may be true have another."""
    amount = claim.amount or 1.0
    seen, *others = (_multiple(claim, p) for p in (pair, *_may_be(panel, comparison, pair)))
    stance, ends = fits(seen, amount, claim.size), {fits(other, amount, claim.size) for other in others}
    may_be_it = bool(others) and min(others) <= amount <= max(others)
    if others and claim.times and claim.size in ("about", "given"):
        low, high = (wording.factor(end) for end in (min(others), max(others)))
        may_be_it = may_be_it or Stance.FOR in ends
        stance = stance if stance is Stance.FOR else Stance.UNCLEAR if may_be_it else Stance.AGAINST
        return stance, f", and sampling noise allows between {low} and {high} times"
    if ends <= {stance} and not (may_be_it and stance is not Stance.FOR):
        return stance, ""
    if Stance.FOR in {stance, *ends} or may_be_it:
        return Stance.UNCLEAR, ", and the difference is within sampling noise"
    return Stance.PARTLY, ""


def _may_be(panel: Panel, comparison: HeadToHead, pair: Pair) -> list[Pair]:
    """A pair of shares with the least and the most ratio that chance and rounding allow; nothing of counts."""
    if panel.metric.kind is not Kind.SHARE or not (pair.a and pair.b):
        return []
    bases = [panel.base(name, pair) or MIN_BASE for name in (comparison.a, comparison.b)]
    spread = Z95 * sqrt(sum((1 - p) / (p * n) for p, n in zip((pair.a, pair.b), bases, strict=True)))
    spread += panel.metric.step / 2 * (1 / pair.a + 1 / pair.b)
    return [replace(pair, a=pair.a * exp(sign * spread)) for sign in (-1, 1)]


def _multiple(claim: ParsedClaim, pair: Pair) -> float:
    """What the size claimed is held against: a factor, of the other's figure if it is below 1, or a percentage."""
    ratio = pair.a / pair.b if pair.b else inf
    if claim.relative:
        return 100 * (ratio - 1 if claim.relative == "more" else 1 - 1 / ratio)
    return 1 / ratio if (claim.amount or 1.0) < 1 and ratio else ratio


def _as_many(claim: ParsedClaim, seen: Sequence[float]) -> str:
    """As in "4.2 times as many" or "41% more", from the least to the most."""
    if claim.relative:
        parts = dict.fromkeys(wording.percent(each / 100, 0) for each in (min(seen), max(seen)))
        return f"{' to '.join(parts)} {claim.relative}"
    return f"{' to '.join(dict.fromkeys(wording.times(each) for each in (min(seen), max(seen))))} as many"


def _of_less(panel: Panel, claim: ParsedClaim) -> str:
    """Who has half as many, or 20% fewer, where the sentence before is about who has more; with a space behind."""
    part = claim.relative == "fewer" or (claim.times and (claim.amount or 1.0) < 1)
    return f"{wording.framework(panel.catalog, claim.b)} had " if part else ""


def _holds_behind(claim: ParsedClaim) -> bool:
    """Whether the size claimed is there as well where the other leads: less than twice, more than half as many."""
    return claim.times and claim.size in (("under", "most") if (claim.amount or 1.0) > 1 else ("over", "least"))


def _leading_through(
    context: ClaimContext, claim: ParsedClaim, panel: Panel, comparison: HeadToHead
) -> tuple[Stance, str, Pair] | None:
    """Who led through all the days meant; None where nothing is known of them."""
    since, until = window(context, claim, comparison, context.now.date() if claim.back else None)
    pairs = _of_these_days(comparison, since, until)
    if not pairs:
        return None
    since = pairs[0].start if claim.open else since
    a, b = (wording.framework(context.catalog, name) for name in (comparison.a, comparison.b))
    what, span = wording.phrase(comparison.metric), span_of(comparison, pairs)
    ahead = sum(comparison.leader(p) == claim.a for p in pairs)
    behind = sum(p.sign != 0 for p in pairs) - ahead
    covered = covers(context.catalog, comparison, pairs, since, until, claim.back)
    if not covered and not (ahead and behind):
        return Stance.UNCLEAR, f"In {what}, data on both {a} and {b} within that time exist only {span}.", pairs[-1]
    if ahead and claim.amount is not None:
        return *_leading_by(panel, comparison, claim, pairs, f"{a} led {b} in {what}"), pairs[-1]
    if not ahead + behind:
        return Stance.UNCLEAR, f"{a} and {b} were too close to call in {what} {span}.", pairs[-1]
    if not ahead:
        many, rest = readings(comparison, behind, pairs)
        stance = Stance.FOR if _holds_behind(claim) and not rest else Stance.AGAINST
        return stance, f"{b} led {a} in {what} {many}{span}{rest}.", pairs[-1]
    many, rest = readings(comparison, ahead, pairs, lost=behind)
    rest = f"; {b} led in {behind:,}" if behind else rest
    values = f" ({values_of(comparison, pairs[-1])})" if ahead == len(pairs) else ""
    text = f"{a} led {b} in {what} {many}{span}{values}{rest}."
    text += "" if covered else " Data on both within that time exist only of those days."
    return (Stance.PARTLY if rest or behind else Stance.FOR), text, pairs[-1]


def _leading_by(
    panel: Panel, comparison: HeadToHead, claim: ParsedClaim, pairs: Sequence[Pair], head: str
) -> tuple[Stance, str]:
    """By so many through all the days: the size of every lead seen."""
    amount, metric = claim.amount or 0.0, comparison.metric
    if claim.times or claim.relative:
        seen = [_multiple(claim, p) for p in pairs]
        each = [_of_multiple(panel, comparison, claim, p) for p in pairs]
        stances = {stance for stance, _ in each}
        noise = next((text for _, text in each if text), "")
        size = f"{_of_less(panel, claim)}{_as_many(claim, seen)} {span_of(comparison, pairs)}"
        text = f"{head}: {size}; the claim says {size_claimed(claim)}{noise}."
        return (stances.pop() if len(stances) == 1 else Stance.PARTLY), text
    leads = [p.a - p.b for p in pairs]
    stances = {fits(_scale(comparison) * lead, amount, claim.size) for lead in leads}
    low, high = (wording.amount(lead, metric) for lead in (min(leads), max(leads)))
    by = low if low == high else f"{low} to {high}"
    text = f"{head} by {by} {span_of(comparison, pairs)}; the claim says {number_claimed(amount)}{taken_as(claim)}."
    return (stances.pop() if len(stances) == 1 else Stance.PARTLY), text


def _scale(comparison: HeadToHead) -> float:
    return 100.0 if comparison.metric.kind is Kind.SHARE else 1.0  # sentences give the size of a share's lead in points


def where(comparison: HeadToHead, pair: Pair) -> str:
    """In what, and when: in GitHub stars on 25 November 2020, in Stack Overflow 2025."""
    place = wording.place(comparison.metric, pair.last)
    return place if wording.place_is_dated(comparison.metric) else f"{place} {when_seen(comparison, pair)}"


def span_of(comparison: HeadToHead, pairs: Sequence[Pair]) -> str:
    """From the first of these pairs to the last, and of how many months each is where they are pooled."""
    if not comparison.metric.pooled_months:
        return wording.through(comparison.metric.period, pairs[0].last, pairs[-1].last)
    if len(pairs) == 1:
        return when_seen(comparison, pairs[0])
    return f"{wording.spans(comparison.metric).strip()} " + wording.through(
        comparison.metric.period, pairs[0].last, pairs[-1].last
    )


def when_seen(comparison: HeadToHead, pair: Pair) -> str:
    """The days that a pair is about, in words."""
    whole = comparison.metric.period != "day" or comparison.trailing
    return wording.period(comparison.metric, pair.start if whole else pair.last, pair.last)


def values_of(comparison: HeadToHead, pair: Pair) -> str:
    """Both values, the leader's first."""
    high, low = (wording.value(value, comparison.metric) for value in sorted((pair.a, pair.b), reverse=True))
    return f"{high} against {low}{wording.read_apart(comparison.metric, pair.start, pair.last)}"
