"""A chart with all that must go with it, whatever page it is of: what a picture is made of.

A figure is a pure function of an answer. It says nothing of paper: `dashboard.poster` lays it out, `dashboard.handout`
makes a page of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from catalog import Break, Caveat, Source
from dashboard.text import day, moment

Draw = Callable[[float, bool], Any]  # (height of the plot in pixels, whether nothing answers a pointer) -> a chart


@dataclass(frozen=True, slots=True)
class Style:
    """How a picture is to look: on dark or light ground, on a logarithmic scale or not."""

    dark: bool = False
    log: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A chart and its words.

    `name` is what a file of it is called, `title` its heading, `sentence` what it answers. `badges` say how to read
    each metric in it, `notes` how to read its marks, `bands` are the breaks numbered on it. `summary` puts it in
    words with its numbers, `table` holds the numbers (texts, column by column). `height` is the plot's in pixels where
    what it holds decides that; None: as high as the paper has room.
    """

    name: str
    title: str
    sentence: str
    badges: tuple[str, ...]
    draw: Draw
    summary: str
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    retrieved_at: datetime | None
    caveats: tuple[Caveat, ...] = ()
    bands: tuple[Break, ...] = ()
    as_of: datetime | None = None
    table: pd.DataFrame | None = None
    height: float | None = None

    @property
    def provenance(self) -> str:
        """Source, licence, when the figures were learned, and the vintage if one was asked for; one line of text."""
        named = "; ".join(f"{s.title} ({s.licence}): {s.attribution}" for s in self.sources)
        as_of = f" As known on {moment(self.as_of)}." if self.as_of else ""
        return f"Source: {named}. Retrieved {moment(self.retrieved_at)}.{as_of} Drawn by Uptake."


def numbered(bands: Sequence[Break]) -> str:
    """The bands of a chart by their numbers, in one sentence; empty if there are none."""
    days = (day(b.since) if b.since == b.until else f"{day(b.since)} to {day(b.until)}" for b in bands)
    entries = [f"{n} {b.title} ({when})" for n, (b, when) in enumerate(zip(bands, days, strict=True), start=1)]
    return f"Bands: {'; '.join(entries)}." if entries else ""


def natural(draw: Callable[[bool], Any]) -> tuple[Draw, float]:
    """For a chart whose height is what it holds: how a figure draws it, and that height. `draw` takes whether still."""
    return (lambda _height, still: draw(still)), float(draw(True).height)


def joined(notes: Sequence[str]) -> str:
    """Several half sentences as one: the first letter large, a full stop at the end; empty if there are none."""
    text = "; ".join(filter(None, notes))
    return f"{text[:1].upper()}{text[1:]}." if text else ""
