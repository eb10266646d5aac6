"""Stars for each million of downloads: by framework on a day, and month by month."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pandas as pd

from analysis import forbidding, per_million
from answers.agreement.history import AgreementHistory
from catalog import Break
from dashboard.text import number

MONTH = 31  # days: where more lie between two points, a month is missing
UNIT = "stars per million downloads"


def course(past: AgreementHistory, titles: Mapping[str, str]) -> pd.DataFrame:
    """Each framework's ratio at each month's end, as `linechart.draw` takes it.

    Columns: line, name, when, value (NaN breaks the line: after a missing month and at a break of its counting),
    status, shown, about, source.
    """
    rows = [
        {"line": str(name), "when": pd.Timestamp(found.on), "value": float(value)}
        for found in past.months
        for name, value in per_million(found).items()
        if value > 0
    ]
    frame = pd.DataFrame(rows, columns=["line", "when", "value"]).sort_values(["line", "when"])
    frame = pd.concat([frame, *_cuts(frame, past)], ignore_index=True).sort_values(["line", "when"], kind="stable")
    frame = frame.astype({"when": "datetime64[s]", "value": "float64"})
    frame["name"] = [titles.get(line, line) for line in frame["line"]]
    frame["shown"] = [f"{number(value)} {UNIT}" for value in frame["value"]]
    frame["about"] = frame["when"].dt.strftime("%Y-%m")
    return frame.assign(status="final", source="").reset_index(drop=True)


def drawable(drawn: pd.DataFrame) -> bool:
    """Whether there are two months to draw."""
    return bool(drawn.dropna(subset=["value"])["when"].nunique() > 1)


def order(past: AgreementHistory, drawn: pd.DataFrame) -> list[str]:
    """The frameworks that are drawn and known at the end, the highest then first."""
    return [str(name) for name in latest(past).index if name in set(drawn["line"])]


def latest(past: AgreementHistory) -> pd.Series[float]:
    """The ratios of the last month, the highest first."""
    return per_million(past.months[-1])


def table(drawn: pd.DataFrame) -> pd.DataFrame:
    """A row per month, the newest first, and a column per framework."""
    known = drawn.dropna(subset=["value"])
    shown = known.assign(shown=[number(float(value)) for value in known["value"]])
    wide = shown.pivot(index="about", columns="name", values="shown").iloc[::-1].fillna("")
    return wide.rename_axis("Month").rename_axis(None, axis="columns").reset_index()


def bands(past: AgreementHistory) -> list[Break]:
    """The changes of the counting, across which no line goes."""
    return [b for b in past.breaks if b.kind == "break"]


def _cuts(frame: pd.DataFrame, past: AgreementHistory) -> list[pd.DataFrame]:
    """A row without a value wherever a line must not go on."""
    found = []
    for line, own in frame.groupby("line"):
        days = list(own["when"])
        for before, after in pairwise(days):
            if (after - before).days > MONTH or forbidding(past.breaks, before.date(), after.date(), str(line)):
                found.append({"line": line, "when": before + (after - before) / 2, "value": float("nan")})
    return [pd.DataFrame(found)] if found else []


def summary(past: AgreementHistory, titles: Mapping[str, str]) -> str:
    """The course in words: each framework's first and last figure."""
    rows = course(past, titles).dropna(subset=["value"])
    told = [
        f"{own['name'].iloc[0]} {number(own['value'].iloc[0])} in {own['about'].iloc[0]}, "
        f"{number(own['value'].iloc[-1])} in {own['about'].iloc[-1]}"
        for _, own in rows.groupby("line", sort=False)
    ]
    return f"Stars per million downloads in 30 days ({past.y.title}): {'; '.join(told)}."
