"""The feed is what RFC 4287 asks for, the same bytes for the same store, and harmless whatever its texts say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from migrations import migrate
from storage import KeptAlert, NewAlert, Store
from tests.support.serving import Server, serving
from uptake.alerts.feed import ATOM, MEDIA, alerts_json, atom, headline

BASE = "https://uptake.example.org"
FOUND = datetime(2026, 10, 20, 12, 30, 15, 999, tzinfo=UTC)
TEXT = "Django passed Flask in GitHub stars between 2026-10-19 and 2026-10-20; it led by 5. Robust: all."
QUERY = "/api/v1/compare.json?a=django&b=flask&on=2026-10-20"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def kept(n: int = 1, text: str = TEXT, kind: str = "overtake", query: str = QUERY) -> KeptAlert:
    key = f"overtake:stars:django:flask:2026-10-19/2026-10-{20 + n}"
    return KeptAlert(key, kind, date(2026, 10, 20), FOUND.replace(day=20 + n), text, query, False, None, "")


def parsed(body: bytes) -> ET.Element:
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    return ET.fromstring(body)


def text_of(element: ET.Element, name: str) -> str:
    [found] = element.findall(f"{{{ATOM}}}{name}")
    assert found.text
    return found.text


def check_atom(body: bytes, entries: int) -> ET.Element:
    """What RFC 4287 demands of a feed and its entries (4.1.1, 4.1.2), and of the constructs they are made of."""
    feed = parsed(body)
    assert feed.tag == f"{{{ATOM}}}feed"
    found = feed.findall(f"{{{ATOM}}}entry")
    assert len(found) == entries
    for element in (feed, *found):
        assert urlsplit(text_of(element, "id")).scheme == "tag"
        assert text_of(element, "title")
        assert RFC3339.fullmatch(text_of(element, "updated"))
    assert text_of(feed.find(f"{{{ATOM}}}author") or feed, "name") == "Uptake"  # 4.1.1: it holds for every entry
    ids = [text_of(entry, "id") for entry in found]
    assert len(set(ids)) == len(ids)
    relations = [link.get("rel") for link in feed.findall(f"{{{ATOM}}}link")]
    assert relations == ["self", "alternate"]
    for entry in found:
        [link] = entry.findall(f"{{{ATOM}}}link")
        assert link.get("rel") == "alternate"
        assert urlsplit(link.get("href", "")).scheme in ("http", "https")
        [content] = entry.findall(f"{{{ATOM}}}content")
        assert content.get("type") == "text"
        assert len(content) == 0  # 4.1.3.3: of type text it has no children
        assert entry.find(f"{{{ATOM}}}category") is not None
    known = {f"{{{ATOM}}}{name}" for name in ("id", "title", "updated", "link", "author", "entry")}
    assert {child.tag for child in feed} <= known
    return feed


def test_a_feed_is_what_the_standard_asks_for() -> None:
    feed = check_atom(atom([kept(2), kept(1)], BASE, "uptake.example.org"), 2)
    assert text_of(feed, "updated") == "2026-10-22T12:30:15Z"
    entry = feed.findall(f"{{{ATOM}}}entry")[1]
    assert text_of(entry, "id") == (
        "tag:uptake.example.org,2026:uptake/alerts/overtake:stars:django:flask:2026-10-19/2026-10-21"
    )
    assert text_of(entry, "title") == (
        "Overtake: Django passed Flask in GitHub stars between 2026-10-19 and 2026-10-20"
    )
    assert text_of(entry, "content") == TEXT
    [link] = entry.findall(f"{{{ATOM}}}link")
    assert link.get("href") == f"{BASE}/head-to-head?a=django&b=flask&on=2026-10-20&by=stars"


def test_the_same_alerts_give_the_same_bytes_and_an_empty_feed_is_one() -> None:
    assert atom([kept(1)], BASE) == atom([kept(1)], BASE)
    assert atom([], BASE) == atom([], BASE)
    feed = check_atom(atom([], BASE), 0)
    assert text_of(feed, "updated") == "1970-01-01T00:00:00Z"


def test_names_do_not_change_with_the_address_it_is_read_at() -> None:
    here, there = (parsed(atom([kept()], base)) for base in ("http://127.0.0.1:8501", "http://uptake.lan"))
    entries = [feed.find(f"{{{ATOM}}}entry") for feed in (here, there)]
    assert len({text_of(entry, "id") for entry in entries if entry is not None}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> & ]]> &amp; \"'",
        "null \x00, bell \x07, escape \x1b[31m, lone surrogate \ud800, not a character \ufffe, emoji 🎉",
        "\u202eright to left",
        "x" * 100_000,
    ],
)
def test_a_hostile_text_is_text(text: str) -> None:
    feed = check_atom(atom([kept(text=text, query='/api/v1/compare.json?a="><x>&b=\x00')], BASE), 1)
    said = text_of(feed.findall(f"{{{ATOM}}}entry")[0], "content")
    if text.isprintable() and text.isascii():
        assert said == text
    assert not feed.findall(".//script")


def test_a_headline_is_the_first_clause() -> None:
    assert headline(TEXT) == "Django passed Flask in GitHub stars between 2026-10-19 and 2026-10-20"
    assert headline("Flask reached 5,000.") == "Flask reached 5,000"
    assert headline("FastAPI 0.9.1 did so. Then more.") == "FastAPI 0.9.1 did so"


# -- over HTTP ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("feed")
    url = f"sqlite:///{folder / 'uptake.db'}"
    migrate(url)
    with Store.open(url) as store:
        for n in (1, 2):
            alert = kept(n)
            store.note_alerts(
                [
                    NewAlert(alert.key, "overtake", alert.happened, TEXT, QUERY, silent=False),
                    NewAlert(f"{alert.key}-silent", "overtake", alert.happened, TEXT, QUERY, silent=True),
                ],
                alert.found_at,
            )
        store.mark_sent(kept(1).key, None, "receiver 1 (json): It answered with status 500.")
    with serving(url, folder) as running:
        yield running


def test_the_dashboard_serves_the_feed_and_says_when_it_is_known(server: Server) -> None:
    first = server.get("/api/v1/alerts.atom")
    assert (first.status, first.headers["content-type"]) == (200, MEDIA)
    feed = check_atom(first.body, 2)
    assert feed.findall(f"{{{ATOM}}}link")[0].get("href") == f"{server.url}/api/v1/alerts.atom"
    again = server.get("/api/v1/alerts.atom", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert server.get("/api/v1/alerts.atom").body == first.body
    assert server.get("/api/v1/alerts.atom?since=2026").status == 400


def test_the_json_says_the_same_and_no_failure_of_ours(server: Server) -> None:
    answer = server.get("/api/v1/alerts.json").json
    assert answer == alerts_json([kept(2), kept(1)])
    assert "status 500" not in str(answer)
    loud = server.get("/api/v1/alerts.json?limit=1").json["alerts"]
    both = server.get("/api/v1/alerts.json?silent=1").json["alerts"]
    assert isinstance(loud, list)
    assert isinstance(both, list)
    assert (len(loud), len(both)) == (1, 4)
    for wrong in ("limit=0", "limit=x", "limit=99999999999", "silent=yes", "kind=stale"):
        refused = server.get(f"/api/v1/alerts.json?{wrong}")
        assert refused.status == 400
        assert "error" in refused.json


def test_a_public_address_is_in_every_link_and_name(sqlite_url: str, tmp_path: Path) -> None:
    with Store.open(sqlite_url) as store:
        store.note_alerts([NewAlert(kept().key, "overtake", date(2026, 10, 20), TEXT, QUERY, silent=False)], FOUND)
    with serving(sqlite_url, tmp_path, UPTAKE_PUBLIC_URL=BASE) as running:
        feed = check_atom(running.get("/api/v1/alerts.atom").body, 1)
    links = [link.get("href", "") for link in feed.iter(f"{{{ATOM}}}link")]
    assert len(links) == 3
    assert all(link.startswith(BASE) for link in links)
    assert text_of(feed, "id") == "tag:uptake.example.org,2026:uptake/alerts"
