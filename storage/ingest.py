"""Numbers in: insert if new, revise if different, otherwise nothing; all of a batch, or none of it."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain, pairwise
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from storage.audit import body_cap, digest_text, event_digest, origin_digest, rows_digest
from storage.database import tables as t
from storage.database.engine import CHUNK, fetch, inserted, mark, provenance, writing
from storage.frameworks import IMPORT, OwnSource
from storage.leases import Lease, fence
from storage.records import Batch, Counts, Event, Identity, Payload, Period, day_number, day_of
from storage.runs import Run, insert_ended, read_run


@dataclass(frozen=True, slots=True)
class Part:
    """A batch and what it is about: one framework, by one stream."""

    framework: str
    stream: str
    batch: Batch


@dataclass(frozen=True, slots=True)
class OwnRun:
    """What is to be written of one source of the user's own: as it is from now on, why, and its batches."""

    source: OwnSource
    trigger: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A period of which another source already says something else than a file that is to be imported."""

    metric: str
    framework: str
    period: Period
    value: float | None
    other_value: float | None
    source: str


class Contradicted(Exception):
    """What was to be imported is not what is known already; `contradictions` name every period."""

    def __init__(self, contradictions: Sequence[Contradiction]) -> None:
        super().__init__(f"{len(contradictions)} figures contradict other sources")
        self.contradictions = tuple(contradictions)


class Ingest:
    """The part of the store that takes in what sources say."""

    _engine: Engine

    def write(self, run: int, framework: str, stream: str, batch: Batch, *, lease: Lease | None = None) -> Counts:
        """Keep a batch in one transaction: payload, observations, cursor, alias and events.

        Raises LeaseLost, and keeps nothing, if the lease was taken over meanwhile.
        """
        with writing(self._engine) as conn:
            fence(conn, lease)
            source = conn.execute(select(t.run.c.source).where(t.run.c.id == run)).scalar_one()
            counts = _keep(conn, run, source, Part(framework, stream, batch))
            if batch.cursor is not None:
                _save_cursor(conn, source, framework, stream, batch.cursor)
            if batch.identity is not None:
                _save_alias(conn, source, framework, batch.identity, batch.payload.fetched_at)
        return counts

    def write_own(
        self, runs: Sequence[OwnRun], *, now: datetime, lease: Lease | None = None, trial: bool = False
    ) -> list[Run]:
        """Keep what the user imports or removes, all of it in one transaction; the runs, ended.

        A figure of an own source never replaces another source's. `trial`: count what would happen and keep nothing.
        Raises Contradicted or LeaseLost, and keeps nothing.
        """
        with writing(self._engine) as conn:
            fence(conn, lease)
            ended = [_carry_out(conn, run, now) for run in runs]
            conn.execute(update(t.store).values(generation=t.store.c.generation + 1))
            if trial:
                conn.rollback()
        return ended

    def remember(
        self, source: str, framework: str, stream: str, state: dict[str, object], *, lease: Lease | None = None
    ) -> None:
        """Keep a cursor that belongs to no batch, such as how much of a source's budget is left. Raises LeaseLost."""
        with writing(self._engine) as conn:
            fence(conn, lease)
            _save_cursor(conn, source, framework, stream, state)


def _carry_out(conn: Connection, own: OwnRun, now: datetime) -> Run:
    """One run of a source of the user's own, begun, written and ended."""
    source = asdict(own.source)
    where = t.own_source.c.id == own.source.id
    if conn.execute(update(t.own_source).where(where).values(**source)).rowcount == 0:
        conn.execute(t.own_source.insert().values(**source))
    if differing := [c for part in own.parts for c in _contradictions(conn, part.batch)]:
        raise Contradicted(differing)
    run = insert_ended(conn, own.source.id, own.trigger, now)
    counts = sum((_keep(conn, run, own.source.id, part) for part in own.parts), Counts())
    parts = {"planned": len(own.parts), "done": len(own.parts)}
    conn.execute(update(t.run).where(t.run.c.id == run).values(**asdict(counts), **parts))
    return read_run(conn, run)


