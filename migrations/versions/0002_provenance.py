"""Digests of what each payload told, frameworks of the user's own, and notes without a payload."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("payload", sa.Column("rows_digest", sa.Text))
    op.add_column("framework", sa.Column("language", sa.Text, nullable=False, server_default=""))
    op.add_column("framework", sa.Column("ids", sa.Text, nullable=False, server_default="{}"))
    op.add_column("framework", sa.Column("added_at", MOMENT))
    op.add_column("framework", sa.Column("removed_at", MOMENT))
    with op.batch_alter_table("event") as event:
        event.alter_column("payload", existing_type=sa.BigInteger(), nullable=True)
