"""Stars vs downloads as figures: stars against downloads with their paths, their agreement over time, stars per
million downloads on a day and over time, and a survey beside both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log

import altair as alt
import pandas as pd

from answers import wording
from answers.agreement.answer import AgreementAnswer
from answers.agreement.surveys import SurveyAgreement
from answers.questions import QuestionError
from answers.series.answer import SeriesAnswer
from answers.wording import capital, counted
from catalog import Break, Catalog
from dashboard.charts import framework_styles, line_chart, ranking, scatter_chart, theme
from dashboard.charts.figure import Draw, Figure, Style, natural, parted
from dashboard.charts.line_chart import Line, within
from dashboard.display_text import number
from dashboard.views.agreement import chart, points

HEIGHT = 400.0  # of the scatter: on less the names have no room beside their marks
PER_MILLION = "Stars per million downloads"
OF_30_DAYS = "All stars so far against the downloads of 30 days, on a logarithmic axis."

FALLING = (
    "Lines break where a value is missing or the counting method changed. Falling: downloads grew faster than stars."
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """One of the charts with its words."""

    draw: Draw
    subtitle: str
    sentence: str
    notes: tuple[str, ...]


def scatter(agreement: AgreementAnswer, answers: Sequence[SeriesAnswer], catalog: Catalog, style: Style) -> Figure:
    """A mark per framework, and the path it came by. `answers`: the series behind both axes.

    Raises QuestionError if no framework has both.
    """
    titles = framework_styles.titles(catalog)
    marks = points.paths(agreement, catalog.breaks, titles)
    off, marks = marks[marks["off"]], marks[~marks["off"]]
    if marks.empty:
        raise QuestionError("There is nothing to draw: no framework has both stars and downloads around that day.")
    lines = framework_styles.lines(marks["line"], catalog, dark=style.dark)

    def draw(height: float, _still: bool) -> alt.LayerChart:
        plane = scatter_chart.Plane(lines, "Downloads in 30 days", "Stars", dark=style.dark, height=round(height))
        return scatter_chart.draw(marks, plane)

    left_out = (
        f"Left out: {counted(len(off), 'value')} more than tenfold off the framework's median." if len(off) else ""
    )
    reading = (
        f"Both axes are logarithmic. A mark is a framework in {wording.month(agreement.on)}, its line the months before"
    )
    notes = (f"{reading}, broken where a value is missing or the counting method changed.", left_out)
    subtitle = f"{agreement.x.title} and {agreement.y.title} · {wording.month(agreement.on)} · {_several(len(lines))}"
    drawing = Drawing(draw, subtitle, agreement.sentence, notes)
    return replace(_figure(agreement, answers, drawing, _table(agreement, catalog)), height=HEIGHT)


def tau(agreement: AgreementAnswer, answers: Sequence[SeriesAnswer], style: Style) -> Figure:
    """Kendall's tau month by month. Raises QuestionError for fewer than two months."""
    history = agreement.history
    rows = chart.tau_points(history)
    if len(rows) < 2:
        raise QuestionError("There is nothing to draw: fewer than two months know enough frameworks.")

    def draw(height: float, still: bool) -> alt.LayerChart:
        return chart.draw(rows, chart.TauOptions(history.breaks, style.dark, round(height), still))

    bands = tuple(within(history.breaks, rows["when"].min().date(), rows["when"].max().date()))
    notes = ("1: same order, 0: no relationship, −1: reverse order. The shade is the 95% bootstrap interval.",)
    table = pd.DataFrame(
        {
            "Month": rows["when"].dt.strftime("%Y-%m"),
            "Kendall's tau": rows["tau"].round(3),
            "Low (95%)": rows["low"].round(3),
            "High (95%)": rows["high"].round(3),
            "Frameworks": rows["frameworks"],
        }
    )
    span = wording.months(rows["when"].min().date(), rows["when"].max().date())
    subtitle = f"Kendall's tau, stars and {history.y.title} · {span} · {_several(int(rows['frameworks'].iloc[-1]))}"
    drawing = Drawing(draw, subtitle, history.sentence, notes)
    return _figure(agreement, answers, drawing, table.iloc[::-1], bands)


def per_million(agreement: AgreementAnswer, answers: Sequence[SeriesAnswer], catalog: Catalog, style: Style) -> Figure:
    """A dot per framework: its stars for each million of downloads. Raises QuestionError if no framework has both."""
    rows = ranking.values(agreement.per_million, framework_styles.titles(catalog))
    if rows.empty:
        raise QuestionError("There is nothing to draw: no framework has both stars and downloads around that day.")
    marks = _lines(rows["line"], catalog, style)
    draw, height = natural(lambda _: ranking.draw(rows, marks, share=False, dark=style.dark))
    subtitle = f"{PER_MILLION} in 30 days · {wording.month(agreement.on)} · {_several(len(rows))}"
    drawing = Drawing(draw, subtitle, _most_and_least(rows, wording.month(agreement.on)), (OF_30_DAYS,))
    table = rows[["name", "value"]].rename(columns={"name": "Framework", "value": PER_MILLION}).round(1)
    return replace(_figure(agreement, answers, drawing, table), height=height)


