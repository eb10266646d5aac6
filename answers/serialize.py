"""An answer as CSV lines and as JSON: the same numbers, to the last digit.

Text that a spreadsheet would run is given an apostrophe in front; numbers are never touched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.share_intervals import Interval
from answers.series.answer import SeriesAnswer
from answers.series.rows import COLUMNS
from answers.series.views import VIEWS
from catalog import Break, Catalog, Caveat, Kind, Metric, Source

RUN_BY_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
IN_FULL: Mapping[type, tuple[str, ...]] = {
    Metric: ("id", "title", "unit", "kind", "period", "measures", "does_not_measure"),
    Source: ("id", "title", "homepage", "licence", "licence_url", "attribution"),
    Caveat: ("code", "title", "text", "direction", "since", "until", "link"),
    Break: ("id", "kind", "title", "text", "since", "until", "link"),
}  # what of the catalog's entries goes with an answer
_QUOTED = frozenset(',"\r\n')


class Sourced(Protocol):
    """What names its caveats by their codes, and its sources by their ids (after a colon: who observed it)."""

    @property
    def caveats(self) -> tuple[str, ...]: ...
    @property
    def sources(self) -> tuple[str, ...]: ...


def csv_lines(answer: SeriesAnswer) -> Iterator[str]:
    """The answer as CSV (RFC 4180 quoting, line feeds, UTF-8 text), the header first, line by line."""
    yield ",".join(COLUMNS) + "\n"
    columns = _columns(answer)
    cells = [_cells(columns[name], name) for name in COLUMNS]
    for f, m, d, p, e, v, b, lo, hi, st, so, r, c in zip(*cells, strict=True):
        yield f"{f},{m},{d},{p},{e},{v},{b},{lo},{hi},{st},{so},{r},{c}\n"


def table_lines(table: pd.DataFrame) -> Iterator[str]:
    """A table as CSV, the header first, line by line; a date as 2026-11-22, what is missing as nothing."""
    yield ",".join(_quoted(neutral(str(name))) for name in table.columns) + "\n"
    for row in table.itertuples(index=False):
        yield ",".join(_cell(value) for value in row) + "\n"


def _cell(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    return repr(whole(float(value))) if isinstance(value, int | float) else _quoted(neutral(str(value)))


def series_json(answer: SeriesAnswer) -> dict[str, Any]:
    """The answer as an object: question, metric, rows as in the CSV (missing: null), caveats and sources in full."""
    columns = _columns(answer)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*(columns[c] for c in COLUMNS), strict=True)]
    return about_json(answer) | {"rows": rows}


def about_json(answer: SeriesAnswer) -> dict[str, Any]:
    """All that must go with the rows: question, metric, sentence, sources, caveats and breaks in full."""
    return {
        "question": to_json(answer.question),
        "metric": to_json(answer.metric),
        "sentence": answer.sentence,
        "retrieved_at": to_the_second(answer.retrieved_at),
        **to_json(answer, "sources", "caveats", "breaks"),
    }


def to_json(value: Any, *names: str) -> Any:
    """A value as JSON has it: a dataclass as an object of its fields, in order; of a catalog's entry those IN_FULL.

    `names` are the fields or properties to write instead, of a dataclass or of each in a list. A field's metadata may
    have its name in JSON (`json`) and the names to write of what it holds (`of`). Dates are ISO 8601, words of an
    enumeration their text, tuples lists, and what is not a number null.
    """
    if is_dataclass(value):
        declared: dict[str, Mapping[str, Any]] = {field.name: field.metadata for field in fields(value)}
        wanted = {name: declared.get(name, {}) for name in names or IN_FULL.get(type(value)) or declared}
        return {
            how.get("json", name): to_json(getattr(value, name), *how.get("of", ())) for name, how in wanted.items()
        }
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(one, *names) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return None if isinstance(value, float) and math.isnan(value) else value


def caveats_and_sources(catalog: Catalog, entries: Iterable[Sourced]) -> dict[str, Any]:
    """In full what any of these names, each once, in the order in which it is named."""
    every = tuple(entries)
    codes = dict.fromkeys(code for one in every for code in one.caveats if code in catalog.caveats)
    ids = dict.fromkeys(name.partition(":")[0] for one in every for name in one.sources)
    return {
        "caveats": to_json([catalog.caveats[code] for code in codes]),
        "sources": to_json([catalog.sources[name] for name in ids if name in catalog.sources]),
    }


def bounds(interval: Interval | None) -> dict[str, float | None]:
    """Where an interval begins and ends; null where there is none."""
    return {"low": interval.low if interval else None, "high": interval.high if interval else None}


def to_the_second(at: datetime | None) -> str | None:
    """A moment of UTC without its fraction of a second: 2026-11-22T13:00:05Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def whole(value: float | None) -> float | None:
    """A number without a decimal point where it needs none."""
    return int(value) if value is not None and float(value).is_integer() else value


def _columns(answer: SeriesAnswer) -> dict[str, Sequence[Any]]:
    """Every column as plain values: text, int, float, None."""
    frame = answer.frame
    columns: dict[str, Sequence[Any]] = {c: frame[c].tolist() for c in ("framework", "metric", "dimension", "status")}
    columns |= {c: frame[c].tolist() for c in ("source", "caveats")}
    columns |= {c: _dates(frame[c], "D") for c in ("period", "period_end")}
    columns["retrieved_at"] = _dates(frame["retrieved_at"].dt.tz_localize(None), "s", end="Z")
    columns |= {c: [None if math.isnan(v) else v for v in frame[c].tolist()] for c in ("value", "low", "high")}
    if answer.metric.kind is not Kind.SHARE and not VIEWS[answer.question.view].unit:  # counts of things
        columns["value"] = [whole(v) for v in columns["value"]]
    return columns | {"base": [None if pd.isna(b) else int(b) for b in frame["base"].tolist()]}


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
