"""The catalog: what we ship is whole and true to its sources, and what could not be true is refused in a sentence."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, time
from pathlib import Path

import pytest

import catalog
from catalog import Kind, almanac, load

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
    "stars_held": (Kind.STOCK, "day", "stars"),
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
    "dependents": (Kind.STOCK, "month", "dependents"),
    "dependents_with_extras": (Kind.STOCK, "month", "dependents"),
    "gem_downloads": (Kind.FLOW, "day", "rubygems"),
    "gem_downloads_by_total": (Kind.FLOW, "month", "rubygems"),
    "downloads_pip_30d": (Kind.FLOW, "window", "downloads"),
    "downloads_all_window": (Kind.FLOW, "window", "downloads"),
    "so_worked_with": (Kind.SHARE, "year", "survey"),
    "so_want_to_work_with": (Kind.SHARE, "year", "survey"),
    "so_worked_with_fulltime": (Kind.SHARE, "year", "survey"),
    "pds_use": (Kind.SHARE, "year", "survey"),
    "hiring_mentions": (Kind.SHARE, "month", "jobs"),
    "npm_downloads": (Kind.FLOW, "day", "npm"),
    "hex_downloads_total": (Kind.STOCK, "day", "hex"),
    "go_importers": (Kind.STOCK, "day", "go"),
    "pageviews": (Kind.FLOW, "month", "pageviews"),
    "pageviews_site": (Kind.FLOW, "month", "pageviews"),
    "pageviews_per_million": (Kind.STOCK, "month", "pageviews"),
}


STREAMS = {
    ("github", "snapshot"): ("stars", "forks"),
    ("github", "releases"): (),
    ("github", "history"): ("stars_kept",),
    ("pypistats", "overall"): ("downloads_no_mirrors", "downloads_with_mirrors"),
    ("pypistats", "python_minor"): ("downloads_no_mirrors_by_python",),
    ("pypistats", "system"): ("downloads_no_mirrors_by_system",),
    ("clickhouse", "daily"): ("downloads_all",),
    ("clickhouse", "gems"): ("gem_downloads",),
    ("clickhouse", "dependents"): ("dependents", "dependents_with_extras"),
    ("clickhouse", "country"): ("downloads_all_by_country",),
    ("clickhouse", "installer"): ("downloads_all_by_installer",),
    ("clickhouse", "python"): ("downloads_all_by_python",),
    ("clickhouse", "system"): ("downloads_all_by_system",),
    ("stackoverflow", "published"): ("so_worked_with", "so_want_to_work_with", "so_worked_with_fulltime"),
    ("pydevsurvey", "published"): ("pds_use",),
    ("almanac", "stars"): ("stars",),
    ("almanac", "downloads"): ("downloads_pip_30d", "downloads_all_window"),
    ("almanac", "hiring"): ("hiring_mentions",),
    ("almanac", "gems"): ("gem_downloads_by_total",),
    ("almanac", "releases"): (),
    ("hn", "threads"): ("hiring_mentions",),
    ("npm", "days"): ("npm_downloads",),
    ("hex", "total"): ("hex_downloads_total",),
    ("pkgsite", "importers"): ("go_importers",),
    ("wikimedia", "months"): ("pageviews", "pageviews_site"),
}


def test_the_frameworks_are_the_eighteen_in_their_order() -> None:
    """Ids are for ever: they stand in URLs, CSV and stores."""
    assert list(load().frameworks) == FRAMEWORKS


def test_only_python_frameworks_have_package_downloads() -> None:
    """Nobody may assume a package: six of the eighteen have none here."""
    frameworks = load().frameworks.values()
    with_package = {f.id for f in frameworks if "pypistats" in f.ids}
    assert with_package == {f.id for f in frameworks if f.language == "Python"} == set(FRAMEWORKS[:12])
    gems = {f.id for f in frameworks if f.ids.get("clickhouse", "").startswith("gem:")}
    assert gems == {"rails"}  # RubyGems' names are told from PyPI's
    assert all(f.ids.get("clickhouse") == f.ids.get("pypistats") for f in frameworks if f.id not in gems)
    assert all(name == name.lower() for f in frameworks if (name := f.ids.get("pypistats")))


def test_frameworks_without_a_python_package_say_what_evidence_there_is() -> None:
    """And what is missing: .NET has no downloads."""
    frameworks = load().frameworks.values()
    assert {f.id for f in frameworks if f.evidence} == set(FRAMEWORKS[12:])
    assert {f.id for f in frameworks if f.evidence.startswith("No download")} == {
        "gin",
        "phoenix-liveview",
        "blazor",
        "aspnet-core",
    }
    assert {f.id: f.ids[s] for f in frameworks for s in ("npm", "hex", "pkgsite") if s in f.ids} == {
        "express": "express",
        "gin": "github.com/gin-gonic/gin",
        "phoenix-liveview": "phoenix_live_view",
    }


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
    """Four to nine caveats each, all of them defined; one line of badge."""
    told = load().metrics[metric]
    assert 40 <= len(told.badge) <= 140
    assert told.measures
    assert told.does_not_measure
    assert told.measures != told.does_not_measure
    assert 4 <= len(told.caveats) <= 9
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
        "hn": (time(4, 40),),
        "npm": (time(14, 50),),
        "hex": (time(1, 10),),
        "pkgsite": (time(1, 20),),
        "wikimedia": (time(3, 20),),
    }
    assert {s.id: s.cadence.weekday for s in sources.values() if s.cadence.weekday is not None} == {"hn": 3}
    assert {s.id: s.cadence.monthday for s in sources.values() if s.cadence.monthday is not None} == {"wikimedia": 4}
    assert {s.id: s.needs for s in sources.values() if s.needs} == {"wikimedia": "UPTAKE_CONTACT"}
    assert all(source.available for source in sources.values())
    assert (sources["github"].memory_days, sources["pypistats"].memory_days) == (0, 180)
    assert {s.id: s.setting for s in sources.values() if s.setting} == {
        "github": "UPTAKE_GITHUB_URL",
        "pypistats": "UPTAKE_PYPISTATS_URL",
        "clickhouse": "UPTAKE_CLICKHOUSE_URL",
        "hn": "UPTAKE_HN_URL",
        "npm": "UPTAKE_NPM_URL",
        "hex": "UPTAKE_HEX_URL",
        "pkgsite": "UPTAKE_PKGSITE_URL",
        "wikimedia": "UPTAKE_WIKIMEDIA_URL",
    }
    assert all(stream.requests == 0 for s in sources.values() if not s.setting for stream in s.streams)


def test_a_split_without_a_total_has_its_dimension() -> None:
    """By Python version and by system there is no total: that is a metric of its own."""
    split = {m.id: m.dimensions for m in load().metrics.values() if not m.has_total}
    assert split["downloads_no_mirrors_by_python"] == ("python",)
    assert split["downloads_no_mirrors_by_system"] == ("system",)
    assert split.pop("so_worked_with_fulltime") == ("country",)
    assert split.pop("pageviews_site") == ("site",)  # what a framework's views are held against
    assert all("_by_" in name for name in split)


def test_full_time_employees_are_no_counting_rule_beside_those_who_answered() -> None:
    """Another base: nothing may draw the two as one, compare them or let one confirm the other."""
    metrics = load().metrics
    assert not metrics["so_worked_with_fulltime"].is_rule_beside(metrics["so_worked_with"])


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


def test_counting_rules_of_downloads_do_not_overlap() -> None:
    """Pip alone ends before every installer begins: two metrics, no day in both."""
    rule = {kind: [r for r in almanac("downloads") if r["installers"] == kind] for kind in ("pip", "all")}
    assert max(r["last_day"] for r in rule["pip"]) == "2024-10-31"
    assert min(r["first_day"] for r in rule["all"]) == "2024-11-02"
    assert {r["days"] for r in rule["pip"]} == {"30"}


def test_a_family_prefers_metrics_of_what_it_counts_first() -> None:
    """Where there is room for one count, it is a level, and use rather than a wish."""
    metrics = load().metrics
    for family in load().families.values():
        assert family.preferred
        if family.plural:
            assert {metrics[name].counts for name in family.preferred} == {family.counts}
