"""Releases and notes on a chart: ticks below the lines, a row per framework, labels only where there is room."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from answers.events import ChartEvent
from answers.wording import day

KINDS = {"release": "release", "prerelease": "pre-release", "recount": "recount", "note": "note"}
ROW = 32  # pixels of a row of the strip: ticks, and labels below them
FIRST = 16  # pixels from the lines to the first row
TICK = 12  # pixels of the tick of what weighs most; the rest are shorter
SIZE = 12
LONGEST = 22  # characters of a label
LETTER = 6.8  # pixels of a letter, about
WIDTHS = (1000, 600, 250)  # pixels a chart may be wide at least, for each of which labels are chosen


def chosen(marks: Iterable[ChartEvent], kinds: Sequence[str], first: date, last: date) -> list[ChartEvent]:
    """The marks of these kinds within a span of days, oldest first."""
    return [m for m in marks if m.kind in kinds and m.until >= first and m.since <= last]


def drawn(
    marks: Sequence[ChartEvent], titles: Mapping[str, str], span: tuple[pd.Timestamp, pd.Timestamp]
) -> pd.DataFrame:
    """Marks as rows to draw: line (the framework), name, when, kind, title, day, label, row, and for each of WIDTHS
    whether there is room for the label on a chart so wide.
    """
    lines = [name for name in titles if any(name in m.frameworks for m in marks)]
    rows = pd.DataFrame(
        [
            {
                "line": m.frameworks[0],
                "name": titles[m.frameworks[0]],
                "when": max(min(pd.Timestamp(m.since), span[1]), span[0]),
                "kind": KINDS[m.kind],
                "title": m.title,
                "day": day(m.since),
                "label": label(m, titles[m.frameworks[0]]),
                "row": lines.index(m.frameworks[0]),
                "weight": weight(m),
            }
            for m in marks
        ]
    )
    for width in WIDTHS:
        rows[f"w{width}"] = room(rows, width, span)
    return rows


def label(mark: ChartEvent, framework: str) -> str:
    """A mark's title without the framework's name, short enough for a chart."""
    short = re.sub(rf"^{re.escape(framework)}[\s:-]*", "", mark.title, flags=re.IGNORECASE) or mark.title
    return short if len(short) <= LONGEST else f"{short[: LONGEST - 1]}…"


def weight(mark: ChartEvent) -> int:
    """What goes first where there is no room for all: notes, recounts, x.0 releases, x.y, the rest, pre-releases."""
    if mark.kind in ("note", "recount"):
        return 0
    if mark.kind == "prerelease":
        return 4
    numbers = [int(part) for part in re.findall(r"\d+", mark.title)[:3]]
    return 1 if not any(numbers[1:]) else 2 if not any(numbers[2:]) else 3


def room(rows: pd.DataFrame, width: float, span: tuple[pd.Timestamp, pd.Timestamp]) -> list[bool]:
    """Whether each label fits beside those that go before it in its row, on a chart `width` pixels wide."""
    days = max((span[1] - span[0]).days, 1)
    starts = [(when - span[0]).days / days * width for when in rows["when"]]
    ends = [at + len(text) * LETTER + 12 for at, text in zip(starts, rows["label"], strict=True)]
    taken: dict[int, list[tuple[float, float]]] = {}
    fits = [False] * len(rows)
    order = sorted(range(len(rows)), key=lambda i: (rows["weight"].iloc[i], -starts[i]))
    for i in order:
        row = taken.setdefault(int(rows["row"].iloc[i]), [])
        if ends[i] <= width + 60 and all(ends[i] <= start or starts[i] >= end for start, end in row):
            row.append((starts[i], ends[i]))
            fits[i] = True
    return fits


@dataclass(frozen=True, slots=True)
class EventStrip:
    """The rows of ticks below the lines. Their places are reckoned from the lines' own height, which Vega has."""

    rows: pd.DataFrame
    ink: str

    @property
    def depth(self) -> float:
        """How many pixels it takes below the lines."""
        return FIRST + ROW * (int(self.rows["row"].max()) + 1) if len(self.rows) else 0

    def layers(self, x: alt.X, colour: alt.Color) -> list[alt.Chart]:
        """Ticks with what they are under the pointer, labels where there is room, uprights for notes."""
        made: list[alt.Chart] = []
        for row, rows in self.rows.groupby("row"):
            made += self._row(rows, FIRST + ROW * int(str(row)), x, colour)
        return made

    def _row(self, rows: pd.DataFrame, top: float, x: alt.X, colour: alt.Color) -> list[alt.Chart]:
        tips = [
            alt.Tooltip("name:N", title="Framework"),
            alt.Tooltip("kind:N", title="What"),
            alt.Tooltip("title:N", title="Title"),
            alt.Tooltip("day:N", title="Day"),
        ]
        notes, others = rows[rows["kind"] == KINDS["note"]], rows[rows["kind"] != KINDS["note"]]
        hollow = alt.condition(alt.datum.kind == KINDS["prerelease"], alt.value(0.45), alt.value(1))
        ticks = (
            alt.Chart(others)
            .mark_rule(strokeWidth=2, clip=False)
            .encode(x=x, y=_below(top + 5), y2=_below(top + TICK), color=colour, opacity=hollow, tooltip=tips)
        )
        shown = " : ".join(f"width >= {w} ? datum.w{w}" for w in WIDTHS) + " : false"
        texts = (
            alt.Chart(rows)
            .transform_filter(shown)
            .mark_text(align="left", baseline="top", dx=-1, fontSize=SIZE, clip=False)
            .encode(x=x, y=_below(top + TICK + 2), text=alt.Text("label:N"), color=colour, tooltip=tips)
        )
        made: list[alt.Chart] = [ticks, texts] if len(others) else [texts]
        if len(notes):
            flag = alt.Chart(notes).mark_rule(strokeDash=[2, 3], strokeWidth=1.5, color=self.ink, clip=False)
            made.insert(0, flag.encode(x=x, y=alt.YValue(0), y2=_below(top + TICK), tooltip=tips))
        return made


def _below(pixels: float) -> Any:
    """A place that many pixels below the lines."""
    return alt.value(alt.ExprRef(f"height + {pixels:g}"))


def table(marks: Sequence[ChartEvent], titles: Mapping[str, str]) -> pd.DataFrame:
    """The marks in words, the newest first: day, framework, what, title, link."""
    return pd.DataFrame(
        [
            {
                "Day": m.since.isoformat(),
                "Framework": titles.get(m.frameworks[0], m.frameworks[0]),
                "What": KINDS[m.kind],
                "Title": m.title,
                "Link": m.url if m.url.startswith(("https://", "http://")) else None,
            }
            for m in reversed(marks)
        ]
    )
