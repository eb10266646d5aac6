"""A metric's observations: as the store has them or, for one that cumulates another, summed up from those."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd

from catalog import Catalog, Metric
from storage import Store


def observations(
    store: Store,
    catalog: Catalog,
    metric: str,
    frameworks: Sequence[str] | None = None,
    *,
    dimension: str | None = "",
    since: date | None = None,
    until: date | None = None,
    as_of: datetime | None = None,
) -> pd.DataFrame:
    """The frame that `Store.read` gives, of any metric of the catalog.

    A metric that cumulates a flow is its running sum, day by day from the first that is not 0 to the first hole, and of
    those frameworks alone whose flow is known from its beginning. Its rows keep where and when the flow was retrieved.
    """
    flow = catalog.metrics[metric].cumulates
    if not flow:
        bounds = {"since": since, "until": until}
        return store.read(metric, frameworks, dimension=dimension, as_of=as_of, **bounds)
    now = store.read(flow, frameworks, until=until)
    then = now if as_of is None else store.read(flow, frameworks, until=until, as_of=as_of)
    firsts = now.groupby("framework")["period"].min()
    sums = [
        _running_sum(rows)
        for name, rows in then.groupby("framework", sort=False)
        if _is_whole(store, catalog.metrics[flow], catalog, str(name)) and rows["period"].iloc[0] == firsts[name]
    ]
    frame = pd.concat(sums, ignore_index=True) if sums else then.iloc[:0]
    frame = frame.assign(metric=metric)
    return frame if since is None else frame[frame["period_end"] >= pd.Timestamp(since)].reset_index(drop=True)


def _running_sum(rows: pd.DataFrame) -> pd.DataFrame:
    """One framework's days up to the first that is missing; nothing before the first that counted something."""
    day = rows["period"].to_numpy(dtype="datetime64[D]").astype(np.int64)
    unbroken = (np.diff(day, prepend=day[0] - 1) == 1) & rows["value"].notna().to_numpy()
    whole = rows[np.logical_and.accumulate(unbroken)]
    sums = whole["value"].cumsum()
    return whole.assign(value=sums)[sums > 0]


def _is_whole(store: Store, flow: Metric, catalog: Catalog, framework: str) -> bool:
    """Whether the walk through the flow's past has reached its beginning."""
    streams = [s.name for s in catalog.sources[flow.sources[0]].streams if flow.id in s.metrics]
    return any(store.cursor(flow.sources[0], framework, stream).get("walked_at") for stream in streams)
