"""Where figures are missing on lines over time: a hatching that says so, a dotted line to a lone last point."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import altair as alt
import pandas as pd

from answers.wording import join_words

COLUMNS = ["from", "to", "text"]
LEAST = 80  # pixels of a hatched span that carries its text
LEAST_SHARE = 0.08  # of a small plot's width that a hatched span takes
SIZE = 12
STRIPE = 9  # pixels from one stripe to the next, on a plot of WIDE
WIDE = 600
MOST_STRIPES = 40


def gaps(points: pd.DataFrame) -> pd.DataFrame:
    """The spans in which half of the lines or more lack figures: from, to, text ("no data", or of which lines)."""
    lines = [(str(line["name"].iloc[0]), _gaps_of(line)) for _, line in points.groupby("line", sort=False)]
    edges = sorted({edge for _, spans in lines for span in spans for edge in span})
    merged: list[tuple[pd.Timestamp, pd.Timestamp, set[str]]] = []
    for start, end in pairwise(edges):
        names = {name for name, spans in lines if any(a <= start and end <= b for a, b in spans)}
        if not names or 2 * len(names) < len(lines):
            continue
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end, merged[-1][2] | names)
        else:
            merged.append((start, end, names))
    texts = ["no data" if len(n) == len(lines) else f"no data: {join_words(sorted(n))}" for *_, n in merged]
    rows = [(start, end, text) for (start, end, _), text in zip(merged, texts, strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _gaps_of(line: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """From the last point before each gap of one line to the first after it."""
    line = line.sort_values("when", kind="stable")
    valued = line[line["value"].notna()]["when"]
    spans: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for when in line[(line["status"] == "gap") & line["value"].isna()]["when"]:
        before, after = valued[valued < when], valued[valued > when]
        if len(before) and len(after) and (before.iloc[-1], after.iloc[0]) not in spans:
            spans.append((before.iloc[-1], after.iloc[0]))
    return spans


def lone_ends(points: pd.DataFrame) -> pd.DataFrame:
    """Line, when and value of the two points on either side of the gap before a line's last point, if it is alone."""
    pairs: list[pd.DataFrame] = []
    for _, rows in points.groupby("line", sort=False):
        line = rows.sort_values("when", kind="stable").reset_index(drop=True)
        valued = line.index[line["value"].notna()]
        if len(valued) > 1 and valued[-1] - valued[-2] > 1:
            between = line.loc[valued[-2] + 1 : valued[-1] - 1, "status"]
            if (between == "gap").all() and line.loc[valued[-1], "status"] != "provisional":
                pairs.append(line.loc[[valued[-2], valued[-1]], ["line", "when", "value"]])
    return pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame(columns=["line", "when", "value"])


def layers(
    rows: pd.DataFrame,
    span: tuple[pd.Timestamp, pd.Timestamp],
    ink: str,
    *,
    small: bool,
    still: bool,
    raised: float = 16,
) -> list[alt.Chart]:
    """The hatching of each gap, and its text where there is room, so many pixels `raised` above the bottom."""
    made: list[alt.Chart] = []
    whole = (span[1] - span[0]) or pd.Timedelta(days=1)
    rows = rows.assign(share=[float((b - a) / whole) for a, b in zip(rows["from"], rows["to"], strict=True)])
    if small:  # there the line's own break is clearer than a stripe or two
        rows = rows[rows["share"] >= LEAST_SHARE]
    for n in range(len(rows)):
        one = rows.iloc[[n]]
        tip = alt.Undefined if still else alt.ExprRef("datum.text")
        area = alt.Chart(one).mark_rect(color=_stripes(float(one["share"].iloc[0]), ink), opacity=0.22, tooltip=tip)
        made.append(area.encode(x=alt.X("from:T"), x2=alt.X2("to:T")))
    if len(rows) and not small:
        middle = rows["from"] + (rows["to"] - rows["from"]) / 2
        base = alt.Chart(rows.assign(when=middle)[["when", "text", "share"]])
        words = base.transform_filter(f"width * datum.share >= {LEAST} + 7 * max(0, length(datum.text) - 7)")
        text = words.mark_text(fontSize=SIZE, color=ink, baseline="bottom", fontStyle="italic")
        made.append(
            text.encode(x=alt.X("when:T"), y=alt.YValue(alt.ExprRef(f"height - {raised:g}")), text=alt.Text("text:N"))
        )
    return made


def _stripes(share: float, ink: str) -> Any:
    """Thin slanted stripes, about as far apart however wide the span is."""
    count = min(max(2, round(share * WIDE / STRIPE * 2)), MOST_STRIPES)
    stops: list[alt.GradientStop] = []
    for n in range(count):
        start, thin, end = n / count, (n + 0.3) / count, (n + 1) / count
        stops += [_stop(start, ink), _stop(thin, ink), _stop(thin, "transparent"), _stop(end, "transparent")]
    return alt.LinearGradient(gradient="linear", x1=0, y1=0, x2=1, y2=1, stops=stops)


def _stop(offset: float, colour: str) -> alt.GradientStop:
    return alt.GradientStop(offset=round(offset, 5), color=colour)


def joins(ends: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color) -> list[alt.Chart]:
    """A dotted line to each lone last point."""
    if ends.empty:
        return []
    dotted: alt.Chart = alt.Chart(ends).mark_line(strokeWidth=1.5, strokeDash=[2, 4], opacity=0.8)
    return [dotted.encode(x=x, y=y, color=colour)]
