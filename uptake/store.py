"""Making the store: the data directory for its owner alone, and the schema of this version."""

from __future__ import annotations

from migrations import migrate
from uptake.settings.table import Settings


def make_store(settings: Settings) -> tuple[str, ...]:
    """Create the store, or bring it up to date; the revisions applied (none if it was). Raises StoreError."""
    if settings.default_store:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return migrate(settings.database_url)
