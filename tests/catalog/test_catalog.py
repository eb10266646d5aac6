"""The catalog: what we ship is whole and true to its sources, and what could not be true is refused in a sentence."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from datetime import date, time
from itertools import pairwise
from pathlib import Path

import pytest

import catalog
from catalog import Catalog, CatalogError, Kind, almanac, load

SHIPPED = Path(catalog.__file__).parent

FRAMEWORKS = [
    "flask",
    "django",
    "fastapi",
    "starlette",
    "tornado",
    "sanic",
    "aiohttp",
    "bottle",
    "pyramid",
    "falcon",
    "quart",
    "litestar",
    "express",
    "gin",
    "phoenix-liveview",
    "blazor",
    "aspnet-core",
    "rails",
]

METRICS = {
    "stars": (Kind.STOCK, "day", "stars"),
    "stars_kept": (Kind.FLOW, "day", "stars"),
    "forks": (Kind.STOCK, "day", "activity"),
    "downloads_no_mirrors": (Kind.FLOW, "day", "downloads"),
    "downloads_with_mirrors": (Kind.FLOW, "day", "downloads"),
    "downloads_no_mirrors_by_python": (Kind.FLOW, "day", "downloads"),
    "downloads_no_mirrors_by_system": (Kind.FLOW, "day", "downloads"),
    "downloads_all": (Kind.FLOW, "day", "downloads"),
    "downloads_all_by_country": (Kind.FLOW, "month", "downloads"),
    "downloads_all_by_installer": (Kind.FLOW, "month", "downloads"),
    "downloads_all_by_python": (Kind.FLOW, "month", "downloads"),
    "downloads_all_by_system": (Kind.FLOW, "month", "downloads"),
    "downloads_pip_30d": (Kind.FLOW, "window", "downloads"),
    "downloads_all_window": (Kind.FLOW, "window", "downloads"),
    "so_worked_with": (Kind.SHARE, "year", "survey"),
    "so_want_to_work_with": (Kind.SHARE, "year", "survey"),
    "pds_use": (Kind.SHARE, "year", "survey"),
}

STREAMS = {
    ("github", "snapshot"): ("stars", "forks"),
    ("github", "releases"): (),
    ("github", "history"): ("stars_kept",),
    ("pypistats", "overall"): ("downloads_no_mirrors", "downloads_with_mirrors"),
    ("pypistats", "python_minor"): ("downloads_no_mirrors_by_python",),
    ("pypistats", "system"): ("downloads_no_mirrors_by_system",),
    ("clickhouse", "daily"): ("downloads_all",),
    ("clickhouse", "country"): ("downloads_all_by_country",),
    ("clickhouse", "installer"): ("downloads_all_by_installer",),
    ("clickhouse", "python"): ("downloads_all_by_python",),
    ("clickhouse", "system"): ("downloads_all_by_system",),
    ("stackoverflow", "published"): ("so_worked_with", "so_want_to_work_with"),
    ("pydevsurvey", "published"): ("pds_use",),
    ("almanac", "stars"): ("stars",),
    ("almanac", "downloads"): ("downloads_pip_30d", "downloads_all_window"),
    ("almanac", "releases"): (),
}


# What we ship


def test_the_frameworks_are_the_eighteen_in_their_order() -> None:
    """Ids are for ever: they stand in URLs, CSV and stores."""
    assert list(load().frameworks) == FRAMEWORKS


def test_only_python_frameworks_have_package_downloads() -> None:
    """Nobody may assume a package: six of the eighteen have none here."""
    frameworks = load().frameworks.values()
    with_package = {f.id for f in frameworks if "pypistats" in f.ids}
    assert with_package == {f.id for f in frameworks if f.language == "Python"} == set(FRAMEWORKS[:12])
    assert all(f.ids.get("clickhouse") == f.ids.get("pypistats") for f in frameworks)
    assert all(name == name.lower() for f in frameworks if (name := f.ids.get("pypistats")))


def test_every_framework_has_a_repository_and_its_former_names() -> None:
    """A repository is owner/name; a rename keeps the old name as an alias."""
    frameworks = load().frameworks
    assert all(f.ids["github"].count("/") == 1 for f in frameworks.values())
    assert frameworks["fastapi"].former == ("tiangolo/fastapi",)
    assert frameworks["sanic"].former == ("channelcat/sanic", "huge-success/sanic")


def test_live_view_does_not_borrow_the_share_of_phoenix() -> None:
    """The survey's Phoenix is another thing than Phoenix LiveView."""
    asked = {f.id: f.ids["stackoverflow"] for f in load().frameworks.values() if "stackoverflow" in f.ids}
    assert asked == {
        "flask": "Flask",
        "django": "Django",
        "fastapi": "FastAPI",
        "express": "Express",
        "blazor": "Blazor",
        "aspnet-core": "ASP.NET Core",
        "rails": "Ruby on Rails",
    }


