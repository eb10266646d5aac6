"""The first schema: series, observations with their revisions, runs, payloads, cursors, names, events, leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "store",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO store (id, format, generation) VALUES (1, 'uptake', 0)")
    op.create_table(
        "framework",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
    )
    op.create_table(
        "series",
        sa.Column("id", ID, primary_key=True),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("framework", sa.Text, nullable=False),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.UniqueConstraint("metric", "framework", "dimension", name="series_key"),
    )
    _runs_and_payloads()
    _observations()
    _bookkeeping()


def _runs_and_payloads() -> None:
    op.create_table(
        "run",
        sa.Column("id", ID, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("trigger", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("frameworks", sa.Text, nullable=False),
        sa.Column("since", sa.Text),
        sa.Column("until", sa.Text),
        sa.Column("full", sa.Boolean, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("planned", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("new", sa.Integer, nullable=False),
        sa.Column("revised", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("failures", sa.Text, nullable=False),
        sa.Column("deferred_until", MOMENT),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
    )
    op.create_index("run_by_source", "run", ["source", "id"])
    op.create_index("run_by_status", "run", ["status"])
    op.create_table(
        "payload",
        sa.Column("id", ID, primary_key=True),
        sa.Column("run", ID, sa.ForeignKey("run.id"), nullable=False),
        sa.Column("framework", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index("payload_by_run", "payload", ["run"])


def _observations() -> None:
    op.create_table(
        "observation",
        sa.Column("series", ID, sa.ForeignKey("series.id"), primary_key=True),
        sa.Column("period", sa.Integer, primary_key=True),
        sa.Column("period_end", sa.Integer, primary_key=True),
        sa.Column("value", sa.Float(53)),
        sa.Column("base", sa.BigInteger),
        sa.Column("payload", ID, sa.ForeignKey("payload.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revision",
        sa.Column("id", ID, primary_key=True),
        sa.Column("series", ID, sa.ForeignKey("series.id"), nullable=False),
        sa.Column("period", sa.Integer, nullable=False),
        sa.Column("period_end", sa.Integer, nullable=False),
        sa.Column("value", sa.Float(53)),
        sa.Column("base", sa.BigInteger),
        sa.Column("payload", ID, sa.ForeignKey("payload.id"), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
    )
    op.create_index("revision_by_series", "revision", ["series", "period"])


def _bookkeeping() -> None:
    op.create_table(
        "cursor",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("framework", sa.Text, primary_key=True),
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "alias",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("framework", sa.Text, primary_key=True),
        sa.Column("lasting_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("seen_at", MOMENT, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", ID, primary_key=True),
        sa.Column("framework", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("payload", ID, sa.ForeignKey("payload.id"), nullable=False),
        sa.UniqueConstraint("framework", "kind", "title", "day", name="event_key"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
    )
