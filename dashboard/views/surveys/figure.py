"""A survey as figures: shares over the years, changes between two editions, two groups of one, what is wanted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import altair as alt
import pandas as pd

from analysis.share_intervals import MIN_BASE
from answers.questions import QuestionError
from answers.series.answer import SeriesAnswer
from answers.surveys.answer import DesireGap, Surveys
from answers.surveys.differences import WANTED, ShareDifference, among
from answers.wording import capital, counted, join_words
from answers.wording import dimension as dimension_title
from catalog import Break, Catalog
from dashboard.charts import dot_chart, framework_styles
from dashboard.charts.figure import Draw, Figure, Legend, LegendEntry, Style, joined, natural
from dashboard.charts.line_chart import Line
from dashboard.display_text import number
from dashboard.views.surveys import differences, findings
from dashboard.widgets import dimensions
from dashboard.widgets.dimensions import Cut

BARS = "bars are 95% intervals: sampling noise only, not who chose to answer"
HOLLOW = "hollow marks: may be chance, or no sample size is published"
JOINED = "lines join comparable editions"
UPRIGHTS = "dashed vertical lines mark a change in the question or in who was asked"
TOO_FEW = "too-few-asked"  # the caveat of a share that is withheld
WANTED_MARKS = "Filled: worked with it in the past year. Hollow: want to work with it next year."
OTHER_PEOPLE = (
    "Wanting to use a framework is not using it. Most people answered both questions but not all, so the difference "
    "has no interval."
)


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """What is drawn over the years: dots, their lines, the breaks between them, and a sentence on what is left out.

    `alone`: there is one edition, drawn as a list.
    """

    rows: pd.DataFrame
    lines: tuple[Line, ...]
    breaks: tuple[Break, ...]
    left_out: str
    alone: bool


def years(answer: Surveys, catalog: Catalog, style: Style, *, traced: bool = False) -> Figure:
    """The shares over the years; of a single edition as a list. Raises QuestionError if there is none.

    `traced`: a click on a share says which it was.
    """
    sheet = _sheet(answer.shares, catalog, style)
    rows, lines, breaks = sheet.rows, sheet.lines, sheet.breaks
    if sheet.alone:
        draw, height = natural(lambda _: dot_chart.ranking(rows, lines, dark=style.dark))
    else:
        height = None

        def draw(high: float, still: bool) -> alt.LayerChart:
            return dot_chart.draw(rows, lines, breaks, dark=style.dark, height=high, traced=traced and not still)

    headline = findings.last_edition(answer, rows, catalog)
    named = sheet.alone or Cut(answer.shares.question.dimension).splits  # in the chart, more than fit above it
    legend = None if named else _legend(rows, lines)
    notes = (sheet.left_out, _marks_used(sheet), withheld(answer.shares))
    return _figure(
        answer, draw, height, headline, _span_subtitle(answer, sheet, catalog), notes, _table(rows),
        detail=answer.sentence, legend=legend, summary=_summary(sheet, headline, legend), breaks=breaks,
    )  # fmt: skip


def _sheet(shares: SeriesAnswer, catalog: Catalog, style: Style) -> _Sheet:
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
    return _Sheet(rows, tuple(lines_of(ids, names, catalog, dark=style.dark)), tuple(breaks), left_out, alone)


def _summary(sheet: _Sheet, headline: str, legend: Legend | None) -> str:
    if sheet.alone:
        return dot_chart.ranking_summary(sheet.rows, headline)
    return f"{headline}: {legend}." if legend else f"{headline}."


def _legend(rows: pd.DataFrame, lines: Sequence[Line]) -> Legend:
    """The last share of each line, the highest of the last edition first; of an older edition with its year."""
    values = rows.dropna(subset=["value"]).sort_values("year", kind="stable")
    newest = int(values["year"].max())
    last = values.groupby("line", sort=False).tail(1).set_index("line")
    named = [line for line in lines if line.id in last.index]
    named.sort(key=lambda line: (-int(last["year"][line.id]), -float(last["value"][line.id])))
    entries = []
    for line in named:
        shown, year = number(float(last["value"][line.id]), "share"), int(last["year"][line.id])
        entries.append(LegendEntry(line.label, line.colour, shown if year == newest else f"{shown} ({year})"))
    return Legend(tuple(entries), str(newest)).shortened("table")


def _span_subtitle(answer: Surveys, sheet: _Sheet, catalog: Catalog) -> str:
    """What was asked, of whom, in which editions, and how many answered the last."""
    first, last = answer.years[0], answer.years[-1]
    span = f"edition of {last}" if sheet.alone else f"editions of {first} to {last}"
    newest = sheet.rows[(sheet.rows["year"] == last) & sheet.rows["value"].notna()]
    n = findings.answered(newest, rounded=_is_rounded(answer, last))
    return " · ".join(filter(None, [_question(answer, catalog), span, n if sheet.alone else f"{n} in {last}"]))


def _question(answer: Surveys, catalog: Catalog) -> str:
    """The survey's question, whose answers, and the unit."""
    question, cut = answer.shares.question, Cut(answer.shares.question.dimension)
    one = framework_styles.title(catalog, question.frameworks[0]) if cut.splits else ""
    parts = (answer.shares.metric.title, one, dimensions.cut_text(cut, catalog), "share in %")
    return " · ".join(filter(None, parts))


