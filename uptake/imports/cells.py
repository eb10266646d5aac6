"""One cell of a CSV file: a day, a count or a share, understood without doubt or refused with what to write."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from storage import Period

LARGEST = 2**53  # beyond that a number is no longer exact
FORMULA = ("=", "+", "@", "＝", "＋", "＠")
_APART = re.compile(r"[0-9]{1,3}(?:([ \u00a0\u202f'’])[0-9]{3})(?:\1[0-9]{3})*")
_GROUPS = re.compile(r"[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})*")


class Unclear(ValueError):
    """The cell cannot be understood; `str()` says why and what to write instead."""


def echo(cell: str) -> str:
    """A cell as a message repeats it: short, and nothing in it can move a cursor."""
    return repr(cell if len(cell) <= 40 else f"{cell[:39]}…")


def day(cell: str) -> date:
    """A day written 2026-01-31. Raises Unclear."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        try:
            return date.fromisoformat(cell)
        except ValueError:
            raise Unclear(f"{echo(cell)} is no day of the calendar") from None
    raise Unclear(f"{echo(cell)} is not a date: write 2026-01-31 (year, month, day)")


def start(cell: str, period: str) -> date:
    """The first day of a period: a day, of a month also 2026-01, of a year also 2026. Raises Unclear."""
    if period == "month" and re.fullmatch(r"[0-9]{4}-(?:0[1-9]|1[0-2])", cell):
        cell = f"{cell}-01"
    if period == "year" and re.fullmatch(r"[0-9]{4}", cell):
        cell = f"{cell}-01-01"
    return day(cell)


def period(first: date, last: date | None, kind: str, window_days: tuple[int, int] | None) -> Period:
    """The period of a figure of a day, month, year or window that begins with `first`. Raises Unclear.

    `last` is its last day where the file names it: a window's must be named, of any other it is checked.
    """
    whole = _whole(first, kind)
    if whole is None:
        if last is None:
            raise Unclear("the last day is missing: this metric has windows, so add a column period_end")
        days, (least, most) = (last - first).days + 1, window_days or (1, 366)
        if not least <= days <= most:
            named = f"{least}" if least == most else f"{least} to {most}"
            raise Unclear(f"{first} to {last} are {days} days, and a window of this metric has {named}")
        return Period(first, last)
    if first != whole.start:
        raise Unclear(f"{first} is not the first day of a {kind}, and this metric has one figure a {kind}")
    if last not in (None, whole.end):
        raise Unclear(f"{first} to {last} is not one {kind}, and this metric has one figure a {kind}")
    return whole


def _whole(first: date, kind: str) -> Period | None:
    if kind == "day":
        return Period.day(first)
    if kind == "month":
        return Period(first.replace(day=1), first.replace(day=monthrange(first.year, first.month)[1]))
    return Period.year(first.year) if kind == "year" else None


def count(cell: str) -> float:
    """A whole number, 0 or more, without a sign that could mean two things. Raises Unclear."""
    _refuse_other(cell)
    if _APART.fullmatch(cell):
        cell = re.sub(r"[^0-9]", "", cell)
    elif match := _GROUPS.fullmatch(cell):
        plain = re.sub(r"[.,]", "", cell)
        if cell.count(match[1]) == 1:
            raise Unclear(f"{echo(cell)} can mean two numbers: write {plain} if its {match[1]!r} separates thousands")
        cell = plain
    match = re.fullmatch(r"([0-9]+)(?:[.,]0+)?", cell)
    if match is None:
        if re.fullmatch(r"[0-9]*[.,][0-9]+", cell):
            raise Unclear(f"{echo(cell)} is a fraction, and counts are whole: write a whole number")
        raise Unclear(f"{echo(cell)} is not a number: write digits alone, such as 1234")
    return _bounded(float(match[1]), cell)


def share(cell: str, decimal: str) -> float:
    """A share from 0 to 1; `decimal` is the mark that the file may use beside the point. Raises Unclear."""
    _refuse_other(cell)
    if cell.endswith("%"):
        raise Unclear(f"{echo(cell)} is a percentage: write shares from 0 to 1, such as 0.25 for 25%")
    plain = cell.replace(decimal, ".")
    if not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+", plain):
        raise Unclear(f"{echo(cell)} is not a share: write a number from 0 to 1, such as 0.25")
    value = float(plain)
    if value > 1:
        raise Unclear(f"{echo(cell)} is more than 1: write shares from 0 to 1, such as 0.25 for 25%")
    return value


def _refuse_other(cell: str) -> None:
    """Raises Unclear for what a spreadsheet may hold besides plain numbers."""
    if not cell:
        raise Unclear("the value is missing: leave the line out, since nothing is not zero")
    if cell.startswith(FORMULA) or re.match(r"[-−－]\s*[^0-9.,\s]", cell):
        raise Unclear(f"{echo(cell)} is a formula: save the file with values")
    if re.match(r"[-−－(]\s*[0-9.,]", cell):
        raise Unclear(f"{echo(cell)} is negative, and a figure is 0 or more")
    if re.fullmatch(r"[0-9.,]+[eE][+-]?[0-9]+", cell):
        raise Unclear(f"{echo(cell)} has lost digits: format the column as a plain number and save again")


def _bounded(value: float, cell: str) -> float:
    if value > LARGEST:
        raise Unclear(f"{echo(cell)} is more than {LARGEST:,}, beyond which counts are not exact")
    return value
