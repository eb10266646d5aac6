"""Every overtake on record, of *Head to head*: each pair by each metric, dated, with the way to its chart."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from analysis.overtakes.noise import NOISE_FACTOR
from analysis.overtakes.persistence import HOLD_DAYS
from answers.overtakes.history import OvertakeRow, Overtakes
from answers.overtakes.wording import VERDICT_WORDS
from answers.questions import OvertakesQuestion
from answers.wording import counted
from dashboard import cache, links, page_url
from dashboard.charts.figure import parted
from dashboard.display_text import day_in_words, literal
from dashboard.widgets import elements
from dashboard.widgets.data_table import escape_formulas

EVERY = "all"
METRIC, HELD = "list", "held"  # in the URL
MAY_BE_ALIKE = ("In", "Still ahead", "Checked", "Gap in the data")  # columns
ON_A_PHONE, BY = ["and", "Framework", "Passed", "Open"], {"and": "By"}  # columns
STILL_AHEAD = {True: "yes", False: "no", None: "can't say"}


def metric() -> str:
    """The metric whose overtakes are listed, as the reader chooses it; empty for every one."""
    metrics = cache.catalog().metrics
    stored = {series.metric for series in cache.series_extents()}
    titles = {m.id: m.title for m in metrics.values() if m.has_total and m.id in stored}
    chosen = page_url.one(METRIC, "Count", {EVERY: "Every count", **titles}, "stars", bare=True)
    return "" if chosen == EVERY else chosen


def held() -> bool:
    """Whether only those are listed after which the winner stayed ahead."""
    return page_url.switch(HELD, "Still ahead today", "Without those after which the lead changed again.")


def show(question: OvertakesQuestion) -> None:
    """The list."""
    overtakes = cache.overtakes(question.metric or None, (), None, question.as_of, held=question.held)
    headline, detail = parted(overtakes.sentence)
    elements.heading(headline)
    if detail:
        st.markdown(literal(detail, 700))
    if overtakes.rows:
        shown = {"Open": st.column_config.LinkColumn(display_text="Show", width="small")}
        listed, alike = parted_columns(table(overtakes.rows))
        elements.table(listed[ON_A_PHONE].rename(columns=BY) if elements.phone() else listed, column_config=shown)
        if alike:
            st.caption(literal(f"Alike in all rows: {alike}.", 300))
        if elements.phone():
            st.caption("A wider screen and the JSON also show from when, in which count and how it was checked.")
    st.caption(literal(beneath(overtakes), 900))
    st.link_button("JSON", links.saved(links.api(question)), icon=":material/download:")


def table(rows: tuple[OvertakeRow, ...]) -> pd.DataFrame:
    """The overtakes as a table, the newest first."""
    titles = elements.titles()
    shown = pd.DataFrame(
        {
            "Between": [row.last_before for row in rows],
            "and": [row.first_after for row in rows],
            "Framework": [titles.get(row.winner, row.winner) for row in rows],
            "Passed": [titles.get(row.loser, row.loser) for row in rows],
            "In": [row.title for row in rows],
            "Still ahead": [STILL_AHEAD[row.held] for row in rows],
            "Checked": [VERDICT_WORDS[row.verdict] for row in rows],
            "Gap in the data": ["yes" if row.on_gap else "" for row in rows],
            "Open": [f"/head-to-head?{urlencode({'a': r.winner, 'b': r.loser, 'by': r.metric})}" for r in rows],
        }
    )
    return shown.assign(Framework=escape_formulas(shown["Framework"]), Passed=escape_formulas(shown["Passed"]))


def parted_columns(listed: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The table without the columns that say the same in every row, and what they say."""
    alike = [name for name in MAY_BE_ALIKE if len(listed) > 1 and listed[name].nunique() == 1]
    shared = "; ".join(f"{name.lower()} {listed[name].iloc[0]}" for name in alike if listed[name].iloc[0])
    return listed.drop(columns=alike), shared


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
