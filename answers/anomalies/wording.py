"""Odd days in words: what was seen, what its neighbours led to expect, and nobody accused."""

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
    "A day or window is marked when what came then lies more than five robust deviations from the median of the weeks "
    "around it, after each weekday's habit is taken out, and differs by a fifth or more; a possible change is where "
    "the level before and the level after differ beyond noise and trend. The rule is the same for every framework, "
    "names no cause, and alters no figure."
)
TOGETHER = "So many together point to the source or to how it counts, not to the frameworks."
FALSE_ALARMS = (
    "On made-up series with nothing odd in them it marks about one observation in twenty thousand (at worst, of small "
    "counts, one in three thousand) and finds a possible change in about one series in four hundred a year (at worst "
    "one in twenty). Where each day resembles the one before, that rises to one in ten, or to one in two where it "
    "does so strongly: a possible change is never told as more than that."
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
    """One flag: “Django lost 226 stars on 2026-07-01; the days around led to expect 15.” `dated`: with its days."""
    name = wording.framework(catalog, framework)
    if flag.kind == "change":
        begins = f" from about {flag.since}" if dated else ""
        end = f", until about {lasts_until}" if lasts_until else ""
        levels = f"{_rate(flag.value, metric)} after it, {rounded(flag.expected)} before"
        return f"Possible change of {name}{begins}{end}: {levels}."
    days, one_day = f" {when(flag.since, flag.until)}" if dated else "", flag.since == flag.until
    seen = _did(flag.value, metric) if one_day else _up_to(flag, metric)
    around = "the days around" if one_day else "what came before and after"
    return f"{name} {seen}{days}; {around} led to expect {rounded(flag.expected)}."


def _up_to(flag: Flag | Anomaly, metric: Metric) -> str:
    """What a run of odd days came to at most: had up to 106 stars a day; lost up to 7 stars a day."""
    if flag.value < 0:
        return f"lost up to {_rate(-flag.value, metric)}"
    return f"had {'up to' if flag.score > 0 else 'as little as'} {_rate(flag.value, metric)}"


def incident_sentence(catalog: Catalog, metric: Metric, incident: Incident | SourceIncident) -> str:
    """Several at once: “On 2026-07-01 Django, Flask and Rails fell at once in GitHub stars: 3 of the 9 seen then.”"""
    days = when(incident.since, incident.until)
    return f"{days[0].upper()}{days[1:]} {incident_fact(catalog, metric, incident)} {TOGETHER}"


def incident_fact(catalog: Catalog, metric: Metric, incident: Incident | SourceIncident) -> str:
    """The same without its days and what it points to."""
    way = "jumped" if incident.rose else "fell"
    return (
        f"{names(catalog, incident.frameworks)} {way} at once in {wording.phrase(metric)}: "
        f"{len(incident.frameworks)} of the {incident.seen} seen then."
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
    """What an overtake's sentence says of odd figures within its bracket."""
    sentences = anomaly_sentences(catalog, metric, flags)
    one_day = len({day for _, flag in flags for day in (flag.since, flag.until)}) == 1
    return f"It came on {'a day that looks' if one_day else 'days that look'} odd: {' '.join(sentences)}"


def known_sentence(breaks: Sequence[Break]) -> str:
    """What the register of known breaks has about those days; empty if it has nothing."""
    titles = [f"“{b.title}” ({when(b.since, b.until)})" for b in breaks]
    return f"The register of known breaks has {wording.listed(titles)}." if titles else ""


def names(catalog: Catalog, frameworks: Sequence[str]) -> str:
    """Frameworks by title; of many the first and how many more."""
    titles = [wording.framework(catalog, name) for name in frameworks]
    more = len(titles) - NAMED
    return wording.listed([*titles[:NAMED], f"{more} more"] if more > 1 else titles)


def when(since: date, until: date) -> str:
    """On one day, or from one to another."""
    return f"on {since}" if since == until else f"from {since} to {until}"


def _did(value: float, metric: Metric) -> str:
    """What happened in a day: gained 106 stars; lost 226 stars; had 12,000 downloads."""
    if metric.kind is not Kind.STOCK:
        return f"had {rounded(value)} {_things(metric)}"
    return f"{'lost' if value < 0 else 'gained'} {rounded(abs(value))} {_things(metric)}"


def _rate(value: float, metric: Metric) -> str:
    return f"{rounded(value)} {_things(metric)} a day"


def _things(metric: Metric) -> str:
    return metric.unit.split(" per ")[0]


def rounded(value: float) -> str:
    """As whole as its size allows."""
    return f"{value:,.0f}" if abs(value) >= 10 or round(value, 1) == round(value) else f"{value:,.1f}"
