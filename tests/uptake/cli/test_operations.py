"""`uptake migrate` and `uptake collect`: once, twice, failing, cut off."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from storage import Store
from tests.uptake.cli.command_line import LOCAL, ROOT, Run


def test_migrate_twice(run: Run) -> None:
    assert run("migrate", "--json").answer["applied"]
    assert run("migrate", "--json").answer == {"applied": []}
    assert Path("data").stat().st_mode & 0o777 == 0o700
    assert Path("data/uptake.db").stat().st_mode & 0o777 == 0o600


def test_collecting_twice_finds_everything_unchanged(run: Run) -> None:
    first = run("collect", *LOCAL, "--json")
    assert (first.code, first.err) == (0, "")
    totals = first.answer["totals"]
    assert isinstance(totals, dict)
    assert totals["new"] > 3000
    again = run("collect", *LOCAL, "--json").answer
    assert again["ok"] is True
    assert again["totals"] == {"new": 0, "revised": 0, "unchanged": totals["new"], "failed": 0}


def test_the_price_is_said_without_a_request_or_a_run(run: Run) -> None:
    said = run("collect", "github", "pypistats", "--framework", "flask", "--price")
    assert (said.code, said.err) == (0, "")
    assert [line.partition(":")[0] for line in said.out.splitlines()] == ["GitHub", "PyPI Stats"]
    told = run("collect", "github", "--framework", "flask", "--price", "--json").answer["price"]
    assert isinstance(told, list)
    assert set(told[0]) == {"source", "requests", "budget_left", "limit", "resets_at", "done_by", "sentence"}
    assert told[0]["requests"] > 2
    with Store.open(f"sqlite:///{Path('data/uptake.db').absolute()}") as store:
        assert store.runs() == []


def test_the_price_is_said_before_the_first_request(run: Run) -> None:
    said = run("collect", "github", "--framework", "flask")
    assert said.code == 1  # nobody is there to ask
    assert said.err.startswith("GitHub: about ")
    answer = run("collect", "github", "--framework", "flask", "--json").answer
    assert isinstance(answer["price"], list)
    assert answer["price"][0]["source"] == "github"


def test_collect_marks_the_run_of_a_process_that_was_killed(run: Run) -> None:
    run("migrate")
    with Store.open(f"sqlite:///{Path('data/uptake.db').absolute()}") as store:
        dead = store.start_run("almanac", trigger="cli", now=datetime.now(UTC))
        assert run("collect", "almanac").code == 0
        assert store.run(dead.id).status == "aborted"


def test_collect_shows_progress_and_ends_with_a_table(run: Run) -> None:
    said = run("collect", "stackoverflow")
    assert said.code == 0
    unit = r"^stackoverflow 1/\d+ flask published, so far \d+ new, 0 revised, 0 unchanged$"
    assert re.search(unit, said.err, re.MULTILINE)
    lines = [line.split() for line in said.out.splitlines()]
    assert lines[0] == ["source", "status", "new", "revised", "unchanged", "failed"]
    assert lines[1][:2] == ["stackoverflow", "ok"]
    assert lines[-1][0] == "total"


class _Upstream(BaseHTTPRequestHandler):
    """Asks everybody to wait two minutes, or knows nothing."""

    def do_GET(self) -> None:
        self.send_response(429 if self.path.startswith("/busy") else 404)
        self.send_header("Retry-After", "120")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_source_that_fails_is_exit_code_1_with_the_reason(
    run: Run, upstream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPTAKE_PYPISTATS_URL", upstream)
    said = run("collect", "almanac", "pypistats", "--framework", "flask")
    assert said.code == 1
    assert re.search(r"^pypistats flask overall.*: PyPI Stats answered 404", said.out, re.MULTILINE)
    answer = run("collect", "pypistats", "--framework", "flask", "--json").answer
    assert answer["ok"] is False
    sources = answer["sources"]
    assert isinstance(sources, list)
    assert (sources[0]["source"], sources[0]["status"], sources[0]["failed"]) == ("pypistats", "failed", 3)
    assert {failure["kind"] for failure in sources[0]["failures"]} == {"gone"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_told_to_stop_it_marks_the_run(tmp_path: Path, upstream: str, number: signal.Signals) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")} | {
        "UPTAKE_DATA_DIR": str(tmp_path / "data"),
        "UPTAKE_PYPISTATS_URL": f"{upstream}/busy",
    }
    command = [sys.executable, "-m", "uptake", "collect", "pypistats", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_for_note(tmp_path / "data" / "uptake.db", "wait")
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, err) == (1, b"")
    told = json.loads(out)["sources"][0]
    assert told["status"] == "partial"
    assert told["done"] < told["planned"]


def wait_for_note(database: Path, word: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if database.exists() and database.stat().st_size:
            try:
                with Store.open(f"sqlite:///{database}", read_only=True) as store:
                    if any(word in run.note for run in store.runs(1)):
                        return
            except Exception:  # noqa: BLE001 - it is being made
                time.sleep(0.1)
        time.sleep(0.1)
    raise AssertionError("the run never waited")
