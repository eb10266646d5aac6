"""What a table holds of a package, month by month, and which of it is still to be fetched. Pure.

A month's `Figures`, how many numbers it has and their sum, are its checksum: as long as the table says of a month
what was stored of it, the month need not be fetched again, and what was fetched counts only if it adds up to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
TRAILING = timedelta(days=30)  # so far back a loaded day is likely to be loaded again

Figures = tuple[int, int]  # how many numbers a month has, and their sum


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a table: its first day, its numbers' first and last day of data, and its figures."""

    start: date
    first: date
    last: date
    figures: Figures

    @property
    def key(self) -> str:
        return f"{self.start:%Y-%m}"

    @property
    def end(self) -> date:
        return following(self.start) - DAY


@dataclass(frozen=True, slots=True)
class StoredMonths:
    """What the cursor remembers: the figures of every month that is stored, and when recent ones were last re-read."""

    months: Mapping[str, Figures]
    reread: date | None = None


def following(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def stored_months(cursor: Mapping[str, object]) -> StoredMonths:
    """The memory in a cursor, none if it has none that is of use."""
    months, reread = cursor.get("months"), cursor.get("reread")
    if not isinstance(months, dict) or not all(_are_figures(value) for value in months.values()):
        return StoredMonths({})
    try:
        day = date.fromisoformat(reread) if isinstance(reread, str) else None
    except ValueError:
        day = None
    return StoredMonths({key: (value[0], value[1]) for key, value in months.items()}, day)


def _are_figures(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(type(part) is int for part in value)


def complete(months: Sequence[Month]) -> tuple[Month, ...]:
    """The months that are over in the table: it has rows of their last day, or of a later one."""
    loaded = max((month.last for month in months), default=date.min)
    return tuple(month for month in months if month.end <= loaded)


def stale(months: Sequence[Month], stored: StoredMonths, today: date, trailing: int) -> tuple[Month, ...]:
    """The months to fetch: new ones, those the table now says something else of, and once a week the recent ones.

    Recent are those the last 30 days of the table reach into, and at least the last `trailing` months.
    """
    recent: set[str] = set()
    if months and due(stored, today):
        since = months[-1].last - TRAILING + DAY
        recent = {m.key for m in months if m.end >= since} | {m.key for m in months[-trailing:]}
    return tuple(m for m in months if m.key in recent or stored.months.get(m.key) != m.figures)


def due(stored: StoredMonths, today: date) -> bool:
    """Whether the recent months are to be re-read; a clock that went back does not put it off for ever."""
    return stored.reread is None or not timedelta(0) <= today - stored.reread < WEEK


def lost(months: Sequence[Month], stored: StoredMonths, *, days: bool) -> str | None:
    """A stored month of which the table has lost something, or None. Before its first month its memory may end.

    `days`: its numbers are days, of which a table can only gain; the keys of a split may be corrected away.
    """
    now = {month.key: month.figures for month in months}
    first = min(now, default="")
    for key, (numbers, _) in sorted(stored.months.items()):
        if key > first and (key not in now or (days and now[key][0] < numbers)):
            return key
    return None


def chunks(months: Sequence[Month], rows: int) -> Iterator[tuple[Month, ...]]:
    """The months in questions of one calendar year each, or of several that together have at most `rows` rows.

    A question spans no month that is not to be fetched.
    """
    chunk: list[Month] = []
    for run in _runs(months):
        together = sum(month.figures[0] for month in (*chunk, *run))
        if chunk and (together > rows or following(chunk[-1].start) != run[0].start):
            yield tuple(chunk)
            chunk = []
        chunk.extend(run)
    if chunk:
        yield tuple(chunk)


def _runs(months: Sequence[Month]) -> Iterator[list[Month]]:
    """Months that follow each other within one year."""
    run: list[Month] = []
    for month in months:
        if run and (month.start.year != run[0].start.year or following(run[-1].start) != month.start):
            yield run
            run = []
        run.append(month)
    if run:
        yield run


def halves(chunk: Sequence[Month]) -> tuple[tuple[Month, ...], tuple[Month, ...]]:
    """A chunk of several months, cut in the middle."""
    middle = (len(chunk) + 1) // 2
    return tuple(chunk[:middle]), tuple(chunk[middle:])
