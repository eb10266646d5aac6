"""Observations and revisions as frames: read as numbers in one go, no loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection, select

from storage.database import tables as t
from storage.database.engine import mark, provenance, reaching

COLUMNS = (
    "framework",
    "metric",
    "dimension",
    "period",
    "period_end",
    "value",
    "base",
    "source",
    "retrieved_at",
    "payload",
)
Numbers = npt.NDArray[np.float64]
_ROW = "series, period, period_end, value, base, payload"


def observation_frame(
    conn: Connection,
    metric: str,
    frameworks: Sequence[str] | None,
    dimension: str | None,
    bounds: tuple[int, int],
    as_of: datetime | None,
) -> pd.DataFrame:
    """A frame with COLUMNS, as `Observations.read` describes it; `bounds` are the first and the last day's numbers."""
    chosen = _choose_series(conn, metric, frameworks, dimension)
    if not chosen:
        return _empty_frame().copy()
    rows = _latest(conn, list(chosen), bounds, as_of)
    payloads = provenance(conn, set(np.unique(rows[:, 5]).astype("int64").tolist()))
    return _frame(rows, metric, chosen, payloads)


def revision_frame(conn: Connection, metric: str, framework: str, dimension: str) -> pd.DataFrame:
    """A series' former values, as `Observations.revisions` describes them."""
    s, r, p = t.series.c, t.revision.c, t.payload.c
    query = (
        select(r.period, r.period_end, r.value, r.base, p.source, p.fetched_at, r.until)
        .join_from(t.revision, t.series, r.series == s.id)
        .join(t.payload, r.payload == p.id)
        .where(s.metric == metric, s.framework == framework, s.dimension == dimension)
        .order_by(r.id)
    )
    rows = [tuple(row) for row in conn.execute(query)]
    frame = pd.DataFrame(rows, columns=["period", "period_end", "value", "base", "source", "retrieved_at", "until"])
    for name in ("period", "period_end"):
        frame[name] = _days(frame[name].to_numpy(dtype="int64"))
    return frame.astype({"value": "float64", "base": "Int64"})


def _choose_series(
    conn: Connection, metric: str, frameworks: Sequence[str] | None, dimension: str | None
) -> dict[int, tuple[str, str]]:
    s = t.series.c
    query = select(s.id, s.framework, s.dimension).where(s.metric == metric).order_by(s.framework, s.dimension)
    if frameworks is not None:
        query = query.where(s.framework.in_(frameworks))
    if dimension is not None:
        query = query.where(s.dimension == dimension)
    return {int(row.id): (row.framework, row.dimension) for row in conn.execute(query)}


def _latest(conn: Connection, series: list[int], bounds: tuple[int, int], as_of: datetime | None) -> Numbers:
    """The rows in the columns of _ROW, in no particular order."""
    marks = ", ".join([mark(conn)] * len(series))
    one = mark(conn)
    where = f"series IN ({marks}) AND period_end >= {one} AND period <= {one}"
    parameters = (*series, *bounds)
    rows = _numbers(conn, f"SELECT {_ROW} FROM observation WHERE {where}", parameters, 6)
    if as_of is None:
        return rows
    # What the store had then: the values recorded by that moment, and those that were revised only later.
    former = _numbers(conn, f"SELECT {_ROW}, id FROM revision WHERE {where}", parameters, 7)
    later = list(conn.execute(select(t.revision.c.id).where(t.revision.c.until > as_of)).scalars())
    rows = np.concatenate([rows, former[np.isin(former[:, 6], later), :6]])
    payloads = list(conn.execute(select(t.payload.c.id).where(t.payload.c.fetched_at <= as_of)).scalars())
    return rows[np.isin(rows[:, 5], payloads)]


def _days(numbers: np.ndarray[Any, np.dtype[np.int64]]) -> pd.Series[Any]:
    return pd.Series(numbers.astype("datetime64[D]").astype("datetime64[s]"))


def _frame(
    rows: Numbers, metric: str, chosen: dict[int, tuple[str, str]], payloads: dict[int, tuple[str, datetime]]
) -> pd.DataFrame:
    """Rows of the chosen series, in the order of these, as a frame: a hundred thousand of them take no loop."""
    series, start, end, payload = (rows[:, n].astype("int64") for n in (0, 1, 2, 5))
    place = _places(series, list(chosen))
    order = np.lexsort((end, start, place))
    origin = _places(payload, list(payloads))[order]
    learned = pd.Series([when for _, when in payloads.values()], dtype="datetime64[us, UTC]")
    base = rows[order, 4]
    return pd.DataFrame(
        {
            "framework": _repeated([name for name, _ in chosen.values()], place[order]),
            "metric": _repeated([metric], np.zeros(len(rows), dtype="int64")),
            "dimension": _repeated([dimension for _, dimension in chosen.values()], place[order]),
            "period": _days(start[order]),
            "period_end": _days(end[order]),
            "value": rows[order, 3],
            "base": pd.arrays.IntegerArray(np.nan_to_num(base).astype("int64"), np.isnan(base)),
            "source": _repeated([source for source, _ in payloads.values()], origin),
            "retrieved_at": learned.take(origin).reset_index(drop=True),
            "payload": payload[order],
        }
    )


@cache
def _empty_frame() -> pd.DataFrame:
    """Most metrics have nothing of a given framework: this is made once, and copied."""
    return _frame(np.empty((0, 6)), "", {}, {})


def _places(numbers: np.ndarray[Any, np.dtype[np.int64]], among: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """At which place of a list, in which each is once, each number stands."""
    sorter = np.argsort(np.array(among, dtype="int64"))
    return np.asarray(sorter[np.searchsorted(among, numbers, sorter=sorter)] if among else numbers)


def _repeated(texts: list[str], places: np.ndarray[Any, np.dtype[np.int64]]) -> pd.Series[Any]:
    return pd.Series(np.array(texts, dtype="object")[places], dtype="object")


def _numbers(conn: Connection, query: str, parameters: tuple[Any, ...], width: int) -> Numbers:
    """All rows of a query for `width` columns of numbers, NULL as NaN: no row outlives its turn."""
    cursor: Any = conn.exec_driver_sql(query, parameters).cursor
    with reaching(conn):
        return np.fromiter(chain.from_iterable(cursor), dtype="float64").reshape(-1, width)
