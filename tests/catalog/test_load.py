"""Loading a folder: a planted fault is named by file, key and fault."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import catalog
from catalog import Catalog, CatalogError, almanac, load

SHIPPED = Path(catalog.__file__).parent


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
    "title of two metrics": (
        "sources/github.toml",
        'title = "GitHub forks"',
        'title = "GitHub stars"',
        "sources/github.toml: metric title GitHub stars is already defined in sources/github.toml",
    ),
    "preferred metric of another family": (
        "families.toml",
        'preferred = ["forks"]',
        'preferred = ["stars"]',
        "families.toml: activity: preferred names the unknown metric of activity 'stars'",
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
    "almanac: country by name": (
        "almanac/survey_fulltime_by_country.csv",
        "2019,DE,flask",
        "2019,Germany,flask",
        "country must be a country's code such as DE, not 'Germany'",
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
    for path in sorted((folder / "almanac").glob("*.csv")):
        almanac(path.stem, folder)
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
        almanac("stars", folder)


def test_a_source_needs_a_file_name_that_can_be_its_id(folder: Path) -> None:
    """The file's name is the id."""
    (folder / "sources" / "almanac.toml").rename(folder / "sources" / "The Almanac.toml")
    with pytest.raises(CatalogError, match=r"sources/The Almanac\.toml: the file's name must be lower-case words"):
        whole(folder)
