"""One answer to "is all well?", by the command and by the address that a monitor asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog import load
from storage import DiskRoom, Store
from tests.support.serving import serving
from uptake.alerts.health import health
from uptake.cli import commands

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_a_scheduler_that_was_killed_is_noticed_and_one_that_ended_is_not(store: Store) -> None:
    assert not _problems(store, "scheduler")
    lease = store.acquire("schedule", "here:1", 30, NOW)
    assert lease
    assert not _problems(store, "scheduler")
    assert health(store, load(), NOW).scheduler == "here:1"
    (problem,) = _problems(store, "scheduler", NOW + timedelta(minutes=5))
    assert problem == "The scheduler was killed or hangs since 30 November 2026, 12:00 UTC: start it again."
    store.release(lease)
    assert not _problems(store, "scheduler", NOW + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("free", "used", "low"),
    [(300, 1, False), (200, 1, True), (900, 1_000, True), (1_000, 1_000, False)],
)
def test_a_disk_without_room_for_the_store_again_is_low(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, free: int, used: int, low: bool
) -> None:
    monkeypatch.setattr(Store, "room", lambda _: DiskRoom(free * 2**20, used * 2**20))
    assert bool(_problems(sqlite_store, "disk")) is low


def test_the_room_is_that_of_the_stores_file(store: Store, store_url: str) -> None:
    room = store.room()
    if store_url.startswith("postgresql"):
        assert room is None
    else:
        assert room
        assert room.used >= Path(store_url.removeprefix("sqlite:///")).stat().st_size > 0
        assert room.free > 0


def test_command_and_address_agree(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPTAKE_DATABASE_URL", sqlite_url)
    with Store.open(sqlite_url) as store:
        assert store.acquire("schedule", "here:1", 30, datetime.now(UTC) - timedelta(hours=1))
    said = CliRunner().invoke(commands, ["status", "--json"])
    problems = json.loads(said.stdout)["problems"]
    assert not json.loads(said.stdout)["ok"]
    assert len(problems) == 2
    with serving(sqlite_url, tmp_path) as server:
        answer = server.get("/healthz?fresh=1")
    assert answer.status == 503
    assert answer.json["error"] == " ".join(problems)


def _problems(store: Store, word: str, now: datetime = NOW) -> list[str]:
    return [problem for problem in health(store, load(), now).problems if word in problem]
