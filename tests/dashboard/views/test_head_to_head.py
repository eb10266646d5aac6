"""Head to head, as Streamlit runs it on a real store, and the API beside it over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from answers.forecast import Status
from answers.overtakes.compare import Entry
from answers.overtakes.wording import VERDICT_WORDS, verdict_sentence
from answers.questions import ForecastQuestion, Question
from answers.wording import bracket
from catalog import Kind, load
from dashboard import cache, links
from dashboard.charts.figure import Style, parted
from dashboard.charts.layers.break_dashes import DASH
from dashboard.display_text import number
from dashboard.export import render
from dashboard.views.head_to_head import chart, figure
from migrations import migrate
from tests.support import visiting
from tests.support.serving import Server
from tests.support.visiting import alts, opened, words
from uptake.cli import commands

DAY = date(2020, 11, 25)


def entry_of(metric: str, on: date | None = None) -> Entry:
    return next(e for e in cache.compare("django", "flask", on, None).entries if e.metric == metric)


def measures_of(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value.set_index("Measure")


@pytest.mark.usefixtures("shown")
def test_the_first_view_answers_for_django_and_flask() -> None:
    app = opened("head_to_head")
    (title,) = app.title
    answer = cache.compare("django", "flask", None, None).answer
    assert title.value.replace("\\", "") == parted(answer)[0].rstrip(".")
    assert dict(app.query_params) == {}
    assert not app.warning
    assert f"{load().metrics['stars'].title} · difference in stars · " in words(app)
    (alt,) = alts(app)
    assert alt == f"Django against Flask: {parted(entry_of('stars').sentence)[0]}"


@pytest.mark.usefixtures("shown")
def test_one_table_has_every_measure_with_lead_overtake_and_verdict() -> None:
    table, entries = measures_of(opened("head_to_head")), cache.compare("django", "flask", None, None).entries
    assert list(table.index) == [load().metrics[entry.metric].title for entry in entries]
    assert [text.lower() for text in table["Checked"]] == [VERDICT_WORDS[entry.verdict] for entry in entries]
    titles = {entry.metric: load().metrics[entry.metric].title for entry in entries}
    stars = table.loc[titles["stars"]]
    assert stars["Now"] == "Django +16,455 · 22 August 2026"
    assert stars["Overtake"] == "25 to 27 September 2020 (unusual days), still ahead"
    pip = table.loc[titles["downloads_pip_30d"]]
    assert pip["Now"] == "Flask, 3.37 times as many · 31 October 2024"
    assert pip["Overtake"].startswith("None since ")
    survey = table.loc[titles["so_worked_with"]]
    assert survey["Now"] == "Flask +1.9 points · 2025 edition"
    assert survey["Overtake"] == "The lead changed while the counting changed: not an overtake"
    assert table.loc[titles["pds_use"]]["Now"].startswith("Too close to call")


@pytest.mark.usefixtures("shown")
def test_the_heading_is_about_the_measure_that_was_chosen() -> None:
    (title,) = opened("head_to_head", a="fastapi", b="django", by="pds_use").title
    entry = next(e for e in cache.compare("fastapi", "django", None, None).entries if e.metric == "pds_use")
    assert title.value.replace("\\", "") == parted(entry.sentence)[0].rstrip(".")


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("metric", ["stars", "downloads_pip_30d", "so_worked_with", "pds_use"])
def test_the_chart_of_a_measure_has_sentence_reason_caveat_and_source(metric: str) -> None:
    app, entry = opened("head_to_head", by=metric), entry_of(metric)
    said = words(app)
    for part in parted(entry.sentence):
        assert part in said
    assert verdict_sentence(entry.verdict, entry.reason) in said
    assert load().metrics[metric].badge in said
    assert entry.sensitivity.sentence in said
    assert re.search(r"Source: .*\(.*CC BY|Source: .*\(", said)
    assert len(alts(app)) == 1


@pytest.mark.usefixtures("shown")
def test_other_ways_of_counting_are_a_click_away() -> None:
    app = opened("head_to_head", on="2020-11-25")
    app.button(key="checks").click().run()
    assert not app.exception
    said = words(app)
    entry = entry_of("stars", DAY)
    assert entry.rate is not None
    assert entry.rate.sentence in said
    assert "| :green-badge[agrees] | Django by 375, 31 October 2020 |" in said


@pytest.mark.usefixtures("shown")
def test_as_it_stood_on_the_day_of_the_claim() -> None:
    app = opened("head_to_head", on="2020-11-25")
    said = words(app)
    assert parted(cache.compare("django", "flask", DAY, None).answer)[0].rstrip(".") in said
    table = measures_of(app)
    (now,) = [name for name in table.columns if name.startswith("On ")]
    assert now == "On 25 November 2020"
    assert table[now].iloc[0].startswith("Django +828 · 25 November 2020")
    assert "days after 25 November 2020 are pale" in said
    assert "as it stood on 25 November 2020" in said


@pytest.mark.usefixtures("shown")
def test_between_two_readings_of_a_counter_both_leads_are_given() -> None:
    for day in pd.date_range("2020-11-01", "2021-03-01", freq="D"):
        entry = entry_of("stars", day.date())
        if entry.seen != day.date() and entry.next_lead is not None and entry.lead is not None and entry.next_seen:
            said = words(opened("head_to_head", on=f"{day:%Y-%m-%d}"))
            assert f"The lead was {entry.lead:,.0f} on " in said
            assert f" and {entry.next_lead:,.0f} on " in said
            return
    pytest.skip("every day of these months has a reading")


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("a", "b", "first", "last"),
    [
        ("fastapi", "flask", date(2023, 11, 27), date(2023, 11, 30)),
        ("fastapi", "django", date(2025, 4, 10), date(2025, 4, 11)),
    ],
)
def test_the_almanac_dates_the_overtakes(a: str, b: str, first: date, last: date) -> None:
    stars = next(entry for entry in cache.compare(a, b, None, None).entries if entry.metric == "stars")
    assert (stars.leader, stars.last_before, stars.first_after, stars.held) == (a, first, last, True)


@pytest.mark.usefixtures("shown")
def test_before_it_was_learned_nothing_is_known() -> None:
    app = opened("head_to_head", as_of="2015-06-30")
    assert "No observations here yet" in words(app)
    assert not alts(app)


@pytest.mark.usefixtures("shown")
def test_the_state_is_in_the_url_and_a_link_brings_it_back() -> None:
    app = opened("head_to_head")
    app.selectbox(key="control_a").select("fastapi").run()
    app.selectbox(key="control_by").select("downloads_pip_30d").run()
    app.date_input(key="control_on").set_value(DAY).run()
    app.toggle(key="control_close").set_value(True).run()
    query = {key: app.query_params[key] for key in app.query_params}
    flat = {key: value[0] if isinstance(value, list) else str(value) for key, value in query.items()}
    assert flat == {"a": "fastapi", "by": "downloads_pip_30d", "on": "2020-11-25", "close": "on"}
    again = opened("head_to_head", **flat)
    assert again.title[0].value == app.title[0].value
    assert again.selectbox(key="control_by").value == "downloads_pip_30d"
    assert alts(again) == alts(app)


@pytest.mark.usefixtures("shown")
def test_swapping_asks_the_other_way_round() -> None:
    app = opened("head_to_head")
    app.button(key="swap").click().run()
    assert app.title[0].value.replace("\\", "") == parted(cache.compare("flask", "django", None, None).answer)[
        0
    ].rstrip(".")
    assert (app.selectbox(key="control_a").value, app.selectbox(key="control_b").value) == ("flask", "django")


@pytest.mark.usefixtures("shown")
def test_the_same_twice_and_nonsense_are_said_and_survived() -> None:
    for query in ({"a": "flask", "b": "flask"}, {"a": "djanko"}, {"by": "likes"}, {"on": "soon"}, {"answer": "no"}):
        app = opened("head_to_head", **query)
        assert len(app.warning) == 1, query
        assert alts(app), query


@pytest.mark.usefixtures("shown")
def test_the_table_has_the_charts_numbers() -> None:
    gap = opened("head_to_head", table="on").dataframe[0].value
    stars = ("Django (stars)", "Flask (stars)", "Difference (stars)")
    before = gap[gap["Last day"] == date(2020, 9, 25)].iloc[0]
    assert tuple(before[list(stars)]) == (52108, 52112, -4)
    after = gap[gap["Last day"] == date(2020, 9, 27)].iloc[0]
    assert tuple(after[list(stars)]) == (52222, 52144, 78)


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("on", [None, date(2020, 11, 25)])
def test_every_list_whose_figures_are_drawn_is_credited(on: date | None) -> None:
    """Also those of earlier days than the newest two values: one of them asks for its licence to be named."""
    gap = figure.gap(cache.compare("django", "flask", on, None), cache.panels("django", "flask", None)["stars"])
    drawn = cache.series(Question("stars", ("django", "flask"))).sources
    assert {"MIT", "CC BY-SA 4.0"} <= {source.licence for source in drawn}
    assert set(figure.figure(gap, Style()).sources) == set(drawn)


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("metric", ["stars", "downloads_all_window", "pds_use"])
def test_headline_last_point_legend_and_table_agree(metric: str) -> None:
    comparison = cache.compare("django", "flask", None, None)
    gap = figure.gap(comparison, cache.panels("django", "flask", None)[metric])
    drawn, entry = figure.figure(gap, Style()), entry_of(metric)
    assert drawn.table is not None
    assert drawn.legend is not None
    assert entry.value_a is not None
    assert entry.value_b is not None
    scale = 100 if gap.metric.kind is Kind.SHARE else 1
    last = drawn.table.iloc[0]
    assert last["Last day"] == entry.seen
    assert last.iloc[2] == pytest.approx(entry.value_a * scale)
    assert last.iloc[3] == pytest.approx(entry.value_b * scale)
    unit = "share" if gap.metric.kind is Kind.SHARE else ""
    assert {(e.name, e.value) for e in drawn.legend.entries} == {
        ("Django", number(entry.value_a, unit)),
        ("Flask", number(entry.value_b, unit)),
    }


@pytest.mark.usefixtures("shown")
def test_a_frozen_link_says_day_and_vintage() -> None:
    app = opened("head_to_head", on="2020-11-25")
    said, today = words(app), cache.now().date()
    assert f"on=2020-11-25&as_of={today}" in said
    app.button(key="about_on").click().run()
    assert "uptake compare django flask --on 2020-11-25" in words(app)


@pytest.mark.usefixtures("shown")
def test_a_forecast_of_the_two_is_one_sentence_with_the_way_to_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def forecast(question: ForecastQuestion) -> SimpleNamespace:
        names = (question.metric, question.framework, question.against)
        return SimpleNamespace(status=Status.FORECAST, sentence=f"Will {' '.join(names)} be so? More of it.")

    monkeypatch.setattr("dashboard.stored_forecasts.answer", forecast)
    app = opened("head_to_head")
    assert "Will stars django flask be so? More of it." in words(app)
    assert "Forecast" in [link.proto.label for link in app.get("page_link")]
    assert "Forecast" not in [link.proto.label for link in opened("head_to_head", on="2020-11-25").get("page_link")]


def test_an_empty_store_gets_a_designed_answer(tmp_path: Path, at_store: Callable[[str], None]) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    migrate(url)
    at_store(url)
    said = words(opened("head_to_head"))
    assert "No metric" in said
    assert "Django has no data yet. No collection is under way" in said


def test_a_store_that_is_not_there_is_said(tmp_path: Path, at_store: Callable[[str], None]) -> None:
    at_store(f"sqlite:///{tmp_path / 'nowhere.db'}")
    assert "The store cannot be read" in words(opened("head_to_head"))


@pytest.mark.parametrize("domain", [(0.3, 1.2), (0.004, 5.0), (0.9, 40.0), (0.97, 1.02), (1e-6, 1e5)])
@pytest.mark.parametrize("most", [3, 6])
def test_the_ratios_on_the_axis_are_round_and_have_room(domain: tuple[float, float], most: int) -> None:
    ratios = np.array(chart._ratios(domain, most))
    assert 1.0 in ratios
    assert ((ratios > domain[0]) & (ratios < domain[1])).all()
    assert (np.diff(np.log(ratios)) >= np.log(domain[1] / domain[0]) / (most + 1) - 1e-9).all()


@pytest.mark.usefixtures("shown")
def test_every_overtake_on_record_is_listed() -> None:
    app = opened("head_to_head", answer="overtakes")
    overtakes = cache.overtakes("stars", (), None, None, held=False)
    shown = app.dataframe[0].value
    assert app.title[0].value.replace("\\", "") == parted(overtakes.sentence)[0].rstrip(".")
    assert list(shown["Between"]) == [row.last_before for row in overtakes.rows]
    django = shown[(shown["Framework"] == "Django") & (shown["Passed"] == "Flask")].iloc[0]
    assert (str(django["Between"]), str(django["and"])) == ("2020-09-25", "2020-09-27")
    assert django["Open"] == "/head-to-head?a=django&b=flask&by=stars"
    app.selectbox(key="control_list").select("all").run()
    app.toggle(key="control_held").set_value(True).run()
    assert "Still ahead" not in app.dataframe[0].value
    assert "still ahead yes" in words(app)
    assert app.dataframe[0].value["In"].nunique() > 2
    assert links.saved("/api/v1/overtakes.json?held=1") in visiting.links(app)


@pytest.mark.usefixtures("shown")
def test_an_address_of_the_list_still_shows_it() -> None:
    app = opened("head_to_head", list="all", held="on")
    assert "Still ahead" not in app.dataframe[0].value
    assert "still ahead yes" in words(app)
    assert app.selectbox(key="control_list").value == "all"
    assert not alts(app)


@pytest.mark.usefixtures("shown")
def test_the_chart_can_be_saved_as_it_is_shown() -> None:
    app = opened("head_to_head", on="2020-11-25", by="downloads_pip_30d", close="on")
    told = "a=django&b=flask&on=2020-11-25&metric=downloads_pip_30d&close=1"
    for kind in (*render.MEDIA, "csv"):
        assert links.saved(f"/api/v1/compare.{kind}?{told}") in visiting.links(app)
    assert render.shown("compare", parse_qsl(told), "svg").startswith(b"<svg")


def test_the_list_over_http_is_the_commands(full_server: Server, full_store: str) -> None:
    got = full_server.get("/api/v1/overtakes.json?metric=stars&framework=django&held=1")
    asked = ["overtakes", "--metric", "stars", "--framework", "django", "--held", "--json"]
    done = CliRunner().invoke(commands, asked, env={"UPTAKE_DATABASE_URL": full_store}, catch_exceptions=False)
    assert got.json["overtakes"] == json.loads(done.stdout)["overtakes"]
    for wrong in ("metric=likes", "held=yes", "most=0", "most=1001", "since=soon", "a=django", "x=1"):
        assert full_server.get(f"/api/v1/overtakes.json?{wrong}").status == 400, wrong


# -- the points of the chart -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("metric", ["stars", "downloads_pip_30d", "so_worked_with", "pds_use"])
def test_the_gap_is_what_the_store_says(metric: str) -> None:
    field = cache.panels("django", "flask", None)[metric]
    fight = field.head_to_head("django", "flask")
    points = figure.gap_points(fight, field.catalog.breaks_of(metric), {}).dropna(subset=["value"])
    assert len(points) == len(fight.pairs)
    frames = {name: frame.set_index(frame["period_end"].dt.date)["value"] for name, frame in field.seen.items()}
    for row, pair in zip(points.itertuples(), fight.pairs, strict=True):
        if pair.first == pair.last:
            a, b = (float(frames[name][pair.last]) for name in ("django", "flask"))
            wanted = a / b if field.metric.kind is Kind.FLOW else a - b
            assert float(str(row.value)) == pytest.approx(wanted)


@pytest.mark.usefixtures("shown")
def test_no_line_is_drawn_over_a_break_or_a_hole() -> None:
    for metric in ("stars", "downloads_pip_30d", "so_worked_with"):
        field = cache.panels("django", "flask", None)[metric]
        breaks = [b for b in field.catalog.breaks_of(metric) if b.kind == "break"]
        points = figure.gap_points(field.head_to_head("django", "flask"), breaks, {})
        joined = points["value"].notna() & points["value"].shift(1).notna()
        assert joined.any()
        assert points["value"].isna().any() == (metric != "stars")  # both were seen at least every eighth day
        for before, after in zip(points["last"].shift(1)[joined], points[joined].itertuples(), strict=True):
            assert (pd.Timestamp(str(after.start)) - before).days - 1 <= field.metric.gap_after_days
            for found in breaks:
                edges = (pd.Timestamp(found.since), pd.Timestamp(found.until))
                outside = [before < edges[0], pd.Timestamp(str(after.last)) > edges[1]]
                assert not (any(outside) and before <= edges[1] and pd.Timestamp(str(after.last)) >= edges[0])


@pytest.mark.usefixtures("shown")
def test_a_hole_is_hatched_and_a_change_in_the_counting_dashed() -> None:
    panel = cache.panels("django", "flask", None)["downloads_pip_30d"]
    points = figure.gap(cache.compare("django", "flask", None, None), panel, close=False, dark=False)
    drawn = figure.figure(points, Style(dark=False)).draw(300, True).to_dict()
    marks = [layer["mark"] for layer in drawn["layer"]]
    assert any(mark["type"] == "rect" and "gradient" in str(mark.get("color")) for mark in marks)
    assert any(mark.get("strokeDash") == DASH for mark in marks)


def test_a_long_gap_is_thinned_around_what_matters() -> None:
    last = pd.Series(pd.date_range("2010-01-01", periods=6_000, freq="D"))
    points = pd.DataFrame({"last": last, "when": last, "value": np.arange(6_000.0)})
    points.loc[4_000, "value"] = -9.0
    points.loc[100, "value"] = np.nan
    thin = figure.thinned(points, [last[5_000].date()])
    assert len(thin) < figure.MOST_POINTS + 60
    assert thin["value"].min() == -9.0
    assert thin["value"].isna().sum() == 1
    assert set(range(4_980, 5_020)) <= set(thin["value"].dropna().astype(int))


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        (Kind.STOCK, 784.0, "A by 784"),
        (Kind.STOCK, -3.0, "B by 3"),
        (Kind.STOCK, 0.0, "equal"),
        (Kind.FLOW, 2.5, "A, 2.5 times as many"),
        (Kind.FLOW, 0.25, "B, 4 times as many"),
        (Kind.SHARE, -0.021, "B by 2.1 points"),
        (Kind.SHARE, float("nan"), "–"),
    ],
)
def test_a_gap_in_words(kind: Kind, value: float, wanted: str) -> None:
    assert chart.gap_text(value, chart.Sides(("A", "B"), ("#000000", "#111111"), kind)) == wanted


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("metric", ["stars", "downloads_pip_30d", "so_worked_with"])
def test_the_chart_crosses_the_level_at_which_neither_leads(metric: str) -> None:
    field = cache.panels("fastapi", "django", None)[metric]
    fight = field.head_to_head("fastapi", "django")
    sides = chart.Sides(
        ("FastAPI", "Django"), ("#bf4f00", "#00795a"), field.metric.kind, on=date(2023, 1, 1),
        overtakes=fight.overtakes, breaks=field.catalog.breaks_of(metric),
    )  # fmt: skip
    spec = json.dumps(chart.draw(figure.gap_points(fight, sides.breaks, {}), sides).to_dict())
    low, high = json.loads(re.findall(r'"domain": (\[-?[\d.e-]+, [\d.e]+\])', spec)[0])
    assert low < sides.level < high
    for text in ("FastAPI ahead", "Django ahead", "1 January 2023"):
        assert text in spec
    for overtake in fight.overtakes:
        shown = bracket(field.metric.period, overtake.last_before, overtake.first_after) in spec
        assert shown is (not overtake.on_break and overtake.first_after <= date(2023, 1, 1))


def test_the_page_is_served(full_server: Server) -> None:
    assert full_server.get("/head-to-head?a=django&b=flask&on=2020-11-25").status == 200
