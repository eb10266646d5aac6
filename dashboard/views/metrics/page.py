"""Metrics and caveats: a line for each metric, and beside the page what it measures, what not, and how it misleads."""

from __future__ import annotations

from datetime import date

import streamlit as st

from answers import wording
from answers.wording import counted
from catalog import Catalog, Metric
from dashboard import cache, page_url
from dashboard.display_text import day_in_words, literal
from dashboard.widgets import about_this_data, attribution, elements, page_states
from storage import Store, StoreError

KINDS = {
    "stock": "a level: values of two days may be compared, never added up",
    "flow": "per period: values may be added up",
    "share": "a share of those who answered",
}
KEY = "metric"  # in the URL: which metric is shown beside the page
COLUMNS = (10, 16, 5, 5)  # how wide title, care, newest month and button are, in proportion


@page_states.guarded
def show() -> None:
    """The page. It needs no store; with one it also shows how fresh each metric is."""
    catalog = cache.catalog()
    families = {"all": "All"} | {
        f: catalog.families[f].title for f in dict.fromkeys(m.family for m in catalog.metrics.values())
    }
    chosen = page_url.one("family", "Family", families, "all", segments=True, bare=True)
    name = page_url.beside(KEY, "Metrics", {m.id: m.title for m in catalog.metrics.values()})
    page_url.problems()
    elements.heading("No metric here counts users")
    newest = _newest()
    for family in families:
        if family != "all" and chosen in ("all", family):
            _family(catalog, family, newest)
    if name:
        _details(catalog, catalog.metrics[name], newest.get(name))


def _newest() -> dict[str, date]:
    """The last day of each metric; empty if the store cannot be read, which this page can do without."""
    try:
        with cache.reopening() as store:
            return _last_days(store)
    except StoreError as fault:
        st.warning(literal(fault))
        return {}


def _last_days(store: Store) -> dict[str, date]:
    newest: dict[str, date] = {}
    for series in store.series():
        newest[series.metric] = max(newest.get(series.metric, series.last), series.last)
    return newest


def _family(catalog: Catalog, family: str, newest: dict[str, date]) -> None:
    """The metrics of a family, a line each, those with data first."""
    elements.heading(catalog.families[family].title, 2)
    with st.container(gap="xxsmall"):
        own = [metric for metric in catalog.metrics.values() if metric.family == family]
        for metric in sorted(own, key=lambda metric: metric.id not in newest):
            _row(metric, newest.get(metric.id))


def _row(metric: Metric, last: date | None) -> None:
    """A metric's title, how it misleads, its newest day, and a button for the rest."""
    newest_day = (
        wording.newest(metric, last) if last and metric.period == "year" else wording.month(last) if last else ""
    )
    until = f"to {newest_day}" if newest_day else "no data yet"
    if elements.phone():
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            small = f":small[{literal(metric.badge)}]  \n:small[{until}]"
            st.markdown(f"{literal(metric.title)}  \n{small}", width="stretch")
            _button(metric)
        return
    title, care, newest, details = st.columns(COLUMNS, vertical_alignment="center")
    title.markdown(literal(metric.title))
    care.caption(literal(metric.badge))
    newest.caption(until)
    with details:
        _button(metric)


def _button(metric: Metric) -> None:
    st.button(
        "Details", key=f"metric_{metric.id}", type="tertiary", icon=":material/chevron_right:",
        icon_position="right", on_click=page_url.set_beside, args=(KEY, metric.id),
    )  # fmt: skip


# -- beside the page ---------------------------------------------------------------------------------------------------


def _close() -> None:
    page_url.set_beside(KEY, "")


@st.dialog("About this metric", width="large", position="right", on_dismiss=_close)
def _details(catalog: Catalog, metric: Metric, last: date | None) -> None:
    st.markdown(f"**{literal(metric.title)}** :gray-badge[{literal(metric.id)}]")
    st.markdown(f":orange-badge[Read with care] {literal(metric.badge)}")
    st.markdown(
        f"*Measures:* {literal(metric.measures, 1000)}  \n*Does not measure:* {literal(metric.does_not_measure, 1000)}"
    )
    newest = wording.newest(metric, last) if last and metric.period != "day" else day_in_words(last) if last else ""
    until = f"Newest value: {newest}" if newest else "No data yet"
    split = f" · split by {', '.join(metric.dimensions)}" if metric.dimensions else ""
    st.caption(f"{until} · {literal(metric.unit)}, by {literal(metric.period)} · {KINDS[str(metric.kind)]}{split}")
    if last:
        st.page_link("views/trends/page.py", label="Open in Trends", query_params={"metric": metric.id})
    st.markdown(f"**{counted(len(metric.caveats), 'caveat')}**")
    for caveat in about_this_data.ordered(catalog.caveats_of(metric.id)):
        attribution.caveat_text(caveat)
    if breaks := catalog.breaks_of(metric.id):
        st.markdown("**Known changes in counting and incidents**")
        st.caption("Do not compare values across a change.")
        attribution.break_list(breaks, numbered=False)
    st.markdown("**Source**" if len(metric.sources) == 1 else "**Sources**")
    for name in metric.sources:
        _source(catalog, name)


def _source(catalog: Catalog, name: str) -> None:
    source = catalog.sources[name]
    is_asked = source.available or source.own
    later = "" if is_asked else f" · {source.off or 'Described here, not collected by this version.'}"
    st.caption(
        f"{attribution.linked(source.title, source.homepage)} · "
        f"licence {attribution.linked(source.licence, source.licence_url)} · "
        f"{literal(source.attribution, 500)} · {literal(source.memory, 500)}{later}"
    )


if __name__ == "__main__":
    show()
