"""Full-time employees: the survey figure that is known by country edition after edition, and so answers for Europe.

Its base is every full-time employee of a country, whether they answered the question or not: it stands beside the
shares of those who answered and is never compared with them. Europe is those of its countries that are known, the same
in every edition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pandas as pd

from analysis.share_differences import Difference, apart
from answers import wording
from answers.regions.places import Place, Placed, Step, gap, lead, outcome_json, placed, placed_json, step_json
from answers.regions.wording import UNSURE, ground, points
from answers.series.region_sums import with_regions
from answers.surveys.differences import Shares, verb
from answers.surveys.editions import parting, survey_editions
from answers.wording import capital
from catalog import Catalog, Metric
from storage import Store

FULLTIME = "so_worked_with_fulltime"


@dataclass(frozen=True, slots=True, eq=False)
class Employees:
    """Shares of the full-time employees of Europe as it is meant, in those `countries` of it that are known.

    `placed` are the frameworks in each of `years`. `legs` is the way the first of them went, to its turning point and
    on where both parts are beyond chance, else from its first edition to its last; `step` is its first step alone, and
    `against` how much its lead over the second changed in that step. `seen` is what all this was made of, `doubts` what
    to know of it, a sentence each.
    """

    metric: Metric
    place: Place
    countries: tuple[str, ...]
    years: tuple[int, ...]
    placed: tuple[Placed, ...]
    legs: tuple[Step, ...]
    step: Step | None
    against: Difference | None
    seen: pd.DataFrame
    doubts: tuple[str, ...]
    sentence: str


def employees(
    store: Store, catalog: Catalog, place: Place, names: Sequence[str], until: date, as_of: datetime | None
) -> Employees | None:
    """What is known of them in editions begun by a day; None where the first framework has no share."""
    metric = catalog.metrics[FULLTIME]
    seen = store.read(FULLTIME, tuple(catalog.frameworks), dimension=None, as_of=as_of)
    seen = seen[seen["period"] <= pd.Timestamp(until)]
    shares = Shares(catalog, metric, with_regions(seen, catalog, metric), survey_editions(catalog, metric))
    years = tuple(sorted({day.year for day in seen["period"]}))
    cells = {(name, year): placed(shares, [place], place, name, year) for name in names for year in years}
    mine = _comparing(shares, [cells[names[0], year] for year in years if cells[names[0], year].shown])
    if not mine:
        return None
    inside = seen[seen["dimension"].isin([f"country={code}" for code in place.countries])]
    legs = _legs(mine)
    answer = Employees(
        metric=metric,
        place=place,
        countries=tuple(sorted({text.partition("=")[2] for text in inside["dimension"]})),
        years=years,
        placed=tuple(cells.values()),
        legs=legs,
        step=_step(*mine[:2]) if len(mine) > 1 else None,
        against=_against(cells, names, mine[:2]),
        seen=inside[inside["framework"].isin(names)],
        doubts=tuple(_doubts(catalog, metric, inside, cells)),
        sentence="",
    )
    return replace(answer, sentence=_sentence(catalog, names, answer, mine))


def _comparing(shares: Shares, mine: Sequence[Placed]) -> list[Placed]:
    """Those from the last change of the question on."""
    pairs = enumerate(pairwise(mine), start=1)
    cuts = [n for n, (a, b) in pairs if parting(shares.catalog, shares.metric, a.year, b.year)]
    return list(mine[cuts[-1] if cuts else 0 :])


def _step(first: Placed, second: Placed) -> Step:
    return Step(first.place, first.framework, first, second, gap(second, first), ())


def _legs(mine: Sequence[Placed]) -> tuple[Step, ...]:
    """To the turning point and on, where the two parts go opposite ways and neither is chance; else in one."""
    if len(mine) < 2:
        return ()
    ordered = sorted(mine[1:-1], key=lambda p: p.sample.share)
    for turn in (ordered[-1], ordered[0]) if ordered else ():
        legs = (_step(mine[0], turn), _step(turn, mine[-1]))
        if {leg.difference.direction for leg in legs if leg.difference} == {"more", "less"}:
            return legs
    return (_step(mine[0], mine[-1]),)


def _against(
    cells: Mapping[tuple[str, int], Placed], names: Sequence[str], ends: Sequence[Placed]
) -> Difference | None:
    """How much the lead of the first framework over the second changed between two editions."""
    leads = [lead(one, cells[names[1], one.year]) for one in ends]
    if len(leads) < 2 or leads[0] is None or leads[1] is None:
        return None
    return apart(leads[1], leads[0])


# -- in words ----------------------------------------------------------------------------------------------------------


def _sentence(catalog: Catalog, names: Sequence[str], answer: Employees, mine: Sequence[Placed]) -> str:
    a, where = wording.framework(catalog, names[0]), f"in {len(answer.countries)} countries of {answer.place.short}"
    if not answer.legs:
        only, share = mine[0], wording.percent(mine[0].sample.share)
        return (
            f"We can't say whether {a} lost ground among full-time employees {where}: data exist only for "
            f"{only.year}, when {share} of {only.sample.base:,.0f} worked with it."
        )
    ways = [_way(leg, first=n == 0) for n, leg in enumerate(answer.legs)]
    return (
        f"{ground(a, answer.legs)} among full-time employees {where}. {' '.join(ways)}"
        f"{_alone(catalog, names, answer)} {_bases(mine)}"
    )


def _doubts(
    catalog: Catalog, metric: Metric, inside: pd.DataFrame, cells: Mapping[tuple[str, int], Placed]
) -> Iterator[str]:
    """Which countries these are, what the base is, and where one of them is missing."""
    every = set(inside["dimension"])
    countries = wording.join_words(sorted(wording.dimension(catalog, place) for place in every))
    yield f"Full-time employees are those of {countries}: a different base from all respondents, so never on one line."
    years = {year for _, year in cells}
    for caveat in (c for c in catalog.caveats_of(metric.id) if c.since and c.since.year in years):
        yield f"{caveat.title}: {caveat.text}"
    for (name, year), _ in ((key, cell) for key, cell in cells.items() if cell.status == "unknown"):
        there = inside[(inside["framework"] == name) & (inside["period"].dt.year == year)]["dimension"]
        missing = wording.join_words(sorted(wording.dimension(catalog, place) for place in every - set(there)))
        yield f"{wording.framework(catalog, name)} has no data for {missing} in {year}, so it has no figure there."


def _share(one: Placed) -> str:
    return f"{wording.percent(one.sample.share)} in {one.year}"


def _way(leg: Step, *, first: bool) -> str:
    """It rose from 7.3% in 2019 to 10.0% in 2021, by 2.65 points (95% interval 2.02 to 3.28)."""
    start = f" from {_share(leg.first)}" if first else ""
    size = f", by {points(leg.difference)}" if leg.difference and leg.difference.direction not in UNSURE else ""
    moved = verb(leg.difference) if leg.difference else "went"
    return f"It {'' if first else 'then '}{moved}{start} to {_share(leg.second)}{size or ' (within sampling noise)'}."


def _bases(mine: Sequence[Placed]) -> str:
    """How many there were, in the smallest and the largest edition."""
    bases = sorted(p.sample.base for p in mine)
    return f"These are shares of {bases[0]:,.0f} to {bases[-1]:,.0f} people an edition."


def _alone(catalog: Catalog, names: Sequence[str], answer: Employees) -> str:
    """What the first step says by itself, and against the second framework."""
    step = answer.step
    if step is None or step.difference is None:
        return ""
    span, change = f"From {step.first.year} to {step.second.year}", step.difference
    text = "" if len(answer.legs) == 1 and answer.legs[0].second is step.second else (
        f" {span} alone the share changed within sampling noise" if change.direction in UNSURE
        else f" {span} alone it {verb(change)} by {points(change)}"
    )  # fmt: skip
    if answer.against is None:
        return f"{text}." if text else ""
    b = wording.framework(catalog, names[1])
    lead = (
        f"against {b} the change is within sampling noise"
        if answer.against.direction in UNSURE
        else f"against {b} it {'gained' if answer.against.value > 0 else 'lost'} {points(answer.against)}"
    )
    return f"{text}; {lead}." if text else f" {capital(lead)}."


def employees_json(answer: Employees | None) -> dict[str, Any] | None:
    """The answer as an object with stable keys; shares and differences as parts of 1, unknown ones null."""
    if answer is None:
        return None
    return {
        "metric": answer.metric.id,
        "place": answer.place.id,
        "countries": list(answer.countries),
        "sentence": answer.sentence,
        "shares": [placed_json(p) | {"edition": p.year} for p in answer.placed],
        "legs": [step_json(leg) for leg in answer.legs],
        "first_step": answer.step and step_json(answer.step),
        "first_step_against_the_second": outcome_json(answer.against),
    }
