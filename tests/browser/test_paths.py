"""The main path in a real Chromium, with every request it makes on record: none may leave this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from dashboard.navigation import SECTIONS
from tests.browser.browsing import Visit
from tests.support.serving import Server

pytestmark = pytest.mark.browser

# The name of what has the focus, and whether it is somewhere on the page for all to see.
FOCUSED = """(() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  const label = e.getAttribute("aria-label") || e.closest("label")?.innerText || e.innerText || "";
  return [e === document.body ? "" : (label || e.tagName).trim(), box.width > 0 && box.height > 0];
})()"""


MENU = [(section, view) for section, views in SECTIONS.items() for view in views if not view.hidden]
ZONES = ("Pacific/Kiritimati", "Pacific/Honolulu")  # a day apart


@pytest.fixture(scope="module")
def window(browser: Any, server: Server) -> Iterator[Visit]:
    """One window for all: what a browser has loaded once, it has."""
    visit = Visit(browser, server)
    yield visit
    visit.close()


@pytest.fixture
def visit(window: Visit) -> Iterator[Visit]:
    """The window, in which nothing went wrong meanwhile."""
    yield window
    window.leave()
    window.check()


@pytest.fixture(scope="module")
def abroad(browser: Any, server: Server) -> Iterator[list[Visit]]:
    """A window in each time zone."""
    visits = [Visit(browser, server, zone=zone) for zone in ZONES]
    yield visits
    for one in visits:
        one.close()


def test_the_main_path(visit: Visit) -> None:
    page = visit.page
    visit.open("")
    assert "FastAPI leads" in page.locator("h1").inner_text()
    assert page.locator("[data-testid=stVegaLiteChart]").count() >= 3
    page.get_by_role("link", name="Trends", exact=True).first.click()
    page.wait_for_url("**/trends*")
    visit.settle()
    assert page.locator("[data-testid=stVegaLiteChart]").count() == 1
    page.get_by_role("radio", name="Downloads").click()
    page.wait_for_url("**metric=downloads*")
    visit.settle()
    assert "downloads" in page.locator("h1").inner_text().lower()
    before, told = visit.page.url, page.locator("h1").inner_text()
    page.reload()
    visit.settle()
    assert visit.page.url == before
    assert page.locator("h1").inner_text() == told

    page.get_by_role("button", name=re.compile("^Data")).click()
    page.get_by_role("menuitem", name="Collection").click()
    page.wait_for_url("**/collection*")
    visit.settle()
    page.get_by_role("button", name="Collect all now").click()
    page.wait_for_selector("text=requested", timeout=15_000)


@pytest.mark.parametrize(
    "path",
    [
        "trends?framework=flask&since=2026-08-10&until=2026-08-22&range=days",
        "trends?framework=flask&framework=django&metric=downloads_pip_30d&events=on",
        "head-to-head?a=django&b=flask&on=2020-11-25",
        "anomalies?metric=stars",
        "forecast",
    ],
)
def test_a_chart_is_the_same_in_every_time_zone(abroad: list[Visit], path: str) -> None:
    shots = []
    for visit in abroad:
        visit.open(path)
        charts = visit.page.locator("[data-testid=stVegaLiteChart]")
        shots.append([chart.screenshot() for chart in charts.all() if chart.is_visible()])
        visit.leave()
    assert shots[0]
    assert shots[1] == shots[0]


def test_a_point_leads_to_the_answer_it_came_from(visit: Visit) -> None:
    page = visit.page
    visit.open("trends?framework=flask&events=on")
    page.locator(".dots_marks path").nth(40).click(force=True)
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("SHA-256").wait_for(timeout=15_000)
    page.wait_for_url("**trace=flask*")
    assert dialog.evaluate("node => node.contains(document.activeElement)")  # the focus moved into what opened
    with page.expect_download() as waiting:
        dialog.get_by_role("link", name="JSON").click()
    assert b'"sha256"' in Path(waiting.value.path()).read_bytes()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached", timeout=15_000)
    visit.settle()
    assert "trace" not in page.url
    page.get_by_role("button", name="About this data").focus()  # the same without a pointer
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text("SHA-256").wait_for(timeout=15_000)
    visit.settle()


def test_back_and_forward_follow_the_choices(visit: Visit) -> None:
    page = visit.page
    visit.open("trends")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("combobox", name="Show").click()
    page.get_by_role("option", name="Index").click()
    page.wait_for_url("**view=index*")
    visit.settle()
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="3y").click()
    page.wait_for_url("**range=3y*")
    visit.settle()
    page.go_back()
    page.wait_for_url(lambda url: "range" not in url)
    visit.settle()
    assert "view=index" in page.url
    assert page.get_by_role("radio", name="All").is_checked()
    assert "start = 100" in visit.text()


def test_a_hostile_link_is_inert(visit: Visit) -> None:
    evils = ("<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://192.0.2.1/x.png)")
    visit.open(f"trends?metric={quote(evils[0])}&{urlencode({'framework': evils}, doseq=True)}")
    assert "The address asks for" in visit.text()
    assert (
        visit.page.locator("[data-testid=stMain] img[src='x'], [data-testid=stMain] a[href^=javascript]").count() == 0
    )


def test_a_chosen_segment_is_legible_on_a_dark_page(browser: Any, server: Server) -> None:
    visit = Visit(browser, server, scheme="dark")
    visit.open("trends")
    chosen = visit.page.locator("[role=radio][aria-checked=true] p").first
    letters = chosen.evaluate("node => getComputedStyle(node).color")
    assert min(int(part) for part in re.findall(r"\d+", letters)[:3]) >= 200, letters  # near white on near black
    visit.close()


def test_every_page_is_reached_from_the_menu_and_has_its_title(visit: Visit) -> None:
    visit.open("")
    page = visit.page
    for section, view in MENU:
        entry(page, section, view.title).click()
        page.wait_for_function("title => document.title === title", arg=f"{view.title} · Uptake")
    visit.settle()


def test_the_menu_fits_the_window(visit: Visit) -> None:
    visit.open("")
    for width in (1440, 1024, 768):
        visit.resize(width)
        for section, view in MENU:
            box = entry(visit.page, section, view.title).bounding_box()
            assert 0 <= box["x"] < box["x"] + box["width"] <= width, (view.title, width)
            visit.page.keyboard.press("Escape")
    visit.resize(1440)


def test_a_phone_reaches_every_page(browser: Any, server: Server) -> None:
    visit = Visit(browser, server, width=390)
    visit.open("")
    for _, view in MENU:
        visit.page.get_by_test_id("stExpandSidebarButton").click()
        visit.page.get_by_role("link", name=view.title, exact=True).first.click()
        visit.page.wait_for_function("title => document.title === title", arg=f"{view.title} · Uptake")
    visit.close()


def entry(page: Any, section: str, title: str) -> Any:
    """The line of a page in the menu, whose section is open."""
    if section:
        page.get_by_role("button", name=re.compile(f"^{section}")).click()
    link = page.get_by_role("menuitem" if section else "link", name=title, exact=True).first
    link.wait_for()
    return link


def test_everything_is_reached_by_keyboard(visit: Visit) -> None:
    """Tab goes from one control to the next, each is seen to have the focus, and Enter follows a link."""
    visit.open("head-to-head")
    page, seen = visit.page, []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
    named = [name for name, _ in seen if name]
    for control in (
        "Skip to main",
        "Trends",
        "Compare with",
        "Settings",
        "Download",
        "Share",
        "Table",
        "About this data",
    ):
        assert any(control in name for name in named), f"{control} is not reached"
    assert [name for name, visible in seen if name and not visible] == []
    # Streamlit's own pictures and tables carry no caveat: ours do, and are offered beside the chart.
    assert [name for name in named if name.startswith(("Download as", "Copy Vega"))] == []
    visit.open("")
    page.get_by_role("link", name="Trends").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/trends*")
    visit.settle()
