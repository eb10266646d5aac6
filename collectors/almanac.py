"""The almanac: dated figures that others observed before this program ran, carried with it. No network.

Streams `stars` (GitHub's counter as seen on a day), `downloads` (sums over a window of days; pip only and all
clients are two metrics), `hiring` (posts by month; a month that was read before its end, up to that day), `gems` (sums
of months of which every day was counted; the others are holes) and `releases` (events for the chart, no metric). One
batch per observer, whose name becomes part of the source: `almanac:github-ranking`. They only fill: what a live source
has seen of the same day stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from collectors._runtime.contract import Fetch, Task
from collectors._runtime.table_payload import Row, by_observer, payload, rows_of
from storage import EVER, Batch, Event, Observation, Period

DOWNLOADS = {"pip": "downloads_pip_30d", "all": "downloads_all_window"}


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:  # noqa: ARG001 - the contract's signature
    """Every figure of the almanac about one framework, observer by observer."""
    reads = READERS.get(task.stream)
    groups = list(by_observer(rows_of(task.stream, task.framework.id)))
    for place, (observer, rows) in enumerate(groups, start=1):
        observations = tuple(reads(row) for row in rows if _is_whole(row)) if reads else ()
        yield Batch(
            payload=payload(task, f"almanac:{observer}", f"{task.stream}.csv#{observer}", rows),
            observations=observations,
            cursor={"more": place < len(groups)},
            events=() if reads else tuple(_release(row) for row in rows),
            fills_only=True,
            whole={observation.metric: EVER for observation in observations},
        )


def _stars(row: Row) -> Observation:
    return Observation("stars", row["framework"], Period.day(date.fromisoformat(row["date"])), float(row["stars"]))


def _downloads(row: Row) -> Observation:
    period = Period(date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"]))
    return Observation(DOWNLOADS[row["installers"]], row["framework"], period, float(row["downloads"]))


def _hiring(row: Row) -> Observation:
    year, month = map(int, row["month"].split("-"))
    period, posts = Period.month(year, month), int(row["posts"])
    if row["read_on"]:
        period = Period(period.start, date.fromisoformat(row["read_on"]))
    return Observation("hiring_mentions", row["framework"], period, int(row["posts_naming"]) / posts, posts)


def _gems(row: Row) -> Observation:
    year, month = map(int, row["month"].split("-"))
    return Observation("gem_downloads_by_total", row["framework"], Period.month(year, month), float(row["downloads"]))


def _is_whole(row: Row) -> bool:
    """Whether every day of it was counted, where days are: a part of a month is no sum of it."""
    return row.get("days_counted") == row.get("days_in_month")


def _release(row: Row) -> Event:
    return Event(row["framework"], date.fromisoformat(row["date"]), "release", row["version"])


READERS: dict[str, Callable[[Row], Observation]] = {
    "stars": _stars,
    "downloads": _downloads,
    "hiring": _hiring,
    "gems": _gems,
}
