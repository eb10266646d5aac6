"""How the cost of every question grows with the frameworks tracked, on a made store.

`python -m bench.scale [FRAMEWORKS [DAYS]]`: that many frameworks with a history of stars, of downloads and of stars
held. Prints the seconds of CPU and the memory of each command.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from migrations import migrate
from storage import Batch, Observation, Payload, Period, Store

NOW = datetime(2026, 11, 1, tzinfo=UTC)
METRICS = {"stars": "github", "stars_held": "github", "downloads_no_mirrors": "pypistats"}
COMMANDS = (
    "leaders",
    "growth stars",
    "overtakes",
    "agreement",
    "anomalies",
    "claims",
    "compare scale-1 scale-2",
    "status",
)


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
                store.write(runs[source], name, metric, Batch(payload, history(metric, number, days)))


def history(metric: str, number: int, days: int) -> tuple[Observation, ...]:
    """Of one framework, the same every time: counters with a rate of their own, downloads with a weekly rhythm."""
    random = np.random.default_rng([number, *metric.encode()])
    gained = random.poisson(1 + number % 37, days)
    noise = random.lognormal(0, 0.1, days) * (1 + 0.3 * np.sin(np.arange(days) * 2 * np.pi / 7))
    values = np.round(1000 * (1 + number) ** 0.8 * noise) if metric.startswith("downloads") else np.cumsum(gained)
    first = NOW.date() - timedelta(days=days)
    return tuple(
        Observation(metric, f"scale-{number}", Period.day(first + timedelta(days=day)), float(value))
        for day, value in enumerate(values)
    )


def measured(url: str, command: str) -> tuple[float, float, int]:
    """Seconds of CPU, megabytes at most and the exit code of one command in a process of its own."""
    script = (
        "import resource, sys\n"
        "from uptake.cli import commands\n"
        f"code = commands.main({command.split()!r}, standalone_mode=False)\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)\n"
        "sys.exit(code or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"UPTAKE_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1].split() if done.stderr.strip() else []
    seconds, megabytes = (float(last[0]), float(last[1])) if len(last) == 2 else (float("nan"), float("nan"))
    return seconds, megabytes, done.returncode


def main(frameworks: int = 100, days: int = 2000) -> None:
    """Print a line per command."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'uptake.db'}"
        make(url, frameworks, days)
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(
            f"{frameworks} frameworks, {frameworks * days * len(METRICS):,} observations; made in {used.ru_utime:.1f} s"
        )
        for command in COMMANDS:
            seconds, megabytes, code = measured(url, command)
            print(f"uptake {command:26} {seconds:8.2f} s {megabytes:8.0f} MB  exit {code}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
