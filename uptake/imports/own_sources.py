"""The user's own sources beside those of the catalog, as if it had them: what is shown, exported and credited."""

from __future__ import annotations

from dataclasses import replace

from catalog import Cadence, Catalog, Metric, Source
from storage import OwnSource, Store

CAVEAT = "own-readings"


def with_own_sources(catalog: Catalog, store: Store, *, removed: bool = False) -> Catalog:
    """The catalog with the sources that were imported; with `removed`, also those that earlier vintages may name.

    The metrics of which they have a figure in force name them last, and their caveat first.
    """
    own = [source for source in store.own_sources() if removed or source.removed_at is None]
    if not own:
        return catalog
    by_metric: dict[str, list[str]] = {}
    for source, metric in store.own_metrics():
        by_metric.setdefault(metric, []).append(source)
    metrics = {key: _with(metric, by_metric.get(key, [])) for key, metric in catalog.metrics.items()}
    return replace(catalog, sources={**catalog.sources, **{s.id: own_source(s) for s in own}}, metrics=metrics)


def own_source(source: OwnSource) -> Source:
    """A source of the user's own as the catalog describes one."""
    removed = " (removed)" if source.removed_at else ""
    return Source(
        id=source.id,
        title=f"{source.title} (imported){removed}",
        homepage=source.url,
        licence=source.licence,
        licence_url="",
        attribution=f"Imported as {source.title} by whoever runs this Uptake",
        terms="As the licence that was given says.",
        cadence=Cadence(times=()),
        memory="What the imported file has.",
        memory_days=None,
        stale_after_days=None,
        streams=(),
        available=False,
        own=True,
    )


def _with(metric: Metric, own: list[str]) -> Metric:
    sources = dict.fromkeys([*metric.sources, *own])
    caveats = dict.fromkeys([CAVEAT, *metric.caveats] if own else metric.caveats)
    return replace(metric, sources=tuple(sources), caveats=tuple(caveats))
