"""The survey's file fetched: kept only if a run was cut off, fetched anew if it broke off."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from collectors import Access
from storage import Batch, Counts, Run, Store
from tests.collectors.stackoverflow.editions import (
    NAMES,
    WORKED,
    collected,
    people,
    stored,
    table,
    written,
)
from tests.support.upstream import FakeClock, Handler, Rule, Upstream, bomb, redirect, reset, status


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as started:
        yield started


def serving(content: bytes, *, media: str = "text/plain", cut: int = 0) -> Callable[[Handler, object], None]:
    def act(handler: Handler, _: object) -> None:
        handler.answer(200, {"Content-Type": media}, content[: len(content) - cut], length=len(content))
        if cut:
            handler.cut()

    return act


def fetched(store: Store, upstream: Upstream, folder: Path, year: int = 2025, **more: Any) -> Run:
    access = Access(upstream.url + "/survey", token=None, deadline_s=5.0, max_wait_s=200.0)
    return collected(store, year, None, folder=folder, access=access, **more)


def test_published_file_is_fetched_and_not_kept(store: Store, upstream: Upstream, tmp_path: Path) -> None:
    upstream.rules = [Rule("^/survey/packages/archive/2025/results.csv$", serving(table(2025, people(2025))))]
    run = fetched(store, upstream, tmp_path / "data")
    assert (run.status, len(upstream.log)) == ("ok", 1)
    assert stored(store, WORKED)["flask", "country=US", 2025][1] > 30
    assert all(p.url == f"{upstream.url}/survey/packages/archive/2025/results.csv" for p in store.payloads(run.id))
    assert list((tmp_path / "data").iterdir()) == []
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_answer_that_broke_off_is_fetched_anew(sqlite_store: Store, upstream: Upstream, tmp_path: Path) -> None:
    content = table(2025, people(2025))
    upstream.rules = [Rule("", serving(content, cut=900), times=2), Rule("", serving(content))]
    run = fetched(sqlite_store, upstream, tmp_path)
    assert (run.status, len(upstream.log)) == ("ok", 3)
    told = json.loads(sqlite_store.payloads(run.id)[0].body or b"")
    assert told["file"]["sha256"] == hashlib.sha256(content).hexdigest()


FAULTS: dict[str, tuple[Any, str]] = {
    "500": (status(500, "<html>"), "unavailable"),
    "reset": (reset, "unavailable"),
    "404": (status(404, "404"), "gone"),
    "403": (status(403, "no"), "refused"),
    "web page": (status(200, "<html>Log in</html>"), "changed"),
    "other host": (redirect("http://localhost:1/results.csv"), "changed"),
    "bomb": (bomb(8), "changed"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_while_fetching_stores_nothing_and_leaves_nothing(
    sqlite_store: Store, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    action, kind = FAULTS[fault]
    monkeypatch.setattr("collectors.stackoverflow.download.CAP", 4_000_000)
    upstream.rules = [Rule("", action)]
    run = fetched(sqlite_store, upstream, tmp_path / "data")
    assert (run.status, {f.kind for f in run.failures}) == ("failed", {kind})
    assert len(run.failures) == run.planned == len(NAMES)
    assert stored(sqlite_store, WORKED) == {}
    assert list((tmp_path / "data").glob("*")) == []


def test_no_room_for_the_file_is_one_sentence(sqlite_store: Store, upstream: Upstream, tmp_path: Path) -> None:
    upstream.rules = [Rule("", serving(table(2025, people(2025))))]
    run = fetched(sqlite_store, upstream, written(tmp_path, b"", "taken"))
    assert {f.kind for f in run.failures} == {"refused"}
    assert "cannot be written" in run.failures[0].message


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("commits", [0, 1, 4])
def test_killed_run_resumes_without_fetching_again(
    sqlite_store: Store, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    upstream.rules = [Rule("", serving(table(2025, people(2025))))]
    write, kept = sqlite_store.write, 0

    def dying(run: int, framework: str, stream: str, batch: Batch, *, lease: Any) -> Counts:
        nonlocal kept
        if kept == commits:
            raise Killed
        kept += 1
        return write(run, framework, stream, batch, lease=lease)

    monkeypatch.setattr(sqlite_store, "write", dying)
    with pytest.raises(Killed):
        fetched(sqlite_store, upstream, tmp_path / "data")
    assert sqlite_store.runs(1)[0].status == "aborted"
    monkeypatch.undo()
    run = fetched(sqlite_store, upstream, tmp_path / "data")
    assert (run.status, len(upstream.log)) == ("ok", 1)
    assert {p.url for p in sqlite_store.payloads(run.id)} == {
        f"{upstream.url}/survey/packages/archive/2025/results.csv"
    }
    assert {key[0] for key in stored(sqlite_store, WORKED)} == set(NAMES)
    assert list((tmp_path / "data").iterdir()) == []


def test_stop_is_heard_while_counting(sqlite_store: Store, tmp_path: Path) -> None:
    file = written(tmp_path, table(2024, people(2024, 6000)))
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return True

    run = collected(sqlite_store, 2024, file, stop=stop)
    assert (run.status, run.done) == ("partial", 0)
    assert asked >= 1
    assert stored(sqlite_store, WORKED) == {}


def test_two_runs_of_the_source_never_overlap(sqlite_store: Store, tmp_path: Path) -> None:
    clock = FakeClock()
    assert sqlite_store.acquire("collect:stackoverflow", "elsewhere:1", 10**9, clock.now())
    stops = iter([False] * 3)
    run = collected(
        sqlite_store, 2024, written(tmp_path, table(2024, people(2024))), clock=clock, stop=lambda: next(stops, True)
    )
    assert run.status == "partial"
    assert stored(sqlite_store, WORKED) == {}
