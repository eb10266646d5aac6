"""The rows of an answer as text, ten thousand at a time: joined by Arrow, with no Python object for each number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

ROWS = 10_000
_NUMBERS = ("value", "base", "low", "high")
_DAYS = ("period", "period_end")
_DAY = "2026-11-22"
_WHOLE_BELOW = 2.0**63


def row_texts(
    frame: pd.DataFrame, heads: Sequence[str], end: str, text: Callable[[str], str], missing: str, *, counts: bool
) -> Iterator[pa.StringArray]:
    """Each row of an answer's frame as one text: each cell after its column's head, after the last one `end`.

    `text` writes a word (a day, a name), `missing` stands for what is not there; `counts` are whole numbers.
    """
    for start in range(0, len(frame), ROWS):
        part = frame.iloc[start : start + ROWS]
        pieces: list[Any] = []
        for head, (name, column) in zip(heads, part.items(), strict=True):
            whole = name == "base" or (name == "value" and counts)
            if name in _NUMBERS:
                cells = _numbers(column, missing, whole=whole)
            else:
                cells = (_days if name in _DAYS else _words)(column, text, missing)
            pieces += [head, cells]
        yield pc.binary_join_element_wise(*pieces, end, "")


def in_bytes(texts: pa.StringArray) -> bytes:
    """Texts one after the other, in UTF-8: as they lie in memory."""
    _, _, data = texts.buffers()
    return bytes(memoryview(data)[: pc.sum(pc.binary_length(texts)).as_py()])


def written(number: float, *, whole: bool) -> str:
    """A number to its last digit; a whole one, where it counts things, without a decimal point."""
    return repr(int(number) if whole and number.is_integer() else number)


def _numbers(column: pd.Series[Any], missing: str, *, whole: bool) -> pa.Array:
    values: npt.NDArray[np.float64] = column.to_numpy(dtype="float64", na_value=np.nan)
    nothing = np.isnan(values)
    if nothing.all():
        return pa.repeat(missing, len(values))
    present = values[~nothing]
    if whole and (present == np.floor(present)).all() and (np.abs(present) < _WHOLE_BELOW).all():
        numbers = np.where(nothing, 0, values).astype(np.int64)
        return pa.array(numbers, mask=nothing).cast(pa.string()).fill_null(missing)
    texts = [missing if none else written(v, whole=whole) for v, none in zip(values.tolist(), nothing, strict=True)]
    return pa.array(texts, type=pa.string())


def _days(column: pd.Series[Any], text: Callable[[str], str], missing: str) -> pa.Array:
    """Days, which differ by the thousand: `text` puts the same around each."""
    before, after = text(_DAY).split(_DAY)
    days = pa.array(column.to_numpy(dtype="datetime64[D]")).cast(pa.string())
    return pc.binary_join_element_wise(before, days, after, "").fill_null(missing)


def _words(column: pd.Series[Any], text: Callable[[str], str], missing: str) -> pa.Array:
    """Names and moments, which are alike by the thousand: each different one is written once."""
    places, different = pd.factorize(column)
    if isinstance(different, pd.DatetimeIndex):
        different = different.strftime("%Y-%m-%dT%H:%M:%SZ")
    texts = [*map(text, different), missing]  # the place of what is missing is -1
    return pa.array(texts, type=pa.string()).take(pa.array(np.where(places < 0, len(texts) - 1, places)))
