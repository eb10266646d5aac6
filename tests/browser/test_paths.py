"""The main path in a real Chromium, with every request it makes on record: none may leave this machine."""

from __future__ import annotations

import re
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.browser.browsing import Visit
from tests.support.serving import Server, scheduling, serving
from tests.support.stars import GitHub, Repo
from tests.support.upstream import Rule, limited

pytestmark = pytest.mark.browser

# The name of what has the focus, and whether it is somewhere on the page for all to see.
FOCUSED = """(() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  const label = e.getAttribute("aria-label") || e.closest("label")?.innerText || e.innerText || "";
  return [e === document.body ? "" : (label || e.tagName).trim(), box.width > 0 && box.height > 0];
})()"""


def test_the_main_path(browser: Any, server: Server, tmp_path: Path) -> None:
    visit = Visit(browser, server)
    page = visit.page
    visit.open("")
    assert re.search(
        r"Django passed Flask in GitHub stars.*2020-09-25 and 2020-09-27, while Flask led in downloads", visit.text()
    )
    assert page.locator("[data-testid=stVegaLiteChart]").count() >= 5
    page.get_by_role("link", name="Trends", exact=True).click()
    page.wait_for_url("**/trends*")
    visit.settle()
    assert page.locator("[data-testid=stVegaLiteChart]").count() == 1
    page.get_by_role("combobox", name="Metric").click()
    page.get_by_role("option", name="Downloads by pip in 30 days").click()
    page.wait_for_url("**metric=downloads_pip_30d*")
    visit.settle()
    assert "Downloads by pip in 30 days" in visit.text()

    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).click()
    file = tmp_path / "page.csv"
    waiting.value.save_as(file)
    api = server.get("/api/v1/series.csv?metric=downloads_pip_30d&framework=flask&framework=django&framework=fastapi")
    assert file.read_bytes() == api.body
    assert waiting.value.suggested_filename == "uptake-downloads_pip_30d.csv"

    before = visit.page.url
    page.reload()
    visit.settle()
    assert visit.page.url == before
    assert "Downloads by pip in 30 days" in visit.text()

    page.get_by_role("link", name="Collection").click()
    page.wait_for_url("**/collection*")
    visit.settle()
    assert "were never collected" in visit.text()
    page.get_by_role("button", name="Collect now").nth(2).click()
    page.wait_for_selector("text=waits for the scheduler", timeout=15_000)
    page.get_by_role("button", name="Cancel").first.click()
    page.wait_for_selector("text=waits for the scheduler", state="detached", timeout=15_000)
    visit.close()


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
def test_a_chart_is_the_same_in_every_time_zone(browser: Any, server: Server, path: str) -> None:
    shots = []
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Honolulu"):
        visit = Visit(browser, server, zone=zone)
        visit.open(path)
        charts = visit.page.locator("[data-testid=stVegaLiteChart]")
        shots.append([chart.screenshot() for chart in charts.all() if chart.is_visible()])
        visit.close()
    assert shots[0]
    assert shots[1:] == shots[:1] * 2


def test_a_point_leads_to_the_answer_it_came_from(browser: Any, server: Server) -> None:
    visit = Visit(browser, server)
    page = visit.page
    visit.open("trends?framework=flask&events=on")
    box = page.locator("[data-testid=stVegaLiteChart]").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 150)
    page.wait_for_selector("text=Where this number comes from", timeout=15_000)
    page.wait_for_url("**trace=flask*")
    visit.settle()
    assert "SHA-256" in visit.text()
    with page.expect_popup() as opening:
        page.get_by_role("link", name="As JSON by API").click()
    assert '"sha256"' in opening.value.inner_text("body")
    opening.value.close()
    page.get_by_role("button", name="Close").click()
    page.wait_for_selector("text=Where this number comes from", state="detached", timeout=15_000)
    page.get_by_role("button", name="Where a number comes from").focus()  # the same without a pointer
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Where this number comes from", timeout=15_000)
    visit.settle()
    visit.close()


def test_a_data_package_is_made_when_asked_for(browser: Any, server: Server, tmp_path: Path) -> None:
    visit = Visit(browser, server)
    visit.open("trends?framework=flask")
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name="Data package").click()
    waiting.value.save_as(tmp_path / "package.zip")
    csv = server.get("/api/v1/series.csv?metric=stars&framework=flask")
    assert zipfile.ZipFile(tmp_path / "package.zip").read("data/stars.csv") == csv.body
    visit.close()


