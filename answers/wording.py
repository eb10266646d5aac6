"""Names, numbers and periods in plain English, alike in every sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache

from answers.series.views import VIEWS
from catalog import Catalog, Kind, Metric, load

MANY, MANY_UNITS, MILLION = 10.0, 100.0, 1e6
TENTH, THOUSANDTH = 0.1, 0.001
MINUS = "−"
ORIGINS = {"country": "from", "region": "from", "installer": "with", "system": "on"}
ARTICLED = re.compile(
    r"United |European |Netherlands|Philippines|Bahamas|Gambia|Maldives|Comoros|Isle of|.* Republic\b|Republic of"
    r"|.* (?:Islands|Territory|Territories)$"
)
UNKNOWN = {"python": "Python version"}  # what is not known, where the key alone does not say it


def framework(catalog: Catalog, name: str) -> str:
    """A framework's title; its id where the catalog lacks it."""
    return catalog.frameworks[name].title if name in catalog.frameworks else name


def dimension(catalog: Catalog, text: str) -> str:
    """A dimension's value by name: Germany, Europe, Python 3.12, uv; empty for the total.

    A country that is a region too is called as that is: the United States of America are the United States.
    """
    key, _, value = text.partition("=")
    if key == "country" and value in catalog.countries:
        region = next((r for r in catalog.regions.values() if r.countries == (value,)), None)
        return region.title if region else catalog.countries[value].name
    if key == "region" and value in catalog.regions:
        return catalog.regions[value].title
    if key == "python" and value[:1].isdigit():
        return f"Python {value}"
    if value.lower() in ("", "null", "unknown", "none") and key:
        return f"unknown {UNKNOWN.get(key, key)}"
    return value.replace("-", " ") if key == "segment" else value


def with_article(place: str) -> str:
    """A place as a sentence names it: Germany, the United States, the Netherlands, the Cayman Islands."""
    return f"the {place}" if ARTICLED.match(place) else place


def origin(catalog: Catalog, text: str) -> str:
    """Where or with what something was downloaded: from Germany, with uv, on Linux, for Python 3.12."""
    key, name = text.partition("=")[0], dimension(catalog, text)
    article = f"an {name}" if name.startswith("unknown ") else with_article(name)
    return f"{ORIGINS.get(key, 'for')} {article}"


def phrase(metric: Metric) -> str:
    """A metric within a sentence: "GitHub stars", "the Stack Overflow survey"."""
    return small(metric.name_in_text)


def edition(metric: Metric, year: int) -> str:
    """One edition of a survey by name: "the Python Developers Survey 2024", "Stack Overflow 2025"."""
    name = phrase(metric)
    short = name.removesuffix(" survey")
    return f"{name if short == name else short.replace('the ', '', 1)} {year}"


def things(metric: Metric) -> str:
    """What a number of a metric counts: GitHub stars, PyPI downloads without mirrors."""
    name = metric.unit if set(metric.name_in_text) & set(",:") else phrase(metric)
    return name if metric.per_million else name.partition(" per ")[0]


def so_many(value: float, things: str) -> str:
    """A number of things as a sentence has it: 12 GitHub stars, 1 GitHub star."""
    return f"{number(value)} {things.removesuffix('s') if abs(value) == 1 else things}"


def things_of_part(catalog: Catalog, metric: Metric, part: str) -> str:
    """The same, of one part of them: PyPI downloads from Germany."""
    name = things(metric)
    return f"{name.partition(' by ')[0]} {origin(catalog, part)}" if part else name


def place(metric: Metric, last: date) -> str:
    """Where somebody leads: in GitHub stars, in Stack Overflow 2025, in job posts in the 12 months to June 2026."""
    if metric.pooled_months:
        return f"in {phrase(metric)} in the {_in_words(metric.pooled_months)} months to {month(last)}"
    return f"in {edition(metric, last.year) if metric.has_editions else phrase(metric)}"


def place_is_dated(metric: Metric) -> bool:
    """Whether `place` says when, too."""
    return metric.has_editions or bool(metric.pooled_months)


def spans(metric: Metric) -> str:
    """Over what the figures of two moments are taken, as a tail; empty where they are as observed."""
    return f" ({_in_words(metric.pooled_months)} months pooled)" if metric.pooled_months else ""


def _in_words(months: int) -> str:
    """A year's months in words, so that a sentence has no figure that is none of its findings."""
    return "twelve" if months == 12 else str(months)


def noun(metric: Metric) -> str:
    """What is counted, in one word where there is one: stars, downloads."""
    return metric.family if metric.family in ("stars", "downloads") else phrase(metric)


def small(text: str) -> str:
    """With a small first letter, unless the first word is a name or an abbreviation."""
    first = text.split(" ", 1)[0]
    return text if any(letter.isupper() for letter in first[1:]) else text[:1].lower() + text[1:]


