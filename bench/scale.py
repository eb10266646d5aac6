"""How the cost of every question grows with the frameworks tracked, on a made store."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from answers.leaders.answer import leaders
from bench import stage
from catalog import load
from migrations import migrate
from storage import Batch, Observation, Payload, Period, Store
from uptake.frameworks.tracked_catalog import tracked_catalog

NOW = datetime(2026, 11, 1, tzinfo=UTC)
METRICS = {"stars": "github", "stars_kept": "github", "downloads_no_mirrors": "pypistats"}
STREAMS = {"stars": "snapshot", "stars_kept": "history", "downloads_no_mirrors": "overall"}
COMMANDS = {
    "--help": 0.2,
    "status": 0.5,
    "compare scale-1 scale-2": 0.6,
    "leaders": 5,
    "growth stars": 5,
    "overtakes": 5,
    "agreement": 5,
    "anomalies": 5,
    "claims": 5,
}  # and how many seconds more than Python's own start they may take
LATEST = "SELECT value FROM observation WHERE series = ? ORDER BY period DESC LIMIT 1"
SCRIPT = """import runpy, sys
try:
    runpy.run_module("uptake", run_name="__main__", alter_sys=True)
finally:
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")), file=sys.stderr)
"""  # what rusage says of memory begins with that of the process that started this one


def make(url: str, frameworks: int, days: int) -> None:
    """A store of so many frameworks, each with so many days of every metric, the last of them yesterday."""
    migrate(url)
    with Store.open(url) as store:
        runs = {source: store.start_run(source, trigger="cli", now=NOW).id for source in set(METRICS.values())}
        for number in range(frameworks):
            name = f"scale-{number}"
            ids = {"github": f"scale/{name}", "pypistats": name}
            store.add_framework(name, f"Scale {number}", ids, language="Python", now=NOW)
            for metric, source in METRICS.items():
                payload = Payload(source, f"scale:{metric}:{name}", b"{}", NOW)
                batch = Batch(payload, history(metric, number, days), {"walked_at": NOW.isoformat()})
                store.write(runs[source], name, STREAMS[metric], batch)


def history(metric: str, number: int, days: int) -> tuple[Observation, ...]:
    """Of one framework, the same every time: levels 3% apart, each with a pace of its own, downloads by weekday.

    So few are near each other, however many there are: pairs that cross grow as the frameworks do.
    """
    random = np.random.default_rng([number, *metric.encode()])
    level = 100 * 1.03**number
    gained = random.poisson(level / 3000 * (1 + number % 7), days)
    noise = random.lognormal(0, 0.1, days) * (1 + 0.3 * np.sin(np.arange(days) * 2 * np.pi / 7))
    values = {"stars": np.round(level) + np.cumsum(gained), "stars_kept": gained}.get(metric, np.round(level * noise))
    first = NOW.date() - timedelta(days=days)
    return tuple(
        Observation(metric, f"scale-{number}", Period.day(first + timedelta(days=day)), float(value))
        for day, value in enumerate(values)
    )


def rows(url: str, frameworks: int, rounds: int) -> list[stage.Row]:
    """Each command in a process of its own, against a Python that does nothing; of questions no floor is known."""
    size = f"{frameworks} frameworks"
    made = []
    for command, goal in COMMANDS.items():
        peak: list[float] = []
        each = stage.row(
            f"uptake {command}", size, goal, partial(_run, url, command, peak), _nothing, rounds, beyond=True
        )
        made.append(replace(each, note=f"{max(peak):.0f} MB"))
    return made


def leaderboard(database: Path, frameworks: int, rounds: int) -> stage.Row:
    """Who leads by every metric, against one indexed look-up of the latest value of every series."""
    with Store.open(f"sqlite:///{database}", read_only=True) as store, closing(sqlite3.connect(database)) as floor:
        catalog = tracked_catalog(load(), store)
        series = [row[0] for row in floor.execute("SELECT id FROM series")]

        def looked_up() -> None:
            for one in series:
                floor.execute(LATEST, (one,)).fetchone()

        moment = NOW + timedelta(hours=12)
        return stage.row(
            "leaders of every metric", f"{frameworks} frameworks", 10,
            lambda: leaders(store, catalog, (), moment), looked_up, rounds,
        )  # fmt: skip


def _nothing() -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def _run(url: str, command: str, peak: list[float]) -> None:
    """One command; what memory it took at most, in megabytes, is added to `peak`."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command.split()],
        env=os.environ | {"UPTAKE_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):  # 1: it says that a source is late
        raise RuntimeError(f"uptake {command} ended with {done.returncode}: {done.stderr}")
    peak.append(float(done.stderr.split()[-1]) / 1024)
