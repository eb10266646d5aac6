"""The page "At least in Europe?" as Streamlit runs it on a real store, its charts as functions, its API over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from catalog import load
from dashboard import cache
from dashboard.charts import framework_styles
from dashboard.charts.figure import Style
from dashboard.views.regions import chart, figure
from migrations import migrate
from storage import Batch, Counts, Observation, Payload, Period, Store
from tests.support.serving import Server, copied, serving
from tests.support.visiting import opened, words

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


# -- the page ----------------------------------------------------------------------------------------------------------


def test_with_what_comes_along_it_answers(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    app = opened("regions")
    said = words(app)
    assert app.header[0].value.replace("\\", "").startswith("Both, at different times: of the")
    assert "n Europe Flask 10.65 % and Django 10.83 % of 23,328, too near to tell apart" in said
    assert [heading.value for heading in app.subheader] == [
        "Full\\-time employees in 18 countries of Europe",
        "Flask: share of those who answered there",
        "Flask ahead of Django, in points",
        "Edition by edition",
        "Flask: part of the downloads within each place",
        "By country, 2024 · share in %",
    ]
    for metric in ("so_worked_with", "so_worked_with_fulltime", "downloads_all_by_country"):
        assert load().metrics[metric].badge in said
    assert "Downloads by country were not collected for all of these" in said
    assert "ODbL" in said
    assert "Retrieved: 20" in said
    assert dict(app.query_params) == {}
    assert not app.warning


def test_with_editions_and_downloads_by_place_it_tells_them(deep: str, at_store: Callable[..., None]) -> None:
    at_store(deep)
    said = words(opened("regions"))
    answer = cache.regions(PAIR, "", None, None)
    assert re.sub(r" (?=[A-Z][a-z])", " ", answer.sentence.partition(". ")[0]) in said
    assert "Both, at different times: in Europe Flask rose from 10.65 % in 2019 to 14.00 % in 2020 and fell" in said
    assert "Flask's part of the downloads of Flask and Django: Europe 60 % in January 2025 and 60 % in December 2025" in said
    assert "Cloud regions decide: In July 2025 the United States had 68 % of all downloads" in said
    for edition in answer.editions:
        assert edition.sentence.partition(": ")[2][1:] in said


def test_every_choice_is_in_the_url_and_changes_the_answer(deep: str, at_store: Callable[..., None]) -> None:
    at_store(deep)
    app = opened("regions", framework="django,flask", europe="eu27", on="2019", table="on")
    said = words(app)
    assert "whether Django lost ground in the European Union: only the survey of 2019" in said
    assert {key: app.query_params[key] for key in ("europe", "on", "table")} == {
        "europe": "eu27",
        "on": "2019",
        "table": "on",
    }
    assert "uptake regions django flask --europe eu27 --on 2019 --as-of" in said
    of_employees, table = app.dataframe[0].value, app.dataframe[1].value
    assert set(of_employees["Edition"]) == {2019}
    assert set(table["Edition"]) == {2019}
    assert table[table["Where"] == "Elsewhere"]["Share, %"].notna().all()


def test_what_the_url_cannot_mean_is_said(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    said = words(opened("regions", framework="flask,djanko", europe="atlantis", on="1066"))
    assert "Did you mean django?" in said
    assert "“atlantis”" in said
    assert "“1066”" in said
    assert "Choose a second framework to lay beside it." in said


def test_an_empty_store_is_designed_for(sqlite_url: str, at_store: Callable[..., None]) -> None:
    migrate(sqlite_url)
    at_store(sqlite_url)
    said = words(opened("regions"))
    assert "It cannot be told whether Flask lost ground in Europe: no edition" in said
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
    assert chart.summary(leads, "Lead").startswith("Lead: Europe +")
    assert "(7,865): Flask 15.13 % and django 11.15 %" in chart.summary_of_countries(countries, 2024)


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
    app = opened("regions", framework=list(PAIR), **({"on": str(on.year)} if on else {}))
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
