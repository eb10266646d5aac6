"""The almanac: dated public figures in tables of our own. Every row names where it comes from."""

from __future__ import annotations

import calendar
import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from catalog._errors import CatalogError

Row = dict[str, str]
Rows = tuple[Row, ...]
Fault = str | None  # what is wrong, or nothing
Check = Callable[[str], Fault]

_NUMBER = re.compile(r"0|[1-9][0-9]*")
_SLUG = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Table:
    """The shape of one table: its columns with a check each, the columns that make a row the only one of its kind,
    and what must hold between the columns of a row.
    """

    columns: Mapping[str, Check]
    key: tuple[str, ...]
    agrees: Callable[[Row], tuple[str, str] | None] = lambda _: None


def read_table(folder: Path, name: str, frameworks: frozenset[str]) -> Rows:
    """A table of the almanac, checked. Raises CatalogError, naming the file, the row and the fault."""
    file = f"almanac/{name}.csv"
    for stray in sorted({path.stem for path in (folder / "almanac").glob("*.csv")} - TABLES.keys()):
        raise CatalogError(f"almanac/{stray}.csv", "the file", "is not a table the catalog knows")
    if name not in TABLES:
        raise CatalogError(file, "the file", f"is not one of the tables {', '.join(sorted(TABLES))}")
    table = TABLES[name]
    rows = _rows(folder, file, tuple(table.columns))
    seen: dict[tuple[str, ...], int] = {}
    for line, row in enumerate(rows, start=2):  # line 1 is the header
        _check_row(file, line, row, table, frameworks)
        first = seen.setdefault(tuple(row[column] for column in table.key), line)
        if first != line:
            raise CatalogError(file, f"line {line}: {', '.join(table.key)}", f"says again what line {first} said")
    return rows


