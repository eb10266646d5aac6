"""The script that Streamlit runs for every visitor and every change: navigation, then the page."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from catalog import ARCHIVED
from dashboard import cache
from dashboard.text import plain
from dashboard.widgets import url_state
from storage import StoreError


@dataclass(frozen=True, slots=True)
class View:
    """A page: its folder in `dashboard/views`, its title, and what it is for; its address is the folder's name."""

    name: str
    title: str
    help: str
    hidden: bool = False

    @property
    def url(self) -> str:
        return self.name.replace("_", "-")


SECTIONS = {
    "": (
        View("overview", "Overview", "Which framework leads, by each kind of evidence"),
        View("trends", "Trends", "One count over time, with its growth"),
        View("head_to_head", "Head to head", "Whether one framework overtook another, and when"),
        View("surveys", "Surveys", "What developers answer, by year, place and group"),
    ),
    "Analysis": (
        View("agreement", "Stars vs downloads", "Whether two counts rank the frameworks alike"),
        View("forecast", "Forecast", "What comes next if current trends continue"),
        View("claims", "Check a claim", "A sentence, checked against the data"),
    ),
    "Data": (
        View("collection", "Collection", "What was collected, what is late, what runs next"),
        View("metrics", "Metrics & caveats", "What each count measures and what it does not"),
        View("anomalies", "Unusual days", "Values that stand out, by the same rule for every framework"),
        View("events", "Events & alerts", "Overtakes, milestones, releases, and how to be notified"),
        View("regions", "At least in Europe?", "Surveys by region", hidden=True),
    ),
}
STYLE = """
[data-variant=segmented_control][aria-checked=true], [data-variant=segmented_control][aria-checked=true] * {
  color: inherit !important; font-weight: 600;
}
[data-testid=stCaptionContainer] { color: inherit; opacity: 0.85; }
button[aria-label^="Download as"], button[aria-label^="Copy Vega"] { display: none; }
[data-testid=stCaptionContainer] code { color: inherit; }
"""


def _section(title: str) -> str:
    """A section's title; that of the data says how many sources are late."""
    try:
        late = len(cache.stale()) if title == "Data" else 0
    except StoreError:
        late = 0
    return f"{title} :red-badge[{late}]" if late else title


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
st.set_page_config(page_title=f"{page.title} · Uptake", page_icon="📈", layout="wide", initial_sidebar_state="auto")
# A chosen segment has the colour of text: the theme's own is too pale on a dark page, as that of captions is on both.
# Streamlit's own downloads carry no caveat; the pages offer pictures and CSV that do.
st.html(f"<style>{STYLE}</style>")
url_state.opened(page.title)
page.run()
if archived := [f.own_title for f in cache.catalog().frameworks.values() if f.archived]:
    st.caption(f"{ARCHIVED[:1].upper()}{ARCHIVED[1:]}: {', '.join(map(plain, archived))}.")
url_state.closed()
