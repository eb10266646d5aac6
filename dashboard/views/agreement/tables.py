"""The figures behind the page on stars and use, as tables."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from answers.agreement.answer import AgreementAnswer
from answers.agreement.lead_lag import Leads
from dashboard.display_text import literal, number
from dashboard.widgets import elements
from dashboard.widgets.data_table import escape_formulas

WORST = 5  # pairs that are named


def figures(agreement: AgreementAnswer) -> None:
    """What the charts of one month show, one row per framework."""
    table = agreement.ranking.table
    shown = pd.DataFrame(
        {
            "Framework": _titles(table["framework"]),
            "Stars": table["x"],
            "Stars on": table["x_seen"],
            "Rank by stars": table["x_rank"],
            "Downloads in 30 days": table["y"].round(),
            "Downloads until": table["y_seen"],
            "Rank by downloads": table["y_rank"],
            "Stars per million downloads": table["framework"].map(agreement.per_million).round(1),
        }
    )
    for beside in agreement.surveys:
        shares = beside.by_x.table.set_index("framework")["x"] * 100
        name = f"{beside.survey.title.partition(':')[0]} {beside.year}, %"
        shown[name] = table["framework"].map(shares).astype("float64").round(1)
    whole = {name: st.column_config.NumberColumn(format="localized") for name in ("Stars", "Downloads in 30 days")}
    rows = shown.sort_values("Rank by downloads")
    elements.table(rows, column_config=whole)


def opposed(agreement: AgreementAnswer) -> None:
    """The pairs that the two order oppositely, the widest apart first."""
    pairs = agreement.ranking.against
    rows = {str(row["framework"]): row for row in agreement.ranking.table.to_dict("records")}
    lines = [
        f"- **{literal(elements.title(a))}** has more stars than **{literal(elements.title(b))}** "
        f"({_both(rows, a, b, 'x')}) but fewer downloads ({_both(rows, a, b, 'y')})"
        for a, b in pairs[:WORST]
    ]
    st.markdown("\n".join(lines))
    if len(pairs) > WORST:
        st.caption(f"The {WORST} widest apart of {len(pairs)} pairs. The JSON file has all.")


def leads(answer: Leads) -> None:
    """Where each framework's stars and downloads resemble each other most, and whether that means anything."""
    rows = [
        {
            "Framework": elements.title(row.framework) if row.framework else f"Together ({len(answer.joined)})",
            "Months": row.months,
            "From": row.since and f"{row.since:%Y-%m}",
            "To": row.until and f"{row.until:%Y-%m}",
            "Stars lead by, months": row.lag.months if row.lag else None,
            "Correlation": round(row.lag.correlation, 2) if row.lag else None,
            "By chance up to": round(row.lag.chance, 2) if row.lag else None,
            "Result": ("a lead or lag" if row.lag.beyond_chance else "nothing") if row.lag else "too few months",
        }
        for row in (*answer.rows, *([answer.all] if answer.all else []))
    ]
    shown = pd.DataFrame(rows).sort_values("Months", ascending=False, kind="stable")
    elements.table(shown)


def _both(rows: Mapping[str, Mapping[object, object]], a: str, b: str, side: str) -> str:
    return " vs ".join(literal(number(float(str(rows[name][side])))) for name in (a, b))


def _titles(names: pd.Series[str]) -> pd.Series[str]:
    return escape_formulas(names.map(lambda name: elements.title(str(name))))