def _keep(conn: Connection, run: int, source: str, part: Part) -> Counts:
    """Keep what a batch says, and where it says so. The answer is kept whole where something is learned from it."""
    batch = part.batch
    columns = _payload_columns(run, part.framework, part.stream, batch.payload)
    payload = inserted(conn.execute(t.payload.insert().values(**columns)))
    counts, digest = _put(conn, batch, payload)
    counts += Counts(revised=_withdraw(conn, part.framework, batch))
    events = _save_events(conn, batch.events, payload)
    origin = origin_digest(source, columns) + sum(event_digest(event) for event in events)
    digests = digest_text(digest, origin)
    conn.execute(update(t.payload).where(t.payload.c.id == payload).values(rows_digest=digests))
    if counts.new or counts.revised or events:
        _keep_body(conn, payload, batch.payload)
        conn.execute(update(t.store).values(generation=t.store.c.generation + 1))
    elif source.startswith(IMPORT) and not _was_kept(conn, columns):  # what it repeats may yet hang on it alone
        _keep_body(conn, payload, batch.payload)
    return counts


def _was_kept(conn: Connection, columns: dict[str, Any]) -> bool:
    """Whether the last answer of the same source, stream and framework that was kept is this very one."""
    p = t.payload.c
    same = [p[name] == columns[name] for name in ("source", "framework", "stream")]
    query = select(p.sha256).where(*same, p.body.is_not(None)).order_by(p.id.desc()).limit(1)
    return bool(conn.execute(query).scalar() == columns["sha256"])


def _payload_columns(run: int, framework: str, stream: str, payload: Payload) -> dict[str, Any]:
    return {
        "run": run,
        "framework": framework,
        "stream": stream,
        "source": payload.source,
        "url": payload.url,
        "sha256": hashlib.sha256(payload.body).hexdigest(),
        "size": len(payload.body),
        "etag": payload.etag,
        "fetched_at": payload.fetched_at,
    }


def _keep_body(conn: Connection, payload: int, answer: Payload) -> None:
    if len(answer.body) <= body_cap(answer.source):
        conn.execute(update(t.payload).where(t.payload.c.id == payload).values(body=zlib.compress(answer.body)))


_STATEMENT = ("series", "period", "period_end", "value", "base")
_ROW = (*_STATEMENT, "payload")
_PERIOD = itemgetter(0, 1, 2)  # series, period, its end
_Key = tuple[str, str, str]  # metric, framework, dimension
_Statement = tuple[int, int, int, float | None, int | None]  # series, period, its end, value, base
_Row = tuple[int, int, int, float | None, int | None, int]  # and the payload


def _put(conn: Connection, batch: Batch, payload: int) -> tuple[Counts, int]:
    """Compare a batch with what the store has, and write the differences; their counts, and their rows' digest.

    What the user imported gives way to what a source says, also where both say the same: it is the source's then.
    """
    keys, statements = _rows(conn, batch)
    # Mostly all of it is stored already, in the same order, or none: both show without a look at each row.
    stored = list(_current(conn, statements, _STATEMENT))
    imported = _imported(conn) if stored and not batch.payload.source.startswith(IMPORT) else set[int]()
    differing = statements if imported or not stored else _without(statements, stored)
    current = {old[:3]: old for old in _current(conn, differing, _ROW)} if stored else {}
    new = [row for row in differing if row[:3] not in current] if current else differing
    pairs = [(current[row[:3]], row) for row in differing if row[:3] in current] if current else []
    changed = [(old, now) for old, now in pairs if old[3:5] != now[3:5] or old[5] in imported]
    if changed and batch.fills_only:
        changed = _own(conn, changed, batch.payload.source, imported)
    _insert(conn, "observation", _ROW, [(*row, payload) for row in new])
    for old, now in changed:
        _revise(conn, old, (*now, payload), batch.payload.fetched_at)
    written = [*new, *(now for _, now in changed)]
    return Counts(len(new), len(changed), len(statements) - len(written)), rows_digest(keys, written)


