"""The HTTP API and the guard, over real sockets against the real process."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import socket
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from answers.json_and_csv import csv_chunks
from answers.questions import Question
from answers.wording import day
from catalog import load
from dashboard import cache, links
from storage import Store
from tests.support.planting import ran
from tests.support.serving import COUNTRIES, ROOT, Server, copied, serving

COLUMNS = "framework,metric,dimension,period,period_end,value,base,low,high,status,source,retrieved_at,caveats"


def test_series_csv_has_the_columns_and_the_almanacs_figures(deep_server: Server) -> None:
    answer = deep_server.get("/api/v1/series.csv?metric=stars&framework=django,flask&since=2020-09-25&until=2020-09-27")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = answer.body.decode().split("\n")
    assert lines[0] == COLUMNS
    assert lines[-1] == ""
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    seen = {(row["framework"], row["period"]): row["value"] for row in rows if row["status"] == "final"}
    assert seen["django", "2020-09-25"] == "52108"
    assert seen["flask", "2020-09-25"] == "52112"
    assert seen["django", "2020-09-27"] == "52222"
    assert seen["flask", "2020-09-27"] == "52144"
    assert all(row["source"].startswith("almanac:") for row in rows if row["value"])


def test_repeated_and_comma_separated_frameworks_are_the_same_question(deep_server: Server) -> None:
    one = deep_server.get("/api/v1/series.csv?metric=stars&framework=flask&framework=django")
    other = deep_server.get("/api/v1/series.csv?metric=stars&framework=flask,django")
    assert one.body == other.body


def test_page_api_and_export_give_the_same_bytes(
    deep_server: Server, deep_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPTAKE_DATABASE_URL", deep_store)
    cache.forget()
    try:
        for question, flags in (
            (Question("stars", ("flask", "django", "fastapi")), []),
            (Question("downloads_pip_30d", ("flask",)), []),
            (Question("so_worked_with", ("flask", "fastapi")), []),
            (Question("stars", ("flask", "django"), view="gained"), ["--view", "gained"]),
        ):
            page = b"".join(csv_chunks(cache.series(question)))
            file = tmp_path / "export.csv"
            named = [part for name in question.frameworks for part in ("--framework", name)]
            command = [sys.executable, "-m", "uptake", "export", question.metric, *named, *flags, "-o", str(file)]
            subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
            assert page.count(b"\n") > 5
            assert deep_server.get(links.api(question, "csv")).body == page
            assert file.read_bytes() == page
    finally:
        cache.forget()


def test_series_json_says_the_same_with_provenance(deep_server: Server) -> None:
    answer = deep_server.get("/api/v1/series.json?metric=so_worked_with&framework=flask").json
    rows = answer["rows"]
    assert isinstance(rows, list)
    by_year = {row["period"][:4]: row for row in rows}
    assert by_year["2018"]["status"] == "not_asked"
    assert by_year["2018"]["value"] is None
    assert by_year["2019"]["low"] < by_year["2019"]["value"] < by_year["2019"]["high"]
    assert answer["caveats"]
    assert answer["sources"]


def test_parquet_and_package_hold_the_rows_of_the_csv(deep_server: Server) -> None:
    asked = "metric=downloads_all_by_country&framework=flask&dimension=country=*"
    rows = list(csv.DictReader(io.StringIO(deep_server.get(f"/api/v1/series.csv?{asked}").body.decode())))
    assert len(rows) == 10 * len(COUNTRIES)
    answer = deep_server.get(f"/api/v1/series.parquet?{asked}")
    table = pq.read_table(io.BytesIO(answer.body))
    assert table["value"].to_pylist() == [float(row["value"]) for row in rows]
    assert b"CC BY 4.0" in table.schema.metadata[b"uptake"]
    assert answer.headers["content-disposition"].endswith('filename="uptake-downloads_all_by_country.parquet"')
    packed = zipfile.ZipFile(io.BytesIO(deep_server.get(f"/api/v1/series.zip?{asked}").body))
    assert packed.read("data/downloads_all_by_country.csv") == deep_server.get(f"/api/v1/series.csv?{asked}").body
    assert json.loads(packed.read("datapackage.json"))["resources"][0]["uptake"]["caveats"]


def test_every_value_of_a_key_one_value_and_parts(deep_server: Server) -> None:
    def values(asked: str) -> dict[str, float]:
        body = deep_server.get(
            f"/api/v1/series.csv?metric=downloads_all_by_country&framework=flask&since=2026-10-01&{asked}"
        ).body
        rows = csv.DictReader(io.StringIO(body.decode()))
        return {row["dimension"]: float(row["value"]) for row in rows}

    assert values("dimension=country=DE") == {"country=DE": 1000.0}
    assert values("dimension=region=united-states") == {"region=united-states": 1200.0}
    assert sum(values("dimension=country=*&view=part").values()) == pytest.approx(1.0)
    assert values("dimension=country=DE&view=part")["country=DE"] == pytest.approx(1000 / 7800)


def test_a_number_is_traced_to_its_answer(deep_server: Server) -> None:
    found = deep_server.get("/api/v1/trace.json?metric=downloads_all&framework=flask&period=2026-09-01").json
    payload, run, revisions = found["payload"], found["run"], found["revisions"]
    assert isinstance(payload, dict)
    assert isinstance(run, dict)
    assert isinstance(revisions, list)
    assert found["value"] == 41_001
    assert payload["sha256"] == hashlib.sha256(b"answer 41001").hexdigest()
    assert (payload["size"], payload["preview"]) == (12, "answer 41001")
    assert (run["trigger"], run["status"]) == ("schedule", "ok")
    assert [said["value"] for said in revisions] == [41_000]


def test_events_are_listed(deep_server: Server) -> None:
    found = deep_server.get("/api/v1/events.json?framework=flask").json["events"]
    assert isinstance(found, list)
    told = {(event["kind"], event["title"]) for event in found}
    assert {("release", "3.1.0"), ("prerelease", "3.1.0rc1")} <= told
    assert any(kind == "break" for kind, _ in told)


def test_overtakes_date_the_fact(deep_server: Server) -> None:
    answer = deep_server.get("/api/v1/compare.json?a=flask&b=django&on=2020-11-25").json
    entries = answer["entries"]
    assert isinstance(entries, list)
    stars = next(entry for entry in entries if entry["metric"] == "stars")
    assert (stars["leader"], stars["last_before"], stars["first_after"]) == ("django", "2020-09-25", "2020-09-27")
    downloads = next(entry for entry in entries if entry["metric"] == "downloads_pip_30d")
    assert downloads["leader"] == "flask"
    assert {"verdict", "lead", "held", "caveats"} <= set(stars)


def test_metrics_and_frameworks_are_listed(deep_server: Server) -> None:
    metrics = deep_server.get("/api/v1/metrics.json").json["metrics"]
    frameworks = deep_server.get("/api/v1/frameworks.json").json["frameworks"]
    assert isinstance(metrics, list)
    assert isinstance(frameworks, list)
    assert {"stars", "downloads_no_mirrors", "so_worked_with", "pds_use"} <= {metric["id"] for metric in metrics}
    assert all(metric["badge"] and metric["caveats"] and metric["does_not_measure"] for metric in metrics)
    assert len(frameworks) == 18


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/api/v1/series.csv", 400, "metric"),
        ("/api/v1/series.zip?metric=starz", 400, "stars"),
        ("/api/v1/series.parquet?metric=stars&view=part", 400, "part"),
        ("/api/v1/trace.json?metric=stars&framework=flask", 400, "period"),
        ("/api/v1/trace.json?metric=stars&framework=flask&period=1999-01-01", 400, "There is no figure of"),
        ("/api/v1/events.json?framework=flaskk", 400, "flask"),
        ("/api/v1/series.csv?metric=starz", 400, "stars"),
        ("/api/v1/series.csv?metric=stars&framework=flaks", 400, "flask"),
        (
            "/api/v1/series.csv?metric=stars&since=2021-01-01&until=2020-01-01",
            400,
            "1 January 2021 is after 1 January 2020",
        ),
        ("/api/v1/series.csv?metric=stars&since=yesterday", 400, "since"),
        ("/api/v1/series.csv?metric=stars&as_of=never", 400, "as_of"),
        ("/api/v1/series.csv?metric=stars&view=sideways", 400, "sideways"),
        ("/api/v1/series.csv?metric=so_worked_with&view=gained", 400, ""),
        ("/api/v1/series.csv?metric=stars&metric=forks", 400, "more than once"),
        ("/api/v1/series.csv?metric=stars&frameworks=flask", 400, "frameworks"),
        ("/api/v1/series.csv?metric=stars&framework=" + "x," * 3000, 400, "longer"),
        ("/api/v1/compare.json?a=flask", 400, "b"),
        ("/api/v1/compare.json?a=flask&b=djanko", 400, "django"),
        ("/api/v1/series.xml?metric=stars", 404, "nothing"),
        ("/api/nothing", 404, "nothing"),
    ],
)
def test_a_bad_question_gets_one_sentence(deep_server: Server, path: str, status: int, word: str) -> None:
    answer = deep_server.get(path)
    assert answer.status == status
    sentence = answer.json["error"]
    assert isinstance(sentence, str)
    assert word in sentence
    assert "\n" not in sentence
    assert "Traceback" not in sentence


@pytest.mark.parametrize(
    "evil", ["' OR 1=1 --", "stars; DROP TABLE observation", "../../x", "\x00", "💥" * 50, "=cmd|' /C calc'!A0"]
)
def test_hostile_values_are_only_values(deep_server: Server, deep_store: str, evil: str) -> None:
    with Store.open(deep_store, read_only=True) as store:
        before = store.generation()
        for name in ("metric", "framework", "dimension", "since", "as_of", "view"):
            ask = {"metric": "stars", name: evil}
            query = "&".join(f"{key}={quote(value)}" for key, value in ask.items())
            assert deep_server.get(f"/api/v1/series.csv?{query}").status == 400
        assert store.generation() == before


def test_writing_methods_are_refused(deep_server: Server) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert deep_server.get("/api/v1/series.csv?metric=stars", method).status == 405


def test_health(deep_server: Server) -> None:
    answer = deep_server.get("/healthz")
    assert (answer.status, answer.json["status"]) == (200, "ok")
    assert deep_server.get("/healthz?fresh=0").status == 200
    assert deep_server.get("/healthz?fresh=true").status == 400
    assert deep_server.get("/prometheus").status == 404  # nobody asked for it


def test_health_is_red_while_figures_are_stale(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path) as server, Store.open(sqlite_url) as store:
        never = server.get("/healthz?fresh=1")
        assert (never.status, never.json["status"]) == (503, "stale")
        assert str(never.json["error"]).startswith("No source has been reached yet")
        now = datetime.now(UTC)
        for source in load().sources.values():
            if source.setting and not source.needs and source.id != "pypistats":
                ran(store, source.id, now)
        ran(store, "pypistats", now, newest=now.date() - timedelta(days=88))
        stale = server.get("/healthz?fresh=1")
        assert (stale.status, stale.json["status"]) == (503, "stale")
        newest = day(now.date() - timedelta(days=88))
        assert stale.json["error"] == f"PyPI Stats is late, with data up to {newest}."
        assert server.get("/healthz").status == 200
        ran(store, "pypistats", now)
        fresh = server.get("/healthz?fresh=1")
        assert (fresh.status, fresh.json["status"]) == (200, "ok")


def test_a_foreign_host_name_is_refused(deep_server: Server) -> None:
    for host in ("evil.example", "evil.example:8501", "127.0.0.1.evil.example", "localhost.evil", ""):
        for path in ("/", "/healthz", "/api/v1/metrics.json", "/_stcore/health"):
            assert deep_server.get(path, headers={"Host": host}).status == 400
    for host in ("localhost", f"127.0.0.1:{deep_server.port}", "LOCALHOST:1", "[::1]:8501"):
        assert deep_server.get("/healthz", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    ("host", "origin", "opened"),
    [
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}", True),
        ("evil.example", "http://evil.example", False),
        ("127.0.0.1:{port}", "http://evil.example", False),
    ],
)
def test_a_rebound_or_foreign_socket_is_refused(deep_server: Server, host: str, origin: str, opened: bool) -> None:
    host, origin = host.format(port=deep_server.port), origin.format(port=deep_server.port)
    request = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Protocol: streamlit\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", deep_server.port), 10) as line:
        line.sendall(request.encode())
        status = line.recv(64).split(b" ")[1]
    assert (status == b"101") is opened


def test_every_answer_carries_the_security_headers(deep_server: Server) -> None:
    for path in ("/", "/healthz", "/api/v1/metrics.json", "/api/nothing"):
        headers = deep_server.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "http" not in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["metrics", "agent/interact", "agent/openapi.json", "agent/mcp", "upload_file/x/y"])
def test_what_streamlit_leaves_open_is_closed(deep_server: Server, path: str) -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        assert deep_server.get(f"/_stcore/{path}", method).status == 404
    assert b"# TYPE" not in deep_server.get(f"//_stcore/{path}").body


@pytest.mark.parametrize(
    "path",
    [
        "/..%2f..%2fetc/passwd",
        "/%5c%5chost%5cshare",
        "//etc/passwd",
        "/api/v1/../../etc/passwd",
        "/static/../../../etc/passwd",
        "/app/static/x",
    ],
)
def test_paths_do_not_leave_their_folder(deep_server: Server, path: str) -> None:
    answer = deep_server.get(path)
    assert b"root:" not in answer.body
    assert answer.status in (400, 404) or answer.headers["content-type"].startswith("text/html")


def test_no_store_is_one_sentence_and_503(full_store: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'absent' / 'uptake.db'}"
    with serving(url, tmp_path) as running:
        for path in ("/healthz", "/api/v1/series.csv?metric=stars"):
            answer = running.get(path)
            assert answer.status == 503
            assert isinstance(answer.json["error"], str)
        assert not (tmp_path / "absent").exists()
        # It appears: the same process serves it.
        (tmp_path / "absent").mkdir()
        copied(full_store, tmp_path / "absent")
        assert running.get("/healthz").status == 200
