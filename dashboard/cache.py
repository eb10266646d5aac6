"""What pages and API read: one read-only store per process, and answers that are computed once per store generation.

Nothing here writes. A store that cannot be read raises `StoreError`, whose sentence is what a reader sees.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from answers.agreement.answer import AgreementAnswer
from answers.agreement.answer import agreement as answer_use
from answers.anomalies.answer import Anomalies, Scan, anomalies_in, anomaly_metrics, scan
from answers.claims.check import CheckedClaim, ClaimAnswer, check, judge
from answers.events import ChartEvent, events
from answers.failures import OpenFailure
from answers.failures import open_failures as answer_alarms
from answers.freshness import Freshness
from answers.freshness import freshness as answer_freshness
from answers.growth.ages import AgeOrigins
from answers.growth.ages import age_origins as answer_births
from answers.growth.answer import Growth
from answers.growth.answer import growth as answer_growth
from answers.leaders import Leaders
from answers.leaders import leaders as answer_leaders
from answers.overtakes.compare import Comparison
from answers.overtakes.compare import compare as answer_compare
from answers.overtakes.history import Overtakes
from answers.overtakes.history import overtakes as answer_overtakes
from answers.panel import Panel, panels
from answers.provenance import TraceAnswer
from answers.provenance import trace as answer_trace
from answers.question import Question, SurveyQuestion, final_through
from answers.regions.answer import RegionsAnswer
from answers.regions.answer import regions as placed
from answers.series.answer import SeriesAnswer
from answers.series.answer import series as answer_series
from answers.surveys.answer import Surveys
from answers.surveys.answer import surveys as answer_surveys
from catalog import Catalog, load, shipped_claims
from storage import KeptAlert, Series, Store, StoreError
from uptake import data_package as packaging
from uptake.alerts.detection import Undelivered, undelivered_alerts
from uptake.clock import SystemClock
from uptake.collection.cost import CostEstimate, cost_of
from uptake.frameworks.tracked import tracked
from uptake.settings.table import Settings, load_settings

T = TypeVar("T")
_LOCK = threading.Lock()
_OPEN: dict[str, Store] = {}
_FILES: dict[str, tuple[int, int] | None] = {}  # which file each one was when it was opened
_CLOCK = SystemClock()


def now() -> datetime:
    """The current time in UTC."""
    return _CLOCK.now()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings this process was started with."""
    return load_settings()


def catalog() -> Catalog:
    """What there can be figures of: the catalog and the user's own frameworks, those no longer tracked marked so.

    Without a store that can be read it is the catalog alone: whoever needs the store says what is wrong with it.
    """
    try:
        with reopening() as known:
            return _tracked(settings().database_url, known.generation())
    except StoreError:
        return load()


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
        found = Path(url.removeprefix("sqlite:///").partition("?")[0]).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def forget() -> None:
    """Close the store: it is opened anew when next read. For a store that failed, and for tests."""
    with _LOCK:
        while _OPEN:
            _OPEN.popitem()[1].close()
    settings.cache_clear()
    _forget_answers()


def _forget_answers() -> None:
    kept = (_series, _compare, _leaders, _marks, _price, _spans, _tracked, _duels, _checked, _claims, _use)
    for cache in (*kept, _regions, _surveys, _overtakes, _births, _growth, _looked, _stale):
        cache.cache_clear()


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


def series(question: Question) -> SeriesAnswer:
    """`answers.series` now, computed once until something is written or a new hour begins."""
    return _cached(_series, question)


def growth(question: Question) -> Growth:
    """`answers.growth`: how fast the frameworks of a question grew, cached likewise. Raises QuestionError."""
    return _cached(_growth, question)


def births(frameworks: tuple[str, ...], by: str, as_of: datetime | None) -> AgeOrigins:
    """Since when the ages of frameworks count, cached likewise. Raises QuestionError."""
    return _cached(_births, frameworks, by, as_of)


def compare(a: str, b: str, on: date | None, as_of: datetime | None) -> Comparison:
    """`answers.compare` now, cached likewise."""
    return _cached(_compare, a, b, on, as_of)


def overtakes(
    metric: str | None, frameworks: tuple[str, ...], since: date | None, as_of: datetime | None, *, held: bool
) -> Overtakes:
    """`answers.overtakes`: every one that is known, cached likewise. Raises QuestionError."""
    return _cached(_overtakes, metric, frameworks, since, as_of, held)


def duels(a: str, b: str, as_of: datetime | None) -> Mapping[str, Panel]:
    """Both frameworks by every metric that knows them: what `compare` judges by, for charts of it."""
    return _cached(_duels, a, b, as_of)


