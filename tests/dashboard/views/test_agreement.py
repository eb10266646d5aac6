"""Stars vs downloads as Streamlit runs it on a real store, its API over real HTTP, its command, and its charts."""

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
from dashboard.charts.figure import parted
from dashboard.charts.line_chart import Line
from dashboard.views.agreement import chart, controls, points
from migrations import migrate
from storage import Store
from tests.support import visiting
from tests.support.serving import Server
from tests.support.visiting import charts, words
from uptake.cli import commands
from uptake.clock import SystemClock

PIP = "downloads_pip_30d"


@pytest.fixture(scope="module")
def answer(full_store: str) -> Iterator[Callable[..., AgreementAnswer]]:
    """`answers.agreement` on the store, each question asked once."""
    with Store.open(full_store, read_only=True) as opened:

        @functools.cache
        def ask(**asked: Any) -> AgreementAnswer:
            return agreement(opened, load(), SystemClock().now(), months=controls.HISTORY_MONTHS, **asked)

        yield ask


def opened(**query: str) -> AppTest:
    return visiting.opened("agreement", **query)


# -- the page ----------------------------------------------------------------------------------------------------------


def heading(app: AppTest) -> str:
    """The one heading of the first level."""
    (title,) = app.title
    return str(title.value).replace("\\", "")


@pytest.mark.usefixtures("shown")
def test_the_first_view_answers_with_its_interval_caveats_and_sources() -> None:
    app = opened()
    said, agreed = words(app), cache.agreement("stars", "", (), None, None, controls.HISTORY_MONTHS)
    assert agreed.y.id == PIP
    first, rest = parted(agreed.sentence)
    assert heading(app) == first.rstrip(".")
    assert "17 of 66 pairs" in first
    assert rest in said
    assert "0.48" in rest
    assert "0.07" in rest
    assert "0.78" in rest
    assert agreed.choice in said
    assert "(tau −0.33)" in agreed.choice
    for metric in ("stars", PIP):
        assert load().metrics[metric].badge in said
    assert "CC BY" in said
    assert dict(app.query_params) == {}
    assert not app.warning
    surveys = words(opened(show="survey"))
    for metric in ("so_worked_with", "pds_use"):
        assert load().metrics[metric].badge in surveys
    assert "ODbL" in surveys


@pytest.mark.usefixtures("shown")
def test_the_page_says_what_command_and_api_say_to_the_same_question(full_store: str) -> None:
    answer = json.loads(told(full_store, "--json"))
    scatter, time, surveys = (words(opened(show=show)) for show in ("scatter", "tau", "survey"))
    for key in ("sentence", "choice"):
        assert all(part in scatter for part in parted(answer[key]))
    assert all(part in time for part in parted(answer["over_time"]["sentence"]))
    assert answer["leads"]["sentence"] in time
    assert all(survey["sentence"] in surveys for survey in answer["surveys"])
    assert len(answer["surveys"]) == 2


@pytest.mark.usefixtures("shown")
def test_each_segment_has_one_main_frame_and_folds_the_rest() -> None:
    folds = {show: [fold.label for fold in opened(show=show).expander] for show in controls.SHOWS}
    assert folds["scatter"] == ["Where they disagree most (17 pairs)", "What was counted"]
    assert folds["tau"] == ["How each framework was judged"]
    time = opened(show="tau")
    assert "0.53 in April 2021, 0.42 in June 2024" in heading(time).replace("tau ", "")
    assert "6 frameworks" in words(time)
    judged = next(frame.value for frame in time.dataframe if "Correlation" in frame.value)
    assert set(judged["Result"]) == {"nothing", "too few months"}
    assert judged.set_index("Framework").loc["Flask", "Months"] == 32
    counts = {show: charts(opened(show=show)) for show in controls.SHOWS}
    assert counts == {"scatter": 1, "tau": 1, "per-million": 2, "survey": 2}


