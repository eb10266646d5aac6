"""An answer as CSV lines and as JSON: the same numbers, to the last digit.

Text that a spreadsheet would run is given an apostrophe in front; numbers are never touched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from answers.series.answer import SeriesAnswer
from answers.series.rows import COLUMNS
from answers.series.views import EVERY
from catalog import Break, Caveat, Kind, Metric, Source

RUN_BY_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTED = frozenset(',"\r\n')


def csv_lines(answer: SeriesAnswer) -> Iterator[str]:
    """The answer as CSV (RFC 4180 quoting, line feeds, UTF-8 text), the header first, line by line."""
    yield ",".join(COLUMNS) + "\n"
    columns = _columns(answer)
    cells = [_cells(columns[name], name) for name in COLUMNS]
    for f, m, d, p, e, v, b, lo, hi, st, so, r, c in zip(*cells, strict=True):
        yield f"{f},{m},{d},{p},{e},{v},{b},{lo},{hi},{st},{so},{r},{c}\n"


def series_json(answer: SeriesAnswer) -> dict[str, Any]:
    """The answer as an object: question, metric, rows as in the CSV (missing: null), caveats and sources in full."""
    columns = _columns(answer)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*(columns[c] for c in COLUMNS), strict=True)]
    return about_json(answer) | {"rows": rows}


def about_json(answer: SeriesAnswer) -> dict[str, Any]:
    """All that must go with the rows: question, metric, sentence, sources, caveats and breaks in full."""
    return {
        "question": to_json(answer.question),
        "metric": metric_json(answer.metric),
        "sentence": answer.sentence,
        "retrieved_at": answer.retrieved_at and answer.retrieved_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sources": [source_json(source) for source in answer.sources],
        "caveats": [caveat_json(caveat) for caveat in answer.caveats],
        "breaks": [break_json(entry) for entry in answer.breaks],
    }


def to_json(value: Any, *names: str) -> Any:
    """A value as JSON has it: a dataclass as an object of its fields (of `names` alone, if any are named), in order.

    Dates are ISO 8601, words of an enumeration their text, tuples lists, and what is not a number null.
    """
    if is_dataclass(value):
        return {name: to_json(getattr(value, name)) for name in names or [field.name for field in fields(value)]}
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return None if isinstance(value, float) and math.isnan(value) else value


def metric_json(metric: Metric) -> Any:
    """A metric with what it measures and what it does not."""
    return to_json(metric, "id", "title", "unit", "kind", "period", "measures", "does_not_measure")


def source_json(source: Source) -> Any:
    """A source with its licence and attribution."""
    return to_json(source, "id", "title", "homepage", "licence", "licence_url", "attribution")


def caveat_json(caveat: Caveat) -> Any:
    """A caveat in full, with its dates and link."""
    return to_json(caveat, "code", "title", "text", "direction", "since", "until", "link")


def break_json(entry: Break) -> Any:
    """A known break of the counting, with its dates and link."""
    return to_json(entry, "id", "kind", "title", "text", "since", "until", "link")


def _columns(answer: SeriesAnswer) -> dict[str, Sequence[Any]]:
    """Every column as plain values: text, int, float, None."""
    frame, whole = answer.frame, _counts_things(answer)
    columns: dict[str, Sequence[Any]] = {c: frame[c].tolist() for c in ("framework", "metric", "dimension", "status")}
    columns |= {c: frame[c].tolist() for c in ("source", "caveats")}
    columns |= {c: _dates(frame[c], "D") for c in ("period", "period_end")}
    columns["retrieved_at"] = _dates(frame["retrieved_at"].dt.tz_localize(None), "s", end="Z")
    columns["value"] = [_number(v, whole=whole) for v in frame["value"].tolist()]
    columns["base"] = [None if pd.isna(b) else int(b) for b in frame["base"].tolist()]
    return columns | {c: [_number(v, whole=False) for v in frame[c].tolist()] for c in ("low", "high")}


def _counts_things(answer: SeriesAnswer) -> bool:
    """Whether the values are counts, which print as whole numbers where they are."""
    return answer.metric.kind is not Kind.SHARE and answer.question.view in ("level", *EVERY)


def _number(value: float, *, whole: bool) -> float | int | None:
    if math.isnan(value):
        return None
    return int(value) if whole and value.is_integer() else value


def _dates(column: pd.Series, unit: Literal["D", "s"], end: str = "") -> list[str | None]:
    moments: npt.NDArray[np.datetime64] = column.to_numpy(dtype=f"datetime64[{unit}]")
    texts = np.datetime_as_string(moments, unit=unit)
    return [None if text == "NaT" else f"{text}{end}" for text in texts.tolist()]


def _cells(column: Iterable[Any], name: str) -> list[str]:
    if name in ("value", "base", "low", "high"):
        return ["" if v is None else repr(v) for v in column]
    cells: dict[str | None, str] = {None: ""}
    texts: list[str] = []
    for text in column:
        if text not in cells:
            cells[text] = _quoted(neutral(text))
        texts.append(cells[text])
    return texts


def neutral(text: str) -> str:
    """Text with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(RUN_BY_A_SPREADSHEET) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.intersection(text) else text
