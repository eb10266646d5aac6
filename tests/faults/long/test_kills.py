"""S01, S02, S11: a process that dies anywhere, and a database that fails anywhere, lose nothing."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pytest
import stamina
from sqlalchemy import event
from sqlalchemy.engine import Engine

from storage import Store, StoreError
from tests.faults.long.killed import ROWS, integrity
from tests.faults.oracle import collect, figures, known, past
from tests.support.serving import copied
from tests.support.upstream import NOON, FakeClock, Upstream

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[3]
KILLS = 500


def killed(call: str) -> str:
    """What a process that kills its children says."""
    command = [sys.executable, "-c", f"from tests.faults.long import killed; killed.{call}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_s02_a_writer_killed_500_times_loses_nothing(sqlite_url: str, tmp_path: Path) -> None:
    notes = tmp_path / "acknowledged"
    killed(f"writes({sqlite_url!r}, {str(notes)!r}, {KILLS})")
    integrity(sqlite_url)
    acknowledged = [int(line) for line in notes.read_text().split()]
    with Store.open(sqlite_url) as store:
        kept = int(str(store.cursor("github", "flask", "snapshot")["batch"]))
        assert acknowledged == sorted(set(acknowledged))
        assert kept >= acknowledged[-1] > KILLS / 2  # killed in the middle of its work, and not before it
        frame = store.read("stars")
        assert len(frame) == kept * ROWS + (kept >= 10)
        assert len(store.revisions("stars", "flask")) == max(kept // 10 - 1, 0)
        assert list(store.audit()) == []


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "told to stop"])
def test_s01_a_run_ended_at_each_step_is_completed_by_the_next(tmp_path: Path, ended_by: signal.Signals) -> None:
    with Upstream.of("pypistats") as upstream:
        before = past(tmp_path)
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        steps = int(killed(f"resumed({before.url!r}, {upstream.url!r}, {str(scratch)!r}, {ended_by:d})"))
    assert steps > 60


class Failing:
    """Makes the n-th statement to any database fail; with `on`, every later one too."""

    def __init__(self, number: int, *, on: bool) -> None:
        self.number, self.on, self.seen = number, on, 0

    def __call__(self, *_: Any) -> None:
        self.seen += 1
        if self.seen == self.number or (self.on and self.seen > self.number):
            raise sqlite3.OperationalError("disk I/O error")

    def __enter__(self) -> Self:
        event.listen(Engine, "do_execute", self)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "do_execute", self)


@pytest.mark.parametrize("on", [False, True], ids=["once", "from then on"])
def test_s11_a_statement_that_fails_costs_no_figure(tmp_path: Path, on: bool) -> None:
    before, number = past(tmp_path), 0
    with Upstream.of("pypistats") as upstream, stamina.set_testing(True, attempts=2, cap=True):
        while True:
            number += 1
            folder = tmp_path / f"{number}"
            folder.mkdir()
            url = copied(before.url, folder)
            with Store.open(url) as store:
                had = figures(store)
                with Failing(number, on=on) as failing, suppress(StoreError):
                    run = collect(store, FakeClock(), upstream.url)
                    assert run.status != "ok" or figures(store) == before.wanted, number
                if failing.seen < number:
                    break
                integrity(url)
                assert known(store, NOON.replace(hour=0)) == had
                assert list(store.audit()) == []
                later = FakeClock(NOON.replace(day=23))
                assert collect(store, later, upstream.url).status == "ok", number
                assert figures(store) == before.wanted, number
    assert number > 60
