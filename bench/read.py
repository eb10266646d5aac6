"""Reading series and writing them as a file, against `fetchall` and SQLite's own command line in the same run."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

from answers.json_and_csv import csv_chunks
from answers.questions import Question
from answers.series.answer import series, series_parts
from bench import stage
from bench.scale import NOW
from catalog import load
from storage import Store
from uptake.frameworks.tracked_catalog import tracked_catalog

METRIC = "downloads_no_mirrors"
CHART = 12  # series
FETCH = """SELECT o.series, o.period, o.period_end, o.value, o.base, o.payload FROM observation o
JOIN series s ON s.id = o.series WHERE s.metric = ? AND s.framework IN ({}) AND s.dimension = ''"""
EXPORT = f"""SELECT s.framework, s.metric, s.dimension, date(o.period * 86400, 'unixepoch'),
date(o.period_end * 86400, 'unixepoch'), o.value, o.base, NULL, NULL, 'final', p.source, p.fetched_at, ''
FROM observation o JOIN series s ON s.id = o.series JOIN payload p ON p.id = o.payload
WHERE s.metric = '{METRIC}' ORDER BY s.framework, o.period"""


def rows(database: Path, frameworks: int, days: int, rounds: int) -> list[stage.Row]:
    """A chart's frame, its answer, and every series as CSV with all its columns."""
    names = tuple(f"scale-{number}" for number in range(min(CHART, frameworks)))
    query = FETCH.format(", ".join("?" * len(names)))
    with Store.open(f"sqlite:///{database}", read_only=True) as store, closing(sqlite3.connect(database)) as floor:
        catalog, now = tracked_catalog(load(), store), NOW + timedelta(hours=12)

        def fetched() -> object:
            return floor.execute(query, (METRIC, *names)).fetchall()

        def exported() -> None:
            with (database.parent / "uptake.csv").open("wb") as file:
                for part in series_parts(store, catalog, Question(METRIC), now):
                    file.writelines(csv_chunks(part))

        def answered() -> object:
            return series(store, catalog, Question(METRIC, names), now)

        size = f"{len(names)} series × {days:,} days"
        made = [
            stage.row("a chart's rows as a frame", size, 2.0, lambda: store.read(METRIC, names), fetched, rounds),
            stage.row("a chart's answer", size, 2.0, answered, fetched, rounds),
        ]
        line = shutil.which("sqlite3")
        if line:
            size, floor_action = f"{frameworks * days:,} rows", partial(_exported_by_sqlite, line, database)
            made.append(stage.row("CSV of one metric", size, 1.0, exported, floor_action, rounds))
        return made


def _exported_by_sqlite(line: str, database: Path) -> None:
    with (database.parent / "floor.csv").open("wb") as file:
        subprocess.run([line, "-csv", "-readonly", str(database), EXPORT], stdout=file, check=True)
