"""`uptake compare` and `uptake export`: the same bytes to a file, a pipe and the terminal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from catalog import load
from tests.uptake.cli.command_line import ROOT, Run

COLUMNS = "framework,metric,dimension,period,period_end,value,base,low,high,status,source,retrieved_at,caveats"


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


@pytest.mark.parametrize(
    "asked",
    [
        ("compare", "flask", "django"),
        ("claim", "django passed flask in stars"),
        ("leaders",),
        ("overtakes",),
        ("claims",),
        ("growth", "stars"),
        ("anomalies", "stars"),
        ("agreement",),
    ],
)
def test_an_answer_in_words_says_what_to_read_it_with_where_it_is_from_and_when_that_was(
    ask: Run, asked: tuple[str, ...]
) -> None:
    lines = ask(*asked).out.splitlines()
    stars = load().metrics["stars"]
    assert lines.count(f"Read with care ({stars.title}): {stars.badge}") == 1
    assert re.search(
        r"^Source: .*EvanLi/Github-Ranking \(MIT\).*; retrieved on \d+ \w+ \d{4}, \d\d:\d\d UTC\.$", lines[-1]
    )


def test_the_list_of_overtakes_says_which_count_disputes_one(ask: Run) -> None:
    disputed = [line for line in ask("overtakes", "--most", "200").out.splitlines() if "[disputed" in line]
    assert disputed
    assert all(re.search(r"\[disputed: .+ (had|have) .+ ahead.*\]$", line) for line in disputed)


@pytest.mark.parametrize(
    ("asked", "metric"),
    [
        (("agreement",), "stars"),
        (("regions", "flask", "django"), "so_worked_with"),
        (("surveys", "--framework", "flask"), "so_worked_with"),
    ],
)
def test_every_other_answer_in_words_says_what_to_read_it_with(ask: Run, asked: tuple[str, ...], metric: str) -> None:
    read = load().metrics[metric]
    assert f"Read with care ({read.title}): {read.badge}" in ask(*asked).out.splitlines()


def test_a_share_that_is_pooled_has_the_same_digits_by_every_door(ask: Run) -> None:
    """The figure of a year's posts: who leads, how it grew, and the trace of its last month, which names both."""
    led = ask("claim", "django leads flask in job posts on hacker news", "--on", "2026-06-30").out
    pooled = re.search(r"\((\d\.\d%) against", led)
    assert pooled
    assert f"Django: {pooled[1]} (2025-07-01 to 2026-06-30)" in ask(
        "growth", "hiring_mentions", "--framework", "django", "--until", "2026-06-30"
    ).out  # fmt: skip
    traced = ask("trace", "hiring_mentions", "django", "2026-06-10").out
    assert f"This is June 2026 alone; elsewhere shown is {pooled[1]} in the twelve months to June 2026" in traced


def test_a_trace_gives_the_address_once(ask: Run) -> None:
    assert ask("trace", "stars", "flask", "2020-11-25").out.count("almanac/stars.csv") == 1