def _without(statements: list[_Statement], stored: list[tuple[Any, ...]]) -> list[_Statement]:
    if statements == stored:
        return []
    former = set(stored)
    return [row for row in statements if row not in former]


def _rows(conn: Connection, batch: Batch) -> tuple[dict[int, _Key], list[_Statement]]:
    """What a batch says as the table has it, each period once, and which series that are."""
    named = [(o.metric, o.framework, o.dimension) for o in batch.observations]
    ids = _series_ids(conn, set(named))
    rows: list[_Statement] = [
        (ids[key], *o.period.day_numbers, o.value, o.base) for key, o in zip(named, batch.observations, strict=True)
    ]
    rows.sort(key=_PERIOD)  # the clustered table is written five times quicker than in the order of arrival
    keys = {number: key for key, number in ids.items()}
    if len(set(map(_PERIOD, rows))) < len(rows):
        twice = next(one for one, other in pairwise(rows) if one[:3] == other[:3])
        raise ValueError(f"{batch.payload.url} has a period of {keys[twice[0]][0]} twice")
    return keys, rows


def _contradictions(conn: Connection, batch: Batch) -> Iterator[Contradiction]:
    """Every period of which another source says something else than this batch."""
    keys, rows = _rows(conn, batch)
    rows_by_period = {row[:3]: row for row in rows}
    stored = _current(conn, rows, _ROW)
    differing = [old for old in stored if old[:3] in rows_by_period and old[3:5] != rows_by_period[old[:3]][3:5]]
    origins = provenance(conn, {old[5] for old in differing})
    for old in sorted(differing, key=_PERIOD):
        source, (metric, framework, _) = origins[old[5]][0], keys[old[0]]
        if source != batch.payload.source:
            period = Period(day_of(old[1]), day_of(old[2]))
            yield Contradiction(metric, framework, period, rows_by_period[old[:3]][3], old[3], source)


def _imported(conn: Connection) -> set[int]:
    """The answers from which the user's own figures were learned: mostly there are none."""
    query = select(t.payload.c.id).join(t.run, t.payload.c.run == t.run.c.id)
    return set(conn.execute(query.where(t.run.c.source.in_(select(t.own_source.c.id)))).scalars())


def _series_ids(conn: Connection, keys: set[_Key]) -> dict[_Key, int]:
    """The series of these keys; those that the store lacks are made."""
    metrics, frameworks = sorted({key[0] for key in keys}), sorted({key[1] for key in keys})
    ids: dict[_Key, int] = {}
    for start in range(0, len(frameworks), CHUNK):
        part = frameworks[start : start + CHUNK]
        query = (
            "SELECT metric, framework, dimension, id FROM series "
            f"WHERE metric IN ({_marks(conn, metrics)}) AND framework IN ({_marks(conn, part)})"
        )
        ids |= {row[:3]: row[3] for row in fetch(conn, query, (*metrics, *part)) if row[:3] in keys}
    if missing := sorted(keys - ids.keys()):
        _insert(conn, "series", ("metric", "framework", "dimension"), missing)
        return _series_ids(conn, keys)
    return ids


