"""One shape of a number, everywhere: the type, the table, the store's frame and the CSV use the same names."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime

from answers.questions import Question
from answers.series.answer import series
from catalog import load
from storage import Batch, Observation, Payload, Period, Store
from storage.database import tables as t
from tests.answers.csv_text import csv_lines

NOW = datetime(2026, 11, 22, 13, tzinfo=UTC)
SERIES_KEY = {"metric", "framework", "dimension"}
CSV = "framework,metric,dimension,period,period_end,value,base,low,high,status,source,retrieved_at,caveats"


def columns(table: str) -> set[str]:
    return {column.name for column in getattr(t, table).columns}


def test_the_type_is_the_table() -> None:
    named = {field.name for field in fields(Observation)}
    assert named == {"metric", "framework", "period", "value", "base", "dimension"}
    assert named <= columns("series") | columns("observation")
    assert columns("series") >= SERIES_KEY
    assert columns("observation") >= (named - SERIES_KEY) | {"period_end"}
    assert columns("revision") >= (named - SERIES_KEY) | {"period_end"}


def test_the_table_is_the_frame_is_the_file(sqlite_store: Store) -> None:
    run = sqlite_store.start_run("github", trigger="cli", now=NOW)
    told = Observation("stars", "flask", Period.day(date(2026, 1, 2)), 7.0)
    sqlite_store.write(run.id, "flask", "snapshot", Batch(Payload("github", "test:", b"{}", NOW), (told,)))

    frame = sqlite_store.read("stars")
    answer = series(sqlite_store, load(), Question("stars", ("flask",)), NOW)
    header, line = csv_lines(answer)

    named = {field.name for field in fields(Observation)}
    assert named <= set(frame.columns)
    assert set(frame.columns) - {"payload"} <= set(answer.frame.columns)
    assert header == CSV + "\n"
    assert list(answer.frame.columns) == CSV.split(",")
    assert line.startswith("flask,stars,,2026-01-02,2026-01-02,7,,,,final,github,2026-11-22T13:00:00Z,")
    for name in ("period", "period_end", "value", "base", "retrieved_at"):
        assert answer.frame[name].dtype == frame[name].dtype, name
