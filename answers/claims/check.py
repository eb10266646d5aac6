"""Is it true? A sentence, checked: supported, contradicted, disputed or not enough data, with the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from answers import wording
from answers.claims.changes import by_changing
from answers.claims.evidence import ClaimContext, Evidence, Stance, unread
from answers.claims.grammar.parser import ParsedClaim
from answers.claims.grammar.sentence_cores import USE
from answers.claims.growth import by_age, by_growing, by_turning
from answers.claims.leads import by_leading
from answers.claims.levels import by_having, by_reaching, by_reaching_first
from answers.claims.overtakes import by_passing
from answers.claims.regions import by_falling_there, by_leading_there, by_likeness, by_rising_there
from answers.claims.suggestions import named, statements, with_names
from answers.claims.validity import by_measuring
from answers.json_and_csv import caveats_and_sources, to_json
from answers.questions import refuse_unlived
from answers.series.registry_separation import Apart, alone, apart, uncounted
from catalog import Catalog, Claim, Kind
from storage import Store

JUDGES: Mapping[str, Callable[[ClaimContext, ParsedClaim], Iterator[Evidence]]] = {
    "passed": by_passing,
    "led": by_leading,
    "grows": by_growing,
    "gained": by_growing,
    "rose": by_changing,
    "fell": by_changing,
    "alike": by_likeness,
    "exploded": by_changing,
    "measures": by_measuring,
    "turned": by_turning,
    "older": by_age,
    "reached": by_reaching,
    "first": by_reaching_first,
    "has": by_having,
}
JUDGES_THERE: Mapping[str, Callable[[ClaimContext, ParsedClaim], Iterator[Evidence]]] = {
    "led": by_leading_there,
    "rose": by_rising_there,
    "fell": by_falling_there,
    "alike": by_likeness,
}  # of a claim that names a region


COMPARING = ("passed", "led", "grows", "gained")  # kinds of claims that hold one framework against another
CHANGING = ("rose", "fell", "exploded")
NEEDS_EVERY = "“Never” needs every count, and some can't tell."
PYPI = "downloads"  # the family that "downloads" without a name is taken for


class ClaimVerdict(StrEnum):
    """The verdict on a claim."""

    SUPPORTED = "supported"  # by every metric with an answer
    CONTRADICTED = "contradicted"  # by every metric with an answer
    DISPUTED = "disputed"  # metrics disagree, or it holds in part
    NOT_ENOUGH = "not enough data"  # no metric has an answer
    BEYOND = "beyond the data"  # no figure that is collected could ever tell


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """One sentence, judged. `on` None: as last seen; `as_of` None: as known now. `apart`: why downloads have no say."""

    text: str = field(metadata={"json": "claim"})
    on: date | None
    as_of: datetime | None
    verdict: ClaimVerdict
    sentence: str
    evidence: tuple[Evidence, ...]
    apart: tuple[Apart, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """A claim as of the day it was said (None: no day is known) and as of today.

    `then` and `now` are the verdicts; `checks` and `also` have each sentence of the claim at both times, in pairs.
    """

    claim: Claim
    then: ClaimVerdict | None
    now: ClaimVerdict
    checks: tuple[tuple[CheckedClaim | None, CheckedClaim], ...]
    also: tuple[tuple[CheckedClaim | None, CheckedClaim], ...]


def check(
    store: Store,
    catalog: Catalog,
    text: str,
    now: datetime,
    on: date | None = None,
    as_of: datetime | None = None,
) -> CheckedClaim:
    """Check a sentence as it stood on a day (None: as last seen). Raises QuestionError for one not understood."""
    refuse_unlived(now, on, as_of)
    return _checked(ClaimContext(store, catalog, now, on, as_of), text)


def judge(store: Store, catalog: Catalog, claims: Sequence[Claim], now: datetime) -> tuple[ClaimAnswer, ...]:
    """Judge claims as of the day they were said and as of today. Raises QuestionError."""
    today, days = ClaimContext(store, catalog, now, None, None), {claim.said_on for claim in claims}
    refuse_unlived(now, *days)
    contexts = {day: ClaimContext(store, catalog, now, day, None) for day in days if day is not None}
    return tuple(_answer(claim, contexts.get(claim.said_on) if claim.said_on else None, today) for claim in claims)


def verdict_of_metrics(evidence: Sequence[Evidence]) -> ClaimVerdict:
    """The verdict of several metrics on one statement."""
    stances = {e.stance for e in evidence} - {Stance.UNCLEAR}
    if not stances:
        return ClaimVerdict.NOT_ENOUGH
    if stances == {Stance.FOR}:
        return ClaimVerdict.SUPPORTED
    return ClaimVerdict.CONTRADICTED if stances == {Stance.AGAINST} else ClaimVerdict.DISPUTED


def pooled(catalog: Catalog, evidence: Sequence[Evidence]) -> list[tuple[Evidence, ...]]:
    """Evidence by witness: the rules by which one thing is counted, as downloads are, are one witness together; each
    survey is one of its own, since it asks other people.
    """
    witnesses: dict[tuple[str, ...], list[Evidence]] = {}
    for place, e in enumerate(evidence):
        metric = catalog.metrics.get(e.metric)
        alone = metric is None or metric.kind is Kind.SHARE
        key = (str(place),) if metric is None or alone else (metric.family, metric.counts)
        witnesses.setdefault(key, []).append(e)
    return [tuple(of_one) for of_one in witnesses.values()]


def folded_stance(witness: Sequence[Evidence]) -> Stance:
    """What one witness says by all of its counts: partly where they disagree."""
    stances = {e.stance for e in witness} - {Stance.UNCLEAR}
    return Stance.UNCLEAR if not stances else stances.pop() if len(stances) == 1 else Stance.PARTLY


def _of_what(catalog: Catalog, witness: Sequence[Evidence]) -> str:
    metric = catalog.metrics[witness[0].metric]
    return catalog.families[metric.family].phrase or wording.phrase(metric)


def verdict_of_statements(verdicts: Sequence[ClaimVerdict]) -> ClaimVerdict:
    """The verdict of a claim that needs every one of several statements."""
    distinct = set(verdicts)
    if len(distinct) == 1:
        return verdicts[0]
    if ClaimVerdict.DISPUTED in distinct or {ClaimVerdict.SUPPORTED, ClaimVerdict.CONTRADICTED} <= distinct:
        return ClaimVerdict.DISPUTED
    return ClaimVerdict.CONTRADICTED if ClaimVerdict.CONTRADICTED in distinct else ClaimVerdict.NOT_ENOUGH


def _answer(claim: Claim, then: ClaimContext | None, now: ClaimContext) -> ClaimAnswer:
    checks, also = (
        tuple((_checked(then, text) if then else None, _checked(now, text)) for text in texts)
        for texts in (claim.checks, claim.also)
    )
    if not checks:
        return ClaimAnswer(claim, ClaimVerdict.BEYOND if then else None, ClaimVerdict.BEYOND, (), also)
    earlier = [pair[0].verdict for pair in checks if pair[0] is not None]
    return ClaimAnswer(
        claim,
        verdict_of_statements(earlier) if earlier else None,
        verdict_of_statements([p[1].verdict for p in checks]),
        checks,
        also,
    )


def _checked(context: ClaimContext, text: str) -> CheckedClaim:
    parts = statements(context.catalog, text, context.on or context.now.date())
    refuse_unlived(context.now, *(p.since for p in parts if p.since and p.since > context.now.date()))
    refuse_unlived(context.now, *(p.until for p in parts if p.until and p.until.year > context.now.year))
    evidence = [tuple(_evidence(context, part)) for part in parts]
    doubted = any(_leaves_open(context.catalog, part, of_part) for part, of_part in zip(parts, evidence, strict=True))
    verdict = verdict_of_statements([verdict_of_metrics(of_part) for of_part in evidence])
    if doubted and verdict is ClaimVerdict.SUPPORTED:
        verdict = ClaimVerdict.NOT_ENOUGH
    every = tuple(e for of_part in evidence for e in of_part)
    witnesses = [one for of_part in evidence for one in pooled(context.catalog, of_part)]
    registries = tuple(dict.fromkeys(why for part in parts if (why := _apart(context, part))))
    sentence = " ".join(
        [
            _sentence(context, text, named(parts), verdict, witnesses),
            *(f"{taken}." for taken in parts[0].taken),
            *([NEEDS_EVERY] if doubted and verdict is ClaimVerdict.NOT_ENOUGH else []),
            *(why.sentence for why in registries),
        ]
    )
    return CheckedClaim(text, context.on, context.as_of, verdict, sentence, every, registries)


def _leaves_open(catalog: Catalog, part: ParsedClaim, evidence: Sequence[Evidence]) -> bool:
    """Whether "never" is left open, which holds by no count alone: some count can't tell."""
    return part.ever and part.denied and Stance.UNCLEAR in map(folded_stance, pooled(catalog, evidence))


