from __future__ import annotations

import http.server
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from answers.collection.due import Due, due, next_due, slot_after, slot_before
from catalog import Catalog, load
from storage import Counts, Failure, Run, Store
from tests.support.serving import out_of_reach
from uptake.scheduler.schedule import Scheduler
from uptake.scheduler.scheduler_lease import scheduler_lease
from uptake.settings.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[3]
NETWORK = tuple(source.id for source in load().sources.values() if source.setting)
LOCAL = ("almanac", "pydevsurvey", "stackoverflow")
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def ended(
    at: datetime, status: str = "ok", *, source: str = "pypistats", kind: str | None = None, **more: object
) -> Run:
    """A whole run that took a minute."""
    failures = (Failure("flask", "overall", kind, "it failed"),) if kind else ()
    run = Run(
        id=1,
        source=source,
        trigger="schedule",
        status=status,
        frameworks=(),
        since=None,
        until=None,
        full=False,
        requested_at=at,
        started_at=at,
        finished_at=at + timedelta(minutes=1),
        planned=3,
        done=3,
        new=0,
        revised=0,
        unchanged=0,
        failed=len(failures),
        note="",
        failures=failures,
        deferred_until=None,
        cancel_requested=False,
    )
    return replace(run, **more)  # type: ignore[arg-type]  # any field


def verdict(catalog: Catalog, runs: list[Run], now: datetime, source: str = "pypistats") -> Due | None:
    return next((entry for entry in due(catalog, {source: runs}, now) if entry.source == source), None)


# -- what is due (pypistats: daily 02:30 and 14:30 UTC) ---------------------------------------------------------------


def test_everything_that_can_be_collected_is_due_on_an_empty_store(catalog: Catalog) -> None:
    found = due(catalog, {}, NOON)
    assert {entry.source for entry in found} == {s.id for s in catalog.sources.values() if s.available}
    assert {entry.reason for entry in found} == {"it was never collected"}


def test_a_source_without_times_is_loaded_once(catalog: Catalog) -> None:
    assert verdict(catalog, [ended(NOON - timedelta(days=900), source="almanac")], NOON, "almanac") is None


SLOT = datetime(2026, 6, 10, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("runs", "now", "expected"),
    [
        pytest.param([ended(SLOT)], NOON, None, id="collected since its time"),
        pytest.param([ended(SLOT - HOUR)], SLOT - timedelta(seconds=1), None, id="a second too early"),
        pytest.param([ended(SLOT - HOUR)], SLOT, "schedule", id="its time has come"),
        pytest.param([ended(SLOT - HOUR)], SLOT + 2 * HOUR, "catch-up", id="late"),
        pytest.param([ended(SLOT - timedelta(days=3))], NOON, "catch-up", id="down for three days"),
        pytest.param(
            [ended(SLOT - HOUR, frameworks=("flask",)), ended(SLOT - 2 * HOUR)], SLOT, "schedule", id="a part"
        ),
        pytest.param([ended(SLOT, frameworks=("flask",))], NOON, "schedule", id="only a part, ever"),
        pytest.param([ended(SLOT, since=date(2026, 6, 1))], NOON, "schedule", id="only some days, ever"),
        pytest.param([ended(SLOT, "running", finished_at=None)], NOON + 9 * HOUR, None, id="going on"),
        pytest.param([ended(SLOT, "requested", finished_at=None)], NOON + 9 * HOUR, None, id="asked for"),
        pytest.param([ended(SLOT, "cancelled")], NOON, None, id="cancelled by hand"),
        pytest.param([ended(SLOT, "partial", kind="gone")], NOON, None, id="a failure that asking cannot mend"),
        pytest.param([ended(SLOT, "failed", kind="refused")], NOON, None, id="a refused token"),
        pytest.param([ended(SLOT, "failed", kind="refused")], NOON + 3 * HOUR, "schedule", id="refused, next time"),
        pytest.param([ended(SLOT, "aborted")], SLOT + timedelta(minutes=1), "catch-up", id="its process was killed"),
        pytest.param([ended(SLOT, "partial", done=1)], SLOT + timedelta(minutes=1), "catch-up", id="stopped half-way"),
        pytest.param([ended(NOON + timedelta(days=3650))], NOON, "schedule", id="dated by a clock ten years ahead"),
        pytest.param([ended(NOON + 2 * HOUR)], NOON, None, id="the clock went back two hours"),
    ],
)
def test_due(catalog: Catalog, runs: list[Run], now: datetime, expected: str | None) -> None:
    found = verdict(catalog, runs, now)
    assert (found.trigger if found else None) == expected


