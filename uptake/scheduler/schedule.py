"""The scheduler: a process that collects what is due and what visitors ask for. The only module with APScheduler.

`answers.collection.due` decides what is due from the run table; APScheduler only beats time, from memory and in UTC. Of
several schedulers on one store the one with the lease `schedule` works; the others stand by and take over when it
expires. A run goes on in a thread of its own, at most two at once, never two of one source.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler

from answers.collection.due import due
from catalog import Catalog
from collectors import acquire_lease, holder_here
from storage import Counts, Failure, Lease, Run, Store, StoreError
from uptake.alerts.delivery import PeriodicScan
from uptake.clock import SystemClock
from uptake.collection.collect import collect, mirror
from uptake.scheduler.forecast_schedule import Refit
from uptake.scheduler.scheduler_lease import LEASE
from uptake.scheduler.signals import stopping_on_signals
from uptake.settings.settings import Settings

log = logging.getLogger(__name__)

LEASE_S = 30.0
RENEW_S = 5.0
TICK_S = 1.0  # a requested run is picked up within two
DUE_S = 10.0  # what is due by the clock is looked up this often
AT_ONCE = 2
GRACE_S = 9.0  # who stops us waits ten seconds
YOUNG = timedelta(minutes=1)  # a run this young may not have taken its lease yet
HISTORY = 50  # runs of a source that are examined


class Scheduler:
    """One scheduler on one store. `tick` and `renew` are called by the clock; neither ever raises."""

    def __init__(
        self, store: Store, catalog: Catalog, settings: Settings, *, lease_s: float = LEASE_S, alive: Path | None = None
    ) -> None:
        self._store, self._catalog, self._settings, self._alive = store, catalog, settings, alive
        self._clock = SystemClock()
        self._alerts = PeriodicScan(store, catalog, settings, self._clock)
        self._refit = Refit(store, settings, self._clock)
        self._lease_s = lease_s
        self._lease: Lease | None = None
        self._leading_until = datetime.max.replace(tzinfo=UTC)
        self._stopping = threading.Event()
        self._working: dict[str, threading.Thread] = {}  # by source
        self._due_at = 0.0
        self._store_error = ""
        self._lock = threading.Lock()

    @property
    def leading(self) -> bool:
        """Whether this is the scheduler that works."""
        return self._lease is not None

    def tick(self) -> None:
        """Begin what was asked for and what is due."""
        self._guarded(self._tick)

    def renew(self) -> None:
        """Hold on to the lease, or try to get it."""
        self._guarded(self._renew)

    def stop(self, grace_s: float = GRACE_S) -> None:
        """Let every run finish its unit in hand, for `grace_s` seconds at most, and give the lease back."""
        self._stopping.set()
        deadline = self._clock.monotonic() + grace_s
        self._refit.terminate()
        for thread in list(self._working.values()):
            thread.join(max(0.0, deadline - self._clock.monotonic()))
        self._alerts.stop(max(0.0, deadline - self._clock.monotonic()))
        self._refit.wait(max(0.0, deadline - self._clock.monotonic()))
        self._guarded(self._leave)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Do it; a store that fails is logged once, and tried again at the next tick."""
        try:
            with self._lock:
                act()
            self._store_error = ""
        except StoreError as error:
            if str(error) != self._store_error:
                self._store_error = str(error)
                log.warning("%s", error)
        except Exception:
            log.exception("the scheduler had an error; it continues")

    def _tick(self) -> None:
        if self._clock.now() >= self._leading_until:  # the machine slept: another may be about to take over
            self._renew()
        lease = self._lease
        if lease is None or self._stopping.is_set():
            return
        for request in self._store.requested():
            if self._has_room(request.source) and (
                run := self._store.begin(request.id, self._clock.now(), lease=lease)
            ):
                self._begin(run, "requested")
        if self._clock.monotonic() >= self._due_at:
            self._due_at = self._clock.monotonic() + DUE_S
            self._begin_due(lease)
        self._alerts.beat(idle=not any(thread.is_alive() for thread in self._working.values()))
        self._refit.beat()

    def _begin_due(self, lease: Lease) -> None:
        now = self._clock.now()
        runs = {source: self._store.runs(HISTORY, source) for source in self._catalog.sources}
        if dead := [run for several in runs.values() for run in several if self._is_dead(run, now)]:
            self._store.abandon_runs(now)
            self._forget(run for run in map(self._store.run, (run.id for run in dead)) if run.status == "aborted")
            runs = {source: self._store.runs(HISTORY, source) for source in self._catalog.sources}
        for entry in due(self._catalog, runs, now):
            if self._has_room(entry.source):
                run = self._store.start_run(entry.source, trigger=entry.trigger, now=now, lease=lease)
                self._begin(run, entry.reason)

    def _forget(self, dead: Iterable[Run]) -> None:
        """A run that hangs keeps its thread, which nobody can end, but neither its source nor a place among those at
        once: whatever it would still write is refused.
        """
        for run in dead:
            if (thread := self._working.pop(run.source, None)) is not None and thread.is_alive():
                log.error("run %d of %s hangs and is given up; its source is collected anew", run.id, run.source)

    def _is_dead(self, run: Run, now: datetime) -> bool:
        """Whether a run is marked as running, but nobody holds its source: its process was killed, or it hangs."""
        if run.status != "running" or (run.started_at or now) > now - YOUNG:
            return False
        held = self._store.lease(f"collect:{run.source}")
        return held is None or held.expires_at <= now

    def _has_room(self, source: str) -> bool:
        self._working = {name: thread for name, thread in self._working.items() if thread.is_alive()}
        return source not in self._working and len(self._working) < AT_ONCE

    def _begin(self, run: Run, reason: str) -> None:
        log.info("run %d of %s begins: %s", run.id, run.source, reason)
        # A daemon, so that a request that hangs cannot keep a process alive which was asked to stop.
        thread = threading.Thread(target=self._carry_out, args=(run,), name=f"collect:{run.source}", daemon=True)
        self._working[run.source] = thread
        thread.start()

    def _carry_out(self, run: Run) -> None:
        """One run, in its own thread. Whatever goes wrong in it ends here."""
        lease = self._lease
        try:
            ended = collect(
                self._store,
                self._catalog,
                self._settings,
                run,
                clock=self._clock,
                stop=lambda: self._stopping.is_set() or self._lease is not lease,
            )
        except BaseException as error:  # what would end a program must not end what others wait for
            log.exception("run %d of %s failed", run.id, run.source)
            self._fail(run, error)
        else:
            _log_end(ended)
        self._due_at = 0.0  # room for the next one
        self._alerts.wake()

    def _fail(self, run: Run, error: BaseException) -> None:
        """Mark a run whose collector raised what it never should."""
        failure = Failure("", "", "error", f"{type(error).__name__}: {error}")
        try:
            self._store.finish(run.id, "failed", counts=_counts(run), failures=[failure], now=self._clock.now())
        except StoreError as fault:
            log.warning("run %d cannot be marked as failed: %s", run.id, fault)

    def _renew(self) -> None:
        now = self._clock.now()
        if self._lease is None:
            self._take_over(now)
        elif not self._store.renew(self._lease, self._lease_s, now):
            log.warning("another scheduler took over; this one is on standby")
            self._lease = None
        self._leading_until = now + timedelta(seconds=self._lease_s)
        if self._alive is not None:
            self._alive.touch()

    def _take_over(self, now: datetime) -> None:
        if self._stopping.is_set():
            return
        self._lease = acquire_lease(self._store, LEASE, self._lease_s, now)
        if self._lease is None:
            return
        log.info("this scheduler (%s) is active", holder_here())
        mirror(self._store, self._catalog)
        dead = self._store.abandon_runs(now)
        if dead:
            log.warning("%d runs of ended processes are marked as aborted", dead)

    def _leave(self) -> None:
        for source, thread in self._working.items():
            if thread.is_alive():
                self._give_up(source)
        if self._lease is not None:
            self._store.release(self._lease)
            self._lease = None

    def _give_up(self, source: str) -> None:
        """A unit that did not finish in time: its run is marked, what it had kept stays."""
        for run in self._store.runs(HISTORY, source):
            if run.status == "running":
                failure = Failure(
                    "", "", "interrupted", "the scheduler was stopped before the unit in hand was finished"
                )
                now = self._clock.now()
                self._store.finish(run.id, "partial", counts=_counts(run), failures=[failure], now=now)
                log.warning("run %d of %s was interrupted", run.id, source)
                return


