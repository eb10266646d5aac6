"""Importing a file of the user's own figures, and removing what was imported: each in one transaction, or not at all.

A file says all that its source has of the frameworks in it between its first and its last day: what the source said of
those days before, and the file has no more, is withdrawn. Removing a source withdraws all it has. Either is a revision:
what was known earlier stays readable as of that time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from catalog import Catalog, Metric
from collectors import acquire_lease
from storage import (
    EVER,
    IMPORT,
    Batch,
    Contradicted,
    Contradiction,
    ImportedFile,
    Observation,
    OwnRun,
    OwnSource,
    Part,
    Payload,
    PayloadRow,
    Run,
    Store,
)
from uptake.collection.collect import mirror
from uptake.frameworks.source_names import AddError, identifier
from uptake.frameworks.tracked_catalog import tracked_catalog
from uptake.imports.csv_file import Fault, FileRefused
from uptake.imports.kept_files import IMPORTED, REMOVED, RESTATED, KeptFiles
from uptake.imports.readings import Readings, read

LEASE, LEASE_S = "import", 60.0
LONGEST, EVERY_RUN = 100, 1_000_000


class BusyImporting(Exception):
    """Another process imports or removes just now."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A file and what is said of it. `file` is its name, without a path."""

    file: str
    body: bytes
    metric: str
    source: str
    licence: str
    url: str = ""

    @property
    def sha256(self) -> str:
        """The file's, as `sha256sum` prints it."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file said, and how much of it was new; with a run of number 0 if it was a trial."""

    source: OwnSource
    readings: Readings
    run: Run


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """What is in force of one own source by one metric, and the files that it had, the latest first."""

    source: OwnSource
    metric: str
    frameworks: tuple[str, ...]
    figures: int
    first: date
    last: date
    files: tuple[ImportedFile, ...]


def import_file(
    store: Store, catalog: Catalog, request: ImportRequest, now: datetime, *, trial: bool = False
) -> Imported:
    """Keep what a file says as figures of its own source; with `trial`, only find out what that would do.

    `catalog` is the one we ship. Raises AddError for a metric, source, licence or address that cannot be, FileRefused
    for what is wrong with the file, BusyImporting, and StoreError; nothing is kept then.
    """
    tracked = tracked_catalog(catalog, store)
    metric = importable(tracked, request.metric)
    source = _source(store, catalog, request, now)
    readings = read(request.body, tracked, metric, now.date())
    parts = [Part(name, metric.id, _batch(source, request, readings, name, now)) for name in readings.frameworks]
    run = _write(store, [OwnRun(source, IMPORTED, parts)], now, trial=trial)[0]
    if not trial:
        mirror(store, catalog)
    return Imported(source, readings, run)


def remove_own_source(store: Store, catalog: Catalog, name: str, now: datetime) -> Run:
    """Withdraw all that was imported under a name; what other own sources say of the same periods takes its place.

    Raises AddError if nothing was, BusyImporting and StoreError.
    """
    source = _in_force(store, name)
    tracked = tracked_catalog(catalog, store, removed=True)
    held = _held(store, source)
    withdrawal = OwnSource(source.id, source.title, source.licence, source.url, source.added_at, now)
    parts = [Part(framework, REMOVED, _withdrawal(source, metrics, now)) for framework, metrics in held.items()]
    others = [other for other in store.own_sources() if other.removed_at is None and other.id != source.id]
    restated = [run for other in others if (run := _restated(store, tracked, source, other, held, now)).parts]
    return _write(store, [OwnRun(withdrawal, REMOVED, parts), *restated], now)[0]


def own_figures(store: Store, catalog: Catalog) -> Iterator[OwnFigures]:
    """What is in force of each own source, metric by metric."""
    sources = {source.id: source for source in store.own_sources()}
    for name, metric in store.own_metrics():
        rows = store.read(metric)
        mine = rows[rows["source"] == name]
        frameworks = tuple(key for key in catalog.frameworks if key in set(mine["framework"]))
        first, last = mine["period"].min().date(), mine["period_end"].max().date()
        files = [f for f in store.imported_files(name, metric) if f.imported_at >= sources[name].added_at]
        yield OwnFigures(sources[name], metric, frameworks, len(mine), first, last, tuple(files))


def importable(catalog: Catalog, name: str) -> Metric:
    """The metric of that id. Raises AddError for one of which a file can say nothing, with the reason."""
    if name not in catalog.metrics:
        raise AddError(f"There is no metric {name[:LONGEST]!r}; `uptake metrics` lists them.")
    metric = catalog.metrics[name]
    if metric.derived_from:
        raise AddError(f"{metric.title} ({name}) are reckoned from {' and '.join(metric.derived_from)}: import those.")
    if any(other.cumulates == name for other in catalog.metrics.values()):
        raise AddError(
            f"{metric.title} ({name}) are what the source says of the past today: no earlier reading is by that rule."
        )
    if not metric.has_total:
        raise AddError(f"{metric.title} ({name}) are counted in parts, and a file has totals alone.")
    return metric


