"""Regions of a metric that is split by country alone: flows are summed, shares divide the sums of people by each other.

A share is of the same countries in every edition, of all that are known of the region, or there is none. Whatever
has no known country is in no region.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from answers.questions import EVERY_VALUE, REGION, adds_up
from catalog import Catalog, Kind, Metric, Region

SPAN = ["framework", "period", "period_end"]


def summed_here(metric: Metric, dimension: str) -> bool:
    """Whether a dimension is a region that has to be made of the metric's countries."""
    return dimension.partition("=")[0] == REGION and adds_up(metric)


def by_region(seen: pd.DataFrame, catalog: Catalog, dimension: str) -> pd.DataFrame:
    """The sums over `region=<id>`, or over each region for `region=*`, of a frame that is split by country.

    `value` is added up, of a share its people and its `base`; sources are listed, `retrieved_at` and `payload` are the
    youngest. Periods in which a region has no country at all, or as a share not all of them, are not there.
    """
    wanted = dimension.partition("=")[2]
    regions: Mapping[str, Region] = catalog.regions if wanted == EVERY_VALUE else {wanted: catalog.regions[wanted]}
    parts = [_sum(seen, region) for region in regions.values()]
    return pd.concat(parts, ignore_index=True)[list(seen.columns)]


def with_regions(seen: pd.DataFrame, catalog: Catalog, metric: Metric) -> pd.DataFrame:
    """A survey's frame with the regions that are made of its countries, where it is told by country alone.

    `seen` holds every framework, since a framework that lacks a country has no share of the region.
    """
    if metric.kind is not Kind.SHARE or not adds_up(metric) or seen.empty:
        return seen
    return pd.concat([seen, by_region(seen, catalog, f"{REGION}={EVERY_VALUE}")], ignore_index=True)


def _sum(seen: pd.DataFrame, region: Region) -> pd.DataFrame:
    dimensions = {f"country={code}" for code in region.countries}
    inside = seen[seen["dimension"].isin(dimensions)]
    are_shares = bool(inside["base"].notna().any()) if "base" in inside else False
    if are_shares:
        whole = inside.groupby(SPAN)["dimension"].transform("nunique") == inside["dimension"].nunique()
        inside = inside[whole].assign(value=lambda rows: (rows["value"] * rows["base"].astype("float64")).round())
    how: dict[Hashable, Any] = {name: _HOW.get(str(name), "first") for name in seen.columns if name not in SPAN}
    sums = inside.groupby(SPAN, sort=False, as_index=False).agg(how | ({"base": "sum"} if are_shares else {}))
    if are_shares:
        sums["value"] /= sums["base"].astype("float64")
    sums["dimension"] = f"{REGION}={region.id}"
    return sums.astype(seen.dtypes.to_dict())


def _sources(sources: pd.Series[str]) -> str:
    return " ".join(sorted(set(sources)))


_HOW = {"value": "sum", "source": _sources, "retrieved_at": "max", "payload": "max"}
