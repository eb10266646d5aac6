"""pypistats.org: daily downloads of a package over the last 180 days, split four ways.

Streams, one request each per package and day:
`overall` (with and without the four mirrors it recognises), `python_minor` and `system` (both without mirrors).
All days are taken each time, because days are corrected and withdrawn silently; a package that only mirrors fetch has
no days without them. The service answers a name that is not in lower case with 404, and an unknown one with an empty
list on two of the three: an empty list is never zero downloads.
Facts: the service's own code (psf/pypistats.org).
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
MEMORY = timedelta(days=178)  # a younger day has not been forgotten: if it is missing, it was withdrawn
LONGEST = 40  # characters of a category
FEW = 10  # days of a package, of which half may well have been forgotten since they were seen

log = logging.getLogger(__name__)

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Point(msgspec.Struct):
    """Downloads of one category on one UTC day."""

    category: str | None
    date: date
    downloads: Count

    @property
    def kind(self) -> str:
        """The category; "null", as the service writes it, where it has none."""
        return "null" if self.category is None else self.category


class Downloads(msgspec.Struct):
    """A whole answer."""

    data: list[Point]
    package: str
    type: str


@dataclass(frozen=True, slots=True)
class Split:
    """What a stream's categories are: metrics by category, or the values of a dimension of one metric.

    The service counts in the `required` category whatever it counts in another: an answer without it is not whole.
    """

    metrics: Mapping[str, str]
    dimension: str = ""
    required: str = ""

    def meaning(self, category: str) -> tuple[str, str] | None:
        """The metric and dimension of a category, None for what is no name of one.

        `null` is a client that did not say, which is a kind of client and not a missing number.
        """
        if not self.dimension:
            return (self.metrics[category], "") if category in self.metrics else None
        if not 0 < len(category) <= LONGEST or not category.isprintable() or not category.strip():
            return None
        return self.metrics[""], f"{self.dimension}={'unknown' if category == 'null' else category}"


SPLITS = {
    "overall": Split(
        {"without_mirrors": "downloads_no_mirrors", "with_mirrors": "downloads_with_mirrors"}, required="with_mirrors"
    ),
    "python_minor": Split({"": "downloads_no_mirrors_by_python"}, "python"),
    "system": Split({"": "downloads_no_mirrors_by_system"}, "system"),
}


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """Every day and category the service still has of one package, in one batch."""
    package = normalised(task.name)
    answer = fetch(f"/api/packages/{package}/{task.stream}")
    downloads, today = _decoded(answer), answer.fetched_at.date()
    _check_subject(downloads, package, task.stream)
    _check_days(downloads.data, today)
    strange = _strange(downloads.data, task)
    observations = tuple(_observations(downloads.data, task))
    _check_mirrors(observations, task)
    days = Counter(metric for metric, _ in {(o.metric, o.period.start) for o in observations})
    _check_loss(days, task)
    yield Batch(
        payload=Payload("pypistats", answer.url, answer.body, answer.fetched_at, answer.headers.get("etag")),
        observations=observations,
        cursor={"last_day": max(point.date for point in downloads.data).isoformat(), "days": dict(days)},
        whole={} if strange else dict.fromkeys(SPLITS[task.stream].metrics.values(), Period(today - MEMORY, today)),
    )


def _decoded(answer: Answer) -> Downloads:
    try:
        return msgspec.json.decode(answer.body, type=Downloads)
    except msgspec.DecodeError as error:
        raise Changed(f"pypistats.org's response has changed: {error}.") from error


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
        raise Changed(f"pypistats.org reports {last}, which is in the future; check this machine's clock.")
    if last - first > SPAN:
        raise Changed(f"pypistats.org reports {first} to {last}, more days than it keeps; its rules have changed.")


def _observations(points: Sequence[Point], task: Task) -> Iterator[Observation]:
    split, seen = SPLITS[task.stream], set()
    for point in points:
        if (point.kind, point.date) in seen:
            raise Changed(f"pypistats.org reports {point.kind[:LONGEST]!r} of {point.date} twice.")
        seen.add((point.kind, point.date))
        if (meaning := split.meaning(point.kind)) is not None:
            metric, dimension = meaning
            value = float(point.downloads)
            yield Observation(metric, task.framework.id, Period.day(point.date), value, dimension=dimension)


def _strange(points: Sequence[Point], task: Task) -> frozenset[str]:
    """The categories that mean nothing to us: they cost the others nothing, but who has them has not all of the days.

    Raises Changed if there is no other, or not the one that must be there.
    """
    split, categories = SPLITS[task.stream], {point.kind for point in points}
    strange = frozenset(category for category in categories if split.meaning(category) is None)
    if strange == categories or (split.required and split.required not in categories):
        raise Changed(f"pypistats.org left out {split.required or 'every category'} for {task.name}.")
    for category in strange:
        log.warning(
            "pypistats.org has %r in %s of %s, an unknown category: left out",
            category[:LONGEST], task.stream, task.name,
        )  # fmt: skip
    return strange


def _check_mirrors(observations: Sequence[Observation], task: Task) -> None:
    """Whoever counts the mirrors too cannot count less."""
    with_mirrors = {o.period: o.value or 0.0 for o in observations if o.metric == "downloads_with_mirrors"}
    for o in observations:
        if o.metric == "downloads_no_mirrors" and (o.value or 0.0) > with_mirrors.get(o.period, math.inf):
            raise Changed(
                f"pypistats.org counts {o.value:.0f} downloads of {task.name} on {o.period.start} without mirrors and "
                f"only {with_mirrors[o.period]:.0f} with them; nothing of the answer was stored."
            )


def _check_loss(days: Mapping[str, int], task: Task) -> None:
    """A day or two may be withdrawn; the half of them is an answer that broke off."""
    before = task.cursor.get("days")
    for metric, number in before.items() if isinstance(before, dict) and not task.full else ():
        if number >= FEW and 2 * days.get(metric, 0) < number:
            raise Changed(
                f"pypistats.org has {days.get(metric, 0)} days of {metric} of {task.name}, where it had {number}. "
                "If it stays so, collect with --full."
            )
