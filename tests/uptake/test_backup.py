"""Backups, and what they are for: everything is there again, or one sentence says why not and nothing has changed."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrations import migrate
from storage import Batch, Observation, Payload, Period, Store, StoreBusy, StoreDamaged, StoreError
from storage.database.engine import connect, parse
from storage.store_copy import content_of, seal
from tests.support.serving import copied
from uptake.backup import back_up, copy_store, restore_backup
from uptake.cli import commands

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def _content(url: str) -> object:
    with Store.open(url, read_only=True) as store:
        return store.content()


def _write(store: Store, value: int) -> None:
    run = store.start_run("pypistats", trigger="hand", now=NOW)
    day = Observation("downloads_all", "flask", Period.day(date(2026, 9, 1)), value)
    payload = Payload("pypistats", "https://example.org", f"answer {value}".encode(), NOW)
    store.write(run.id, "flask", "per_day", Batch(payload, (day,)))


def _answers(url: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("UPTAKE_DATABASE_URL", url)
    asked = (
        ["export", "stars", "--framework", "flask", "--framework", "django"],
        ["trace", "downloads_all", "flask", "2026-09-01"],
        ["compare", "django", "flask", "--json"],
        ["verify", "--json"],
        ["runs"],
    )
    results = [CliRunner().invoke(commands, arguments) for arguments in asked]
    assert [r.exit_code for r in results] == [0] * len(asked), [r.output[-300:] for r in results]
    return [r.output for r in results]


def test_a_store_goes_to_another_machine_and_answers_alike(
    deep_store: str, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite to PostgreSQL, a backup of that, and the backup into an empty SQLite store."""
    url = copied(deep_store, tmp_path)
    before = _answers(url, monkeypatch)
    assert copy_store(url, postgresql_url, NOW) == _content(url)
    made = back_up(postgresql_url, tmp_path / "backup.db", NOW)
    assert made.content == _content(url)
    back = f"sqlite:///{tmp_path / 'again.db'}"
    assert restore_backup(made.path, back, NOW).made_at == NOW
    assert _content(back) == _content(postgresql_url) == _content(url)
    assert _answers(back, monkeypatch) == before
    for address in (postgresql_url, back):
        with Store.open(address) as store:  # the numbers of rows go on where they were
            _write(store, 7)


def test_a_backup_is_of_one_moment_while_others_write(deep_store: str, tmp_path: Path) -> None:
    url = copied(deep_store, tmp_path)
    enough = threading.Event()

    def write() -> None:
        with Store.open(url) as store:
            for value in count(50_000):
                _write(store, value)
                if enough.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    made = [back_up(url, tmp_path / f"{n}.db", NOW) for n in range(3)]
    enough.set()
    writer.join()
    for backup in made:  # each payload has its run, each value the payload that brought it: verify says so
        address = f"sqlite:///{backup.path}"
        with Store.open(address, read_only=True) as store:
            assert list(store.audit()) == []
    assert made[0].content != made[2].content


