"""Whether a change is as large as a claim says: in numbers, in points, by so many per cent, or so many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import inf

from analysis.arrays import Points, day, number
from answers import wording
from answers.claims.claimed_numbers import fits, taken_as
from answers.claims.evidence import Stance
from answers.claims.grammar.parser import ParsedClaim
from answers.claims.growth import NOTICEABLE
from catalog import Kind, Metric

SIZE_WORDS = {
    "over": "more than", "least": "at least", "under": "less than", "most": "at most", "almost": "almost",
    "exact": "exactly",
}  # fmt: skip
INSIDE = 0.95  # of a number claimed: that is almost it, and about it
HUGE = 1e12  # more than any count of anything here


@dataclass(frozen=True, slots=True)
class Ends:
    """A total at the beginning and at the end of the time meant: the least and the most that it may have been there, by
    the readings on either side. `why` is what leaves that open, in words.
    """

    then: tuple[float, float]
    now: tuple[float, float]
    why: str

    @classmethod
    def of(cls, series: Points, rows: tuple[int, int], begins: date, ends: date, *, is_over: bool) -> Ends:
        """By the readings of a day or before it, and the next ones. A total hardly ever falls. `is_over`: the time
        meant was over on the day it is judged for.
        """
        (j, k), values = rows, series.value
        late, first = day(series.end[j]) > begins, number(begins)
        after = next((i for i in range(j, len(series)) if series.end[i] >= first), j)
        then = (0.0, float(values[j])) if late else (float(values[j]), float(values[after]))
        has_next = is_over and k + 1 < len(series)
        later = float(values[k]) if series.end[k] >= number(ends) else float(values[k + 1]) if has_next else HUGE
        now = (min(float(values[k]), later), max(float(values[k]), later))
        why = [
            f"readings begin on {wording.day(day(series.end[j]))}, within that time" if late else "",
            f"readings end on {wording.day(day(series.end[k]))}, before that time does" if later == HUGE else "",
        ]
        return cls((min(then), max(then)), now, " and ".join(filter(None, why)))


def sized_change(
    claim: ParsedClaim, metric: Metric, then: float, now: float, text: str, ends: Ends | None = None,
    totals: tuple[float, float] | None = None,
) -> tuple[Stance, str]:  # fmt: skip
    """The stance of a change on its size claimed. `ends`: of a total, what it may have been at both ends of the time; a
    claim holds only if it does whatever it was. `totals`: of a flow per day, its sums over periods of unequal length.
    """
    seen = _measured(claim, metric, then, now)
    text = f"{text}: {_in_words(claim, metric, then, now, totals)}; the claim says {_claimed(claim, metric)}"
    stance = _stance(claim, seen)
    if ends is not None:
        return _between(claim, metric, ends, stance, text)
    if totals and totals[0] and not _alike(stance, [_stance(claim, _measured(claim, metric, *totals))]):
        return Stance.PARTLY, f"{text}. It depends on the measure, as the two periods differ in length."
    is_it = stance is Stance.FOR and claim.size in ("about", "given")
    if metric.kind is Kind.FLOW and then and not is_it:
        off = abs(NOTICEABLE * seen) if claim.times else NOTICEABLE * (100 if claim.relative else then)
        if not _alike(stance, [_stance(claim, seen - off), _stance(claim, seen + off)]):
            return Stance.UNCLEAR, f"{text}, which is too close for counts of {metric.unit.partition(' per ')[0]}."
    return stance, f"{text}."


def _between(claim: ParsedClaim, metric: Metric, ends: Ends, stance: Stance, text: str) -> tuple[Stance, str]:
    """The stance where all that may be gives the same, by the readings on either side of both ends."""
    low, high = sorted(
        _measured(claim, metric, *pair) for pair in ((ends.then[0], ends.now[1]), (ends.then[1], ends.now[0]))
    )
    if low == high:
        return stance, f"{text}."
    inner = (min(max(part * (claim.amount or 0.0), low), high) for part in (INSIDE, 1.0))
    outer = [_stance(claim, size) for size in (low, high, *inner)]
    decided = _alike(stance, outer)
    note = ends.why or "readings are not of the very first and last day"
    effect = "does not change the answer" if decided else "leaves the answer open"
    text = f"{text}. {wording.capital(note)}, which {effect}."
    if not decided:
        return Stance.UNCLEAR, text
    return stance, text


def _alike(stance: Stance, others: Sequence[Stance]) -> bool:
    """Whether all of these speak for the claim, or none does."""
    return len({one is Stance.FOR for one in (stance, *others)}) == 1


def _stance(claim: ParsedClaim, seen: float) -> Stance:
    return fits(seen, claim.amount or 0.0, claim.size) if seen > 0 else Stance.AGAINST


def _measured(claim: ParsedClaim, metric: Metric, then: float, now: float) -> float:
    """What the size claimed is held against; below zero where it went the other way."""
    if claim.times:
        return now / then if then else inf
    change = now - then if claim.kind == "rose" else then - now
    if claim.relative:
        return 100 * change / then if then else inf
    return change * (100 if metric.kind is Kind.SHARE else 1)


def _in_words(
    claim: ParsedClaim, metric: Metric, then: float, now: float, totals: tuple[float, float] | None = None
) -> str:
    daily = " a day" if totals else ""
    if claim.times:
        whole = f", or {wording.times(totals[1] / totals[0])} in total" if totals and totals[0] else ""
        return f"{wording.times(now / then)} the figure before{daily}{whole}" if then else "the figure before is zero"
    if now == then:
        return "it did not change"
    as_part = then and (claim.relative or metric.kind is not Kind.SHARE)
    part = f" ({wording.percent(abs(now / then - 1))})" if as_part else ""
    by = f"{wording.amount(abs(now - then), metric)}{daily}{part}"
    return f"it {'grew' if now > then else 'fell'} by {by}{_in_total(totals)}"


def _in_total(totals: tuple[float, float] | None) -> str:
    """The change of the sums over both periods, with a comma before it."""
    if not totals or not totals[0]:
        return ""
    change = totals[1] / totals[0] - 1
    return f", or {wording.MINUS if change < 0 else ''}{wording.percent(abs(change))} in total"


def _claimed(claim: ParsedClaim, metric: Metric) -> str:
    return f"{_size_claimed(claim, metric)}{taken_as(claim)}"


def _size_claimed(claim: ParsedClaim, metric: Metric) -> str:
    amount, size = claim.amount or 0.0, f"{SIZE_WORDS[claim.size]} " if claim.size in SIZE_WORDS else ""
    if claim.times:
        return f"{size}{amount:.3g} times"
    if claim.relative:
        return f"{size}{amount:.3g}%"
    if metric.kind is Kind.SHARE:
        return f"{size}{amount:.3g} {'point' if amount == 1 else 'points'}"
    return f"{size}{wording.number(amount)}"