def test_a_framework_outside_the_catalog_is_charted_within_a_minute(
    browser: Any, own_full_store: str, tmp_path: Path
) -> None:
    """By somebody who never saw the program: the form, the scheduler's run against a real server, the chart."""
    url = own_full_store
    github = GitHub([Repo(7, "me/mine", date(2025, 6, 1))])
    github.rules.append(Rule("^/(?!repos/me/mine|repositories/7)", limited(404, "Not Found")))
    with github, scheduling(url, tmp_path, UPTAKE_GITHUB_URL=github.url), serving(url, tmp_path) as server:
        visit = Visit(browser, server)
        page, began = visit.page, time.monotonic()
        visit.open("collection")
        page.get_by_label("Name", exact=True).fill("Mine")
        page.get_by_label("GitHub repository").fill("me/mine")
        page.get_by_role("button", name="Add and collect").click()
        page.get_by_role("link", name="See it on Trends").click(timeout=45_000)
        page.wait_for_url("**/trends*framework=mine*")
        visit.settle()
        assert page.locator("[data-testid=stVegaLiteChart]").count() == 1
        assert time.monotonic() - began < 60
        assert re.search(r"Mine \d", visit.text())
        visit.close()


def test_back_and_forward_follow_the_choices(browser: Any, server: Server) -> None:
    visit = Visit(browser, server)
    page = visit.page
    visit.open("trends")
    page.get_by_role("combobox", name="View").click()
    page.get_by_role("option", name="Index").click()
    page.wait_for_url("**view=index*")
    visit.settle()
    page.get_by_role("radio", name="3 years").click()
    page.wait_for_url("**range=3y*")
    visit.settle()
    page.go_back()
    page.wait_for_url(lambda url: "range" not in url)
    visit.settle()
    assert "view=index" in page.url
    assert page.get_by_role("radio", name="All").is_checked()
    assert "indexed (start = 100)" in visit.text()
    visit.close()


@pytest.mark.parametrize(
    "evil", ["<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://192.0.2.1/x.png)"]
)
def test_a_hostile_link_is_inert(browser: Any, server: Server, evil: str) -> None:
    from urllib.parse import quote

    visit = Visit(browser, server)
    visit.open(f"trends?framework={quote(evil)}&metric={quote(evil)}")
    assert "The address asks for" in visit.text()
    assert (
        visit.page.locator("[data-testid=stMain] img[src='x'], [data-testid=stMain] a[href^=javascript]").count() == 0
    )
    visit.close()


def test_a_chosen_segment_is_legible_on_a_dark_page(browser: Any, server: Server) -> None:
    visit = Visit(browser, server, scheme="dark")
    visit.open("trends")
    chosen = visit.page.locator("[role=radio][aria-checked=true] p").first
    letters = chosen.evaluate("node => getComputedStyle(node).color")
    assert min(int(part) for part in re.findall(r"\d+", letters)[:3]) >= 200, letters  # near white on near black
    visit.close()


def test_on_a_phone_every_page_is_one_tap_away(browser: Any, server: Server) -> None:
    visit = Visit(browser, server, width=390)
    visit.open("")
    for name in ("Trends", "Surveys", "Claims", "Metrics", "Collection"):
        visit.page.locator(".st-key-pages").get_by_role("link", name=name).click()
        visit.page.wait_for_url(f"**/{name.lower()}*")
        visit.settle()
    visit.close()
    visit = Visit(browser, server)
    visit.open("")
    assert not visit.page.locator(".st-key-pages").is_visible()
    visit.close()


def test_everything_is_reached_by_keyboard(browser: Any, server: Server) -> None:
    """Tab goes from one control to the next, each is seen to have the focus, and Enter follows a link."""
    visit = Visit(browser, server)
    visit.open("head-to-head")
    page, seen = visit.page, []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
    named = [name for name, _ in seen if name]
    for control in ("Skip to main", "Trends", "Did", "overtake", "By", "Swap"):
        assert any(name.startswith(control) for name in named), f"{control} is not reached"
    assert [name for name, visible in seen if name and not visible] == []
    # Streamlit's own pictures and tables carry no caveat: ours do, and are offered beside the chart.
    assert [name for name in named if name.startswith(("Download as", "Copy Vega"))] == []
    visit.open("")
    page.get_by_role("link", name="Trends").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/trends*")
    visit.settle()
    visit.close()
