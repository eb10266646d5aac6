"""How fast it grows, under a chart: one row per figure, one column per framework, and reasons where there is none."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers import wording
from answers.growth.answer import WHATS, Growth, GrowthRow
from answers.growth.wording import WHAT, figure_words
from answers.questions import GrowthQuestion
from answers.wording import join_words
from dashboard import links, page_url
from dashboard.charts.figure import parted
from dashboard.display_text import literal
from dashboard.widgets import elements, number_trace

MOST_COLUMNS = 8  # frameworks side by side; the rest is in the JSON
NONE = "none"
DAYS = "Days compared"  # a column; on a phone, which has no room for it, among the notes


def show(growth: Growth, titles: dict[str, str], span: str, view: str = "level") -> None:
    """The table, what is refused and why, what is offered instead, lost stars. `span`: the yearly rate's, in words."""
    headline, detail = parted(growth.sentence)
    elements.heading(headline)
    if not growth.rows:
        return
    if detail:
        st.markdown(literal(detail, 1500))
    shown = growth.rows[:MOST_COLUMNS]
    figures_table = _table(growth, shown, titles).rename(index={WHAT["compound"]: f"{WHAT['compound']}, {span}"})
    st.markdown(f":orange-badge[Read with care] {literal(growth.metric.badge, 400)}")
    with st.container(horizontal=True, gap="small"):
        with st.popover("Notes"):
            _notes(growth, shown, titles)
            if elements.phone():
                st.caption("  \n".join(f"{what}: {days}" for what, days in figures_table[DAYS].items()))
        _files(growth)
    if view != "ratio":
        _offer(growth, titles)
    # Last: a browser lays a table out late, which moves what is below it.
    st.table(figures_table.drop(columns=DAYS) if elements.phone() else figures_table)


def _files(growth: Growth) -> None:
    """Every figure of every framework, as files."""
    name, icon = f"growth-{growth.metric.id}.csv", ":material/download:"
    st.download_button("CSV", figures(growth).to_csv(index=False), name, "text/csv", icon=icon, on_click="ignore")
    st.link_button("JSON", links.saved(links.api(GrowthQuestion.of(growth.question))), icon=icon)


def figures(growth: Growth) -> pd.DataFrame:
    """A row for each figure of each framework, or why there is none."""
    return pd.DataFrame(
        {
            "framework": row.framework,
            "metric": growth.metric.id,
            "figure": what,
            "since": figure.since,
            "until": figure.until,
            "before": figure.before,
            "after": figure.after,
            "gained": figure.gained,
            "relative": figure.relative,
            "refused": row.refusals.get(what, ""),
        }
        for row in growth.rows
        for what, figure in row.figures.items()
    )


def _notes(growth: Growth, shown: tuple[GrowthRow, ...], titles: dict[str, str]) -> None:
    """What is refused and why, how to read the figures, lost stars."""
    refused = _refused(shown, titles)
    if refused:
        st.markdown("  \n".join(["**No figure**", *(literal(text, 1000) for text in refused)]))
    more = len(growth.rows) - len(shown)
    notes = [growth.rhythm, growth.everything, f"{more} more frameworks are in the JSON." if more > 0 else ""]
    st.caption("  \n".join(literal(text, 600) for text in notes if text))
    _lost(growth)


def _table(growth: Growth, rows: tuple[GrowthRow, ...], titles: dict[str, str]) -> pd.DataFrame:
    """The figures as texts; one that nobody has is left to the words below."""
    # A link in each: a table that is wider than a phone can be reached, and so scrolled, by the keyboard.
    last = [f"[{literal(wording.value(row.value, growth.metric))}]({_origin(growth, row)})" for row in rows]
    cells_by_title: dict[str, list[str]] = {}
    for what in WHATS:
        if any(row.figures[what].stands for row in rows):
            days = [_days(row, what) for row in rows]
            cells = [
                figure_words(growth.catalog, growth.metric, r, what) if r.figures[what].stands else NONE for r in rows
            ]
            cells_by_title[WHAT[what]] = _shared(days, cells)
    columns = [*(titles[row.framework] for row in rows), DAYS]
    others = {name: [literal(cell) for cell in cells] for name, cells in cells_by_title.items()}
    whole = {"Last figure": _shared([_when(row) for row in rows], last)} | others
    return pd.DataFrame.from_dict(whole, orient="index", columns=columns)


