"""Frameworks that a source had and has no more: confirmed once it has answered so on three days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from answers.collection.due import PASSING
from answers.wording import day
from catalog import Catalog
from storage import Run, Store

CONFIRMED_DAYS = 3  # a single 404 is a gap
RUNS_READ = 50  # runs of a source, of which several may be of one day
ALL_RUNS = 5_000  # to find the first of them
KIND = "gone"


@dataclass(frozen=True, slots=True)
class Gone:
    """A framework that a source has had no more since a day. Its series end there, and their history stays."""

    source: str
    framework: str
    since: date
    message: str


def gone_frameworks(store: Store, catalog: Catalog) -> Iterator[Gone]:
    """Everything that is gone for good, as far as the runs of each source confirm it."""
    for source in catalog.sources.values():
        if source.available:
            yield from gone_from(store, catalog, source.id, store.runs(RUNS_READ, source.id))


def gone_from(store: Store, catalog: Catalog, source: str, runs: Sequence[Run]) -> Iterator[Gone]:
    """What is gone from one source, by its runs, the latest first. What it never had is not gone."""
    names = {failure.framework for run in runs for failure in run.failures if failure.kind == KIND}
    names = {name for name in names if confirmed_since(runs, name) and name in catalog.frameworks}
    if not names:
        return
    metrics = [metric.id for metric in catalog.metrics.values() if source in metric.sources]
    had = {framework for _, framework in store.newest(source, metrics, date.max)}
    earlier = store.runs(ALL_RUNS, source)
    for name in sorted(names & had):
        if since := confirmed_since(earlier, name):
            called, title = catalog.frameworks[name].ids.get(source, name), catalog.sources[source].title
            text = f"{called} has been gone from {title} since {day(since)}: its series end there, their history stays."
            yield Gone(source, name, since, text)


def confirmed_since(runs: Sequence[Run], framework: str) -> date | None:
    """The first of the days in a row, three or more, on which a source lacked a framework; None if it is not so."""
    days = set[date]()
    for run in runs:
        kinds = {failure.kind for failure in run.failures if failure.framework == framework}
        is_silent = run.status not in ("ok", "partial", "failed") or not run.done or bool(kinds & PASSING)
        if run.finished_at is None or is_silent or (run.frameworks and framework not in run.frameworks):
            continue  # it says nothing of this framework
        if KIND not in kinds:
            break
        days.add(run.finished_at.date())
    return min(days) if len(days) >= CONFIRMED_DAYS else None
