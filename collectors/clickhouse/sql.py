"""What is asked of ClickHouse: constant texts, into which the server itself puts the bound parameters.

Two questions per table. *Coverage* gives, month by month, how many numbers there are, their first and last day and
their sum; *numbers* fetches those of a span of months. Rows of a SummingMergeTree may be unmerged, hence a sum and a
grouping everywhere; casts pin the types of an answer whatever the types of the table. Texts of the real tables:
ClickHouse/clickpy, scripts/create_tables.sh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

COVERAGE_ROWS = 2_000  # months: more than a century

_DAYS_COVERAGE = """\
SELECT project, toStartOfMonth(day) AS month, toInt64(count()) AS numbers,
  min(day) AS first, max(day) AS last, toInt64(sum(downloads)) AS total
FROM (
  SELECT toString(project) AS project, toDate(date) AS day, sum(count) AS downloads
  FROM pypi.{table:Identifier} WHERE project = {project:String} GROUP BY project, day)
GROUP BY project, month ORDER BY month LIMIT {most:UInt32}"""

_DAYS = """\
SELECT toDate(date) AS day, toInt64(sum(count)) AS downloads
FROM pypi.{table:Identifier}
WHERE project = {project:String} AND date >= {since:Date} AND date < {before:Date}
GROUP BY day ORDER BY day LIMIT {most:UInt32}"""

# An empty text, and NULL in a table of one's own, is a client that did not say.
_NAME = "coalesce(nullIf(toString({key:Identifier}), ''), 'unknown')"

_MONTHS_COVERAGE = f"""\
SELECT project, month, toInt64(count()) AS numbers,
  min(earliest) AS first, max(latest) AS last, toInt64(sum(downloads)) AS total
FROM (
  SELECT toString(project) AS project, toStartOfMonth(toDate(date)) AS month, {_NAME} AS name,
    min(toDate(date)) AS earliest, max(toDate(date)) AS latest, sum(count) AS downloads
  FROM pypi.{{table:Identifier}} WHERE project = {{project:String}} GROUP BY project, month, name)
GROUP BY project, month ORDER BY month LIMIT {{most:UInt32}}"""  # noqa: S608 - put together from constants

_MONTHS = f"""\
SELECT toStartOfMonth(toDate(date)) AS month, {_NAME} AS name, toInt64(sum(count)) AS downloads
FROM pypi.{{table:Identifier}}
WHERE project = {{project:String}} AND date >= {{since:Date}} AND date < {{before:Date}}
GROUP BY month, name ORDER BY month, name LIMIT {{most:UInt32}}"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Table:
    """Where a stream's numbers lie. `column` is what they are split by (empty: by nothing, one number a day).

    `dimension` is the word the split has with us; `rows` is how many rows one answer should have at most: a year of
    days, or what the free server never cuts.
    """

    name: str
    metric: str
    column: str = ""
    dimension: str = ""
    rows: int = 1_000


TABLES: Mapping[str, Table] = {
    "daily": Table("pypi_downloads_per_day", "downloads_all", rows=366),
    "country": Table(
        "pypi_downloads_per_day_by_version_by_country", "downloads_all_by_country", "country_code", "country"
    ),
    "installer": Table(
        "pypi_downloads_per_day_by_version_by_installer_by_type",
        "downloads_all_by_installer",
        "installer",
        "installer",
    ),
    "python": Table("pypi_downloads_per_day_by_version_by_python", "downloads_all_by_python", "python_minor", "python"),
    "system": Table("pypi_downloads_per_day_by_version_by_system", "downloads_all_by_system", "system", "system"),
}


def coverage(table: Table, project: str) -> dict[str, str]:
    """The parameters of a request for what a table holds of a package."""
    sql = _MONTHS_COVERAGE if table.column else _DAYS_COVERAGE
    return _bound(sql, table, project=project, most=str(COVERAGE_ROWS))


def numbers(table: Table, project: str, since: date, before: date, most: int) -> dict[str, str]:
    """The parameters of a request for the numbers from `since` to before `before`, `most` rows of them."""
    sql = _MONTHS if table.column else _DAYS
    return _bound(sql, table, project=project, since=since.isoformat(), before=before.isoformat(), most=str(most))


def _bound(sql: str, table: Table, **values: str) -> dict[str, str]:
    """A query and its parameters as ClickHouse's HTTP interface takes them. GET makes it read-only."""
    bound = {"table": table.name, **({"key": table.column} if table.column else {}), **values}
    return {"query": sql, "default_format": "JSON", **{f"param_{name}": value for name, value in bound.items()}}
