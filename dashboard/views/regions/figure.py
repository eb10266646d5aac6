"""A framework by place as figures: shares in Europe and elsewhere, who is ahead there, countries, downloads."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import pandas as pd

from answers.question import QuestionError
from answers.regions.answer import RegionsAnswer
from catalog import Break, Catalog, Metric
from dashboard.charts import framework_styles
from dashboard.charts.figure import Figure, Style, joined, natural
from dashboard.text import listed
from dashboard.views.regions import chart

BARS = "bars are 95 % intervals: chance alone, not who chose to answer"
JOINED = "a line joins editions that asked alike of the same kind of people"
COLUMNS = {"year": "Edition", "name": "Where", "shown": "Share", "interval": "95 % interval", "asked": "Answers (n)"}


def shares(found: RegionsAnswer, catalog: Catalog, look: Style) -> Figure:
    """The first framework's share in each place over the editions. Raises QuestionError if there is none."""
    name = framework_styles.title(catalog, found.frameworks[0])
    rows = chart.shares(found, found.frameworks[0])
    _known(rows)
    title = f"At least in Europe? {name}: share of those who answered there"
    marks, cuts = chart.lines(found, dark=look.dark), _cuts(found)
    return _figure(
        found,
        lambda _: chart.draw(rows, marks, cuts, share=True, dark=look.dark),
        title,
        chart.summary(rows, f"Share of {name}"),
        ("Unit: share in %.", joined([BARS, JOINED, "dashed uprights part those that did not" if cuts else ""])),
        rows,
        cuts,
    )


def leads(found: RegionsAnswer, catalog: Catalog, look: Style) -> Figure:
    """How far the first is ahead of the second in each place. Raises QuestionError if that is not known."""
    one, other = (framework_styles.title(catalog, name) for name in found.frameworks[:2])
    rows = chart.leads(found)
    _known(rows)
    marks, cuts = chart.lines(found, dark=look.dark), _cuts(found)
    told = f"above the line {one} has more, below it {other}"
    return _figure(
        found,
        lambda _: chart.draw(rows, marks, cuts, share=False, dark=look.dark),
        f"At least in Europe? {one} ahead of {other}",
        chart.summary(rows, f"{one} less {other}"),
        ("Unit: percentage points.", joined([told, BARS, "a bar that touches the line leaves open who leads there"])),
        rows,
        cuts,
    )


def countries(found: RegionsAnswer, catalog: Catalog, look: Style) -> Figure:
    """The countries of the last edition that knows any. Raises QuestionError if none does."""
    rows = chart.countries(found, framework_styles.titles(catalog))
    if found.countries_of is None:
        raise QuestionError("There is nothing to draw: no edition of the survey is known by country.")
    _known(rows)
    return _figure(
        found,
        lambda _: chart.country_list(rows, dark=look.dark),
        f"{listed(framework_styles.title(catalog, n) for n in found.frameworks)} by country, {found.countries_of}",
        chart.summary_of_countries(rows, found.countries_of),
        ("Unit: share in %. The countries with most answers, how many in brackets.", joined([BARS])),
        rows,
    )


def downloads(found: RegionsAnswer, catalog: Catalog, look: Style) -> Figure:
    """The first framework's part of the downloads within each place. Raises QuestionError if not collected."""
    rows, names = chart.downloads(found), [framework_styles.title(catalog, n) for n in found.frameworks]
    if rows.empty:
        raise QuestionError("There is nothing to draw: downloads by country were not collected for all of these.")
    what = f"{names[0]}'s part of the downloads of {listed(names)}"
    marks = chart.lines(found, dark=look.dark)
    return _figure(
        found,
        lambda _: chart.download_lines(rows, marks, dark=look.dark),
        f"{what}, within each place",
        chart.summary_of_downloads(rows, what),
        (f"Unit: share in %. Of all downloads of {listed(names)} from a place, the part that was {names[0]}.",),
        rows,
        metric=found.downloads_by_country.metric,
    )


def _figure(
    found: RegionsAnswer, draw: Callable[[bool], alt.LayerChart], title: str, summary: str, notes: tuple[str, ...],
    rows: pd.DataFrame, cuts: list[Break] | None = None, metric: Metric | None = None,
) -> Figure:  # fmt: skip
    drawn, height = natural(draw)
    about = metric or found.metric
    return Figure(
        name=f"regions-{found.frameworks[0]}",
        title=title,
        sentence=found.sentence,
        badges=(about.badge,),
        draw=drawn,
        summary=summary,
        notes=notes,
        sources=tuple(s for s in found.sources if s.id in about.sources),
        retrieved_at=found.retrieved_at,
        caveats=found.caveats,
        bands=tuple(cuts or ()),
        as_of=found.as_of,
        table=rows[[c for c in COLUMNS if c in rows]].rename(columns=COLUMNS).astype(str),
        height=height,
    )


def _known(rows: pd.DataFrame) -> None:
    if rows.empty:
        raise QuestionError("There is nothing to draw: no edition of the survey that asked for it is known.")


def _cuts(found: RegionsAnswer) -> list[Break]:
    """What parts two of the editions that are told."""
    first, last = found.editions[0].year, found.editions[-1].year
    return [b for b in found.breaks if found.metric.id in b.metrics and first < b.until.year <= last]
