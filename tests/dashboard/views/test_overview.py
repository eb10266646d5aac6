"""Overview, as Streamlit runs it on a real store: one screen with who leads, one count of each kind of evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from answers.growth.answer import Growth
from answers.leaders.wording import headline
from answers.questions import Question
from answers.series.principal_counts import principal_count
from catalog import load
from dashboard import cache, links
from dashboard.charts.figure import Legend, LegendEntry
from dashboard.export import render
from dashboard.views.overview import figure
from dashboard.views.overview.figure import Evidence
from dashboard.widgets.chart_frame import refused_changes, values_html
from migrations import migrate
from storage import Store
from tests.support import visiting
from tests.support.visiting import alts, charts, opened, words

CHOSEN = ("flask", "django", "fastapi")


def html(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def page_links(app: AppTest) -> dict[str, str]:
    """The labels of the links to other pages, with the queries they lead to."""
    return {re.sub(r"\\(.)", r"\1", e.proto.label): e.proto.query_string for e in app.get("page_link")}


def evidence(metric: str, frameworks: tuple[str, ...] = CHOSEN, growth: Growth | None = None) -> Evidence:
    row = next((row for row in cache.leaders(frameworks).rows if row.metric == metric), None)
    return Evidence(cache.series(Question(metric, frameworks)), row, growth)


@pytest.mark.usefixtures("shown")
def test_the_heading_says_who_leads_by_each_kind_of_evidence() -> None:
    app = opened("overview")
    (title,) = app.title
    assert title.value.replace("\\", "") == "FastAPI leads in stars and downloads; surveys and job posts are close"
    assert title.value.replace("\\", "") == headline(cache.catalog(), cache.leaders(CHOSEN)).rstrip(".")
    assert dict(app.query_params) == {}
    assert not app.warning


@pytest.mark.usefixtures("shown")
def test_there_is_one_card_for_each_kind_of_evidence_with_its_last_values() -> None:
    app = opened("overview")
    catalog, said, values = cache.catalog(), words(app), html(app)
    assert charts(app) == 3
    for family in ("stars", "downloads", "survey"):
        metric = catalog.metrics[principal_count(catalog, cache.series_extents(), family, CHOSEN)]
        assert metric.title in [header.value.replace("\\", "") for header in app.header]
        assert metric.badge in said
        last = cache.leaders(CHOSEN)
        row = next(row for row in last.rows if row.metric == metric.id)
        assert any(row.sentence.startswith(alt.rstrip(".")) or alt in row.sentence for alt in alts(app))
    for text in ("101,745", "88,588", "72,133", "+14.8% a year", "+4.7% a year", "+2.8% a year", "15.2%"):
        assert text in values
    assert "CC BY" in said
    assert "Retrieved" in said
    assert "There is no overall score." in said


@pytest.mark.usefixtures("shown")
def test_a_card_without_changes_says_why_in_one_line() -> None:
    growth = cache.growth(Question("downloads_all_window", CHOSEN))
    why = growth.rows[0].refusals["year-on-year"]
    assert "counting changed" in why
    app = opened("overview")
    assert words(app).count(f"No yearly change: {why[0].lower()}{why[1:]}") == 1
    assert "–" not in html(app)
    mixed = Legend((LegendEntry("A", "#000000", "1", "+2.0%"), LegendEntry("B", "#000000", "1", "", "No data <b>.")))
    assert "+2.0% a year" in values_html(mixed)
    assert ">–<" in values_html(mixed)
    assert refused_changes(mixed) == ["No yearly change for B: no data <b>."]


@pytest.mark.usefixtures("shown")
def test_what_is_too_close_to_call_is_said_on_its_card() -> None:
    undecided = evidence("so_worked_with")
    span = figure.shared_span([undecided])
    assert span is not None
    card = figure.card(undecided, span, cache.catalog(), dark=False)
    assert undecided.row is not None
    assert undecided.row.leader is None
    assert card.detail
    assert undecided.row.sentence.startswith(card.detail.rstrip("."))
    assert re.search(r"2025 edition · n = \d\d,\d\d\d", card.subtitle)


@pytest.mark.usefixtures("shown")
def test_cards_share_a_range_of_time_but_for_years_without_values() -> None:
    every = [evidence(metric) for metric in ("stars", "downloads_all_window", "pds_use")]
    span = figure.shared_span(every)
    assert span is not None
    assert span[1] == max(one.valued["period_end"].max() for one in every)
    assert span[0] == span[1] - figure.SHARED
    for one in every:
        spec = figure.card(one, span, cache.catalog(), dark=False).draw(120, True).to_dict()
        domains = re.findall(r"'scale': \{'domain': (\[\{'date'.*?\}\])", str(spec))
        assert domains
        assert all(f"'year': {span[1].year}" in domain for domain in domains)
        middles = one.valued["period"] + (one.valued["period_end"] - one.valued["period"]) / 2
        first = middles[middles >= span[0]].min()  # a card without older values begins where it has some
        begins = [int(re.findall(r"'year': (\d+)", domain)[0]) for domain in domains]
        assert all(year in (first.year, first.year + 1) for year in begins), (one.metric.id, first, begins)


@pytest.mark.usefixtures("shown")
def test_every_card_offers_the_actions_of_a_frame() -> None:
    app = opened("overview")
    catalog = cache.catalog()
    for family in ("stars", "downloads", "survey"):
        metric = principal_count(catalog, cache.series_extents(), family, CHOSEN)
        drawn = links.drawn("chart", Question(metric, CHOSEN))
        for kind in render.MEDIA:
            assert links.saved(links.picture("chart", drawn, kind)) in visiting.links(app)
        assert f"{links.api(Question(metric, CHOSEN), 'csv')}&download=1" in visiting.links(app)
        assert app.button(key=f"about_{metric}").proto.help == "About this data"
    assert render.shown("chart", parse_qsl("metric=stars&framework=flask,django"), "svg").startswith(b"<svg")
    shared = words(app)
    assert "<iframe" in shared
    assert "<picture>" in shared


@pytest.mark.usefixtures("shown")
def test_the_latest_overtakes_lead_to_their_page() -> None:
    app = opened("overview")
    stars = page_links(app)["April 2025: FastAPI passed Django in stars"]
    assert dict(parse_qsl(stars)) == {"a": "fastapi", "b": "django", "by": "stars"}
    overtakes = [label for label in page_links(app) if " passed " in label]
    assert len(overtakes) == 3
    rows = cache.overtakes(None, CHOSEN, None, None, held=False).rows
    among = [row for row in rows if {row.winner, row.loser} <= set(CHOSEN)][:3]
    assert [label.endswith(", disputed") for label in overtakes] == [row.verdict == "disputed" for row in among]
    assert any(row.verdict == "disputed" for row in among)
    helps = [str(link.proto.help) for link in app.get("page_link") if " passed " in str(link.proto.label)]
    assert [text for text in helps if text.startswith("Disputed")] == [
        f"Disputed: {row.reason}." for row in among if row.verdict == "disputed"
    ]


@pytest.mark.usefixtures("shown")
def test_without_events_the_link_leads_to_the_list_of_overtakes() -> None:
    assert not cache.alerts(1, silent=True)
    ways = page_links(opened("overview"))
    assert "All events" not in ways
    assert dict(parse_qsl(ways["All overtakes"])) == {"answer": "overtakes", "list": "all"}


@pytest.mark.usefixtures("shown")
def test_other_counts_are_folded_and_complete() -> None:
    app = opened("overview")
    table = app.dataframe[0].value
    catalog = cache.catalog()
    principal = {
        principal_count(catalog, cache.series_extents(), family, CHOSEN)
        for family in ("stars", "downloads", "survey", "jobs")
    }
    others = [row for row in cache.leaders(CHOSEN).rows if row.metric not in principal]
    assert app.expander[0].label == f"Other counts ({len(others)})"
    assert table["Count"].tolist() == [catalog.metrics[row.metric].title for row in others]
    ended = table[table["Count"] == catalog.metrics["downloads_pip_30d"].title].iloc[0]
    assert (ended["Leader"], ended["Lead"], ended["As of"]) == ("Flask", "34.4 million", "31 October 2024")
    other = table[table["Count"] == catalog.metrics["pds_use"].title].iloc[0]
    assert other["As of"] == "2024 edition"
    assert (other["Leader"], other["Lead"]) == ("FastAPI", "3 points")  # whole percents, as they were printed


@pytest.mark.usefixtures("shown")
def test_on_a_day_of_the_past_it_shows_that_day() -> None:
    app = opened("overview", on="2020-11-25")
    assert "52,9" in html(app)
    assert "101,745" not in html(app)
    overtakes = [label for label in page_links(app) if " passed " in label]
    assert overtakes
    assert all("2025" not in label for label in overtakes)
    assert {key: app.query_params[key] for key in app.query_params} in ({"on": ["2020-11-25"]}, {"on": "2020-11-25"})


@pytest.mark.usefixtures("shown")
def test_other_frameworks_get_the_counts_that_they_have() -> None:
    app = opened("overview", framework=["rails", "express"])
    titles = [header.value.replace("\\", "") for header in app.header]
    assert load().metrics["stars"].title in titles
    assert load().metrics["pds_use"].title not in titles  # it asks about Python alone
    assert not any("PyPI" in title for title in titles)


def test_the_first_collection_under_way_is_said(sqlite_url: str, at_store: Callable[..., None]) -> None:
    now = datetime.now(UTC)
    with Store.open(sqlite_url) as store:
        store.request_run("github", trigger="page", frameworks=("django",), now=now - timedelta(minutes=1, seconds=5))
    at_store(sqlite_url)
    said = words(opened("overview"))
    assert "Django has no data yet. Its first collection was requested 1 minute ago." in said
    assert "Flask has no data yet. No collection is under way" in said
    with Store.open(sqlite_url) as store:
        store.start_run("github", trigger="schedule", now=now)
    at_store(sqlite_url)
    assert "Flask has no data yet. Its first collection began just now." in words(opened("overview"))


def test_a_framework_alone_is_asked_for_another(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    app = opened("overview", framework="flask")
    assert "at least two" in words(app)
    assert charts(app) == 0


def test_an_empty_store_gets_a_designed_answer(tmp_path: Path, at_store: Callable[[str], None]) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    migrate(url)
    at_store(url)
    app = opened("overview")
    assert "No observations here yet" in words(app)
    assert charts(app) == 0


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("metric", "subtitle", "newest"),
    [
        ("stars", "On 22 August 2026", date(2026, 8, 22)),
        ("downloads_all_window", "1 to 31 March 2026", date(2026, 3, 31)),
        ("so_worked_with", "2025 edition · n = 22,970", None),  # its year says it
    ],
)
def test_a_card_says_of_when_its_figures_are(metric: str, subtitle: str, newest: date | None) -> None:
    one = evidence(metric)
    span = figure.shared_span([one])
    assert span is not None
    card = figure.card(one, span, cache.catalog(), dark=False)
    assert (card.subtitle, card.newest) == (subtitle, newest)
    of_the_past = replace(one.answer, question=replace(one.answer.question, until=date(2026, 8, 1)))
    assert figure.card(replace(one, answer=of_the_past), span, cache.catalog(), dark=False).newest is None


@pytest.mark.usefixtures("shown")
def test_the_card_has_the_numbers_of_the_csv() -> None:
    one = evidence("stars", growth=cache.growth(Question("stars", CHOSEN)))
    span = figure.shared_span([one])
    assert span is not None
    legend = figure.card(one, span, cache.catalog(), dark=False).legend
    assert legend is not None
    last = one.valued.sort_values("period").groupby("framework")["value"].last()
    wanted = {cache.catalog().frameworks[str(name)].title: f"{value:,.0f}" for name, value in last.items()}
    assert {entry.name: entry.value for entry in legend.entries} == wanted
    year = {row.framework: row.figures["year-on-year"] for row in one.growth.rows} if one.growth else {}
    for name, change in year.items():
        entry = next(e for e in legend.entries if e.name == cache.catalog().frameworks[name].title)
        assert change.relative is not None
        assert float(entry.change.rstrip("%").replace("−", "-")) == pytest.approx(100 * change.relative, abs=0.051)
