"""ClickHouse: our SQL on a real engine over the tables of docs/clickhouse.md, and whatever the server does to it."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog import load
from collectors import Access, collect_source, replay
from storage import Run, Store
from tests.collectors.clickhouse.engine import Asked, Engine, Said, failure
from tests.support.upstream import NOON, FakeClock
from uptake.collection.collect import access
from uptake.settings.settings import load_settings

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:chdb"),
    pytest.mark.skipif(
        importlib.util.find_spec("chdb") is None,
        reason="no ClickHouse engine: pip install -r requirements/clickhouse.txt",
    ),
]


TABLES, VIEWS, EXAMPLE, MORE_TABLES = re.findall(
    r"```sql\n(.*?)```", (Path(__file__).parents[3] / "docs/clickhouse.md").read_text("utf-8"), re.DOTALL
)


STREAMS = ("country", "installer", "python", "system")
# Two years and a few days, three to nine files a day; every sixth comes from a client that says nothing of itself.
FILL = """
INSERT INTO pypi.served SELECT
    toDateTime('2024-10-05 13:00:00', 'UTC') + toIntervalDay(intDiv(number, 10)),
    ['flask', 'django'][1 + (number % 7 = 3)],
    ['1.0', '2.0'][1 + number % 2], 'bdist_wheel',
    ['US', 'DE', '', 'FR', 'IN', 'US'][1 + number % 6],
    ['pip', 'uv', '', 'poetry', 'pip', 'bandersnatch'][1 + number % 6],
    ['3.12', '3.13', '', '3.9', '3.10', '3.12'][1 + number % 6],
    ['Linux', 'Darwin', '', 'Windows', 'Linux', 'Linux'][1 + number % 6]
FROM numbers(7780) WHERE number % 10 < 3 + intDiv(number, 10) % 7
"""


@pytest.fixture
def empty(server: Engine) -> Iterator[Engine]:
    """The documented tables and views, with nothing in them."""
    server.run("DROP DATABASE IF EXISTS pypi")
    server.run(TABLES)
    server.run(VIEWS)
    server.run("DROP DATABASE IF EXISTS rubygems")
    server.run(MORE_TABLES)
    server.log.clear()
    yield server
    server.hook = None


@pytest.fixture
def engine(empty: Engine) -> Engine:
    """The documented tables with 778 days of two packages, the last of them 2026-11-21."""
    empty.run(FILL)
    return empty


def collect(
    store: Store,
    engine: Engine,
    clock: FakeClock | None = None,
    *,
    eager: bool = False,
    url: str = "",
    streams: tuple[str, ...] = ("daily", *STREAMS),
    **run: Any,
) -> Run:
    """Collect some streams, those of PyPI's downloads if none is named; `eager`: however fresh their answers are."""
    clock, catalog = clock or FakeClock(), load()
    source = catalog.sources["clickhouse"]
    chosen = tuple(stream for stream in source.streams if stream.name in streams)
    if eager:
        chosen = tuple(dataclasses.replace(stream, ask_again_after_min=0) for stream in chosen)
    source = dataclasses.replace(source, streams=chosen)
    catalog = dataclasses.replace(catalog, sources={**catalog.sources, "clickhouse": source})
    begun = store.start_run("clickhouse", trigger="cli", now=clock.now(), **{"frameworks": ["flask"], **run})
    reach = Access(url or engine.url, max_wait_s=100.0)
    return collect_source(store, catalog, "clickhouse", begun, access=reach, clock=clock, holder="test")


def days(store: Store, framework: str = "flask") -> dict[str, int]:
    frame = store.read("downloads_all", [framework])
    return {str(row["period"].date()): int(row["value"]) for row in frame.to_dict("records")}


