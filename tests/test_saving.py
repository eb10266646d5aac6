"""Save as picture: on every page with a chart, and every address it offers is answered."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from dashboard import pictures, saving
from dashboard.figures import FIGURES
from tests.visiting import links, opened, words

PAGES = {
    "who": {},
    "overtakes": {},
    "use": {"month": "2024-06", "by": "downloads_pip_30d"},
    "regions": {},
    "trends": {"framework": "flask"},
    "surveys": {},
    "anomalies": {"metric": "stars"},
}


def offered(page: str, **query: str) -> dict[str, list[tuple[str, str]]]:
    """The pictures that a page offers as SVG, by address, each with its parameters."""
    svgs = [link for link in links(opened(page, **query)) if ".svg?" in link and "/badge" not in link]
    return {link: parse_qsl(link.partition("?")[2]) for link in svgs}


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("page", PAGES)
def test_every_picture_that_a_page_offers_can_be_drawn(page: str) -> None:
    found = offered(page, **PAGES[page])
    assert found
    for link, asked in found.items():
        of = link.removeprefix("/api/v1/").partition(".svg")[0]
        known, look = pictures.figure(of, asked)
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
    assert saving.address("overtakes", asked, "png") == "/api/v1/overtakes.png?a=django&dimension=country=*"
    assert saving.address("overtakes", asked, "svg", dark=True).endswith("&theme=dark")


def test_every_chart_is_offered_somewhere() -> None:
    """Forecasts are not fitted in this store: their page's own tests and those of pictures know them."""
    pages = {"chart": "trends", "forecast": ""}
    assert {pages.get(of, of) for of in FIGURES} - {""} <= set(PAGES)
