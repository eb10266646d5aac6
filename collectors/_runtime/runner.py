"""The runner: collects one source stream by stream and framework by framework, committing every batch as it comes.

A unit that fails is recorded and the others go on; what cannot get better by asking further (a refused token, a dead
service, a spent budget) ends the run early, and fails or defers every unit that was left. For each run
`planned = stored + unchanged + failed + deferred` units.

The cursor of a unit carries two words of the runner's own beside the source's: `asked_at` and `observations`. They
are set with the last batch of a unit (a source marks every earlier one by `more: true` in its cursor), so that a unit
that was answered a moment ago is not asked again. `confirmed: n` in a cursor counts n observations as unchanged that
the source vouched for without repeating them; it is not kept.
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import cast

import collectors
from catalog import Catalog, Source
from collectors._runtime.contract import Answer, Collect, Fetch
from collectors._runtime.errors import (
    CollectError,
    Empty,
    Gone,
    Interrupted,
    RateLimited,
    Refused,
    Replaced,
    TryLater,
    Unavailable,
)
from collectors._runtime.held_lease import Busy, HeldLease, held_lease
from collectors._runtime.http.budget import STREAM as BUDGET
from collectors._runtime.http.budget import Budget, who_asks
from collectors._runtime.http.client import Access, Clock, Http
from collectors._runtime.http.shared_answers import SharedAnswers
from collectors._runtime.plan import Unit, absence, asked_again_on, begun_at, is_current, planned, task_of
from collectors._runtime.source_module import SourceModule, source_module
from storage import Batch, Counts, Failure, Lease, LeaseLost, Run, Store, StoreBusy, StoreError

log = logging.getLogger(__name__)

# So many frameworks in a row with the same trouble, and the source is not asked any further in this run.
PATIENCE: Mapping[type[CollectError], int] = {Refused: 2, Unavailable: 3}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: units `done` of `planned`, the one in hand, observations so far, and why it waits (or "")."""

    done: int
    planned: int
    framework: str
    stream: str
    counts: Counts
    note: str = ""


