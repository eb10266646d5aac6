"""Small frames as the store gives them, for one invented metric."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from catalog import Break, Kind, Metric

LEARNED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def metric(kind: Kind = Kind.STOCK, period: str = "day", gap: int = 35, unit: str = "things") -> Metric:
    return Metric("m", "Things", unit, kind, period, "f", "", "", "", (), ("s",), gap, "things")


def frame(rows: Iterable[tuple[str, date, date, float | None]], dimension: str = "") -> pd.DataFrame:
    """A frame as the store gives it: (framework, period, period_end, value)."""
    rows = list(rows)
    return pd.DataFrame(
        {
            "framework": pd.Series([r[0] for r in rows], dtype=object),
            "metric": "m",
            "dimension": dimension,
            "period": pd.to_datetime([r[1] for r in rows]).astype("datetime64[s]"),
            "period_end": pd.to_datetime([r[2] for r in rows]).astype("datetime64[s]"),
            "value": np.array([np.nan if r[3] is None else r[3] for r in rows], dtype="float64"),
            "base": pd.array([None] * len(rows), dtype="Int64"),
            "source": "s",
            "retrieved_at": pd.Series([LEARNED] * len(rows), dtype="datetime64[us, UTC]"),
        }
    )


def stock(name: str, *seen: tuple[str, float]) -> pd.DataFrame:
    return frame((name, date.fromisoformat(d), date.fromisoformat(d), v) for d, v in seen)


def days_of(name: str, first: str, values: Iterable[float | None]) -> pd.DataFrame:
    """A daily flow; None leaves the day out."""
    start = date.fromisoformat(first)
    dated = ((start + timedelta(days=k), v) for k, v in enumerate(values))
    return frame((name, d, d, v) for d, v in dated if v is not None)


def rows(result: pd.DataFrame) -> list[tuple[object, ...]]:
    """(first day, last day, value, status) of each row."""
    return [
        (str(p.date()), str(e.date()), None if np.isnan(v) else v, s)
        for p, e, v, s in zip(result["period"], result["period_end"], result["value"], result["status"], strict=True)
    ]


def broken(since: str, until: str, kind: str = "break", frameworks: tuple[str, ...] = ()) -> Break:
    return Break("b1", kind, "", "", date.fromisoformat(since), date.fromisoformat(until), ("m",), "", frameworks)
