"""A survey as figures: shares over the years, changes between two editions, two groups of one, wishes beside use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import altair as alt
import pandas as pd

from answers.question import QuestionError
from answers.surveys.answer import DesireGap, Surveys
from answers.surveys.differences import ShareDifference, among
from answers.wording import dimension as dimension_title
from catalog import Break, Catalog
from dashboard.charts import dot_chart, framework_styles
from dashboard.charts.figure import Figure, Style, joined, natural
from dashboard.charts.line_chart import Line
from dashboard.text import listed, number
from dashboard.views.surveys import differences
from dashboard.widgets import dimensions
from dashboard.widgets.dimensions import Cut

BARS = "bars are 95 % intervals: sampling noise only, not who chose to answer"
HOLLOW = "hollow marks cannot be told from chance, or nobody knows"


def years(answer: Surveys, catalog: Catalog, look: Style) -> Figure:
    """The shares over the years; of a single edition as a list. Raises QuestionError if there is none."""
    shares = answer.shares
    cut, cuts = Cut(shares.question.dimension), _within(answer)
    frame, left_out = shares.frame, ""
    found = sorted(set(frame.dropna(subset=["value"])["period"].dt.year))
    if not found:
        raise QuestionError("There is nothing to draw: no share is known for this question.")
    alone = len(found) == 1
    if cut.splits and not alone:
        frame, left_out = dimensions.largest(frame, shares.metric, "level")
    names = _names(answer, catalog, whole=alone)
    rows = dot_chart.dots(frame, names, cuts)
    marks = _lines(shares.question.frameworks if alone else list(dict.fromkeys(rows["line"])), names, catalog, look)

    def draw(_still: bool) -> alt.LayerChart:
        if alone:
            return dot_chart.ranking(rows, marks, dark=look.dark)
        return dot_chart.draw(rows, marks, cuts, dark=look.dark)

    one = framework_styles.titles(catalog).get(shares.question.frameworks[0], "") if cut.splits else ""
    told = (shares.metric.title, one, dimensions.said(cut, catalog), str(found[0]) if alone else "")
    title = " · ".join(text for text in told if text)
    said = dot_chart.ranking_summary(rows, title) if alone else dot_chart.summary(rows, title)
    notes = ("Unit: share in %.", left_out, _marks_used(rows, cuts, alone=alone))
    return _figure(answer, draw, title, said, notes, _table(rows), cuts)


def changes(answer: Surveys, catalog: Catalog, look: Style) -> Figure:
    """What changed between two editions. Raises QuestionError if no two can be compared."""
    if answer.span is None:
        raise QuestionError("There is nothing to draw: it takes two editions with a share.")
    first, second = answer.span
    title = f"{answer.shares.metric.title}: change from {first} to {second}"
    told = f"right of the upright line more in {second} than in {first}"
    return _contrasts(answer, answer.changes, catalog, look, title, told)


def groups(answer: Surveys, catalog: Catalog, look: Style) -> Figure:
    """Two groups of one edition beside each other. Raises QuestionError if none were named, or nothing is known."""
    asked = answer.question
    here, there = (among(catalog, text, asked.here) for text in (asked.here, asked.there or "rest"))
    title = f"{answer.shares.metric.title}, {answer.edition}: {there} against {here}"
    return _contrasts(
        answer, answer.groups, catalog, look, title, f"right of the upright line more {there} than {here}"
    )


def wishes(answer: Surveys, catalog: Catalog, look: Style) -> Figure:
    """Worked with and want to work with in one edition. Raises QuestionError where not both halves are known."""
    told = [a for a in answer.attraction if a.edition == answer.edition]
    if not told:
        raise QuestionError("There is nothing to draw: no edition has both halves of the question.")
    rows = _wished(told, framework_styles.titles(catalog))
    marks = framework_styles.lines(rows["line"], catalog, dark=look.dark)
    each = (
        f"{r['name']} {number(r['worked'], 'share')} worked, {number(r['want'], 'share')} want"
        for r in rows.to_dict("records")
    )
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
        lambda _: dot_chart.against(rows, marks, dark=look.dark),
        title,
        f"{title}: {listed(each)}.",
        notes,
        table,
    )


def _wished(told: Sequence[DesireGap], names: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "line": [a.framework for a in told],
            "name": [names.get(a.framework, a.framework) for a in told],
            "worked": [a.worked for a in told],
            "want": [a.want for a in told],
        }
    )


def _contrasts(
    answer: Surveys, found: Sequence[ShareDifference], catalog: Catalog, look: Style, title: str, reading: str
) -> Figure:
    rows = differences.rows(found, _names(answer, catalog, whole=True))
    if rows.empty:
        reason = found[0].reason if found else "no such groups were named, or neither has a share"
        raise QuestionError(f"There is nothing to draw: {reason.rstrip('.')}.")
    marks = framework_styles.lines(rows["line"], catalog, dark=look.dark)
    table = pd.DataFrame({"Who": rows["name"], "Difference": rows["shown"], "95 % interval": rows["interval"]})
    hollow = HOLLOW if rows["told"].isin(["chance", "unknown"]).any() else ""
    refused = sum(c.found is None for c in found)
    left_out = f"{refused} not compared: what was asked, or of whom, had changed" if refused else ""
    return _figure(
        answer,
        lambda _: dot_chart.differences(rows, marks, dark=look.dark),
        title,
        differences.summary(rows, title),
        ("Unit: percentage points.", joined([reading, BARS, hollow, left_out])),
        table,
    )


def _figure(
    answer: Surveys, draw: Callable[[bool], alt.LayerChart], title: str, summary: str, notes: tuple[str, ...],
    table: pd.DataFrame, cuts: Sequence[Break] = (),
) -> Figure:  # fmt: skip
    shares = answer.shares
    drawn, height = natural(draw)
    return Figure(
        name=f"survey-{shares.metric.id}",
        title=title,
        sentence=answer.sentence,
        badges=(shares.metric.badge,),
        draw=drawn,
        summary=summary,
        notes=notes,
        sources=shares.sources,
        retrieved_at=shares.retrieved_at,
        caveats=shares.caveats,
        bands=tuple(cuts),
        as_of=answer.question.as_of,
        table=table,
        height=height,
    )


def _within(answer: Surveys) -> list[Break]:
    """The breaks between editions that are shown, oldest first: their place here is their number on the chart."""
    years = pd.to_datetime(answer.shares.frame["period"]).dt.year
    breaks = sorted(answer.shares.breaks, key=lambda b: b.since)
    return [b for b in breaks if years.min() < b.until.year <= years.max()]


def _names(answer: Surveys, catalog: Catalog, *, whole: bool) -> dict[str, str]:
    """The names of lines; those of groups cut where they must leave the lines room."""
    found = [d for d in answer.shares.frame["dimension"].unique() if d]
    told = {d: dimension_title(catalog, d) for d in found} if whole else dimensions.names(catalog, found)
    return framework_styles.titles(catalog) | told


def _lines(found: Sequence[str], names: Mapping[str, str], catalog: Catalog, look: Style) -> list[Line]:
    if not set(found) <= set(catalog.frameworks):
        return list(dimensions.lines(list(found), dict(names), dark=look.dark))
    return framework_styles.lines(found, catalog, dark=look.dark)


def _marks_used(rows: pd.DataFrame, cuts: Sequence[Break], *, alone: bool) -> str:
    """How to read the marks that are there."""
    said = [BARS if rows["low"].notna().any() else ""]
    unknown = rows.loc[rows["value"].notna(), "low"].isna().any()
    said.append("dots without a bar: the survey published no sample size" if unknown else "")
    said.append("× not asked that year, which is not 0 %" if rows["value"].isna().any() and not alone else "")
    said.append("dashed uprights: the question, or who was asked it, changed" if cuts else "")
    return joined(said)


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """Every share with its interval and its n, the newest first."""
    known = rows.sort_values(["year", "value"], ascending=False)
    asked = {"Year": known["year"].astype(str), "Who": known["name"], "Share": known["shown"]}
    return pd.DataFrame(asked | {"95 % interval": known["interval"], "Answers (n)": known["asked"]})


def _percent(shares: pd.Series[float]) -> list[str]:
    return [number(float(share), "share") for share in shares]
