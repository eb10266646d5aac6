"""Numbers out: the latest of a metric or any vintage, each with where it comes from."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, Row, select

from storage.database import tables as t
from storage.database.engine import fetch, mark, reading
from storage.records import Event, day_number, day_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Series:
    """A metric of a framework in a dimension, with the days it covers and how many observations it has."""

    id: int
    metric: str
    framework: str
    dimension: str
    first: date
    last: date
    observations: int


@dataclass(frozen=True, slots=True)
class Alias:
    """A name a source has used for a framework, under the source's own lasting id."""

    source: str
    framework: str
    name: str
    lasting_id: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class PayloadRow:
    """An answer as recorded. `body` is None where it was too large or brought nothing new, or is `damaged`: what was
    kept of it cannot be unpacked any more.
    """

    id: int
    run: int
    framework: str
    stream: str
    source: str
    url: str
    sha256: str
    size: int
    etag: str | None
    fetched_at: datetime
    body: bytes | None
    damaged: bool = False


class Observations:
    """The part of the store that reads observations."""

    _engine: Engine

    def cursor(self, source: str, framework: str, stream: str) -> dict[str, object]:
        """Where to resume; empty if this unit was never collected."""
        c = t.cursor.c
        where = (c.source == source) & (c.framework == framework) & (c.stream == stream)
        with reading(self._engine) as conn:
            state = conn.execute(select(c.state).where(where)).scalar()
        return dict(json.loads(state)) if state else {}

    def cursors(self, source: str, stream: str) -> dict[str, dict[str, object]]:
        """Where each framework stands in one stream of a source."""
        c = t.cursor.c
        query = select(c.framework, c.state).where(c.source == source, c.stream == stream)
        with reading(self._engine) as conn:
            return {framework: json.loads(state) for framework, state in conn.execute(query)}

    def generation(self) -> int:
        """A number that changes whenever an observation was added or revised: part of every cache key."""
        with reading(self._engine) as conn:
            return int(conn.execute(select(t.store.c.generation)).scalar_one())

    def read(
        self,
        metric: str,
        frameworks: Sequence[str] | None = None,
        *,
        dimension: str | None = "",
        since: date | None = None,
        until: date | None = None,
        as_of: datetime | None = None,
    ) -> pd.DataFrame:
        """A metric's observations as a frame with COLUMNS, sorted by framework, dimension and period.

        `frameworks` None means all, `dimension` None every dimension. `since` and `until` bound the periods: those that
        end before `since` or start after `until` are left out. `as_of` gives exactly what the store had at that moment.
        Periods are datetime64[s], both ends included; a value of NaN was *not asked*.
        """
        from storage.database.frames import observation_frame  # noqa: PLC0415 - pandas only for who reads a frame

        bounds = (day_number(since) if since else -(2**31) + 1, day_number(until) if until else 2**31 - 1)
        with reading(self._engine) as conn:
            return observation_frame(conn, metric, frameworks, dimension, bounds, as_of)

    def revisions(self, metric: str, framework: str, dimension: str = "") -> pd.DataFrame:
        """The former values of a series' observations, oldest revision first: columns period, period_end, value,
        base, source, retrieved_at, until.
        """
        from storage.database.frames import revision_frame  # noqa: PLC0415 - as above

        with reading(self._engine) as conn:
            return revision_frame(conn, metric, framework, dimension)

    def revised(self, since: datetime, until: datetime) -> list[tuple[str, str]]:
        """The metrics and frameworks of which a total was revised in that time."""
        s, r = t.series.c, t.revision.c
        query = select(s.metric, s.framework).join_from(t.revision, t.series, r.series == s.id).distinct()
        with reading(self._engine) as conn:
            where = (s.dimension == "", r.until.between(since, until))
            return [(row.metric, row.framework) for row in conn.execute(query.where(*where))]

    def series(self) -> list[Series]:
        """Every series that has an observation, with the first and last day it covers."""
        s = t.series.c
        with reading(self._engine) as conn:
            keys = conn.execute(
                select(s.id, s.metric, s.framework, s.dimension).order_by(s.metric, s.framework, s.dimension)
            )
            spans = {row[0]: row[1:] for row in conn.exec_driver_sql(_SPANS)}
            return [
                Series(
                    *key, first=day_of(spans[key.id][0]), last=day_of(spans[key.id][1]), observations=spans[key.id][2]
                )
                for key in keys
                if key.id in spans
            ]

    def observed(self) -> frozenset[tuple[str, str]]:
        """The metrics and frameworks of which there is any observation: one look-up a series, however long it is."""
        with reading(self._engine) as conn:
            return frozenset(fetch(conn, _OBSERVED, ()))

    def newest(self, source: str, metrics: Sequence[str], until: date) -> dict[tuple[str, str], date]:
        """The last day by `until` of which a source, or an observer that it names (`almanac:x`), gave a number; by
        metric and framework.
        """
        query = f"{_NEWEST} WHERE metric IN ({', '.join('?' * len(metrics))})"
        with reading(self._engine) as conn:
            values = (day_number(until), source, f"{source}:%", *metrics)
            rows = fetch(conn, query.replace("?", mark(conn)), values) if metrics else []
        days: dict[tuple[str, str], int] = {}
        for metric, framework, day in rows:
            if day is not None:
                days[metric, framework] = max(day, days.get((metric, framework), day))
        return {key: day_of(day) for key, day in days.items()}

    def aliases(self, framework: str | None = None) -> list[Alias]:
        """The names sources have used, newest first."""
        a = t.alias.c
        query = select(a.source, a.framework, a.name, a.lasting_id, a.seen_at).order_by(a.seen_at.desc(), a.name)
        if framework is not None:
            query = query.where(a.framework == framework)
        with reading(self._engine) as conn:
            return [Alias(*row) for row in conn.execute(query)]

    def payloads(self, run: int) -> list[PayloadRow]:
        """The answers of a run, in the order they came, bodies unpacked."""
        query = select(t.payload).where(t.payload.c.run == run).order_by(t.payload.c.id)
        with reading(self._engine) as conn:
            return [payload_row(row) for row in conn.execute(query)]

    def events(self, frameworks: Sequence[str] | None = None) -> list[Event]:
        """Releases and notes, oldest first."""
        e = t.event.c
        query = select(e.framework, e.day, e.kind, e.title, e.url).order_by(e.day, e.id)
        if frameworks is not None:
            query = query.where(e.framework.in_(frameworks))
        with reading(self._engine) as conn:
            return [Event(row.framework, day_of(row.day), row.kind, row.title, row.url) for row in conn.execute(query)]


def payload_row(row: Row[Any]) -> PayloadRow:
    """A row of the payload table, its body unpacked."""
    columns = {name: value for name, value in row._asdict().items() if name in PayloadRow.__slots__}
    try:
        return PayloadRow(**columns | {"body": row.body and zlib.decompress(row.body)})
    except zlib.error:
        return PayloadRow(**columns | {"body": None, "damaged": True})


# One indexed look-up a series, from its end. SQLite keeps no NaN, and to PostgreSQL it is more than any number.
_NEWEST = """SELECT metric, framework, (
    SELECT o.period_end FROM observation o JOIN payload p ON o.payload = p.id
    WHERE o.series = series.id AND o.value < 1e300 AND o.period <= ? AND (p.source = ? OR p.source LIKE ?)
    ORDER BY o.period DESC LIMIT 1
) FROM series"""
_OBSERVED = """SELECT metric, framework FROM series
WHERE EXISTS (SELECT 1 FROM observation o WHERE o.series = series.id)"""
_SPANS = "SELECT series, min(period), max(period_end), count(*) FROM observation GROUP BY series"
