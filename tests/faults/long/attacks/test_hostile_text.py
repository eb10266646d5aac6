"""X08: scripts as the names of frameworks, notes, releases and failures, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from storage import Batch, Counts, Event, Failure, NewAlert, Observation, Payload, Period, Store
from tests.browser.browsing import Visit
from tests.support.serving import copied, serving

pytestmark = [pytest.mark.fault, pytest.mark.browser]
SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><iframe src=javascript:alert(1)>',
    "'-alert(1)-'",
    "[x](javascript:alert(1))",
    "![x](http://192.0.2.1/x.png)",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)} `alert(1)`",
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
)
MADE = (
    "img[src='x']", "img[src*='192.0.2.1']", "[onload]", "[onerror]",
    "iframe[src^='javascript']", "a[href^='javascript']", "math",
)  # fmt: skip
TODAY = datetime.now(UTC)


def poison(url: str) -> None:
    """Put every script wherever text from outside is kept."""
    names = [f"evil{number}" for number in range(len(SCRIPTS))]
    with Store.open(url) as store:
        run = store.start_run("github", trigger="schedule", now=TODAY)
        for number, (name, evil) in enumerate(zip(names, SCRIPTS, strict=True)):
            store.add_framework(name, evil, {"github": f"evil/{name}"}, language=evil, now=TODAY)
            days = [Observation("stars", name, Period.day(date(2026, 11, n)), 900.0 + n + number) for n in (1, 11, 21)]
            told = Event(name, date(2026, 11, 11), "release", evil, "https://example.org/x")
            payload = Payload("github", "https://example.org/x", evil.encode(), TODAY)
            store.write(run.id, name, "snapshot", Batch(payload, tuple(days), events=(told,)))
            store.add_note(name, date(2026, 11, 12), evil, "https://example.org/x")
        failures = [Failure(name, "snapshot", "changed", evil) for name, evil in zip(names, SCRIPTS, strict=True)]
        alerts = [
            NewAlert(
                f"milestone:stars:{name}:100",
                "milestone",
                TODAY.date(),
                evil,
                "/api/v1/series.json?metric=stars",
                silent=False,
            )
            for name, evil in zip(names, SCRIPTS, strict=True)
        ]
        store.note_alerts(alerts, TODAY)
        store.finish(run.id, "partial", counts=Counts(), failures=failures, now=TODAY, note=SCRIPTS[0])


@pytest.fixture(scope="module")
def visit(full_store: str, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    folder = tmp_path_factory.mktemp("poisoned")
    url = copied(full_store, folder)
    poison(url)
    with serving(url, folder) as server:
        opened = Visit(browser, server)
        yield opened
        opened.page.close()


FOUR = "framework=evil0,evil1,evil2,evil7&metric=stars"


@pytest.mark.parametrize(
    "path", [f"trends?{FOUR}", "head-to-head?a=evil0&b=evil1&by=stars", f"anomalies?{FOUR}", "events", "collection"]
)
def test_x08_scripts_in_every_text_are_shown_as_text(visit: Visit, path: str) -> None:
    visit.open(path)
    page, charts = visit.page, visit.page.locator("canvas, svg.marks")
    for number in range(min(charts.count(), 3)):  # its tooltips
        box = charts.nth(number).bounding_box()
        for part in (0.3, 0.5, 0.9) if box else ():
            page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] / 2)
            page.wait_for_timeout(150)
    assert "alert(1)" in page.content()
    assert [made for made in MADE if page.locator(made).count()] == []
    assert not page.evaluate("[...document.scripts].some(script => script.text.includes('alert(1)'))")
    assert [fault for fault in visit.faults if fault.startswith("dialog")] == []
    assert not [
        asked
        for asked in visit.requests
        if not asked.startswith((visit.server.url, "ws://127.0.0.1", "data:", "blob:"))
    ]
