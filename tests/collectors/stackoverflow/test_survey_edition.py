"""An edition of the Stack Overflow survey from its own file: every year's layout, exact counts, and what is refused."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import os
import re
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import stamina

from catalog import almanac
from collectors import collect_source
from collectors.stackoverflow.answer_counts import tally
from collectors.stackoverflow.survey_edition import observations
from storage import Run, Store
from tests.collectors.stackoverflow.editions import (
    CATALOG,
    NAMES,
    UNITED_STATES,
    WANT,
    WORKED,
    Person,
    asked_in,
    collected,
    people,
    stored,
    table,
    written,
)
from tests.support.upstream import FakeClock
from uptake.cli import main
from uptake.verify import verify

YEARS = tuple(CATALOG.surveys)
TOKEN = "CANARY-secret-token"


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


# -------------------------------------------------------------------- counting


def resaved(answers: Sequence[str], separator: str = ",", end: str = "") -> str:
    """The file of 2023 as somebody saved it again, who worked with what each answer says."""
    rows = ["ResponseId,Country,WebframeHaveWorkedWith,WebframeWantToWorkWith"]
    rows += [f'{n},Germany,"{answer}",NA' for n, answer in enumerate(answers, start=1)]
    return "\n".join(rows).replace(",", separator) + "\n" + end


@pytest.mark.parametrize("empty", ["NA", "None", "none", "nan", "NaN", "NULL", "N/A", " ", "-"])
def test_word_for_an_empty_answer_is_no_answer(sqlite_store: Store, tmp_path: Path, empty: str) -> None:
    file = written(tmp_path, resaved(["Flask"] * 200 + ["Django"] * 100 + [empty] * 100).encode())
    assert collected(sqlite_store, 2023, file).status == "ok"
    assert stored(sqlite_store, WORKED)["flask", "", 2023] == (200 / 300, 300)


@pytest.mark.parametrize(
    "end", ["\n\n", ",,,\n,,,\n", " , ,,\n\n,\n", "NA,NA,NA,NA\n" * 2, "nan,nan,nan,nan\n" * 2, "None,,NA,\n" * 2]
)
def test_blank_rows_are_nobody(sqlite_store: Store, tmp_path: Path, end: str) -> None:
    run = collected(sqlite_store, 2023, written(tmp_path, resaved(["Flask", "Django"], end=end).encode()))
    assert (run.status, run.failures) == ("ok", ())
    assert stored(sqlite_store, WORKED)["flask", "", 2023] == (0.5, 2)


def test_short_names_of_options_are_those_options(sqlite_store: Store, tmp_path: Path) -> None:
    file = written(tmp_path, resaved(["Rails;Vue", "Ruby on Rails", "Next;Flask", "Other (please specify)"]).encode())
    assert collected(sqlite_store, 2023, file).status == "ok"
    assert stored(sqlite_store, WORKED)["rails", "", 2023] == (0.5, 4)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (resaved(["Flask", "Flask;Pyramid"]).encode(), "'Pyramid' once, which was not on the list of 2023"),
        (resaved(["flask"]).encode(), "'flask'"),
        (resaved(["['Flask']"]).encode(), "was not on the list"),
        (resaved(["Flask,Django"]).encode(), "by commas"),
        (resaved(["Flask | Django"]).encode(), "by bars"),
        (resaved(["1"]).encode(), "'1'"),
        (resaved(["Flask"], "\t").encode(), "columns by tabs"),
        (resaved(["Flask"], ";").encode(), "columns by semicolons"),
        (resaved(["Flask"], "|").encode(), "columns by bars"),
        (resaved(["Flask"]).encode("utf-16"), "not UTF-8"),
        (resaved(["Flask"]).encode("utf-16-le"), "not UTF-8"),
        (resaved(["Flask"]).replace("Germany", "Côte d'Ivoire").encode("cp1252"), "not UTF-8"),
    ],
)  # fmt: skip
def test_file_that_does_not_fit_is_refused_in_one_true_sentence(
    sqlite_store: Store, tmp_path: Path, content: bytes, why: str
) -> None:
    run = collected(sqlite_store, 2023, written(tmp_path, content))
    assert run.status == "failed"
    assert {f.kind for f in run.failures} == {"changed"}
    assert why in run.failures[0].message
    assert stored(sqlite_store, WORKED) == {}


def test_file_of_another_edition_is_refused_by_its_options(sqlite_store: Store, tmp_path: Path) -> None:
    run = collected(sqlite_store, 2021, written(tmp_path, resaved(["Flask;Node.js", "Django"]).encode()))
    assert "'Node.js' once, which was not on the list of 2021" in run.failures[0].message


@pytest.mark.parametrize("year", YEARS)
def test_every_edition_is_counted_exactly(sqlite_store: Store, tmp_path: Path, year: int) -> None:
    persons = people(year)
    run = collected(sqlite_store, year, written(tmp_path, table(year, persons)))
    assert (run.status, run.failures) == ("ok", ())
    code = {"Germany": "DE", UNITED_STATES.get(year, "United States of America"): "US", "Czech Republic": "CZ"}
    for metric, half in ((WORKED, 1), (WANT, 2)):
        told = stored(sqlite_store, metric)
        for dimension, chosen in (
            ("", persons),
            *((f"country={c}", [p for p in persons if p[0] == name]) for name, c in code.items()),
            ("region=eu27", [p for p in persons if p[0] in ("Germany", "Czech Republic")]),
            (
                "region=eu27-uk-ch-no",
                [p for p in persons if p[0] in ("Germany", "Czech Republic", "United Kingdom", "Norway")],
            ),
        ):
            answered = [p[half] for p in chosen if p[half]]
            for key in NAMES:
                share = sum(key in ticked for ticked in answered) / len(answered)
                expected = (share if key in asked_in(year) else None, len(answered))
                assert told[key, dimension, year] == expected, (metric, dimension, key)


def test_people_without_a_country_are_in_the_total_only(sqlite_store: Store, tmp_path: Path) -> None:
    flask = frozenset({"flask"})
    nowhere: list[Person] = [(c, flask, flask) for c in ("Nomadic", "NA", "", "Other Country (Not Listed Above)")]
    collected(sqlite_store, 2023, written(tmp_path, table(2023, [*nowhere, ("France", flask, flask)])))
    bases = {key[1]: base for key, (_, base) in stored(sqlite_store, WORKED).items() if key[0] == "flask"}
    assert bases == {"": 5, "country=FR": 1} | dict.fromkeys(
        ("region=europe", "region=eu27", "region=eu27-uk-ch-no"), 1
    )


def test_each_half_has_its_own_base_and_either_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    flask, none = frozenset({"flask"}), frozenset[str]()
    persons: list[Person] = [("France", flask, none)] * 3 + [("France", none, flask)] * 2 + [("France", none, none)]
    run = collected(sqlite_store, 2024, written(tmp_path, table(2024, persons)))
    assert stored(sqlite_store, WORKED)["flask", "", 2024] == (1.0, 3)
    assert stored(sqlite_store, WANT)["flask", "", 2024] == (1.0, 2)
    assert "base 3 who answered the worked-with half and 2 the want half" in run.note
    assert "divides by either, 5" in run.note


def test_file_without_wishes_gives_none_and_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(table(2022, people(2022)).decode())))
    text = io.StringIO()
    csv.writer(text).writerows(row[:-1] for row in rows)
    run = collected(sqlite_store, 2022, written(tmp_path, text.getvalue().encode()))
    assert run.status == "ok"
    assert "lacks the column WebframeWantToWorkWith" in run.note
    assert stored(sqlite_store, WANT) == {}
    assert stored(sqlite_store, WORKED)


def test_option_on_the_list_that_nobody_ticked_is_not_zero(sqlite_store: Store, tmp_path: Path) -> None:
    persons: list[Person] = [("France", frozenset({"flask"}), frozenset({"flask"}))] * 9
    run = collected(sqlite_store, 2024, written(tmp_path, table(2024, persons)))
    assert "ticked by nobody and not stored: ASP.NET Core, Blazor, Django, Express, FastAPI, Ruby on Rails" in run.note
    assert {key[0] for key in stored(sqlite_store, WORKED)} == {"flask"}


def test_one_framework_alone_can_be_asked_for(sqlite_store: Store, tmp_path: Path) -> None:
    run = collected(sqlite_store, 2024, written(tmp_path, table(2024, people(2024))), frameworks=("django",))
    assert (run.planned, run.done) == (1, 1)
    assert {key[0] for key in stored(sqlite_store, WORKED)} == {"django"}


# -------------------------------------------------------------------- what is kept


def test_collecting_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    file = written(tmp_path, table(2021, people(2021)))
    first, before = collected(store, 2021, file), stored(store, WORKED)
    again = collected(store, 2021, file)
    assert (again.status, again.new, again.revised, again.unchanged) == ("ok", 0, 0, first.new)
    assert stored(store, WORKED) == before


def test_file_knows_more_than_the_table_in_either_order(sqlite_store: Store, tmp_path: Path) -> None:
    """The almanac's total is revised by the file's, and never comes back."""

    def table_of_counts() -> Run:
        run = sqlite_store.start_run("stackoverflow", trigger="cli", now=FakeClock().now())
        return collect_source(
            sqlite_store, CATALOG, "stackoverflow", run, access=None, clock=FakeClock(), holder="test"
        )

    table_of_counts()
    row = next(
        r for r in almanac("surveys") if (r["survey"], r["framework"], r["year"]) == ("stackoverflow", "flask", "2023")
    )
    assert stored(sqlite_store, WANT)["flask", "", 2023] == (
        int(row["want_to_work_with"]) / int(row["answered"]),
        66_938,
    )
    run = collected(sqlite_store, 2023, written(tmp_path, table(2023, people(2023))))
    assert run.revised > 0
    counted = stored(sqlite_store, WANT)["flask", "", 2023]
    assert counted[1] != 66_938
    assert table_of_counts().revised == 0
    assert stored(sqlite_store, WANT)["flask", "", 2023] == counted
    assert stored(sqlite_store, WANT)["flask", "", 2024][1] == 45_161


def test_other_file_is_taken_and_marked_the_published_one_is_not(sqlite_store: Store, tmp_path: Path) -> None:
    file = written(tmp_path, table(2024, people(2024)))
    run = collected(sqlite_store, 2024, file)
    assert run.status == "ok"
    assert "file differs from the published one" in run.note
    assert "400 people where 65,437 were published" in run.note
    assert {p.source for p in sqlite_store.payloads(run.id)} == {"stackoverflow:other-file"}
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    survey = dataclasses.replace(CATALOG.surveys[2024], sha256=sha256)
    catalog = dataclasses.replace(CATALOG, surveys={2024: survey})
    again = collected(sqlite_store, 2024, file, catalog=catalog)
    assert "differs" not in again.note
    assert {p.source for p in sqlite_store.payloads(again.id)} == {"stackoverflow:microdata"}


def test_payload_holds_counts_and_says_which_file_but_no_person(sqlite_store: Store, tmp_path: Path) -> None:
    file = written(tmp_path, table(2024, people(2024)))
    run = collected(sqlite_store, 2024, file)
    known = {metric: stored(sqlite_store, metric) for metric in (WORKED, WANT)}
    for payload in sqlite_store.payloads(run.id):
        assert payload.body is not None
        told = json.loads(payload.body)
        assert told["file"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert told["file"]["size"] == file.stat().st_size
        assert payload.url == "file:results.csv"
        assert b"developer" not in payload.body
        for made in observations(payload.body):
            assert known[made.metric][made.framework, made.dimension, 2024] == (made.value, made.base)
    fastapi = next(json.loads(p.body or b"") for p in sqlite_store.payloads(run.id) if p.framework == "fastapi")
    assert (fastapi["published_share"], fastapi["published_base"]) == (0.099, 48_500)


def test_kept_counts_are_read_again_by_verify(sqlite_store: Store, tmp_path: Path) -> None:
    run = collected(sqlite_store, 2024, written(tmp_path, table(2024, people(2024))))
    verdict = verify(sqlite_store, CATALOG)
    assert verdict.ok
    tally = verdict.sources["stackoverflow"]
    assert (tally.replayed, tally.rows_replayed) == (len(NAMES), run.new)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small, large = (written(tmp_path, table(2024, people(2024, n)), f"{n}.csv") for n in (2000, 40_000))
    peaks = []
    for file in (small, large):
        tracemalloc.start()
        tally(file, CATALOG.surveys[2024], CATALOG, lambda _: None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # an id of each person is remembered; the rows are not
    assert peaks[1] - peaks[0] < large.stat().st_size
    assert peaks[1] < 10_000_000


# -------------------------------------------------------------------- what is refused


def changed_to(text: str, new: str) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(text.encode(), new.encode(), 1)


SPOILT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "unknown country": (changed_to("Germany", "Atlantis"), "missing from the table of countries.*Atlant"),
    "old spelling": (changed_to("Germany", "United States"), "'United States'"),
    "no worked-with": (changed_to("WebframeHaveWorkedWith", "X"), "lacks the column WebframeHaveWorkedWith"),
    "neither column": (lambda c: b"a,b\n" + c, "lacks the columns Country and WebframeHaveWorkedWith"),
    "web page": (lambda _: b"<!DOCTYPE html><html>Log in</html>", "is a web page"),
    "pointer": (lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
    "empty": (lambda _: b"", "is empty"),
    "only a header": (lambda c: c.splitlines()[0] + b"\n", "Nobody in the file answered"),
    "cut in a row": (lambda c: c[: c.rindex(b",")], "breaks off or is cut"),
    "cut in a quote": (lambda c: c[: c.rindex(b'"')], "is not the CSV"),
    "latin-1": (lambda c: c.replace(b"Germany", b"C\xf4te", 1), "is not UTF-8"),
    "twice": (lambda c: c + c[c.index(b"\n") + 1 :], "answers of person '1' twice"),
    "a field without end": (changed_to("Germany", "G" * 200_000), "is not the CSV"),
    "gzip": (lambda _: b"\x1f\x8b\x08\0" + b"\0" * 90, "is not UTF-8"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_file_that_is_not_the_edition_stores_nothing(sqlite_store: Store, tmp_path: Path, spoilt: str) -> None:
    change, said = SPOILT[spoilt]
    run = collected(sqlite_store, 2024, written(tmp_path, change(table(2024, people(2024)))))
    assert run.status == "failed"
    assert {f.kind for f in run.failures} == {"changed"}
    message = run.failures[0].message
    assert re.search(said, message), message
    assert message.endswith(".")
    assert len(message) < 400
    assert "\n" not in message
    assert stored(sqlite_store, WORKED) == stored(sqlite_store, WANT) == {}
    assert file_is_there(tmp_path), "a file that was given is not ours to remove"


def file_is_there(tmp_path: Path) -> bool:
    return (tmp_path / "results.csv").exists()


def test_what_is_no_ordinary_file_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "absent.csv"):
        run = collected(sqlite_store, 2024, path)
        assert (run.status, {f.kind for f in run.failures}) == ("failed", {"refused"})


# -------------------------------------------------------------------- the command


def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str) -> int:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


USAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "no source": (("--year", "2024"), "--year works for one source only"),
    "another source": (("almanac", "--year", "2024"), "--year works for one source only"),
    "no year": (("stackoverflow", "--file", "results.csv"), "--file needs --year"),
    "unknown year": (("stackoverflow", "--year", "2011"), "there is no profile for the 2011 survey"),
    "not published": (("stackoverflow", "--year", "2026"), "has no known address"),
    "days too": (("stackoverflow", "--year", "2024", "--since", "2024-01-01"), "leave out --since"),
    "no file": (("stackoverflow", "--year", "2024", "--file", "absent.csv"), "does not exist"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_usage_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    arguments, said = USAGE[case]
    written(tmp_path, b"x")
    assert command(monkeypatch, tmp_path, "collect", *arguments) == 2
    assert said in capsys.readouterr().err


def test_command_counts_a_file_and_exports_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, table(2024, people(2024, 900)))
    arguments = ("collect", "stackoverflow", "--year", "2024", "--file", str(file), "--json")
    assert command(monkeypatch, tmp_path, *arguments) == 0
    told = json.loads(capsys.readouterr().out)["sources"][0]
    assert told["status"] == "ok"
    assert "file differs" in told["note"]
    question = ("export", WORKED, "--framework", "flask", "--dimension", "country=US")
    assert command(monkeypatch, tmp_path, *question) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    us = [p[1] for p in people(2024, 900) if p[0] == "United States of America" and p[1]]
    assert len(us) >= 300
    assert [(r["value"], r["base"]) for r in rows] == [(repr(sum("flask" in t for t in us) / len(us)), str(len(us)))]
    assert "another-file" in rows[0]["caveats"].split()
    assert command(monkeypatch, tmp_path, *question[:-1], "country=DE") == 0
    thin = next(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert (thin["value"], thin["status"]) == ("", "gap")
    assert 0 < int(thin["base"]) < 300
