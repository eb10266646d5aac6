"""Alerts: what happened, noted once, and whether every receiver has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, select, update

from storage.database import tables as t
from storage.database.engine import reading, writing
from storage.leases import Lease, fence
from storage.records import day_number, day_of


@dataclass(frozen=True, slots=True)
class NewAlert:
    """Something that happened on a day. The same `key` is the same event, however often it is detected.

    `query` is the address that gives the evidence again. A `silent` one is kept, but delivered to nobody.
    """

    key: str
    kind: str
    happened: date
    text: str
    query: str
    silent: bool


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert as the store keeps it. `sent_at` None: not delivered yet; `error` is what went wrong the last time."""

    key: str
    kind: str
    happened: date
    found_at: datetime
    text: str
    query: str
    silent: bool
    sent_at: datetime | None
    error: str


class Alerts:
    """The part of the store that keeps alerts."""

    _engine: Engine

    def note_alerts(self, alerts: Iterable[NewAlert], now: datetime) -> list[KeptAlert]:
        """Keep those whose key is new, in one transaction; they are returned."""
        with writing(self._engine) as conn:
            keys = set(conn.execute(select(t.alert.c.key)).scalars())
            new: dict[str, KeptAlert] = {}
            for a in alerts:
                if a.key not in keys and a.key not in new:
                    new[a.key] = KeptAlert(a.key, a.kind, a.happened, now, a.text, a.query, a.silent, None, "")
            if new:
                conn.execute(t.alert.insert(), [_row(alert) for alert in new.values()])
                conn.execute(update(t.store).values(generation=t.store.c.generation + 1))
        return list(new.values())

    def alerts(self, limit: int = 100, *, include_silent: bool = False) -> list[KeptAlert]:
        """The last ones that were noted, the latest first."""
        a = t.alert.c
        query = select(t.alert).order_by(a.found_at.desc(), a.happened.desc(), a.key).limit(limit)
        if not include_silent:
            query = query.where(a.silent.is_(False))
        with reading(self._engine) as conn:
            return [_kept(row._asdict()) for row in conn.execute(query)]

    def unsent(self) -> list[KeptAlert]:
        """Those that are to be delivered and were not yet, oldest first."""
        a = t.alert.c
        query = select(t.alert).where(a.silent.is_(False), a.sent_at.is_(None)).order_by(a.found_at, a.happened, a.key)
        with reading(self._engine) as conn:
            return [_kept(row._asdict()) for row in conn.execute(query)]

    def mark_sent(self, key: str, now: datetime | None, error: str = "", lease: Lease | None = None) -> None:
        """Every receiver has it since `now`; or (None) delivery failed with this error, and it still waits.

        Raises LeaseLost, and notes nothing, if the `lease` was taken over.
        """
        with writing(self._engine) as conn:
            fence(conn, lease)
            conn.execute(update(t.alert).where(t.alert.c.key == key).values(sent_at=now, error=error))
            conn.execute(update(t.store).values(generation=t.store.c.generation + 1))


def _row(alert: KeptAlert) -> dict[str, Any]:
    columns = {name: getattr(alert, name) for name in KeptAlert.__slots__}
    return columns | {"happened": day_number(alert.happened)}


def _kept(row: dict[str, Any]) -> KeptAlert:
    return KeptAlert(**row | {"happened": day_of(row["happened"])})
