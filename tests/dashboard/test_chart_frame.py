"""What a frame offers to take away: every picture, file, link and embedded chart is answered as the page is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from answers.json_and_csv import csv_chunks
from answers.questions import Question
from catalog import load
from dashboard import cache
from dashboard.charts.figure import parted
from dashboard.export import render
from dashboard.export.figure_registry import FIGURES
from dashboard.links import picture
from dashboard.views.agreement import controls as agreement
from dashboard.views.forecast import page as forecast
from dashboard.widgets import about_this_data
from tests.support.serving import Server
from tests.support.visiting import links, opened, words

BY_PIP = {"month": "2024-06", "by": "downloads_pip_30d"}
PAGES = {
    "overview": {},
    "head_to_head": {},
    "agreement": BY_PIP,
    "regions": {},
    "trends": {"framework": "flask"},
    "trends by age": {"framework": "flask,fastapi", "axis": "stars-50000", "log": "on"},
    "surveys": {},
    "anomalies": {"metric": "stars"},
}


def offered(page: str, **query: str) -> dict[str, list[tuple[str, str]]]:
    """The pictures that a page offers as SVG, by address, each with its parameters."""
    svgs = [link for link in links(opened(page.partition(" ")[0], **query)) if ".svg?" in link and "/badge" not in link]
    return {link: parse_qsl(link.partition("?")[2]) for link in svgs}


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("page", PAGES)
def test_every_picture_that_a_page_offers_can_be_drawn(page: str) -> None:
    found = offered(page, **PAGES[page])
    assert found
    for link, asked in found.items():
        of = link.removeprefix("/api/v1/").partition(".svg")[0]
        known, look = render.figure(of, asked)
        assert known.headline, link
        assert look.dark is False


@pytest.mark.usefixtures("shown_deep")
def test_every_file_that_a_frame_offers_is_saved(deep_server: Server) -> None:
    files = [link for link in links(opened("trends", framework="flask")) if "download=1" in link]
    kinds = {link.partition("?")[0].rpartition(".")[2] for link in files}
    assert kinds == {"png", "svg", "html", "csv", "parquet", "zip", "json"}
    for link in files:
        answered = deep_server.get(link)
        assert answered.status == 200, link
        assert answered.headers["content-disposition"].startswith('attachment; filename="uptake-'), link


@pytest.mark.usefixtures("shown")
def test_the_legend_the_last_point_the_picture_and_the_csv_have_one_number() -> None:
    page = opened("trends", framework="flask", metric="stars")
    drawn, _ = render.figure("chart", [("metric", "stars"), ("framework", "flask")])
    assert drawn.legend is not None
    [entry] = drawn.legend.entries
    answer = cache.series(Question("stars", ("flask",)))
    last = answer.frame.dropna(subset=["value"]).iloc[-1]
    assert entry.value == f"{last['value']:,.0f}"
    assert entry.value in words(page)
    assert entry.value in render.shown("chart", [("metric", "stars"), ("framework", "flask")], "svg").decode()
    assert b"".join(csv_chunks(answer)).decode().splitlines()[-1].split(",")[5] == f"{last['value']:.0f}"


@pytest.mark.usefixtures("shown")
def test_links_are_current_or_frozen_and_have_the_state_of_the_page() -> None:
    page = opened("trends", framework="flask", log="on")
    boxes = [str(box.value) for box in page.code]
    live, frozen = boxes[0], boxes[1]
    assert live.endswith("?metric=stars&framework=flask&log=on".replace("metric=stars&", ""))
    assert f"as_of={cache.now().date()}" in frozen
    assert any(box.startswith("<picture>") and "theme=dark" in box for box in boxes)
    assert any(box.startswith("<iframe") and "/embed/chart.html?" in box for box in boxes)
    assert any("Uptake, " in box and frozen in box for box in boxes)
    assert any("/api/v1/badge.svg?metric=stars&framework=flask" in box for box in boxes)
    several = [str(box.value) for box in opened("trends", framework="flask,django").code]
    assert not any("/badge.svg" in box for box in several)


def test_an_embedded_chart_may_be_framed_and_nothing_else_may(deep_server: Server) -> None:
    embedded = deep_server.get("/embed/chart.html?metric=stars&framework=flask")
    assert embedded.status == 200
    assert "frame-ancestors *" in embedded.headers["content-security-policy"]
    assert "default-src 'none'" in embedded.headers["content-security-policy"]
    assert "x-frame-options" not in embedded.headers
    for path in ("/", "/trends", "/api/v1/chart.html?metric=stars", "/embed/nothing.html", "/embed/chart.html?x=1"):
        answered = deep_server.get(path)
        assert answered.headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in answered.headers["content-security-policy"], path


def test_the_numbers_of_every_chart_come_as_csv(deep_server: Server) -> None:
    answered = deep_server.get("/api/v1/compare.csv?a=django&b=flask&metric=stars")
    assert answered.status == 200
    rows = list(csv.reader(io.StringIO(answered.body.decode())))
    assert len(rows) > 10
    assert len({len(row) for row in rows}) == 1


@pytest.mark.usefixtures("shown")
def test_table_instead_of_chart_is_in_the_address_and_about_says_what_is_measured() -> None:
    page = opened("trends", framework="flask")
    page.button(key="table_on").click().run()
    assert page.query_params["table"] in ("on", ["on"])
    assert not page.get("vega_lite_chart")
    assert page.dataframe
    page = opened("trends", framework="flask", table="on")
    page.button(key="about_on").click().run()
    metric = load().metrics["stars"]
    assert metric.does_not_measure in words(page)
    assert all(caveat.title in words(page) for caveat in load().caveats_of("stars"))
    assert "uptake export stars --framework flask" in [str(box.value) for box in page.code]


def test_caveats_that_mislead_most_come_first() -> None:
    caveats = load().caveats_of("stars")
    weights = [about_this_data.WEIGHTS.index(caveat.direction) for caveat in about_this_data.ordered(caveats)]
    assert weights == sorted(weights)
    assert len(weights) == len(caveats)


def test_a_first_sentence_ends_at_a_full_stop_and_not_within_a_name() -> None:
    assert parted("FastAPI leads. It passed Django in 2025.") == ("FastAPI leads.", "It passed Django in 2025.")
    assert parted("ASP.NET Core leads by 3.5 points.") == ("ASP.NET Core leads by 3.5 points.", "")
    assert parted("Flask has 51%. “Odd” days are marked.") == ("Flask has 51%.", "“Odd” days are marked.")


def test_an_address_is_as_the_page_is() -> None:
    asked = [("a", "django"), ("on", ""), ("dimension", "country=*")]
    assert picture("compare", asked, "png") == "/api/v1/compare.png?a=django&dimension=country=*"
    assert picture("compare", asked, "svg", dark=True).endswith("&theme=dark")


def test_every_chart_is_offered_somewhere() -> None:
    pages = {"chart": "trends", "compare": "head_to_head"}
    assert {pages.get(of, of) for of in FIGURES} <= {*PAGES, "forecast"}


@pytest.mark.usefixtures("shown")
def test_use_offers_each_of_its_charts() -> None:
    every = {link: told for show in agreement.SHOWS for link, told in offered("agreement", show=show, **BY_PIP).items()}
    asked = [dict(told) for told in every.values()]
    assert {told["show"] for told in asked} == {"scatter", "tau", "per-million", "ratios", "survey"}
    for told in every.values():
        assert render.figure("agreement", told)[0].headline
    assert {told["survey"] for told in asked if told["show"] == "survey"} == {"so_worked_with", "pds_use"}


@pytest.mark.usefixtures("shown")
def test_ages_are_saved_as_they_are_seen() -> None:
    [asked] = [dict(told) for told in offered("trends by age", **PAGES["trends by age"]).values()]
    assert (asked["axis"], asked["log"], asked["framework"]) == ("stars-50000", "1", "flask,fastapi")


def test_what_next_offers_the_race_and_each_side_by_itself(
    foretold_store: str, at_store: Callable[[str], None]
) -> None:
    """Also where the page says up to when and as of when; every address is drawn."""
    at_store(foretold_store)
    found = {
        link: told
        for show in forecast.SHOWS
        for link, told in offered("forecast", metric="stars", a="django", b="gin", show=show).items()
    }
    shows = [(told["framework"], told.get("against", ""), told.get("show", "")) for told in map(dict, found.values())]
    race = [("django", "gin", "fan"), ("django", "gin", "chance")]
    assert shows == [*race, ("django", "", "fan"), ("gin", "", "fan")]
    titles = [render.figure("forecast", asked)[0].subtitle for asked in found.values()]
    assert len(set(titles)) == len(found)
    for asked in found.values():
        assert render.shown("forecast", asked, "svg").startswith(b"<svg")
    alone = offered("forecast", metric="stars", a="django", b="-")
    assert [dict(told).get("against", "") for told in alone.values()] == [""]


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("page", "query", "of_when"),
    [
        ("overview", {}, "On 22 August 2026"),
        ("trends", {}, "22 August 2026"),
        ("head_to_head", {}, "22 August 2026"),
        ("surveys", {"show": "hiring"}, "June 2026"),
    ],
)
def test_a_page_says_how_old_its_figures_are_where_they_are_old(
    page: str, query: dict[str, str], of_when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for today in (datetime(2026, 8, 31, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)):
        monkeypatch.setattr(cache, "now", lambda today=today: today)
        app = opened(page, **query)
        text = "\n".join([words(app), *(str(element.proto.body) for element in app.get("html"))])
        said.append(bool(re.search(rf"{of_when} · [35] months old", text)))
    assert said == [False, True]


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("page", "query"), [("head_to_head", {"on": "2020-11-25"}), ("trends", {"range": "own", "until": "2020-11-25"})]
)
def test_of_a_day_of_the_past_no_age_is_said(page: str, query: dict[str, str]) -> None:
    assert not any("months old" in str(element.proto.body) for element in opened(page, **query).get("html"))
