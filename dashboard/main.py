"""The script that Streamlit runs for every visitor and every change: navigation, then the page."""

from __future__ import annotations

import streamlit as st

from catalog import ARCHIVED
from dashboard import cache
from dashboard.text import plain
from dashboard.widgets import url_state

PAGES = (
    ("views/overview/page.py", "Who leads?", "", True),
    ("views/head_to_head/page.py", "Did A overtake B?", "head-to-head", False),
    ("views/agreement/page.py", "Do stars mean use?", "agreement", False),
    ("views/forecast/page.py", "What next?", "forecast", False),
    ("views/regions/page.py", "At least in Europe?", "regions", False),
    ("views/trends/page.py", "Trends", "trends", False),
    ("views/surveys/page.py", "Surveys", "surveys", False),
    ("views/anomalies/page.py", "What looks odd?", "anomalies", False),
    ("views/events/page.py", "What happened?", "events", False),
    ("views/claims/page.py", "Claims", "claims", False),
    ("views/metrics/page.py", "Metrics", "metrics", False),
    ("views/collection/page.py", "Collection", "collection", False),
)

STYLE = """
@media (min-width: 768px) { .st-key-pages { display: none; } }
.st-key-pages { gap: 0.1rem; }
.st-key-pages a { padding: 0.15rem 0.3rem; }
.st-key-pages p { font-size: 0.9rem; }
[data-variant=segmented_control][aria-checked=true], [data-variant=segmented_control][aria-checked=true] * {
  color: inherit !important; font-weight: 600;
}
[data-testid=stCaptionContainer] { color: inherit; opacity: 0.85; }
button[aria-label^="Download as"], button[aria-label^="Copy Vega"] { display: none; }
[data-testid=stCaptionContainer] code { color: inherit; }
"""

st.set_page_config(page_title="Uptake", page_icon="📈", layout="wide", initial_sidebar_state="auto")
# No icons: Streamlit would fetch a page's :material: icon from another server.
pages = [st.Page(path, title=title, url_path=url, default=first) for path, title, url, first in PAGES]
page = st.navigation(pages, position="top")
# On a phone Streamlit folds its menu away: there the pages stand in a row of their own, which others do not see. And a
# chosen segment has the colour of text: the theme's own is too pale on a dark page, as that of captions is on both.
# Streamlit's own downloads carry no caveat; the pages offer pictures and CSV that do.
st.html(f"<style>{STYLE}</style>")
with st.container(key="pages", horizontal=True, gap="small"):
    for each in pages:
        st.page_link(each)
url_state.opened(page.title)
page.run()
if archived := [f.own_title for f in cache.catalog().frameworks.values() if f.archived]:
    st.caption(f"{ARCHIVED[:1].upper()}{ARCHIVED[1:]}: {', '.join(map(plain, archived))}.")
url_state.closed()
