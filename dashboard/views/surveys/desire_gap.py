"""Worked with and want to work with: two halves of one question, side by side, edition by edition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from answers.surveys.answer import DesireGap, Surveys
from answers.surveys.differences import WANTED
from answers.wording import listed
from dashboard import cache
from dashboard.charts import dot_chart, framework_styles
from dashboard.text import number, plain
from dashboard.widgets import elements

READ = (
    "Filled: worked with it in the past year. Hollow: want to work with it next year. A wish is no use, nor a rule of "
    "it. Most people answered both halves but not all, so no interval is told for the distance; until an edition's own "
    "file is counted, wishes are divided by those who told what they worked with."
)


def show(answer: Surveys) -> None:
    """The edition chosen as a chart, all as a table; nothing where no edition has both halves."""
    rows = gap_rows([a for a in answer.wanted_next_year if a.edition == answer.edition], elements.titles())
    if not answer.wanted_next_year:
        return
    st.subheader(f"Worked with and want to work with, {answer.edition} · share in %", anchor=False)
    elements.badge(cache.catalog().metrics[WANTED])
    if rows.empty:
        st.caption(f"In {answer.edition} not both halves are known of these frameworks.")
    else:
        st.markdown(plain(sentence(rows), 900))
        lines = framework_styles.lines(rows["line"], cache.catalog(), dark=elements.dark())
        summary = f"Worked with against want to work with in {answer.edition}: {both_shares(rows)}."
        st.altair_chart(dot_chart.against(rows, lines, dark=elements.dark()), width="stretch", alt=summary)
        st.caption(plain(READ, 900))
    with st.expander("Every edition: percentage points by which more want it than worked with it"):
        st.dataframe(table(answer.wanted_next_year), width="stretch")
        st.caption("Editions compare only where no break lies between them, as for the shares themselves\\.")


def gap_rows(gaps: Sequence[DesireGap], names: Mapping[str, str]) -> pd.DataFrame:
    """What `dot_chart.against` draws: line, name, worked, want."""
    return pd.DataFrame(
        {
            "line": [a.framework for a in gaps],
            "name": [names.get(a.framework, a.framework) for a in gaps],
            "worked": [a.worked for a in gaps],
            "want": [a.want for a in gaps],
        }
    )


def sentence(rows: pd.DataFrame) -> str:
    """Which more people want than used, and which fewer."""
    more, fewer = rows[rows["want"] > rows["worked"]], rows[rows["want"] <= rows["worked"]]
    clauses = []
    if len(more):
        clauses.append(f"More people want to work with {listed(_distance(more))} than did")
    if len(fewer):
        clauses.append(f"{'fewer' if clauses else 'Fewer'} want to work with {listed(_distance(fewer))} than did")
    return f"{', '.join(clauses)}."


def _distance(rows: pd.DataFrame) -> list[str]:
    points = (rows["want"] - rows["worked"]).abs() * 100
    return [f"{name} ({size:.1f} points)" for name, size in zip(rows["name"], points, strict=True)]


def both_shares(rows: pd.DataFrame) -> str:
    """Both shares of each framework, in words."""
    return listed(
        f"{row['name']} {number(row['worked'], 'share')} worked, {number(row['want'], 'share')} want"
        for row in rows.to_dict("records")
    )


def table(gaps: Sequence[DesireGap]) -> pd.DataFrame:
    """Want minus worked in percentage points, a row per framework and a column per edition."""
    names = elements.titles()
    long = pd.DataFrame(
        {
            "Framework": [names.get(a.framework, a.framework) for a in gaps],
            "edition": [str(a.edition) for a in gaps],
            "more": [round(100 * a.more, 1) for a in gaps],
        }
    )
    return long.pivot(index="Framework", columns="edition", values="more")
