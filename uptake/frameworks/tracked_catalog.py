"""What is tracked: the catalog's frameworks and the user's own, with their sources, as one catalog for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from catalog import ARCHIVED_MARK, Catalog, Framework
from storage import OwnFramework, Store
from uptake.imports.own_sources import with_own_sources


def tracked_catalog(catalog: Catalog, store: Store, *, removed: bool = False) -> Catalog:
    """The catalog with the user's own frameworks and sources in it; with `removed`, also those that were, marked so.

    What collects takes it without them, what shows and exports with them. A framework of the user's own that has
    taken over another's name at a source (the repository was replaced by another) leaves the other without it: what
    is known of the other stays, and is not continued by something else's numbers. Archived repositories are marked,
    and of two titles that are alike the later one, by its id.
    """
    own = [entry for entry in store.own_frameworks() if entry.id not in catalog.frameworks]
    kept = {entry.id: _framework(entry) for entry in own if removed or entry.removed_at is None}
    claimed, archived = _claims(own), _archived(catalog, store)
    frameworks, titles = dict[str, Framework](), set[str]()
    for entry in sorted({**catalog.frameworks, **kept}.values(), key=lambda entry: entry.removed):
        title = entry.title if entry.title.casefold() not in titles else f"{entry.title} ({entry.id})"
        titles.add(entry.title.casefold())
        is_archived = archived.get(entry.id, entry.archived)
        marked = replace(entry, title=f"{title}{ARCHIVED_MARK}" if is_archived else title, archived=is_archived)
        frameworks[entry.id] = _without(marked, claimed)
    return with_own_sources(replace(catalog, frameworks=frameworks), store, removed=removed)


def _archived(catalog: Catalog, store: Store) -> Mapping[str, bool]:
    """Whether GitHub's last answer about a framework's repository showed it as archived, where it has answered."""
    answers = store.cursors("github", "snapshot") if "github" in catalog.sources else {}
    repositories = {name: answer.get("repository") for name, answer in answers.items()}
    return {
        name: repository["archived"]
        for name, repository in repositories.items()
        if isinstance(repository, dict) and isinstance(repository.get("archived"), bool)
    }


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
