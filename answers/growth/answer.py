"""How fast does it grow? For one metric and some frameworks every figure of growth, or why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from analysis.arrays import by_framework
from analysis.breaks import forbidding
from analysis.growth.latest_growth import (
    LATE,
    GrowthFigure,
    changes_of,
    compared,
    last_gained,
    parts_of_set,
    ratio_between,
    yearly,
)
from analysis.growth.weekdays import Weekdays, weekdays
from answers.growth.lost_stars import Lost, lost, lost_json
from answers.growth.wording import Offer, everything, growing, refusal, rhythm, ungrowing
from answers.json_and_csv import to_json, to_the_second
from answers.questions import Question, QuestionError, checked, final_through, refuse_future
from answers.series.answer import series
from answers.series.misreadings import misread_sentence, without_misread
from answers.series.observations import longer_history
from answers.series.views import CHANGES
from answers.wording import day
from catalog import Break, Catalog, Caveat, Kind, Metric, Source
from storage import Store

GAINED = {"last-day": "day", "last-week": "week", "last-month": "month", "last-year": "year"}
WHATS = (*GAINED, *CHANGES, "compound", "share")  # the figures of a row, in this order


@dataclass(frozen=True, slots=True)
class PeerRatio:
    """In place of a growth that is refused: the figure as a multiple of `peer`'s, which was counted in the same way."""

    peer: str
    before: float
    after: float

    @property
    def relative(self) -> float:
        """How much faster than the peer it grew (0.1: 10 %)."""
        return self.after / self.before - 1


@dataclass(frozen=True, slots=True)
class GrowthRow:
    """One framework: its last figure and, by name (WHATS), how it grew. `peers` has what is offered where a break
    forbids a figure; `refusals` the reason in words of each figure that is not there.
    """

    framework: str
    value: float
    period: date
    period_end: date
    figures: Mapping[str, GrowthFigure]
    peers: Mapping[str, PeerRatio]
    refusals: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """The answer. `everything` says why no share of everything is given, `rhythm` why 28 days are compared with 28.

    `missing` are frameworks of which nothing is known, `lost` the lost stars where the metric is of stars.
    """

    question: Question
    metric: Metric
    rows: tuple[GrowthRow, ...]
    missing: tuple[str, ...]
    everything: str
    rhythm: str
    weekdays: Mapping[str, Weekdays]
    lost: tuple[Lost, ...]
    sentence: str
    caveats: tuple[Caveat, ...]
    breaks: tuple[Break, ...]
    sources: tuple[Source, ...]
    retrieved_at: datetime | None
    catalog: Catalog


@dataclass(frozen=True, slots=True)
class _Sides:
    """What all frameworks' figures are made of."""

    catalog: Catalog
    metric: Metric
    frames: Mapping[str, pd.DataFrame]
    breaks: tuple[Break, ...]
    final: date
    since: date | None
    until: date | None


def growth(store: Store, catalog: Catalog, question: Question, now: datetime) -> Growth:
    """How the frameworks of a question (none named: all) grew up to its last day, each figure with the days compared.

    `since` bounds the compound rate alone; `view` is not heeded. Raises QuestionError.
    """
    metric = checked(catalog, replace(question, view="level"))
    question = replace(question, view="pooled" if metric.pooled_months and not question.dimension else "level")
    refuse_future(now, question.since)
    if not question.dimension and not metric.has_total:
        raise QuestionError(f"{metric.title} has no total, only parts: name one, as key=value.")
    if question.dimension.endswith("*"):
        raise QuestionError("Growth is shown for one part at a time: name one, as key=value.")
    level = series(store, catalog, replace(question, since=None), now)
    left_out = misread_sentence(catalog, metric, level.frame)
    sides = _sides(catalog, question, without_misread(catalog, metric, level.frame), final_through(now, question.as_of))
    names = question.frameworks or tuple(sides.frames)
    rows = _rows(sides)
    rhythms = _rhythms(sides)
    return Growth(
        question=question,
        metric=metric,
        rows=rows,
        missing=tuple(name for name in names if name not in sides.frames),
        everything=everything(metric) if rows else "",
        rhythm=rhythm(catalog, metric, rhythms) if rows else "",
        weekdays=rhythms,
        lost=_lost(store, question, catalog, now) if metric.family == "stars" else (),
        sentence=growing(
            catalog,
            metric,
            {row.framework: row.figures for row in rows},
            sides.breaks,
            _offered(rows),
            question.dimension,
        )
        + _further_back(store, question, catalog, rows)
        + (f" {left_out}" if left_out else ""),
        caveats=level.caveats,
        breaks=level.breaks,
        sources=level.sources,
        retrieved_at=level.retrieved_at,
        catalog=catalog,
    )