def capital(text: str) -> str:
    """With a capital first letter, as a sentence begins; npm, aiohttp and other such names stay as they are."""
    first = re.split(r"[ ,:;'’]", text, maxsplit=1)[0]
    return text if first in _small_names() else f"{text[:1].upper()}{text[1:]}"


@cache
def _small_names() -> frozenset[str]:
    """The catalog's names with a small first letter, a title's first word each."""
    catalog = load()
    kinds = (catalog.frameworks, catalog.sources, catalog.metrics)
    titles = [str(entry.title) for entries in kinds for entry in entries.values()]
    return frozenset(title.split(" ", 1)[0] for title in titles if title[:1].islower())


def number(value: float) -> str:
    """A number as a sentence has it: 105,277 or 13.9 million; to one decimal what is small and not whole."""
    size = abs(value)
    if size >= MILLION:
        text = f"{size / MILLION:,.1f} million"
    elif size >= MANY_UNITS or float(size).is_integer():
        text = f"{size:,.0f}"
    else:
        text = f"{size:,.1f}"
    return f"{MINUS if value < 0 else ''}{text}"


def percent(share: float, places: int = 1) -> str:
    """A share in [0, 1] as a percentage: to so many decimals, one more below 0.1%, none from ten times the whole on."""
    size = abs(share)
    decimals = 0 if size >= MANY else places + (places == 1 and 0 < size < THOUSANDTH)
    return f"{100 * share:,.{decimals}f}%".replace("-", MINUS)


def counted(n: int, noun: str, plural: str = "") -> str:
    """1 day, 2 days, no days."""
    return f"{f'{n:,}' if n else 'no'} {noun if n == 1 else plural or noun + 's'}"


def value(value: float, metric: Metric, view: str = "level") -> str:
    """A figure with as much precision as it can bear."""
    unit = "share" if metric.kind is Kind.SHARE else VIEWS[view].unit
    if unit == "share":
        return percent(value, _places(metric))
    if unit in UNITS:
        return UNITS[unit](value)
    return f"{value:,.1f}" if view == "index" else number(value)


def _places(metric: Metric) -> int:
    """Decimals of a percentage in a sentence: none where the source gives none."""
    return 0 if metric.step else 1


def is_whole_percent(share: float) -> bool:
    """Whether a share, or a difference of two, is a whole percent, as what was printed in whole percents is."""
    return abs(100 * share - round(100 * share)) < 1e-9 * max(1.0, abs(100 * share))


def exact(value: float, metric: Metric) -> str:
    """A figure to the last digit that its source gives."""
    if metric.kind is Kind.SHARE:
        return percent(value, 0 if metric.step else 2)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,}"


def pair_of(metric: Metric, values: Sequence[float]) -> str:
    """Two figures beside each other, shares to one decimal more where else they would look the same."""
    texts = [value(one, metric) for one in values]
    if len(set(texts)) < len(set(values)) and metric.kind is Kind.SHARE and not metric.step:
        texts = [percent(one, 2) for one in values]
    return join_words(texts)


def change(relative: float) -> str:
    """Growth with its sign: 0.148 is "+14.8%"."""
    sign = "" if relative < 0 else "+"
    return f"{sign}{percent(relative)}"


def times(ratio: float) -> str:
    """One figure as a multiple of another: 0.94 times, 4.2 times."""
    return f"{factor(ratio)} times"


def factor(ratio: float) -> str:
    """A ratio with as many digits as can be read: 0.038, 0.94, 1.05, 4.2, 1,200."""
    if ratio < TENTH:
        return f"{ratio:.2g}"
    return f"{ratio:.2f}" if ratio < 2 else f"{ratio:,.1f}" if ratio < MANY_UNITS else f"{ratio:,.0f}"


UNITS: Mapping[str, Callable[[float], str]] = {"share": percent, "change": change, "times": times}


def amount(value: float, metric: Metric) -> str:
    """A difference with its unit: 16,952 stars, 3 points, 1 point, 2.35 points."""
    if metric.kind is Kind.SHARE:
        return points(value, 0 if metric.step else 2)
    unit = metric.unit.split(" per ")[0]
    return f"{number(value)} {unit.removesuffix('s') if abs(value) == 1 else unit}"


def points(difference: float, places: int = 2) -> str:
    """A difference of two shares in [0, 1], in percentage points: 2.35 points."""
    text = f"{100 * difference:,.{places}f}".replace("-", MINUS)
    return f"{text} {'point' if text in ('1', f'{MINUS}1') else 'points'}"


