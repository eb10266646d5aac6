"""Counters that show only the present: each sighting belongs to the UTC day on which it was made, and to no other."""

from __future__ import annotations

from datetime import date, timedelta

from collectors._runtime.contract import Answer, Task
from collectors._runtime.errors import ClockWrong
from collectors._runtime.http.rate_limit import server_time
from storage import Batch, Event, Observation, Payload, Period

SKEW = timedelta(minutes=10)  # clocks that differ by less may still be on two sides of midnight


def day_of(answer: Answer, server: str) -> date:
    """The UTC day of the sighting. A clock that is on another day than the server's must not file it."""
    ours, theirs = answer.fetched_at, server_time(answer.headers)
    if theirs is not None and abs(ours - theirs) > SKEW and ours.date() != theirs.date():
        raise ClockWrong(
            f"This machine's clock says {ours:%Y-%m-%d %H:%M} UTC, {server}'s {theirs:%Y-%m-%d %H:%M}: set it right."
        )
    return ours.date()


def running_total(task: Task, answer: Answer, source: str, metric: str, total: int, server: str) -> Batch:
    """Today's reading of a total that should only ever rise.

    One that is lower than the last was counted anew by its source: it is kept as it is, with an event that says so.
    """
    day, before = day_of(answer, server), task.cursor.get("total")
    events: tuple[Event, ...] = ()
    if isinstance(before, int) and total < before:
        text = f"Recount at {server}: {before:,} became {total:,}"
        events = (Event(task.framework.id, day, "recount", text),)
    return Batch(
        payload=Payload(source, answer.url, answer.body, answer.fetched_at),
        observations=(Observation(metric, task.framework.id, Period.day(day), float(total)),),
        cursor={"total": total},
        events=events,
    )
