"""What do surveys say? Shares by edition, changes, differences of groups, what was asked, and what is wanted next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations, pairwise
from typing import Any

import pandas as pd

from analysis.share_intervals import MIN_BASE
from answers import wording
from answers.json_and_csv import about_json, to_json
from answers.questions import (
    EVERY_VALUE,
    REGION,
    Question,
    QuestionError,
    SurveyQuestion,
    known_framework,
    known_metric,
    refuse_unlived,
)
from answers.regions.places import EUROPES
from answers.series.answer import SeriesAnswer, series
from answers.series.region_sums import with_regions
from answers.surveys.differences import (
    ELSEWHERE,
    WANTED,
    WORKED,
    ShareDifference,
    Shares,
    among,
    in_points,
    known_group,
    share,
    share_difference_json,
)
from answers.surveys.editions import Edition, edition_json, parting, survey_editions
from catalog import Catalog, Metric
from storage import Store

MOST = 3  # figures in a sentence, and changes in one each
MOST_PAIRS = 8  # frameworks whose pairs are compared: 28 pairs


@dataclass(frozen=True, slots=True)
class DesireGap:
    """In one edition: the shares of those who worked with a framework and of those who want to next year.

    `more` is the second minus the first. Most of the people are the same, so it has no interval.
    """

    framework: str
    edition: int
    worked: float
    want: float

    @property
    def more(self) -> float:
        return self.want - self.worked


@dataclass(frozen=True, slots=True, eq=False)
class Surveys:
    """The answer. `shares` holds every edition's numbers with their caveats and sources.

    `years` are the editions with a share, oldest first; `span` the two compared in `changes`, None where there are none
    to compare; `edition` the one of `groups` and `pairs`. `wanted_next_year` is empty but for the survey of Stack
    Overflow.
    """

    question: SurveyQuestion
    shares: SeriesAnswer
    years: tuple[int, ...]
    span: tuple[int, int] | None
    changes: tuple[ShareDifference, ...]
    edition: int | None
    groups: tuple[ShareDifference, ...]
    pairs: tuple[ShareDifference, ...]
    wanted_next_year: tuple[DesireGap, ...]
    editions: tuple[Edition, ...]
    sentence: str


def surveys(store: Store, catalog: Catalog, question: SurveyQuestion, now: datetime) -> Surveys:
    """Answer a question about a survey. Raises QuestionError for one that cannot be answered, with the reason."""
    metric = _checked(catalog, question)
    refuse_unlived(now, question.as_of)
    if not metric.has_total and not question.dimension:
        question = replace(question, dimension=f"{REGION}={EUROPES[0]}")
    seen = store.read(metric.id, tuple(catalog.frameworks), dimension=None, as_of=question.as_of)
    have, seen = set(seen["framework"]), with_regions(seen, catalog, metric)
    names = question.frameworks or tuple(name for name in catalog.frameworks if name in have)
    answer = series(store, catalog, Question(metric.id, names, question.dimension, as_of=question.as_of), now)
    years = tuple(sorted({pd.Timestamp(day).year for day in answer.frame.dropna(subset=["value"])["period"]}))
    editions = survey_editions(catalog, metric)
    shares = Shares(catalog, metric, seen, editions)
    span, edition = _span(shares, question, years), _edition(question, years)
    every = dict.fromkeys(answer.frame.dropna(subset=["value"])["dimension"])
    groups = tuple(every) if question.dimension.endswith(EVERY_VALUE) else (question.dimension,)
    changes = tuple(shares.between_editions(n, *span, d) for n in names for d in groups) if span else ()
    return Surveys(
        question=question,
        shares=answer,
        years=years,
        span=span,
        changes=changes,
        edition=edition,
        groups=_groups(shares, question, names, edition),
        pairs=_pairs(shares, question, names, edition),
        wanted_next_year=_wanted_next_year(store, names, question) if metric.id in (WORKED, WANTED) else (),
        editions=editions,
        sentence=_sentence(shares, answer, question, span, changes),
    )


def _checked(catalog: Catalog, question: SurveyQuestion) -> Metric:
    metric = known_metric(catalog, question.metric)
    if not metric.has_editions:
        surveys = [m.id for m in catalog.metrics.values() if m.has_editions]
        raise QuestionError(f"{metric.title} is not a survey. Surveys are {', '.join(surveys)}.")
    for name in question.frameworks:
        known_framework(catalog, name)
    for text in (question.here, question.there):
        known_group(catalog, metric, text)
    if question.here == ELSEWHERE:
        raise QuestionError("Name the group first, then all others (rest).")
    if question.first and question.second and question.first >= question.second:
        raise QuestionError(f"The editions are reversed: {question.first} is not before {question.second}.")
    return metric


def _span(shares: Shares, question: SurveyQuestion, editions: Sequence[int]) -> tuple[int, int] | None:
    """The editions asked for; else the last two in a row that may be compared, else the last two."""
    _check_edition(question.first, editions)
    _check_edition(question.second, editions)
    pairs = [(a, b) for a, b in pairwise(editions) if question.first in (None, a) and question.second in (None, b)]
    if question.first and question.second:
        return question.first, question.second
    if question.first or question.second:
        return pairs[-1] if pairs else None
    kept = [pair for pair in pairs if not parting(shares.catalog, shares.metric, *pair)]
    return (kept or pairs)[-1] if pairs else None


def _edition(question: SurveyQuestion, editions: Sequence[int]) -> int | None:
    _check_edition(question.edition, editions)
    return question.edition or (editions[-1] if editions else None)


def _check_edition(year: int | None, editions: Sequence[int]) -> None:
    if year is not None and year not in editions:
        have = (
            f"Shares exist for {wording.join_words([str(e) for e in editions])}" if editions else "No edition has one"
        )
        raise QuestionError(f"There is no share for {year} of these frameworks and people. {have}.")


def _groups(
    shares: Shares, question: SurveyQuestion, names: Sequence[str], edition: int | None
) -> tuple[ShareDifference, ...]:
    if edition is None or not question.here:
        return ()
    there = question.there or ELSEWHERE
    return tuple(shares.between_groups(name, edition, question.here, there) for name in names)


def _pairs(
    shares: Shares, question: SurveyQuestion, names: Sequence[str], edition: int | None
) -> tuple[ShareDifference, ...]:
    """Every two frameworks of the edition, the more ticked one second."""
    if edition is None or question.dimension.endswith(EVERY_VALUE):
        return ()
    samples = {name: shares.side(name, edition, question.dimension).sample for name in names}
    ranked = sorted(
        (n for n, sample in samples.items() if sample.share == sample.share), key=lambda n: samples[n].share
    )
    pairs = combinations(ranked[-MOST_PAIRS:], 2)
    return tuple(shares.between_frameworks(a, b, edition, question.dimension) for a, b in pairs)


def _wanted_next_year(store: Store, names: Sequence[str], question: SurveyQuestion) -> tuple[DesireGap, ...]:
    """Every edition in which both halves have a share, the oldest first; not for a split."""
    if question.dimension.endswith(EVERY_VALUE):
        return ()
    halves = [
        store.read(metric, names, dimension=question.dimension, as_of=question.as_of).dropna(subset=["value"])
        for metric in (WORKED, WANTED)
    ]
    rows = [half[half["base"].fillna(0) >= MIN_BASE][["framework", "period", "value"]] for half in halves]
    both = rows[0].merge(rows[1], on=["framework", "period"], suffixes=("_worked", "_want")).sort_values("period")
    order = list(names)
    gaps = [
        DesireGap(row["framework"], row["period"].year, float(row["value_worked"]), float(row["value_want"]))
        for row in both.to_dict("records")
    ]
    return tuple(sorted(gaps, key=lambda a: (a.edition, order.index(a.framework))))


# -- in words ----------------------------------------------------------------------------------------------------------


def _sentence(
    shares: Shares, answer: SeriesAnswer, question: SurveyQuestion, span: tuple[int, int] | None,
    changes: Sequence[ShareDifference],
) -> str:  # fmt: skip
    """What changed between the two editions, then the last one, and why it may not be read on."""
    if span is None or question.dimension.endswith(EVERY_VALUE):
        return answer.sentence
    if not any(c.difference for c in changes):
        cuts = parting(shares.catalog, shares.metric, *span)
        why = (
            f" {span[0]} and {span[1]} can't be compared ({'; '.join(cut.title.lower() for cut in cuts)})."
            if cuts
            else ""
        )
        return f"{answer.sentence}{why}"
    where = f" {among(shares.catalog, question.dimension)}" if question.dimension else ""
    moved = [c for c in changes if c.outcome in ("more", "less")]
    parts = [_moved(shares, c) for c in sorted(moved, key=lambda c: -abs(c.difference.value if c.difference else 0.0))]
    still = _titles(shares, [c for c in changes if c.outcome in ("chance", "unknown")])
    first = parts[0] if parts else "no share changed beyond chance"
    head = f"From {span[0]} to {span[1]} in {wording.phrase(shares.metric)}{where}, {first}."
    more = "".join(f" {part}." for part in parts[1:MOST])
    more += f" {len(parts) - MOST} more changed beyond chance." if len(parts) > MOST else ""
    rest = f" {still} did not change beyond chance." if parts and still else ""
    return f"{head}{more}{rest} {_now(shares, answer, span)}".strip()


def _moved(shares: Shares, c: ShareDifference) -> str:
    value = c.difference.value if c.difference else 0.0
    name = wording.framework(shares.catalog, c.first.framework)
    return f"{name} {'rose' if value > 0 else 'fell'} {in_points(value)} to {share(c.second)}"


def _titles(shares: Shares, differences: Sequence[ShareDifference]) -> str:
    return wording.join_words([wording.framework(shares.catalog, c.first.framework) for c in differences])


def _now(shares: Shares, answer: SeriesAnswer, span: tuple[int, int]) -> str:
    """The last edition's shares, where they are not named yet, and what parts it from those compared."""
    values = answer.frame.dropna(subset=["value"])
    last = int(values["period"].dt.year.max())
    if last == span[1]:
        return ""
    rows = values[values["period"].dt.year == last].sort_values("value", ascending=False)
    titles = [wording.framework(shares.catalog, name) for name in rows["framework"]]
    places = 0 if shares.metric.step else 1
    figures = [f"{title} {wording.percent(value, places)}" for title, value in zip(titles, rows["value"], strict=True)]
    more = [f"{len(figures) - MOST} more"] if len(figures) > MOST else []
    cuts = parting(shares.catalog, shares.metric, span[1], last)
    why = f" {last} can't be compared with {span[1]} ({'; '.join(cut.title.lower() for cut in cuts)})." if cuts else ""
    return f"In {last}: {wording.join_words([*figures[:MOST], *more])}.{why}"


def surveys_json(answer: Surveys) -> dict[str, Any]:
    """The answer as an object with stable keys; metric, caveats, breaks and sources in full."""
    question = answer.question
    about = about_json(answer.shares)
    return {
        **about,
        "question": about["question"] | {"from": question.first, "to": question.second}
        | to_json(question, "edition", "here", "there"),
        "sentence": answer.sentence,
        "editions": list(answer.years),
        "compared": list(answer.span) if answer.span else None,
        "changes": [share_difference_json(c) for c in answer.changes],
        "edition": answer.edition,
        "groups": [share_difference_json(c) for c in answer.groups],
        "pairs": [share_difference_json(c) for c in answer.pairs],
        "attraction": to_json(answer.wanted_next_year, "framework", "edition", "worked", "want", "more"),
        "lineage": [edition_json(edition) for edition in answer.editions],
    }  # fmt: skip
