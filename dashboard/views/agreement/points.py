"""What the page's charts draw: each framework's path in stars and downloads, its stars per million downloads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

import pandas as pd

from analysis.agreement.rank_agreement import per_million
from analysis.breaks import forbidding
from answers.agreement.answer import AgreementAnswer
from answers.agreement.history import AgreementHistory
from catalog import Break
from dashboard.display_text import number

# so many times its own middle, and a sighting is not drawn: the mark of a misreading, not of growth
OFF = 10.0
MONTH = 31  # days: where more lie between two points, a month is missing
UNIT = "stars per million downloads"


def paths(agreement: AgreementAnswer, breaks: Iterable[Break], titles: Mapping[str, str]) -> pd.DataFrame:
    """One row per framework and month, downloads as x and stars as y: line, name, part, when, x, y, last, off.

    Only frameworks that have both figures on the day itself. A new `part` begins after a missing month and at a break;
    `off` are the sightings that are not to be drawn, as if they were missing.
    """
    shown = set(agreement.ranking.table["framework"])
    days = [a for a in agreement.month_ends if a.on < agreement.on] + [agreement.ranking]
    rows = [
        {"line": name, "on": a.on, "step": step, "x": float(row["y"]), "y": float(row["x"])}
        for step, a in enumerate(days)
        for row in a.table.to_dict("records")
        if (name := str(row["framework"])) in shown and row["x"] > 0 and row["y"] > 0
    ]
    frame = pd.DataFrame(rows, columns=["line", "on", "step", "x", "y"]).sort_values(["line", "step"])
    cuts = [b for b in breaks if b.kind == "break" and {agreement.x.id, agreement.y.id} & set(b.metrics)]
    frame["last"] = frame["step"] == len(days) - 1
    frame["off"] = far_off(frame)
    frame["part"] = frame["line"] + "/" + _part(frame[~frame["off"]], cuts).astype(str)
    frame["name"] = [titles.get(name, name) for name in frame["line"]]
    frame["when"] = [f"{on:%Y-%m-%d}" for on in frame["on"]]
    return frame[frame["line"].isin(set(frame["line"][frame["last"]]))].drop(columns="on").reset_index(drop=True)


def _part(frame: pd.DataFrame, cuts: Sequence[Break]) -> pd.Series[int]:
    """A number that grows along each line at every hole and break."""
    grouped = frame.groupby("line")
    fresh = (frame["step"] - grouped["step"].shift(1)) > 1
    before = grouped["on"].shift(1)
    for cut in cuts:
        own = frame["line"].isin(cut.frameworks) if cut.frameworks else pd.Series(data=True, index=frame.index)
        crossed = [isinstance(b, date) and b < cut.until <= on for b, on in zip(before, frame["on"], strict=True)]
        fresh |= own & pd.Series(crossed, index=frame.index, dtype=bool)
    return fresh.astype(int).groupby(frame["line"]).cumsum()


def far_off(points: pd.DataFrame) -> pd.Series[bool]:
    """The sightings of a path that are more than tenfold off the middle of their framework's own, either way."""
    far = pd.Series(data=False, index=points.index)
    for axis in ("x", "y"):
        ratio = points[axis] / points.groupby("line")[axis].transform("median")
        far |= (ratio > OFF) | (ratio < 1 / OFF)
    return far & ~points["last"]


# -- stars per million downloads ---------------------------------------------------------------------------------------


def ratios(history: AgreementHistory, titles: Mapping[str, str]) -> pd.DataFrame:
    """Each framework's ratio at each month's end, as `line_chart.draw` takes it.

    Columns: line, name, when, value (NaN breaks the line: after a missing month and at a break of its counting),
    status, shown, about, source.
    """
    rows = [
        {"line": str(name), "when": pd.Timestamp(month.on), "value": float(value)}
        for month in history.months
        for name, value in per_million(month).items()
        if value > 0
    ]
    frame = pd.DataFrame(rows, columns=["line", "when", "value"]).sort_values(["line", "when"])
    frame = pd.concat([frame, *_ratio_gaps(frame, history)], ignore_index=True).sort_values(
        ["line", "when"], kind="stable"
    )
    frame = frame.astype({"when": "datetime64[s]", "value": "float64"})
    frame["name"] = [titles.get(line, line) for line in frame["line"]]
    frame["shown"] = [f"{number(value)} {UNIT}" for value in frame["value"]]
    frame["about"] = frame["when"].dt.strftime("%Y-%m")
    return frame.assign(status="final", source="").reset_index(drop=True)


def drawable(drawn: pd.DataFrame) -> bool:
    """Whether there are two months to draw."""
    return bool(drawn.dropna(subset=["value"])["when"].nunique() > 1)


def ratio_order(history: AgreementHistory, drawn: pd.DataFrame) -> list[str]:
    """The frameworks that are drawn and have a figure at the end, the highest then first."""
    return [str(name) for name in latest_ratios(history).index if name in set(drawn["line"])]


def latest_ratios(history: AgreementHistory) -> pd.Series[float]:
    """The ratios of the last month, the highest first."""
    return per_million(history.months[-1])


def ratio_table(drawn: pd.DataFrame) -> pd.DataFrame:
    """A row per month, the newest first, and a column per framework."""
    valued = drawn.dropna(subset=["value"])
    wide = valued.pivot(index="about", columns="name", values="value").iloc[::-1].round(1)
    return wide.rename_axis("Month").rename_axis(None, axis="columns").reset_index()


def counting_breaks(history: AgreementHistory) -> list[Break]:
    """The changes of the counting, across which no line goes."""
    return [b for b in history.breaks if b.kind == "break"]


def _ratio_gaps(frame: pd.DataFrame, history: AgreementHistory) -> list[pd.DataFrame]:
    """A row without a value wherever a line must not go on."""
    gaps = []
    for line, own in frame.groupby("line"):
        days = list(own["when"])
        for before, after in pairwise(days):
            if (after - before).days > MONTH or forbidding(history.breaks, before.date(), after.date(), str(line)):
                gaps.append({"line": line, "when": before + (after - before) / 2, "value": float("nan")})
    return [pd.DataFrame(gaps)] if gaps else []
