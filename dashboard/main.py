"""The script that Streamlit runs for every visitor and every change: navigation, then the page."""

from __future__ import annotations

import streamlit as st

from dashboard import cache, page_url
from dashboard.navigation import SECTIONS
from storage import StoreError


def _section(title: str) -> str:
    """A section's title; that of the data says how many sources are late."""
    try:
        late = len(cache.late_sources()) if title == "Data" else 0
    except StoreError:
        late = 0
    return f"{title} :red-badge[{late}]" if late else title


# First of all: until a browser knows that pages are wide, it lays them out narrow, and all would move.
st.set_page_config(page_title="Uptake", page_icon="📈", layout="wide", initial_sidebar_state="auto")
pages = {
    _section(title): [
        st.Page(
            f"views/{view.name}/page.py",
            title=view.title,
            url_path="" if view.name == "overview" else view.url,
            default=view.name == "overview",
            help=view.help,
            visibility="hidden" if view.hidden else "visible",
        )
        for view in views
    ]
    for title, views in SECTIONS.items()
}
page = st.navigation(pages, position="top")
st.set_page_config(page_title=f"{page.title} · Uptake")
page_url.opened(page.title)
page.run()
page_url.closed()
