"""X: attacks that no other test makes: rows that would run, cells that a spreadsheet runs, pages that fail."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from dashboard import server
from storage import Batch, Observation, Payload, Period, Store
from tests.faults.oracle import CANARY
from tests.support.upstream import NOON

ROOT = Path(__file__).parents[2]


@pytest.fixture
def _as_started() -> Iterator[None]:
    """Streamlit with the settings that every start of the dashboard gives it."""
    before = {name: config.get_option(name) for name in server.SAFE}
    for name, value in server.SAFE.items():
        config.set_option(name, value)
    yield
    for name, value in before.items():
        config.set_option(name, value)


def failing() -> None:
    """A page with a fault that names what it should not."""
    raise RuntimeError("cannot reach postgresql://me:CANARY-0123456789-abcdef@host/uptake")


@pytest.mark.usefixtures("_as_started")
def test_x11_a_page_that_fails_shows_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    page = AppTest.from_function(failing).run(timeout=30)
    shown = [f"{error.message} {error.value} {error.stack_trace}" for error in page.exception]
    assert shown
    assert CANARY not in " ".join(shown)


RUN_BY_SPREADSHEETS = (
    '=HYPERLINK("http://evil")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
)


def test_x10_what_a_spreadsheet_would_run_is_harmless_and_numbers_are_untouched(sqlite_url: str) -> None:
    numbers = [0.0, 7.0, 1e15, 123456789.0]
    with Store.open(sqlite_url) as store:
        run = store.start_run("github", trigger="cli", now=NOON)
        for name in RUN_BY_SPREADSHEETS:
            store.add_framework(name, name, {"github": f"x/{abs(hash(name))}"}, language="", now=NOON)
            days = [Observation("stars", name, Period.day(date(2026, 1, 1 + n)), v) for n, v in enumerate(numbers)]
            store.write(run.id, name, "snapshot", Batch(Payload("github", "http://x", b"{}", NOON), tuple(days)))
    command = [sys.executable, "-m", "uptake", "export", "stars"]
    environment = {**os.environ, "UPTAKE_DATABASE_URL": sqlite_url}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))
    assert {row["framework"] for row in rows} == {f"'{name}" for name in RUN_BY_SPREADSHEETS}
    assert {row["value"] for row in rows} == {"0", "7", "1000000000000000", "123456789"}
    assert not [
        cell for row in rows for key, cell in row.items() if key != "value" and cell[:1] in "=+-@\t\r＝＋－＠" if cell
    ]
