"""How old the figures of each source are, and when it is collected next.

Fresh is what the figures are, not who asked last: a run that was put off, failed almost everywhere or brought days long
past makes nothing fresh.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from answers import wording
from answers.collection.due import next_due
from answers.wording import join_words
from catalog import Catalog, Metric, Source
from storage import Run, Store

UNREACHED = frozenset({"unavailable", "rate_limited", "try_later", "refused"})  # kinds of failure
ENDED = ("ok", "partial", "failed", "aborted", "cancelled")
GOOD = ("fresh", "manual", "off")
UNASKED = ("manual", "off")  # nothing is asked of these by itself
MONTH_DAYS = 38  # after the end of a month: the next one's length, and a week until it is asked for
LOOK_BACK = timedelta(days=120)  # in which a source that is collected has a figure
STATE_WORDS = {  # the most serious first; of one, of several
    "unreachable": ("was unreachable in its last full run", "were unreachable in their last full run"),
    "stale": ("is late", "are late"),
    "never": ("has not been collected yet", "have not been collected yet"),
}

REACHED = "A later run for some frameworks worked"  # after a full one that got no answer
STATUS_WORDS = {"partial": "partly failed", "aborted": "was aborted", "cancelled": "was cancelled"}


@dataclass(frozen=True, slots=True)
class Freshness:
    """One source. `state` is fresh, stale, never (no figure of it is here), unreachable (the last whole run got no
    answer), manual (it is collected by hand, if at all) or off (a setting is missing: `note` says which, and why).

    `newest` is the last day of which more than half of its frameworks have a figure, by the metric that is furthest
    behind (of what is collected by hand the newest of all: each table ends when it ends), and `age` the time since that
    day ended. `whole_run_at` is when the last run ended that was for everything and got most of it. `undelivered` are
    the metrics that were requested in vain for as long as makes a figure late, where nothing else is late.
    """

    source: str
    state: str
    newest: date | None
    age: timedelta | None
    whole_run_at: datetime | None
    last_run: Run | None
    next_due: datetime | None
    note: str
    undelivered: tuple[str, ...] = ()


def freshness(store: Store, catalog: Catalog, now: datetime, as_of: datetime | None = None) -> tuple[Freshness, ...]:
    """Every source that this version collects, in the catalog's order; also those that are off here. As it is now, or
    as it was `as_of` a moment, by what was known then.
    """
    sources = [source for source in catalog.sources.values() if source.available or source.off]
    return tuple(_of(store, catalog, source, now, as_of) for source in sources)


def freshness_sentence(catalog: Catalog, entries: Iterable[Freshness]) -> str:
    """Whether the sources that are asked over the network are fresh, and which are not."""
    live = [e for e in entries if e.state not in UNASKED and catalog.sources[e.source].setting is not None]
    if not live:
        return "No live source is set up: the figures shown come with Uptake."
    if not any(e.newest for e in live):
        return "No source has been reached yet: the figures shown, if any, come with Uptake."
    bad = []
    for state, words in STATE_WORDS.items():
        those = [e for e in live if e.state == state]
        names = join_words(catalog.sources[e.source].title for e in those)
        bad += [f"{names} {words[len(those) > 1]}{_until(those)}."] if those else []
        bad += [f"{REACHED}: {again}."] if (again := _reached_since(catalog, those)) else []
    bad += [
        f"{catalog.sources[e.source].title} has never delivered {missing(catalog, e)}." for e in live if e.undelivered
    ]
    if not bad:
        oldest = min(e.newest for e in live if e.newest)
        return f"All live sources are up to date: each has data up to {wording.day(oldest)} or later."
    return " ".join(bad)


def worked_since(entry: Freshness) -> bool:
    """Whether a later run, for some frameworks, got an answer from a source whose last full run got none."""
    run = entry.last_run
    return entry.state == "unreachable" and run is not None and not run.whole and run.status in ("ok", "partial")


def _reached_since(catalog: Catalog, entries: Iterable[Freshness]) -> str:
    """Which of these answered a later run."""
    return join_words(catalog.sources[entry.source].title for entry in entries if worked_since(entry))


def _until(entries: Sequence[Freshness]) -> str:
    """Up to when there are data of these, the oldest."""
    newest = [entry.newest for entry in entries if entry.newest]
    return f", with data up to {wording.day(min(newest))}" if newest else ""


def missing(catalog: Catalog, entry: Freshness) -> str:
    """What a source has never delivered, in words: new GitHub stars per day."""
    return join_words(wording.phrase(catalog.metrics[name]) for name in entry.undelivered)


def _of(store: Store, catalog: Catalog, source: Source, now: datetime, as_of: datetime | None) -> Freshness:
    runs = store.runs(source=source.id, by=as_of)
    whole = store.last_whole_run(source.id, by=as_of)
    whole_run_at = whole.finished_at if whole else None
    now = as_of or now
    days = _newest(store, catalog, source, now, as_of)
    state = _state(source, runs, days, whole_run_at, now)
    undelivered = _undelivered(source, runs, days, now) if state == "fresh" else ()
    ended = (run for run in runs if run.status in ENDED and (run.whole or state != "unreachable"))
    newest = (min if source.cadence.times else max)(days.values(), default=None)
    return Freshness(
        source=source.id,
        state="stale" if undelivered else state,
        newest=newest,
        age=_age(newest, now) if newest else None,
        whole_run_at=whole_run_at,
        last_run=runs[0] if runs else None,
        next_due=next_due(source, runs, now) if source.cadence.times else None,
        note=source.off or _note(next(ended, None)),  # of the run that makes it unreachable, if one does
        undelivered=undelivered,
    )


def _newest(
    store: Store, catalog: Catalog, source: Source, now: datetime, as_of: datetime | None
) -> dict[Metric, date]:
    """By metric, the last day of which this source has a figure of more than half of the frameworks."""
    days: dict[str, list[date]] = {}
    metrics, today = [name for stream in source.streams for name in stream.metrics], now.astimezone(UTC).date()
    newest = _newest_then(store, source, metrics, as_of) if as_of else store.newest(source.id, metrics, today)
    for (metric, framework), day in newest.items():
        if framework in catalog.frameworks and not catalog.frameworks[framework].removed:
            days.setdefault(metric, []).append(day)
    reached = most_reached if source.cadence.times else max
    return {catalog.metrics[name]: reached(several) for name, several in days.items() if name in catalog.metrics}


def _newest_then(store: Store, source: Source, metrics: Sequence[str], as_of: datetime) -> dict[tuple[str, str], date]:
    """The same as `Store.newest` was at a moment: in the last months, or else ever."""
    today = as_of.astimezone(UTC).date()
    days: dict[tuple[str, str], date] = {}
    for metric in metrics:
        for since in (today - LOOK_BACK, None):
            frame = store.read(metric, dimension=None, since=since, until=today, as_of=as_of).dropna(subset=["value"])
            own = [name for name in frame["source"].unique() if name.split(":")[0] == source.id]
            frame = frame[frame["source"].isin(own)]
            ends = frame.groupby("framework")["period_end"].max()
            days |= {(metric, str(name)): end.date() for name, end in ends.items()}
            if len(ends):
                break
    return days


def _undelivered(source: Source, runs: Sequence[Run], days: Mapping[Metric, date], now: datetime) -> tuple[str, ...]:
    """The metrics without a figure whose streams failed last time, after trying for as long as makes a figure late."""
    ended = [run for run in runs if run.status in ENDED and run.whole and run.finished_at]
    if not ended or source.stale_after_days is None:
        return ()
    if now - (ended[-1].finished_at or now) <= timedelta(days=source.stale_after_days):
        return ()
    failed, delivered = {failure.stream for failure in ended[0].failures}, {metric.id for metric in days}
    return tuple(name for s in source.streams if s.name in failed for name in s.metrics if name not in delivered)


def most_reached(days: Iterable[date]) -> date:
    """The last day that more than half of these reach."""
    ordered = sorted(days, reverse=True)
    return ordered[len(ordered) // 2]


def _age(day: date, now: datetime) -> timedelta:
    """How long ago a UTC day ended; nothing while it lasts."""
    return max(now - datetime.combine(day + timedelta(days=1), time(), UTC), timedelta(0))


def _state(
    source: Source, runs: Sequence[Run], days: dict[Metric, date], whole_run_at: datetime | None, now: datetime
) -> str:
    if source.off:
        return "off"
    if not source.cadence.times:
        return "manual"
    ended = next((run for run in runs if run.status in ENDED and run.whole), None)
    if ended and ended.status == "failed" and any(f.kind in UNREACHED for f in ended.failures):
        return "unreachable"
    if not days:
        return "never"
    return "stale" if is_late(source, days, whole_run_at, now) else "fresh"


def is_late(source: Source, days: Mapping[Metric, date], whole_run_at: datetime | None, now: datetime) -> bool:
    """Whether the figures of a source are too old, or its last whole run is: the one rule of what is late. `days` are
    the last that each of its metrics reaches.
    """
    if source.stale_after_days is None:
        return False
    limit, month = timedelta(days=source.stale_after_days), timedelta(days=MONTH_DAYS)
    old = any(_age(day, now) > limit + (month if m.period == "month" else timedelta(0)) for m, day in days.items())
    return old or whole_run_at is None or now - whole_run_at > limit


def _note(ended: Run | None) -> str:
    """What the last run that ended has to say, when not all was well."""
    if ended is None or ended.status == "ok":
        return ""
    text = ended.failures[0].message if ended.failures else ended.note
    units = f" ({ended.failed} of {ended.planned} units failed)" if ended.failed > 1 else ""
    what = f"The last {'full run' if ended.whole else 'run'} {STATUS_WORDS.get(ended.status, ended.status)}{units}"
    return f"{what}: {text}" if text else f"{what}."
