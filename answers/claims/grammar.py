"""The sentences that can be checked: a small grammar, written down in `PATTERNS`, and nothing guessed beyond it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from answers.question import QuestionError, known_framework
from catalog import Catalog
from storage import Period

PATTERNS = (
    "A passed B [in METRIC] [WHEN]; A never passed B; A recently passed B",
    "A leads B [in METRIC] [in REGION] [by [almost | about | over] N] [WHEN]; A leads METRIC (of all frameworks known)",
    "A grows faster than B [in METRIC] [WHEN]",
    "A fell [in METRIC] [in REGION] [WHEN]",
    "A is as common in REGION as in REGION [WHEN]",
    "stars are no measure of use; stars are a measure of use",
)
LONGEST = 200

REGION_OF = {
    "us": "united-states", "usa": "united-states", "u.s": "united-states", "united states of america": "united-states",
    "eu": "eu27", "europe": "eu27-uk-ch-no", "all of europe": "europe",  # as the page means it
    "north america": "north-america", "south asia": "south-asia",
}  # fmt: skip
OF_REGIONS = ("led", "fell", "alike")  # kinds of claim that a survey has regions for
SIZES = {
    "almost": "almost",
    "nearly": "almost",
    "about": "about",
    "around": "about",
    "roughly": "about",
    "over": "over",
    "more than": "over",
    "at least": "over",
}
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
SCALES = {"": 1.0, "k": 1e3, "m": 1e6}

_SPAN = r"(?:\d{4}-\d{2}-\d{2}|\d{4}-\d{2}|\d{4}|(?:" + "|".join(MONTHS) + r") \d{4})"
_WHEN = re.compile(rf"^(.*?) (?:(in|on|since) ({_SPAN})|between ({_SPAN}) and ({_SPAN}))$")
_BY = re.compile(rf"^(.*?) by (?:({'|'.join(SIZES)}) )?([\d,.]*\d)([km]?)(?: ([a-z]+))?$")
_IN = re.compile(r"^(.*) (?:in|by) (.+)$")
_CORES = (
    ("passed", re.compile(r"^(?P<a>.+?) (?P<no>never |did not )?(?:passed|pass|passes|overtook|overtake) (?P<b>.+)$")),
    ("led", re.compile(r"^(?P<a>.+?) (?:leads|lead|led|is ahead of|was ahead of) (?P<b>.+)$")),
    ("grows", re.compile(r"^(?P<a>.+?) (?:grows?|grew|is growing|are growing) faster than (?P<b>.+)$")),
    ("fell", re.compile(r"^(?P<a>.+?) (?:fell|declined|took a hit|lost ground|lost users|lost popularity)$")),
    ("measures", re.compile(r"^(?P<a>stars) (?P<no>are no|are not a|are a) measure of use$")),
)
_ALIKE = re.compile(r"^(.+?) is as common in (.+?) as in (.+)$")


@dataclass(frozen=True, slots=True)
class ParsedClaim:
    """One sentence as it is understood. `kind` is passed, led, grows, fell, alike or measures.

    `b` empty: all the others. `what` is a family, a metric's id, or empty for every measure of use or
    attention. `since`..`until` are the days meant, both included (None: open); `recent`: half a year to the day it is
    judged for. `amount` and `size` (almost, about, over) are those of the lead claimed. `denied`: claimed not to be so.
    """

    text: str
    kind: str
    a: str
    b: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None
    recent: bool = False
    amount: float | None = None
    size: str = "about"
    regions: tuple[str, ...] = ()
    denied: bool = False


def words(catalog: Catalog) -> str:
    """What may stand in the patterns for METRIC, WHEN and A, without a full stop."""
    families = ", ".join(family.plural for family in catalog.families.values() if family.plural)
    return (
        f"METRIC is {families} or the id or title of a metric; WHEN is in 2020, in 2020-09, in September 2020, on "
        "2020-11-25, since 2019 or between 2019 and 2021; A may be two, joined by and"
    )


def understood(catalog: Catalog, text: str) -> tuple[ParsedClaim, ...]:
    """A sentence as one or, if it has several subjects, more statements, all of which it needs.

    Raises QuestionError: for a name that is not known, or with the patterns that are.
    """
    plain = " ".join(text.lower().split()).rstrip(".!")
    if len(plain) > LONGEST:
        raise QuestionError(f"A sentence to check has at most {LONGEST} letters.")
    rest, recent = _without(plain, "recently")
    claim, rest = _period(ParsedClaim(text.strip(), "", "", recent=recent), rest)
    alike = _ALIKE.match(rest)
    if alike:
        regions = (_region_or_fail(catalog, alike[2]), _region_or_fail(catalog, alike[3]))
        return (replace(claim, kind="alike", a=_framework(catalog, alike[1]), regions=regions),)
    claim, rest = _size(catalog, claim, rest)
    claim, rest = _places(catalog, claim, rest)
    return tuple(_core(catalog, claim, rest))


def _without(text: str, word: str) -> tuple[str, bool]:
    words = text.split()
    return " ".join(w for w in words if w != word), word in words


def _period(claim: ParsedClaim, text: str) -> tuple[ParsedClaim, str]:
    match = _WHEN.match(text)
    if not match:
        return claim, text
    rest, word, one, first, last = match.groups()
    if word is None:
        since, until = _span(first).start, _span(last).end
    else:
        since, until = _span(one).start, _span(one).end
    if until < since:
        raise QuestionError(f"The days are reversed: {since} is after {until}.")
    return replace(claim, since=since, until=None if word == "since" else until), rest


def _span(text: str) -> Period:
    """A day, a month or a year."""
    try:
        name, _, year = text.partition(" ")
        if year:
            return Period.month(int(year), MONTHS.index(name) + 1)
        parts = [int(part) for part in text.split("-")]
        if len(parts) == 1:
            return Period.year(*parts)
        return Period.month(*parts) if len(parts) == 2 else Period.day(date(*parts))
    except ValueError as error:
        raise QuestionError(f"There is no such day: {text!r}.") from error


def _size(catalog: Catalog, claim: ParsedClaim, text: str) -> tuple[ParsedClaim, str]:
    match = _BY.match(text)
    units = {"points", None, *(metric.unit.partition(" ")[0] for metric in catalog.metrics.values())}
    if not match or match[5] not in units:
        return claim, text
    rest, word, digits, scale, _ = match.groups()
    try:
        amount = float(digits.replace(",", "")) * SCALES[scale]
    except ValueError as error:
        raise QuestionError(f"There is no such number: {digits!r}.") from error
    return replace(claim, amount=amount, size=SIZES.get(word or "", "about")), rest


def _places(catalog: Catalog, claim: ParsedClaim, text: str) -> tuple[ParsedClaim, str]:
    """What stands at the end: in a metric, in a region, in either order."""
    while match := _IN.match(text):
        what, region = _metric(catalog, match[2]), _region(catalog, match[2])
        if what:
            claim = replace(claim, what=what)
        elif region:
            claim = replace(claim, regions=(*claim.regions, region))
        else:
            raise QuestionError(f"There is neither a metric nor a region {match[2][:40]!r}. {words(catalog)}.")
        text = match[1]
    return claim, text


def _metric(catalog: Catalog, text: str) -> str:
    """The id of the family or metric meant, empty for none."""
    name = text.removeprefix("the ")
    for family in catalog.families.values():
        if family.plural and name in (family.id, family.plural, family.phrase.lower()):
            return family.id
    return next((m.id for m in catalog.metrics.values() if name in (m.id, m.title.lower())), "")


def _region(catalog: Catalog, text: str) -> str:
    name = text.removeprefix("the ")
    titles = {region.title.lower(): key for key, region in catalog.regions.items()}
    return REGION_OF.get(name) or titles.get(name) or (name if name in catalog.regions else "")


def _region_or_fail(catalog: Catalog, text: str) -> str:
    region = _region(catalog, text)
    if not region:
        titles = ", ".join(each.title for each in catalog.regions.values())
        raise QuestionError(f"There is no region {text[:40]!r}; known are {titles}.")
    return region


def _core(catalog: Catalog, claim: ParsedClaim, text: str) -> Iterator[ParsedClaim]:
    for kind, pattern in _CORES:
        match = pattern.match(text)
        if not match:
            continue
        named = match.groupdict()
        denied = bool(named.get("no")) and named.get("no") != "are a"
        claim = replace(claim, kind=kind, denied=denied)
        if claim.regions and kind not in OF_REGIONS:
            raise QuestionError(
                "Of a region it can be checked who leads there, who fell there and whether a framework is as common as "
                f"elsewhere; not this. Understood are: {'; '.join(PATTERNS)}."
            )
        if kind == "measures":
            yield replace(claim, a="stars")
            return
        for a in named["a"].split(" and "):
            yield _about(catalog, claim, a, named.get("b") or "")
        return
    raise QuestionError(f"This sentence is not understood. Understood are: {'; '.join(PATTERNS)}. {words(catalog)}.")


def _about(catalog: Catalog, claim: ParsedClaim, a: str, b: str) -> ParsedClaim:
    """With the frameworks named. `A leads METRIC` has no B: it means all the others."""
    one, metric = _framework(catalog, a), _metric(catalog, b)
    if claim.kind == "led" and metric:
        return replace(claim, a=one, what=metric)
    if not b:
        return replace(claim, a=one)
    other = _framework(catalog, b)
    if one == other:
        raise QuestionError(f"{catalog.frameworks[one].title} cannot be compared with itself: name two frameworks.")
    return replace(claim, a=one, b=other)


def _framework(catalog: Catalog, text: str) -> str:
    if text in catalog.frameworks:
        return text
    titles = {framework.own_title.lower(): key for key, framework in reversed(list(catalog.frameworks.items()))}
    return titles.get(text) or known_framework(catalog, text)