def test_a_failed_run_is_tried_again_at_growing_distances(catalog: Catalog) -> None:
    waits = []
    runs: list[Run] = []
    for _ in range(8):
        runs.insert(0, ended(SLOT, "failed", kind="unavailable"))
        after = next(m for m in range(9 * 60) if verdict(catalog, runs, SLOT + timedelta(minutes=m)))
        waits.append(after - 1)
    assert waits == [15, 30, 60, 120, 240, 360, 360, 360]


def test_a_process_that_keeps_dying_is_not_tried_at_once_for_ever(catalog: Catalog) -> None:
    runs = [ended(SLOT + 3 * HOUR, "aborted"), ended(SLOT, "aborted")]
    assert verdict(catalog, runs, SLOT + 3 * HOUR + timedelta(minutes=5)) is None
    runs = [ended(SLOT + 3 * HOUR, "partial", done=1), ended(SLOT, "partial", done=1)]
    assert verdict(catalog, runs, SLOT + 3 * HOUR + timedelta(minutes=5)) is not None


def test_what_was_deferred_waits_for_the_hour_the_source_named(catalog: Catalog) -> None:
    until = SLOT + 14 * HOUR  # beyond the next regular time, 14:30
    runs = [ended(SLOT, "partial", deferred_until=until)]
    assert verdict(catalog, runs, until - timedelta(seconds=1)) is None
    found = verdict(catalog, runs, until)
    assert found is not None
    assert found.trigger == "catch-up"


