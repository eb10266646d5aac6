"""Job posts as a figure: twelve months pooled as lines with their intervals, single months as faint dots."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from answers import wording
from answers.series.answer import SeriesAnswer
from catalog import Catalog
from dashboard.charts import framework_styles, line_chart
from dashboard.charts.figure import Figure, Style, joined, last_values, parted
from dashboard.charts.layers.layered_chart import with_layers
from dashboard.charts.line_chart import Line
from dashboard.charts.line_points import points

DOT, BAND = 0.28, 0.14  # how much of their colour shows


def figure(answer: SeriesAnswer, months: SeriesAnswer, finding: str, catalog: Catalog, style: Style) -> Figure:
    """The pooled shares of an answer, with the single months of another. `finding`: who leads, in a sentence."""
    titles = framework_styles.titles(catalog)
    drawn, _ = points(answer.frame, answer.metric, titles, "share", answer.breaks)
    order = {name: place for place, name in enumerate(answer.question.frameworks)}
    ids = sorted(dict.fromkeys(map(str, drawn.dropna(subset=["value"])["line"])), key=lambda name: order.get(name, 0))
    lines = framework_styles.lines(ids, catalog, dark=style.dark)
    days = drawn.dropna(subset=["value"])["when"]
    bands = tuple(line_chart.within(answer.breaks, days.min().date(), days.max().date()))
    headline, detail = parted(finding or answer.sentence)

    def draw(height: float, still: bool) -> alt.LayerChart:
        options = line_chart.LineChartOptions(
            lines=lines, unit="share", dark=style.dark, height=round(height), still=still, breaks=bands,
            domain=(0.0, float(answer.frame["high"].max())),
        )  # fmt: skip
        return with_layers(line_chart.draw(drawn, options), below=[_bands(answer, lines), _dots(months, lines)])

    return Figure(
        name="hiring",
        headline=headline,
        detail=detail,
        subtitle=_subtitle(answer),
        legend=last_values(drawn, lines, "share"),
        draw=draw,
        summary=f"{answer.metric.title}: {headline}",
        care=answer.metric.badge,
        notes=(NOTE,),
        sources=answer.sources,
        retrieved_at=answer.retrieved_at,
        caveats=answer.caveats,
        bands=bands,
        as_of=answer.question.as_of,
        table=table(answer, titles),
        newest=answer.newest,
    )


NOTE = joined(
    [
        "each point is the twelve months up to it",
        "the shade is its 95% interval, at least: the same firms post every month",
        "faint dots are single months of 300 posts or more",
    ]
)


def _subtitle(answer: SeriesAnswer) -> str:
    valued = answer.frame.dropna(subset=["value"])
    newest = valued[valued["period_end"] == valued["period_end"].max()]
    first, last = valued["period_end"].min().date(), valued["period_end"].max().date()
    return " · ".join(
        (
            "Share of Hacker News job posts",
            wording.spans(answer.metric).strip(" ()"),
            wording.months(first, last),
            f"n = {newest['base'].max():,}",
        )
    )


def table(answer: SeriesAnswer, titles: dict[str, str]) -> pd.DataFrame:
    """The pooled shares, the newest first: posts that name it, posts, share and interval."""
    rows = answer.frame.dropna(subset=["value"]).sort_values(["period_end", "value"], ascending=False, kind="stable")
    percents = {
        heading: 100 * rows[column]
        for heading, column in (("Share, %", "value"), ("95% low, %", "low"), ("95% high, %", "high"))
    }
    return pd.DataFrame(
        {
            "First day": rows["period"].dt.date,
            "Last day": rows["period_end"].dt.date,
            "Framework": rows["framework"].map(titles),
            "Posts naming it": (rows["value"] * rows["base"].astype("float64")).round().astype("int64"),
            "Posts": rows["base"],
            **percents,
        }
    )


def _colour(lines: Sequence[Line]) -> alt.Color:
    scale = alt.Scale(domain=[line.id for line in lines], range=[line.colour for line in lines])
    return alt.Color("line:N", scale=scale, legend=None)


def _bands(answer: SeriesAnswer, lines: Sequence[Line]) -> alt.Chart:
    rows = answer.frame.rename(columns={"framework": "line", "period_end": "when"})  # a gap ends the shade too
    chart: alt.Chart = alt.Chart(rows[["line", "when", "low", "high"]]).mark_area(
        opacity=BAND, line=False, invalid="break-paths-show-domains"
    )
    return chart.encode(x=alt.X("when:T"), y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=_colour(lines))


def _dots(months: SeriesAnswer, lines: Sequence[Line]) -> alt.Chart:
    rows = months.frame.dropna(subset=["value"]).rename(columns={"framework": "line", "period_end": "when"})
    chart: alt.Chart = alt.Chart(rows[["line", "when", "value"]]).mark_circle(size=14, opacity=DOT, clip=True)
    return chart.encode(x=alt.X("when:T"), y=alt.Y("value:Q"), color=_colour(lines))
