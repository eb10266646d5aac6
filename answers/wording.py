"""Names, numbers and periods in plain English, alike in every sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from answers.series.views import VIEWS
from catalog import Catalog, Kind, Metric

MANY = 10.0
UNKNOWN = {"python": "Python version"}  # what is not known, where the key alone does not say it


def framework(catalog: Catalog, name: str) -> str:
    """A framework's title; its id where the catalog lacks it."""
    return catalog.frameworks[name].title if name in catalog.frameworks else name


def dimension(catalog: Catalog, text: str) -> str:
    """A dimension's value by name: Germany, Europe, Python 3.12, uv; empty for the total."""
    key, _, value = text.partition("=")
    if key == "country" and value in catalog.countries:
        return catalog.countries[value].name
    if key == "region" and value in catalog.regions:
        return catalog.regions[value].title
    if key == "python" and value[:1].isdigit():
        return f"Python {value}"
    if value.lower() in ("", "null", "unknown", "none") and key:
        return f"unknown {UNKNOWN.get(key, key)}"
    return value.replace("-", " ") if key == "segment" else value


def phrase(metric: Metric) -> str:
    """A metric within a sentence: "GitHub stars", "the Stack Overflow survey"."""
    return small(metric.phrase or metric.title)


def noun(metric: Metric) -> str:
    """What is counted, in one word where there is one: stars, downloads."""
    return metric.family if metric.family in ("stars", "downloads") else phrase(metric)


def small(text: str) -> str:
    """With a small first letter, unless the first word is a name or an abbreviation."""
    first = text.split(" ", 1)[0]
    return text if any(letter.isupper() for letter in first[1:]) else text[:1].lower() + text[1:]


def number(value: float) -> str:
    """A number with thousands separated: whole, or to one decimal."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(share: float, places: int = 2) -> str:
    """A share in [0, 1] as a percentage, to so many decimals; to none of ten times the whole and more."""
    return f"{100 * share:,.{places if abs(share) < MANY else 0}f} %"


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
    """Decimals of a percentage: none where the source gives none."""
    return 0 if metric.step else 2


def is_whole_percent(share: float) -> bool:
    """Whether a share, or a difference of two, is a whole percent, as what was printed in whole percents is."""
    return abs(100 * share - round(100 * share)) < 1e-9 * max(1.0, abs(100 * share))


def change(relative: float) -> str:
    """Growth with its sign: 0.1 is "+10.00 %"."""
    return f"{100 * relative:+,.2f} %".replace("-", "−")


def times(ratio: float) -> str:
    """One figure as a multiple of another."""
    return f"{ratio:,.3g} times" if ratio < 1000 else f"{ratio:,.0f} times"


UNITS: Mapping[str, Callable[[float], str]] = {"share": percent, "change": change, "times": times}


def amount(value: float, metric: Metric) -> str:
    """A difference with its unit."""
    if metric.kind is Kind.SHARE:
        return f"{100 * value:.{_places(metric)}f} percentage points"
    return f"{number(value)} {metric.unit.split(' per ')[0]}"


def read_apart(metric: Metric, start: date, last: date) -> str:
    """That the readings of a counter laid side by side are not of one day, as a tail; empty if they are."""
    return f"; one of them read on {start}" if metric.kind is Kind.STOCK and start != last else ""


def period(metric: Metric, first: date, last: date) -> str:
    """When a figure is about: "on 2020-11-22", "in the 30 days to 2020-10-31", "in 2020"."""
    if metric.period == "year":
        return f"in {last.year}"
    if first == last:
        return f"on {last}"
    return f"in the {(last - first).days + 1} days to {last}"


def between(first: date, last: date) -> str:
    """A bracket of two dates."""
    return f"between {first} and {last}"


def listed(items: Iterable[str]) -> str:
    """a, b and c."""
    *first, last = list(items) or [""]
    return f"{', '.join(first)} and {last}" if first else last
