"""What happened, for a chart to mark: releases, the user's notes, and the known breaks in the counting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from answers.questions import known_framework
from catalog import Catalog
from storage import Store


@dataclass(frozen=True, slots=True)
class ChartEvent:
    """Something that happened from `since` to `until`.

    `kind` is release, prerelease, recount (a total that fell), note (the user's own), or break, incident, notice (the
    register's). `frameworks` and `metrics` say whom it concerns: empty for all. `note` is the number of a note, by
    which it can be removed.
    """

    since: date
    until: date
    kind: str
    title: str
    text: str
    url: str
    frameworks: tuple[str, ...]
    metrics: tuple[str, ...]
    note: int | None


def events(store: Store, catalog: Catalog, frameworks: Sequence[str] = ()) -> tuple[ChartEvent, ...]:
    """Everything that concerns these frameworks (all, if none is named), oldest first. Raises QuestionError."""
    names = [known_framework(catalog, name) for name in frameworks]
    marks = [*_stored(store, names), *_breaks(catalog, names)]
    return tuple(sorted(marks, key=lambda mark: (mark.since, mark.until, mark.kind, mark.title)))


def _stored(store: Store, names: Sequence[str]) -> Iterator[ChartEvent]:
    numbers = {(n.framework, n.day, n.title): n.id for n in store.notes()}
    for event in store.events(names or None):
        number = numbers.get((event.framework, event.day, event.title)) if event.kind == "note" else None
        yield ChartEvent(event.day, event.day, event.kind, event.title, "", event.url, (event.framework,), (), number)


def _breaks(catalog: Catalog, names: Sequence[str]) -> Iterator[ChartEvent]:
    for b in catalog.breaks:
        if not names or not b.frameworks or set(names) & set(b.frameworks):
            yield ChartEvent(b.since, b.until, b.kind, b.title, b.text, b.link, b.frameworks, b.metrics, None)
