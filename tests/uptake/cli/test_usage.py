"""The command line: usage, a store that is not there, what there is to list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog import load
from storage import Counts, Failure, Store
from tests.support.planting import ran
from tests.uptake.cli.command_line import LOCAL, Run
from uptake.cli import commands

# -- usage ------------------------------------------------------------------------------------------------------------

LIVE = [source.id for source in load().sources.values() if source.cadence.times]


def test_every_command_has_help(run: Run) -> None:
    listed = run("--help").out
    for name, command in commands.commands.items():
        said = run(name, "--help")
        assert said.code == 0
        assert command.help
        assert " ".join(command.help.split())[:60] in " ".join(said.out.split())
        assert name in listed


def test_every_option_says_what_it_does() -> None:
    for command in commands.commands.values():
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert getattr(parameter, "help", None), f"{command.name} {parameter.name}"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["colect"], "No such command 'colect'"),
        (["collect", "almanack"], "unknown source 'almanack'; did you mean almanac?"),
        (["collect", "--framework", "djagno"], "unknown framework 'djagno'; did you mean django?"),
        (["collect", "--since", "2026-02-30"], "'2026-02-30' is not a day like 2026-01-31"),
        (["collect", "--since", "2026-02-02", "--until", "2026-02-01"], "--until 2026-02-01 is before --since"),
        (["collect", "pypistats", "--since", "2016-01-01"], "pypistats has nothing for 2016-01-01: "),
        (["collect", "pypistats", "--framework", "gin"], "pypistats has no figures of gin"),
        (["export", "stars", "--since", "2026-02-02", "--until", "2026-02-01"], "is before --since"),
        (["export", "stars", "--as-of", "yesterday"], "'yesterday' is neither a day"),
        (["runs", "--source", "gitub"], "unknown source 'gitub'; did you mean github?"),
        (["dashboard", "--port", "0"], "Invalid value for '--port'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(run: Run, arguments: Sequence[str], says: str) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert says in said.sentence
    assert not Path("data").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["export", "starz"], "did you mean stars?"),
        (["export", "stars", "--framework", "flsk"], "did you mean flask?"),
        (["compare", "flask", "djago"], "did you mean django?"),
    ],
)
def test_an_unknown_name_in_a_question_names_the_nearest(ask: Run, arguments: Sequence[str], says: str) -> None:
    said = ask(*arguments)
    assert said.code == 2
    assert says in said.sentence


def test_broken_settings_are_exit_code_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("uptake.toml").write_text("port = \n")
    said = run("status")
    assert said.code == 2
    assert said.sentence.startswith("uptake.toml, line 1: ")
    assert "does not exist" in run("--config", "no.toml", "status").sentence
    monkeypatch.setenv("UPTAKE_PROT", "1")
    assert "did you mean UPTAKE_PORT?" in run("status").sentence


# -- the store is not there, not ours, not whole ----------------------------------------------------------------------


READING = [["status"], ["runs"], ["compare", "flask", "django"], ["export", "stars"]]


@pytest.mark.parametrize("arguments", READING, ids=lambda a: a[0])
def test_a_reading_command_without_a_store_says_what_to_do(run: Run, arguments: Sequence[str]) -> None:
    said = run(*arguments)
    assert said.code == 1
    assert "uptake migrate" in said.sentence
    assert not Path("data").exists()


@pytest.mark.parametrize("arguments", [*READING, ["collect", "almanac"], ["migrate"]], ids=lambda a: a[0])
def test_a_store_that_is_not_one_is_left_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str]
) -> None:
    import sqlite3

    foreign = tmp_path / "theirs.db"
    with sqlite3.connect(foreign) as conn:
        conn.execute("CREATE TABLE theirs (a)")
    conn.close()
    before = foreign.read_bytes()
    monkeypatch.setenv("UPTAKE_DATABASE_URL", f"sqlite:///{foreign}")
    said = run(*arguments)
    assert said.code == 1
    assert "belongs to another program" in said.sentence
    assert foreign.read_bytes() == before
    foreign.write_bytes(b"not a database at all" * 100)
    said = run(*arguments)
    assert said.code == 1
    assert said.sentence


def test_an_unreachable_database_is_one_sentence_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPTAKE_DATABASE_URL", "postgresql://me:CANARY@127.0.0.1:9/uptake")
    for arguments in (["status"], ["collect", "almanac"], ["migrate"], ["--debug", "status"]):
        said = run(*arguments)
        assert said.code == 1
        assert "does not answer" in said.err
        assert "CANARY" not in said.err


def test_debug_shows_where_it_happened(run: Run) -> None:
    said = run("--debug", "status")
    assert said.code == 1
    assert "Traceback" in said.err


# -- listing ----------------------------------------------------------------------------------------------------------


def test_the_lists_are_objects_with_the_catalogs_entries(run: Run) -> None:
    from catalog import load

    catalog = load()
    for name, known in (("frameworks", catalog.frameworks), ("sources", catalog.sources), ("metrics", catalog.metrics)):
        said = run(name, "--json")
        assert said.code == 0
        entries = said.answer[name]
        assert isinstance(entries, list)
        assert [entry["id"] for entry in entries] == list(known)
        table = run(name)
        assert table.code == 0
        assert all(key in table.out for key in known)
    metrics = run("metrics", "--json").answer["metrics"]
    assert isinstance(metrics, list)
    assert all(caveat["text"] for metric in metrics for caveat in metric["caveats"])


def test_runs_are_listed_newest_first(ask: Run) -> None:
    runs = ask("runs", "--json").answer["runs"]
    assert isinstance(runs, list)
    assert [r["source"] for r in runs if r["trigger"] == "cli"] == list(reversed(LOCAL))
    assert "almanac" in ask("runs", "--source", "almanac").out


def test_status_is_1_until_everything_was_collected(run: Run) -> None:
    run("migrate")
    said = run("status")
    assert said.code == 1
    assert said.out.startswith("No source has been reached yet")
    with Store.open(f"sqlite:///{Path('data/uptake.db').absolute()}") as store:
        for source in LIVE:
            begun = store.start_run(source, trigger="cli", now=datetime.now(UTC))
            store.finish(begun.id, "ok", counts=Counts(), failures=(), now=datetime.now(UTC))
        assert run("status").code == 1  # they ran, and got nothing
        for source in LIVE:
            ran(store, source, datetime.now(UTC))
        said = run("status")
        assert said.code == 0
        assert said.out.startswith("All live sources are up to date: each has data up to ")
        answer = run("status", "--json").answer
        assert answer["ok"] is True
        assert answer["scheduler"] is None
        begun = store.start_run("github", trigger="cli", now=datetime.now(UTC))
        broken = [Failure("", "", "refused", "GitHub answered 401")]
        store.finish(begun.id, "failed", counts=Counts(), failures=broken, now=datetime.now(UTC))
    said = run("status", "--json")
    assert said.code == 1
    assert said.answer["ok"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        ["digest", "--framework", "flask,django", "--month", "2022-02", "-o", "missing/x.html"],
        ["chart", "stars", "--framework", "flask", "-o", "missing/x.svg"],
        ["export", "stars", "--framework", "flask", "-o", "missing/x.csv"],
        ["export", "stars", "--framework", "flask", "-o", "file/x.csv"],
        ["export", "stars", "--framework", "flask", "--package", "missing/x.zip"],
        ["export", "stars", "--framework", "flask", "--package", "file/x"],
    ],
)
def test_an_error_names_the_file_that_was_to_be_written(ask: Run, arguments: Sequence[str]) -> None:
    Path("file").touch()
    target = str(Path(arguments[-1]).absolute())
    said = ask(*arguments[:-1], target)
    assert said.code == 1
    assert said.err.splitlines()[-1].startswith(f"uptake: {target}: ")
    assert [path.name for path in Path().iterdir()] == ["file"]
