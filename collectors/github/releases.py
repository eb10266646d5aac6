"""Releases of a repository, as events for the chart.

`GET /repositories/{id}/releases`: newest first, a hundred a page. All pages are read once, afterwards only the
first by its entity tag, and more if that is all news. A project without releases answers an empty list, which is no
error: many only tag. Drafts are nobody's release yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from collectors._runtime.contract import Fetch, Task
from collectors._runtime.errors import Changed
from collectors.github.api import LAST_PAGE, Key, Page, ask, decoded, restored, snapshot_of
from storage import Batch, Event, Payload

REST = "releases"
PER_PAGE = 100
TITLE_LENGTH = 80


class Release(msgspec.Struct):
    """The fields of a release object that we rely on."""

    id: Key
    tag_name: Annotated[str, msgspec.Meta(min_length=1)]
    draft: bool
    prerelease: bool
    published_at: datetime | None
    html_url: Annotated[str, msgspec.Meta(pattern=r"^https://[^\s<>\"]{1,500}$")]


class ReleaseState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the cursor holds. `next_page`: a walk under way; `newest`: the highest id of the walk before."""

    etag: str | None = None
    newest: int = 0
    pages: int = 0
    repository: int | None = None
    next_page: Annotated[int, msgspec.Meta(ge=2, le=LAST_PAGE)] | None = None
    reached: int = 0  # the highest id of the walk under way


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """The releases that are not in yet, a batch for each page."""
    state = restored(task.cursor, ReleaseState) or ReleaseState()
    windowed = task.since is not None or task.until is not None
    if windowed or (task.full and state.next_page is None):
        state = ReleaseState(repository=state.repository)
    while True:
        number = state.next_page or 1
        etag = state.etag if number == 1 else None
        page = ask(task, fetch, REST, PER_PAGE, number, key=state.repository, etag=etag)
        if page.answer.status == 304:
            yield _batch(task, page, [], state)
            return
        releases = decoded(page.answer, list[Release], "list of releases")
        state = _after(task, page, releases, state)
        yield _batch(task, page, releases, state)
        if state.next_page is None:
            return


def pages_left(task: Task) -> int:
    """How many requests `collect` will make, as far as can be known."""
    state = restored(task.cursor, ReleaseState) or ReleaseState()
    if state.next_page is not None:
        return max(state.pages - state.next_page + 1, 1)
    return max(state.pages, 1) if task.full else 1


def version_of(tag: str) -> str:
    """A tag as a bare version: `v2.0.0` and `release-2.0.0` are 2.0.0; what is no version stays as it is."""
    title = " ".join("".join(c if c.isprintable() else " " for c in tag).split())[:TITLE_LENGTH]
    bare = re.fullmatch(r"(?:v\.?|rel(?:ease)?[-_/ ]|version[-_/ ])v?(\d.*)", title, re.IGNORECASE)
    return bare[1] if bare else title


def _after(task: Task, page: Page, releases: list[Release], state: ReleaseState) -> ReleaseState:
    """The cursor after a page: at the next one while there may be news on it."""
    reached = max([state.reached, *(release.id for release in releases)])
    repository = snapshot_of(task)
    after = ReleaseState(
        etag=page.etag if page.number == 1 else state.etag,
        newest=state.newest,
        pages=page.last or max(state.pages, page.number),
        repository=page.repository or state.repository or (repository.id if repository else None),
        reached=reached,
    )
    all_news = all(release.id > state.newest for release in releases)
    if page.next is not None and page.next <= LAST_PAGE and all_news:
        return msgspec.structs.replace(after, next_page=page.next)
    return msgspec.structs.replace(after, newest=max(reached, state.newest), reached=0)


def _batch(task: Task, page: Page, releases: list[Release], state: ReleaseState) -> Batch:
    answer = page.answer
    more: dict[str, object] = {"more": True} if state.next_page is not None else {}
    return Batch(
        payload=Payload("github", answer.url, answer.body, answer.fetched_at, page.etag),
        observations=(),
        cursor=msgspec.to_builtins(state) | more,
        events=tuple(_event(task, release) for release in releases if not release.draft),
    )


def _event(task: Task, release: Release) -> Event:
    title = version_of(release.tag_name)
    if release.published_at is None or not title:
        raise Changed(f"GitHub shows a release of {task.name} without a date or a name: {release.html_url[:100]}.")
    day = release.published_at.replace(tzinfo=release.published_at.tzinfo or UTC).astimezone(UTC).date()
    return Event(task.framework.id, day, "prerelease" if release.prerelease else "release", title, release.html_url)