def test_only_a_whole_backup_appears(deep_store: str, tmp_path: Path) -> None:
    made = back_up(deep_store, tmp_path, NOW)
    assert made.path.name == "uptake-2026-11-30T120000Z.db"
    assert [file.name for file in tmp_path.iterdir()] == [made.path.name]
    assert made.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreError, match="exists already"):
        back_up(deep_store, tmp_path, NOW)
    with pytest.raises(StoreError, match=r"nowhere\.db"):
        back_up(f"sqlite:///{tmp_path}/nowhere.db", tmp_path / "b.db", NOW)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_is_not_there_yet_is_made(
    deep_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name with a slash at its end is a folder's: each month's backup goes into it, under a name of its own."""
    monkeypatch.setenv("UPTAKE_DATABASE_URL", deep_store)
    folder = tmp_path / "backups" / "uptake"
    made = CliRunner().invoke(commands, ["backup", f"{folder}/"])
    assert made.exit_code == 0, made.output
    (file,) = folder.glob("uptake-*Z.db")
    assert made.stdout.startswith(f"{file}: ")
    with pytest.raises(StoreError, match="cannot be made: File exists"):
        back_up(deep_store, f"{file}/", NOW)


def test_a_damaged_backup_changes_nothing(deep_store: str, tmp_path: Path) -> None:
    """One flipped bit: it is noticed, or it lies where a file holds nothing."""
    made = back_up(deep_store, tmp_path / "backup.db", NOW)
    whole, noticed = made.path.read_bytes(), 0
    for n in range(12):
        damaged = bytearray(whole)
        damaged[len(damaged) * (2 * n + 1) // 24] ^= 1 << n % 8
        made.path.write_bytes(damaged)
        store = tmp_path / f"{n}.db"
        try:
            restore_backup(made.path, f"sqlite:///{store}", NOW)
        except StoreDamaged:
            noticed += 1
            assert not store.exists()
        else:
            assert _content(f"sqlite:///{store}") == made.content
    assert noticed >= 8


def test_a_value_that_was_changed_within_a_sound_file_is_seen(deep_store: str, tmp_path: Path) -> None:
    made = back_up(deep_store, tmp_path / "backup.db", NOW)
    with sqlite3.connect(made.path) as raw:
        raw.execute("UPDATE observation SET value = value + 1 WHERE series = (SELECT min(series) FROM observation)")
    raw.close()
    with pytest.raises(StoreDamaged, match="no longer contains what was written"):
        restore_backup(made.path, f"sqlite:///{tmp_path / 'uptake.db'}", NOW)


def test_a_store_is_replaced_only_when_asked_and_then_set_aside(
    deep_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = copied(deep_store, tmp_path)
    (tmp_path / "backups").mkdir()
    made = back_up(url, tmp_path / "backups" / "backup.db", NOW)
    with Store.open(url) as store:
        _write(store, 1)
        generation = store.generation()
    changed = _content(url)
    monkeypatch.setenv("UPTAKE_DATABASE_URL", url)
    refused = CliRunner().invoke(commands, ["restore", str(made.path)], standalone_mode=False)
    assert isinstance(refused.exception, StoreError)
    assert "already holds something" in str(refused.exception)
    assert _content(url) == changed
    done = CliRunner().invoke(commands, ["restore", str(made.path), "--replace", "--json"])
    assert done.exit_code == 0, done.output
    assert _content(url) == made.content
    aside = next(file for file in made.path.parent.iterdir() if file.name.startswith("uptake-replaced-"))
    assert _content(f"sqlite:///{aside}") == changed
    with Store.open(url) as store:
        assert store.generation() > generation  # an open dashboard shows nothing of before


def test_nothing_is_replaced_under_a_running_process(deep_store: str, tmp_path: Path) -> None:
    url = copied(deep_store, tmp_path)
    made = back_up(url, tmp_path / "backup.db", NOW)
    with Store.open(url) as store:
        assert store.acquire("schedule", "other:1", 60, NOW)
    with pytest.raises(StoreBusy, match="stop the scheduler"):
        restore_backup(made.path, url, NOW, replace=True)
    restore_backup(made.path, url, NOW + timedelta(minutes=2), replace=True)


def test_a_backup_of_an_earlier_version_is_upgraded_and_left_as_it_is(tmp_path: Path) -> None:
    """A store of the first revision, sealed as `back_up` does: its tables are others than today's."""
    old = tmp_path / "old.db"
    migrate(f"sqlite:///{old}", to=1)
    with sqlite3.connect(old) as raw:
        raw.execute("INSERT INTO framework (id, title, origin) VALUES ('flask', 'Flask', 'shipped')")
    raw.close()
    engine = connect(parse(f"sqlite:///{old}"), read_only=True)
    content = content_of(engine)
    engine.dispose()
    seal(old, content, NOW, "0.0.1")
    bytes_before = old.read_bytes()
    url = f"sqlite:///{tmp_path / 'uptake.db'}"
    restore_backup(old, url, NOW)
    assert old.read_bytes() == bytes_before
    with sqlite3.connect(tmp_path / "uptake.db") as raw:
        assert raw.execute("SELECT id FROM framework").fetchall() == [("flask",)]
    raw.close()


@pytest.mark.fault
def test_a_killed_restore_leaves_the_store_as_it_was(deep_store: str, store_url: str, tmp_path: Path) -> None:
    copy_store(deep_store, store_url, NOW)
    with Store.open(store_url) as store:
        _write(store, 1)
    before = _content(store_url)
    made = back_up(deep_store, tmp_path / "backup.db", NOW)
    script = (
        "import os, signal, sys; from pathlib import Path; from datetime import datetime, UTC;"
        "from uptake.backup import restore_backup;"
        "kill = lambda table, done, total: done > total * 0.8 and os.kill(os.getpid(), signal.SIGKILL);"
        "restore_backup(Path(sys.argv[1]), sys.argv[2], datetime.now(UTC), replace=True, progress=kill)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(made.path), store_url], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert _content(store_url) == before
    restore_backup(made.path, store_url, NOW, replace=True)
    assert _content(store_url) == made.content


@pytest.mark.fault
def test_a_full_disk_leaves_no_half_backup(deep_store: str, tmp_path: Path) -> None:
    """A limit on the size of files says the same as a full disk: no write goes through."""
    script = (
        "import resource, signal, sys; from pathlib import Path; from datetime import datetime, UTC;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000));"
        "from uptake.backup import back_up;"
        "back_up(sys.argv[1], Path(sys.argv[2]), datetime.now(UTC))"
    )
    shutil.copy(deep_store.removeprefix("sqlite:///"), tmp_path / "uptake.db")
    (tmp_path / "backups").mkdir()
    arguments = [sys.executable, "-c", script, f"sqlite:///{tmp_path}/uptake.db", str(tmp_path / "backups")]
    failed = subprocess.run(arguments, capture_output=True, check=False, text=True)
    assert failed.returncode == 1
    assert "StoreFull" in failed.stderr
    assert list((tmp_path / "backups").iterdir()) == []
