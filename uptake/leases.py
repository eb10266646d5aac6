"""Leases for what one process does at a time: collecting by schedule, fitting forecasts, delivering alerts."""

from __future__ import annotations

from datetime import datetime

from collectors import holder_here, is_dead
from storage import Lease, Store


def acquire_lease(store: Store, name: str, seconds: float, now: datetime) -> Lease | None:
    """The lease of that name, or None while a living process holds it. Raises StoreError.

    A process of this machine that was killed loses its lease at once: nobody need wait until it expires.
    """
    held = store.lease(name)
    if held is not None and held.expires_at > now and is_dead(held.holder):
        store.release(held)
    return store.acquire(name, holder_here(), seconds, now)