def over_time(agreement: AgreementAnswer, answers: Sequence[SeriesAnswer], catalog: Catalog, style: Style) -> Figure:
    """Stars for each million of downloads month by month. Raises QuestionError for fewer than two months."""
    history, titles = agreement.history, framework_styles.titles(catalog)
    rows = points.ratios(history, titles) if history.months else pd.DataFrame()
    if rows.empty or not points.drawable(rows):
        raise QuestionError("There is nothing to draw: fewer than two months know both of enough frameworks.")
    names, breaks = points.ratio_order(history, rows), tuple(points.counting_breaks(history))
    lines = _lines(names, catalog, style)

    def draw(height: float, still: bool) -> alt.LayerChart:
        options = line_chart.LineChartOptions(
            lines, points.UNIT, style.dark, log=True, height=round(height), breaks=breaks, still=still
        )  # fmt: skip
        return line_chart.draw(rows, options)

    first, last = rows["when"].min(), rows["when"].max()
    latest = ranking.values(points.latest_ratios(history), titles)
    sentence = _moved_most(rows) or _most_and_least(latest, wording.month(last))
    span = wording.months(first.date(), last.date())
    subtitle = f"{PER_MILLION} in 30 days, month by month · {span} · {history.y.title}"
    drawing = Drawing(draw, subtitle, sentence, (OF_30_DAYS, FALLING))
    bands = tuple(within(breaks, first.date(), last.date()))
    return _figure(agreement, answers, drawing, points.ratio_table(rows), bands)


def survey(
    agreement: AgreementAnswer, edition: SurveyAgreement, answer: SeriesAnswer, catalog: Catalog, style: Style
) -> Figure:
    """What people said they work with in one edition. Raises QuestionError if it has no share."""
    rows = ranking.shares(answer.frame, framework_styles.titles(catalog))
    if rows.empty:
        raise QuestionError("There is nothing to draw: that survey asked about none of these frameworks.")
    marks = _lines(rows["line"], catalog, style)
    draw, height = natural(lambda _: ranking.draw(rows, marks, share=True, dark=style.dark))
    title = f"{answer.metric.title}, {edition.year} edition · share in %"
    bars = "Bars are 95% intervals: sampling noise only." if rows["low"].notna().any() else ""
    answered = answer.sentence.removeprefix(answer.metric.title).lstrip(" ,:")
    base = answer.frame["base"].max()
    subtitle = title if pd.isna(base) else f"{title} · n = {base:,.0f}"
    drawing = Drawing(draw, subtitle, capital(answered), (bars,))
    shares = {"Share in %": rows["value"], "Low in % (95%)": rows["low"], "High in % (95%)": rows["high"]}
    table = pd.DataFrame(
        {"Framework": rows["name"]}
        | {name: (values * 100).astype("float64").round(1) for name, values in shares.items()}
    )
    return replace(_figure(agreement, [answer], drawing, table), height=height)


def _lines(names: Iterable[str], catalog: Catalog, style: Style) -> list[Line]:
    """The looks of these frameworks: of many, the first of the catalog in colour and the rest grey."""
    lines = framework_styles.lines(names, catalog, dark=style.dark)
    drawn = {line.id for line in lines}
    coloured = [name for name in catalog.frameworks if name in drawn][: framework_styles.MOST_COLOURED]
    grey = theme.QUIET[style.dark]
    return [x if x.id in coloured else replace(x, quiet=True, colour=grey, dash=theme.SOLID) for x in lines]


def _several(frameworks: int) -> str:
    return counted(frameworks, "framework")


def _most_and_least(rows: pd.DataFrame, when: str) -> str:
    """Whose stars are the most for their downloads, and whose the fewest; `rows` from the most to the least."""
    most, least = rows.iloc[0], rows.iloc[-1]
    text = f"{when}: {most['name']} has {most['shown']} stars for each million of its downloads in 30 days"
    return f"{text}." if len(rows) == 1 else f"{text}, the most; {least['name']} has {least['shown']}, the fewest."


def _moved_most(rows: pd.DataFrame) -> str:
    """Whose ratio moved furthest since its line last broke: across a break nothing is compared. Empty: nobody's did."""
    moves = []
    for _, own in rows.groupby("line"):
        since = own[own["value"].isna()[::-1].cummax()[::-1].eq(False)]
        if len(since) > 1:
            first, last = since.iloc[0], since.iloc[-1]
            moves.append((abs(log(last["value"] / first["value"])), first, last))
    if not moves:
        return ""
    _, first, last = max(moves, key=lambda move: move[0])
    verb = "fell" if last["value"] < first["value"] else "rose"
    return (
        f"{last['name']} {verb} most: from {number(first['value'])} stars per million downloads in "
        f"{wording.month(first['when'])} to {number(last['value'])} in {wording.month(last['when'])}."
    )


def _figure(
    agreement: AgreementAnswer,
    answers: Sequence[SeriesAnswer],
    drawing: Drawing,
    table: pd.DataFrame,
    bands: tuple[Break, ...] = (),
) -> Figure:
    retrieved = [answer.retrieved_at for answer in answers if answer.retrieved_at]
    headline, detail = parted(drawing.sentence)
    return Figure(
        name="agreement",
        headline=headline,
        detail=detail,
        subtitle=drawing.subtitle,
        care=" ".join(dict.fromkeys(answer.metric.badge for answer in answers)),
        draw=drawing.draw,
        summary=headline,
        notes=drawing.notes,
        sources=tuple(dict.fromkeys(s for answer in answers for s in answer.sources)),
        retrieved_at=max(retrieved) if retrieved else None,
        caveats=tuple({c.code: c for answer in answers for c in answer.caveats}.values()),
        bands=bands,
        as_of=agreement.as_of,
        table=table,
    )


def _table(agreement: AgreementAnswer, catalog: Catalog) -> pd.DataFrame:
    """Both figures and both ranks of each framework, the most downloaded first."""
    table, titles = agreement.ranking.table.sort_values("y_rank"), framework_styles.titles(catalog)
    return pd.DataFrame(
        {
            "Framework": [titles.get(str(name), str(name)) for name in table["framework"]],
            "Stars": table["x"],
            "Rank by stars": table["x_rank"],
            "Downloads in 30 days": table["y"].round(),
            "Rank by downloads": table["y_rank"],
        }
    )
