"""Surveys on the page, over HTTP and on the command line: the same differences, doubts and editions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.share_intervals import MIN_BASE
from answers.questions import Question, SurveyQuestion
from answers.surveys.answer import surveys_json
from answers.surveys.differences import ROUNDED, SAME_PEOPLE, WHOLE_PERCENTS, size
from answers.surveys.editions import NOT_FOUND, survey_editions
from catalog import load
from dashboard import cache
from dashboard.charts import dot_chart
from dashboard.charts.figure import Style
from dashboard.charts.line_chart import LABEL_SIZE, Line
from dashboard.export.figure_registry import SURVEY_CHARTS
from dashboard.views.surveys import differences, figure
from migrations import migrate
from storage import Batch, Observation, Payload, Period, Store
from tests.support.planting import COUNTED_AT
from tests.support.serving import Server, serving
from tests.support.visiting import alts, charts, opened, words
from uptake.cli import commands

CATALOG = load()
THREE = ("flask", "django", "fastapi")


@pytest.fixture
def store(regions_store: str, at_store: Callable[..., None]) -> str:
    at_store(regions_store)
    return regions_store


# -- over time ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
def test_over_time_leads_with_the_last_edition_and_says_what_changed_below() -> None:
    app = opened("surveys")
    said = words(app)
    assert [title.value for title in app.title] == ["FastAPI and Flask are too close to call in 2025"]
    assert [header.value.replace("\\", "") for header in app.header] == [
        "FastAPI gained 2.7 points from 2023 to 2024, the largest change"
    ]
    assert "editions of 2018 to 2025 · n = 22,970 in 2025" in said
    answer = cache.surveys(SurveyQuestion("so_worked_with", THREE))
    assert answer.sentence in said
    assert all(size(change.difference) in alts(app)[1] for change in answer.changes if change.difference)
    assert [alt.partition(":")[0] for alt in alts(app)] == [
        "FastAPI and Flask are too close to call in 2025",
        "FastAPI gained 2.7 points from 2023 to 2024, the largest change",
    ]
    assert "FastAPI 15.2% · Flask 14.8% · Django 13.0% · 2025" in alts(app)[0]
    assert "FastAPI 2.7 points more" in alts(app)[1]
    for text in ("95% intervals: sampling noise only", "not asked that year, which is not 0%", "dashed vertical lines"):
        assert text in said
    assert said.count(CATALOG.metrics["so_worked_with"].badge) == 2
    assert dict(app.query_params) == {}
    assert not app.warning


@pytest.mark.usefixtures("store")
def test_the_choice_of_editions_is_in_the_url_and_what_cannot_be_compared_says_why() -> None:
    app = opened("surveys", **{"from": "2021", "to": "2022", "edition": "2020"})
    said = words(app)
    assert "2021 and 2022 can't be compared" in said
    assert "Flask, Django and FastAPI are not compared. Technologies joined the question." in said
    assert list(app.dataframe[0].value["Who"]) == ["Django vs Flask"]  # FastAPI was not asked about in 2020
    app.selectbox(key="control_from").select("2022").run()
    app.selectbox(key="control_to").select("2024").run()
    assert "change from 2022 to 2024" in words(app)
    assert "2022" in str(app.query_params["from"])
    assert "to" not in app.query_params  # 2024 is what is shown anyway


@pytest.mark.usefixtures("store")
def test_pairs_of_one_edition_come_with_the_widest_interval() -> None:
    app = opened("surveys")
    pairs = app.dataframe[0].value.set_index("Who")
    assert set(pairs.index) == {"Flask vs Django", "FastAPI vs Django", "FastAPI vs Flask"}
    row = pairs.loc["FastAPI vs Flask"]
    assert row["95% low, points"] < 0 < row["95% high, points"]
    assert row["Reading"] == "may be chance"
    assert "3 pairs, 1 too close to call." in words(app)
    assert SAME_PEOPLE in words(app)


@pytest.mark.usefixtures("store")
def test_a_split_with_one_edition_lists_every_group() -> None:
    app = opened("surveys", framework="fastapi", dimension="region=*")
    assert re.match(r"FastAPI: [\d.]+% to [\d.]+% in \d+ groups in 2024, with 95 ?% intervals: ", alts(app)[0])
    assert not app.header


@pytest.mark.usefixtures("store")
def test_full_time_employees_are_a_survey_of_their_own() -> None:
    """Without a total it shows Europe, of those countries that are known."""
    app = opened("surveys", survey="so_worked_with_fulltime", framework="flask", dimension="region=eu27-uk-ch-no")
    said = words(app)
    assert app.title[0].value.startswith("Flask has 8\\.0% in 2023 in ")
    assert cache.surveys(SurveyQuestion("so_worked_with_fulltime", ("flask",), "region=eu27-uk-ch-no")).sentence in said
    assert CATALOG.metrics["so_worked_with_fulltime"].badge in said
    asked = words(opened("surveys", show="questions", survey="so_worked_with_fulltime"))
    assert "Full-time employees" in asked or "full-time employees" in asked


@pytest.mark.usefixtures("store")
def test_the_python_survey_says_what_it_does_not_have() -> None:
    app = opened("surveys", survey="pds_use")
    said = words(app)
    assert app.title[0].value == "FastAPI leads in 2024, ahead of Django"
    assert "n = about 29,000 in 2024" in said
    assert WHOLE_PERCENTS in said or ROUNDED in said
    old = words(opened("surveys", survey="pds_use", **{"from": "2017", "to": "2018"}))
    assert "2017 and 2018 can't be compared" in old
    table = opened("surveys", survey="pds_use", show="questions").table[0].value
    assert table.loc["2019", "Question"] == NOT_FOUND
    assert table.loc["2019", "Compares with the edition before"] == "–"


def test_one_edition_alone_is_shown(sqlite_url: str, at_store: Callable[..., None]) -> None:
    migrate(sqlite_url)
    with Store.open(sqlite_url) as store:
        run = store.start_run("stackoverflow", trigger="cli", now=COUNTED_AT)
        seen = Observation("so_worked_with", "flask", Period.year(2024), 0.138, 45_161)
        store.write(run.id, "flask", "published", Batch(Payload("stackoverflow", "x", b"x", COUNTED_AT), (seen,)))
    at_store(sqlite_url)
    app = opened("surveys", framework="flask")
    assert charts(app) == 1
    assert app.title[0].value == "Flask has 13\\.8% in 2024"
    assert "This takes two frameworks with a share." in words(app)


@pytest.mark.usefixtures("store")
def test_the_legend_the_table_the_picture_and_the_csv_have_one_number() -> None:
    question = SurveyQuestion("so_worked_with", THREE)
    shown = figure.years(cache.surveys(question), CATALOG, Style())
    assert shown.legend is not None
    assert shown.table is not None
    newest = shown.table[shown.table["Edition"] == 2025].set_index("Who")["Share, %"]
    assert [f"{newest[entry.name]:.1f}%" for entry in shown.legend.entries] == ["15.2%", "14.8%", "13.0%"]
    assert [entry.value for entry in shown.legend.entries] == ["15.2%", "14.8%", "13.0%"]
    values = opened("surveys", table="on").dataframe[0].value
    last = values[values["period"].dt.year == 2025].set_index("framework")["value"]
    assert round(100 * last["FastAPI"], 2) == newest["FastAPI"]


@pytest.mark.usefixtures("store")
def test_a_share_can_be_traced_from_a_link_and_from_about() -> None:
    said = words(opened("surveys", trace="flask@2024-01-01"))
    assert "13.8% of 45,161 asked" in said
    app = opened("surveys", show="groups")
    app.button(key="about_on").click().run()
    assert "SHA-256" in words(app)


@pytest.mark.usefixtures("shown_deep")
def test_a_survey_by_region_has_n_and_interval_and_withholds_small_cells() -> None:
    app = opened("surveys", framework="flask", dimension="region=europe")
    assert "n = 5,000" in words(app)
    assert "bars are 95% intervals" in words(app).lower()
    app = opened("surveys", framework="flask", dimension="country=AD")
    assert f"Fewer than {MIN_BASE} people answered" in words(app)
    assert charts(app) == 0
    app = opened("surveys", framework="flask", dimension="country=*")
    assert f"Withheld, 2023 and 2024: fewer than {MIN_BASE} people answered" in words(app)
    assert 900 in set(
        opened("surveys", framework="flask", dimension="country=*", table="on").dataframe[0].value["base"]
    )


# -- the other tabs ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
def test_two_groups_of_one_edition_are_compared() -> None:
    app = opened("surveys", show="groups")
    said = words(app)
    assert app.title[0].value.replace("\\", "") == (
        "Flask: 2.9 points more in the United States than in Europe in 2024"
    )
    assert "edition of 2024 · n = 21,037 and 7,865" in said
    answer = cache.surveys(
        SurveyQuestion("so_worked_with", THREE, edition=2024, here="region=europe", there="region=united-states")
    )
    assert all(size(group.difference) in alts(app)[0] for group in answer.groups if group.difference)
    rest = opened("surveys", show="groups", here="region=eu27", there="rest")
    assert "outside the European Union" in words(rest)
    overlapping = words(opened("surveys", show="groups", here="region=eu27", there="region=europe"))
    assert "These groups can't be compared" in overlapping
    assert "overlap" in overlapping


@pytest.mark.usefixtures("store")
def test_a_survey_without_groups_says_so() -> None:
    app = opened("surveys", show="groups", survey="so_want_to_work_with", framework="blazor")
    assert app.title[0].value == "No results by group"
    assert charts(app) == 0


@pytest.mark.usefixtures("store")
def test_used_and_wanted_stand_beside_each_other_without_an_interval() -> None:
    app = opened("surveys", show="wanted")
    said = words(app)
    assert app.title[0].value == "In 2025, fewer people want Flask, Django and FastAPI than used them"
    assert "Wanting to use a framework is not using it." in said
    assert "the difference has no interval" in said
    assert CATALOG.metrics["so_want_to_work_with"].badge in said
    every = app.dataframe[0].value
    assert set(every["Edition"]) >= {2020, 2024, 2025}
    gap = every[(every["Edition"] == 2025) & (every["Framework"] == "FastAPI")].iloc[0]
    assert gap["Difference, points"] == pytest.approx(gap["Want to work with, %"] - gap["Worked with, %"], abs=0.011)
    older = opened("surveys", show="wanted", edition="2020")
    assert "edition of 2020" in words(older)


@pytest.mark.usefixtures("store")
def test_what_was_asked_is_a_table_with_the_reasons_why_lines_break() -> None:
    app = opened("surveys", show="questions")
    table = app.table[0].value
    assert app.title[0].value == "5 of 9 editions changed the question or its audience"
    row = table.loc["[2025](/surveys?survey=so_worked_with&edition=2025)"]
    assert row["Question"] == "web frameworks and web technologies"
    assert row["Asked of"] == "those who first answered that they work or plan to work with web technologies"
    assert row["Answers (n)"] == "22,970"
    assert row["Compares with the edition before"] == "no"
    said = words(app)
    for edition in survey_editions(CATALOG, CATALOG.metrics["so_worked_with"]):
        assert all(one.text in said for one in edition.breaks)


@pytest.mark.usefixtures("store")
def test_each_tab_is_in_the_url_has_one_title_and_keeps_what_was_chosen() -> None:
    app = opened("surveys", framework=["django", "flask"])
    for tab in ("regions", "groups", "wanted", "questions", "years"):
        app.segmented_control(key="control_show").set_value(tab).run()
        assert not app.exception
        assert len(app.title) == 1, tab
        assert app.query_params.get("show", "years") in (tab, [tab])
    assert app.multiselect(key="control_framework").value == ["django", "flask"]


# -- a survey's breaks -------------------------------------------------------------------------------------------------

EDITIONS = ((2018, 2019), (2020, 2021), (2021, 2022), (2024, 2025))


@pytest.mark.usefixtures("shown_deep")
def test_breaks_lie_between_their_editions_and_lines_are_cut_there_and_nowhere_else() -> None:
    answer = cache.series(Question("so_worked_with", ("django",)))
    breaks = figure.breaks_between(answer)
    rows = dot_chart.dots(answer.frame, {}, breaks)
    assert [(b.until.year - 1, b.until.year) for b in breaks] == list(EDITIONS)
    drawn = dot_chart.draw(rows, [Line("django", "Django", "#000000")], breaks, dark=False).to_dict()
    at = [row["at"] for data in drawn["datasets"].values() for row in data if {"number", "title"} <= set(row)]
    assert sorted(set(at)) == [after - 0.5 for _, after in EDITIONS]
    part = dict(zip(rows["year"], rows["part"], strict=True))
    known = sorted(rows.dropna(subset=["value"])["year"])
    assert all(b - a == 1 for a, b in pairwise(known))  # no year is missing that would cut it too
    cut = [(a, b) for a, b in pairwise(known) if part[a] != part[b]]
    assert cut == [pair for pair in EDITIONS if pair[0] in known]


def test_a_survey_line_is_cut_where_the_question_changed(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    answer = cache.series(Question("so_worked_with", ("django", "flask")))
    rows = dot_chart.dots(answer.frame, {}, answer.breaks)
    assert any(b.since.year == 2025 for b in answer.breaks)
    part = dict(zip(rows["line"] + rows["year"].astype(str), rows["part"], strict=True))
    assert part["django2024"] != part["django2025"]
    assert part["django2022"] == part["django2023"]
    absent = dict(zip(rows["line"] + rows["year"].astype(str), rows["value"].isna(), strict=True))
    assert absent["flask2018"]  # not asked: no dot


# -- charts ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("show", ["years", "change", "groups", "wanted"])
@pytest.mark.parametrize("frameworks", [("flask",), THREE, ()])
def test_a_headline_is_a_finding_in_few_words_and_the_table_has_numbers(show: str, frameworks: tuple[str, ...]) -> None:
    edition = 2024 if show == "groups" else None
    question = SurveyQuestion("so_worked_with", frameworks, edition=edition, here="region=europe")
    shown = SURVEY_CHARTS[show](cache.surveys(question), CATALOG, Style())
    assert len(shown.headline.split()) <= 14
    assert re.search(r"\d", shown.summary)
    assert shown.table is not None
    assert [
        name for name in shown.table if shown.table[name].dtype.kind in "iuf" and str(name).endswith(("%", "points"))
    ]


def test_charts_keep_every_name_and_mark() -> None:
    names = [f"Framework {n}" for n in range(24)]
    frame = pd.DataFrame(
        {
            "line": names, "name": names, "value": np.linspace(0.03, -0.02, 24), "low": np.linspace(0.02, -0.03, 24),
            "high": np.linspace(0.04, -0.01, 24), "shown": "", "interval": "", "told": ["more"] * 20 + ["chance"] * 4,
        }
    )  # fmt: skip
    lines = [Line(name, name, "#000000") for name in names]
    drawn = dot_chart.differences(frame, lines, dark=False).to_dict()
    axis = drawn["layer"][0]["encoding"]["y"]
    assert axis["sort"] == names
    assert axis["axis"]["labelOverlap"] is False
    assert drawn["height"] / 24 >= LABEL_SIZE + 6  # each name has a line of its own
    hollow = [layer for layer in drawn["layer"] if layer["mark"].get("filled") is False]
    assert len(drawn["datasets"][hollow[0]["data"]["name"]]) == 4
    assert "Framework 0" in differences.summary(frame.assign(shown="3.0 points more", interval="x"), "Change")


@pytest.fixture(scope="module")
def server(regions_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(regions_store, tmp_path_factory.mktemp("server")) as running:
        yield running


def test_page_api_and_command_say_the_same(server: Server, store: str) -> None:
    asked = {"framework": "flask,django", "from": "2022", "to": "2023", "edition": "2019", "here": "region=europe"}
    answer = server.get("/api/v1/surveys.json?" + "&".join(f"{k}={v}" for k, v in asked.items()))
    assert answer.status == 200
    options = [text for name, value in asked.items() for text in (f"--{name}", value)]
    told = json.loads(CliRunner().invoke(commands, ["surveys", *options, "--json"]).output)
    question = SurveyQuestion("so_worked_with", ("flask", "django"), "", 2022, 2023, 2019, "region=europe")
    page = json.loads(json.dumps(surveys_json(cache.surveys(question))))
    assert answer.json == told == page
    assert [c["told"] for c in told["changes"]] == ["less", "less"]
    assert [c["told"] for c in told["groups"]] == ["more", "more"]
    assert {c["code"] for c in told["caveats"]} >= set(CATALOG.metrics["so_worked_with"].caveats)
    assert all(s["licence"] for s in told["sources"])
    assert [e["edition"] for e in told["lineage"] if not e["compares_with_the_one_before"]] == [
        2019,
        2021,
        2022,
        2025,
        2026,
    ]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("metric=stars", "GitHub stars is not a survey. Surveys are pds_use, so_worked_with, "),
        ("from=2024a", "from is a year such as 2024"),
        ("from=2024&to=2023", "reversed"),
        ("year=2024", "Unknown parameter"),
        ("here=%3Cscript%3E", "A group in the Stack Overflow survey is country=… or region=… or rest, not "),
    ],
)
def test_the_api_refuses_in_one_sentence(server: Server, query: str, why: str) -> None:
    answer = server.get(f"/api/v1/surveys.json?{query}")
    assert answer.status == 400
    assert why in str(answer.json["error"])


def test_the_command_tells_differences_doubts_and_lineage(store: str) -> None:
    done = CliRunner().invoke(commands, ["surveys", "--framework", "flask,fastapi", "--editions"])
    assert done.exit_code == 0, done.output
    for text in (
        "Between editions:\n  Flask rose from 13.0% in 2023 to 13.8% in 2024: 0.8 points more",
        "Between frameworks, 2025:\n  Flask 14.8% and FastAPI 15.2% in 2025: FastAPI has 0.4 points more",
        "(Respondents could pick both. We don't know how many did, so these intervals are conservative: ",
        "FastAPI: 12.7% want it, 15.2% worked with it (2.5 points fewer want it)",
        "---- Gate question added",
        "2022  web frameworks and web technologies, of everybody who took the survey, 53,544 answers; new on the list",
    ):
        assert text in done.output
