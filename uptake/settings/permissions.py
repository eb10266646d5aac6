"""Which sources this installation may ask: some want to know first who asks."""

from __future__ import annotations

from dataclasses import replace

from catalog import Catalog, Source
from uptake.settings.settings import PREFIX, Settings


def permitted_catalog(catalog: Catalog, settings: Settings) -> Catalog:
    """The catalog in which a source that needs a setting which is not set is off, and says why."""
    return replace(catalog, sources={key: _permitted(source, settings) for key, source in catalog.sources.items()})


def _permitted(source: Source, settings: Settings) -> Source:
    if source.needs is None or getattr(settings, source.needs.removeprefix(PREFIX).lower()):
        return source
    return replace(source, available=False, off=f"Off until {source.needs} is set: {source.needs_why}")