def test_every_metric_of_the_design_is_there() -> None:
    """Kind and period decide what may be done with a number, so they are pinned."""
    assert {m.id: (m.kind, m.period, m.family) for m in load().metrics.values()} == METRICS


@pytest.mark.parametrize("metric", METRICS)
def test_no_metric_goes_without_badge_doubts_and_what_it_does_not_measure(metric: str) -> None:
    """Four to eight caveats each, all of them defined; one line of badge."""
    told = load().metrics[metric]
    assert 40 <= len(told.badge) <= 140
    assert told.measures
    assert told.does_not_measure
    assert told.measures != told.does_not_measure
    assert 4 <= len(told.caveats) <= 8
    assert [c.code for c in load().caveats_of(metric)] == list(told.caveats)


def test_streams_and_the_sources_of_a_metric() -> None:
    """`sources` starts with the source that defines the metric and goes on with whoever has a stream of it."""
    sources, metrics = load().sources, load().metrics
    streams = {(s.id, stream.name): stream.metrics for s in sources.values() for stream in s.streams if s.available}
    assert streams == STREAMS
    assert metrics["stars"].sources == ("github", "almanac")
    assert metrics["stars_kept"].sources == ("github",)
    assert metrics["downloads_pip_30d"].sources == ("almanac",)
    assert metrics["downloads_all"].sources == ("clickhouse",)


def test_sources_say_when_they_are_asked_and_how_far_back_they_know() -> None:
    """Cadence, memory and address of each source."""
    sources = load().sources
    assert {s.id: s.cadence.times for s in sources.values()} == {
        "github": (time(0, 30),),
        "pypistats": (time(2, 30), time(14, 30)),
        "clickhouse": (time(6, 0),),
        "stackoverflow": (),
        "pydevsurvey": (),
        "almanac": (),
    }
    assert {s.cadence.weekday for s in sources.values()} == {None}
    assert all(source.available for source in sources.values())
    assert (sources["github"].memory_days, sources["pypistats"].memory_days) == (0, 180)
    assert {s.id: s.setting for s in sources.values() if s.setting} == {
        "github": "UPTAKE_GITHUB_URL",
        "pypistats": "UPTAKE_PYPISTATS_URL",
        "clickhouse": "UPTAKE_CLICKHOUSE_URL",
    }
    assert all(stream.requests == 0 for s in sources.values() if not s.setting for stream in s.streams)


def test_a_split_without_a_total_has_its_dimension() -> None:
    """By Python version and by system there is no total: that is a metric of its own."""
    split = {m.id: m.dimensions for m in load().metrics.values() if not m.has_total}
    assert split["downloads_no_mirrors_by_python"] == ("python",)
    assert split["downloads_no_mirrors_by_system"] == ("system",)
    assert all("_by_" in name for name in split)


def test_breaks_between_editions_lie_on_the_turn_of_the_year() -> None:
    """So that neither edition is inside, and every step from one to the other is across."""
    for b in load().breaks:
        if any(load().metrics[m].family == "survey" for m in b.metrics):
            assert b.kind == "break"
            assert (b.since.month, b.since.day, b.until.month, b.until.day) == (12, 31, 1, 1)
            assert b.until.year == b.since.year + 1


def test_breaks_of_a_metric_come_oldest_first_and_by_framework() -> None:
    """A removal measured for two frameworks is not held against a third."""
    breaks = load().breaks_of("downloads_pip_30d")
    assert [b.id for b in breaks if b.kind == "break"] == ["pypi-undercount", "pypi-sinking-table"]
    assert list(breaks) == sorted(breaks, key=lambda b: b.since)
    assert "stars-removed-2026-07-01" in {b.id for b in load().breaks_of("stars", "django")}
    assert "stars-removed-2026-07-01" not in {b.id for b in load().breaks_of("stars", "gin")}
    assert not [b for b in load().breaks_of("stars") if b.kind == "break"]


