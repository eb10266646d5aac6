"""Every page in a real Chromium, wide and narrow, light and dark: it fits, keeps nobody out, the chart comes first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from dashboard.navigation import SECTIONS
from tests.browser.browsing import Visit
from tests.support.serving import ROOT, Server

pytestmark = pytest.mark.browser

SIX = "framework=flask,django,fastapi,express,gin,aiohttp"
PAGES = {
    "overview": "",
    "head_to_head": "head-to-head?on=2020-11-25",
    "head_to_head-survey": "head-to-head?by=so_worked_with",
    "agreement": "agreement",
    "forecast": "forecast",
    "trends": "trends",
    "trends-growth": "trends?show=growth",
    "trends-many": f"trends?{SIX}",
    "trends-events": "trends?events=on&prereleases=on",
    "trends-countries": "trends?metric=downloads_all_by_country&framework=flask&dimension=country=*",
    "surveys": "surveys",
    "surveys-split": "surveys?framework=flask&dimension=region=*",
    "surveys-regions": "surveys?show=regions",
    "surveys-regions-leads": "surveys?show=regions&view=leads",
    "surveys-regions-many": f"surveys?show=regions&{SIX}",
    "surveys-groups": "surveys?show=groups",
    "surveys-wanted": "surveys?show=wanted",
    "surveys-questions": "surveys?show=questions",
    "surveys-hiring": "surveys?show=hiring",
    "anomalies": "anomalies",
    "claims": "claims",
    "claims-one": "claims?claim=django%20leads%20flask%20in%20stars%20by%20almost%201000&on=2020-11-25",
    "events": "events",
    "metrics": "metrics",
    "collection": "collection",
}
WITHOUT_CHART = ("claims", "claims-one", "events", "metrics", "collection", "trends-growth", "surveys-questions")
PAPER = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 28)"}
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
INSIDE = "(() => { const m = document.querySelector('[data-testid=stMain]'); return [m.scrollWidth, m.clientWidth] })()"
MOST_WORDS, MOST_CONTROLS, MOST_SIZES, MOST_ACTIONS, MOST_BADGES, MOST_SCREENS = 45, 6, 4, 4, 1, 3
LOWEST_TOP = {1440: 300, 390: 480}  # pixels from the top of the page to its first chart
MOST_SHIFT, MOST_SHIFT_LATE = 0.1, 0.03
LATE = re.compile(r"/(Multiselect|Html)\.[^/]*\.js")
MEASURED = (ROOT / "tests" / "browser" / "measured.js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Windows:
    """A wide window and a phone."""

    wide: Visit
    phone: Visit


@pytest.fixture(scope="module")
def windows(browser: Any, server: Server) -> Iterator[Windows]:
    """Both, once for every page: what a browser has loaded once, it has."""
    windows = Windows(Visit(browser, server), Visit(browser, server, width=390))
    yield windows
    windows.wide.close()
    windows.phone.close()


def test_no_page_is_forgotten_here() -> None:
    addresses = {view.url for views in SECTIONS.values() for view in views if not view.hidden}
    assert {path.partition("?")[0] for path in PAGES.values()} >= addresses - {"overview"}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_puts_the_chart_first_fits_and_keeps_nobody_out(windows: Windows, name: str) -> None:
    for visit, width in ((windows.wide, 1440), (windows.phone, 390)):
        visit.page.emulate_media(color_scheme="light")
        visit.open(PAGES[name])
        measured = visit.page.evaluate(MEASURED)
        beyond = over_budget(measured, width, chart=name not in WITHOUT_CHART)
        assert beyond == {}, (name, width, measured)
        inside, outside = visit.page.evaluate(INSIDE)
        assert inside <= outside == width, f"{name} is wider than its window"
        # Dark changes colours alone: what a phone lays out is seen light, and every colour of dark in the wide window.
        for scheme, paper in list(PAPER.items())[: 2 if width == 1440 else 1]:
            if scheme == "dark":
                visit.page.emulate_media(color_scheme=scheme)
                visit.page.wait_for_function(f"{BACKGROUND} === '{paper}'")
                visit.page.keyboard.press("r")  # Streamlit runs the page again, now for that scheme
                visit.settle()
            assert visit.page.evaluate(BACKGROUND) == paper
            assert visit.barriers(colours=scheme == "dark") == [], f"{name}: somebody is kept out"
            visit.shot(f"{name}-{width}-{scheme}")
        visit.leave()
        visit.check()


def test_code_that_comes_late_moves_nothing(browser: Any, server: Server) -> None:
    """A control's own code is fetched when it is first shown: on a slow line long after the rest."""
    visit = Visit(browser, server, width=390)
    late: list[Any] = []
    visit.page.route(LATE, lambda route: late.append(route))  # noqa: PLW0108, a list's own method will not do
    visit.page.goto(server.url)
    visit.page.wait_for_selector("[data-testid=stMain] h1")
    visit.page.wait_for_timeout(1500)
    for route in late:
        route.continue_()
    visit.page.unroute(LATE)
    visit.settle()
    assert visit.page.evaluate("window.shifted") <= MOST_SHIFT_LATE
    visit.close()


def over_budget(measured: dict[str, Any], width: int, *, chart: bool) -> dict[str, Any]:
    """What of the measures is beyond its budget."""
    most: dict[str, float] = {
        "sizes": MOST_SIZES,
        "actions": MOST_ACTIONS,
        "badges": MOST_BADGES,
        "headings": 1,
        "shift": MOST_SHIFT,
    }
    if chart:
        most |= {"words": MOST_WORDS, "controls": MOST_CONTROLS, "top": LOWEST_TOP[width]}
    if width > 500:
        most["height"] = MOST_SCREENS * 900
    counts = {name: len(value) if isinstance(value, list) else value for name, value in measured.items()}
    beyond = {name: measured[name] for name, limit in most.items() if counts[name] > limit}
    return beyond | ({"small": measured["small"]} if measured["small"] else {})
