"""What is asked of ClickHouse: constant texts, into which the server itself puts the bound parameters.

Two questions per table of downloads. *Coverage* gives, month by month, how many numbers there are, their first and last
day and their sum; *numbers* fetches those of a span of months. Rows of a SummingMergeTree may be unmerged, hence a sum
and a grouping everywhere; casts pin the types of an answer whatever the types of the table. Texts of the real tables:
ClickHouse/clickpy, scripts/create_tables.sh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

# The public server's user, who needs no password; UPTAKE_CLICKHOUSE_USER takes its place.
HEADERS = {"X-ClickHouse-User": "demo"}
COVERAGE_ROWS = 2_000  # months: more than a century
DEPENDENTS_ROWS = 1_000  # packages

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

# RubyGems' day begins while the table is fed: today is left out.
_GEM_DAYS_COVERAGE = """\
SELECT project, toStartOfMonth(day) AS month, toInt64(count()) AS numbers,
  min(day) AS first, max(day) AS last, toInt64(sum(downloads)) AS total
FROM (
  SELECT toString(gem) AS project, toDate(date) AS day, sum(count) AS downloads
  FROM rubygems.{table:Identifier} WHERE gem = {project:String} AND date < {before:Date} GROUP BY project, day)
GROUP BY project, month ORDER BY month LIMIT {most:UInt32}"""

_GEM_DAYS = """\
SELECT toDate(date) AS day, toInt64(sum(count)) AS downloads
FROM rubygems.{table:Identifier}
WHERE gem = {project:String} AND date >= {since:Date} AND date < {before:Date}
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


# The index's files. The whole table is made anew once a day and exchanged for the old one.
_FILES = """\
SELECT toDate(max(upload_time), 'UTC') AS loaded, toInt64(count()) AS files FROM pypi.projects LIMIT {most:UInt32}"""

# Which packages require another: those whose newest upload before a day belongs to a release that names it. Names are
# compared as the index does, in lower case and with a hyphen for each run of `-`, `_` and `.`; a release is all its
# files, since a source archive may say nothing; what only an extra asks for is named and not required.
_NORMAL = "replaceRegexpAll(lower(name), '[-_.]+', '-')"
_OPTIONAL = r";.*(\\bextra[[:space:]]*==|==[[:space:]]*extra\\b)"
_DEPENDENTS = f"""\
SELECT toDate({{month:Date}}) AS month, package, toInt64(sum(required)) AS required_by, toInt64(sum(named)) AS named_by
FROM (
  SELECT package, countIf(is_required) AS required, count() AS named
  FROM (
    SELECT package, dependent, max(NOT match(need, '{_OPTIONAL}')) AS is_required
    FROM (
      SELECT dependent, arrayJoin(latest) AS need,
        replaceRegexpAll(lower(extract(need, '^[[:space:]]*([A-Za-z0-9._-]+)')), '[-_.]+', '-') AS package
      FROM (
        SELECT dependent, argMax(needs, at) AS latest
        FROM (
          SELECT {_NORMAL} AS dependent, version, max(upload_time) AS at,
            groupUniqArrayArray(arrayFilter(need -> match(need, {{pattern:String}}), requires_dist)) AS needs
          FROM pypi.projects
          WHERE upload_time < toDateTime({{before:Date}}, 'UTC') AND name IN (
            SELECT DISTINCT name FROM pypi.projects WHERE {_NORMAL} IN (
              SELECT {_NORMAL} FROM pypi.projects
              WHERE arrayExists(need -> match(need, {{pattern:String}}), requires_dist)))
          GROUP BY dependent, version)
        GROUP BY dependent))
    WHERE package != dependent
    GROUP BY package, dependent)
  GROUP BY package
  UNION ALL
  SELECT {_NORMAL} AS package, 0 AS required, 0 AS named
  FROM pypi.projects
  WHERE upload_time < toDateTime({{before:Date}}, 'UTC') AND package IN {{packages:Array(String)}}
  GROUP BY package)
GROUP BY package ORDER BY package LIMIT {{most:UInt32}}"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Table:
    """Where a stream's numbers lie. `column` is what they are split by (empty: by nothing, one number a day).

    `dimension` is the word the split has with us; `rows` is how many rows one answer should have at most: a year of
    days, or what the free server never cuts. `has_gems`: it is RubyGems', where a gem's name is as it is written.
    """

    name: str
    metric: str
    column: str = ""
    dimension: str = ""
    rows: int = 1_000
    has_gems: bool = False


TABLES: Mapping[str, Table] = {
    "daily": Table("pypi_downloads_per_day", "downloads_all", rows=366),
    "gems": Table("downloads_per_day", "gem_downloads", rows=366, has_gems=True),
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


def coverage(table: Table, project: str, today: date) -> dict[str, str]:
    """The parameters of a request for what a table holds of a package; of gems before `today`."""
    if table.has_gems:
        return _of(_GEM_DAYS_COVERAGE, table, project=project, before=today.isoformat(), most=str(COVERAGE_ROWS))
    sql = _MONTHS_COVERAGE if table.column else _DAYS_COVERAGE
    return _of(sql, table, project=project, most=str(COVERAGE_ROWS))


def numbers(table: Table, project: str, since: date, before: date, most: int) -> dict[str, str]:
    """The parameters of a request for the numbers from `since` to before `before`, `most` rows of them."""
    days = _GEM_DAYS if table.has_gems else _DAYS
    sql = _MONTHS if table.column else days
    return _of(sql, table, project=project, since=since.isoformat(), before=before.isoformat(), most=str(most))


def files() -> dict[str, str]:
    """The parameters of a request for how far the table of the index's files reaches."""
    return bound(_FILES, most="1")


def dependents(packages: Sequence[str], month: date, before: date) -> dict[str, str]:
    """The parameters of a request for how many packages required each of these (normalised names) before a day.

    A package that nothing names and that is not there itself has no row.
    """
    names = "|".join(name.replace("-", "[-_.]+") for name in packages)
    pattern = f"(?i)^[[:space:]]*({names})[[:space:]]*($|[(<>=!~;@,[])"
    quoted = ",".join(f"'{name}'" for name in packages)
    return bound(
        _DEPENDENTS, month=month.isoformat(), before=before.isoformat(), pattern=pattern, packages=f"[{quoted}]",
        most=str(DEPENDENTS_ROWS),
    )  # fmt: skip


def _of(sql: str, table: Table, **values: str) -> dict[str, str]:
    return bound(sql, table=table.name, **({"key": table.column} if table.column else {}), **values)


def bound(sql: str, **values: str) -> dict[str, str]:
    """A query and its parameters as ClickHouse's HTTP interface takes them. GET makes it read-only."""
    return {"query": sql, "default_format": "JSON", **{f"param_{name}": value for name, value in values.items()}}
