"""M01, M04: a migration of a store that holds something ends, or leaves all as it was, wherever it is broken off."""

from __future__ import annotations

import hashlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from migrations import head, migrate
from storage import Store, StoreFull, StoreOlder
from storage.database.engine import connect, parse, writing
from tests.faults.long.disks import mounted
from tests.faults.long.killed import integrity
from tests.migrations.test_migrations import FIRST_ROWS, KILLED

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[3]
LARGE = 1_000_000  # observations


class Stop(Exception):
    """Raised in the middle of a migration."""


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the first revision with a row in every table."""
    file = tmp_path_factory.mktemp("first") / "uptake.db"
    migrate(f"sqlite:///{file}", to=1)
    engine = connect(parse(f"sqlite:///{file}"))
    with writing(engine) as conn:
        for statement in FIRST_ROWS.split(";"):
            conn.exec_driver_sql(statement)
    engine.dispose()
    return file


def content(file: Path) -> tuple[str, ...]:
    """All that a file holds, schema and rows."""
    with closing(sqlite3.connect(file)) as raw:
        return tuple(raw.iterdump())


def broken_at(number: int, url: str) -> bool:
    """Migrate with an error after the n-th statement; whether it came to that."""
    seen = 0

    def step(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise Stop

    event.listen(Engine, "after_cursor_execute", step)
    try:
        migrate(url)
    except Stop:
        return True
    finally:
        event.remove(Engine, "after_cursor_execute", step)
    return False


def test_m01_an_error_anywhere_leaves_every_row_where_it_was(first: Path, tmp_path: Path) -> None:
    before, number = content(first), 0
    for number in count(1):
        file = Path(shutil.copy(first, tmp_path / "uptake.db"))
        if not broken_at(number, f"sqlite:///{file}"):
            break
        assert content(file) == before, number
    assert number > 40
    with Store.open(f"sqlite:///{tmp_path / 'uptake.db'}") as store:
        assert list(store.read("stars")["value"]) == [5]


@pytest.mark.parametrize("after", range(5, 50, 6))
def test_m01_a_kill_anywhere_leaves_every_row_where_it_was(first: Path, tmp_path: Path, after: int) -> None:
    import textwrap

    before, file = content(first), Path(shutil.copy(first, tmp_path / "uptake.db"))
    command = [sys.executable, "-c", textwrap.dedent(KILLED), f"sqlite:///{file}", str(after)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert content(file) == before
    integrity(f"sqlite:///{file}")
    assert len(migrate(f"sqlite:///{file}")) == head() - 1


LARGER = """
    WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :most)
    INSERT INTO observation SELECT 1, 20000 + x, 20000 + x, x, NULL, 1 FROM n
"""


@pytest.fixture(scope="module")
def large(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a million figures."""
    file = Path(shutil.copy(first, tmp_path_factory.mktemp("large") / "uptake.db"))
    with closing(sqlite3.connect(file)) as raw:
        raw.execute(LARGER, {"most": LARGE})
        raw.commit()
    return file


def test_m04_a_large_store_is_migrated_in_little_time_and_room(large: Path, tmp_path: Path) -> None:
    file, before = Path(shutil.copy(large, tmp_path / "uptake.db")), large.stat().st_size
    began = time.monotonic()
    migrate(f"sqlite:///{file}")
    assert time.monotonic() - began < 60
    assert sum(part.stat().st_size for part in tmp_path.iterdir()) < 2.2 * before
    with Store.open(f"sqlite:///{file}") as store:
        assert len(store.read("stars")) == LARGE + 1


LITTLE_ROOM = """
import resource, signal, sys
from migrations import migrate
from storage import StoreFull
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    migrate(sys.argv[1])
except StoreFull as error:
    print(error)
    sys.exit(3)
"""


def test_m04_without_room_nothing_is_changed(large: Path, tmp_path: Path) -> None:
    """The size limit of a process stands in for a disk with little room."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    file = Path(shutil.copy(large, tmp_path / "uptake.db"))
    before = content(file)
    command = [sys.executable, "-c", LITTLE_ROOM, f"sqlite:///{file}", "40000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")
    assert "disk" in done.stdout
    assert content(file) == before
    integrity(f"sqlite:///{file}")
    migrate(f"sqlite:///{file}")


def test_m04_an_upgrade_without_room_for_it_is_refused_before_it_begins(large: Path, tmp_path: Path) -> None:
    """On a disk with room for the store and half as much again."""
    megabytes = int(large.stat().st_size * 1.5) // 2**20
    with mounted(tmp_path / "disk", f"{megabytes}m") as disk:
        file = Path(shutil.copy(large, disk / "uptake.db"))
        before = hashlib.sha256(file.read_bytes()).digest()
        with pytest.raises(StoreFull, match="make room") as caught:
            migrate(f"sqlite:///{file}")
        assert str(caught.value).count(".") >= 1
        assert hashlib.sha256(file.read_bytes()).digest() == before
        with pytest.raises(StoreOlder):
            Store.open(f"sqlite:///{file}")
        subprocess.run(["mount", "-o", f"remount,size={3 * megabytes}m", str(disk)], check=True)
        assert migrate(f"sqlite:///{file}")
