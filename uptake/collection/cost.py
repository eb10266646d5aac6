"""What a collection would cost, told to those who hold no token and reach no source."""

from __future__ import annotations

from datetime import datetime

from catalog import Catalog
from collectors import Price, price
from storage import Store
from uptake.frameworks.tracked import tracked

__all__ = ["Price", "priced"]


def priced(store: Store, catalog: Catalog, source: str, frameworks: tuple[str, ...], now: datetime) -> Price:
    """The price of collecting a source for these frameworks (none: all that are tracked), as the last asker's budget
    stands. `catalog` is the one we ship.
    """
    return price(store, tracked(catalog, store), source, frameworks, now=now)
