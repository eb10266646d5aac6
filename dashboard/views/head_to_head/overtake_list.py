"""Every overtake we know, beneath *Did A overtake B?*: each pair by each metric, dated, with the way to its page."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers.overtakes.history import OvertakeRow, Overtakes
from dashboard import cache, parameters
from dashboard.text import count, moment, plain
from dashboard.widgets import elements, url_state
from dashboard.widgets.data_table import neutral

PREFIX = "/api/v1"
EVERY = "all"
HELD = {True: "yes", False: "no", None: "not known"}


def show(as_of: datetime | None) -> None:
    """The list with its controls, as known at a moment."""
    st.subheader("Every overtake we know", anchor=False)
    metric, held = _controls()
    found = cache.overtakes(None if metric == EVERY else metric, (), None, as_of, held=held)
    st.markdown(plain(found.sentence, 700))
    if found.rows:
        st.dataframe(
            table(found.rows), hide_index=True, width="stretch", height=min(36 * len(found.rows) + 40, 420),
            column_config={"Open": st.column_config.LinkColumn(display_text="Show", width="small")},
        )  # fmt: skip
    st.caption(plain(beneath(found), 900))
    _take_away(found, metric, held=held)


def _controls() -> tuple[str, bool]:
    """By which metric, and whether only those count that nothing known since takes back."""
    metrics = cache.catalog().metrics
    stored = {series.metric for series in cache.spans()}
    known = {m.id: m.title for m in metrics.values() if m.has_total and m.id in stored}
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        metric = url_state.one("list", "Overtakes by", {EVERY: "Every metric", **known}, "stars")
    with right:
        held = url_state.switch("held", "Only those that held", "Those that nothing known since takes back.")
    return metric, held


def table(rows: tuple[OvertakeRow, ...]) -> pd.DataFrame:
    """The overtakes as a table, the newest first."""
    titles = elements.titles()
    shown = pd.DataFrame(
        {
            "Between": [row.last_before for row in rows],
            "and": [row.first_after for row in rows],
            "Passed": [titles.get(row.winner, row.winner) for row in rows],
            "Whom": [titles.get(row.loser, row.loser) for row in rows],
            "By": [row.title for row in rows],
            "Held": [HELD[row.held] for row in rows],
            "Verdict": [row.verdict for row in rows],
            "Across a hole": ["yes" if row.on_gap else "" for row in rows],
            "Open": [f"/head-to-head?{urlencode({'a': r.winner, 'b': r.loser, 'by': r.metric})}" for r in rows],
        }
    )
    return shown.assign(Passed=neutral(shown["Passed"]), Whom=neutral(shown["Whom"]))


def beneath(found: Overtakes) -> str:
    """What is not in the list, and where it comes from."""
    said = []
    if found.found > len(found.rows):
        said.append(f"The newest {len(found.rows):,} of {found.found:,}.")
    if found.refused:
        across = count(found.refused, "change of lead lies", "changes of lead lie")
        said.append(f"{across} across a break in the counting: none is called an overtake.")
    said.append("Verdict: whether the other counting rules of the same thing said so too on that day.")
    named = "; ".join(f"{source.title} ({source.licence})" for source in found.sources)
    return " ".join([*said, f"Source: {named or 'none'}. Retrieved: {moment(found.retrieved_at)}."])


def _take_away(found: Overtakes, metric: str, *, held: bool) -> None:
    """The same list for a program."""
    asked = {"metric": "" if metric == EVERY else metric, "held": "1" if held else ""}
    asked["as_of"] = parameters.written(found.as_of)
    told = {name: text for name, text in asked.items() if text}
    st.link_button("The list as JSON by API", f"{PREFIX}/overtakes.json{'?' if told else ''}{urlencode(told)}")
