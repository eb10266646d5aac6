"""Writing observations through the store, against `executemany` of Python's own sqlite3 in the same run."""

from __future__ import annotations

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


def rows(series: int, days: int, rounds: int, folder: Path) -> list[stage.Row]:
    """First collection, and a second one that finds nothing new. The floor of both is inserting the rows once."""
    batches = [stage.batch(framework, days) for framework in stage.frameworks(series)]
    parts = [stage.floor_rows(number, batch) for number, batch in enumerate(batches)]
    paths = stage.numbered(folder)
    firsts, agains = [], []
    for _ in range(rounds):
        url = f"sqlite:///{next(paths)}"
        migrate(url)  # making the store is not what is measured
        with Store.open(url) as store:
            floor = stage.spent(lambda: stage.write_floor(next(paths), parts))
            firsts.append((stage.spent(lambda: fill(store, batches)), floor))  # called at once
            agains.append((stage.spent(lambda: fill(store, batches)), floor))
    size = f"{series * days:,} rows"
    return [
        stage.summed_up("ingest, all new", size, 1.5, firsts),
        stage.summed_up("ingest, nothing new", size, 0.8, agains),
    ]