def sources() -> tuple[str, ...]:
    """The ids of all sources that have a collector: the public modules of this package."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(collectors.__path__) if not m.name.startswith("_")))


def collect_source(
    store: Store,
    catalog: Catalog,
    source_id: str,
    run: Run,
    *,
    access: Access | None,
    clock: Clock,
    holder: str,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Run:
    """Collect one source for a running `run`, and finish the run as ok, partial, failed, cancelled or aborted.

    `access` may be None for a source without network. `stop` is polled between batches and while waiting: when it
    turns true the unit in hand is finished and the run is marked partial.

    Raises StoreError only if the store cannot even take the end of the run.
    """
    watcher, stopped = on_progress or (lambda _: None), stop or (lambda: False)
    collection = CollectionRun(store, catalog, run, clock, on_progress=watcher, stop=stopped)

    def work() -> None:
        source, module = _available_source(catalog, source_id)
        collection.plan(source)
        with (
            held_lease(store, f"collect:{source_id}", holder, clock, collection.ended) as held,
            _fetcher(store, held, source, module, access, clock, collection) as fetch,
        ):
            shared = SharedAnswers(fetch, module.extract, collection.names)
            collection.go(source, module.collect, lambda stream: shared if module.is_shared(stream) else fetch, held)

    return carried_out(collection, source_id, work)


def carried_out(collection: CollectionRun, source_id: str, work: Callable[[], None]) -> Run:
    """Do the work of a run and finish the run as what it was, however the work ends."""
    try:
        work()
    except Interrupted:
        pass  # the run has its reason already
    except Busy as error:
        collection.fail_whole(
            "busy", f"{source_id} is already being collected by {error.holder}: wait for that run to finish."
        )
    except CollectError as error:
        collection.fail_rest(error)
    except LeaseLost as error:
        collection.fail_whole("lease", str(error))
        return collection.finish("aborted")
    except StoreError as error:
        collection.fail_whole("store", str(error))
    except BaseException:
        collection.fail_whole("aborted", "The process ended during the run; the next run collects the rest.")
        collection.finish("aborted")
        raise
    return collection.finish()


class CollectionRun:
    """The state of one run: what is planned, what was done, and why it ended."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        run: Run,
        clock: Clock,
        *,
        on_progress: Callable[[Progress], None],
        stop: Callable[[], bool],
    ) -> None:
        self._store, self._catalog, self._run, self._clock = store, catalog, run, clock
        self._on_progress, self._stop = on_progress, stop
        self._held: HeldLease | None = None
        self._units: list[Unit] = []
        self._unit: Unit | None = None
        self._began: datetime | None = None
        self._lost: dict[str, CollectError] = {}
        self._done = 0
        self._counts = Counts()
        self._failures: list[Failure] = []
        self._trouble: tuple[type[CollectError], set[str]] = (CollectError, set())
        self._deferred_until: datetime | None = None
        self._reason = ""  # why it ended early: "cancelled", "stopped", "deferred"
        self._remarks: list[str] = []

    # -------------------------------------------------------------- planning

    def plan(self, source: Source) -> None:
        """What this run is to ask, and since when the work it goes on with has been under way."""
        run, now = self._run, self._clock.now().astimezone(UTC)
        self._units = planned(self._catalog, source, run, now.date())
        self._began = begun_at(self._store, source.id, now, full=run.full, run=run.id)
        self.report()

    # ------------------------------------------------------------ collecting

    def go(self, source: Source, collect: Collect, fetch_in: Callable[[str], Fetch], held: HeldLease) -> None:
        """Unit after unit, until all are done or there is a reason to end. `fetch_in` is what a stream asks with."""
        self._held = held
        for unit in self._units:
            if self.ended():
                return
            self._unit = unit
            self._attempt(source, unit, collect, fetch_in(unit.stream.name))
            self.report()

    @property
    def names(self) -> tuple[str, ...]:
        """What the source calls the frameworks of this run, each once."""
        return tuple(dict.fromkeys(unit.name for unit in self._units))

    def _attempt(self, source: Source, unit: Unit, collect: Collect, fetch: Fetch) -> None:
        lost = self._lost.get(unit.framework.id)
        if lost is not None:  # what the name stands for now is not what we follow, or it is not there at all
            self._fail(unit, lost.kind, str(lost))
            self._done += 1
            return
        try:
            self._collect(source, unit, collect, fetch)
            self._trouble = (CollectError, set())
        except (Interrupted, RateLimited, StoreError) as error:
            if not isinstance(error, StoreBusy):
                raise
            self._fail(unit, "store", str(error))
        except CollectError as error:
            self._fail(unit, error.kind, str(error))
            if isinstance(error, (Gone, Replaced)):
                self._lost[unit.framework.id] = error
            if isinstance(error, (Gone, Empty)):
                self._note_absence(source, unit)
            self._weigh(unit, error)
        except Exception as error:
            # a fault of ours must not cost the others; its text may quote an answer, so it only goes to the log
            log.exception("the collector of %s failed on %s", source.id, unit.framework.id)
            self._fail(unit, "bug", f"The collector failed ({type(error).__name__}): see the log.")
        self._done += 1

    def _collect(self, source: Source, unit: Unit, collect: Collect, fetch: Fetch) -> None:
        task = task_of(self._store, source, unit, self._run, self._clock.now().astimezone(UTC))
        if not self._windowed and is_current(
            task.cursor, unit.stream, task.now, began=self._began, full=self._run.full
        ):
            self._counts += Counts(unchanged=_number(task.cursor.get("observations")))
            return
        again = asked_again_on(task.cursor, unit, task.now)
        if again and not self._run.full and not self._run.frameworks:
            raise Gone(
                f"{source.title} has never had {unit.name}; the next attempt is on {again}, or when collected by name."
            )
        total = batches = 0
        for batch in collect(task, fetch):
            confirmed = _number((batch.cursor or {}).get("confirmed"))
            batches, total = batches + 1, total + len(batch.observations) + confirmed
            self._counts += Counts(unchanged=confirmed)
            self._check(batch, unit)
            self._write(unit, self._stamped(batch, total))
            if (batch.cursor or {}).get("more"):
                self._pause()
        if batches == 0 and source.setting is not None and not self._windowed:
            raise Empty(f"{source.title} sent nothing about {unit.name}, which is not zero.")

    def _note_absence(self, source: Source, unit: Unit) -> None:
        """Remember that the source does not know a name, if it never has."""
        place, now = (source.id, unit.framework.id, unit.stream.name), self._clock.now().astimezone(UTC)
        cursor = self._store.cursor(*place)
        if not cursor or ("absent_at" in cursor and asked_again_on(cursor, unit, now) is None):
            self._store.remember(*place, absence(unit, now), lease=self._lease)

    @property
    def _windowed(self) -> bool:
        return self._run.since is not None or self._run.until is not None

    def _pause(self) -> None:
        """Between two batches of a unit: what is in stays, and the next run goes on from there."""
        self.report()
        if self.ended():
            raise Interrupted("Stopped between two pages.")

    def _write(self, unit: Unit, batch: Batch) -> None:
        place = (unit.framework.id, unit.stream.name)
        self._counts += self._store.write(self._run.id, *place, batch, lease=self._lease)
        self._beat()

    @property
    def _lease(self) -> Lease | None:
        return self._held.lease if self._held else None

    def _stamped(self, batch: Batch, total: int) -> Batch:
        """The batch with what this run wants of it, its cursor saying when the unit was answered whole."""
        since, until = self._run.since, self._run.until
        if self._windowed:
            # a part of the days says nothing about where to resume
            wanted = tuple(o for o in batch.observations if _within(o.period.start, o.period.end, since, until))
            events = tuple(e for e in batch.events if _within(e.day, e.day, since, until))
            whole = {metric: part for metric, days in batch.whole.items() if (part := days.within(since, until))}
            return replace(batch, observations=wanted, cursor=None, events=events, whole=whole)
        cursor = dict(batch.cursor or {})
        cursor.pop("confirmed", None)
        if not cursor.pop("more", False):
            cursor |= {"asked_at": batch.payload.fetched_at.isoformat(), "observations": total}
        return replace(batch, cursor=cursor)

    def _check(self, batch: Batch, unit: Unit) -> None:
        """A source may only say what its catalog entry declares."""
        for o in batch.observations:
            key = o.dimension.partition("=")[0]
            declared = self._catalog.metrics[o.metric].dimensions if o.metric in unit.stream.metrics else ()
            if o.metric not in unit.stream.metrics or o.framework != unit.framework.id or (key and key not in declared):
                raise ValueError(f"{unit.stream.name} yielded {o.metric} {o.dimension} of {o.framework}: not declared")
        if any(e.framework != unit.framework.id for e in batch.events):
            raise ValueError(f"{unit.stream.name} yielded an event of another framework than {unit.framework.id}")

    def _weigh(self, unit: Unit, error: CollectError) -> None:
        """End the run when the trouble is evidently the source's and not this unit's."""
        kind, frameworks = self._trouble
        self._trouble = (type(error), (frameworks if kind is type(error) else set()) | {unit.framework.id})
        hopeless = isinstance(error, (Refused, Unavailable)) and error.whole
        if hopeless or len(self._trouble[1]) >= PATIENCE.get(type(error), len(self._units) + 1):
            self._done += 1  # this unit has its failure already
            raise error

    # -------------------------------------------------------------- ending

    def ended(self) -> bool:
        """Whether to stop now; keeps the lease alive, since it is asked at every turn and while waiting."""
        self._beat()
        if not self._reason and self._store.cancelled(self._run.id):
            self._reason = "cancelled"
        elif not self._reason and self._stop():
            self._reason = "stopped"
        return bool(self._reason)

    def _beat(self) -> None:
        if self._held is not None:
            self._held.beat()

    def _fail(self, unit: Unit, kind: str, message: str) -> None:
        self._failures.append(Failure(unit.framework.id, unit.stream.name, kind, message))

    def fail_rest(self, error: CollectError) -> None:
        """The units not yet done share one fate: deferred if the source named a moment, failed otherwise."""
        if isinstance(error, RateLimited):
            self._reason, self._deferred_until = "deferred", cast(TryLater, error).until
            return
        if not self._units:
            self.fail_whole(error.kind, str(error))
        for unit in self._units[self._done :]:
            self._fail(unit, error.kind, str(error))
        self._done = len(self._units)

    def fail_whole(self, kind: str, message: str) -> None:
        """A failure of the run as such, not of a unit."""
        self._failures.append(Failure("", "", kind, message))

    def finish(self, status: str | None = None) -> Run:
        """Write the end of the run down, as it was."""
        note = "; ".join(filter(None, [self._last_words(), *self._remarks]))
        self.report(note)
        return self._store.finish(
            self._run.id,
            status or self._status(),
            counts=self._counts,
            failures=self._failures,
            deferred_until=self._deferred_until,
            note=note,
            now=self._clock.now(),
        )

    def _status(self) -> str:
        if self._reason == "cancelled":
            return "cancelled"
        if any(not failure.framework for failure in self._failures):
            return "partial" if self._done else "failed"
        if self._reason:
            return "partial"
        if not self._failures:
            return "ok"
        return "failed" if len(self._failures) == len(self._units) else "partial"

    def _last_words(self) -> str:
        left = f"{len(self._units) - self._done} of {len(self._units)}"
        if self._deferred_until is not None:
            return f"{left} deferred: the source asks to wait until {self._deferred_until:%Y-%m-%d %H:%M} UTC"
        return f"{self._reason} with {left} left" if self._reason else ""

    def remark(self, text: str) -> None:
        """What is to be noted with the run's end, whatever that is."""
        self._remarks.append(text)

    def report(self, note: str = "") -> None:
        """Report how far we are, to the store and to whoever watches."""
        unit, planned = self._unit, len(self._units)
        self._store.progress(self._run.id, done=self._done, planned=planned, counts=self._counts, note=note)
        framework, stream = (unit.framework.id, unit.stream.name) if unit else ("", "")
        self._on_progress(Progress(self._done, planned, framework, stream, self._counts, note))


