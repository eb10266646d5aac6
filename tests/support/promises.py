"""What each recipe of CONTRIBUTING.md promises, checked in the tree in which it was carried out.

python -m tests.support.promises a_framework        with UPTAKE_DATABASE_URL naming a store that may be written
"""

from __future__ import annotations

import os
import sys
from datetime import date

from storage import Store


def a_framework() -> None:
    """One entry, and each page that compares frameworks draws it, with a look that no other has."""
    from catalog import load
    from dashboard.charts.framework_styles import line_styles
    from tests.support.planting import at, plant
    from tests.support.visiting import opened

    catalog, name, today = load(), "robyn", date(2026, 11, 20)
    assert catalog.frameworks[name].title == "Robyn"
    styles = line_styles(catalog.frameworks)
    assert styles[name] not in [style for other, style in styles.items() if other != name]
    with Store.open(os.environ["UPTAKE_DATABASE_URL"]) as store:
        store.mirror_frameworks([(one.id, one.title) for one in catalog.frameworks.values()])
        peer = store.read("stars", ["flask"])
        plant(store, "stars", name, {day.date(): 5000.0 + n for n, day in enumerate(peer.period)}, at(today))
    for page, choice in (
        ("trends", {"framework": ["robyn", "flask"]}),
        ("overview", {"framework": ["robyn", "flask"]}),
        ("head_to_head", {"a": "robyn", "b": "flask"}),
    ):
        app = opened(page, **choice)
        sent = [chart.proto.SerializeToString().lower() for chart in app.get("vega_lite_chart")]
        assert [chart for chart in sent if name.encode() in chart], f"no chart of {page} draws it"


def a_metric() -> None:
    """It is collected with the others of its source."""
    from catalog import load
    from collectors import Access, collect_source
    from tests.support.upstream import FakeClock, Upstream

    catalog, clock = load(), FakeClock()
    assert catalog.metrics["watchers"].title == "GitHub watchers"
    with Store.open(os.environ["UPTAKE_DATABASE_URL"]) as store, Upstream.of("github") as upstream:
        run = store.start_run("github", trigger="cli", now=clock.now(), frameworks=["flask"])
        access = Access(token="none", base_url=upstream.url, deadline_s=5.0, max_wait_s=1.0)
        collect_source(store, catalog, "github", run, access=access, clock=clock, holder="test")
        assert list(store.read("watchers").value) == [SUBSCRIBERS]


SUBSCRIBERS = 1817.0  # of pallets/flask, in tests/fixtures/github/


def a_page() -> None:
    """It opens at its address, answers in a sentence, draws a chart, says how it misleads, saves as a picture."""
    from dashboard import cache
    from dashboard.export.figure_registry import FIGURES, figure
    from dashboard.export.svg import poster
    from tests.support.visiting import charts, links, opened, words

    app = opened("stargazers")
    assert charts(app) == 1
    assert "has the most stars" in words(app)
    assert f"Read with care] {cache.catalog().metrics['stars'].badge}" in words(app)
    assert [address for address in links(app) if address.startswith("/api/v1/stargazers.png?metric=stars")]
    assert "has the most stars" in poster(*figure(FIGURES["stargazers"], {"metric": ["stars"]}))


def a_colour() -> None:
    """Whatever is drawn in it follows: lines on pages, and pictures."""
    from catalog import load
    from dashboard.charts import framework_styles

    (flask,) = framework_styles.lines(["flask"], load(), dark=False)
    assert flask.colour == "#00558a"


if __name__ == "__main__":
    {"a_framework": a_framework, "a_metric": a_metric, "a_page": a_page, "a_colour": a_colour}[sys.argv[1]]()
