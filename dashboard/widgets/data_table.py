"""An answer as a table, and as the CSV file that the API and `uptake export` give for the same question."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from answers.json_and_csv import escape_formula as neutral_text
from answers.series.answer import SeriesAnswer
from dashboard import cache
from dashboard.widgets import attribution, elements, number_trace

ROWS = 12  # in view
TEXT = ("framework", "metric", "dimension", "status", "source", "caveats")


def data_table(answer: SeriesAnswer) -> None:
    """The observations as a table: the newest first, texts harmless for the grid's own download.

    A row that is chosen, with the pointer or with the space key, leads to where its number comes from.
    """
    frame = answer.frame.sort_values(["period", "framework"], ascending=[False, True], kind="stable")
    shown = frame.assign(**{name: escape_formulas(frame[name]) for name in TEXT})
    shown["framework"] = escape_formulas(frame["framework"].astype(str).map(elements.title))
    shown["caveats"] = frame["caveats"].map(_caveats_in_words)
    shown["source"] = escape_formulas(frame["source"].map(_sources_in_words))
    key = f"table_{hash(answer.question) & 0xFFFFFFFF:08x}"
    order = _useful(shown)
    elements.table(
        shown, most=ROWS, column_order=order, key=key, column_config=_columns(spans="period_end" in order),
        on_select=lambda: number_trace.picked(key, frame), selection_mode="single-row",
    )  # fmt: skip


def _caveats_in_words(codes: str) -> str:
    """The titles of a row's caveats; a file has their codes."""
    caveats = cache.catalog().caveats
    return "; ".join(caveats[code].title for code in codes.split() if code in caveats)


def _sources_in_words(names: str) -> str:
    """The titles of a row's sources; a file has their ids."""
    return "; ".join(source.title for source in attribution.sources_named(names.split())) or names


def escape_formulas(texts: pd.Series[str]) -> pd.Series[str]:
    """Texts as a CSV has them: neutralised where a spreadsheet would run them."""
    return texts.astype(str).map(neutral_text)


def _useful(frame: pd.DataFrame) -> list[str]:
    """The columns that say anything here: all but the metric, and an end that is every period's beginning."""
    same = {"metric"} | ({"period_end"} if (frame["period"] == frame["period_end"]).all() else set())
    useful = (name for name in frame.columns if frame[name].notna().any() and (frame[name].astype(str) != "").any())
    return [str(name) for name in useful if name not in same]


def _columns(*, spans: bool) -> dict[str, Any]:
    """How the columns are called and written; a file has the names of the API."""
    of = st.column_config
    dates = {"period": "From" if spans else "Date", "period_end": "To"}
    numbers = {"value": "Value", "base": "n", "low": "95% from", "high": "95% to"}
    texts = {
        "framework": "Framework",
        "dimension": "Part",
        "status": "Status",
        "source": "Source",
        "caveats": "Caveats",
    }
    return {
        **{name: of.DateColumn(title, format="YYYY-MM-DD") for name, title in dates.items()},
        **{name: of.NumberColumn(title, format="localized") for name, title in numbers.items()},
        **{name: of.TextColumn(title) for name, title in texts.items()},
        "retrieved_at": of.DatetimeColumn("Retrieved, UTC", format="YYYY-MM-DD HH:mm"),
    }
