"""A metric of some frameworks over time: what a chart, a table and a file all show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import pandas as pd

from analysis.breaks import touching
from analysis.errors import Refused
from analysis.growth.change_series import changed, multiples
from analysis.growth.growth_rates import gained_every
from analysis.growth.indexing import index, part_of_own, share_of_set
from analysis.month_pools import pooled
from answers.questions import ALL_DIMENSIONS, EVERY_VALUE, Question, QuestionError, checked, final_through
from answers.series.misreadings import misread_sentence, without_misread
from answers.series.observations import observations, source_names
from answers.series.region_sums import by_region, summed_here
from answers.series.registry_separation import Apart, apart, is_of_registry
from answers.series.rows import CODES_BY_ROW, rows
from answers.series.views import CHANGES, VIEWS
from answers.series.wording import headline
from catalog import Break, Catalog, Caveat, Kind, Metric, Source
from storage import Store

JOINING = ("ratio", "share")  # views that hold one framework's figures against another's
PART = 20  # frameworks whose figures are in memory at once, where they need not be all


@dataclass(frozen=True, slots=True, eq=False)
class SeriesAnswer:
    """The numbers with all that must go with them.

    `frame` has exactly the columns of the CSV. `caveats` are those of the metric and of any row, `breaks` the
    registered ones within the days shown, `sources` those the figures came from, `retrieved_at` (UTC) when the
    youngest was learned (None: there are no figures). `left_out` says which readings, known to be wrong, nothing was
    worked out of; empty: none.
    """

    question: Question
    metric: Metric
    frame: pd.DataFrame
    caveats: tuple[Caveat, ...]
    breaks: tuple[Break, ...]
    sources: tuple[Source, ...]
    retrieved_at: datetime | None
    sentence: str
    left_out: str = ""

    @property
    def newest(self) -> date | None:
        """The last day that a value is of; None where the past was asked for, or an edition's year says it."""
        valued = self.frame.dropna(subset=["value"])
        if self.question.until or self.metric.period == "year" or not len(valued):
            return None
        return pd.Timestamp(valued["period_end"].max()).date()


def series(store: Store, catalog: Catalog, question: Question, now: datetime) -> SeriesAnswer:
    """Answer a question. Raises QuestionError for one that cannot be answered, with the reason."""
    metric = checked(catalog, question)
    if not metric.has_total and question.dimension == "":
        question = replace(question, dimension=ALL_DIMENSIONS)
    final = final_through(now, question.as_of)
    stored = _read(store, catalog, question)
    registries = _apart(store, catalog, metric, question, stored, now)
    if registries and question.view in JOINING:
        raise QuestionError(registries.sentence)
    left_out = ""
    if question.view != "level":
        left_out = misread_sentence(catalog, metric, stored, question.since, question.until)
        stored = without_misread(catalog, metric, stored)
    try:
        seen = _view(stored, catalog, metric, question, final)
    except Refused as refused:
        raise QuestionError(str(refused)) from refused
    frame = rows(catalog, metric, seen, question.view, final)
    return SeriesAnswer(
        question=question,
        metric=metric,
        frame=frame,
        caveats=_caveats(catalog, metric, frame),
        breaks=_breaks(catalog, metric, frame),
        sources=sources_of(catalog, metric, frame),
        retrieved_at=_retrieved(frame),
        sentence=" ".join(
            filter(
                None,
                [headline(catalog, metric, question, frame), left_out, registries.sentence if registries else ""],
            )
        ),
        left_out=left_out,
    )


def _apart(
    store: Store, catalog: Catalog, metric: Metric, question: Question, frame: pd.DataFrame, now: datetime
) -> Apart | None:
    """Why a framework that was named has no line here, if another registry counts it."""
    if not is_of_registry(catalog, metric) or set(question.frameworks) <= set(frame["framework"]):
        return None
    return apart(store, catalog, question.frameworks, now, question.until, question.as_of)


def series_parts(store: Store, catalog: Catalog, question: Question, now: datetime) -> Iterator[SeriesAnswer]:
    """The answer in parts, whose rows follow each other: memory holds one at a time. Raises QuestionError.

    Figures that stand for themselves come by few frameworks at a time, others as one part. For parts of one state of
    the store, read them within a snapshot of it.
    """
    metric = checked(catalog, question)
    alone = question.view == "level" and not summed_here(metric, question.dimension) and not metric.pooled_months
    if question.frameworks or not alone:
        yield series(store, catalog, question, now)
        return
    names = sorted(catalog.frameworks)
    for start in range(0, len(names), PART):
        some = {name: catalog.frameworks[name] for name in names[start : start + PART]}
        yield series(store, replace(catalog, frameworks=some), question, now)


