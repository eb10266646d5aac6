"""What a collection would cost, for those who hold no token and reach no source."""

from __future__ import annotations

from datetime import datetime

from catalog import Catalog
from collectors import CostEstimate, cost_estimate
from storage import Store
from uptake.frameworks.tracked_catalog import tracked_catalog

__all__ = ["CostEstimate", "cost_of"]


def cost_of(store: Store, catalog: Catalog, source: str, frameworks: tuple[str, ...], now: datetime) -> CostEstimate:
    """The price of collecting a source for these frameworks (none: all that are tracked), as the last asker's budget
    stands. `catalog` is the one we ship.
    """
    return cost_estimate(store, tracked_catalog(catalog, store), source, frameworks, now=now)