def _current(conn: Connection, rows: list[_Statement], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """What the store has of the series of these rows, in the days that they span."""
    if not rows:
        return
    series, one = sorted({row[0] for row in rows}), mark(conn)
    starts = [row[1] for row in rows]
    for start in range(0, len(series), CHUNK):
        part = series[start : start + CHUNK]
        query = (
            f"SELECT {', '.join(columns)} FROM observation "
            f"WHERE series IN ({_marks(conn, part)}) AND period BETWEEN {one} AND {one}"
        )
        yield from fetch(conn, query, (*part, min(starts), max(starts)))


def _marks(conn: Connection, values: Sequence[object]) -> str:
    return ", ".join([mark(conn)] * len(values))


def _own(
    conn: Connection, changed: list[tuple[_Row, _Statement]], source: str, imported: set[int]
) -> list[tuple[_Row, _Statement]]:
    """Of the differences, those in which the known value came from the same source, or was imported."""
    origins = provenance(conn, {old[5] for old, _ in changed})
    return [(old, now) for old, now in changed if origins[old[5]][0] == source or old[5] in imported]


def _withdraw(conn: Connection, framework: str, batch: Batch) -> int:
    """Take back what the batch's source said of the days that it has whole, and says no more; how many numbers."""
    if not batch.whole:
        return 0
    s, o, p = t.series.c, t.observation.c, t.payload.c
    given = {(x.metric, x.dimension, day_number(x.period.start), day_number(x.period.end)) for x in batch.observations}
    withdrawn = 0
    for metric, days in batch.whole.items():
        earlier = (
            select(s.dimension, t.observation)
            .join_from(t.observation, t.series, o.series == s.id)
            .join(t.payload, o.payload == p.id)
            .where(s.metric == metric, s.framework == framework, p.source == batch.payload.source)
            .where(o.period >= day_number(days.start), o.period_end <= day_number(days.end))
        )
        for dimension, *old in conn.execute(earlier).all():
            if (metric, dimension, *old[1:3]) not in given:
                _revise(conn, tuple(old), None, batch.payload.fetched_at)
                withdrawn += 1
    return withdrawn


def _revise(conn: Connection, old: _Row, now: _Row | None, at: datetime) -> None:
    """Keep what was known until now, and put the new number in its place; None: there is none any more."""
    series, period, period_end, value, base, payload = old
    conn.execute(
        t.revision.insert().values(
            series=series, period=period, period_end=period_end, value=value, base=base, payload=payload, until=at
        )
    )
    o = t.observation.c
    where = (o.series == series) & (o.period == period) & (o.period_end == period_end)
    if now is None:
        conn.execute(delete(t.observation).where(where))
    else:
        conn.execute(update(t.observation).where(where).values(value=now[3], base=now[4], payload=now[5]))


def _insert(conn: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows in statements of many VALUES through the driver: twice as quick as executemany, five times as Core."""
    one = f"({_marks(conn, columns)})"
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * len(part))}"
        conn.exec_driver_sql(statement, tuple(chain.from_iterable(part)))


def _save_cursor(conn: Connection, source: str, framework: str, stream: str, state: dict[str, object]) -> None:
    c = t.cursor.c
    where = (c.source == source) & (c.framework == framework) & (c.stream == stream)
    text = json.dumps(state, sort_keys=True)
    if conn.execute(update(t.cursor).where(where).values(state=text)).rowcount == 0:
        conn.execute(t.cursor.insert().values(source=source, framework=framework, stream=stream, state=text))


def _save_alias(conn: Connection, source: str, framework: str, who: Identity, at: datetime) -> None:
    a = t.alias.c
    where = (a.source == source) & (a.framework == framework) & (a.lasting_id == who.lasting_id) & (a.name == who.name)
    if conn.execute(select(a.name).where(where)).first() is None:
        conn.execute(
            t.alias.insert().values(
                source=source, framework=framework, lasting_id=who.lasting_id, name=who.name, seen_at=at
            )
        )


def _save_events(conn: Connection, events: Iterable[Event], payload: int) -> list[Event]:
    """Keep the events that are new; those."""
    e, new = t.event.c, list[Event]()
    for entry in events:
        day = day_number(entry.day)
        where = (e.framework == entry.framework) & (e.kind == entry.kind) & (e.title == entry.title) & (e.day == day)
        if conn.execute(select(e.id).where(where)).first() is None:
            columns = {name: getattr(entry, name) for name in ("framework", "kind", "title", "url")}
            conn.execute(t.event.insert().values(**columns, day=day, payload=payload))
            new.append(entry)
    return new
