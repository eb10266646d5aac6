"""Surveys on the page, over HTTP and on the command line: the same differences, doubts and editions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from answers.question import SurveyQuestion
from answers.surveys.answer import surveys_json
from catalog import load
from dashboard import cache
from dashboard.charts import dot_chart
from dashboard.charts.line_chart import LABEL_SIZE, Line
from dashboard.views.surveys import differences
from migrations import migrate
from storage import Batch, Observation, Payload, Period, Store
from tests.support.planting import COUNTED_AT
from tests.support.serving import Server, serving
from tests.support.visiting import alts, charts, opened, words
from uptake.cli import commands

CATALOG = load()


@pytest.fixture
def store(regions_store: str, at_store: Callable[..., None]) -> str:
    at_store(regions_store)
    return regions_store


@pytest.mark.usefixtures("store")
def test_the_page_leads_with_what_changed() -> None:
    app = opened("surveys")
    said = words(app)
    assert app.header[0].value.replace("\\", "").startswith("In the Stack Overflow survey, 2023 to 2024: F")
    for title in (
        "What changed",
        "Two groups of one edition",
        "Two frameworks of one edition",
        "What was asked, and of",
    ):
        assert title in said
    assert "Flask rose from 13.0% to 13.8% between 2023 and 2024: 0.8 points more" in said
    assert "12.2% in Europe, 15.1% in the United States" in said
    assert "2025: web frameworks and web technologies · asked of those who first answered" in said.replace("**", "")
    assert [alt.partition(":")[0] for alt in alts(app)] == [
        "Stack Overflow",
        "Change from 2023 to 2024",
        "2024, in the United States against in Europe",
        "Worked with against want to work with in 2025",
    ]
    assert "FastAPI 2.7 points more, 95% interval 2.3 to 3.0" in alts(app)[1]
    assert dict(app.query_params) == {}
    assert not app.warning


@pytest.mark.usefixtures("store")
def test_the_choice_of_editions_and_groups_is_in_the_url() -> None:
    app = opened("surveys", **{"from": "2021", "to": "2022", "here": "region=eu27", "there": "rest", "edition": "2020"})
    said = words(app)
    assert "Flask, Django and FastAPI are not compared. Technologies joined the question." in said
    assert app.header[0].value.startswith("Stack Overflow 20")
    assert "2021 and 2022 can't be compared (technologies joined the question)." in said
    assert "outside the European Union (27)" in said
    assert "Worked with and want to work with, 2020" in said
    app.selectbox(key="control_from").select("2022").run()
    app.selectbox(key="control_to").select("2024").run()
    assert "between 2022 and 2024" in words(app)
    assert "2022" in str(app.query_params["from"])
    assert "to" not in app.query_params  # 2024 is what is shown anyway


@pytest.mark.usefixtures("store")
def test_a_split_with_one_edition_lists_every_group() -> None:
    app = opened("surveys", framework="fastapi", dimension="region=*")
    assert alts(app)[0].startswith("Stack Overflow: worked with, 2024, with 95 % intervals: ")
    assert "What changed" not in words(app)


@pytest.mark.usefixtures("store")
def test_full_time_employees_are_a_survey_of_their_own() -> None:
    """Without a total it shows Europe, of those countries that are known."""
    app = opened("surveys", survey="so_worked_with_fulltime", framework="flask", dimension="region=eu27-uk-ch-no")
    said = words(app)
    assert "Flask fell 1.3 points to 8.0%" in said
    assert "all full-time employees who took the survey" in said
    assert not app.exception


@pytest.mark.usefixtures("store")
def test_the_python_survey_says_what_it_cannot_tell() -> None:
    said = words(opened("surveys", survey="pds_use"))
    assert "no interval, as it is not known how many people answered" in said
    assert "2019: no trustworthy copy of its figures was found" in said.replace("**", "")
    assert "Printed in whole percents" in said


def test_one_edition_alone_is_shown(sqlite_url: str, at_store: Callable[..., None]) -> None:
    migrate(sqlite_url)
    with Store.open(sqlite_url) as store:
        run = store.start_run("stackoverflow", trigger="cli", now=COUNTED_AT)
        seen = Observation("so_worked_with", "flask", Period.year(2024), 0.138, 45_161)
        store.write(run.id, "flask", "published", Batch(Payload("stackoverflow", "x", b"x", COUNTED_AT), (seen,)))
    at_store(sqlite_url)
    app = opened("surveys", framework="flask")
    assert charts(app) == 1
    assert "It takes two frameworks with a share." in words(app)


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
        ("metric=stars", "is no survey"),
        ("from=2024a", "from is a year such as 2024"),
        ("from=2024&to=2023", "reversed"),
        ("year=2024", "Unknown parameter"),
        ("here=%3Cscript%3E", "A group of"),
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
        "Between editions:\n  Flask rose from 13.0% to 13.8%",
        "Between frameworks, 2025:\n  Flask 14.8% and FastAPI 15.2% in 2025: FastAPI has 0.4 points more",
        "(Respondents could pick both.",
        "FastAPI: 12.7 % want it, 15.2 % worked with it (2.5 points fewer want it)",
        "---- Gate question added",
        "2022  web frameworks and web technologies, of everybody who took the survey, 53,544 answers; new on the list",
    ):
        assert text in done.output