def checked(claim: str, on: date | None, as_of: datetime | None) -> CheckedClaim:
    """A sentence, checked; cached likewise. Raises QuestionError for one that is not understood."""
    return _cached(_checked, claim, on, as_of)


def use(
    x: str, y: str, frameworks: tuple[str, ...], on: date | None, as_of: datetime | None, months: int = 0
) -> AgreementAnswer:
    """`answers.use`: how alike two metrics rank the frameworks, cached likewise. Raises QuestionError."""
    return _cached(_use, x, y, frameworks, on, as_of, months)


def regions(frameworks: tuple[str, ...], europe: str, on: date | None, as_of: datetime | None) -> RegionsAnswer:
    """`answers.regions`: frameworks by place, edition by edition, cached likewise. Raises QuestionError."""
    return _cached(_regions, frameworks, europe, on, as_of)


def anomalies(
    metrics: tuple[str, ...],
    frameworks: tuple[str, ...],
    since: date | None,
    until: date | None,
    as_of: datetime | None,
) -> Anomalies:
    """`answers.anomalies`: what looks odd. The series are looked through once, metric by metric; cached likewise."""
    known = catalog()
    looked = [_cached(_looked, metric, as_of) for metric in anomaly_metrics(known, metrics)]
    return anomalies_in(known, looked, frameworks, since, until, as_of)


def surveys(question: SurveyQuestion) -> Surveys:
    """`answers.surveys`: what changed and where groups differ, cached likewise. Raises QuestionError."""
    return _cached(_surveys, question)


def claims() -> tuple[ClaimAnswer, ...]:
    """The claims that come with the program, judged as of the day they were said and as of today; cached likewise."""
    return _cached(_claims)


def leaders(frameworks: tuple[str, ...]) -> Leaders:
    """`answers.leaders` now, cached likewise."""
    return _cached(_leaders, frameworks)


def marks(frameworks: tuple[str, ...]) -> tuple[ChartEvent, ...]:
    """`answers.events` of these frameworks, cached likewise."""
    return _cached(_marks, frameworks)


def trace(metric: str, framework: str, dimension: str, period: date) -> TraceAnswer:
    """`answers.trace`: where a number comes from. Raises QuestionError if there is none."""
    with reopening() as known:
        return answer_trace(known, catalog(), metric, framework, dimension, period)


def alerts(most: int, *, silent: bool = False) -> list[KeptAlert]:
    """What happened, the latest found first; with `silent` also what was told to nobody."""
    with reopening() as known:
        return known.alerts(most, include_silent=silent)


def undelivered() -> Undelivered:
    """What waits to be told, and why."""
    with reopening() as known:
        return undelivered_alerts(known)


def alarms() -> tuple[OpenFailure, ...]:
    """`answers.alarms`: what waits for somebody to look at it."""
    with reopening() as known:
        return answer_alarms(known, catalog())


