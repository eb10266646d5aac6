"""Did A overtake B? and Claims: as Streamlit runs them on a real store, and the API beside them over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, quote

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from answers.claims.grammar import PATTERNS
from answers.overtakes.wording import VERDICT_WORDS
from catalog import Kind, load, shipped_claims
from dashboard import cache
from dashboard.charts.layers.day_words import bracket
from dashboard.export import render
from dashboard.views.claims import page as claims_page
from dashboard.views.head_to_head import chart, figure
from migrations import migrate
from tests.support.serving import Server
from tests.support.visiting import alts, links, opened, words
from uptake.cli import commands

DAY = date(2020, 11, 25)
CLAIM = "django passed flask in stars in 2020"


# -- Did A overtake B? -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown")
def test_the_first_view_answers_for_django_and_flask() -> None:
    app = opened("head_to_head")
    assert (
        app.header[0]
        .value.replace("\\", "")
        .startswith("Did Django overtake Flask? By stars yes, between 2020-09-25 and 2020-09-27; by downloads no;")
    )
    assert dict(app.query_params) == {}
    assert not app.warning
    assert "GitHub stars · difference in stars" in words(app)
    assert alts(app)[0].startswith("GitHub stars, Django against Flask. 20")


@pytest.mark.usefixtures("shown")
def test_every_metric_has_its_sentence_badge_chart_and_source() -> None:
    app = opened("head_to_head")
    said, entries = words(app), cache.compare("django", "flask", None, None).entries
    assert len(entries) >= 5
    for entry in entries:
        metric = load().metrics[entry.metric]
        assert entry.sentence in said
        assert entry.reason in said
        assert metric.badge in said
        assert any(alt.startswith(f"{entry.title}, Django against Flask") for alt in alts(app))
        line = re.escape(entry.sentence)
        assert re.search(rf"-badge\[{VERDICT_WORDS[entry.verdict]}\](.|\n)*{line}", said)
    assert said.count("Retrieved: 20") >= len(entries)
    assert "CC BY" in said


@pytest.mark.usefixtures("shown")
def test_as_it_stood_on_the_day_of_the_claim() -> None:
    app = opened("head_to_head", on="2020-11-25")
    said = words(app)
    assert "As it stood on 2020-11-25, by stars yes, between 2020-09-25 and 2020-09-27; by downloads no" in said
    assert "on 2020-11-25 by 828 stars" in said
    assert "what came after 2020-11-25 is pale" in said
    assert "gained 375 stars more" in said
    assert "| GitHub stars, gained per month | :green-badge[agrees] | Django by 375 · 2020-10-31 |" in said


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        ("fastapi", "flask", "By stars yes, between 2023-11-27 and 2023-11-30; by downloads yes, between 2025-"),
        ("fastapi", "django", "By stars yes, between 2025-04-10 and 2025-04-11; by downloads yes, between 2022-"),
        ("flask", "django", "By stars no; by downloads it was ahead as long as both were seen"),
    ],
)
def test_the_almanac_dates_the_overtakes(a: str, b: str, found: str) -> None:
    assert found in cache.compare(a, b, None, None).answer


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
    assert again.header[0].value == app.header[0].value
    assert again.selectbox(key="control_by").value == "downloads_pip_30d"
    assert alts(again) == alts(app)


@pytest.mark.usefixtures("shown")
def test_swapping_asks_the_other_way_round() -> None:
    app = opened("head_to_head")
    next(button for button in app.button if button.label == "Swap").click().run()
    assert app.header[0].value.startswith("Did Flask overtake Django?")
    assert (app.selectbox(key="control_a").value, app.selectbox(key="control_b").value) == ("flask", "django")


@pytest.mark.usefixtures("shown")
def test_the_same_twice_and_nonsense_are_said_and_survived() -> None:
    for query in ({"a": "flask", "b": "flask"}, {"a": "djanko"}, {"by": "likes"}, {"on": "soon"}):
        app = opened("head_to_head", **query)
        assert len(app.warning) == 1, query
        assert alts(app), query


@pytest.mark.usefixtures("shown")
def test_the_table_has_the_charts_numbers() -> None:
    app = opened("head_to_head", table="on")
    gap, entries = app.dataframe[0].value, app.dataframe[1].value
    before = gap[gap["When"] == "2020-09-25"].iloc[0]
    assert (before["Django"], before["Flask"], before["Ahead"]) == (52108, 52112, "Flask by 4")
    after = gap[gap["When"] == "2020-09-27"].iloc[0]
    assert (after["Django"], after["Flask"], after["Ahead"]) == (52222, 52144, "Django by 78")
    assert entries["First after"].tolist()[0] == date(2020, 9, 27)
    assert entries["Verdict"].isin(["confirmed", "disputed", "single source", "can't tell"]).all()


@pytest.mark.usefixtures("shown")
def test_the_link_that_reproduces_it_says_day_and_vintage() -> None:
    said = words(opened("head_to_head", on="2020-11-25"))
    today = cache.now().date()
    assert f"/head-to-head?a=django&b=flask&on=2020-11-25&as_of={today}" in said
    assert f"uptake compare django flask --on 2020-11-25 --as-of {today}" in said


def test_an_empty_store_gets_a_designed_answer(tmp_path: Path, at_store: Callable[[str], None]) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    migrate(url)
    at_store(url)
    assert "No metric knows both Django and Flask" in words(opened("head_to_head"))
    said = words(opened("claims"))
    assert "5 are beyond the data and for 8 there is not enough data" in said


@pytest.mark.parametrize("page", ["head_to_head", "claims"])
def test_a_store_that_is_not_there_is_said(page: str, tmp_path: Path, at_store: Callable[[str], None]) -> None:
    at_store(f"sqlite:///{tmp_path / 'nowhere.db'}")
    assert "The store cannot be read" in words(opened(page))


@pytest.mark.parametrize("domain", [(0.3, 1.2), (0.004, 5.0), (0.9, 40.0), (0.97, 1.02), (1e-6, 1e5)])
@pytest.mark.parametrize("most", [3, 6])
def test_the_ratios_on_the_axis_are_round_and_have_room(domain: tuple[float, float], most: int) -> None:
    ratios = np.array(chart._ratios(domain, most))
    assert 1.0 in ratios
    assert ((ratios > domain[0]) & (ratios < domain[1])).all()
    assert (np.diff(np.log(ratios)) >= np.log(domain[1] / domain[0]) / (most + 1) - 1e-9).all()


@pytest.mark.usefixtures("shown")
def test_every_overtake_we_know_is_listed() -> None:
    app = opened("head_to_head")
    found = cache.overtakes("stars", (), None, None, held=False)
    shown = app.dataframe[0].value
    assert found.sentence in words(app)
    assert list(shown["Between"]) == [row.last_before for row in found.rows]
    django = shown[(shown["Passed"] == "Django") & (shown["Whom"] == "Flask")].iloc[0]
    assert (str(django["Between"]), str(django["and"]), django["Held"]) == ("2020-09-25", "2020-09-27", "yes")
    assert django["Open"] == "/head-to-head?a=django&b=flask&by=stars"
    app.selectbox(key="control_list").select("all").run()
    app.toggle(key="control_held").set_value(True).run()
    assert set(app.dataframe[0].value["Held"]) == {"yes"}
    assert app.dataframe[0].value["By"].nunique() > 2
    assert {key: app.query_params[key] for key in app.query_params} == {"list": "all", "held": "on"}
    assert "/api/v1/overtakes.json?held=1" in links(app)


@pytest.mark.usefixtures("shown")
def test_the_chart_can_be_saved_as_it_is_shown() -> None:
    app = opened("head_to_head", on="2020-11-25", by="downloads_pip_30d", close="on")
    told = "a=django&b=flask&on=2020-11-25&metric=downloads_pip_30d&close=1"
    for kind in render.MEDIA:
        assert f"/api/v1/compare.{kind}?{told}" in links(app)
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
        shown = bracket(overtake.last_before, overtake.first_after) in spec
        assert shown is (not overtake.on_break and overtake.first_after <= date(2023, 1, 1))


# -- Claims ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown")
def test_a_sentence_is_checked_with_its_evidence() -> None:
    app = opened("claims", claim=CLAIM)
    assert app.header[0].value.replace("\\", "") == f"“{CLAIM}”: supported as last seen."
    said = words(app)
    assert ":green-badge[supported]" in said
    assert "Django passed Flask in GitHub stars between 2020-09-25 and 2020-09-27" in said
    assert load().metrics["stars"].badge in said
    assert "CC BY" in said
    assert f'uptake claim "{CLAIM}"' in said


@pytest.mark.usefixtures("shown")
def test_what_is_written_or_clicked_is_checked_and_in_the_url() -> None:
    app = opened("claims")
    app.text_input(key="control_claim").set_value("flask led django in stars in 2021").run()
    assert "contradicted" in app.header[0].value
    assert "flask led django in stars in 2021" in str(app.query_params["claim"])
    next(button for button in app.button if button.label == CLAIM).click().run()
    assert "supported" in app.header[0].value
    assert app.text_input(key="control_claim").value == CLAIM
    app.date_input(key="control_on").set_value(DAY).run()
    assert "supported as of 2020" in app.header[0].value
    assert "2020-11-25" in str(app.query_params["on"])


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("example", claims_page.EXAMPLES)
def test_every_example_can_be_checked(example: str) -> None:
    assert cache.claim(example, None, None).evidence


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("claim", ["flask is best", "<img src=x onerror=alert(1)> passed flask", "x" * 300])
def test_what_is_not_understood_says_what_is(claim: str) -> None:
    app = opened("claims", claim=claim)
    assert app.header[0].value == "This sentence cannot be checked\\."
    assert app.info
    said = words(app)
    for pattern in (part.strip() for line in PATTERNS for part in line.split(";")):
        assert pattern in said
    assert not re.search(r"(?<!\\)<img", "\n".join(str(e.value) for e in (*app.markdown, *app.info)))


@pytest.mark.usefixtures("shown")
def test_what_is_near_a_sentence_not_understood_is_a_link() -> None:
    app = opened("claims", claim="flask is much more popular than django")
    assert "/claims?claim=flask+is+more+popular+than+django" in links(app)


@pytest.mark.usefixtures("shown")
def test_the_claims_of_the_post_are_judged_then_and_today() -> None:
    app = opened("claims")
    said = words(app)
    counts = (
        "4 are supported, 1 is contested, 1 is contradicted, 5 are beyond the data and for 3 there is not enough data"
    )
    assert counts in said
    assert "today “Django has recently gone past Flask in GitHub stars” is contradicted, “Django's lead" in said
    for claim in shipped_claims():
        assert claim.says in said
        assert claim.judged in said
    for metric in ("stars", "so_worked_with"):
        assert load().metrics[metric].badge in said
    assert "on 2020-11-25 :orange-badge[contested] · today :red-badge[contradicted]" in said
    assert "828 stars" in said
    assert "849 stars" in said
    table = opened("claims", table="on").dataframe[0].value
    assert table["Claim"].tolist() == [claim.says for claim in shipped_claims()]
    assert set(table["Then"]) <= {"supported", "contradicted", "contested", "not enough data", "beyond the data"}


# -- the API -----------------------------------------------------------------------------------------------------------


def told(url: str, *arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(commands, [*arguments, "--json"], env={"UPTAKE_DATABASE_URL": url})
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("claim", "on"), [(CLAIM, ""), ("django leads flask in stars by almost 1000", "2020-11-25")])
def test_the_api_says_what_the_command_says(claim: str, on: str, full_store: str, full_server: Server) -> None:
    day = f"&on={on}" if on else ""
    answer = full_server.get(f"/api/v1/claims.json?claim={quote(claim)}{day}")
    assert answer.status == 200
    assert answer.json["verdict"] == ("contested" if on else "supported")
    assert answer.json == told(full_store, "claim", claim, *(("--on", on) if on else ()))


def test_without_a_claim_those_that_come_built_in_are_judged(full_store: str, full_server: Server) -> None:
    assert full_server.get("/api/v1/claims.json").json == told(full_store, "claims")


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("claim=flask+is+best", "Understood are"),
        ("claim=djanko+passed+flask", "django"),
        ("claim=", "missing"),
        ("on=2020-11-25", "missing"),
        (f"claim={quote(CLAIM)}&on=soon", "on is a date"),
        (f"claim={quote(CLAIM)}&clam=x", "clam"),
        (f"claim={'x' * 300}", "200 letters"),
    ],
)
def test_a_wrong_question_gets_one_sentence(query: str, word: str, full_server: Server) -> None:
    answer = full_server.get(f"/api/v1/claims.json?{query}")
    assert answer.status == 400
    assert word in str(answer.json["error"])


def test_both_pages_are_served(full_server: Server) -> None:
    for path in ("/head-to-head?a=django&b=flask&on=2020-11-25", f"/claims?claim={quote(CLAIM)}"):
        assert full_server.get(path).status == 200
