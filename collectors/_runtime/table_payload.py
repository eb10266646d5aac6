"""Rows of the almanac as payloads: what a source without network "answered"."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from catalog import almanac
from collectors._runtime.contract import Task
from storage import Payload

Row = Mapping[str, str]


def rows_of(table: str, framework: str) -> tuple[Row, ...]:
    """The rows of an almanac table about one framework, in the table's order."""
    return tuple(row for row in almanac(table) if row["framework"] == framework)


def by_observer(rows: Iterable[Row]) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Rows grouped by who observed them, observers in alphabetical order."""
    for observer, group in groupby(sorted(rows, key=_observer), _observer):
        yield observer, tuple(group)


def payload(task: Task, source: str, place: str, rows: Sequence[Row]) -> Payload:
    """Exactly these rows as CSV text, so that equal rows have an equal sha256. `place` is table and fragment."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return Payload(source, f"almanac/{place}", text.getvalue().encode(), task.now)


def _observer(row: Row) -> str:
    return row["source"]
