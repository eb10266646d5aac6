"""Dependents: the count on a real ClickHouse engine over planted releases, and what may happen to its table."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from catalog import Framework, load
from collectors import Access, collect_source, cost_estimate, replay
from storage import Run, Store
from tests.collectors.clickhouse.engine import Asked, Engine, Said, failure
from tests.support.upstream import NOON, FakeClock

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:chdb"),
    pytest.mark.skipif(
        importlib.util.find_spec("chdb") is None,
        reason="no ClickHouse engine: pip install -r requirements/clickhouse.txt",
    ),
]

TABLE = """
CREATE TABLE pypi.projects (name String, version String, requires_dist Array(String), upload_time DateTime64)
ENGINE = MergeTree ORDER BY name
"""
File = tuple[str, str, list[str], str]  # name, version, what it requires, when it was uploaded
# Of these five require Flask and six name it, one requires Django and one FastAPI.
PLANTED: list[File] = [
    ("flask", "3.1.3", ["Werkzeug>=3.1.0", "click>=8.1.3"], "2026-02-18"),
    ("Flask-Login", "0.6.3", ["Flask>=1.0.4", "Werkzeug>=1.0.1"], "2023-10-30"),
    ("Flask-Login", "0.2.0", [], "2013-10-30"),
    ("flask-migrate", "4.1.0", ["Flask (>=0.9)", "Flask-SQLAlchemy (>=1.0)"], "2025-01-10"),
    ("only-flask-sqlalchemy", "1.0", ["flask-sqlalchemy>=3", "flask_login"], "2024-01-10"),
    ("dropped", "2.0", ["fastapi"], "2025-05-01"),
    ("dropped", "1.0", ["flask==1.0"], "2020-05-01"),
    ("extra-only", "1.0", ['flask>=2 ; extra == "web"', "requests"], "2022-05-01"),
    ("marker", "1.0", ['flask[async]>=2; python_version >= "3.8"'], "2022-07-01"),
    ("url", "1.0", ["flask @ https://example.org/flask.zip"], "2022-08-01"),
    ("two-files", "1.0", ["flask"], "2024-08-01 00:00:00"),
    ("two-files", "1.0", ["flask"], "2024-08-01 00:00:05"),
    ("sdist-empty", "1.0", ["django"], "2024-08-01 00:00:00"),
    ("sdist-empty", "1.0", [], "2024-08-01 00:00:09"),
]
LATER: File = ("unrelated", "1.0", [], "2026-11-20")  # the table reaches past October
NEWEST = date(2026, 10, 1)


@pytest.fixture
def engine(server: Engine) -> Iterator[Engine]:
    """A table of files with the planted ones."""
    server.run("DROP DATABASE IF EXISTS pypi")
    server.run("CREATE DATABASE pypi")
    server.run(TABLE)
    upload(server, *PLANTED, LATER)
    server.log.clear()
    yield server
    server.hook = None


def upload(engine: Engine, *files: File) -> None:
    """Put files on the index."""
    rows = [
        f"('{name}', '{version}', [{', '.join(map(quoted, needs))}], '{at if ' ' in at else at + ' 10:00:00'}')"
        for name, version, needs, at in files
    ]
    engine.run(f"INSERT INTO pypi.projects VALUES {', '.join(rows)}")


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def collect(store: Store, engine: Engine, *frameworks: str, clock: FakeClock | None = None, **run: Any) -> Run:
    """Collect the stream alone, however fresh its answer is."""
    clock, catalog = clock or FakeClock(), load()
    source = catalog.sources["clickhouse"]
    streams = tuple(dataclasses.replace(s, ask_again_after_min=0) for s in source.streams if s.name == "dependents")
    source = dataclasses.replace(source, streams=streams)
    own = {
        "requests-web": Framework("requests-web", "Requests Web", "Python", {"clickhouse": "requests-web"}, own=True)
    }
    catalog = dataclasses.replace(
        catalog, sources={**catalog.sources, "clickhouse": source}, frameworks={**catalog.frameworks, **own}
    )
    begun = store.start_run("clickhouse", trigger="cli", now=clock.now(), frameworks=list(frameworks), **run)
    reach = Access(engine.url, max_wait_s=100.0)
    return collect_source(store, catalog, "clickhouse", begun, access=reach, clock=clock, holder="test")


def counts(store: Store, framework: str, metric: str = "dependents") -> dict[str, int]:
    """By month, packages."""
    frame = store.read(metric, [framework])
    return {f"{row['period']:%Y-%m}": int(row["value"]) for row in frame.to_dict("records")}


def at_newest(store: Store, framework: str) -> tuple[int, int]:
    """Packages that required a framework and that named it, by the end of October 2026."""
    return counts(store, framework)["2026-10"], counts(store, framework, "dependents_with_extras")["2026-10"]


def months(engine: Engine) -> list[str]:
    """The months that were asked about, in order."""
    return [a.params["param_month"][:7] for a in engine.log if "param_month" in a.params]


# -------------------------------------------------------------------- what is right


def test_planted_releases_are_counted_exactly(store: Store, engine: Engine) -> None:
    run = collect(store, engine, "flask", "django", "fastapi")
    assert (run.status, run.failures) == ("ok", ())
    assert at_newest(store, "flask") == (5, 6)
    assert at_newest(store, "django") == at_newest(store, "fastapi") == (1, 1)
    flask = counts(store, "flask")
    assert flask["2020-12"] == 1
    assert flask["2022-12"] == 3
    assert flask["2024-12"] == 5  # dropped 1.0 still counts, flask-migrate does not yet
    assert "2019-12" not in flask  # nobody named it and it was not there: that is not known to be zero
    [row] = store.read("dependents", ["flask"]).tail(1).to_dict("records")
    assert (row["period"].date(), row["period_end"].date()) == (NEWEST, date(2026, 10, 31))


@pytest.mark.parametrize(
    ("needs", "counted"),
    [
        (["tornado"], (1, 1)),
        (["Tornado>=6"], (1, 1)),
        (["  tornado == 6.0"], (1, 1)),
        (["tornado(>=4)"], (1, 1)),
        (["tornado~=6.1,!=6.2"], (1, 1)),
        (["tornado[speed,web]; python_version<'3.9'"], (1, 1)),
        (["tornado ; sys_platform == 'win32'"], (1, 1)),
        (["tornado @ git+https://example.org/extra=="], (1, 1)),
        (['tornado; extra == "web"'], (0, 1)),
        (["tornado>=6 ; python_version > '3' and extra=='web'"], (0, 1)),
        (['tornado; "web" == extra'], (0, 1)),
        (['tornado; extra == "web"', "tornado>=5"], (1, 1)),
        (["tornado-redis", "my-tornado", "tornado_http2>=1", "tornado.extra", "tornadoes", "tornado2"], None),
        (["requests", "not tornado"], None),
        ([], None),
    ],
)
def test_requirement_is_by_its_exact_name_and_without_extras(
    sqlite_store: Store, engine: Engine, needs: list[str], counted: tuple[int, int] | None
) -> None:
    upload(engine, ("some-package", "1.0", needs, "2026-05-01"), ("tornado", "6.0", [], "2026-01-01"))
    assert collect(sqlite_store, engine, "tornado").status == "ok"
    assert at_newest(sqlite_store, "tornado") == (counted or (0, 0))


def test_names_are_compared_as_the_index_does(sqlite_store: Store, engine: Engine) -> None:
    upload(
        engine,
        ("One_Package", "1.0", ["Requests_Web>=1"], "2025-02-01"),
        ("one-package", "1.1", ["requests.web"], "2025-03-01"),
        ("other", "1.0", ["REQUESTS--WEB[x]"], "2025-03-01"),
        ("Left.Behind", "1.0", ["requests-web"], "2025-03-01"),
        ("left_behind", "2.0", ["requests"], "2025-04-01"),  # the same package under another spelling
    )
    assert collect(sqlite_store, engine, "requests-web").status == "ok"
    assert at_newest(sqlite_store, "requests-web") == (2, 2)


def test_framework_is_no_dependent_of_itself_but_may_be_of_another(sqlite_store: Store, engine: Engine) -> None:
    upload(
        engine,
        ("Quart", "0.20", ["flask>=3", "quart[dev]; extra == 'all'"], "2024-11-01"),
        ("FastAPI", "0.110", ["starlette", "fastapi[all]"], "2024-11-01"),
    )
    assert collect(sqlite_store, engine, "flask", "quart", "starlette", "fastapi").status == "ok"
    assert at_newest(sqlite_store, "flask") == (6, 7)
    assert at_newest(sqlite_store, "quart") == (0, 0)
    assert at_newest(sqlite_store, "starlette") == (1, 1)
    assert at_newest(sqlite_store, "fastapi") == (1, 1)


def test_latest_release_is_by_upload_and_is_all_its_files(sqlite_store: Store, engine: Engine) -> None:
    upload(
        engine,
        ("repaired", "10.0", ["requests"], "2024-01-01"),
        ("repaired", "9.1", ["tornado"], "2024-02-01"),  # a repair of an older line, uploaded last
        ("half", "1.0", [], "2024-03-01 00:00:00"),
        ("half", "1.0", ["tornado"], "2024-03-01 00:00:01"),
        ("at-midnight", "1.0", ["tornado"], "2025-01-01 00:00:00"),
        ("a-moment-before", "1.0", ["tornado"], "2024-12-31 23:59:59"),
    )
    assert collect(sqlite_store, engine, "tornado").status == "ok"
    assert (counts(sqlite_store, "tornado")["2024-12"], at_newest(sqlite_store, "tornado")) == (3, (4, 4))


# -------------------------------------------------------------------- what is asked


def test_each_month_is_asked_for_once_for_all_frameworks(sqlite_store: Store, engine: Engine) -> None:
    catalog = load()
    estimate = cost_estimate(sqlite_store, catalog, "clickhouse", ("flask", "django"), now=NOON)
    others = sum(s.requests for s in catalog.sources["clickhouse"].streams if s.name not in ("gems", "dependents"))
    assert estimate.requests == 2 * others + 14
    run = collect(sqlite_store, engine, "flask", "django")
    assert months(engine) == ["2026-10", *(f"{year}-12" for year in range(2025, 2013, -1))]
    assert len(engine.log) == 14
    assert all("flask" not in asked.params["query"] and len(asked.path) < 4_000 for asked in engine.log)
    assert run.new == 2 * sum(len(counts(sqlite_store, name)) for name in ("flask", "django"))


def test_afterwards_each_month_is_asked_for_when_the_table_reaches_past_it(sqlite_store: Store, engine: Engine) -> None:
    first = collect(sqlite_store, engine, "flask", "django")
    for day, loaded, asked in (
        (date(2026, 11, 29), "2026-11-28", []),
        (date(2026, 12, 2), "2026-11-30", []),  # November is over, but the table does not know that yet
        (date(2026, 12, 3), "2026-12-02", ["2026-11"]),
        (date(2027, 3, 5), "2027-03-04", ["2027-02", "2027-01", "2026-12"]),
    ):
        engine.log.clear()
        upload(engine, (f"of-{loaded}", "1.0", [], loaded))
        clock = FakeClock(NOON + timedelta(days=(day - NOON.date()).days))
        run = collect(sqlite_store, engine, "flask", "django", clock=clock)
        assert (run.status, run.revised, months(engine)) == ("ok", 0, asked)
        assert len(engine.log) == 1 + len(asked)
        assert run.new == 4 * len(asked)
    assert run.unchanged == first.new + 4


def test_all_again_revises_what_the_index_has_forgotten(sqlite_store: Store, engine: Engine) -> None:
    collect(sqlite_store, engine, "flask")
    engine.run("ALTER TABLE pypi.projects DELETE WHERE name IN ('dropped', 'marker') SETTINGS mutations_sync = 2")
    again = collect(sqlite_store, engine, "flask")
    assert (again.new, again.revised) == (0, 0)
    run = collect(sqlite_store, engine, "flask", full=True)
    assert (run.status, run.new) == ("ok", 0)
    assert run.revised > 0
    assert at_newest(sqlite_store, "flask") == (4, 5)
    assert "2020-12" not in counts(sqlite_store, "flask")


def test_window_has_every_month_and_keeps_no_cursor(sqlite_store: Store, engine: Engine) -> None:
    run = collect(sqlite_store, engine, "flask", since=date(2022, 4, 1), until=date(2022, 8, 31))
    assert run.status == "ok"
    assert counts(sqlite_store, "flask") == {"2022-04": 1, "2022-05": 1, "2022-06": 1, "2022-07": 2, "2022-08": 3}
    assert sqlite_store.cursor("clickhouse", "flask", "dependents") == {}


def test_kept_answers_tell_the_same_again(sqlite_store: Store, engine: Engine) -> None:
    run = collect(sqlite_store, engine, "flask")
    flask = load().frameworks["flask"]
    kept = [payload for payload in sqlite_store.payloads(run.id) if payload.body and "param_month" in payload.url]
    again = [o for p in kept for o in replay("clickhouse", flask, p, run, {}).observations]
    told = {f"{o.period.start:%Y-%m}": o.value for o in again if o.metric == "dependents"}
    assert told == counts(sqlite_store, "flask")


# -------------------------------------------------------------------- what the server may do


@pytest.mark.parametrize("after", [0, 3])
def test_missing_table_is_tried_later_and_costs_the_others_nothing(
    sqlite_store: Store, engine: Engine, after: int
) -> None:
    def exchanged(_: Asked, usual: Callable[[], Said]) -> Said:
        return usual() if len(engine.log) <= after else failure(60, "Table pypi.projects does not exist")

    python = [f.id for f in load().frameworks.values() if "pypistats" in f.ids]
    upload(engine, *((name, "1.0", [], "2020-05-05") for name in python))
    engine.hook = exchanged
    run = collect(sqlite_store, engine, *python)
    assert {f.kind for f in run.failures} == {"unavailable"}
    assert len(run.failures) == run.planned == run.done == 12
    assert len(engine.log) == after + 1
    engine.hook = None
    engine.log.clear()
    assert collect(sqlite_store, engine, "flask").status == "ok"
    assert at_newest(sqlite_store, "flask")[0] >= 5
    assert len(engine.log) == 14 - max(after - 1, 0)  # what was answered is in


@pytest.mark.parametrize("code", [159, 241])
def test_too_much_at_once_is_asked_framework_by_framework(sqlite_store: Store, engine: Engine, code: int) -> None:
    engine.hook = lambda asked, usual: failure(code) if "django" in asked.params.get("param_packages", "") else usual()
    run = collect(sqlite_store, engine, "fastapi", "flask")
    assert (run.status, run.failures) == ("ok", ())
    assert at_newest(sqlite_store, "flask") == (5, 6)
    assert len(engine.log) == 1 + 1 + 13 + 13  # how far, all at once, and each alone
    run = collect(sqlite_store, engine, "django")
    assert [f.kind for f in run.failures] == ["unavailable"]


def test_empty_table_and_unknown_package_are_not_zero(sqlite_store: Store, engine: Engine) -> None:
    run = collect(sqlite_store, engine, "requests-web")
    assert ([f.kind for f in run.failures], run.new) == (["empty"], 0)
    engine.run("TRUNCATE TABLE pypi.projects")
    run = collect(sqlite_store, engine, "flask")
    assert ([f.kind for f in run.failures], run.new) == (["empty"], 0)


def test_upload_of_tomorrow_is_not_believed(sqlite_store: Store, engine: Engine) -> None:
    upload(engine, ("early", "1.0", [], f"{datetime.fromisoformat('2026-11-24'):%Y-%m-%d}"))
    run = collect(sqlite_store, engine, "flask")
    assert ([f.kind for f in run.failures], run.new) == (["changed"], 0)
