"""What trying again does not mend: failures that wait for somebody to look at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from answers.collection.disappearances import KIND, gone_from
from answers.collection.due import PASSING
from answers.wording import capital, join_words
from catalog import Catalog
from storage import Failure, Run, Store

RUNS_READ = 50  # runs of a source
ENDED = ("ok", "partial", "failed")
MOST_NAMED = 3  # metrics


@dataclass(frozen=True, slots=True)
class OpenFailure:
    """A framework whose last collection failed in a way that somebody must mend, since `at`, the end of that run.
    `stream` names all that failed alike.

    `kind` is the failure's: replaced (another repository has the name now), gone, changed, refused, ...
    """

    source: str
    framework: str
    stream: str
    kind: str
    message: str
    run: int
    at: datetime | None


def open_failures(store: Store, catalog: Catalog) -> tuple[OpenFailure, ...]:
    """Every alarm that stands, by source: for each framework what its last run said, if that was for it at all."""
    sources = (source.id for source in catalog.sources.values() if source.available)
    return tuple(alarm for source in sources for alarm in _open(store, catalog, source))


def alike(failures: Iterable[Failure]) -> list[Failure]:
    """One failure for all streams of a framework that failed alike, which it names; the first one's message."""
    streams: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        streams.setdefault((failure.framework, failure.kind), []).append(failure)
    return [replace(several[0], stream=", ".join(f.stream for f in several)) for several in streams.values()]


def streams_in_words(catalog: Catalog, source: str, streams: str) -> str:
    """What streams that failed alike would have brought, by its title: "GitHub stars and GitHub forks"."""
    by_name = {stream.name: stream for stream in catalog.sources[source].streams} if source in catalog.sources else {}
    titles: list[str] = []
    for name in filter(None, streams.split(", ")):
        metrics = by_name[name].metrics if name in by_name else ()
        titles += [catalog.metrics[metric].title for metric in metrics] or [capital(name)]
    more = [f"{len(titles) - MOST_NAMED} more"] if len(titles) > MOST_NAMED else []
    return join_words([*titles[:MOST_NAMED], *more])


def _open(store: Store, catalog: Catalog, source: str) -> list[OpenFailure]:
    """The alarms of one source; of what is gone for good, since when it is."""
    runs = store.runs(RUNS_READ, source)
    gone = {entry.framework: entry.message for entry in gone_from(store, catalog, source, runs)}
    return [
        replace(alarm, message=gone.get(alarm.framework, alarm.message)) if alarm.kind == KIND else alarm
        for alarm in _of(runs, catalog, source)
    ]


def _of(runs: list[Run], catalog: Catalog, source: str) -> list[OpenFailure]:
    failures: list[OpenFailure] = []
    seen = {f.id for f in catalog.frameworks.values() if source not in f.ids or f.removed}
    for run in runs:  # the latest first
        if run.status in ENDED:
            failures += [
                OpenFailure(run.source, f.framework, f.stream, f.kind, f.message, run.id, run.finished_at)
                for f in alike(run.failures)
                if f.framework and f.framework not in seen and f.kind not in PASSING
            ]
            seen |= set(run.frameworks) or set(catalog.frameworks)
    return failures
