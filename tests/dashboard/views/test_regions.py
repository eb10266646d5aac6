"""Surveys by region as Streamlit runs them on a real store, their charts as functions, their API over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from catalog import load
from dashboard import cache
from dashboard.charts import framework_styles
from dashboard.charts.figure import Style
from dashboard.views.surveys.regions import chart, figure
from migrations import migrate
from storage import Batch, Counts, Observation, Payload, Period, Store
from tests.support.serving import Server, copied, serving
from tests.support.visiting import charts, opened, words

PAIR = ("flask", "django")
NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def deep(full_store: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What comes along, made-up editions by place, and downloads by country."""
    url = copied(full_store, tmp_path_factory.mktemp("regions"))
    told = [
        Observation("so_worked_with", name, Period.year(year), share, base, dimension)
        for year, shift in ((2020, 0.0), (2022, 0.02), (2024, -0.01))
        for dimension, base in (("region=eu27-uk-ch-no", 17_000), ("region=united-states", 11_000), ("country=DE", 900))
        for name, share in (("flask", 0.14 + shift), ("django", 0.13))
    ]
    told += [
        Observation("downloads_all_by_country", name, Period.month(2025, month), value, dimension=f"country={code}")
        for month in range(1, 13)
        for code, pair in {"US": (800, 200), "DE": (60, 40), "IN": (10, 30)}.items()
        for name, value in zip(PAIR, pair, strict=True)
    ]
    with Store.open(url) as store:
        run = store.start_run("stackoverflow", trigger="cli", now=NOW)
        for name in PAIR:
            mine = tuple(o for o in told if o.framework == name)
            store.write(run.id, name, "published", Batch(Payload("stackoverflow", f"test:{name}", b"x", NOW), mine))
        store.finish(run.id, "ok", counts=Counts(), failures=[], now=NOW)
    return url


# -- the tab -----------------------------------------------------------------------------------------------------------


def by_region(**query: str | list[str]) -> AppTest:
    """The tab, of the two frameworks."""
    first: dict[str, str | list[str]] = {"show": "regions", "framework": list(PAIR)}
    return opened("surveys", **(first | query))


@pytest.mark.usefixtures("shown")
def test_the_tab_leads_with_full_time_employees_who_never_share_a_chart_with_those_who_answered() -> None:
    app = by_region()
    said = words(app)
    assert app.title[0].value.replace("\\", "") == "Flask rose to 10.0% in 2021, then fell to 8.0% in 2023"
    answer = cache.regions(PAIR, "", None, None)
    assert answer.employees is not None
    assert answer.employees.sentence in said
    assert "Full-time employees in 18 countries of Europe · share in % · 2019 to 2023 · n = 16,972" in said
    assert load().metrics["so_worked_with_fulltime"].badge in said
    assert "not comparable with shares of those who answered" in said
    assert charts(app) == 1
    assert "Downloads by country were not collected for all of these frameworks." in said
    assert "Downloads by country in Trends" not in said  # it would lead to an empty page
    for doubt in answer.doubts:
        assert doubt[:200] in said
    assert not app.warning


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("view", "title"),
    [
        ("shares", "Flask in 2024: 12.4% in Europe, 15.1% in the United States"),
        ("leads", "Flask leads Django in Europe and in the United States in 2024"),
        ("countries", "Flask leads in 6 of 29 countries in 2024, Django in 1"),
    ],
)
def test_shares_leads_and_countries_of_those_who_answered_are_a_choice_away(view: str, title: str) -> None:
    app = by_region(view=view)
    said = words(app)
    assert app.title[0].value.replace("\\", "") == title
    assert load().metrics["so_worked_with"].badge in said
    assert load().metrics["so_worked_with_fulltime"].badge not in said
    assert "ODbL" in said
    assert "95% intervals" in said
    if view == "shares":
        answer = cache.regions(PAIR, "", None, None)
        assert answer.employees is not None
        assert answer.sentence.removeprefix(answer.employees.sentence).strip() in said


