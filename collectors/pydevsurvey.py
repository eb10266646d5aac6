"""Python Developers Survey (PSF and JetBrains): published percentages of those who use a web framework.

Stream `published`, from the almanac's table; no network. Percentages and numbers of respondents are as published,
that is rounded. A segment (web developers, data scientists) is a dimension, and its number of people is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from collectors._runtime.contract import Fetch, Task
from collectors._runtime.table_payload import Row, payload, rows_of
from storage import EVER, Batch, Observation, Period


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:  # noqa: ARG001 - the contract's signature
    """Every year and segment of one framework, in one batch; nothing if the survey never showed it."""
    rows = tuple(row for row in rows_of("surveys", task.framework.id) if row["survey"] == "pydevsurvey")
    if rows:
        yield Batch(
            payload=payload(task, "pydevsurvey", f"surveys.csv#pydevsurvey:{task.framework.id}", rows),
            observations=tuple(_share(row) for row in rows),
            cursor={},
            whole={"pds_use": EVER},
        )


def _share(row: Row) -> Observation:
    dimension = f"segment={row['segment']}" if row["segment"] else ""
    base = int(row["answered"]) if row["answered"] else None
    return Observation("pds_use", row["framework"], Period.year(int(row["year"])), float(row["share"]), base, dimension)
