"""Imported figures among those of sources: never in their place, always giving way, and gone without a trace."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import load
from collectors import acquire_lease
from storage import LeaseLost, Run, Store
from storage.audit import BODY_CAP, FILE_CAP
from tests.support.planting import plant
from uptake.frameworks.source_names import AddError
from uptake.frameworks.tracked_catalog import tracked_catalog
from uptake.imports.csv_file import FileRefused
from uptake.imports.file_import import (
    BusyImporting,
    Imported,
    ImportRequest,
    import_file,
    own_figures,
    remove_own_source,
)
from uptake.verify import verify

CATALOG = load()
T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEKS = [date(2026, 10, 5) + timedelta(days=7 * k) for k in range(4)]

ROOT = Path(__file__).resolve().parents[3]


def at(hour: int) -> datetime:
    return T0 + timedelta(hours=hour)


def csv_of(levels: Mapping[str, Sequence[float | None]], days: Sequence[date] = WEEKS) -> bytes:
    rows = [
        [str(day), *("" if v is None else str(v) for v in row)]
        for day, *row in zip(days, *levels.values(), strict=True)
    ]
    return "\n".join(",".join(row) for row in [["date", *levels], *rows]).encode()


def bring(
    store: Store, levels: Mapping[str, Sequence[float | None]], hour: int, name: str = "sheet", *, trial: bool = False,
    metric: str = "stars",
) -> Run:  # fmt: skip
    return brought(store, csv_of(levels), hour, name, trial=trial, metric=metric).run


def brought(
    store: Store, body: bytes, hour: int, name: str = "sheet", *, trial: bool = False, metric: str = "stars"
) -> Imported:
    request = ImportRequest("stars.csv", body, metric, name, "CC BY 4.0")
    return import_file(store, CATALOG, request, at(hour), trial=trial)


def counts(run: Run) -> tuple[int, int, int]:
    return run.new, run.revised, run.unchanged


def known(store: Store, as_of: datetime | None = None) -> dict[tuple[str, date], tuple[float, str]]:
    rows = store.read("stars", as_of=as_of)
    assert not rows.duplicated(["framework", "period", "period_end"]).any()
    columns = (rows["framework"], rows["period"].dt.date, rows["value"], rows["source"])
    return {(name, day): (value, source) for name, day, value, source in zip(*columns, strict=True)}


def collected(store: Store, framework: str, values: dict[date, float], hour: int, observer: str = "") -> None:
    plant(store, "stars", framework, values, at(hour), source=observer)


def test_a_file_is_kept_with_where_it_came_from(store: Store) -> None:
    body = csv_of({"flask": [1, 2, 3, 4], "django": [5, None, 7, 8]})
    done = brought(store, body, 0)
    assert counts(done.run) == (7, 0, 0)
    assert (done.run.source, done.run.status, done.run.trigger) == ("import:sheet", "ok", "import")
    assert known(store)["django", WEEKS[0]] == (5.0, "import:sheet")
    assert ("django", WEEKS[1]) not in known(store)
    for payload in store.payloads(done.run.id):
        assert (payload.body, payload.url, payload.source) == (body, "file:stars.csv", "import:sheet")
    assert verify(store, CATALOG).ok
    assert verify(store, CATALOG).sources["import:sheet"].rows_replayed == 7
    (figures,) = own_figures(store, CATALOG)
    assert (figures.frameworks, figures.figures, figures.first, figures.last) == (
        ("flask", "django"), 7, WEEKS[0], WEEKS[-1],
    )  # fmt: skip
    (file,) = figures.files
    assert (file.name, file.sha256, file.run) == ("stars.csv", hashlib.sha256(body).hexdigest(), done.run.id)
    assert (file.size, file.imported_at) == (len(body), at(0))


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    bring(store, {"flask": [1, 2, 3, 4]}, 0)
    assert counts(bring(store, {"flask": [1, 2, 3, 4]}, 1)) == (0, 0, 4)


def test_a_trial_says_what_would_be_and_keeps_nothing(store: Store) -> None:
    before = store.content().digest
    assert counts(bring(store, {"flask": [1, 2, 3, 4]}, 0, trial=True)) == (4, 0, 0)
    assert store.content().digest == before


def test_a_corrected_file_revises_and_the_past_stays_readable(store: Store) -> None:
    bring(store, {"flask": [1, 2, 3, 4]}, 0)
    assert counts(bring(store, {"flask": [1, 20, None, 4]}, 2)) == (0, 2, 2)  # one corrected, one withdrawn
    assert {k[1]: v[0] for k, v in known(store).items()} == {WEEKS[0]: 1, WEEKS[1]: 20, WEEKS[3]: 4}
    assert {k[1]: v[0] for k, v in known(store, at(1)).items()} == dict(zip(WEEKS, [1, 2, 3, 4], strict=True))
    assert verify(store, CATALOG).ok


def test_days_outside_a_later_file_stay(store: Store) -> None:
    bring(store, {"flask": [1, 2, 3, 4], "django": [5, 6, 7, 8]}, 0)
    brought(store, csv_of({"flask": [30]}, [WEEKS[2]]), 1)
    assert len(known(store)) == 8
    assert known(store)["flask", WEEKS[2]][0] == 30


def test_what_a_source_says_otherwise_is_refused_with_both_values(store: Store) -> None:
    collected(store, "flask", {WEEKS[0]: 1, WEEKS[1]: 2}, 0)
    before = store.content().rows
    with pytest.raises(FileRefused) as refused:
        bring(store, {"flask": [1, 3, 5, 6], "django": [1, 2, 3, 4]}, 1)
    assert [f.message for f in refused.value.faults] == [f"flask, {WEEKS[1]}: the file has 3, github has 2"]
    assert store.content().rows == before
    assert counts(bring(store, {"flask": [1, 2, 5, 6]}, 2)) == (2, 0, 2)
    assert known(store)["flask", WEEKS[0]] == (1.0, "github")


@pytest.mark.parametrize("observer", ["", "almanac:github-ranking"])
@pytest.mark.parametrize("told", [2.0, 9.0])
def test_a_source_takes_its_days_over_and_keeps_them_after_removal(store: Store, observer: str, told: float) -> None:
    """Equal or not, and also a source that only fills: as if nothing had been imported."""
    bring(store, {"flask": [1, 2, 3, 4]}, 0)
    collected(store, "flask", {WEEKS[1]: told}, 1, observer)
    assert known(store)["flask", WEEKS[1]] == (told, observer or "github")
    assert known(store, at(0))["flask", WEEKS[1]] == (2.0, "import:sheet")
    collected(store, "flask", {WEEKS[1]: told}, 2, observer)
    assert store.revisions("stars", "flask")["value"].to_list() == [2.0]
    remove_own_source(store, CATALOG, "sheet", at(3))
    assert known(store) == {("flask", WEEKS[1]): (told, observer or "github")}
    assert verify(store, CATALOG).ok


def test_removal_is_whole_and_earlier_vintages_still_have_it(store: Store) -> None:
    bring(store, {"flask": [1, 2, 3, 4], "django": [5, 6, 7, 8]}, 0)
    brought(store, csv_of({"flask": [7] * 4}), 1, metric="forks")
    run = remove_own_source(store, CATALOG, "Sheet", at(2))
    assert (run.revised, run.trigger) == (12, "remove")
    assert known(store) == {}
    assert store.read("forks").empty
    assert list(own_figures(store, CATALOG)) == []
    assert len(known(store, at(1))) == 8
    assert known(store, at(3)) == {}
    assert "import:sheet" not in tracked_catalog(CATALOG, store).sources
    assert tracked_catalog(CATALOG, store, removed=True).sources["import:sheet"].title.endswith("(removed)")
    assert tracked_catalog(CATALOG, store).metrics == CATALOG.metrics
    assert verify(store, CATALOG).ok
    with pytest.raises(AddError, match="Nothing is imported"):
        remove_own_source(store, CATALOG, "sheet", at(4))
    assert counts(bring(store, {"flask": [1, 2, 3, 4]}, 5)) == (4, 0, 0)
    assert len(known(store, at(1))) == 8
    assert known(store, at(4)) == {}
    assert verify(store, CATALOG).ok


def test_what_two_imports_said_alike_stays_with_the_other(store: Store) -> None:
    bring(store, {"flask": [1, 2, 3, 4]}, 0, "first")
    assert counts(bring(store, {"flask": [None, 2, 3, 4]}, 1, "second")) == (0, 0, 3)
    with pytest.raises(FileRefused, match="1 fault"):
        bring(store, {"flask": [None, 2, 3, 5]}, 2, "third")
    remove_own_source(store, CATALOG, "first", at(3))
    assert known(store) == {("flask", day): (v, "import:second") for day, v in zip(WEEKS[1:], (2, 3, 4), strict=True)}
    assert len(known(store, at(2))) == 4
    assert verify(store, CATALOG).ok
    remove_own_source(store, CATALOG, "second", at(4))
    assert known(store) == {}
    assert verify(store, CATALOG).ok


def test_one_imports_at_a_time_and_a_late_one_is_fenced_off(store: Store) -> None:
    held = acquire_lease(store, "import", 60, at(0))
    assert held is not None
    with pytest.raises(BusyImporting):
        bring(store, {"flask": [1, 2, 3, 4]}, 0)
    assert store.acquire("import", "another", 60, at(2)) is not None
    with pytest.raises(LeaseLost):
        store.write_own([], now=at(2), lease=held)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"metric": "nope"}, "no metric"),
        ({"metric": "stars_held"}, "stars_kept"),
        ({"metric": "stars_kept"}, "no earlier reading"),
        ({"metric": "downloads_all_by_country"}, "in parts"),
        ({"source": "GitHub"}, "name of your own"),
        ({"source": ""}, "one line"),
        ({"source": "\x1b[31m"}, "one line"),
        ({"licence": " "}, "one line"),
        ({"url": "javascript:alert(1)"}, "http"),
        ({"url": "https://example.org/) [x](y"}, "http"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_the_reason(
    sqlite_store: Store, changed: dict[str, str], words: str
) -> None:
    asked = ImportRequest("f.csv", csv_of({"flask": [1, 2, 3, 4]}), "stars", "sheet", "CC0")
    request = replace(asked, **changed)  # type: ignore[arg-type]  # each is a text
    with pytest.raises(AddError, match=words):
        import_file(sqlite_store, CATALOG, request, T0)
    assert sqlite_store.own_sources() == []


def test_metrics_that_can_be_imported_have_a_first_day() -> None:
    for metric in CATALOG.metrics.values():
        cumulated = any(other.cumulates == metric.id for other in CATALOG.metrics.values())
        if metric.has_total and not metric.derived_from and not cumulated:
            assert metric.first_day, metric.id


# What was done to a store: who says what of which day, or the import leaves.
SAYINGS = st.lists(
    st.tuples(
        st.sampled_from(["sheet", "other", "github", "almanac:x", "-sheet", "-other"]),
        st.lists(st.sampled_from([None, 1.0, 2.0]), min_size=4, max_size=4),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SAYINGS)
def test_after_removal_all_is_as_the_sources_alone_would_have_it(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, sayings: list[tuple[str, list[float | None]]]
) -> None:
    """Whatever happened in whatever order: two stores, one in which nothing was ever imported."""
    folder = tmp_path_factory.mktemp("alike")
    urls = [f"sqlite:///{shutil.copy(migrated_file, folder / f'{name}.db')}" for name in ("with", "without")]
    with Store.open(urls[0]) as mixed, Store.open(urls[1]) as plain:
        for hour, (who, said) in enumerate(sayings):
            vintages = {h: known(mixed, at(h)) for h in range(hour)}
            _happen(mixed, who, said, hour)
            if who in ("github", "almanac:x"):
                _happen(plain, who, said, hour)
            assert {h: known(mixed, at(h)) for h in range(hour)} == vintages, "what was known then is known"
        for name in ("sheet", "other"):
            _happen(mixed, f"-{name}", [], 100 + len(name))
        assert known(mixed) == known(plain)
        assert verify(mixed, CATALOG).ok, verify(mixed, CATALOG).differences


def _happen(store: Store, who: str, said: list[float | None], hour: int) -> None:
    told = {day: value for day, value in zip(WEEKS, said, strict=False) if value is not None}
    if who.startswith("-"):
        if any(s.id == f"import:{who[1:]}" and s.removed_at is None for s in store.own_sources()):
            remove_own_source(store, CATALOG, who[1:], at(hour))
    elif who in ("sheet", "other"):
        try:
            bring(store, {"flask": said}, hour, who)
        except FileRefused:
            assert not told or _differs(store, who, told)
    elif told:
        collected(store, "flask", told, hour, who if ":" in who else "")


def _differs(store: Store, who: str, told: dict[date, float]) -> bool:
    now = known(store)
    others = {day: now["flask", day] for day in told if ("flask", day) in now}
    return any(value != told[day] and source != f"import:{who}" for day, (value, source) in others.items())


def _import_for_ever(url: str) -> None:
    with Store.open(url) as store:
        for k in range(10_000):
            name = f"sheet{k % 3}"
            days = [date(2020, 1, 1) + timedelta(days=n) for n in range(2_000)]
            request = ImportRequest("f.csv", csv_of({"flask": [1.0] * 2_000}, days), "stars", name, "CC0")
            try:
                import_file(store, CATALOG, request, datetime.now(UTC))
                remove_own_source(store, CATALOG, name, datetime.now(UTC))
            except BusyImporting:
                time.sleep(0.05)


@pytest.mark.parametrize("after", [0.3, 0.7, 1.1])
def test_killed_in_the_middle_nothing_is_half_there(store_url: str, after: float) -> None:
    script = f"from {__name__} import _import_for_ever; import sys; _import_for_ever(sys.argv[1])"
    process = subprocess.Popen([sys.executable, "-c", script, store_url], cwd=ROOT)
    _wait_for_a_run(store_url)
    time.sleep(after)
    process.kill()
    process.wait()
    with Store.open(store_url) as store:
        assert len(store.read("stars")) in (0, 2_000)
        assert {run.status for run in store.runs(1_000)} == {"ok"}
        assert verify(store, CATALOG).ok
        bring(store, {"flask": [1, 1, 1, 1]}, 10_000)  # the lease of the dead holds nobody up


def _wait_for_a_run(url: str) -> None:
    with Store.open(url) as store:
        give_up = time.monotonic() + 60
        while not store.runs(1) and time.monotonic() < give_up:
            time.sleep(0.05)


def test_a_file_of_more_than_an_answer_is_kept_whole_and_read_again(store: Store) -> None:
    days = [date(2015, 1, 1) + timedelta(days=k) for k in range(4000)]
    long = "date,framework,value\n" + "\n".join(
        f"{day},{name},{1000 + k}" for name in ("flask", "django", "fastapi") for k, day in enumerate(days)
    )
    body = long.encode()
    assert BODY_CAP < len(body) < FILE_CAP
    imported = import_file(store, CATALOG, ImportRequest("long.csv", body, "forks", "long", "CC0"), at(1))
    assert imported.run.new == 12_000
    assert all(payload.body == body for payload in store.payloads(imported.run.id))
    assert not verify(store, tracked_catalog(CATALOG, store)).differences
    assert remove_own_source(store, CATALOG, "long", at(2)).revised == 12_000
