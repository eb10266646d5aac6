"""npm: how often a package's files were served on each UTC day, since 10 January 2015.

Stream `days`: the last thirty days every time, the past once, a calendar year at a time, the newest first, back to a
year in which nothing was counted. An answer is cut to eighteen months, silently and at its beginning, so it must be
about the days that were asked for. A zero is no count: until a day is loaded, and on some days for good, npm says 0 of
packages with millions of downloads. Such a day, or one that is implausibly low, is stored as missing: there is no
observation of it, the answer that said 0 is kept, and it is asked for again, within the last thirty days every time and
later once a month. What npm said of a day before it said 0 stays.
Facts: npm/registry's docs/download-counts.md, and recorded answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Annotated
from urllib.parse import quote

import msgspec

from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.errors import Changed, CollectError, Empty, Gone
from storage import Batch, Observation, Payload, Period

DAY = timedelta(days=1)
FIRST = date(2015, 1, 10)
REREAD = timedelta(days=30)  # so long a day may still be loaded, or loaded again
BEFORE = timedelta(days=28)  # asked for along with the days that are read: they show what is plausible
LOADING = timedelta(days=3)  # a 0 that young is a day that is not loaded yet
MONTH = timedelta(days=30)  # how often an older day without a count is asked for again
BUSY, LOW = 1_000, 0.05  # downloads a day above which a 0 is implausible, and the part of the usual that is

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Day(msgspec.Struct):
    """Downloads on one UTC day."""

    downloads: Count
    day: date


class Downloads(msgspec.Struct):
    """A whole answer."""

    start: date
    end: date
    package: str
    downloads: list[Day]


class Problem(msgspec.Struct):
    """What npm says when it has no figures."""

    error: str


def fault(answer: Answer) -> CollectError | None:
    """The service's own sentence about a package that it lacks, or a question that it does not take."""
    if answer.status not in (400, 404):
        return None
    try:
        text = msgspec.json.decode(answer.body, type=Problem).error[:100]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if answer.status == 404:
        return Gone(f"npm says “{text}”: check the package's name in the catalog.")
    return Changed(f"npm no longer takes the question, and says “{text}”: upgrade Uptake.")


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """The last thirty days, then each year that is wanted; one batch an answer."""
    memory = Memory.of(task)
    spans = _window(task) if task.since or task.until else memory.due(task.today)
    while spans:
        span = spans.pop(0)
        answer = fetch(f"/downloads/range/{_question(span).start}:{_question(span).end}/{quote(task.name, safe='@/')}")
        days = _days(answer, task.name, span)
        counts, missing = _judged(days, span, task.today)
        if not any(day.downloads for day in days):
            spans = _without_older(spans, span, task)
            memory.back_to = FIRST.year
        memory.note(span, missing, task.today)
        yield Batch(
            Payload("npm", answer.url, answer.body, answer.fetched_at),
            tuple(_observations(task, counts)),
            memory.cursor(more=bool(spans)),
        )


def retell(task: Task, answer: Answer) -> Iterator[Observation]:
    """What a kept answer says, read again by itself."""
    start, end = (date.fromisoformat(text) for text in re.findall(r"\d{4}-\d\d-\d\d", answer.url)[:2])
    span = Period(start if start == FIRST else start + BEFORE, end)
    counts, _ = _judged(_days(answer, task.name, span), span, answer.fetched_at.date())
    return _observations(task, counts)


@dataclass(slots=True)
class Memory:
    """What a unit remembers: the last day it read, the year down to which the past is in (None: of no year yet), and
    the days without a count, each with the day on which it was last asked for.
    """

    last_day: date | None = None
    back_to: int | None = None
    missing: dict[date, date] = field(default_factory=dict)

    @classmethod
    def of(cls, task: Task) -> Memory:
        """What the cursor says; nothing where everything is asked for again."""
        if task.full or "last_day" not in task.cursor:
            return cls()
        return msgspec.convert(_own(task.cursor), cls, str_keys=True)

    def due(self, today: date) -> list[Period]:
        """The days to read: the last thirty; years that are not in, were missed, or have a day to ask for again."""
        recent = Period(today - REREAD, today - DAY)
        before = recent.start - DAY
        years = set(range(FIRST.year, before.year + 1 if self.back_to is None else self.back_to))
        if self.last_day is not None and self.last_day < before:
            years |= set(range(self.last_day.year, before.year + 1))
        years |= {day.year for day, at in self.missing.items() if day <= before and today - at >= MONTH}
        return [recent, *(_year(year, before) for year in sorted(years, reverse=True))]

    def note(self, span: Period, missing: Sequence[date], today: date) -> None:
        """A span was read."""
        kept = {day: at for day, at in self.missing.items() if not span.start <= day <= span.end}
        self.missing = kept | dict.fromkeys(missing, today)
        self.last_day = max(span.end, self.last_day or span.end)
        if span.start in (FIRST, date(span.start.year, 1, 1)) and span.end.year == span.start.year:
            self.back_to = min(span.start.year, self.back_to or span.start.year)

    def cursor(self, *, more: bool) -> dict[str, object]:
        """As it is kept."""
        return {**msgspec.to_builtins(self, str_keys=True), "more": more}


