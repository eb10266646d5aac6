"""The last figures of growth of one series, each with the days compared, or with the reason why there is none.

Unless it is said otherwise, a frame here is one series: one framework, one dimension, columns as in `analysis.months`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import Points, by_framework, day, number
from analysis.breaks import forbidding
from analysis.errors import Refused
from analysis.growth.change_series import HOW
from analysis.growth.growth_rates import compound, gained_every, peer_ratio
from analysis.overtakes.paired_series import prepared_series
from catalog import Break, Kind, Metric

LOOK_BACK = {"day": 70, "week": 90, "month": 200, "year": 1200}  # days of a series in which its last whole bucket lies
LOOK_BACK_CHANGE = 1200
LATE = timedelta(days=45)  # how old a last figure may be beside the newest to be compared with the others
SHORTEST_SPAN = 90  # days over which a yearly rate may be given
NEAR = 5  # days by which a ratio may have been seen beside the day asked about
WORDS = {"year-on-year": "a year before", "four-weeks": "the 28 days before"}


@dataclass(frozen=True, slots=True)
class GrowthFigure:
    """What was compared and what came of it; fields that do not apply are None.

    Of a level `since` and `until` are the days it was seen, of a sum that was gained its first and last day, of two
    spans compared the last day of each. `relative` is growth (0.1: 10 % more), a year's worth of it for a compound
    rate. `why` is the reason why there is no figure, `breaks` the ids of the registered breaks that forbid it.
    """

    since: date | None = None
    until: date | None = None
    before: float | None = None
    after: float | None = None
    gained: float | None = None
    relative: float | None = None
    why: str = ""
    breaks: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether there is a figure."""
        return not self.why and not self.breaks


def last_gained(
    frame: pd.DataFrame, metric: Metric, every: str, breaks: Sequence[Break] = (), final_through: date | None = None
) -> dict[str, GrowthFigure]:
    """What the last whole day, week, month or year brought, of each framework of a frame (here: any number)."""
    series = by_framework(frame)
    if metric.period == "window":
        why = "Its windows overlap or leave days out, so they can't be split into days, weeks, months or years."
        return dict.fromkeys(series, GrowthFigure(why=why))
    observed = frame.dropna(subset=["value"])
    newest = observed.groupby("framework")["period_end"].transform("max")
    late = observed[observed["period_end"] > newest - pd.Timedelta(days=LOOK_BACK[every])]
    try:
        rows = gained_every(late, metric, every, breaks, final_through)
    except Refused as refused:
        return dict.fromkeys(series, GrowthFigure(why=str(refused)))
    whole = rows[(rows["status"] != "provisional") & (_whole(rows, every) | rows["value"].isna())]
    lasts = {str(row["framework"]): row for row in whole.groupby("framework").tail(1).to_dict("records")}
    none = GrowthFigure(why=f"No full {every} of it was recorded lately.")
    return {name: _gain(lasts[name], rows, metric, every) if name in lasts else none for name, rows in series.items()}


def _gain(row: Mapping[object, Any], frame: pd.DataFrame, metric: Metric, every: str) -> GrowthFigure:
    """A row of `gained_every` as a figure; `frame` is the series that it is about."""
    stock = metric.kind is Kind.STOCK
    since, until = row["period"].date() - timedelta(days=int(stock)), row["period_end"].date()
    if row["refusal"]:
        return GrowthFigure(since, until, breaks=tuple(str(row["refusal"]).split()))
    if np.isnan(row["value"]):
        why = f"It was not read at both ends of the last {every}." if stock else f"The last {every} is not complete."
        return GrowthFigure(since, until, why=why)
    gained = float(row["value"])
    if not stock:
        return GrowthFigure(since, until, gained=gained)
    before = _level(frame, since)
    return GrowthFigure(since, until, before, before + gained, gained, gained / before if before > 0 else None)


def changes_of(
    frame: pd.DataFrame, metric: Metric, how: str, breaks: Sequence[Break] = (), final_through: date | None = None
) -> tuple[GrowthFigure, ...]:
    """The figures of `year-on-year` or `four-weeks` of the last LATE, oldest first; without any, one with why."""
    try:
        rows = HOW[how](_tail(frame, LOOK_BACK_CHANGE), metric, breaks, final_through, LATE.days)
    except Refused as refused:
        return (GrowthFigure(why=str(refused)),)
    if rows.empty:
        return (GrowthFigure(why=f"No comparable figure {WORDS[how]}."),)
    return tuple(_change(row, how) for row in rows.to_dict("records"))


