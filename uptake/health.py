"""Whether an installation is well, as `uptake status` and `/healthz?fresh=1` both say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from answers.collection.failures import OpenFailure, open_failures
from answers.collection.freshness import GOOD, Freshness, freshness, freshness_sentence
from answers.wording import counted, moment
from catalog import Catalog
from storage import DiskRoom, Lease, Store
from uptake.alerts.backlog import Undelivered, undelivered_alerts
from uptake.scheduler.scheduler_lease import scheduler_lease

LEAST_FREE = 256 * 2**20  # bytes: for a collection, and for what SQLite writes beside the store
_NEVER = datetime.fromtimestamp(0, UTC)  # when a lease ends that was given back


@dataclass(frozen=True, slots=True)
class Health:
    """The state of each source, and what somebody must look at. `problems` has a sentence for each (none: all is well).

    `scheduler` is who runs (None: nobody). `room` is on the store's disk (None: it is another machine's).
    """

    sources: tuple[Freshness, ...]
    failures: tuple[OpenFailure, ...]
    alerts: Undelivered
    scheduler: str | None
    room: DiskRoom | None
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def health(store: Store, catalog: Catalog, now: datetime) -> Health:
    """The health of an installation at a moment."""
    sources, failures = freshness(store, catalog, now), open_failures(store, catalog)
    alerts, lease, room = undelivered_alerts(store), scheduler_lease(store), store.room()
    problems = (
        *_of_sources(catalog, sources),
        *((f"{counted(len(failures), 'alarm')} waiting: {failures[0].message}",) if failures else ()),
        *((f"{counted(alerts.waiting, 'alert')} could not be delivered: {alerts.error}",) if alerts.error else ()),
        *_of_lease(lease, now),
        *_of_room(room),
    )
    scheduler = lease.holder if lease and lease.expires_at > now else None
    return Health(sources, failures, alerts, scheduler, room, problems)


def _of_sources(catalog: Catalog, sources: tuple[Freshness, ...]) -> tuple[str, ...]:
    if any(source.state not in GOOD for source in sources):
        return (freshness_sentence(catalog, sources),)
    failed = [source for source in sources if source.last_run and source.last_run.status in ("failed", "aborted")]
    return tuple(f"{catalog.sources[source.source].title}: {source.note}" for source in failed)


def _of_lease(lease: Lease | None, now: datetime) -> tuple[str, ...]:
    """A scheduler that ends gives its lease back; one that was killed leaves it to run out."""
    if lease is None or lease.expires_at > now or lease.expires_at <= _NEVER:
        return ()
    return (f"The scheduler was killed or hangs since {moment(lease.expires_at)}: start it again.",)


def _of_room(room: DiskRoom | None) -> tuple[str, ...]:
    """An upgrade and a backup need about the store's own size."""
    if room is None or room.free >= max(LEAST_FREE, room.used):
        return ()
    free, used = room.free // 2**20, room.used // 2**20
    return (f"The store's disk has {free:,} MB left, and the store takes {used:,} MB: make room.",)
