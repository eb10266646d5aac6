"""Numbers in and out: insert if new, revise if different, otherwise nothing; read the latest or any vintage."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, select, update

from storage import tables as t
from storage.engine import reading, writing
from storage.errors import LeaseLost
from storage.leases import Lease
from storage.observation import EPOCH, Batch, Counts, Event, Identity, Observation, Payload

BODY_CAP = 256 * 1024  # larger answers are kept as their sha256 only
_CHUNK = 4_000  # rows a statement: six values each stay below SQLite's 32,766 and PostgreSQL's 65,535 parameters

COLUMNS = ("framework", "metric", "dimension", "period", "period_end", "value", "base", "source", "retrieved_at", "payload")


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
    """An answer as recorded. `body` is None where it was too large or told nothing new."""

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


def day_number(day: date) -> int:
    return (day - EPOCH).days


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=number)


class Observations:
    """The part of the store that holds what sources said."""

    _engine: Engine

    def write(self, run: int, framework: str, stream: str, batch: Batch, *, lease: Lease | None = None) -> Counts:
        """Keep a batch in one transaction: payload, observations, cursor, alias and events.

        Raises LeaseLost, and keeps nothing, if the lease was taken over meanwhile.
        """
        with writing(self._engine) as conn:
            _fence(conn, lease)
            source = conn.execute(select(t.run.c.source).where(t.run.c.id == run)).scalar_one()
            payload = _insert_payload(conn, run, framework, stream, batch.payload)
            counts = _put(conn, batch, payload)
            if counts.new or counts.revised:
                _keep_body(conn, payload, batch.payload)
                conn.execute(update(t.store).values(generation=t.store.c.generation + 1))
            if batch.cursor is not None:
                _save_cursor(conn, source, framework, stream, batch.cursor)
            if batch.identity is not None:
                _save_alias(conn, source, framework, batch.identity, batch.payload.fetched_at)
            _save_events(conn, batch.events, payload)
        return counts

    def cursor(self, source: str, framework: str, stream: str) -> dict[str, object]:
        """Where to resume; empty if this unit was never collected."""
        c = t.cursor.c
        where = (c.source == source) & (c.framework == framework) & (c.stream == stream)
        with reading(self._engine) as conn:
            state = conn.execute(select(c.state).where(where)).scalar()
        return dict(json.loads(state)) if state else {}

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
        end before `since` or start after `until` are left out. `as_of` gives exactly what was known at that moment.
        Periods are datetime64[s], both ends included; a value of NaN was *not asked*.
        """
        with reading(self._engine) as conn:
            chosen = _choose_series(conn, metric, frameworks, dimension)
            if not chosen:
                return _frame([], [], {})
            bounds = (
                day_number(since) if since else -(2**31) + 1,
                day_number(until) if until else 2**31 - 1,
            )
            rows = list(_latest(conn, list(chosen), bounds, as_of))
            payloads = _provenance(conn, {row[5] for row in rows})
        order = {key: place for place, key in enumerate(chosen)}
        rows.sort(key=lambda row: (order[row[0]], row[1], row[2]))
        return _frame(rows, [(metric, *chosen[row[0]]) for row in rows], payloads)

    def revisions(self, metric: str, framework: str, dimension: str = "") -> pd.DataFrame:
        """What the observations of a series said before, oldest revision first: columns period, period_end, value,
        base, source, retrieved_at, until."""
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
            keys = conn.execute(select(s.id, s.metric, s.framework, s.dimension).order_by(s.metric, s.framework, s.dimension))
            spans = {row[0]: row[1:] for row in conn.exec_driver_sql(_SPANS)}
            return [
                Series(*key, first=day_of(spans[key.id][0]), last=day_of(spans[key.id][1]), observations=spans[key.id][2])
                for key in keys
                if key.id in spans
            ]

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
        query = select(*(t.payload.c[name] for name in PayloadRow.__slots__)).where(t.payload.c.run == run)
        with reading(self._engine) as conn:
            rows = [row._asdict() for row in conn.execute(query.order_by(t.payload.c.id))]
        return [PayloadRow(**row | {"body": row["body"] and zlib.decompress(row["body"])}) for row in rows]

    def events(self, frameworks: Sequence[str] | None = None) -> list[Event]:
        """Releases and notes, oldest first."""
        e = t.event.c
        query = select(e.framework, e.day, e.kind, e.title, e.url).order_by(e.day, e.id)
        if frameworks is not None:
            query = query.where(e.framework.in_(frameworks))
        with reading(self._engine) as conn:
            return [Event(row.framework, day_of(row.day), row.kind, row.title, row.url) for row in conn.execute(query)]

    def mirror_frameworks(self, frameworks: Iterable[tuple[str, str]]) -> None:
        """Bring the catalog's frameworks (id, title) into the table; the user's own stay as they are."""
        with writing(self._engine) as conn:
            known = {row.id: row.title for row in conn.execute(select(t.framework.c.id, t.framework.c.title))}
            for key, title in frameworks:
                if key not in known:
                    conn.execute(t.framework.insert().values(id=key, title=title, origin="catalog"))
                elif known[key] != title:
                    conn.execute(update(t.framework).where(t.framework.c.id == key).values(title=title))


