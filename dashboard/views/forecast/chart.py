"""What may come: the past as a line, the forecast as bands that widen; and the chance of being passed, over time.

Pure: rows come in, a chart goes out. The middle of a forecast is dashed, its bands are named by their chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from answers import wording
from answers.forecast import Forecast, chance_text, rough_text
from dashboard.charts.end_labels import Axis, spread
from dashboard.charts.layers.axes import LABEL_SIZE, NUMBER, PERCENT, time_axis
from dashboard.charts.layers.layered_chart import layered
from dashboard.charts.theme import INK

PAST_MONTHS = 48  # of the line before the fan: enough to see its way
WIDE = 4.0  # what spans so many times its lowest value is drawn on a logarithmic axis
BANDS = (("95%", "low95", "high95", 0.16), ("80%", "low80", "high80", 0.26))
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FanOptions:
    """How to draw: `colour` of the line, `unit` of its values, a `level` to mark across (1: equal), `height` in pixels.

    `above` and `below` say whose side of that level is which. `still`: a picture, in which nothing answers a pointer.
    """

    colour: str
    unit: str
    dark: bool = False
    height: int = 340
    level: float | None = None
    above: str = ""
    below: str = ""
    still: bool = False


def fan(answer: Forecast, options: FanOptions) -> alt.LayerChart:
    """The past and the bands of a forecast that is there."""
    past, ahead = _past(answer.past), _ahead(answer)
    axis = _axis(past, ahead, options)
    x, y = _x(past["when"].min(), ahead["when"].max(), len(ahead)), _y("low95", axis, options)
    layers = [_band(ahead, x, y, axis, options, band) for band in BANDS]
    layers += [*_level(options), _begin(ahead, options)]
    layers.append(_line(past, x, _y("value", axis, options), options.colour))
    layers.append(_line(ahead, x, _y("median", axis, options), options.colour, dash=(5, 4)))
    layers += [] if options.still else [_hover(_tips(past, ahead, options), x, axis, options)]
    layers.append(_ends(ahead, axis, options))
    return _laid(layers, options)


def chance(answer: Forecast, chaser: str, options: FanOptions) -> alt.LayerChart:
    """The chance that the one behind has passed by each month (solid), and that it is ahead in it (dashed)."""
    rows = pd.DataFrame(
        {
            "when": pd.to_datetime([row["month"] for row in answer.chance]),
            "passed_by": [row["passed_by"] for row in answer.chance],
            "ahead_then": [row["ahead_then"] for row in answer.chance],
            "month": [wording.month(row["month"]) for row in answer.chance],
        }
    )
    for name in ("passed_by", "ahead_then"):
        rows[f"shown_{name}"] = [chance_text(value) for value in rows[name]]
    axis = Axis(0.0, 1.0, options.height)
    x = _x(rows["when"].min(), rows["when"].max(), len(rows))
    layers = [_half(options), _line(rows, x, _share("passed_by"), options.colour, marks=True)]
    layers.append(_line(rows, x, _share("ahead_then"), options.colour, dash=(5, 4)))
    layers += [] if options.still else [_chance_hover(rows, x, chaser, options)]
    layers.append(_named_ends(rows, axis, options))
    return _laid(layers, options)


def logarithmic(answer: Forecast, level: float | None = None) -> bool:
    """Whether the fan spans so much that its axis is logarithmic: equal distances are equal ratios."""
    return _axis(_past(answer.past), _ahead(answer), FanOptions("", "", level=level)).log


def table(answer: Forecast) -> pd.DataFrame:
    """Every month ahead with its numbers."""
    shown = pd.DataFrame(
        {
            "Month": [f"{row['month']:%Y-%m}" for row in answer.months],
            **{name: [row[column] for row in answer.months] for name, column in _COLUMNS},
        }
    )
    for name, column in (("Has passed by then, %", "passed_by"), ("Is ahead then, %", "ahead_then")):
        if answer.chance:
            shown[name] = [round(100 * row[column], 1) for row in answer.chance]
    return shown


_COLUMNS = (
    ("Middle", "median"), ("80% from", "low80"), ("80% to", "high80"), ("95% from", "low95"), ("95% to", "high95"),
)  # fmt: skip


# -- rows --------------------------------------------------------------------------------------------------------------


def _past(rows: Sequence[Row]) -> pd.DataFrame:
    kept = rows[-PAST_MONTHS:]
    when = pd.to_datetime([row["month"] for row in kept])
    return pd.DataFrame({"when": when, "value": pd.Series([row["value"] for row in kept], dtype="float64")})


def _ahead(answer: Forecast) -> pd.DataFrame:
    """The months ahead, after the last one observed, where the fan opens."""
    columns = ["median", *(name for band in BANDS for name in band[1:3])]
    last = answer.past[-1]
    rows = [{"month": last["month"]} | dict.fromkeys(columns, last["value"]), *answer.months]
    values = {name: [float(row[name]) for row in rows] for name in columns}
    return pd.DataFrame({"when": pd.to_datetime([row["month"] for row in rows]), **values})


def _tips(past: pd.DataFrame, ahead: pd.DataFrame, options: FanOptions) -> pd.DataFrame:
    """The texts of the tooltip, month by month."""
    observed = past.dropna()
    past_rows = pd.DataFrame(
        {"when": observed["when"], "at": observed["value"], "shown": observed["value"].map(rough_text)}
    )
    past_rows["bands"] = "as seen"
    months = ahead.iloc[1:]
    bands = [
        f"80%: {rough_text(row['low80'])} to {rough_text(row['high80'])}; "
        f"95%: {rough_text(row['low95'])} to {rough_text(row['high95'])}"
        for row in months.to_dict("records")
    ]
    middle = months["median"].map(rough_text)
    ahead_rows = pd.DataFrame({"when": months["when"], "at": months["median"], "shown": middle, "bands": bands})
    rows = pd.concat([past_rows, ahead_rows], ignore_index=True)
    return rows.assign(month=rows["when"].dt.strftime("%B %Y"), shown=rows["shown"] + f" {options.unit}")


# -- layers ------------------------------------------------------------------------------------------------------------


def _laid(layers: Sequence[alt.Chart], options: FanOptions) -> alt.LayerChart:
    return layered(layers, options.height, right=8)


def _axis(past: pd.DataFrame, ahead: pd.DataFrame, options: FanOptions) -> Axis:
    """All of the past shown, the bands and the level, with room for the names of the sides above and below."""
    edges = [*past["value"].dropna(), *ahead["low95"], *ahead["high95"], *([options.level] if options.level else [])]
    low, high = float(min(edges)), float(max(edges))
    if high > WIDE * low > 0:
        room = (high / low) ** 0.1
        return Axis(low / room, high * room, options.height, log=True)
    room = (high - low) * (0.12 if options.level else 0.08) or high * 0.05 or 1.0
    return Axis(max(low - room, 0.0), high + room, options.height)


def _x(first: pd.Timestamp, last: pd.Timestamp, months: int) -> alt.X:
    return time_axis((first, last), finest="%b %Y", tickCount=min(6, months) if (last - first).days <= 900 else 6)


def _y(column: str, axis: Axis, options: FanOptions) -> alt.Y:
    """The axis of values; a logarithmic one has its marks at 1, 2 and 5 times powers of ten."""
    steps = [n * 10.0**power for power in range(-3, 12) for n in (1, 2, 5)]
    marks = [value for value in steps if axis.low <= value <= axis.high]
    look = alt.Axis(
        title=None, labelExpr="format(datum.value, '~r')" if options.unit == "times" else NUMBER, tickCount=5,
        values=marks if axis.log else alt.Undefined, domain=False, ticks=False, labelFontSize=LABEL_SIZE,
        gridOpacity=0.6, labelPadding=6, labelOverlap="greedy",
    )  # fmt: skip
    kind: Literal["log", "linear"] = "log" if axis.log else "linear"
    scale = alt.Scale(type=kind, domain=[axis.low, axis.high], nice=False, zero=False)
    return alt.Y(f"{column}:Q", scale=scale, axis=look)


def _share(column: str) -> alt.Y:
    look = alt.Axis(
        title=None, labelExpr=PERCENT, values=[0, 0.25, 0.5, 0.75, 1], domain=False,
        ticks=False, labelFontSize=LABEL_SIZE, gridOpacity=0.6, labelPadding=6,
    )  # fmt: skip
    return alt.Y(f"{column}:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=look)


def _band(
    ahead: pd.DataFrame, x: alt.X, y: alt.Y, axis: Axis, options: FanOptions, band: tuple[str, str, str, float]
) -> alt.Chart:
    _, low, high, strength = band
    chart: alt.Chart = (
        alt.Chart(ahead).mark_area(color=options.colour, opacity=strength, line=False)
        .encode(x=x, y=y if low == "low95" else _y(low, axis, options), y2=alt.Y2(f"{high}:Q"))
    )  # fmt: skip
    return chart


def _line(
    rows: pd.DataFrame, x: alt.X, y: alt.Y, colour: str, dash: tuple[int, int] | None = None, *, marks: bool = False
) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_line(
            color=colour, strokeWidth=2.5 if dash is None else 2, strokeJoin="round",
            strokeDash=list(dash) if dash else alt.Undefined, invalid="break-paths-show-path-domains",
            point=alt.OverlayMarkDef(color=colour, size=40, filled=True) if marks else False,
        )
        .encode(x=x, y=y)
    )  # fmt: skip
    return chart


def _begin(ahead: pd.DataFrame, options: FanOptions) -> alt.Chart:
    """Where knowledge ends: an upright, with a word on what lies to its right."""
    rows = ahead.head(1)
    chart: alt.Chart = (
        alt.Chart(rows).mark_rule(color=INK[options.dark], strokeDash=[2, 3], opacity=0.8).encode(x=alt.X("when:T"))
    )
    return chart


def _level(options: FanOptions) -> list[alt.Chart]:
    """A line across, and whose side is which."""
    if options.level is None:
        return []
    ink = INK[options.dark]
    rule = (
        alt.Chart(pd.DataFrame({"at": [options.level]})).mark_rule(color=ink, strokeWidth=1.5).encode(y=alt.Y("at:Q"))
    )
    words = []
    # Only Vega has the height of the plot's own part of a chart.
    for text, at in ((options.above, alt.value(12)), (options.below, alt.value(alt.ExprRef("height - 12")))):
        mark = alt.Chart(pd.DataFrame({"label": [text]})).mark_text(
            align="left", baseline="middle", fontSize=LABEL_SIZE, fontWeight=600, color=ink
        )
        words.append(mark.encode(x=alt.XValue(6), y=at, text=alt.Text("label:N")))
    return [rule, *words]


def _half(options: FanOptions) -> alt.Chart:
    rows = pd.DataFrame({"at": [0.5]})
    chart: alt.Chart = (
        alt.Chart(rows).mark_rule(color=INK[options.dark], strokeDash=[3, 3], opacity=0.7).encode(y=alt.Y("at:Q"))
    )
    return chart


def _ends(ahead: pd.DataFrame, axis: Axis, options: FanOptions) -> alt.Chart:
    """The names of the bands at their upper edges, and the middle's value."""
    last = ahead.iloc[-1]
    wanted = {"95%": last["high95"], "80%": last["high80"], f"{rough_text(last['median'])}": last["median"]}
    return _texts(wanted, last["when"], axis, options)


