"""The frame of every chart: finding, what is measured, last values, chart or table, how to read it, source, actions.

Four actions and no more: download, share, table, about this data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import escape

import altair as alt
import streamlit as st

from answers.questions import AnyQuestion
from answers.wording import join_words, small
from catalog import Metric
from dashboard import cache, page_url
from dashboard.charts.figure import HEIGHT, Figure, Legend, LegendEntry
from dashboard.display_text import literal, months_old
from dashboard.widgets import about_this_data, attribution, citation, elements, file_menu
from dashboard.widgets.citation import Pairs

TABLE = "table"  # in the URL: which frame shows its numbers instead of its chart
PHONE_HEIGHT = 280.0
UNDER = 12  # pixels below a plot
ROWS, ROWS_ON_A_PHONE = 12, 8  # of a table in view
AROUND = 260  # pixels of a frame besides its plot
MOST_MARKS = 4  # events in words below a chart
BANDS = "About this data explains the marked times."
_CELL = 'style="text-align:right;padding-left:0.8em"'
FIRST = "on"  # what the first frame of a page is called in the URL


@dataclass(frozen=True, slots=True)
class Takeaway:
    """What can be taken away of a figure.

    `of` and `pairs` are its picture's name in `figure_registry.FIGURES` and parameters, `question` is what the
    HTTP API and the command are asked, `files` are the files of its numbers: what each is called, and its address.
    `metrics` are those it shows; `badge` is the address of a badge (empty: there is none).
    """

    of: str
    pairs: Pairs
    question: AnyQuestion
    files: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[Metric] = ()
    badge: str = ""


@contextmanager
def reserved(height: float = HEIGHT) -> Iterator[None]:
    """Hold the room of a frame while what it shows is worked out, so that nothing below it moves."""
    slot = st.empty()
    slot.skeleton(height=round(plot_height(height) + AROUND))
    with slot.container():
        yield


def show(
    figure: Figure,
    takeaway: Takeaway,
    *,
    name: str = FIRST,
    level: int = 1,
    table: Callable[[], None] | None = None,
    trace: Callable[[], None] | None = None,
    draw: Callable[[alt.LayerChart, str], None] | None = None,
) -> None:
    """Show a figure in its frame.

    `name` tells the frames of a page apart, in the URL too. `level` is that of its heading: 1 once a page, 0 where the
    page's own heading stands above and the finding is to be read below. `table`
    shows the numbers where the figure's own table would not do, `trace` where a number comes from, `draw` puts the
    chart on the page, with its takeaway in words, where it answers a click.
    """
    as_table = page_url.text(TABLE, lambda _: True) == name
    with st.container(border=True, gap="small", key=f"frame_{name}"):
        _head(figure, level, name)
        if as_table:
            (table or (lambda: _table(figure)))()
        else:
            _plot(figure, draw or elements.chart)
        _below(figure, headed=level > 0)
        _foot(figure, takeaway, name, trace, as_table=as_table)


def _plot(figure: Figure, draw: Callable[[alt.LayerChart, str], None]) -> None:
    """The chart, in room of its height: a browser draws it later than the rest."""
    chart = figure.draw(figure.height or plot_height(), False)
    height = chart.height if isinstance(chart.height, int | float) else None
    with st.container(height=round(height) + UNDER if height else "content", border=False):
        draw(chart, figure.summary)


def card(figure: Figure, takeaway: Takeaway, *, name: str, link: Callable[[], None]) -> None:
    """Show a figure as one of several cards: small, its actions behind one button, beside the `link` to its page."""
    with st.container(
        border=True, gap="xsmall", key=f"frame_{name}", height="stretch", vertical_alignment="distribute"
    ):
        with st.container(gap="xsmall"):
            _card_body(figure, name)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            link()
            with st.container(horizontal=True, width="content", gap="xsmall"):
                _actions(figure, takeaway, name)


def _card_body(figure: Figure, name: str) -> None:
    with st.container(gap="xxsmall"):
        elements.heading(figure.headline, 2)
        st.caption(literal(_aged(figure.subtitle, figure), 400))
    _plot(figure, elements.chart)
    if figure.legend is not None:
        with st.container(key=f"values_{len(figure.legend.entries)}_{name}"):
            st.html(values_html(figure.legend))
        if notes := [*filter(None, (figure.legend.when, *refused_changes(figure.legend)))]:
            st.caption("  \n".join(literal(note, 400) for note in notes))
    if figure.detail:
        st.markdown(literal(figure.detail, 600))
    st.caption(literal(figure.care, 400))


def _actions(figure: Figure, takeaway: Takeaway, name: str) -> None:
    """A card's actions: two icons. What is about the data opens beside the page, where no menu may lie over it."""
    with st.popover(":material/more_horiz:", help="Download, share", key=f"more_{name}"):
        download, links = st.tabs(["Download", "Share"])
        with download:
            _files(takeaway)
        with links:
            _links(figure, takeaway)
    if st.button("About", key=f"about_{name}", icon=":material/info:", help="About this data"):
        about_this_data.show(figure, takeaway.question, takeaway.metrics)


