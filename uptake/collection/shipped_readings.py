"""The figures that come with Uptake, loaded into a store: of the almanac and of every source that needs no network."""

from __future__ import annotations

import threading
from collections.abc import Callable

from catalog import Catalog
from storage import Run, Store
from uptake.clock import SystemClock
from uptake.collection.collect import Report, collect, collectable, is_local, mirror
from uptake.settings.settings import Settings
from uptake.store_creation import make_store

Say = Callable[[str], None]


def load_shipped(settings: Settings, catalog: Catalog, stopping: threading.Event, report: Report, say: Say) -> None:
    """Make the store and load the sources that need no network. The second time this finds everything unchanged."""
    if make_store(settings):
        say("The store is ready.")
    clock = SystemClock()
    with Store.open(settings.database_url) as store:
        mirror(store, catalog)
        for source in filter(is_local, collectable(catalog)):
            if not stopping.is_set():
                run = store.start_run(source.id, trigger="up", now=clock.now())
                stop = stopping.is_set
                _say_loaded(collect(store, catalog, settings, run, clock=clock, stop=stop, report=report), say)


def _say_loaded(run: Run, say: Say) -> None:
    if run.status != "ok":
        reasons = "; ".join(failure.message for failure in run.failures) or run.note
        say(f"{run.source}: {run.status} ({reasons})")
    elif run.new or run.revised:
        say(f"{run.source}: {run.new} new, {run.revised} revised")
