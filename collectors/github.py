"""GitHub: a repository's star and fork counters as they stand today.

Stream `snapshot`, one request per repository and day: `GET /repos/{owner}/{repo}`, which needs no token. The
counters tell only now, so they are filed under the day on which they were seen and never under another. The entity
tag is kept in the cursor together with the counters it stands for: a 304 is a sighting like any other, and its empty
body points by that tag to the earlier answer. Facts: GitHub's REST documentation of 2026-03-10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

import msgspec

from collectors._contract import Answer, Fetch, Task
from collectors._errors import Changed, ClockWrong, Replaced
from collectors._limits import server_time
from storage import Batch, Identity, Observation, Payload, Period

ACCEPT = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2026-03-10"}
SKEW = timedelta(minutes=10)  # clocks that differ by less may still be on two sides of midnight

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Repository(msgspec.Struct):
    """The fields of a repository object that we rely on. `watchers_count` is stars too, and not used."""

    id: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    full_name: Annotated[str, msgspec.Meta(pattern=r"^[\w.-]{1,100}/[\w.-]{1,100}$")]
    stargazers_count: Count
    forks_count: Count


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a repository showed, and the entity tag of the answer that showed it."""

    repository: Repository
    etag: str | None


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """Today's stars and forks of one repository, in one batch.

    Raises Replaced if the name now belongs to another repository than the one we followed.
    """
    known = _known(task.cursor)
    answer = fetch(f"/repos/{task.name}", headers=ACCEPT, etag=known.etag if known and not task.full else None)
    if answer.status == 304 and known is not None:
        seen = Snapshot(known.repository, answer.headers.get("etag") or known.etag)
    else:
        seen = Snapshot(_decoded(answer), answer.headers.get("etag"))
    _check_same(task, known, seen)
    yield _batch(task, answer, seen)


def _decoded(answer: Answer) -> Repository:
    try:
        return msgspec.json.decode(answer.body, type=Repository)
    except msgspec.DecodeError as error:
        raise Changed(f"GitHub's repository object is not what it was: {error}.") from error


def _known(cursor: Mapping[str, object]) -> Snapshot | None:
    """What the last answer said, from the cursor; None if there was none or it is of no use."""
    try:
        repository = msgspec.convert(cursor.get("repository"), Repository)
    except msgspec.ValidationError:
        return None
    etag = cursor.get("etag")
    return Snapshot(repository, etag if isinstance(etag, str) else None)


def _check_same(task: Task, known: Snapshot | None, seen: Snapshot) -> None:
    if known is not None and known.repository.id != seen.repository.id:
        raise Replaced(
            f"{task.name} is now repository {seen.repository.id}, not {known.repository.id} as before: "
            "nothing was stored; "
            f"`uptake frameworks add NAME --github {task.name} --replaces {task.framework.id}` follows the new one."
        )


def _day(answer: Answer) -> date:
    """The UTC day of the sighting. A clock that is on another day than GitHub's must not file it."""
    ours, theirs = answer.fetched_at, server_time(answer.headers)
    if theirs is not None and abs(ours - theirs) > SKEW and ours.date() != theirs.date():
        raise ClockWrong(
            f"This machine's clock says {ours:%Y-%m-%d %H:%M} UTC, GitHub's {theirs:%Y-%m-%d %H:%M}: set it right."
        )
    return ours.date()


def _batch(task: Task, answer: Answer, seen: Snapshot) -> Batch:
    period, repository = Period.day(_day(answer)), seen.repository
    return Batch(
        payload=Payload("github", answer.url, answer.body, answer.fetched_at, seen.etag),
        observations=(
            Observation("stars", task.framework.id, period, float(repository.stargazers_count)),
            Observation("forks", task.framework.id, period, float(repository.forks_count)),
        ),
        cursor={"etag": seen.etag, "repository": msgspec.to_builtins(repository)},
        identity=Identity(str(repository.id), repository.full_name),
    )
