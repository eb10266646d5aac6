"""The tables, as the newest migration leaves them. A test holds the two to be the same."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

SCHEMA = 4  # the revision this program reads and writes; migrations/versions/ has one file per number
VERSION_TABLE = "uptake_version"  # not Alembic's default name: another program's database is not ours

metadata = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone, so it is put back on reading; a naive moment is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's own signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's own signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Identifiers grow by one on both databases; SQLite only does so for INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")

store = Table(
    "store",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("format", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
)

framework = Table(
    "framework",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("ids", Text, nullable=False, server_default="{}"),
    Column("added_at", UtcDateTime),
    Column("removed_at", UtcDateTime),
)

own_source = Table(
    "own_source",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
)

series = Table(
    "series",
    metadata,
    Column("id", Id, primary_key=True),
    Column("metric", Text, nullable=False),
    Column("framework", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    UniqueConstraint("metric", "framework", "dimension", name="series_key"),
)

run = Table(
    "run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("frameworks", Text, nullable=False),
    Column("since", Text),
    Column("until", Text),
    Column("full", Boolean, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("planned", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("failures", Text, nullable=False),
    Column("deferred_until", UtcDateTime),
    Column("cancel_requested", Boolean, nullable=False),
)
Index("run_by_source", run.c.source, run.c.id)
Index("run_by_status", run.c.status)

payload = Table(
    "payload",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run", Id, ForeignKey("run.id"), nullable=False),
    Column("framework", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("etag", Text),
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("body", LargeBinary),
    Column("rows_digest", Text),
)
Index("payload_by_run", payload.c.run)

# Clustered by series and period (SQLite: WITHOUT ROWID), so that one series is one range read. Periods are whole
# days since 1970-01-01: five times quicker to read as a frame than dates.
observation = Table(
    "observation",
    metadata,
    Column("series", Id, ForeignKey("series.id"), primary_key=True),
    Column("period", Integer, primary_key=True),
    Column("period_end", Integer, primary_key=True),
    Column("value", Float(53)),
    Column("base", BigInteger),
    Column("payload", Id, ForeignKey("payload.id"), nullable=False),
    sqlite_with_rowid=False,
)

revision = Table(
    "revision",
    metadata,
    Column("id", Id, primary_key=True),
    Column("series", Id, ForeignKey("series.id"), nullable=False),
    Column("period", Integer, nullable=False),
    Column("period_end", Integer, nullable=False),
    Column("value", Float(53)),
    Column("base", BigInteger),
    Column("payload", Id, ForeignKey("payload.id"), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
Index("revision_by_series", revision.c.series, revision.c.period)

cursor = Table(
    "cursor",
    metadata,
    Column("source", Text, primary_key=True),
    Column("framework", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("state", Text, nullable=False),
)

alias = Table(
    "alias",
    metadata,
    Column("source", Text, primary_key=True),
    Column("framework", Text, primary_key=True),
    Column("lasting_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("framework", Text, nullable=False),
    Column("day", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("payload", Id, ForeignKey("payload.id")),
    UniqueConstraint("framework", "kind", "title", "day", name="event_key"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

# What was fitted is kept, so that it can be held to what came: the latest one is shown, the others are its past.
forecast = Table(
    "forecast",
    metadata,
    Column("metric", Text, primary_key=True),
    Column("framework", Text, primary_key=True),
    Column("rival", Text, primary_key=True),
    Column("made_at", UtcDateTime, primary_key=True),
    Column("through", Integer, nullable=False),
    Column("document", Text, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("happened", Integer, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("error", Text, nullable=False),
)
Index("alert_by_day", alert.c.found_at)
