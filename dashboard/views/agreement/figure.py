"""Do stars mean use? as figures: stars against downloads with their trails, their agreement over time, stars per
million downloads on a day and over time, and a survey beside both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import altair as alt
import pandas as pd

from answers.agreement.answer import AgreementAnswer
from answers.agreement.surveys import SurveyAgreement
from answers.question import QuestionError
from answers.series.answer import SeriesAnswer
from catalog import Break, Catalog
from dashboard.charts import framework_styles, line_chart, ranking, scatter_chart
from dashboard.charts.figure import Draw, Figure, Style, natural
from dashboard.charts.line_chart import within
from dashboard.text import number
from dashboard.views.agreement import history_path, ratios, tau_chart

HEIGHT = 400.0  # of the scatter: on less the names have no room beside their marks
PER_MILLION = "Stars per million downloads"
OF_30_DAYS = "All stars there are against the downloads of 30 days, on a logarithmic axis."

FALLING = (
    "Lines break where a figure is missing or the counting changed. A falling line: downloads grew faster than stars."
)


@dataclass(frozen=True, slots=True)
class Chart:
    """One of the charts with its own words."""

    draw: Draw
    title: str
    sentence: str
    summary: str
    notes: tuple[str, ...]


def scatter(found: AgreementAnswer, answers: Sequence[SeriesAnswer], catalog: Catalog, look: Style) -> Figure:
    """A mark per framework, and the way it came. `answers`: the series behind both axes, for doubts and sources.

    Raises QuestionError if no framework has both.
    """
    points = history_path.drawn(found, catalog.breaks, framework_styles.titles(catalog))
    off, points = points[points["off"]], points[~points["off"]]
    if points.empty:
        raise QuestionError("There is nothing to draw: no framework has both stars and downloads around that day.")
    marks = framework_styles.lines(points["line"], catalog, dark=look.dark)

    def draw(height: float, _still: bool) -> alt.LayerChart:
        plane = scatter_chart.Plane(marks, "Downloads in 30 days", "Stars", dark=look.dark, height=round(height))
        return scatter_chart.draw(points, plane)

    left_out = f"{len(off)} sightings far off their framework's own middle are left out of it." if len(off) else ""
    reading = f"Both axes are logarithmic. A mark is a framework in {found.on:%B %Y}, its line the way there"
    notes = (f"{reading}, broken where a figure is missing or the counting changed.", left_out)
    drawn = Chart(
        draw, "Do stars mean use?", found.sentence, history_path.summary(found, framework_styles.titles(catalog)), notes
    )
    return replace(_figure(found, answers, drawn, _table(found, catalog)), height=HEIGHT)


def course(found: AgreementAnswer, answers: Sequence[SeriesAnswer], look: Style) -> Figure:
    """Kendall's tau month by month. Raises QuestionError for fewer than two months."""
    past = found.history
    rows = tau_chart.points(past)
    if len(rows) < 2:
        raise QuestionError("There is nothing to draw: fewer than two months know enough frameworks.")

    def draw(height: float, still: bool) -> alt.LayerChart:
        return tau_chart.draw(rows, tau_chart.Course(past.breaks, look.dark, round(height), still))

    bands = tuple(within(past.breaks, rows["when"].min().date(), rows["when"].max().date()))
    notes = (
        "Kendall's tau: 1 the same order, 0 no relation, -1 the reverse. The shade is the 95 % bootstrap interval.",
    )
    table = pd.DataFrame(
        {"Month": rows["when"].dt.strftime("%Y-%m"), "Kendall's tau": rows["said"], "Frameworks": rows["frameworks"]}
    )
    title = "Do stars mean use? The agreement of the two orders over time"
    drawn = Chart(draw, title, past.sentence, tau_chart.summary(past), notes)
    return _figure(found, answers, drawn, table.iloc[::-1], bands)


def per_million(found: AgreementAnswer, answers: Sequence[SeriesAnswer], catalog: Catalog, look: Style) -> Figure:
    """A dot per framework: its stars for each million of downloads. Raises QuestionError if no framework has both."""
    rows = ranking.values(found.per_million, framework_styles.titles(catalog))
    if rows.empty:
        raise QuestionError("There is nothing to draw: no framework has both stars and downloads around that day.")
    marks = framework_styles.lines(rows["line"], catalog, dark=look.dark)
    draw, height = natural(lambda _: ranking.draw(rows, marks, share=False, dark=look.dark))
    title = f"{PER_MILLION}, {found.on:%B %Y}"
    told = ranking.summary(rows, f"{PER_MILLION} in 30 days")
    drawn = Chart(draw, title, _most_and_least(rows, f"{found.on:%B %Y}"), told, (OF_30_DAYS,))
    table = rows[["name", "shown"]].rename(columns={"name": "Framework", "shown": PER_MILLION})
    return replace(_figure(found, answers, drawn, table), height=height)