def serve(settings: Settings, catalog: Catalog, alive: Path | None = None) -> int:
    """Run a scheduler until SIGINT or SIGTERM. Raises StoreError if the store is not there at the start.

    `alive` is a file that is touched each time the store answered.
    """
    with stopping_on_signals() as stopping, Store.open(settings.database_url) as store:
        scheduler = Scheduler(store, catalog, settings, alive=alive)
        beat = _beat(scheduler)
        beat.start()
        log.info("the scheduler has started; sources: %s", ", ".join(_collected(catalog)))
        try:
            stopping.wait()
        finally:
            log.info("stopping after the current requests")
            beat.shutdown(wait=False)
            scheduler.stop()
            log.info("the scheduler has stopped")
    return 0


def _beat(scheduler: Scheduler) -> BackgroundScheduler:
    """What calls the scheduler, every second and every few: jobs in memory only, in UTC, none skipped or doubled."""
    # A late beat is no news: coalescing already made up for it.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    once = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    beat = BackgroundScheduler(timezone=UTC, job_defaults=once)
    now = datetime.now(UTC)
    beat.add_job(scheduler.renew, "interval", seconds=RENEW_S, next_run_time=now, id="renew")
    beat.add_job(scheduler.tick, "interval", seconds=TICK_S, id="tick")
    return beat


def _log_end(run: Run) -> None:
    """One line per run."""
    log.log(
        logging.INFO if run.status == "ok" else logging.WARNING,
        "run %d of %s: %s, %d new, %d revised, %d unchanged, %d failed%s",
        run.id,
        run.source,
        run.status,
        run.new,
        run.revised,
        run.unchanged,
        run.failed,
        f"; {run.note}" if run.note else "",
    )


def _counts(run: Run) -> Counts:
    return Counts(run.new, run.revised, run.unchanged)


def _collected(catalog: Catalog) -> Iterable[str]:
    return (source.id for source in catalog.sources.values() if source.available)
