"""The runner: what one unit suffers never costs another, and a run ends as what it was."""

from __future__ import annotations

import dataclasses
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina

from catalog import almanac, load
from collectors import Access, Progress, collect_source, holder_here
from collectors._runtime.held_lease import is_dead
from storage import Counts, LeaseLost, Run, Store, StoreFull
from tests.support.upstream import NOON, FakeClock, Rule, Upstream, limited, slow, status

CATALOG = load()
BOTH = ["django", "flask"]


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def pypistats() -> Iterator[Upstream]:
    with Upstream.of("pypistats") as started:
        yield started


def collect(
    store: Store, source: str = "almanac", upstream: Upstream | None = None, clock: FakeClock | None = None, **more: Any
) -> Run:
    clock = clock or FakeClock()
    window = {key: more.pop(key) for key in ("frameworks", "since", "until", "full") if key in more}
    run = store.start_run(source, trigger="cli", now=clock.now(), **window)
    access = Access(upstream.url, max_wait_s=100.0) if upstream else None
    return collect_source(store, CATALOG, source, run, access=access, clock=clock, holder="test", **more)


def later() -> FakeClock:
    """A clock of five minutes after everything a run did that began at noon."""
    return FakeClock(NOON + timedelta(minutes=5))


# -------------------------------------------------------------------- how a run ends


def test_every_planned_unit_is_accounted_for(store: Store, pypistats: Upstream) -> None:
    pypistats.rules = [Rule("django/system", status(404, "404"))]
    run = collect(store, "pypistats", pypistats, frameworks=BOTH)
    assert (run.status, run.planned, run.done, run.failed) == ("partial", 6, 6, 1)
    assert [(f.framework, f.stream, f.kind) for f in run.failures] == [("django", "system", "gone")]
    assert run.finished_at is not None


def test_watcher_hears_of_every_unit_and_of_waits(sqlite_store: Store, pypistats: Upstream) -> None:
    heard: list[Progress] = []
    pypistats.rules = [Rule("", limited(429, "", {"Retry-After": "65"}), times=1)]
    run = collect(sqlite_store, "pypistats", pypistats, frameworks=BOTH, on_progress=heard.append)
    assert sorted({p.done for p in heard}) == list(range(7))
    assert {p.planned for p in heard} == {6}
    assert any("asks to wait until 12:01:05 UTC" in p.note for p in heard)
    assert heard[-1].counts == Counts(run.new, run.revised, run.unchanged)
    assert heard[-1].note == ""


def test_cancel_is_heard_between_units(store: Store, pypistats: Upstream) -> None:
    def watch(progress: Progress) -> None:
        if progress.done == 2:
            store.cancel(store.runs(1)[0].id)

    run = collect(store, "pypistats", pypistats, frameworks=BOTH, on_progress=watch)
    assert (run.status, run.done, run.planned, run.failures) == ("cancelled", 2, 6, ())
    assert run.note == "cancelled with 4 of 6 left"
    assert run.new > 0


def test_stop_finishes_the_unit_in_hand(sqlite_store: Store, pypistats: Upstream) -> None:
    done: list[int] = []
    run = collect(
        sqlite_store,
        "pypistats",
        pypistats,
        frameworks=BOTH,
        on_progress=lambda p: done.append(p.done),
        stop=lambda: done[-1] >= 3,
    )
    assert (run.status, run.done) == ("partial", 3)
    assert run.note == "stopped with 3 of 6 left"
    assert collect(sqlite_store, "pypistats", pypistats, later(), frameworks=BOTH).status == "ok"
    assert len(pypistats.log) == 6


def test_cancel_is_heard_while_waiting(sqlite_store: Store, pypistats: Upstream) -> None:
    clock = FakeClock()
    pypistats.rules = [Rule("", limited(429, "", {"Retry-After": "90"}))]

    def watch(progress: Progress) -> None:
        if "wait" in progress.note:
            sqlite_store.cancel(sqlite_store.runs(1)[0].id)

    run = collect(sqlite_store, "pypistats", pypistats, clock, on_progress=watch)
    assert (run.status, clock.passed) == ("cancelled", 0.0)


