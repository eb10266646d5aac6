"""The sentences that can be checked: a small grammar, written down in `PATTERNS`, and nothing guessed beyond it.

A sentence is a core ("django passed flask") with parts behind it ("in stars", "by 800", "in 2020"), in any order. The
parts are taken off the end one by one, and what is left has to be a core as a whole: so no word goes unused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import ceil
from typing import Any, NamedTuple

from answers.question import QuestionError, in_words, known_framework
from catalog import Catalog
from storage import Period

PATTERNS = (
    "A passed B [in METRIC] [by N] [WHEN]; A never passed B; A recently passed B",
    "A leads B [in METRIC] [in PLACE] [by [almost | about | over] N] [WHEN]; A leads METRIC (of all frameworks known)",
    "A has almost N more stars than B [WHEN]; A is more used than B [in PLACE]",
    "A is more popular than B; A is losing to B",
    "A grows faster than B [in METRIC] [WHEN]; A grows fastest; A is exploding",
    "A fell [in METRIC] [in PLACE] [WHEN]; A is growing; A is dying",
    "A is as common in PLACE as in PLACE [in 2020]; A is more common in PLACE than in PLACE [in 2020]",
    "stars are no measure of use [in 2020]; stars are a measure of use",
    "A turned N [in 2020]",
)
LONGEST = 200
USE = "use"  # as a metric: downloads and surveys, but not stars

PLACES = {
    "us": "united-states", "usa": "united-states", "u.s": "united-states", "united states of america": "united-states",
    "eu": "eu27", "europe": "eu27-uk-ch-no", "all of europe": "europe",  # as the page means it
    "north america": "north-america", "south asia": "south-asia", "uk": "GB",
}  # fmt: skip
EUROPES = ("europe", "all of europe")  # which countries they are has to be said
SIZES = {
    "almost": "almost", "nearly": "almost", "about": "about", "around": "about", "roughly": "about", "over": "over",
    "more than": "over", "at least": "over",
}  # fmt: skip
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
POINTS = ("point", "points", "percentage points")
SCALES = {"": 1.0, "k": 1e3, "m": 1e6}
RECENT_DAYS = 183  # "recently" is within half a year
DAYS = {"week": 7, "month": 30.5, "year": 365.25}
COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}

_SPAN = r"(?:\d{4}-\d{2}-\d{2}|\d{4}-\d{2}|\d{4}|(?:" + "|".join(MONTHS) + r") \d{4})"
_AMOUNT = rf"(?:(?P<size>{'|'.join(SIZES)}) )?(?P<number>[\d,.]*\d)(?P<scale>[km]?)"
_DENIAL = re.compile(r"\b(?:does |do |did )?(never|not) ")
_FLOATING = re.compile(r"^(.+?) (recently|lately|just|for (?:\w+ )?years?) (?!in |on |by )(.+)$")
_AT_LEAST = re.compile(r"\bat least in ")
_LEADING = ("in", "on", "during", "since", "between", "from", "over", "by")
_STAND_IN, MOST_LEADING = "it", 6  # for the sentence that a leading part belongs to; words of such a part


class OfTheFuture(QuestionError):
    """A sentence on what will be, of which nothing can be true yet."""


@dataclass(frozen=True, slots=True)
class ParsedClaim:
    """One sentence as it is understood. `kind` is passed, led, grows, exploded, fell, alike, measures or turned.

    `b` empty: all the others. `what` is a family, a metric's id, `USE`, or empty for every measure of use or
    attention. `since`..`until` are the days meant, both included (None: open); `back`: so many days up to the one it is
    judged for. `amount` and `size` (almost, about, over) are those of the lead claimed, or the years turned; of alike
    over is more common. `regions` are regions or countries. `denied`: claimed not to be so; `ever`: at any time, as in
    never led. `taken` says how words were
    taken that have no one sense.
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
    regions: tuple[str, ...] = ()
    denied: bool = False
    ever: bool = False
    taken: tuple[str, ...] = ()


def words(catalog: Catalog) -> str:
    """What may stand in the patterns for METRIC, PLACE, WHEN and A, without a full stop."""
    families = ", ".join(family.plural for family in catalog.families.values() if family.plural)
    return (
        f"METRIC is {families} or the id or title of a metric; PLACE is a country or {', '.join(_titles(catalog))}; "
        "WHEN is in 2020, in 2020-09, in September 2020, on 2020-11-25, since 2019, between 2019 and 2021, recently, "
        "for years or in the last 6 months; A may be two, joined by and"
    )


