"""X01, X02: lists of hostile paths and of SQL, each of them on every route."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from dashboard.api.handlers import routes
from storage import Store
from tests.faults.long.crowd import visited
from tests.support.serving import Server

pytestmark = pytest.mark.fault

# -------------------------------------------------------------------- X01

FILE = "etc/passwd"
CLIMBING = (
    "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..\\", "..%5c", "%2e%2e%5c", "%252e%252e%255c",
    "..;/", "..%00/", "....//", "....\\/", "..%c0%af", "..%e0%80%af", "..%ef%bc%8f", "%c0%ae%c0%ae/", ".%2e/",
    "%2e./", "..//", "./../", "..%0d%0a/", "..?/", "..#/", "%u002e%u002e/",
)  # fmt: skip
PATHS = (
    *(f"{up * 8}{FILE}" for up in CLIMBING),
    f"/{FILE}", f"//{FILE}", f"///{FILE}", f"%2f{FILE}", f"%2f%2f{FILE}", f"file:///{FILE}", f"file:%2f%2f%2f{FILE}",
    "\\\\host\\share\\x", "%5c%5chost%5cshare%5cx", "//host/share/x", "//?/C:/windows/win.ini", "C:/windows/win.ini",
    "C:%5cwindows%5cwin.ini", "proc/self/environ", f"{'../' * 8}proc/self/environ", "..%2f..%2fpyproject.toml",
    "..%2fapp.py", "con", "nul.txt", ".git/config", ".env", f"{FILE}%00.html", f"{FILE}::$DATA", "%",
    "a" * 8000, "%00",
)  # fmt: skip
FOLDERS = (
    "", "api/", "api/v1/", "api/v1/series.csv/", "embed/", "healthz/", "prometheus/", "static/", "static/js/",
    "app/static/", "media/", "component/", "component/x/", "_stcore/", "_stcore/upload_file/", "_stcore/stream/",
    "_stcore/bidi-components/", "trends/", "styles/",
)  # fmt: skip
OF_A_FILE = (b"root:x:", b"[fonts]", b"PATH=", b"[project]", b"def harden", b"SQLite format 3", b"[core]")


@pytest.mark.parametrize("folder", FOLDERS)
def test_x01_no_path_leads_out_of_any_route(deep_server: Server, folder: str) -> None:
    """What is no route is the page that looks its address up in the browser, the same for every path, or an error."""
    assert len(PATHS) > 40
    page = deep_server.get("/").body
    for path in PATHS:
        answer = deep_server.get(f"/{folder}{path}")
        assert not [sign for sign in OF_A_FILE if sign in answer.body], path
        assert answer.status in (400, 403, 404, 405, 414) or answer.body == page or _moved(answer.headers), (
            path,
            answer.status,
            answer.body[:100],
        )


def _moved(headers: object) -> bool:
    """Whether an address is only sent to another of the same server."""
    assert isinstance(headers, dict)
    to = str(headers.get("location", ""))
    return to.startswith(("/", "http://127.0.0.1")) and not to.startswith("//")


# -------------------------------------------------------------------- X02

SQL = (
    "'", '"', "`", "\\", "';", "' OR '1'='1", "' OR 1=1 --", "' OR 1=1 #", "') OR ('1'='1", "1 OR 1=1",
    "' UNION SELECT 1,2,3,4,5,6 --", "' UNION SELECT sql,1,1 FROM sqlite_master --", "'; DROP TABLE observation; --",
    "'; DELETE FROM payload WHERE '1'='1", "'; UPDATE observation SET value=0 --", "'; ATTACH DATABASE 'x' AS x --",
    "1; PRAGMA writable_schema=1", "' AND randomblob(1000000000) --", "' AND load_extension('/tmp/x') --",
    "%", "_", "%%", "\\%", "*", "[a-z]*", "(SELECT CASE WHEN 1 THEN 1 ELSE load_extension(1) END)",
    "'||(SELECT hex(body) FROM payload LIMIT 1)||'", "1 ORDER BY 99", "stars, (SELECT 1)", "value DESC; --",
    "'; SELECT pg_sleep(9) --", "$$; COPY x FROM PROGRAM 'id'; $$", '{"$ne": null}', "{{7*7}}", "${7*7}",
    "\x00", "😀' --", "'/**/OR/**/1=1", "0x27204f5220313d31",
    "9223372036854775808", "-1", "1e999", "NaN", "null", "stars' COLLATE NOCASE --",
)  # fmt: skip
PARAMETERS = (
    "metric", "framework", "dimension", "since", "until", "as_of", "view", "period", "first", "second", "by", "on",
    "text", "source", "year", "question", "region", "x", "y", "rival", "range", "kind", "title", "theme", "fresh",
)  # fmt: skip
OF_A_DATABASE = (b"Traceback", b"sqlite3", b"OperationalError", b"syntax error", b"unrecognized token", b"SELECT ")
ROUTES = sorted({route.path for route in routes() if "{" not in getattr(route, "path", "{")})  # type: ignore[attr-defined]  # a Route has one


def digest(url: str) -> str:
    """Of everything in a store, and of what tables there are."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw:
        return hashlib.sha256("\n".join(raw.iterdump()).encode()).hexdigest()


@pytest.fixture(scope="module")
def unchanged(deep_store: str) -> Iterator[None]:
    """The store after all of it is what it was."""
    before = digest(deep_store)
    yield
    assert digest(deep_store) == before


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("route", ROUTES)
def test_x02_sql_in_any_parameter_is_only_a_value(deep_server: Server, route: str) -> None:
    """Each statement in one parameter, the next one in the next, beside a question that can be answered."""
    for number, evil in enumerate(SQL):
        asked = {"metric": "stars", "framework": "flask", PARAMETERS[number % len(PARAMETERS)]: evil}
        answer = deep_server.get(f"{route}?{urlencode(asked, quote_via=quote)}")
        assert answer.status in (200, 400, 403, 404), (evil, answer.status, answer.body[:200])
        assert not [sign for sign in OF_A_DATABASE if sign in answer.body and sign.decode() not in evil], evil


PAGES = (
    "",
    "trends",
    "head-to-head",
    "agreement",
    "anomalies",
    "forecast",
    "metrics",
    "surveys",
    "collection",
    "events",
)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("page", "evil"), [(page, SQL[(7 * n + 5) % len(SQL)]) for n, page in enumerate(PAGES)])
def test_x02_sql_in_the_address_of_a_page_is_only_a_value(deep_server: Server, page: str, evil: str) -> None:
    session = visited(deep_server, page, urlencode(dict.fromkeys(PARAMETERS, evil)))
    assert session.finished
    assert not [sign for sign in OF_A_DATABASE if sign in session.sent and sign.decode() not in evil]


NAMES = some.one_of(some.sampled_from(SQL), some.text(max_size=40))


def test_x02_whatever_a_name_is_the_store_reads_nothing_by_it(deep_store: str) -> None:
    @settings(max_examples=200, database=None)
    @given(metric=NAMES, framework=NAMES, dimension=NAMES)
    def ask(metric: str, framework: str, dimension: str) -> None:
        assert store.read(metric, [framework], dimension=dimension).empty
        assert store.trace(metric, framework, dimension, date(2026, 1, 1)) is None
        assert store.cursor(metric, framework, dimension) == {}
        assert store.runs(5, framework) == []

    with Store.open(deep_store, read_only=True) as store:
        ask()
