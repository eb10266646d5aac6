"""The views of a series: what may be made of levels, what each is called, and in which unit it comes."""

from __future__ import annotations

from typing import Final

from answers.question import Question
from catalog import Catalog, Kind, Metric

# What a view is called on a page, in an order that goes from what was counted to what is made of it.
TITLES: Final = {
    "level": "Level",
    "gained-day": "Gained per day",
    "gained-week": "Gained per week",
    "gained": "Gained per month",
    "gained-year": "Gained per year",
    "four-weeks": "28 days against the 28 before",
    "year-on-year": "Against a year before",
    "index": "Index, start = 100",
    "share": "Share of the set",
    "part": "Part of its own total",
    "ratio": "Ratio to another",
}
EVERY: Final = {"gained-day": "day", "gained-week": "week", "gained": "month", "gained-year": "year"}
CHANGES: Final = ("four-weeks", "year-on-year")  # relative growth: 0.1 is 10 % more
PARTS: Final = ("share", "part")
REACH_BACK: Final = (*EVERY, *CHANGES, "ratio")  # views whose figures need what was seen before their days
FOR_THE_SMALL: Final = ("index", *CHANGES)  # views in which a small start looks steep


def view_title(catalog: Catalog, question: Question) -> str:
    """A question's view within a title; empty for the level."""
    if question.view == "level":
        return ""
    if question.view == "ratio" and question.frameworks:
        peer = catalog.frameworks[question.frameworks[0]].title
        return f"as a multiple of {peer}"
    name = TITLES[question.view]
    return name if name[0].isdigit() else name[0].lower() + name[1:]


def view_unit(metric: Metric, view: str) -> str:
    """The unit of a view's numbers: "share" for shares in [0, 1], "change" for relative growth, else its name."""
    if view in PARTS or (metric.kind is Kind.SHARE and view == "level"):
        return "share"
    if view in CHANGES:
        return "change"
    if view == "index":
        return "index, first = 100"
    if view == "ratio":
        return "times"
    return f"{metric.unit.partition(' per ')[0]} per {EVERY[view]}" if view in EVERY else metric.unit
