"""Countries and regions: one table for surveys and downloads, whose sums never invent or lose anything."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import catalog
from answers.questions import Question, QuestionError
from answers.series.answer import SeriesAnswer, series
from catalog import CatalogError, almanac, load
from storage import Batch, Counts, Observation, Payload, Period, Store
from tests.answers.csv_text import csv_lines
from tests.support.upstream import FIXTURES
from uptake.cli import main

CATALOG = load()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BY_COUNTRY = "downloads_all_by_country"


# -------------------------------------------------------------------- the table


def spelled(year: int) -> dict[str, str]:
    return {text: code for code, country in CATALOG.countries.items() for text in country.spellings(year)}


def test_every_country_that_2019_names_is_known() -> None:
    names = (FIXTURES / "stackoverflow" / "countries_2019.txt").read_text(encoding="utf-8").splitlines()
    assert len(names) == 179
    unknown = set(names) - set(spelled(2019)) - set(CATALOG.without_country)
    assert unknown == set()
    for table in ("survey_by_country", "survey_fulltime_by_country"):
        assert {row["country"] for row in almanac(table)} <= set(CATALOG.countries)


@pytest.mark.parametrize(
    ("text", "code", "years"),
    [
        ("United States", "US", (2019, 2020)),
        ("United States of America", "US", range(2019, 2027)),
        ("United Kingdom", "GB", range(2019, 2027)),
        ("United Kingdom of Great Britain and Northern Ireland", "GB", range(2019, 2027)),
        ("Viet Nam", "VN", range(2019, 2027)),
        ("Russian Federation", "RU", range(2019, 2027)),
        ("Hong Kong (S.A.R.)", "HK", range(2019, 2027)),
        ("Iran, Islamic Republic of...", "IR", range(2019, 2027)),
        ("Republic of Korea", "KR", range(2019, 2027)),
        ("South Korea", "KR", range(2019, 2027)),
        ("Democratic People's Republic of Korea", "KP", range(2019, 2027)),
        ("Democratic Republic of the Congo", "CD", range(2019, 2027)),
        ("Congo, Republic of the...", "CG", range(2019, 2027)),
        ("Kosovo", "XK", range(2019, 2027)),
        ("Czech Republic", "CZ", range(2019, 2027)),
        ("Niger", "NE", range(2019, 2027)),
        ("Nigeria", "NG", range(2019, 2027)),
    ],
)
def test_spelling_means_its_country_in_its_years_only(text: str, code: str, years: range) -> None:
    assert [year for year in range(2019, 2027) if spelled(year).get(text) == code] == list(years)


def test_region_sums_of_2019_are_the_known_ones() -> None:
    """The almanac's countries (300 answers and more), summed by region, stay below the whole regions' known bases."""
    answered = {
        r["country"]: int(r["answered"])
        for r in almanac("survey_by_country")
        if (r["year"], r["framework"]) == ("2019", "flask")
    }
    assert sum(answered.get(c, 0) for c in CATALOG.regions["united-states"].countries) == 15_302
    assert 22_000 < sum(answered.get(c, 0) for c in CATALOG.regions["eu27-uk-ch-no"].countries) < 23_328


def test_european_union_is_who_is_in_it() -> None:
    members = {code for code, c in CATALOG.countries.items() if c.eu_since and not c.eu_until}
    assert set(CATALOG.regions["eu27"].countries) == members
    assert len(members) == 27
    assert set(CATALOG.regions["eu27-uk-ch-no"].countries) == members | {"GB", "CH", "NO"}
    assert CATALOG.countries["GB"].eu_until == date(2020, 1, 31)


def test_continents_share_no_country_and_leave_none_out() -> None:
    continents = ("europe", "asia", "africa", "oceania", "latin-america", "north-america")
    listed = [code for name in continents for code in CATALOG.regions[name].countries]
    assert len(listed) == len(set(listed))
    assert set(CATALOG.countries) - set(listed) == {"AQ"}


def test_page_on_regions_names_each_with_its_members_counted() -> None:
    page = (Path(__file__).parents[3] / "docs" / "surveys.md").read_text(encoding="utf-8")
    for region in CATALOG.regions.values():
        assert f"| `{region.id}` | {region.title} | {len(region.countries)} | {region.definition} |\n" in page


# -------------------------------------------------------------------- the loader


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = Path(catalog.__file__).parent
    return Path(shutil.copytree(source, tmp_path / "catalog", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


FLAWS: dict[str, tuple[str, Callable[[str], str], str]] = {
    "twice": ("countries.csv", lambda t: t + "DE,Germania,Europe,Western Europe,,,\n", "code says DE again"),
    "same spelling": ("countries.csv", replaced(",Burma", ",Ghana"), "is spelled 'Ghana' in 2019, as GH is"),
    "bad code": ("countries.csv", replaced("DE,", "de,"), "two capital letters"),
    "no name": ("countries.csv", replaced("DE,Germany", "DE,"), "name is empty"),
    "bad region": ("countries.csv", replaced("Germany,Europe", "Germany,Europa"), "region must be one of"),
    "bad date": ("countries.csv", replaced("1958-01-01", "1958"), "is not a date"),
    "left before": ("countries.csv", replaced("2020-01-31", "1970-01-31"), "eu_until is 1970-01-31"),
    "bad years": ("countries.csv", replaced("@2019-2020", "@2019"), "also must be spellings"),
    "too few cells": ("countries.csv", lambda t: t + "QQ,Nowhere\n", "has 2 cells, not 7"),
    "header": ("countries.csv", replaced("code,", "iso,"), "must be the header"),
    "in no region": (
        "countries.csv",
        lambda t: t + "QQ,Nowhere,Europe,Western Europe,,,\n",
        "differ from Europe by QQ",
    ),
    "unknown member": ("regions.toml", replaced('"US",\n', '"UX",\n'), "unknown country 'UX'"),
    "member twice": ("regions.toml", replaced('"US",\n', '"US", "US",\n'), "says 'US' twice"),
    "left out": ("regions.toml", replaced('"DZ", ', ""), "differ from Africa by DZ"),
    "no definition": ("regions.toml", replaced("definition", "meaning"), "definition is missing"),
    "survey's name": ("surveys/2019.toml", replaced('id = "Respondent"\n', ""), "id is missing"),
    "hash": ("surveys/2019.toml", replaced("4b2e6f54", "xyz"), "sha256 must be 64"),
    "half published": ("surveys/2019.toml", replaced('path = "/p', "#"), "sha256 and path go together"),
    "unknown key": ("surveys/2019.toml", replaced("respondents", "peeple"), "peeple is not a key"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_flawed_file_is_refused_with_its_place(folder: Path, flaw: str) -> None:
    file, change, said = FLAWS[flaw]
    path = folder / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(CatalogError) as refused:
        load(folder)
    told = str(refused.value).replace(": ", " ")
    assert told.startswith(file if flaw != "in no region" else "regions.toml")
    assert said in told


# -------------------------------------------------------------------- downloads by country, summed


def put(store: Store, *told: Observation) -> None:
    run = store.start_run("clickhouse", trigger="cli", now=NOW)
    store.write(run.id, told[0].framework, "country", Batch(Payload("clickhouse", "test:", b"x", NOW), told))
    store.finish(run.id, "ok", counts=Counts(), failures=[], now=NOW)


def month(framework: str, number: int, **by: float) -> list[Observation]:
    return [
        Observation(BY_COUNTRY, framework, Period.month(2025, number), value, dimension=f"country={code}")
        for code, value in by.items()
    ]


@pytest.fixture
def downloads(store: Store) -> Store:
    put(store, *month("flask", 1, DE=10, FR=5, US=100, CA=7, unknown=1000), *month("flask", 2, DE=11, US=90))
    put(store, *month("django", 1, US=3, XK=2), *month("django", 2, JP=4))
    return store


def ask(store: Store, dimension: str, *frameworks: str, **more: object) -> SeriesAnswer:
    return series(store, CATALOG, Question(BY_COUNTRY, frameworks, dimension, **more), NOW)  # type: ignore[arg-type]


def told(answer: SeriesAnswer) -> dict[tuple[str, str, int], float]:
    frame = answer.frame
    return dict(
        zip(
            zip(frame["framework"], frame["dimension"], frame["period"].dt.month, strict=True),
            frame["value"],
            strict=True,
        )
    )


def test_region_is_the_sum_of_its_countries_month_by_month(downloads: Store) -> None:
    europe = ask(downloads, "region=europe")
    assert told(europe) == {
        ("flask", "region=europe", 1): 15,
        ("flask", "region=europe", 2): 11,
        ("django", "region=europe", 1): 2,
    }
    assert set(europe.frame["status"]) == {"final"}
    assert set(europe.frame["source"]) == {"clickhouse"}
    assert all("regions-are-fixed" in codes.split() for codes in europe.frame["caveats"])
    assert "regions-are-fixed" in {c.code for c in europe.caveats}
    assert told(ask(downloads, "region=united-states", "flask")) == {
        ("flask", "region=united-states", 1): 100,
        ("flask", "region=united-states", 2): 90,
    }


def test_region_of_one_is_its_country(downloads: Store) -> None:
    region, country = (
        ask(downloads, d, "flask").frame["value"].tolist() for d in ("region=united-states", "country=US")
    )
    assert region == country


def test_every_region_at_once_and_the_unknown_in_none(downloads: Store) -> None:
    continents = {f"region={n}" for n in ("europe", "asia", "africa", "oceania", "latin-america", "north-america")}
    frame = ask(downloads, "region=*", "flask").frame
    january = frame[(frame["period"].dt.month == 1) & frame["dimension"].isin(continents)]
    assert january["value"].sum() == 10 + 5 + 100 + 7
    assert {d for d in ask(downloads, "*", "flask").frame["dimension"] if d.startswith("region=")} == set()


def test_part_of_a_region_is_of_all_downloads_the_unknown_included(downloads: Store) -> None:
    parts = told(ask(downloads, "region=europe", "flask", view="part"))
    assert parts["flask", "region=europe", 1] == pytest.approx(15 / 1122, rel=1e-12)


def test_region_nobody_downloaded_from_is_empty_not_zero(downloads: Store) -> None:
    answer = ask(downloads, "region=africa")
    assert answer.frame.empty
    assert list(csv_lines(answer))[1:] == []


def test_region_respects_days_and_what_was_known(downloads: Store) -> None:
    assert told(ask(downloads, "region=europe", "flask", since=date(2025, 2, 1))) == {("flask", "region=europe", 2): 11}
    assert ask(downloads, "region=europe", as_of=datetime(2020, 1, 1, tzinfo=UTC)).frame.empty


@pytest.mark.parametrize(
    ("metric", "dimension", "said"),
    [
        (BY_COUNTRY, "region=europa", "did you mean europe?"),
        (BY_COUNTRY, "region=DROP TABLE", "There is no region"),
        ("so_worked_with", "region=eu28", "did you mean eu27?"),
        ("downloads_all_by_python", "region=europe", "not split by 'region'"),
        ("stars", "region=europe", "it has no parts"),
    ],
)
def test_unknown_region_is_refused_with_the_nearest(downloads: Store, metric: str, dimension: str, said: str) -> None:
    with pytest.raises(QuestionError, match=said.replace("?", r"\?")):
        series(downloads, CATALOG, Question(metric, (), dimension), NOW)


def test_export_knows_regions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from migrations import migrate

    url = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(url)
    with Store.open(url) as opened:
        put(opened, *month("flask", 1, DE=10, FR=5, US=100))
    monkeypatch.setenv("UPTAKE_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(("export", BY_COUNTRY, "--framework", "flask", "--dimension", "region=eu27"))
    assert ended.value.code == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(r["dimension"], r["period"], r["value"]) for r in rows] == [("region=eu27", "2025-01-01", "15")]