def _rows(folder: Path, file: str, columns: tuple[str, ...]) -> Rows:
    try:
        text = (folder / file).read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogError(file, "the file", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogError(file, "the file", f"is not UTF-8: {error}") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    header = tuple(next(reader, ()))
    if header != columns:
        raise CatalogError(file, "line 1", f"must be the header {','.join(columns)}, not {','.join(header)}")
    return tuple(_row(file, line, columns, cells) for line, cells in enumerate(reader, start=2))


def _row(file: str, line: int, columns: tuple[str, ...], cells: list[str]) -> Row:
    if len(cells) != len(columns):
        raise CatalogError(file, f"line {line}", f"has {len(cells)} cells, not {len(columns)}")
    return dict(zip(columns, cells, strict=True))


def _check_row(file: str, line: int, row: Row, table: Table, frameworks: frozenset[str]) -> None:
    for column, check in table.columns.items():
        fault = check(row[column])
        if fault:
            raise CatalogError(file, f"line {line}: {column}", fault)
    if row["framework"] not in frameworks:
        raise CatalogError(file, f"line {line}: framework", f"names the unknown framework {row['framework']!r}")
    disagreement = table.agrees(row)
    if disagreement:
        raise CatalogError(file, f"line {line}: {disagreement[0]}", disagreement[1])


# What a cell may say


def _text(cell: str) -> Fault:
    return None if cell.strip() else "is empty"


def _slug(cell: str) -> Fault:
    return None if _SLUG.fullmatch(cell) else f"must be a short name such as github-ranking, not {cell!r}"


def _day(cell: str) -> Fault:
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        return f"is not a date: {cell!r}"
    return None if day.isoformat() == cell else f"is not a date as YYYY-MM-DD: {cell!r}"


def _count(cell: str) -> Fault:
    return None if _NUMBER.fullmatch(cell) else f"must be a whole number from 0 up, not {cell!r}"


def _year(cell: str) -> Fault:
    return None if re.fullmatch(r"20[0-9]{2}", cell) else f"is not a year: {cell!r}"


def _country(cell: str) -> Fault:
    return None if re.fullmatch(r"[A-Z]{2}", cell) else f"must be a country's code such as DE, not {cell!r}"


def _share(cell: str) -> Fault:
    return None if re.fullmatch(r"0\.[0-9]+|1\.0+", cell) else f"must be a share such as 0.34, not {cell!r}"


def _month(cell: str) -> Fault:
    return None if re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", cell) else f"is not a month as YYYY-MM: {cell!r}"


def _one_of(*allowed: str) -> Check:
    def check(cell: str) -> Fault:
        return None if cell in allowed else f"must be one of {', '.join(map(repr, allowed))}, not {cell!r}"

    return check


def _blank_or(check: Check) -> Check:
    return lambda cell: check(cell) if cell else None


# What must hold between the cells of a row


def _window_agrees(row: Row) -> tuple[str, str] | None:
    last = date.fromisoformat(row["first_day"]) + timedelta(days=int(row["days"]) - 1)
    if row["last_day"] != last.isoformat():
        return "last_day", f"is {row['last_day']}, but {row['days']} days from {row['first_day']} end on {last}"
    return None


def _part_agrees(row: Row) -> tuple[str, str] | None:
    if int(row["worked_with"]) > int(row["answered"]):
        return "worked_with", f"is {row['worked_with']}, more than the {row['answered']} who answered"
    return None


def _hiring_agrees(row: Row) -> tuple[str, str] | None:
    """Some posts at least, no more of them naming it, and a thread that was read too early in its own month."""
    if not 0 < int(row["posts"]) >= int(row["posts_naming"]):
        return "posts", f"is {row['posts']}, with {row['posts_naming']} naming it"
    if row["read_on"] and not row["read_on"].startswith(row["month"]):
        return "read_on", f"is {row['read_on']}, which is not in {row['month']}"
    return None


def _gems_agree(row: Row) -> tuple[str, str] | None:
    """A month as long as the calendar's, of which at least one day was counted, and something on it."""
    length = calendar.monthrange(*map(int, row["month"].split("-")))[1]
    if int(row["days_in_month"]) != length:
        return "days_in_month", f"is {row['days_in_month']}, but {row['month']} has {length}"
    if not 0 < int(row["days_counted"]) <= length:
        return "days_counted", f"is {row['days_counted']} of {length}"
    return ("downloads", "is 0: what was not counted is missing") if row["downloads"] == "0" else None


def _survey_agrees(row: Row) -> tuple[str, str] | None:
    """An option on the list has counts or a share; one that was not has neither."""
    if row["offered"] == "0":
        wrong = [column for column in ("worked_with", "want_to_work_with", "share") if row[column]]
        return (wrong[0], "is given for an option that was not on the list") if wrong else None
    if not row["answered"] and (row["survey"] != "pydevsurvey" or not row["segment"]):
        return "answered", "is empty: only a segment's number of people is unknown"
    if row["survey"] == "pydevsurvey":
        return None if row["share"] else ("share", "is empty")
    if not row["worked_with"]:
        return "worked_with", "is empty for an option that was on the list"
    return _part_agrees(row) or _part_agrees(row | {"worked_with": row["want_to_work_with"] or "0"})


def _shares_by(place: str, check: Check) -> Table:
    """How many answered, or were asked, in a place in a year, and how many of them worked with it."""
    columns = {"year": _year, place: check, "framework": _slug, "answered": _count, "worked_with": _count}
    return Table(columns | {"source": _slug}, key=("year", place, "framework"), agrees=_part_agrees)


TABLES: Mapping[str, Table] = {
    "stars": Table(
        {"framework": _slug, "date": _day, "stars": _count, "source": _slug},
        key=("framework", "date"),
    ),
    "downloads": Table(
        {
            "framework": _slug,
            "package": _slug,
            "first_day": _day,
            "last_day": _day,
            "days": _count,
            "installers": _one_of("pip", "all"),
            "downloads": _count,
            "source": _slug,
        },
        key=("framework", "first_day", "last_day", "installers"),
        agrees=_window_agrees,
    ),
    "surveys": Table(
        {
            "survey": _one_of("stackoverflow", "pydevsurvey"),
            "year": _year,
            "framework": _slug,
            "segment": _one_of("", "web-developers", "data-scientists"),
            "offered": _one_of("0", "1"),
            "worked_with": _blank_or(_count),
            "want_to_work_with": _blank_or(_count),
            "answered": _blank_or(_count),
            "rounded": _one_of("0", "1"),
            "share": _blank_or(_share),
            "gate": _one_of("0", "1"),
            "question": _slug,
            "source": _slug,
            "link": _text,
        },
        key=("survey", "year", "framework", "segment"),
        agrees=_survey_agrees,
    ),
    "survey_by_country": _shares_by("country", _country),
    "survey_by_region": _shares_by("region", _slug),
    "survey_fulltime_by_country": _shares_by("country", _country),
    "hiring": Table(
        {
            "framework": _slug,
            "month": _month,
            "posts_naming": _count,
            "posts": _count,
            "read_on": _blank_or(_day),
            "source": _slug,
        },
        key=("framework", "month"),
        agrees=_hiring_agrees,
    ),
    "gems": Table(
        {
            "framework": _slug,
            "gem": _slug,
            "month": _month,
            "downloads": _count,
            "days_counted": _count,
            "days_in_month": _count,
            "source": _slug,
        },
        key=("framework", "month"),
        agrees=_gems_agree,
    ),
    "releases": Table(
        {"framework": _slug, "version": _text, "date": _day, "source": _slug},
        key=("framework", "version"),
    ),
}
