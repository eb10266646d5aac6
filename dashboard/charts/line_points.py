"""From an answer's frame to the points of a chart: as many as the range needs, and never an invented one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from answers.series.buckets import bucket_of, bucket_within
from answers.series.views import VIEWS
from catalog import Break, Kind, Metric
from dashboard.charts.line_chart import shown
from dashboard.display_text import span

MOST_DRAWN = 700  # points: more are nearer to each other than a reader can point at
_UNDRAWN = ("gap", "not_asked")
_COLUMNS = ["line", "when", "value", "status", "source", "start", "end", "last"]


def points(
    frame: pd.DataFrame, metric: Metric, titles: Mapping[str, str], unit: str, breaks: Sequence[Break] = ()
) -> tuple[pd.DataFrame, str]:
    """The points to draw, sorted by line and day, and one sentence if they are coarser than the data (else empty).

    Columns: line, name, when, value (NaN breaks the line), status, shown, about, source, origin (a day of the
    observation that stands for the point, of several the last). Shares are also broken at
    `breaks`: before and after, different people were asked or differently.
    """
    made = "metric" in frame and len(frame)
    view = (str(frame["metric"].iloc[0]).partition("/")[2] if made else "") or "level"
    rows = _rows(frame, metric)
    if VIEWS[view].reaches_back:
        rows["last"] = rows["end"]
    if VIEWS[view].pools:
        rows["when"] = rows["end"]  # what overlaps the next by all but a month stands where it is new
    rows, sentence = _coarser(rows, metric, view, bucket_of(frame, metric, view))
    if metric.kind is Kind.SHARE:
        rows = pd.concat([rows, *(_cut(rows, b) for b in breaks if b.kind == "break")], ignore_index=True)
    rows["name"] = [titles.get(line, line) for line in rows["line"]]
    rows["shown"] = [shown(v, unit) for v in rows["value"]]
    rows["origin"] = rows["last"].dt.strftime("%Y-%m-%d")
    rows["about"] = [span(a, b, metric.period) for a, b in zip(rows["start"], rows["end"], strict=True)]
    rows = rows.drop(columns=["start", "end", "last"]).sort_values(["line", "when"], kind="stable")
    return rows.reset_index(drop=True), sentence


def _cut(rows: pd.DataFrame, entry: Break) -> pd.DataFrame:
    """A point without value in every line, at the day from which the counting was another."""
    since = pd.Timestamp(entry.since)
    cut = pd.DataFrame({"line": rows["line"].unique()})
    return cut.assign(when=since, value=float("nan"), status="break", source="", start=since, end=since, last=since)


def line_key(frame: pd.DataFrame) -> str:
    """What the lines differ in: the framework, or, for one framework split up, the dimension."""
    return "dimension" if frame["framework"].nunique() <= 1 and frame["dimension"].nunique() > 1 else "framework"


def _rows(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """One row per observation or hole. A window stands at its end, any other span in its middle."""
    start, end = pd.to_datetime(frame["period"]), pd.to_datetime(frame["period_end"])
    undrawn = frame["status"].isin(_UNDRAWN)
    middle = start + (end - start) / 2
    when = end.where(~undrawn & (metric.period == "window"), middle)
    value = pd.to_numeric(frame["value"], errors="coerce").astype("float64").where(~undrawn)
    columns = [
        frame[line_key(frame)],
        when,
        value,
        frame["status"].astype(str),
        frame["source"].astype(str),
        start,
        end,
        start,
    ]
    return pd.DataFrame(dict(zip(_COLUMNS, columns, strict=True)))


def _coarser(rows: pd.DataFrame, metric: Metric, view: str, bucket: str) -> tuple[pd.DataFrame, str]:
    """Amounts by day as means per week or month when the range is long (`bucket`); levels, and figures that reach back
    over days of which the next has most as well, thinned to the last of each.
    """
    if bucket:
        return _bucketed(rows, bucket, amounts=True), _sentence("mean per day", bucket)
    daily = bool((rows["start"] == rows["end"])[rows["value"].notna()].all())
    step = bucket_within((rows["end"].max() - rows["start"].min()).days if len(rows) else 0)
    if VIEWS[view].overlaps and metric.period == "day":
        many = len(rows) > MOST_DRAWN
        return (_thinned(rows, step), _sentence("last value", step)) if many else (rows, "")
    amounts = metric.kind is Kind.FLOW or view == "gained-day"
    if daily and len(rows) > MOST_DRAWN and not amounts:
        return _bucketed(rows, step, amounts=False), _sentence("last value", step)
    return rows, ""


def _sentence(drawn: str, step: str) -> str:
    return f"Drawn as the {drawn} of each {step}; the table and the CSV have every day."


def _thinned(rows: pd.DataFrame, step: str) -> pd.DataFrame:
    """The last known row of each line and bucket; where a bucket has none, one that breaks the line."""
    rows = rows.sort_values(["line", "end"], kind="stable")
    bucket = rows["end"].dt.to_period("M" if step == "month" else "W-SUN")
    present = rows["value"].notna()
    best = rows.assign(bucket=bucket, known=present).sort_values(["line", "bucket", "known", "end"], kind="stable")
    return best.groupby(["line", "bucket"], sort=True).tail(1)[_COLUMNS].reset_index(drop=True)


def _bucketed(rows: pd.DataFrame, step: str, *, amounts: bool) -> pd.DataFrame:
    """One point per line and bucket; no day is made up, and a gap as long as a bucket keeps its break.

    An amount's bucket that lacks days is not drawn (a week without its weekend would read too high), except a line's
    last, which is provisional.
    """
    values = rows.dropna(subset=["value"])
    spans = values["start"].dt.to_period("M" if step == "month" else "W-SUN")
    values = values.assign(
        bucket=spans.dt.start_time, full=(spans.dt.end_time.dt.normalize() - spans.dt.start_time).dt.days + 1
    )
    seen = values.groupby(["line", "bucket"], sort=True).agg(
        value=("value", "mean" if amounts else "last"),
        start=("start", "min" if amounts else "last"),
        end=("end", "max"),
        last=("start", "last"),
        days=("value", "size"),
        full=("full", "first"),
        status=("status", _worst),
        source=("source", "last"),
    )
    seen = seen.reset_index()
    if amounts:
        part, lines = seen["days"] < seen["full"], seen.groupby("line")
        last = lines.cumcount(ascending=False) == 0
        seen["status"] = seen["status"].mask(part & last, "provisional")
        seen["value"] = seen["value"].mask(part & ~last)
    middle = seen["start"] + (seen["end"] - seen["start"]) / 2
    seen = seen.assign(when=middle if amounts else seen["end"])
    length = 28 if step == "month" else 7
    gaps = rows[rows["value"].isna() & ((rows["end"] - rows["start"]).dt.days + 1 >= length)]
    return pd.concat([seen[_COLUMNS], gaps[_COLUMNS]], ignore_index=True)


def _worst(statuses: pd.Series[str]) -> str:
    return "provisional" if (statuses == "provisional").any() else str(statuses.iloc[-1])