def _named_ends(rows: pd.DataFrame, axis: Axis, options: FanOptions) -> alt.Chart:
    last = rows.iloc[-1]
    wanted = {
        f"{last['shown_passed_by']} passed": last["passed_by"], f"{last['shown_ahead_then']} ahead": last["ahead_then"],
    }  # fmt: skip
    return _texts(wanted, last["when"], axis, options)


def _texts(wanted: Mapping[str, float], when: pd.Timestamp, axis: Axis, options: FanOptions) -> alt.Chart:
    places = spread([axis.pixel(float(value)) for value in wanted.values()], LABEL_SIZE + 3, axis.height)
    rows = pd.DataFrame(
        {"when": [when] * len(wanted), "at": [axis.value(place) for place in places], "label": list(wanted)}
    )
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_text(
            align="left", dx=8, fontSize=LABEL_SIZE, fontWeight=600, baseline="middle", clip=False, color=options.colour
        )
        .encode(x=alt.X("when:T"), y=alt.Y("at:Q"), text=alt.Text("label:N"))
    )
    return chart


def _hover(rows: pd.DataFrame, x: alt.X, axis: Axis, options: FanOptions) -> alt.Chart:
    tips = [
        alt.Tooltip("month:N", title="Month"),
        alt.Tooltip("shown:N", title="Value"),
        alt.Tooltip("bands:N", title="Bands"),
    ]
    return _near(rows, x, _y("at", axis, options), tips, options)


def _chance_hover(rows: pd.DataFrame, x: alt.X, chaser: str, options: FanOptions) -> alt.Chart:
    tips = [
        alt.Tooltip("month:N", title="Month"),
        alt.Tooltip("shown_passed_by:N", title=f"{chaser} has passed by then"),
        alt.Tooltip("shown_ahead_then:N", title=f"{chaser} is ahead then"),
    ]
    return _near(rows, x, _share("passed_by"), tips, options)


def _near(rows: pd.DataFrame, x: alt.X, y: alt.Y, tips: list[alt.Tooltip], options: FanOptions) -> alt.Chart:
    near = alt.selection_point(nearest=True, on="pointerover", clear="pointerout", encodings=["x"], empty=False)
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_point(size=90, filled=True, color=options.colour)
        .encode(x=x, y=y, opacity=alt.condition(near, alt.value(1), alt.value(0)), tooltip=tips)
        .add_params(near)
    )
    return chart
