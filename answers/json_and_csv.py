"""An answer as CSV lines and as JSON: the same numbers, to the last digit.

Text that a spreadsheet would run is given an apostrophe in front; numbers are never touched.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from analysis.share_intervals import Interval
from answers.series.answer import SeriesAnswer
from answers.series.row_text import in_bytes, row_texts
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


def csv_chunks(answer: SeriesAnswer, *, header: bool = True) -> Iterator[bytes]:
    """The answer as CSV (RFC 4180 quoting, line feeds, UTF-8), the header first, thousands of lines at a time."""
    if header:
        yield (",".join(COLUMNS) + "\n").encode()
    yield from map(in_bytes, _csv_rows(answer))


def json_chunks(answer: SeriesAnswer) -> Iterator[bytes]:
    """The answer as a JSON object: question, metric, caveats and sources in full, and rows as in the CSV.

    What is missing is null. Thousands of rows at a time.
    """
    about = json.dumps(about_json(answer), ensure_ascii=False, allow_nan=False)
    yield f'{about[:-1]}, "rows": ['.encode()
    heads = [f'{", " if at else "{"}"{name}": ' for at, name in enumerate(COLUMNS)]
    quoted = partial(json.dumps, ensure_ascii=False)
    rows = row_texts(answer.frame, heads, "}, ", quoted, "null", counts=_counts(answer))
    ahead = b""
    for text in map(in_bytes, rows):
        yield ahead
        ahead = text
    yield ahead.removesuffix(b", ") + b"]}"


def table_lines(table: pd.DataFrame) -> Iterator[str]:
    """A table as CSV, the header first, line by line; a date as 2026-11-22, what is missing as nothing."""
    yield ",".join(_quoted(escape_formula(str(name))) for name in table.columns) + "\n"
    for row in table.itertuples(index=False):
        yield ",".join(_cell(value) for value in row) + "\n"


def _cell(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    return repr(whole(float(value))) if isinstance(value, int | float) else _quoted(escape_formula(str(value)))


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
    return {
        "caveats": to_json([catalog.caveats[code] for code in codes]),
        "sources": to_json(catalog.sources_named(name for one in every for name in one.sources)),
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


def _csv_rows(answer: SeriesAnswer) -> Iterator[pa.StringArray]:
    heads = ["", *[","] * (len(COLUMNS) - 1)]
    return row_texts(answer.frame, heads, "\n", lambda text: _quoted(escape_formula(text)), "", counts=_counts(answer))


def _counts(answer: SeriesAnswer) -> bool:
    """Whether the values count things."""
    return answer.metric.kind is not Kind.SHARE and not VIEWS[answer.question.view].unit


def escape_formula(text: str) -> str:
    """Text with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(RUN_BY_A_SPREADSHEET) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.intersection(text) else text
