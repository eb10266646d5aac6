"""Numbers out: the latest of a metric or any vintage, each with where it comes from."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, Row, select

from storage.database import tables as t
from storage.database.engine import Numbers, fetch, fetch_numbers, mark, provenance, reading
from storage.observation import Event, day_number, day_of

COLUMNS = (
    "framework",
    "metric",
    "dimension",
    "period",
    "period_end",
    "value",
    "base",
    "source",
    "retrieved_at",
    "payload",
)


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
        with reading(self._engine) as conn:
            chosen = _choose_series(conn, metric, frameworks, dimension)
            if not chosen:
                return _frame(np.empty((0, 6)), metric, {}, {})
            bounds = (
                day_number(since) if since else -(2**31) + 1,
                day_number(until) if until else 2**31 - 1,
            )
            rows = _latest(conn, list(chosen), bounds, as_of)
            payloads = provenance(conn, set(np.unique(rows[:, 5]).astype("int64").tolist()))
        return _frame(rows, metric, chosen, payloads)

    def revisions(self, metric: str, framework: str, dimension: str = "") -> pd.DataFrame:
        """The former values of a series' observations, oldest revision first: columns period, period_end, value,
        base, source, retrieved_at, until.
        """
        s, r, p = t.series.c, t.revision.c, t.payload.c
        query = (
            select(r.period, r.period_end, r.value, r.base, p.source, p.fetched_at, r.until)
            .join_from(t.revision, t.series, r.series == s.id)
            .join(t.payload, r.payload == p.id)
            .where(s.metric == metric, s.framework == framework, s.dimension == dimension)
            .order_by(r.id)
        )
        with reading(self._engine) as conn:
            rows = [tuple(row) for row in conn.execute(query)]
        frame = pd.DataFrame(rows, columns=["period", "period_end", "value", "base", "source", "retrieved_at", "until"])
        for name in ("period", "period_end"):
            frame[name] = _days(frame[name].to_numpy(dtype="int64"))
        return frame.astype({"value": "float64", "base": "Int64"})

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
_ROW = "series, period, period_end, value, base, payload"
_SPANS = "SELECT series, min(period), max(period_end), count(*) FROM observation GROUP BY series"


def _choose_series(
    conn: Connection, metric: str, frameworks: Sequence[str] | None, dimension: str | None
) -> dict[int, tuple[str, str]]:
    s = t.series.c
    query = select(s.id, s.framework, s.dimension).where(s.metric == metric).order_by(s.framework, s.dimension)
    if frameworks is not None:
        query = query.where(s.framework.in_(frameworks))
    if dimension is not None:
        query = query.where(s.dimension == dimension)
    return {int(row.id): (row.framework, row.dimension) for row in conn.execute(query)}


def _latest(conn: Connection, series: list[int], bounds: tuple[int, int], as_of: datetime | None) -> Numbers:
    """The rows in the columns of _ROW, in no particular order."""
    marks = ", ".join([mark(conn)] * len(series))
    one = mark(conn)
    where = f"series IN ({marks}) AND period_end >= {one} AND period <= {one}"
    parameters = (*series, *bounds)
    rows = fetch_numbers(conn, f"SELECT {_ROW} FROM observation WHERE {where}", parameters, 6)
    if as_of is None:
        return rows
    # What the store had then: the values recorded by that moment, and those that were revised only later.
    former = fetch_numbers(conn, f"SELECT {_ROW}, id FROM revision WHERE {where}", parameters, 7)
    later = list(conn.execute(select(t.revision.c.id).where(t.revision.c.until > as_of)).scalars())
    rows = np.concatenate([rows, former[np.isin(former[:, 6], later), :6]])
    payloads = list(conn.execute(select(t.payload.c.id).where(t.payload.c.fetched_at <= as_of)).scalars())
    return rows[np.isin(rows[:, 5], payloads)]


def _days(numbers: np.ndarray[Any, np.dtype[np.int64]]) -> pd.Series[Any]:
    return pd.Series(numbers.astype("datetime64[D]").astype("datetime64[s]"))


def _frame(
    rows: Numbers, metric: str, chosen: dict[int, tuple[str, str]], payloads: dict[int, tuple[str, datetime]]
) -> pd.DataFrame:
    """Rows of the chosen series, in the order of these, as a frame: a hundred thousand of them take no loop."""
    series, start, end, payload = (rows[:, n].astype("int64") for n in (0, 1, 2, 5))
    place = _places(series, list(chosen))
    order = np.lexsort((end, start, place))
    origin = _places(payload, list(payloads))[order]
    learned = pd.Series([when for _, when in payloads.values()], dtype="datetime64[us, UTC]")
    base = rows[order, 4]
    return pd.DataFrame(
        {
            "framework": _repeated([name for name, _ in chosen.values()], place[order]),
            "metric": _repeated([metric], np.zeros(len(rows), dtype="int64")),
            "dimension": _repeated([dimension for _, dimension in chosen.values()], place[order]),
            "period": _days(start[order]),
            "period_end": _days(end[order]),
            "value": rows[order, 3],
            "base": pd.arrays.IntegerArray(np.nan_to_num(base).astype("int64"), np.isnan(base)),
            "source": _repeated([source for source, _ in payloads.values()], origin),
            "retrieved_at": learned.take(origin).reset_index(drop=True),
            "payload": payload[order],
        }
    )


def _places(numbers: np.ndarray[Any, np.dtype[np.int64]], among: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """At which place of a list, in which each is once, each number stands."""
    sorter = np.argsort(np.array(among, dtype="int64"))
    return np.asarray(sorter[np.searchsorted(among, numbers, sorter=sorter)] if among else numbers)


def _repeated(texts: list[str], places: np.ndarray[Any, np.dtype[np.int64]]) -> pd.Series[Any]:
    return pd.Series(np.array(texts, dtype="object")[places], dtype="object")
