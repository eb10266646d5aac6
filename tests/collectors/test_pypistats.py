"""pypistats.org: both ways of counting, every day it still knows, and an empty list that is never zero."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import stamina

from catalog import load
from collectors import Access, collect_source
from collectors._runtime.names import normalised
from storage import Run, Store
from tests.support.upstream import Action, FakeClock, Rule, Upstream, instead, recorded, status
from uptake.verify import verify

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


def test_corrected_day_is_a_revision_and_so_is_a_withdrawn_one(store: Store, pypistats: Upstream) -> None:
    clock = FakeClock()
    collect(store, pypistats, clock)

    def corrected(body: dict[str, Any]) -> dict[str, Any]:
        points = [p for p in body["data"] if p["date"] != "2026-11-18"]
        return {**body, "data": [{**p, "downloads": 5} if p["date"] == "2026-11-19" else p for p in points]}

    pypistats.rules = [Rule("overall", instead(corrected))]
    clock.passed += 86_400
    run = collect(store, pypistats, clock)
    assert (run.new, run.revised) == (0, 4)
    values = stored(store, "downloads_no_mirrors")
    assert values["", "2026-11-19"] == 5
    assert ("", "2026-11-18") not in values
    was = told("overall")["without_mirrors", "2026-11-18"]
    former = store.revisions("downloads_no_mirrors", "flask")
    assert was in former["value"].to_list()
    before = store.read("downloads_no_mirrors", ["flask"], as_of=clock.now() - timedelta(hours=1))
    assert before["value"].iloc[0] == was
    trace = store.trace("downloads_no_mirrors", "flask", "", date(2026, 11, 18))
    assert trace is not None
    assert [(v.value, v.unknown_because) for v in trace.versions] == [
        (None, trace.versions[0].unknown_because),
        (was, ""),
    ]
    assert "withdrawn by the source" in trace.versions[0].unknown_because
    assert verify(store, load()).ok


def test_day_that_comes_back_after_it_was_withdrawn_is_known_again(store: Store, pypistats: Upstream) -> None:
    clock = FakeClock()
    collect(store, pypistats, clock)
    first = stored(store, "downloads_no_mirrors_by_system")
    without = instead(lambda b: {**b, "data": [p for p in b["data"] if p["date"] != "2026-11-20"]})
    for rules in ([Rule("", without)], []):
        pypistats.rules = rules
        clock.passed += 86_400
        collect(store, pypistats, clock)
    assert stored(store, "downloads_no_mirrors_by_system") == first
    assert verify(store, load()).ok


def test_withdrawn_day_of_another_window_stays(sqlite_store: Store, pypistats: Upstream) -> None:
    clock = FakeClock()
    collect(sqlite_store, pypistats, clock)
    first = stored(sqlite_store, "downloads_no_mirrors")
    pypistats.rules = [Rule("", instead(lambda b: {**b, "data": [p for p in b["data"] if p["date"] != "2026-11-18"]}))]
    clock.passed += 86_400
    run = collect(sqlite_store, pypistats, clock, since=date(2026, 11, 19))
    assert (run.revised, stored(sqlite_store, "downloads_no_mirrors")) == (0, first)


def test_answer_that_lost_half_of_its_days_withdraws_nothing(sqlite_store: Store, pypistats: Upstream) -> None:
    clock = FakeClock()
    days = [f"2026-10-{n:02}" for n in range(1, 31)]

    def of(days: list[str]) -> Action:
        points = [{"category": c, "date": d, "downloads": 7} for c in ("with_mirrors", "without_mirrors") for d in days]
        return instead(lambda body: {**body, "data": points})

    for kept, outcome, left in ((days, "ok", 30), (days[:14], "partial", 30), (days[:28], "ok", 28)):
        pypistats.rules = [Rule("overall", of(kept))]
        assert collect(sqlite_store, pypistats, clock).status == outcome
        assert len(stored(sqlite_store, "downloads_no_mirrors")) == left
        clock.passed += 86_400
    pypistats.rules = [Rule("overall", of(days[:5]))]
    assert collect(sqlite_store, pypistats, clock, full=True).status == "ok"
    assert len(stored(sqlite_store, "downloads_no_mirrors")) == 5


def test_package_that_only_mirrors_fetch_keeps_its_days_with_them(sqlite_store: Store, pypistats: Upstream) -> None:
    pypistats.rules = [Rule("overall", instead(lambda body: {**body, "data": MIRRORS_ONLY}))]
    assert collect(sqlite_store, pypistats).status == "ok"
    assert set(stored(sqlite_store, "downloads_with_mirrors").values()) == {12.0}
    assert stored(sqlite_store, "downloads_no_mirrors") == {}


MIRRORS_ONLY = [{"category": "with_mirrors", "date": f"2026-11-{day}", "downloads": 12} for day in (18, 19, 20, 21)]


@pytest.mark.parametrize(
    ("stream", "category", "metric", "dimension"),
    [
        ("python_minor", "3.14t", "downloads_no_mirrors_by_python", "python=3.14t"),
        ("python_minor", "three", "downloads_no_mirrors_by_python", "python=three"),
        ("system", "BeOS", "downloads_no_mirrors_by_system", "system=BeOS"),
        ("system", "", "downloads_no_mirrors_by_system", None),
        ("system", "\x00", "downloads_no_mirrors_by_system", None),
        ("overall", "with_some_mirrors", "downloads_no_mirrors", None),
    ],
)
def test_unknown_category_does_not_cost_the_others(
    sqlite_store: Store, pypistats: Upstream, caplog: pytest.LogCaptureFixture,
    stream: str, category: str, metric: str, dimension: str | None,
) -> None:  # fmt: skip
    more = {"category": category, "date": "2026-11-21", "downloads": 9}
    pypistats.rules = [Rule(stream, instead(lambda b: {**b, "data": [*b["data"], more]}))]
    assert collect(sqlite_store, pypistats).status == "ok"
    values = stored(sqlite_store, metric)
    if dimension:
        assert values.pop((dimension, "2026-11-21")) == 9
    else:
        assert "an unknown category" in caplog.text
    assert len(values) == len([c for c, _ in told(stream) if stream != "overall" or c == "without_mirrors"])


def test_a_category_without_a_name_is_the_one_of_clients_that_did_not_say(
    sqlite_store: Store, pypistats: Upstream
) -> None:
    def nameless(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "data": [p | {"category": None} if p["category"] == "null" else p for p in body["data"]]}

    pypistats.rules = [Rule("system", instead(nameless))]
    assert collect(sqlite_store, pypistats).status == "ok"
    values = stored(sqlite_store, "downloads_no_mirrors_by_system")
    assert values["system=unknown", "2026-11-21"] == told("system")["null", "2026-11-21"]


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
    "only without mirrors": (
        lambda b: {**b, "data": [p for p in b["data"] if p["category"] == "without_mirrors"]},
        "changed",
    ),
    "more without mirrors than with": (
        _each(lambda p: {**p, "downloads": 10**9} if p["category"] == "without_mirrors" else p),
        "changed",
    ),
    "more without mirrors than with on one day": (
        _each(lambda p: {**p, "downloads": 1} if p["category"] == "with_mirrors" and p["date"].endswith("19") else p),
        "changed",
    ),
    "some without mirrors where there are none with": (
        _each(lambda p: {**p, "downloads": 0} if p["category"] == "with_mirrors" and p["date"].endswith("19") else p),
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
