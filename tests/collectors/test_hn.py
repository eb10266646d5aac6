"""Hacker News: which threads and which posts count, when a month is whole, and that no text is ever kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import stamina

from catalog import load
from collectors import Access, collect_source, cost_estimate
from collectors._runtime.contract import Answer
from collectors.hn import LIST, extract
from storage import Run, Store
from tests.support.upstream import FakeClock, Rule, Upstream, instead, recorded, status
from uptake.verify import verify

RULES = {f.id: f.ids["hn"] for f in load().frameworks.values() if "hn" in f.ids}


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def hn() -> Iterator[Upstream]:
    with Upstream.of("hn") as started:
        yield started


def collect(
    store: Store, upstream: Upstream, at: datetime | None = None, frameworks: Sequence[str] = ("flask",), **more: Any
) -> Run:
    clock = FakeClock(at) if at else FakeClock()
    run = store.start_run("hn", trigger="cli", now=clock.now(), frameworks=list(frameworks), **more)
    return collect_source(store, load(), "hn", run, access=Access(upstream.url), clock=clock, holder="test")


def shares(store: Store, framework: str = "flask") -> dict[str, tuple[int, int]]:
    """By the days a figure is about: posts that name it, and posts."""
    rows = store.read("hiring_mentions", [framework]).to_dict("records")
    return {
        f"{r['period']:%Y-%m-%d}..{r['period_end']:%d}": (round(r["value"] * r["base"]), int(r["base"])) for r in rows
    }


def named(framework: str, *texts: str) -> int:
    """How many of these posts name a framework."""
    posts = [{"id": n, "type": "comment", "text": text, "children": []} for n, text in enumerate(texts, start=1)]
    thread = {"id": 900, "created_at": "2026-06-01T15:00:00Z", "type": "story", "children": posts}
    body = json.dumps(thread).encode()
    answer = Answer("https://x/api/v1/items/900", 200, {}, body, datetime(2026, 7, 1, tzinfo=UTC))
    return len(json.loads(extract(answer, tuple(RULES.values())))["naming"][RULES[framework]])


def test_whole_words_count_and_nothing_like_them() -> None:
    assert named("flask", "Flask", "python/flask, FLASK", "flasks", "laboratory-flasks", "Flaskr") == 2
    assert named("django", "Django", "Djangonauts", "Python&#x2F;Django &amp; Celery") == 2
    assert named("tornado", "Tornado", "tornadoes") == 1
    assert named("fastapi", "FastAPI", "Fast API", "fast-api", "breakfast API", "fast APIs", "fast  api") == 3
    assert named("rails", "Rails 7", "RoR", "RubyOnRails", "error", "guardrails", "Railsconf") == 3
    assert named("express", "Express.js", "ExpressJS", "Express JS", "Express .js", "American Express", "express") == 4


def test_tag_is_a_space_and_an_address_no_text() -> None:
    assert named("flask", "jobs</a><p>Flask") == 1  # and no jobsFlask
    assert (
        named("flask", '<a href="https:&#x2F;&#x2F;flask.example&#x2F;flask">here</a>', "<p>Stack: <i>Flask</i>") == 1
    )


def test_threads_of_every_spelling_and_account_count_and_no_other_story(store: Store, hn: Upstream) -> None:
    """With the four that the account's list lacks, and in place of its own of December 2011 the one that was used."""
    assert collect(store, hn).status == "ok"
    assert shares(store) == {
        "2011-01-01..31": (0, 1),
        "2011-02-01..28": (1, 1),
        "2011-03-01..31": (0, 1),
        "2011-07-01..31": (0, 1),
        "2011-12-01..31": (1, 2),
        "2026-08-01..31": (1, 4),  # neither in an address, nor as flasks
        "2026-09-01..30": (1, 3),
        "2026-10-01..31": (0, 3),  # a true 0; an answer to a post asks for Flask
        "2026-11-01..30": (1, 3),  # once, however often one post says so
    }
    asked = [seen.path for seen in hn.log]
    assert "/api/v1/items/3300290" in asked
    assert not any(str(decoy) in path for decoy in (3300371, 22665399, 7829913) for path in asked)


def test_series_begins_where_the_catalog_says(store: Store, hn: Upstream) -> None:
    """“A fast API” of 2011 is something else."""
    collect(store, hn, frameworks=("fastapi",))
    assert shares(store, "fastapi") == {
        "2026-08-01..31": (0, 4),
        "2026-09-01..30": (1, 3),
        "2026-10-01..31": (2, 3),
        "2026-11-01..30": (0, 3),
    }


def test_one_answer_serves_every_framework(store: Store, hn: Upstream) -> None:
    run = collect(store, hn, frameworks=sorted(RULES))
    assert (run.status, run.done) == ("ok", 6)
    assert len(hn.log) == len(recorded("hn")) == 10
    cost = cost_estimate(store, load(), "hn", now=FakeClock().now() + timedelta(days=30), full=True)
    assert cost.requests == 1 + 192  # the list, and a thread a month since January 2011


