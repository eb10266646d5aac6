"""Do stars mean use? as Streamlit runs it on a real store, its API over real HTTP, its command, and its charts."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
import vl_convert
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from answers.agreement.answer import AgreementAnswer, agreement
from catalog import Break, load
from dashboard import cache
from dashboard.charts import framework_styles, scatter_chart, text_width
from dashboard.charts.line_chart import Line
from dashboard.views.agreement import chart, controls, points
from migrations import migrate
from storage import Store
from tests.support import visiting
from tests.support.serving import Server
from tests.support.visiting import words
from uptake.cli import commands
from uptake.clock import SystemClock

PIP = "downloads_pip_30d"


@pytest.fixture(scope="module")
def answer(full_store: str) -> Iterator[Callable[..., AgreementAnswer]]:
    """`answers.use` on the store, each question asked once."""
    with Store.open(full_store, read_only=True) as opened:

        @functools.cache
        def ask(**asked: Any) -> AgreementAnswer:
            return agreement(opened, load(), SystemClock().now(), months=controls.HISTORY_MONTHS, **asked)

        yield ask


def opened(**query: str) -> AppTest:
    return visiting.opened("agreement", **query)


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown")
def test_the_first_view_answers_with_its_interval_doubts_and_sources() -> None:
    app = opened()
    said = words(app)
    assert app.header[0].value.replace("\\", "") == (
        "Only partly: in June 2024 the framework with more stars had fewer downloads in 17 of 66 pairs."
    )
    assert "The two rankings agree only loosely: Kendall's tau is 0.48 on a scale from −1 to 1" in said
    assert "95% interval 0.07 to 0.78)" in said
    assert "31 October 2024, the last day in both counts, has only 6 (tau −0.33)." in said
    for metric in ("stars", PIP, "so_worked_with", "pds_use"):
        assert load().metrics[metric].badge in said
    assert said.count("Retrieved: 20") == 4
    assert "CC BY" in said
    assert "ODbL" in said
    assert dict(app.query_params) == {}
    assert not app.warning


@pytest.mark.usefixtures("shown")
def test_the_page_says_what_command_and_api_say_to_the_same_question(full_store: str) -> None:
    said = words(opened())
    answer = json.loads(told(full_store, "--json"))
    for key in ("sentence", "choice"):
        assert all(part in said for part in re.split(r"(?<=\.) (?=[A-Z])", answer[key]))
    assert answer["over_time"]["sentence"] in said
    assert answer["leads"]["sentence"] in said
    assert all(survey["sentence"] in said for survey in answer["surveys"])
    assert len(answer["surveys"]) == 2


@pytest.mark.usefixtures("shown")
def test_every_section_has_its_heading_and_its_answer_in_words() -> None:
    app = opened()
    assert [heading.value for heading in app.subheader] == [
        "Stars against downloads",
        "Where they disagree most",
        "Has that changed?",
        "Do stars move first?",
        "Stars per million downloads",
        "What people say they work with",
    ]
    said = words(app)
    assert (
        "has not changed more than chance may bring: tau 0.53 in April 2021, 0.42 in June 2024, of the same 11" in said
    )
    assert "none of 6 frameworks shows a lead or lag that chance could not bring" in said
    assert "The Python Developers Survey of 2024 puts 2 of 10 pairs the other way round than stars" in said
    assert "The Stack Overflow survey of 2024 puts" in said
    judged = next(frame.value for frame in app.dataframe if "Correlation" in frame.value)
    assert set(judged["Says"]) == {"nothing", "too few months"}
    assert judged.set_index("Framework").loc["Flask", "Months"] == 32


@pytest.mark.usefixtures("shown")
def test_every_chart_has_its_numbers_in_words() -> None:
    alts = [str(chart.proto.alt) for chart in opened().get("vega_lite_chart")]
    assert [re.split("[:,(]", alt)[0].strip() for alt in alts] == [
        "Stars against downloads around 2024-06-30",
        "Kendall's tau of stars and pip downloads per 30 days",
        "Stars per million downloads in 30 days",
        "Stars per million downloads in 30 days",
        "Python Developers Survey",
        "Stack Overflow",
    ]
    assert "Sanic 17,842 stars, 778,021 downloads in 30 days" in alts[0]
    assert "June 2024 0.48 (0.07 to 0.78)" in alts[1]
    assert "Sanic 22,933; Falcon" in alts[2]
    assert re.search(r"Sanic [\d,]+ in 2021-01, 22,933 in 2024-06", alts[3])
    assert re.search(r"FastAPI 38 %; Django 35 %; Flask", alts[4])
    assert re.search(r"Flask 1\d\.\d %; Django 1\d\.\d %; FastAPI", alts[5])


@pytest.mark.usefixtures("shown")
def test_frameworks_month_and_vintage_are_in_the_url() -> None:
    app = opened(month="2020-11", framework="django,flask,fastapi")
    assert app.header[0].value.replace("\\", "") == (
        "Too few to say: in November 2020 only 3 frameworks had both stars and downloads."
    )
    assert app.selectbox(key="control_month").value == "2020-11"
    assert app.multiselect(key="control_framework").value == ["django", "flask", "fastapi"]
    app.selectbox(key="control_month").set_value("2023-06").run()
    assert "2023-06" in str(app.query_params["month"])
    assert "in June 2023" in words(app)
    command = "uptake agreement --framework django,flask,fastapi --y downloads_pip_30d --on 2023-06-30 --months 24"
    assert command in words(app)


@pytest.mark.usefixtures("shown")
def test_another_count_says_that_it_goes_back_too_little_and_which_one_is_asked_instead() -> None:
    said = words(opened(by="downloads_all_window"))
    assert "in March 2026 the framework with more stars had fewer downloads in 22 of 66 pairs" in said
    assert "29 stars of Quart on 2026-03-26" in said
    assert (
        "There are only 17 months of monthly PyPI downloads, so over time this uses pip downloads per 30 days." in said
    )
    assert load().metrics[PIP].badge in said


@pytest.mark.usefixtures("shown")
def test_the_table_has_what_the_charts_show() -> None:
    app = opened(table="on")
    rows, months = (frame.value for frame in app.dataframe[:2])
    found = cache.agreement("stars", PIP, (), date(2024, 6, 30), None).ranking.table
    assert sorted(rows["Stars"]) == sorted(found["x"])
    assert sorted(rows["Downloads in 30 days"]) == sorted(found["y"].round())
    sanic = rows[rows["Framework"] == "Sanic"].iloc[0]
    assert sanic["Stars per million downloads"] == pytest.approx(
        sanic["Stars"] / sanic["Downloads in 30 days"] * 1e6, 1e-4
    )
    assert rows.set_index("Framework").loc["FastAPI", "Python Developers Survey 2024, %"] == 38.0
    assert months["On"].is_monotonic_decreasing
    assert months.iloc[0]["Kendall's tau"] == 0.48
    assert "Stars against downloads" not in [heading.value for heading in app.subheader]


@pytest.mark.usefixtures("shown")
def test_what_the_url_asks_for_and_is_not_there_is_said() -> None:
    said = words(opened(month="1999-01", framework="djanko,<img src=x>"))
    assert "The address asks for “1999-01”" in said
    assert "Did you mean django?" in said


def test_an_empty_store_says_what_it_takes(sqlite_url: str, at_store: Callable[[str], None]) -> None:
    migrate(sqlite_url)
    at_store(sqlite_url)
    said = words(opened())
    assert "Stars and downloads of the same frameworks are not known yet." in said
    assert "No observations here yet" in said


@pytest.mark.usefixtures("shown")
def test_a_vintage_before_anything_was_known_is_answered_in_one_sentence() -> None:
    said = words(opened(as_of="2009-01-01"))
    assert "No count of downloads has two frameworks in common with GitHub stars by then." in said


# -- the trails and the charts -----------------------------------------------------------------------------------------


def test_a_trail_is_what_was_seen_and_breaks_at_holes_breaks_and_strays(answer: Callable[..., AgreementAnswer]) -> None:
    found = answer(y=PIP, on=date(2024, 6, 30))
    paths = points.paths(found, load().breaks, {"quart": "Quart"})
    tables = {f"{a.on}": a.table.set_index("framework") for a in (*found.month_ends, found.ranking)}
    for row in paths.to_dict("records"):
        seen = tables[row["when"]].loc[row["line"]]
        assert (row["y"], row["x"]) == (seen["x"], seen["y"])
    assert sorted(paths["line"][paths["last"]]) == sorted(found.ranking.table["framework"])
    assert not paths["off"].any()  # what the register calls misread never comes this far
    for _, stretch in paths.groupby("part"):
        assert (stretch["step"].diff().dropna() == 1).all()
    assert paths[paths["line"] == "quart"]["part"].nunique() > 1


def test_no_trail_is_drawn_over_a_break_in_the_counting(answer: Callable[..., AgreementAnswer]) -> None:
    found = answer(y=PIP, on=date(2024, 6, 30))
    cut = Break("x", "break", "X", "", date(2024, 2, 10), date(2024, 2, 12), ("stars",), "", ("flask",))
    parts = [points.paths(found, cuts, {}).groupby("line")["part"].nunique() for cuts in ([], [cut])]
    assert (parts[1] - parts[0]).to_dict() == {name: int(name == "flask") for name in parts[0].index}


def test_a_sighting_far_off_is_a_stray_and_growth_is_none() -> None:
    grown = [100.0 * 1.15**n for n in range(24)]
    planted = [*grown[:10], 3.0, *grown[11:]]
    frame = pd.DataFrame(
        {"line": ["a"] * 24 + ["b"] * 24, "x": grown * 2, "y": grown + planted, "last": ([False] * 23 + [True]) * 2}
    )
    assert list(frame.index[points.far_off(frame)]) == [34]


@pytest.mark.parametrize("month", ["2019-06", "2020-11", "2022-03", "2023-12", "2024-06", "2024-10"])
def test_no_name_lies_over_a_name_or_a_mark(month: str, answer: Callable[..., AgreementAnswer]) -> None:
    """Drawn as SVG as wide as a phone, a tablet and a screen: the boxes of the names, measured on the drawing."""
    found = answer(y=PIP, on=pd.Period(month, "M").end_time.date())
    marks = points.paths(found, load().breaks, {f.id: f.title for f in load().frameworks.values()})
    lines = framework_styles.lines(marks["line"], load(), dark=False)
    drawn = scatter_chart.draw(marks, scatter_chart.Plane(lines, "Downloads", "Stars")).to_dict()
    for width in (300, 358, 640, 1160):
        sized = drawn | {"width": width, "autosize": {"type": "fit", "contains": "padding"}}
        names = named(vl_convert.vegalite_to_svg(sized, vl_version="6.4"), {line.label for line in lines})
        assert len(names) == len(found.ranking.table)
        for (one, a), (other, b) in combinations(names.items(), 2):
            assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]), (width, one, other)
        assert all(box[0] >= 0 and box[2] <= width for box in names.values())


def named(svg: str, known: set[str]) -> dict[str, tuple[float, float, float, float]]:
    """The box of each framework's name in a drawing."""
    found = {}

    def walk(element: ET.Element, x: float, y: float) -> None:
        moved = re.match(r"translate\(([-\d.]+),([-\d.]+)\)", element.get("transform", ""))
        x, y = (x + float(moved[1]), y + float(moved[2])) if moved else (x, y)
        if element.tag.endswith("text") and element.text in known:
            long = text_width.width(element.text, 14, bold=True)
            left = x - {"start": 0.0, "middle": long / 2, "end": long}[element.get("text-anchor", "start")]
            found[element.text] = (left, y - 10, left + long, y + 2)  # y is the baseline
        for inner in element:
            walk(inner, x, y)

    walk(ET.fromstring(svg), 0.0, 0.0)
    return found


