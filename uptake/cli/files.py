"""Files that appear only when they are complete."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


def write_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that appears only when it is complete: a full disk or a kill leaves the old one, or none."""
    whole_file(path, lambda file: file.writelines(chunks))


def whole_file(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Have a file written that appears only when it is complete.

    A device or a pipe is written to as it is: putting a file in its place would take it from everybody else.
    """
    path = path.resolve()  # of a link, what it points to is written anew, and the link stays
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            write(file)
        return
    growing = path.with_name(f".{path.name}.{os.getpid()}")
    with errors_of(path):
        try:
            with growing.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            growing.replace(path)
        except BaseException:
            with suppress(OSError):
                growing.unlink()
            raise


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Errors of the system name this file or folder, and not what it is called while it grows."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
