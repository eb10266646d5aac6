"""What pages and API read: one read-only store per process, and answers that are computed once per store generation.

Nothing here writes. A store that cannot be read raises `StoreError`, whose sentence is what a reader sees.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from analysis.overtakes.overtake_dates import Overtake
from answers.agreement.answer import AgreementAnswer
from answers.agreement.answer import agreement as compute_agreement
from answers.anomalies.answer import Anomalies, Scan, anomalies_in, anomaly_metrics
from answers.anomalies.answer import scan as compute_scan
from answers.claims.check import CheckedClaim, ClaimAnswer, check, judge
from answers.collection.failures import OpenFailure
from answers.collection.failures import open_failures as compute_open_failures
from answers.collection.freshness import Freshness
from answers.collection.freshness import freshness as compute_freshness
from answers.events import ChartEvent
from answers.events import events as compute_events
from answers.growth.ages import AgeOrigins
from answers.growth.ages import age_origins as compute_age_origins
from answers.growth.answer import Growth
from answers.growth.answer import growth as compute_growth
from answers.json_and_csv import csv_chunks, json_chunks
from answers.leaders.answer import Leaders
from answers.leaders.answer import leaders as compute_leaders
from answers.overtakes.compare import Comparison
from answers.overtakes.compare import compare as compute_comparison
from answers.overtakes.history import Overtakes
from answers.overtakes.history import overtakes as compute_overtakes
from answers.overtakes.history import overtakes_among as compute_overtakes_among
from answers.panel import Panel
from answers.panel import panels as compute_panels
from answers.provenance import TraceAnswer
from answers.provenance import trace as compute_trace
from answers.questions import Question, SurveyQuestion, final_through
from answers.regions.answer import RegionsAnswer
from answers.regions.answer import regions as compute_regions
from answers.series.answer import SeriesAnswer
from answers.series.answer import series as compute_series
from answers.surveys.answer import Surveys
from answers.surveys.answer import surveys as compute_surveys
from catalog import Catalog, load, shipped_claims
from storage import KeptAlert, Run, Series, Store, StoreError
from uptake import data_package
from uptake.alerts.backlog import Undelivered, undelivered_alerts
from uptake.clock import SystemClock
from uptake.collection.cost import CostEstimate, cost_of
from uptake.frameworks.tracked_catalog import tracked_catalog
from uptake.health import Health
from uptake.health import health as compute_health
from uptake.scheduler.scheduler_lease import running_scheduler
from uptake.settings.permissions import permitted_catalog
from uptake.settings.settings import Settings, load_settings

P = ParamSpec("P")
T = TypeVar("T")
HOUR = timedelta(hours=1)
FOREVER = timedelta(days=365_000)  # longer than the calendar: what depends on no clock
_LOCK = threading.Lock()
_OPEN: dict[str, Store] = {}
_FILES: dict[str, tuple[int, int] | None] = {}  # which file each one was when it was opened
_CLOCK = SystemClock()
_CACHES: list[Callable[[], None]] = []  # how each answer that is kept is forgotten


def now() -> datetime:
    """The current time in UTC."""
    return _CLOCK.now()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings this process was started with."""
    return load_settings()


def store() -> Store:
    """The read-only store, opened once. Raises StoreError; a failed opening is tried again at the next call."""
    url = settings().database_url
    with _LOCK:
        file = _file(url)
        if url in _OPEN and _FILES.get(url) != file:
            _OPEN.pop(url).close()
            _forget_answers()
        if url not in _OPEN:
            _OPEN[url] = Store.open(url, read_only=True)
            _FILES[url] = file
        return _OPEN[url]


def _file(url: str) -> tuple[int, int] | None:
    """Which file a SQLite store is just now: one that was moved away would be read for ever from the open handle."""
    if not url.startswith("sqlite:///"):
        return None
    try:
        status = Path(url.removeprefix("sqlite:///")).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def forget() -> None:
    """Close the store: it is opened anew when next read. For a store that failed, and for tests."""
    with _LOCK:
        while _OPEN:
            _OPEN.popitem()[1].close()
    settings.cache_clear()
    _forget_answers()


def _forget_answers() -> None:
    for clear in _CACHES:
        clear()


@contextmanager
def reopening() -> Iterator[Store]:
    """The store for one look; if the look fails, the store is closed, so that the next one starts afresh."""
    try:
        yield store()
    except StoreError:
        with _LOCK:
            broken = _OPEN.pop(settings().database_url, None)
        if broken is not None:
            broken.close()
        raise