def test_a_deferral_into_the_past_does_not_make_a_storm(catalog: Catalog) -> None:
    runs = [ended(SLOT, "partial", deferred_until=SLOT - HOUR)]
    assert verdict(catalog, runs, SLOT + timedelta(seconds=90)) is None
    assert verdict(catalog, runs, SLOT + timedelta(minutes=2)) is not None


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize(
    "first",
    [date(2026, 3, 27), date(2026, 10, 23), date(2026, 4, 3), date(2026, 10, 2), date(2011, 12, 28)],
    ids=["spring", "autumn", "Lord Howe back", "Lord Howe on", "Apia skips a day"],
)
def test_no_daylight_saving_doubles_or_swallows_a_run(
    catalog: Catalog, zone: str, first: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        began = collected_over(catalog, datetime.combine(first, datetime.min.time(), UTC), ZoneInfo(zone))
    finally:
        monkeypatch.undo()
        time.tzset()
    expected = [f"{first + timedelta(days=n)} {hour}" for n in range(4) for hour in ("02:30", "14:30")]
    assert began == expected


def collected_over(catalog: Catalog, start: datetime, zone: ZoneInfo) -> list[str]:
    """When pypistats is collected during four days, looked at every ten minutes by a clock of that zone."""
    runs = [ended(start - HOUR)]
    began = []
    for step in range(4 * 24 * 6):
        now = (start + timedelta(minutes=10 * step)).astimezone(zone)
        if verdict(catalog, runs, now):
            runs.insert(0, ended(now.astimezone(UTC)))
            began.append(f"{now.astimezone(UTC):%Y-%m-%d %H:%M}")
    return began


def test_a_clock_that_jumps_makes_no_storm(catalog: Catalog) -> None:
    runs: list[Run] = []
    jumps = [0, 2, 0, 87_600, 0, -2, -500_000, 0]  # hours from noon
    for hours in jumps * 3:
        now = NOON + timedelta(hours=hours)
        for _ in range(50):
            if verdict(catalog, runs, now):
                runs.insert(0, ended(now - timedelta(minutes=2)))
    assert len(runs) <= 3 * len(jumps)


def test_the_times_of_a_cadence(catalog: Catalog) -> None:
    daily = catalog.sources["pypistats"].cadence
    assert slot_before(daily, NOON) == SLOT
    assert slot_after(daily, NOON) == SLOT + 12 * HOUR
    weekly = replace(daily, weekday=2)
    assert slot_before(weekly, SLOT - HOUR) == SLOT - 7 * 24 * HOUR + 12 * HOUR
    assert slot_after(weekly, NOON + 6 * HOUR) == SLOT + 7 * 24 * HOUR
    assert slot_before(replace(daily, times=()), NOON) is None


def test_next_due_says_when(catalog: Catalog) -> None:
    source = catalog.sources["pypistats"]
    assert next_due(source, [], NOON) == NOON
    assert next_due(source, [ended(SLOT)], NOON) == SLOT + 12 * HOUR
    failed = ended(NOON - timedelta(minutes=5), "failed", kind="unavailable")
    assert next_due(source, [failed], NOON) == NOON + timedelta(minutes=11)
    assert next_due(catalog.sources["almanac"], [ended(SLOT, source="almanac")], NOON) is None
    assert next_due(source, [ended(SLOT, "running", finished_at=None)], NOON) is None


# -- the scheduler, in this process -----------------------------------------------------------------------------------


def settings_for(url: str, **variables: str) -> Settings:
    return load_settings(out_of_reach() | {"UPTAKE_DATABASE_URL": url} | variables, os.devnull)


def collected_already(store: Store, *sources: str) -> None:
    for source in sources:
        now = datetime.now(UTC)
        run = store.start_run(source, trigger="cli", now=now)
        store.finish(run.id, "ok", counts=Counts(), failures=(), now=now)


def eventually(check: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_one_leads_and_the_other_takes_over(store: Store, catalog: Catalog) -> None:
    first = Scheduler(store, catalog, settings_for("sqlite:///unused"), lease_s=1)
    second = Scheduler(store, catalog, settings_for("sqlite:///unused"), lease_s=1)
    first.renew()
    second.renew()
    assert (first.leading, second.leading) == (True, False)
    time.sleep(1.1)
    second.renew()
    first.renew()
    assert (first.leading, second.leading) == (False, True)
    second.stop()
    first.renew()
    assert first.leading


def test_what_is_due_is_collected_and_what_died_is_marked(sqlite_store: Store, catalog: Catalog) -> None:
    collected_already(sqlite_store, *NETWORK, "stackoverflow", "pydevsurvey")
    dead = sqlite_store.start_run("almanac", trigger="cli", now=datetime.now(UTC) - HOUR)
    scheduler = Scheduler(sqlite_store, catalog, settings_for("sqlite:///unused"))
    scheduler.renew()
    assert sqlite_store.run(dead.id).status == "aborted"
    scheduler.tick()
    eventually(lambda: sqlite_store.last_run("almanac", ["ok"]))
    scheduler.stop()
    run = sqlite_store.last_run("almanac", ["ok"])
    assert run is not None
    assert (run.trigger, run.new > 1000) == ("catch-up", True)


def test_a_store_that_fails_does_not_end_the_scheduler(
    tmp_path: Path, sqlite_url: str, sqlite_store: Store, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler = Scheduler(sqlite_store, catalog, settings_for(sqlite_url))
    file = tmp_path / "uptake.db"
    file.rename(tmp_path / "away.db")
    sqlite_store.close()
    scheduler.renew()
    scheduler.renew()
    assert not leads(scheduler)
    assert len(caplog.records) == 1  # said once
    (tmp_path / "away.db").rename(file)
    scheduler.renew()
    assert leads(scheduler)
    scheduler.stop()


def leads(scheduler: Scheduler) -> bool:
    return scheduler.leading


class _Upstream(http.server.BaseHTTPRequestHandler):
    """Asks for patience, or never answers."""

    hang = threading.Event()
    asked = threading.Event()

    def do_GET(self) -> None:
        self.asked.set()
        if "hang" in self.path:
            self.hang.wait(30)
            return
        self.send_response(429)
        self.send_header("Retry-After", "120")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def upstream() -> Iterator[str]:
    _Upstream.hang.clear()
    _Upstream.asked.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    _Upstream.hang.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_unit_that_hangs_does_not_keep_the_scheduler(sqlite_store: Store, catalog: Catalog, upstream: str) -> None:
    collected_already(sqlite_store, *(source for source in NETWORK if source != "pypistats"), *LOCAL)
    settings = settings_for("sqlite:///unused", UPTAKE_PYPISTATS_URL=f"{upstream}/hang")
    scheduler = Scheduler(sqlite_store, catalog, settings)
    scheduler.renew()
    scheduler.tick()
    assert _Upstream.asked.wait(10)
    began = time.monotonic()
    scheduler.stop(grace_s=0.5)
    assert time.monotonic() - began < 3
    run = sqlite_store.runs(1)[0]
    assert (run.status, [f.kind for f in run.failures]) == ("partial", ["interrupted"])
    _Upstream.hang.set()
    eventually(lambda: not any(t.name == "collect:pypistats" for t in threading.enumerate()))


# -- the scheduler, as processes --------------------------------------------------------------------------------------


class Process:
    """`uptake schedule`, with its log in a file."""

    def __init__(self, folder: Path, url: str, within: Sequence[str] = (), **variables: str) -> None:
        self.log = folder / f"schedule-{time.monotonic_ns()}.log"
        settings = settings_for(url, **variables).environment()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")} | settings
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*within, sys.executable, "-m", "uptake", "schedule"], cwd=ROOT, env=environment, stderr=out, stdout=out
            )

    def says(self, text: str) -> int:
        return len(re.findall(text, self.log.read_text()))

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@pytest.fixture
def start(tmp_path: Path, sqlite_url: str) -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def starter(**variables: str) -> Process:
        started.append(Process(tmp_path, sqlite_url, **variables))
        return started[-1]

    yield starter
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_two_schedulers_run_each_job_once(sqlite_store: Store, start: Callable[..., Process]) -> None:
    collected_already(sqlite_store, *NETWORK)
    both = [start(), start()]
    eventually(lambda: all(p.says("has started") for p in both), 20)
    eventually(lambda: all(sqlite_store.last_run(source, ["ok"]) for source in LOCAL), 20)
    time.sleep(2.5)
    assert sum(p.says("is active") for p in both) == 1
    assert sorted(run.source for run in sqlite_store.runs() if run.trigger != "cli") == sorted(LOCAL)
    assert [p.end() for p in both] == [0, 0]


def test_a_requested_run_begins_within_two_seconds(sqlite_store: Store, start: Callable[..., Process]) -> None:
    collected_already(sqlite_store, *NETWORK, *LOCAL)
    process = start()
    eventually(lambda: process.says("is active"), 20)
    for _ in range(3):
        run = sqlite_store.request_run("stackoverflow", trigger="page", now=datetime.now(UTC))
        eventually(lambda run=run: sqlite_store.run(run.id).status == "ok")  # type: ignore[misc]  # mypy cannot infer it
        told = sqlite_store.run(run.id)
        assert told.started_at is not None
        assert told.started_at - told.requested_at < timedelta(seconds=2)
    assert process.end() == 0


def test_a_killed_scheduler_is_succeeded_at_once(sqlite_store: Store, start: Callable[..., Process]) -> None:
    collected_already(sqlite_store, *NETWORK, *LOCAL)
    first = start()
    eventually(lambda: first.says("is active"), 20)
    first.process.kill()
    first.process.wait()
    second = start()
    eventually(lambda: second.says("has started"), 20)
    eventually(lambda: second.says("is active"), 3)
    assert second.end() == 0


def test_sigterm_marks_the_run_and_gives_the_lease_back(
    sqlite_store: Store, start: Callable[..., Process], upstream: str
) -> None:
    collected_already(sqlite_store, *(source for source in NETWORK if source != "pypistats"), *LOCAL)
    process = start(UPTAKE_PYPISTATS_URL=upstream)
    eventually(lambda: "wait" in sqlite_store.runs(1)[0].note, 20)  # it sits a rate limit out
    began = time.monotonic()
    assert process.end() == 0
    assert time.monotonic() - began < 10
    run = sqlite_store.runs(1)[0]
    assert run.source == "pypistats"
    assert run.status == "partial"
    assert run.done < run.planned
    assert (lease := scheduler_lease(sqlite_store))
    assert lease.expires_at < datetime.now(UTC)
    assert process.says(": partial, ") == 1


PAUSED = """
    import sys, threading
    from catalog import load
    from storage import Store
    from tests.uptake.scheduler.test_schedule import settings_for
    from uptake.scheduler.schedule import Scheduler

    class Paused(Store):
        def requested(self):
            runs = super().requested()
            if runs:
                print("saw", flush=True)
                sys.stdin.readline()  # here it is stopped
            return runs

    with Paused.open(sys.argv[1]) as store:
        scheduler = Scheduler(store, load(), settings_for(sys.argv[1]), lease_s=1)
        scheduler.renew()
        print("leads", flush=True)
        sys.stdin.readline()
        scheduler.tick()
        print(len(scheduler._working), flush=True)
"""


def test_a_scheduler_that_was_stopped_and_taken_over_begins_nothing(
    sqlite_store: Store, sqlite_url: str, catalog: Catalog
) -> None:
    collected_already(sqlite_store, *NETWORK, *LOCAL)
    command = [sys.executable, "-c", textwrap.dedent(PAUSED), sqlite_url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        assert first.stdout.readline() == "leads\n"
        run = sqlite_store.request_run("pydevsurvey", trigger="page", now=datetime.now(UTC))
        first.stdin.write("tick\n")
        first.stdin.flush()
        assert first.stdout.readline() == "saw\n"
        first.send_signal(signal.SIGSTOP)
        second = Scheduler(sqlite_store, catalog, settings_for(sqlite_url))
        time.sleep(1.1)
        second.renew()
        assert second.leading
        second.tick()
        eventually(lambda: sqlite_store.run(run.id).status == "ok")
        ended = sqlite_store.run(run.id)
        first.send_signal(signal.SIGCONT)
        first.stdin.write("go on\n")
        first.stdin.flush()
        assert first.stdout.readline() == "0\n"
        first.kill()
    second.stop()
    assert sqlite_store.run(run.id) == ended


def test_a_scheduler_whose_container_is_started_again_does_not_wait_for_itself(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    """In a container it has the number 1 each time."""
    contained = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*contained, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no process namespaces here")
    collected_already(sqlite_store, *NETWORK, *LOCAL)
    first = Process(tmp_path, sqlite_url, within=contained)
    eventually(lambda: first.says(r"\(\S+:1:\d+\) is active"), 20)
    first.process.kill()
    first.process.wait()
    second = Process(tmp_path, sqlite_url, within=contained)
    eventually(lambda: second.says("has started"), 20)
    eventually(lambda: second.says("is active"), 3)
    second.process.kill()
    second.process.wait()
