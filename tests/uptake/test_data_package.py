"""Data packages: valid by the standard's own tool, the same bytes for the same figures, and nothing left unsaid."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from answers.questions import Question, QuestionError
from answers.series.answer import series
from catalog import load
from collectors import Access, collect_source
from migrations import migrate
from storage import Store
from tests.answers.csv_text import csv_lines
from tests.support.upstream import NOON, FakeClock, Upstream
from uptake.cli import main
from uptake.data_package import DESCRIPTOR, every_question, package, parquet, parts, write_folder
from uptake.frameworks.tracked_catalog import tracked_catalog

CATALOG = load()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with something of every kind of metric: stock, flow, window, share, with and without a total."""
    address = f"sqlite:///{tmp_path_factory.mktemp('package')}/uptake.db"
    migrate(address)
    clock = FakeClock()
    with Store.open(address) as store:
        for source in ("almanac", "pydevsurvey", "stackoverflow"):
            run = store.start_run(source, trigger="cli", now=clock.now())
            ended = collect_source(store, CATALOG, source, run, access=None, clock=clock, holder="test")
            assert ended.status == "ok", ended.failures
        for source in ("github", "pypistats"):
            with Upstream.of(source) as upstream:
                run = store.start_run(source, trigger="cli", frameworks=("flask", "django"), now=clock.now())
                reach = Access(upstream.url)
                ended = collect_source(store, CATALOG, source, run, access=reach, clock=clock, holder="test")
                assert ended.status == "ok", ended.failures
    return address


@pytest.fixture
def known(url: str) -> Iterator[Store]:
    with Store.open(url, read_only=True) as store:
        yield store


