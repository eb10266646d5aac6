"""What was gained month by month: stocks differenced, flows added up, and nothing invented for a month half seen.

Every function takes a frame of one metric (columns framework, dimension, period, period_end, value, source,
retrieved_at; any number of series) and returns one with `COLUMNS`. `status` is final, provisional (the running month,
up to the day last seen) or gap (value empty); `refusal` names the registered breaks that forbid the figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.arrays import Days, day, days, number
from analysis.breaks import forbidding
from analysis.errors import may_be_differenced, may_be_summed
from catalog import Break, Kind, Metric

COLUMNS = ("framework", "dimension", "period", "period_end", "value", "status", "refusal", "source", "retrieved_at")
END_TOLERANCE_DAYS = 7  # weekly observers count: a level seen in a month's last seven days stands for its end


@dataclass(frozen=True, slots=True)
class _Month:
    """One month of one series: the rows [first, stop) lie in it."""

    number: int  # months since 1970-01
    first: int
    stop: int
    last: int  # the last day seen
    whole: bool  # False: the last, running one


def gained(
    frame: pd.DataFrame, metric: Metric, breaks: Sequence[Break] = (), final_through: date | None = None
) -> pd.DataFrame:
    """What each series gained per month.

    A stock's month runs from the last day seen in the month before to the last day seen in this one, both within a
    week of their month's end; the row's period is that true span, not the calendar's. A flow's month is the sum of its
    days, all of them observed. The last month of a series may be incomplete: it is provisional and ends with the last
    day seen. Other incomplete months are gaps, merged; a month that touches a break is refused with the break's id.

    Raises Refused for shares and for windows.
    """
    (may_be_differenced if metric.kind is Kind.STOCK else may_be_summed)(metric)
    rows: list[tuple[object, ...]] = []
    values = settled(frame.dropna(subset=["value"]), metric, final_through)
    for (framework, dimension), series in values.groupby(["framework", "dimension"], sort=True):
        step = _differences if metric.kind is Kind.STOCK else _sums
        ordered = series.sort_values("period")
        rows.extend(
            (framework, dimension, *row) for row in step(ordered, metric, breaks, str(framework), final_through)
        )
    return framed(rows)


def settled(frame: pd.DataFrame, metric: Metric, final_through: date | None) -> pd.DataFrame:
    """Of a level that is added up from days only those that are final: no month ends on a day that goes on."""
    if not metric.cumulates or final_through is None:
        return frame
    return frame[frame["period_end"] <= pd.Timestamp(final_through)]


def framed(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Rows with COLUMNS as a frame of the right types."""
    result = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in ("period", "period_end"):
        result[column] = result[column].to_numpy(dtype="datetime64[s]")
    result["value"] = result["value"].astype("float64")
    result["retrieved_at"] = pd.to_datetime(result["retrieved_at"], utc=True).astype("datetime64[us, UTC]")
    return result


def _months(end: Days) -> Iterator[tuple[int, int, int]]:
    """(month, first row, row after the last) of every month in which something ended."""
    months = end.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    edges = np.flatnonzero(np.diff(months, prepend=months[:1] - 1))
    for first, stop in zip(edges, [*edges[1:], len(months)], strict=True):
        yield int(months[first]), int(first), int(stop)


def _first_day(month: int) -> int:
    return int(np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64))


def _differences(
    series: pd.DataFrame, metric: Metric, breaks: Sequence[Break], framework: str, _: date | None
) -> Iterator[tuple[object, ...]]:
    end, value = days(series["period_end"]), series["value"].to_numpy(dtype="float64")
    origins = Origins(series)
    months = list(_level_months(end, min(END_TOLERANCE_DAYS, metric.gap_after_days)))
    for before, month in pairwise(months):
        span = (day(before.last + 1), day(month.last))
        forbidden = forbidding(breaks, day(before.last), span[1], framework)
        if forbidden or month.number != before.number + 1:
            yield *span, np.nan, "gap", _ids(forbidden), "", pd.NaT
        else:
            gain = value[month.stop - 1] - value[before.stop - 1]
            ends = [before.stop - 1, month.stop - 1]
            yield *span, gain, "final" if month.whole else "provisional", "", *origins.of(ends)


def _level_months(end: Days, tolerance: int) -> Iterator[_Month]:
    """The months at whose end the level was seen, and the last one in any case."""
    for month, first, stop in _months(end):
        last = int(end[stop - 1])
        whole = _first_day(month + 1) - 1 - last < tolerance
        if whole or stop == len(end):
            yield _Month(month, first, stop, last, whole)


def _sums(
    series: pd.DataFrame, _: Metric, breaks: Sequence[Break], framework: str, final_through: date | None
) -> Iterator[tuple[object, ...]]:
    value, origins = series["value"].to_numpy(dtype="float64"), Origins(series)
    final = None if final_through is None else number(final_through)
    before: _Month | None = None
    for month in _summed_months(days(series["period"]), days(series["period_end"]), final):
        opens = _first_day(month.number)
        if before is not None and before.last + 1 < opens:
            yield day(before.last + 1), day(opens - 1), np.nan, "gap", "", "", pd.NaT
        before, span = month, (day(opens), day(month.last))
        forbidden = forbidding(breaks, *span, framework)
        if forbidden:
            yield *span, np.nan, "gap", _ids(forbidden), "", pd.NaT
        else:
            total, used = value[month.first : month.stop].sum(), slice(month.first, month.stop)
            yield *span, total, "final" if month.whole else "provisional", "", *origins.of(used)


def _summed_months(start: Days, end: Days, final: int | None) -> Iterator[_Month]:
    """The months of which every day was observed, and the last one when it is so up to the day last seen."""
    for month, first, stop in _months(end):
        last, closes = int(end[stop - 1]), _first_day(month + 1) - 1
        unbroken = start[first] == _first_day(month) and bool(
            (start[first + 1 : stop] == end[first : stop - 1] + 1).all()
        )
        whole = last == closes and (final is None or last <= final)
        if unbroken and (last == closes or stop == len(end)):
            yield _Month(month, first, stop, last, whole)


class Origins:
    """Where the observations of a series come from."""

    def __init__(self, series: pd.DataFrame) -> None:
        self._sources = series["source"].to_numpy(dtype="object")
        self._learned = series["retrieved_at"].to_numpy(dtype="datetime64[us]")

    def of(self, rows: list[int] | slice) -> tuple[str, pd.Timestamp]:
        """Every source that went into a figure, and when the youngest of its observations was retrieved."""
        return " ".join(sorted(set(self._sources[rows]))), pd.Timestamp(self._learned[rows].max(), tz="UTC")


def _ids(breaks: Sequence[Break]) -> str:
    return " ".join(b.id for b in breaks)
