"""A framework by place as figures: shares in Europe and elsewhere, who is ahead there, countries, downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd

from answers import wording
from answers.questions import QuestionError
from answers.regions.answer import RegionsAnswer
from answers.wording import join_words
from catalog import Break, Catalog, Metric
from dashboard.charts import framework_styles
from dashboard.charts.figure import Draw, Figure, Legend, LegendEntry, Style, joined, natural
from dashboard.charts.line_chart import Line
from dashboard.display_text import number
from dashboard.views.surveys.regions import chart, findings, tables

BARS = "bars are 95% intervals: sampling noise only, not who chose to answer"
JOINED = "lines join comparable editions"
UPRIGHTS = "dashed vertical lines mark a change in the question or in who was asked"
ANOTHER_BASE = (
    "Of all full-time employees who took the survey, whether they answered the question or not: not comparable with "
    "shares of those who answered."
)


def fulltime(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """The frameworks among full-time employees in Europe. Raises QuestionError if nothing is known of them."""
    rows = chart.employees(answer, framework_styles.titles(catalog))
    _check_drawable(rows)
    lines, of = framework_styles.lines(answer.frameworks, catalog, dark=style.dark), answer.employees
    subtitle = f"{chart.employee_title(answer)} · share in % · {_span(rows)}"
    return _figure(
        answer, _placed(rows, lines, (), style, share=True), findings.fulltime(answer, catalog), subtitle,
        (ANOTHER_BASE, joined([BARS])), tables.shown(rows, "Framework"),
        detail=of.sentence if of else "", legend=_legend(rows, lines, share=True), metric=of.metric if of else None,
    )  # fmt: skip


def shares(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """The first framework's share in each place over the editions. Raises QuestionError if there is none."""
    name = framework_styles.title(catalog, answer.frameworks[0])
    rows = chart.shares(answer, answer.frameworks[0])
    _check_drawable(rows)
    lines, breaks = chart.place_lines(answer, dark=style.dark), chart.edition_breaks(answer, rows)
    rest = answer.sentence.removeprefix(answer.employees.sentence if answer.employees else "").strip()
    return _figure(
        answer, _placed(rows, lines, breaks, style, share=True), findings.shares(answer, catalog),
        f"{answer.metric.title} · {name} · share in % · {_span(rows)}",
        (joined([BARS, JOINED, UPRIGHTS if breaks else ""]),), tables.placed(answer, catalog),
        detail=rest, legend=_legend(rows, lines, share=True), breaks=breaks,
    )  # fmt: skip


