"""Daily amounts over a long time, read as means per day of whole weeks or months, in charts and in sentences."""

from __future__ import annotations

import pandas as pd

from answers.series.views import VIEWS
from catalog import Kind, Metric

MOST_POINTS = 5_000
DAYS_IN_MONTH_STEP = 1_100  # beyond three years, daily amounts are read by month
DAYS_IN_WEEK_STEP = 60  # beyond two months, by week: a weekday rhythm would hide the trend
_LINE = ["framework", "dimension"]
_RULES = {"month": "M", "week": "W-SUN"}


def bucket_of(frame: pd.DataFrame, metric: Metric, view: str = "level") -> str:
    """The span over which rows are averaged to be read: "month" or "week"; empty: they are read as they are."""
    amounts = metric.kind is Kind.FLOW or view == "gained-day"
    values = frame.dropna(subset=["value"])
    if not amounts or VIEWS[view].overlaps or values.empty or (values["period"] != values["period_end"]).any():
        return ""
    days = (frame["period_end"].max() - frame["period"].min()).days
    if days <= DAYS_IN_WEEK_STEP and len(frame) <= MOST_POINTS:
        return ""
    return bucket_within(days)


def bucket_within(days: int) -> str:
    """Month or week, by how long the time is."""
    return "month" if days > DAYS_IN_MONTH_STEP else "week"


def last_whole(frame: pd.DataFrame, bucket: str) -> pd.DataFrame:
    """The last whole bucket of each line with a final figure for every day of it.

    Columns framework, dimension, period, period_end (the bucket's first and last day), value (the mean per day). A line
    without such a bucket has no row.
    """
    days = frame[frame["status"] == "final"].dropna(subset=["value"])
    spans = days["period"].dt.to_period(_RULES[bucket])
    days = days.assign(first=spans.dt.start_time, last=spans.dt.end_time.dt.normalize())
    means = days.groupby([*_LINE, "first", "last"], sort=True)["value"].agg(["mean", "size"]).reset_index()
    whole = means[means["size"] == (means["last"] - means["first"]).dt.days + 1]
    ends = whole.groupby(_LINE, sort=False).tail(1)
    return ends.rename(columns={"first": "period", "last": "period_end", "mean": "value"}).drop(columns="size")
