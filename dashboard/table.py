"""An answer as a table, and as the CSV file that the API and `uptake export` give for the same question."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import origins
from uptake import answers
from uptake.answers import SeriesAnswer

TEXT = ("framework", "metric", "dimension", "status", "source", "caveats")
_RUN_BY_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def csv_bytes(answer: SeriesAnswer) -> bytes:
    """The CSV of an answer, UTF-8."""
    return "".join(answers.csv_lines(answer)).encode()


def download(answer: SeriesAnswer) -> None:
    """A button for the CSV. The file is made when it is asked for, not for every visitor."""
    st.download_button(
        "CSV",
        data=lambda: csv_bytes(answer),
        file_name=f"uptake-{answer.question.metric}.csv",
        mime="text/csv",
        on_click="ignore",
        help="Exactly these observations, with status, source and caveats.",
        key="download_csv",
    )


def data_table(answer: SeriesAnswer) -> None:
    """The observations as a table: the newest first, texts harmless for the grid's own download.

    A row that is chosen, with the pointer or with the space key, leads to where its number comes from.
    """
    frame = answer.frame.sort_values(["period", "framework"], ascending=[False, True], kind="stable")
    shown = frame.assign(**{name: neutral(frame[name]) for name in TEXT})
    key = f"table_{hash(answer.question) & 0xFFFFFFFF:08x}"
    st.dataframe(
        shown, hide_index=True, height=440, width="stretch", column_order=_useful(shown), key=key,
        on_select=lambda: origins.picked(key, frame), selection_mode="single-row",
    )  # fmt: skip


def neutral(texts: pd.Series[str]) -> pd.Series[str]:
    """Texts with a quote before what a spreadsheet would run."""
    as_text = texts.astype(str)
    return as_text.where(~as_text.str.startswith(_RUN_BY_A_SPREADSHEET), "'" + as_text)


def _useful(frame: pd.DataFrame) -> list[str]:
    """The columns that say anything here."""
    return [str(name) for name in frame.columns if frame[name].notna().any() and (frame[name].astype(str) != "").any()]
