"""An edition of the Stack Overflow survey from its own file: every year's layout, exact counts, and what is refused."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import math
import os
import random
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import stamina

from catalog import Catalog, almanac, load
from collectors import Access, collect_microdata, collect_source
from collectors.stackoverflow.counts import tally
from collectors.stackoverflow.survey_file import observations
from storage import Batch, Counts, Run, Store
from tests.support.upstream import FakeClock, Handler, Rule, Upstream, bomb, redirect, reset, status
from uptake.cli import main
from uptake.verify import verify

CATALOG = load()
WORKED, WANT = "so_worked_with", "so_want_to_work_with"
YEARS = tuple(CATALOG.surveys)
TOKEN = "CANARY-secret-token"

# Facts about the files, written down apart from the profiles: what the columns are called and how an option is spelled.
LAYOUT: Mapping[int, tuple[str, str, str]] = {
    2019: ("Respondent", "WebFrameWorkedWith", "WebFrameDesireNextYear"),
    2020: ("Respondent", "WebframeWorkedWith", "WebframeDesireNextYear"),
    **dict.fromkeys(range(2021, 2026), ("ResponseId", "WebframeHaveWorkedWith", "WebframeWantToWorkWith")),
    2026: ("ResponseId", "WebFrameworkHaveWorkedWith", "WebFrameworkWantToWorkWith"),
}
CORE = {2021: "ASP.NET Core ", 2022: "ASP.NET Core ", 2023: "ASP.NET CORE", 2024: "ASP.NET CORE"}
FIRST = {"aspnet-core": 2020, "fastapi": 2021, "blazor": 2022}  # the edition that first had it on its list
UNITED_STATES = {2019: "United States", 2020: "United States"}
PLACES = ("Germany", "Viet Nam", "United Kingdom", "Czech Republic", "Nomadic", "NA", "Russian Federation", "Norway")

Person = tuple[str, frozenset[str], frozenset[str]]  # country, framework ids worked with, wanted
NAMES = {f.id: f.ids["stackoverflow"] for f in CATALOG.frameworks.values() if "stackoverflow" in f.ids}


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


def asked_in(year: int) -> list[str]:
    return [key for key in NAMES if year >= FIRST.get(key, 0)]


def people(year: int, number: int = 400) -> list[Person]:
    """Some made people: two in five are in the United States, one in six left each half empty."""
    rng = random.Random(year)
    places = [*PLACES, *[UNITED_STATES.get(year, "United States of America")] * 6]

    def ticked() -> frozenset[str]:
        return frozenset(k for k in asked_in(year) if rng.random() < 0.4) if rng.random() < 5 / 6 else frozenset()

    return [(rng.choice(places), ticked(), ticked()) for _ in range(number)]


def table(year: int, persons: Sequence[Person]) -> bytes:
    """Their answers as that edition's file would have them, with options that contain another's name."""
    spelled = NAMES | {"aspnet-core": CORE.get(year, "ASP.NET Core")}
    identity, worked, want = LAYOUT[year]
    gate = {2025: ["WebframeChoice"], 2026: ["TechDropDown"]}.get(year, [])
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([identity, "MainBranch", "Country", *gate, worked, want])

    def cell(ticked: frozenset[str]) -> str:
        return ";".join([*(spelled[k] for k in sorted(ticked)), "Flask-RESTful", "Djangonaut"]) if ticked else "NA"

    for number, (country, used, wished) in enumerate(persons, start=1):
        passed = [["Yes", "web_technologies"][year - 2025]] if gate else []
        rows.writerow([number, 'I "am"; a\ndeveloper', country, *passed, cell(used), cell(wished)])
    return ("\ufeff" if year == 2025 else "").encode() + text.getvalue().encode()


def written(tmp_path: Path, content: bytes, name: str = "results.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def collected(
    store: Store,
    year: int,
    file: Path | None,
    *,
    folder: Path = Path("unused"),
    catalog: Catalog = CATALOG,
    clock: FakeClock | None = None,
    **more: Any,
) -> Run:
    clock = clock or FakeClock()
    run = store.start_run("stackoverflow", trigger="cli", now=clock.now(), frameworks=more.pop("frameworks", ()))
    told: dict[str, Any] = {"access": None, "holder": "test", **more}
    return collect_microdata(store, catalog, run, year=year, file=file, folder=folder, clock=clock, **told)


def stored(store: Store, metric: str) -> dict[tuple[str, str, int], tuple[float | None, int]]:
    """Value and base by framework, dimension and year."""
    frame = store.read(metric, dimension=None)
    values = [None if math.isnan(v) else v for v in frame["value"]]
    keys = zip(frame["framework"], frame["dimension"], frame["period"].dt.year, strict=True)
    return dict(zip(keys, zip(values, frame["base"], strict=True), strict=True))


# -------------------------------------------------------------------- counting


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
    "unknown country": (changed_to("Germany", "Atlantis"), "country that the table of countries does not know.*Atlant"),
    "old spelling": (changed_to("Germany", "United States"), "'United States'"),
    "no worked-with": (changed_to("WebframeHaveWorkedWith", "X"), "lacks the column WebframeHaveWorkedWith"),
    "neither column": (lambda c: b"a,b\n" + c, "lacks the column Country and WebframeHaveWorkedWith"),
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


# -------------------------------------------------------------------- zips


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return out.getvalue()


def test_zip_as_it_was_published_is_read(sqlite_store: Store, tmp_path: Path) -> None:
    content = table(2023, people(2023))
    folder = "stack-overflow-developer-survey-2023/"
    packed = zipped(
        (folder, b""),
        (folder + "README.txt", b"read me"),
        (folder + "survey_results_schema.csv", b"qid,qname\n"),
        (folder + "survey_results_public.csv", content),
        ("__MACOSX/._survey_results_public.csv", b"junk"),
    )
    run = collected(sqlite_store, 2023, written(tmp_path, packed, "survey.zip"))
    assert run.status == "ok"
    told = json.loads(sqlite_store.payloads(run.id)[0].body or b"")
    assert told["file"]["sha256"] == hashlib.sha256(content).hexdigest()


def link(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


def with_entries(number: int) -> bytes:
    """A table of contents that claims so many entries."""
    packed = bytearray(zipped(("results.csv", b"x")))
    struct.pack_into("<HH", packed, packed.rindex(b"PK\x05\x06") + 8, number, number)
    return bytes(packed)


def locked() -> bytes:
    packed = bytearray(zipped(("results.csv", b"Country")))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + at] |= 1
    return bytes(packed)


def lying() -> bytes:
    """A member that unpacks to far more than it says."""
    packed = bytearray(zipped(("results.csv", table(2024, people(2024)))))
    struct.pack_into("<I", packed, packed.index(b"PK\x01\x02") + 24, 500)
    return bytes(packed)


def zip64() -> bytes:
    packed = zipped(("results.csv", b"x"))
    at = packed.rindex(b"PK\x05\x06")
    return packed[:at] + b"PK\x06\x07" + b"\0" * 16 + packed[at:]


ZIPS: dict[str, Callable[[], bytes]] = {
    "bomb": lambda: zipped(("results.csv", b"\0" * 60_000_000)),
    "bomb beside it": lambda: zipped(("results.csv", table(2024, people(2024))), ("x.bin", b"\0" * 60_000_000)),
    "parent": lambda: zipped(("../results.csv", table(2024, people(2024)))),
    "parent on Windows": lambda: zipped(("a\\..\\..\\results.csv", table(2024, people(2024)))),
    "absolute": lambda: zipped(("/tmp/results.csv", table(2024, people(2024)))),
    "drive": lambda: zipped(("C:/results.csv", table(2024, people(2024)))),
    "symlink": lambda: zipped((link("results.csv", 0o120777), b"/etc/passwd")),
    "device": lambda: zipped((link("results.csv", 0o060666), b"")),
    "nested": lambda: zipped(("results.csv", zipped(("results.csv", table(2024, people(2024)))))),
    "many entries": lambda: zipped(*((f"{n}.txt", b"") for n in range(1001)), ("results.csv", b"x")),
    "claims many": lambda: with_entries(60_000),
    "zip64": zip64,
    "two tables": lambda: zipped(("a/results.csv", b"x"), ("b/results.csv", b"x")),
    "no table": lambda: zipped(("readme.txt", b"x")),
    "only a schema": lambda: zipped(("survey_results_schema.csv", b"x")),
    "locked": locked,
    "lying size": lying,
    "cut": lambda: zipped(("results.csv", table(2024, people(2024))))[:-40],
    "damaged": lambda: zipped(("results.csv", table(2024, people(2024)))).replace(b"PK\x01\x02", b"PK\x01\x03"),
    "a zip of nothing": zipped,
    "unknown packing": lambda: bytes(_with_method(99)),
}


def _with_method(method: int) -> bytearray:
    packed = bytearray(zipped(("results.csv", table(2024, people(2024)))))
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", packed, packed.index(mark) + at, method)
    return packed


@pytest.mark.parametrize("kind", ZIPS)
def test_hostile_or_broken_zip_is_refused_and_unpacks_nothing(sqlite_store: Store, tmp_path: Path, kind: str) -> None:
    file = written(tmp_path, ZIPS[kind](), "survey.zip")
    before = sorted(path for path in tmp_path.rglob("*") if "uptake.db" not in path.name)
    tracemalloc.start()
    run = collected(sqlite_store, 2024, file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert run.status == "failed"
    assert {f.kind for f in run.failures} == {"changed"}
    assert all(f.message.endswith(".") and "\n" not in f.message for f in run.failures)
    assert peak < 20_000_000
    assert stored(sqlite_store, WORKED) == {}
    assert sorted(path for path in tmp_path.rglob("*") if "uptake.db" not in path.name) == before


# -------------------------------------------------------------------- fetching


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as started:
        yield started


def serving(content: bytes, *, media: str = "text/plain", cut: int = 0) -> Callable[[Handler, object], None]:
    def act(handler: Handler, _: object) -> None:
        handler.answer(200, {"Content-Type": media}, content[: len(content) - cut], length=len(content))
        if cut:
            handler.cut()

    return act


def fetched(store: Store, upstream: Upstream, folder: Path, year: int = 2025, **more: Any) -> Run:
    access = Access(upstream.url + "/survey", token=None, deadline_s=5.0, max_wait_s=200.0)
    return collected(store, year, None, folder=folder, access=access, **more)


def test_published_file_is_fetched_and_not_kept(store: Store, upstream: Upstream, tmp_path: Path) -> None:
    upstream.rules = [Rule("^/survey/packages/archive/2025/results.csv$", serving(table(2025, people(2025))))]
    run = fetched(store, upstream, tmp_path / "data")
    assert (run.status, len(upstream.log)) == ("ok", 1)
    assert stored(store, WORKED)["flask", "country=US", 2025][1] > 30
    assert all(p.url == f"{upstream.url}/survey/packages/archive/2025/results.csv" for p in store.payloads(run.id))
    assert list((tmp_path / "data").iterdir()) == []
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_answer_that_broke_off_is_fetched_anew(sqlite_store: Store, upstream: Upstream, tmp_path: Path) -> None:
    content = table(2025, people(2025))
    upstream.rules = [Rule("", serving(content, cut=900), times=2), Rule("", serving(content))]
    run = fetched(sqlite_store, upstream, tmp_path)
    assert (run.status, len(upstream.log)) == ("ok", 3)
    told = json.loads(sqlite_store.payloads(run.id)[0].body or b"")
    assert told["file"]["sha256"] == hashlib.sha256(content).hexdigest()


FAULTS: dict[str, tuple[Any, str]] = {
    "500": (status(500, "<html>"), "unavailable"),
    "reset": (reset, "unavailable"),
    "404": (status(404, "404"), "gone"),
    "403": (status(403, "no"), "refused"),
    "web page": (status(200, "<html>Log in</html>"), "changed"),
    "other host": (redirect("http://localhost:1/results.csv"), "changed"),
    "bomb": (bomb(8), "changed"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_while_fetching_stores_nothing_and_leaves_nothing(
    sqlite_store: Store, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    action, kind = FAULTS[fault]
    monkeypatch.setattr("collectors.stackoverflow.download.CAP", 4_000_000)
    upstream.rules = [Rule("", action)]
    run = fetched(sqlite_store, upstream, tmp_path / "data")
    assert (run.status, {f.kind for f in run.failures}) == ("failed", {kind})
    assert len(run.failures) == run.planned == len(NAMES)
    assert stored(sqlite_store, WORKED) == {}
    assert list((tmp_path / "data").glob("*")) == []


def test_no_room_for_the_file_is_one_sentence(sqlite_store: Store, upstream: Upstream, tmp_path: Path) -> None:
    upstream.rules = [Rule("", serving(table(2025, people(2025))))]
    run = fetched(sqlite_store, upstream, written(tmp_path, b"", "taken"))
    assert {f.kind for f in run.failures} == {"refused"}
    assert "cannot be written" in run.failures[0].message


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("commits", [0, 1, 4])
def test_killed_run_resumes_without_fetching_again(
    sqlite_store: Store, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    upstream.rules = [Rule("", serving(table(2025, people(2025))))]
    write, kept = sqlite_store.write, 0

    def dying(run: int, framework: str, stream: str, batch: Batch, *, lease: Any) -> Counts:
        nonlocal kept
        if kept == commits:
            raise Killed
        kept += 1
        return write(run, framework, stream, batch, lease=lease)

    monkeypatch.setattr(sqlite_store, "write", dying)
    with pytest.raises(Killed):
        fetched(sqlite_store, upstream, tmp_path / "data")
    assert sqlite_store.runs(1)[0].status == "aborted"
    monkeypatch.undo()
    run = fetched(sqlite_store, upstream, tmp_path / "data")
    assert (run.status, len(upstream.log)) == ("ok", 1)
    assert {p.url for p in sqlite_store.payloads(run.id)} == {
        f"{upstream.url}/survey/packages/archive/2025/results.csv"
    }
    assert {key[0] for key in stored(sqlite_store, WORKED)} == set(NAMES)
    assert list((tmp_path / "data").iterdir()) == []


def test_stop_is_heard_while_counting(sqlite_store: Store, tmp_path: Path) -> None:
    file = written(tmp_path, table(2024, people(2024, 6000)))
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return True

    run = collected(sqlite_store, 2024, file, stop=stop)
    assert (run.status, run.done) == ("partial", 0)
    assert asked >= 1
    assert stored(sqlite_store, WORKED) == {}


def test_two_runs_of_the_source_never_overlap(sqlite_store: Store, tmp_path: Path) -> None:
    clock = FakeClock()
    assert sqlite_store.acquire("collect:stackoverflow", "elsewhere:1", 10**9, clock.now())
    stops = iter([False] * 3)
    run = collected(
        sqlite_store, 2024, written(tmp_path, table(2024, people(2024))), clock=clock, stop=lambda: next(stops, True)
    )
    assert run.status == "partial"
    assert stored(sqlite_store, WORKED) == {}


# -------------------------------------------------------------------- the command


def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str) -> int:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


USAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "no source": (("--year", "2024"), "--year is for one source"),
    "another source": (("almanac", "--year", "2024"), "--year is for one source"),
    "no year": (("stackoverflow", "--file", "results.csv"), "--file needs --year"),
    "unknown year": (("stackoverflow", "--year", "2011"), "there is no profile of the 2011 survey"),
    "not published": (("stackoverflow", "--year", "2026"), "not published"),
    "days too": (("stackoverflow", "--year", "2024", "--since", "2024-01-01"), "leave --since"),
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
