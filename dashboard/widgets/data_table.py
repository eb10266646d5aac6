"""An answer as a table, and as the CSV file that the API and `uptake export` give for the same question."""

from __future__ import annotations

import pandas as pd

from answers.json_and_csv import csv_chunks
from answers.json_and_csv import neutral as neutral_text
from answers.series.answer import SeriesAnswer
from dashboard.widgets import elements, trace

ROWS = 12  # in view
TEXT = ("framework", "metric", "dimension", "status", "source", "caveats")


def csv_bytes(answer: SeriesAnswer) -> bytes:
    """The CSV of an answer, UTF-8."""
    return b"".join(csv_chunks(answer))


def data_table(answer: SeriesAnswer) -> None:
    """The observations as a table: the newest first, texts harmless for the grid's own download.

    A row that is chosen, with the pointer or with the space key, leads to where its number comes from.
    """
    frame = answer.frame.sort_values(["period", "framework"], ascending=[False, True], kind="stable")
    shown = frame.assign(**{name: neutral(frame[name]) for name in TEXT})
    key = f"table_{hash(answer.question) & 0xFFFFFFFF:08x}"
    elements.table(
        shown, most=ROWS, column_order=_useful(shown), key=key,
        on_select=lambda: trace.picked(key, frame), selection_mode="single-row",
    )  # fmt: skip


def neutral(texts: pd.Series[str]) -> pd.Series[str]:
    """Texts as a CSV has them: neutralised where a spreadsheet would run them."""
    return texts.astype(str).map(neutral_text)


def _useful(frame: pd.DataFrame) -> list[str]:
    """The columns that say anything here."""
    return [str(name) for name in frame.columns if frame[name].notna().any() and (frame[name].astype(str) != "").any()]