def over_time(found: AgreementAnswer, answers: Sequence[SeriesAnswer], catalog: Catalog, look: Style) -> Figure:
    """Stars for each million of downloads month by month. Raises QuestionError for fewer than two months."""
    past, titles = found.history, framework_styles.titles(catalog)
    rows = ratios.course(past, titles) if past.months else pd.DataFrame()
    if rows.empty or not ratios.drawable(rows):
        raise QuestionError("There is nothing to draw: fewer than two months know both of enough frameworks.")
    names, breaks = ratios.order(past, rows), tuple(ratios.bands(past))
    lines = framework_styles.lines(names, catalog, dark=look.dark)

    def draw(height: float, still: bool) -> alt.LayerChart:
        how = line_chart.LineChartOptions(
            lines, ratios.UNIT, look.dark, log=True, height=round(height), breaks=breaks, still=still
        )  # fmt: skip
        return line_chart.draw(rows, how)

    first, last = rows["when"].min(), rows["when"].max()
    sentence = _most_and_least(ranking.values(ratios.latest(past), titles), f"{last:%B %Y}")
    drawn = Chart(draw, f"{PER_MILLION}, over time", sentence, ratios.summary(past, titles), (OF_30_DAYS, FALLING))
    bands = tuple(within(breaks, first.date(), last.date()))
    return _figure(found, answers, drawn, ratios.table(rows), bands)


def survey(
    found: AgreementAnswer, beside: SurveyAgreement, answer: SeriesAnswer, catalog: Catalog, look: Style
) -> Figure:
    """What people said they work with in one edition. Raises QuestionError if it tells no share."""
    rows = ranking.shares(answer.frame, framework_styles.titles(catalog))
    if rows.empty:
        raise QuestionError("There is nothing to draw: that survey asked about none of these frameworks.")
    marks = framework_styles.lines(rows["line"], catalog, dark=look.dark)
    draw, height = natural(lambda _: ranking.draw(rows, marks, share=True, dark=look.dark))
    title = f"{answer.metric.title}, {beside.year}"
    bars = "Bars are 95 % intervals: sampling noise only." if rows["low"].notna().any() else ""
    said = answer.sentence.removeprefix(answer.metric.title).lstrip(" ,:")
    sentence = f"{said[:1].upper()}{said[1:]}"
    drawn = Chart(draw, title, sentence, ranking.summary(rows, title), ("Unit: share in %.", bars))
    between = [
        "" if pd.isna(low) else f"{number(low, 'share')} to {number(high, 'share')}"
        for low, high in zip(rows["low"], rows["high"], strict=True)
    ]
    table = pd.DataFrame({"Framework": rows["name"], "Share": rows["shown"], "95 % interval": between})
    return replace(_figure(found, [answer], drawn, table), height=height)


def _most_and_least(rows: pd.DataFrame, when: str) -> str:
    """Whose stars are the most for their downloads, and whose the fewest; `rows` from the most to the least."""
    most, least = rows.iloc[0], rows.iloc[-1]
    told = f"{when}: {most['name']} has {most['shown']} stars for each million of its downloads in 30 days"
    return f"{told}." if len(rows) == 1 else f"{told}, the most; {least['name']} has {least['shown']}, the fewest."


def _figure(
    found: AgreementAnswer,
    answers: Sequence[SeriesAnswer],
    drawn: Chart,
    table: pd.DataFrame,
    bands: tuple[Break, ...] = (),
) -> Figure:
    learned = [answer.retrieved_at for answer in answers if answer.retrieved_at]
    return Figure(
        name="agreement",
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


def _table(found: AgreementAnswer, catalog: Catalog) -> pd.DataFrame:
    """Both figures and both ranks of each framework, the most downloaded first."""
    table, titles = found.found.table.sort_values("y_rank"), framework_styles.titles(catalog)
    return pd.DataFrame(
        {
            "Framework": [titles.get(str(name), str(name)) for name in table["framework"]],
            "Stars": [number(float(value)) for value in table["x"]],
            "Rank by stars": table["x_rank"],
            "Downloads in 30 days": [number(float(value)) for value in table["y"]],
            "Rank by downloads": table["y_rank"],
        }
    )