def test_names_of_crowded_marks_move_away_on_a_line() -> None:
    lines = [Line(name, name.title(), "#000000") for name in ("flask", "django", "tornado", "bottle")]
    ends = pd.DataFrame(
        {
            "line": [line.id for line in lines],
            "name": [line.label for line in lines],
            "part": "1", "when": "2024-06-30", "last": True,
            "x": [1e6, 1.1e6, 1e8, 1e5],
            "y": [1e4, 1.2e4, 1e5, 1e3],
        }
    )  # fmt: skip
    spec = scatter_chart.draw(ends, scatter_chart.Plane(lines, "Downloads", "Stars")).to_dict()
    texts = [layer["mark"] for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    assert len({(mark["align"], mark["dy"]) for mark in texts}) > 1
    assert spec["layer"][0]["encoding"]["x"]["scale"]["type"] == "log"
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low < 1e5
    assert high > 1e8


def test_the_course_of_tau_is_broken_at_holes_and_changes_of_the_counting(
    answer: Callable[..., AgreementAnswer],
) -> None:
    past = answer().history
    rows = chart.tau_points(past)
    assert rows["tau"].iloc[-1] == pytest.approx(0.4848, abs=1e-4)
    by_month = rows.set_index(rows["when"].dt.strftime("%Y-%m"))["part"]
    assert by_month["2021-02"] != by_month["2021-04"]  # the old table sank until the end of March
    assert by_month["2021-09"] != by_month["2021-11"]  # no window of October
    assert by_month["2021-11"] == by_month["2024-06"]
    spec = chart.draw(rows, chart.TauOptions(past.breaks)).to_dict()
    assert next(layer["mark"]["type"] for layer in spec["layer"]) == "rect"


def test_ratios_over_time_are_broken_where_the_line_of_tau_is(answer: Callable[..., AgreementAnswer]) -> None:
    past = answer().history
    rows = points.ratios(past, {"flask": "Flask"})
    flask = rows[rows["line"] == "flask"]
    last = flask.dropna(subset=["value"]).iloc[-1]
    table = past.months[-1].table.set_index("framework")
    stars, downloads = (float(table[side]["flask"]) for side in ("x", "y"))
    assert last["value"] == pytest.approx(stars / downloads * 1e6)
    cut = flask[flask["value"].isna()]["when"].dt.strftime("%Y-%m").tolist()
    assert "2021-10" in cut
    assert cut[0] < "2021-05"


# -- API and command ---------------------------------------------------------------------------------------------------


def told(url: str, *arguments: str) -> str:
    done = CliRunner().invoke(commands, ["agreement", *arguments], env={"UPTAKE_DATABASE_URL": url})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_api_says_what_the_command_says(full_store: str, full_server: Server) -> None:
    sent = full_server.get("/api/v1/agreement.json?framework=django,flask,fastapi,sanic,aiohttp&on=2023-06-30&months=2")
    assert sent.status == 200
    names = ("--framework", "django,flask,fastapi,sanic,aiohttp")
    assert sent.json == json.loads(told(full_store, *names, "--on", "2023-06-30", "--months", "2", "--json"))
    found = json.loads(sent.body)
    assert len(found["trail"]) == 2
    assert found["low"] <= found["tau"] <= found["high"]
    said = told(full_store, *names, "--on", "2023-06-30", "--months", "2")
    assert found["sentence"] in said
    assert "2023-05-31  tau" in said


@pytest.mark.parametrize(
    ("query", "word"),
    [("months=many", "months"), ("months=9999", "120"), ("framework=djanko", "django"), ("y=", ""), ("z=1", "Unknown")],
)
def test_a_wrong_question_gets_one_sentence(query: str, word: str, full_server: Server) -> None:
    sent = full_server.get(f"/api/v1/agreement.json?{query}")
    assert sent.status == (400 if word else 200)
    assert word in str(sent.json.get("error", ""))


def test_the_page_is_served(full_server: Server) -> None:
    assert full_server.get("/agreement?month=2020-11").status == 200
