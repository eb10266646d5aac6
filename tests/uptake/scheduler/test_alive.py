"""The file by which a container's health check sees that the scheduler works."""

from __future__ import annotations

import os
from pathlib import Path

from catalog import load
from storage import Store
from uptake.scheduler.schedule import Scheduler
from uptake.settings.settings import load_settings


def test_it_is_touched_only_while_the_store_answers(sqlite_store: Store, sqlite_url: str, tmp_path: Path) -> None:
    alive, settings = tmp_path / "alive", load_settings({}, os.devnull)
    working, standby = (Scheduler(sqlite_store, load(), settings, alive=alive) for _ in range(2))
    for scheduler in (working, standby):
        scheduler.renew()
        assert alive.exists()
        alive.unlink()
    sqlite_store.close()
    Path(sqlite_url.removeprefix("sqlite:///")).unlink()
    working.renew()
    assert not alive.exists()
