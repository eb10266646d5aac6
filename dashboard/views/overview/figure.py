"""A card of *Overview*: one count of one kind of evidence, as a small figure over the years that all cards share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import altair as alt
import pandas as pd

from answers.growth.answer import Growth, GrowthRow
from answers.leaders.answer import LeaderRow
from answers.series.answer import SeriesAnswer
from catalog import Catalog, Kind, Metric
from dashboard.charts import framework_styles, line_chart
from dashboard.charts.figure import Figure, Legend, LegendEntry, last_values, parted
from dashboard.charts.line_points import points
from dashboard.display_text import day_in_words, number, span_in_words

YEAR_ON_YEAR = "year-on-year"
HEIGHT = 120  # pixels of a card's plot
SHARED = timedelta(days=6 * 366)  # what all cards show of the past

Span = tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a card is made of: a count of the frameworks, who leads by it (None: it cannot be compared), its growth
    (None: a share has none).
    """

    answer: SeriesAnswer
    row: LeaderRow | None
    growth: Growth | None

    @property
    def metric(self) -> Metric:
        return self.answer.metric

    @property
    def decided(self) -> bool:
        """Whether its values show who leads without further words."""
        return self.row is None or self.row.leader is not None

    @property
    def valued(self) -> pd.DataFrame:
        """The rows that have a value."""
        return self.answer.frame.dropna(subset=["value"])


def shared_span(every: Sequence[Evidence]) -> Span | None:
    """The days that cards are drawn over at most, up to the newest of any; None without a value."""
    seen = [evidence.valued for evidence in every if len(evidence.valued)]
    if not seen:
        return None
    last = max(frame["period_end"].max() for frame in seen)
    first = min(frame["period"].min() for frame in seen)
    return max(first, last - SHARED), last


def card(evidence: Evidence, span: Span, catalog: Catalog, *, dark: bool) -> Figure:
    """The figure of a card."""
    answer, metric = evidence.answer, evidence.metric
    unit = "share" if metric.kind is Kind.SHARE else metric.unit
    every, thinned = points(answer.frame, metric, framework_styles.titles(catalog), unit, answer.breaks)
    drawn = every[every["when"] >= span[0]]
    first = drawn["when"][drawn["value"].notna()].min()
    span = (max(span[0], first) if pd.notna(first) else span[0]), span[1]  # no years before the first value
    lines = framework_styles.lines(drawn.dropna(subset=["value"])["line"], catalog, dark=dark)
    legend = last_values(drawn, lines, unit)
    finding = parted(evidence.row.sentence)[0] if evidence.row else ""

    def draw(height: float, still: bool) -> alt.LayerChart:
        options = line_chart.LineChartOptions(
            lines=lines, unit=unit, dark=dark, height=round(height), small=True, span=span, still=still,
            breaks=[b for b in answer.breaks if b.kind == "break"],
        )  # fmt: skip
        return line_chart.draw(drawn, options)

    return Figure(
        name=metric.id,
        headline=metric.title,
        subtitle=_subtitle(evidence, legend, thinned=bool(thinned)),
        legend=_changed(replace(legend, when=""), evidence.growth, catalog).shortened("picture"),
        draw=draw,
        summary=finding or f"{metric.title}: {legend}",
        detail="" if evidence.decided else finding,
        care=metric.badge,
        sources=answer.sources,
        retrieved_at=answer.retrieved_at,
        caveats=answer.caveats,
        bands=answer.breaks,
        as_of=answer.question.as_of,
        height=HEIGHT,
        newest=evidence.answer.newest,
    )


def _subtitle(evidence: Evidence, legend: Legend, *, thinned: bool) -> str:
    """What the last values are of: a day, a mean per day of some days, an edition with how many answered."""
    valued = evidence.valued
    last = valued[valued["period_end"] == valued["period_end"].max()]
    first, end = pd.Timestamp(last["period"].max()).date(), pd.Timestamp(last["period_end"].max()).date()
    if evidence.metric.period == "year":
        bases = last["base"].dropna()
        return f"{end.year} edition{f' · n = {bases.max():,.0f}' if len(bases) else ''}"
    if evidence.metric.kind is Kind.STOCK:
        return f"On {day_in_words(end)}"
    if evidence.metric.period == "window":
        return span_in_words(first, end)
    per = evidence.metric.unit.partition(" per ")[2]
    return " · ".join(filter(None, (f"{'Average per' if thinned else 'Per'} {per}", legend.when)))


def _changed(legend: Legend, growth: Growth | None, catalog: Catalog) -> Legend:
    """The last values with their changes in a year, or why there is none."""
    if growth is None:
        return legend
    names = framework_styles.titles(catalog)
    rows = {names[row.framework]: row for row in growth.rows}
    return replace(legend, entries=tuple(_grown(entry, rows.get(entry.name)) for entry in legend.entries))


def _grown(entry: LegendEntry, row: GrowthRow | None) -> LegendEntry:
    if row is None:
        return entry
    relative = row.figures[YEAR_ON_YEAR].relative
    return replace(
        entry,
        change="" if relative is None else number(relative, "change"),
        why=row.refusals.get(YEAR_ON_YEAR, ""),
    )
