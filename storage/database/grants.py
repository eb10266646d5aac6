"""What the dashboard's own user of PostgreSQL may do: read, ask for runs, keep notes and the user's own frameworks."""

from __future__ import annotations

from sqlalchemy import Connection, text

from storage.database.engine import connect, parse, writing
from storage.errors import StoreForeign

# Beside reading everything. Rows of one table are told apart by policies, which bind this user alone, not the owner.
_STATEMENTS = (
    "GRANT USAGE ON SCHEMA public TO {user}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {user}",
    "GRANT INSERT, UPDATE (status, finished_at, cancel_requested) ON run TO {user}",
    "GRANT INSERT, UPDATE ON framework TO {user}",
    "GRANT INSERT, DELETE ON event TO {user}",
    "GRANT UPDATE (generation) ON store TO {user}",
)
_POLICIES = {
    ("run", "SELECT"): "USING (true)",
    ("run", "INSERT"): "WITH CHECK (status = 'requested')",
    ("run", "UPDATE"): "USING (true) WITH CHECK (cancel_requested)",
    ("framework", "SELECT"): "USING (true)",
    ("framework", "INSERT"): "WITH CHECK (origin = 'own')",
    ("framework", "UPDATE"): "USING (origin = 'own') WITH CHECK (origin = 'own')",
    ("event", "SELECT"): "USING (true)",
    ("event", "INSERT"): "WITH CHECK (kind = 'note')",
    ("event", "DELETE"): "USING (kind = 'note')",
}


def grant_dashboard(url: str, user: str) -> None:
    """Let a user of the database do what the dashboard does, and no more; again after each migration.

    Raises StoreForeign where there is no such user, or the store is no PostgreSQL.
    """
    parsed = parse(url)
    if parsed.get_backend_name() != "postgresql":
        raise StoreForeign("Only a store in PostgreSQL has users of its own: leave --dashboard-user out.")
    engine = connect(parsed)
    try:
        with writing(engine) as conn:
            _grant(conn, user)
    finally:
        engine.dispose()


def _grant(conn: Connection, user: str) -> None:
    if conn.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :user"), {"user": user}).scalar() is None:
        raise StoreForeign(f"The database has no user {user!r}: make one, or leave --dashboard-user out.")
    quoted = conn.dialect.identifier_preparer.quote_identifier(user)
    for table in dict.fromkeys(table for table, _ in _POLICIES):
        conn.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for statement in _STATEMENTS:
        conn.exec_driver_sql(statement.format(user=quoted))
    for (table, action), rule in _POLICIES.items():
        name = f"dashboard_{action.lower()}"
        conn.exec_driver_sql(f"DROP POLICY IF EXISTS {name} ON {table}")
        conn.exec_driver_sql(f"CREATE POLICY {name} ON {table} FOR {action} TO {quoted} {rule}")
