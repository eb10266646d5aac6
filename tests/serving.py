"""A store with the almanac in it, and the dashboard as a process of its own: for tests of pages, API and browser."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog import load
from collectors import collect_source, holder_here
from migrations import migrate
from storage import Store
from uptake.clock import SystemClock

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("almanac", "stackoverflow", "pydevsurvey")
STARTS_WITHIN_S = 60.0


def fill(url: str) -> None:
    """Migrate a store and collect the three sources that come with Uptake, through the real collectors."""
    migrate(url)
    catalog, clock = load(), SystemClock()
    with Store.open(url) as store:
        store.mirror_frameworks([(f.id, f.title) for f in catalog.frameworks.values()])
        for source in SHIPPED:
            run = store.start_run(source, trigger="up", now=clock.now())
            done = collect_source(store, catalog, source, run, access=None, clock=clock, holder=holder_here())
            assert done.status == "ok", done


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Server:
    """A running dashboard."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
        """One request over a socket of its own, the path sent as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read())
        finally:
            connection.close()


@contextmanager
def serving(url: str, folder: Path, **settings: str) -> Iterator[Server]:
    """Run the dashboard on a free port of 127.0.0.1 until the block ends. `settings`: more UPTAKE_ variables."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("UPTAKE_", "STREAMLIT_")) and "proxy" not in k.lower()
    }
    environment = kept | {"PYTHONPATH": str(ROOT), "UPTAKE_DATABASE_URL": url} | settings
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "dashboard.app", "--port", str(port)]
        # From another folder than the project's: nothing may depend on where it is started.
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            server = Server(port, process)
            _wait(server, folder)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(server: Server, folder: Path) -> None:
    give_up = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < give_up and server.process.poll() is None:
        try:
            server.get("/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the dashboard did not start: {(folder / 'server.log').read_text()[-2000:]}")
