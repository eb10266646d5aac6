"""Every overtake we know, beneath *Did A overtake B?*: each pair by each metric, dated, with the way to its page."""

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
from dashboard.text import moment, plain
from dashboard.widgets import elements, url_state
from dashboard.widgets.data_table import neutral

EVERY = "all"
HELD = {True: "yes", False: "no", None: "not known"}


def show(as_of: datetime | None) -> None:
    """The list with its controls, as known at a moment."""
    st.subheader("Every overtake we know", anchor=False)
    question = _controls(as_of)
    overtakes = cache.overtakes(question.metric or None, (), None, as_of, held=question.held)
    st.markdown(plain(overtakes.sentence, 700))
    if overtakes.rows:
        st.dataframe(
            table(overtakes.rows), hide_index=True, width="stretch", height=min(36 * len(overtakes.rows) + 40, 420),
            column_config={"Open": st.column_config.LinkColumn(display_text="Show", width="small")},
        )  # fmt: skip
    st.caption(plain(beneath(overtakes), 900))
    st.link_button("The list as JSON by API", links.api(question))


def _controls(as_of: datetime | None) -> OvertakesQuestion:
    """By which metric, and whether only those count that nothing since takes back."""
    metrics = cache.catalog().metrics
    stored = {series.metric for series in cache.spans()}
    titles = {m.id: m.title for m in metrics.values() if m.has_total and m.id in stored}
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        metric = url_state.one("list", "Overtakes by", {EVERY: "Every metric", **titles}, "stars")
    with right:
        held = url_state.switch("held", "Only those that held", "Those that nothing known since takes back.")
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
            "By": [row.title for row in rows],
            "Held": [HELD[row.held] for row in rows],
            "Verdict": [VERDICT_WORDS[row.verdict] for row in rows],
            "Across a hole": ["yes" if row.on_gap else "" for row in rows],
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
        across = counted(overtakes.refused, "change of lead lies", "changes of lead lie")
        sentences.append(f"{across} across a break in the counting: none is called an overtake.")
    lasting = f"more than {NOISE_FACTOR:g} times the noise of a week and has lasted {HOLD_DAYS // 7} weeks"
    sentences.append("Verdict: whether other counts of the same thing saw it too.")
    sentences.append(f"A lead in downloads counts once it is {lasting}.")
    sources = "; ".join(f"{source.title} ({source.licence})" for source in overtakes.sources)
    return " ".join([*sentences, f"Source: {sources or 'none'}. Retrieved: {moment(overtakes.retrieved_at)}."])
