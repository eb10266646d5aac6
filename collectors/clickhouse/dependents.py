"""Packages of the index that require another, by the end of past months, counted by ClickHouse's server.

The table of the index's files tells of any past day which release of a package was its latest then. Each question is
about every framework at one month's end, and asked once a run: the end of each year since 2014, and of every month
since the first that was collected. One that is too much for the server is asked framework by framework. The table is
made anew daily: between two questions it may be missing for a moment, which is no change of the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import msgspec

from catalog import load
from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.errors import Changed, Empty, Unavailable
from collectors._runtime.names import normalised
from collectors.clickhouse import queries
from collectors.clickhouse.errors import NoTable, TooMuch
from collectors.clickhouse.months import DAY, following
from collectors.clickhouse.rows import Count, Name, decoded
from storage import Batch, Observation, Payload, Period

STREAM = "dependents"
REQUIRED, NAMED = "dependents", "dependents_with_extras"
FIRST_YEAR = 2014
DECEMBER = 12

Packages = tuple[str, ...]
Months = dict[str, int]  # how many observations each month gave that was asked about


class Files(msgspec.Struct):
    """How far the table reaches: the day of its last upload."""

    loaded: date
    files: Count


class Dependents(msgspec.Struct):
    """Packages whose latest release before the end of a month requires a package, or names it for an extra at least."""

    month: date
    package: Name
    required_by: Count
    named_by: Count


COLUMNS = {
    Files: "loaded Date, files Int64",
    Dependents: "month Date, package String, required_by Int64, named_by Int64",
}


class Reloading(Unavailable):
    """The table is being exchanged: the next run finds the new one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, again=False)


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """How far the table reaches, as a batch without observations; then a batch for each month, the newest first."""
    answer, newest = _newest(fetch)
    due = _due(task, newest)
    stored = {key: count for key, count in _stored(task.cursor).items() if key not in map(_key, due)}
    yield _batch(answer, (), stored, more=bool(due), confirmed=sum(stored.values()))
    package = normalised(task.name)
    together = _shipped() if package in _shipped() else (package,)
    for month in due:
        answer, together = _counted(fetch, package, together, month)
        observations = tuple(retell(task, answer))
        if not observations and month == newest:
            raise Empty(f"ClickHouse has neither a package {package} nor one that requires it: check its name.")
        stored[_key(month)] = len(observations)
        batch = _batch(answer, observations, stored, more=month != due[-1])
        yield replace(batch, whole=dict.fromkeys((REQUIRED, NAMED), _period(month)))


def retell(task: Task, answer: Answer) -> Iterator[Observation]:
    """What an answer says of one framework; nothing if the index did not know it yet."""
    for row in decoded(answer, Dependents, COLUMNS[Dependents]):
        if row.package == normalised(task.name):
            if row.required_by > row.named_by:
                raise Changed(f"ClickHouse has more packages that require {row.package} than name it.")
            for metric, count in ((REQUIRED, row.required_by), (NAMED, row.named_by)):
                yield Observation(metric, task.framework.id, _period(row.month), float(count))


def requests_left(task: Task) -> int:
    """How far the table reaches, and every month that is due by now."""
    return 1 + len(_due(task, _before(task.today)))


def _batch(
    answer: Answer, observations: tuple[Observation, ...], stored: Months, *, more: bool, confirmed: int = 0
) -> Batch:
    payload = Payload("clickhouse", answer.url, answer.body, answer.fetched_at)
    return Batch(payload, observations, {"months": stored.copy(), "more": more, "confirmed": confirmed})


# -------------------------------------------------------------------- which months


def _due(task: Task, newest: date) -> list[date]:
    """The months to ask about, the newest first: all of a window; else those not stored yet, or with `full` all."""
    if task.since is not None or task.until is not None:
        since, until = task.since or date(FIRST_YEAR, DECEMBER, 1), task.until or newest
        return [month for month in _months(since.replace(day=1), newest) if month <= until]
    stored = _stored(task.cursor)
    monthly = [key for key in stored if not key.endswith(f"-{DECEMBER}")]
    first = min([date.fromisoformat(f"{key}-01") for key in monthly], default=newest)
    wanted = [m for m in _months(date(FIRST_YEAR, 1, 1), newest) if m.month == DECEMBER or m >= first]
    return [month for month in wanted if task.full or _key(month) not in stored]


def _months(first: date, last: date) -> list[date]:
    """Every month from one to another, the last first."""
    months = []
    while first <= last:
        months.append(first)
        first = following(first)
    return months[::-1]


def _before(day: date) -> date:
    """The month before that of a day: the last one that is over."""
    return (day.replace(day=1) - DAY).replace(day=1)


def _key(month: date) -> str:
    return f"{month:%Y-%m}"


def _period(month: date) -> Period:
    return Period.month(month.year, month.month)


def _stored(cursor: Mapping[str, object]) -> Months:
    """The months that are in."""
    months = cursor.get("months")
    return dict(months) if isinstance(months, dict) else {}


# -------------------------------------------------------------------- questions


def _shipped() -> tuple[str, ...]:
    """The packages of the catalog's frameworks, which are asked about together."""
    catalog = load()
    source = catalog.sources["clickhouse"]
    stream = next(stream for stream in source.streams if stream.name == STREAM)
    names = (source.name_in(stream, framework) for framework in catalog.frameworks.values())
    return tuple(sorted(normalised(name) for name in names if name))


def _newest(fetch: Fetch) -> tuple[Answer, date]:
    """The last month that is over in the table: it has an upload of a later one."""
    answer = _answer(fetch, queries.files())
    rows = decoded(answer, Files, COLUMNS[Files])
    if len(rows) != 1 or not rows[0].files:
        raise Empty("ClickHouse's table of the index's files is empty.")
    if rows[0].loaded > answer.fetched_at.date():
        raise Changed(f"ClickHouse reports {rows[0].loaded}, which is in the future; check this machine's clock.")
    return answer, _before(rows[0].loaded)


def _counted(fetch: Fetch, package: str, together: Packages, month: date) -> tuple[Answer, Packages]:
    """The answer about a month, and the packages that can be asked about together: what was too much is one alone."""
    try:
        return _answer(fetch, queries.dependents(together, month, following(month))), together
    except Unavailable as error:
        if error.again or isinstance(error, Reloading):
            raise
        if together == (package,):
            raise TooMuch(f"ClickHouse gave up on the dependents of {package}; the next run tries again.") from error
    return _counted(fetch, package, (package,), month)


def _answer(fetch: Fetch, params: Mapping[str, str]) -> Answer:
    try:
        return fetch("/", params, headers=queries.HEADERS)
    except NoTable as error:
        raise Reloading(str(error)) from error
