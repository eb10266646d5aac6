"""Known breaks on a chart over time: a band under its short title, or its number where that is too narrow.

A notice forbids no comparison: it is a tick at the axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from answers.wording import days
from catalog import Break
from dashboard.charts.text_width import width, wrapped
from dashboard.charts.theme import SHADE

Span = tuple[pd.Timestamp, pd.Timestamp]
SIZE = 12
LEAST, WIDE = 60, 1000  # pixels: a band that carries its title, the plot for which titles are broken into lines
MOST_LINES = 3
EDGE = 8  # pixels free beside a title
DIGIT = 7  # pixels of a digit
PHONE, DESK = 200, 600  # pixels of the narrowest plot, and of one with more room, on which numbers may not touch
TICK = 9  # pixels of a notice's


def within(breaks: Sequence[Break], first: date, last: date) -> list[Break]:
    """The breaks that touch a span, oldest first: their place in this list is their number on the chart."""
    return [b for b in sorted(breaks, key=lambda b: b.since) if b.until >= first and b.since <= last]


@dataclass(frozen=True, slots=True)
class BreakBands:
    """The breaks of a chart from one day to another. `above`: titles and numbers at the top, else at the bottom."""

    breaks: Sequence[Break]
    span: Span
    dark: bool
    small: bool = False
    still: bool = False
    above: bool = True
    raised: float = 2  # pixels from the bottom to what stands there

    @property
    def rows(self) -> pd.DataFrame:
        """A row per break: from, to, when (the middle), number, kind, title, days, share (of the span), label (the
        title in lines; empty where there is no room for it), need (pixels of the label).
        """
        breaks = within(self.breaks, self.span[0].date(), self.span[1].date())
        rows = [self._row(n, b) for n, b in enumerate(breaks, start=1)]
        for row in rows:
            if any(r is not row and r["kind"] != "notice" and row["from"] <= r["when"] <= row["to"] for r in rows):
                row["label"] = ""
        return pd.DataFrame(rows)

    def _row(self, number: int, one: Break) -> dict[str, Any]:
        start = max(pd.Timestamp(one.since), self.span[0])
        end = min(pd.Timestamp(one.until) + pd.Timedelta(days=1), self.span[1])
        share = float((end - start) / ((self.span[1] - self.span[0]) or pd.Timedelta(days=1)))
        lines = wrapped(one.title, SIZE, max(share * WIDE - EDGE, 1), MOST_LINES, bold=True)
        fits = " ".join(lines) == one.title and share * WIDE >= LEAST
        need = max(width(line, SIZE, bold=True) for line in lines) + EDGE if fits else WIDE * 10
        return {
            "from": start, "to": end, "when": start + (end - start) / 2, "number": str(number), "kind": one.kind,
            "title": one.title, "days": days(one.since, one.until), "label": "\n".join(lines) if fits else "",
            "share": share, "need": float(max(need, LEAST)),
        }  # fmt: skip

    def bands(self) -> list[alt.Chart]:
        """What lies below the lines: the bands, and the ticks of notices."""
        rows = self.rows
        if rows.empty:
            return []
        shaded, noted = rows[rows["kind"] != "notice"], rows[rows["kind"] == "notice"]
        colour = SHADE[self.dark]
        made: list[alt.Chart] = []
        if len(shaded):
            base = alt.Chart(shaded[["from", "to", "title", "days"]])
            band = base.mark_rect(color=colour, opacity=0.14, stroke=colour, strokeOpacity=0.5, strokeWidth=1)
            made.append(band.encode(x=alt.X("from:T"), x2=alt.X2("to:T"), **self._tips()))
        if len(noted):
            ticks = alt.Chart(noted[["when", "title", "days"]]).mark_rule(color=colour, strokeWidth=2)
            made.append(ticks.encode(x=alt.X("when:T"), y=_bottom(TICK), y2=_bottom(0), **self._tips()))
        return made

    def labels(self) -> list[alt.Chart]:
        """What lies above the lines: the titles of wide bands, the numbers of the others."""
        rows = self.rows
        if rows.empty or self.small:
            return []
        titled = rows[rows["label"] != ""]
        numbered, noted = rows[(rows["kind"] != "notice") & (rows["label"] == "")], rows[rows["kind"] == "notice"]
        made = [*self._texts(numbered, above=self.above), *self._texts(noted, above=False, up=TICK + 2)]
        if len(titled):
            shown = alt.Chart(titled[["when", "label", "number", "share", "need", "title", "days"]])
            wide = shown.transform_filter("width * datum.share >= datum.need")
            narrow = shown.transform_filter("width * datum.share < datum.need")
            made += [self._mark(wide, "label"), self._mark(narrow, "number")]
        return made

    def _texts(self, rows: pd.DataFrame, *, above: bool, up: float | None = None) -> list[alt.Chart]:
        """The numbers of these: on a narrow plot more of them share a label than on a wide one."""
        if rows.empty:
            return []
        narrow, wide = (_numbers(rows, self.span, plot) for plot in (PHONE, DESK))
        if len(narrow) == len(wide):
            return [self._mark(alt.Chart(narrow), "number", above=above, up=up)]
        each = {f"width < {DESK}": narrow, f"width >= {DESK}": wide}
        bases = (alt.Chart(labels).transform_filter(room) for room, labels in each.items())
        return [self._mark(base, "number", above=above, up=up) for base in bases]

    def _mark(self, base: alt.Chart, column: str, *, above: bool | None = None, up: float | None = None) -> alt.Chart:
        top = self.above if above is None else above
        text = base.mark_text(
            fontSize=SIZE, fontWeight=700, color=SHADE[self.dark], baseline="top" if top else "bottom", lineBreak="\n",
            dy=2 if top else 0,
        )  # fmt: skip
        place = alt.value(0) if top else _bottom(self.raised if up is None else up)
        chart: alt.Chart = text.encode(x=alt.X("when:T"), y=place, text=f"{column}:N", **self._tips())
        return chart

    def _tips(self) -> dict[str, Any]:
        """What it is under the pointer, unless the chart is a picture."""
        tips = [alt.Tooltip("title:N", title="Known break"), alt.Tooltip("days:N", title="Days")]
        return {} if self.still else {"tooltip": tips}


def _bottom(pixels: float) -> Any:
    """A place that many pixels above the bottom. Only Vega has the height of the lines' own part of a chart."""
    return alt.value(alt.ExprRef(f"height - {pixels:g}"))