def _apart(context: ClaimContext, part: ParsedClaim) -> Apart | None:
    """Why downloads have no say on a statement, where each framework is counted by a registry of its own."""
    catalog, on = context.catalog, context.until(part)
    what = catalog.metrics[part.what].family if part.what in catalog.metrics else part.what
    of_registry = what in ("", USE) or (what in catalog.families and bool(catalog.families[what].registry))
    changing = part.kind in CHANGING and what == PYPI
    if not (part.kind in COMPARING or changing) or part.regions or not of_registry:
        return None
    if part.b:
        return apart(context.store, catalog, (part.a, part.b), context.now, on, context.as_of)
    family = what if what in catalog.families else PYPI
    only = None if changing else alone(context.store, catalog, part.a, family)
    return only or uncounted(context.store, catalog, part.a, family, context.now, on, context.as_of)


def _evidence(context: ClaimContext, part: ParsedClaim) -> Iterator[Evidence]:
    """What speaks on one statement; on its denial it speaks the other way."""
    pieces = tuple((JUDGES_THERE if part.regions else JUDGES)[part.kind](context, part))
    dated = bool(part.since or part.back)
    if part.kind in COMPARING and part.b and not part.regions and (dated or not pieces):
        pieces += tuple(unread(context, part, pieces))
    for e in pieces:
        yield replace(e, stance=e.stance.denied) if part.denied else e


