"""The dashboard's own user of PostgreSQL: does all that the dashboard does, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import create_engine, make_url, text

from dashboard import cache, operator_actions
from storage import Batch, Event, Observation, Payload, Period, Store, StoreError, StoreForeign, StoreReadOnly
from storage.database.engine import connect, parse, writing
from storage.database.grants import grant_dashboard
from uptake.frameworks.own_frameworks import FrameworkRequest

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = date(2026, 11, 21)
TOKEN = "a-token-for-operators"


@pytest.fixture
def user(postgresql_url: str) -> Iterator[str]:
    """A new user of the server, whose name needs quotes."""
    name = f'the "dashboard" {uuid.uuid4().hex[:8]}'
    quoted = name.replace('"', '""')
    admin = create_engine(parse(postgresql_url), isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f'CREATE ROLE "{quoted}" LOGIN'))
    yield name
    with admin.connect() as conn:
        conn.execute(text(f'DROP OWNED BY "{quoted}"'))
        conn.execute(text(f'DROP ROLE "{quoted}"'))
    admin.dispose()


@pytest.fixture
def url(postgresql_url: str, user: str) -> str:
    """The address of a store with a value, a release and a mirrored framework, for the dashboard's user."""
    with Store.open(postgresql_url) as store:
        store.mirror_frameworks([("flask", "Flask")])
        run = store.start_run("github", trigger="cli", now=NOON)
        payload = Payload("github", "http://127.0.0.1/", b"{}", NOON)
        seen = Observation("stars", "flask", Period(DAY, DAY), 1.0)
        store.write(
            run.id,
            "flask",
            "counters",
            Batch(payload, (seen,), events=(Event("flask", DAY, "release", "3.1"),)),
        )
    for _ in range(2):  # once more after each migration
        grant_dashboard(postgresql_url, user)
    return make_url(postgresql_url).set(username=user).render_as_string(hide_password=False)


def test_it_does_all_that_the_dashboard_does(url: str, at_store: Callable[..., None]) -> None:
    at_store(url, UPTAKE_OPERATOR_TOKEN=TOKEN)
    asked = operator_actions.collect("github", ("flask",), TOKEN)
    assert operator_actions.cancel(asked.id, TOKEN).status == "cancelled"
    for _ in range(2):
        added, runs = operator_actions.track(FrameworkRequest("robyn", github="sparckles/robyn"), TOKEN)
        assert [run.status for run in runs] == ["requested"]
        assert operator_actions.untrack(added.id, TOKEN) == "robyn"
    note = operator_actions.note("flask", DAY, "A note.", "", TOKEN)
    operator_actions.unnote(note.id, TOKEN)
    with Store.open(url, read_only=True) as store:
        assert store.generation() > 0
        assert store.notes() == []
        assert [framework.removed_at is None for framework in store.own_frameworks()] == [False]
    running = next(run for run in cache.store().runs() if run.status == "running")
    assert operator_actions.cancel(running.id, TOKEN).cancel_requested
    cache.forget()


FORBIDDEN = [
    "DROP TABLE observation",
    "TRUNCATE revision",
    "CREATE TABLE mine (id int)",
    "ALTER TABLE run DISABLE ROW LEVEL SECURITY",
    "UPDATE observation SET value = 2",
    "DELETE FROM observation",
    "INSERT INTO revision (series, period, period_end, payload, until) VALUES (1, 0, 0, 1, now())",
    "UPDATE payload SET sha256 = ''",
    "UPDATE lease SET token = 9",
    "DELETE FROM run",
    "UPDATE run SET new = 5",
    "UPDATE run SET status = 'ok'",
    "INSERT INTO framework (id, title, origin) VALUES ('x', 'X', 'catalog')",
    "INSERT INTO event (framework, day, kind, title, url) VALUES ('flask', 1, 'release', '9', '')",
    "UPDATE store SET format = ''",
    "DELETE FROM alert",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_it_can_do_nothing_else(url: str, statement: str) -> None:
    engine = connect(parse(url))
    with pytest.raises(StoreError) as caught, writing(engine) as conn:
        conn.exec_driver_sql(statement)
    engine.dispose()
    assert isinstance(caught.value, StoreReadOnly)
    assert "check its grants" in str(caught.value)


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM event", "UPDATE framework SET title = 'Mine', origin = 'own'", "DELETE FROM event WHERE id = 1"],
)
def test_of_a_table_it_shares_it_touches_its_own_rows_alone(url: str, statement: str) -> None:
    engine = connect(parse(url))
    with writing(engine) as conn:
        assert conn.exec_driver_sql(statement).rowcount == 0
    engine.dispose()


def test_a_user_that_is_not_there_is_named(postgresql_url: str) -> None:
    with pytest.raises(StoreForeign, match="no user 'nobody'"):
        grant_dashboard(postgresql_url, "nobody")


def test_a_file_has_no_users(sqlite_url: str) -> None:
    with pytest.raises(StoreForeign, match="leave --dashboard-user out"):
        grant_dashboard(sqlite_url, "uptake_dashboard")
