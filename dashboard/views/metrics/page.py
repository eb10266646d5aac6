"""Metrics: what each one measures and does not, its doubts, its breaks, where it comes from and how fresh it is."""

from __future__ import annotations

import streamlit as st

from answers.wording import counted
from catalog import Catalog, Metric
from dashboard import cache
from dashboard.text import day, plain
from dashboard.widgets import elements, url_state
from storage import Store, StoreError

KINDS = {
    "stock": "a level: may be compared day with day, never summed",
    "flow": "per period: may be summed",
    "share": "a share of those asked",
}


@elements.guarded
def show() -> None:
    """The page. It needs no store; with one it also shows how fresh each metric is."""
    catalog = cache.catalog()
    elements.headline("Metrics", "No metric here counts users. Each one says what it counts, and how that misleads.")
    families = {"all": "All"} | {
        f: catalog.families[f].title for f in dict.fromkeys(m.family for m in catalog.metrics.values())
    }
    chosen = url_state.one("family", "Family", families, "all", segments=True)
    url_state.problems()
    last = _last_days()
    for metric in catalog.metrics.values():
        if chosen in ("all", metric.family):
            _card(catalog, metric, last.get(metric.id))


def _last_days() -> dict[str, str] | dict[str, None]:
    """The last day observed of each metric; empty if the store cannot be read, which this page can do without."""
    try:
        with cache.reopening() as store:
            return _newest(store)
    except StoreError as fault:
        st.warning(plain(fault))
        return {}


def _newest(store: Store) -> dict[str, str]:
    newest: dict[str, str] = {}
    for series in store.series():
        newest[series.metric] = max(newest.get(series.metric, ""), day(series.last))
    return newest


def _card(catalog: Catalog, metric: Metric, last: str | None) -> None:
    with st.container(border=True):
        st.subheader(metric.title, anchor=False)
        kind = f"{plain(metric.unit)} · {KINDS[str(metric.kind)]} · by {plain(metric.period)}{_split(metric)}"
        st.caption(f"`{metric.id}` · {kind}")
        elements.badge(metric)
        left, right = st.columns(2)
        left.markdown(f"**Measures.** {plain(metric.measures, 1000)}")
        right.markdown(f"**Does not measure.** {plain(metric.does_not_measure, 1000)}")
        st.caption(f"Last observed: {last}" if last else "Nothing observed yet")
        for name in metric.sources:
            _source(catalog, name)
        _details(catalog, metric)


def _split(metric: Metric) -> str:
    return f" · split by {', '.join(metric.dimensions)}" if metric.dimensions else ""


def _source(catalog: Catalog, name: str) -> None:
    source = catalog.sources[name]
    later = "" if source.available else " · described here, not collected by this version"
    st.caption(
        f"[{plain(source.title)}]({source.homepage}) · licence [{plain(source.licence)}]({source.licence_url}) · "
        f"{plain(source.attribution)} · {plain(source.memory, 500)}{later}"
    )


def _details(catalog: Catalog, metric: Metric) -> None:
    breaks = catalog.breaks_of(metric.id)
    label = counted(len(metric.caveats), "caveat") + (f", {counted(len(breaks), 'break')}" if breaks else "")
    with st.expander(label):
        for caveat in catalog.caveats_of(metric.id):
            elements.caveat_text(caveat)
        if breaks:
            st.markdown("**Breaks**: do not compare across these.")
            elements.break_list(breaks, numbered=False)


if __name__ == "__main__":
    show()
