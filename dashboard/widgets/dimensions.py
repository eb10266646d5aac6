"""Which cut of a metric is shown: everything together, one value for several frameworks, or one framework split up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from answers.questions import EVERY_VALUE, adds_up
from answers.wording import dimension as dimension_title
from catalog import Catalog, Kind, Metric
from dashboard import cache, page_url
from dashboard.charts import theme
from dashboard.charts.figure import REST
from dashboard.charts.line_chart import Line
from dashboard.display_text import literal
from dashboard.widgets import elements

MOST_LINES = 8  # as many lines as can be told apart; what is smaller is added up
LONGEST = 20  # letters of a line's name
NOUNS = {"python": "Python version", "system": "operating system", "segment": "kind of work"}
OVERLAPPING = ("region",)  # keys whose values overlap, so that they are never added up
TOTAL = "total"  # in the URL: everything together, where that is not what is shown first


@dataclass(frozen=True, slots=True)
class Cut:
    """`dimension` as a question has it: empty, `key=value` or `key=*`; the last takes one framework."""

    dimension: str

    @property
    def key(self) -> str:
        """What it is cut by; empty for the total."""
        return self.dimension.partition("=")[0]

    @property
    def splits(self) -> bool:
        """Whether one framework is shown in its parts."""
        return self.dimension.endswith(f"={EVERY_VALUE}")


def choose(metric: Metric, frameworks: Sequence[str], label: str = "Part") -> Cut:
    """The reader's choice, among what the store has of this metric and these frameworks; the URL has it."""
    stored = _stored(metric, frameworks)
    if not stored:
        return Cut("")
    options = _options(cache.catalog(), metric, stored)
    chosen = page_url.one("dimension", label, options, next(iter(options)), follows=True)
    return Cut("" if chosen == TOTAL else chosen)


def one_of(frameworks: Sequence[str]) -> str:
    """The framework to split up, of those chosen."""
    titles = {name: title for name, title in elements.titles().items() if name in frameworks}
    ordered = {name: titles[name] for name in frameworks if name in titles}
    return page_url.one("of", "Framework to split", ordered, frameworks[0], segments=True)


def _stored(metric: Metric, frameworks: Sequence[str]) -> dict[str, list[str]]:
    """The values the store has, by key; regions where there are countries to make them of."""
    stored: dict[str, list[str]] = {}
    seen = {
        s.dimension
        for s in cache.series_extents()
        if s.metric == metric.id and s.framework in frameworks and s.dimension
    }
    for dimension in sorted(seen, key=natural):
        key, _, value = dimension.partition("=")
        stored.setdefault(key, []).append(value)
    if "country" in stored and adds_up(metric):  # regions that are made of countries are not stored
        stored["region"] = list(cache.catalog().regions)
    return stored


def _options(catalog: Catalog, metric: Metric, stored: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What can be chosen, by its name in a question, the most usual first."""
    options = {TOTAL: "Everyone" if metric.kind is Kind.SHARE else "Everything together"} if metric.has_total else {}
    options |= {f"{key}={EVERY_VALUE}": f"Split by {NOUNS.get(key, key)}" for key in stored}
    for key in sorted(stored, key=lambda name: name != "region"):  # few regions before many countries
        named = {f"{key}={value}": title(catalog, f"{key}={value}") for value in stored[key]}
        by_name = key in ("country", "region")
        options |= dict(sorted(named.items(), key=lambda item: item[1])) if by_name else named
    return options


def title(catalog: Catalog, dimension: str) -> str:
    """A dimension's value by name, with the country's code, by which it can be found too."""
    key, _, value = dimension.partition("=")
    name = dimension_title(catalog, dimension)
    return f"{name} ({value})" if key == "country" and name != value else name


def names(catalog: Catalog, dimensions: Iterable[str]) -> dict[str, str]:
    """The names of these dimensions' lines on a chart, none so long that it leaves the lines no room."""
    titles = {d: dimension_title(catalog, d) for d in dimensions if d}
    return {d: n if len(n) <= LONGEST else f"{n[: LONGEST - 1].rstrip()}…" for d, n in titles.items()} | {
        REST: "all others"
    }


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """3.9 before 3.12."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in text.replace("=", ".").split("."))


def largest(frame: pd.DataFrame, metric: Metric, view: str) -> tuple[pd.DataFrame, str]:
    """The largest values' rows and one line for the rest, where sums are allowed; and a sentence if any were left out.

    The largest are those with the highest last figures; of a survey's, those with the most answers. `frame` has one
    framework and every value of one key.
    """
    values = frame.dropna(subset=["value"])
    size = "base" if metric.kind is Kind.SHARE else "value"  # of people who answered, or of what was counted
    last = values.groupby("dimension")[size].apply(lambda sizes: sizes.tail(3).astype("float64").mean())
    order = [str(name) for name in last.sort_values(ascending=False).index]
    if len(order) <= MOST_LINES:
        return frame, ""
    kept, left = (
        frame[frame["dimension"].isin(order[:MOST_LINES])],
        values[~values["dimension"].isin(order[:MOST_LINES])],
    )
    sentence = f"Drawn are the {MOST_LINES} largest of {len(order)}"
    if not _may_be_added(metric, frame, view):
        return kept, f"{sentence}; the table and the CSV have all."
    return pd.concat(
        [kept, _rest(left)], ignore_index=True
    ), f"{sentence}, the rest added up; the table and the CSV have all."


def _may_be_added(metric: Metric, frame: pd.DataFrame, view: str) -> bool:
    overlapping = frame["dimension"].str.partition("=")[0].isin(OVERLAPPING).any()
    return metric.kind is Kind.FLOW and view in ("level", "gained", "part") and not overlapping


def _rest(left: pd.DataFrame) -> pd.DataFrame:
    """One row per period: the sum of what is left, as provisional as its most provisional part."""
    spans = left.groupby(["framework", "period", "period_end"], as_index=False)
    summed = spans.agg(
        value=("value", "sum"),
        provisional=("status", lambda statuses: bool((statuses == "provisional").any())),
        source=("source", "first"),
    )
    status = summed.pop("provisional").map({True: "provisional", False: "final"})
    return summed.assign(dimension=REST, status=status)


def cut_text(cut: Cut, catalog: Catalog) -> str:
    """The cut in words, for beside a title; empty for the total."""
    if not cut.dimension:
        return ""
    if cut.splits:
        return f"by {NOUNS.get(cut.key, cut.key)}"
    return dimension_title(catalog, cut.dimension)


def lines(names: Sequence[str], titles: Mapping[str, str], *, dark: bool) -> list[Line]:
    """The looks of dimensions' lines; what is added up is grey and dotted."""
    named = [name for name in names if name != REST]
    colours = dict(zip(named, theme.sequence(len(named), dark=dark), strict=True))
    rest = (theme.HUES["ink"][dark], theme.DOTTED)
    return [Line(n, titles.get(n, n), *(rest if n == REST else (colours[n],))) for n in names]


def definition(cut: Cut) -> None:
    """Say which countries a region has: two people may mean two Europes."""
    regions = cache.catalog().regions
    value = cut.dimension.partition("=")[2]
    if cut.key == "region" and value in regions:
        st.caption(literal(f"{regions[value].title}: {regions[value].definition}", 600))
    elif cut.key == "region":
        st.caption("Regions overlap, so they are never added up.")
