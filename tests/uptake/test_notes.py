"""Notes of the user's own: put on a framework's charts, and taken away again."""

from __future__ import annotations

from datetime import date

import pytest

from answers.events import events
from catalog import load
from storage import Store
from uptake.frameworks.notes import add_note, remove_note
from uptake.frameworks.source_names import AddError

CATALOG = load()


def test_notes_are_events_and_can_be_taken_away(store: Store) -> None:
    note = add_note(store, CATALOG, "flask", date(2024, 5, 1), "  we\nmoved ", "https://example.org/x")
    assert note.title == "we moved"
    marks = [m for m in events(store, CATALOG, ("flask",)) if m.kind == "note"]
    assert [(m.note, m.since, m.title, m.frameworks) for m in marks] == [(note.id, note.day, "we moved", ("flask",))]
    remove_note(store, note.id)
    assert store.notes() == []
    with pytest.raises(AddError, match="no note"):
        remove_note(store, note.id)


@pytest.mark.parametrize(
    ("framework", "text", "url"),
    [("nobody", "x", ""), ("flask", "", ""), ("flask", "x" * 201, ""), ("flask", "x", "javascript:alert(1)")],
)
def test_what_is_no_note_is_refused(store: Store, framework: str, text: str, url: str) -> None:
    with pytest.raises(AddError):
        add_note(store, CATALOG, framework, date(2024, 5, 1), text, url)
    assert store.notes() == []


def test_the_same_note_twice_is_refused(store: Store) -> None:
    note = add_note(store, CATALOG, "flask", date(2024, 5, 1), "x")
    with pytest.raises(AddError, match=f"number {note.id}"):
        add_note(store, CATALOG, "flask", date(2024, 5, 1), "x")
