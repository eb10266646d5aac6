"""Which downloads stars are laid beside, and on which day, by default: one choice for pages, API and commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from analysis.agreement.rank_agreement import Sides, shared_frameworks
from answers import wording
from answers.questions import QuestionError
from answers.series.observations import observations
from catalog import Catalog, Metric
from storage import Store

CURRENT = timedelta(days=92)  # a count that ends longer ago is not of today
LOOK_BACK = 12  # months, of which the day with the most frameworks is taken
SOON = timedelta(days=7)  # a counter read so shortly after the last period of a flow still goes with it
COPIED = "mirrors-copy-releases"  # the caveat of counts that hold copies of the whole index


@dataclass(frozen=True, slots=True)
class Option:
    """One count of downloads: whether it is of today, how many frameworks it shares with x, for how long."""

    metric: Metric
    frameworks: int
    current: bool
    copied: bool
    first: date
    last: date

    @property
    def rank(self) -> tuple[bool, int, bool, int]:
        """The higher, the better it serves by default."""
        return self.current, self.frameworks, not self.copied, (self.last - self.first).days


def options(store: Store, catalog: Catalog, x: Metric, now: datetime, as_of: datetime | None = None) -> list[Option]:
    """The counts of downloads that share two frameworks with x at least, the one that serves best first."""
    spans = _spans(store, catalog, x, as_of)
    moment = (min(now, as_of) if as_of else now).date()
    able = [
        _option(catalog.metrics[name], spans[name], spans[x.id], moment)
        for name in spans
        if name != x.id and spans[name].keys() & spans[x.id].keys()
    ]
    return sorted((o for o in able if o.frameworks > 1), key=lambda o: o.rank, reverse=True)


def best_use(store: Store, catalog: Catalog, x: Metric, now: datetime, as_of: datetime | None = None) -> list[Option]:
    """`options`, never empty. Raises QuestionError when there is none."""
    candidates = options(store, catalog, x, now, as_of)
    if not candidates:
        raise QuestionError(
            f"No count of downloads has two frameworks in common with {wording.phrase(x)} "
            f"{'by then' if as_of else 'yet'}."
        )
    return candidates


def best_day(ready: Sides, last: tuple[date, date]) -> date:
    """Of the last year in both the day with the most frameworks, the latest of equals.

    `last` are the last days of both. The days are month ends, and the last day in both.
    """
    end, later = min(last), max(last)
    days = [pd.Timestamp(day).date() for day in pd.date_range(end=pd.Timestamp(end), periods=LOOK_BACK, freq="ME")]
    days += [end, later] if later - end <= SOON else [end]
    return max(days, key=lambda day: (shared_frameworks(ready, day), day))


def why_metric(chosen: Option, others: Sequence[Option]) -> str:
    """Why this count of downloads, in one sentence; empty where there was no other."""
    if len(others) < 2:
        return ""
    today = "is up to date and " if chosen.current else ""
    mirrors = "" if chosen.copied else " without mirror copies"
    none = "" if chosen.current else " None of the counts is up to date."
    return (
        f"Of {len(others)} counts, this uses {wording.phrase(chosen.metric)}: that count {today}covers the most "
        f"frameworks ({chosen.frameworks}){mirrors}.{none}"
    )


def _spans(
    store: Store, catalog: Catalog, x: Metric, as_of: datetime | None
) -> dict[str, dict[str, tuple[date, date]]]:
    """By metric (x, and the counts of downloads with a total) and framework the first and last day."""
    able = {m.id for m in catalog.metrics.values() if m.family == "downloads" and m.has_total} | {x.id}
    spans: dict[str, dict[str, tuple[date, date]]] = {name: {} for name in able}
    if as_of is None and not x.cumulates:
        for span in store.series():
            if span.metric in able and not span.dimension and span.framework in catalog.frameworks:
                spans[span.metric][span.framework] = (span.first, span.last)
        return spans
    for name in able:  # only the rows have what was known then
        frame = observations(store, catalog, name, tuple(catalog.frameworks), as_of=as_of)
        for framework, rows in frame.groupby("framework"):
            first, last = rows["period"].min(), rows["period_end"].max()
            spans[name][str(framework)] = (first.date(), last.date())
    return spans


def _option(
    metric: Metric, own: Mapping[str, tuple[date, date]], others: Mapping[str, tuple[date, date]], today: date
) -> Option:
    shared = own.keys() & others.keys()
    first = max(min(own[name][0] for name in shared), min(others[name][0] for name in shared))
    last = min(max(own[name][1] for name in shared), max(others[name][1] for name in shared))
    lasting = [name for name in shared if min(own[name][1], others[name][1]) >= last - CURRENT]
    return Option(metric, len(lasting), today - last <= CURRENT, COPIED in metric.caveats, first, last)
