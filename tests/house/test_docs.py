"""The docs say what the program does: generated pages are up to date, and nothing is left out."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
import pytest

from answers.parameter_types import parameters_of
from answers.questions import QUESTIONS, AnyQuestion
from catalog import load
from dashboard.navigation import SECTIONS
from docs import generate
from uptake.cli import commands
from uptake.settings.settings import settings_table

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@cache
def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@cache
def contexts() -> tuple[click.Context, ...]:
    return tuple(generate.every_command(commands, "uptake"))


@pytest.mark.parametrize("name", sorted(generate.PAGES))
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert page(name) == generate.rendered()[name], "run 'make docs'"


def test_the_check_fails_when_a_page_is_out_of_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    assert generate.stale() == sorted(generate.PAGES)
    generate.write()
    assert generate.stale() == []
    (tmp_path / "cli.md").write_text("something else")
    assert generate.stale() == ["cli.md"]


def test_make_check_calls_the_check() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "-m docs.generate --check" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_contract_of_the_command_line_is_kept() -> None:
    """The commands others rely on; `backup` comes later."""
    promised = "up collect schedule dashboard compare export frameworks sources metrics runs status verify migrate"
    assert set(promised.split()) <= set(commands.commands)


@pytest.mark.parametrize("context", contexts(), ids=lambda context: str(context.command_path))
def test_every_command_and_option_is_explained(context: click.Context) -> None:
    assert context.command.help
    unexplained = [p.name for p in context.command.params if isinstance(p, click.Option) and not p.help]
    assert not unexplained
    assert f"## `{context.command_path}`" in page("cli.md")


@pytest.mark.parametrize("setting", settings_table(), ids=lambda setting: str(setting.name))
def test_every_setting_is_explained(setting: object) -> None:
    assert isinstance(setting, type(settings_table()[0]))
    assert len(setting.help) > 15
    assert f"| `{setting.name}` |" in page("settings.md")


def test_every_metric_source_caveat_and_break_is_documented() -> None:
    catalog = load()
    text = page("metrics.md")
    for metric in catalog.metrics.values():
        assert f"## `{metric.id}`: {metric.title}" in text
        assert metric.badge in text
        assert metric.measures in text
        assert metric.does_not_measure in text
    for source in catalog.sources.values():
        assert f"### `{source.id}`: {source.title}" in text
        assert source.licence in text
    anchors = {*catalog.caveats, *(entry.id for entry in catalog.breaks)}
    assert anchors <= set(re.findall(r'<a id="([^"]+)">', text))


def test_links_lead_somewhere() -> None:
    """Every link inside the docs: the file exists, and so does the anchor."""
    pages = [*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    broken = [f"{at.name}: {link}" for at in pages for link in inner_links(at) if not leads(at, link)]
    assert not broken


def inner_links(at: Path) -> list[str]:
    links = re.findall(r"\]\(([^)\s]+)\)", at.read_text(encoding="utf-8"))
    return [link for link in links if "://" not in link and not link.startswith("mailto:")]


def leads(at: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = at.parent / name if name else at
    return target.exists() and (not anchor or anchor in anchors_of(target))


def anchors_of(target: Path) -> set[str]:
    text = target.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def test_the_http_api_page_lists_exactly_the_routes_there_are() -> None:
    from starlette.routing import Route

    from answers.questions import API
    from dashboard.api.handlers import OWN_CSV, routes
    from dashboard.export.figure_registry import FIGURES
    from dashboard.export.render import MEDIA
    from dashboard.links import EMBED

    there = {route.path for route in routes() if isinstance(route, Route) and "{" not in route.path}
    drawn = {f"{API}/{of}.{kind}" for of in FIGURES for kind in MEDIA}  # in a table of their own, by chart
    drawn |= {f"{API}/{of}.csv" for of in FIGURES if of not in OWN_CSV} | {f"{EMBED}/{of}.html" for of in FIGURES}
    assert drawn < there
    assert set(re.findall(r"^\| `(\w+)` \|", section("http-api.md", "Pictures"), re.MULTILINE)) == set(FIGURES)
    there -= drawn
    assert set(re.findall(r"^\| `GET (/\S+)` \|", page("http-api.md"), re.MULTILINE)) == there


def section(name: str, title: str) -> str:
    """What a page says under a heading of the second level."""
    return page(name).split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.address))
def test_the_http_api_page_explains_every_parameter_of_a_question(question: type[AnyQuestion]) -> None:
    explained = set(re.findall(r"`(\w+)`", section("http-api.md", question.address.capitalize())))
    assert {parameter.name for parameter in parameters_of(question)} <= explained


def test_the_http_api_page_explains_how_every_picture_is_drawn() -> None:
    from dashboard.export.figure_registry import FIGURES

    assert "`theme`" in section("http-api.md", "Pictures")
    for of, drawable in FIGURES.items():
        row = next(line for line in page("http-api.md").splitlines() if line.startswith(f"| `{of}` |"))
        explained = set(re.findall(r"`(\w+)`", row))
        assert {parameter.name for parameter in parameters_of(drawable.drawing)} - {"theme"} <= explained
        of_question = {parameter.name for parameter in parameters_of(drawable.question)} & set(drawable.parameters)
        assert of_question <= explained or "those of" in row


def test_the_http_api_page_says_how_much_is_sent() -> None:
    from dashboard.api.handlers import MOST_ROWS

    assert f"{MOST_ROWS:,} rows" in page("http-api.md")


def test_the_http_api_page_lists_the_columns_in_order() -> None:
    from answers.series.rows import COLUMNS

    table = page("http-api.md").split("| column | holds |")[1].split("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(COLUMNS)


def test_every_page_is_pictured_wide_and_narrow_light_and_dark() -> None:
    pages = [view.name for views in SECTIONS.values() for view in views if not view.hidden] + ["surveys-regions"]
    folder = ROOT / "docs" / "screenshots"
    wanted = set(re.findall(r"\(([\w-]+\.png)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert wanted == {f"{p}-{w}-{s}.png" for p in pages for w in (1440, 390) for s in ("light", "dark")}
    assert {file.name for file in folder.glob("*.png")} == wanted
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in folder.glob("*.png"))
    assert sum(file.stat().st_size for file in folder.glob("*.png")) < 4_000_000
    shown = re.findall(r"\]\(docs/screenshots/([^)]+\.png)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown
    assert set(shown) <= wanted


@pytest.mark.parametrize("word", ["framework", "source", "metric", "series", "run", "window", "cursor", "lease"])
def test_the_glossary_has_the_word(word: str) -> None:
    assert f"| **{word}** |" in page("glossary.md")


def test_the_readme_names_every_package() -> None:
    """A reader finds the main path from the first page."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in ("catalog/", "collectors/", "storage", "analysis/", "dashboard/") if name not in text]
    assert not missing


def test_the_map_of_questions_names_what_there_is() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:[^|]*\?) \|(.*)\|$", text, re.MULTILINE)
    assert len(rows) == 13
    http_api = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
    for row in rows:
        answer, view, api, command = (re.findall(r"`([^`]+)`", cell) for cell in row.split("|"))
        for folder, names in (("answers", answer), ("dashboard/views", view)):
            for name in names:
                places = [ROOT / name, *(ROOT / folder).glob(f"{name.rstrip('/')}"), ROOT / folder / f"{name}.py"]
                assert any(place.exists() for place in places), name
        paths = (name if name.startswith("/") else f"/api/v1/{name}" for name in api)
        assert all(f"{path}`" in http_api for path in paths), api
        assert set(command) <= set(commands.commands), command