def _is_rounded(answer: Surveys, year: int) -> bool:
    return any(edition.rounded for edition in answer.editions if edition.year == year)


def changes(answer: Surveys, catalog: Catalog, style: Style) -> Figure:
    """What changed between two editions. Raises QuestionError if no two can be compared."""
    if answer.span is None:
        raise QuestionError("There is nothing to draw: it takes two editions with a share.")
    first, second = (str(year) for year in answer.span)
    subtitle = f"{answer.shares.metric.title} · change from {first} to {second} in percentage points"
    subtitle += _sizes(answer.changes)
    names = names_of(answer.shares, catalog, whole=True)
    reading = f"right of the vertical line: more in {second} than in {first}"
    headline = findings.changes(answer, names)
    return _differences(answer, answer.changes, catalog, style, headline, subtitle, reading, (first, second))


def groups(answer: Surveys, catalog: Catalog, style: Style) -> Figure:
    """Two groups of one edition beside each other. Raises QuestionError if none were named, or neither has a share."""
    question = answer.question
    here, there = among(catalog, question.here), among(catalog, question.there or "rest", question.here)
    subtitle = f"{answer.shares.metric.title} · difference in percentage points · edition of {answer.edition}"
    subtitle += _sizes(answer.groups)
    reading = f"right of the vertical line: more {there} than {here}"
    headline = findings.groups(answer, catalog, names_of(answer.shares, catalog, whole=True))
    sides = (capital(here), capital(there))
    return _differences(answer, answer.groups, catalog, style, headline, subtitle, reading, sides)


def wanted(answer: Surveys, catalog: Catalog, style: Style) -> Figure:
    """Worked with and want to work with in one edition. Raises QuestionError where there are not both halves."""
    gaps = [a for a in answer.wanted_next_year if a.edition == answer.edition]
    if not gaps:
        raise QuestionError("There is nothing to draw: no edition has both halves of the question.")
    names = framework_styles.titles(catalog)
    rows = pd.DataFrame(
        {
            "line": [gap.framework for gap in gaps],
            "name": [names.get(gap.framework, gap.framework) for gap in gaps],
            "worked": [gap.worked for gap in gaps],
            "want": [gap.want for gap in gaps],
        }
    )
    lines = framework_styles.lines(rows["line"], catalog, dark=style.dark)
    draw, height = natural(lambda _: dot_chart.against(rows, lines, dark=style.dark))
    year = answer.edition or answer.years[-1]
    of_edition = answer.shares.frame[answer.shares.frame["period"].dt.year == year]
    n = findings.answered(of_edition, rounded=_is_rounded(answer, year))
    subtitle = f"Stack Overflow survey: worked with and want to work with · share in % · edition of {year} · {n}"
    headline = findings.wanted(gaps, names)
    figure = _figure(
        answer, draw, height, headline, subtitle, (WANTED_MARKS, OTHER_PEOPLE), wanted_table(gaps, names),
        summary=f"{headline}: {_both_shares(rows)}.",
    )  # fmt: skip
    caveats = dict.fromkeys((*catalog.caveats_of(WANTED), *figure.caveats))
    return replace(figure, care=catalog.metrics[WANTED].badge, caveats=tuple(caveats))


def wanted_table(gaps: Sequence[DesireGap], names: Mapping[str, str]) -> pd.DataFrame:
    """Both shares in percent and the second less the first in points: a row per framework and edition."""
    return pd.DataFrame(
        {
            "Edition": [gap.edition for gap in gaps],
            "Framework": [names.get(gap.framework, gap.framework) for gap in gaps],
            "Worked with, %": [round(100 * gap.worked, 2) for gap in gaps],
            "Want to work with, %": [round(100 * gap.want, 2) for gap in gaps],
            "Difference, points": [round(100 * gap.more, 2) for gap in gaps],
        }
    )


