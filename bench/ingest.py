"""Writing observations through the store, against `executemany` of Python's own sqlite3 in the same run.

`python -m bench.ingest [SERIES [DAYS]]`
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import stage
from migrations import migrate
from storage import Batch, Store


def fill(store: Store, batches: Sequence[Batch]) -> None:
    """One run that writes every batch, each in its own transaction."""
    run = store.start_run("bench", trigger="cli", now=stage.NOW)
    for batch in batches:
        store.write(run.id, batch.observations[0].framework, "bench", batch)


def compare(series: int, days: int, folder: Path) -> list[stage.Timing]:
    """First collection, and a second one that finds nothing new. The floor of both is inserting the rows once."""
    batches = [stage.batch(framework, days) for framework in stage.frameworks(series)]
    parts = [stage.floor_rows(number, batch) for number, batch in enumerate(batches)]
    paths = stage.numbered(folder)
    stores: list[Store] = []

    def first() -> None:
        fill(stores[-1], batches)

    def again() -> None:
        fill(stores[0], batches)

    def floor() -> None:
        stage.write_floor(next(paths), parts)

    def fresh() -> None:
        url = f"sqlite:///{next(paths)}"
        migrate(url)
        stores.append(Store.open(url))

    try:
        rows = series * days
        firsts = []
        for _ in range(3):
            fresh()  # making the store is not what is measured
            firsts.append(stage.timing("ingest, all new", rows, first, floor, rounds=1))
        best = stage.Timing("ingest, all new", rows, min(t.ours for t in firsts), min(t.floor for t in firsts))
        return [best, stage.timing("ingest, nothing new", rows, again, floor)]
    finally:
        for store in stores:
            store.close()


def main(series: int = 100, days: int = 2000) -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory() as folder:
        for timing in compare(series, days, Path(folder)):
            print(timing)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
