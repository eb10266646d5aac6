"""Who leads? One sentence that answers, then a row per metric: the leader, the lead, since when, and the doubt."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from answers.leaders import LeaderRow, Leaders
from answers.question import Question
from catalog import Kind, Metric
from dashboard import cache, links
from dashboard.charts import framework_styles, line_chart
from dashboard.charts.line_points import points
from dashboard.text import number, plain
from dashboard.widgets import download, elements, url_state

DEFAULT = ("flask", "django", "fastapi")


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    frameworks = url_state.many("framework", "Frameworks to compare", elements.titles(), DEFAULT)
    url_state.problems()
    leaders = cache.leaders(frameworks)
    with top:
        elements.headline("Who leads?", leaders.sentence, by_line=True)
    if not leaders.rows:
        elements.empty("Nothing was collected for these frameworks.")
        return
    for row in leaders.rows:
        _row(row)
    _past(leaders)
    st.caption(
        "Sources disagree by design: stars are attention, downloads are mostly machines, surveys are who answered. "
        "Read the direction in each before the rank across them. No single score is computed."
    )


def _row(row: LeaderRow) -> None:
    metric = cache.catalog().metrics[row.metric]
    with st.container(border=True):
        words, chart = st.columns([2, 3], vertical_alignment="center")
        with words:
            st.caption(f"**{plain(metric.title)}**")
            st.subheader(_leader(row), anchor=False)
            st.markdown(plain(row.sentence, 500))
        with chart:
            _spark(row, metric)
        _doubts(metric, row.spark)


def _leader(row: LeaderRow) -> str:
    """FastAPI, by 13,157. A lead in shares is in percentage points."""
    if row.leader is None:
        return "Nobody can be said to lead"
    name = plain(elements.titles().get(row.leader, row.leader))
    if row.lead is None:
        return name
    share = cache.catalog().metrics[row.metric].kind is Kind.SHARE
    return f"{name}, by {f'{row.lead * 100:.1f} points' if share else number(row.lead)}"


def _spark(row: LeaderRow, metric: Metric) -> None:
    """The whole history, small, with the frameworks' names at the ends of their lines."""
    if row.spark.empty:
        st.caption("No history to draw.")
        return
    dark, names = elements.dark(), elements.titles()
    unit = "share" if metric.kind is Kind.SHARE else metric.unit
    breaks = [b for b in cache.catalog().breaks_of(metric.id) if b.kind == "break"]
    drawn, _ = points(row.spark, metric, names, unit, breaks)
    options = line_chart.LineChartOptions(
        lines=framework_styles.lines(drawn["line"], cache.catalog(), dark=dark),
        unit=unit,
        dark=dark,
        height=150,
        small=True,
        breaks=breaks,
    )
    elements.chart(line_chart.draw(drawn, options), f"{metric.title} ({metric.unit}): {row.sentence}")


def _doubts(metric: Metric, spark: pd.DataFrame) -> None:
    """The badge, the caveats one click away, and where these figures came from."""
    catalog = cache.catalog()
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.badge(metric)
        elements.doubts(catalog.caveats_of(metric.id))
        if not spark.empty:
            shown = ",".join(dict.fromkeys(spark["framework"]))
            download.offer("chart", [("metric", metric.id), ("framework", shown)])
            question = Question(metric.id, tuple(shown.split(",")))
            st.link_button("CSV by API", links.api(question, "csv"), help="All figures of this chart.")
            link = {"metric": metric.id, "framework": shown}
            st.page_link("views/trends/page.py", label=f"Trends: {metric.title}", query_params=link)
    latest = spark["retrieved_at"].max()
    sources = elements.sources_named(spark["source"].unique())
    st.caption(elements.provenance(sources, None if pd.isna(latest) else latest.to_pydatetime(), metric))


def _past(leaders: Leaders) -> None:
    """What was overtaken, and when."""
    if not leaders.past:
        return
    st.subheader("Who passed whom", anchor=False)
    for sentence in leaders.past:
        st.markdown(f"- {plain(sentence, 600)}")


if __name__ == "__main__":
    show()
