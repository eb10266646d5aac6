"""Charts as files: what must be on them is on them, the same store gives the same bytes, nothing is fetched."""

from __future__ import annotations

import base64
import json
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from catalog import load
from dashboard import lettering, pictures, poster, reading
from dashboard.badge import badge
from dashboard.poster import Look
from storage import Store
from tests import serving
from tests.test_browser import FLAGS, chromium
from uptake import answers
from uptake.answers import Question, QuestionError, SeriesAnswer
from uptake.cli import commands
from uptake.clock import SystemClock

ROOT = Path(__file__).resolve().parent.parent
THREE = ("flask", "django", "fastapi")
STARS = Question("stars", THREE)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    told = f"sqlite:///{tmp_path_factory.mktemp('pictures') / 'uptake.db'}"
    serving.fill(told)
    serving.deepen(told)
    return told


@pytest.fixture
def shown(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The dashboard's reading, set to the store."""
    reading.forget()
    monkeypatch.setenv("UPTAKE_DATABASE_URL", url)
    yield
    reading.forget()


def answer(url: str, question: Question) -> SeriesAnswer:
    with Store.open(url, read_only=True) as store:
        return answers.series(store, load(), question, SystemClock().now())


def words(svg: bytes) -> str:
    """All text of a picture, in the order of drawing."""
    return " ".join("".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text"))


def svg(url: str, question: Question, look: Look | None = None) -> bytes:
    return pictures.picture(answer(url, question), load(), "svg", look or Look())


@pytest.mark.parametrize("metric", ["stars", "downloads_pip_30d", "so_worked_with", "pds_use"])
def test_what_one_must_know_is_burnt_in(url: str, metric: str) -> None:
    question = Question(metric, THREE)
    told, known = words(svg(url, question)), answer(url, question)
    assert known.metric.title in told
    assert f"How to read this: {known.metric.badge}" in told
    for source in known.sources:
        assert source.title in told
        assert source.licence in told
        assert source.attribution.split()[0] in told
    assert known.retrieved_at is not None
    assert f"Retrieved {known.retrieved_at:%Y-%m-%d %H:%M} UTC" in told
    for line in ("Flask", "Django", "FastAPI"):
        assert line in told


def test_every_band_is_numbered_and_named(url: str) -> None:
    known = answer(url, STARS)
    told = words(svg(url, STARS))
    assert known.breaks
    for n, found in enumerate(sorted(known.breaks, key=lambda b: b.since), start=1):
        assert f"{n} {found.title}" in told


def test_the_same_store_gives_the_same_bytes_in_any_process(url: str, shown: None) -> None:
    asked = {"metric": "stars", "frameworks": THREE, "dimension": "", "since": None, "until": None, "as_of": None}
    lines = [
        json.dumps({"question": asked | {"view": "level"}, "kind": kind, "dark": True, "log": False})
        for kind in ("png", "svg", "html")
    ]
    environment = serving._environment(reading.settings().database_url, {"PYTHONHASHSEED": "7"})
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.pictures"], input="\n".join(lines), env=environment,
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    there = [base64.b64decode(json.loads(line)["picture"]) for line in done.stdout.splitlines()]
    svg(url, Question("downloads_pip_30d", THREE))  # altair counts its charts: what was drawn before must not matter
    assert there == [pictures.shown(STARS, kind, Look(dark=True)) for kind in ("png", "svg", "html")]


def test_a_png_is_a_slide(url: str) -> None:
    drawn = pictures.picture(answer(url, STARS), load(), "png", Look())
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", drawn[16:24]) == (2400, 1350)


def test_lines_break_where_days_are_missing(url: str) -> None:
    """The almanac has no downloads of autumn 2021: every line has two parts at least, and no segment spans the hole."""
    known = answer(url, Question("downloads_pip_30d", ("flask",)))
    assert (known.frame["status"] == "gap").any()
    drawn = ET.fromstring(pictures.picture(known, load(), "svg", Look()))
    paths = [p.get("d", "") for p in drawn.iter(f"{SVG}path") if p.get("stroke") == "#0068a6"]
    assert sum(path.count("M") for path in paths) > 1


def test_a_picture_fetches_nothing_and_runs_nothing(url: str) -> None:
    drawn = svg(url, STARS).decode()
    assert not re.findall(r"<(?:script|image|foreignObject|use)\b|(?:href|src)=", drawn)
    page = pictures.picture(answer(url, STARS), load(), "html", Look()).decode()
    mere = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r"<(?:script|link|img|iframe|use)\b|\bsrc=|\bon\w+=", mere)
    assert "default-src 'none'" in page


def test_text_from_outside_stays_text(url: str) -> None:
    """A framework of one's own may be called anything."""
    from dataclasses import replace

    shipped = load()
    evil = "</script><b>&\u202e"
    frameworks = dict(shipped.frameworks) | {"flask": replace(shipped.frameworks["flask"], title=evil)}
    catalog = replace(shipped, frameworks=frameworks)
    known = answer(url, Question("stars", ("flask",)))
    page = pictures.picture(known, catalog, "html", Look()).decode()
    assert "<b>" not in page
    assert page.count("</script>") == 2
    ET.fromstring(pictures.picture(known, catalog, "svg", Look()))
    ET.fromstring(badge(known, catalog))


@pytest.mark.parametrize(
    ("question", "word"),
    [
        (Question("stars_kept", THREE), "nothing to draw"),
        (Question("downloads_all_by_country", ("flask", "django"), "country=*"), "splits up one framework"),
        (Question("stars", ("flsk",)), "did you mean flask"),
    ],
    ids=["nothing", "two splits", "unknown"],
)
def test_what_cannot_be_drawn_is_said(url: str, question: Question, word: str) -> None:
    with pytest.raises(QuestionError, match=word):
        svg(url, question)


def test_one_framework_is_split_up(url: str) -> None:
    told = words(svg(url, Question("downloads_all_by_country", ("flask",), "country=*")))
    assert "Flask" in told
    assert "Germany" in told
    assert "all others" in told


def test_a_survey_has_its_intervals(url: str) -> None:
    drawn = svg(url, Question("so_worked_with", THREE))
    assert "95 % intervals: sampling noise only" in words(drawn)


def test_nothing_leaves_the_paper(url: str) -> None:
    """Every line of text fits: measured with the widths of the font."""
    for look, frameworks in ((Look(), ()), (Look(dark=True, log=True), THREE)):
        made = poster.compose(answer(url, Question("stars", frameworks)), load(), look)
        spec, told = made.spec, 0
        for layer in spec["layer"]:
            mark = layer.get("mark", {})
            x, y = (layer.get("encoding", {}).get(axis, {}).get("value") for axis in "xy")
            if mark.get("type") == "text" and mark.get("baseline") == "alphabetic":
                text = spec["datasets"][layer["data"]["name"]][0]["text"]
                wide = lettering.width(text, mark["fontSize"], bold=mark["fontWeight"] == "bold")
                assert x + spec["padding"]["left"] + wide <= poster.WIDTH
                assert 0 < y + spec["padding"]["top"] < poster.HEIGHT
                told += 1
        assert told >= 5
        assert spec["height"] > 250
        assert spec["width"] > 600


def test_long_text_is_wrapped_and_cut() -> None:
    text = "word " * 60
    lines = lettering.wrapped(text, 14, 300, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(lettering.width(line, 14) <= 300 for line in lines)
    assert lettering.wrapped("short", 14, 300, 2) == ["short"]
    assert lettering.cut("x" * 400, 14, 100).endswith("…")
    assert lettering.width("中", 10) == 10


def test_the_badge_says_value_date_and_doubt(url: str) -> None:
    known = answer(url, Question("stars", ("flask",)))
    drawn = badge(known, load())
    root = ET.fromstring(drawn)
    last = known.frame.dropna(subset=["value"]).iloc[-1]
    told = words(drawn)
    assert f"{last['value']:,.0f}" in told
    assert f"{last['period_end']:%Y-%m-%d}" in told
    title = root.findtext(f"{SVG}title") or ""
    assert known.metric.badge in title
    assert title == root.get("aria-label")
    assert drawn == badge(answer(url, Question("stars", ("flask",))), load())
    with pytest.raises(QuestionError, match="name one framework"):
        badge(answer(url, STARS), load())


def test_the_command_draws_what_the_api_draws(url: str, shown: None, tmp_path: Path) -> None:
    file = tmp_path / "stars.svg"
    asked = ["picture", "stars", *(f"--framework={name}" for name in THREE), "--theme", "dark", "-o", str(file)]
    done = CliRunner().invoke(commands, asked, env={"UPTAKE_DATABASE_URL": url}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert file.read_bytes() == pictures.shown(STARS, "svg", Look(dark=True))
    refused = CliRunner().invoke(commands, ["picture", "stars", "-o", str(tmp_path / "stars.gif")])
    assert refused.exit_code == 2
    with pytest.raises(QuestionError, match="did you mean flask"):
        CliRunner().invoke(
            commands, ["picture", "stars", "--framework", "flsk", "-o", str(file)],
            env={"UPTAKE_DATABASE_URL": url}, catch_exceptions=False,
        )  # fmt: skip


def test_the_api_answers_with_pictures(url: str, tmp_path: Path) -> None:
    asked = "metric=stars&framework=flask,django"
    with serving.serving(url, tmp_path) as server:
        for kind, media in pictures.MEDIA.items():
            got = server.get(f"/api/v1/chart.{kind}?{asked}&theme=dark&log=1")
            assert (got.status, got.headers["content-type"]) == (200, media)
            assert got.body == server.get(f"/api/v1/chart.{kind}?{asked}&theme=dark&log=1").body
        small = server.get("/api/v1/badge.svg?metric=stars&framework=flask")
        assert small.status == 200
        assert "Flask" in words(small.body)
        wrongs = ["chart.png?metric=stars&theme=pink", "chart.svg?metric=stars&log=yes", "chart.svg?metric=stars&w=9"]
        for wrong in [*wrongs, f"badge.svg?{asked}", "chart.png?metric=stars_kept"]:
            refused = server.get(f"/api/v1/{wrong}")
            assert refused.status == 400, wrong
            assert "error" in refused.json


def test_too_many_at_once_are_sent_away(shown: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WAIT_S", 0.01)
    with pictures._ONE_AT_A_TIME, pytest.raises(pictures.Busy):
        pictures.shown(STARS, "svg", Look(log=True))


@pytest.mark.browser
def test_the_html_draws_itself_without_network(url: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    file = tmp_path / "stars.html"
    file.write_bytes(pictures.picture(answer(url, STARS), load(), "html", Look()))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(file.as_uri())
        page.wait_for_selector("#chart svg.marks")
        page.wait_for_function("!!document.querySelector('#chart.vega-embed')")
        assert "GitHub stars" in unescape(page.inner_text("#chart"))
        assert asked == [file.as_uri()]
        assert said == []
        browser.close()
