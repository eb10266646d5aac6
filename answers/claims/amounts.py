"""Whether a change is as large as a claim says: in numbers, in points, by so many per cent, or so many times."""

from __future__ import annotations

from datetime import date

from answers import wording
from answers.claims.evidence import Stance
from answers.claims.grammar.parsed_claims import ParsedClaim
from answers.claims.growth import NOTICEABLE
from answers.claims.leads import fits
from catalog import Kind, Metric

AT_LEAST = ("over", "least")
SIZE_WORDS = {
    "over": "more than", "least": "at least", "under": "less than", "most": "at most", "almost": "almost",
}  # fmt: skip


def sized_change(
    claim: ParsedClaim, metric: Metric, then: float, now: float, text: str, begins: date | None
) -> tuple[Stance, str]:
    """The stance of a change on its size claimed. `begins`: there are only readings from that day on, after the time
    meant began: so much in less time is enough for a claim of at least so much, and nothing else is.
    """
    amount = claim.amount or 0.0
    seen = _measured(claim, metric, then, now)
    text = f"{text}: {_in_words(claim, metric, then, now)}; the claim says {_claimed(claim, metric)}"
    stance = _stance(claim, seen)
    if begins is not None:
        note = f"{text}. Readings begin on {wording.day(begins)}, within that time"
        if stance is Stance.FOR and claim.size in AT_LEAST and metric.kind is Kind.STOCK:
            return stance, f"{note}: it grew that much in less."
        return Stance.UNCLEAR, f"{note}."
    if metric.kind is Kind.FLOW and then:
        off = abs(NOTICEABLE * seen) if claim.times else NOTICEABLE * (100 if claim.relative else then)
        if {_stance(claim, seen - off), _stance(claim, seen + off)} != {stance} and amount:
            return Stance.UNCLEAR, f"{text}, which is too close for counts of {metric.unit.partition(' per ')[0]}."
    return stance, f"{text}."


def _stance(claim: ParsedClaim, seen: float) -> Stance:
    return fits(seen, claim.amount or 0.0, claim.size) if seen > 0 else Stance.AGAINST


def _measured(claim: ParsedClaim, metric: Metric, then: float, now: float) -> float:
    """What the size claimed is held against; below zero where it went the other way."""
    if claim.times:
        return now / then if then else 0.0
    change = now - then if claim.kind == "rose" else then - now
    if claim.relative:
        return 100 * change / then if then else 0.0
    return change * (100 if metric.kind is Kind.SHARE else 1)


def _in_words(claim: ParsedClaim, metric: Metric, then: float, now: float) -> str:
    if claim.times:
        return f"{wording.times(now / then)} the figure before" if then else "the figure before is zero"
    way = "did not change" if now == then else f"{'grew' if now > then else 'fell'} by "
    if now == then:
        return f"it {way}"
    as_part = then and (claim.relative or metric.kind is not Kind.SHARE)
    part = f" ({wording.percent(abs(now / then - 1))})" if as_part else ""
    return f"it {way}{wording.amount(abs(now - then), metric)}{part}"


def _claimed(claim: ParsedClaim, metric: Metric) -> str:
    amount, size = claim.amount or 0.0, f"{SIZE_WORDS[claim.size]} " if claim.size in SIZE_WORDS else ""
    if claim.times:
        return f"{size}{amount:.3g} times"
    if claim.relative:
        return f"{size}{amount:.3g}%"
    return f"{size}{amount:.3g} points" if metric.kind is Kind.SHARE else f"{size}{wording.number(amount)}"
