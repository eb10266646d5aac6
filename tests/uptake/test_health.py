"""One answer to "is all well?", by the command and by the address that a monitor asks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from catalog import load
from dashboard.api.gauges import HealthCollector
from storage import DiskRoom, Store
from tests.support.serving import serving
from uptake.cli import commands
from uptake.health import health

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
    with serving(sqlite_url, tmp_path, UPTAKE_PROMETHEUS="true") as server:
        answer, told = server.get("/healthz?fresh=1"), server.get("/prometheus")
    assert answer.status == 503
    assert answer.json["error"] == " ".join(problems)
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    gauges = {
        (sample.name, sample.labels.get("source", "")): sample.value
        for family in text_string_to_metric_families(told.body.decode())
        for sample in family.samples
    }
    assert (gauges["uptake_healthy", ""], gauges["uptake_scheduler_running", ""]) == (0, 0)
    good = {
        source["source"]: source["state"] in ("fresh", "manual", "off") for source in json.loads(said.stdout)["sources"]
    }
    assert {source: bool(value) for (name, source), value in gauges.items() if name == "uptake_source_good"} == good
    assert gauges["uptake_store_bytes", ""] >= Path(sqlite_url.removeprefix("sqlite:///")).stat().st_size


def test_a_newest_day_is_told_by_its_end(sqlite_store: Store) -> None:
    """2026-11-28 ends when 29 November begins, 1,795,910,400 s after 1970 by `date -u`."""
    state = health(sqlite_store, load(), NOW)
    told = HealthCollector(replace(state, sources=(replace(state.sources[0], newest=date(2026, 11, 28)),)))
    (newest,) = (gauge for gauge in told.collect() if gauge.name == "uptake_source_newest_seconds")
    assert [sample.value for sample in newest.samples] == [1_795_910_400]


def _problems(store: Store, word: str, now: datetime = NOW) -> list[str]:
    return [problem for problem in health(store, load(), now).problems if word in problem]
