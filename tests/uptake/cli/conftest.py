"""The command line in an empty folder of its own, and on a store with the figures we ship."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.uptake.cli.command_line import LOCAL, ROOT, Run, Said
from uptake.cli import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """`run("collect", "almanac")`: a command in an empty folder of its own, with no network to be had."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB", "PYPISTATS", "CLICKHOUSE"):
        monkeypatch.setenv(f"UPTAKE_{name}_URL", "http://127.0.0.1:9")
    root = logging.getLogger()
    handlers, level = root.handlers, root.level

    def runner(*arguments: str) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, told.out, told.err)

    yield runner
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def loaded(made_once: Callable[..., str]) -> str:
    """The address of a store with the figures we ship, as the command collects them: for tests that only read it."""

    def collect(url: str) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")}
        ended = subprocess.run(
            [sys.executable, "-m", "uptake", "collect", *LOCAL],
            cwd=ROOT,
            env=environment | {"UPTAKE_DATABASE_URL": url},
            capture_output=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr

    return made_once("loaded", collect)


@pytest.fixture
def ask(run: Run, loaded: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run`, on the store with the figures we ship."""
    monkeypatch.setenv("UPTAKE_DATABASE_URL", loaded)
    return run
