"""Stars given and kept: for each day of a repository's life, how many of today's stars were given then.

`GET /repositories/{id}/stargazers/history`: weeks from Sunday on, newest first, thirty a page. The whole is walked
once and again every thirty days, since people take stars back and the past falls; in between the first page is looked
at once a day, by its entity tag. A walk may take hours of a small budget: every page is committed with the place of
the next one, so that whoever goes on never asks for a page that is in. Pages shift by one when a week begins
meanwhile, so the place is held by week too. The days are GitHub's own (measured: those of Los Angeles) and are kept as
given, but for those before the repository was made: GitHub fills its first week with zeros.
Facts: GitHub's REST documentation of 2026-03-10, and measurements of several of its clients.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec.structs import replace

from collectors._runtime.contract import Fetch, Task
from collectors._runtime.counters import day_of
from collectors._runtime.errors import Changed, Empty
from collectors.github.api import LAST_PAGE, Count, Page, ask, decoded, restored, snapshot_of
from storage import Batch, Observation, Payload, Period

log = logging.getLogger(__name__)

REST = "stargazers/history"
WEEKS = 30  # a page, GitHub's most
DAY, WEEK = timedelta(days=1), timedelta(days=7)
LOS_ANGELES = timedelta(hours=8)  # behind UTC, in winter
REWALK = timedelta(days=30)  # older un-starrings than the first page shows come in with the next walk
TYPICAL_PAGES = 20  # of a repository of which nothing is known yet: eleven and a half years
# A sum may miss stars of accounts GitHub no longer lists, and those given or taken back while the walk went on.
TOLERATED, TOLERATED_SHARE = 5, 0.005


class Week(msgspec.Struct, frozen=True):
    """One week as GitHub gives it: `week` is its start in Unix seconds, `days` begins on Sunday."""

    week: Annotated[int, msgspec.Meta(ge=0, le=2**33)]
    total: Count
    days: Annotated[list[Count], msgspec.Meta(min_length=7, max_length=7)]

    @property
    def start(self) -> date:
        return datetime.fromtimestamp(self.week, UTC).date()


class Walk(msgspec.Struct, frozen=True):
    """A walk under way: the next page, the oldest week that is in, and the sum of all days so far.

    `counted` is what the repository's counter showed when the walk began, None if it was not known.
    """

    next_page: Annotated[int, msgspec.Meta(ge=2, le=LAST_PAGE)]
    oldest: date
    begun: datetime
    kept: int
    counted: int | None = None


class Check(msgspec.Struct, frozen=True):
    """The sum of all days beside the counter of that time."""

    kept: int
    counted: int

    @property
    def differs(self) -> bool:
        return abs(self.kept - self.counted) > max(TOLERATED, self.counted * TOLERATED_SHARE)


class StarState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the cursor holds: the first page as last seen (a 304 has no body and no links), and where a walk stands."""

    first: list[Week] = []  # msgspec copies it
    etag: str | None = None
    pages: int = 0
    repository: int | None = None
    walked_at: datetime | None = None
    check: Check | None = None
    walk: Walk | None = None


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """The days wanted of one repository, a batch for each page."""
    state = restored(task.cursor, StarState) or StarState()
    if task.since is not None or task.until is not None:
        return _window(task, fetch)
    if not _resumable(state, task.now) and _walked(state, task):
        return _look(task, fetch, state)
    return _walk(task, fetch, state)


def pages_left(task: Task) -> int:
    """How many requests `collect` will make, as far as can be known."""
    state = restored(task.cursor, StarState) or StarState()
    pages = state.pages or _pages_since_creation(task)
    if task.since is not None or task.until is not None:
        oldest = (task.today - task.since) // WEEK // WEEKS + 1 if task.since else pages
        return max(min(oldest, pages) - _first_page(task) + 1, 0)
    if state.walk is not None and _resumable(state, task.now):
        return max(pages - state.walk.next_page + 1, 1)
    return 1 if _walked(state, task) else pages


