"""Worked with and want to work with: two halves of one question, side by side, edition by edition."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from answers.surveys.answer import DesireGap, Surveys
from answers.surveys.differences import WISH
from dashboard import cache
from dashboard.charts import dot_chart
from dashboard.text import listed, number, plain
from dashboard.views.surveys import differences
from dashboard.widgets import elements

READ = (
    "Filled: worked with it in the past year. Hollow: want to work with it next year. A wish is no use, nor a rule of "
    "it. Most people answered both halves but not all, so no interval is told for the distance; until an edition's own "
    "file is counted, wishes are divided by those who told what they worked with."
)


def show(answer: Surveys) -> None:
    """The edition chosen as a chart, all as a table; nothing where no edition has both halves."""
    rows = drawn(answer.attraction, answer.edition)
    if not answer.attraction:
        return
    st.subheader(f"Worked with and want to work with, {answer.edition} · share in %", anchor=False)
    elements.badge(cache.catalog().metrics[WISH])
    if rows.empty:
        st.caption(f"In {answer.edition} not both halves are known of these frameworks.")
    else:
        st.markdown(plain(sentence(rows), 900))
        chart = dot_chart.against(rows, differences.lines(rows["line"]), dark=elements.dark())
        st.altair_chart(chart, width="stretch", alt=summary(rows, answer.edition))
        st.caption(plain(READ, 900))
    with st.expander("Every edition: percentage points by which more want it than worked with it"):
        st.dataframe(table(answer.attraction), width="stretch")
        st.caption("Editions compare only where no break lies between them, as for the shares themselves\\.")


def drawn(attraction: Sequence[DesireGap], edition: int | None) -> pd.DataFrame:
    """What `dotchart.against` draws: line, name, worked, want, of one edition."""
    names = elements.titles()
    told = [a for a in attraction if a.edition == edition]
    return pd.DataFrame(
        {
            "line": [a.framework for a in told],
            "name": [names.get(a.framework, a.framework) for a in told],
            "worked": [a.worked for a in told],
            "want": [a.want for a in told],
        }
    )


def sentence(rows: pd.DataFrame) -> str:
    """Whom more people want than have, and whom fewer."""
    more, fewer = rows[rows["want"] > rows["worked"]], rows[rows["want"] <= rows["worked"]]
    said = []
    if len(more):
        said.append(f"More people want to work with {listed(_distance(more))} than did")
    if len(fewer):
        said.append(f"{'fewer' if said else 'Fewer'} want to work with {listed(_distance(fewer))} than did")
    return f"{', '.join(said)}."


def _distance(rows: pd.DataFrame) -> list[str]:
    points = (rows["want"] - rows["worked"]).abs() * 100
    return [f"{name} ({size:.1f} points)" for name, size in zip(rows["name"], points, strict=True)]


def summary(rows: pd.DataFrame, edition: int | None) -> str:
    """The chart in words."""
    said = [
        f"{row['name']} {number(row['worked'], 'share')} worked, {number(row['want'], 'share')} want"
        for _, row in rows.iterrows()
    ]
    return f"Worked with against want to work with in {edition}: {listed(said)}."


def table(attraction: Sequence[DesireGap]) -> pd.DataFrame:
    """Want minus worked in percentage points, a row per framework and a column per edition."""
    names = elements.titles()
    told = pd.DataFrame(
        {
            "Framework": [names.get(a.framework, a.framework) for a in attraction],
            "edition": [str(a.edition) for a in attraction],
            "more": [round(100 * a.more, 1) for a in attraction],
        }
    )
    return told.pivot(index="Framework", columns="edition", values="more")