def _read(store: Store, catalog: Catalog, question: Question) -> pd.DataFrame:
    # What a month gained needs the month before it, and whether a month is the last one what comes after.
    metric, names = catalog.metrics[question.metric], question.frameworks or tuple(catalog.frameworks)
    bounded = not VIEWS[question.view].reaches_back
    key, _, value = question.dimension.partition("=")
    if summed_here(metric, question.dimension):
        key, value = "country", EVERY_VALUE
        if metric.kind is Kind.SHARE:  # of the same countries, whichever framework and edition is asked for
            names, bounded = tuple(catalog.frameworks), False
    several = value == EVERY_VALUE or question.view == "part"  # a part needs the whole
    rows = observations(
        store,
        catalog,
        question.metric,
        names,
        dimension=None if several or question.dimension == ALL_DIMENSIONS else question.dimension,
        since=question.since if bounded else None,
        until=question.until if bounded else None,
        as_of=question.as_of,
    )
    return rows[rows["dimension"].str.startswith(f"{key}=")] if several and value else rows


def _view(seen: pd.DataFrame, catalog: Catalog, metric: Metric, question: Question, final: date) -> pd.DataFrame:
    breaks = catalog.breaks_of(metric.id)
    if summed_here(metric, question.dimension):
        if question.view == "part":  # of all countries, and the unknown
            return by_region(part_of_own(seen, metric), catalog, question.dimension)
        seen = by_region(seen, catalog, question.dimension)
        if metric.kind is Kind.SHARE:
            seen = _within(seen[seen["framework"].isin(question.frameworks or catalog.frameworks)], question)
    if VIEWS[question.view].reaches_back:
        return _within(_reaching_back(seen, metric, question, breaks, final), question)
    if question.view == "index":
        return index(seen, metric, breaks)
    if question.view == "share":
        return share_of_set(seen, metric)
    if question.view == "part":
        parts = part_of_own(seen, metric)
        everything = question.dimension == ALL_DIMENSIONS or question.dimension.endswith(f"={EVERY_VALUE}")
        return parts if everything else parts[parts["dimension"] == question.dimension]
    return seen


def _reaching_back(
    seen: pd.DataFrame, metric: Metric, question: Question, breaks: Sequence[Break], final: date
) -> pd.DataFrame:
    """Figures that are made of several observations each."""
    if every := VIEWS[question.view].every:
        return gained_every(seen, metric, every, breaks, final)
    if VIEWS[question.view].pools:
        return pooled(seen, metric)
    if question.view in CHANGES:
        return changed(seen, metric, question.view, breaks, final)
    return multiples(seen, metric, question.frameworks[0], final)


def _within(made: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The rows that end within the days asked for."""
    keep = pd.Series(data=True, index=made.index)
    if question.since:
        keep &= made["period_end"] >= pd.Timestamp(question.since)
    if question.until:
        keep &= made["period_end"] <= pd.Timestamp(question.until)
    return made[keep]


def _caveats(catalog: Catalog, metric: Metric, frame: pd.DataFrame) -> tuple[Caveat, ...]:
    used = dict.fromkeys(code for codes in frame["caveats"].unique() for code in codes.split())
    of_all = (code for code in metric.caveats if code not in CODES_BY_ROW)
    every = dict.fromkeys([*of_all, *used])
    return tuple(catalog.caveats[code] for code in every if code in catalog.caveats)


def _breaks(catalog: Catalog, metric: Metric, frame: pd.DataFrame) -> tuple[Break, ...]:
    if frame.empty:
        return ()
    first, last = frame["period"].min().date(), frame["period_end"].max().date()
    return touching(catalog.breaks_of(metric.id), first, last, *frame["framework"].unique())


def sources_of(catalog: Catalog, metric: Metric, frame: pd.DataFrame) -> tuple[Source, ...]:
    """Where the figures came from; where there are none, where they would come from."""
    return catalog.sources_named(source_names(frame)) or catalog.sources_named(metric.sources)


def _retrieved(frame: pd.DataFrame) -> datetime | None:
    latest = frame["retrieved_at"].max()
    return None if pd.isna(latest) else latest.to_pydatetime()