def test_no_window_of_a_table_lies_across_the_change_of_table() -> None:
    """The last window of the old table ends inside its break, the first of the new one starts after it."""
    (sunk,) = (b for b in load().breaks if b.id == "pypi-sinking-table")
    flask = {row["last_day"]: row for row in almanac("downloads") if row["framework"] == "flask"}
    assert sunk.until == date.fromisoformat("2021-03-31")
    assert int(flask["2021-03-31"]["downloads"]) * 3 < int(flask["2021-04-30"]["downloads"])
    assert date.fromisoformat(flask["2021-04-30"]["first_day"]) > sunk.until


def test_load_reads_once() -> None:
    """Pages ask for the catalog on every rerun."""
    assert load() is load()


def test_public_names_are_sorted_and_there() -> None:
    """The face of the package."""
    assert catalog.__all__ == sorted(catalog.__all__)
    assert all(hasattr(catalog, name) for name in catalog.__all__)


def test_the_catalog_imports_nothing_of_ours() -> None:
    """It is the bottom of the house, and light: no data frames, no database, no network."""
    code = "import sys, catalog; catalog.load(); print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    names = subprocess.run([sys.executable, "-c", code], cwd=SHIPPED.parent, capture_output=True, text=True, check=True)
    refused = {
        "storage",
        "collectors",
        "analysis",
        "dashboard",
        "migrations",
        "uptake",
        "pandas",
        "sqlalchemy",
        "httpx",
    }
    assert not refused & set(names.stdout.split())


# The almanac


@pytest.mark.parametrize(
    ("table", "rows", "first", "last", "column"),
    [
        ("stars", 2669, "2018-12-23", "2026-08-22", "date"),
        ("downloads", 1029, "2018-02-24", "2026-03-31", "last_day"),
        ("surveys", 75, "2017", "2025", "year"),
        ("survey_2019_by_country", 168, "Argentina", "United States", "country"),
        ("survey_2019_by_region", 40, "africa", "united-states", "region"),
        ("releases", 363, "2009-10-10", "2026-07-29", "date"),
    ],
)
def test_the_tables_are_whole(table: str, rows: int, first: str, last: str, column: str) -> None:
    """As many rows as were re-tabulated, from the first day to the last, each with its source."""
    found = almanac(table)
    assert len(found) == rows
    assert (min(row[column] for row in found), max(row[column] for row in found)) == (first, last)
    assert all(row["source"] for row in found)


def test_django_passed_flask_in_stars_between_the_25th_and_the_27th() -> None:
    """The question this all started from, to the star."""
    seen = {(row["framework"], row["date"]): int(row["stars"]) for row in almanac("stars")}
    assert (seen["django", "2020-09-25"], seen["flask", "2020-09-25"]) == (52108, 52112)
    assert (seen["django", "2020-09-27"], seen["flask", "2020-09-27"]) == (52222, 52144)
    assert (seen["fastapi", "2023-11-27"], seen["flask", "2023-11-27"]) == (65033, 65041)
    assert (seen["fastapi", "2023-11-30"], seen["flask", "2023-11-30"]) == (65277, 65080)
    assert (seen["fastapi", "2026-08-22"], seen["django", "2026-08-22"], seen["flask", "2026-08-22"]) == (
        101745,
        88588,
        72133,
    )


def test_no_counter_of_the_almanac_falls_by_a_tenth_unless_somebody_named_it() -> None:
    """A fall like that is another repository's counter, or a misreading; a known one stands among the breaks."""
    readings: dict[str, list[tuple[date, int]]] = {}
    for row in almanac("stars"):
        readings.setdefault(row["framework"], []).append((date.fromisoformat(row["date"]), int(row["stars"])))
    falls = [
        (framework, day)
        for framework, rows in readings.items()
        for (_, before), (day, stars) in pairwise(sorted(rows))
        if stars < 0.9 * before
        and not any(b.kind == "incident" and b.since <= day <= b.until for b in load().breaks_of("stars", framework))
    ]
    assert falls == []


