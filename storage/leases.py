"""Leases: who may do a piece of work now, with a token that grows at each take-over and fences late writers off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select, update

from storage.database import tables as t
from storage.database.engine import reading, writing
from storage.errors import LeaseLost


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do `name` until `expires_at`, unless renewed. `token` fences off those who held it before."""

    name: str
    holder: str
    token: int
    expires_at: datetime


class Leases:
    """The part of the store that lets one process at a time do a piece of work."""

    _engine: Engine

    def acquire(self, name: str, holder: str, ttl_s: float, now: datetime) -> Lease | None:
        """Take a lease that is free or expired; None if someone holds it."""
        until = now + timedelta(seconds=ttl_s)
        with writing(self._engine) as conn:
            held = conn.execute(select(t.lease).where(t.lease.c.name == name)).first()
            if held is None:
                conn.execute(t.lease.insert().values(name=name, holder=holder, token=1, expires_at=until))
                return Lease(name, holder, 1, until)
            if held.expires_at > now:
                return None
            taken = {"holder": holder, "token": held.token + 1, "expires_at": until}
            conn.execute(update(t.lease).where(t.lease.c.name == name).values(**taken))
        return Lease(name, holder, held.token + 1, until)

    def renew(self, lease: Lease, ttl_s: float, now: datetime) -> bool:
        """Hold on for `ttl_s` more seconds; False if someone took it over."""
        until = now + timedelta(seconds=ttl_s)
        return self._change(lease, until)

    def release(self, lease: Lease) -> None:
        """Give it back. The row stays, since its token must go on growing."""
        self._change(lease, datetime.fromtimestamp(0, lease.expires_at.tzinfo))

    def lease(self, name: str) -> Lease | None:
        """The lease as it stands, expired or not; None if nobody ever took it."""
        with reading(self._engine) as conn:
            held = conn.execute(select(t.lease).where(t.lease.c.name == name)).first()
        return Lease(held.name, held.holder, held.token, held.expires_at) if held else None

    def _change(self, lease: Lease, until: datetime) -> bool:
        mine = (t.lease.c.name == lease.name) & (t.lease.c.token == lease.token)
        with writing(self._engine) as conn:
            return conn.execute(update(t.lease).where(mine).values(expires_at=until)).rowcount == 1


def fence(conn: Connection, lease: Lease | None) -> None:
    """Raises LeaseLost, within the transaction that is to write, if the lease was taken over meanwhile."""
    if lease is None:
        return
    current = conn.execute(select(t.lease.c.token).where(t.lease.c.name == lease.name)).scalar()
    if current != lease.token:
        raise LeaseLost(
            f"Another process took over {lease.name}: this one stops, and what it had not kept is collected again."
        )
