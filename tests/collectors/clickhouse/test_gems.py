"""Downloads of gems: days of RubyGems' log on a real ClickHouse engine, up to yesterday."""

from __future__ import annotations

import dataclasses
import importlib.util
from datetime import date, timedelta
from typing import Any

import pytest

from catalog import Framework, Source, load
from collectors import Access, collect_source, probe, replay
from collectors.clickhouse.errors import TO_DO
from storage import Identity, Run, Store
from tests.collectors.clickhouse.engine import Engine
from tests.support.upstream import NOON, FakeClock
from uptake.frameworks.own_frameworks import FrameworkRequest, add_framework
from uptake.frameworks.source_names import AddError
from uptake.frameworks.tracked_catalog import tracked_catalog

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:chdb"),
    pytest.mark.skipif(
        importlib.util.find_spec("chdb") is None,
        reason="no ClickHouse engine: pip install -r requirements/clickhouse.txt",
    ),
]

TODAY = NOON.date()
# Two years and a few days twice over, unmerged, up to noon today; another gem, and the other table, beside them.
FILL = f"""
CREATE DATABASE rubygems;
CREATE TABLE rubygems.downloads_per_day (date Date, gem String, count Int64)
ENGINE = SummingMergeTree ORDER BY (gem, date);
CREATE TABLE rubygems.daily_downloads (date Date, name String, total_downloads Int64, daily_downloads Int64)
ENGINE = MergeTree ORDER BY (name, date);
INSERT INTO rubygems.downloads_per_day SELECT toDate('{TODAY}') - number, 'rails', 1000 + number FROM numbers(800);
INSERT INTO rubygems.downloads_per_day SELECT toDate('{TODAY}') - number, 'rails', 7 FROM numbers(800);
INSERT INTO rubygems.downloads_per_day SELECT toDate('{TODAY}') - number, 'Rails', 9 FROM numbers(800);
INSERT INTO rubygems.daily_downloads SELECT toDate('{TODAY}') - number, 'rails', 1, 1 FROM numbers(800)
"""


@pytest.fixture
def engine(server: Engine) -> Engine:
    server.run("DROP DATABASE IF EXISTS rubygems")
    server.run(FILL)
    server.log.clear()
    return server


def collect(store: Store, engine: Engine, days_later: int = 0, **run: Any) -> Run:
    """Collect what is Rails', however fresh its answer is."""
    clock, catalog = FakeClock(NOON + timedelta(days=days_later)), load()
    source = catalog.sources["clickhouse"]
    streams = tuple(dataclasses.replace(stream, ask_again_after_min=0) for stream in source.streams)
    catalog = dataclasses.replace(
        catalog, sources={**catalog.sources, "clickhouse": dataclasses.replace(source, streams=streams)}
    )
    begun = store.start_run("clickhouse", trigger="cli", now=clock.now(), frameworks=["rails"], **run)
    reach = Access(engine.url, max_wait_s=100.0)
    return collect_source(store, catalog, "clickhouse", begun, access=reach, clock=clock, holder="test")


def days(store: Store) -> dict[date, int]:
    rows = store.read("gem_downloads", ["rails"]).to_dict("records")
    return {row["period"].date(): int(row["value"]) for row in rows}


def test_each_day_up_to_yesterday_is_summed(store: Store, engine: Engine) -> None:
    run = collect(store, engine)
    assert (run.status, run.failures, run.planned) == ("ok", (), 1)  # of PyPI there is nothing to ask about a gem
    assert days(store) == {TODAY - timedelta(days=n): 1007 + n for n in range(1, 800)}
    assert {asked.params["param_table"] for asked in engine.log} == {"downloads_per_day"}
    assert all("daily_downloads" not in asked.params["query"] for asked in engine.log)
    assert len(engine.log) == 1 + 3  # what there is, then year by year
    assert {metric for metric in load().metrics if len(store.read(metric, ["rails"]))} == {"gem_downloads"}


def test_afterwards_only_what_is_new_is_asked_for(sqlite_store: Store, engine: Engine) -> None:
    first = collect(sqlite_store, engine)
    engine.log.clear()
    again = collect(sqlite_store, engine)
    assert (again.new, again.revised, again.unchanged, len(engine.log)) == (0, 0, first.new, 1)
    engine.run(f"INSERT INTO rubygems.downloads_per_day VALUES ('{TODAY}', 'rails', 500)")  # the rest of that day
    more = collect(sqlite_store, engine, days_later=1)
    assert (more.new, more.revised) == (1, 0)
    assert days(sqlite_store)[TODAY] == 1507
    assert max(days(sqlite_store)) == TODAY


def test_last_thirty_days_are_read_again_and_revised(sqlite_store: Store, engine: Engine) -> None:
    collect(sqlite_store, engine)
    late = TODAY - timedelta(days=20)
    engine.run(f"INSERT INTO rubygems.downloads_per_day VALUES ('{late}', 'rails', 3), ('{late}', 'Rails', 3)")
    run = collect(sqlite_store, engine, days_later=8)
    assert (run.status, run.revised) == ("ok", 1)
    assert days(sqlite_store)[late] == 1007 + 20 + 3


def test_kept_answers_tell_the_same_again(sqlite_store: Store, engine: Engine) -> None:
    run = collect(sqlite_store, engine)
    rails = load().frameworks["rails"]
    kept = [payload for payload in sqlite_store.payloads(run.id) if payload.body]
    again = [o for p in kept for o in replay("clickhouse", rails, p, run, {}).observations]
    assert {o.period.start: o.value for o in again} == days(sqlite_store)
    assert {o.metric for o in again} == {"gem_downloads"}


def test_a_gem_of_ones_own_is_looked_up_before_it_is_tracked_and_collected_then(store: Store, engine: Engine) -> None:
    catalog, clock = load(), FakeClock()
    reach = Access(engine.url, max_wait_s=100.0)

    def ask(source: Source, framework: Framework) -> Identity | None:
        return probe(store, source, framework, access=reach, clock=clock)

    with pytest.raises(AddError, match=r"ClickPy. has no gem absent; check the name"):
        add_framework(store, catalog, FrameworkRequest("Absent", packages={"gem": "absent"}), ask=ask, now=NOON)
    assert store.own_frameworks() == []
    engine.run(f"INSERT INTO rubygems.downloads_per_day VALUES ('{TODAY - timedelta(days=1)}', 'sinatra', 41)")
    added = add_framework(store, catalog, FrameworkRequest("Sinatra", packages={"gem": "sinatra"}), ask=ask, now=NOON)
    assert (added.sources, added.warnings) == (("clickhouse",), ())
    assert added.sentence == "Sinatra is tracked as sinatra (clickhouse: gem sinatra)."
    run = store.start_run("clickhouse", trigger="cli", now=NOON, frameworks=["sinatra"])
    tracked = tracked_catalog(catalog, store)
    done = collect_source(store, tracked, "clickhouse", run, access=reach, clock=clock, holder="test")
    assert (done.status, done.new) == ("ok", 1)
    assert store.read("gem_downloads", ["sinatra"])["value"].tolist() == [41]


def test_a_server_of_ones_own_without_the_tables_is_told_which_to_make(sqlite_store: Store, engine: Engine) -> None:
    engine.run("DROP TABLE rubygems.downloads_per_day")
    (failure,) = collect(sqlite_store, engine).failures
    assert failure.message == f"ClickHouse has no table rubygems.downloads_per_day: {TO_DO}."
    engine.run("DROP DATABASE rubygems")
    (failure,) = collect(sqlite_store, engine, days_later=1).failures
    assert failure.message == f"ClickHouse has no database rubygems: {TO_DO}."
