"""The sentences that can be checked: a small grammar, written down in `PATTERNS`, and nothing guessed beyond it.

A sentence is a core ("django passed flask") with parts behind it ("in stars", "by 800", "in 2020"), in any order. The
parts are taken off the end one by one, and what is left has to be a core as a whole: so no word goes unused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Any

from answers.claims.grammar.everyday_words import in_plain_words, standstill
from answers.claims.grammar.sentence_cores import (
    CHANGED,
    CORES,
    DATED,
    EVER,
    FACTORS,
    OF_ALL,
    OF_SIZE,
    PARTS,
    SIZED,
    USES,
    Core,
)
from answers.claims.grammar.sentence_parts import (
    COUNTS,
    SIZES,
    amount_of,
    fields_of,
    led_by_its_end,
    metric_named,
    words,
)
from answers.questions import QuestionError, known_framework
from catalog import Catalog, Kind

PATTERNS = (
    "A passed B [in METRIC] [by N] [WHEN]; A never passed B; A recently passed B",
    "A leads B [in METRIC] [in PLACE] [by [almost | about | over] N] [WHEN]; A leads METRIC (of all frameworks known)",
    "A has almost N more stars than B [WHEN]; A has twice as many stars as B; A has the most stars",
    "A has half as many stars as B [in 2020]; A has 50% more stars than B; A has 20% fewer stars than B",
    "A reached N stars [before | after | by 2020]; A reached N stars before B",
    "A has [more than | about] N stars [WHEN]; A gained N stars [WHEN]; A lost N stars [WHEN]",
    "A doubled | tripled | halved [its stars] [WHEN]; A grew | fell by 50% [in METRIC] [WHEN]",
    "A no longer leads B [in METRIC]",
    "A is more used than B [in PLACE]",
    "A is more popular than B; A is losing to B",
    "more packages build on A than on B",
    "A grows faster than B [in METRIC] [WHEN]; A grows fastest; A is exploding; A stopped growing",
    "A gained more [stars] than B [in METRIC] [WHEN]; A gained the most stars [WHEN]; A grew tenfold [WHEN]",
    "A fell [in METRIC] [in PLACE] [WHEN]; A is growing; A is dying; A is less asked for [in job posts] [than in 2020]",
    "A is as common in PLACE as in PLACE [in 2020]; A is more common in PLACE than in PLACE [in 2020]",
    "stars are no measure of use [in 2020]; stars are a measure of use",
    "A turned N [in 2020]; A is older than B",
)
LONGEST = 200

_DENIAL = re.compile(r"\b(?:does |do |did )?(never|not) ")
_FLOATING = re.compile(r"^(.+?) (recently|lately|just|for (?:\w+ )?years?) (?!in |on |by )(.+)$")
_RELATIVE = re.compile(r"(?<!\bthe )\b(?:(?P<how>in|during|since) )?(?P<which>last|this) year\b")
_AUXILIARY = "is|are|was|were|has|have|had|will"
_NO_LONGER = re.compile(
    r"\b(?:does |do |did )?(?P<own>no longer) |"
    r"\b(?:has |have )?(?P<stopped>(?:stopped|ceased|quit) (?P<verb>grow|ris|increas|fall|declin|lead)ing)\b"
)
_ENDED = {
    "grow": "grows",
    "ris": "rises",
    "increas": "increases",
    "fall": "falls",
    "declin": "declines",
    "lead": "leads",
}
_QUOTES = "\"'`“”„‘«» "
_AT_LEAST = re.compile(r"\bat least in ")
_PAST = re.compile(r"\b(?:led|had|was|were)\b")
_ALL_OTHERS = re.compile(r"(?:any|every|all)(?: the)? others?(?: frameworks?)?|everything else|all (?:the )?rest")


class OfTheFuture(QuestionError):
    """A sentence on what will be, of which nothing can be true yet."""


class OfTwoSenses(QuestionError):
    """A sentence that may mean either of two things; the message says how to say each."""


@dataclass(frozen=True, slots=True)
class ParsedClaim:
    """One sentence as it is understood. `kind` is one of `check.JUDGES`.

    `b` empty: all the others. `what` is a family, a metric's id, `USE`, or empty for every measure of use or
    attention. `since`..`until` are the days meant, both included (None: open); `back`: so many days up to the one it
    is judged for; `open`: from the first reading on. `amount` and `size` (almost, about, given, over, least, under,
    most, exactly, and exact for no other number) are those of the lead or the figure claimed, or the years turned; of
    alike over is more common. `times`: the amount is a factor, as in twice as many; one below 1 is how many times A's
    figure B has. `relative`: it is a percentage, that A has more than B, or B fewer than A. `regions` are regions or
    countries. `denied`: claimed not to be so; `ever`: at any time, as in never led; `formerly`: it was so before, as in
    no longer leads. `taken` says how words were taken that have no one sense.
    """

    text: str
    kind: str
    a: str
    b: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None
    back: int = 0
    amount: float | None = None
    size: str = "about"
    times: bool = False
    relative: str = ""
    open: bool = False
    regions: tuple[str, ...] = ()
    denied: bool = False
    ever: bool = False
    formerly: bool = False
    taken: tuple[str, ...] = ()


def understood(catalog: Catalog, text: str, on: date | None = None) -> tuple[ParsedClaim, ...]:
    """A sentence as one or, if it has several subjects, more statements, all of which it needs.

    `on` is the day it is checked for, which "last year" goes by.
    Raises QuestionError: for a name that is not known, or with the patterns that are.
    """
    plain = in_plain_words(_plainly(catalog, bare(text).replace("n't ", " not ")))
    if len(plain) > LONGEST:
        raise QuestionError(f"A sentence to check has at most {LONGEST} letters.")
    if word := standstill(plain):
        raise OfTwoSenses(
            f"“{word.capitalize()}” may mean no growth, or less than before: say “did not grow” or “fell”."
        )
    if both := _in_both(catalog, plain):
        return tuple(replace(one, text=text.strip()) for each in both for one in understood(catalog, each, on))
    plain = _FLOATING.sub(r"\1 \3 \2", plain.replace(" are no ", " are not a "))
    plain, relative = _dated(plain, on)
    former = _NO_LONGER.search(plain)
    plain = _NO_LONGER.sub(lambda ended: f"not {_ENDED.get(ended['verb'], '')}", plain)
    denial = _DENIAL.search(plain)
    rest = _DENIAL.sub("", plain, count=1)
    limited = bool(_AT_LEAST.search(rest))
    fields, parts, rest = fields_of(catalog, led_by_its_end(catalog, _AT_LEAST.sub("in ", rest)))
    limits = ("“at least in” is taken as: there, whatever it is elsewhere",) if limited else ()
    fields["taken"] = (*fields.get("taken", ()), *relative, *limits)
    statements = _statements(catalog, fields, parts, rest, denial[1] if denial else "")
    return tuple(
        ParsedClaim(text.strip(), **(_formerly(each, former[0].strip()) if former else each)) for each in statements
    )


def _in_both(catalog: Catalog, text: str) -> tuple[str, ...]:
    """A sentence about two counts ("in stars and downloads") as two, one about each; empty where it is not."""
    counts = "|".join(each for f in catalog.families.values() for each in (f.plural, *f.also) if each)
    match = re.search(rf"\bin (?:both )?({counts}) and (?:in )?({counts})\b", text)
    return tuple(f"{text[: match.start()]}in {each}{text[match.end() :]}" for each in match.groups()) if match else ()


def _formerly(statement: Mapping[str, Any], own: str) -> dict[str, Any]:
    """A statement denied by "no longer" or "stopped", its `own` words: of a lead of one over another, that it was is
    needed, too.
    """
    led = statement["kind"] == "led" and bool(statement.get("b")) and not statement.get("regions")
    meant = "it led before, and does not lead" if led else "not; whether it was so before is not checked"
    return {**statement, "formerly": led, "taken": (*statement["taken"], f"“{own}” is taken as: {meant}")}


def bare(text: str) -> str:
    """A sentence in small letters, without quotation marks around it and its full stop."""
    return " ".join(text.lower().replace("’", "'").split()).strip(_QUOTES).rstrip(".!?,").strip(_QUOTES)


def _plainly(catalog: Catalog, text: str) -> str:
    """A list ("a, b and c") joined by and, a question as its answer, "a's stars fell" as "a fell in stars", and "b was
    passed by a" as "a passed b"; no other commas.
    """
    names = sorted({*catalog.frameworks, *(f.own_title.lower() for f in catalog.frameworks.values())}, key=len)
    name = f"(?:{'|'.join(re.escape(each) for each in reversed(names))})(?!\\w)"
    counts = "|".join(each for f in catalog.families.values() for each in (f.plural, *f.also) if each)
    text = re.sub(rf"\b({name}),(?: and)?(?= {name})", r"\1 and", text)
    text = re.sub(rf"^(?:did|does|do) (?={name})", "", text)
    text = re.sub(rf"^({_AUXILIARY}) ({name}(?: and {name})*) ", r"\2 \1 ", text)
    text = re.sub(rf"^({name})'s ({counts}) (.+)$", r"\1 \3 in \2", text)
    was = r"(?:is|was|were|got|(?:has|have) (never |not )?been)"
    passive = rf"\b({name}) {was} (never |not )?(overtaken|passed|surpassed|dethroned) by ({name})"
    return re.sub(passive, r"\5 \2\3\4 \1", text).replace(", ", " ")


def _dated(text: str, on: date | None) -> tuple[str, tuple[str, ...]]:
    """A sentence with the year it is about for "last year" or "this year", and that it was taken so."""
    match = _RELATIVE.search(text)
    if on is None or match is None:
        return text, ()
    year = on.year - (match["which"] == "last")
    return (
        f"{text[: match.start()]}{match['how'] or 'in'} {year}{text[match.end() :]}",
        (f"“{match['which']} year” is taken as: {year}",),
    )


def _statements(
    catalog: Catalog, fields: dict[str, Any], parts: Mapping[str, str], text: str, denial: str
) -> Iterator[dict[str, Any]]:
    """The fields of each statement, by the core that the whole text is."""
    core, match = _core(catalog, parts, text)
    never = denial == "never"
    if never and (core.kind not in EVER or "place" in parts):
        raise _refusal(catalog, f"“never” can't be combined with “{text}{' in a place' if 'place' in parts else ''}”")
    new = _of_core(catalog, core, match)
    if (new.get("times") or new.get("relative")) and (never or "place" in parts):
        raise _refusal(catalog, f"“{text}” can't be combined with {'“never”' if never else 'a place'}")
    if "place" in parts.keys() - USES[core.kind]:
        raise _refusal(
            catalog,
            "For a region we can only check who leads there, who fell there and whether a framework is as common as "
            "elsewhere",
        )
    if unused := parts.keys() - USES[core.kind] | (
        parts.keys() & {"back", "until", "deadline"} if "place" in parts else set()
    ):
        about = f"“{text}{' in a place' if 'place' in parts else ''}”"
        raise _refusal(catalog, f"“{parts[min(unused)]}” can't be combined with {about}")
    _refuse_ambiguous(catalog, core, parts, {"what": fields["what"], **new}, halved=bool(match.groupdict().get("half")))
    named = match.groupdict()
    if clash := [key for key, value in new.items() if value and fields.get(key) not in (None, "", value)]:
        other = parts.get("metric" if "what" in clash else "by", clash[0])
        raise QuestionError(f"We can't combine “{text}” with “{other}”: use one at a time.")
    if "place" in parts and core.kind in CHANGED and (new.get("amount") or "by" in parts):
        raise _refusal(catalog, f"A number can't be combined with “{text} {parts['place']}”")
    today = core.kind == "led" and not never and not parts.keys() & DATED and _PAST.search(text)
    meant = f"“{today[0]}” is taken as: on the day the claim is checked for" if today else ""
    taken = tuple(dict.fromkeys((core.taken, meant, *_read_as(core, match, parts), *fields.get("taken", ()))))
    fields = {**fields, **new, "kind": core.kind, "denied": bool(denial), "ever": never}
    fields["taken"] = tuple(filter(None, taken))
    _refuse_denied_number(fields)
    order = ("b", "a") if named.get("times") and fields["amount"] < 1 else ("a", "b")  # B is the one that has less
    sides = (dict.fromkeys((named.get(side) or "").split(" and ")) for side in order)
    for a, b in product(*sides):
        statement = fields | _frameworks(catalog, core.kind, a, b, fields)
        if never and core.kind != "reached" and not statement.get("b"):
            raise _refusal(catalog, f"“never” can't be combined with “{text}” without another framework")
        yield statement


def _read_as(core: Core, match: re.Match[str], parts: Mapping[str, str]) -> Iterator[str]:
    """How words of a core are taken that may be taken otherwise."""
    named = match.groupdict()
    if named.get("more"):
        number = named.get("factor") or f"{named['times']} times"
        yield f"“{number} more” is taken as: {number} as many, and not so many on top"
    sized = (
        any(named.get(name) for name in ("number", "percent", "half", "factor", "fold", "by_factor")) or "by" in parts
    )
    if core.kind in CHANGED and sized and not parts.keys() & DATED:
        yield "The change is taken over a year, of surveys from edition to edition, as no other time is given"


def _refuse_ambiguous(
    catalog: Catalog, core: Core, parts: Mapping[str, str], new: Mapping[str, Any], *, halved: bool
) -> None:
    """Raises QuestionError for what has two senses: "leads by 2020", "5% more" of shares, "reached N downloads"."""
    year = re.fullmatch(r"by (\d{4})", parts.get("deadline", ""))
    if year and core.kind == "led":
        raise QuestionError(f"“by {year[1]}” may be a year or a number: say “in {year[1]}” or “by {year[1]} stars”.")
    meant = [m for m in catalog.metrics.values() if new.get("what") in (m.id, m.family)]
    if new.get("relative") and not halved and any(m.kind is Kind.SHARE for m in meant):
        raise QuestionError("A percentage of a share may mean points or a part of it: say how many points or times.")
    totals = core.kind in ("reached", "first", "has") or (
        core.kind in CHANGED
        and new.get("what")
        and new.get("amount") is not None
        and not (new.get("relative") or new.get("times"))
    )
    if totals and not any(m.kind is Kind.STOCK for m in meant):
        raise QuestionError("We can check a number of a total such as stars, but not of what is counted by the month.")


def _refuse_denied_number(fields: Mapping[str, Any]) -> None:
    """Raises OfTwoSenses for "does not have 80,000 stars": fewer, or not that number."""
    of_number = fields["kind"] in SIZED and fields.get("amount") is not None
    if (
        of_number
        and fields["denied"]
        and not fields["ever"]
        and fields.get("size") not in ("over", "least", "under", "most", "exact")
    ):
        raise OfTwoSenses("“Not” with a number may mean fewer or any other number: say “at least” or “less than”.")


def _core(catalog: Catalog, parts: Mapping[str, str], text: str) -> tuple[Core, re.Match[str]]:
    left = re.fullmatch(r".+ (?:in|by) (.+)", text)
    changed = (core.pattern for core in CORES if core.kind in CHANGED)
    if left and not (OF_SIZE.fullmatch(left[1]) and any(re.fullmatch(pattern, text) for pattern in changed)):
        raise QuestionError(f"There is neither a metric nor a region {left[1][:40]!r}. {words(catalog)}.")
    for core in CORES:
        match = re.fullmatch(core.pattern, text)
        if match and core.kind == "will":
            raise OfTheFuture(
                "We can't check the future. See the forecast for what follows if current trends continue."
            )
        if match and (core.kind == "alike") == ("alike" in parts):
            return core, match
    raise _refusal(catalog, "We can't check this sentence")


def _refusal(catalog: Catalog, why: str) -> QuestionError:
    return QuestionError(f"{why}. Sentences we can check: {'; '.join(PATTERNS)}. {words(catalog)}.")


def _of_core(catalog: Catalog, core: Core, match: re.Match[str]) -> dict[str, Any]:
    """What the core's own words say: "almost 1000 more stars", "more used", "turned 10"."""
    named = match.groupdict()
    fields: dict[str, Any] = {"what": core.what} if core.what else {}
    if named.get("number"):
        fields |= amount_of(catalog, match)
        fields.pop("unit", "")
        if core.kind == "turned":
            fields.pop("size")
    if percent := named.get("percent"):
        way = named.get("relative") or ("more" if core.kind == "rose" else "fewer")
        relative = "more" if way == "more" else "fewer"
        fields |= {"amount": float(percent), "size": SIZES.get(named["size"] or "", "given"), "relative": relative}
    if part := named.get("part"):
        fields |= {
            "amount": PARTS[part.removeprefix("a ")],
            "size": SIZES.get(named["size"] or "", "about"),
            "times": True,
        }
    if named.get("half"):
        fields |= {"amount": 50.0, "size": SIZES.get(named.get("size") or "", "about"), "relative": "fewer"}
    if core.kind == "has" and not named["size"]:
        fields["size"] = "exactly"
    if factor := next(filter(None, map(named.get, ("factor", "times", "fold", "by_factor"))), None):
        number = FACTORS.get(factor) or COUNTS.get(factor) or factor
        usual = "least" if core.kind == "exploded" else "given"
        fields |= {"amount": float(number), "size": SIZES.get(named["size"] or "", usual), "times": True}
    if unit := named.get("unit"):
        fields["what"] = metric_named(catalog, unit)
        if not fields["what"]:
            raise QuestionError(f"There is no metric {unit[:40]!r}. {words(catalog)}.")
    return fields


def _frameworks(catalog: Catalog, kind: str, a: str, b: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The frameworks named. `A leads METRIC` has no B: it means all the others."""
    if kind == "measures":
        return {"a": a}
    one, metric = _framework(catalog, a), metric_named(catalog, b)
    if kind == "led" and metric:
        if fields["what"]:
            raise QuestionError(f"We can't combine “leads {b}” with another metric: use one at a time.")
        return {"a": one, "what": metric}
    if not b or (kind in OF_ALL and _ALL_OTHERS.fullmatch(b)):
        return {"a": one, "b": ""}
    other = _framework(catalog, b)
    if one == other:
        raise QuestionError(f"{catalog.frameworks[one].title} can't be compared with itself: name two frameworks.")
    return {"a": one, "b": other}


def _framework(catalog: Catalog, text: str) -> str:
    if text in catalog.frameworks:
        return text
    titles = {framework.own_title.lower(): key for key, framework in reversed(list(catalog.frameworks.items()))}
    return titles.get(text) or known_framework(catalog, text)
