"""Alerts: what happened, noted once, and whether it was told to those who asked to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, select, update

from storage.database import tables as t
from storage.database.engine import reading, writing
from storage.observation import day_number, day_of


@dataclass(frozen=True, slots=True)
class NewAlert:
    """Something that happened on a day. The same `key` is the same event, however often it is found.

    `query` is the address that gives the evidence again. A `silent` one is known, but told to nobody.
    """

    key: str
    kind: str
    happened: date
    text: str
    query: str
    silent: bool


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert as the store keeps it. `sent_at` None: not told yet; `error` says what went wrong the last time."""

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

    def note_alerts(self, found: Iterable[NewAlert], now: datetime) -> list[KeptAlert]:
        """Keep those whose key is not known yet, in one transaction; they are returned."""
        with writing(self._engine) as conn:
            known = set(conn.execute(select(t.alert.c.key)).scalars())
            new: dict[str, KeptAlert] = {}
            for a in found:
                if a.key not in known and a.key not in new:
                    new[a.key] = KeptAlert(a.key, a.kind, a.happened, now, a.text, a.query, a.silent, None, "")
            if new:
                conn.execute(t.alert.insert(), [_row(alert) for alert in new.values()])
                conn.execute(update(t.store).values(generation=t.store.c.generation + 1))
        return list(new.values())

    def alerts(self, limit: int = 100, *, include_silent: bool = False) -> list[KeptAlert]:
        """The last ones that were found, the latest first."""
        a = t.alert.c
        query = select(t.alert).order_by(a.found_at.desc(), a.happened.desc(), a.key).limit(limit)
        if not include_silent:
            query = query.where(a.silent.is_(False))
        with reading(self._engine) as conn:
            return [_kept(row._asdict()) for row in conn.execute(query)]

    def unsent(self) -> list[KeptAlert]:
        """Those that are to be told and were not yet, oldest first."""
        a = t.alert.c
        query = select(t.alert).where(a.silent.is_(False), a.sent_at.is_(None)).order_by(a.found_at, a.happened, a.key)
        with reading(self._engine) as conn:
            return [_kept(row._asdict()) for row in conn.execute(query)]

    def knows_alerts(self) -> bool:
        """Whether any was ever noted: the first look at a store is a silent one."""
        with reading(self._engine) as conn:
            return conn.execute(select(t.alert.c.key).limit(1)).first() is not None

    def mark_sent(self, key: str, now: datetime | None, error: str = "") -> None:
        """It was told at `now`; or (None) telling it failed with this error, and it is still to be told."""
        with writing(self._engine) as conn:
            conn.execute(update(t.alert).where(t.alert.c.key == key).values(sent_at=now, error=error))
            conn.execute(update(t.store).values(generation=t.store.c.generation + 1))


def _row(alert: KeptAlert) -> dict[str, Any]:
    told = {name: getattr(alert, name) for name in KeptAlert.__slots__}
    return told | {"happened": day_number(alert.happened)}


def _kept(row: dict[str, Any]) -> KeptAlert:
    return KeptAlert(**row | {"happened": day_of(row["happened"])})
