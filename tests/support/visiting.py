"""A page as Streamlit runs it, without a browser: opened at an address, read as text."""

from __future__ import annotations

import re
from functools import cache

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from tests.support.serving import ROOT

MAIN = str(ROOT / "dashboard" / "main.py")
FIRST = "overview"  # what is shown without a choice
HEADINGS = ("title", "header")
KINDS = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "code")

# Each page that is opened would read the metadata of every installed package, for a quarter of its time.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def opened(page: str, **query: str | list[str]) -> AppTest:
    """The page of that view with this query in its address; it must not have failed."""
    app = AppTest.from_file(MAIN, default_timeout=120)
    if page != FIRST:
        app._page_hash = _hash_of(page)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    assert not app.error, [e.value for e in app.error]
    return app


@cache
def _hash_of(page: str) -> str:
    """What Streamlit calls a page. Only a script that ran can tell, and the first page takes longest: run it once."""
    return str(_ran().switch_page(f"views/{page}/page.py")._page_hash)


@cache
def _ran() -> AppTest:
    return AppTest.from_file(MAIN, default_timeout=120).run()


def words(app: AppTest) -> str:
    """All that a page says, as mere text; its headings, which have no full stop, as sentences."""
    said = [
        f"{element.value}{'.' if kind in HEADINGS else ''}"
        for kind in KINDS
        for element in app.get(kind)
        if isinstance(element, Element)
    ]
    said += [str(link.proto.label) for link in app.get("page_link")]
    return re.sub(r"\\(.)", r"\1", "\n".join(said))


def alts(app: AppTest) -> list[str]:
    """What each chart says of itself."""
    return [str(chart.proto.alt) for chart in app.get("vega_lite_chart")]


def links(app: AppTest) -> list[str]:
    """Where the page's link buttons lead."""
    return [str(button.proto.url) for button in app.get("link_button")]


def charts(app: AppTest) -> int:
    """How many charts a page has."""
    return len(app.get("vega_lite_chart"))
