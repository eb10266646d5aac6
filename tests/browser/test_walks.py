"""Four walks in a real browser: a tech lead, a writer, a maintainer and an operator get what they came for."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import load
from storage import Store
from tests.browser.browsing import Visit
from tests.support.planting import ran
from tests.support.serving import Server, copied, scheduling, serving
from tests.support.stars import GitHub, Repo
from tests.support.upstream import Rule, limited

pytestmark = pytest.mark.browser

MOST_CLICKS = 5  # of a writer
# What stands within the first screen.
IN_VIEW = """() => [...document.querySelectorAll("[data-testid=stMain] *")]
  .filter(e => !e.childElementCount && e.getClientRects().length)
  .filter(e => e.getBoundingClientRect().bottom <= innerHeight)
  .map(e => e.textContent).join(" ")"""


def test_a_tech_lead_reads_who_leads_and_what_speaks_against_it_from_one_screen_and_one_click(
    browser: Any, server: Server
) -> None:
    visit = Visit(browser, server)
    visit.open("")
    first_screen = str(visit.page.evaluate(IN_VIEW))
    assert re.search(r"FastAPI leads in stars", first_screen)
    for framework in ("Flask", "Django", "FastAPI"):
        assert framework in first_screen
    stars = load().metrics["stars"]
    assert stars.badge[:40] in first_screen
    visit.page.get_by_role("link", name=re.compile("Open in Trends")).first.click()
    visit.page.wait_for_url("**/trends*")
    visit.settle()
    assert "Read with care" in visit.text()
    assert "FastAPI passed Django" in visit.text()
    visit.close()


def test_a_writer_leaves_with_an_image_a_csv_and_a_citation_in_a_few_clicks(
    browser: Any, server: Server, tmp_path: Path
) -> None:
    visit = Visit(browser, server)
    page, clicks = visit.page, 0
    visit.open("trends?framework=flask,django")
    page.get_by_role("button", name="Download", exact=True).click()
    clicks += 1
    for kind in ("PNG", "CSV"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=kind, exact=True).click()
        clicks += 1
        waiting.value.save_as(tmp_path / kind)
        assert waiting.value.suggested_filename == f"uptake-stars.{kind.lower()}"
    assert (tmp_path / "PNG").read_bytes().startswith(b"\x89PNG")
    api = server.get("/api/v1/series.csv?metric=stars&framework=flask,django")
    assert (tmp_path / "CSV").read_bytes() == api.body
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Share", exact=True).click()
    clicks += 1
    citation = page.locator("[data-testid=stCode]").filter(has_text="Uptake, http").first
    citation.wait_for()
    assert "as_of=" in citation.inner_text()
    assert clicks <= MOST_CLICKS
    visit.settle()
    visit.close()


def test_a_maintainer_adds_a_repository_and_sees_its_chart_within_a_minute(
    browser: Any, own_full_store: str, tmp_path: Path
) -> None:
    """By somebody who never saw the program: the form, the scheduler's run against a real server, the chart."""
    github = GitHub([Repo(7, "me/mine", date(2025, 6, 1))])
    github.rules.append(Rule("^/(?!repos/me/mine|repositories/7)", limited(404, "Not Found")))
    with (
        github,
        scheduling(own_full_store, tmp_path, UPTAKE_GITHUB_URL=github.url),
        serving(own_full_store, tmp_path) as server,
    ):
        visit = Visit(browser, server)
        page, began = visit.page, time.monotonic()
        visit.open("collection?show=frameworks")
        page.get_by_label("Name", exact=True).fill("Mine")
        page.get_by_label("GitHub repository").fill("me/mine")
        page.get_by_role("button", name="Add and collect").click()
        page.get_by_role("link", name="Open in Trends").click(timeout=45_000)
        page.wait_for_url("**/trends*framework=mine*")
        visit.settle()
        assert page.locator("[data-testid=stVegaLiteChart]").count() == 1
        assert time.monotonic() - began < 60
        assert re.search(r"Mine \d", visit.text())
        visit.close()


def test_an_operator_finds_which_source_is_late_and_why(browser: Any, full_store: str, tmp_path: Path) -> None:
    url, now = copied(full_store, tmp_path), datetime.now(UTC)
    with Store.open(url) as store:
        ran(store, "pypistats", now - timedelta(days=30))
        ran(store, "pypistats", now - timedelta(hours=3), "failed")
    with serving(url, tmp_path) as server:
        visit = Visit(browser, server)
        page = visit.page
        visit.open("")
        data = page.get_by_role("button", name=re.compile(r"^Data"))
        assert "1" in data.inner_text()  # how many sources are late
        data.click()
        page.get_by_role("menuitem", name="Collection").click()
        page.wait_for_url("**/collection*")
        visit.settle()
        assert "PyPI Stats" in page.locator("h1").inner_text()
        assert "it did not answer" in visit.text()
        visit.close()
