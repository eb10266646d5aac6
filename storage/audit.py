"""Holding the store to what was written: a digest of each payload's rows finds a bit that flipped since.

SQLite's own integrity check sees a damaged page, but not a value that has changed within a sound one. The digest of a
payload is the sum of its rows' SHA-256, so it does not depend on the order and stays true when a row moves from
`observation` to `revision`. A second one, of where the payload came from and of its events, stands behind it.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select, text

from storage.database import tables as t
from storage.database.engine import reading
from storage.frameworks import IMPORT
from storage.observations import PayloadRow, payload_row
from storage.records import Event, Period, day_number, day_of
from storage.runs import Run, read_run

BODY_CAP = 256 * 1024  # bytes; larger answers are kept as their sha256 only
FILE_CAP = 4 * 1024 * 1024  # bytes; files of the user's own are kept up to here, since nobody else has them
HALF = 64  # figures of a digest
_SPACE = 1 << 256
_ORIGIN = ("run", "framework", "stream", "source", "url", "sha256", "size", "etag")
Key = tuple[str, str, str]  # metric, framework, dimension


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. `kind` is "rows" (observations), "body" (the kept answer), "origin" (of
    the answer, or its events), "until" (when a number was revised) or "digest" (what all that is held against).
    """

    payload: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class ValueVersion:
    """One value that an observation has had: until when (None: it still has), and from which payload."""

    value: float | None
    base: int | None
    payload: PayloadRow
    until: datetime | None

    @property
    def unknown_because(self) -> str:
        """Why there is no value, in a few words ("": there is one). Who was not asked still has a base."""
        if self.value is not None:
            return ""
        return "missing, withdrawn by the source" if self.base is None else "not asked"


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a number comes from: its value now and those before (newest first), and the run that recorded it."""

    period: Period
    versions: tuple[ValueVersion, ...]
    run: Run


def body_cap(source: str) -> int:
    """Bytes up to which an answer of a source is kept."""
    return FILE_CAP if source.startswith(IMPORT) else BODY_CAP


def row_digest(series: str, period: int, period_end: int, value: float | None, base: int | None) -> int:
    """The SHA-256 of one row of a series (its key, tabs between) as a number. Written out, as it is worked out for each
    row that comes in.
    """
    shown = "" if value is None else repr(float(value))
    text = f"{series}\t{period}\t{period_end}\t{shown}\t{base}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest())


def rows_digest(keys: Mapping[int, Key], rows: Iterable[tuple[int, int, int, float | None, int | None]]) -> int:
    """The sum of the digests of rows, each with the number of its series in front."""
    texts = {series: "\t".join(key) for series, key in keys.items()}
    return sum(row_digest(texts[series], start, end, value, base) for series, start, end, value, base in rows)


def event_digest(event: Event) -> int:
    """The SHA-256 of one event as a number."""
    return _number((event.framework, str(event.day), event.kind, event.title, event.url))


def origin_digest(run_source: str, payload: Mapping[str, Any]) -> int:
    """The SHA-256 of where an answer came from, as a number. `payload` has the columns of its table."""
    fetched_at = payload["fetched_at"].astimezone(UTC).isoformat()
    return _number((run_source, fetched_at, *(str(payload[name]) for name in _ORIGIN)))


def digest_text(rows: int, origin: int) -> str:
    """A payload's digests as they are kept: twice 64 hexadecimal figures."""
    return f"{rows % _SPACE:064x}:{origin % _SPACE:064x}"


def _number(texts: Iterable[str]) -> int:
    return int.from_bytes(hashlib.sha256("\t".join(texts).encode()).digest())


@dataclass(frozen=True, slots=True)
class Row:
    """A number as it is kept, revised since or not: `first` and `last` are day numbers, checked by nobody."""

    metric: str
    framework: str
    dimension: str
    first: int
    last: int
    value: float | None
    base: int | None


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer and every number that was learned from it, those revised since included. `source` is its run's."""

    payload: PayloadRow
    source: str
    rows: tuple[Row, ...]


