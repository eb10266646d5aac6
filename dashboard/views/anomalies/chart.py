"""What looks odd along time: one row per framework, a mark per flag by its kind, and above all what many share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import altair as alt
import pandas as pd

from answers.anomalies.answer import Anomalies, Anomaly, SourceIncident
from answers.anomalies.wording import rounded
from answers.wording import counted, days, join_words
from dashboard.charts.layers.axes import LABEL_SIZE, time_axis
from dashboard.charts.layers.layered_chart import layered
from dashboard.charts.theme import HUES, INK

ROW = 24  # pixels of a framework's row
TOGETHER = "Several at once"
# What a mark means: its shape and its hue. Shapes show direction and kind, so that colour is not needed.
KINDS: dict[str, tuple[str, str]] = {
    "more than expected": ("triangle-up", "blue"),
    "less than expected": ("triangle-down", "orange"),
    "possible change": ("diamond", "purple"),
    "several at once": ("square", "ink"),
}


def event_rows(answer: Anomalies, titles: Mapping[str, str]) -> pd.DataFrame:
    """Flags and incidents as rows: row (the framework's title), kind, since, until, figures, the known breaks."""
    rows = [
        _row(TOGETHER, "several at once", one, answer) | {"shown": counted(len(one.frameworks), "framework")}
        for one in answer.incidents
    ]
    rows += [
        _row(titles.get(one.framework, one.framework), _kind(one), one, answer)
        | {"shown": f"{rounded(one.value)} a day, expected {rounded(one.expected)}"}
        for one in answer.flags
    ]
    return pd.DataFrame(rows, columns=["row", "kind", "since", "until", "days", "about", "metric", "shown", "register"])


def _row(name: str, kind: str, one: Anomaly | SourceIncident, answer: Anomalies) -> dict[str, object]:
    iso = one.since.isoformat() if one.since == one.until else f"{one.since} to {one.until}"
    return {
        "row": name,
        "kind": kind,
        "since": pd.Timestamp(one.since),
        "until": pd.Timestamp(one.until),
        "days": iso,
        "about": days(one.since, one.until),
        "metric": answer.catalog.metrics[one.metric].title,
        "register": join_words(b.title for b in one.known_breaks),
    }


def _kind(one: Anomaly) -> str:
    if one.kind == "change":
        return "possible change"
    return "more than expected" if one.rose else "less than expected"


def draw(
    rows: pd.DataFrame, names: list[str], span: tuple[date, date], *, dark: bool, still: bool = False
) -> alt.LayerChart:
    """Draw `rows`, as `event_rows` makes them, with a row for each of `names` (titles), between two days."""
    order = [TOGETHER, *names]
    height = ROW * len(order)
    x = time_axis(span, "since")
    axis = alt.Axis(
        title=None, domain=False, ticks=False, labelFontSize=LABEL_SIZE - 1, labelPadding=8, labelLimit=150,
        labelOverlap=False, grid=True,
        gridOpacity=0.5,
    )  # fmt: skip
    y = alt.Y("row:N", scale=alt.Scale(type="point", domain=order, padding=0.5), sort=None, axis=axis)
    together = rows[rows["row"] == TOGETHER]
    rules = alt.Chart(together).mark_rule(color=INK[dark], opacity=0.35, strokeDash=[3, 3]).encode(x=x)
    layers: list[alt.Chart] = [rules] if len(together) else []
    layers += [_spans(rows, x, y, dark=dark), _marks(rows, x, y, dark=dark, still=still)]
    return layered(layers, height, right=12)


def _scales(*, dark: bool) -> tuple[alt.Color, alt.Shape]:
    kinds = list(KINDS)
    colour = alt.Scale(domain=kinds, range=[HUES[KINDS[kind][1]][dark] for kind in kinds])
    shape = alt.Scale(domain=kinds, range=[KINDS[kind][0] for kind in kinds])
    return alt.Color("kind:N", scale=colour, legend=None), alt.Shape("kind:N", scale=shape, legend=None)


def _spans(rows: pd.DataFrame, x: alt.X, y: alt.Y, *, dark: bool) -> alt.Chart:
    """What lasted for more than a day, as a stroke from its first day to its last."""
    chart: alt.Chart = (
        alt.Chart(rows[rows["until"] > rows["since"]])
        .mark_rule(strokeWidth=4, opacity=0.4, strokeCap="round", clip=True)
        .encode(x=x, x2=alt.X2("until:T"), y=y, color=_scales(dark=dark)[0])
    )
    return chart


def _marks(rows: pd.DataFrame, x: alt.X, y: alt.Y, *, dark: bool, still: bool) -> alt.Chart:
    colour, shape = _scales(dark=dark)
    tips = [
        alt.Tooltip("row:N", title="Who"),
        alt.Tooltip("kind:N", title="What"),
        alt.Tooltip("about:N", title="When"),
        alt.Tooltip("metric:N", title="Metric"),
        alt.Tooltip("shown:N", title="Seen"),
    ]
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_point(size=60, filled=True, opacity=0.85, clip=True)
        .encode(x=x, y=y, color=colour, shape=shape, **({} if still else {"tooltip": tips}))
    )
    return chart