def _own(cursor: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in cursor.items() if name in Memory.__slots__}


# -------------------------------------------------------------------- what is asked for


def _requests_left(task: Task) -> int:
    return len(Memory.of(task).due(task.today))


PAGES = {"days": _requests_left}


def _window(task: Task) -> list[Period]:
    """The years that the days asked for reach into."""
    yesterday = task.today - DAY
    first = max(task.since or FIRST, FIRST).year
    last = min(task.until or yesterday, yesterday).year
    return [_year(year, yesterday) for year in range(last, first - 1, -1)]


def _year(year: int, until: date) -> Period:
    """A year as far as it may be read."""
    return Period(max(FIRST, date(year, 1, 1)), min(until, date(year, 12, 31)))


def _question(span: Period) -> Period:
    """The days of a question: those to be read, and those that show what is plausible."""
    return Period(max(FIRST, span.start - BEFORE), span.end)


def _without_older(spans: Sequence[Period], span: Period, task: Task) -> list[Period]:
    """The spans that are left after one in which nothing was counted. Raises Empty if that is of the last days."""
    if span.end == task.today - DAY and span.days == REREAD.days:
        raise Empty(f"npm has no download of {task.name} in the last {_question(span).days} days; check its name.")
    return [left for left in spans if left.start > span.end]


# -------------------------------------------------------------------- what is answered


def _days(answer: Answer, package: str, span: Period) -> list[Day]:
    """The days of an answer. Raises Changed if they are not those that were asked for, each once and in order."""
    try:
        downloads = msgspec.json.decode(answer.body, type=Downloads)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Changed(f"npm's response has changed: {error}.") from error
    question, days = _question(span), downloads.downloads
    if downloads.package != package:
        raise Changed(f"npm answered about {downloads.package[:60]!r}, not {package}.")
    every = [question.start + n * DAY for n in range(question.days)]
    if (downloads.start, downloads.end) != (question.start, question.end) or [row.day for row in days] != every:
        raise Changed(
            f"npm was asked for {question.start} to {question.end} of {package} and answered with {len(days)} days "
            f"from {downloads.start} to {downloads.end}; nothing of that was stored."
        )
    return days


def _judged(days: Sequence[Day], span: Period, today: date) -> tuple[dict[date, int], list[date]]:
    """The counts of a span, and its days without one; neither has a 0 that is not loaded yet, or before any count."""
    counts: dict[date, int] = {}
    missing = []
    for row in days:
        if row.downloads == 0 and (not counts or row.day >= today - LOADING):
            continue
        if _is_plausible(row, counts):
            counts[row.day] = row.downloads
        elif row.day >= span.start:
            missing.append(row.day)
    return {day: count for day, count in counts.items() if day >= span.start}, missing


def _is_plausible(row: Day, counts: Mapping[date, int]) -> bool:
    """Whether a count is one, by the four weeks before it; where these are missing too, whether it is no 0."""
    usual = [count for n in range(1, 29) if (count := counts.get(row.day - n * DAY)) is not None]
    if not usual:
        return row.downloads > 0
    if median(usual) <= BUSY:
        return True
    weekday = [count for n in (7, 14, 21, 28) if (count := counts.get(row.day - n * DAY)) is not None]
    return row.downloads >= LOW * median(weekday or usual)


def _observations(task: Task, counts: Mapping[date, int]) -> Iterator[Observation]:
    for day, count in counts.items():
        yield Observation("npm_downloads", task.framework.id, Period.day(day), float(count))
