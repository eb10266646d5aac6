"""Lines laid beside each other by age: every framework's first day at the same place, years instead of dates."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from answers.growth.ages import RELEASE, STARS, AgeOrigins
from answers.series.answer import SeriesAnswer
from answers.wording import join_words
from dashboard.charts.line_chart import AGE_ORIGIN
from dashboard.display_text import number

CALENDAR = "calendar"
AXES = {
    CALENDAR: "Date",
    RELEASE: "Years since the first release",
    **{f"stars-{level}": f"Years since {level:,} stars" for level in STARS},
}
UNMARKED = "Breaks and releases lie at different ages, so they are not marked here; what a break refuses stays refused."
COLUMNS = ["Line", "Age counts from", "First at years", "First figure", "Last at years", "Last figure"]
YEAR = 365.25
SERVES = 45 / YEAR  # years by which a figure may be older than the age it stands for
SERVES_LONGER = {"gained-year": 1.0}  # and more, in a view whose figures are further apart


def aligned(drawn: pd.DataFrame, origins: AgeOrigins) -> pd.DataFrame:
    """The points of `charts.line_points` with their days moved so that every origin is `AGE_ORIGIN`.

    What lies before an origin, and lines without one, are left out. The text of a point's day has its age too.
    """
    days = {name: pd.Timestamp(origin.day) for name, origin in origins.by_framework.items()}
    origin_days = pd.to_datetime(drawn["line"].map(days))  # of nobody at all, a mere column of NaN
    moved = drawn.assign(
        when=AGE_ORIGIN + (drawn["when"] - origin_days), age=(drawn["when"] - origin_days).dt.days / YEAR
    )
    moved = moved[origin_days.notna() & (moved["age"] >= 0)].reset_index(drop=True)
    about = [f"{about}, at {age:.1f} years" for about, age in zip(moved["about"], moved["age"], strict=True)]
    return moved.assign(about=about)


def table(moved: pd.DataFrame, origins: AgeOrigins, unit: str) -> pd.DataFrame:
    """For each line since when its age counts, and its first and last figure with their ages; the oldest first."""
    valued = moved.dropna(subset=["value"])
    rows = []
    for name, own in valued.groupby("line", sort=False):
        origin, ends = origins.by_framework[str(name)], (own.iloc[0], own.iloc[-1])
        figures = [text for end in ends for text in (f"{end['age']:.1f}", number(float(end["value"]), unit))]
        rows.append((str(own["name"].iloc[0]), f"{origin.day}: {origin.what}", *figures))
    rows.sort(key=lambda row: row[1])
    return pd.DataFrame(rows, columns=COLUMNS)


def summary(table: pd.DataFrame, what: str) -> str:
    """The chart in words: first and last figure of each line with their ages, of a table as `table` makes it."""
    lines = (f"{line} {a} at {x} years, {b} at {y} years" for line, _, x, a, y, b in table.itertuples(index=False))
    return f"{what}: {'; '.join(lines)}."


def sentence(
    answer: SeriesAnswer, origins: AgeOrigins, moved: pd.DataFrame, titles: Mapping[str, str], unit: str
) -> str:
    """Every framework at the age of the youngest, the highest first; what was not seen at that age is named."""
    valued = moved.dropna(subset=["value"])
    valued = valued[valued["status"] == "final"] if (valued["status"] == "final").any() else valued
    if valued.empty:
        return f"No figure of {answer.metric.title} is known of any of these frameworks since {origins.since}."
    last = valued.groupby("line", sort=False)["age"].max()
    first = valued.groupby("line", sort=False)["age"].min()
    youngest, age = str(last.idxmin()), float(last.min())
    serves = SERVES + SERVES_LONGER.get(answer.question.view, 0.0)
    value_by_name: dict[str, float] = {}
    for name, rows in valued.groupby("line", sort=False):
        near = rows[(rows["age"] <= age) & (rows["age"] > age - serves)]
        if len(near):
            value_by_name[str(name)] = float(near["value"].iloc[-1])
    left = [titles[name] for name in origins.unknown if name in titles]
    out = f" Left out: {join_words(left)}, of which that day is not known." if left else ""
    what = answer.metric.title
    if len(value_by_name) < 2 <= len(last):
        spans = join_words(f"{titles[str(n)]} from {first[n]:.1f} to {last[n]:.1f} years" for n in last.index)
        return f"{what}: no two were seen at the same age after {origins.since}, {spans}.{out}"
    order = sorted(value_by_name, key=lambda name: value_by_name[name], reverse=True)
    figures = join_words(f"{titles[name]} {number(value_by_name[name], unit)}" for name in order)
    unseen = [titles[str(name)] for name in last.index if name not in value_by_name]
    rest = f" {join_words(unseen)} {'was' if len(unseen) == 1 else 'were'} not seen at that age." if unseen else ""
    age_of = f"{age:.1f} years after {origins.since}, as old as {titles[youngest]} is"
    return f"{what}, {age_of}: {figures}.{rest}{out}"
