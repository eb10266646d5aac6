"""What is tracked: the catalog's frameworks and the user's own, as one catalog that everybody reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from catalog import Catalog, Framework
from storage import OwnFramework, Store


def tracked_catalog(catalog: Catalog, store: Store, *, removed: bool = False) -> Catalog:
    """The catalog with the user's own frameworks in it; with `removed`, also those no longer tracked, marked so.

    What collects takes it without them, what shows and exports with them. A framework of the user's own that has
    taken over another's name at a source (the repository was replaced by another) leaves the other without it: what
    is known of the other stays, and is not continued by something else's numbers.
    """
    own = [entry for entry in store.own_frameworks() if entry.id not in catalog.frameworks]
    kept = {entry.id: _framework(entry) for entry in own if removed or entry.removed_at is None}
    if not kept:
        return catalog
    claimed = _claims(own)
    frameworks = {name: _without(entry, claimed) for name, entry in {**catalog.frameworks, **kept}.items()}
    return replace(catalog, frameworks=frameworks)


def same_name(source: str, name: str) -> tuple[str, str]:
    """A name at a source as names are compared: no two frameworks may share one."""
    return source, name.casefold()


def _framework(entry: OwnFramework) -> Framework:
    marked = f"{entry.title} (removed)" if entry.removed_at else entry.title
    return Framework(entry.id, marked, entry.language, entry.ids, own=True, removed=entry.removed_at is not None)


def _claims(own: Iterable[OwnFramework]) -> Mapping[tuple[str, str], str]:
    """Who holds each name of the frameworks that are tracked: of several the one that was added last."""
    current = sorted((entry for entry in own if entry.removed_at is None), key=lambda entry: entry.added_at)
    return {same_name(*place): entry.id for entry in current for place in entry.ids.items()}


def _without(framework: Framework, claimed: Mapping[tuple[str, str], str]) -> Framework:
    """A framework with the names that are still its own."""
    ids = {
        source: name
        for source, name in framework.ids.items()
        if claimed.get(same_name(source, name), framework.id) == framework.id
    }
    return framework if len(ids) == len(framework.ids) else replace(framework, ids=ids)
