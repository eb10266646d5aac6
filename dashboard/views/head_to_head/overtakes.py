"""Every overtake on record, of *Head to head*: each pair by each metric, dated, with the way to its chart."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from analysis.overtakes.noise import HOLD_DAYS, NOISE_FACTOR
from answers.overtakes.history import OvertakeRow, Overtakes
from answers.overtakes.wording import VERDICT_WORDS
from answers.question import OvertakesQuestion
from answers.wording import counted
from dashboard import cache, links
from dashboard.charts.figure import parted
from dashboard.text import day_in_words, plain
from dashboard.widgets import elements, url_state
from dashboard.widgets.data_table import neutral

EVERY = "all"
METRIC, HELD_ONLY = "list", "held"  # in the URL
HELD = {True: "yes", False: "no", None: "can't say"}
HEIGHT = 520  # pixels of the table, at most


def show(as_of: datetime | None) -> None:
    """The list with its controls, on the data as of a moment."""
    top = st.container(gap="xxsmall")
    question = _controls(as_of)
    overtakes = cache.overtakes(question.metric or None, (), None, as_of, held=question.held)
    headline, detail = parted(overtakes.sentence)
    with top:
        elements.heading(headline)
        st.markdown(plain(detail, 700))
    if overtakes.rows:
        st.dataframe(
            table(overtakes.rows), hide_index=True, width="stretch", height=min(36 * len(overtakes.rows) + 40, HEIGHT),
            column_config={"Open": st.column_config.LinkColumn(display_text="Show", width="small")},
        )  # fmt: skip
    st.caption(plain(beneath(overtakes), 900))
    st.link_button("JSON", links.saved(links.api(question)), icon=":material/download:")


def _controls(as_of: datetime | None) -> OvertakesQuestion:
    """By which metric, and whether only those count after which the winner stayed ahead."""
    metrics = cache.catalog().metrics
    stored = {series.metric for series in cache.spans()}
    titles = {m.id: m.title for m in metrics.values() if m.has_total and m.id in stored}
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        metric = url_state.one(METRIC, "Count", {EVERY: "Every count", **titles}, "stars")
    with right:
        held = url_state.switch(HELD_ONLY, "Still ahead today", "Without those after which the lead changed again.")
    return OvertakesQuestion("" if metric == EVERY else metric, as_of=as_of, held=held)


def table(rows: tuple[OvertakeRow, ...]) -> pd.DataFrame:
    """The overtakes as a table, the newest first."""
    titles = elements.titles()
    shown = pd.DataFrame(
        {
            "Between": [row.last_before for row in rows],
            "and": [row.first_after for row in rows],
            "Passed": [titles.get(row.winner, row.winner) for row in rows],
            "Whom": [titles.get(row.loser, row.loser) for row in rows],
            "In": [row.title for row in rows],
            "Still ahead": [HELD[row.held] for row in rows],
            "Checked": [VERDICT_WORDS[row.verdict] for row in rows],
            "Gap in the data": ["yes" if row.on_gap else "" for row in rows],
            "Open": [f"/head-to-head?{urlencode({'a': r.winner, 'b': r.loser, 'by': r.metric})}" for r in rows],
        }
    )
    return shown.assign(Passed=neutral(shown["Passed"]), Whom=neutral(shown["Whom"]))


def beneath(overtakes: Overtakes) -> str:
    """What is not in the list, and where it comes from."""
    sentences = []
    if overtakes.total > len(overtakes.rows):
        sentences.append(f"The newest {len(overtakes.rows):,} of {overtakes.total:,}.")
    if overtakes.refused:
        times = counted(overtakes.refused, "time")
        sentences.append(f"The lead changed {times} while the counting changed: that does not count as an overtake.")
    lasting = f"more than {NOISE_FACTOR:g} times the noise of a week and has lasted {HOLD_DAYS // 7} weeks"
    sentences.append("Checked: whether other counts of the same thing show it too.")
    sentences.append(f"A lead in downloads counts once it is {lasting}.")
    sources = "; ".join(f"{source.title} ({source.licence})" for source in overtakes.sources)
    when = f", {day_in_words(overtakes.retrieved_at)}" if overtakes.retrieved_at else ""
    return " ".join([*sentences, f"Source: {sources or 'none'}{when}."])
