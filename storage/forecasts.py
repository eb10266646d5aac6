"""Forecasts as they were made: read by the pages, fitted elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, func, select, update

from storage.database import tables as t
from storage.database.engine import reading, writing
from storage.leases import Lease, fence
from storage.records import day_number, day_of


@dataclass(frozen=True, slots=True)
class KeptForecast:
    """A forecast, or why there is none, of one framework or (with a `rival`) of how it stands against another.

    `through` is the last day of the data it was fitted to; `document` is the fit, as plain JSON.
    """

    metric: str
    framework: str
    rival: str
    made_at: datetime
    through: date
    document: Mapping[str, Any]


class Forecasts:
    """The part of the store that keeps forecasts."""

    _engine: Engine

    def keep_forecast(self, forecast: KeptForecast, lease: Lease | None = None) -> None:
        """Keep a forecast beside those made before it. The same one twice at one moment is kept once.

        Raises LeaseLost, and keeps nothing, if the `lease` was taken over.
        """
        f, document = t.forecast.c, json.dumps(dict(forecast.document), sort_keys=True)
        same = (f.metric == forecast.metric) & (f.framework == forecast.framework) & (f.rival == forecast.rival)
        row = {name: getattr(forecast, name) for name in ("metric", "framework", "rival", "made_at")}
        fitted = {"through": day_number(forecast.through), "document": document}
        with writing(self._engine) as conn:
            fence(conn, lease)
            made = conn.execute(update(t.forecast).where(same, f.made_at == forecast.made_at).values(**fitted))
            if not made.rowcount:
                conn.execute(t.forecast.insert().values(**row, **fitted))
            conn.execute(update(t.store).values(generation=t.store.c.generation + 1))

    def forecast(
        self, metric: str, framework: str, rival: str = "", as_of: datetime | None = None
    ) -> KeptForecast | None:
        """The last one made, or the last made by a moment; None if there was none."""
        f = t.forecast.c
        query = select(t.forecast).where(f.metric == metric, f.framework == framework, f.rival == rival)
        if as_of is not None:
            query = query.where(f.made_at <= as_of)
        with reading(self._engine) as conn:
            row = conn.execute(query.order_by(f.made_at.desc()).limit(1)).first()
        return None if row is None else _kept(row._asdict())

    def forecasts(self, metric: str | None = None) -> list[KeptForecast]:
        """The last one made of each, by metric, framework and rival."""
        f = t.forecast.c
        keys = (f.metric, f.framework, f.rival)
        last = select(*keys, func.max(f.made_at).label("made_at")).group_by(*keys).subquery()
        same = [f[name] == last.c[name] for name in ("metric", "framework", "rival", "made_at")]
        query = select(t.forecast).join(last, same[0] & same[1] & same[2] & same[3]).order_by(*keys)
        if metric is not None:
            query = query.where(f.metric == metric)
        with reading(self._engine) as conn:
            return [_kept(row._asdict()) for row in conn.execute(query)]


def _kept(row: dict[str, Any]) -> KeptForecast:
    return KeptForecast(**row | {"through": day_of(row["through"]), "document": json.loads(row["document"])})