def _pages_since_creation(task: Task) -> int:
    repository = snapshot_of(task)
    if repository is None or repository.created_at is None:
        return TYPICAL_PAGES
    return min((task.now - repository.created_at) // WEEK // WEEKS + 1, LAST_PAGE)


def _resumable(state: StarState, now: datetime) -> bool:
    return state.walk is not None and timedelta(0) <= now - state.walk.begun < REWALK


def _walked(state: StarState, task: Task) -> bool:
    """Whether the whole is in, and lately enough."""
    fresh = state.walked_at is not None and timedelta(0) <= task.now - state.walked_at < REWALK
    return fresh and state.walk is None and bool(state.first) and not task.full


# Walking the whole


def _walk(task: Task, fetch: Fetch, state: StarState) -> Iterator[Batch]:
    """From the page where the last walk was left, or from the first, to the week of creation."""
    if not _resumable(state, task.now):
        state = replace(state, walk=None)
    while True:
        number = state.walk.next_page if state.walk else 1
        page = ask(task, fetch, REST, WEEKS, number, key=state.repository)
        weeks = _weeks(page, task)
        if state.walk is None:
            fresh, state = weeks, _begun(task, page, weeks, state)
        else:
            fresh = _joined(task, page, weeks, state.walk)
            state = replace(
                state,
                pages=page.last or state.pages,
                walk=replace(
                    state.walk,
                    oldest=fresh[-1].start if fresh else state.walk.oldest,
                    kept=state.walk.kept + _sum(fresh),
                ),
            )
        state = _moved_on(task, page, state)
        yield _batch(task, page, fresh, state)
        if state.walk is None:
            return


def _begun(task: Task, page: Page, weeks: list[Week], state: StarState) -> StarState:
    """The first page is in. `next_page` may be one too many here; `_moved_on` finds out whether there is one."""
    repository = snapshot_of(task)
    key = page.repository or (repository.id if repository else None)
    counted = repository.stargazers_count if repository else None
    walk = Walk(2, weeks[-1].start, task.now, _sum(weeks), counted)
    return StarState(weeks, page.etag, page.last or 1, key, state.walked_at, state.check, walk)


def _joined(task: Task, page: Page, weeks: list[Week], walk: Walk) -> list[Week]:
    """The weeks of a page that are not in yet. They must follow on what is in without a hole."""
    fresh = [week for week in weeks if week.start < walk.oldest]
    if fresh and fresh[0].start != walk.oldest - WEEK:
        raise Changed(
            f"GitHub's star history of {task.name} goes on with {fresh[0].start} on page {page.number}, "
            f"where the week before {walk.oldest} is due."
        )
    return fresh


def _moved_on(task: Task, page: Page, state: StarState) -> StarState:
    """The cursor after a page: at the next one, or at the end of the walk."""
    walk = state.walk
    if walk is None:
        raise ValueError("no walk is under way")
    if page.next is not None and page.number < LAST_PAGE:
        return replace(state, walk=replace(walk, next_page=page.number + 1))
    if page.number < min(state.pages, LAST_PAGE):
        raise Changed(f"GitHub's star history of {task.name} ends on page {page.number} of {state.pages}.")
    check = Check(walk.kept, walk.counted) if walk.counted is not None else None
    if check is not None and check.differs:
        log.warning(
            "the star history of %s sums up to %d, while its counter showed %d", task.name, check.kept, check.counted
        )
    return replace(state, walk=None, walked_at=walk.begun, check=check)


# Looking at the first page only, and at a window


def _look(task: Task, fetch: Fetch, state: StarState) -> Iterator[Batch]:
    """The last thirty weeks. When nothing changed, the days that have passed meanwhile had no stars."""
    page = ask(task, fetch, REST, WEEKS, 1, etag=state.etag)
    if page.answer.status != 304:
        weeks = _weeks(page, task)
        pages = page.last or state.pages
        state = replace(state, first=weeks, etag=page.etag, pages=pages, repository=page.repository or state.repository)
    yield _batch(task, page, state.first, state)


def _window(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """The pages that reach into a window of days; none if it ends before the repository began."""
    repository = snapshot_of(task)
    born = repository.created_at.date() - WEEK if repository and repository.created_at else None
    number: int | None = _first_page(task)
    key: int | None = None
    if task.until is not None and born is not None and task.until < born:
        return
    while number is not None and number <= LAST_PAGE:
        page = ask(task, fetch, REST, WEEKS, number, key=key)
        key = page.repository or key
        weeks = _weeks(page, task, may_be_empty=number > 1)
        reached = task.since is not None and bool(weeks) and weeks[-1].start <= task.since
        number = None if reached else page.next
        yield _batch(task, page, weeks, None, more=number is not None)


def _first_page(task: Task) -> int:
    """The newest page that may hold a day of the window; GitHub's week may begin later than ours."""
    if task.until is None or task.until >= task.today:
        return 1
    return max((task.today - task.until) // WEEK - 1, 0) // WEEKS + 1


# Reading a page


def _first_day(task: Task) -> date:
    """The day in Los Angeles on which the repository was made: no star can be older, and none is not zero."""
    repository = snapshot_of(task)
    born = repository.created_at if repository else None
    return (born.astimezone(UTC) - LOS_ANGELES).date() if born else date.min


def _weeks(page: Page, task: Task, *, may_be_empty: bool = False) -> list[Week]:
    """A page's weeks, newest first. Raises Changed for what they cannot be."""
    weeks = decoded(page.answer, list[Week], "star history")
    if not weeks and not may_be_empty:
        raise Empty(f"GitHub's star history of {task.name} is empty on page {page.number}, which is not zero stars.")
    for week in weeks:
        if sum(week.days) != week.total or week.start.isoweekday() != 7:
            raise Changed(f"GitHub's week of {week.start} of {task.name} is not the sum of seven days from Sunday on.")
    if any(newer.start - older.start != WEEK for newer, older in pairwise(weeks)):
        raise Changed(f"GitHub's star history of {task.name} does not go back week by week on page {page.number}.")
    if weeks and weeks[0].start > day_of(page.answer, "GitHub"):
        raise Changed(f"GitHub reports the week of {weeks[0].start}, which has not begun; check this machine's clock.")
    return weeks


def _sum(weeks: Sequence[Week]) -> int:
    return sum(week.total for week in weeks)


def _batch(task: Task, page: Page, weeks: Sequence[Week], state: StarState | None, *, more: bool = False) -> Batch:
    answer, today, born = page.answer, day_of(page.answer, "GitHub"), _first_day(task)
    days = ((week.start + timedelta(days=n), count) for week in weeks for n, count in enumerate(week.days))
    cursor = {} if state is None else msgspec.to_builtins(state)
    if more or (state is not None and state.walk is not None):
        cursor["more"] = True
    return Batch(
        payload=Payload("github", answer.url, answer.body, answer.fetched_at, page.etag),
        observations=tuple(
            Observation("stars_kept", task.framework.id, Period.day(day), float(count))
            for day, count in days
            if (count or day >= born) and day <= today  # the week under way is padded with days to come
        ),
        cursor=cursor,
        whole={"stars_kept": Period(weeks[-1].start, weeks[0].start + 6 * DAY)} if weeks else {},
    )
