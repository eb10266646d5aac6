"""Forecasts that were fitted, and alerts: what happened, whether it was told, and whether the telling failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "forecast",
        sa.Column("metric", sa.Text, primary_key=True),
        sa.Column("framework", sa.Text, primary_key=True),
        sa.Column("rival", sa.Text, primary_key=True),
        sa.Column("made_at", MOMENT, primary_key=True),
        sa.Column("through", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "alert",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("happened", sa.Integer, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("silent", sa.Boolean, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_index("alert_by_day", "alert", ["found_at"])
