"""Sources whose figures grow old, and those that have new ones again: once per episode, one alert a source.

An episode lasts from an alert `stale:` to the one `recovered:` with the same ending, so that every scan names it alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from answers import wording
from answers.collection.disappearances import gone_frameworks
from answers.collection.freshness import Freshness, freshness, missing
from catalog import Catalog, Source
from storage import NewAlert, Store

EVIDENCE = "/collection"
NEVER = "never"
EXAMINED_RUNS = 50  # runs of a source


def late_source_alerts(
    store: Store, catalog: Catalog, keys: list[str], now: datetime, *, scheduled: bool
) -> Iterator[NewAlert]:
    """Stale sources and recovered ones that are not among `keys`, to which theirs are added.

    With `scheduled` a source that was not asked since it was fresh is not called stale: the machine was off, and the
    scheduler is about to ask.
    """
    for fresh in freshness(store, catalog, now):
        source = catalog.sources[fresh.source]
        if source.stale_after_days is None or not source.cadence.times or source.off:
            continue
        limit = timedelta(days=source.stale_after_days)
        going = [key for key in keys if key.startswith(f"stale:{source.id}:") and _over(key) not in keys]
        key = f"stale:{source.id}:{fresh.newest or NEVER}"
        if _is_within(fresh, limit):
            yield from _recovered(source, fresh, going, keys, now)
        elif not going and key not in keys and _is_stale(store, fresh, limit, now, scheduled=scheduled):
            keys.append(key)
            yield NewAlert(key, "stale", now.date(), _sentence(catalog, fresh), EVIDENCE, silent=False)


def gone_alerts(store: Store, catalog: Catalog, keys: list[str], now: datetime) -> Iterator[NewAlert]:
    """What a source has confirmed to have no more, once, unless it is among `keys`, to which it is added."""
    for gone in gone_frameworks(store, catalog):
        key = f"gone:{gone.source}:{gone.framework}:{gone.since}"
        if key not in keys:
            keys.append(key)
            yield NewAlert(key, "stale", now.date(), gone.message, EVIDENCE, silent=False)


def _over(key: str) -> str:
    """The key of the end of an episode."""
    return f"recovered:{key.partition(':')[2]}"


def _is_within(fresh: Freshness, limit: timedelta) -> bool:
    """Whether the figures are young enough; a source that is down is given that long."""
    return fresh.state == "fresh" or (fresh.state == "unreachable" and fresh.age is not None and fresh.age <= limit)


def _is_stale(store: Store, fresh: Freshness, limit: timedelta, now: datetime, *, scheduled: bool) -> bool:
    ended = [run.finished_at for run in store.runs(EXAMINED_RUNS, fresh.source) if run.finished_at]
    if fresh.newest is None:  # it never had a figure: stale once it was tried in vain for as long
        return any(now - moment > limit for moment in ended)
    seen = fresh.whole_run_at
    return not scheduled or any(seen is None or moment > seen or now - moment <= limit for moment in ended)


def _recovered(
    source: Source, fresh: Freshness, going: list[str], keys: list[str], now: datetime
) -> Iterator[NewAlert]:
    """Every episode that is over and was noted as begun."""
    for key in going:
        keys.append(_over(key))
        until = f": it has data up to {wording.day(fresh.newest)}" if fresh.newest else ""
        text = f"{source.title} is up to date again{until}."
        yield NewAlert(keys[-1], "stale", now.date(), text, EVIDENCE, silent=False)


def _sentence(catalog: Catalog, fresh: Freshness) -> str:
    source = catalog.sources[fresh.source]
    if fresh.undelivered:
        text = f"{source.title} is late: it has never delivered {missing(catalog, fresh)}."
    elif fresh.newest is None or fresh.age is None:
        text = f"{source.title} has never been collected, after {source.stale_after_days} days of trying and more."
    else:
        text = (
            f"{source.title} is late: its latest data are of {wording.day(fresh.newest)}, "
            f"{wording.counted(fresh.age.days, 'day')} ago."
        )
    return f"{text} {fresh.note.rstrip('.')}." if fresh.note else text
