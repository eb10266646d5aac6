"""A chart with all that must go with it: the one description from which page, PNG, SVG and HTML are drawn.

A figure is a pure function of an answer. It says nothing of paper or pages: `dashboard.widgets.chart_frame` shows it,
`dashboard.export.svg` lays it out, `dashboard.export.html` makes a file of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from answers.wording import capital
from catalog import Break, Caveat, Source
from dashboard.charts.line_chart import Line
from dashboard.display_text import day_in_words, moment, number, span_in_words

Draw = Callable[[float, bool], Any]  # (height of the plot in pixels, whether nothing answers a pointer) -> a chart
REST = "rest"  # the line that is the sum of many others; it is no dimension
MOST_NAMED, FEW_NAMED = 6, 3  # lines in a legend
HEIGHT = 400.0  # pixels of a plot that has no height of its own


@dataclass(frozen=True, slots=True)
class Style:
    """How a picture is to look: on dark or light ground, on a logarithmic scale or not."""

    dark: bool = False
    log: bool = False


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of a chart: its name, its colour as #rrggbb, its last value in words (empty: none), and its change in a
    year, or why that is refused (both empty: it is not meant to be there). `rest`: it is the sum of many others.
    """

    name: str
    colour: str
    value: str = ""
    change: str = ""
    why: str = ""
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Legend:
    """The lines of a chart with their last values, the highest first; `when` says of when those are."""

    entries: tuple[LegendEntry, ...]
    when: str = ""

    def shortened(self, rest: str) -> Legend:
        """The first of many lines; of more than six only three, since the names stand at the lines' ends too. `rest`
        says where the others are to be found.
        """
        if len(self.entries) <= MOST_NAMED:
            return self
        when = " · ".join(filter(None, (f"{len(self.entries) - FEW_NAMED} more in the {rest}", self.when)))
        return Legend(tuple(entry for entry in self.entries if not entry.rest)[:FEW_NAMED], when)

    def __str__(self) -> str:
        """In words: "FastAPI 13.9 million · Flask 7.6 million · October 2026"."""
        texts = [f"{entry.name} {entry.value}".strip() for entry in self.entries]
        return " · ".join(filter(None, [*texts, self.when]))


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A chart and its words.

    `name` is what a file of it is called. `headline` is the finding in one sentence, `detail` what else the answer
    says, `subtitle` what is measured: unit, aggregation, span, n. `care` is the one line that must never be missing
    beside a chart of this metric. `marks` are the events on the chart in words, `notes` say how to read its marks,
    `bands` are the breaks numbered on it. `summary` is the takeaway for those who do not see the chart, `table` holds
    its numbers, column by column. `height` is the plot's in pixels where what it holds decides that; None: as high as
    there is room. `newest` is the last day that the figures are of where a page says how old they are; None where the
    question is about the past, or an edition's year says it.
    """

    name: str
    headline: str
    subtitle: str
    draw: Draw
    summary: str
    care: str
    sources: tuple[Source, ...]
    retrieved_at: datetime | None
    detail: str = ""
    legend: Legend | None = None
    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    bands: tuple[Break, ...] = ()
    as_of: datetime | None = None
    table: pd.DataFrame | None = None
    height: float | None = None
    newest: date | None = None

    @property
    def source(self) -> str:
        """Who published the figures, under which licence, and when they were retrieved; one short line."""
        named = "; ".join(f"{s.title} ({s.licence})" for s in self.sources)
        return f"Source: {named}{f', {day_in_words(self.retrieved_at)}' if self.retrieved_at else ''}"

    @property
    def provenance(self) -> str:
        """Source, licence, attribution, when the figures were retrieved, and the vintage if one was asked for."""
        named = "; ".join(f"{s.title} ({s.licence}): {s.attribution}" for s in self.sources)
        as_of = f" Data as of {moment(self.as_of)}." if self.as_of else ""
        return f"Source: {named}. Retrieved {moment(self.retrieved_at)}.{as_of} Drawn by Uptake."


def last_values(drawn: pd.DataFrame, lines: Sequence[Line], unit: str) -> Legend:
    """The last final value of each line, as drawn (`line_points.points`), the highest first."""
    valued = drawn.dropna(subset=["value"])
    valued = valued[valued["status"] == "final"] if (valued["status"] == "final").any() else valued
    last = valued.sort_values("when", kind="stable").groupby("line", sort=False).tail(1)
    value_by_line: dict[str, float] = dict(zip(last["line"], last["value"], strict=True))
    shown = sorted((x for x in lines if x.id in value_by_line), key=lambda x: -value_by_line[x.id])
    entries = [
        LegendEntry(line.label, line.colour, number(value_by_line[line.id], unit), rest=line.id == REST)
        for line in shown
    ]
    when = set(last["about"])
    return Legend(tuple(entries), when.pop() if len(when) == 1 else "")


def parted(sentence: str) -> tuple[str, str]:
    """An answer's first sentence, and the rest."""
    first, _, rest = re.sub(r"(?<=[a-z0-9%)”])\. (?=[A-Z“])", ".\n", sentence, count=1).partition("\n")
    return first.strip(), rest.strip()


def numbered(bands: Sequence[Break]) -> str:
    """The bands of a chart by their numbers, in one sentence; empty if there are none."""
    entries = [f"{n} {b.title} ({span_in_words(b.since, b.until)})" for n, b in enumerate(bands, start=1)]
    return f"Bands: {'; '.join(entries)}." if entries else ""


def natural(draw: Callable[[bool], Any]) -> tuple[Draw, float]:
    """For a chart whose height is what it holds: how a figure draws it, and that height. `draw` takes whether still."""
    return (lambda _height, still: draw(still)), float(draw(True).height)


def joined(notes: Sequence[str]) -> str:
    """Several half sentences as one: the first letter large, a full stop at the end; empty if there are none."""
    text = "; ".join(filter(None, notes))
    return f"{capital(text)}." if text else ""
