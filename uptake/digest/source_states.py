"""How current each source was at a moment, in sentences: by the same rule as its status now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from answers import wording
from answers.collection.freshness import Freshness, freshness, missing
from catalog import Catalog
from storage import Store

STATES_THEN = {  # of a source that had figures, and what that means for them
    "fresh": ("was up to date", ""),
    "stale": ("was late", "Its data end earlier than they should."),
    "unreachable": ("was unreachable in its last full run", "Its data may end earlier than they should."),
}


def source_states(store: Store, catalog: Catalog, moment: datetime) -> Iterator[tuple[str, str, str]]:
    """Each source that is collected on a schedule: its id, up to which day its figures were there at that moment, and
    what that means for them.
    """
    for entry in freshness(store, catalog, moment, moment):
        source = catalog.sources[entry.source]
        if source.available and source.cadence.times:
            yield entry.source, *_state(catalog, entry, moment)


def _state(catalog: Catalog, entry: Freshness, moment: datetime) -> tuple[str, str]:
    title = catalog.sources[entry.source].title
    if entry.newest is None:
        return f"{title} had never been collected.", "This digest has no data from it."
    age = (moment.date() - entry.newest).days
    ago = f", {wording.counted(age, 'day')} earlier" if age > 0 else ""
    data = f"it had data up to {wording.day(entry.newest)}{ago}"
    if entry.undelivered:
        data += f", and had never delivered {missing(catalog, entry)}"
    state, doubt = STATES_THEN[entry.state]
    return f"{title} {state}: {data}.", doubt
