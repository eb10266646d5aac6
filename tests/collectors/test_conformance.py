"""Every source the catalog offers keeps the contract. A new source is covered by its fixture folder alone."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
import stamina

import collectors
from catalog import Catalog, load
from collectors import Access, collect_source
from collectors._runtime.source_module import source_module
from storage import Batch, Counts, Run, Store
from tests.support.upstream import (
    FAULTS,
    LIMITS,
    OF_THE_CLIENT,
    Exchange,
    FakeClock,
    Rule,
    Upstream,
    answer_of,
    by_lasting_id,
    instead,
    limited,
    recorded,
    redirect,
    reset,
    with_recorded,
)
from uptake.collection.collect import access
from uptake.settings.settings import load_settings

CATALOG = with_recorded(load())
AVAILABLE = [source.id for source in CATALOG.sources.values() if source.available]
NETWORK = [key for key in AVAILABLE if CATALOG.sources[key].setting]
SHARED = [key for key in NETWORK if source_module(key).extract]  # whose answers are about every framework
SEPARATE = [key for key in NETWORK if key not in SHARED]
TOKEN = "CANARY-secret-token"


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def upstream(request: pytest.FixtureRequest) -> Iterator[Upstream]:
    with Upstream.of(request.node.callspec.params["source"]) as started:
        yield started


def eager(catalog: Catalog = CATALOG) -> Catalog:
    """The catalog without the rule that a fresh answer is not asked for again."""
    sources = {
        key: dataclasses.replace(
            s,
            ask_again_after_min=0,
            streams=tuple(dataclasses.replace(stream, ask_again_after_min=0) for stream in s.streams),
        )
        for key, s in catalog.sources.items()
    }
    return dataclasses.replace(catalog, sources=sources)


def collect(
    store: Store,
    source: str,
    upstream: Upstream,
    clock: FakeClock,
    *,
    catalog: Catalog = CATALOG,
    frameworks: Sequence[str] | None = None,
    **more: Any,
) -> Run:
    frameworks = named(source) if frameworks is None else frameworks
    run = store.start_run(source, trigger="cli", now=clock.now(), frameworks=frameworks)
    way = way_to(source, upstream.url)
    reach = way and dataclasses.replace(way, **{"deadline_s": 5.0, "max_wait_s": 200.0, **more})
    return collect_source(store, catalog, source, run, access=reach, clock=clock, holder="test")


def named(source: str) -> list[str]:
    """The frameworks that the record is about, by id; of answers about all of them, two."""
    frameworks = sorted({e.framework for e in recorded(source)} - {""})
    if source not in NETWORK:
        return ["django", "flask"]
    return frameworks or [f.id for f in CATALOG.frameworks.values() if source in SHARED and source in f.ids][:2]


def apart(source: str) -> Catalog:
    """The catalog without the streams of a source whose answers are all about every framework."""
    entry, shared = CATALOG.sources[source], source_module(source).shared
    entry = dataclasses.replace(entry, streams=tuple(s for s in entry.streams if shared.get(s.name) != 0))
    return dataclasses.replace(CATALOG, sources={**CATALOG.sources, source: entry})


def way_to(source: str, url: str) -> Access | None:
    """How `uptake collect` reaches a source, through the settings; every credential of it is TOKEN."""
    entry = CATALOG.sources[source]
    environ = {credential.setting: TOKEN for credential in entry.credentials}
    return access(load_settings(environ | ({entry.setting: url} if entry.setting else {})), entry)


def content(store: Store, source: str) -> pd.DataFrame:
    """Everything a source has said, without when and in which payload."""
    metrics = sorted({m for stream in CATALOG.sources[source].streams for m in stream.metrics})
    frames = [store.read(metric, dimension=None) for metric in metrics]
    whole = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
    return whole.drop(columns=["retrieved_at", "payload"])


def test_every_collector_has_a_catalog_entry() -> None:
    assert set(AVAILABLE) == set(collectors.sources())


@pytest.mark.parametrize("source", NETWORK)
def test_network_source_has_recorded_answers(source: str) -> None:
    assert recorded(source)
    assert len(named(source)) >= 2


@pytest.mark.parametrize("source", AVAILABLE)
def test_collects_what_it_declares(store: Store, source: str, upstream: Upstream) -> None:
    everything: dict[str, Any] = {} if source in NETWORK else {"frameworks": ()}
    run = collect(store, source, upstream, FakeClock(), **everything)
    assert (run.status, run.failures) == ("ok", ())
    assert run.new > 0
    assert run.done == run.planned > 0
    frame = content(store, source)
    declared = {m for stream in CATALOG.sources[source].streams for m in stream.metrics}
    assert set(frame.metric) == declared
    for metric, told in frame.groupby("metric"):
        keys = set(told.dimension.str.partition("=")[0]) - {""}
        assert keys <= set(CATALOG.metrics[str(metric)].dimensions)
        assert _periods_fit(told, CATALOG.metrics[str(metric)].period)


def _periods_fit(told: pd.DataFrame, period: str) -> bool:
    days = (told.period_end - told.period).dt.days + 1
    starts = told.period.dt
    match period:
        case "day":
            return bool((days == 1).all())
        case "month":  # or, of one that was read before it was whole, the days up to then
            return bool((starts.day == 1).all() and (told.period_end.dt.to_period("M") == starts.to_period("M")).all())
        case "year":
            return bool((starts.day_of_year == 1).all() and days.isin([365, 366]).all())
        case "window":
            return bool((days > 1).all())
    return False


@pytest.mark.parametrize("source", AVAILABLE)
def test_payloads_are_what_was_answered(sqlite_store: Store, source: str, upstream: Upstream) -> None:
    run = collect(sqlite_store, source, upstream, FakeClock())
    sent = {hashlib.sha256(e.raw).hexdigest() for e in recorded(source)}
    payloads = sqlite_store.payloads(run.id)
    assert any(payload.body for payload in payloads)
    for payload in payloads:
        if payload.body is not None:  # the body of an answer without a new number is not kept
            assert hashlib.sha256(payload.body).hexdigest() == payload.sha256
        assert payload.source.partition(":")[0] == source
        assert TOKEN not in payload.url
        if source in SEPARATE:
            assert payload.sha256 in sent
        if source in SHARED and payload.body is not None:
            assert not any(text in payload.body.decode() for e in recorded(source) for text in _texts(e.body))


def _texts(body: Any) -> Iterator[str]:
    """What people wrote, of whatever length a word has."""
    for place in _leaves(body):
        if place[-1] in ("text", "title", "author") and (text := _at(body, place)):
            yield text


def _at(body: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        body = body[key]
    return body


@pytest.mark.parametrize("source", AVAILABLE)
def test_collecting_again_changes_nothing(store: Store, source: str, upstream: Upstream) -> None:
    clock = FakeClock()
    first = collect(store, source, upstream, clock)
    before = content(store, source)
    clock.passed += 60
    again = collect(store, source, upstream, clock, catalog=eager())
    assert (again.status, again.new, again.revised) == ("ok", 0, 0)
    assert 0 < again.unchanged <= first.new  # of a long past only the end may be told again
    pd.testing.assert_frame_equal(content(store, source), before)


@pytest.mark.parametrize("source", NETWORK)
def test_fresh_answer_is_not_asked_for_again(sqlite_store: Store, source: str, upstream: Upstream) -> None:
    clock = FakeClock()
    first = collect(sqlite_store, source, upstream, clock)
    asked = len(upstream.log)
    clock.passed += 60
    again = collect(sqlite_store, source, upstream, clock)
    assert (again.status, again.new, again.revised, again.unchanged) == ("ok", 0, 0, first.new)
    assert len(upstream.log) == asked


@pytest.mark.parametrize("source", AVAILABLE)
def test_equal_sources_give_equal_payloads(sqlite_store: Store, source: str, upstream: Upstream) -> None:
    runs = [collect(sqlite_store, source, upstream, FakeClock(), catalog=eager()) for _ in range(2)]
    shas = [[p.sha256 for p in sqlite_store.payloads(run.id) if p.size] for run in runs]
    first = iter(shas[0])
    assert all(sha in first for sha in shas[1])  # in the same order; what is known already may be left out


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("source", AVAILABLE)
def test_killed_anywhere_it_resumes_to_the_same(
    sqlite_store: Store, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, source: str, upstream: Upstream
) -> None:
    from migrations import migrate

    url = f"sqlite:///{tmp_path / 'control.db'}"
    migrate(url)
    with Store.open(url) as control:
        collect(control, source, upstream, FakeClock())
        wanted = content(control, source)
    write: Callable[..., Counts] = sqlite_store.write
    for commits in (0, 1, 2, 3):
        kept = 0

        def dying(run: int, framework: str, stream: str, batch: Batch, *, lease: Any, upto: int = commits) -> Counts:
            nonlocal kept
            if kept == upto:
                raise Killed
            kept += 1
            return write(run, framework, stream, batch, lease=lease)

        monkeypatch.setattr(sqlite_store, "write", dying)
        try:
            collect(sqlite_store, source, upstream, FakeClock())
        except Killed:
            assert sqlite_store.runs(1)[0].status == "aborted"
        monkeypatch.undo()
    run = collect(sqlite_store, source, upstream, FakeClock())
    assert run.status == "ok"
    pd.testing.assert_frame_equal(content(sqlite_store, source), wanted)


# -- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("source", SHARED)
def test_fault_in_a_shared_answer_costs_no_more_than_it(
    sqlite_store: Store, source: str, fault: str, upstream: Upstream
) -> None:
    """What came before it stays, and whatever is stored is true; it is not asked for once more by each framework."""
    action, kinds = FAULTS[fault]
    clock, drips = FakeClock(), "drip" in fault
    upstream.rules = [Rule(asked(source, recorded(source)[-1]), action)]
    run = collect(sqlite_store, source, upstream, clock, deadline_s=0.3 if drips else 5.0)
    assert run.status in ("partial", "failed")
    assert {f.framework for f in run.failures} == set(named(source))
    assert {f.kind for f in run.failures} <= kinds
    partly = content(sqlite_store, source)
    if kinds != {"unavailable"}:
        hit = [seen for seen in upstream.log if seen.path == recorded(source)[-1].path]
        assert len(hit) == (4 if fault == "no location" else 1)  # redirects are followed, in circles too
    upstream.rules = []
    clock.passed += 86_400
    assert collect(sqlite_store, source, upstream, clock).status == "ok"
    whole = content(sqlite_store, source)
    assert len(partly.merge(whole)) == len(partly) < len(whole)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (s, fault)
        for s in SEPARATE
        for fault in FAULTS
        if fault not in OF_THE_CLIENT or s in ("pypistats", "clickhouse")
    ],
)
def test_fault_costs_only_the_framework_it_hits(
    sqlite_store: Store, source: str, fault: str, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    action, kinds = FAULTS[fault]
    hit, spared = _split(source)
    # the spared one is asked first where a fault ends the walk (401), so it is kept in either order
    upstream.rules = [Rule(asked(source, e), action) for e in recorded(source) if e.framework == hit]
    drips = "drip" in fault
    wait, both = 0.3 if drips else 5.0, (spared, hit)
    run = collect(sqlite_store, source, upstream, FakeClock(), catalog=apart(source), frameworks=both, deadline_s=wait)
    assert {f.kind for f in run.failures} <= kinds
    if fault == "401":  # the same would be said to everyone: what is left of the others is not asked for
        assert run.failures[0].framework == hit
    else:
        assert {f.framework for f in run.failures} == {hit}
    assert run.status == "partial"
    assert set(content(sqlite_store, source).framework) == {spared}
    told = caplog.text + str(run.failures)
    assert TOKEN not in told
    assert all(f.message.endswith(".") and len(f.message) < 400 for f in run.failures)


def _split(source: str) -> tuple[str, str]:
    """The framework a fault hits (asked last) and the one it must spare."""
    spared, hit = named(source)[:2]
    return hit, spared


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("source", NETWORK)
def test_limit_is_waited_for(sqlite_store: Store, source: str, limit: str, upstream: Upstream) -> None:
    clock = FakeClock()
    upstream.rules = [Rule("", LIMITS[limit], times=1)]
    run = collect(sqlite_store, source, upstream, clock)
    assert run.status == "ok"
    assert clock.passed >= (7 if limit == "429 after" else 60)
    assert len(upstream.log) == len(recorded(source)) + 1


@pytest.mark.parametrize("source", NETWORK)
def test_limit_without_end_defers_the_rest(sqlite_store: Store, source: str, upstream: Upstream) -> None:
    upstream.rules = [Rule("", limited(429, "", {"Retry-After": "86400"}), after=1)]
    run = collect(sqlite_store, source, upstream, FakeClock())
    assert (run.status, run.failures) == ("partial", ())
    assert run.deferred_until is not None
    assert run.deferred_until - FakeClock().now() >= timedelta(seconds=86_400)
    assert len(upstream.log) == 2
    assert run.done <= 1  # a unit may take more than one request


# -------------------------------------------------------------------- wrong content: nothing is invented

WRONG: dict[str, Any] = {
    "null": None,
    "negative": -1,
    "text": "17",
    "true": True,
    "not a number": float("nan"),
    "too large": 10**30,
}


def _leaves(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of every value, of lists only the first and last item."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(body, list) and body:
        for place in (0, len(body) - 1):
            yield from _leaves(body[place], (*path, place))
    else:
        yield path


def _with(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(body))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if value is KeyError:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return changed


def _always(body: Any) -> Callable[[Any], Any]:
    return lambda _: body


def asked(source: str, exchange: Exchange) -> str:
    """What matches the path of an exchange, by whichever name the framework is asked for."""
    mine = (exchange.framework, exchange.body)
    again = [e.path for e in by_lasting_id(recorded(source)) if (e.framework, e.body) == mine]
    return f"^({'|'.join(map(re.escape, (exchange.path, *again)))})$"


@pytest.mark.parametrize("wrong", [*WRONG, "missing"])
@pytest.mark.parametrize("source", NETWORK)
def test_wrong_values_are_refused_or_make_no_difference(
    sqlite_store: Store, source: str, wrong: str, upstream: Upstream
) -> None:
    """Whatever single value of an answer is spoilt: either the unit fails as `changed`, or what is stored is true."""
    value = WRONG.get(wrong, KeyError)
    clock, exchange, refused = FakeClock(), recorded(source)[0], 0
    collect(sqlite_store, source, upstream, clock, catalog=eager())
    true = content(sqlite_store, source)
    for place in _leaves(exchange.body):
        if wrong == "missing" and isinstance(place[-1], int):
            continue
        spoilt = _with(exchange.body, place, value)
        upstream.rules = [Rule(asked(source, exchange), instead(_always(spoilt)))]
        only = [exchange.framework] if exchange.framework else []
        run = collect(sqlite_store, source, upstream, clock, catalog=eager(), frameworks=only or None)
        assert {f.kind for f in run.failures} <= {"changed"}, place
        assert (run.new, run.revised) == (0, 0), place
        refused += bool(run.failures)
    assert refused >= 2  # whom it is about, and its number
    pd.testing.assert_frame_equal(content(sqlite_store, source), true)


@pytest.mark.parametrize("source", SEPARATE)
def test_answer_about_another_framework_is_refused(sqlite_store: Store, source: str, upstream: Upstream) -> None:
    clock, (hit, spared) = FakeClock(), _split(source)
    collect(sqlite_store, source, upstream, clock, catalog=apart(source), frameworks=(hit, spared))
    mine = [e for e in recorded(source) if e.framework == hit]
    others = [e for e in recorded(source) if e.framework == spared]
    upstream.rules = [Rule(asked(source, a), answer_of(b.path)) for a, b in zip(mine, others, strict=True)]
    clock.passed += 60
    before = content(sqlite_store, source)
    run = collect(sqlite_store, source, upstream, clock, catalog=eager(apart(source)), frameworks=(hit, spared))
    after = content(sqlite_store, source)
    assert {f.kind for f in run.failures} <= {"changed", "replaced"}
    assert {f.framework for f in run.failures} == {hit}
    pd.testing.assert_frame_equal(
        after[after.framework == hit].reset_index(drop=True), before[before.framework == hit].reset_index(drop=True)
    )


@pytest.mark.parametrize("source", NETWORK)
def test_token_goes_nowhere_else(sqlite_store: Store, source: str, upstream: Upstream) -> None:
    with Upstream() as trap:
        for code in (301, 302, 303, 307, 308):
            upstream.rules = [Rule("", redirect(f"{trap.url}/steal", code))]
            run = collect(sqlite_store, source, upstream, FakeClock())
            assert run.status == "failed"
        assert trap.log == []
    for credential in CATALOG.sources[source].credentials:
        name, text = (credential.header.lower(), TOKEN) if credential.header else ("authorization", f"Bearer {TOKEN}")
        assert [seen.headers[name] for seen in upstream.log] == [text] * len(upstream.log)
    assert upstream.log


@pytest.mark.parametrize("source", NETWORK)
def test_redirects_in_circles_end(sqlite_store: Store, source: str, upstream: Upstream) -> None:
    upstream.rules = [Rule("", redirect("/again"))]
    run = collect(sqlite_store, source, upstream, FakeClock())
    assert {f.kind for f in run.failures} == {"changed"}
    shared = source_module(source).shared if source in SEPARATE else {f.stream: 0 for f in run.failures}
    questions = {(f.stream, f.framework if shared.get(f.stream) != 0 else "") for f in run.failures}
    assert len(upstream.log) == 4 * len(questions)


@pytest.mark.parametrize("source", NETWORK)
def test_source_that_is_down_is_not_hammered(sqlite_store: Store, source: str, upstream: Upstream) -> None:
    upstream.rules = [Rule("", reset)]
    run = collect(sqlite_store, source, upstream, FakeClock())
    assert run.status == "failed"
    assert len(run.failures) == run.planned
    assert {f.kind for f in run.failures} == {"unavailable"}
    assert len(upstream.log) <= 4 * run.planned
    nobody = collect(sqlite_store, source, upstream, FakeClock(), base_url="http://127.0.0.1:1")
    assert (nobody.status, len(nobody.failures)) == ("failed", nobody.planned)
    assert "could not be reached" in nobody.failures[0].message
    upstream.rules = []
    assert collect(sqlite_store, source, upstream, FakeClock()).status == "ok"
