"""A visitor's window in a real Chromium, with every request it makes on record."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.serving import ROOT, Server

CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SHOTS = ROOT / "artefacts" / "screenshots"
PHONE = "Mozilla/5.0 (Linux; Android 14; Phone) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36"
NARROW = 500  # pixels: a window no wider is a phone
LOCAL = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|(data|blob):")
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
# What moved under the reader's eyes since the page was opened, as browsers count it (0: nothing). That Streamlit lays
# every page out narrow until it has heard that pages are wide is not ours, and depends on how busy the machine is.
SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver(list => {
    const widened = e => e.sources.some(s => s.node?.dataset?.testid === "stMainBlockContainer");
    for (const e of list.getEntries()) if (!e.hadRecentInput && !widened(e)) window.shifted += e.value;
  }).observe({type: "layout-shift", buffered: true});
"""


def chromium() -> str:
    """Where Chromium is; the test is skipped, with this reason, only where there is none."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in CANDIDATES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine: install it, or name it in CHROMIUM")
    return found


def size(width: int) -> dict[str, int]:
    """Of a window of that width."""
    return {"width": width, "height": 900 if width > NARROW else 844}


class Visit:
    """A visitor's window, with what it asked for and what went wrong in it."""

    def __init__(
        self, browser: Any, server: Server, *, width: int = 1440, scheme: str = "light", zone: str = "UTC"
    ) -> None:
        self.server = server
        phone = {"user_agent": PHONE} if width <= NARROW else {}
        self.context = browser.new_context(
            viewport=size(width), color_scheme=scheme, accept_downloads=True, timezone_id=zone, **phone
        )
        self.page = self.context.new_page()
        self.page.add_init_script(SHIFTS)
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

    def leave(self) -> None:
        """Go nowhere: a page that refreshes itself would go on as long as its window is open."""
        self.page.goto("about:blank")

    def settle(self) -> None:
        """Wait until the script has run, its charts are drawn and nothing is pending."""
        self.page.evaluate("window.changedAt &&= performance.now()")
        self.page.wait_for_function(SETTLED, arg=QUIET_MS, polling=50, timeout=60_000)

    def resize(self, width: int) -> None:
        self.page.set_viewport_size(size(width))
        self.settle()

    def text(self) -> str:
        return str(self.page.inner_text("[data-testid=stMain]"))

    def barriers(self, *, colours: bool = False) -> list[str]:
        """What axe-core finds that would keep somebody out: its serious and critical violations, with their places;
        of colours alone if asked.
        """
        import axe_playwright_python

        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text())
        options = {"resultTypes": ["violations"]} | ({"runOnly": ["color-contrast"]} if colours else {})
        # The list in a phone's menu is Streamlit's own, with its sections between the items.
        found = self.page.evaluate("options => axe.run({exclude: [['[data-testid=stSidebarNav]']]}, options)", options)[
            "violations"
        ]
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