_SPANS = "SELECT series, min(period), max(period_end), count(*) FROM observation GROUP BY series"


def _fence(conn: Connection, lease: Lease | None) -> None:
    if lease is None:
        return
    current = conn.execute(select(t.lease.c.token).where(t.lease.c.name == lease.name)).scalar()
    if current != lease.token:
        raise LeaseLost(f"Another process took over {lease.name}: this one stops, and what it had not kept is collected again.")


def _insert_payload(conn: Connection, run: int, framework: str, stream: str, payload: Payload) -> int:
    inserted = conn.execute(
        t.payload.insert().values(
            run=run,
            framework=framework,
            stream=stream,
            source=payload.source,
            url=payload.url,
            sha256=hashlib.sha256(payload.body).hexdigest(),
            size=len(payload.body),
            etag=payload.etag,
            fetched_at=payload.fetched_at,
        )
    )
    assert inserted.inserted_primary_key is not None
    return int(inserted.inserted_primary_key[0])


def _keep_body(conn: Connection, payload: int, answer: Payload) -> None:
    if len(answer.body) <= BODY_CAP:
        conn.execute(update(t.payload).where(t.payload.c.id == payload).values(body=zlib.compress(answer.body)))


def _put(conn: Connection, batch: Batch, payload: int) -> Counts:
    def key(o: Observation) -> tuple[str, str, str]:
        return (o.metric, o.framework, o.dimension)

    total = Counts()
    # Sorted by key: the clustered table is written five times quicker than in the order of arrival.
    ordered = sorted(batch.observations, key=lambda o: (key(o), o.period))
    for of, members in groupby(ordered, key):
        total += _put_series(conn, _series_id(conn, of), list(members), batch, payload)
    return total


def _series_id(conn: Connection, key: tuple[str, str, str]) -> int:
    s = t.series.c
    found = conn.execute(
        select(s.id).where((s.metric == key[0]) & (s.framework == key[1]) & (s.dimension == key[2]))
    ).scalar()
    if found is not None:
        return int(found)
    made = conn.execute(t.series.insert().values(metric=key[0], framework=key[1], dimension=key[2]))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


_Row = tuple[int, int, int, float | None, int | None, int]


def _put_series(conn: Connection, series: int, told: list[Observation], batch: Batch, payload: int) -> Counts:
    rows: list[_Row] = [
        (series, day_number(o.period.start), day_number(o.period.end), o.value, o.base, payload) for o in told
    ]
    if len({row[1:3] for row in rows}) != len(rows):
        raise ValueError(f"{batch.payload.url} tells a period of {told[0].metric} twice")
    known = {(row[1], row[2]): row for row in _range(conn, series, rows[0][1], rows[-1][1])}
    new = [row for row in rows if row[1:3] not in known]
    changed = [(known[row[1:3]], row) for row in rows if row[1:3] in known and known[row[1:3]][3:5] != row[3:5]]
    if changed and batch.fills_only:
        changed = _own(conn, changed, batch.payload.source)
    _insert(conn, "observation", ("series", "period", "period_end", "value", "base", "payload"), new)
    for old, now in changed:
        _revise(conn, old, now, batch.payload.fetched_at)
    return Counts(len(new), len(changed), len(rows) - len(new) - len(changed))


def _range(conn: Connection, series: int, first: int, last: int) -> Iterator[_Row]:
    mark = _mark(conn)
    query = (
        "SELECT series, period, period_end, value, base, payload FROM observation "
        f"WHERE series = {mark} AND period BETWEEN {mark} AND {mark}"
    )
    return (tuple(row) for row in conn.exec_driver_sql(query, (series, first, last)))  # type: ignore[misc]  # six columns


def _own(conn: Connection, changed: list[tuple[_Row, _Row]], source: str) -> list[tuple[_Row, _Row]]:
    """Of the differences, those in which the known value came from the same source."""
    told_by = _provenance(conn, {old[5] for old, _ in changed})
    return [(old, now) for old, now in changed if told_by[old[5]][0] == source]


def _revise(conn: Connection, old: _Row, now: _Row, at: datetime) -> None:
    series, period, period_end, value, base, payload = old
    conn.execute(
        t.revision.insert().values(
            series=series, period=period, period_end=period_end, value=value, base=base, payload=payload, until=at
        )
    )
    o = t.observation.c
    where = (o.series == series) & (o.period == period) & (o.period_end == period_end)
    conn.execute(update(t.observation).where(where).values(value=now[3], base=now[4], payload=now[5]))


