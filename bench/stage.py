"""What the benchmarks measure with: invented observations, a store of them, and SQLite without us as the floor."""

from __future__ import annotations

import math
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from storage import Batch, Observation, Payload, Period

METRIC = "downloads_no_mirrors"
FIRST = date(2018, 1, 1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)

FLOOR_SCHEMA = """
CREATE TABLE observation (series INTEGER, period INTEGER, period_end INTEGER, value REAL, base INTEGER, payload INTEGER,
PRIMARY KEY (series, period, period_end)) WITHOUT ROWID
"""
FLOOR_INSERT = "INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Timing:
    """One comparison: seconds of ours and of the floor, each the best of its rounds, measured in turns."""

    name: str
    rows: int
    ours: float
    floor: float

    def __str__(self) -> str:
        times = f"ours {self.ours:7.3f} s   floor {self.floor:7.3f} s   x {self.ours / self.floor:5.2f}"
        return f"{self.name:34} {self.rows:>9,} rows   {times}"


def frameworks(count: int) -> list[str]:
    """Invented ids."""
    return [f"framework-{number:03}" for number in range(count)]


def batch(framework: str, days: int) -> Batch:
    """`days` daily observations of one framework, with a weekly rhythm and noise; the same ones every time."""
    noise = random.Random(framework)
    observations = tuple(
        Observation(METRIC, framework, Period.day(FIRST + timedelta(days=day)), value(day, noise))
        for day in range(days)
    )
    return Batch(Payload("bench", f"bench:{framework}", b"{}", NOW), observations)


def value(day: int, noise: random.Random) -> float:
    """A plausible number of downloads on a day."""
    return round(1000 + day + 200 * math.sin(day * math.tau / 7) + noise.uniform(-50, 50))


def floor_rows(framework: int, batch_of: Batch) -> list[tuple[int, int, int, float | None, None, int]]:
    """The same observations as the rows that the floor writes."""
    first = (FIRST - date(1970, 1, 1)).days
    return [(framework, first + at, first + at, o.value, None, 1) for at, o in enumerate(batch_of.observations)]


def floor(path: Path) -> sqlite3.Connection:
    """SQLite as the store sets it up, with one table."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(FLOOR_SCHEMA)
    return connection


def write_floor(path: Path, parts: list[list[tuple[int, int, int, float | None, None, int]]]) -> None:
    """One transaction for each part, as the store commits batch by batch."""
    with closing(floor(path)) as connection:
        for rows in parts:
            with connection:
                connection.executemany(FLOOR_INSERT, rows)


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def timing(name: str, rows: int, ours: Callable[[], object], against: Callable[[], object], rounds: int = 3) -> Timing:
    """Time both in turns, so that a busy machine is unfair to both; the best round of each counts."""
    times = [(seconds(ours), seconds(against)) for _ in range(rounds)]
    return Timing(name, rows, min(ours for ours, _ in times), min(floor for _, floor in times))


def numbered(folder: Path) -> Iterator[Path]:
    """Paths for one database after another."""
    return (folder / f"{number}.db" for number in range(1_000_000))
