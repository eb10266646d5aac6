"""Days, months and editions in words, for what is read on a chart."""

from __future__ import annotations

from datetime import date

A_YEAR = 365


def day(on: date) -> str:
    """27 September 2020."""
    return f"{on.day} {on:%B %Y}"


def days(first: date, last: date, link: str = "to") -> str:
    """A span: "25 to 27 September 2020", "28 September to 2 October 2025", one day, "October 2026" if all of it."""
    if first == last:
        return day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} {link} {day(last)}"
    head = f"{first.day} {first:%B}" if first.year == last.year else day(first)
    return f"{head} {link} {day(last)}"


def span(first: date, last: date, period: str = "day") -> str:
    """What a figure is about: a day, several, a whole month by its name, an edition of a survey."""
    if period == "year":
        return f"the {last.year} edition"
    whole = first.day == 1 and (last - first).days >= 27 and (first.year, first.month) == (last.year, last.month)
    return f"{last:%B %Y}" if whole else days(first, last)


def bracket(first: date, last: date, period: str = "day") -> str:
    """When something happened between two readings: "between 25 and 27 September 2020", "on 10 or 11 April 2025"."""
    if period == "year":
        return f"between the {first.year} and {last.year} editions"
    if (last - first).days <= 1:
        return f"on {days(first, last, 'or')}"
    return f"between {days(first, last, 'and')}"