def understood(catalog: Catalog, text: str) -> tuple[ParsedClaim, ...]:
    """A sentence as one or, if it has several subjects, more statements, all of which it needs.

    Raises QuestionError: for a name that is not known, or with the patterns that are.
    """
    plain = " ".join(text.lower().replace("’", "'").replace(", ", " ").split()).rstrip(".!?,")
    if len(plain) > LONGEST:
        raise QuestionError(f"A sentence to check has at most {LONGEST} letters.")
    plain = _FLOATING.sub(r"\1 \3 \2", plain.replace("n't ", " not ").replace(" are no ", " are not a "))
    denial = _DENIAL.search(plain)
    rest = _DENIAL.sub("", plain, count=1)
    limited = bool(_AT_LEAST.search(rest))
    fields, parts, rest = _fields(catalog, _led_by_its_end(catalog, _AT_LEAST.sub("in ", rest)))
    if limited:
        fields["taken"] = (*fields.get("taken", ()), "“at least in” is taken as: there, whatever it is elsewhere")
    return tuple(
        ParsedClaim(text.strip(), **each)
        for each in _statements(catalog, fields, parts, rest, denial[1] if denial else "")
    )


# -- the parts, from the end -------------------------------------------------------------------------------------------


def _led_by_its_end(catalog: Catalog, text: str) -> str:
    """A sentence that begins with a part ("in Europe", "since 2019"), with that part at its end."""
    tokens = text.split()
    for length in range(min(len(tokens) - 3, MOST_LEADING), 1, -1):
        lead, rest = " ".join(tokens[:length]).rstrip(","), " ".join(tokens[length:])
        part = _last_part(catalog, f"{_STAND_IN} {lead}") if lead.partition(" ")[0] in _LEADING else None
        if part and part[2] == _STAND_IN:
            return f"{rest} {lead}"
    if tokens and tokens[0] in _LEADING:
        raise QuestionError(f"“{text[:40]}” does not begin with a place, metric or time we can use. {words(catalog)}.")
    return text


def _fields(catalog: Catalog, text: str) -> tuple[dict[str, Any], dict[str, str], str]:
    """What the parts say as fields of a claim, each part's own words, and what is left of the sentence."""
    fields: dict[str, Any] = {}
    parts: dict[str, str] = {}
    words_of: dict[str, str] = {}
    while part := _last_part(catalog, text):
        name, new, rest = part
        own = text[len(rest) :].strip()
        if clash := fields.keys() & new.keys() - {"regions", "taken"}:
            raise QuestionError(f"We can't combine “{own}” with “{words_of[min(clash)]}”: use one at a time.")
        together = {key: (*new[key], *fields.get(key, ())) for key in new.keys() & {"regions", "taken"}}
        fields |= {**new, **together}
        words_of |= dict.fromkeys(new, own)
        parts[name], text = own, rest
    unit = fields.pop("unit", "")
    metric = catalog.metrics.get(fields.get("what", ""))
    if unit and fields.get("what", unit) != unit and (metric is None or metric.family != unit):
        raise QuestionError(f"“{parts['by']}” does not fit “{parts['metric']}”.")
    return {"what": unit, **fields}, parts, text


def _last_part(catalog: Catalog, text: str) -> tuple[str, Mapping[str, Any], str] | None:
    """The part that a text ends with: its name, its fields, and the text before it."""
    for name, pattern, read in _PARTS:
        match = re.fullmatch(f"(?P<rest>.+) {pattern}", text)
        if match and (fields := read(catalog, match)):
            return name, fields, match["rest"]
    return None