def valid(path: Path) -> dict[str, Any]:
    """What the `frictionless` tool says of a package; it must be nothing bad."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "frictionless", "validate", "--json", path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["valid"], [task["errors"][:3] for task in report["tasks"]] + report["errors"]
    assert report["stats"]["errors"] == 0
    assert done.returncode == 0
    return report


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def test_everything_is_valid_by_the_standards_own_tool(known: Store, tmp_path: Path) -> None:
    questions = every_question(known, CATALOG)
    assert {"stars", "stars_kept", "forks", "so_worked_with", "downloads_no_mirrors_by_python"} <= {
        question.metric for question in questions
    }
    (tmp_path / "all.zip").write_bytes(package(known, CATALOG, questions, NOON))
    report = valid(tmp_path / "all.zip")
    assert [task["name"] for task in report["tasks"]] == [question.metric for question in questions]
    assert all(task["stats"]["rows"] > 0 for task in report["tasks"])


def test_the_tool_would_find_a_fault(known: Store, tmp_path: Path) -> None:
    """Guards the test above: a wrong figure in the rows must not pass."""
    files = unpacked(package(known, CATALOG, [Question("stars", ("flask",))], NOON))
    files["data/stars.csv"] = files["data/stars.csv"].replace(b",final,", b",perhaps,", 1)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    with pytest.raises(AssertionError):
        valid(tmp_path / DESCRIPTOR)


@pytest.mark.parametrize("view", ["level", "gained", "index"])
def test_every_view_is_valid(known: Store, tmp_path: Path, view: str) -> None:
    write_folder(tmp_path / "p", parts(known, CATALOG, [Question("stars", ("flask", "django"), view=view)], NOON))
    valid(tmp_path / "p" / DESCRIPTOR)


def test_the_rows_are_those_of_the_csv(known: Store) -> None:
    question = Question("so_worked_with", ("flask", "django"))
    files = unpacked(package(known, CATALOG, [question], NOON))
    rows = "".join(csv_lines(series(known, CATALOG, question, NOON))).encode()
    assert files["data/so_worked_with.csv"] == rows
    (told,) = json.loads(files[DESCRIPTOR])["resources"]
    assert (told["bytes"], told["hash"]) == (len(rows), f"sha256:{hashlib.sha256(rows).hexdigest()}")


def test_the_same_figures_are_the_same_bytes(known: Store) -> None:
    questions = [Question("stars", ("flask",)), Question("forks", ("flask",))]
    assert package(known, CATALOG, questions, NOON) == package(known, CATALOG, questions, NOON)


def test_nothing_is_left_unsaid(known: Store) -> None:
    question = Question("downloads_pip_30d", ("flask",), since=date(2020, 1, 1))
    answer = series(known, CATALOG, question, NOON)
    whole = json.loads(unpacked(package(known, CATALOG, [question], NOON))[DESCRIPTOR])
    (told,) = whole["resources"]
    header = next(csv.reader(csv_lines(answer)))
    assert [field["name"] for field in told["schema"]["fields"]] == header
    assert all(field["title"] and field["type"] for field in told["schema"]["fields"])
    assert told["schema"]["missingValues"] == [""]
    assert {field["name"]: field.get("unit") for field in told["schema"]["fields"]}["value"] == answer.metric.unit
    assert {c["code"]: c["text"] for c in told["uptake"]["caveats"]} == {c.code: c.text for c in answer.caveats}
    assert {b["id"]: b["text"] for b in told["uptake"]["breaks"]} == {b.id: b.text for b in answer.breaks}
    assert told["uptake"]["breaks"]
    assert told["uptake"]["question"]["since"] == "2020-01-01"
    assert told["uptake"]["retrieved"] == {"first": "2026-11-22T12:00:00Z", "last": "2026-11-22T12:00:00Z"}
    assert [licence["path"] for licence in told["licenses"]] == [source.licence_url for source in answer.sources]
    assert told["sources"][0]["title"] == answer.sources[0].title
    assert [framework["id"] for framework in whole["uptake"]["frameworks"]] == ["flask"]
    assert whole["created"] == "2026-11-22T12:00:00Z"


def test_one_metric_twice_is_two_tables(known: Store) -> None:
    questions = [Question("stars", ("flask",)), Question("stars", ("django",))]
    whole = json.loads(unpacked(package(known, CATALOG, questions, NOON))[DESCRIPTOR])
    assert [entry["name"] for entry in whole["resources"]] == ["stars", "stars.2"]


def test_a_question_that_cannot_be_answered_is_refused(known: Store) -> None:
    with pytest.raises(QuestionError):
        package(known, CATALOG, [Question("starz", ())], NOON)


def test_an_own_framework_is_in_it_removed_or_not(sqlite_store: Store, tmp_path: Path) -> None:
    from storage import Batch, Observation, Payload, Period

    sqlite_store.add_framework("novel", "Novel", {"github": "acme/novel"}, now=NOON)
    run = sqlite_store.start_run("github", trigger="cli", now=NOON)
    seen = Observation("stars", "novel", Period.day(NOON.date()), 7.0)
    sqlite_store.write(run.id, "novel", "snapshot", Batch(Payload("github", "x", b"{}", NOON), (seen,)))
    sqlite_store.remove_framework("novel", NOON)
    catalog = tracked_catalog(CATALOG, sqlite_store, removed=True)
    (tmp_path / "own.zip").write_bytes(package(sqlite_store, catalog, every_question(sqlite_store, catalog), NOON))
    valid(tmp_path / "own.zip")
    (told,) = json.loads(unpacked((tmp_path / "own.zip").read_bytes())[DESCRIPTOR])["uptake"]["frameworks"]
    assert (told["title"], told["own"], told["removed"]) == ("Novel (removed)", True, True)


def test_a_metric_without_a_total_means_every_part_everywhere(known: Store) -> None:
    every = series(known, CATALOG, Question("downloads_no_mirrors_by_python", ("flask",), "*"), NOON)
    assert list(csv_lines(series(known, CATALOG, Question("downloads_no_mirrors_by_python", ("flask",)), NOON))) == (
        list(csv_lines(every))
    )
    assert every.frame["dimension"].nunique() > 2


def test_parquet_says_as_much_as_the_package(known: Store) -> None:
    import pyarrow.parquet as pq

    answer = series(known, CATALOG, Question("stars", ("flask",)), NOON)
    metadata = pq.read_schema(io.BytesIO(parquet(answer))).metadata
    told = json.loads(metadata[b"datapackage"])
    (packed,) = json.loads(unpacked(package(known, CATALOG, [answer.question], NOON))[DESCRIPTOR])["resources"]
    assert packed | told == packed
    assert json.loads(metadata[b"uptake"])["caveats"] == told["uptake"]["caveats"]


# -- the shell --------------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UPTAKE_DATABASE_URL", url)

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert isinstance(ended.value.code, int)
        return ended.value.code, capsys.readouterr().err

    return run


def test_from_the_shell_as_a_file_and_as_a_folder(shell: Any, tmp_path: Path) -> None:
    assert shell("export", "all", "--framework", "flask", "--package", "all.zip")[0] == 0
    assert shell("export", "stars", "--package", "stars")[0] == 0
    assert "stars_kept" in {task["name"] for task in valid(tmp_path / "all.zip")["tasks"]}
    valid(tmp_path / "stars" / DESCRIPTOR)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.zip", "stars"]


def test_a_folder_that_is_there_is_not_touched(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    code, err = shell("export", "stars", "--package", "mine")
    assert (code, err.count("\n"), "already exists" in err) == (2, 1, True)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_package_that_fails_leaves_nothing(shell: Any, tmp_path: Path) -> None:
    assert shell("export", "starz", "--package", "x")[0] == 2
    assert shell("export", "starz", "--package", "x.zip")[0] == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [("all",), ("stars", "--package", "x", "-o", "y"), ("stars", "--package", "x", "--format", "json")]
)
def test_what_makes_no_sense_together_is_refused(shell: Any, arguments: tuple[str, ...]) -> None:
    assert shell("export", *arguments)[0] == 2