def test_the_sums_of_the_tables_survive() -> None:
    """A digit lost anywhere shows here."""
    assert sum(int(row["stars"]) for row in almanac("stars")) == 124643561
    assert sum(int(row["downloads"]) for row in almanac("downloads")) == 20976949883
    assert Counter(row["installers"] for row in almanac("downloads")) == {"pip": 849, "all": 180}


def test_counting_rules_of_downloads_do_not_overlap() -> None:
    """Pip alone ends before every installer begins: two metrics, no day in both."""
    rule = {kind: [r for r in almanac("downloads") if r["installers"] == kind] for kind in ("pip", "all")}
    assert max(r["last_day"] for r in rule["pip"]) == "2024-10-31"
    assert min(r["first_day"] for r in rule["all"]) == "2024-11-02"
    assert {r["days"] for r in rule["pip"]} == {"30"}


def test_not_asked_is_told_from_nobody() -> None:
    """Flask was not on the list of 2018, FastAPI not before 2021: no count, but the number of people asked."""
    so = {(r["year"], r["framework"]): r for r in almanac("surveys") if r["survey"] == "stackoverflow"}
    assert so["2018", "flask"]["offered"] == "0"
    assert so["2018", "flask"]["worked_with"] == ""
    assert so["2018", "flask"]["answered"] == "51620"
    assert min(year for (year, name), r in so.items() if name == "fastapi" and r["offered"] == "1") == "2021"
    assert {year for (year, _), r in so.items() if r["gate"] == "1"} == {"2025"}
    assert int(so["2024", "fastapi"]["worked_with"]) / int(so["2024", "fastapi"]["answered"]) == pytest.approx(
        0.106286, abs=1e-6
    )


def test_rounded_bases_and_unknown_ones_are_marked() -> None:
    """A round figure for the whole survey is not the number of people behind a segment."""
    python = [r for r in almanac("surveys") if r["survey"] == "pydevsurvey"]
    assert {r["year"]: r["answered"] for r in python if not r["segment"]} == {
        "2017": "9500",
        "2018": "20000",
        "2020": "28000",
        "2022": "23000",
        "2023": "25000",
        "2024": "29000",
    }
    assert {r["rounded"] for r in python if not r["segment"]} == {"1"}
    assert {r["answered"] for r in python if r["segment"]} == {""}
    assert len({(r["year"], r["framework"], r["segment"]) for r in python}) == len(python)


def test_regions_of_2019_keep_their_people() -> None:
    """The United States, as the origin has them: 14.22 % for Flask and 12.30 % for Django of 15,302."""
    us = {r["framework"]: r for r in almanac("survey_2019_by_country") if r["country"] == "United States"}
    assert us["flask"]["answered"] == us["django"]["answered"] == "15302"
    assert round(int(us["flask"]["worked_with"]) / 15302, 4) == 0.1422
    assert round(int(us["django"]["worked_with"]) / 15302, 4) == 0.1230


def test_regions_of_2019_are_whole() -> None:
    """All countries of a region, also the small ones that the table by country leaves out; as the origin has them."""
    regions = load().regions
    known = {(r["region"], r["framework"]): (int(r["answered"]), int(r["worked_with"])) for r in _by_region()}
    assert {name for name, _ in known} == set(regions)
    europe = "eu27-uk-ch-no"
    assert (known[europe, "flask"][0], known[europe, "django"][0]) == (23328, 23328)
    assert [round(known[europe, name][1] / 23328, 4) for name in ("flask", "django")] == [0.1065, 0.1083]
    us = next(
        r for r in almanac("survey_2019_by_country") if (r["country"], r["framework"]) == ("United States", "flask")
    )
    assert known["united-states", "flask"] == (int(us["answered"]), int(us["worked_with"]))
    spelled = {text: code for code, country in load().countries.items() for text in country.spellings(2019)}
    for name, region in regions.items():
        inside = [r for r in almanac("survey_2019_by_country") if spelled[r["country"]] in region.countries]
        for framework in ("flask", "django", "express", "rails"):
            told = [r for r in inside if r["framework"] == framework]
            assert sum(int(r["answered"]) for r in told) <= known[name, framework][0]
            assert sum(int(r["worked_with"]) for r in told) <= known[name, framework][1]