def yearly(
    frame: pd.DataFrame,
    metric: Metric,
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
) -> GrowthFigure:
    """The compound yearly rate from the first figure at or after `since` to the last at or before `until`.

    Without `since`: from the first after the last break, so that there is a rate. Daily flows by their 28-day sums,
    windows by their mean per day.
    """
    if metric.kind is Kind.SHARE:
        return GrowthFigure(why=f"A share of {metric.base_noun} has no growth rate.")
    series = compared(frame, metric, final_through)
    name = str(frame["framework"].iloc[0]) if len(frame) else ""
    inside = series.where(_inside(series, breaks, name, since, until))
    if len(inside) < 2 or inside.end[-1] - inside.end[0] < SHORTEST_SPAN:
        return GrowthFigure(why=f"Data cover less than {SHORTEST_SPAN} days, too few for a yearly rate.")
    first, last = day(inside.end[0]), day(inside.end[-1])
    before, after = float(inside.value[0]), float(inside.value[-1])
    forbidden = forbidding(breaks, day(inside.start[0]), last, name)
    if forbidden:
        return GrowthFigure(first, last, before, after, breaks=tuple(b.id for b in forbidden))
    rate = compound(before, after, (last - first).days)
    if np.isnan(rate):
        return GrowthFigure(first, last, before, after, why="It started from zero, so there is no rate.")
    return GrowthFigure(first, last, before, after, after - before, rate)


def compared(frame: pd.DataFrame, metric: Metric, final_through: date | None = None) -> Points:
    """What of a series is compared: levels, 28-day sums of daily flows, means per day of windows and months."""
    series = prepared_series(frame.dropna(subset=["value"]), metric, final_through).compared
    if metric.kind is Kind.FLOW and metric.period != "day":
        return Points(series.start, series.end, series.value / (series.end - series.start + 1), series.base)
    return series


def parts_of_set(sides: Mapping[str, Points]) -> tuple[date, dict[str, float]] | None:
    """Each series' part of the sum of all on the last day that all were seen; None if there is none."""
    ends = [set(series.end.tolist()) for series in sides.values()]
    shared = set.intersection(*ends) if ends else set()
    if len(sides) < 2 or not shared:
        return None
    last = max(shared)
    values = {name: float(series.value[series.end == last][-1]) for name, series in sides.items()}
    total = sum(values.values())
    return (day(last), {name: value / total for name, value in values.items()}) if total > 0 else None


def ratio_between(
    one: pd.DataFrame, other: pd.DataFrame, metric: Metric, span: tuple[date, date], final_through: date | None = None
) -> tuple[float, float] | None:
    """One's figure as a multiple of the other's at the beginning and the end of a span, or near; None if not seen."""
    try:
        table = peer_ratio(one, other, metric, final_through)
    except Refused:
        return None
    ratios = [_near(table, at) for at in span]
    return (ratios[0], ratios[1]) if ratios[0] is not None and ratios[1] is not None else None


def _whole(rows: pd.DataFrame, every: str) -> pd.Series[bool]:
    """Which rows reach from the first day of a calendar month or year to its last: weekly readings rarely do."""
    if every not in ("month", "year"):
        return pd.Series(data=True, index=rows.index)
    span = rows["period"].dt.to_period("M" if every == "month" else "Y")
    whole: pd.Series[bool] = (rows["period"] == span.dt.start_time) & (
        rows["period_end"] == span.dt.end_time.dt.normalize()
    )
    return whole


def _near(table: pd.DataFrame, at: date) -> float | None:
    apart = (table["period_end"] - pd.Timestamp(at)).abs()
    near = apart[apart <= pd.Timedelta(days=NEAR)]
    return None if near.empty else float(table["value"].to_numpy()[int(apart.to_numpy().argmin())])


def _tail(frame: pd.DataFrame, back: int) -> pd.DataFrame:
    ends = frame["period_end"].where(frame["value"].notna())
    late: pd.DataFrame = frame[ends > ends.max() - pd.Timedelta(days=back)]
    return late


def _level(frame: pd.DataFrame, on: date) -> float:
    return float(frame.loc[frame["period_end"] == pd.Timestamp(on), "value"].iloc[-1])


def _change(row: Mapping[object, object], how: str) -> GrowthFigure:
    since, until, before, after = (row[name] for name in ("since", "until", "before", "after"))
    figure = GrowthFigure(since, until, float(str(before)), float(str(after)))  # type: ignore[arg-type]  # as CHANGE_COLUMNS
    if row["refusal"]:
        return replace(figure, breaks=tuple(str(row["refusal"]).split()))
    gained, relative = float(str(row["gained"])), float(str(row["relative"]))
    if np.isnan(relative):
        return replace(figure, gained=gained, why=f"The figure was zero {WORDS[how]}.")
    return replace(figure, gained=gained, relative=relative)


def _inside(
    series: Points, breaks: Sequence[Break], name: str, since: date | None, until: date | None
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    keep = np.full(len(series), fill_value=True)
    if until is not None:
        keep &= series.end <= number(until)
    if since is not None:
        return np.asarray(keep & (series.end >= number(since)))
    last = number(until) if until is not None else int(series.end[-1]) if len(series) else 0
    mine = [b for b in breaks if b.kind == "break" and (not b.frameworks or name in b.frameworks)]
    ended = [number(b.until) for b in mine if number(b.until) < last]
    return np.asarray(keep & (series.start > max(ended))) if ended else keep
