"""The script that Streamlit runs for every visitor and every change: navigation, then the page."""

from __future__ import annotations

import streamlit as st

from dashboard import address

PAGES = (
    ("views/who.py", "Who leads?", "", True),
    ("views/trends.py", "Trends", "trends", False),
    ("views/surveys.py", "Surveys", "surveys", False),
    ("views/metrics.py", "Metrics", "metrics", False),
    ("views/collection.py", "Collection", "collection", False),
)

st.set_page_config(page_title="Uptake", page_icon="📈", layout="wide", initial_sidebar_state="auto")
# No icons: Streamlit would fetch a page's :material: icon from another server.
page = st.navigation(
    [st.Page(path, title=title, url_path=url, default=first) for path, title, url, first in PAGES], position="top"
)
address.opened(page.title)
page.run()
address.closed()
