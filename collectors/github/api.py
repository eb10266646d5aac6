"""What all answers of GitHub have in common: how it is asked, its day, and its links from page to page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.errors import Changed, Replaced

ACCEPT = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2026-03-10"}
LAST_PAGE = 100  # GitHub answers no page beyond

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Key = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Shape = TypeVar("Shape")


class Repository(msgspec.Struct):
    """The fields of a repository object that we rely on. `watchers_count` is stars too, and not used."""

    id: Key
    full_name: Annotated[str, msgspec.Meta(pattern=r"^[\w.-]{1,100}/[\w.-]{1,100}$")]
    stargazers_count: Count
    forks_count: Count
    created_at: datetime | None = None
    archived: bool | None = None  # None: seen before we read it


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, decoded no further. `next` and `last` are the pages it links to, None where it does not.

    `repository` is the numeric id in its links; a list of one page has none.
    """

    answer: Answer
    number: int
    next: int | None
    last: int | None
    repository: int | None

    @property
    def etag(self) -> str | None:
        return self.answer.headers.get("etag")


def place_of(task: Task, key: int | None = None) -> str:
    """Where a repository is asked: by its numeric id once that is known, to us or to the caller. A renamed one costs no
    redirect then, and none but the same repository can answer, whatever bears its name today.
    """
    key = lasting_id(task) or key
    return f"/repositories/{key}" if key else f"/repos/{task.name}"


def lasting_id(task: Task) -> int | None:
    """The numeric id that any stream has seen, the counters' first; None if there is none yet."""
    snapshot = snapshot_of(task)
    seen = [snapshot.id if snapshot else None, *(c.get("repository") for c in (task.cursor, *task.beside.values()))]
    return next((key for key in seen if isinstance(key, int) and key > 0), None)


def ask(
    task: Task, fetch: Fetch, rest: str, per_page: int, number: int, *, key: int | None = None, etag: str | None = None
) -> Page:
    """Ask for a page of a list below a repository. `key` is its numeric id, if an earlier page has told it.

    Raises Replaced if the links lead to another repository than the one we follow.
    """
    params = {"per_page": str(per_page), "page": str(number)}
    answer = fetch(f"{place_of(task, key)}/{rest}", params, headers=ACCEPT, etag=etag)
    links = _links(answer.headers.get("link", ""))
    repository, kept = next((key for _, key in links.values() if key), None), lasting_id(task) or key
    if kept is not None and repository is not None and repository != kept:
        raise replaced(task, kept, repository)
    following = links.get("next", (None, None))[0]
    if following is not None and following != number + 1:
        raise Changed(f"GitHub's page {number} of {rest} of {task.name} links to page {following} as the next one.")
    return Page(answer, number, following, links.get("last", (None, None))[0], repository)


def _links(header: str) -> Mapping[str, tuple[int, int | None]]:
    """Where a Link header leads: relation to page number and repository id."""
    links = re.findall(r'<([^<>]{1,500})>;\s*rel="(next|last)"', header[:4000])
    return {relation: _target(url) for url, relation in links}


def _target(url: str) -> tuple[int, int | None]:
    parts = urlsplit(url)
    page = parse_qs(parts.query).get("page", [""])[0]
    key = re.search(r"/repositories/(\d{1,15})/", parts.path)
    if not re.fullmatch(r"[0-9]{1,6}", page):
        raise Changed("GitHub's links from page to page have changed.")
    return int(page), int(key[1]) if key else None


def decoded(answer: Answer, kind: type[Shape], what: str) -> Shape:
    """The body as this shape. Raises Changed if it is not."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.DecodeError as error:
        raise Changed(f"GitHub's {what} has changed: {error}.") from error


def restored(cursor: Mapping[str, object], kind: type[Shape]) -> Shape | None:
    """What a cursor holds, as this shape; None if there is nothing, or nothing of use."""
    try:
        return msgspec.convert(cursor, kind) if cursor else None
    except msgspec.ValidationError:
        return None


def snapshot_of(task: Task) -> Repository | None:
    """The repository as our latest snapshot of its counters saw it; None if there is none."""
    snapshot = task.cursor if task.stream == "snapshot" else task.beside.get("snapshot", {})
    repository = snapshot.get("repository")
    return restored(repository, Repository) if isinstance(repository, dict) else None


def replaced(task: Task, kept: int, repository: int) -> Replaced:
    """The error for a name that has changed hands."""
    return Replaced(
        f"{task.name} is now repository {repository}, not {kept} as before: "
        "nothing was stored; "
        f"`uptake frameworks add NAME --github {task.name} --replaces {task.framework.id}` follows the new one."
    )