def leads(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """How far the first is ahead of the second in each place. Raises QuestionError if there is none."""
    one, other = (framework_styles.title(catalog, name) for name in answer.frameworks[:2])
    rows = chart.leads(answer)
    _check_drawable(rows)
    lines, breaks = chart.place_lines(answer, dark=style.dark), chart.edition_breaks(answer, rows)
    sides = f"above the line {one} has more, below it {other}"
    by_place = [edition.sentence for edition in answer.editions if not edition.reason]
    return _figure(
        answer, _placed(rows, lines, breaks, style, share=False), findings.leads(answer, catalog),
        f"{answer.metric.title} · {one}'s lead over {other} · percentage points · {_span(rows)}",
        (joined([sides, BARS, "a bar that touches the line: too close to call", UPRIGHTS if breaks else ""]),),
        tables.leads(answer), detail=by_place[-1] if by_place else "", legend=_legend(rows, lines, share=False),
        breaks=breaks,
    )  # fmt: skip


def countries(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """The countries of the last edition that has any. Raises QuestionError if none does."""
    rows = chart.countries(answer, framework_styles.titles(catalog))
    if answer.countries_of is None:
        raise QuestionError("There is nothing to draw: no edition of the survey is known by country.")
    _check_drawable(rows)
    lines = framework_styles.lines(rows["line"], catalog, dark=style.dark)
    draw, height = natural(lambda _: chart.country_list(rows, lines))
    names = join_words(framework_styles.title(catalog, name) for name in answer.frameworks)
    return _figure(
        answer, draw, findings.countries(answer, catalog),
        f"{answer.metric.title} · {names} by country · share in % · edition of {answer.countries_of} "
        f"· {rows['place'].nunique()} countries with most answers",
        (joined([BARS, "brackets hold the number of answers", "a lead counts where it is beyond chance"]),),
        tables.countries(answer, catalog), height=height, legend=_names(lines),
        summary=chart.summary_of_countries(rows, answer.countries_of),
    )  # fmt: skip


def downloads(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """The first framework's part of the downloads within each place. Raises QuestionError if not collected."""
    rows, names = chart.downloads(answer), [framework_styles.title(catalog, n) for n in answer.frameworks]
    if rows.empty:
        raise QuestionError("There is nothing to draw: downloads by country were not collected for all of these.")
    lines = chart.place_lines(answer, dark=style.dark)
    cloud = catalog.caveats["data-centres-not-people"]
    months = wording.months(rows["when"].min().date(), rows["when"].max().date())
    last = answer.downloads_by_country.years[-1:]

    def draw(height: float, still: bool) -> alt.LayerChart:
        return chart.download_lines(rows, lines, dark=style.dark, height=height, still=still)

    return _figure(
        answer, draw, findings.downloads(answer, rows, catalog),
        f"{names[0]}'s part of the downloads of {join_words(names)} within each place · share in % · {months}",
        (f"{cloud.title}: {cloud.text}",), tables.downloads(rows), detail=" ".join(year.sentence for year in last),
        legend=_download_legend(rows, lines), metric=answer.downloads_by_country.metric,
    )  # fmt: skip


def _placed(
    rows: pd.DataFrame, lines: Sequence[Line], breaks: Sequence[Break], style: Style, *, share: bool
) -> Callable[[float, bool], alt.LayerChart]:
    return lambda height, _: chart.draw(rows, lines, breaks, share=share, dark=style.dark, height=height)


def _newest(rows: pd.DataFrame) -> int:
    """The last edition of the first line, which the headline is about: others may go on, worldwide only."""
    return int(rows.loc[rows["line"] == rows["line"].iloc[0], "year"].max())


def _span(rows: pd.DataFrame) -> str:
    """The editions that are drawn, and how many answered the newest in its largest place or line."""
    first, last, newest = int(rows["year"].min()), int(rows["year"].max()), _newest(rows)
    span = f"edition of {last}" if first == last else f"{first} to {last}"
    bases = rows.loc[rows["year"] == newest, "base"].dropna()
    return f"{span} · n = {bases.max():,.0f}{'' if first == last else f' in {newest}'}" if len(bases) else span


def _legend(rows: pd.DataFrame, lines: Sequence[Line], *, share: bool) -> Legend:
    """The figure of each line in one edition, in their order; where a line has none there, its last with its year."""
    newest = _newest(rows)
    last = rows[rows["year"] <= newest].sort_values("year", kind="stable").groupby("line", sort=False).tail(1)
    last = last.set_index("line")
    entries = []
    for line in (line for line in lines if line.id in last.index):
        value, year = float(last["value"][line.id]), int(last["year"][line.id])
        shown = number(value, "share") if share else f"{100 * value:+.1f}".replace("-", "−")
        entries.append(LegendEntry(line.label, line.colour, shown if year == newest else f"{shown} ({year})"))
    return Legend(tuple(entries), str(newest))


def _names(lines: Sequence[Line]) -> Legend:
    return Legend(tuple(LegendEntry(line.label, line.colour) for line in lines))


def _download_legend(rows: pd.DataFrame, lines: Sequence[Line]) -> Legend:
    last = rows.groupby("line", sort=False).tail(1).set_index("line")
    entries = [LegendEntry(x.label, x.colour, str(last["shown"][x.id])) for x in lines if x.id in last.index]
    return Legend(tuple(entries), wording.month(rows["when"].max()))


def _figure(
    answer: RegionsAnswer, draw: Draw, headline: str, subtitle: str, notes: tuple[str, ...], table: pd.DataFrame, *,
    detail: str = "", legend: Legend | None = None, breaks: Sequence[Break] = (), metric: Metric | None = None,
    height: float | None = None, summary: str = "",
) -> Figure:  # fmt: skip
    about = metric or answer.metric
    return Figure(
        name=f"regions-{answer.frameworks[0]}",
        headline=headline,
        detail=detail,
        subtitle=subtitle,
        legend=legend,
        care=about.badge,
        draw=draw,
        summary=summary or f"{headline}: {legend}.",
        notes=notes,
        sources=tuple(s for s in answer.sources if s.id in about.sources),
        retrieved_at=answer.retrieved_at,
        caveats=answer.caveats,
        bands=tuple(breaks),
        as_of=answer.as_of,
        table=table,
        height=height,
    )


def _check_drawable(rows: pd.DataFrame) -> None:
    if rows.empty:
        raise QuestionError("There is nothing to draw: no edition of the survey that asked for it is known.")