def _further_back(store: Store, question: Question, catalog: Catalog, rows: Sequence[GrowthRow]) -> str:
    """For those without a figure against a year before: which other count goes back further, as a further sentence."""
    short = [row.framework for row in rows if not row.figures["year-on-year"].stands]
    if not short or question.dimension:
        return ""
    hint = longer_history(store, catalog, catalog.metrics[question.metric], short, question.as_of)
    return f" {hint}" if hint else ""


def growth_json(answer: Growth) -> dict[str, Any]:
    """The answer as an object with stable keys; metric, caveats, sources and breaks in full."""
    return {
        "metric": to_json(answer.metric),
        **to_json(answer.question, "frameworks", "dimension", "since", "until", "as_of"),
        "sentence": answer.sentence,
        "rows": [
            to_json(row, "framework", "value", "period", "period_end")
            | {what: _figure_json(row, what) for what in WHATS}
            for row in answer.rows
        ],
        "missing": list(answer.missing),
        "share_of_everything": None,
        "share_of_everything_why": answer.everything,
        **to_json(answer, "rhythm", "weekdays"),
        "lost": [lost_json(entry) for entry in answer.lost],
        "retrieved_at": to_the_second(answer.retrieved_at),
        **to_json(answer, "sources", "caveats", "breaks"),
    }


def _figure_json(row: GrowthRow, what: str) -> Any:
    """A figure with the days compared; null where it is refused, with the reason and what is offered instead."""
    figure = row.figures[what]
    return to_json(figure, "since", "until", "before", "after", "gained", "relative") | {
        "refusal": row.refusals.get(what, ""),
        "breaks": list(figure.breaks),
        "ratio": to_json(row.peers.get(what), "peer", "before", "after", "relative"),
    }


def _sides(catalog: Catalog, question: Question, frame: pd.DataFrame, final: date) -> _Sides:
    metric = catalog.metrics[question.metric]
    rows = frame.dropna(subset=["value"])
    named = question.frameworks or tuple(catalog.frameworks)
    parts = by_framework(rows)
    frames = {name: parts[name] for name in dict.fromkeys(named) if name in parts}
    return _Sides(catalog, metric, frames, catalog.breaks_of(metric.id), final, question.since, question.until)


def _rows(sides: _Sides) -> tuple[GrowthRow, ...]:
    if sides.metric.kind is Kind.SHARE:
        return tuple(
            _row(sides, name, dict.fromkeys(WHATS, GrowthFigure(why=ungrowing(sides.metric)))) for name in sides.frames
        )
    figures = _gains(sides) if sides.frames else {}
    newest = max((pd.Timestamp(frame["period_end"].max()).date() for frame in sides.frames.values()), default=None)
    for how in CHANGES:
        changes = {
            name: changes_of(f, sides.metric, how, sides.breaks, sides.final) for name, f in sides.frames.items()
        }
        day = _shared(changes)
        for name, every in changes.items():
            figures[name][how] = _late(next((f for f in every if f.until == day), every[-1]), newest)
    shares = _shares(sides)
    for name, frame in sides.frames.items():
        figures[name]["compound"] = yearly(
            frame, sides.metric, sides.breaks, sides.final, since=sides.since, until=sides.until
        )
        figures[name]["share"] = shares[name]
    return tuple(_row(sides, name, figures[name]) for name in sides.frames)


def _gains(sides: _Sides) -> dict[str, dict[str, GrowthFigure]]:
    """What the last whole day, week, month and year brought, by framework."""
    metric, every_series = sides.metric, pd.concat(sides.frames.values())
    same = GrowthFigure(why=f"It is the latest figure itself, counted per {metric.period}.")
    gains: dict[str, dict[str, GrowthFigure]] = {name: {} for name in sides.frames}
    for what, every in GAINED.items():
        itself = metric.kind is Kind.FLOW and every == metric.period
        last = {} if itself else last_gained(every_series, metric, every, sides.breaks, sides.final)
        for name, figures in gains.items():
            figures[what] = same if itself else last[name]
    return gains


