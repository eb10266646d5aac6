"""What a run is to ask, and in which order: a source's streams one after the other, each for every framework.

Streams come in the order in which the catalog declares them, so that what must be seen today is seen before a backfill
spends the budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from catalog import Catalog, Framework, Source, Stream
from collectors._runtime.contract import Task
from collectors._runtime.errors import Forgotten
from storage import Run, Store

HISTORY = 50  # runs of a source that are looked at
ABSENT = timedelta(days=7)  # how long a name that the source has never known is not asked for again
CHAIN = timedelta(days=1)  # work left undone for longer than this is not gone on with, but begun anew


class Scope(Protocol):
    """What a run is for, as far as it says: no framework named means all, no bound means all days."""

    @property
    def frameworks(self) -> tuple[str, ...]: ...
    @property
    def since(self) -> date | None: ...
    @property
    def until(self) -> date | None: ...
    @property
    def full(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Unit:
    """One framework in one stream. `name` is what the source calls the framework."""

    framework: Framework
    stream: Stream
    name: str


def planned(catalog: Catalog, source: Source, scope: Scope, today: date) -> list[Unit]:
    """The units of a run: those streams that reach its days, each for every framework of the scope that the source has.

    Raises Forgotten if no stream can: the source would answer with something else.
    """
    streams = [stream for stream in source.streams if not _oldest_unknown(stream, scope, today)]
    if source.streams and not streams:
        oldest = min(filter(None, (_oldest_unknown(stream, scope, today) for stream in source.streams)))
        raise Forgotten(f"{source.title} has nothing before {oldest}: choose {oldest} or later.")
    keys = scope.frameworks or tuple(catalog.frameworks)
    frameworks = [f for key in keys if (f := catalog.frameworks.get(key)) and source.id in f.ids]
    named = ((f, stream, source.name_in(stream, f)) for stream in streams for f in frameworks)
    return [Unit(f, stream, name) for f, stream, name in named if name is not None]


def _oldest_unknown(stream: Stream, scope: Scope, today: date) -> date | None:
    """The first day of a stream, if the window begins or ends before it; None if all is well."""
    if stream.memory_days is None:
        return None
    oldest = today - timedelta(days=stream.memory_days)
    return oldest if any(bound is not None and bound < oldest for bound in (scope.since, scope.until)) else None


def task_of(store: Store, source: Source, unit: Unit, scope: Scope, now: datetime) -> Task:
    """A unit with all that is known of it."""
    cursors = {s.name: store.cursor(source.id, unit.framework.id, s.name) for s in source.streams}
    own = cursors.pop(unit.stream.name)
    bounds = (scope.since, scope.until, scope.full)
    return Task(unit.framework, unit.stream.name, unit.name, now, own, *bounds, beside=cursors)


def begun_at(store: Store, source: str, now: datetime, *, full: bool, run: int | None = None) -> datetime | None:
    """When the work began that a run at `now` goes on with: the earliest of the unfinished runs right before it.

    `run` is its number if it has one. What was answered since then is not asked again, however many windows of a small
    budget the work takes.
    """
    began = None
    for earlier in store.runs(HISTORY, source):
        if (run is not None and earlier.id >= run) or earlier.status == "requested":
            continue
        started = earlier.started_at
        if not _unfinished(earlier) or started is None or (full and not earlier.full):
            break
        if now - started > CHAIN:
            break
        began = started
    return began


def _unfinished(run: Run) -> bool:
    cut_short = run.status == "partial" and run.done < run.planned
    return cut_short or run.status in ("aborted", "running")


def absence(unit: Unit, now: datetime) -> dict[str, object]:
    """The cursor of a unit whose name the source has never known."""
    return {"absent_at": now.isoformat(), "name": unit.name}


def asked_again_on(cursor: Mapping[str, object], unit: Unit, now: datetime) -> date | None:
    """When a name that the source has never known is asked for again; None: now."""
    at = cursor.get("absent_at")
    again = datetime.fromisoformat(at) + ABSENT if isinstance(at, str) and cursor.get("name") == unit.name else now
    return again.date() if now < again <= now + ABSENT else None


def is_current(
    cursor: Mapping[str, object], stream: Stream, now: datetime, *, began: datetime | None, full: bool
) -> bool:
    """Whether the unit was answered so lately that asking again would be impolite, or earlier in the same work.

    A stream of present values only is asked again on a new day however short ago that was: each day is to be seen.
    """
    asked_at = cursor.get("asked_at")
    if not isinstance(asked_at, str):
        return False
    at = datetime.fromisoformat(asked_at)
    if at > now or (stream.memory_days == 0 and at.date() != now.date()):
        return False
    if began is not None and at >= began:
        return True
    return not full and now - at < timedelta(minutes=stream.ask_again_after_min)