def price(source: str, frameworks: tuple[str, ...]) -> CostEstimate:
    """What collecting a source now would cost, computed once in ten seconds."""
    with reopening() as known:
        moment = now()
        beat = moment.replace(second=moment.second // 10 * 10, microsecond=0)
        return _price(settings().database_url, known.generation(), beat, source, frameworks)


def package(question: Question) -> bytes:
    """The data package of a question, zipped. Raises QuestionError."""
    hour = now().replace(minute=0, second=0, microsecond=0)
    with reopening() as known:
        return packaging.package(known, catalog(), [question], hour)


def spans() -> tuple[Series, ...]:
    """Every series with its first and last day, read once until something is written."""
    with reopening() as known:
        return _spans(settings().database_url, known.generation())


def freshness() -> tuple[Freshness, ...]:
    """How old each source is, right now."""
    with reopening() as known:
        return tuple(answer_freshness(known, catalog(), now()))


def stale() -> dict[str, timedelta]:
    """How long ago the sources were collected that are due for longer than they may be, by id."""
    with reopening():
        return _stale(settings().database_url, now().replace(second=0, microsecond=0))


def edition() -> tuple[str, int, datetime]:
    """The store's address, its generation and the hour: while it stays the same, so does every answer."""
    with reopening() as known:
        return settings().database_url, known.generation(), now().replace(minute=0, second=0, microsecond=0)


def _cached(answer: Callable[..., T], *asked: object) -> T:
    """Ask with the store's address, generation and the hour in the key, besides everything that was asked."""
    with reopening():
        return answer(*edition(), *asked)


# Those below take url, generation and hour for the cache's key. Few and bounded: an answer may have 50,000 rows.


@lru_cache(maxsize=32)
def _looked(_url: str, _generation: int, hour: datetime, metric: str, as_of: datetime | None) -> Scan:
    return scan(store(), catalog(), metric, hour, as_of)


@lru_cache(maxsize=48)
def _series(_url: str, _generation: int, hour: datetime, question: Question) -> SeriesAnswer:
    return answer_series(store(), catalog(), question, hour)


@lru_cache(maxsize=32)
def _births(
    _url: str, _generation: int, hour: datetime, frameworks: tuple[str, ...], by: str, as_of: datetime | None
) -> AgeOrigins:
    return answer_births(store(), catalog(), frameworks, hour, by, as_of)


@lru_cache(maxsize=32)
def _growth(_url: str, _generation: int, hour: datetime, question: Question) -> Growth:
    return answer_growth(store(), catalog(), question, hour)


@lru_cache(maxsize=128)
def _compare(
    _url: str, _generation: int, hour: datetime, a: str, b: str, on: date | None, as_of: datetime | None
) -> Comparison:
    return answer_compare(store(), catalog(), a, b, hour, on=on, as_of=as_of)


@lru_cache(maxsize=8)
def _overtakes(
    _url: str, _generation: int, hour: datetime, metric: str | None, frameworks: tuple[str, ...], since: date | None,
    as_of: datetime | None, held: bool,
) -> Overtakes:  # fmt: skip
    return answer_overtakes(store(), catalog(), hour, metric, frameworks, since, as_of, held=held)


@lru_cache(maxsize=16)
def _duels(_url: str, _generation: int, hour: datetime, a: str, b: str, as_of: datetime | None) -> dict[str, Panel]:
    return panels(store(), catalog(), (a, b), final_through(hour, as_of), as_of)


@lru_cache(maxsize=128)
def _checked(
    _url: str, _generation: int, hour: datetime, claim: str, on: date | None, as_of: datetime | None
) -> CheckedClaim:
    return check(store(), catalog(), claim, hour, on=on, as_of=as_of)


@lru_cache(maxsize=32)
def _use(
    _url: str, _generation: int, hour: datetime, x: str, y: str, frameworks: tuple[str, ...], on: date | None,
    as_of: datetime | None, months: int,
) -> AgreementAnswer:  # fmt: skip
    return answer_use(store(), catalog(), hour, x=x, y=y, frameworks=frameworks, on=on, as_of=as_of, months=months)


@lru_cache(maxsize=32)
def _regions(
    _url: str, _generation: int, hour: datetime, frameworks: tuple[str, ...], europe: str, on: date | None,
    as_of: datetime | None,
) -> RegionsAnswer:  # fmt: skip
    return placed(store(), catalog(), frameworks, hour, europe=europe, on=on, as_of=as_of)


@lru_cache(maxsize=48)
def _surveys(_url: str, _generation: int, hour: datetime, question: SurveyQuestion) -> Surveys:
    return answer_surveys(store(), catalog(), question, hour)


@lru_cache(maxsize=2)
def _claims(_url: str, _generation: int, hour: datetime) -> tuple[ClaimAnswer, ...]:
    return judge(store(), catalog(), shipped_claims(), hour)


@lru_cache(maxsize=64)
def _leaders(_url: str, _generation: int, hour: datetime, frameworks: tuple[str, ...]) -> Leaders:
    return answer_leaders(store(), catalog(), frameworks, hour)


@lru_cache(maxsize=32)
def _marks(_url: str, _generation: int, _hour: datetime, frameworks: tuple[str, ...]) -> tuple[ChartEvent, ...]:
    return events(store(), catalog(), frameworks)


@lru_cache(maxsize=64)
def _price(_url: str, _generation: int, beat: datetime, source: str, frameworks: tuple[str, ...]) -> CostEstimate:
    return cost_of(store(), load(), source, frameworks, beat)


@lru_cache(maxsize=4)
def _stale(_url: str, minute: datetime) -> dict[str, timedelta]:  # a run that found nothing new counts too
    known = load().sources
    may = {name: one.stale_after_days for name, one in known.items() if one.cadence.times and one.stale_after_days}
    told = {f.source: f.age for f in answer_freshness(store(), catalog(), minute) if f.age is not None}
    return {name: told[name] for name, days in may.items() if name in told and told[name] > timedelta(days=days)}


@lru_cache(maxsize=2)
def _spans(_url: str, _generation: int) -> tuple[Series, ...]:
    return tuple(store().series())


@lru_cache(maxsize=2)
def _tracked(_url: str, _generation: int) -> Catalog:
    return tracked(load(), store(), removed=True)
