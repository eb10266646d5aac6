"""A source's module and what it may have besides `collect`: in one file or through a package, with its defaults."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import collectors
from catalog import load
from collectors._runtime.contract import Answer, Task
from collectors._runtime.errors import Unavailable
from collectors._runtime.source_module import SourceModule, source_module
from storage import Batch

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ANSWER = Answer("https://example.org", 200, {}, b"busy", NOW)
TASK = Task(load().frameworks["flask"], "days", "flask", NOW)

COLLECT = """
def collect(task, fetch):
    yield Batch(Payload("example", "https://example.org", b"", task.now), (), {"name": task.name})
"""
FAULT = """
def fault(answer):
    return Unavailable("The example registry is busy.") if answer.body == b"busy" else None
"""
RETELL = """
def retell(task, answer):
    return () if answer.body else None
"""
PAGES = """
PAGES = {"days": lambda task: len(task.name)}
"""
GRANTS = """
PER_HOUR = {"anonymous": 60, "token": 5000}
PER_MINUTE = 10
"""
ALL = (COLLECT, FAULT, RETELL, PAGES, GRANTS)
IMPORTS = "from collectors._runtime.errors import Unavailable\nfrom storage import Batch, Payload\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules are found as sources; what was imported from it is forgotten afterwards."""
    monkeypatch.setattr(collectors, "__path__", [*collectors.__path__, str(tmp_path)])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("collectors.example"):
            del sys.modules[name]
    vars(collectors).pop("example", None)


def one_module(folder: Path, *texts: str) -> SourceModule:
    (folder / "example.py").write_text(IMPORTS + "".join(texts))
    return source_module("example")


def package(folder: Path, public: str, *texts: str) -> SourceModule:
    """A package whose `__init__.py` has the names in `public` from a module of its own."""
    (folder / "example").mkdir()
    (folder / "example" / "source.py").write_text(IMPORTS + "".join(texts))
    (folder / "example" / "__init__.py").write_text(f"from collectors.example.source import {public}\n")
    return source_module("example")


def check_defaults(module: SourceModule) -> None:
    assert [batch.cursor for batch in module.collect(TASK, no_fetch)] == [{"name": "flask"}]
    assert module.fault(ANSWER) is None
    assert module.retell is None
    assert dict(module.pages) == {}
    assert dict(module.per_hour) == {}
    assert module.per_minute is None


def check_hooks(module: SourceModule) -> None:
    batches: list[Batch] = list(module.collect(TASK, no_fetch))
    assert [batch.cursor for batch in batches] == [{"name": "flask"}]
    error = module.fault(ANSWER)
    assert isinstance(error, Unavailable)
    assert str(error) == "The example registry is busy."
    assert module.fault(Answer(ANSWER.url, 200, {}, b"[]", NOW)) is None
    assert module.retell is not None
    assert module.retell(TASK, ANSWER) == ()
    assert module.retell(TASK, Answer(ANSWER.url, 200, {}, b"", NOW)) is None
    assert {stream: left(TASK) for stream, left in module.pages.items()} == {"days": 5}
    assert module.per_hour == {"anonymous": 60, "token": 5000}
    assert module.per_minute == 10


def no_fetch(*_: object, **__: object) -> Answer:
    raise AssertionError("nothing is fetched here")


def test_a_module_needs_nothing_but_collect(folder: Path) -> None:
    check_defaults(one_module(folder, COLLECT))


def test_a_package_needs_nothing_but_collect(folder: Path) -> None:
    check_defaults(package(folder, "collect", COLLECT))


def test_every_hook_of_a_module_is_used(folder: Path) -> None:
    check_hooks(one_module(folder, *ALL))


def test_every_hook_of_a_package_is_used(folder: Path) -> None:
    check_hooks(package(folder, "PAGES, PER_HOUR, PER_MINUTE, collect, fault, retell", *ALL))


EACH = {
    "fault": FAULT,
    "retell": RETELL,
    "pages": PAGES,
    "per_hour": "PER_HOUR = {'token': 1}",
    "per_minute": "PER_MINUTE = 3",
}


@pytest.mark.parametrize("attribute", EACH)
def test_each_hook_is_found_by_itself(folder: Path, attribute: str) -> None:
    """A hook that was read under another's name would show as two changes, or as none."""
    module = one_module(folder, COLLECT, EACH[attribute])
    plain = SourceModule(module.collect)
    changed = [name for name in SourceModule.__slots__ if getattr(module, name) != getattr(plain, name)]
    assert changed == [attribute]


def test_what_a_package_does_not_make_public_is_no_hook(folder: Path) -> None:
    check_defaults(package(folder, "collect", *ALL))


def test_the_fault_hook_of_clickhouse_comes_through_its_package() -> None:
    """An error in the middle of an answer of status 200, which only that hook can see."""
    module = source_module("clickhouse")
    hidden = Answer("https://example.org", 200, {"x-clickhouse-exception-code": "202"}, b"", NOW)
    assert module.fault(hidden) is not None
    assert module.fault(Answer("https://example.org", 200, {}, b"", NOW)) is None
    assert module.retell is not None


def test_every_source_that_is_asked_has_its_module() -> None:
    catalog = load()
    for source in catalog.sources.values():
        if source.available and source.setting:
            assert callable(source_module(source.id).collect), source.id


def test_a_source_without_a_module_is_named_by_the_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"collectors\.nowhere") as caught:
        source_module("nowhere")
    assert caught.value.name == "collectors.nowhere"


def test_a_module_that_lacks_a_library_names_the_library(folder: Path) -> None:
    """Not the source: it is there, and whoever installs it has to know what is missing."""
    with pytest.raises(ModuleNotFoundError) as caught:
        one_module(folder, "import a_library_that_nobody_has\n", COLLECT)
    assert caught.value.name == "a_library_that_nobody_has"


def test_a_module_without_collect_is_no_source(folder: Path) -> None:
    with pytest.raises(AttributeError, match="collect"):
        one_module(folder, FAULT)
