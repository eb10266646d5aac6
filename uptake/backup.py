"""Backups of a store, and stores from backups: one SQLite file each, whatever database the store is in.

A backup is a whole store with one more table, which says when and by which version it was made and what it must
contain to the last row. So a file that was cut short or changed by one bit is refused, and Uptake can open any backup.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uptake
from migrations import migrate
from storage import Content, Store, StoreDamaged, StoreError, StoreOlder, StoreUnreachable
from storage.database.engine import connect, parse
from storage.store_copy import Progress, content_of, read_seal, seal


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made, or restored: its file, its size in bytes, when it was made and what it contains."""

    path: Path
    size: int
    made_at: datetime
    content: Content


def back_up(url: str, target: Path | str, now: datetime, progress: Progress | None = None) -> Backup:
    """Write what the store at `url` holds at this moment into a new file, and read it back.

    `target` is that file, or a folder, in which its name tells the moment; a folder that ends with a slash is made.
    Collections go on meanwhile. The file appears when it is whole. Raises StoreError.
    """
    path = _path(target, now)
    if path.exists():
        raise StoreError(f"{path} exists already, and a backup replaces nothing: choose another name or a folder.")
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with Store.open(url, read_only=True) as origin:
            migrate(_address(part))
            with Store.open(_address(part)) as copy:
                content = copy.copy_from(origin, now, progress=progress)
        seal(part, content, now, uptake.__version__)
        _synchronise(part)
        os.link(part, path)  # unlike a renaming, this replaces no file that appeared meanwhile
    except FileExistsError:
        raise StoreError(f"{path} appeared meanwhile: choose another name.") from None
    except OSError as error:
        raise StoreUnreachable(f"The backup {path} cannot be written: {error.strerror}.") from None
    finally:
        for leftover in (part, part.with_name(part.name + "-wal"), part.with_name(part.name + "-shm")):
            leftover.unlink(missing_ok=True)
    _synchronise(path.parent)
    return Backup(path, path.stat().st_size, now, content)


def _path(target: Path | str, now: datetime) -> Path:
    """Where the file goes. Raises StoreUnreachable if its folder cannot be made."""
    path = Path(target)
    try:
        if str(target).endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnreachable(f"The folder {path} cannot be made: {error.strerror}.") from None
    return path / f"uptake-{now:%Y-%m-%dT%H%M%SZ}.db" if path.is_dir() else path


def restore_backup(
    file: Path, url: str, now: datetime, *, replace: bool = False, progress: Progress | None = None
) -> Backup:
    """Fill the store at `url`, which is made if there is none, with a backup; all of it or nothing.

    Raises StoreDamaged if the file is not what was written, StoreError if the store already holds something and
    `replace` is False.
    """
    made_at, expected = read_seal(file)
    engine = connect(parse(_address(file)), read_only=True)
    try:
        content = content_of(engine)
    finally:
        engine.dispose()
    if content != expected:
        raise StoreDamaged(f"The backup {file} is damaged: it no longer contains what was written. Use another.")
    migrate(url)
    with _open(file) as origin, Store.open(url) as store:
        store.copy_from(origin, now, replace=replace, progress=progress)
    return Backup(file, file.stat().st_size, made_at, content)


@contextmanager
def _open(file: Path) -> Iterator[Store]:
    """A backup as a store of this version; one of an earlier version is upgraded in a copy, and itself left alone."""
    with ExitStack() as stack:
        try:
            store = Store.open(_address(file), read_only=True)
        except StoreOlder:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="uptake-restore-"))
            copy = _address(Path(shutil.copy(file, folder)))
            migrate(copy)
            store = Store.open(copy, read_only=True)
        yield stack.enter_context(store)


def set_aside(url: str, folder: Path, now: datetime) -> Backup | None:
    """A backup of what is about to be replaced (None: there is nothing yet). Raises StoreError."""
    migrate(url)
    with Store.open(url, read_only=True) as store:
        if not store.content().total:
            return None
    return back_up(url, folder / f"uptake-replaced-{now:%Y-%m-%dT%H%M%SZ}.db", now)


def copy_store(origin: str, target: str, now: datetime, progress: Progress | None = None) -> Content:
    """Copy a store to another database, which is made and must be empty: SQLite to PostgreSQL, or back."""
    with Store.open(origin, read_only=True) as store:
        migrate(target)
        with Store.open(target) as copy:
            return copy.copy_from(store, now, progress=progress)


def _address(path: Path) -> str:
    return f"sqlite:///{path}"


def _synchronise(path: Path) -> None:
    """Make a file, or a new name in a folder, last through a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
