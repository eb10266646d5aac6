"""Save as picture: on every page with a chart, and every address it offers is answered."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest

from dashboard.export import render
from dashboard.export.figures import FIGURES
from dashboard.links import picture
from tests.support import serving
from tests.support.visiting import links, opened, words

PAGES = {
    "overview": {},
    "head_to_head": {},
    "agreement": {"month": "2024-06", "by": "downloads_pip_30d"},
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
        assert known.title, link
        assert look.dark is False


@pytest.mark.usefixtures("shown")
def test_a_series_of_one_framework_has_its_badge_for_a_readme() -> None:
    app = opened("trends", framework="flask", log="on", as_of="2030-01-01")
    said = words(app)
    asked = "metric=stars&framework=flask"
    assert f"/api/v1/chart.svg?{asked}" in said
    assert f"/api/v1/badge.svg?{asked}" in said
    assert "log=1" in next(link for link in links(app) if link.startswith("/api/v1/chart.png"))
    several = words(opened("trends", framework="flask,django"))
    assert "/api/v1/badge.svg" not in several
    assert "Choose a single framework" in several


def test_an_address_is_as_the_page_is() -> None:
    asked = [("a", "django"), ("on", ""), ("dimension", "country=*")]
    assert picture("compare", asked, "png") == "/api/v1/compare.png?a=django&dimension=country=*"
    assert picture("compare", asked, "svg", dark=True).endswith("&theme=dark")


def test_every_chart_is_offered_somewhere() -> None:
    pages = {"chart": "trends", "compare": "head_to_head"}
    assert {pages.get(of, of) for of in FIGURES} <= {*PAGES, "forecast"}


@pytest.mark.usefixtures("shown")
def test_use_offers_each_of_its_charts() -> None:
    asked = [dict(told) for told in offered("agreement", **PAGES["agreement"]).values()]
    assert {told["show"] for told in asked} == {"scatter", "tau", "per-million", "ratios", "survey"}
    assert {told["survey"] for told in asked if told["show"] == "survey"} == {"so_worked_with", "pds_use"}


@pytest.mark.usefixtures("shown")
def test_ages_are_saved_as_they_are_seen() -> None:
    [asked] = [dict(told) for told in offered("trends by age", **PAGES["trends by age"]).values()]
    assert (asked["axis"], asked["log"], asked["framework"]) == ("stars-50000", "1", "flask,fastapi")


@pytest.fixture(scope="module")
def foretold(full_store: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store with a race forecast, Django against Gin."""
    url = serving.copied(full_store, tmp_path_factory.mktemp("saving"))
    serving.foretell(url)
    return url


def test_what_next_offers_the_race_and_each_side_by_itself(foretold: str, at_store: Callable[[str], None]) -> None:
    """Also where the page says up to when and as of when; every address is drawn."""
    at_store(foretold)
    found = offered("forecast", metric="stars", a="django", b="gin")
    shows = [(told["framework"], told.get("against", ""), told.get("show", "")) for told in map(dict, found.values())]
    race = [("django", "gin", "fan"), ("django", "gin", "chance")]
    assert shows == [*race, ("django", "", ""), ("gin", "", "")]
    titles = [render.figure("forecast", asked)[0].title for asked in found.values()]
    assert len(set(titles)) == len(found)
    for asked in found.values():
        assert render.shown("forecast", asked, "svg").startswith(b"<svg")
    alone = offered("forecast", metric="stars", a="django", b="-")
    assert [dict(told).get("against", "") for told in alone.values()] == [""]