def _days(_: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    first, last = match["first"], match.groupdict().get("last")
    since, until = _span(first).start, _span(last or first).end
    if until < since:
        raise QuestionError(f"The days are reversed: {in_words(since)} is after {in_words(until)}.")
    return {"since": since, "until": None if " since " in match[0][len(match["rest"]) :] else until, "back": 0}


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


def _back(_: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    """So many days back: half a year where no number is given, two of what stands in the plural alone."""
    own = match[0][len(match["rest"]) :].strip()
    days = RECENT_DAYS
    if unit := match.groupdict().get("unit"):
        count = match["count"] or ("a" if unit in DAYS else "two")
        days = ceil(DAYS[unit.rstrip("s")] * int(COUNTS.get(count, count)))
    meant = f"“{own}” is taken as: in the {days:,} days up to that date"
    return {"since": None, "until": None, "back": days, "taken": (meant,)}


def _amount(catalog: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    try:
        amount = float(match["number"].replace(",", "")) * SCALES[match["scale"]]
    except ValueError as error:
        raise QuestionError(f"There is no such number: {match['number']!r}.") from error
    unit = match["unit"] or ""
    units = {m.unit.partition(" ")[0]: m.id for m in catalog.metrics.values() if not m.unit.startswith("share")}
    family = "survey" if unit in POINTS else _metric(catalog, unit) or units.get(unit, "")
    if unit and not family:
        return {}
    return {"amount": amount, "size": SIZES.get(match["size"] or "", "about"), "unit": family}


def _alike(catalog: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    if _metric(catalog, match["there"].rpartition(" in ")[2]):
        return {}  # that part comes first
    one, other = (_placed(catalog, name) for name in match.group("here", "there"))
    if not (one and other):
        name, titles = match["here" if other else "there"][:40], ", ".join(_titles(catalog))
        raise QuestionError(f"There is no region {name!r}; choose from {titles} and all countries.")
    here, there = (other, one) if match["way"] == "less" else (one, other)
    both = {key: tuple(dict.fromkeys((*here[key], *there[key]))) for key in here}
    return {
        **both,
        "regions": (*here["regions"], *there["regions"]),
        "size": "about" if match["way"] == "as" else "over",
    }


def _named(catalog: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    metric = _metric(catalog, match["name"])
    return {"what": metric} if metric else {}


def _metric(catalog: Catalog, text: str) -> str:
    """The id of the family or metric meant, empty for none."""
    name = text.removeprefix("the ")
    for family in catalog.families.values():
        if family.plural and name in (family.id, family.plural, family.phrase.lower()):
            return family.id
    named = (
        (m.id, (m.phrase or m.title).lower().removeprefix("the "), m.title.lower()) for m in catalog.metrics.values()
    )
    return next((names[0] for names in named if name in names), "")


def _placed(catalog: Catalog, text: str) -> Mapping[str, Any]:
    """The id of the region, or the code of the country, meant, and which Europe; empty for none."""
    name = text.removeprefix("the ")
    countries = ((code, (c.name, *(spelling for spelling, _ in c.also))) for code, c in catalog.countries.items())
    ids = {spelling.lower().removeprefix("the "): code for code, spellings in countries for spelling in spellings}
    ids |= {region.title.lower(): key for key, region in catalog.regions.items()} | PLACES
    place = ids.get(name, name if name in catalog.regions else "")
    meant = (
        f"“{name}” is taken as: {catalog.regions[place].title}, a fixed group of countries" if name in EUROPES else ""
    )
    return {"regions": (place,), "taken": (meant,) if meant else ()} if place else {}


def _titles(catalog: Catalog) -> list[str]:
    return [region.title for region in catalog.regions.values()]


_BACK = rf"(?: (?P<count>[1-9]\d?|{'|'.join(COUNTS)}))? (?P<unit>(?:week|month|year)s?)"
_COMMON = r"(?P<way>as|more|less) (?:common|popular|(?:widely )?used) in (?P<here>.+) (?:as|than) in (?P<there>.+)"
_PARTS: tuple[tuple[str, str, Callable[[Catalog, re.Match[str]], Mapping[str, Any]]], ...] = (
    ("when", rf"(?:in|on|during) (?P<first>{_SPAN})", _days),
    ("span", rf"since (?P<first>{_SPAN})", _days),
    ("span", rf"(?:between|from) (?P<first>{_SPAN}) (?:and|to) (?P<last>{_SPAN})", _days),
    ("back", r"(?:recently|lately|just)", _back),
    ("back", rf"(?:for|(?:in|over|during) the (?:last|past)){_BACK}", _back),
    ("by", rf"by {_AMOUNT}(?: (?P<unit>[a-z][a-z ]*))?", _amount),
    ("alike", _COMMON, _alike),
    ("metric", r"(?:in|by)(?: terms of)? (?P<name>.+)", _named),
    ("place", r"in (?P<name>.+)", lambda catalog, match: _placed(catalog, match["name"])),
)


# -- the core ----------------------------------------------------------------------------------------------------------


class Core(NamedTuple):
    """A sentence without its parts: the kind of claim, its words, and what those words are taken for (empty: plain).

    `what` is the metric that the words imply; `denied`: they say that the kind is not so.
    """

    kind: str
    pattern: str
    taken: str = ""
    what: str = ""
    denied: bool = False


_A, _B = r"(?P<a>.+?)", r"(?P<b>.+?)"
_HAS = r"(?:has |have |had )?"
_IS = r"(?:is|are|was|were|has been|have been)"
_GROWS = rf"(?:grows?|grew|{_IS} growing)"
_LOST = rf"(?:lost|loses|{_IS} losing) (?:ground|users|popularity)"
_FELL = rf"(?:fell|falls?|declined|took a hit|{_LOST}|{_IS} (?:falling|declining))"
_STRUGGLED = "is taken as: the other led all that time"
_DOUBLED = "is taken as: at least doubled, in a year where no other time is given"
_FALLING = "is taken as: falling, in a year where no other time is given"
_EACH = "in stars, downloads and surveys, wherever there are data"
_USED = r"(?:{0} (?:widely |often )?used|used {0}(?: widely| often)?)"
_BY_USE = "in downloads and surveys of use, wherever there are data"
_GROWTH = rf"(?:(?:has|have|had|sees?|saw|{_IS} seeing) (?:some )?explosive growth|gr[eo]ws? explosively)"
CORES = (
    Core("will", rf"{_A} (?:will|may|might|{_IS} (?:going|about) to) (?!go the way).+"),
    Core("passed", rf"{_A} {_HAS}(?:pass(?:ed|es)?|overt(?:ook|ake|akes|aken)|surpass(?:ed|es)?|gone past) {_B}"),
    Core("led", rf"{_A} {_HAS}(?:leads?|led|beats?|{_IS} ahead of) {_B}"),
    Core("led", rf"{_A} {_IS} more popular than {_B}", f"“more popular” is taken as: ahead {_EACH}"),
    Core("led", rf"(?:is )?{_B} (?:is )?(?:really )?losing to {_A}", f"“losing to” is taken as: behind {_EACH}"),
    Core("led", rf"{_B} {_IS} less popular than {_A}", f"“less popular” is taken as: behind {_EACH}"),
    Core("led", rf"{_A} {_IS} (?:the )?most popular(?: framework)?", f"“most popular” is taken as: first {_EACH}"),
    Core("led", rf"{_A} {_IS} {_USED.format('more')} than {_B}", f"“more used” is taken as: ahead {_BY_USE}", USE),
    Core("led", rf"{_B} {_IS} {_USED.format('less')} than {_A}", f"“less used” is taken as: behind {_BY_USE}", USE),
    Core("led", rf"{_A} (?:has|have|had) (?:{_AMOUNT} )?more (?P<unit>.+) than {_B}"),
    Core("led", rf"{_B} (?:has|have|had) (?:{_AMOUNT} )?(?:fewer|less) (?P<unit>.+) than {_A}"),
    Core("led", rf"{_B} {_HAS}struggl(?:ed|es|ing) to (?:catch|keep) up (?:with|to) {_A}", f"“struggled” {_STRUGGLED}"),
    Core("grows", rf"{_A} {_GROWS} faster than {_B}"),
    Core("grows", rf"{_A} (?:{_GROWS} (?:the )?fastest|{_IS} the fastest[- ]growing(?: framework)?)"),
    Core(
        "exploded", rf"{_A}(?:'s growth)? (?:exploded|{_IS} (?:exploding|explosive|booming))", f"“explosive” {_DOUBLED}"
    ),
    Core("exploded", rf"{_A} {_GROWTH}", f"“explosive” {_DOUBLED}"),
    Core("exploded", rf"{_A} doubled(?: its (?P<unit>.+))?"),
    Core("fell", rf"{_A} {_FELL}"),
    Core("fell", rf"{_A} {_IS} (?:dying|dead|obsolete)", f"“dying” or “dead” {_FALLING}"),
    Core("fell", rf"{_A} (?:will go|{_IS} going|went|goes?) the way of the dodo", f"“the way of the dodo” {_FALLING}"),
    Core("fell", rf"{_A} (?:{_GROWS}|rose|{_IS} rising)", "“growing” is taken as: not falling", denied=True),
    Core("alike", rf"{_A} {_IS}"),
    Core("measures", r"(?P<a>stars) are a measure of use"),
    Core("turned", rf"{_A} turned (?P<number>[1-9]\d?)(?P<scale>)(?P<size>)(?P<unit>)"),
)
_PAST = re.compile(r"\b(?:led|had|was|were)\b")
EVER = ("passed", "led")  # the kinds that "never" is understood of
_TIME = {"when", "span", "back"}
USES = {  # which parts each kind can be judged with
    "passed": _TIME | {"by", "metric"},
    "led": _TIME | {"by", "metric", "place"},
    "grows": _TIME | {"metric"},
    "exploded": _TIME | {"metric"},
    "fell": _TIME | {"metric", "place"},
    "alike": {"when", "metric", "alike"},
    "measures": {"when"},
    "turned": {"when", "span"},
}


def _statements(
    catalog: Catalog, fields: dict[str, Any], parts: Mapping[str, str], text: str, denial: str
) -> Iterator[dict[str, Any]]:
    """The fields of each statement, by the core that the whole text is."""
    core, match = _core(catalog, parts, text)
    never = denial == "never"
    if never and (core.kind not in EVER or "place" in parts):
        raise _refusal(catalog, f"“never” can't be combined with “{text}{' in a place' if 'place' in parts else ''}”")
    if "place" in parts.keys() - USES[core.kind]:
        raise _refusal(
            catalog,
            "For a region we can only check who leads there, who fell there and whether a framework is as common as "
            "elsewhere",
        )
    if unused := parts.keys() - USES[core.kind] | (parts.keys() & {"back"} if "place" in parts else set()):
        about = f"“{text}{' in a place' if 'place' in parts else ''}”"
        raise _refusal(catalog, f"“{parts[min(unused)]}” can't be combined with {about}")
    named = match.groupdict()
    new = _of_core(catalog, core, match)
    if clash := [key for key, value in new.items() if value and fields.get(key) not in (None, "", value)]:
        other = parts.get("metric" if "what" in clash else "by", clash[0])
        raise QuestionError(f"We can't combine “{text}” with “{other}”: use one at a time.")
    today = core.kind == "led" and not never and not parts.keys() & _TIME and _PAST.search(text)
    meant = f"“{today[0]}” is taken as: on the day the claim is checked for" if today else ""
    taken = tuple(dict.fromkeys((core.taken, meant, *fields.get("taken", ()))))
    fields = {**fields, **new, "kind": core.kind, "denied": bool(denial) != core.denied, "ever": never}
    fields["taken"] = tuple(filter(None, taken))
    for a, b in product(named["a"].split(" and "), (named.get("b") or "").split(" and ")):
        statement = fields | _frameworks(catalog, core.kind, a, b, fields)
        if never and not statement.get("b"):
            raise _refusal(catalog, f"“never” can't be combined with “{text}” without another framework")
        yield statement


def _core(catalog: Catalog, parts: Mapping[str, str], text: str) -> tuple[Core, re.Match[str]]:
    if left := re.fullmatch(r".+ (?:in|by) (.+)", text):
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
        fields |= _amount(catalog, match)
        fields.pop("unit", "")
    if unit := named.get("unit"):
        fields["what"] = _metric(catalog, unit)
        if not fields["what"]:
            raise QuestionError(f"There is no metric {unit[:40]!r}. {words(catalog)}.")
    return fields


def _frameworks(catalog: Catalog, kind: str, a: str, b: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The frameworks named. `A leads METRIC` has no B: it means all the others."""
    if kind == "measures":
        return {"a": a}
    one, metric = _framework(catalog, a), _metric(catalog, b)
    if kind == "led" and metric:
        if fields["what"]:
            raise QuestionError(f"We can't combine “leads {b}” with another metric: use one at a time.")
        return {"a": one, "what": metric}
    if not b:
        return {"a": one}
    other = _framework(catalog, b)
    if one == other:
        raise QuestionError(f"{catalog.frameworks[one].title} can't be compared with itself: name two frameworks.")
    return {"a": one, "b": other}


def _framework(catalog: Catalog, text: str) -> str:
    if text in catalog.frameworks:
        return text
    titles = {framework.own_title.lower(): key for key, framework in reversed(list(catalog.frameworks.items()))}
    return titles.get(text) or known_framework(catalog, text)
