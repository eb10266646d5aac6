"""The only writing the dashboard does: what an operator asks of the scheduler, tracks and notes."""

from __future__ import annotations

from datetime import date

from catalog import Framework, load
from dashboard import cache
from dashboard.authorization import NotAllowedError, allow
from storage import Note, Run, Store
from uptake.frameworks import notes, own_frameworks
from uptake.frameworks.own_frameworks import Added, FrameworkRequest
from uptake.frameworks.source_names import REGISTRIES, AddError, in_words

__all__ = [
    "REGISTRIES",
    "AddError",
    "Added",
    "FrameworkRequest",
    "in_words",
]  # the types of what is asked and answered here


def collect(source: str, frameworks: tuple[str, ...], token: str) -> Run:
    """Ask for a run of a source for these frameworks (none: all). An equal one under way is returned instead."""
    allow(token)
    catalog = cache.catalog()
    if (
        source not in catalog.sources
        or not catalog.sources[source].available
        or not set(frameworks) <= {f.id for f in catalog.frameworks.values() if not f.removed}
    ):
        raise NotAllowedError("There is no such source or framework.")
    with Store.open(cache.settings().database_url) as store:
        return store.request_run(source, trigger="page", frameworks=frameworks, now=cache.now())


def cancel(run: int, token: str) -> Run:
    """Ask a run to stop: what it has collected so far stays."""
    allow(token)
    with Store.open(cache.settings().database_url) as store:
        return store.cancel(run)


def candidate(wish: FrameworkRequest) -> Framework:
    """The framework that would be tracked, by names as the sources write them. Everybody may look. Raises AddError."""
    with cache.reopening() as store:
        return own_frameworks.candidate(store, load(), wish)


def track(wish: FrameworkRequest, token: str) -> tuple[Added, list[Run]]:
    """Track a framework from now on, and ask for the runs that will show whether its names exist.

    The dashboard reaches no source: only the names' shape is checked here. Raises AddError or NotAllowedError.
    """
    allow(token)
    with Store.open(cache.settings().database_url) as store:
        added = own_frameworks.add_framework(store, load(), wish, ask=None, now=cache.now())
        runs = [
            store.request_run(source, trigger="page", frameworks=(added.id,), now=cache.now())
            for source in added.sources
        ]
    return added, runs


def untrack(framework: str, token: str) -> str:
    """Stop tracking one of the user's own; its title. What is known of it stays. Raises AddError or NotAllowedError."""
    allow(token)
    with Store.open(cache.settings().database_url) as store:
        return own_frameworks.remove_framework(store, load(), framework, cache.now()).title


def note(framework: str, day: date, text: str, url: str, token: str) -> Note:
    """Put a note on a framework's charts. Raises AddError or NotAllowedError."""
    allow(token)
    with Store.open(cache.settings().database_url) as store:
        return notes.add_note(store, load(), framework, day, text, url.strip())


def unnote(number: int, token: str) -> None:
    """Take a note away again. Raises AddError or NotAllowedError."""
    allow(token)
    with Store.open(cache.settings().database_url) as store:
        notes.remove_note(store, number)
