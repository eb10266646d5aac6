"""Making the store: the data directory for its owner alone, and the schema of this version."""

from __future__ import annotations

from migrations import migrate
from storage.database.grants import grant_dashboard
from uptake.settings.settings import Settings


def make_store(settings: Settings, dashboard_user: str | None = None) -> tuple[str, ...]:
    """Create the store, or bring it up to date; the revisions applied (none if it was). Raises StoreError.

    `dashboard_user` is a user of PostgreSQL who may do what the dashboard does, and no more.
    """
    if settings.default_store:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    applied = migrate(settings.database_url)
    if dashboard_user is not None:
        grant_dashboard(settings.database_url, dashboard_user)
    return applied