def test_unknown_and_later_sources_are_refused_in_one_sentence(sqlite_store: Store) -> None:
    later = dataclasses.replace(CATALOG.sources["clickhouse"], available=False)
    catalog = dataclasses.replace(CATALOG, sources={**CATALOG.sources, "clickhouse": later})
    for source in ("nowhere", "clickhouse", "_runner"):
        run = sqlite_store.start_run(source, trigger="cli", now=NOON)
        run = collect_source(sqlite_store, catalog, source, run, access=None, clock=FakeClock(), holder="test")
        assert run.status == "failed"
        assert [f.kind for f in run.failures] == ["refused"]


def test_source_without_address_is_refused(sqlite_store: Store) -> None:
    run = collect(sqlite_store, "github")
    assert (run.status, run.failed) == ("failed", run.planned)
    assert "UPTAKE_GITHUB_URL" in run.failures[0].message


def test_fault_of_ours_costs_one_unit_and_tells_no_secret(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    import collectors.almanac as ours

    whole = ours.READERS["stars"]

    def broken(row: Any) -> Any:
        if row["framework"] == "flask":
            raise KeyError("CANARY")
        return whole(row)

    monkeypatch.setitem(ours.READERS, "stars", broken)
    run = collect(sqlite_store, frameworks=BOTH)
    assert [(f.framework, f.stream, f.kind) for f in run.failures] == [("flask", "stars", "bug")]
    assert "CANARY" not in str(run)
    assert set(sqlite_store.read("stars").framework) == {"django"}


def test_source_may_only_say_what_it_declares(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    import collectors.almanac as ours

    monkeypatch.setitem(ours.READERS, "stars", lambda row: ours.READERS["downloads"](almanac("downloads")[0]))
    run = collect(sqlite_store, frameworks=["flask"])
    assert [(f.stream, f.kind) for f in run.failures] == [("stars", "bug")]
    assert sqlite_store.read("stars").empty


@pytest.mark.parametrize("error", [StoreFull("The disk is full: make room and collect again."), LeaseLost("Lost.")])
def test_store_that_fails_ends_the_run_truthfully(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    write, kept = sqlite_store.write, list[str]()

    def failing(run: int, framework: str, *rest: Any, **more: Any) -> Counts:
        if len(kept) == 3:
            raise error
        kept.append(framework)
        return write(run, framework, *rest, **more)

    monkeypatch.setattr(sqlite_store, "write", failing)
    run = collect(sqlite_store)
    assert run.status == ("partial" if isinstance(error, StoreFull) else "aborted")
    assert run.failures[-1].message == str(error)
    assert run.new > 0
    monkeypatch.undo()
    assert collect(sqlite_store).status == "ok"


# -------------------------------------------------------------------- leases


def test_lease_is_given_back(store: Store) -> None:
    collect(store)
    lease = store.lease("collect:almanac")
    assert lease is not None
    assert lease.expires_at < NOON


def test_source_in_other_hands_is_left_alone(sqlite_store: Store) -> None:
    other = sqlite_store.acquire("collect:almanac", "elsewhere:1", 45.0, NOON)
    assert other is not None
    held = other

    class Renewing(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            assert sqlite_store.renew(held, 45.0, self.now())

    run = collect(sqlite_store, clock=Renewing())
    assert (run.status, [f.kind for f in run.failures]) == ("failed", ["busy"])
    assert "elsewhere:1" in run.failures[0].message
    assert run.new == 0


def test_lease_of_a_process_elsewhere_is_waited_for(sqlite_store: Store) -> None:
    clock = FakeClock()
    sqlite_store.acquire("collect:almanac", "elsewhere:1", 45.0, NOON)
    assert collect(sqlite_store, clock=clock).status == "ok"
    assert 45 <= clock.passed < 47


def test_lease_of_a_dead_process_here_is_taken_at_once(sqlite_store: Store) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    clock = FakeClock()
    sqlite_store.acquire("collect:almanac", f"{socket.gethostname()}:{dead.pid}", 45.0, NOON)
    assert collect(sqlite_store, clock=clock).status == "ok"
    assert clock.passed == 0


def test_holder_names_this_process_and_no_other_that_had_or_gets_its_number() -> None:
    here = f"{socket.gethostname()}:{os.getpid()}"
    assert re.fullmatch(rf"{re.escape(here)}:\d+", holder_here())
    assert not is_dead(holder_here())
    assert not is_dead(here)  # as an older version named itself
    assert is_dead(f"{here}:1")  # what had this number before, as in a container that was started again


def test_lease_of_a_process_that_had_our_number_is_taken_at_once(sqlite_store: Store) -> None:
    clock = FakeClock()
    sqlite_store.acquire("collect:almanac", f"{socket.gethostname()}:{os.getpid()}:1", 45.0, NOON)
    assert collect(sqlite_store, clock=clock).status == "ok"
    assert clock.passed == 0


def test_lease_is_renewed_through_a_long_wait(sqlite_store: Store, pypistats: Upstream) -> None:
    clock, left = FakeClock(), list[timedelta]()
    pypistats.rules = [Rule("", limited(429, "", {"Retry-After": "90"}), times=1)]
    sleep = clock.sleep

    def watching(seconds: float) -> None:
        sleep(seconds)
        lease = sqlite_store.lease("collect:pypistats")
        assert lease is not None
        left.append(lease.expires_at - clock.now())

    clock.sleep = watching  # type: ignore[method-assign]  # the one thing this test looks at
    assert collect(sqlite_store, "pypistats", pypistats, clock, frameworks=["flask"]).status == "ok"
    assert min(left) > timedelta(seconds=20)


def test_late_writer_is_fenced_off(sqlite_store: Store, pypistats: Upstream) -> None:
    """Stopped past its lease, it goes on after another has taken over: nothing of it is kept."""

    class Stopped(FakeClock):
        def sleep(self, seconds: float) -> None:
            self.passed += 3600
            sqlite_store.acquire("collect:pypistats", "other", 45.0, self.now())

    pypistats.rules = [Rule("django/python_minor", limited(429, "", {"Retry-After": "5"}), times=1)]
    run = collect(sqlite_store, "pypistats", pypistats, Stopped(), frameworks=["django"])
    assert run.status == "aborted"
    assert [f.kind for f in run.failures] == ["lease"]
    assert sqlite_store.read("downloads_no_mirrors_by_python", dimension=None).empty


# -------------------------------------------------------------------- what is collected


def test_window_narrows_what_is_kept(sqlite_store: Store) -> None:
    collect(sqlite_store, since=NOON.date().replace(year=2020), until=NOON.date().replace(year=2021))
    stars = sqlite_store.read("stars")
    assert not stars.empty
    assert stars.period.min().date() >= NOON.date().replace(year=2020)
    assert stars.period.max().date() <= NOON.date().replace(year=2021)


def test_full_asks_again_at_once(sqlite_store: Store, pypistats: Upstream) -> None:
    first = collect(sqlite_store, "pypistats", pypistats, frameworks=BOTH)
    run = collect(sqlite_store, "pypistats", pypistats, frameworks=BOTH, full=True)
    assert (run.new, run.revised, run.unchanged) == (0, 0, first.new)
    assert len(pypistats.log) == 12


def test_almanac_says_what_its_tables_say(store: Store) -> None:
    collect(store)
    told = {("stars", row["framework"], row["date"], row["date"]): float(row["stars"]) for row in almanac("stars")}
    for row in almanac("downloads"):
        metric = {"pip": "downloads_pip_30d", "all": "downloads_all_window"}[row["installers"]]
        told[metric, row["framework"], row["first_day"], row["last_day"]] = float(row["downloads"])
    frames = [store.read(metric) for metric in ("stars", "downloads_pip_30d", "downloads_all_window")]
    rows = [row for frame in frames for row in frame.to_dict("records")]
    got = {
        (r["metric"], r["framework"], str(r["period"].date()), str(r["period_end"].date())): r["value"] for r in rows
    }
    assert got == told
    assert all(row["source"].startswith("almanac:") for row in rows)


def test_almanac_never_replaces_what_was_seen(sqlite_store: Store) -> None:
    with Upstream.of("github") as github:
        day = next(row["date"] for row in almanac("stars") if row["framework"] == "flask")
        clock = FakeClock(NOON.replace(year=int(day[:4]), month=int(day[5:7]), day=int(day[8:])))
        collect(sqlite_store, "github", github, clock, frameworks=["flask"])
    seen = sqlite_store.read("stars", ["flask"]).value.tolist()
    run = collect(sqlite_store, frameworks=["flask"])
    assert run.revised == 0
    after = sqlite_store.read("stars", ["flask"])
    assert after[after.source == "github"].value.tolist() == seen


def test_not_offered_is_not_asked_and_not_zero(store: Store) -> None:
    collect(store, "stackoverflow")
    rows = [row for row in almanac("surveys") if row["survey"] == "stackoverflow"]
    frame = store.read("so_worked_with")
    assert len(frame) == len(rows)
    got = {(r["framework"], r["period"].year): (r["value"], r["base"]) for r in frame.to_dict("records")}
    for row in rows:
        value, base = got[row["framework"], int(row["year"])]
        assert base == int(row["answered"])
        if row["offered"] == "0":
            assert math.isnan(value)
        else:
            assert value == int(row["worked_with"]) / int(row["answered"])


def test_segments_are_a_dimension(store: Store) -> None:
    collect(store, "pydevsurvey")
    frame = store.read("pds_use", dimension=None)
    assert set(frame.dimension) == {"", "segment=web-developers", "segment=data-scientists"}
    rows = [row for row in almanac("surveys") if row["survey"] == "pydevsurvey"]
    assert len(frame) == len(rows)
    assert frame[frame.dimension == ""].base.notna().all()


# -------------------------------------------------------------------- killed in earnest

CHILD = """
import sys
from tests.collectors.test_runner import child
child(sys.argv[1], sys.argv[2])
"""


def child(url: str, address: str) -> None:
    """What the process does that is killed."""
    with Store.open(url) as store:
        run = store.start_run("pypistats", trigger="cli", now=NOON, frameworks=BOTH)
        access = Access(address)
        collect_source(store, CATALOG, "pypistats", run, access=access, clock=FakeClock(), holder=holder_here())


@pytest.mark.fault
@pytest.mark.parametrize("request_number", [1, 3, 6])
def test_killed_process_is_succeeded_and_ends_with_the_same(
    store_url: str, pypistats: Upstream, request_number: int, tmp_path: Path
) -> None:
    pypistats.rules = [Rule("", slow(30.0), after=request_number - 1, times=1)]
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", CHILD, store_url, pypistats.url], cwd=root)
    _until(lambda: len(pypistats.log) == request_number)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with Store.open(store_url) as store:
        assert store.runs(1)[0].status == "running"
        before = len(store.read("downloads_no_mirrors", dimension=None))
        run = collect(store, "pypistats", pypistats, later(), frameworks=BOTH)
        assert run.status == "ok"
        assert run.unchanged > 0 or request_number == 1
        assert len(store.read("downloads_no_mirrors", dimension=None)) == 8 >= before
    assert len(pypistats.log) == 6 + 1  # only the one that was cut off is asked twice


def _until(true: Callable[[], bool], within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
