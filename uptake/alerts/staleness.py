"""Sources that fell silent, and those that came back: once per episode.

An episode is named by the last success before it, so that every scan names it alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from answers.freshness import Freshness, freshness
from catalog import Catalog, Source
from storage import NewAlert, Store

EVIDENCE = "/collection"
NEVER = "never"
EXAMINED_RUNS = 50  # runs of a source


def staleness_alerts(
    store: Store, catalog: Catalog, keys: list[str], now: datetime, *, scheduled: bool
) -> Iterator[NewAlert]:
    """Stale sources and recovered ones that are not among `keys`, to which theirs are added.

    With `scheduled` a source that was not asked since it succeeded is not called stale: the machine was off, and the
    scheduler is about to ask.
    """
    for fresh in freshness(store, catalog, now):
        source = catalog.sources[fresh.source]
        if source.stale_after_days is None or not source.cadence.times:
            continue
        limit = timedelta(days=source.stale_after_days)
        episode = f"{fresh.last_ok:%Y%m%dT%H%M%SZ}" if fresh.last_ok else NEVER
        if fresh.age is not None and fresh.age <= limit:
            yield from _recovered(source, fresh, keys, now)
        elif f"stale:{source.id}:{episode}" not in keys and _is_stale(store, source, fresh, limit, now, scheduled):
            keys.append(f"stale:{source.id}:{episode}")
            yield NewAlert(keys[-1], "stale", now.date(), _sentence(source, fresh), EVIDENCE, silent=False)


def _is_stale(store: Store, source: Source, fresh: Freshness, limit: timedelta, now: datetime, scheduled: bool) -> bool:
    runs = store.runs(EXAMINED_RUNS, source.id)
    tried = [run for run in runs if run.finished_at and (fresh.last_ok is None or run.finished_at > fresh.last_ok)]
    if fresh.last_ok is None:  # it never succeeded: stale once it was tried in vain for as long
        return any(run.finished_at and now - run.finished_at > limit for run in tried)
    return bool(tried) or not scheduled


def _recovered(source: Source, fresh: Freshness, keys: list[str], now: datetime) -> Iterator[NewAlert]:
    """Every episode that is over and was noted as begun."""
    for key in list(keys):
        kind, _, episode = key.partition(":")
        over = f"recovered:{episode}"
        if kind == "stale" and episode.startswith(f"{source.id}:") and over not in keys:
            keys.append(over)
            text = f"{source.title} is collected again: it last succeeded at {fresh.last_ok:%Y-%m-%d %H:%M} UTC."
            yield NewAlert(over, "stale", now.date(), text, EVIDENCE, silent=False)


def _sentence(source: Source, fresh: Freshness) -> str:
    if fresh.last_ok is None or fresh.age is None:
        text = f"{source.title} could never be collected so far, for {source.stale_after_days} days and more."
    else:
        text = f"{source.title} is stale: it was last collected {fresh.age.days} days ago, on {fresh.last_ok:%Y-%m-%d}."
    return f"{text} {fresh.note.rstrip('.')}." if fresh.note else text