class Audit:
    """The part of the store that proves what it holds."""

    _engine: Engine

    def audit(self) -> Iterator[Finding]:
        """Everything that differs from what was written, payload by payload; nothing when all is well."""
        with reading(self._engine) as conn:
            rows, origins = Counter[int](), Counter[int]()
            for table in ("observation", "revision"):
                _add_rows(conn, table, rows)
            for event in conn.execute(select(t.event).where(t.event.c.payload.is_not(None))):
                kept = Event(event.framework, day_of(event.day), event.kind, event.title, event.url)
                origins[event.payload] += event_digest(kept)
            p, is_digested = t.payload.c, False
            answers = select(t.payload, t.run.c.source.label("run_source")).join(t.run, p.run == t.run.c.id)
            for row in conn.execute(answers.order_by(p.id)):
                origin = origins[row.id] + origin_digest(row.run_source, row._asdict())
                yield from _compare(row, digest_text(rows[row.id], origin), has_rows=row.id in rows)
                if row.rows_digest is None and is_digested:
                    yield Finding(row.id, "digest", f"The digest of the response from {row.url} is missing.")
                is_digested = is_digested or row.rows_digest is not None
            yield from _unanswered(conn)

    def undigested(self) -> tuple[int, int]:
        """How many answers have no digest at all, and how many others none of where they came from: they were kept
        before there was one.
        """
        digest = t.payload.c.rows_digest
        half = func.length(digest) == HALF
        with reading(self._engine) as conn:
            none, some = (conn.execute(select(func.count()).where(w)).scalar_one() for w in (digest.is_(None), half))
        return int(none), int(some)

    def recorded_answers(self, source: str | None = None) -> Iterator[RecordedAnswer]:
        """Every answer with what was learned from it: framework by framework, in the order in which they came."""
        p = t.payload.c
        with reading(self._engine) as conn:
            for framework in conn.execute(select(p.framework).distinct().order_by(p.framework)).scalars().all():
                yield from _recorded_answers(conn, framework, source)

    def trace(self, metric: str, framework: str, dimension: str, period: date) -> Trace | None:
        """The history of the observation whose period starts on that day; None if there is none."""
        s, o, r = t.series.c, t.observation.c, t.revision.c
        mine = (s.metric == metric) & (s.framework == framework) & (s.dimension == dimension)
        starts = day_number(period)
        with reading(self._engine) as conn:
            now = conn.execute(
                select(t.observation)
                .join(t.series, o.series == s.id)
                .where(mine, o.period == starts)
                .order_by(o.period_end.desc())
                .limit(1)
            ).first()
            revised = select(t.revision).join(t.series, r.series == s.id).where(mine, r.period == starts)
            latest = now or conn.execute(revised.order_by(r.id.desc())).first()
            if latest is None:
                return None
            before = conn.execute(revised.where(r.period_end == latest.period_end).order_by(r.id.desc())).all()
            current = _value_version(conn, now, None) if now else _withdrawal(conn, framework, latest.until)
            versions = [current, *(_value_version(conn, row, row.until) for row in before)]
            return Trace(
                Period(period, day_of(latest.period_end)), tuple(versions), read_run(conn, current.payload.run)
            )


def _recorded_answers(conn: Connection, framework: str, source: str | None) -> Iterator[RecordedAnswer]:
    p = t.payload.c
    wanted = select(p.id, t.run.c.source).join_from(t.payload, t.run, p.run == t.run.c.id)
    wanted = wanted.where(p.framework == framework).order_by(p.id)
    payloads = conn.execute(wanted if source is None else wanted.where(t.run.c.source == source)).all()
    rows = _rows_of(conn, framework) if payloads else {}
    for key, run_source in payloads:
        payload = payload_row(conn.execute(select(t.payload).where(p.id == key)).one())
        yield RecordedAnswer(payload, run_source, tuple(rows.pop(key, ())))


def _rows_of(conn: Connection, framework: str) -> dict[int, list[Row]]:
    """Every number of a framework, and all it was revised from, by payload."""
    rows: dict[int, list[Row]] = {}
    for table in ("observation", "revision"):
        query = text(
            "SELECT metric, dimension, period, period_end, value, base, payload "
            f"FROM {table} JOIN series ON series.id = {table}.series WHERE series.framework = :framework"
        )
        for row in conn.execute(query, {"framework": framework}):
            kept = Row(row[0], framework, row[1], row[2], row[3], row[4], row[5])
            rows.setdefault(row[6], []).append(kept)
    return rows


def _add_rows(conn: Connection, table: str, digests: Counter[int]) -> None:
    query = text(
        "SELECT metric, framework, dimension, period, period_end, value, base, payload "
        f"FROM {table} JOIN series ON series.id = {table}.series"
    )
    for row in conn.execution_options(yield_per=10_000).execute(query):
        digests[row.payload] += row_digest("\t".join(row[:3]), *row[3:7])


def _compare(row: Any, digest: str, *, has_rows: bool) -> Iterator[Finding]:
    kept = row.rows_digest or ""
    if kept[:HALF] != digest[: len(kept[:HALF])]:
        yield Finding(row.id, "rows", f"The numbers from {row.url} differ from what was written.")
    if kept[HALF:] != digest[HALF:][: len(kept[HALF:])]:
        yield Finding(
            row.id,
            "origin",
            f"The origin of {row.url} (address, time, run or an event) differs from what was written.",
        )
    if row.body is None and has_rows and 0 < row.size <= body_cap(row.source):
        yield Finding(row.id, "body", f"The response from {row.url} was saved, and is missing now.")
    if row.body is not None and not _is_whole(row.body, row.sha256):
        yield Finding(row.id, "body", f"The saved response from {row.url} is not the one that was received.")


def _unanswered(conn: Connection) -> Iterator[Finding]:
    """Numbers that were revised at a moment at which nobody said anything of their framework."""
    r, p = t.revision.c, t.payload.c
    answers = {tuple(row) for row in conn.execute(select(p.framework, p.fetched_at))}
    revised = select(p.id, p.url, p.framework, r.until).join(t.revision, r.payload == p.id).distinct().order_by(p.id)
    for payload, url, framework, until in conn.execute(revised):
        if (framework, until) not in answers:
            yield Finding(payload, "until", f"A number from {url} was revised without a response.")


def _is_whole(body: bytes, sha256: str) -> bool:
    try:
        return hashlib.sha256(zlib.decompress(body)).hexdigest() == sha256
    except zlib.error:
        return False


def _withdrawal(conn: Connection, framework: str, at: datetime) -> ValueVersion:
    """No value any more, by the answer that no longer had it."""
    p = t.payload.c
    answers = select(t.payload).where(p.framework == framework, p.fetched_at == at).order_by(p.id).limit(1)
    return ValueVersion(None, None, payload_row(conn.execute(answers).one()), None)


def _value_version(conn: Connection, row: Any, until: datetime | None) -> ValueVersion:
    payload = conn.execute(select(t.payload).where(t.payload.c.id == row.payload)).one()
    return ValueVersion(row.value, row.base, payload_row(payload), until)