class Turns:
    """Who asks for the same thing takes turns; others do not wait."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: Counter[Hashable] = Counter()
        self._locks: dict[Hashable, threading.Lock] = {}

    @contextmanager
    def of(self, key: Hashable) -> Iterator[None]:
        """One thread at a time for each key."""
        with self._guard:
            self._waiting[key] += 1
            lock = self._locks.setdefault(key, threading.Lock())
        try:
            with lock:
                yield
        finally:
            with self._guard:
                self._waiting[key] -= 1
                if not self._waiting[key]:
                    del self._waiting[key], self._locks[key]


def memoized(most: int, step: timedelta = HOUR) -> Callable[[Callable[Concatenate[datetime, P], T]], Callable[P, T]]:
    """Keep a function's `most` last results until something is written to the store or the next `step` begins.

    The function takes the time at which the step began, in UTC, before its own arguments, which must be hashable; who
    calls it leaves that out. Few and bounded, since an answer may have 50,000 rows. Who asks the same while it is
    worked out waits and gets that. A StoreError closes the store, so that the next call opens it afresh.
    """

    def decorate(compute: Callable[Concatenate[datetime, P], T]) -> Callable[P, T]:
        turns = Turns()

        @lru_cache(maxsize=most)
        def result(_url: str, _generation: int, began: datetime, *args: Any, **kwargs: Any) -> T:
            return compute(began, *args, **kwargs)

        @wraps(compute)
        def cached(*args: P.args, **kwargs: P.kwargs) -> T:
            with reopening() as opened:
                key = (settings().database_url, opened.generation(), _began(step))
                with turns.of((*key, args, tuple(sorted(kwargs.items())))):
                    return result(*key, *args, **kwargs)  # type: ignore[arg-type] # hashable, as said above

        _CACHES.append(result.cache_clear)
        return cached

    return decorate


def _began(step: timedelta) -> datetime:
    """When the current step began: the last whole hour, minute, ten seconds."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (now() - epoch) // step * step


@memoized(1)
def cache_key(hour: datetime) -> tuple[str, int, datetime]:
    """The store's address, its generation and the hour: while it stays the same, so does every answer."""
    return settings().database_url, store().generation(), hour


def catalog() -> Catalog:
    """What there can be figures of: the catalog and the user's own frameworks, those no longer tracked marked so.

    Without a store that can be read it is the catalog alone: whoever needs the store says what is wrong with it.
    """
    try:
        return _tracked_catalog()
    except StoreError:
        return permitted_catalog(load(), settings())


@memoized(2, FOREVER)
def _tracked_catalog(_: datetime) -> Catalog:
    return permitted_catalog(tracked_catalog(load(), store(), removed=True), settings())


@memoized(2, FOREVER)
def series_extents(_: datetime) -> tuple[Series, ...]:
    """Every series with its first and last day."""
    return tuple(store().series())


# The answers, each as `answers` has it. All but `claims` and `events` raise QuestionError for what cannot be answered.


@memoized(48)
def series(hour: datetime, question: Question) -> SeriesAnswer:
    """How a metric developed."""
    return compute_series(store(), catalog(), question, hour)


@memoized(8)
def series_csv(_hour: datetime, question: Question) -> bytes:
    """The same as CSV, UTF-8."""
    return b"".join(csv_chunks(series(question)))


@memoized(4)
def series_json(_hour: datetime, question: Question) -> bytes:
    """The same as JSON, UTF-8."""
    return b"".join(json_chunks(series(question)))


@memoized(32)
def growth(hour: datetime, question: Question) -> Growth:
    """How fast the frameworks of a question grew."""
    return compute_growth(store(), catalog(), question, hour)


@memoized(32)
def age_origins(hour: datetime, frameworks: tuple[str, ...], by: str, as_of: datetime | None) -> AgeOrigins:
    """Since when the ages of frameworks count."""
    return compute_age_origins(store(), catalog(), frameworks, hour, by, as_of)


@memoized(128)
def compare(hour: datetime, a: str, b: str, on: date | None, as_of: datetime | None, metric: str = "") -> Comparison:
    """Who leads, a or b, by each metric or one, and since when."""
    return compute_comparison(store(), catalog(), a, b, hour, on=on, as_of=as_of, metric=metric)


@memoized(16)
def panels(hour: datetime, a: str, b: str, as_of: datetime | None) -> dict[str, Panel]:
    """Both frameworks by every metric that has both: what `compare` judges by, for charts of it."""
    return compute_panels(store(), catalog(), (a, b), final_through(hour, as_of), as_of)


@memoized(8)
def overtakes(
    hour: datetime,
    metric: str | None,
    frameworks: tuple[str, ...],
    since: date | None,
    as_of: datetime | None,
    *,
    held: bool,
    every: bool = False,
) -> Overtakes:
    """The overtakes of every pair."""
    return compute_overtakes(store(), catalog(), hour, metric, frameworks, since, as_of, held=held, every=every)


@memoized(64)
def overtakes_among(
    hour: datetime, metric: str, frameworks: tuple[str, ...], as_of: datetime | None
) -> tuple[Overtake, ...]:
    """The overtakes between frameworks by one metric."""
    return compute_overtakes_among(store(), catalog(), hour, metric, frameworks, as_of)


