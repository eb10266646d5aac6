"""Charts as files: what must be on them is on them, the same store gives the same bytes, nothing is fetched."""

from __future__ import annotations

import base64
import functools
import json
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import altair as alt
import pandas as pd
import pytest
from altair.utils import schemapi
from click.testing import CliRunner

from answers.questions import Question, QuestionError
from answers.series.answer import SeriesAnswer
from answers.series.answer import series as answer_series
from catalog import load
from dashboard import cache
from dashboard.charts import text_width
from dashboard.charts.figure import Figure, Style
from dashboard.export import render
from dashboard.export import svg as poster
from dashboard.export.badge import badge
from dashboard.export.figure_registry import FIGURES
from dashboard.views.trends import figure as series
from storage import Store
from tests.browser.browsing import FLAGS, chromium
from tests.support import serving
from uptake.cli import commands
from uptake.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
THREE = ("flask", "django", "fastapi")
STARS = Question("stars", THREE)
ASKED = (("metric", "stars"), ("framework", ",".join(THREE)))
USED = (("y", "downloads_pip_30d"), ("on", "2024-06-30"))
# What is asked of every chart there is: each of FIGURES must be here.
CHARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "chart": ASKED,
    "compare": (("a", "django"), ("b", "flask"), ("on", "2020-11-25")),
    "agreement": USED,
    "surveys": (("framework", "flask,django,fastapi"),),
    "regions": (("framework", "flask,django"),),
    "anomalies": (("metric", "stars"),),
    "forecast": (("metric", "stars"), ("framework", "django"), ("against", "gin")),
}
# The others that a page has, by `show`.
MORE = (
    ("chart", (*ASKED, ("axis", "release"))),
    ("chart", (*ASKED, ("axis", "stars-50000"), ("log", "1"))),
    ("agreement", (*USED, ("show", "tau"))),
    ("agreement", (*USED, ("show", "per-million"))),
    ("agreement", (*USED, ("show", "ratios"))),
    ("agreement", (*USED, ("show", "survey"))),
    ("agreement", (*USED, ("show", "survey"), ("survey", "pds_use"))),
    ("forecast", (("metric", "stars"), ("framework", "django"))),
    ("forecast", (("metric", "stars"), ("framework", "django"), ("against", "gin"), ("show", "chance"))),
    ("surveys", (("framework", "flask,django,fastapi"), ("show", "change"))),
    ("surveys", (("framework", "flask"), ("show", "groups"), ("here", "region=europe"), ("edition", "2024"))),
    ("surveys", (("framework", "flask,django"), ("show", "wanted"))),
    ("surveys", (("framework", "flask"), ("dimension", "region=*"))),
    ("regions", (("framework", "flask,django"), ("show", "leads"))),
    ("regions", (("framework", "flask,django"), ("show", "downloads"))),
    ("regions", (("framework", "flask,django"), ("show", "countries"))),
)
# Axes and views whose days might shift.
DAYS = (
    ("chart", (("metric", "stars"), ("framework", "flask,django"), ("since", "2026-07-25"))),
    ("chart", (*ASKED, ("view", "gained"))),
    ("chart", (("metric", "downloads_pip_30d"), ("framework", "flask,django"))),
    ("chart", (("metric", "so_worked_with"), ("framework", "flask,django"))),
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def url(foretold_store: str) -> str:
    return foretold_store


@pytest.fixture
def shown(url: str, at_store: Callable[..., None]) -> None:
    """The dashboard's reading, set to the store."""
    at_store(url)


@functools.cache
def once(of: str, asked: tuple[tuple[str, str], ...], kind: str) -> bytes:
    """A picture, drawn once for all tests that look at it."""
    return render.shown(of, asked, kind)


def answer(url: str, question: Question) -> SeriesAnswer:
    with Store.open(url, read_only=True) as store:
        return answer_series(store, load(), question, SystemClock().now())


def words(svg: bytes) -> str:
    """All text of a picture, in the order of drawing."""
    return " ".join("".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text"))


def svg(url: str, question: Question, look: Style | None = None) -> bytes:
    return drawn(url, question, "svg", look)


def drawn(url: str, question: Question, kind: str, look: Style | None = None) -> bytes:
    return render.picture(figure(url, question, look), kind, look or Style())


def figure(url: str, question: Question, look: Style | None = None) -> Figure:
    return series.figure(answer(url, question), load(), look or Style())


@pytest.mark.parametrize("metric", ["stars", "downloads_pip_30d", "so_worked_with", "pds_use"])
def test_what_one_must_know_is_burnt_in(url: str, metric: str) -> None:
    question = Question(metric, THREE)
    told, known = words(svg(url, question)), answer(url, question)
    assert known.metric.title in told
    assert f"Read with care: {known.metric.badge}" in told
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


def test_every_chart_is_asked_for_here() -> None:
    assert set(CHARTS) == set(FIGURES)


def drawn_elsewhere(zone: str, wanted: list[tuple[str, tuple[tuple[str, str], ...], str]]) -> list[bytes]:
    """Pictures as another process draws them, on a machine in another time zone, with another order of its sets."""
    lines = [json.dumps({"of": of, "asked": asked, "kind": kind}) for of, asked, kind in wanted]
    environment = serving._environment(cache.settings().database_url, {"PYTHONHASHSEED": "7", "TZ": zone})
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.export.render"], input="\n".join(lines), env=environment,
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    return [base64.b64decode(json.loads(line)["picture"]) for line in done.stdout.splitlines()]


def test_the_same_store_gives_the_same_bytes_in_any_process_and_time_zone(url: str, shown: None) -> None:
    wanted = [(of, asked, "html") for of, asked in CHARTS.items()]
    wanted += [(of, asked, "svg") for of, asked in (*MORE, *DAYS)]  # drawn here for other tests too
    wanted += [("compare", CHARTS["compare"], "png"), ("chart", (*ASKED, ("theme", "dark")), "svg")]
    there = drawn_elsewhere("Pacific/Kiritimati", wanted)
    svg(url, Question("downloads_pip_30d", THREE))  # altair counts its charts: what was drawn before must not matter
    for one, (of, asked, kind) in zip(there, wanted, strict=True):
        assert one == once(of, asked, kind), (of, kind)
        if kind == "html":  # every moment says its zone, so that a browser moves none of them
            assert re.findall(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+"', one.decode()) == [], of


def test_a_day_is_the_same_west_of_greenwich(url: str, shown: None) -> None:
    wanted = [(of, asked, "svg") for of, asked in (*CHARTS.items(), *DAYS)]
    for one, (of, asked, kind) in zip(drawn_elsewhere("Pacific/Honolulu", wanted), wanted, strict=True):
        assert one == once(of, asked, kind), (of, asked)


@pytest.mark.parametrize(("of", "asked"), [*CHARTS.items(), *MORE])
def test_every_chart_has_its_words_burnt_in(of: str, asked: tuple[tuple[str, str], ...], shown: None) -> None:
    known, _ = render.figure(of, asked)
    told = words(once(of, asked, "svg"))
    assert known.headline[:60] in told
    assert known.subtitle[:60] in told
    assert known.care
    assert f"Read with care: {known.care[:60]}" in told
    for entry in known.legend.entries if known.legend else ():
        assert f"{entry.name} {entry.value}" in told
    for source in known.sources:
        assert f"{source.title} ({source.licence})" in told
    assert known.retrieved_at is not None
    assert f"Retrieved {known.retrieved_at:%Y-%m-%d %H:%M} UTC" in told
    page = unescape(once(of, asked, "html").decode())
    assert known.headline in page
    assert known.detail in page
    assert all(caveat.text in page for caveat in known.caveats)
    assert known.table is not None
    assert str(known.table.columns[0]) in page


@pytest.mark.parametrize(("of", "asked"), [*CHARTS.items(), *MORE])
def test_every_chart_says_what_it_shows(of: str, asked: tuple[tuple[str, str], ...], shown: None) -> None:
    """To those who do not see it: with numbers, in the picture itself."""
    known, _ = render.figure(of, asked)
    root = ET.fromstring(once(of, asked, "svg"))
    assert root.findtext(f"{SVG}title") == known.headline
    assert root.findtext(f"{SVG}desc") == known.summary
    assert re.search(r"\d", known.summary)


@pytest.mark.parametrize(("of", "asked"), [*CHARTS.items(), *MORE])
def test_every_chart_keeps_to_the_schema(of: str, asked: tuple[tuple[str, str], ...], shown: None) -> None:
    """In a picture and on a page: where it is drawn, nobody looks any more."""
    known, look = render.figure(of, asked)
    schema = alt.load_schema()
    for still in (True, False):
        spec = poster.spec(known, look, 300, still=still)
        spec["config"]["background"] = "white"  # None, for no ground at all, is Vega's and not in the schema
        schemapi.validate_jsonschema(spec, schema)


def test_a_png_is_a_slide(url: str) -> None:
    made = drawn(url, STARS, "png")
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", made[16:24]) == (2400, 1350)


def test_lines_break_where_days_are_missing(url: str) -> None:
    """The almanac has no downloads of autumn 2021: every line has two parts at least, and no segment spans the hole."""
    known = answer(url, Question("downloads_pip_30d", ("flask",)))
    assert (known.frame["status"] == "gap").any()
    made = ET.fromstring(svg(url, Question("downloads_pip_30d", ("flask",))))
    paths = [p.get("d", "") for p in made.iter(f"{SVG}path") if p.get("stroke") == "#0068a6"]
    assert sum(path.count("M") for path in paths) > 1


def test_a_picture_fetches_nothing_and_runs_nothing(url: str) -> None:
    made = svg(url, STARS).decode()
    assert not re.findall(r"<(?:script|image|foreignObject|use)\b|(?:href|src)=", made)
    page = drawn(url, STARS, "html").decode()
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
    made = series.figure(known, catalog, Style())
    page = render.picture(made, "html", Style()).decode()
    assert "<b>" not in page
    assert page.count("</script>") == 2
    ET.fromstring(render.picture(made, "svg", Style()))
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


def test_lines_are_laid_beside_each_other_by_age(shown: None) -> None:
    """Each from its own first day: what is known of both at the age of the younger, and since when ages count."""
    asked = (("metric", "stars"), ("framework", "flask,fastapi"), ("axis", "stars-50000"))
    known, _ = render.figure("chart", asked)
    told = words(render.shown("chart", asked, "svg"))
    assert "Years since the 50,000th star" in told
    assert known.table is not None
    rows = {str(row["Line"]): row for row in known.table.to_dict("records")}
    assert set(rows) == {"Flask", "FastAPI"}
    for name, row in rows.items():
        seen = answer(cache.settings().database_url, Question("stars", (name.lower(),)))
        last = seen.frame.dropna(subset=["value"]).iloc[-1]
        assert row["Last figure"] == f"{last['value']:,.0f}"
        age = (pd.Timestamp(last["period_end"]) - pd.Timestamp(row["Age counts from"][:10])).days / 365.25
        assert float(row["Last at years"]) == pytest.approx(age, abs=0.06)
        assert f"{name} {row['First figure']} at" in known.summary


def test_a_survey_has_its_intervals(url: str) -> None:
    assert "95% intervals: sampling noise only" in words(svg(url, Question("so_worked_with", THREE)))


def test_nothing_leaves_the_paper(url: str) -> None:
    """Every line of text fits: measured with the widths of the font. The chart keeps off it."""
    for look, frameworks in ((Style(), ()), (Style(dark=True, log=True), THREE)):
        root = ET.fromstring(svg(url, Question("stars", frameworks), look))
        high = float(root.get("height", "0"))
        assert float(root.get("width", "0")) == poster.WIDTH
        assert high == poster.HEIGHT if frameworks else high < poster.HEIGHT * 1.2
        lines = [text for text in root.findall(f"{SVG}text") if text.text]  # ours; the chart's are deeper
        assert len(lines) >= 5
        for line in lines:
            size, x, y = (float(line.get(name, "0")) for name in ("font-size", "x", "y"))
            wide = text_width.width(line.text or "", size, bold=line.get("font-weight") == "bold")
            assert x + wide <= poster.WIDTH - poster.MARGIN + 1
            assert size <= y < high
        group = next(g for g in root.findall(f"{SVG}g"))
        top = float(re.findall(r"translate\([\d.]+,([\d.]+)\)", group.get("transform", ""))[0])
        known = series.figure(answer(url, Question("stars", frameworks)), load(), look)
        foot = min(float(line.get("y", "0")) - poster.SMALL for line in lines if line.get("font-size") == "11")
        plot = max(float(d) for d in re.findall(r'height="([\d.]+)"', str(ET.tostring(group))) or ["0"])
        assert top + poster.drawing(known, look, 300).height - 300 < foot
        assert plot < foot - top


def test_more_words_make_a_longer_sheet(url: str) -> None:
    """Rather than a chart too low to be read."""
    from dataclasses import replace

    known = figure(url, STARS)
    wordy = replace(known, headline="word " * 50, care="care " * 100, notes=("note " * 100,))
    root = ET.fromstring(poster.poster(wordy, Style()))
    assert float(root.get("height", "0")) > poster.HEIGHT
    fixed = ET.fromstring(poster.poster(replace(known, height=700), Style()))
    assert float(fixed.get("height", "0")) > 700


def test_long_text_is_wrapped_and_cut() -> None:
    text = "word " * 60
    lines = text_width.wrapped(text, 14, 300, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(text_width.width(line, 14) <= 300 for line in lines)
    assert text_width.wrapped("short", 14, 300, 2) == ["short"]
    assert text_width.cut("x" * 400, 14, 100).endswith("…")
    assert text_width.width("中", 10) == 10


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


@pytest.mark.parametrize(
    ("question", "of", "figure"),
    [
        (Question("stars", ("flask",), view="gained-year"), "stars, gained per year", r"[\d,]+"),
        (Question("stars", ("flask",), view="gained-week"), "stars, gained per week", r"−?[\d,]+"),
        (Question("stars", ("flask",), view="year-on-year"), "stars, year on year", r"[+−]\d+\.\d%"),
        (Question("stars", ("flask",), view="four-weeks"), "stars, 28 days vs previous 28", r"[+−]\d+\.\d%"),
        (Question("stars", ("flask",), view="index"), "stars, index (start = 100)", r"[\d,]+"),
        (Question("downloads_all_by_country", ("flask",), "country=DE", view="part"), "Germany", r"\d+\.\d%"),
        (Question("so_worked_with", ("flask",), "country=DE"), "Stack Overflow: worked with, Germany", r"\d+(\.\d)?%"),
    ],
    ids=["year", "week", "year on year", "four weeks", "index", "part", "country"],
)
def test_a_badge_says_what_its_number_was_made_of(url: str, question: Question, of: str, figure: str) -> None:
    title = ET.fromstring(badge(answer(url, question), load())).findtext(f"{SVG}title") or ""
    head, _, told = title.rpartition(" (2")[0].rpartition(": ")
    assert of in head
    assert re.fullmatch(figure, told), title


def test_the_command_draws_what_the_api_draws(url: str, shown: None, tmp_path: Path) -> None:
    file = tmp_path / "stars.svg"
    asked = ["chart", "stars", *(f"--framework={name}" for name in THREE), "--theme", "dark", "-o", str(file)]
    done = CliRunner().invoke(commands, asked, env={"UPTAKE_DATABASE_URL": url}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert file.read_bytes() == render.shown("chart", (*ASKED, ("theme", "dark")), "svg")
    told = [f"{name}={text}" for name, text in CHARTS["compare"]]
    asked = ["chart", "compare", *told, "-o", str(file)]
    assert CliRunner().invoke(commands, asked, env={"UPTAKE_DATABASE_URL": url}).exit_code == 0
    assert file.read_bytes() == render.shown("compare", CHARTS["compare"], "svg")
    mute = CliRunner().invoke(commands, ["chart", "compare", "django", "-o", str(file)])
    assert (mute.exit_code, "NAME=VALUE" in mute.output) == (2, True)
    refused = CliRunner().invoke(commands, ["chart", "stars", "-o", str(tmp_path / "stars.gif")])
    assert refused.exit_code == 2
    with pytest.raises(QuestionError, match="did you mean flask"):
        CliRunner().invoke(
            commands, ["chart", "stars", "--framework", "flsk", "-o", str(file)],
            env={"UPTAKE_DATABASE_URL": url}, catch_exceptions=False,
        )  # fmt: skip


def test_the_api_answers_with_pictures(url: str, tmp_path: Path) -> None:
    asked = "metric=stars&framework=flask,django"
    with serving.serving(url, tmp_path) as server:
        for kind, media in render.MEDIA.items():
            got = server.get(f"/api/v1/chart.{kind}?{asked}&theme=dark&log=1")
            assert (got.status, got.headers["content-type"]) == (200, media)
            assert got.body == server.get(f"/api/v1/chart.{kind}?{asked}&theme=dark&log=1").body
        small = server.get("/api/v1/badge.svg?metric=stars&framework=flask")
        assert small.status == 200
        assert "Flask" in words(small.body)
        pooled = server.get("/api/v1/badge.svg?metric=hiring_mentions&framework=django")
        spans = re.findall(r"(\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)", pooled.body.decode())
        first, last = (date.fromisoformat(day) for day in spans[0])
        assert (last - first).days in (364, 365)  # as pages show it
        wrongs = ["chart.png?metric=stars&theme=pink", "chart.svg?metric=stars&log=yes", "chart.svg?metric=stars&w=9"]
        gap = server.get("/api/v1/compare.png?a=django&b=flask")
        assert (gap.status, gap.headers["content-type"]) == (200, "image/png")
        wrongs += [
            "compare.svg?a=django",
            "compare.svg?a=django&b=flask&metric=likes",
            "compare.png?a=x&b=y",
            "surveys.png?show=moon",
            "agreement.png?show=survey&survey=likes",
            "chart.png?metric=stars&axis=moon",
            "chart.png?metric=so_worked_with&framework=flask&axis=release",
        ]
        for wrong in [*wrongs, f"badge.svg?{asked}", "chart.png?metric=stars_kept"]:
            refused = server.get(f"/api/v1/{wrong}")
            assert refused.status == 400, wrong
            assert "error" in refused.json


def test_too_many_at_once_are_sent_away(shown: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "WAIT_S", 0.01)
    with render._ONE_AT_A_TIME, pytest.raises(render.Busy):
        render.shown("chart", (*ASKED, ("log", "1")), "svg")


@pytest.mark.browser
def test_the_html_draws_itself_without_network(shown: None, tmp_path: Path) -> None:
    """Every chart's file, in one browser: it draws, nothing fails in it, and it asks for nothing but itself."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda fault: said.append(str(fault)))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        for of, given in CHARTS.items():
            file = tmp_path / f"{of}.html"
            file.write_bytes(once(of, given, "html"))
            page.goto(file.as_uri())
            page.wait_for_selector("#chart.vega-embed svg.marks")
            known, _ = render.figure(of, given)
            assert known.headline in unescape(page.inner_text("main"))
        assert asked == [(tmp_path / f"{of}.html").as_uri() for of in CHARTS]
        assert said == []
        browser.close()
