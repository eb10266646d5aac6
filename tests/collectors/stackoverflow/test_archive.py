"""The survey's file in a zip: as it was published, hostile, or broken."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stamina

from storage import Store
from tests.collectors.stackoverflow.editions import (
    WORKED,
    collected,
    people,
    stored,
    table,
    written,
)


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return out.getvalue()


def test_zip_as_it_was_published_is_read(sqlite_store: Store, tmp_path: Path) -> None:
    content = table(2023, people(2023))
    folder = "stack-overflow-developer-survey-2023/"
    packed = zipped(
        (folder, b""),
        (folder + "README.txt", b"read me"),
        (folder + "survey_results_schema.csv", b"qid,qname\n"),
        (folder + "survey_results_public.csv", content),
        ("__MACOSX/._survey_results_public.csv", b"junk"),
    )
    run = collected(sqlite_store, 2023, written(tmp_path, packed, "survey.zip"))
    assert run.status == "ok"
    told = json.loads(sqlite_store.payloads(run.id)[0].body or b"")
    assert told["file"]["sha256"] == hashlib.sha256(content).hexdigest()


def link(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


def with_entries(number: int) -> bytes:
    """A table of contents that claims so many entries."""
    packed = bytearray(zipped(("results.csv", b"x")))
    struct.pack_into("<HH", packed, packed.rindex(b"PK\x05\x06") + 8, number, number)
    return bytes(packed)


def locked() -> bytes:
    packed = bytearray(zipped(("results.csv", b"Country")))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + at] |= 1
    return bytes(packed)


def lying() -> bytes:
    """A member that unpacks to far more than it says."""
    packed = bytearray(zipped(("results.csv", table(2024, people(2024)))))
    struct.pack_into("<I", packed, packed.index(b"PK\x01\x02") + 24, 500)
    return bytes(packed)


def zip64() -> bytes:
    packed = zipped(("results.csv", b"x"))
    at = packed.rindex(b"PK\x05\x06")
    return packed[:at] + b"PK\x06\x07" + b"\0" * 16 + packed[at:]


ZIPS: dict[str, Callable[[], bytes]] = {
    "bomb": lambda: zipped(("results.csv", b"\0" * 60_000_000)),
    "bomb beside it": lambda: zipped(("results.csv", table(2024, people(2024))), ("x.bin", b"\0" * 60_000_000)),
    "parent": lambda: zipped(("../results.csv", table(2024, people(2024)))),
    "parent on Windows": lambda: zipped(("a\\..\\..\\results.csv", table(2024, people(2024)))),
    "absolute": lambda: zipped(("/tmp/results.csv", table(2024, people(2024)))),
    "drive": lambda: zipped(("C:/results.csv", table(2024, people(2024)))),
    "symlink": lambda: zipped((link("results.csv", 0o120777), b"/etc/passwd")),
    "device": lambda: zipped((link("results.csv", 0o060666), b"")),
    "nested": lambda: zipped(("results.csv", zipped(("results.csv", table(2024, people(2024)))))),
    "many entries": lambda: zipped(*((f"{n}.txt", b"") for n in range(1001)), ("results.csv", b"x")),
    "claims many": lambda: with_entries(60_000),
    "zip64": zip64,
    "two tables": lambda: zipped(("a/results.csv", b"x"), ("b/results.csv", b"x")),
    "no table": lambda: zipped(("readme.txt", b"x")),
    "only a schema": lambda: zipped(("survey_results_schema.csv", b"x")),
    "locked": locked,
    "lying size": lying,
    "cut": lambda: zipped(("results.csv", table(2024, people(2024))))[:-40],
    "damaged": lambda: zipped(("results.csv", table(2024, people(2024)))).replace(b"PK\x01\x02", b"PK\x01\x03"),
    "a zip of nothing": zipped,
    "unknown packing": lambda: bytes(_with_method(99)),
}


def _with_method(method: int) -> bytearray:
    packed = bytearray(zipped(("results.csv", table(2024, people(2024)))))
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", packed, packed.index(mark) + at, method)
    return packed


@pytest.mark.parametrize("kind", ZIPS)
def test_hostile_or_broken_zip_is_refused_and_unpacks_nothing(sqlite_store: Store, tmp_path: Path, kind: str) -> None:
    file = written(tmp_path, ZIPS[kind](), "survey.zip")
    before = sorted(path for path in tmp_path.rglob("*") if "uptake.db" not in path.name)
    tracemalloc.start()
    run = collected(sqlite_store, 2024, file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert run.status == "failed"
    assert {f.kind for f in run.failures} == {"changed"}
    assert all(f.message.endswith(".") and "\n" not in f.message for f in run.failures)
    assert peak < 20_000_000
    assert stored(sqlite_store, WORKED) == {}
    assert sorted(path for path in tmp_path.rglob("*") if "uptake.db" not in path.name) == before
