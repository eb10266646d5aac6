"""GitHub: a repository's counters as they stand today, the stars of each day since it began, and its releases.

Stream `snapshot`, one request per repository and day: `GET /repos/{owner}/{repo}`, or `/repositories/{id}` once its
lasting id is known, which needs no token. The counters show only the present, so they are filed under the day on which
they were seen and never under another. The entity tag is kept in the cursor together with the counters it stands for: a
304 is a sighting like any other, and its empty body points by that tag to the earlier answer. Streams `releases` and
`history` are in modules of their own. Facts: GitHub's REST documentation of 2026-03-10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.counters import day_of
from collectors._runtime.errors import Gone
from collectors.github import releases, star_history
from collectors.github.api import ACCEPT, Repository, decoded, lasting_id, place_of, replaced, snapshot_of
from storage import Batch, Identity, Observation, Payload, Period

PER_HOUR = {"anonymous": 60, "token": 5000}  # requests GitHub grants, before its headers have said so
PAGES: Mapping[str, Callable[[Task], int]] = {"releases": releases.pages_left, "history": star_history.pages_left}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a repository showed, and the entity tag of the answer that showed it."""

    repository: Repository
    etag: str | None


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """What one stream says of one repository.

    Raises Replaced if the name now belongs to another repository than the one we followed.
    """
    return STREAMS[task.stream](task, fetch)


def _snapshot(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """Today's stars and forks, in one batch."""
    state = _last_snapshot(task)
    is_complete = state is not None and state.repository.archived is not None
    answer = _answer(task, fetch, state.etag if state and is_complete and not task.full else None)
    if answer.status == 304 and state is not None:
        seen = Snapshot(state.repository, answer.headers.get("etag") or state.etag)
    else:
        repository = decoded(answer, Repository, "repository object")
        born = repository.created_at or (state.repository.created_at if state else None)
        repository = replace(repository, archived=bool(repository.archived), created_at=born)
        seen = Snapshot(repository, answer.headers.get("etag"))
    kept = lasting_id(task)
    if kept is not None and kept != seen.repository.id:
        raise replaced(task, kept, seen.repository.id)
    yield _batch(task, answer, seen)


def _answer(task: Task, fetch: Fetch, etag: str | None) -> Answer:
    """What the repository says; where its id is gone, what bears its name now, which tells whether it was replaced."""
    try:
        return fetch(place_of(task), headers=ACCEPT, etag=etag)
    except Gone:
        if lasting_id(task) is None:
            raise
        return fetch(f"/repos/{task.name}", headers=ACCEPT)


def _last_snapshot(task: Task) -> Snapshot | None:
    """What the last answer said, from the cursor; None if there was none or it is of no use."""
    repository, etag = snapshot_of(task), task.cursor.get("etag")
    return Snapshot(repository, etag if isinstance(etag, str) else None) if repository else None


def _batch(task: Task, answer: Answer, seen: Snapshot) -> Batch:
    period, repository = Period.day(day_of(answer, "GitHub")), seen.repository
    return Batch(
        payload=Payload("github", answer.url, answer.body, answer.fetched_at, seen.etag),
        observations=(
            Observation("stars", task.framework.id, period, float(repository.stargazers_count)),
            Observation("forks", task.framework.id, period, float(repository.forks_count)),
        ),
        cursor={"etag": seen.etag, "repository": msgspec.to_builtins(repository)},
        identity=Identity(str(repository.id), repository.full_name),
    )


STREAMS: Mapping[str, Callable[[Task, Fetch], Iterator[Batch]]] = {
    "snapshot": _snapshot,
    "releases": releases.collect,
    "history": star_history.collect,
}
