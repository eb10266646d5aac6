"""A survey as figures: shares over the years, changes between two editions, two groups of one, what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import altair as alt
import pandas as pd

from answers.question import QuestionError
from answers.series.answer import SeriesAnswer
from answers.surveys.answer import Surveys
from answers.surveys.differences import ShareDifference, among
from answers.wording import dimension as dimension_title
from catalog import Break, Catalog
from dashboard.charts import dot_chart, framework_styles
from dashboard.charts.figure import Figure, Style, joined, natural, parted
from dashboard.charts.line_chart import Line
from dashboard.text import number
from dashboard.views.surveys import desire_gap, differences
from dashboard.widgets import dimensions
from dashboard.widgets.dimensions import Cut

BARS = "bars are 95 % intervals: sampling noise only, not who chose to answer"
HOLLOW = "hollow marks cannot be told from chance, or nobody knows"


def years(answer: Surveys, catalog: Catalog, style: Style) -> Figure:
    """The shares over the years; of a single edition as a list. Raises QuestionError if there is none."""
    shares = answer.shares
    cut, breaks = Cut(shares.question.dimension), breaks_between(shares)
    frame, left_out = shares.frame, ""
    editions = sorted(set(frame.dropna(subset=["value"])["period"].dt.year))
    if not editions:
        raise QuestionError("There is nothing to draw: no share is known for this question.")
    alone = len(editions) == 1
    if cut.splits and not alone:
        frame, left_out = dimensions.largest(frame, shares.metric, "level")
    names = names_of(shares, catalog, whole=alone)
    rows = dot_chart.dots(frame, names, breaks)
    ids = shares.question.frameworks if alone else list(dict.fromkeys(rows["line"]))
    lines = lines_of(ids, names, catalog, dark=style.dark)

    def draw(_still: bool) -> alt.LayerChart:
        if alone:
            return dot_chart.ranking(rows, lines, dark=style.dark)
        return dot_chart.draw(rows, lines, breaks, dark=style.dark)

    one = framework_styles.titles(catalog).get(shares.question.frameworks[0], "") if cut.splits else ""
    parts = (shares.metric.title, one, dimensions.cut_text(cut, catalog), str(editions[0]) if alone else "")
    title = " · ".join(text for text in parts if text)
    summary = dot_chart.ranking_summary(rows, title) if alone else dot_chart.summary(rows, title)
    notes = ("Unit: share in %.", left_out, _marks_used(rows, breaks, alone=alone))
    return _figure(answer, draw, title, summary, notes, _table(rows), breaks)


def changes(answer: Surveys, catalog: Catalog, style: Style) -> Figure:
    """What changed between two editions. Raises QuestionError if no two can be compared."""
    if answer.span is None:
        raise QuestionError("There is nothing to draw: it takes two editions with a share.")
    first, second = answer.span
    title = f"{answer.shares.metric.title}: change from {first} to {second}"
    reading = f"right of the upright line more in {second} than in {first}"
    return _differences(answer, answer.changes, catalog, style, title, reading)


def groups(answer: Surveys, catalog: Catalog, style: Style) -> Figure:
    """Two groups of one edition beside each other. Raises QuestionError if none were named, or neither has a share."""
    question = answer.question
    here, there = (among(catalog, text, question.here) for text in (question.here, question.there or "rest"))
    title = f"{answer.shares.metric.title}, {answer.edition}: {there} against {here}"
    return _differences(
        answer, answer.groups, catalog, style, title, f"right of the upright line more {there} than {here}"
    )


def desire(answer: Surveys, catalog: Catalog, style: Style) -> Figure:
    """Worked with and want to work with in one edition. Raises QuestionError where there are not both halves."""
    gaps = [a for a in answer.wanted_next_year if a.edition == answer.edition]
    if not gaps:
        raise QuestionError("There is nothing to draw: no edition has both halves of the question.")
    rows = desire_gap.gap_rows(gaps, framework_styles.titles(catalog))
    lines = framework_styles.lines(rows["line"], catalog, dark=style.dark)
    title = f"Worked with and want to work with, {answer.edition}"
    table = pd.DataFrame(
        {"Framework": rows["name"], "Worked with": _percent(rows["worked"]), "Want to": _percent(rows["want"])}
    )
    notes = (
        "Unit: share in %.",
        "Filled: worked with it in the past year. Hollow: want to next year: a wish, not use.",
    )
    return _figure(
        answer,
        lambda _: dot_chart.against(rows, lines, dark=style.dark),
        title,
        f"{title}: {desire_gap.both_shares(rows)}.",
        notes,
        table,
    )


def _differences(
    answer: Surveys,
    share_differences: Sequence[ShareDifference],
    catalog: Catalog,
    style: Style,
    title: str,
    reading: str,
) -> Figure:
    rows = differences.rows(share_differences, names_of(answer.shares, catalog, whole=True))
    if rows.empty:
        reason = (
            share_differences[0].reason if share_differences else "no such groups were named, or neither has a share"
        )
        raise QuestionError(f"There is nothing to draw: {reason.rstrip('.')}.")
    lines = framework_styles.lines(rows["line"], catalog, dark=style.dark)
    table = pd.DataFrame({"Who": rows["name"], "Difference": rows["shown"], "95 % interval": rows["interval"]})
    hollow = HOLLOW if rows["told"].isin(["chance", "unknown"]).any() else ""
    refused = sum(c.difference is None for c in share_differences)
    left_out = f"{refused} not compared: what was asked, or of whom, had changed" if refused else ""
    return _figure(
        answer,
        lambda _: dot_chart.differences(rows, lines, dark=style.dark),
        title,
        differences.summary(rows, title),
        ("Unit: percentage points.", joined([reading, BARS, hollow, left_out])),
        table,
    )


def _figure(
    answer: Surveys, draw: Callable[[bool], alt.LayerChart], title: str, summary: str, notes: tuple[str, ...],
    table: pd.DataFrame, breaks: Sequence[Break] = (),
) -> Figure:  # fmt: skip
    shares = answer.shares
    draw_figure, height = natural(draw)
    headline, detail = parted(answer.sentence)
    return Figure(
        name=f"survey-{shares.metric.id}",
        headline=headline,
        detail=detail,
        subtitle=title,
        care=shares.metric.badge,
        draw=draw_figure,
        summary=summary,
        notes=notes,
        sources=shares.sources,
        retrieved_at=shares.retrieved_at,
        caveats=shares.caveats,
        bands=tuple(breaks),
        as_of=answer.question.as_of,
        table=table,
        height=height,
    )


def breaks_between(shares: SeriesAnswer) -> list[Break]:
    """The breaks between editions that are shown, oldest first: their place here is their number on the chart."""
    years = pd.to_datetime(shares.frame["period"]).dt.year
    breaks = sorted(shares.breaks, key=lambda b: b.since)
    return [b for b in breaks if years.min() < b.until.year <= years.max()]


def names_of(shares: SeriesAnswer, catalog: Catalog, *, whole: bool = False) -> dict[str, str]:
    """The names of lines; those of groups cut where they must leave the lines room."""
    groups = [d for d in shares.frame["dimension"].unique() if d]
    titles = {d: dimension_title(catalog, d) for d in groups} if whole else dimensions.names(catalog, groups)
    return framework_styles.titles(catalog) | titles


def lines_of(ids: Sequence[str], names: Mapping[str, str], catalog: Catalog, *, dark: bool) -> list[Line]:
    """The lines of frameworks, or of the groups of one."""
    if not set(ids) <= set(catalog.frameworks):
        return list(dimensions.lines(list(ids), dict(names), dark=dark))
    return framework_styles.lines(ids, catalog, dark=dark)


def _marks_used(rows: pd.DataFrame, breaks: Sequence[Break], *, alone: bool) -> str:
    """How to read the marks that are there."""
    readings = [BARS if rows["low"].notna().any() else ""]
    unknown = rows.loc[rows["value"].notna(), "low"].isna().any()
    readings.append("dots without a bar: the survey published no sample size" if unknown else "")
    readings.append("× not asked that year, which is not 0 %" if rows["value"].isna().any() and not alone else "")
    readings.append("dashed uprights: the question, or who was asked it, changed" if breaks else "")
    return joined(readings)


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """Every share with its interval and its n, the newest first."""
    ordered = rows.sort_values(["year", "value"], ascending=False)
    columns = {"Year": ordered["year"].astype(str), "Who": ordered["name"], "Share": ordered["shown"]}
    return pd.DataFrame(columns | {"95 % interval": ordered["interval"], "Answers (n)": ordered["asked"]})


def _percent(shares: pd.Series[float]) -> list[str]:
    return [number(float(share), "share") for share in shares]