def _sentence(
    context: ClaimContext,
    text: str,
    names: Iterable[str],
    verdict: ClaimVerdict,
    witnesses: Sequence[Sequence[Evidence]],
) -> str:
    """The verdict on the claim, in which the frameworks `names` are written as they are called."""
    when = f" as of {wording.day(context.on)}" if context.on else ""
    stances = [folded_stance(one) for one in witnesses]
    count = {stance: stances.count(stance) for stance in Stance}
    tally = wording.join_words([f"{n} {stance}" for stance, n in count.items() if n]) if len(witnesses) > 1 else ""
    as_one = {_of_what(context.catalog, one): len(one) for one in witnesses if len(one) > 1}
    one_each = wording.join_words(f"{n} counts of {what} taken as one" for what, n in as_one.items()) if as_one else ""
    tally = f" ({'; '.join(filter(None, (tally, one_each)))})" if tally or one_each else ""
    if not witnesses:
        tally = " (no metric that is meant has figures that decide it)"
    claim = with_names(context.catalog, text.strip(), names)
    return f"{wording.capital(verdict)}{when}{tally}: “{claim}”{'' if claim.endswith(('.', '?', '!')) else '.'}"


def checked_json(catalog: Catalog, checked: CheckedClaim) -> dict[str, Any]:
    """A checked sentence as an object with stable keys; caveats and sources in full."""
    sides = [side for why in checked.apart for side in why.sides]
    return {**to_json(checked), **caveats_and_sources(catalog, (*checked.evidence, *sides))}


def claim_json(answer: ClaimAnswer) -> dict[str, Any]:
    """A claim as an object with stable keys: the verdict then and now, and every sentence with its evidence."""
    times = ("then", "now")
    return {
        **to_json(answer.claim, "id", "says", "said_on", "said_in", "judged"),
        **to_json(answer, *times),
        "checks": [dict(zip(times, to_json(pair), strict=True)) for pair in answer.checks],
        "also": [dict(zip(times, to_json(pair), strict=True)) for pair in answer.also],
    }
