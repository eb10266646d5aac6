"""Readings that are registered as wrong: nothing is worked out of them, and what is says that they were left out."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analysis.breaks import incident_rows
from answers import wording
from catalog import Catalog, Metric

MOST_NAMED = 3


def without_misread(catalog: Catalog, metric: Metric, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that may be worked with: those that a registered incident of their framework marks as wrong are out."""
    wrong = incident_rows(frame, metric, catalog.breaks_of(metric.id))
    return frame[~wrong] if wrong.any() else frame


def misread_sentence(
    catalog: Catalog, metric: Metric, frame: pd.DataFrame, since: date | None = None, until: date | None = None
) -> str:
    """Which readings of these days were left out, as a sentence; empty: none was."""
    wrong = frame[incident_rows(frame, metric, catalog.breaks_of(metric.id)) & frame["value"].notna()]
    days = wrong["period_end"].dt.date
    wrong = wrong[(days >= (since or date.min)) & (days <= (until or date.max))]
    if wrong.empty:
        return ""
    by_name = wrong.sort_values("period_end").groupby("framework", sort=True)["period_end"].unique().items()
    named = [f"{wording.framework(catalog, str(name))} {_days([at.date() for at in days])}" for name, days in by_name]
    return f"Left out as misread (see known issues): {wording.join_words(named)}."


def _days(days: list[date]) -> str:
    if len(days) <= MOST_NAMED:
        return f"on {wording.join_words(wording.day(day) for day in days)}"
    return f"on {len(days)} days from {wording.days(days[0], days[-1])}"