@pytest.mark.usefixtures("shown")
def test_every_chart_has_its_takeaway_in_words_and_its_numbers_in_its_table() -> None:
    for show in controls.SHOWS:
        app = opened(show=show)
        alts = [str(chart.proto.alt) for chart in app.get("vega_lite_chart")]
        headings = [str(element.value).replace("\\", "") for element in (*app.title, *app.header)]
        assert [alt for alt in alts if alt.rstrip(".") in headings] == alts, show
    rows = opened(show="tau", table="on").dataframe[0].value
    last = cache.agreement("stars", PIP, (), None, None, controls.HISTORY_MONTHS).history.months[-1]
    assert last.interval is not None
    shown = [round(value, 3) for value in (last.tau, last.interval.low, last.interval.high)]
    assert rows.iloc[0][["Month", "Kendall's tau", "Low (95%)", "High (95%)"]].tolist() == ["2024-06", *shown]
    assert rows["Month"].is_monotonic_decreasing
    ratio = opened(show="per-million", table="on").dataframe[0].value.set_index("Framework")
    assert ratio.loc["Sanic"].iloc[0] == pytest.approx(22_933, abs=1)
    months = opened(show="per-million", table="ratios").dataframe[0].value.set_index("Month")
    assert months.loc["2024-06", "Sanic"] == ratio.loc["Sanic"].iloc[0]
    survey = opened(show="survey", table="on").dataframe[0].value.set_index("Framework")
    assert survey.loc[["FastAPI", "Django"], "Share in %"].tolist() == [38, 35]


@pytest.mark.usefixtures("shown")
def test_frameworks_month_and_vintage_are_in_the_url() -> None:
    app = opened(month="2020-11", framework="django,flask,fastapi")
    assert "November 2020" in heading(app)
    assert "3 frameworks" in heading(app)
    assert app.selectbox(key="control_month").value == "2020-11"
    assert app.multiselect(key="control_framework").value == ["django", "flask", "fastapi"]
    app.selectbox(key="control_month").set_value("2023-06").run()
    assert "2023-06" in str(app.query_params["month"])
    assert "June 2023" in words(app)
    app.button(key="about_on").click().run()
    command = "uptake agreement --framework django,flask,fastapi --y downloads_pip_30d --on 2023-06-30 --months 24"
    assert command in words(app)


@pytest.mark.usefixtures("shown")
def test_another_count_says_that_it_goes_back_too_little_and_which_one_is_asked_instead() -> None:
    app = opened(by="downloads_all_window")
    assert "March 2026" in heading(app)
    assert "22 of 66 pairs" in heading(app)
    assert "Left out as misread: Quart with 29 stars on 26 March 2026." in words(app)
    said = words(opened(by="downloads_all_window", show="tau"))
    memory = cache.agreement("stars", "downloads_all_window", (), None, None, controls.HISTORY_MONTHS).memory
    assert memory
    assert memory in said
    assert load().metrics[PIP].badge in said


@pytest.mark.usefixtures("shown")
def test_the_table_has_what_the_charts_show() -> None:
    app = opened(table="on")
    rows = app.dataframe[0].value
    found = cache.agreement("stars", PIP, (), date(2024, 6, 30), None).ranking.table
    assert sorted(rows["Stars"]) == sorted(found["x"])
    assert sorted(rows["Downloads in 30 days"]) == sorted(found["y"].round())
    sanic = rows[rows["Framework"] == "Sanic"].iloc[0]
    assert sanic["Stars per million downloads"] == pytest.approx(
        sanic["Stars"] / sanic["Downloads in 30 days"] * 1e6, 1e-4
    )
    assert rows.set_index("Framework").loc["FastAPI", "Python Developers Survey 2024, %"] == 38.0
    assert charts(app) == 0


@pytest.mark.usefixtures("shown")
def test_what_the_url_asks_for_and_is_not_there_is_said() -> None:
    said = words(opened(month="1999-01", framework="djanko,<img src=x>"))
    assert "The address asks for “1999-01”" in said
    assert "Did you mean django?" in said


def test_an_empty_store_says_what_it_takes(sqlite_url: str, at_store: Callable[[str], None]) -> None:
    migrate(sqlite_url)
    at_store(sqlite_url)
    said = words(opened())
    assert "No two frameworks have both stars and downloads yet" in said
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
