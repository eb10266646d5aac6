"""Lines within a band in which the counting changed: dashed, since their points are not comparable there."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from catalog import Break

DASH = [4, 4]  # pixels on, off
READING = "lines are dashed where the counting changed"


def within(rows: pd.DataFrame, breaks: Sequence[Break]) -> pd.Series[bool]:
    """For each row whether the way to it from the point before runs through a break. Rows are sorted by line and moment
    (`line`, `when` in milliseconds since 1970 or as timestamps, `value`).
    """
    when = pd.to_datetime(rows["when"], unit="ms") if rows["when"].dtype.kind == "i" else rows["when"]
    before = when.groupby(rows["line"], sort=False).shift(1)
    valued = rows["value"].notna()
    joined = valued & valued.groupby(rows["line"], sort=False).shift(1, fill_value=False)
    inside = pd.Series(data=False, index=rows.index)
    for one in (b for b in breaks if b.kind == "break"):
        inside |= (before < pd.Timestamp(one.until) + pd.Timedelta(days=1)) & (when > pd.Timestamp(one.since))
    return joined & inside


def parted(rows: pd.DataFrame, breaks: Sequence[Break]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows with a point without value wherever a line runs through a break, and what runs there: line, when, value
    and its `piece`.
    """
    inside = within(rows, breaks)
    if not inside.any():
        return rows, pd.DataFrame(columns=["line", "when", "value", "piece"])
    begins = inside.shift(-1, fill_value=False) & ~inside
    pieces = rows.loc[inside | begins, ["line", "when", "value"]].assign(piece=begins[inside | begins].cumsum())
    cuts = rows[inside].assign(value=float("nan"))
    cuts.index = cuts.index - 0.5
    return pd.concat([rows, cuts]).sort_index().reset_index(drop=True), pieces.reset_index(drop=True)


def layers(pieces: pd.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color | alt.Value, width: float) -> list[alt.Chart]:
    """The stretches within breaks."""
    if pieces.empty:
        return []
    dashed = alt.Chart(pieces).mark_line(strokeWidth=width, strokeDash=DASH, strokeJoin="round")
    return [dashed.encode(x=x, y=y, color=colour, detail=alt.Detail("piece:N"))]
