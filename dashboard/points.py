"""From an answer's frame to the points of a chart: as many as the range needs, and never an invented one."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from catalog import Kind, Metric
from dashboard.linechart import shown

MOST_POINTS = 5_000
DAYS_IN_MONTH_STEP = 1_100  # beyond three years, daily flows are drawn by month
DAYS_IN_WEEK_STEP = 120  # beyond four months, by week: a weekday rhythm would hide the trend
_UNDRAWN = ("gap", "not_asked")


def points(frame: pd.DataFrame, metric: Metric, titles: Mapping[str, str], unit: str) -> tuple[pd.DataFrame, str]:
    """The points to draw, sorted by line and day, and one sentence if they are coarser than the data (else empty).

    Columns: line, name, when, value (NaN breaks the line), status, shown, about, source.
    """
    by_line = frame["framework"].nunique() > 1 or frame["dimension"].nunique() <= 1
    start, end = pd.to_datetime(frame["period"]), pd.to_datetime(frame["period_end"])
    gap = frame["status"].isin(_UNDRAWN)
    value = pd.to_numeric(frame["value"], errors="coerce").astype("float64").where(~gap)
    rows = pd.DataFrame(
        {
            "line": frame["framework"] if by_line else frame["dimension"],
            "when": (start + (end - start) / 2).where(gap, end if metric.period in ("window", "month") else start),
            "value": value,
            "status": frame["status"].astype(str),
            "source": frame["source"].astype(str),
            "start": start,
            "end": end,
        }
    )
    rows, sentence = _coarser(rows, metric)
    rows["name"] = [titles.get(line, line) for line in rows["line"]]
    rows["shown"] = [shown(v, unit) for v in rows["value"]]
    rows["about"] = [_about(a, b) for a, b in zip(rows["start"], rows["end"], strict=True)]
    return rows.drop(columns=["start", "end"]).sort_values(["line", "when"], kind="stable").reset_index(drop=True), sentence


def _about(start: pd.Timestamp, end: pd.Timestamp) -> str:
    return f"{start:%Y-%m-%d}" if start == end else f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"


def _coarser(rows: pd.DataFrame, metric: Metric) -> tuple[pd.DataFrame, str]:
    """Flows by day as means per week or month when the range is long; stocks thinned to the last of each."""
    days = (rows["end"].max() - rows["start"].min()).days if len(rows) else 0
    if metric.period != "day" or not (metric.kind is Kind.FLOW and days > DAYS_IN_WEEK_STEP or len(rows) > MOST_POINTS):
        return rows, ""
    step, name = ("MS", "month") if days > DAYS_IN_MONTH_STEP else ("W-MON", "week")
    drawn = "mean per day" if metric.kind is Kind.FLOW else "last value"
    return _bucketed(rows, step, metric.kind), f"Drawn as the {drawn} of each {name}; the table and the CSV have every day."


def _bucketed(rows: pd.DataFrame, step: str, kind: Kind) -> pd.DataFrame:
    """One point per line and complete bucket. A gap as long as a bucket keeps its break, and no day is made up."""
    length = pd.Timedelta(days=28 if step == "MS" else 7)
    gaps = rows[rows["value"].isna() & (rows["end"] - rows["start"] + pd.Timedelta(days=1) >= length)]
    known = rows.dropna(subset=["value"])
    starts = known["start"].dt.to_period("M" if step == "MS" else "W-SUN").dt.start_time
    grouped = known.assign(bucket=starts).groupby(["line", "bucket"], sort=True)
    how = {"value": ("value", "mean" if kind is Kind.FLOW else "last"), "start": ("start", "min"), "end": ("end", "max")}
    seen = grouped.agg(**how, status=("status", _worst), source=("source", "last")).reset_index()
    seen["when"] = seen["bucket"] if kind is Kind.FLOW else seen["end"]
    return pd.concat([seen.drop(columns="bucket"), gaps], ignore_index=True)


def _worst(statuses: pd.Series[str]) -> str:
    return "provisional" if (statuses == "provisional").any() else str(statuses.iloc[-1])
