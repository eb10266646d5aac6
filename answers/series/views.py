"""The views of a series: what may be made of levels, what each is called, and in which unit it comes.

The catalog is not imported before a view is asked for, so that a command's help comes at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from answers.questions import Question
    from catalog import Catalog, Metric


@dataclass(frozen=True, slots=True)
class View:
    """What is made of a series. `title` is its name, `phrase` that in a sentence where the title would not do.

    `unit` is "share" for shares in [0, 1], "change" for relative growth (0.1 is 10% more), "times" for multiples, else
    its name (empty: the metric's own); `level` is what its lines are read against. `every` is the period over which
    it is gained, `daily`: it takes a metric that is counted by the day; `pools`: one that is pooled over
    months.
    """

    title: str
    unit: str = ""
    level: float | None = None
    every: str = ""
    daily: bool = False
    phrase: str = ""
    pools: bool = False

    @property
    def overlaps(self) -> bool:
        """Whether each figure reaches back over what the one before it did."""
        return self.unit in ("change", "times")

    @property
    def reaches_back(self) -> bool:
        """Whether a figure needs what was seen before its days, and is made of several observations."""
        return self.overlaps or self.pools or bool(self.every)

    @property
    def may_fall(self) -> bool:
        """Whether a figure may be below zero: a month may lose stars."""
        return self.unit == "change" or bool(self.every)

    @property
    def favours_the_small(self) -> bool:
        """Whether a small start looks steep."""
        return self.level is not None and self.unit != "times"


# In an order that goes from what was counted to what is made of it.
VIEWS: Final[Mapping[str, View]] = {
    "level": View("Total"),
    "pooled": View("Twelve months pooled", "share", pools=True),
    "gained-day": View("Gained per day", every="day", daily=True),
    "gained-week": View("Gained per week", every="week", daily=True),
    "gained": View("Gained per month", every="month", daily=True),
    "gained-year": View("Gained per year", every="year", daily=True),
    "four-weeks": View("28 days vs previous 28", "change", 0.0, daily=True),
    "year-on-year": View("Year on year", "change", 0.0),
    "index": View("Index (start = 100)", "index, first = 100", 100.0, phrase="indexed (start = 100)"),
    "share": View("Share of selection", "share", phrase="share of the selection"),
    "part": View("Share of own total", "share", phrase="share of the framework's own total"),
    "ratio": View("Ratio to another", "times", 1.0),
}
CHANGES: Final = tuple(name for name, view in VIEWS.items() if view.unit == "change")


def view_title(catalog: Catalog, question: Question) -> str:
    """A question's view within a title; empty for the level."""
    if question.view == "level":
        return ""
    if question.view == "ratio" and question.frameworks:
        peer = catalog.frameworks[question.frameworks[0]].title
        return f"as a multiple of {peer}"
    name = VIEWS[question.view].title
    return name[0].lower() + name[1:]


def view_unit(metric: Metric, view: str) -> str:
    """The unit of a view's numbers: "share" for shares in [0, 1], "change" for relative growth, else its name."""
    from catalog import Kind  # noqa: PLC0415 - see the top

    if metric.kind is Kind.SHARE and view == "level":
        return "share"
    if every := VIEWS[view].every:
        return f"{metric.unit.partition(' per ')[0]} per {every}"
    return VIEWS[view].unit or metric.unit
