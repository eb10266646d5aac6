"""Monthly shares pooled over several months in a row: sum over sum, since one month has too few to go by."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from catalog import Metric


def is_whole(frame: pd.DataFrame) -> np.ndarray:
    """Whether each row is about all of a month; of one that was read too early it is about the days up to then."""
    first, last = frame["period"].dt, (frame["period_end"] + pd.Timedelta(days=1)).dt
    whole: np.ndarray = ((first.day == 1) & (last.day == 1)).to_numpy(dtype=bool)
    return whole


def without_superseded(frame: pd.DataFrame) -> pd.DataFrame:
    """Monthly rows without those of a month of which a longer part is known."""
    month = [frame["framework"], frame["dimension"], frame["period"]]
    return frame[frame["period_end"] == frame.groupby(month)["period_end"].transform("max")].reset_index(drop=True)


def pooled(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """A monthly share over each `metric.pooled_months` whole months in a row: those that name it by all of them.

    A row for every month that ends so many without a hole; its `source` lists those of the months, its `retrieved_at`
    is when the youngest of them was, its other columns are those of the last one. The rows of one framework overlap.
    """
    parts = [
        part for _, rows in frame.groupby(["framework", "dimension"], sort=False) for part in _pooled(rows, metric)
    ]
    return pd.concat(parts, ignore_index=True) if parts else frame.iloc[:0]


def _pooled(rows: pd.DataFrame, metric: Metric) -> Iterator[pd.DataFrame]:
    n = metric.pooled_months
    months = rows[is_whole(rows) & rows["value"].notna().to_numpy()].sort_values("period")
    if len(months) < n:
        return
    base = months["base"].to_numpy(dtype="float64")
    counts = np.rint(months["value"].to_numpy(dtype="float64") * base)
    bases = sliding_window_view(base, n).sum(axis=1)
    number = months["period"].to_numpy(dtype="datetime64[M]").astype(np.int64)
    unbroken = number[n - 1 :] - number[: len(number) - n + 1] == n - 1
    last, sources = months.iloc[n - 1 :], months["source"].tolist()
    learned = months["retrieved_at"].to_numpy(dtype="datetime64[us]")
    yield last.assign(
        period=months["period"].to_numpy()[: len(last)],
        value=sliding_window_view(counts, n).sum(axis=1) / bases,
        base=pd.array(bases.astype(np.int64), dtype="Int64"),
        source=[" ".join(dict.fromkeys(sources[k : k + n])) for k in range(len(last))],
        retrieved_at=pd.to_datetime(sliding_window_view(learned, n).max(axis=1), utc=True).as_unit("us"),
    )[unbroken]
