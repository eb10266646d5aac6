"""Stack Overflow Developer Survey: who worked with a web framework, and who wants to, as counted from its files.

Stream `published`, from the almanac's table of counts; no network. The share is of those who answered the question
(`base`). An option that was not on a year's list was *not asked*, which is not 0 %. What was counted from an edition's
own file (`collectors._microdata`) knows more, so the table only fills in what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from collectors._contract import Answer, Fetch, Task
from collectors._microdata import observations
from collectors._rows import Row, payload, rows_of
from storage import Batch, Observation, Period

METRICS = {"so_worked_with": "worked_with", "so_want_to_work_with": "want_to_work_with"}  # metric: column


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:  # noqa: ARG001 - the contract's signature
    """Every year of one framework, in one batch; nothing if the survey never knew it."""
    rows = tuple(row for row in rows_of("surveys", task.framework.id) if row["survey"] == "stackoverflow")
    if rows:
        yield Batch(
            payload=payload(task, "stackoverflow", f"surveys.csv#stackoverflow:{task.framework.id}", rows),
            observations=tuple(_share(row, metric) for metric in METRICS for row in rows),
            cursor={},
            fills_only=True,
        )


def _share(row: Row, metric: str) -> Observation:
    answered, count = int(row["answered"]), row[METRICS[metric]]
    value = int(count) / answered if row["offered"] == "1" else None
    return Observation(metric, row["framework"], Period.year(int(row["year"])), value, answered)


def _retell(task: Task, answer: Answer) -> tuple[Observation, ...] | None:
    """What a kept count of an edition's own file says; the table's rows are read by `collect`."""
    return observations(answer.body) if task.stream.startswith("microdata-") else None
