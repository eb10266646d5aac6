"""What a point of a chart is about, in words."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from answers.wording import days


def span(first: date, last: date, period: str = "day") -> str:
    """A day, several, a whole month by its name, an edition of a survey (`period` "year")."""
    if period == "year":
        return f"the {last.year} edition"
    month = (first.year, first.month) == (last.year, last.month)
    whole = month and (first.day, last.day) == (1, monthrange(last.year, last.month)[1])
    return f"{last:%B %Y}" if whole else days(first, last)