def _both_shares(rows: pd.DataFrame) -> str:
    return join_words(
        f"{row['name']} {number(row['worked'], 'share')} worked with it, {number(row['want'], 'share')} want to"
        for row in rows.to_dict("records")
    )


def _sizes(contrasts: Sequence[ShareDifference]) -> str:
    """How many people are on either side, where that is known and the same for all."""
    bases = {(c.first.sample.base, c.second.sample.base) for c in contrasts if c.difference is not None}
    if len(bases) != 1 or any(map(math.isnan, sides := bases.pop())):
        return ""
    return f" · n = {join_words(f'{base:,.0f}' for base in sides)}"


def _differences(
    answer: Surveys, contrasts: Sequence[ShareDifference], catalog: Catalog, style: Style, headline: str, subtitle: str,
    reading: str, sides: tuple[str, str],
) -> Figure:  # fmt: skip
    names = names_of(answer.shares, catalog, whole=True)
    rows = differences.rows(contrasts, names)
    if rows.empty:
        reason = contrasts[0].reason if contrasts else "no such groups were named, or neither has a share"
        raise QuestionError(f"There is nothing to draw: {reason.rstrip('.')}.")
    lines = framework_styles.lines(rows["line"], catalog, dark=style.dark)
    draw, height = natural(lambda _: dot_chart.differences(rows, lines, dark=style.dark))
    hollow = HOLLOW if rows["told"].isin(["chance", "unknown"]).any() else ""
    bars = BARS if rows["low"].notna().any() else ""
    titles = [findings.line_name(c, names) for c in contrasts]
    return _figure(
        answer, draw, height, headline, subtitle, (joined([reading, bars, hollow]), *differences.doubts(contrasts)),
        differences.table(contrasts, titles, *sides), detail=differences.sentences(contrasts, names),
        summary=differences.summary(rows, headline),
    )  # fmt: skip


def _figure(
    answer: Surveys, draw: Draw, height: float | None, headline: str, subtitle: str, notes: tuple[str, ...],
    table: pd.DataFrame, *, summary: str, detail: str = "", legend: Legend | None = None, breaks: Sequence[Break] = (),
) -> Figure:  # fmt: skip
    shares = answer.shares
    return Figure(
        name=f"survey-{shares.metric.id}",
        headline=headline,
        detail=detail,
        subtitle=subtitle,
        legend=legend,
        care=shares.metric.badge,
        draw=draw,
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


def withheld(shares: SeriesAnswer) -> str:
    """What is not shown because too few answered; empty if all is."""
    few = shares.frame[shares.frame["caveats"].str.split().map(lambda codes: TOO_FEW in codes)]
    if few.empty:
        return ""
    years = sorted({pd.Timestamp(period).year for period in few["period"]})
    where = f" in {counted(few['dimension'].nunique(), 'group')}" if few["dimension"].nunique() > 1 else ""
    return f"Withheld{where}, {join_words(str(year) for year in years)}: fewer than {MIN_BASE} people answered."


def _marks_used(sheet: _Sheet) -> str:
    """How to read the marks that are there."""
    rows, breaks = sheet.rows, bool(sheet.breaks) and not sheet.alone
    unknown = rows.loc[rows["value"].notna(), "low"].isna().any()
    absent = rows["value"].isna().any() and not sheet.alone
    return joined(
        [
            BARS if rows["low"].notna().any() else "",
            "dots without a bar: the survey published no sample size" if unknown else "",
            "× not asked that year, which is not 0%" if absent else "",
            JOINED if breaks else "",
            UPRIGHTS if breaks else "",
        ]
    )


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """Every share in percent with its interval and its n, the newest edition first."""
    ordered = rows.sort_values(["year", "value"], ascending=False)
    percents = {
        title: (100 * ordered[name]).round(2)
        for title, name in (("Share, %", "value"), ("95% low, %", "low"), ("95% high, %", "high"))
    }
    status = ordered["value"].isna().map({True: "not asked", False: ""})
    return pd.DataFrame(
        {"Edition": ordered["year"], "Who": ordered["name"], **percents, "Answers (n)": ordered["base"]}
        | {"Status": status}
    ).reset_index(drop=True)