def _available_source(catalog: Catalog, source_id: str) -> tuple[Source, SourceModule]:
    source = catalog.sources.get(source_id)
    if source is not None and source.off:
        raise Refused(source.off)
    if source is None or not source.available or source_id not in sources():
        raise Refused(f"There is no source {source_id} that this version can collect: see `uptake sources`.")
    return source, source_module(source_id)


def _fetcher(
    store: Store,
    held: HeldLease,
    source: Source,
    module: SourceModule,
    access: Access | None,
    clock: Clock,
    collection: CollectionRun,
) -> AbstractContextManager[Fetch]:
    if source.setting is None:
        return nullcontext(_NoNetwork())
    if access is None:
        raise Refused(f"{source.title} has no address: set {source.setting}.")
    budget = Budget(
        who_asks(token=bool(access.token)),
        store.cursor(source.id, "", BUDGET),
        lambda state: store.remember(source.id, "", BUDGET, state, lease=held.lease),
    )
    return Http(
        access,
        clock,
        title=source.title,
        spacing_s=source.spacing_s,
        per_minute=module.per_minute,
        fault=module.fault,
        stop=collection.ended,
        note=collection.report,
        budget=budget,
    )


class _NoNetwork:
    """The fetch of a source that has no network."""

    def __call__(self, path: str, *_: object, **__: object) -> Answer:
        raise Refused(f"A source without network asked for {path}.")


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _within(first: date, last: date, since: date | None, until: date | None) -> bool:
    return (since is None or last >= since) and (until is None or first <= until)
