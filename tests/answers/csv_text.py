"""The CSV of an answer as text."""

from __future__ import annotations

import re

from answers.json_and_csv import csv_chunks
from answers.series.answer import SeriesAnswer


def csv_text(answer: SeriesAnswer) -> str:
    return b"".join(csv_chunks(answer)).decode()


def csv_lines(answer: SeriesAnswer) -> list[str]:
    """Each with its line feed."""
    return re.findall(r"[^\n]*\n", csv_text(answer))
