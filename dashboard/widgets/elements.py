"""What every page uses: its heading, settings, charts, the frameworks' titles, the reader's theme and width."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import authorization, cache
from dashboard.charts.line_chart import in_utc
from dashboard.display_text import literal

ROW, HEAD, EDGE = 35, 38, 4  # pixels of a row of a table, of its heading with its frame, and around it
MOST_ROWS = 25  # of a table that are in view


def dark() -> bool:
    """Whether the reader's page is dark. In a session's first run Streamlit may lack it: then light."""
    return st.context.theme.type == "dark"


def phone() -> bool:
    """Whether the reader holds a phone, as their browser says."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def settings() -> DeltaGenerator:
    """Where a page has the controls that few need: one button, on a phone no wider than its icon."""
    return st.popover(":material/tune:" if phone() else "Settings", icon=None if phone() else ":material/tune:")


def heading(text: str, level: int = 1) -> None:
    """A finding as a heading, which has no full stop; of level 1 there is one a page."""
    shown = literal(text.removesuffix("."), 500)
    if level == 1:
        st.title(shown, anchor=False)
    elif level == 2:
        st.header(shown, anchor=False)
    else:
        st.subheader(shown, anchor=False)


def chart(drawn: alt.LayerChart, summary: str) -> None:
    """A chart in the page's width; `summary` is what it shows, with its numbers, for those who do not see it."""
    st.altair_chart(quiet(drawn), width="stretch", alt=summary)


def quiet(drawn: alt.LayerChart) -> alt.LayerChart:
    """The chart with its marks hidden from screen readers: they hear its words, not hundreds of nameless symbols.

    Its moments are in UTC, wherever it is read.
    """
    in_utc(drawn)
    for layer in drawn.layer:
        layer.mark.aria = False
    return drawn


def table(frame: pd.DataFrame, *, most: int = MOST_ROWS, row: int = ROW, **options: Any) -> None:
    """A table with all of its rows in view or, beyond so many, how many are and where the others are.

    `row` is a row's height in pixels, `options` are those of `st.dataframe`.
    """
    seen = min(len(frame), most)
    height = row * seen + HEAD + (row // 2 if len(frame) > seen else 0)
    with st.container(height=height + EDGE, border=False):  # its room, before a browser has drawn it
        st.dataframe(frame, hide_index=True, width="stretch", height=height, row_height=row, **options)
    if len(frame) > seen:
        st.caption(f"{seen} of {len(frame):,} rows in view: scroll in the table.")


def operator_token(key: str) -> str:
    """The operator token, if one is set; it is kept in this session and never in the URL."""
    if not authorization.needs_token():
        return ""
    return st.text_input("Operator token", type="password", key=key, help="Needed to change anything from here.")


def titles() -> dict[str, str]:
    """The frameworks' names by id, in the catalog's order."""
    return {framework.id: framework.title for framework in cache.catalog().frameworks.values()}


def title(name: str) -> str:
    """A framework's name."""
    return titles().get(name, name)
