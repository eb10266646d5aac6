"""pypistats.org: daily downloads of a package over the last 180 days, split four ways.

Streams, one request each per package and day:
`overall` (with and without the four mirrors it recognises), `python_minor` and `system` (both without mirrors).
All days are taken each time, because days are corrected silently. The service answers a name that is not in lower
case with 404, and an unknown one with an empty list on two of the three: an empty list is never zero downloads.
Facts: the service's own code (psf/pypistats.org).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

import msgspec

from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.errors import Changed, Empty
from collectors._runtime.names import normalised
from storage import Batch, Observation, Payload, Period

PER_MINUTE = 30  # the server's limit for one address
SPAN = timedelta(days=190)  # it keeps 180 days and yesterday; more than that is another service

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Point(msgspec.Struct):
    """Downloads of one category on one UTC day."""

    category: str
    date: date
    downloads: Count


class Downloads(msgspec.Struct):
    """A whole answer."""

    data: list[Point]
    package: str
    type: str


@dataclass(frozen=True, slots=True)
class Split:
    """What a stream's categories mean: the metric and dimension of each, None for one we do not know.

    `required` categories must all be there: without one of them the answer is not whole.
    """

    meaning: Callable[[str], tuple[str, str] | None]
    required: frozenset[str] = frozenset()


def _overall(category: str) -> tuple[str, str] | None:
    metric = {"without_mirrors": "downloads_no_mirrors", "with_mirrors": "downloads_with_mirrors"}.get(category)
    return (metric, "") if metric else None


def _python(category: str) -> tuple[str, str] | None:
    if category != "null" and not re.fullmatch(r"[0-9]\.[0-9]{1,3}", category):
        return None
    return "downloads_no_mirrors_by_python", f"python={_dimension_value(category)}"


def _system(category: str) -> tuple[str, str] | None:
    if category not in ("Darwin", "Linux", "Windows", "other", "null"):
        return None
    return "downloads_no_mirrors_by_system", f"system={_dimension_value(category)}"


def _dimension_value(category: str) -> str:
    """`null` is a client that did not say, which is a kind of client and not a missing number."""
    return "unknown" if category == "null" else category


SPLITS = {
    "overall": Split(_overall, frozenset({"with_mirrors", "without_mirrors"})),
    "python_minor": Split(_python),
    "system": Split(_system),
}


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """Every day and category the service still has of one package, in one batch."""
    package = normalised(task.name)
    answer = fetch(f"/api/packages/{package}/{task.stream}")
    downloads = _decoded(answer)
    _check_subject(downloads, package, task.stream)
    _check_days(downloads.data, answer.fetched_at.date())
    yield Batch(
        payload=Payload("pypistats", answer.url, answer.body, answer.fetched_at, answer.headers.get("etag")),
        observations=tuple(_observations(downloads.data, task)),
        cursor={"last_day": max(point.date for point in downloads.data).isoformat()},
    )


def _decoded(answer: Answer) -> Downloads:
    try:
        return msgspec.json.decode(answer.body, type=Downloads)
    except msgspec.DecodeError as error:
        raise Changed(f"pypistats.org's answer is not what it was: {error}.") from error


def _check_subject(downloads: Downloads, package: str, stream: str) -> None:
    if downloads.package != package or downloads.type != f"{stream}_downloads":
        raise Changed(
            f"pypistats.org answered about {downloads.package[:60]!r} ({downloads.type[:40]}) not {package} ({stream})."
        )
    if not downloads.data:
        raise Empty(f"pypistats.org has no day at all of {package}: check the package's name in the catalog.")


def _check_days(points: list[Point], today: date) -> None:
    first, last = min(point.date for point in points), max(point.date for point in points)
    if last > today:
        raise Changed(f"pypistats.org tells of {last}, which has not been yet; check this machine's clock.")
    if last - first > SPAN:
        raise Changed(f"pypistats.org tells of {first} to {last}, more days than it keeps; its rules have changed.")


def _observations(points: list[Point], task: Task) -> Iterator[Observation]:
    split, seen = SPLITS[task.stream], set()
    for point in points:
        meaning = split.meaning(point.category)
        if meaning is None:
            raise Changed(
                f"pypistats.org has a new category {point.category[:40]!r} in {task.stream}; teach it to this program."
            )
        if (point.category, point.date) in seen:
            raise Changed(f"pypistats.org tells {point.category} of {point.date} twice.")
        seen.add((point.category, point.date))
        yield Observation(
            meaning[0], task.framework.id, Period.day(point.date), float(point.downloads), None, meaning[1]
        )
    missing = split.required - {category for category, _ in seen}
    if missing:
        raise Changed(f"pypistats.org left out {', '.join(sorted(missing))} for {task.name}.")