def _by_region() -> tuple[dict[str, str], ...]:
    return almanac("survey_2019_by_region")


def test_an_unknown_table_is_refused() -> None:
    """Asking for what is not there names what is."""
    with pytest.raises(CatalogError, match=r"almanac/stras\.csv: the file is not one of the tables .*stars"):
        almanac("stras")


# What is refused: one planted fault each, in a copy of what we ship


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "catalog"
    shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def test_a_copied_folder_loads_like_the_shipped_one(folder: Path) -> None:
    """Otherwise the faults below would prove nothing."""
    assert whole(folder) == load()


STARS_BADGE = load().metrics["stars"].badge
STARS_DOES_NOT = load().metrics["stars"].does_not_measure

FAULTS = {
    "credential that is no setting": (
        "sources/github.toml",
        'setting = "UPTAKE_GITHUB_TOKEN"',
        'setting = "GITHUB_TOKEN"',
        "sources/github.toml: credential GITHUB_TOKEN: setting must start with UPTAKE_ and be in capitals",
    ),
    "credential of two sources": (
        "sources/github.toml",
        'setting = "UPTAKE_GITHUB_TOKEN"',
        'setting = "UPTAKE_CLICKHOUSE_PASSWORD"',
        "sources/github.toml: setting UPTAKE_CLICKHOUSE_PASSWORD is already defined in sources/clickhouse.toml",
    ),
    "secret with a default": (
        "sources/github.toml",
        'setting = "UPTAKE_GITHUB_TOKEN"',
        'setting = "UPTAKE_GITHUB_TOKEN"\ndefault = "abc"',
        "sources/github.toml: credential UPTAKE_GITHUB_TOKEN: default is given for a secret",
    ),
    "unknown key": (
        "sources/github.toml",
        'homepage = "https://github.com"',
        'homepage = "https://github.com"\nhomepgae = "x"',
        "sources/github.toml: homepgae is not a key the catalog knows",
    ),
    "unknown key in a metric": (
        "sources/github.toml",
        'id = "stars"',
        'id = "stars"\nkidn = "stock"',
        "sources/github.toml: metric stars: kidn is not a key the catalog knows",
    ),
    "unknown key in a framework": (
        "frameworks.toml",
        'title = "Flask"',
        'title = "Flask"\npypi = "flask"',
        "frameworks.toml: flask: pypi is not a key the catalog knows",
    ),
    "missing key": (
        "sources/pypistats.toml",
        'licence = "CC BY 4.0"\n',
        "",
        "sources/pypistats.toml: licence is missing",
    ),
    "empty does_not_measure": (
        "sources/github.toml",
        STARS_DOES_NOT,
        " ",
        "sources/github.toml: metric stars: does_not_measure is empty",
    ),
    "badge too long": (
        "sources/github.toml",
        STARS_BADGE,
        "x" * 141,
        "sources/github.toml: metric stars: badge has 141 characters, more than 140",
    ),
    "unknown caveat": (
        "sources/github.toml",
        '"old-stars-stay", "rules',
        '"old-stars-go", "rules',
        "sources/github.toml: metric stars: caveats names the unknown caveat 'old-stars-go'",
    ),
    "caveat of no metric": (
        "sources/github.toml",
        ', "habits-differ"',
        "",
        "sources/github.toml: caveat habits-differ is not named by any metric",
    ),
    "no caveat": (
        "sources/pydevsurvey.toml",
        (
            '["recruited-by-community", "base-changed-after-2017", "missing-editions", "average-hides-groups", '
            '"old-when-published", "secondary-copies", "rounded-base", "half-are-newcomers"]'
        ),
        "[]",
        "sources/pydevsurvey.toml: metric pds_use: caveats is empty: no number goes without a doubt",
    ),
    "caveat named twice": (
        "sources/github.toml",
        '"forks-lie-idle", "habits',
        '"forks-lie-idle", "forks-lie-idle", "habits',
        "sources/github.toml: metric forks: caveats says 'forks-lie-idle' twice",
    ),
    "unknown kind": (
        "sources/github.toml",
        'kind = "stock"',
        'kind = "level"',
        "sources/github.toml: metric stars: kind must be one of stock, flow, share, not 'level'",
    ),
    "unknown direction": (
        "sources/github.toml",
        'direction = "-"',
        'direction = "down"',
        "sources/github.toml: caveat survivors-only: direction must be one of +, -, ~, x, not 'down'",
    ),
    "unknown metric in a stream": (
        "sources/github.toml",
        'metrics = ["stars", "forks"]',
        'metrics = ["stars", "watchers"]',
        "sources/github.toml: stream snapshot: metrics names the unknown metric 'watchers'",
    ),
    "metric defined twice": (
        "sources/almanac.toml",
        'id = "downloads_all_window"',
        'id = "downloads_pip_30d"',
        "sources/almanac.toml: metric downloads_pip_30d is already defined in sources/almanac.toml",
    ),
    "caveat defined twice": (
        "sources/almanac.toml",
        'code = "pip-only"',
        'code = "combined-views"',
        "sources/almanac.toml: caveat combined-views is already defined in caveats.toml",
    ),
    "stream defined twice": (
        "sources/pypistats.toml",
        'name = "system"',
        'name = "overall"',
        "sources/pypistats.toml: stream overall is already defined in sources/pypistats.toml",
    ),
    "framework defined twice": (
        "frameworks.toml",
        "[django]",
        "[flask]",
        "frameworks.toml: the file is not TOML:",
    ),
    "two frameworks, one repository": (
        "frameworks.toml",
        'github = "django/django"',
        'github = "pallets/flask"',
        "frameworks.toml: django: ids: github is 'pallets/flask', as flask's is",
    ),
    "unknown source": (
        "frameworks.toml",
        'pypistats = "flask"',
        'crates = "flask"',
        "frameworks.toml: flask: ids names the unknown source 'crates'",
    ),
    "break defined twice": (
        "breaks.toml",
        'id = "so-gate-2026"',
        'id = "so-gate-2025"',
        "breaks.toml: break so-gate-2025 is already defined in breaks.toml",
    ),
    "reversed dates of a break": (
        "breaks.toml",
        "until = 2018-07-26",
        "until = 2015-07-26",
        "breaks.toml: break pypi-undercount: until is 2015-07-26, before since, 2016-01-01",
    ),
    "reversed dates of a caveat": (
        "sources/stackoverflow.toml",
        "until = 2018-12-31",
        "until = 2017-12-31",
        "sources/stackoverflow.toml: caveat mixed-list-2018: until is 2017-12-31, before since, 2018-01-01",
    ),
    "date as a text": (
        "breaks.toml",
        "since = 2016-01-01",
        'since = "2016-01-01"',
        "breaks.toml: break pypi-undercount: since must be a date, not '2016-01-01'",
    ),
    "unknown metric of a break": (
        "breaks.toml",
        'metrics = ["pds_use"]',
        'metrics = ["pds"]',
        "breaks.toml: break pds-base-2018: metrics names the unknown metric 'pds'",
    ),
    "unknown framework of a break": (
        "breaks.toml",
        'frameworks = ["fastapi"]',
        'frameworks = ["fastpai"]',
        "breaks.toml: break fastapi-moved-2024: frameworks names the unknown framework 'fastpai'",
    ),
    "unknown kind of break": (
        "breaks.toml",
        'kind = "incident"',
        'kind = "accident"',
        "breaks.toml: break pypistats-days-missing-2020: kind must be one of break, incident, notice, not 'accident'",
    ),
    "weekday without a time": (
        "sources/almanac.toml",
        "times = []",
        'times = []\nweekday = "monday"',
        "sources/almanac.toml: cadence: weekday is given, but no time of day",
    ),
    "negative number": (
        "sources/github.toml",
        "stale_after_days = 2",
        "stale_after_days = -2",
        "sources/github.toml: stale_after_days must be a whole number from 0 up, not -2",
    ),
    "address without https": (
        "sources/pypistats.toml",
        'base_url = "https://pypistats.org"',
        'base_url = "http://pypistats.org"',
        "sources/pypistats.toml: base_url must be an https:// address, not 'http://pypistats.org'",
    ),
    "broken TOML": (
        "caveats.toml",
        "[[caveat]]",
        "[[caveat",
        "caveats.toml: the file is not TOML:",
    ),
    "almanac: unknown framework": (
        "almanac/stars.csv",
        "django,2020-09-27,52222",
        "djagno,2020-09-27,52222",
        "framework names the unknown framework 'djagno'",
    ),
    "almanac: bad date": (
        "almanac/stars.csv",
        "django,2020-09-27,52222",
        "django,2020-09-31,52222",
        "date is not a date: '2020-09-31'",
    ),
    "almanac: negative number": (
        "almanac/stars.csv",
        "django,2020-09-27,52222",
        "django,2020-09-27,-52222",
        "stars must be a whole number from 0 up, not '-52222'",
    ),
    "almanac: missing source": (
        "almanac/stars.csv",
        "django,2020-09-27,52222,github-ranking",
        "django,2020-09-27,52222,",
        "source must be a short name such as github-ranking, not ''",
    ),
    "almanac: said twice": (
        "almanac/stars.csv",
        "django,2020-09-27,52222",
        "django,2020-09-25,52222",
        "framework, date says again what line ",
    ),
    "almanac: wrong header": (
        "almanac/stars.csv",
        "framework,date,stars,source",
        "framework,day,stars,source",
        "almanac/stars.csv: line 1 must be the header framework,date,stars,source, not framework,day,stars,source",
    ),
    "almanac: cell too many": (
        "almanac/releases.csv",
        "aiohttp,0.1,2013-10-25,git-tag",
        "aiohttp,0.1,2013-10-25,git-tag,",
        "almanac/releases.csv: line 2 has 5 cells, not 4",
    ),
    "almanac: window that does not fit": (
        "almanac/downloads.csv",
        "2024-11-02,2024-11-30,29,all",
        "2024-11-02,2024-11-30,30,all",
        "last_day is 2024-11-30, but 30 days from 2024-11-02 end on 2024-12-01",
    ),
    "almanac: count for what was not asked": (
        "almanac/surveys.csv",
        "stackoverflow,2018,flask,,0,,",
        "stackoverflow,2018,flask,,0,12,",
        "worked_with is given for an option that was not on the list",
    ),
    "almanac: more than answered": (
        "almanac/surveys.csv",
        "django,,1,6723,8774,51620",
        "django,,1,67230,8774,51620",
        "worked_with is 67230, more than the 51620 who answered",
    ),
    "almanac: percent instead of share": (
        "almanac/surveys.csv",
        "29000,1,0.38",
        "29000,1,38",
        "share must be a share such as 0.34, not '38'",
    ),
    "almanac: base missing": (
        "almanac/surveys.csv",
        "fastapi,,1,,,29000,1",
        "fastapi,,1,,,,0",
        "answered is empty: only a segment's number of people is unknown",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named_by_file_key_and_fault(folder: Path, fault: str) -> None:
    """One sentence that lets a human go straight to the place."""
    file, old, new, sentence = FAULTS[fault]
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, "the fault cannot be planted: what we ship has changed"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogError) as raised:
        whole(folder)
    assert raised.value.file == file
    assert str(raised.value).startswith(f"{file}: ")
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def whole(folder: Path) -> Catalog:
    """Read all of a catalog: what is checked together, and the almanac."""
    almanac("stars", folder)
    return load(folder)


@pytest.mark.parametrize("file", ["frameworks.toml", "caveats.toml", "breaks.toml", "almanac/stars.csv"])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    """Half a catalog is none."""
    (folder / file).unlink()
    with pytest.raises(CatalogError, match=f"{file}: the file cannot be read"):
        whole(folder)


def test_a_stray_almanac_table_is_refused(folder: Path) -> None:
    """Nothing is carried that nobody checks."""
    (folder / "almanac" / "forks.csv").write_text("framework,date,forks,source\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"almanac/forks\.csv: the file is not a table the catalog knows"):
        whole(folder)


def test_a_source_needs_a_file_name_that_can_be_its_id(folder: Path) -> None:
    """The file's name is the id."""
    (folder / "sources" / "almanac.toml").rename(folder / "sources" / "The Almanac.toml")
    with pytest.raises(CatalogError, match=r"sources/The Almanac\.toml: the file's name must be lower-case words"):
        whole(folder)
