"""Stack Overflow Developer Survey: who worked with a web framework, and who wants to, as counted from its files.

Stream `published`, from the almanac's tables of counts; no network. The share is of those who answered the question
(`base`). An option that was not on a year's list was *not asked*, which is not 0 %. Of 2019 and 2024 the worked-with
half is known by country and by region too; of 2018 to 2023 all full-time employees of 26 countries are, which is a
metric of its own. What was counted from an edition's own file (`survey_edition`) has more, so the tables only fill in
what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.table_payload import Row, payload, rows_of
from collectors.stackoverflow.survey_edition import observations
from storage import Batch, Observation, Payload, Period

METRICS = {"so_worked_with": "worked_with", "so_want_to_work_with": "want_to_work_with"}  # metric: column
PLACES = {
    "survey_by_country": ("so_worked_with", "country"),
    "survey_by_region": ("so_worked_with", "region"),
    "survey_fulltime_by_country": ("so_worked_with_fulltime", "country"),
}  # table: metric, what it is split by


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:  # noqa: ARG001 - the contract's signature
    """Every year of one framework, then by place, a batch per table; nothing if the survey never had it."""
    tables = list(_tables(task))
    for place, (payload_, observations_) in enumerate(tables, start=1):
        cursor: dict[str, object] = {"more": True} if place < len(tables) else {}
        yield Batch(payload=payload_, observations=observations_, cursor=cursor, fills_only=True)


def _tables(task: Task) -> Iterator[tuple[Payload, tuple[Observation, ...]]]:
    name = task.framework.id
    rows = tuple(row for row in rows_of("surveys", name) if row["survey"] == "stackoverflow")
    if rows:
        shares = tuple(_share(row, metric) for metric in METRICS for row in rows if _is_counted(row, metric))
        yield payload(task, "stackoverflow", f"surveys.csv#stackoverflow:{name}", rows), shares
    for table, (metric, key) in PLACES.items():
        if rows := rows_of(table, name):
            placed = tuple(_placed(row, metric, f"{key}={row[key]}") for row in rows)
            yield payload(task, "stackoverflow", f"{table}.csv#{name}", rows), placed


def _placed(row: Row, metric: str, dimension: str) -> Observation:
    answered = int(row["answered"])
    share = int(row["worked_with"]) / answered
    return Observation(metric, row["framework"], Period.year(int(row["year"])), share, answered, dimension)


def _is_counted(row: Row, metric: str) -> bool:
    """Whether this half is known: a wish may be missing where the file at hand held none."""
    return row["offered"] == "0" or row[METRICS[metric]] != ""


def _share(row: Row, metric: str) -> Observation:
    answered, count = int(row["answered"]), row[METRICS[metric]]
    value = int(count) / answered if row["offered"] == "1" else None
    return Observation(metric, row["framework"], Period.year(int(row["year"])), value, answered)


def retell(task: Task, answer: Answer) -> tuple[Observation, ...] | None:
    """What a kept count of an edition's own file says; the table's rows are read by `collect`."""
    return observations(answer.body) if task.stream.startswith("microdata-") else None
