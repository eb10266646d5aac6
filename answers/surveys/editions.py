"""What a survey asked each year, and of whom: where its line may be read on, where it breaks, and why.

Wordings are given in our own words, out of the almanac's table, the profiles of the Stack Overflow survey's files and
the register of breaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from analysis.breaks import forbidding
from answers.json_and_csv import to_json
from catalog import Break, Catalog, Metric, SurveyFile, almanac

STACKOVERFLOW = "stackoverflow"
UNKNOWN = "wording-not-recovered"
WORDS = {
    "frameworks-libraries-and-tools": "frameworks, libraries and tools, in one list",
    UNKNOWN: "web frameworks, in a list of their own (exact wording unavailable)",
    "web-frameworks": "web frameworks",
    "web-frameworks-and-libraries": "web frameworks and libraries",
    "web-frameworks-and-technologies": "web frameworks and web technologies",
}  # the almanac's name of a question: what it asked about
PDS_WORDS = {"all-respondents": "web frameworks", "web-frameworks": "web frameworks"}
NOT_PUBLISHED = "not published yet; these details are from its questionnaire"
NOT_FOUND = "no trustworthy copy of its figures is available"
EVERYBODY = "everybody who took the survey"
EMPLOYEES = "all full-time employees who took the survey"
THOSE_WHO_CAME = "those who came to the question on web frameworks"
GATES = {
    "WebframeChoice": "those who first answered that they work or plan to work with web technologies",
    "TechDropDown": "those who chose web technologies among the areas they work in",
}  # the column of a gate: who passed it


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a survey. `question` is what was asked about, `asked_of` of whom.

    `base`: how many answered, None where not known; `rounded`: it is a round figure for the whole survey. `offered`
    are our frameworks on the list, `added` and `removed` those that were not, or were, the time before. `step`: what
    shares were rounded to in print (0: counted). `is_known`: there are figures of it; `breaks`: what parts it from the
    edition before, empty where the two may be compared.
    """

    survey: str
    year: int = field(metadata={"json": "edition"})
    wording: str
    question: str
    asked_of: str
    gate: bool
    base: int | None
    rounded: bool = field(metadata={"json": "base_is_rounded"})
    respondents: int | None
    offered: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    step: float
    is_known: bool = field(metadata={"json": "known"})
    breaks: tuple[Break, ...]

    @property
    def compares_with_the_one_before(self) -> bool:
        return not self.breaks


@dataclass(frozen=True, slots=True)
class Options:
    """Our frameworks that were on a list, and those that were not, as far as either is known."""

    offered: frozenset[str]
    absent: frozenset[str]


def survey_editions(catalog: Catalog, metric: Metric) -> tuple[Edition, ...]:
    """The editions of a metric's survey, oldest first; empty for a metric that is no survey's."""
    survey = metric.sources[0]
    rows = [row for row in almanac("surveys") if row["survey"] == survey and not row["segment"]]
    profiles = catalog.surveys if survey == STACKOVERFLOW else {}
    if not metric.has_total:
        inside = {row["year"] for row in almanac("survey_fulltime_by_country")}
        rows = [row | {"answered": ""} for row in rows if row["year"] in inside]
        profiles = {year: profile for year, profile in profiles.items() if str(year) in inside}
    years = {int(row["year"]) for row in rows} | set(profiles) if rows else set[int]()
    editions: list[Edition] = []
    before, last = Options(frozenset(), frozenset()), 0
    for year in range(min(years, default=1), max(years, default=0) + 1):
        options = [row for row in rows if int(row["year"]) == year]
        now = _options(catalog, options, profiles.get(year))
        cuts = parting(catalog, metric, last, year) if last and year in years else ()
        edition = _edition(catalog, survey, year, options, profiles.get(year), (before, now), cuts)
        editions.append(edition if metric.has_total else replace(edition, asked_of=EMPLOYEES))
        before, last = (now, year) if year in years else (before, last)
    return tuple(editions)


def parting(catalog: Catalog, metric: Metric, first: int, second: int, *frameworks: str) -> tuple[Break, ...]:
    """The registered breaks between two editions, oldest first."""
    early, late = sorted((first, second))
    return forbidding(catalog.breaks_of(metric.id), date(early, 12, 31), date(late, 1, 1), *frameworks)


def edition_json(edition: Edition) -> Any:
    """An edition as an object with stable keys."""
    return to_json(
        edition, "survey", "year", "question", "asked_of", "gate", "base", "rounded", "respondents", "offered", "added",
        "removed", "is_known", "compares_with_the_one_before", "breaks",
    )  # fmt: skip


def _edition(
    catalog: Catalog, survey: str, year: int, rows: Sequence[Mapping[str, str]], profile: SurveyFile | None,
    options: tuple[Options, Options], cuts: tuple[Break, ...],
) -> Edition:  # fmt: skip
    first = rows[0] if rows else {}
    wording = first.get("question", "")
    before, now = options
    listed = survey == STACKOVERFLOW  # the other survey's lists are not known, only what was printed of them
    return Edition(
        survey=survey,
        year=year,
        wording=wording,
        question=_question(survey, wording, profile),
        asked_of=_asked_of(survey, wording, profile) if rows or profile else "",
        gate=first.get("gate") == "1" or bool(profile and profile.gate),
        base=int(first["answered"]) if first.get("answered") else None,
        rounded=first.get("rounded") == "1",
        respondents=profile.respondents if profile else None,
        offered=_ordered(catalog, now.offered),
        added=_ordered(catalog, now.offered & before.absent) if listed else (),
        removed=_ordered(catalog, now.absent & before.offered) if listed else (),
        step=max(metric.step for metric in catalog.metrics.values() if survey in metric.sources),
        is_known=bool(rows),
        breaks=cuts,
    )


def _question(survey: str, wording: str, profile: SurveyFile | None) -> str:
    """What it asked about, in our words."""
    if not wording:
        return NOT_PUBLISHED if profile else NOT_FOUND
    return (WORDS if survey == STACKOVERFLOW else PDS_WORDS).get(wording, wording)


def _asked_of(survey: str, wording: str, profile: SurveyFile | None) -> str:
    if profile and profile.gate:
        return GATES.get(profile.gate[0], f"those who answered {profile.gate[1]} to {profile.gate[0]}")
    return EVERYBODY if survey == STACKOVERFLOW or wording == "all-respondents" else THOSE_WHO_CAME


def _options(catalog: Catalog, rows: Iterable[Mapping[str, str]], profile: SurveyFile | None) -> Options:
    offered = {row["framework"]: row["offered"] == "1" for row in rows}
    if profile:
        names = {f.id: f.ids[STACKOVERFLOW] for f in catalog.frameworks.values() if STACKOVERFLOW in f.ids}
        offered = {one: name in profile.offered for one, name in names.items()} | offered
    return Options(
        frozenset(one for one, was in offered.items() if was), frozenset(one for one, was in offered.items() if not was)
    )


def _ordered(catalog: Catalog, names: Iterable[str]) -> tuple[str, ...]:
    wanted = set(names)
    return tuple(name for name in catalog.frameworks if name in wanted)
