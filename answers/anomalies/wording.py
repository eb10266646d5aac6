"""Unusual days in words: what was recorded, what is normal around it, and nobody accused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from analysis.anomalies.detection import Flag, Incident
from answers import wording
from catalog import Break, Catalog, Kind, Metric

if TYPE_CHECKING:
    from answers.anomalies.answer import Anomaly, SourceIncident

NAMED = 6  # frameworks named in a sentence
RULE = (
    "A day or window is marked when its figure lies more than five robust deviations from the median of the "
    "surrounding weeks, after removing each weekday's pattern, and differs by a fifth or more. A possible level shift "
    "is where the levels before and after differ beyond noise and trend. The rule is the same for every framework, "
    "names no cause and alters no figure."
)
TOGETHER = "This suggests a problem at the source, not in the frameworks."
_SHIFT = "Possible level shift"
FALSE_ALARMS = (
    "On simulated series with nothing unusual it marks about one observation in 20,000 (at worst, with small counts, "
    "one in 3,000) and finds a possible level shift in about one series in 400 a year (at worst one in 20). Where each "
    "day resembles the one before, that rises to one in ten, or to one in two if strongly: that is why a level shift "
    "is only called possible."
)


def flag_sentence(
    catalog: Catalog,
    metric: Metric,
    framework: str,
    flag: Flag | Anomaly,
    lasts_until: date | None,
    *,
    dated: bool = True,
) -> str:
    """One flag: “Django gained 226 stars on 1 July 2026, against about 15 normally.” `dated`: with its days."""
    name = wording.framework(catalog, framework)
    if flag.kind == "change":
        begins = f" about {wording.day(flag.since)}" if dated else ""
        end = f", until about {wording.day(lasts_until)}" if lasts_until else ""
        levels = f"from {rounded(flag.expected)} to {_rate(flag.value, metric)}"
        return f"{_SHIFT}: {name} went {levels}{begins}{end}."
    days = f" {wording.when(flag.since, flag.until)}" if dated else ""
    figures = _did(flag.value, metric) if flag.since == flag.until else _up_to(flag, metric)
    return f"{name} {figures}{days}, against {_normal(flag, metric)} normally."


def _normal(flag: Flag | Anomaly, metric: Metric) -> str:
    """What the days around lead to expect; of a counter that went the other way, which way."""
    about = f"about {rounded(abs(flag.expected))}"
    if metric.kind is not Kind.STOCK or flag.value * flag.expected >= 0:
        return about
    return f"a {'gain' if flag.expected > 0 else 'loss'} of {about}"


def _up_to(flag: Flag | Anomaly, metric: Metric) -> str:
    """What a run of unusual days came to at most: gained up to 106 stars a day; lost up to 7 stars a day."""
    if flag.value < 0:
        return f"lost up to {_rate(-flag.value, metric)}"
    verb = "gained" if metric.kind is Kind.STOCK else "had"
    return f"{verb} {'up to' if flag.score > 0 else 'as little as'} {_rate(flag.value, metric)}"


def incident_sentence(catalog: Catalog, metric: Metric, incident: Incident | SourceIncident) -> str:
    """Several at once: “On 1 July 2026, Django and Flask fell together in GitHub stars: 2 of the 9 with data.”"""
    days = wording.capital(wording.when(incident.since, incident.until))
    return f"{days}, {incident_fact(catalog, metric, incident)} {TOGETHER}"


def incident_fact(catalog: Catalog, metric: Metric, incident: Incident | SourceIncident) -> str:
    """The same without its days and what it points to."""
    way = "jumped" if incident.rose else "fell"
    return (
        f"{names(catalog, incident.frameworks)} {way} together in {wording.phrase(metric)}: "
        f"{len(incident.frameworks)} of the {incident.seen} with data."
    )


def anomaly_sentences(catalog: Catalog, metric: Metric, flags: Sequence[tuple[str, Flag]]) -> tuple[str, ...]:
    """Flags of one metric by framework as sentences; a spike comes before the change it may begin."""
    flags_by_sentence: dict[str, Flag] = {}
    for name, flag in flags:
        if name not in flags_by_sentence or (flags_by_sentence[name].kind, -abs(flags_by_sentence[name].score)) < (
            flag.kind,
            -abs(flag.score),
        ):
            flags_by_sentence[name] = flag
    return tuple(flag_sentence(catalog, metric, name, flag, None) for name, flag in flags_by_sentence.items())


def anomalies_in_bracket(catalog: Catalog, metric: Metric, flags: Sequence[tuple[str, Flag]]) -> str:
    """What an overtake's sentence says of unusual figures within its bracket."""
    sentences = anomaly_sentences(catalog, metric, flags)
    one_day = len({day for _, flag in flags for day in (flag.since, flag.until)}) == 1
    text = " ".join(sentences)
    return f"{'That day was' if one_day else 'Those days were'} unusual{'.' if _SHIFT in sentences[0] else ':'} {text}"


def known_sentence(breaks: Sequence[Break]) -> str:
    """What the list of known issues has about those days; empty if it has nothing."""
    titles = [f"“{b.title}” ({wording.days(b.since, b.until)})" for b in breaks]
    return f"Known issue{'s' if len(titles) > 1 else ''}: {wording.join_words(titles)}." if titles else ""


def names(catalog: Catalog, frameworks: Sequence[str]) -> str:
    """Frameworks by title; of many the first and how many more."""
    titles = [wording.framework(catalog, name) for name in frameworks]
    more = len(titles) - NAMED
    return wording.join_words([*titles[:NAMED], f"{more} more"] if more > 1 else titles)


def _did(value: float, metric: Metric) -> str:
    """What happened in a day: gained 106 stars; lost 226 stars; had 12,000 downloads."""
    if metric.kind is not Kind.STOCK:
        return f"had {_counted(value, metric)}"
    return f"{'lost' if value < 0 else 'gained'} {_counted(abs(value), metric)}"


def _rate(value: float, metric: Metric) -> str:
    return f"{_counted(value, metric)} a day"


def _counted(value: float, metric: Metric) -> str:
    return wording.so_many(_whole(value), _things(metric))


def _things(metric: Metric) -> str:
    return metric.unit.split(" per ")[0]


def rounded(value: float) -> str:
    """As whole as its size allows."""
    return wording.number(_whole(value))


def _whole(value: float) -> float:
    return value if abs(value) < 10 else round(value)
