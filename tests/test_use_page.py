"""Do stars mean use? as Streamlit runs it on a real store, its API over real HTTP, its command, and its charts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date

import pandas as pd
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from catalog import Break, load
from dashboard import reading, scatterchart, trails
from dashboard.linechart import Line
from dashboard.views import use as page
from migrations import migrate
from tests.serving import ROOT, Server, fill, serving
from uptake.cli import commands

MAIN = str(ROOT / "dashboard" / "main.py")
PIP = "downloads_pip_30d"


@pytest.fixture(scope="module")
def full_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('use') / 'uptake.db'}"
    fill(url)
    return url


@pytest.fixture(scope="module")
def server(full_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(full_store, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def at_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def point(url: str) -> None:
        monkeypatch.setenv("UPTAKE_DATABASE_URL", url)
        reading.forget()

    yield point
    reading.forget()


@pytest.fixture
def store(full_store: str, at_store: Callable[[str], None]) -> str:
    at_store(full_store)
    return full_store


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.run()
    app.switch_page("views/use.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    assert not app.error, [e.value for e in app.error]
    return app


def words(app: AppTest) -> str:
    kinds = ("header", "subheader", "markdown", "caption", "info", "warning", "code")
    said = [str(element.value) for kind in kinds for element in app.get(kind) if isinstance(element, Element)]
    return re.sub(r"\\(.)", r"\1", "\n".join(said))


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
def test_the_first_view_answers_with_its_interval_doubts_and_sources() -> None:
    app = opened()
    said = words(app)
    assert app.header[0].value.replace("\\", "").startswith("Only in part: in June 2024 more stars went with more down")
    assert "17 of 66 pairs of 12 frameworks in opposite order (Kendall's tau 0.48, 95 % interval 0.07 to 0.78)" in said
    assert "On the last day that both know, 2024-10-31, 6 frameworks have both, with a tau of -0.33." in said
    for metric in ("stars", PIP, "so_worked_with"):
        assert load().metrics[metric].badge in said
    assert said.count("Retrieved: 20") == 3
    assert "CC BY" in said
    assert "ODbL" in said
    assert dict(app.query_params) == {}
    assert not app.warning


@pytest.mark.usefixtures("store")
def test_every_chart_has_its_numbers_in_words() -> None:
    alts = [str(chart.proto.alt) for chart in opened().get("vega_lite_chart")]
    assert [alt.partition(":")[0] for alt in alts] == [
        "Stars against downloads around 2024-06-30, most downloaded first",
        "Stars per million downloads in 30 days",
        "Stack Overflow survey",
    ]
    assert "Sanic 17,842 stars, 778,021 downloads in 30 days" in alts[0]
    assert "Sanic 22,933; Falcon" in alts[1]
    assert re.search(r"Flask 1\d\.\d %; Django 1\d\.\d %; FastAPI", alts[2])


@pytest.mark.usefixtures("store")
def test_frameworks_month_and_vintage_are_in_the_url() -> None:
    app = opened(month="2020-11", framework="django,flask,fastapi")
    assert app.header[0].value.replace("\\", "") == "Too few to tell: 3 frameworks with both figures."
    assert app.selectbox(key="control_month").value == "2020-11"
    assert app.multiselect(key="control_framework").value == ["django", "flask", "fastapi"]
    app.selectbox(key="control_month").set_value("2023-06").run()
    assert "2023-06" in str(app.query_params["month"])
    assert "Around 2023-06-30" in words(app)
    assert "uptake use --framework django,flask,fastapi --y downloads_pip_30d --on 2023-06-30" in words(app)


@pytest.mark.usefixtures("store")
def test_the_table_has_what_the_charts_show() -> None:
    app = opened(table="on")
    rows, months = (frame.value for frame in app.dataframe)
    found = reading.use("stars", PIP, (), date(2024, 6, 30), None).found.table
    assert sorted(rows["Stars"]) == sorted(found["x"])
    assert sorted(rows["Downloads in 30 days"]) == sorted(found["y"])
    sanic = rows[rows["Framework"] == "Sanic"].iloc[0]
    assert sanic["Stars per million downloads"] == pytest.approx(
        sanic["Stars"] / sanic["Downloads in 30 days"] * 1e6, 1e-4
    )
    assert months["On"].is_monotonic_decreasing
    assert months.iloc[0]["Kendall's tau"] == 0.48
    assert len(app.get("vega_lite_chart")) == 2


@pytest.mark.usefixtures("store")
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


# -- the trails and the charts -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
def test_a_trail_is_what_was_seen_and_breaks_at_holes_breaks_and_strays() -> None:
    found = reading.use("stars", PIP, (), date(2024, 6, 30), None, page.TRAIL)
    points = trails.drawn(found, load().breaks, {"quart": "Quart"})
    tables = {f"{a.on}": a.table.set_index("framework") for a in (*found.trail, found.found)}
    for row in points.to_dict("records"):
        seen = tables[row["when"]].loc[row["line"]]
        assert (row["y"], row["x"]) == (seen["x"], seen["y"])
    assert sorted(points["line"][points["last"]]) == sorted(found.found.table["framework"])
    off = points[points["off"]]
    assert set(off["line"]) == {"quart"}
    assert off["y"].max() < 30
    drawn = points[~points["off"]]
    for _, stretch in drawn.groupby("part"):
        assert (stretch["step"].diff().dropna() == 1).all()
    assert drawn[drawn["line"] == "quart"]["part"].nunique() > 1


@pytest.mark.usefixtures("store")
def test_no_trail_is_drawn_over_a_break_in_the_counting() -> None:
    found = reading.use("stars", PIP, (), date(2024, 6, 30), None, page.TRAIL)
    cut = Break("x", "break", "X", "", date(2024, 2, 10), date(2024, 2, 12), ("stars",), "", ("flask",))
    parts = [trails.drawn(found, cuts, {}).groupby("line")["part"].nunique() for cuts in ([], [cut])]
    assert (parts[1] - parts[0]).to_dict() == {name: int(name == "flask") for name in parts[0].index}


def test_a_sighting_far_off_is_a_stray_and_growth_is_none() -> None:
    grown = [100.0 * 1.15**n for n in range(24)]
    planted = [*grown[:10], 3.0, *grown[11:]]
    frame = pd.DataFrame(
        {"line": ["a"] * 24 + ["b"] * 24, "x": grown * 2, "y": grown + planted, "last": ([False] * 23 + [True]) * 2}
    )
    assert list(frame.index[trails.strays(frame)]) == [34]


def test_names_stand_over_no_mark_and_no_name_where_there_is_room() -> None:
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
    spec = scatterchart.draw(ends, scatterchart.Plane(lines, "Downloads", "Stars")).to_dict()
    texts = [layer["mark"] for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    assert len({(mark["align"], mark["dy"]) for mark in texts}) > 1
    assert spec["layer"][0]["encoding"]["x"]["scale"]["type"] == "log"
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low < 1e5
    assert high > 1e8


# -- API and command ---------------------------------------------------------------------------------------------------


def told(url: str, *arguments: str) -> str:
    done = CliRunner().invoke(commands, ["use", *arguments], env={"UPTAKE_DATABASE_URL": url})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_api_says_what_the_command_says(full_store: str, server: Server) -> None:
    answer = server.get("/api/v1/use.json?framework=django,flask,fastapi,sanic,aiohttp&on=2023-06-30&months=2")
    assert answer.status == 200
    names = ("--framework", "django,flask,fastapi,sanic,aiohttp")
    assert answer.json == json.loads(told(full_store, *names, "--on", "2023-06-30", "--months", "2", "--json"))
    found = json.loads(answer.body)
    assert len(found["trail"]) == 2
    assert found["low"] <= found["tau"] <= found["high"]
    said = told(full_store, *names, "--on", "2023-06-30", "--months", "2")
    assert found["sentence"] in said
    assert "2023-05-31  tau" in said


@pytest.mark.parametrize(
    ("query", "word"),
    [("months=many", "months"), ("months=9999", "120"), ("framework=djanko", "django"), ("y=", ""), ("z=1", "Unknown")],
)
def test_a_wrong_question_gets_one_sentence(query: str, word: str, server: Server) -> None:
    answer = server.get(f"/api/v1/use.json?{query}")
    assert answer.status == (400 if word else 200)
    assert word in str(answer.json.get("error", ""))


def test_the_page_is_served(server: Server) -> None:
    assert server.get("/use?month=2020-11").status == 200