def test_no_text_is_kept_and_the_ids_vouch_for_the_counts(store: Store, hn: Upstream) -> None:
    run = collect(store, hn, frameworks=sorted(RULES))
    kept = [payload.body.decode() for payload in store.payloads(run.id) if payload.body]
    assert len(kept) > 40
    assert not any(word in body for body in kept for word in ("North", "REMOTE", "Postgres", "firm", "curious"))
    september = next(json.loads(b) for b in kept if "50090000" in b and RULES["django"] in json.loads(b)["naming"])
    assert september == {
        "thread": 50090000,
        "opened": "2026-09-01T15:00:25Z",
        "posts": 3,
        "naming": {"django": [50090100, 50090107]},
        "month": "2026-09",
    }
    verdict = verify(store, load())
    assert verdict.ok
    assert verdict.sources["hn"].rows_replayed == verdict.sources["hn"].rows > 40


def test_month_is_provisional_for_15_days_and_read_once_more_after_45(store: Store, hn: Upstream) -> None:
    """Until then its figure is about the days up to the reading; nothing of it is left when the month is whole."""
    opened = datetime(2026, 11, 2, 16, 0, 25, tzinfo=UTC)
    early = opened + timedelta(days=14)
    collect(store, hn, early)
    assert list(shares(store))[-1] == "2026-11-01..16"
    fewer = instead(lambda body: body | {"children": body["children"][:1]})
    hn.rules = [Rule("items/50110000", fewer)]
    collect(store, hn, opened + timedelta(days=15))
    assert list(shares(store))[-2:] == ["2026-10-01..31", "2026-11-01..30"]
    assert shares(store)["2026-11-01..30"] == (0, 1)
    hn.log.clear()
    collect(store, hn, opened + timedelta(days=25))
    assert [seen.path.partition("?")[0] for seen in hn.log] == [LIST]
    hn.rules = []
    with_december = [Rule(LIST, instead(lambda body: body | {"hits": [*body["hits"], _december()]}))]
    hn.rules = [*with_december, Rule("items/50120000", _thread(50120000, "2026-12-01T16:00:25.000Z"))]
    run = collect(store, hn, opened + timedelta(days=45))
    assert (run.status, run.revised) == ("ok", 1)  # November as it is now, and never again
    assert shares(store)["2026-11-01..30"] == (1, 3)
    hn.log.clear()
    collect(store, hn, opened + timedelta(days=52))
    assert [seen.path for seen in hn.log if "50110000" in seen.path] == []
    assert verify(store, load()).ok


def _december() -> dict[str, Any]:
    return {
        "created_at": "2026-12-01T16:00:25.000Z",
        "title": "Ask HN: Who is hiring? (December 2026)",
        "objectID": "50120000",
    }


def _thread(number: int, opened: str) -> Callable[..., None]:
    post = {"id": number + 7, "type": "comment", "text": "Go", "children": []}
    body = {"id": number, "created_at": opened, "type": "story", "children": [post]}
    return status(200, json.dumps(body), media="application/json")


@pytest.mark.parametrize(("day", "outcome"), [(5, "ok"), (6, "failed")])
def test_month_without_its_thread_by_the_6th_is_an_error(store: Store, hn: Upstream, day: int, outcome: str) -> None:
    """And no month without posts. What is there is stored all the same; the next run asks again."""
    collect(store, hn)
    before = shares(store)
    run = collect(store, hn, datetime(2026, 12, day, 12, tzinfo=UTC))
    assert run.status == outcome
    assert all("2026-12" in f.message and f.kind == "changed" for f in run.failures)
    assert shares(store) == before
    hn.log.clear()
    collect(store, hn, datetime(2026, 12, day, 13, tzinfo=UTC))
    assert bool(hn.log) == (outcome == "failed")


def test_thread_before_its_first_post_is_no_share_of_zero(store: Store, hn: Upstream) -> None:
    hn.rules = [Rule("items/50110000", instead(lambda body: body | {"children": []}))]
    run = collect(store, hn)
    assert [f.kind for f in run.failures] == ["empty"]
    assert list(shares(store))[-1] == "2026-10-01..31"
    hn.rules = []
    again = collect(store, hn, FakeClock().now() + timedelta(days=1))
    assert (again.status, again.new) == ("ok", 1)


@pytest.mark.parametrize("hits", [[], None])
def test_list_without_the_threads_that_were_read_is_an_error(store: Store, hn: Upstream, hits: object) -> None:
    collect(store, hn)
    shorter = instead(lambda body: body | {"hits": body["hits"][:3] if hits is None else []})
    hn.rules = [Rule(LIST, shorter)]
    run = collect(store, hn, FakeClock().now() + timedelta(days=1))
    assert run.status == "failed"
    assert len(shares(store)) == 9


def test_window_reads_its_months_alone(store: Store, hn: Upstream) -> None:
    collect(store, hn, since=date(2026, 9, 1), until=date(2026, 9, 30))
    assert list(shares(store)) == ["2026-09-01..30"]
    assert len(hn.log) == 2
