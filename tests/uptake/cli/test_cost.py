"""Four times as many frameworks cost about four times as much: no command looks at every pair, nor at all for each.

Held by processor time, which a busy machine changes least. Linear is 4, quadratic 16.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.scale import make

FEW, MANY, DAYS = 25, 100, 60
MOST_TIMES, MOST_S = 8, 12.0
UNMEASURED_S = 0.3  # what a warm start may differ by
COMMANDS = (
    "leaders --json",
    "growth stars --json",
    "overtakes --json",
    "agreement --json",
    "anomalies --json",
    "compare scale-1 scale-2 --json",
    "export stars",
    "status --json",
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    folder: Path = tmp_path_factory.mktemp("made")
    urls = {frameworks: f"sqlite:///{folder / f'{frameworks}.db'}" for frameworks in (FEW, MANY)}
    for frameworks, url in urls.items():
        make(url, frameworks, DAYS)
    return urls


@pytest.mark.parametrize("command", COMMANDS)
def test_the_cost_of_a_command_grows_with_the_frameworks(
    command: str, stores: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from uptake.cli import commands

    def cost(frameworks: int) -> float:
        monkeypatch.setenv("UPTAKE_DATABASE_URL", stores[frameworks])
        started = time.process_time()
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
            commands.main(command.split(), standalone_mode=False)
        return time.process_time() - started

    cost(FEW)  # imports, and what is read once
    few, many = cost(FEW), cost(MANY)
    assert many < MOST_TIMES * few + UNMEASURED_S, f"{many / few:.1f} times as much for {MANY // FEW} times as many"
    assert many < MOST_S


@pytest.mark.parametrize(
    ("command", "unneeded"), [("--help", ("sqlalchemy", "pandas")), ("status", ("pandas", "numpy"))]
)
def test_a_command_waits_for_no_library_that_it_does_not_need(
    command: str, unneeded: tuple[str, ...], stores: dict[int, str]
) -> None:
    """`status` is asked every minute by those who watch a server."""
    names = f"[name for name in {unneeded} if name in sys.modules]"
    run = f"commands.main(['{command}'], standalone_mode=False)"
    script = f"import sys; from uptake.cli import commands; {run}; print({names})"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"UPTAKE_DATABASE_URL": stores[FEW]}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
