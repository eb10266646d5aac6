"""`uptake alerts` with receivers of its own, in this process and as one of its own."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
from unittest import mock

import pytest

from tests.support.serving import ROOT, out_of_reach
from uptake.cli import main


def environment(url: str, *urls: str, **more: str) -> dict[str, str]:
    known = {"UPTAKE_DATABASE_URL": url, "UPTAKE_ALERT_URLS": " ".join(urls)} | out_of_reach() | more
    return {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")} | known


def uptake(url: str, *command: str, urls: tuple[str, ...] = (), **more: str) -> subprocess.CompletedProcess[str]:
    """What the command says and how it ends, run in this process, which leaves out what takes longest."""
    root, out, err = logging.getLogger(), io.StringIO(), io.StringIO()
    handlers, level = root.handlers, root.level
    try:
        with (
            mock.patch.dict(os.environ, environment(url, *urls, **more), clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main(command)
    finally:
        root.handlers = handlers
        root.setLevel(level)
    assert isinstance(ended.value.code, int)
    return subprocess.CompletedProcess(command, ended.value.code, out.getvalue(), err.getvalue())


def by_process(url: str, *command: str, urls: tuple[str, ...] = (), **more: str) -> subprocess.CompletedProcess[str]:
    """The same of a process of its own, with all that it logs."""
    return subprocess.run(
        [sys.executable, "-m", "uptake", *command],
        cwd=ROOT, env=environment(url, *urls, **more), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