def _shared(figures: Mapping[str, Sequence[GrowthFigure]]) -> date | None:
    """The day of which most frameworks have a figure, the latest of several, and not an old one."""
    ends = {name: {f.until for f in every if f.until} for name, every in figures.items()}
    newest = max((day for days in ends.values() for day in days), default=None)
    if newest is None:
        return None
    counts = Counter(day for days in ends.values() for day in days if newest - day <= LATE)
    return max(counts, key=lambda day: (counts[day], day))


def _late(figure: GrowthFigure, newest: date | None) -> GrowthFigure:
    """The figure, unless it is too old to say how fast it grows."""
    if figure.until is None or newest is None or newest - figure.until <= LATE:
        return figure
    return GrowthFigure(why=f"No two comparable days after {day(figure.until)}.")


def _shares(sides: _Sides) -> dict[str, GrowthFigure]:
    """Each one's part of what the frameworks chosen had together on the last day that all were seen."""
    metric = sides.metric
    made = {name: compared(frame, metric, sides.final) for name, frame in sides.frames.items()}
    newest = max((int(series.end[-1]) for series in made.values() if len(series)), default=0)
    current = {n: s for n, s in made.items() if len(s) and newest - int(s.end[-1]) <= LATE.days}
    parts = parts_of_set(current)
    if parts is None:
        why = "A share needs two or more frameworks with data on the same day."
        return dict.fromkeys(sides.frames, GrowthFigure(why=why))
    on, values = parts
    late = GrowthFigure(why=f"Its latest figure is too old to compare with those of {day(on)}.")
    return {name: GrowthFigure(until=on, after=values[name]) if name in values else late for name in sides.frames}


def _row(sides: _Sides, name: str, figures: dict[str, GrowthFigure]) -> GrowthRow:
    frame = sides.frames[name]
    final = frame[frame["status"] == "final"]
    last = (final if len(final) else frame).iloc[-1]
    own = {what: figures[what] for what in WHATS}
    peers = {what: peer for what, figure in own.items() if (peer := _peer(sides, name, figure)) is not None}
    refusals = {what: refusal(sides.breaks, figure) for what, figure in own.items() if not figure.stands}
    first, end = (pd.Timestamp(last[column]).date() for column in ("period", "period_end"))
    return GrowthRow(name, float(last["value"]), first, end, own, peers, refusals)


def _peer(sides: _Sides, name: str, figure: GrowthFigure) -> PeerRatio | None:
    """What is offered across a break: the ratio to the first other framework, if the break was both's alike."""
    if not figure.breaks or figure.since is None or figure.until is None:
        return None
    for peer in sides.frames:
        both = [b for b in sides.breaks if b.id in figure.breaks]
        if peer == name or any(b.frameworks and not {name, peer} <= set(b.frameworks) for b in both):
            continue
        more = forbidding([b for b in sides.breaks if b.frameworks], figure.since, figure.until, peer)
        if any(not {name, peer} <= set(b.frameworks) for b in more):
            continue
        span = (figure.since, figure.until)
        ratio = ratio_between(sides.frames[name], sides.frames[peer], sides.metric, span, sides.final)
        if ratio is not None and ratio[0] > 0:
            return PeerRatio(peer, *ratio)
    return None


def _offered(rows: Sequence[GrowthRow]) -> list[Offer]:
    """For the sentence: the ratios to a peer where growth against a year before is refused, each but one way round."""
    refused = {row.framework: row for row in rows if "year-on-year" in row.peers}
    offers: list[Offer] = []
    for name, row in refused.items():
        figure, peer = row.figures["year-on-year"], row.peers["year-on-year"]
        if figure.since and figure.until and (peer.peer, name) not in {(o.framework, o.peer) for o in offers}:
            offers.append(Offer(name, peer.peer, figure.since, peer.before, figure.until, peer.after))
    return offers


def _rhythms(sides: _Sides) -> dict[str, Weekdays]:
    """How much weekdays differ, of daily flows."""
    if sides.metric.kind is not Kind.FLOW or sides.metric.period != "day":
        return {}
    rhythms = {name: weekdays(frame, sides.final) for name, frame in sides.frames.items()}
    return {name: rhythm for name, rhythm in rhythms.items() if rhythm is not None}


def _lost(store: Store, question: Question, catalog: Catalog, now: datetime) -> tuple[Lost, ...]:
    """Lost stars since the first day known, or since the day the span begins."""
    return lost(store, catalog, question.frameworks, now, question.since, question.as_of)
