"""D: pages under load. A crowd of sessions, hostile choices, an export of everything."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from storage import Batch, Payload, Store
from tests.faults.long.crowd import crowd, drop, memory_mb, open_files, visited
from tests.support.serving import Server, serving
from tests.support.upstream import NOON

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[3]
MOST_MB = 600  # the dashboard with all of its libraries, and fifty sessions


@pytest.fixture(scope="module")
def dashboard(full_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from tests.support.serving import copied

    folder = tmp_path_factory.mktemp("crowded")
    with serving(copied(full_store, folder), folder) as running:
        yield running


def test_d01_fifty_sessions_at_once_are_all_served(dashboard: Server) -> None:
    assert visited(dashboard).finished
    sessions = crowd(dashboard, 50, 50)
    assert all(session.finished for session in sessions)
    assert memory_mb(dashboard.process.pid, "VmHWM") < MOST_MB


HOSTILE = {
    "everything": urlencode([("metric", "downloads_no_mirrors"), ("range", "all"), ("view", "day")]),
    "twenty years": urlencode({"metric": "stars", "range": "own", "since": "2006-01-01", "until": "2026-01-01"}),
    "ten thousand names": urlencode({"framework": ",".join(f"f{n}" for n in range(10_000))}),
    "a megabyte": "framework=" + "x" * 1_000_000,
    "markup": urlencode({"framework": "<script>alert(1)</script>", "metric": "' OR 1=1 --"}),
}


@pytest.mark.parametrize("choice", HOSTILE)
def test_d02_hostile_choices_get_a_page(dashboard: Server, choice: str) -> None:
    session = visited(dashboard, "trends", HOSTILE[choice])
    assert session.finished
    assert session.took < 15
    assert len(session.sent) < 8_000_000
    assert b"Traceback" not in session.sent
    assert dashboard.get("/healthz").status == 200


KEPT = 128  # sessions that Streamlit keeps for whoever comes back, each with three open files


def test_d05_sessions_opened_and_dropped_leave_nothing_that_grows(dashboard: Server) -> None:
    pid = dashboard.process.pid
    assert visited(dashboard).finished
    drop(dashboard, 200, 8)
    files, memory = open_files(pid), memory_mb(pid)
    assert files < 3 * KEPT + 60
    drop(dashboard, 300, 8)
    assert open_files(pid) <= files + 10
    assert memory_mb(pid) < memory + 50
    assert visited(dashboard).finished


MEASURED = """
import runpy, sys
try:
    runpy.run_module("uptake", run_name="__main__", alter_sys=True)
finally:
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")), file=sys.stderr)
"""


NAMES, DAYS = 100, 10_000
SPREAD = """
    WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :days)
    INSERT INTO observation SELECT series.id, 5000 + x, 5000 + x, x, NULL, payload.id FROM series, payload, n
"""


@pytest.fixture
def million(sqlite_url: str) -> str:
    """A store with a hundred frameworks of ten thousand days each."""
    with Store.open(sqlite_url) as store:
        run = store.start_run("github", trigger="cli", now=NOON)
        store.write(run.id, "flask", "snapshot", Batch(Payload("github", "http://x", b"{}", NOON), ()))
        for number in range(NAMES):
            store.add_framework(f"f{number}", f"F{number}", {"github": f"x/f{number}"}, language="", now=NOON)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as raw:
        rows = [(f"f{number}",) for number in range(NAMES)]
        raw.executemany("INSERT INTO series (metric, framework, dimension) VALUES ('stars', ?, '')", rows)
        raw.execute(SPREAD, {"days": DAYS})
        raw.commit()
    return sqlite_url


def test_d06_an_export_of_a_million_rows_has_them_all_in_little_memory(million: str, tmp_path: Path) -> None:
    target = tmp_path / "stars.csv"
    command = [sys.executable, "-c", MEASURED, "export", "stars", "-o", str(target)]
    environment = {**os.environ, "UPTAKE_DATABASE_URL": million, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    with target.open("rb") as file:
        assert sum(1 for _ in file) == NAMES * DAYS + 1
    assert f"{NAMES * DAYS} rows written" in done.stderr
    assert int(done.stderr.split()[-1]) / 1024 < 400
