"""ClickHouse's public copy of the package index's log: downloads by every client since 2016, summed by that server.

Streams: `daily` (one number a UTC day), `gems` (the same of RubyGems, which is fed all day: up to yesterday),
`dependents` (a module of its own) and `country`, `installer`, `python`, `system` (whole months, split).
A unit asks first what the table holds (`months`), then fetches what is not stored yet or was changed, a
year at a time. The server can end an answer early without a word, so each one must add up, month for month, to what
was promised; if it does not, or the question was too much, the two halves are asked for, down to one month. The
running month is fetched again as it grows; split months only once they are over. A ClickHouse of one's own with the
same tables works alike: docs/clickhouse.md.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Annotated

import msgspec

from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.errors import Changed, Empty, Unavailable
from collectors._runtime.names import normalised
from collectors.clickhouse import dependents, queries
from collectors.clickhouse.errors import TooMuch
from collectors.clickhouse.months import (
    Figures,
    Month,
    StoredMonths,
    chunks,
    complete,
    due,
    following,
    halves,
    lost,
    stale,
    stored_months,
)
from collectors.clickhouse.rows import Count, Name, decoded
from storage import Batch, Observation, Payload, Period

log = logging.getLogger(__name__)

TRAILING_MONTHS = 2  # complete months that are re-read once a week


class Coverage(msgspec.Struct):
    """A month of a package in a table."""

    project: str
    month: date
    numbers: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    first: date
    last: date
    total: Count


class Daily(msgspec.Struct):
    """Downloads on a day."""

    day: date
    downloads: Count

    @property
    def month(self) -> date:
        return self.day.replace(day=1)


class Split(msgspec.Struct):
    """Downloads of a month under one name."""

    month: date
    name: Name
    downloads: Count


COLUMNS = {
    Coverage: "project String, month Date, numbers Int64, first Date, last Date, total Int64",
    Daily: "day Date, downloads Int64",
    Split: "month Date, name String, downloads Int64",
}


@dataclass(slots=True)
class Unit:
    """One package in one table: what is asked, what is stored of it so far, and what is left."""

    task: Task
    fetch: Fetch
    table: queries.Table
    package: str
    stored: StoredMonths
    months: dict[str, Figures] = field(default_factory=dict)

    @property
    def coverage(self) -> dict[str, str]:
        """The question what the table holds of it."""
        return queries.coverage(self.table, self.package, self.task.today)

    def ask(self, params: dict[str, str]) -> Answer:
        return self.fetch("/", params, headers=queries.HEADERS)


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """What the table holds, as a batch without observations; then a batch for each chunk of what is to be fetched."""
    if task.stream == dependents.STREAM:
        yield from dependents.collect(task, fetch)
        return
    stored = StoredMonths({}) if task.full or _is_window(task) else stored_months(task.cursor)
    table = queries.TABLES[task.stream]
    unit = Unit(task, fetch, table, task.name if table.has_gems else normalised(task.name), stored)
    answer = unit.ask(unit.coverage)
    held = _held(unit, answer)
    todo = _todo(unit, held)
    unit.months = {month.key: month.figures for month in held if month.key in stored.months and month not in todo}
    yield _batch(unit, answer, (), more=bool(todo), confirmed=sum(rows for rows, _ in unit.months.values()))
    yield from _chunks(unit, todo)


def _is_window(task: Task) -> bool:
    return task.since is not None or task.until is not None


def _todo(unit: Unit, held: Sequence[Month]) -> tuple[Month, ...]:
    task = unit.task
    if _is_window(task):
        since, until = task.since or date.min, task.until or date.max
        return tuple(month for month in held if month.end >= since and month.start <= until)
    missing = lost(held, unit.stored, days=not unit.table.column)
    if missing is not None:
        raise Changed(
            f"ClickHouse now has less of {unit.package} in {missing} than before; a day may be reloading. "
            "If it stays so, collect with --full."
        )
    return stale(held, unit.stored, task.today, TRAILING_MONTHS)


def _chunks(unit: Unit, todo: Sequence[Month]) -> Iterator[Batch]:
    """Chunk after chunk; one that failed by its size is replaced by its halves."""
    waiting = list(chunks(todo, unit.table.rows))
    while waiting:
        chunk = waiting.pop(0)
        try:
            answer, observations = _numbers(unit, chunk)
        except (TooMuch, Short) as error:
            if len(chunk) > 1:
                waiting[:0] = halves(chunk)
                continue
            if isinstance(error, Short):
                _check_still(unit, chunk[0])
            raise
        unit.months |= {month.key: month.figures for month in chunk}
        batch = _batch(unit, answer, observations, more=bool(waiting))
        yield replace(batch, whole={unit.table.metric: Period(chunk[0].start, chunk[-1].end)})


def _batch(unit: Unit, answer: Answer, observations: Sequence[Observation], *, more: bool, confirmed: int = 0) -> Batch:
    """An answer with what it said. The re-reading of recent months is done when nothing more is to come."""
    stored, today = unit.stored, unit.task.today
    reread = today if not more and due(stored, today) else stored.reread
    cursor: dict[str, object] = {"months": unit.months.copy(), "more": more, "confirmed": confirmed}
    if reread is not None:
        cursor["reread"] = reread.isoformat()
    return Batch(Payload("clickhouse", answer.url, answer.body, answer.fetched_at), tuple(observations), cursor)


# -------------------------------------------------------------------- what the table holds


def _held(unit: Unit, answer: Answer) -> tuple[Month, ...]:
    """The months a table has whole: of days every one, of splits those that are over."""
    months = _coverage(unit, answer)
    if not months:
        raise Empty(f"ClickHouse has nothing of {unit.package} in {unit.table.name}: check the package's name.")
    return complete(months) if unit.table.column else months


def _coverage(unit: Unit, answer: Answer) -> tuple[Month, ...]:
    rows = decoded(answer, Coverage, COLUMNS[Coverage])
    if len(rows) >= queries.COVERAGE_ROWS:
        raise Changed(f"ClickHouse sent {len(rows)} months of {unit.package}, which is impossible.")
    months = tuple(Month(row.month, row.first, row.last, (row.numbers, row.total)) for row in rows)
    for row, month in zip(rows, months, strict=True):
        if row.project != unit.package:
            raise Changed(f"ClickHouse answered about {row.project[:60]!r}, not {unit.package}.")
        if month.start.day != 1 or not month.start <= month.first <= month.last <= month.end:
            raise Changed(f"ClickHouse's days of {unit.package} in {month.key} are not in that month.")
    if any(a.start >= b.start for a, b in pairwise(months)):
        raise Changed(f"ClickHouse sent the months of {unit.package} out of order.")
    if months and months[-1].last > answer.fetched_at.date():
        raise Changed(f"ClickHouse reports {months[-1].last}, which is in the future; check this machine's clock.")
    return months


def _check_still(unit: Unit, month: Month) -> None:
    """Whether the table still says of a month what it said a moment ago: it may be being loaded."""
    again = {held.key: held.figures for held in _coverage(unit, unit.ask(unit.coverage))}
    if again.get(month.key) != month.figures:
        raise Unavailable(f"ClickHouse is loading {month.key} right now; the next run tries again.")


# -------------------------------------------------------------------- the numbers


class Short(Changed):
    """An answer does not add up to what the table holds: it was cut, or the table changed meanwhile."""


def _numbers(unit: Unit, chunk: Sequence[Month]) -> tuple[Answer, list[Observation]]:
    due_rows = sum(month.figures[0] for month in chunk)
    since, before = chunk[0].start, following(chunk[-1].start)
    if unit.table.has_gems:
        before = min(before, unit.task.today)
    answer = unit.ask(queries.numbers(unit.table, unit.package, since, before, max(1_000, 2 * due_rows)))
    if unit.table.column:
        splits = decoded(answer, Split, COLUMNS[Split])
        _check_sums(unit, chunk, [(row.month, row.downloads) for row in splits])
        _check_once(unit, [(row.month, row.name) for row in splits])
        return answer, list(_splits(unit.task, splits))
    days = decoded(answer, Daily, COLUMNS[Daily])
    _check_sums(unit, chunk, [(row.month, row.downloads) for row in days])
    _check_once(unit, [row.day for row in days])
    if (days[0].day, days[-1].day) != (chunk[0].first, chunk[-1].last):
        raise Short(f"ClickHouse's answer about {unit.package} has other first and last days than its table.")
    return answer, [_day(unit.task, row) for row in days]


def _check_sums(unit: Unit, chunk: Sequence[Month], numbers: Sequence[tuple[date, int]]) -> None:
    """Every month has as many numbers as promised, and they add up to the promised sum."""
    sums: dict[date, Figures] = {}
    for start, downloads in numbers:
        rows, total = sums.get(start, (0, 0))
        sums[start] = (rows + 1, total + downloads)
    for month in chunk:
        rows, total = sums.pop(month.start, (0, 0))
        if (rows, total) != month.figures:
            raise Short(
                f"ClickHouse's answer about {unit.package} in {month.key} has {rows} numbers that add up to {total}; "
                f"its table has {month.figures[0]} and {month.figures[1]}. Nothing of it was stored."
            )
    if sums:
        raise Short(f"ClickHouse sent months of {unit.package} that were not requested.")


def _check_once(unit: Unit, keys: Sequence[object]) -> None:
    if len(set(keys)) != len(keys):
        raise Changed(f"ClickHouse sent the same number of {unit.package} twice.")


def retell(task: Task, answer: Answer) -> Iterator[Observation]:
    """What a kept answer says, read again by itself; one of coverage says no number."""
    if task.stream == dependents.STREAM:
        yield from dependents.retell(task, answer)
    elif queries.TABLES[task.stream].column:
        yield from _splits(task, decoded(answer, Split, COLUMNS[Split]))
    else:
        yield from (_day(task, row) for row in decoded(answer, Daily, COLUMNS[Daily]))


def _day(task: Task, row: Daily) -> Observation:
    return Observation(queries.TABLES[task.stream].metric, task.framework.id, Period.day(row.day), float(row.downloads))


def _splits(task: Task, rows: Iterable[Split]) -> Iterator[Observation]:
    """A number a name; what is no name is left out, and costs the others nothing."""
    table = queries.TABLES[task.stream]
    for row in rows:
        if not row.name.isprintable():
            log.warning("ClickHouse has a %s %r of %s, which is no name", table.dimension, row.name[:40], task.name)
            continue
        period, dimension = Period.month(row.month.year, row.month.month), f"{table.dimension}={row.name}"
        yield Observation(table.metric, task.framework.id, period, float(row.downloads), dimension=dimension)
