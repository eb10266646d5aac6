"""Of the answer that a number was learned from, the line is shown that says it."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from answers.provenance import PREVIEW, trace
from answers.questions import QuestionError
from catalog import load
from storage import Batch, Counts, Observation, Payload, Period, Store

CATALOG = load()
NOW = datetime(2026, 11, 22, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("metric", "dimension", "day", "line"),
    [
        ("stars", "", date(2020, 11, 25), "flask,2020-11-25,52944,github-ranking"),
        ("downloads_pip_30d", "", date(2020, 10, 20), "flask,flask,2020-10-02,2020-10-31,30,pip,"),
        ("so_worked_with", "country=DE", date(2024, 5, 1), "2024,DE,flask,3475,441,published-microdata"),
    ],
)
def test_of_a_long_table_the_row_meant_is_shown(full: Store, metric: str, dimension: str, day: date, line: str) -> None:
    answer = trace(full, CATALOG, metric, "flask", dimension, day)
    assert answer.payload.size > PREVIEW >= len(answer.preview)
    assert answer.cut
    assert line in answer.preview
    header, *rows = answer.preview.splitlines()
    assert header.startswith(("framework,", "year,"))
    assert rows[0] == "…"


def test_of_a_long_answer_that_is_no_table_what_names_the_day_is_shown(sqlite_store: Store) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(300)]
    body = json.dumps([{"date": day.isoformat(), "downloads": n} for n, day in enumerate(days)]).encode()
    run = sqlite_store.start_run("pypistats", trigger="cli", now=NOW)
    rows = tuple(Observation("downloads_no_mirrors", "flask", Period.day(day), float(n)) for n, day in enumerate(days))
    sqlite_store.write(run.id, "flask", "overall", Batch(Payload("pypistats", "https://x.org", body, NOW), rows))
    sqlite_store.finish(run.id, "ok", counts=Counts(), failures=[], now=NOW)
    answer = trace(sqlite_store, CATALOG, "downloads_no_mirrors", "flask", "", date(2026, 9, 1))
    assert '"2026-09-01", "downloads": 243' in answer.preview
    assert answer.preview.startswith("…")
    assert answer.preview.endswith("…")


def test_of_a_number_that_was_withdrawn_what_it_was_is_shown(sqlite_store: Store) -> None:
    """The month has one number, which its source then leaves out: the trace says so, from any day of it."""
    month, series = Period.month(2026, 9), ("downloads_all_by_system", "flask", "system=Linux")
    whole = {series[0]: month}
    for told in ((Observation(*series[:2], month, 70.0, dimension=series[2]),), ()):
        at = NOW + timedelta(hours=not told)
        run = sqlite_store.start_run("clickhouse", trigger="cli", now=at)
        payload = Payload("clickhouse", "https://x.org", f"{told}".encode(), at)
        sqlite_store.write(run.id, "flask", "by_system", Batch(payload, told, whole=whole))
        sqlite_store.finish(run.id, "ok", counts=Counts(), failures=[], now=at)
    answer = trace(sqlite_store, CATALOG, *series, date(2026, 9, 17))
    assert answer.sentence.startswith(
        "Flask in PyPI downloads by operating system: missing, withdrawn by the source, retrieved on 22 November 2026"
    )
    assert [(version.value, version.until) for version in answer.versions] == [(None, None), (70.0, NOW + HOUR)]
    with pytest.raises(QuestionError, match="There is no figure"):
        trace(sqlite_store, CATALOG, *series, date(2026, 8, 17))


@pytest.mark.parametrize(
    ("metric", "dimension", "instead"),
    [
        ("stars_held", "", "added up from new GitHub stars per day: trace a day of those (metric stars_kept)"),
        ("downloads_all_by_country", "region=europe", "trace one of them, such as country=DE"),
    ],
)
def test_a_sum_is_traced_by_what_it_is_made_of(sqlite_store: Store, metric: str, dimension: str, instead: str) -> None:
    with pytest.raises(QuestionError, match=re.escape(instead)):
        trace(sqlite_store, CATALOG, metric, "flask", dimension, date(2026, 9, 17))
