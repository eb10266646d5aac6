"""pypistats.org: both ways of counting, every day it still knows, and an empty list that is never zero."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import stamina

from catalog import load
from collectors import Access, collect_source
from collectors._runtime.names import normalised
from storage import Run, Store
from tests.support.upstream import FakeClock, Rule, Upstream, instead, recorded, status

DAYS = [date(2026, 11, day) for day in (18, 19, 20, 21)]


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def pypistats() -> Iterator[Upstream]:
    with Upstream.of("pypistats") as started:
        yield started


def collect(store: Store, upstream: Upstream, clock: FakeClock | None = None, **window: Any) -> Run:
    clock = clock or FakeClock()
    run = store.start_run("pypistats", trigger="cli", now=clock.now(), **{"frameworks": ["flask"], **window})
    access = Access(upstream.url, max_wait_s=100.0)
    return collect_source(store, load(), "pypistats", run, access=access, clock=clock, holder="test")


def told(stream: str) -> dict[tuple[str, str], int]:
    """What the record says: (category, date) to downloads."""
    exchange = next(e for e in recorded("pypistats") if e.path == f"/api/packages/flask/{stream}")
    return {(p["category"], p["date"]): p["downloads"] for p in exchange.body["data"]}


def stored(store: Store, metric: str) -> dict[tuple[str, str], float]:
    frame = store.read(metric, ["flask"], dimension=None)
    return {(row["dimension"], str(row["period"].date())): row["value"] for row in frame.to_dict("records")}


def test_both_ways_of_counting_come_from_one_request(store: Store, pypistats: Upstream) -> None:
    assert collect(store, pypistats).status == "ok"
    assert [seen.path for seen in pypistats.log] == [
        f"/api/packages/flask/{s}" for s in ("overall", "python_minor", "system")
    ]
    for metric, category in (("downloads_no_mirrors", "without_mirrors"), ("downloads_with_mirrors", "with_mirrors")):
        assert stored(store, metric) == {("", day): n for (c, day), n in told("overall").items() if c == category}


@pytest.mark.parametrize(
    ("stream", "key", "metric"),
    [
        ("python_minor", "python", "downloads_no_mirrors_by_python"),
        ("system", "system", "downloads_no_mirrors_by_system"),
    ],
)
def test_categories_become_dimensions_and_null_is_unknown(
    store: Store, pypistats: Upstream, stream: str, key: str, metric: str
) -> None:
    collect(store, pypistats)
    wanted = {(f"{key}={c.replace('null', 'unknown')}", day): n for (c, day), n in told(stream).items()}
    assert stored(store, metric) == wanted
    assert any(dimension == f"{key}=unknown" for dimension, _ in wanted)


def test_corrected_day_is_a_revision_and_a_lost_day_stays(store: Store, pypistats: Upstream) -> None:
    clock = FakeClock()
    collect(store, pypistats, clock)

    def corrected(body: dict[str, Any]) -> dict[str, Any]:
        points = [p for p in body["data"] if p["date"] != "2026-11-18"]
        return {**body, "data": [{**p, "downloads": 5} if p["date"] == "2026-11-19" else p for p in points]}

    pypistats.rules = [Rule("overall", instead(corrected))]
    clock.passed += 86_400
    run = collect(store, pypistats, clock)
    assert (run.new, run.revised) == (0, 2)
    values = stored(store, "downloads_no_mirrors")
    assert values["", "2026-11-19"] == 5
    assert values["", "2026-11-18"] == told("overall")["without_mirrors", "2026-11-18"]


def test_day_that_is_missing_is_missing(store: Store, pypistats: Upstream) -> None:
    pypistats.rules = [Rule("", instead(lambda b: {**b, "data": [p for p in b["data"] if p["date"] != "2026-11-19"]}))]
    collect(store, pypistats)
    assert {day for _, day in stored(store, "downloads_no_mirrors")} == {"2026-11-18", "2026-11-20", "2026-11-21"}


def test_true_zero_is_a_number(sqlite_store: Store, pypistats: Upstream) -> None:
    pypistats.rules = [Rule("overall", instead(lambda b: {**b, "data": [{**p, "downloads": 0} for p in b["data"]]}))]
    assert collect(sqlite_store, pypistats).status == "ok"
    assert set(stored(sqlite_store, "downloads_no_mirrors").values()) == {0.0}


def _each(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], Any]:
    return lambda body: {**body, "data": [change(point) for point in body["data"]]}


CHANGES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no data": (lambda b: {**b, "data": []}, "empty"),
    "one category only": (
        lambda b: {**b, "data": [p for p in b["data"] if p["category"] == "with_mirrors"]},
        "changed",
    ),
    "category renamed": (_each(lambda p: {**p, "category": p["category"].replace("_", "-")}), "changed"),
    "told twice": (lambda b: {**b, "data": b["data"] + b["data"][:1]}, "changed"),
    "tomorrow": (_each(lambda p: {**p, "date": "2026-11-23"}), "changed"),
    "more than its memory": (lambda b: {**b, "data": [*b["data"], {**b["data"][0], "date": "2020-01-01"}]}, "changed"),
    "not a date": (_each(lambda p: {**p, "date": "2026-11-31"}), "changed"),
    "other package": (lambda b: {**b, "package": "django"}, "changed"),
    "other type": (lambda b: {**b, "type": "system_downloads"}, "changed"),
    "data is no list": (lambda b: {**b, "data": {"last_day": 5}}, "changed"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_answer_that_is_not_what_it_was_is_refused(sqlite_store: Store, pypistats: Upstream, change: str) -> None:
    spoil, kind = CHANGES[change]
    pypistats.rules = [Rule("overall", instead(spoil))]
    run = collect(sqlite_store, pypistats)
    assert [(f.stream, f.kind) for f in run.failures] == [("overall", kind)]
    assert stored(sqlite_store, "downloads_no_mirrors") == {}
    assert stored(sqlite_store, "downloads_no_mirrors_by_system") != {}


@pytest.mark.parametrize(("stream", "category"), [("system", "BeOS"), ("python_minor", "three"), ("python_minor", "")])
def test_new_category_is_not_guessed(sqlite_store: Store, pypistats: Upstream, stream: str, category: str) -> None:
    pypistats.rules = [Rule(stream, instead(_each(lambda p: {**p, "category": category})))]
    assert [f.kind for f in collect(sqlite_store, pypistats).failures] == ["changed"]


def test_html_limit_without_any_header_waits_a_minute(sqlite_store: Store, pypistats: Upstream) -> None:
    clock = FakeClock()
    pypistats.rules = [Rule("", status(429, '<a href="/api/#etiquette">429 RATE LIMIT EXCEEDED</a>'), times=1)]
    assert collect(sqlite_store, pypistats, clock).status == "ok"
    assert clock.passed >= 60


def test_requests_keep_two_seconds_apart(sqlite_store: Store, pypistats: Upstream) -> None:
    clock = FakeClock()
    collect(sqlite_store, pypistats, clock, frameworks=["django", "flask"])
    assert clock.passed >= 10.0


def test_window_keeps_only_its_days_and_does_not_pass_for_the_whole(sqlite_store: Store, pypistats: Upstream) -> None:
    part = collect(sqlite_store, pypistats, since=date(2026, 11, 19), until=date(2026, 11, 20))
    assert part.status == "ok"
    assert {day for _, day in stored(sqlite_store, "downloads_no_mirrors")} == {"2026-11-19", "2026-11-20"}
    collect(sqlite_store, pypistats)
    assert {day for _, day in stored(sqlite_store, "downloads_no_mirrors")} == {str(day) for day in DAYS}


def test_forgotten_days_are_refused_without_a_request(sqlite_store: Store, pypistats: Upstream) -> None:
    run = collect(sqlite_store, pypistats, since=date(2020, 1, 1))
    assert {f.kind for f in run.failures} == {"forgotten"}
    assert re.search(r"nothing before 2026-05-\d\d", run.failures[0].message)
    assert pypistats.log == []


@pytest.mark.parametrize(
    ("name", "sent"), [("Flask", "flask"), ("zope.interface", "zope-interface"), ("A__b.-C", "a-b-c")]
)
def test_names_are_sent_as_the_index_compares_them(name: str, sent: str) -> None:
    assert normalised(name) == sent
