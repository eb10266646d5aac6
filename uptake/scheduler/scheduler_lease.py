"""The lease of whoever schedules: held while one works, left to run out by one that was killed."""

from __future__ import annotations

from datetime import datetime

from storage import Lease, Store

LEASE = "schedule"


def scheduler_lease(store: Store) -> Lease | None:
    """The lease as it stands, run out or not; None if no scheduler ever worked on this store."""
    return store.lease(LEASE)


def running_scheduler(store: Store, now: datetime) -> Lease | None:
    """The lease of the scheduler that is at work; None: nobody is."""
    lease = scheduler_lease(store)
    return lease if lease is not None and lease.expires_at > now else None
