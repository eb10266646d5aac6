"""From the command to the page: what is imported is shown and credited everywhere, until it is removed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import Store
from tests.support.serving import ROOT, serving
from tests.support.visiting import opened, words
from tests.uptake.cli.command_line import Run

EXAMPLE = ROOT / "docs" / "examples" / "weekly-stars.csv"
AS = ("--metric", "stars", "--source", "Weekly stars", "--licence", "CC BY 4.0")
ASKED = "metric=stars&framework=flask,django&since=2017-01-01&until=2017-12-31"
SHOWN: dict[str, str | list[str]] = {"metric": "stars", "framework": ["flask", "django"]}


@pytest.fixture
def run(run: Run, own_full_store: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a store with the figures we ship, to be written to."""
    monkeypatch.setenv("UPTAKE_DATABASE_URL", own_full_store)
    return run


def test_imported_shown_everywhere_and_removed(
    run: Run, own_full_store: str, tmp_path: Path, at_store: Callable[..., None]
) -> None:
    with serving(own_full_store, tmp_path) as server:
        assert json.loads(server.get(f"/api/v1/series.json?{ASKED}").body)["rows"] == []
        said = run("import", str(EXAMPLE), *AS, "--json").answer
        assert (said["ok"], said["source"], said["new"], said["file"]) == (True, "import:weekly-stars", 6, EXAMPLE.name)

        answer = json.loads(server.get(f"/api/v1/series.json?{ASKED}").body)
        rows = answer["rows"]
        assert {row["source"] for row in rows if row["value"] is not None} == {"import:weekly-stars"}
        assert answer["sources"] == [
            {
                "id": "import:weekly-stars",
                "title": "Weekly stars (imported)",
                "homepage": "",
                "licence": "CC BY 4.0",
                "licence_url": "",
                "attribution": "Imported as Weekly stars by whoever runs this Uptake",
            }
        ]
        assert "own-readings" in [caveat["code"] for caveat in answer["caveats"]]
        csv = server.get(f"/api/v1/series.csv?{ASKED}").body.decode()
        assert "flask,stars,,2017-03-06,2017-03-06,25120,,,,final,import:weekly-stars," in csv

        at_store(own_full_store)
        page = opened("trends", **SHOWN)
        assert "Weekly stars (imported) (CC BY 4.0)" in words(page)
        (about,) = [button for button in page.button if button.label == "About this data"]
        assert "Imported figures are unchecked" in words(about.click().run())
        assert "Weekly stars (imported)" in words(opened("metrics", metric="stars"))

        assert run("imports", "remove", "weekly stars", "--json").answer["figures"] == 6
        assert json.loads(server.get(f"/api/v1/series.json?{ASKED}").body)["rows"] == []
        assert "Weekly stars" not in words(opened("trends", **SHOWN))
        assert "import:weekly-stars" not in run("sources").out


def test_every_command_names_it(run: Run, own_full_store: str) -> None:
    run("import", str(EXAMPLE), *AS, "--url", "https://example.org/stars")
    assert "file:weekly-stars.csv" in run("trace", "stars", "flask", "2017-03-13").out
    assert "weekly-stars.csv" not in run("trace", "stars", "flask", "2017-03-13").out.replace(
        "file:weekly-stars.csv", ""
    )
    assert "CC BY 4.0" in next(line for line in run("sources").out.splitlines() if line.startswith("import:"))
    assert "import" in run("runs", "--source", "import:weekly-stars").out
    assert run("verify", "--source", "import:weekly-stars").code == 0
    assert "2017-03-06" in run("imports").out
    assert run("collect", "import:weekly-stars").code == 2
    assert run("export", "stars", "--framework", "flask", "--package", "p.zip").code == 0
    described = json.loads(zipfile.ZipFile(io.BytesIO(Path("p.zip").read_bytes())).read("datapackage.json"))
    titles = {source["title"]: source.get("path") for source in described["sources"]}
    assert titles["Weekly stars (imported)"] == "https://example.org/stars"
    assert {"title": "CC BY 4.0", "name": "CC-BY-4.0"} in described["licenses"]


def test_faults_are_listed_and_nothing_is_stored(run: Run, own_full_store: str) -> None:
    rows = [f"2017-01-{day:02},x" for day in range(1, 31)]
    Path("bad.csv").write_text("\n".join(["date,flask", *rows]))
    with Store.open(own_full_store) as store:
        before = store.content().digest
        said = run("import", "bad.csv", *AS)
        assert said.code == 1
        assert said.err.startswith("uptake: bad.csv has 30 faults; nothing was imported\n  line 2: 'x' is not a number")
        assert said.err.endswith("  and 10 more\n")
        told = run("import", "bad.csv", *AS, "--json")
        assert (told.code, told.answer["ok"], told.answer["more"]) == (1, False, 10)
        assert run("import", "bad.csv", "--metric", "nope", *AS[2:]).code == 2
        assert run("import", str(EXAMPLE), *AS, "--dry-run").out.startswith("Would import 6 figures")
        assert store.content().digest == before


def test_yearly_and_monthly_shares_are_shown_on_their_pages(
    run: Run, own_full_store: str, at_store: Callable[..., None]
) -> None:
    """Also an edition of a survey that the catalog does not describe."""
    Path("so.csv").write_text("date,framework,value,base\n2012,flask,0.031,5000\n2012,django,0.05,5000\n")
    assert run("import", "so.csv", "--metric", "so_worked_with", *AS[2:]).code == 0
    Path("hn.csv").write_text("date;framework;value;base\n2026-08;flask;0,005;400\n")
    assert run("import", "hn.csv", "--metric", "hiring_mentions", *AS[2:]).code == 0
    at_store(own_full_store)
    for page in ("surveys", "overview", "head_to_head", "regions"):
        opened(page)
    for metric in ("so_worked_with", "hiring_mentions"):
        assert "Weekly stars (imported)" in words(opened("trends", metric=metric, framework=["flask"], view="level"))
    for command in (("surveys", "--framework", "flask"), ("compare", "flask", "django"), ("leaders",)):
        assert run(*command).code == 0
