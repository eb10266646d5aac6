"""At least in Europe? One framework beside others in Europe, in the United States and elsewhere, edition by edition.

Surveys count people by place; downloads by country count machines by place and stand beside them. Where an edition
is not known by place, or two editions do not compare, the answer has the reason instead.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from analysis.share_differences import Difference, apart
from answers.json_and_csv import to_json, to_the_second
from answers.questions import QuestionError, final_through, known_framework, refuse_unlived
from answers.regions import wording
from answers.regions.downloads import SINCE, DownloadsByCountry, by_country, downloads_by_country
from answers.regions.fulltime import Employees, employees, employees_json
from answers.regions.places import (
    Edition,
    Place,
    Placed,
    Step,
    gap,
    lead,
    outcome_json,
    placed,
    placed_json,
    places,
    sites,
    step_json,
)
from answers.series.answer import sources_of
from answers.surveys.differences import OTHER_FILE, WORKED, Shares
from answers.surveys.editions import parting, survey_editions
from catalog import Break, Catalog, Caveat, Metric, Source
from storage import Store

MOST = 6


@dataclass(frozen=True, slots=True)
class Country:
    """A country in the last edition that has countries, and its downloads of the last twelve months.

    `parts` is the first framework's part of the downloads of all those chosen, `downloads` how many these are.
    """

    code: str
    title: str
    shares: tuple[Placed, ...]
    lead: Difference | None
    part: float | None
    downloads: float | None


@dataclass(frozen=True, slots=True, eq=False)
class RegionsAnswer:
    """The answer: `steps` are between editions in a row, `runs` across all the editions in a row that compare.

    The question is about the first of `frameworks`; the second is what it is laid beside. `employees` has another base
    than the editions, so it stands beside them. `metrics` are all that have figures here, `metric` the survey's first.
    """

    frameworks: tuple[str, ...]
    places: tuple[Place, Place, Place, Place]
    on: date | None
    as_of: datetime | None
    metric: Metric
    metrics: tuple[Metric, ...]
    editions: tuple[Edition, ...]
    steps: tuple[Step, ...]
    runs: tuple[Step, ...]
    countries: tuple[Country, ...]
    countries_of: int | None
    downloads_by_country: DownloadsByCountry
    employees: Employees | None
    caveats: tuple[Caveat, ...]
    breaks: tuple[Break, ...]
    sources: tuple[Source, ...]
    retrieved_at: datetime | None
    doubts: tuple[str, ...]
    sentence: str


def regions(
    store: Store, catalog: Catalog, frameworks: Sequence[str], now: datetime, *,
    europe: str = "", on: date | None = None, as_of: datetime | None = None,
) -> RegionsAnswer:  # fmt: skip
    """Answer for the first framework, beside the others, up to a day (None: today). Raises QuestionError."""
    names = _checked(catalog, frameworks)
    refuse_unlived(now, None if on == date(now.year, 12, 31) else on, as_of)  # a year that is going on has editions
    every, metric = places(catalog, europe), catalog.metrics[WORKED]
    seen = store.read(WORKED, names, dimension=None, as_of=as_of)
    shares = Shares(catalog, metric, seen, survey_editions(catalog, metric))
    years = [year for year in catalog.surveys if date(year, 1, 1) <= (on or now.date())]
    editions = tuple(_edition(shares, every, names, year, before) for before, year in pairwise([None, *years]) if year)
    downloads = downloads_by_country(store, catalog, every, names, final_through(now, as_of), on, as_of)
    steps = tuple(_steps(shares, every, names, editions))
    runs = tuple(_runs(shares, every, names, editions))
    countries = tuple(_countries(shares, every, downloads, names, years))
    shown = seen[seen["period"].dt.year.isin(years) & ~seen["dimension"].str.startswith("country=")]
    full_time = employees(store, catalog, every[0], names, on or now.date(), as_of)
    evidence = [(metric, shown), (downloads.metric, downloads.seen)]
    if full_time:
        evidence.insert(1, (full_time.metric, full_time.seen))
    metrics = [m for m, frame in evidence if m is metric or len(frame)]
    learned = [frame["retrieved_at"].max() for _, frame in evidence if len(frame)]
    return RegionsAnswer(
        frameworks=names,
        places=every,
        on=on,
        as_of=as_of,
        metric=metric,
        metrics=tuple(metrics),
        editions=editions,
        steps=steps,
        runs=runs,
        countries=countries,
        countries_of=next((p.year for c in countries for p in c.shares if p.shown), None),
        downloads_by_country=downloads,
        employees=full_time,
        caveats=_caveats(catalog, metrics, editions),
        breaks=_breaks(catalog, metrics, on or now.date()),
        sources=tuple(dict.fromkeys(s for m, frame in evidence for s in sources_of(catalog, m, frame))),
        retrieved_at=max(learned).to_pydatetime() if learned else None,
        doubts=(
            *(full_time.doubts if full_time else ()),
            *wording.doubts(every, editions, runs, {e.year: e.wording for e in shares.editions.values()}),
        ),
        sentence=wording.headline(
            catalog, names, every, editions, steps, runs, downloads, full_time.sentence if full_time else ""
        ),
    )


def _checked(catalog: Catalog, frameworks: Sequence[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(known_framework(catalog, name) for name in frameworks))
    if not 2 <= len(names) <= MOST:
        raise QuestionError(f"Name 2 to {MOST} frameworks to compare, not {len(names)}.")
    return names


def _edition(
    shares: Shares, every: tuple[Place, Place, Place, Place], names: Sequence[str], year: int, before: int | None
) -> Edition:
    placed_by_key = {(place.id, name): placed(shares, every, place, name, year) for place in every for name in names}
    leads = {p.id: lead(placed_by_key[p.id, names[0]], placed_by_key[p.id, names[1]]) for p in every}
    europe, states = every[0].id, every[1].id
    here, there = leads[europe], leads[states]
    edition = Edition(
        year=year,
        placed=tuple(placed_by_key.values()),
        leads=leads,
        apart=apart(here, there) if here and there else None,
        between={name: gap(placed_by_key[europe, name], placed_by_key[states, name]) for name in names},
        reason=wording.reason(shares.catalog, every, list(placed_by_key.values()), names, year),
        parted=parting(shares.catalog, shares.metric, before, year) if before else (),
        other_file=any(p.source.endswith(OTHER_FILE) for p in placed_by_key.values()),
        sentence="",
    )
    return wording.with_sentence(shares.catalog, every, names, edition)


def _steps(shares: Shares, every: Sequence[Place], names: Sequence[str], editions: Sequence[Edition]) -> Iterator[Step]:
    """From each edition that shows a framework in a place to the next that does."""
    for place in every:
        for name in names:
            shown = [e.at(place.id, name) for e in editions if e.at(place.id, name).shown]
            for first, second in pairwise(shown):
                yield _step(shares, first, second)


def _step(shares: Shares, first: Placed, second: Placed) -> Step:
    cuts = parting(shares.catalog, shares.metric, first.year, second.year, first.framework)
    return Step(first.place, first.framework, first, second, None if cuts else gap(second, first), cuts)


def _runs(shares: Shares, every: Sequence[Place], names: Sequence[str], editions: Sequence[Edition]) -> Iterator[Step]:
    """Over each stretch of editions that compare, from its first to its last."""
    for place in every:
        for name in names:
            run: list[Placed] = []
            for now in (e.at(place.id, name) for e in editions if e.at(place.id, name).shown):
                if run and parting(shares.catalog, shares.metric, run[0].year, now.year, name):
                    yield from _across(shares, run)
                    run = []
                run.append(now)
            yield from _across(shares, run)


def _across(shares: Shares, run: Sequence[Placed]) -> Iterator[Step]:
    if len(run) > 1:
        yield _step(shares, run[0], run[-1])


def _countries(
    shares: Shares, every: Sequence[Place], by_place: DownloadsByCountry, names: Sequence[str], years: Sequence[int]
) -> Iterator[Country]:
    """Every country that shows a share in the last edition with any, or has downloads; most answers first."""
    downloads, places = by_country(by_place, names[0]), sites(shares.catalog)

    def cells(code: str, year: int) -> tuple[Placed, ...]:
        return tuple(placed(shares, every, places[code], name, year) for name in names)

    year = next((y for y in reversed(years) if any(c.shown for code in places for c in cells(code, y))), None)
    rows = []
    for code, site in places.items():
        placed_there = cells(code, year) if year else ()
        part, amount = downloads.get(code, (None, None))
        shown = [c for c in placed_there if c.shown]
        if shown or part is not None:
            ahead = lead(placed_there[0], placed_there[1]) if shown else None
            rows.append(Country(code, site.title, placed_there if shown else (), ahead, part, amount))
    yield from sorted(rows, key=lambda c: (-_respondents(c), -(c.downloads or 0.0), c.title))


def _respondents(country: Country) -> float:
    return max((p.sample.base for p in country.shares if p.shown and not math.isnan(p.sample.base)), default=0.0)


def _caveats(catalog: Catalog, metrics: Sequence[Metric], editions: Sequence[Edition]) -> tuple[Caveat, ...]:
    """Those of the survey and of whatever else is known, in the order of the evidence."""
    codes = dict.fromkeys([*metrics[0].caveats, "regions-are-fixed"])
    if any(edition.other_file for edition in editions):
        codes["another-file"] = None
    codes |= dict.fromkeys(code for metric in metrics for code in metric.caveats)
    return tuple(catalog.caveats[code] for code in codes)


def _breaks(catalog: Catalog, metrics: Sequence[Metric], until: date) -> tuple[Break, ...]:
    """The breaks of all of these since 2019, oldest first."""
    breaks = {b.id: b for m in metrics for b in catalog.breaks_of(m.id) if b.until >= SINCE and b.since <= until}
    return tuple(sorted(breaks.values(), key=lambda b: b.since))


# -- as an object ------------------------------------------------------------------------------------------------------


def regions_json(answer: RegionsAnswer) -> dict[str, Any]:
    """The answer as an object with stable keys; shares and differences as parts of 1, unknown ones null."""
    metrics = (answer.metric, answer.employees and answer.employees.metric, answer.downloads_by_country.metric)
    return {
        **to_json(answer, "frameworks", "on", "as_of", "sentence"),
        "places": [{"id": p.id or "worldwide", "title": p.title, "definition": p.definition} for p in answer.places],
        "editions": [_edition_json(edition, answer) for edition in answer.editions],
        "steps": [step_json(step) for step in answer.steps],
        "runs": [step_json(step) for step in answer.runs],
        "countries": [_country_json(country) for country in answer.countries],
        "countries_of": answer.countries_of,
        "fulltime": employees_json(answer.employees),
        "downloads": to_json(answer.downloads_by_country.years),
        "doubts": list(answer.doubts),
        "metrics": to_json([metric for metric in metrics if metric]),
        **to_json(answer, "caveats", "breaks", "sources"),
        "retrieved_at": to_the_second(answer.retrieved_at),
    }


def _edition_json(edition: Edition, answer: RegionsAnswer) -> dict[str, Any]:
    return {
        "edition": edition.year,
        "known_by_place": not edition.reason,
        "reason": edition.reason,
        "from_another_file": edition.other_file,
        "compares_with_the_one_before": not edition.parted,
        "shares": [placed_json(p) for p in edition.placed],
        "leads": [
            {"place": place or "worldwide", "of": answer.frameworks[0], "over": answer.frameworks[1]}
            | outcome_json(difference)
            for place, difference in edition.leads.items()
        ],
        "europe_less_united_states": {
            "lead": outcome_json(edition.apart),
            **{name: outcome_json(difference) for name, difference in edition.between.items()},
        },
        "sentence": edition.sentence,
    }


def _country_json(country: Country) -> dict[str, Any]:
    return {
        "country": country.code,
        "title": country.title,
        "shares": [placed_json(p) | {"place": country.code} for p in country.shares],
        "lead": outcome_json(country.lead),
        "part_of_downloads": country.part,
        "downloads": None if country.downloads is None else int(country.downloads),
    }