def _numbers(rows: pd.DataFrame, span: Span, plot: float) -> pd.DataFrame:
    """A number for each of these; those that would touch on a plot of so many pixels share one, over their middle."""
    whole = (span[1] - span[0]) or pd.Timedelta(days=1)
    labels: list[list[dict[str, Any]]] = []
    for row in rows.to_dict("records"):
        labels.append([{str(name): value for name, value in row.items()}])
        while len(labels) > 1 and _touching(labels[-2], labels[-1], whole / plot):
            labels[-2:] = [[*labels[-2], *labels[-1]]]
    named = [
        {"when": _middle(those), "number": _joined(those)}
        | {name: "; ".join(row[name] for row in those) for name in ("title", "days")}
        for those in labels
    ]
    return pd.DataFrame(named, columns=["when", "number", "title", "days"])


def _touching(left: list[dict[str, Any]], right: list[dict[str, Any]], pixel: pd.Timedelta) -> bool:
    """Whether the labels of these marks come nearer to each other than a digit, where a pixel is so much time."""
    digits = len(_joined(left)) + len(_joined(right))
    return (_middle(right) - _middle(left)) / pixel < digits / 2 * DIGIT + DIGIT


def _middle(those: list[dict[str, Any]]) -> pd.Timestamp:
    first, last = (pd.Timestamp(those[n]["when"]) for n in (0, -1))
    return first + (last - first) / 2


def _joined(those: list[dict[str, Any]]) -> str:
    """Their numbers, of those that follow each other the first and the last: "2, 4–6"."""
    runs: list[list[int]] = []
    for number in (int(row["number"]) for row in those):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