def told(engine: Engine, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(engine.run(sql))["data"]
    return rows


def spans(engine: Engine, table: str = "pypi_downloads_per_day") -> list[tuple[str, str]]:
    """The spans of days that a table was asked for, coverage left out."""
    asked = [a.params for a in engine.log if a.params["param_table"] == table and "param_since" in a.params]
    return [(params["param_since"], params["param_before"]) for params in asked]


def months_of(asked: Asked) -> int:
    """How many months a question spans; 0 for one about coverage."""
    if "param_since" not in asked.params:
        return 0
    since, before = (date.fromisoformat(asked.params[key]) for key in ("param_since", "param_before"))
    return (before.year - since.year) * 12 + before.month - since.month


# -------------------------------------------------------------------- what is right


def test_documented_tables_take_a_mirrors_log(store: Store, empty: Engine) -> None:
    empty.run(EXAMPLE)
    run = collect(store, empty, streams=tuple(stream.name for stream in load().sources["clickhouse"].streams))
    assert (run.status, run.failures) == ("ok", ())
    assert store.read("dependents", ["flask"])["value"].iloc[-1] == 1
    assert days(store) == {"2026-10-31": 1, "2026-11-01": 1}
    for stream, value in zip(STREAMS, ("country=DE", "installer=pip", "python=3.12", "system=Linux"), strict=True):
        [row] = store.read(f"downloads_all_by_{stream}", dimension=None).to_dict("records")
        assert (row["dimension"], row["period"].date(), row["value"]) == (value, date(2026, 10, 1), 1)
    versions = told(
        empty, "SELECT DISTINCT version, type FROM pypi.pypi_downloads_per_day_by_version_by_installer_by_type"
    )
    assert sorted(tuple(row.values()) for row in versions) == [("3.1.0", "bdist_wheel"), ("3.1.0", "sdist")]


def test_every_day_and_month_is_what_the_engine_says(store: Store, engine: Engine) -> None:
    engine.run(FILL)  # unmerged: two rows of each key
    run = collect(store, engine, frameworks=["flask", "django"])
    assert (run.status, run.failures) == ("ok", ())
    for package in ("flask", "django"):
        truth = told(
            engine,
            f"SELECT date, sum(count) AS n FROM pypi.pypi_downloads_per_day WHERE project = '{package}' GROUP BY date",
        )
        assert days(store, package) == {row["date"]: int(row["n"]) for row in truth}
    daily = by_month(store.read("downloads_all"))
    for stream in STREAMS:
        split = store.read(f"downloads_all_by_{stream}", dimension=None)
        assert f"{stream}=unknown" in set(split.dimension)
        summed = by_month(split)
        assert summed == {key: n for key, n in daily.items() if key[1] != "2026-11"}  # November is not over


def by_month(frame: pd.DataFrame) -> dict[tuple[str, str], float]:
    months = frame.groupby(["framework", frame.period.dt.strftime("%Y-%m")]).value.sum()
    return {(str(key[0]), str(key[1])): value for key, value in months.items()}  # type: ignore[index]


def test_questions_bind_what_they_ask_about(sqlite_store: Store, engine: Engine) -> None:
    collect(sqlite_store, engine, frameworks=["flask"])
    assert len(engine.log) == 5 + 3 + 4 * 1  # coverage of five tables, three years of days, few months of each split
    for asked in engine.log:
        sql = asked.params["query"]
        assert "flask" not in sql
        assert not re.search(r"20\d\d|'[a-zA-Z]+_", sql)
        assert "LIMIT {most:UInt32}" in sql
        assert asked.params["param_project"] == "flask"
        assert int(asked.params["param_most"]) >= 1_000
        assert asked.headers["x-clickhouse-user"] == "demo"
        assert len(asked.path) < 2_000
    assert spans(engine) == [("2024-10-01", "2025-01-01"), ("2025-01-01", "2026-01-01"), ("2026-01-01", "2026-12-01")]


def test_afterwards_only_what_is_new_is_asked_for(sqlite_store: Store, engine: Engine) -> None:
    first = collect(sqlite_store, engine)
    engine.log.clear()
    engine.run("OPTIMIZE TABLE pypi.pypi_downloads_per_day FINAL")
    clock = FakeClock(NOON + timedelta(days=1))
    again = collect(sqlite_store, engine, clock, eager=True)
    assert (again.status, again.new, again.revised, again.unchanged) == ("ok", 0, 0, first.new)
    assert len(engine.log) == 5
    engine.run("INSERT INTO pypi.pypi_downloads_per_day VALUES ('2026-11-22', 'flask', 40), ('2026-11-22', 'flask', 2)")
    engine.log.clear()
    more = collect(sqlite_store, engine, clock, eager=True)
    assert (more.new, more.revised, more.unchanged) == (1, 0, first.new)
    assert days(sqlite_store)["2026-11-22"] == 42
    assert spans(engine) == [("2026-11-01", "2026-12-01")]


def test_recent_days_are_read_again_once_a_week(sqlite_store: Store, engine: Engine) -> None:
    first = collect(sqlite_store, engine)
    for days_later, asked_again in (
        (6, []),
        (7, [("2026-10-01", "2026-12-01")]),
        (8, []),
        (14, [("2026-10-01", "2026-12-01")]),
    ):
        engine.log.clear()
        run = collect(sqlite_store, engine, FakeClock(NOON + timedelta(days=days_later)), eager=True)
        assert spans(engine) == asked_again
        wanted = [("2026-09-01", "2026-11-01")] if asked_again else []
        assert spans(engine, "pypi_downloads_per_day_by_version_by_system") == wanted
        assert (run.new, run.revised, run.unchanged) == (0, 0, first.new)


def test_day_loaded_again_years_later_is_a_revision(sqlite_store: Store, engine: Engine) -> None:
    collect(sqlite_store, engine)
    before = days(sqlite_store)
    engine.log.clear()
    engine.run("INSERT INTO pypi.pypi_downloads_per_day VALUES ('2024-12-06', 'flask', 100)")
    run = collect(sqlite_store, engine, FakeClock(NOON + timedelta(days=1)), eager=True)
    assert (run.status, run.new, run.revised) == ("ok", 0, 1)
    assert spans(engine) == [("2024-12-01", "2025-01-01")]
    assert days(sqlite_store) == {**before, "2024-12-06": before["2024-12-06"] + 100}


def test_a_window_reads_only_its_months_and_keeps_no_cursor(sqlite_store: Store, engine: Engine) -> None:
    run = collect(sqlite_store, engine, since=date(2025, 3, 30), until=date(2025, 4, 2))
    assert run.status == "ok"
    assert sorted(days(sqlite_store)) == ["2025-03-30", "2025-03-31", "2025-04-01", "2025-04-02"]
    assert spans(engine) == [("2025-03-01", "2025-05-01")]
    assert sqlite_store.cursor("clickhouse", "flask", "daily") == {}


def test_quoted_numbers_are_numbers(sqlite_store: Store, engine: Engine) -> None:
    def quote(asked: Asked, usual: Callable[[], Said]) -> Said:
        said = usual()
        return dataclasses.replace(said, body=re.sub(rb'": (\d+)(?=[,\s])', rb'": "\1"', said.body))

    engine.hook = quote
    assert collect(sqlite_store, engine).status == "ok"
    assert days(sqlite_store)["2024-10-05"] == 3


def test_own_cluster_may_have_other_column_types_and_null(sqlite_store: Store, engine: Engine) -> None:
    table = "pypi.pypi_downloads_per_day_by_version_by_country"
    engine.run(f"DROP VIEW pypi.count_countries;\nDROP TABLE {table}")
    engine.run(
        f"CREATE TABLE {table} (date Date32, project LowCardinality(String), country_code Nullable(FixedString(2)), "
        "count UInt32, extra String) ENGINE = MergeTree ORDER BY date"
    )
    engine.run(f"INSERT INTO {table} VALUES ('2026-09-30', 'flask', NULL, 4, ''), ('2026-10-31', 'flask', 'DE', 5, '')")
    run = collect(sqlite_store, engine)
    assert (run.status, run.failures) == ("ok", ())
    frame = sqlite_store.read("downloads_all_by_country", dimension=None)
    assert dict(zip(frame.dimension, frame.value, strict=True)) == {"country=unknown": 4, "country=DE": 5}


def test_own_cluster_is_shown_user_and_password_in_headers_alone(sqlite_store: Store, engine: Engine) -> None:
    given = {
        "UPTAKE_CLICKHOUSE_URL": engine.url,
        "UPTAKE_CLICKHOUSE_USER": "uptake",
        "UPTAKE_CLICKHOUSE_PASSWORD": "CANARY",
    }
    catalog, clock = load(), FakeClock()
    reach = access(load_settings(given), catalog.sources["clickhouse"])
    run = sqlite_store.start_run("clickhouse", trigger="cli", now=clock.now(), frameworks=["flask"])
    run = collect_source(sqlite_store, catalog, "clickhouse", run, access=reach, clock=clock, holder="test")
    assert run.status == "ok"
    assert {(a.headers["x-clickhouse-user"], a.headers["x-clickhouse-key"]) for a in engine.log} == {
        ("uptake", "CANARY")
    }
    assert all("CANARY" not in asked.path and "authorization" not in asked.headers for asked in engine.log)
    assert all("CANARY" not in payload.url for payload in sqlite_store.payloads(run.id))


def test_kept_answers_tell_the_same_again(sqlite_store: Store, engine: Engine) -> None:
    run = collect(sqlite_store, engine)
    kept = [payload for payload in sqlite_store.payloads(run.id) if payload.body]
    flask = load().frameworks["flask"]
    again = [o for p in kept for o in replay("clickhouse", flask, p, run, {}).observations]
    assert len(again) == run.new
    assert {str(o.period.start): o.value for o in again if o.metric == "downloads_all"} == days(sqlite_store)


# -------------------------------------------------------------------- what the server may do


@pytest.mark.parametrize("code", [159, 241])
def test_too_much_at_once_is_asked_for_in_halves(sqlite_store: Store, engine: Engine, code: int) -> None:
    engine.hook = lambda asked, usual: failure(code) if months_of(asked) > 6 else usual()
    run = collect(sqlite_store, engine)
    assert (run.status, run.failures) == ("ok", ())
    assert len(days(sqlite_store)) == 778
    engine.log.clear()
    assert collect(sqlite_store, engine, eager=True).unchanged == run.new
    assert len(engine.log) == 5


def test_less_than_a_month_is_never_asked_for(sqlite_store: Store, engine: Engine) -> None:
    engine.hook = lambda asked, usual: failure(159) if months_of(asked) else usual()
    run = collect(sqlite_store, engine)
    assert {f.kind for f in run.failures} == {"unavailable"}
    assert min(filter(None, map(months_of, engine.log))) == 1
    assert len(spans(engine)) == 3  # three months, two, one
    assert days(sqlite_store) == {}


def cut(rows: int) -> Callable[[Asked, Callable[[], Said]], Said]:
    """Answers end after so many rows without a word, as at the free server's limit on results."""

    def act(asked: Asked, usual: Callable[[], Said]) -> Said:
        said = usual()
        body = json.loads(said.body)
        if "param_since" not in asked.params or len(body["data"]) <= rows:
            return said
        body["data"], body["rows"] = body["data"][:rows], rows
        return dataclasses.replace(said, body=json.dumps(body).encode())

    return act


def test_answer_cut_without_a_word_is_noticed_and_asked_for_in_halves(sqlite_store: Store, engine: Engine) -> None:
    engine.hook = cut(100)
    run = collect(sqlite_store, engine)
    assert (run.status, run.failures) == ("ok", ())
    assert len(days(sqlite_store)) == 778


def test_answer_that_stays_cut_is_not_stored(sqlite_store: Store, engine: Engine) -> None:
    engine.hook = cut(3)
    run = collect(sqlite_store, engine)
    assert {f.kind for f in run.failures} == {"changed"}
    assert (run.new, days(sqlite_store)) == (0, {})
    assert "Nothing of it was stored" in run.failures[0].message


def test_day_that_is_being_loaded_is_left_for_later(sqlite_store: Store, engine: Engine) -> None:
    def load_more(asked: Asked, usual: Callable[[], Said]) -> Said:
        if "param_since" in asked.params and asked.params["param_table"] == "pypi_downloads_per_day":
            engine.run("INSERT INTO pypi.pypi_downloads_per_day VALUES ('2024-10-05', 'flask', 1)")
        return usual()

    engine.hook = load_more
    run = collect(sqlite_store, engine)
    assert [(f.stream, f.kind) for f in run.failures] == [("daily", "unavailable")]
    engine.hook = None
    assert collect(sqlite_store, engine, eager=True).status == "ok"


def test_quota_ends_the_run_for_an_hour_and_nothing_is_asked_twice(sqlite_store: Store, engine: Engine) -> None:
    answered = 0

    def quota(asked: Asked, usual: Callable[[], Said]) -> Said:
        nonlocal answered
        answered += 1
        return usual() if answered <= 3 else failure(201, "Quota for user `demo` has been exceeded")

    engine.hook, clock = quota, FakeClock()
    run = collect(sqlite_store, engine, clock)
    assert (run.status, run.failures) == ("partial", ())
    assert run.deferred_until is not None
    assert run.deferred_until - NOON >= timedelta(hours=1)
    assert len(engine.log) == 4
    collect(sqlite_store, engine, clock)  # within the hour nobody is asked
    assert len(engine.log) == 4
    engine.hook, clock.passed = None, 3601.0
    assert collect(sqlite_store, engine, clock).status == "ok"
    assert len(days(sqlite_store)) == 778
    fetched = [a.path for a in engine.log[:3] + engine.log[4:] if "param_since" in a.params]
    assert len(set(fetched)) == len(fetched)


@pytest.mark.parametrize(
    ("code", "kind", "requests"),
    [
        *[(code, "refused", 1) for code in (192, 193, 194, 516)],
        *[(code, "changed", 5) for code in (46, 47, 53, 60, 62, 81, 456)],
        *[(code, "refused", 5) for code in (164, 497)],
        *[(code, "unavailable", 20) for code in (202, 209, 210, 999)],
    ],
)
def test_codes_decide_and_not_the_status(
    sqlite_store: Store, engine: Engine, code: int, kind: str, requests: int
) -> None:
    engine.hook = lambda asked, usual: dataclasses.replace(failure(code), status=500)
    run = collect(sqlite_store, engine)
    assert {f.kind for f in run.failures} == {kind}
    assert len(run.failures) == run.planned == 5
    assert len(engine.log) == requests
    assert all(str(code) in f.message for f in run.failures)
    engine.log.clear()
    engine.hook = lambda asked, usual: (
        usual() if len(engine.log) > 1 else dataclasses.replace(failure(code), headers={})
    )
    assert collect(sqlite_store, engine).status == (
        "ok" if kind == "unavailable" else "partial" if requests > 1 else "failed"
    )


def test_table_that_is_not_there_is_told_as_such(sqlite_store: Store, engine: Engine) -> None:
    engine.run("DROP TABLE pypi.pypi_downloads_per_day_by_version_by_system")
    run = collect(sqlite_store, engine)
    assert [(f.stream, f.kind) for f in run.failures] == [("system", "changed")]


def late(text: str) -> Callable[[Said], Said]:
    """The answer breaks off in the middle of its rows, and ends with this."""
    return lambda said: dataclasses.replace(said, body=said.body[: len(said.body) // 2] + text.encode())


def polite(text: str) -> Callable[[Said], Said]:
    """The same, but as JSON: newer servers close every bracket and add the error."""

    def act(said: Said) -> Said:
        body = json.loads(said.body)
        body["data"] = body["data"][: len(body["data"]) // 2]
        return dataclasses.replace(
            said, body=json.dumps({**body, "rows": len(body["data"]), "exception": text}).encode()
        )

    return act


MEMORY = "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"
SOCKET = "Code: 209. DB::Exception: Socket is gone. (SOCKET_TIMEOUT)"


@pytest.mark.parametrize("form", [late, polite])
def test_error_inside_a_good_answer_is_an_error(
    sqlite_store: Store, engine: Engine, form: Callable[[str], Callable[[Said], Said]]
) -> None:
    engine.hook = lambda asked, usual: form(MEMORY)(usual()) if months_of(asked) > 6 else usual()
    run = collect(sqlite_store, engine)
    assert (run.status, run.failures) == ("ok", ())
    engine.hook = lambda asked, usual: form(SOCKET)(usual())
    run = collect(sqlite_store, engine, full=True)
    assert ({f.kind for f in run.failures}, run.new, run.revised) == ({"unavailable"}, 0, 0)
    assert len(days(sqlite_store)) == 778


def test_answer_without_an_end_is_no_answer(sqlite_store: Store, engine: Engine) -> None:
    engine.hook = lambda asked, usual: late("")(usual())
    run = collect(sqlite_store, engine)
    assert ({f.kind for f in run.failures}, run.new) == ({"changed"}, 0)


def test_names_that_look_like_errors_are_names(sqlite_store: Store, engine: Engine) -> None:
    table = "pypi.pypi_downloads_per_day_by_version_by_installer_by_type"
    engine.run(f"INSERT INTO {table} VALUES ('2026-10-03', 'flask', '1', 'Code: 201. DB::Exception', 'sdist', 7)")
    assert collect(sqlite_store, engine).status == "ok"
    frame = sqlite_store.read("downloads_all_by_installer", dimension="installer=Code: 201. DB::Exception")
    assert list(frame.value) == [7]


def test_day_that_vanished_is_told_and_stays_until_all_is_collected_again(sqlite_store: Store, engine: Engine) -> None:
    collect(sqlite_store, engine)
    before = days(sqlite_store)
    engine.run("ALTER TABLE pypi.pypi_downloads_per_day DELETE WHERE date = '2025-12-06' SETTINGS mutations_sync = 2")
    run = collect(sqlite_store, engine, eager=True)
    assert [(f.stream, f.kind) for f in run.failures] == [("daily", "changed")]
    assert "2025-12" in run.failures[0].message
    assert days(sqlite_store) == before
    run = collect(sqlite_store, engine, full=True)
    assert (run.status, run.revised) == ("ok", 1)
    assert before.keys() - days(sqlite_store).keys() == {"2025-12-06"}
    assert list(sqlite_store.revisions("downloads_all", "flask")["value"]) == [before["2025-12-06"]]


def test_what_is_no_name_does_not_cost_the_others(sqlite_store: Store, engine: Engine) -> None:
    table = "pypi.pypi_downloads_per_day_by_version_by_installer_by_type"
    engine.run(f"INSERT INTO {table} VALUES ('2026-10-03', 'flask', '1', 'a\\0b', 'sdist', 7)")
    assert collect(sqlite_store, engine).status == "ok"
    frame = sqlite_store.read("downloads_all_by_installer", dimension=None)
    assert len(frame) > 0
    assert frame["dimension"].map(str.isprintable).all()


def test_unknown_package_is_not_zero(sqlite_store: Store, engine: Engine) -> None:
    run = collect(sqlite_store, engine, frameworks=["tornado"])
    assert ({f.kind for f in run.failures}, run.new) == ({"empty"}, 0)
