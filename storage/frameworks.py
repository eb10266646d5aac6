"""The frameworks of the catalog mirrored, the user's own frameworks and sources beside them, and notes on charts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, delete, select, update

from storage.database import tables as t
from storage.database.engine import inserted, reading, writing
from storage.records import day_number, day_of

OWN = "own"
NOTE = "note"
IMPORT = "import:"  # with which the id of a source of the user's own begins


@dataclass(frozen=True, slots=True)
class OwnFramework:
    """A framework that the user added. `ids` maps sources to its name there; a removed one keeps its data."""

    id: str
    title: str
    language: str
    ids: Mapping[str, str]
    added_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnSource:
    """A source whose figures the user imported. `url` says where they were published (empty: nowhere).

    A removed one has no figure in force any more; what it once said stays in earlier vintages.
    """

    id: str
    title: str
    licence: str
    url: str
    added_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file of a source of the user's own: its name, its SHA-256 and size in bytes, when and by which run it came."""

    name: str
    sha256: str
    size: int
    imported_at: datetime
    run: int


@dataclass(frozen=True, slots=True)
class Note:
    """A note of the user's own on the chart of a framework."""

    id: int
    framework: str
    day: date
    title: str
    url: str


class Frameworks:
    """The part of the store that keeps what is tracked beyond the catalog."""

    _engine: Engine

    def mirror_frameworks(self, frameworks: Iterable[tuple[str, str]]) -> None:
        """Bring the catalog's frameworks (id, title) into the table; the user's own stay as they are."""
        f = t.framework.c
        with writing(self._engine) as conn:
            titles = {row.id: row.title for row in conn.execute(select(f.id, f.title))}
            for key, title in frameworks:
                if key not in titles:
                    conn.execute(t.framework.insert().values(id=key, title=title, origin="catalog"))
                elif titles[key] != title:
                    conn.execute(update(t.framework).where(f.id == key, f.origin == "catalog").values(title=title))

    def own_frameworks(self) -> list[OwnFramework]:
        """The user's own, removed ones too, in the order in which they were added."""
        f = t.framework.c
        query = select(f.id, f.title, f.language, f.ids, f.added_at, f.removed_at).where(f.origin == OWN)
        with reading(self._engine) as conn:
            rows = [row._asdict() for row in conn.execute(query.order_by(f.added_at, f.id))]
        return [OwnFramework(**row | {"ids": json.loads(row["ids"])}) for row in rows]

    def add_framework(self, key: str, title: str, ids: Mapping[str, str], *, language: str = "", now: datetime) -> None:
        """Add a framework of the user's own, or bring one back under the same id with these names.

        Raises ValueError if the catalog has one of that id.
        """
        f = t.framework.c
        names = json.dumps(dict(ids), sort_keys=True)
        columns = {"title": title, "language": language, "ids": names, "removed_at": None}
        with writing(self._engine) as conn:
            origin = conn.execute(select(f.origin).where(f.id == key)).scalar()
            if origin == "catalog":
                raise ValueError(f"the catalog has a framework {key} already")
            if origin is None:
                conn.execute(t.framework.insert().values(id=key, origin=OWN, added_at=now, **columns))
            else:
                conn.execute(update(t.framework).where(f.id == key).values(**columns))
            _changed(conn)

    def remove_framework(self, key: str, now: datetime) -> bool:
        """Stop tracking one of the user's own; its data stays. False if there is none of that id."""
        f = t.framework.c
        mine = (f.id == key) & (f.origin == OWN) & f.removed_at.is_(None)
        with writing(self._engine) as conn:
            _changed(conn)
            return conn.execute(update(t.framework).where(mine).values(removed_at=now)).rowcount == 1

    def own_sources(self) -> list[OwnSource]:
        """The sources of the user's own, removed ones too, in the order in which they were added."""
        s = t.own_source.c
        with reading(self._engine) as conn:
            return [OwnSource(**row._asdict()) for row in conn.execute(select(t.own_source).order_by(s.added_at, s.id))]

    def imported_files(self, source: str, metric: str) -> list[ImportedFile]:
        """The files of a source of the user's own by one metric, the latest first, without what is in them."""
        p, r = t.payload.c, t.run.c
        query = (
            select(p.url, p.sha256, p.size, p.fetched_at, p.run)
            .join_from(t.payload, t.run, p.run == r.id)
            .where(r.source == source, r.trigger == "import", p.stream == metric)
            .distinct()
            .order_by(p.run.desc())
        )
        with reading(self._engine) as conn:
            return [
                ImportedFile(row.url.removeprefix("file:"), row.sha256, row.size, row.fetched_at, row.run)
                for row in conn.execute(query)
            ]

    def own_metrics(self) -> list[tuple[str, str]]:
        """Each source of the user's own with each metric of which a figure of it is in force."""
        s, o, p = t.series.c, t.observation.c, t.payload.c
        query = (
            select(p.source, s.metric)
            .join_from(t.payload, t.run, p.run == t.run.c.id)
            .join(t.series, (s.metric == p.stream) & (s.framework == p.framework))
            .where(t.run.c.source.in_(select(t.own_source.c.id)))
            .where(select(o.payload).where(o.series == s.id, o.payload == p.id).exists())
            .distinct()
            .order_by(p.source, s.metric)
        )
        with reading(self._engine) as conn:
            return [(row.source, row.metric) for row in conn.execute(query)]

    def add_note(self, framework: str, day: date, title: str, url: str = "") -> int:
        """Put a note of the user's own on the chart of a framework; its id."""
        columns = {"framework": framework, "day": day_number(day), "kind": NOTE, "title": title, "url": url}
        with writing(self._engine) as conn:
            _changed(conn)
            return inserted(conn.execute(t.event.insert().values(**columns)))

    def notes(self, framework: str | None = None) -> list[Note]:
        """The user's notes, oldest first."""
        e = t.event.c
        query = select(e.id, e.framework, e.day, e.title, e.url).where(e.kind == NOTE).order_by(e.day, e.id)
        if framework is not None:
            query = query.where(e.framework == framework)
        with reading(self._engine) as conn:
            return [Note(row.id, row.framework, day_of(row.day), row.title, row.url) for row in conn.execute(query)]

    def remove_note(self, note: int) -> bool:
        """Take a note away again. False if there is none of that id; what sources said cannot be removed."""
        with writing(self._engine) as conn:
            _changed(conn)
            return conn.execute(delete(t.event).where(t.event.c.id == note, t.event.c.kind == NOTE)).rowcount == 1


def _changed(conn: Connection) -> None:
    """Whoever cached an answer must ask again."""
    conn.execute(update(t.store).values(generation=t.store.c.generation + 1))
