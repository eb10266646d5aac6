"""Runs: what was requested of a source, by whom, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, select, update

from storage.database import tables as t
from storage.database.engine import inserted, reading, writing
from storage.leases import Lease, fence
from storage.records import Counts

WAITING = ("requested", "running")
SUCCESSFUL = ("ok", "partial")


@dataclass(frozen=True, slots=True)
class Failure:
    """One unit that failed: which, how (the error's kind) and a sentence that says what to do."""

    framework: str
    stream: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """One collection of one source. Empty `frameworks` means all; counts are observations, `failed` units.

    `status` is requested, running, ok, partial, failed, aborted (its process died) or cancelled.
    """

    id: int
    source: str
    trigger: str
    status: str
    frameworks: tuple[str, ...]
    since: date | None
    until: date | None
    full: bool
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    planned: int
    done: int
    new: int
    revised: int
    unchanged: int
    failed: int
    note: str
    failures: tuple[Failure, ...]
    deferred_until: datetime | None
    cancel_requested: bool

    @property
    def whole(self) -> bool:
        """Whether it was for every framework and all of the time, as a scheduled one is."""
        return not self.frameworks and self.since is None and self.until is None


class Runs:
    """The part of the store that keeps what was requested and how it ended."""

    _engine: Engine

    def request_run(self, source: str, *, trigger: str, now: datetime, **window: Any) -> Run:
        """Ask the scheduler for a run. An equal one that is waiting or running is returned instead of a second.

        `window`: frameworks, since, until, full, as in start_run.
        """
        with writing(self._engine) as conn:
            values = _values(source, trigger, "requested", now, **window)
            for waiting in _select(conn, t.run.c.status.in_(WAITING) & (t.run.c.source == source)):
                if _window(waiting) == _window(values):
                    return _run(waiting)
            return _insert(conn, values)

    def start_run(self, source: str, *, trigger: str, now: datetime, lease: Lease | None = None, **window: Any) -> Run:
        """Begin a run at once. `window`: frameworks (ids, empty for all), since, until (dates), full.

        Raises LeaseLost, here and in `begin`, if `lease`, the right to begin runs, was taken over.
        """
        with writing(self._engine) as conn:
            fence(conn, lease)
            return _insert(conn, _values(source, trigger, "running", now, **window) | {"started_at": now})

    def begin(self, run: int, now: datetime, *, lease: Lease | None = None) -> Run | None:
        """A requested run begins; None if it was begun or cancelled meanwhile."""
        with writing(self._engine) as conn:
            fence(conn, lease)
            begun = _update(conn, run, "requested", {"status": "running", "started_at": now})
            return _run(_one(conn, run)) if begun else None

    def progress(self, run: int, *, done: int, planned: int, counts: Counts, note: str) -> None:
        """Say how far a run is, for those who watch it."""
        self._update(run, done=done, planned=planned, note=note, **asdict(counts))

    def cancel(self, run: int) -> Run:
        """Ask a run to stop after the unit in hand; one that has not begun is cancelled at once."""
        with writing(self._engine) as conn:
            mine = t.run.c.id == run
            waiting = mine & (t.run.c.status == "requested")
            conn.execute(update(t.run).where(mine).values(cancel_requested=True))
            conn.execute(update(t.run).where(waiting).values(status="cancelled", finished_at=t.run.c.requested_at))
            return _run(_one(conn, run))

    def cancelled(self, run: int) -> bool:
        """Whether someone asked this run to stop."""
        with reading(self._engine) as conn:
            return bool(conn.execute(select(t.run.c.cancel_requested).where(t.run.c.id == run)).scalar_one())

    def finish(
        self,
        run: int,
        status: str,
        *,
        counts: Counts,
        failures: Sequence[Failure],
        now: datetime,
        deferred_until: datetime | None = None,
        note: str = "",
    ) -> Run:
        """A run ends, with what it counted and what failed. One that was ended for it stays as it is."""
        return self._update(
            run,
            status=status,
            finished_at=now,
            deferred_until=deferred_until,
            note=note,
            failed=len(failures),
            failures=json.dumps([asdict(failure) for failure in failures]),
            **asdict(counts),
        )

    def abandon_runs(self, now: datetime) -> int:
        """Mark the runs whose process has died (their lease is gone or expired) as aborted; how many there were."""
        with writing(self._engine) as conn:
            held = {row.name for row in conn.execute(select(t.lease.c.name).where(t.lease.c.expires_at > now))}
            dead = [r.id for r in _select(conn, t.run.c.status == "running") if f"collect:{r.source}" not in held]
            note = "its process ended before it was finished; what it had kept stays, the rest is collected next time"
            conn.execute(update(t.run).where(t.run.c.id.in_(dead)).values(status="aborted", finished_at=now, note=note))
        return len(dead)

    def run(self, run: int) -> Run:
        """One run. Raises LookupError if there is none of that number."""
        with reading(self._engine) as conn:
            return read_run(conn, run)

    def runs(self, limit: int = 50, source: str | None = None, by: datetime | None = None) -> list[Run]:
        """The latest runs, newest first; `by` a moment: of those that had ended then."""
        query = select(t.run).order_by(t.run.c.id.desc()).limit(limit)
        if source is not None:
            query = query.where(t.run.c.source == source)
        if by is not None:
            query = query.where(t.run.c.finished_at <= by)
        with reading(self._engine) as conn:
            return [_run(row) for row in conn.execute(query)]

    def requested(self) -> list[Run]:
        """The runs that wait to be begun, oldest first."""
        with reading(self._engine) as conn:
            return [_run(row) for row in _select(conn, t.run.c.status == "requested")]

    def last_run(self, source: str, statuses: Iterable[str] = SUCCESSFUL) -> Run | None:
        """The newest run of a source with one of these statuses."""
        return self._last(source, t.run.c.status.in_(list(statuses)))

    def last_whole_run(self, source: str, by: datetime | None = None) -> Run | None:
        """The newest run for every framework and all of the time that got something, from most of what it asked; `by`
        a moment: of those that had ended then.
        """
        r = t.run.c
        whole = (r.frameworks == "[]") & r.since.is_(None) & r.until.is_(None)
        got = (r.new + r.revised + r.unchanged > 0) & (r.failed * 2 <= r.planned)
        ended = [r.finished_at <= by] if by is not None else []
        return self._last(source, whole, got, r.status.in_(SUCCESSFUL), *ended)

    def _last(self, source: str, *where: ColumnElement[bool]) -> Run | None:
        query = select(t.run).where(t.run.c.source == source, *where).order_by(t.run.c.id.desc()).limit(1)
        with reading(self._engine) as conn:
            row = conn.execute(query).first()
        return _run(row) if row else None

    def _update(self, run: int, **values: Any) -> Run:
        with writing(self._engine) as conn:
            _update(conn, run, "running", values)
            return _run(_one(conn, run))


def insert_ended(conn: Connection, source: str, trigger: str, now: datetime) -> int:
    """A run that begins and ends within one transaction, inside that of the caller, who adds its counts; its number."""
    ended = _values(source, trigger, "ok", now) | {"started_at": now, "finished_at": now}
    return inserted(conn.execute(t.run.insert().values(**ended)))


def read_run(conn: Connection, run: int) -> Run:
    """One run, inside a transaction of the caller's. Raises LookupError if there is none of that number."""
    return _run(_one(conn, run))


def _values(
    source: str,
    trigger: str,
    status: str,
    now: datetime,
    *,
    frameworks: Iterable[str] = (),
    since: date | None = None,
    until: date | None = None,
    full: bool = False,
) -> dict[str, Any]:
    return {
        "source": source,
        "trigger": trigger,
        "status": status,
        "frameworks": json.dumps(sorted(frameworks)),
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "full": full,
        "requested_at": now,
        "planned": 0,
        "done": 0,
        "new": 0,
        "revised": 0,
        "unchanged": 0,
        "failed": 0,
        "note": "",
        "failures": "[]",
        "cancel_requested": False,
    }


def _window(run: Row[Any] | dict[str, Any]) -> tuple[Any, ...]:
    columns = run if isinstance(run, dict) else run._asdict()
    return tuple(columns[name] for name in ("frameworks", "since", "until", "full"))


def _update(conn: Connection, run: int, being: str, values: dict[str, Any]) -> bool:
    """Change a run that has the status `being`; whether it has."""
    mine = (t.run.c.id == run) & (t.run.c.status == being)
    return conn.execute(update(t.run).where(mine).values(**values)).rowcount == 1


def _insert(conn: Connection, values: dict[str, Any]) -> Run:
    made = conn.execute(t.run.insert().values(**values))
    return _run(_one(conn, inserted(made)))


def _select(conn: Connection, where: Any) -> list[Row[Any]]:
    return list(conn.execute(select(t.run).where(where).order_by(t.run.c.id)))


def _one(conn: Connection, run: int) -> Row[Any]:
    row = conn.execute(select(t.run).where(t.run.c.id == run)).first()
    if row is None:
        raise LookupError(f"there is no run {run}")
    return row


def _run(row: Row[Any]) -> Run:
    columns = row._asdict()
    columns["frameworks"] = tuple(json.loads(columns["frameworks"]))
    columns["failures"] = tuple(Failure(**failure) for failure in json.loads(columns["failures"]))
    for name in ("since", "until"):
        columns[name] = date.fromisoformat(columns[name]) if columns[name] else None
    return Run(**columns)
