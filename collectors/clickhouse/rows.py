"""The rows of an answer in ClickHouse's JSON format: all of them there, and of the types that were asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, TypeVar

import msgspec

from collectors._runtime.contract import Answer
from collectors._runtime.errors import Changed

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
TYPES = {"String": r"String|LowCardinality\(String\)", "Date": r"Date|Date32", "Int64": r"Int64"}


class Column(msgspec.Struct):
    """A column of an answer and its type."""

    name: str
    type: str


class Rows(msgspec.Struct):
    """A whole answer. Its 64-bit numbers may be quoted."""

    meta: list[Column]
    data: msgspec.Raw
    rows: Count


Row = TypeVar("Row", bound=msgspec.Struct)


def decoded(answer: Answer, kind: type[Row], columns: str) -> list[Row]:
    """The rows of an answer; `columns` are those asked for: "day Date, downloads Int64". Raises Changed."""
    try:
        table = msgspec.json.decode(answer.body, type=Rows, strict=False)
        _check_columns(table.meta, columns)
        rows = msgspec.json.decode(table.data, type=list[kind], strict=False)  # type: ignore[valid-type]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Changed(f"ClickHouse's response has changed: {error}.") from error
    if len(rows) != table.rows:
        raise Changed(f"ClickHouse's answer has {len(rows)} rows and says {table.rows}: it was cut.")
    return rows


def _check_columns(columns: Sequence[Column], due_columns: str) -> None:
    wanted = [column.split() for column in due_columns.split(", ")]
    if [column.name for column in columns] != [name for name, _ in wanted] or not all(
        re.fullmatch(TYPES[kind], column.type) for (_, kind), column in zip(wanted, columns, strict=True)
    ):
        raise Changed(f"ClickHouse's columns are not those requested ({due_columns}).")