def _insert(conn: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows in statements of many VALUES through the driver: twice as quick as executemany, five times as Core."""
    one = "(" + ", ".join([_mark(conn)] * len(columns)) + ")"
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * len(part))}"
        conn.exec_driver_sql(statement, tuple(value for row in part for value in row))


def _mark(conn: Connection) -> str:
    return "?" if conn.dialect.name == "sqlite" else "%s"


def _save_cursor(conn: Connection, source: str, framework: str, stream: str, state: dict[str, object]) -> None:
    c = t.cursor.c
    where = (c.source == source) & (c.framework == framework) & (c.stream == stream)
    told = json.dumps(state, sort_keys=True)
    if conn.execute(update(t.cursor).where(where).values(state=told)).rowcount == 0:
        conn.execute(t.cursor.insert().values(source=source, framework=framework, stream=stream, state=told))


def _save_alias(conn: Connection, source: str, framework: str, who: Identity, at: datetime) -> None:
    a = t.alias.c
    where = (a.source == source) & (a.framework == framework) & (a.lasting_id == who.lasting_id) & (a.name == who.name)
    if conn.execute(select(a.name).where(where)).first() is None:
        conn.execute(
            t.alias.insert().values(
                source=source, framework=framework, lasting_id=who.lasting_id, name=who.name, seen_at=at
            )
        )


def _save_events(conn: Connection, events: Iterable[Event], payload: int) -> None:
    e = t.event.c
    for told in events:
        day = day_number(told.day)
        where = (e.framework == told.framework) & (e.kind == told.kind) & (e.title == told.title) & (e.day == day)
        if conn.execute(select(e.id).where(where)).first() is None:
            conn.execute(
                t.event.insert().values(
                    framework=told.framework, day=day, kind=told.kind, title=told.title, url=told.url, payload=payload
                )
            )


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


def _latest(
    conn: Connection, series: list[int], bounds: tuple[int, int], as_of: datetime | None
) -> Iterator[tuple[Any, ...]]:
    marks = ", ".join([_mark(conn)] * len(series))
    mark = _mark(conn)
    where = f"series IN ({marks}) AND period_end >= {mark} AND period <= {mark}"
    columns = "series, period, period_end, value, base, payload"
    told = (*series, *bounds)
    if as_of is None:
        yield from _fetch(conn, f"SELECT {columns} FROM observation WHERE {where}", told)
        return
    # What was known then: the values learned by that moment, and those that were revised only later.
    known = {row[0] for row in conn.execute(select(t.payload.c.id).where(t.payload.c.fetched_at <= as_of))}
    for row in _fetch(conn, f"SELECT {columns} FROM observation WHERE {where}", told):
        if row[5] in known:
            yield row
    later = {row[0] for row in conn.execute(select(t.revision.c.id).where(t.revision.c.until > as_of))}
    for row in _fetch(conn, f"SELECT {columns}, id FROM revision WHERE {where}", told):
        if row[6] in later and row[5] in known:
            yield row[:6]


def _fetch(conn: Connection, query: str, told: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = conn.exec_driver_sql(query, told).cursor
    assert cursor is not None
    return list(cursor.fetchall())


def _provenance(conn: Connection, payloads: set[int]) -> dict[int, tuple[str, datetime]]:
    p = t.payload.c
    told: dict[int, tuple[str, datetime]] = {}
    wanted = sorted(payloads)
    for start in range(0, len(wanted), _CHUNK):
        query = select(p.id, p.source, p.fetched_at).where(p.id.in_(wanted[start : start + _CHUNK]))
        told |= {row.id: (row.source, row.fetched_at) for row in conn.execute(query)}
    return told


def _days(numbers: np.ndarray[Any, np.dtype[np.int64]]) -> pd.Series[Any]:
    return pd.Series(numbers.astype("datetime64[D]").astype("datetime64[s]"))


def _frame(
    rows: list[tuple[Any, ...]],
    keys: list[tuple[str, str, str]],
    payloads: dict[int, tuple[str, datetime]],
) -> pd.DataFrame:
    column = list(zip(*rows, strict=True)) or [()] * 6
    return pd.DataFrame(
        {
            "framework": pd.Series([key[1] for key in keys], dtype="object"),
            "metric": pd.Series([key[0] for key in keys], dtype="object"),
            "dimension": pd.Series([key[2] for key in keys], dtype="object"),
            "period": _days(np.array(column[1], dtype="int64")),
            "period_end": _days(np.array(column[2], dtype="int64")),
            "value": pd.Series(np.array(column[3], dtype="float64")),
            "base": pd.Series(column[4], dtype="Int64"),
            "source": pd.Series([payloads[key][0] for key in column[5]], dtype="object"),
            "retrieved_at": pd.Series([payloads[key][1] for key in column[5]], dtype="datetime64[us, UTC]"),
            "payload": pd.Series(np.array(column[5], dtype="int64")),
        }
    )
