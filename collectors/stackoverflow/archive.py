"""A file of people's answers, as it was published: CSV or a zip with one. Read as a stream, under caps, and hashed.

A zip is looked at before it is opened: its table of contents is bounded, and everything in it must be an ordinary file
within. Nothing is ever unpacked to disk.
"""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from collectors._runtime.errors import Changed, Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MB = 1_000_000
CAP = 600 * MB  # of the CSV; the largest edition has 197 MB
RATIO = 200  # of a zip's member, unpacked to packed; real editions have some 8 to 12
ENTRIES = 1000
CONTENTS = MB  # bytes of a zip's table of contents
NAMES = ("survey_results_public.csv", "results.csv")  # what the answers are called in the zips that were published

_END = b"PK\x05\x06"
_END_SIZE, _COMMENT_SIZE = 22, 65_535
_ZIP64 = b"PK\x06\x07"
_ZIP64_SIZE = 20


class Digested(io.RawIOBase):
    """A stream that counts and hashes what is read through it, and refuses more than `CAP` bytes."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner
        self._sha256 = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        chunk = self._inner.read(len(view))
        view[: len(chunk)] = chunk
        self._sha256.update(chunk)
        self.size += len(chunk)
        if self.size > CAP:
            raise Changed(f"The file holds more than {CAP // MB} MB, which no edition does; nothing of it was stored.")
        return len(chunk)

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of what was read so far."""
        return self._sha256.hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[tuple[Digested, io.TextIOWrapper]]:
    """The answers in a file, as text, and what counts their bytes. A byte order mark is skipped.

    Raises Changed for what is no such file, Refused for one that cannot be read.
    """
    with ExitStack() as open_files:
        try:
            raw = open_files.enter_context(_regular(path))
            packed = raw.read(4)
            raw.seek(0)
            inner = open_files.enter_context(_member(raw, path)) if packed[:2] == b"PK" else raw
            digested = Digested(inner)
            text = io.TextIOWrapper(io.BufferedReader(digested, MB), encoding="utf-8-sig", newline="")
            yield digested, text
        except OSError as error:
            raise Refused(f"{path.name} cannot be read: {error.strerror or 'it broke off'}.") from error
        except UnicodeDecodeError as error:
            raise Changed(f"{path.name} is not UTF-8 text, which every edition is.") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise Changed(f"{path.name} is a damaged or locked zip ({error}).") from error


@contextmanager
def _regular(path: Path) -> Iterator[IO[bytes]]:
    if not stat.S_ISREG(path.stat().st_mode):  # a device or pipe may never end
        raise Refused(f"{path.name} is not an ordinary file.")
    with path.open("rb") as file:
        yield file


@contextmanager
def _member(raw: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    """The one CSV of answers in a zip, open."""
    _check_contents(raw, path.name)
    with zipfile.ZipFile(raw) as archive:
        entries = archive.infolist()
        for entry in entries:
            _check_entry(entry, path.name)
        chosen = _chosen(entries, path.name)
        with archive.open(chosen) as member:
            if member.read(2) == b"PK":
                raise Changed(f"{path.name} holds another zip under the name of {chosen.filename}; it is not opened.")
        with archive.open(chosen) as member:
            yield member


def _check_contents(raw: IO[bytes], name: str) -> None:
    """The table of contents must be small before anything reads it: a million entries would fill the memory."""
    length = raw.seek(0, io.SEEK_END)
    raw.seek(max(0, length - _END_SIZE - _COMMENT_SIZE))
    tail = raw.read()
    raw.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise Changed(f"{name} is a zip that broke off: its table of contents is missing.")
    entries, size = struct.unpack_from("<HI", tail, at + 10)
    large = _ZIP64 in tail[max(0, at - _ZIP64_SIZE) : at]
    if large or entries > ENTRIES or size > CONTENTS:
        raise Changed(f"{name} is a zip with too many entries; the published ones have a handful.")


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    """Every entry is an ordinary file or folder below the zip, whether we read it or not."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    mode = stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise Changed(f"{name} has an entry that points outside of it; it is not opened.")
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Changed(f"{name} has an entry that is a link or device; it is not opened.")
    if entry.file_size > CAP or entry.file_size > RATIO * max(entry.compress_size, 1000):
        raise Changed(f"{name} has an entry that unpacks to {entry.file_size // MB:,} MB, as bombs do; not opened.")


def _chosen(entries: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    tables = [e for e in entries if e.filename.lower().endswith(".csv") and not e.filename.startswith("__MACOSX/")]
    answers = [e for e in tables if PurePosixPath(e.filename).name in NAMES] or [
        e for e in tables if "schema" not in e.filename.lower()
    ]
    if len(answers) != 1:
        raise Changed(f"{name} must hold one CSV of answers ({' or '.join(NAMES)}), not {len(answers)}.")
    return answers[0]
