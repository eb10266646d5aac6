"""Do stars mean use? Stars beside downloads across frameworks on a day and over time, and what that says in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from analysis import Agreement, agreement, per_million
from catalog import Catalog, Metric
from storage import Store
from uptake.answers import _say
from uptake.answers._files import caveat_json, metric_json, source_json
from uptake.answers._question import QuestionError, final_through, known_framework, known_metric


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """One metric of attention (x) beside one of use (y). `trail` has one Agreement per month end, oldest first."""

    x: Metric
    y: Metric
    on: date
    as_of: datetime | None
    found: Agreement
    per_million: pd.Series[float]
    trail: tuple[Agreement, ...]
    sentence: str
    catalog: Catalog


def use(
    store: Store,
    catalog: Catalog,
    now: datetime,
    *,
    x: str = "stars",
    y: str = "downloads_pip_30d",
    frameworks: Sequence[str] = (),
    on: date | None = None,
    as_of: datetime | None = None,
    months: int = 0,
) -> Use:
    """How alike two metrics rank the frameworks (none named: all) on a day (None: the last that both know).

    `months`: for so many month ends before it as well. Raises QuestionError for what is unknown or never seen.
    """
    metrics = known_metric(catalog, x), known_metric(catalog, y)
    names = tuple(known_framework(catalog, name) for name in frameworks) or tuple(catalog.frameworks)
    for metric in metrics:
        if not metric.has_total:
            raise QuestionError(f"{metric.title} has no total, only parts.")
    left, right = (store.read(metric.id, names, as_of=as_of).dropna(subset=["value"]) for metric in metrics)
    if left.empty or right.empty:
        raise QuestionError(f"{metrics[0 if left.empty else 1].title} is not known of any of these frameworks.")
    final = final_through(now, as_of)
    day = on or min(pd.Timestamp(frame["period_end"].max()).date() for frame in (left, right))
    found = agreement(left, right, metrics, day, final)
    ends = pd.date_range(end=pd.Timestamp(day), periods=months, freq="ME")
    trail = tuple(agreement(left, right, metrics, pd.Timestamp(end).date(), final) for end in ends.tolist())
    return Use(*metrics, day, as_of, found, per_million(found), trail, _sentence(catalog, metrics, found), catalog)


def use_json(answer: Use) -> dict[str, Any]:
    """The answer as an object with stable keys; metrics, caveats and sources in full."""
    catalog, metrics = answer.catalog, (answer.x, answer.y)
    codes = dict.fromkeys(code for metric in metrics for code in metric.caveats)
    sources = dict.fromkeys(name for metric in metrics for name in metric.sources)
    return {
        "on": answer.on.isoformat(),
        "as_of": answer.as_of and answer.as_of.isoformat(),
        "sentence": answer.sentence,
        **_found_json(answer.found),
        "rows": [_row_json(row, answer.per_million) for row in answer.found.table.to_dict("records")],
        "trail": [{"on": found.on.isoformat()} | _found_json(found) for found in answer.trail],
        "metrics": [metric_json(metric) for metric in metrics],
        "caveats": [caveat_json(catalog.caveats[code]) for code in codes],
        "sources": [source_json(catalog.sources[name]) for name in sources],
    }


def _found_json(found: Agreement) -> dict[str, Any]:
    known = len(found.table) > 1 and found.tau == found.tau
    return {
        "frameworks": len(found.table),
        "tau": found.tau if known else None,
        "low": found.interval.low if found.interval else None,
        "high": found.interval.high if found.interval else None,
        "opposed": found.opposed if len(found.table) > 1 else None,
        "against": [list(pair) for pair in found.against],
    }


def _row_json(row: dict[Any, Any], ratio: pd.Series[float]) -> dict[str, Any]:
    name = row["framework"]
    dates = {key: row[key].isoformat() for key in ("x_seen", "y_seen")}
    return row | dates | {"x_per_million_y": float(ratio[name]) if name in ratio.index else None}


def _sentence(catalog: Catalog, metrics: tuple[Metric, Metric], found: Agreement) -> str:
    """How alike, where they disagree most, and whose x is dearest in y."""
    x, y = (_say.phrase(metric) for metric in metrics)
    n = len(found.table)
    if n < 2:
        return f"Fewer than two frameworks had both {x} and {y} around {found.on}."
    pairs = n * (n - 1) // 2
    head = (
        f"Around {found.on} {x} and {y} put {len(found.against)} of {pairs} pairs of {n} frameworks in opposite order"
    )
    doubt = ""
    if found.interval:
        told = f"{found.tau:.2f}, 95 % interval {found.interval.low:.2f} to {found.interval.high:.2f}"
        nothing = not found.interval.excludes(0.0)
        doubt = f" (Kendall's tau {told}{': no agreement that chance could not bring' if nothing else ''})"
    return f"{head}{doubt}.{_worst(catalog, found)}{_dearest(catalog, metrics, found)}"


def _worst(catalog: Catalog, found: Agreement) -> str:
    if not found.against:
        return ""
    ahead, behind = found.against[0]
    known = {row["framework"]: row for row in found.table.to_dict("records")}
    one, other = known[ahead], known[behind]
    return (
        f" They disagree most on {_say.framework(catalog, ahead)} and {_say.framework(catalog, behind)}: "
        f"{one['x']:,.0f} v {other['x']:,.0f} by the one, {one['y']:,.0f} v {other['y']:,.0f} in 30 days by the other."
    )


def _dearest(catalog: Catalog, metrics: tuple[Metric, Metric], found: Agreement) -> str:
    ratio = per_million(found)
    if len(ratio) < 2:
        return ""
    most, least = str(ratio.index[0]), str(ratio.index[-1])
    return (
        f" For each million of downloads {_say.framework(catalog, most)} had {ratio.iloc[0]:,.0f} "
        f"{metrics[0].unit}, {_say.framework(catalog, least)} {ratio.iloc[-1]:,.0f}."
        if metrics[1].family == "downloads"
        else ""
    )