def plot_height(height: float = HEIGHT) -> float:
    """How high a plot is in pixels: lower on a phone, where it would be steeper than it is."""
    return PHONE_HEIGHT if elements.phone() else height


def _head(figure: Figure, level: int, name: str) -> None:
    """The finding, what is measured, and the last values."""
    with st.container(gap="xxsmall"):
        if level:
            elements.heading(figure.headline, level)
        if figure.subtitle:
            st.caption(literal(figure.subtitle, 400))
        if figure.legend is not None and figure.legend.entries:
            with st.container(key=f"legend_{name}"):
                st.html(legend_html(replace(figure.legend, when=_aged(figure.legend.when, figure))))


def _aged(text: str, figure: Figure) -> str:
    """A text that says of when the figures are, with how old they are where they are old: on a page alone, as a picture
    does not age. Empty, since they are of several days: so it stays.
    """
    return " · ".join(filter(None, (text, months_old(figure.newest, cache.now().date())))) if text else ""


def legend_html(legend: Legend) -> str:
    """The legend's row: each name in its line's colour, with its last value."""
    parts = [
        f'<span style="white-space:nowrap"><b style="color:{entry.colour}">▬ {escape(entry.name)}</b>'
        f"{f' {escape(entry.value)}' if entry.value else ''}</span>"
        for entry in legend.entries
    ]
    when = f'<span style="opacity:.85">{escape(legend.when)}</span>' if legend.when else ""
    return f'<div style="display:flex;flex-wrap:wrap;column-gap:1.1em">{"".join([*parts, when])}</div>'


def values_html(legend: Legend) -> str:
    """The legend as rows: each name in its line's colour, its last value, and its change in a year where there is one.

    Where some have one, of a change that is refused a dash stands there; `refused_changes` gives the reason.
    """
    changes = any(entry.change for entry in legend.entries)
    rows = (
        f'<tr><th scope="row" style="text-align:left;color:{entry.colour}">▬ {escape(entry.name)}</th>'
        f"<td {_CELL}>{escape(entry.value)}</td>{f'<td {_CELL}>{_change(entry)}</td>' if changes else ''}</tr>"
        for entry in legend.entries
    )
    return f'<table style="width:100%;border-spacing:0;font-variant-numeric:tabular-nums">{"".join(rows)}</table>'


def _change(entry: LegendEntry) -> str:
    return f"{escape(entry.change)} a year" if entry.change else "–" if entry.why else ""


def refused_changes(legend: Legend) -> list[str]:
    """Why there is no change in a year, each reason once, and of whom unless of all."""
    names: dict[str, list[str]] = {}
    for entry in legend.entries:
        if entry.why:
            names.setdefault(entry.why, []).append(entry.name)
    return [
        f"No yearly change{'' if len(those) == len(legend.entries) else f' for {join_words(those)}'}: {small(why)}"
        for why, those in names.items()
    ]


def _table(figure: Figure) -> None:
    if figure.table is None:
        st.caption("This chart has no table.")
        return
    elements.table(figure.table, most=ROWS_ON_A_PHONE if elements.phone() else ROWS)


def _below(figure: Figure, *, headed: bool) -> None:
    """What else the answer says, and the events on the chart in words."""
    detail = figure.detail if headed else f"{figure.headline} {figure.detail}".strip()
    marks = " · ".join(f"◯ {literal(mark, 400)}" for mark in figure.marks[:MOST_MARKS])
    lines = [text for text in (literal(detail, 1500), marks) if text]
    if lines:
        st.markdown("  \n".join(lines))
    notes = [note for note in (*figure.notes, BANDS if figure.bands else "") if note]
    if notes:
        st.caption(literal(" ".join(notes), 600))
    if figure.care:
        st.markdown(f":orange-badge[Read with care] {literal(figure.care, 400)}")


def _files(takeaway: Takeaway) -> None:
    file_menu.downloads(takeaway.of, takeaway.pairs, takeaway.question, takeaway.files)


def _links(figure: Figure, takeaway: Takeaway) -> None:
    citation.links(takeaway.of, takeaway.pairs, takeaway.badge, figure)


def _foot(figure: Figure, takeaway: Takeaway, name: str, trace: Callable[[], None] | None, *, as_table: bool) -> None:
    """The source, and the four actions."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{literal(figure.source, 400)}{attribution.stale_note(figure.sources)}")
        with st.container(horizontal=True, width="content", gap="small"):
            with st.popover("Download", icon=":material/download:", key=f"download_{name}"):
                _files(takeaway)
            with st.popover("Share", icon=":material/share:", key=f"share_{name}"):
                _links(figure, takeaway)
            st.button(
                "Chart" if as_table else "Table",
                key=f"table_{name}",
                icon=":material/show_chart:" if as_table else ":material/table:",
                on_click=page_url.set_text,
                args=(TABLE, "" if as_table else name),
            )
            if st.button("About this data", key=f"about_{name}", icon=":material/info:"):
                about_this_data.show(figure, takeaway.question, takeaway.metrics, trace)
