"""The parts behind the core of a sentence: metric, place, amount and days, taken off its end one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from math import ceil
from typing import Any

from answers.questions import QuestionError, in_words
from catalog import Catalog, Kind
from storage import Period

PLACES = {
    "us": "united-states", "usa": "united-states", "u.s": "united-states", "united states of america": "united-states",
    "eu": "eu27", "europe": "eu27-uk-ch-no", "all of europe": "europe",  # as the page means it
    "north america": "north-america", "south asia": "south-asia", "uk": "GB",
}  # fmt: skip
EUROPES = ("europe", "all of europe")  # which countries they are has to be said
SIZES = {
    "almost": "almost", "nearly": "almost", "about": "about", "around": "about", "roughly": "about", "over": "over",
    "more than": "over", "at least": "least", "less than": "under", "fewer than": "under", "under": "under",
    "at most": "most", "exactly": "exact", "precisely": "exact",
}  # fmt: skip
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
ABBREVIATED = {month[:length]: month for month in MONTHS for length in (3, 4) if len(month) > length} | {"may": "may"}
POINTS = ("point", "points", "percentage points")  # of any share; of a survey where none is named
SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "thousand": 1e3, "million": 1e6}
RECENT_DAYS = 183  # "recently" is within half a year
DAYS = {"week": 7, "month": 30.5, "year": 365.25}
COUNTS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10,
}  # fmt: skip

_MONTH = rf"(?:{'|'.join((*MONTHS, *ABBREVIATED))})\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
SPAN = (
    r"(?:\d{4}-\d{2}-\d{2}|\d{4}-\d{2}|\d{4}"
    rf"|(?:the )?{_DAY} (?:of )?{_MONTH} \d{{4}}|{_MONTH} (?:{_DAY} )?\d{{4}})"
)
NUMBER = r"(?P<number>[\d,.]*\d)(?P<scale>[km]| thousand| million|)"
AMOUNT = rf"(?:(?P<size>{'|'.join(SIZES)}) )?{NUMBER}"
_YEAR = re.compile(r"(?:19|20)\d\d")
_LEADING = ("in", "on", "during", "since", "after", "before", "until", "between", "from", "over", "by")
_STAND_IN, MOST_LEADING = "it", 6  # for the sentence that a leading part belongs to; words of such a part


def words(catalog: Catalog) -> str:
    """What may stand in the patterns for METRIC, PLACE, WHEN and A, without a full stop."""
    families = ", ".join(family.plural for family in catalog.families.values() if family.plural)
    return (
        f"METRIC is {families} or the id or title of a metric; PLACE is a country or {', '.join(_titles(catalog))}; "
        "WHEN is in 2020, in September 2020, on 25 November 2020, since 2019, after 2019, before 2021, by 2021, "
        "last year, between 2019 and 2021, recently, for years or in the last 6 months; A may be two, joined by and"
    )


def led_by_its_end(catalog: Catalog, text: str) -> str:
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


def fields_of(catalog: Catalog, text: str) -> tuple[dict[str, Any], dict[str, str], str]:
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
    family = metric.family if metric else fields.get("what", "")
    if unit in POINTS:
        unit = family if family in _of_shares(catalog) else "survey"
    if unit and unit not in (fields.get("what", unit), family):
        raise QuestionError(f"“{parts['by']}” does not fit “{parts['metric']}”.")
    if fields.get("amount") is not None and not (unit or fields.get("what") or fields.get("regions")):
        fields["taken"] = (
            *fields.get("taken", ()),
            f"“{parts['by']}” is taken as: so many stars or downloads, or of another count",
        )
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
    open_ended = re.match(r" (?:since|than in) ", match[0][len(match["rest"]) :])
    return {"since": since, "until": None if open_ended else until, "back": 0}


def _after(_: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    """From the day behind a day, a month or a year."""
    span = _span(match["first"])
    return {"since": span.end + timedelta(days=1), "until": None, "back": 0}


def _before(_: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    """Up to the day before a day, a month or a year, from the first reading on."""
    own, until = match[0][len(match["rest"]) :].strip(), _span(match["first"]).start - timedelta(days=1)
    meant = f"“{own}” is taken as: up to {in_words(until)}, as far back as there are data"
    return {"since": None, "until": until, "back": 0, "open": True, "taken": (meant,)}


def _deadline(_: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    """By the end of a day, a month or a year; nothing of a number that is no year."""
    if re.fullmatch(r"\d{4}", match["first"]) and not _YEAR.fullmatch(match["first"]):
        return {}
    own, until = match[0][len(match["rest"]) :].strip(), _span(match["first"]).end
    meant = () if re.fullmatch(r"\d{4}-\d\d-\d\d", match["first"]) else (f"“{own}” is taken as: by {in_words(until)}",)
    return {"since": None, "until": until, "back": 0, "taken": meant}


def _span(text: str) -> Period:
    """A day, a month or a year."""
    try:
        if months := re.findall(r"[a-z]{3,}", text.removeprefix("the ")):
            month = MONTHS.index(ABBREVIATED.get(months[0], months[0])) + 1
            *day, year = (int(number) for number in re.findall(r"\d+", text))
            return Period.day(date(year, month, *day)) if day else Period.month(year, month)
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
    meant = f"“{own}” is taken as: in the {days:,} days up to the day it is checked for"
    return {"since": None, "until": None, "back": days, "taken": (meant,)}


def amount_of(catalog: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    """The number, its size and its unit. Raises QuestionError for what is no number, or may be a year."""
    try:
        amount = float(match["number"].replace(",", "")) * SCALES[match["scale"].strip()]
    except ValueError as error:
        raise QuestionError(f"There is no such number: {match['number']!r}.") from error
    unit = match["unit"] or ""
    if (
        not (unit or match["size"] or match["scale"])
        and _YEAR.fullmatch(match["number"])
        and "rest" in match.groupdict()
    ):
        year = match["number"]
        raise QuestionError(f"“by {year}” may be a year or a number: say “in {year}” or “by {year} stars”.")
    counts = [m for m in catalog.metrics.values() if not m.unit.startswith("share")]
    units = {m.unit.partition(" ")[0]: m.id for m in reversed(counts)}  # packages: those that require it
    family = unit if unit in POINTS else metric_named(catalog, unit) or units.get(unit, "")
    if unit and not family:
        return {}
    return {"amount": amount, "size": SIZES.get(match["size"] or "", "given"), "unit": family}


def _of_shares(catalog: Catalog) -> set[str]:
    return {metric.family for metric in catalog.metrics.values() if metric.kind is Kind.SHARE}


def _alike(catalog: Catalog, match: re.Match[str]) -> Mapping[str, Any]:
    if metric_named(catalog, match["there"].rpartition(" in ")[2]):
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
    metric = metric_named(catalog, match["name"])
    return {"what": metric} if metric else {}


def metric_named(catalog: Catalog, text: str) -> str:
    """The id of the family or metric meant, empty for none."""
    name = text.removeprefix("the ")
    for family in catalog.families.values():
        if family.plural and name in (family.id, family.plural, family.phrase.lower(), *family.also):
            return family.id
    named = (
        (m.id, phrase, phrase.removesuffix(" survey"), m.title.lower())
        for m in catalog.metrics.values()
        for phrase in [(m.phrase or m.title).lower().removeprefix("the ")]
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
    ("span", rf"than in (?P<first>{SPAN})", _days),
    ("when", rf"(?:in|on|during) (?P<first>{SPAN})", _days),
    ("span", rf"since (?P<first>{SPAN})", _days),
    ("span", rf"(?:between|from) (?P<first>{SPAN}) (?:and|to) (?P<last>{SPAN})", _days),
    ("span", rf"after (?P<first>{SPAN})", _after),
    ("until", rf"(?:before|until|till) (?P<first>{SPAN})", _before),
    ("deadline", rf"by (?:the end of )?(?P<first>{SPAN})", _deadline),
    ("back", r"(?:recently|lately|just)", _back),
    ("back", rf"(?:for|(?:in|over|during) the (?:last|past)){_BACK}", _back),
    ("by", rf"by {AMOUNT}(?: (?P<unit>[a-z][a-z ]*))?", amount_of),
    ("alike", _COMMON, _alike),
    ("metric", r"(?:in|by)(?: terms of)? (?P<name>.+)", _named),
    ("place", r"in (?P<name>.+)", lambda catalog, match: _placed(catalog, match["name"])),
)
