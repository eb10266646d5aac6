"""Growth as series for a chart and a file: each change at its later days, and figures as multiples of a peer's.

Frames as in `analysis.months`: one metric, any number of frameworks and dimensions; the results have its COLUMNS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analysis import months
from analysis.arrays import days, number
from analysis.errors import Refused
from analysis.growth.growth_rates import four_weeks, peer_ratio, year_on_year
from analysis.overtakes.paired_series import TRAILING_DAYS
from catalog import Break, Kind, Metric

HOW: dict[str, Callable[..., pd.DataFrame]] = {"year-on-year": year_on_year, "four-weeks": four_weeks}
_Row = tuple[object, ...]


def changed(
    frame: pd.DataFrame, metric: Metric, how: str, breaks: Sequence[Break] = (), final_through: date | None = None
) -> pd.DataFrame:
    """The relative growth (0.1: 10 % more) of every series by `year_on_year` or `four_weeks`.

    A row is about the later of what it compares: the day of a level, the 28 days that were summed, the window. What
    lies across a break is a gap with the break's id; so is, without one, what nothing came before. Raises Refused.
    """
    rows: list[_Row] = []
    for (framework, dimension), series in frame.dropna(subset=["value"]).groupby(["framework", "dimension"], sort=True):
        origin = _Origin(series)
        for change in HOW[how](series, metric, breaks, final_through).to_dict("records"):
            spans = [_compared(series, metric, how, change[end]) for end in ("until", "since")]
            relative, refusal = float(change["relative"]), str(change["refusal"])
            figure = _nothing(refusal) if refusal or np.isnan(relative) else (relative, "final", "", *origin.of(*spans))
            rows.append((framework, dimension, *spans[0], *figure))
    return months.framed(rows)


def multiples(frame: pd.DataFrame, metric: Metric, peer: str, final_through: date | None = None) -> pd.DataFrame:
    """Every other framework's figure as a multiple of `peer`'s, wherever both were seen together.

    A break that changed both alike leaves it comparable. Raises Refused for shares, and where `peer` was never seen.
    """
    rows: list[_Row] = []
    observed = frame.dropna(subset=["value"])
    for dimension, part in observed.groupby("dimension", sort=True):
        measure = part[part["framework"] == peer]
        if measure.empty:
            continue
        sides = [side for side in part.groupby("framework", sort=True) if side[0] != peer]
        rows += [row for name, side in sides for row in _multiples(str(name), str(dimension), side, measure, metric,
                                                                   final_through)]  # fmt: skip
    if not (observed["framework"] == peer).any():
        raise Refused(f"We can't take multiples of {peer}: it has no data in {metric.name_in_text}.")
    return months.framed(rows)


def _multiples(
    name: str, dimension: str, side: pd.DataFrame, measure: pd.DataFrame, metric: Metric, final_through: date | None
) -> Iterator[_Row]:
    one, other = _Origin(side), _Origin(measure)
    for row in peer_ratio(side, measure, metric, final_through).to_dict("records"):
        first, last = row["period"].date(), row["period_end"].date()
        (source, learned), (beside, since) = one.of((first, last)), other.of((first, last))
        sources = " ".join(sorted({*source.split(), *beside.split()}))
        yield name, dimension, first, last, row["value"], "final", "", sources, max(learned, since)


class _Origin:
    """Where the figures of one series came from, by the days they are about."""

    def __init__(self, series: pd.DataFrame) -> None:
        ordered = series.sort_values("period_end")
        self._end = days(ordered["period_end"])
        self._sources = ordered["source"].to_numpy(dtype=object)
        self._learned = ordered["retrieved_at"].array

    def of(self, *spans: tuple[date, date]) -> tuple[str, pd.Timestamp]:
        """Every source of what ended within the spans (days, both included), and when the youngest was learned."""
        ends = [(number(first), number(last)) for first, last in spans]
        slices = [slice(*np.searchsorted(self._end, [first, last + 1])) for first, last in ends]
        sources = {source for part in slices for source in self._sources[part]}
        return " ".join(sorted(sources)), max(self._learned[part].max() for part in slices)


def _compared(series: pd.DataFrame, metric: Metric, how: str, last: date) -> tuple[date, date]:
    """The days that a figure compared is about, of which `last` is the last."""
    if metric.kind is Kind.FLOW and metric.period != "day":
        at = series.loc[series["period_end"] == pd.Timestamp(last), "period"].iloc[-1]
        return at.date(), last
    if metric.kind is Kind.STOCK and how == "year-on-year":
        return last, last
    return last - timedelta(days=TRAILING_DAYS - 1), last


def _nothing(refusal: str) -> tuple[object, ...]:
    return np.nan, "gap", refusal, "", pd.NaT
