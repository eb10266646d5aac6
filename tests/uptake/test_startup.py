from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage import Store
from tests.support.serving import out_of_reach

ROOT = Path(__file__).resolve().parents[3]
PROC_IS_THERE = Path("/proc/self/environ").exists()
PROC = pytest.mark.skipif(not PROC_IS_THERE, reason="needs Linux's /proc")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    """`uptake up` in a folder of its own, started from another working directory than the code's."""

    def __init__(self, folder: Path, port: int) -> None:
        self.log = folder / f"up-{time.monotonic_ns()}.log"
        self.port = port
        self.folder = folder
        environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")} | {
            "PYTHONPATH": str(ROOT),
            "UPTAKE_GITHUB_TOKEN": "CANARY-token-of-github",
            **out_of_reach(),
        }
        command = [sys.executable, "-P", "-m", "uptake", "up", "--port", str(port)]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_for(self, check: Callable[[], object], seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not check():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.1)

    def wait_until_up(self) -> None:
        self.wait_for(lambda: f"Uptake is at http://127.0.0.1:{self.port}" in self.said)

    def healthy(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
            return bool(answer.status == 200)

    def children(self) -> dict[str, int]:
        """Process ids by module, of those that run in our folder's name."""
        found = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in found.splitlines()[1:]]
        mine = [(int(pid), args) for pid, parent, args in rows if int(parent) == self.process.pid]
        return {"scheduler" if "schedule" in args else "dashboard": pid for pid, args in mine}


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie that nobody has buried does not)."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def gone(pids: list[int], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def starter(port: int | None = None) -> Up:
        started.append(Up(tmp_path, port or free_port()))
        return started[-1]

    yield starter
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(30)


def test_it_starts_everything_and_stops_everything_it_started(up: Callable[..., Up]) -> None:
    first = up()
    first.wait_until_up()
    assert first.healthy()
    children = first.children()
    assert set(children) == {"scheduler", "dashboard"}
    if PROC_IS_THERE:  # the dashboard holds no token
        held = {name: Path(f"/proc/{pid}/environ").read_bytes() for name, pid in children.items()}
        assert (b"CANARY" in held["scheduler"], b"CANARY" in held["dashboard"]) == (True, False)
    with Store.open(f"sqlite:///{first.folder}/data/uptake.db", read_only=True) as store:
        assert {r.source for r in store.runs() if r.trigger == "up"} == {"almanac", "pydevsurvey", "stackoverflow"}
        first.wait_for(lambda: store.last_run("github", ["running", "failed", "partial"]))
    assert "data" in {p.name for p in first.folder.iterdir()}
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(20) == 0
    assert gone(list(children.values()), 1)
    assert not listening(first.port)
    assert "CANARY" not in first.said
    assert "Traceback" not in first.said

    again = up(first.port)  # the same port is free at once, and nothing is new
    again.wait_until_up()
    assert " new, " not in again.said.split("Uptake is at")[0]
    again.process.terminate()
    assert again.process.wait(20) == 0


@PROC
def test_killed_outright_it_leaves_no_orphans(up: Callable[..., Up]) -> None:
    one = up()
    one.wait_until_up()
    children = list(one.children().values())
    one.process.kill()
    one.process.wait()
    assert gone(children)
    assert not listening(one.port)


@pytest.mark.parametrize("victim", ["scheduler", "dashboard"])
def test_a_part_that_dies_is_named_and_the_other_is_stopped(up: Callable[..., Up], victim: str) -> None:
    one = up()
    one.wait_until_up()
    children = one.children()
    os.kill(children[victim], signal.SIGKILL)
    assert one.process.wait(20) == 1
    assert f"uptake: the {victim} ended unexpectedly" in one.said
    assert gone(list(children.values()), 1)


@pytest.mark.parametrize("command", ["up", "dashboard"])
def test_a_busy_port_is_said_in_one_sentence_and_nothing_is_started(tmp_path: Path, command: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")} | {"PYTHONPATH": str(ROOT)}
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        arguments = [sys.executable, "-P", "-m", "uptake", command, "--port", str(port)]
        ended = subprocess.run(
            arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert re.fullmatch(rf"uptake: port {port} is in use, .*make up PORT=\d+.*\n", ended.stderr)
    assert list(tmp_path.iterdir()) == []
