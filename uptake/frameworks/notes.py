"""Notes of the user's own on the chart of a framework: a day, a line of text and perhaps an address."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from catalog import Catalog
from storage import Note, Store
from uptake.frameworks.source_names import AddError
from uptake.frameworks.tracked_catalog import tracked_catalog

LONGEST = 200
FIRST_DAY = date(1970, 1, 1)


def add_note(store: Store, catalog: Catalog, framework: str, day: date, text: str, url: str = "") -> Note:
    """Put a note on a framework's charts. Raises AddError for what is no note, or is there already."""
    if framework not in tracked_catalog(catalog, store, removed=True).frameworks:
        raise AddError(f"There is no framework {framework[:60]!r}; `uptake frameworks` lists them.")
    title = " ".join(text.split())
    if not title or len(title) > LONGEST or not title.isprintable():
        raise AddError(f"A note must be one line of 1 to {LONGEST} characters.")
    if day < FIRST_DAY:
        raise AddError(f"A note must be about {FIRST_DAY} or a later day, not {day}.")
    _check_address(url)
    for note in store.notes(framework):
        if (note.day, note.title) == (day, title):
            raise AddError(f"That note already exists (number {note.id}).")
    return Note(store.add_note(framework, day, title, url), framework, day, title, url)


def remove_note(store: Store, number: int) -> None:
    """Take a note away. Raises AddError if there is none of that number."""
    if not store.remove_note(number):
        raise AddError(f"There is no note {number}; `uptake notes` lists them.")


def _check_address(url: str) -> None:
    if not url:
        return
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in url)
    except ValueError:
        fine = False
    if not fine or not url.isprintable() or len(url) > 500:
        raise AddError("A note's address starts with http:// or https://.")
