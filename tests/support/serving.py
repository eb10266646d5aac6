"""A store with the almanac in it, and the dashboard as a process of its own: for tests of pages, API and browser."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from catalog import load
from collectors import Clock, collect_source, holder_here
from migrations import migrate
from storage import Batch, Counts, Event, Observation, Payload, Period, Store
from uptake.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("almanac", "stackoverflow", "pydevsurvey")
STARTS_WITHIN_S = 60.0


def fill(url: str, clock: Clock | None = None) -> None:
    """Migrate a store and collect the three sources that come with Uptake, through the real collectors."""
    migrate(url)
    catalog, clock = load(), clock or SystemClock()
    with Store.open(url) as store:
        store.mirror_frameworks([(f.id, f.title) for f in catalog.frameworks.values()])
        for source in SHIPPED:
            run = store.start_run(source, trigger="up", now=clock.now())
            done = collect_source(store, catalog, source, run, access=None, clock=clock, holder=holder_here())
            assert done.status == "ok", done


def copied(url: str, folder: Path) -> str:
    """The address of a copy of an SQLite store, in that folder: a filled store in no time."""
    target = folder / "uptake.db"
    with (
        closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
    target.chmod(0o600)
    return f"sqlite:///{target}"


def deepen(url: str) -> None:
    """Add to a store what only live sources bring: downloads by country, releases, a survey's regions, a revision."""
    clock = SystemClock()
    with Store.open(url) as store:
        run = store.start_run("clickhouse", trigger="schedule", now=clock.now())
        for framework, times in (("flask", 1), ("django", 2)):
            batch = Batch(_payload("clickhouse", f"by country of {framework}"), tuple(_by_country(framework, times)))
            store.write(run.id, framework, "by_country", batch)
        for told in (41_000, 41_001):  # the second revises the first
            seen = Observation("downloads_all", "flask", Period.day(date(2026, 9, 1)), told)
            store.write(run.id, "flask", "per_day", Batch(_payload("clickhouse", f"answer {told}"), (seen,)))
        store.write(run.id, "flask", "releases", Batch(_payload("github", "releases"), (), events=RELEASES))
        survey = tuple(_survey())
        store.write(run.id, "flask", "microdata", Batch(_payload("stackoverflow", "year,answers"), survey))
        store.finish(run.id, "ok", counts=Counts(new=1), failures=[], now=clock.now())


def foretell(url: str, metric: str = "stars", framework: str = "django", rival: str = "gin") -> None:
    """Fit forecasts of two and of their ratio, through the real model."""
    from uptake.forecast_fits import ForecastRequest, fit_forecasts

    with Store.open(url) as store:
        wanted = ForecastRequest(metric, framework, rival)
        fit_forecasts(store, load(), SystemClock(), wanted, report=lambda *_: None, stop=lambda: False)


RELEASES = (
    Event("flask", date(2024, 11, 13), "release", "3.1.0", "https://example.org/3.1.0"),
    Event("flask", date(2024, 11, 14), "release", "3.1.1", "https://example.org/3.1.1"),
    Event("flask", date(2024, 10, 1), "prerelease", "3.1.0rc1", "javascript:alert(1)"),
)
COUNTRIES = ("US", "IE", "DE", "NL", "IN", "GB", "FR", "JP", "CN", "BR", "SG", "CA")  # 1200, 1100, ... 100 a month


def _payload(source: str, body: str) -> Payload:
    return Payload(source, f"https://example.org/{source}", body.encode(), SystemClock().now())


def _by_country(framework: str, times: int) -> Iterator[Observation]:
    for month in range(1, 11):
        for place, code in enumerate(COUNTRIES):
            value = times * 100 * (len(COUNTRIES) - place)
            yield Observation(
                "downloads_all_by_country", framework, Period.month(2026, month), value, dimension=f"country={code}"
            )


def _survey() -> Iterator[Observation]:
    for year in (2023, 2024):
        for dimension, share, base in (
            ("region=europe", 0.2, 5_000),
            ("country=DE", 0.25, 900),
            ("country=AD", 0.9, 12),
        ):
            yield Observation("so_worked_with", "flask", Period.year(year), share, base, dimension)


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
    environment = _environment(url, settings)
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "dashboard.server", "--port", str(port)]
        # From another folder than the project's: nothing may depend on where it is started.
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            server = Server(port, process)
            _wait(server, folder)
            yield server
        finally:
            _end(process)


def out_of_reach() -> dict[str, str]:
    """The settings with which every source that needs a network is at a port where nobody answers."""
    sources = load().sources.values()
    names = [name for source in sources for name in (source.setting, source.files_setting) if name]
    return dict.fromkeys(names, "http://127.0.0.1:9")


@contextmanager
def scheduling(url: str, folder: Path, **settings: str) -> Iterator[None]:
    """Run a scheduler on a store until the block ends; every source but those in `settings` is out of reach."""
    with (folder / "scheduler.log").open("wb") as log:
        command = [sys.executable, "-m", "uptake", "schedule"]
        environment = _environment(url, out_of_reach() | settings)
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            _end(process)


def _environment(url: str, settings: Mapping[str, str]) -> dict[str, str]:
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("UPTAKE_", "STREAMLIT_")) and "proxy" not in k.lower()
    }
    return kept | {"PYTHONPATH": str(ROOT), "UPTAKE_DATABASE_URL": url} | dict(settings)


def _end(process: subprocess.Popen[bytes]) -> None:
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