def lead(
    catalog: Catalog, metric: Metric, sides: Sequence[tuple[str, float]], first: date, last: date, *, past: bool
) -> str:
    """Who leads whom by how much, a sentence without its full stop: of shares the edition, of counts both numbers.

    `sides` are a framework's id and figure each, the leader first.
    """
    (a, more), (b, less) = ((framework(catalog, name), figure) for name, figure in sides)
    distance = more - less
    if metric.kind is Kind.SHARE:
        verb, by = "led" if past else "leads", amount(distance, metric)
        return f"{a} {verb} {b} {place(metric, last)} by {by}, {value(more, metric)} to {value(less, metric)}"
    apart = read_apart(metric, first, last)
    begins = last if metric.kind is Kind.STOCK else first
    return (
        f"{a} {'had' if past else 'has'} {so_many(more, things(metric))} {period(metric, begins, last)}, "
        f"{number(distance)} more than {b}{apart}"
    )


def close(catalog: Catalog, metric: Metric, names: Sequence[str], last: date) -> str:
    """That nobody leads, without a full stop."""
    return f"{join_words(framework(catalog, name) for name in names)} are too close to call {place(metric, last)}"


def read_apart(metric: Metric, start: date, last: date) -> str:
    """That the readings of a counter compared are not of one day, as a tail; empty if they are."""
    is_counter = metric.kind is Kind.STOCK and metric.period == "day"
    return f"; one of them read on {day(start)}" if is_counter and start != last else ""


# -- days --------------------------------------------------------------------------------------------------------------


def day(on: date) -> str:
    """27 September 2020."""
    return f"{on.day} {month(on)}"


def month(on: date) -> str:
    """September 2020."""
    return f"{on:%B %Y}"


def months(first: date, last: date) -> str:
    """October 2026; February 2018 to October 2026."""
    same = (first.year, first.month) == (last.year, last.month)
    return month(last) if same else f"{month(first)} to {month(last)}"


def moment(at: datetime) -> str:
    """27 September 2020, 13:05 UTC."""
    return f"{day(at.date())}, {at:%H:%M} UTC"


def days(first: date, last: date, link: str = "to") -> str:
    """A span without a preposition: "25 to 27 September 2020", "28 September to 2 October 2025"."""
    if first == last:
        return day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} {link} {day(last)}"
    head = f"{first.day} {first:%B}" if first.year == last.year else day(first)
    return f"{head} {link} {day(last)}"


def when(first: date, last: date) -> str:
    """On one day, or from one to another."""
    return f"on {day(last)}" if first == last else f"from {days(first, last)}"


def period(metric: Metric, first: date, last: date) -> str:
    """When a figure is about: "on 22 November 2020", "in the 30 days to 31 October 2020", "in the 2020 edition"."""
    if metric.period == "year":
        return f"in the {last.year} edition"
    if metric.period == "month":
        apart = 12 * (last.year - first.year) + last.month - first.month
        return f"in the {_in_words(apart + 1)} months to {month(last)}" if apart else f"in {month(last)}"
    if first == last:
        return f"on {day(last)}"
    return f"in the {(last - first).days + 1} days to {day(last)}"


def newest(metric: Metric, last: date) -> str:
    """How far a metric reaches, without a preposition: the 2025 edition, 1 November 2026."""
    if metric.period == "year":
        return f"the {last.year} edition"
    return month(last) if metric.period == "month" else day(last)


def through(period: str, first: date, last: date) -> str:
    """From one reading of a metric with that period to another: "from 25 to 27 September 2020", "in 2019 to 2025"."""
    if period == "year":
        same = first.year == last.year
        return f"in the {last.year} edition" if same else f"from the {first.year} to the {last.year} edition"
    if period == "month":
        same = (first.year, first.month) == (last.year, last.month)
        return f"in {month(last)}" if same else f"from {month(first)} to {month(last)}"
    return when(first, last)


def bracket(period: str, first: date, last: date) -> str:
    """When something happened between two readings of a metric with that period, its preposition included.

    "between 25 and 27 September 2020", "on 10 or 11 April 2025", "between August and September 2025", "between the
    2020 and 2024 editions".
    """
    if period == "year":
        same = first.year == last.year
        return f"in the {last.year} edition" if same else f"between the {first.year} and {last.year} editions"
    if period == "month":
        if (first.year, first.month) == (last.year, last.month):
            return f"in {month(last)}"
        return f"between {first:%B}{'' if first.year == last.year else f' {first.year}'} and {month(last)}"
    if first == last:
        return f"on {day(last)}"
    return f"on {days(first, last, 'or')}" if (last - first).days == 1 else f"between {days(first, last, 'and')}"


def join_words(items: Iterable[str], link: str = "and") -> str:
    """a, b and c."""
    *first, last = list(items) or [""]
    return f"{', '.join(first)} {link} {last}" if first else last
