"""Odd days on lines over time: a ring about the point that stands for each, in no framework's colour."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from answers.anomalies.answer import Anomaly
from answers.wording import days

LEGEND = "rings are days that look odd by one rule for all, which the page “What looks odd?” tells"


def drawn(points: pd.DataFrame, flags: Sequence[Anomaly]) -> pd.DataFrame:
    """Rings to draw on `points`, as `line_points.points` makes them: when, value, name and what was seen.

    A flag stands on its own line at the point nearest to its last day; one that begins before the first point or ends
    after the last by more than a month is not drawn.
    """
    lines = {str(name): part for name, part in points.dropna(subset=["value"]).groupby("line", sort=False)}
    rows = [_ring(lines[one.framework], one) for one in flags if one.framework in lines]
    rings = [ring for ring in rows if ring is not None]
    return pd.DataFrame(rings, columns=["when", "value", "name", "days", "seen"])


def _ring(line: pd.DataFrame, one: Anomaly) -> dict[str, object] | None:
    last = pd.Timestamp(one.until)
    away = (line["when"] - last).abs()
    if away.min() > pd.Timedelta(days=31):
        return None
    point = line.iloc[int(away.to_numpy().argmin())]
    about = days(one.since, one.until)
    return {"when": point["when"], "value": point["value"], "name": point["name"], "days": about, "seen": one.sentence}


def layers(rings: pd.DataFrame | None, x: alt.X, y: alt.Y, ink: str, *, still: bool) -> list[alt.Chart]:
    """The rings, with what was seen and expected under the pointer unless the chart is a picture."""
    if rings is None or rings.empty:
        return []
    tips = [
        alt.Tooltip("name:N", title="Framework"),
        alt.Tooltip("days:N", title="When"),
        alt.Tooltip("seen:N", title="Seen"),
    ]
    ring: alt.Chart = (
        alt.Chart(rings)
        .mark_point(shape="circle", size=170, filled=False, strokeWidth=2, color=ink, opacity=0.95)
        .encode(x=x, y=y, **({} if still else {"tooltip": tips}))
    )
    return [ring]
