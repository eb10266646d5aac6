"""Reading series as a frame, against `fetchall` of Python's own sqlite3 in the same run.

`python -m bench.read [SERIES [DAYS]]`
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from bench import stage
from bench.ingest import fill
from migrations import migrate
from storage import Store

ONE = "SELECT period, period_end, value, base, payload FROM observation WHERE series = ? ORDER BY period"
ALL = "SELECT series, period, period_end, value, base, payload FROM observation ORDER BY series, period"


def compare(series: int, days: int, folder: Path) -> list[stage.Timing]:
    """One series and all of them, as a frame with provenance; the floor only fetches the rows."""
    names = stage.frameworks(series)
    batches = [stage.batch(framework, days) for framework in names]
    stage.write_floor(folder / "floor.db", [stage.floor_rows(number, batch) for number, batch in enumerate(batches)])
    url = f"sqlite:///{folder / 'store.db'}"
    migrate(url)
    with Store.open(url) as store:
        fill(store, batches)
    with Store.open(url, read_only=True) as store, closing(sqlite3.connect(folder / "floor.db")) as floor:
        last = series - 1
        return [
            stage.timing(
                "read one series as a frame",
                len(store.read(stage.METRIC, [names[last]])),
                lambda: store.read(stage.METRIC, [names[last]]),
                lambda: floor.execute(ONE, (last,)).fetchall(),
                rounds=20,
            ),
            stage.timing(
                "read every series as a frame",
                len(store.read(stage.METRIC)),
                lambda: store.read(stage.METRIC),
                lambda: floor.execute(ALL).fetchall(),
                rounds=5,
            ),
        ]


def main(series: int = 100, days: int = 2000) -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory() as folder:
        for timing in compare(series, days, Path(folder)):
            print(timing)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
