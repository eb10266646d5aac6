"""Regions of a flow that is split by country: the sum of the countries, month by month.

A survey's regions are stored, since a share cannot be summed. What comes from an unknown country is in no region.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from answers.question import EVERY_VALUE, REGION, adds_up
from catalog import Catalog, Metric, Region

SPAN = ["framework", "period", "period_end"]


def summed_here(metric: Metric, dimension: str) -> bool:
    """Whether a dimension is a region that has to be made of the metric's countries."""
    return dimension.partition("=")[0] == REGION and adds_up(metric)


def by_region(seen: pd.DataFrame, catalog: Catalog, dimension: str) -> pd.DataFrame:
    """The sums over `region=<id>`, or over each region for `region=*`, of a frame that is split by country.

    `value` is added up; sources are listed, `retrieved_at` and `payload` are the youngest. Months in which a region
    has no country at all are not there.
    """
    wanted = dimension.partition("=")[2]
    regions: Mapping[str, Region] = catalog.regions if wanted == EVERY_VALUE else {wanted: catalog.regions[wanted]}
    parts = [_sum(seen, region) for region in regions.values()]
    return pd.concat(parts, ignore_index=True)[list(seen.columns)]


def _sum(seen: pd.DataFrame, region: Region) -> pd.DataFrame:
    dimensions = {f"country={code}" for code in region.countries}
    inside = seen[seen["dimension"].isin(dimensions)]
    how: dict[Hashable, Any] = {name: _HOW.get(str(name), "first") for name in seen.columns if name not in SPAN}
    sums = inside.groupby(SPAN, sort=False, as_index=False).agg(how)
    sums["dimension"] = f"{REGION}={region.id}"
    return sums.astype(seen.dtypes.to_dict())


def _sources(sources: pd.Series[str]) -> str:
    return " ".join(sorted(set(sources)))


_HOW = {"value": "sum", "source": _sources, "retrieved_at": "max", "payload": "max"}
