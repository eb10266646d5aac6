from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from storage import Counts, Failure, Store
from uptake.cli import commands, main

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = "framework,metric,dimension,period,period_end,value,base,low,high,status,source,retrieved_at,caveats"
LOCAL = ("almanac", "pydevsurvey", "stackoverflow")


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, object]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def sentence(self) -> str:
        """The one line on standard error."""
        assert self.out == ""
        assert self.err.startswith("uptake: ")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.removeprefix("uptake: ").rstrip("\n")


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """`run("collect", "almanac")`: a command in an empty folder of its own, with no network to be had."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB", "PYPISTATS", "CLICKHOUSE"):
        monkeypatch.setenv(f"UPTAKE_{name}_URL", "http://127.0.0.1:9")
    root = logging.getLogger()
    handlers, level = root.handlers, root.level

    def runner(*arguments: str) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, told.out, told.err)

    yield runner
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store with the figures we ship."""
    folder = tmp_path_factory.mktemp("loaded")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")}
    ended = subprocess.run(
        [sys.executable, "-m", "uptake", "collect", *LOCAL],
        cwd=ROOT,
        env=environment | {"UPTAKE_DATA_DIR": str(folder)},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return f"sqlite:///{folder}/uptake.db"


@pytest.fixture
def ask(run: Run, loaded: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run`, on the store with the figures we ship."""
    monkeypatch.setenv("UPTAKE_DATABASE_URL", loaded)
    return run


# -- usage ------------------------------------------------------------------------------------------------------------


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
        (["collect", "pypistats", "--since", "2016-01-01"], "pypistats cannot tell about 2016-01-01: "),
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


# -- migrate, collect -------------------------------------------------------------------------------------------------


def test_migrate_twice(run: Run) -> None:
    assert run("migrate", "--json").answer["applied"]
    assert run("migrate", "--json").answer == {"applied": []}
    assert Path("data").stat().st_mode & 0o777 == 0o700
    assert Path("data/uptake.db").stat().st_mode & 0o777 == 0o600


def test_collecting_twice_finds_everything_unchanged(run: Run) -> None:
    first = run("collect", *LOCAL, "--json")
    assert (first.code, first.err) == (0, "")
    totals = first.answer["totals"]
    assert isinstance(totals, dict)
    assert totals["new"] > 3000
    again = run("collect", *LOCAL, "--json").answer
    assert again["ok"] is True
    assert again["totals"] == {"new": 0, "revised": 0, "unchanged": totals["new"], "failed": 0}


def test_the_price_is_said_without_a_request_or_a_run(run: Run) -> None:
    said = run("collect", "github", "pypistats", "--framework", "flask", "--price")
    assert (said.code, said.err) == (0, "")
    assert [line.partition(":")[0] for line in said.out.splitlines()] == ["GitHub", "PyPI Stats"]
    told = run("collect", "github", "--framework", "flask", "--price", "--json").answer["price"]
    assert isinstance(told, list)
    assert set(told[0]) == {"source", "requests", "budget_left", "limit", "resets_at", "done_by", "sentence"}
    assert told[0]["requests"] > 2
    with Store.open(f"sqlite:///{Path('data/uptake.db').absolute()}") as store:
        assert store.runs() == []


def test_the_price_is_said_before_the_first_request(run: Run) -> None:
    said = run("collect", "github", "--framework", "flask")
    assert said.code == 1  # nobody is there to ask
    assert said.err.startswith("GitHub: about ")
    answer = run("collect", "github", "--framework", "flask", "--json").answer
    assert isinstance(answer["price"], list)
    assert answer["price"][0]["source"] == "github"


def test_collect_marks_the_run_of_a_process_that_was_killed(run: Run) -> None:
    run("migrate")
    with Store.open(f"sqlite:///{Path('data/uptake.db').absolute()}") as store:
        dead = store.start_run("almanac", trigger="cli", now=datetime.now(UTC))
        assert run("collect", "almanac").code == 0
        assert store.run(dead.id).status == "aborted"


def test_collect_shows_progress_and_ends_with_a_table(run: Run) -> None:
    said = run("collect", "stackoverflow")
    assert said.code == 0
    unit = r"^stackoverflow 1/\d+ flask published, so far \d+ new, 0 revised, 0 unchanged$"
    assert re.search(unit, said.err, re.MULTILINE)
    lines = [line.split() for line in said.out.splitlines()]
    assert lines[0] == ["source", "status", "new", "revised", "unchanged", "failed"]
    assert lines[1][:2] == ["stackoverflow", "ok"]
    assert lines[-1][0] == "total"


class _Upstream(BaseHTTPRequestHandler):
    """Asks everybody to wait two minutes, or knows nothing."""

    def do_GET(self) -> None:
        self.send_response(429 if self.path.startswith("/busy") else 404)
        self.send_header("Retry-After", "120")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_source_that_fails_is_exit_code_1_with_the_reason(
    run: Run, upstream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPTAKE_PYPISTATS_URL", upstream)
    said = run("collect", "almanac", "pypistats", "--framework", "flask")
    assert said.code == 1
    assert re.search(r"^pypistats flask overall: PyPI Stats answered 404", said.out, re.MULTILINE)
    answer = run("collect", "pypistats", "--framework", "flask", "--json").answer
    assert answer["ok"] is False
    sources = answer["sources"]
    assert isinstance(sources, list)
    assert (sources[0]["source"], sources[0]["status"], sources[0]["failed"]) == ("pypistats", "failed", 3)
    assert {failure["kind"] for failure in sources[0]["failures"]} == {"gone"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_told_to_stop_it_marks_the_run(tmp_path: Path, upstream: str, number: signal.Signals) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")} | {
        "UPTAKE_DATA_DIR": str(tmp_path / "data"),
        "UPTAKE_PYPISTATS_URL": f"{upstream}/busy",
    }
    command = [sys.executable, "-m", "uptake", "collect", "pypistats", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_for_note(tmp_path / "data" / "uptake.db", "wait")
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, err) == (1, b"")
    told = json.loads(out)["sources"][0]
    assert told["status"] == "partial"
    assert told["done"] < told["planned"]


def wait_for_note(database: Path, word: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if database.exists() and database.stat().st_size:
            try:
                with Store.open(f"sqlite:///{database}", read_only=True) as store:
                    if any(word in run.note for run in store.runs(1)):
                        return
            except Exception:  # noqa: BLE001 - it is being made
                time.sleep(0.1)
        time.sleep(0.1)
    raise AssertionError("the run never waited")


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
    assert "never" in said.out
    with Store.open(f"sqlite:///{Path('data/uptake.db').absolute()}") as store:
        for source in (*LOCAL, "github", "pypistats", "clickhouse"):
            begun = store.start_run(source, trigger="cli", now=datetime.now(UTC))
            store.finish(begun.id, "ok", counts=Counts(), failures=(), now=datetime.now(UTC))
        assert run("status").code == 0
        answer = run("status", "--json").answer
        assert answer["ok"] is True
        assert answer["scheduler"] is None
        begun = store.start_run("github", trigger="cli", now=datetime.now(UTC))
        broken = [Failure("", "", "refused", "GitHub answered 401")]
        store.finish(begun.id, "failed", counts=Counts(), failures=broken, now=datetime.now(UTC))
    said = run("status", "--json")
    assert said.code == 1
    assert said.answer["ok"] is False


# -- compare, export --------------------------------------------------------------------------------------------------


def test_compare_says_who_led_by_which_metric_that_day(ask: Run) -> None:
    told = ask("compare", "flask", "django", "--on", "2020-11-25", "--json")
    assert told.code == 0
    entries = told.answer["entries"]
    assert isinstance(entries, list)
    by_metric = {entry["metric"]: entry for entry in entries}
    needed = {"metric", "verdict", "leader", "lead", "last_before", "first_after", "held", "caveats"}
    assert all(needed <= set(entry) for entry in entries)
    assert by_metric["stars"]["leader"] == "django"
    assert by_metric["downloads_pip_30d"]["leader"] == "flask"
    text = ask("compare", "flask", "django", "--on", "2020-11-25")
    assert text.code == 0
    assert "Django" in text.out


def test_stars_of_django_passed_flask_in_the_last_week_of_september_2020(ask: Run) -> None:
    entries = ask("compare", "flask", "django", "--json").answer["entries"]
    assert isinstance(entries, list)
    stars = next(entry for entry in entries if entry["metric"] == "stars")
    assert (stars["last_before"], stars["first_after"]) == ("2020-09-25", "2020-09-27")


def test_export_writes_csv_with_the_columns_of_the_contract(ask: Run) -> None:
    said = ask("export", "stars", "--framework", "flask", "--since", "2020-01-01", "--until", "2020-12-31")
    assert (said.code, said.err) == (0, "")
    lines = said.out.split("\n")
    assert lines[0] == COLUMNS
    assert lines[-1] == ""
    assert "\r" not in said.out
    assert all(line.startswith("flask,stars,,2020-") for line in lines[1:-1])
    assert len(lines) > 10


def test_a_file_is_the_same_bytes_as_standard_output(ask: Run) -> None:
    to_screen = ask("export", "so_worked_with", "--framework", "django").out
    said = ask("export", "so_worked_with", "--framework", "django", "-o", "so.csv")
    assert (said.code, said.out) == (0, "")
    assert Path("so.csv").read_bytes() == to_screen.encode()
    assert [p.name for p in Path().iterdir()] == ["so.csv"]


def test_json_and_parquet_say_the_same(ask: Run) -> None:
    import pandas as pd
    import pyarrow.parquet as pq

    answer = ask("export", "stars", "--framework", "flask", "--format", "json").answer
    assert ask("export", "stars", "--framework", "flask", "--format", "parquet", "-o", "f.parquet").code == 0
    frame = pd.read_parquet("f.parquet")
    assert list(frame.columns) == COLUMNS.split(",")
    rows = answer["rows"]
    assert isinstance(rows, list)
    assert [r["value"] for r in rows] == [None if pd.isna(v) else v for v in frame["value"]]
    told = json.loads(pq.read_schema("f.parquet").metadata[b"uptake"])
    assert told["metric"]["unit"]
    assert [c["code"] for c in told["caveats"]] == [c["code"] for c in answer["caveats"]]  # type: ignore[attr-defined]


def test_an_as_of_before_everything_is_empty_and_says_so(ask: Run) -> None:
    said = ask("export", "stars", "--as-of", "2001-01-01")
    assert said.code == 0
    assert said.out == COLUMNS + "\n"
    assert said.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's always full device")
def test_a_full_disk_leaves_nothing_half_written(ask: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("old.csv").write_text("what was there")
    real = Path.open

    def full(path: Path, mode: str = "r") -> object:
        return real(Path("/dev/full") if path.name.startswith(".old.csv") else path, mode)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        said = ask("export", "stars", "-o", "old.csv")
    assert said.code == 1
    assert "full" in said.sentence
    assert Path("old.csv").read_text() == "what was there"


def test_a_folder_that_is_not_there_is_one_sentence(ask: Run) -> None:
    said = ask("export", "stars", "-o", "nowhere/stars.csv")
    assert said.code == 1
    assert "nowhere/" in said.sentence


def test_a_closed_pipe_is_quiet(loaded: str) -> None:
    export = f"{sys.executable} -m uptake export stars | head -1"
    ended = subprocess.run(
        ["/bin/sh", "-c", export],
        cwd=ROOT,
        env={**os.environ, "UPTAKE_DATABASE_URL": loaded},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == (COLUMNS + "\n", "")


def test_frameworks_may_be_named_one_by_one_or_with_commas_as_over_http(ask: Run) -> None:
    one_by_one = ask("export", "stars", "--framework", "flask", "--framework", "django")
    assert one_by_one.code == 0
    assert ask("export", "stars", "--framework", "flask, django").out == one_by_one.out


def test_a_pipe_is_written_to_and_not_replaced(ask: Run, tmp_path: Path) -> None:
    pipe, heard = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()), daemon=True)
    reader.start()
    assert ask("export", "stars", "--framework", "flask", "-o", str(pipe)).code == 0
    reader.join(10)
    assert pipe.is_fifo()
    assert heard[0].startswith(COLUMNS)


def test_a_link_stays_a_link(ask: Run, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert ask("export", "stars", "--framework", "flask", "-o", str(tmp_path / "link.csv")).code == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith(COLUMNS)
