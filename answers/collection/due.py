"""What is due: a pure function of the catalog's cadences, the runs so far and the time.

A source is due when one of its times of day (UTC, so that no daylight saving can double or swallow it) has passed
since its last whole run began. However many times were missed, one run catches up. What failed in a way that may
pass is tried again later, at growing distances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from answers.wording import moment
from catalog import Cadence, Catalog, Source
from storage import Run

LATE = timedelta(hours=1)  # later than this after its time, a run is called a catch-up
FIRST_RETRY = timedelta(minutes=15)
LONGEST_RETRY = timedelta(hours=6)
FUTURE = timedelta(days=1)  # a run dated further ahead was dated by a clock that was wrong

# Kinds of failure that may pass by themselves; all others need a human, and asking again only costs requests.
PASSING = frozenset({"try_later", "rate_limited", "unavailable", "interrupted", "busy", "store", "lease", "aborted"})


@dataclass(frozen=True, slots=True)
class Due:
    """A source that should be collected now, and why. `trigger` is "schedule" or "catch-up"."""

    source: str
    trigger: str
    reason: str


def due(catalog: Catalog, runs: Mapping[str, Sequence[Run]], now: datetime) -> tuple[Due, ...]:
    """The sources to collect at `now` (UTC), in the catalog's order. `runs`: per source, the latest first."""
    entries = (_due(source, runs.get(source.id, ()), now) for source in catalog.sources.values() if source.available)
    return tuple(entry for entry in entries if entry)


def next_due(source: Source, runs: Sequence[Run], now: datetime) -> datetime | None:
    """When a source is collected next by itself (`now` if it is due); None if by hand or while it is going on."""
    counted = _counted(runs, now)
    if not source.available or _going(runs):
        return None
    if _due(source, runs, now):
        return now
    retry = _retry_at(counted)
    if retry is not None and counted[0].deferred_until is not None:
        return retry  # nobody asks before that, as below
    slots = [at for at in (retry, slot_after(source.cadence, now)) if at and at > now]
    return min(slots, default=None)


def slot_before(cadence: Cadence, now: datetime) -> datetime | None:
    """The last time of a cadence at or before `now`; None for one without times."""
    return max((at for at in _slots(cadence, now, range(-31, 1)) if at <= now), default=None)


def slot_after(cadence: Cadence, now: datetime) -> datetime | None:
    """The first time of a cadence after `now`; None for one without times."""
    return min((at for at in _slots(cadence, now, range(32)) if at > now), default=None)


def _slots(cadence: Cadence, now: datetime, days: range) -> list[datetime]:
    """Every time of a cadence on the given days, counted from today."""
    today = now.astimezone(UTC).date()
    dates = [today + timedelta(days=n) for n in days]
    kept = [day for day in dates if cadence.weekday in (None, day.weekday()) and cadence.monthday in (None, day.day)]
    return [datetime.combine(day, time.replace(tzinfo=None), UTC) for day in kept for time in cadence.times]


def _due(source: Source, runs: Sequence[Run], now: datetime) -> Due | None:
    if _going(runs):
        return None
    counted = _counted(runs, now)
    if not counted:
        return Due(source.id, "schedule", "it was never collected")
    last = counted[0]
    retry = _retry_at(counted)
    if retry is not None and retry <= now:
        return Due(source.id, "catch-up", f"run {last.id} {last.status}")
    slot = slot_before(source.cadence, now)
    # A source that named a moment to come back is not asked before that, whatever its regular time.
    told_to_wait = retry is not None and last.deferred_until is not None
    if slot is None or told_to_wait or _began(last) >= slot:
        return None
    if now - slot > LATE:
        return Due(source.id, "catch-up", f"its time {moment(slot)} was missed")
    return Due(source.id, "schedule", f"its time {moment(slot)} has come")


def _going(runs: Sequence[Run]) -> bool:
    """Whether a whole run is asked for or under way."""
    return any(run.status in ("requested", "running") and run.whole for run in runs)


def _counted(runs: Sequence[Run], now: datetime) -> list[Run]:
    """The whole runs that ended and are dated by a clock that can be right, the latest first."""
    return [run for run in runs if run.finished_at and run.whole and _began(run) <= now + FUTURE]


def _began(run: Run) -> datetime:
    return run.started_at or run.requested_at


def _retry_at(counted: Sequence[Run]) -> datetime | None:
    """When the last run should be tried again before its next regular time; None if it should not."""
    if not counted or not _may_pass(counted[0]):
        return None
    last = counted[0]
    ended = last.finished_at or _began(last)
    if last.deferred_until is not None:
        return _sane(last.deferred_until, ended)
    failures = 0
    for run in counted:
        if not _may_pass(run):
            break
        failures += 1
    if _was_stopped(last) or (failures == 1 and last.status == "aborted"):
        return ended  # nothing was wrong with the source: go on where it ended
    wait: timedelta = FIRST_RETRY * 2 ** min(failures - 1, 10)
    return ended + min(wait, LONGEST_RETRY)


def _sane(deferred_until: datetime, ended: datetime) -> datetime:
    """When a deferred run may go on: what the source said, unless that would have us storm it or wait for ever."""
    return min(max(deferred_until, ended + timedelta(minutes=1)), ended + timedelta(days=1))


def _may_pass(run: Run) -> bool:
    """Whether a run ended in a way that trying again may mend."""
    if run.status == "aborted" or run.deferred_until is not None:
        return True
    if run.status not in ("partial", "failed"):
        return False
    return run.done < run.planned or any(failure.kind in PASSING for failure in run.failures)


def _was_stopped(run: Run) -> bool:
    """Whether a run ended early because its process was asked to stop."""
    return run.status == "partial" and run.done < run.planned
