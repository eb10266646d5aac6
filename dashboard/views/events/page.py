"""What happened? Overtakes, levels reached, odd days, stale sources: the latest first, each with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import parse_qsl

import streamlit as st

from answers.question import API
from answers.wording import counted, listed
from dashboard import cache
from dashboard.text import day, moment, plain
from dashboard.widgets import deliveries, elements, url_state
from storage import KeptAlert
from uptake.alerts import feed
from uptake.alerts.detection import alert_page

KINDS = {"all": "All", "overtake": "Overtakes", "milestone": "Milestones", "anomaly": "Odd days", "stale": "Sources"}
BADGES = {"overtake": "blue", "milestone": "green", "anomaly": "orange", "stale": "red"}
WORDS = {
    "overtake": ("overtake", "overtakes"),
    "milestone": ("milestone", "milestones"),
    "anomaly": ("odd day", "odd days"),
    "stale": ("source that fell silent or came back", "news of sources that fell silent or came back"),
}
EVIDENCE = {
    "/head-to-head": ("views/head_to_head/page.py", "Who led, and when that changed →"),
    "/anomalies": ("views/anomalies/page.py", "What looks odd there →"),
    "/trends": ("views/trends/page.py", "The figures →"),
    "/collection": ("views/collection/page.py", "The sources →"),
}
LATELY_DAYS = 30
MOST = 60
SILENT = "Told to nobody: it was there before anybody watched, or was filled in later."


@elements.guarded
def show() -> None:
    """The page."""
    alerts = sorted(cache.alerts(MOST, silent=True), key=lambda a: (a.happened, a.found_at), reverse=True)
    silent = "Nothing was noted so far." if cache.spans() else "Nothing was collected yet, so nothing was noted."
    elements.headline("What happened?", _sentence(alerts, cache.now().date()) if alerts else silent)
    deliveries.show()
    if alerts:
        kind = url_state.one("kind", "Show", KINDS, "all", segments=True)
        url_state.problems()
        shown = [alert for alert in alerts if kind in ("all", alert.kind)]
        if not shown:
            st.info(f"Of this kind nothing was noted: {KINDS[kind].lower()}.")
        for alert in shown:
            _alert(alert)
    else:
        _nothing()
    _how()


def _sentence(alerts: Sequence[KeptAlert], today: date) -> str:
    lately = [alert for alert in alerts if alert.happened > today - timedelta(days=LATELY_DAYS)]
    counts = {kind: sum(alert.kind == kind for alert in lately) for kind in WORDS}
    kinds = listed(counted(n, *WORDS[kind]) for kind, n in counts.items() if n)
    if not kinds:
        return f"Nothing out of the ordinary in the last {LATELY_DAYS} days: no overtake, no milestone, no odd day."
    latest = next((alert for alert in lately if alert.kind in ("overtake", "milestone")), None)
    lead = f"{feed.headline(latest.text)}. " if latest else ""
    return f"{lead}In the last {LATELY_DAYS} days: {kinds}."


def _alert(alert: KeptAlert) -> None:
    """One thing that happened."""
    title, colour = feed.TITLES.get(alert.kind, alert.kind), BADGES.get(alert.kind, "gray")
    where, _, query = alert_page(alert).partition("?")
    with st.container(border=True, gap="small"):
        st.markdown(f":{colour}-badge[{title}] **{day(alert.happened)}**")
        st.markdown(plain(alert.text, 1500))
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            if where in EVIDENCE:
                view, label = EVIDENCE[where]
                st.page_link(view, label=label, query_params=dict(parse_qsl(query)))
            st.caption(f"Noted {moment(alert.found_at)}.{f' {SILENT}' if alert.silent else ''}")


def _nothing() -> None:
    with st.container(border=True):
        st.subheader("When something is noted", anchor=False)
        st.markdown(
            "After each collection Uptake looks whether one framework passed another, reached a round number of stars, "
            "had a day unlike those around it, or a source fell silent. What was there before it first looked is "
            "history, and stands on the other pages."
        )


def _how() -> None:
    """How to be notified."""
    st.subheader("Be told", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.link_button("Atom feed", feed.PATH)
        st.link_button("As JSON by API", f"{API}/alerts.json")
    st.caption(
        "Put the feed into a feed reader, or have webhooks, mail or a messenger told: whoever runs this sets "
        "`UPTAKE_ALERT_URLS`, and `uptake alerts --test` tries it. Each event is told once."
    )


if __name__ == "__main__":
    show()