@memoized(128)
def claim(hour: datetime, sentence: str, on: date | None, as_of: datetime | None) -> CheckedClaim:
    """A sentence, checked."""
    return check(store(), catalog(), sentence, hour, on=on, as_of=as_of)


@memoized(2)
def claims(hour: datetime) -> tuple[ClaimAnswer, ...]:
    """The claims that come with the program, judged as of the day they were said and as of today."""
    return judge(store(), catalog(), shipped_claims(), hour)


@memoized(32)
def agreement(
    hour: datetime,
    x: str,
    y: str,
    frameworks: tuple[str, ...],
    on: date | None,
    as_of: datetime | None,
    months: int = 0,
) -> AgreementAnswer:
    """How alike two metrics rank the frameworks."""
    return compute_agreement(
        store(), catalog(), hour, x=x, y=y, frameworks=frameworks, on=on, as_of=as_of, months=months
    )


@memoized(32)
def regions(
    hour: datetime, frameworks: tuple[str, ...], europe: str, on: date | None, as_of: datetime | None
) -> RegionsAnswer:
    """Frameworks by place, edition by edition."""
    return compute_regions(store(), catalog(), frameworks, hour, europe=europe, on=on, as_of=as_of)


@memoized(48)
def surveys(hour: datetime, question: SurveyQuestion) -> Surveys:
    """What changed between editions, and where groups differ."""
    return compute_surveys(store(), catalog(), question, hour)


@memoized(32)
def _scan(hour: datetime, metric: str, as_of: datetime | None) -> Scan:
    return compute_scan(store(), catalog(), metric, hour, as_of)


def anomalies(
    metrics: tuple[str, ...],
    frameworks: tuple[str, ...],
    since: date | None,
    until: date | None,
    as_of: datetime | None,
) -> Anomalies:
    """Which days are unusual. The series are scanned once, metric by metric."""
    scans = [_scan(metric, as_of) for metric in anomaly_metrics(catalog(), metrics)]
    return anomalies_in(catalog(), scans, now(), frameworks, since, until, as_of)


@memoized(64)
def leaders(
    hour: datetime, frameworks: tuple[str, ...], on: date | None = None, as_of: datetime | None = None
) -> Leaders:
    """Who leads, by each metric."""
    return compute_leaders(store(), catalog(), frameworks, hour, on, as_of)


@memoized(32)
def events(_hour: datetime, frameworks: tuple[str, ...]) -> tuple[ChartEvent, ...]:
    """Releases, notes and known breaks of these frameworks (none: all)."""
    return compute_events(store(), catalog(), frameworks)


@memoized(64, timedelta(seconds=10))
def cost_estimate(moment: datetime, source: str, frameworks: tuple[str, ...]) -> CostEstimate:
    """What collecting a source now would cost."""
    return cost_of(store(), load(), source, frameworks, moment)


@memoized(4, timedelta(minutes=1))  # a run that brought nothing new counts too
def late_sources(minute: datetime) -> dict[str, Freshness]:
    """The sources that are late or could not be reached, by id."""
    return {f.source: f for f in compute_freshness(store(), catalog(), minute) if f.state in ("stale", "unreachable")}


# What is read anew each time.


def trace(metric: str, framework: str, dimension: str, period: date) -> TraceAnswer:
    """Where a number comes from. Raises QuestionError if there is none."""
    with reopening() as opened:
        return compute_trace(opened, catalog(), metric, framework, dimension, period)


def active_runs() -> list[Run]:
    """The runs that wait or go on, the latest first."""
    with reopening() as opened:
        return [run for run in opened.runs(limit=50) if run.status in ("requested", "running")]


def alerts(most: int, *, silent: bool = False) -> list[KeptAlert]:
    """What happened, the latest first; with `silent` also what was sent to nobody."""
    with reopening() as opened:
        return opened.alerts(most, include_silent=silent)


def undelivered() -> Undelivered:
    """What waits to be delivered, and why."""
    with reopening() as opened:
        return undelivered_alerts(opened)


def health() -> Health:
    """Whether the installation is well."""
    with reopening() as opened:
        return compute_health(opened, catalog(), now())


def open_failures() -> tuple[OpenFailure, ...]:
    """What waits for somebody to look at it."""
    with reopening() as opened:
        return compute_open_failures(opened, catalog())


def scheduler_runs() -> bool:
    """Whether a scheduler holds its lease now."""
    with reopening() as opened:
        return running_scheduler(opened, now()) is not None


def package(question: Question) -> bytes:
    """The data package of a question, zipped. Raises QuestionError."""
    with reopening() as opened:
        return data_package.package(opened, catalog(), [question], _began(HOUR))


def freshness() -> tuple[Freshness, ...]:
    """How old each source is, right now."""
    with reopening() as opened:
        return tuple(compute_freshness(opened, catalog(), now()))