def test_with_editions_and_downloads_by_place_it_has_both(deep: str, at_store: Callable[..., None]) -> None:
    at_store(deep)
    app = by_region(view="shares")
    said = words(app)
    answer = cache.regions(PAIR, "", None, None)
    assert app.header[0].value.replace("\\", "") == "Flask had 60% of these downloads from Europe in December 2025"
    assert charts(app) == 2
    cloud = load().caveats["data-centres-not-people"]
    assert f"{cloud.title}: {cloud.text}" in said
    assert "/trends?metric=downloads_all_by_country&framework=flask&dimension=country%3D%2A" in said
    for edition in answer.editions:
        assert edition.sentence.partition(": ")[2][1:] in said
    for year in answer.downloads_by_country.years:
        assert year.sentence in said


def test_every_choice_is_in_the_url_and_changes_the_answer(deep: str, at_store: Callable[..., None]) -> None:
    at_store(deep)
    app = by_region(framework="django,flask", europe="eu27", on="2019", view="shares", table="on")
    said = words(app)
    answer = cache.regions(("django", "flask"), "eu27", date(2019, 12, 31), None)
    assert answer.employees is None or answer.employees.sentence not in said
    assert {key: app.query_params[key] for key in ("europe", "on", "table", "view")} == {
        "europe": "eu27",
        "on": "2019",
        "table": "on",
        "view": "shares",
    }
    table = app.dataframe[0].value
    assert set(table["Edition"]) == {2019}
    assert table[table["Where"] == "Elsewhere"]["Share, %"].notna().all()
    app.button(key="about_on").click().run()
    assert "uptake regions django flask --europe eu27 --on 2019" in words(app)


@pytest.mark.usefixtures("shown")
def test_what_the_url_cannot_mean_is_said() -> None:
    said = words(by_region(framework="flask,djanko", europe="atlantis", on="1066"))
    assert "Did you mean django?" in said
    assert "“atlantis”" in said
    assert "“1066”" in said
    assert "Choose a second framework" in said
    seven = ["flask", "django", "fastapi", "tornado", "bottle", "pyramid", "aiohttp"]
    assert "choose 2 to 6" in words(by_region(framework=seven))


@pytest.mark.usefixtures("shown")
def test_the_old_address_leads_to_the_tab_with_the_same_question() -> None:
    app = opened("regions", framework=["django", "flask"], europe="eu27", table="on")
    assert app.query_params["show"] in ("regions", ["regions"])
    assert app.query_params["framework"] == ["django", "flask"]
    assert app.query_params["europe"] in ("eu27", ["eu27"])
    assert app.segmented_control(key="control_show").value == "regions"
    assert app.dataframe
    assert opened("regions").multiselect(key="control_framework").value == list(PAIR)


def test_an_empty_store_is_designed_for(sqlite_url: str, at_store: Callable[..., None]) -> None:
    migrate(sqlite_url)
    at_store(sqlite_url)
    said = words(by_region())
    assert cache.regions(PAIR, "", None, None).sentence.partition(". ")[0].rstrip(".") in said
    assert "No observations here yet" in said


# -- the charts, pure --------------------------------------------------------------------------------------------------


def test_a_line_joins_only_what_compares(deep: str, at_store: Callable[..., None]) -> None:
    at_store(deep)
    answer = cache.regions(PAIR, "", None, None)
    rows = chart.shares(answer, "flask")
    part = rows.set_index(["line", "year"])["part"]
    assert part["worldwide", 2019] == part["worldwide", 2020] != part["worldwide", 2021] != part["worldwide", 2022]
    assert part["worldwide", 2022] == part["worldwide", 2024] != part["worldwide", 2025]
    assert list(dict.fromkeys(rows["line"])) == ["eu27-uk-ch-no", "united-states", "elsewhere", "worldwide"]
    assert (rows["low"] < rows["value"]).all()
    assert (rows["value"] < rows["high"]).all()


