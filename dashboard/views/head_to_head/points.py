"""The points of a gap chart: the difference or ratio of two series wherever both were seen, and no invented one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analysis import HeadToHead
from analysis.shares import newcombe
from catalog import Break, Kind, Metric

MOST_POINTS = 1_500
HALF_A_YEAR = pd.Timedelta(days=183)  # a survey's edition stands in the middle of its year


def gaps(fight: HeadToHead, breaks: Sequence[Break], bases: Mapping[tuple[str, date], float]) -> pd.DataFrame:
    """A duel's pairs as points, oldest first; a row without a value breaks the line at a hole or a break.

    Columns: when (UTC day), value (the gap), low, high (of shares), a, b, leader (id, or empty where undecided), day,
    origin (the last day of the pair). `bases`: how many were asked, by framework and last day of a period.
    """
    pairs, metric = fight.pairs, fight.metric
    rows = pd.DataFrame(
        {
            "start": _when(pairs.start),
            "last": _when(pairs.last),
            "a": pairs.a,
            "b": pairs.b,
            "leader": np.select([pairs.sign > 0, pairs.sign < 0], [fight.a, fight.b], ""),
        }
    )
    rows["value"] = _gap(rows, metric)
    rows["when"] = rows["last"] - _shift(metric)
    rows["day"] = [_day(start, last, metric) for start, last in zip(rows["start"], rows["last"], strict=True)]
    rows[["low", "high"]] = _intervals(rows, fight, bases)
    cuts = rows[_cut(rows, metric, breaks, (fight.a, fight.b))]
    empty = cuts.assign(when=cuts["when"] - pd.Timedelta(hours=1), value=np.nan, low=np.nan, high=np.nan)
    return pd.concat([rows, empty], ignore_index=True).sort_values("when", kind="stable").reset_index(drop=True)


def thinned(points: pd.DataFrame, keep: Sequence[date]) -> pd.DataFrame:
    """At most about MOST_POINTS of the points, those around the days `keep` and the extremes always among them."""
    if len(points) <= MOST_POINTS:
        return points
    wanted = set(np.linspace(0, len(points) - 1, MOST_POINTS).astype(int))
    wanted |= {int(np.nanargmin(points["value"])), int(np.nanargmax(points["value"]))}
    wanted |= set(np.flatnonzero(points["value"].isna()))
    for day in keep:
        at = int(points["last"].searchsorted(pd.Timestamp(day)))
        wanted |= set(range(max(at - 20, 0), min(at + 20, len(points))))
    return points.iloc[sorted(wanted)].reset_index(drop=True)


def _when(days: np.ndarray[tuple[int, ...], Any]) -> pd.Series[pd.Timestamp]:
    return pd.Series(pd.to_datetime(days, unit="D"))


def _shift(metric: Metric) -> pd.Timedelta:
    return HALF_A_YEAR if metric.kind is Kind.SHARE else pd.Timedelta(0)


def _day(start: pd.Timestamp, last: pd.Timestamp, metric: Metric) -> str:
    if metric.period == "year":
        return f"{last:%Y}"
    return f"{last:%Y-%m-%d}" if metric.kind is Kind.STOCK else f"{start:%Y-%m-%d} to {last:%Y-%m-%d}"


def _gap(rows: pd.DataFrame, metric: Metric) -> pd.Series[float]:
    """The difference, or for flows the ratio; no ratio where either is zero."""
    if metric.kind is not Kind.FLOW:
        return rows["a"] - rows["b"]
    both = (rows["a"] > 0) & (rows["b"] > 0)
    return (rows["a"] / rows["b"].where(both)).where(both)


def _intervals(rows: pd.DataFrame, fight: HeadToHead, bases: Mapping[tuple[str, date], float]) -> pd.DataFrame:
    """The interval of the difference of two shares, where both bases are known."""
    bounds = []
    for a, b, last in zip(rows["a"], rows["b"], rows["last"], strict=True):
        asked = [bases.get((name, last.date()), np.nan) for name in (fight.a, fight.b)]
        if fight.metric.kind is not Kind.SHARE or any(np.isnan(base) for base in asked):
            bounds.append((np.nan, np.nan))
        else:
            found = newcombe(a, asked[0], b, asked[1])
            bounds.append((found.low, found.high))
    return pd.DataFrame(bounds, columns=["low", "high"], index=rows.index, dtype="float64")


def _cut(rows: pd.DataFrame, metric: Metric, breaks: Sequence[Break], names: tuple[str, str]) -> pd.Series[bool]:
    """Where the line must not come from the point before: across a hole, or over the edge of a break."""
    before = rows["last"].shift(1)
    cut = (rows["start"] - before).dt.days - 1 > metric.gap_after_days
    for found in breaks:
        if found.kind != "break" or (found.frameworks and not set(names) & set(found.frameworks)):
            continue
        since, until = pd.Timestamp(found.since), pd.Timestamp(found.until)
        touched = (before <= until) & (rows["last"] >= since)
        cut |= touched & ((before < since) | (rows["last"] > until))
    return cut.fillna(value=False).astype(bool)
