"""What ClickHouse means when it does not answer: its own code decides, never the HTTP status.

The code stands in a header, in a text `Code: 241. DB::Exception: ...`, or, when the error came after the answer had
begun, inside the body of a 200. Codes: ClickHouse's src/Common/ErrorCodes.cpp.
"""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

from collectors._runtime.contract import Answer
from collectors._runtime.errors import Changed, CollectError, RateLimited, Refused, Unavailable

QUOTA_WAIT = timedelta(hours=1)  # the public server counts by the hour

QUOTA = frozenset({201})
SMALLER = frozenset({158, 159, 160, 241, 307, 396})  # rows, time, time foreseen, memory, bytes, result size
STRANGER = frozenset({192, 193, 194, 516})  # unknown user, wrong password, none given, authentication failed
FORBIDDEN = frozenset({164, 291, 497})  # read-only, no access to the database, not enough privileges
MISSING = frozenset({46, 47, 60, 81})  # unknown function, column, table, database
NO_TABLE = 60
MISREAD = frozenset({36, 43, 53, 62, 386, 456, 457})  # arguments, types, syntax, parameters

LACKING = {46: "function", 47: "column", 60: "table", 81: "database"}
TO_DO = (
    "on your own server create it as docs/clickhouse.md shows; the public one may be loading, so wait for the next run"
)

_QUOTED = re.compile(r"[`'\"]([A-Za-z_][\w.]{0,99})[`'\"]")
_NAMED = re.compile(r"(?:Table|Database) ([A-Za-z_][\w.]{0,99}) ")
_CODE = re.compile(r"Code: (\d{1,5})\. ?DB::")


class TooMuch(Unavailable):
    """The server gave up on a question of this size: ask a smaller one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, again=False)


class NoTable(Changed):
    """A table is not there: it was never made, or is being exchanged for a newer one."""


class _Envelope(msgspec.Struct):
    """What every whole answer has. An error inside a valid one stands in `exception`."""

    meta: msgspec.Raw
    data: msgspec.Raw
    rows: int
    exception: str | None = None


def fault(answer: Answer) -> CollectError | None:
    """The error an answer means, None for an answer without one or for something that is not ClickHouse's."""
    code = _code(answer)
    return None if code is None else _meaning(code, answer)


def _code(answer: Answer) -> int | None:
    if answer.status == 200 and _is_whole(answer.body):
        return None  # whatever texts the data quotes
    header = answer.headers.get("x-clickhouse-exception-code", "")
    if header.isascii() and header.isdigit() and len(header) <= 5:
        return int(header)
    match = _CODE.search(answer.body.decode("utf-8", "replace"))
    return int(match[1]) if match else None


def _is_whole(body: bytes) -> bool:
    try:
        return msgspec.json.decode(body, type=_Envelope, strict=False).exception is None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _meaning(code: int, answer: Answer) -> CollectError:
    if code in QUOTA:
        return RateLimited(
            "ClickHouse's quota is used up (code 201); the rest is collected in an hour.",
            until=answer.fetched_at + QUOTA_WAIT,
        )
    if code in SMALLER:
        return TooMuch(f"ClickHouse gave up on a query that was too large (code {code}).")
    if code in STRANGER:
        return Refused(f"ClickHouse rejected the login (code {code}): check its user and password.")
    if code in FORBIDDEN:
        return Refused(f"ClickHouse denies access to this table (code {code}): grant it to the user.", whole=False)
    if code in MISSING:
        missing = NoTable if code == NO_TABLE else Changed
        return missing(f"ClickHouse has no {_lacking(answer, code)}: {TO_DO}.")
    if code in MISREAD:
        return Changed(f"ClickHouse no longer accepts the query (code {code}): upgrade Uptake.")
    return Unavailable(f"ClickHouse failed (code {code}); the next run tries again.")


def _lacking(answer: Answer, code: int) -> str:
    """What is not there, by the name that the server gives for it: "table rubygems.downloads_per_day"."""
    text = answer.body.decode("utf-8", "replace").partition("Exception: ")[2]
    match = _QUOTED.search(text) or _NAMED.search(text)
    return f"{LACKING[code]} {match[1]}" if match else f"{LACKING[code]} that is needed (code {code})"
