"""Do stars mean use? as figures: stars against downloads with their trails, and their agreement over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import altair as alt
import pandas as pd

from catalog import Break, Catalog
from dashboard import scatterchart, tauchart, trails
from dashboard.figure import Draw, Figure, Look
from dashboard.figures import looks
from dashboard.linechart import within
from dashboard.words import number
from uptake.answers import QuestionError, SeriesAnswer, Use

HEIGHT = 400.0  # of the scatter: on less the names have no room beside their marks


@dataclass(frozen=True, slots=True)
class Chart:
    """One of the two charts with its own words."""

    draw: Draw
    title: str
    sentence: str
    summary: str
    notes: tuple[str, ...]


def scatter(found: Use, answers: Sequence[SeriesAnswer], catalog: Catalog, look: Look) -> Figure:
    """A mark per framework, and the way it came. `answers`: the series behind both axes, for doubts and sources.

    Raises QuestionError if no framework has both.
    """
    points = trails.drawn(found, catalog.breaks, looks.titles(catalog))
    off, points = points[points["off"]], points[~points["off"]]
    if points.empty:
        raise QuestionError("There is nothing to draw: no framework has both stars and downloads around that day.")
    marks = looks.lines(points["line"], catalog, dark=look.dark)

    def draw(height: float, _still: bool) -> alt.LayerChart:
        plane = scatterchart.Plane(marks, "Downloads in 30 days", "Stars", dark=look.dark, height=round(height))
        return scatterchart.draw(points, plane)

    left_out = f"{len(off)} sightings far off their framework's own middle are left out of it." if len(off) else ""
    reading = f"Both axes are logarithmic. A mark is a framework in {found.on:%B %Y}, its line the way there"
    notes = (f"{reading}, broken where a figure is missing or the counting changed.", left_out)
    drawn = Chart(draw, "Do stars mean use?", found.sentence, trails.summary(found, looks.titles(catalog)), notes)
    return replace(_figure(found, answers, drawn, _table(found, catalog)), height=HEIGHT)


def course(found: Use, answers: Sequence[SeriesAnswer], look: Look) -> Figure:
    """Kendall's tau month by month. Raises QuestionError for fewer than two months."""
    past = found.past
    rows = tauchart.points(past)
    if len(rows) < 2:
        raise QuestionError("There is nothing to draw: fewer than two months know enough frameworks.")

    def draw(height: float, still: bool) -> alt.LayerChart:
        return tauchart.draw(rows, tauchart.Course(past.breaks, look.dark, round(height), still))

    bands = tuple(within(past.breaks, rows["when"].min().date(), rows["when"].max().date()))
    notes = (
        "Kendall's tau: 1 the same order, 0 no relation, -1 the reverse. The shade is the 95 % bootstrap interval.",
    )
    table = pd.DataFrame(
        {"Month": rows["when"].dt.strftime("%Y-%m"), "Kendall's tau": rows["said"], "Frameworks": rows["frameworks"]}
    )
    title = "Do stars mean use? The agreement of the two orders over time"
    drawn = Chart(draw, title, past.sentence, tauchart.summary(past), notes)
    return _figure(found, answers, drawn, table.iloc[::-1], bands)


def _figure(
    found: Use, answers: Sequence[SeriesAnswer], drawn: Chart, table: pd.DataFrame, bands: tuple[Break, ...] = ()
) -> Figure:
    learned = [answer.retrieved_at for answer in answers if answer.retrieved_at]
    return Figure(
        name="use",
        title=drawn.title,
        sentence=drawn.sentence,
        badges=tuple(dict.fromkeys(answer.metric.badge for answer in answers)),
        draw=drawn.draw,
        summary=drawn.summary,
        notes=drawn.notes,
        sources=tuple({s.id: s for answer in answers for s in answer.sources}.values()),
        retrieved_at=max(learned) if learned else None,
        caveats=tuple({c.code: c for answer in answers for c in answer.caveats}.values()),
        bands=bands,
        as_of=found.as_of,
        table=table,
    )


def _table(found: Use, catalog: Catalog) -> pd.DataFrame:
    """Both figures and both ranks of each framework, the most downloaded first."""
    table, titles = found.found.table.sort_values("y_rank"), looks.titles(catalog)
    return pd.DataFrame(
        {
            "Framework": [titles.get(str(name), str(name)) for name in table["framework"]],
            "Stars": [number(float(value)) for value in table["x"]],
            "Rank by stars": table["x_rank"],
            "Downloads in 30 days": [number(float(value)) for value in table["y"]],
            "Rank by downloads": table["y_rank"],
        }
    )
