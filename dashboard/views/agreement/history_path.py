"""The way each framework came, month by month, in stars and in downloads: broken at holes, breaks and misreadings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from answers.agreement.answer import AgreementAnswer
from catalog import Break
from dashboard.text import number

# so many times its own middle, and a sighting is not drawn: the mark of a misreading, not of growth
OFF = 10.0


def drawn(found: AgreementAnswer, breaks: Iterable[Break], titles: Mapping[str, str]) -> pd.DataFrame:
    """One row per framework and month, downloads as x and stars as y: line, name, part, when, x, y, last, off.

    Only frameworks that are known on the day itself. A new `part` begins after a missing month and at a break; `off`
    are the sightings that are not to be drawn, as if they were missing.
    """
    shown = set(found.found.table["framework"])
    days = [a for a in found.trail if a.on < found.on] + [found.found]
    rows = [
        {"line": name, "on": a.on, "step": step, "x": float(row["y"]), "y": float(row["x"])}
        for step, a in enumerate(days)
        for row in a.table.to_dict("records")
        if (name := str(row["framework"])) in shown and row["x"] > 0 and row["y"] > 0
    ]
    frame = pd.DataFrame(rows, columns=["line", "on", "step", "x", "y"]).sort_values(["line", "step"])
    cuts = [b for b in breaks if b.kind == "break" and {found.x.id, found.y.id} & set(b.metrics)]
    frame["last"] = frame["step"] == len(days) - 1
    frame["off"] = strays(frame)
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


def strays(points: pd.DataFrame) -> pd.Series[bool]:
    """The sightings of a trail that are more than tenfold off the middle of their framework's own, either way."""
    far = pd.Series(data=False, index=points.index)
    for axis in ("x", "y"):
        ratio = points[axis] / points.groupby("line")[axis].transform("median")
        far |= (ratio > OFF) | (ratio < 1 / OFF)
    return far & ~points["last"]


def summary(found: AgreementAnswer, titles: Mapping[str, str]) -> str:
    """The chart in words, with its numbers."""
    told = [
        f"{titles.get(str(row['framework']), row['framework'])} {number(row['x'])} stars, {number(row['y'])} downloads "
        "in 30 days"
        for row in found.found.table.sort_values("y", ascending=False).to_dict("records")
    ]
    return f"Stars against downloads around {found.on}, most downloaded first: {'; '.join(told)}."
