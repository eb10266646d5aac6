"""S03 to S08: a store that is full, locked, crowded or damaged says so in one sentence and loses nothing."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import Store, StoreDamaged, StoreError, StoreFull
from tests.faults.long.disks import mounted
from tests.faults.long.killed import ROWS, batch, integrity
from tests.faults.oracle import collect, figures, past
from tests.storage.test_faults import fill, one_sentence
from tests.support.upstream import NOON, FakeClock, Upstream
from uptake.backup import back_up, restore_backup

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[3]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    with mounted(tmp_path / "small", "3m") as folder:
        yield folder


def filled(store: Store) -> int:
    """How many batches there was room for."""
    for kept in range(1000):
        try:
            store.write(1, "flask", "snapshot", batch(kept + 1))
        except StoreFull as error:
            assert one_sentence(error)  # noqa: PT017 - how many came before it counts too
            return kept
    return 0


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


# -------------------------------------------------------------------- S03, S04


def test_s03_a_full_disk_is_said_and_the_work_goes_on_once_there_is_room(sqlite_url: str, small_disk: Path) -> None:
    url = f"sqlite:///{shutil.copy(path_of(sqlite_url), small_disk / 'uptake.db')}"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_000_000)
    with Store.open(url) as store:
        store.start_run("github", trigger="cli", now=NOON)
        kept = filled(store)
        with pytest.raises(StoreError) as caught:
            back_up(url, small_disk / "backup.db", NOON)
        assert one_sentence(caught.value)
    integrity(url)
    assert sorted(file.name for file in small_disk.iterdir())[:2] == ["ballast", "uptake.db"]
    assert not list(small_disk.glob("backup*"))
    ballast.unlink()
    with Store.open(url) as store:
        assert len(store.read("stars")) == kept * ROWS + (kept >= 10)
        assert store.cursor("github", "flask", "snapshot") == {"batch": kept}
        store.write(1, "flask", "snapshot", batch(kept + 1))
        assert list(store.audit()) == []


def test_s04_a_disk_that_may_only_be_read_is_said_and_pages_are_served(tmp_path: Path, small_disk: Path) -> None:
    before = past(tmp_path)
    url = f"sqlite:///{shutil.copy(path_of(before.url), small_disk / 'uptake.db')}"
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    command = [sys.executable, "-m", "uptake", "collect", "almanac"]
    environment = {**os.environ, "UPTAKE_DATABASE_URL": url}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "cannot be" in done.stderr
    assert done.stderr.count("\n") == 1
    with Store.open(url, read_only=True) as store:
        assert len(store.read("downloads_no_mirrors", ["flask"])) == 3


# -------------------------------------------------------------------- S05, S06, S07


@contextmanager
def locked(url: str, seconds: float) -> Iterator[None]:
    """The store in another process's hands for so long."""
    script = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(float(sys.argv[2])); c.execute('ROLLBACK')"
    )
    command = [sys.executable, "-c", script, str(path_of(url)), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.kill()


def test_s05_two_seconds_of_lock_are_waited_for(tmp_path: Path) -> None:
    before = past(tmp_path)
    with Upstream.of("pypistats") as upstream, Store.open(before.url) as store, locked(before.url, 2):
        began = time.monotonic()
        assert collect(store, FakeClock(), upstream.url).status == "ok"
        assert time.monotonic() - began > 1.5
        assert figures(store) == before.wanted


def test_s05_a_minute_of_lock_is_one_sentence_and_the_next_run_goes_on(tmp_path: Path) -> None:
    before = past(tmp_path)
    with Upstream.of("pypistats") as upstream, Store.open(before.url) as store:
        had = figures(store)
        with locked(before.url, 60):
            command = [sys.executable, "-m", "uptake", "collect", "pypistats", "--framework", "flask"]
            environment = {**os.environ, "UPTAKE_DATABASE_URL": before.url, "UPTAKE_PYPISTATS_URL": upstream.url}
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 1
            assert "Traceback" not in done.stderr
            assert "held by another writer" in done.stderr + done.stdout
            assert figures(store) == had
        assert collect(store, FakeClock(), upstream.url).status == "ok"
        assert figures(store) == before.wanted


CROWD = """
    import sys, threading, time
    from storage import Store
    url, seconds = sys.argv[1], float(sys.argv[2])
    end, errors, reads = time.monotonic() + seconds, [], []
    def read():
        try:
            with Store.open(url, read_only=True) as store:
                while time.monotonic() < end:
                    frame = store.read("stars")
                    assert len(frame) and len(frame) % 50 == 0, len(frame)
                    reads.append(1)
                    time.sleep(0.02)
        except BaseException as error:
            errors.append(repr(error))
    threads = [threading.Thread(target=read) for _ in range(20)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    print(len(reads), errors)
"""


def test_s06_twenty_readers_and_a_writer_do_not_hinder_each_other(sqlite_url: str) -> None:
    import textwrap

    with Store.open(sqlite_url) as store:
        store.start_run("github", trigger="cli", now=NOON)
        store.write(1, "flask", "snapshot", batch(0))
        command = [sys.executable, "-c", textwrap.dedent(CROWD), sqlite_url, "60"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as crowd:
            took, number = list[float](), 0
            while crowd.poll() is None:
                number += 1
                began = time.monotonic()
                store.write(1, "flask", "snapshot", batch(number))
                took.append(time.monotonic() - began)
                time.sleep(0.05)
            assert crowd.stdout is not None
            reads, _, errors = crowd.stdout.read().partition(" ")
    assert errors.strip() == "[]"
    assert int(reads) > 100
    assert len(took) > 50
    assert sorted(took)[len(took) * 99 // 100] < 1.0


def test_s07_many_that_read_and_then_write_take_turns(sqlite_url: str) -> None:
    with Store.open(sqlite_url) as store:
        store.start_run("github", trigger="cli", now=NOON)
    script = (
        "import sys; from storage import Store; from tests.faults.long.killed import batch\n"
        "with Store.open(sys.argv[1]) as store:\n"
        "    for number in range(30): store.write(1, 'flask', 'snapshot', batch(10 * (30 * int(sys.argv[2]) + number)))"
    )
    command = [sys.executable, "-c", script, sqlite_url]
    several = [subprocess.Popen([*command, str(n)], cwd=ROOT, stderr=subprocess.PIPE, text=True) for n in range(4)]
    for one in several:
        _, error = one.communicate(timeout=120)
        assert (one.returncode, error) == (0, "")
    with Store.open(sqlite_url) as store:
        assert len(store.read("stars")) == 120 * ROWS
        assert list(store.audit()) == []


# -------------------------------------------------------------------- S08


def overwritten(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(0, len(data), 4096)
    return data[:at] + rng.randbytes(4096) + data[at + 4096 :]


def zeroed(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(0, len(data), 4096)
    return data[:at] + bytes(4096) + data[at + 4096 :]


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


@pytest.mark.parametrize(("damage", "times"), [(overwritten, 100), (zeroed, 40), (cut, 40)])
def test_s08_damage_is_found_and_a_backup_brings_all_back(
    sqlite_url: str, tmp_path: Path, damage: Callable[[bytes, random.Random], bytes], times: int
) -> None:
    """Every way of reading ends with an answer or one sentence; if nothing is found, nothing was lost."""
    with Store.open(sqlite_url) as store:
        fill(store, 4000)
        had = figures_of_stars(store)
    made = back_up(sqlite_url, tmp_path / "backup.db", datetime.now(UTC))
    with closing(sqlite3.connect(path_of(sqlite_url))) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, rng, found = path_of(sqlite_url).read_bytes(), random.Random(8), 0
    for number in range(times):
        file = tmp_path / f"{number}.db"
        file.write_bytes(damage(whole, rng))
        if number % 2:
            file.with_name(file.name + "-wal").write_bytes(b"")
        try:
            with Store.open(f"sqlite:///{file}") as store:
                assert list(store.audit()) == []
                assert figures_of_stars(store) == had
                store.runs(), store.series(), store.events(), store.content()
        except StoreError as error:
            assert one_sentence(error), error  # noqa: PT017 - most errors are right here
            found += isinstance(error, StoreDamaged)
        except AssertionError:
            found += 1
    assert found > times // 3
    url = f"sqlite:///{tmp_path / 'restored.db'}"
    restore_backup(made.path, url, datetime.now(UTC))
    with Store.open(url) as store:
        assert figures_of_stars(store) == had


def figures_of_stars(store: Store) -> list[float]:
    return [float(value) for value in store.read("stars")["value"]]
