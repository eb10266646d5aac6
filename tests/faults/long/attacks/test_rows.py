"""X05: rows that would run if they were read as more than text."""

from __future__ import annotations

import os
import pickle
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from storage import Batch, Observation, Payload, Period, Store
from tests.support.upstream import NOON

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[4]


class Runs:
    """What a pickle does when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def test_x05_rows_that_would_run_are_only_read(sqlite_url: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    poisons: list[object] = [
        pickle.dumps(Runs(mark)),
        f"!!python/object/apply:os.system ['touch {mark}']",
        f"__import__('os').system('touch {mark}')",
        "[" * 100_000,
        '{"a": ' * 50_000 + "1" + "}" * 50_000,
    ]
    with Store.open(sqlite_url) as store:
        run = store.start_run("github", trigger="cli", now=NOON)
        told = Observation("stars", "flask", Period.day(date(2026, 1, 1)), 5)
        store.write(run.id, "flask", "snapshot", Batch(Payload("github", "http://x", b"{}", NOON), (told,), {"a": 1}))
    for poison in poisons:
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as raw:
            raw.execute("UPDATE cursor SET state = ?", (poison,))
            raw.execute("UPDATE payload SET body = ?, url = ?", (poison, poison))
            raw.execute("UPDATE run SET note = ?, failures = ?", (poison, poison))
            raw.commit()
        environment = {**os.environ, "UPTAKE_DATABASE_URL": sqlite_url}
        for command in ("export stars", "runs"):
            line = [sys.executable, "-m", "uptake", *command.split()]
            done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            assert "Traceback" not in done.stderr, done.stderr[-500:]
    assert not mark.exists()
