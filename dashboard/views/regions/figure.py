"""A framework by place as figures: shares in Europe and elsewhere, who is ahead there, countries, downloads."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import pandas as pd

from answers.question import QuestionError
from answers.regions.answer import RegionsAnswer
from answers.wording import listed
from catalog import Break, Catalog, Metric
from dashboard.charts import framework_styles
from dashboard.charts.figure import Figure, Style, joined, natural, parted
from dashboard.views.regions import chart

BARS = "bars are 95 % intervals: chance alone, not who chose to answer"
JOINED = "a line joins editions that asked alike of the same kind of people"
COLUMNS = {"year": "Edition", "name": "Where", "shown": "Share", "interval": "95 % interval", "asked": "Answers (n)"}


def shares(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """The first framework's share in each place over the editions. Raises QuestionError if there is none."""
    name = framework_styles.title(catalog, answer.frameworks[0])
    rows = chart.shares(answer, answer.frameworks[0])
    _check_drawable(rows)
    title = f"At least in Europe? {name}: share of those who answered there"
    lines, breaks = chart.place_lines(answer, dark=style.dark), chart.edition_breaks(answer, rows)
    return _figure(
        answer,
        lambda _: chart.draw(rows, lines, breaks, share=True, dark=style.dark),
        title,
        chart.summary(rows, f"Share of {name}"),
        ("Unit: share in %.", joined([BARS, JOINED, "dashed uprights part those that did not" if breaks else ""])),
        rows,
        breaks,
    )


def leads(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """How far the first is ahead of the second in each place. Raises QuestionError if there is none."""
    one, other = (framework_styles.title(catalog, name) for name in answer.frameworks[:2])
    rows = chart.leads(answer)
    _check_drawable(rows)
    lines, breaks = chart.place_lines(answer, dark=style.dark), chart.edition_breaks(answer, rows)
    sides = f"above the line {one} has more, below it {other}"
    return _figure(
        answer,
        lambda _: chart.draw(rows, lines, breaks, share=False, dark=style.dark),
        f"At least in Europe? {one} ahead of {other}",
        chart.summary(rows, f"{one} less {other}"),
        ("Unit: percentage points.", joined([sides, BARS, "a bar that touches the line leaves open who leads there"])),
        rows,
        breaks,
    )


def fulltime(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """The frameworks among full-time employees in Europe. Raises QuestionError if nothing is known of them."""
    titles = framework_styles.titles(catalog)
    rows = chart.employees(answer, titles)
    _check_drawable(rows)
    lines, of = framework_styles.lines(answer.frameworks, catalog, dark=style.dark), answer.employees
    return _figure(
        answer,
        lambda _: chart.draw(rows, lines, (), share=True, dark=style.dark),
        chart.employee_title(answer),
        chart.summary(rows, "Share of full-time employees"),
        ("Unit: share in % of all full-time employees, another base than those who answered.", joined([BARS])),
        rows,
        metric=of.metric if of else None,
    )


def countries(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """The countries of the last edition that has any. Raises QuestionError if none does."""
    rows = chart.countries(answer, framework_styles.titles(catalog))
    if answer.countries_of is None:
        raise QuestionError("There is nothing to draw: no edition of the survey is known by country.")
    _check_drawable(rows)
    return _figure(
        answer,
        lambda _: chart.country_list(rows, framework_styles.lines(rows["line"], catalog, dark=style.dark)),
        f"{listed(framework_styles.title(catalog, n) for n in answer.frameworks)} by country, {answer.countries_of}",
        chart.summary_of_countries(rows, answer.countries_of),
        ("Unit: share in %. The countries with most answers, how many in brackets.", joined([BARS])),
        rows,
    )


def downloads(answer: RegionsAnswer, catalog: Catalog, style: Style) -> Figure:
    """The first framework's part of the downloads within each place. Raises QuestionError if not collected."""
    rows, names = chart.downloads(answer), [framework_styles.title(catalog, n) for n in answer.frameworks]
    if rows.empty:
        raise QuestionError("There is nothing to draw: downloads by country were not collected for all of these.")
    what = f"{names[0]}'s part of the downloads of {listed(names)}"
    lines = chart.place_lines(answer, dark=style.dark)
    return _figure(
        answer,
        lambda _: chart.download_lines(rows, lines, dark=style.dark),
        f"{what}, within each place",
        chart.summary_of_downloads(rows, what),
        (f"Unit: share in %. Of all downloads of {listed(names)} from a place, the part that was {names[0]}.",),
        rows,
        metric=answer.downloads_by_country.metric,
    )


def _figure(
    answer: RegionsAnswer, draw: Callable[[bool], alt.LayerChart], title: str, summary: str, notes: tuple[str, ...],
    rows: pd.DataFrame, breaks: list[Break] | None = None, metric: Metric | None = None,
) -> Figure:  # fmt: skip
    draw_figure, height = natural(draw)
    about = metric or answer.metric
    headline, detail = parted(answer.sentence)
    return Figure(
        name=f"regions-{answer.frameworks[0]}",
        headline=headline,
        detail=detail,
        subtitle=title,
        care=about.badge,
        draw=draw_figure,
        summary=summary,
        notes=notes,
        sources=tuple(s for s in answer.sources if s.id in about.sources),
        retrieved_at=answer.retrieved_at,
        caveats=answer.caveats,
        bands=tuple(breaks or ()),
        as_of=answer.as_of,
        table=rows[[c for c in COLUMNS if c in rows]].rename(columns=COLUMNS).astype(str),
        height=height,
    )


def _check_drawable(rows: pd.DataFrame) -> None:
    if rows.empty:
        raise QuestionError("There is nothing to draw: no edition of the survey that asked for it is known.")