@pytest.mark.parametrize("dark", [False, True])
def test_charts_are_drawn_with_every_place_told_apart(deep: str, at_store: Callable[..., None], dark: bool) -> None:
    at_store(deep)
    answer = cache.regions(PAIR, "", None, None)
    looks = chart.place_lines(answer, dark=dark)
    assert len({line.colour for line in looks}) == len({line.shape for line in looks}) == len(looks) == 4
    assert [line.label for line in looks] == ["Europe", "United States", "Elsewhere", "Worldwide"]
    shares, leads = chart.shares(answer, "flask"), chart.leads(answer)
    downloads, countries = chart.downloads(answer), chart.countries(answer, {"flask": "Flask"})
    employees = chart.employees(answer, {})
    assert set(employees["line"]) == set(PAIR)
    drawn = [
        chart.draw(shares, looks, answer.breaks, share=True, dark=dark),
        chart.draw(leads, looks, answer.breaks, share=False, dark=dark),
        chart.download_lines(downloads, looks, dark=dark),
        chart.country_list(countries, framework_styles.lines(countries["line"], load(), dark=dark)),
        chart.draw(employees, framework_styles.lines(PAIR, load(), dark=dark), (), share=True, dark=dark),
    ]
    for picture in drawn:
        text = json.dumps(picture.to_dict())
        assert "NaN" not in text
    assert "-0.5" not in drawn[0].to_json()
    shown = figure.leads(answer, load(), Style(dark))
    assert re.search(r"Europe [+−][\d.]+", shown.summary)
    assert "(7,865): Flask 15.1% and django 11.2%" in chart.summary_of_countries(countries, 2024)


# -- the API -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", [None, date(2022, 12, 31)])
def test_the_page_lists_the_breaks_that_its_charts_and_its_pictures_mark(
    on: date | None, deep: str, at_store: Callable[..., None]
) -> None:
    at_store(deep)
    answer = cache.regions(PAIR, "", on, None)
    # One break after the last edition, which nothing can mark.
    later = replace(answer.breaks[-1], id="later", since=date(2029, 1, 1), until=date(2029, 1, 1))
    answer = replace(answer, breaks=(*answer.breaks, later))
    rows = chart.shares(answer, PAIR[0])
    breaks = chart.edition_breaks(answer, rows)
    assert breaks
    assert later not in breaks
    picture = figure.shares(answer, load(), Style())
    assert list(picture.bands) == breaks
    spec = chart.draw(rows, chart.place_lines(answer, dark=False), breaks, share=True, dark=False).to_dict()
    assert [spec["datasets"][name] for name in spec["datasets"] if "number" in spec["datasets"][name][0]] == [
        [{"at": b.until.year - 0.5, "number": str(n), "title": b.title} for n, b in enumerate(breaks, start=1)]
    ]
    app = by_region(view="shares", **({"on": str(on.year)} if on else {}))
    app.button(key="about_on").click().run()
    listed = [str(one.value) for one in app.markdown if re.match(r"\*\*\d+\b", str(one.value))]
    assert len(listed) == len(breaks)


@pytest.fixture(scope="module")
def server(deep: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(deep, tmp_path_factory.mktemp("server")) as running:
        yield running


def test_the_api_tells_the_same(server: Server, deep: str, at_store: Callable[..., None]) -> None:
    answer = server.get("/api/v1/regions.json?framework=flask,django&on=2019")
    assert answer.status == 200
    at_store(deep)
    found = cache.regions(PAIR, "", date(2019, 12, 31), None)
    told = json.loads(answer.body)
    assert told["sentence"] == found.sentence
    assert [e["edition"] for e in told["editions"]] == [2019]
    assert {c["code"] for c in told["caveats"]} == {c.code for c in found.caveats}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("framework=flask", "2 to 6 frameworks"),
        ("", "2 to 6 frameworks"),
        ("framework=flask,django&europe=asia", "Europe is one of"),
        ("framework=flask,django&on=later", "on is a date"),
        ("framework=flask,django&on=0000", "on is a date"),
        ("framework=flask,django&region=europe", "Unknown parameter"),
    ],
)
def test_what_the_api_cannot_answer_is_one_sentence(server: Server, query: str, why: str) -> None:
    answer = server.get(f"/api/v1/regions.json?{query}")
    assert answer.status == 400
    assert why in str(answer.json["error"])
    assert server.get("/regions").status == 200