def _cell(growth: Growth, row: GrowthRow, what: str) -> str:
    return figure_words(growth.catalog, growth.metric, row, what) if row.figures[what].stands else NONE


def _origin(growth: Growth, row: GrowthRow) -> str:
    """The address of this page with the origin of a framework's last figure."""
    cut = f"/{growth.question.dimension}" if growth.question.dimension else ""
    pairs = [("metric", growth.metric.id), ("framework", row.framework), ("dimension", growth.question.dimension)]
    pairs.append((number_trace.KEY, f"{row.framework}{cut}@{row.period}"))
    return f"/trends?{urlencode([(name, text) for name, text in pairs if text])}"


def _shared(days: list[str], cells: list[str]) -> list[str]:
    """The days that most compare, then the cells, each with its own days where they are others."""
    most = Counter(day for day in days if day).most_common(1)
    usual = most[0][0] if most else ""
    texts = [f"{cell} ({day})" if day and day != usual else cell for day, cell in zip(days, cells, strict=True)]
    return [*texts, usual]


def _when(row: GrowthRow) -> str:
    return f"{row.period_end}" if row.period == row.period_end else f"{row.period} to {row.period_end}"


def _days(row: GrowthRow, what: str) -> str:
    figure = row.figures[what]
    if not figure.stands or figure.until is None:
        return ""
    return f"{figure.since} to {figure.until}" if figure.since not in (None, figure.until) else f"{figure.until}"


def reasons(growth: Growth, titles: dict[str, str]) -> list[str]:
    """Why figures of growth are refused, each reason once."""
    return _refused(growth.rows[:MOST_COLUMNS], titles)


def _refused(rows: tuple[GrowthRow, ...], titles: dict[str, str]) -> list[str]:
    """Each reason once, with the figures and frameworks it concerns."""
    concerned: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        for what, why in row.refusals.items():
            concerned.setdefault(why, {}).setdefault(row.framework, []).append(what)
    return [f"{_of(by, len(rows), titles)}: {_small(why)}" for why, by in concerned.items()]


def _of(by: dict[str, list[str]], every: int, titles: dict[str, str]) -> str:
    """Which figures of whom: of all, they need not be named."""
    whats = [what for what in WHATS if any(what in named for named in by.values())]
    named = join_words([WHAT[whats[0]], *(_small(WHAT[what]) for what in whats[1:])])
    named = "Every figure" if len(whats) == len(WHATS) else named
    return named if len(by) == every else f"{join_words(titles[name] for name in by)}, {_small(named)}"


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _offer(growth: Growth, titles: dict[str, str]) -> None:
    """Where a break forbids growth: the ratio to another framework, a click away."""
    peer = next((peer.peer for row in growth.rows for peer in row.peers.values()), "")
    if peer:
        st.button(
            f"Show the ratio to {titles[peer]}", key="show_ratio", on_click=_to_ratio, args=(peer,),
            help="A break that changed both alike leaves their ratio comparable.",
        )  # fmt: skip


def _to_ratio(peer: str) -> None:
    page_url.set_text("show", "chart")
    page_url.set_text("view", "ratio")
    page_url.set_text("to", peer)


def _lost(growth: Growth) -> None:
    """Lost stars in words: two metrics, which never share a line."""
    lost = [one for one in growth.lost if not one.why]
    if not growth.lost:
        return
    st.markdown("**Lost stars**")
    if lost:
        st.markdown("  \n".join(literal(one.sentence, 600) for one in lost))
        st.caption("A star that is withdrawn and given again counts as lost: it has moved to a later day.")
        return
    st.caption(
        "Withdrawn stars can be shown once GitHub's star history has been collected: they are the difference between "
        "the counter and that history."
    )