def _source(store: Store, catalog: Catalog, request: ImportRequest, now: datetime) -> OwnSource:
    """The source that a request names, as it is from now on. Raises AddError."""
    title, licence = _line("A source's name", request.source), _line("A licence", request.licence)
    key = identifier(title)
    if key in catalog.sources or title.casefold() in {s.title.casefold() for s in catalog.sources.values()}:
        raise AddError(f"{title} is a source of Uptake: choose a name of your own.")
    url = request.url.strip()
    if url and (not _is_address(url) or len(url) > 500):
        raise AddError("The address of a source starts with http:// or https://.")
    current = {s.id: s for s in store.own_sources() if s.removed_at is None}.get(f"{IMPORT}{key}")
    return OwnSource(f"{IMPORT}{key}", title, licence, url, current.added_at if current else now)


def _line(what: str, text: str) -> str:
    line = " ".join(text.split())
    if not line or len(line) > LONGEST or not line.isprintable():
        raise AddError(f"{what} must be one line of 1 to {LONGEST} characters.")
    return line


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isprintable() and not any(c.isspace() or c in "()<>[]\"'`\\" for c in url)
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def _in_force(store: Store, name: str) -> OwnSource:
    """The own source of that name, title or id. Raises AddError."""
    wanted = name.strip().removeprefix(IMPORT).casefold()
    for source in store.own_sources():
        if source.removed_at is None and wanted in (source.id.removeprefix(IMPORT), source.title.casefold()):
            return source
    raise AddError(f"Nothing is imported as {name[:LONGEST]!r}; `uptake imports` lists what is.")


def _batch(source: OwnSource, request: ImportRequest, readings: Readings, framework: str, now: datetime) -> Batch:
    payload = Payload(source.id, f"file:{request.file}", request.body, now)
    return Batch(payload, readings.of(framework), whole={request.metric: readings.days})


def _withdrawal(source: OwnSource, metrics: Sequence[str], now: datetime) -> Batch:
    body = f"{source.title} was removed: all its figures of {', '.join(metrics)}.\n".encode()
    payload = Payload(source.id, f"removal of {source.id}", body, now)
    return Batch(payload, (), whole=dict.fromkeys(metrics, EVER))


def _held(store: Store, source: OwnSource) -> dict[str, list[str]]:
    """The metrics of which a source has figures in force, by framework."""
    held: dict[str, list[str]] = {}
    for name, metric in store.own_metrics():
        if name == source.id:
            rows = store.read(metric)
            for framework in rows[rows["source"] == source.id]["framework"].unique():
                held.setdefault(str(framework), []).append(metric)
    return held


def _restated(
    store: Store,
    catalog: Catalog,
    leaving: OwnSource,
    other: OwnSource,
    held: Mapping[str, Sequence[str]],
    now: datetime,
) -> OwnRun:
    """What another own source says of the periods that one leaves: it said the same, and was counted unchanged."""
    parts = []
    for (framework, metric), claims_by_days in _claims(store, catalog, other).items():
        if metric not in held.get(framework, ()):
            continue
        rows = store.read(metric, [framework])
        left = rows[rows["source"] == leaving.id]
        periods = set(zip(left["period"].dt.date, left["period_end"].dt.date, strict=True))
        for file in dict.fromkeys(payload.id for payload, _ in claims_by_days.values()):
            mine = {
                o: p for p, o in claims_by_days.values() if p.id == file and (o.period.start, o.period.end) in periods
            }
            if mine:
                payload = next(iter(mine.values()))
                answer = Payload(other.id, payload.url, payload.body or b"", now)
                parts.append(Part(framework, metric, Batch(answer, tuple(mine))))
    return OwnRun(other, RESTATED, parts)


_Claims = dict[tuple[str, str], dict[tuple[date, date], tuple[PayloadRow, Observation]]]


def _claims(store: Store, catalog: Catalog, source: OwnSource) -> _Claims:
    """What the files of a source say, each period by the last file that was about it; by framework and metric."""
    claims: _Claims = {}
    files = KeptFiles(catalog)
    runs = [run for run in store.runs(EVERY_RUN, source.id) if run.requested_at >= source.added_at]
    for payload in (p for run in reversed(runs) if run.trigger == IMPORTED for p in store.payloads(run.id)):
        if payload.body is None:
            continue
        try:
            readings = files.readings(payload)
        except (FileRefused, KeyError):
            continue  # what can no longer be read says nothing
        claims_by_days = claims.setdefault((payload.framework, payload.stream), {})
        for days in [d for d in claims_by_days if readings.days.start <= d[0] and d[1] <= readings.days.end]:
            del claims_by_days[days]
        for o in readings.of(payload.framework):
            claims_by_days[o.period.start, o.period.end] = (payload, o)
    return claims


def _write(store: Store, runs: Sequence[OwnRun], now: datetime, *, trial: bool = False) -> list[Run]:
    """Write it under the lease of those who import. Raises FileRefused for what contradicts other sources."""
    lease = acquire_lease(store, LEASE, LEASE_S, now)
    if lease is None:
        raise BusyImporting("Another process is importing or removing figures just now: try again in a moment.")
    try:
        return store.write_own(runs, now=now, lease=lease, trial=trial)
    except Contradicted as contradicted:
        raise FileRefused([Fault(0, _contradiction(c)) for c in contradicted.contradictions]) from None
    finally:
        store.release(lease)


def _contradiction(c: Contradiction) -> str:
    when = str(c.period.start) if c.period.days == 1 else f"{c.period.start} to {c.period.end}"
    return f"{c.framework}, {when}: the file has {_number(c.value)}, {c.source} has {_number(c.other_value)}"


def _number(value: float | None) -> str:
    return "not asked" if value is None else repr(value).removesuffix(".0")
