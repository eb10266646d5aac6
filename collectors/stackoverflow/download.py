"""A large answer on its way into a file, which appears only when it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from collectors._runtime.errors import Changed, Refused
from collectors.stackoverflow.archive import CAP, MB


class Download:
    """A sink that writes beside `path` and renames when `done`. `tick` takes the bytes so far and may raise."""

    def __init__(self, path: Path, tick: Callable[[int], None]) -> None:
        self._path, self._tick = path, tick
        self._growing = path.with_name(f"{path.name}.part")

    @property
    def cap(self) -> int:
        return CAP

    def take(self, chunks: Iterator[bytes]) -> None:
        """Write the body, from the start again if an attempt broke off before."""
        size = reported = 0
        with self._file() as file:
            for chunk in chunks:
                size += len(chunk)
                if size > self.cap:
                    raise Changed(f"The survey's file is larger than {self.cap // MB} MB, which no edition is.")
                with self._writing():  # only ours: an error of the line is the line's
                    file.write(chunk)
                if size - reported >= MB:
                    reported = size
                    self._tick(size)

    def done(self) -> None:
        """The body came whole: give the file its name."""
        with self._writing():
            self._growing.replace(self._path)

    @contextmanager
    def _file(self) -> Iterator[IO[bytes]]:
        with self._writing():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.fdopen(os.open(self._growing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=MB)
        try:
            yield file
        except BaseException:
            file.close()
            self._growing.unlink(missing_ok=True)
            raise
        with self._writing():
            file.flush()
            os.fsync(file.fileno())
            file.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Refused(
                f"{self._path} cannot be written ({error.strerror}): the survey's file needs room."
            ) from error
