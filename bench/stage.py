"""What the benchmarks measure with: invented observations, a store of them, and SQLite without us as the floor."""

from __future__ import annotations

import math
import random
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

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
class Row:
    """One hot path: seconds of Uptake and of its floor, each the median of rounds taken in turns.

    Without a floor the goal is seconds; with one it is how many times the floor Uptake may take or, where the floor is
    what must be done anyway (`beyond`), how many seconds more. `cpu` is the ratio by processor time alone, which a busy
    machine changes least.
    """

    path: str
    size: str
    uptake: float
    floor: float | None
    goal: float
    cpu: float | None = None
    beyond: bool = False
    note: str = ""

    @property
    def figure(self) -> float:
        """What is held against the goal."""
        if self.floor is None:
            return self.uptake
        return self.uptake - self.floor if self.beyond else self.uptake / self.floor

    @property
    def reached(self) -> bool:
        return self.figure <= self.goal


Action = Callable[[], object]
Spent = tuple[float, float]


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


def spent(action: Action) -> Spent:
    """Seconds by the clock and of the processor, those of processes that it waited for included."""
    clock, used = time.perf_counter(), _used()
    action()
    return time.perf_counter() - clock, _used() - used


def _used() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def row(
    path: str, size: str, goal: float, uptake: Action, floor: Action | None = None, rounds: int = 5,
    *, beyond: bool = False, note: str = "",
) -> Row:  # fmt: skip
    """Time both in turns, so that a busy machine is unfair to both."""
    turns = [(spent(uptake), spent(floor) if floor else None) for _ in range(rounds)]
    return summed_up(path, size, goal, turns, beyond=beyond, note=note)


def summed_up(
    path: str, size: str, goal: float, turns: Sequence[tuple[Spent, Spent | None]], *, beyond: bool = False,
    note: str = "",
) -> Row:  # fmt: skip
    """The medians of rounds."""
    ours = [median(values) for values in zip(*(uptake for uptake, _ in turns), strict=True)]
    floors = [floor for _, floor in turns if floor is not None]
    if not floors:
        return Row(path, size, ours[0], None, goal, note=note)
    least = [median(values) for values in zip(*floors, strict=True)]
    return Row(path, size, ours[0], least[0], goal, ours[1] / least[1] if least[1] else None, beyond, note)


def numbered(folder: Path) -> Iterator[Path]:
    """Paths for one database after another."""
    return (folder / f"{number}.db" for number in range(1_000_000))
