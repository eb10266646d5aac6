"""Events and alerts: overtakes, milestones, unusual days, late sources, the latest first; how to be notified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import parse_qsl

import streamlit as st

from answers.questions import API
from answers.wording import counted, join_words
from dashboard import cache, links, page_url
from dashboard.charts.figure import parted
from dashboard.display_text import day_in_words, literal, moment
from dashboard.widgets import citation, deliveries, elements, page_states
from storage import KeptAlert
from uptake.alerts import feed
from uptake.alerts.detection import alert_page

TITLES = {**feed.TITLES, "anomaly": "Unusual day"}
NOTIFY = "notify"
KINDS = {
    "all": "All", "overtake": "Overtakes", "milestone": "Milestones", "anomaly": "Unusual days", "stale": "Sources",
    NOTIFY: "Get notified",
}  # fmt: skip
BADGES = {"overtake": "blue", "milestone": "green", "anomaly": "orange", "stale": "red"}
WORDS = {
    "overtake": ("overtake", "overtakes"),
    "milestone": ("milestone", "milestones"),
    "anomaly": ("unusual day", "unusual days"),
    "stale": ("change in a source's state", "changes in sources' states"),
}
EVIDENCE = {
    "/head-to-head": ("views/head_to_head/page.py", "Head to head"),
    "/anomalies": ("views/anomalies/page.py", "Unusual days"),
    "/trends": ("views/trends/page.py", "Trends"),
    "/collection": ("views/collection/page.py", "Collection"),
}
EARLIER = {
    "All overtakes": ("views/head_to_head/page.py", {"answer": "overtakes"}),
    "Unusual days": ("views/anomalies/page.py", {}),
    "Collection": ("views/collection/page.py", {}),
}
LATELY_DAYS = 30
MOST, SHOWN = 60, 15  # events; those that are not folded
DAY, LINK = 150, 130  # pixels of columns
SILENT = "Not sent: it was there before the first look, or was filled in later."


@page_states.guarded
def show() -> None:
    """The page."""
    alerts = sorted(cache.alerts(MOST, silent=True), key=lambda a: (a.happened, a.found_at), reverse=True)
    kind = page_url.one("kind", "Show", KINDS, "all", segments=True, bare=True)
    page_url.problems()
    if kind == NOTIFY:
        _notify()
        return
    headline, detail = parted(_sentence(alerts, cache.now().date()))
    elements.heading(headline)
    if detail:
        st.caption(literal(detail, 600))
    deliveries.show()
    shown = [alert for alert in alerts if kind in ("all", alert.kind)]
    for alert in shown[:SHOWN]:
        _alert(alert)
    if shown[SHOWN:]:
        with st.expander(f"Earlier events ({len(shown) - SHOWN})"):
            for alert in shown[SHOWN:]:
                _alert(alert)
    if alerts and not shown:
        st.info(f"No events of this kind yet: {KINDS[kind].lower()}.")
    if not alerts:
        _earlier()


def _earlier() -> None:
    """Where the events are that were there before the first look."""
    with st.container(horizontal=True, gap="small"):
        for label, (view, query) in EARLIER.items():
            st.page_link(view, label=label, icon=":material/arrow_forward:", query_params=query)


def _sentence(alerts: Sequence[KeptAlert], today: date) -> str:
    if not alerts:
        awaited = page_states.awaited() or ("" if cache.series_extents() else "No data has been collected yet.")
        what = "Each collection is checked for overtakes, round numbers of stars, unusual days and silent sources."
        return " ".join(filter(None, ("No events yet.", awaited, what, "Earlier events are on other pages:")))
    lately = [alert for alert in alerts if alert.happened > today - timedelta(days=LATELY_DAYS)]
    counts = {kind: sum(alert.kind == kind for alert in lately) for kind in WORDS}
    kinds = join_words(counted(n, *WORDS[kind]) for kind, n in counts.items() if n)
    if not kinds:
        return f"No events in the last {LATELY_DAYS} days: no overtake, no milestone, no unusual day."
    latest = next((alert for alert in lately if alert.kind in ("overtake", "milestone")), None)
    lead = f"{feed.headline(latest.text)}. " if latest else ""
    return f"{lead}In the last {LATELY_DAYS} days: {kinds}."


def _alert(alert: KeptAlert) -> None:
    """One event: its day, its kind, what happened, and the page with its evidence."""
    title, colour = TITLES.get(alert.kind, alert.kind), BADGES.get(alert.kind, "gray")
    where, _, query = alert_page(alert).partition("?")
    noted = f"Noted {moment(alert.found_at)}.{f' {SILENT}' if alert.silent else ''}"
    with st.container(horizontal=True, vertical_alignment="top"):
        st.markdown(f"**{day_in_words(alert.happened)}**  \n:{colour}-badge[{title}]", width=DAY)
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(literal(alert.text, 1500))
            st.caption(noted)
        if where in EVIDENCE:
            view, label = EVIDENCE[where]
            with st.container(width=LINK):
                st.page_link(view, label=label, query_params=dict(parse_qsl(query)))


def _notify() -> None:
    """How to be notified."""
    elements.heading("Get notified of overtakes, milestones and unusual days")
    deliveries.show()
    st.markdown("**Feed.** Put its address into a feed reader.")
    st.code(f"{citation.server()}{feed.PATH}", language=None, wrap_lines=True)
    with st.container(horizontal=True, gap="small"):
        st.link_button("Atom feed", feed.PATH, icon=":material/rss_feed:")
        st.link_button("JSON", links.saved(f"{API}/alerts.json"), icon=":material/download:")
    st.markdown(
        "**Webhook, mail or messenger.** Whoever runs this server sets `UPTAKE_ALERT_URLS`. This sends a test message:"
    )
    st.code("uptake alerts --test", language=None, wrap_lines=True)
    st.caption("Each event is sent once.")


if __name__ == "__main__":
    show()
