"""A metric's observations: as the store has them or, for one that is reckoned from others, made of those."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd

from analysis.month_pools import pooled, without_superseded
from answers import wording
from catalog import Catalog, Metric
from storage import Store

YEAR = pd.Timedelta(days=365)


def source_names(*frames: pd.DataFrame) -> tuple[str, ...]:
    """What the figures of some frames name as their sources, each once: `github`, `almanac:` and an observer."""
    return tuple(dict.fromkeys(one for frame in frames for names in frame["source"].unique() for one in names.split()))


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
    One that is a part per million has the periods in which both the part and the whole are known.
    """
    if (parts := catalog.metrics[metric].per_million) is not None:
        return _per_million(store, metric, parts, frameworks, since, until, as_of)
    flow = catalog.metrics[metric].cumulates
    if not flow:
        bounds = {"since": since, "until": until}
        frame = store.read(metric, frameworks, dimension=dimension, as_of=as_of, **bounds)
        return without_superseded(frame) if catalog.metrics[metric].pooled_months else frame
    now = store.read(flow, frameworks, until=until)
    then = now if as_of is None else store.read(flow, frameworks, until=until, as_of=as_of)
    firsts = now.groupby("framework")["period"].min()
    whole = _whole(store, catalog, catalog.metrics[flow])
    sums = [
        _running_sum(rows)
        for name, rows in then.groupby("framework", sort=False)
        if name in whole and rows["period"].iloc[0] == firsts[name]
    ]
    frame = pd.concat(sums, ignore_index=True) if sums else then.iloc[:0]
    frame = frame.assign(metric=metric)
    return frame if since is None else frame[frame["period_end"] >= pd.Timestamp(since)].reset_index(drop=True)


def compared(
    store: Store,
    catalog: Catalog,
    metric: str,
    frameworks: Sequence[str] | None = None,
    *,
    as_of: datetime | None = None,
) -> pd.DataFrame:
    """The totals of a metric as they are laid beside each other: a share counted by the month is pooled over more."""
    frame = observations(store, catalog, metric, frameworks, as_of=as_of)
    return pooled(frame, catalog.metrics[metric]) if catalog.metrics[metric].pooled_months else frame


def _per_million(
    store: Store,
    metric: str,
    parts: tuple[str, str],
    frameworks: Sequence[str] | None,
    since: date | None,
    until: date | None,
    as_of: datetime | None,
) -> pd.DataFrame:
    """How many of a million of the whole a part is. Its rows keep where and when the part was retrieved."""
    part = store.read(parts[0], frameworks, since=since, until=until, as_of=as_of)
    whole = store.read(parts[1], frameworks, dimension=None, since=since, until=until, as_of=as_of)
    keys = ["framework", "period", "period_end"]
    both = part.merge(whole[whole["value"] > 0][[*keys, "value"]].rename(columns={"value": "of"}), on=keys)
    return both.assign(metric=metric, value=1e6 * both["value"] / both["of"]).drop(columns="of")


def _running_sum(rows: pd.DataFrame) -> pd.DataFrame:
    """One framework's days up to the first that is missing; nothing before the first that counted something."""
    day = rows["period"].to_numpy(dtype="datetime64[D]").astype(np.int64)
    unbroken = (np.diff(day, prepend=day[0] - 1) == 1) & rows["value"].notna().to_numpy()
    whole = rows[np.logical_and.accumulate(unbroken)]
    sums = whole["value"].cumsum()
    return whole.assign(value=sums)[sums > 0]


def _whole(store: Store, catalog: Catalog, flow: Metric) -> set[str]:
    """The frameworks of which the walk through the flow's past has reached its beginning."""
    streams = [s.name for s in catalog.sources[flow.sources[0]].streams if flow.id in s.metrics]
    cursors = [store.cursors(flow.sources[0], stream) for stream in streams]
    return {framework for each in cursors for framework, state in each.items() if state.get("walked_at")}


def longer_history(
    store: Store, catalog: Catalog, metric: Metric, frameworks: Sequence[str], as_of: datetime | None = None
) -> str:
    """Which count that is summed up goes back a year further than this one, for whom; empty: none does."""
    others = [m for m in catalog.metrics.values() if m.cumulates and m.is_rule_beside(metric) and m.id != metric.id]
    own = _firsts(observations(store, catalog, metric.id, frameworks, as_of=as_of))
    for other in others:
        firsts = _firsts(observations(store, catalog, other.id, frameworks, as_of=as_of))
        longer = [name for name in firsts if name not in own or firsts[name] + YEAR <= own[name]]
        if longer:
            names = wording.join_words([wording.framework(catalog, name) for name in longer])
            return f"For {names}, {wording.phrase(other)} go back further (metric {other.id})."
    return ""


def _firsts(frame: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """The first day of each framework."""
    return {str(name): rows.min() for name, rows in frame.groupby("framework")["period"]}


def published_by(frame: pd.DataFrame, metric: Metric, on: date | None) -> pd.DataFrame:
    """The rows that were out on a day (None: all): an edition so many months after its year began, at the latest."""
    if on is None or not metric.out_after_months or frame.empty:
        return frame
    return frame[frame["period"] + pd.DateOffset(months=metric.out_after_months) <= pd.Timestamp(on)]
