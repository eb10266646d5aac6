"""The main path in a real Chromium, with every request it makes on record: none may leave this machine."""

from __future__ import annotations

import os
import re
import shutil
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.serving import ROOT, Server, copied, foretell, scheduling, serving
from tests.support.stars import GitHub, Repo
from tests.support.upstream import Rule, limited

pytestmark = pytest.mark.browser

CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SHOTS = ROOT / "artefacts" / "screenshots"
PAGES = {
    "overview": "",
    "head_to_head": "head-to-head?on=2020-11-25",
    "head_to_head-survey": "head-to-head?by=so_worked_with",
    "agreement": "agreement",
    "forecast": "forecast",
    "regions": "regions",
    "regions-table": "regions?table=on&europe=europe&on=2019",
    "trends": "trends",
    "trends-events": "trends?events=on&prereleases=on&trace=flask@2020-09-25",
    "trends-countries": "trends?metric=downloads_all_by_country&framework=flask&dimension=country=*",
    "surveys": "surveys",
    "surveys-regions": "surveys?framework=flask&dimension=region=*",
    "anomalies": "anomalies",
    "claims": "claims",
    "claims-one": "claims?claim=django%20leads%20flask%20in%20stars%20by%20almost%201000&on=2020-11-25",
    "events": "events",
    "metrics": "metrics",
    "collection": "collection",
}
LOCAL = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|(data|blob):")
WIDTHS = (1440, 390)
PAPER = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 28)"}
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
INSIDE = "(() => { const m = document.querySelector('[data-testid=stMain]'); return [m.scrollWidth, m.clientWidth] })()"
# The name of what has the focus, and whether it is somewhere on the page for all to see.
FOCUSED = """(() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  const label = e.getAttribute("aria-label") || e.closest("label")?.innerText || e.innerText || "";
  return [e === document.body ? "" : (label || e.tagName).trim(), box.width > 0 && box.height > 0];
})()"""
# Whether the script has run, its charts are drawn, and nothing in the page has changed for a while (in ms).
SETTLED = """quiet => {
  if (!window.changedAt) {
    const watch = new MutationObserver(() => { window.changedAt = performance.now(); });
    watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
    window.changedAt = performance.now();
  }
  const every = (selector, holds) => [...document.querySelectorAll(selector)].every(holds);
  return performance.now() - window.changedAt > quiet
    && document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
    && document.querySelector("[data-testid=stHeading]") && !document.querySelector("[data-testid=stSkeleton]")
    && every("[data-testid=stVegaLiteChart]", e => !e.getClientRects().length || e.querySelector("svg, canvas"));
}"""
QUIET_MS = 400


def chromium() -> str:
    """Where Chromium is; the test is skipped, with this reason, only where there is none."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in CANDIDATES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine: install it, or name it in CHROMIUM")
    return found


@pytest.fixture(scope="module")
def server(deep_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    url = copied(deep_store, tmp_path_factory.mktemp("store"))
    foretell(url)
    with serving(url, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


def size(width: int) -> dict[str, int]:
    """Of a window of that width."""
    return {"width": width, "height": 900 if width > 500 else 844}


class Visit:
    """A visitor's window, with what it asked for and what went wrong in it."""

    def __init__(
        self, browser: Any, server: Server, *, width: int = 1440, scheme: str = "light", zone: str = "UTC"
    ) -> None:
        self.server = server
        self.context = browser.new_context(
            viewport=size(width), color_scheme=scheme, accept_downloads=True, timezone_id=zone
        )
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda line: self.requests.append(line.url))
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", self._console)
        self.page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))

    def _console(self, message: Any) -> None:
        # Streamlit looks for its server under the page's own path first; that one 404 is how it works.
        if message.type == "error" and "404" not in message.text:
            self.faults.append(message.text)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.server.url}/{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run, its charts are drawn and nothing is pending."""
        self.page.evaluate("window.changedAt &&= performance.now()")
        self.page.wait_for_function(SETTLED, arg=QUIET_MS, polling=50, timeout=60_000)

    def resize(self, width: int) -> None:
        self.page.set_viewport_size(size(width))
        self.settle()

    def text(self) -> str:
        return str(self.page.inner_text("[data-testid=stMain]"))

    def barriers(self) -> list[str]:
        """What axe-core finds that would keep somebody out: its serious and critical violations, with their places."""
        import axe_playwright_python

        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text())
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        grave = [rule for rule in found if rule["impact"] in ("serious", "critical")]
        return [f"{rule['id']}: {node['html'][:200]}" for rule in grave for node in rule["nodes"]]

    def shot(self, name: str) -> None:
        """The whole page as a picture, for people to look at: only with SHOTS=1, since each is drawn anew for it."""
        if "SHOTS" not in os.environ:
            return
        SHOTS.mkdir(parents=True, exist_ok=True)
        height = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        width = self.page.viewport_size["width"]
        self.page.set_viewport_size({"width": width, "height": min(int(height) + 60, 8000)})
        self.settle()
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def close(self) -> None:
        self.context.close()
        self.check()

    def check(self) -> None:
        """Nothing failed, and nothing was asked of anybody but us."""
        assert [url for url in self.requests if not LOCAL.match(url)] == []
        assert self.faults == []
        assert self.requests


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
    page.get_by_role("option", name="pip downloads per 30 days (ended October 2024)").click()
    page.wait_for_url("**metric=downloads_pip_30d*")
    visit.settle()
    assert "pip downloads per 30 days (ended October 2024)" in visit.text()

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
    assert "pip downloads per 30 days (ended October 2024)" in visit.text()

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


def test_no_page_is_forgotten_here() -> None:
    told = re.findall(r'\("views/\w+/page\.py", "[^"]+", "([\w-]*)"', (ROOT / "dashboard" / "main.py").read_text())
    assert len(told) > 7
    assert {path.partition("?")[0] for path in PAGES.values()} >= set(told)


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


@pytest.fixture(scope="module")
def gallery(browser: Any, server: Server) -> Iterator[Visit]:
    """One window for the pictures of every page: what a browser has loaded once, it has."""
    visit = Visit(browser, server)
    yield visit
    visit.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_and_keeps_nobody_out(gallery: Visit, name: str) -> None:
    """In a light and in a dark window, wide and narrow: of its window's width a page learns nothing, so that it is
    opened once in each scheme.
    """
    for scheme, paper in PAPER.items():
        gallery.page.emulate_media(color_scheme=scheme)
        gallery.open(PAGES[name])
        assert gallery.page.evaluate(BACKGROUND) == paper
        for width in WIDTHS:
            gallery.resize(width)
            inside, outside = gallery.page.evaluate(INSIDE)
            assert inside <= outside == width, f"{name} is wider than its window"
            assert gallery.barriers() == [], f"{name}: somebody is kept out"
            gallery.shot(f"{name}-{width}-{scheme}")
    gallery.check()
