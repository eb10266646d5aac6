"""Runs and leases, on both databases: one process at a time, one request at a time, and a truthful end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from storage import Counts, Failure, Store

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def test_a_request_pressed_often_is_one_run(store: Store) -> None:
    asked = [store.request_run("github", trigger="page", frameworks=["flask"], now=NOON).id for _ in range(50)]
    assert len(set(asked)) == 1
    other = store.request_run("github", trigger="page", frameworks=["django"], now=NOON)
    assert other.id != asked[0]
    store.begin(asked[0], NOON)
    assert store.request_run("github", trigger="page", frameworks=["flask"], now=LATER).id == asked[0]
    store.finish(asked[0], "ok", counts=Counts(1), failures=[], now=LATER)
    assert store.request_run("github", trigger="page", frameworks=["flask"], now=LATER).id > other.id


def test_a_run_tells_its_whole_story(store: Store) -> None:
    run = store.start_run(
        "github", trigger="cli", frameworks=["flask", "django"], since=date(2026, 1, 1), full=True, now=NOON
    )
    assert (run.status, run.frameworks, run.since, run.full) == ("running", ("django", "flask"), date(2026, 1, 1), True)
    store.progress(run.id, done=1, planned=2, counts=Counts(3, 1, 2), note="flask")
    assert store.run(run.id).done == 1
    failure = Failure("django", "snapshot", "gone", "GitHub has no django/django any more.")
    ended = store.finish(run.id, "partial", counts=Counts(3, 1, 2), failures=[failure], deferred_until=LATER, now=LATER)
    assert (ended.status, ended.new, ended.revised, ended.unchanged, ended.failed) == ("partial", 3, 1, 2, 1)
    assert ended.failures == (failure,)
    assert ended.deferred_until == LATER
    assert store.last_run("github") == ended
    assert store.last_run("pypistats") is None
    assert [r.id for r in store.runs()] == [run.id]
    with pytest.raises(LookupError):
        store.run(99)


def test_cancelling_a_waiting_run_ends_it_and_a_running_one_is_told(store: Store) -> None:
    waiting = store.request_run("github", trigger="page", now=NOON)
    assert store.requested() == [waiting]
    assert store.cancel(waiting.id).status == "cancelled"
    assert store.requested() == []
    running = store.start_run("github", trigger="page", now=NOON)
    assert not store.cancelled(running.id)
    assert store.cancel(running.id).status == "running"
    assert store.cancelled(running.id)


def test_runs_of_dead_processes_are_aborted_and_living_ones_left_alone(store: Store) -> None:
    dead = store.start_run("github", trigger="cli", now=NOON)
    alive = store.start_run("pypistats", trigger="cli", now=NOON)
    store.acquire("collect:github", "dead", 10, NOON)
    store.acquire("collect:pypistats", "alive", 600, NOON)
    assert store.abandon_runs(LATER) == 1
    assert store.run(dead.id).status == "aborted"
    assert store.run(alive.id).status == "running"


def test_a_lease_is_held_by_one_until_it_expires_or_is_given_back(store: Store) -> None:
    held = store.acquire("schedule", "a", 30, NOON)
    assert held is not None
    assert store.acquire("schedule", "b", 30, NOON + timedelta(seconds=29)) is None
    assert store.renew(held, 60, NOON + timedelta(seconds=29))
    assert store.acquire("schedule", "b", 30, NOON + timedelta(seconds=45)) is None
    taken = store.acquire("schedule", "b", 30, NOON + timedelta(seconds=90))
    assert taken is not None
    assert taken.token > held.token
    assert not store.renew(held, 30, NOON + timedelta(seconds=91))
    store.release(held)  # too late: it is not the holder's any more
    assert store.acquire("schedule", "c", 30, NOON + timedelta(seconds=92)) is None
    store.release(taken)
    again = store.acquire("schedule", "c", 30, NOON + timedelta(seconds=93))
    assert again is not None
    assert again.token > taken.token
    assert store.lease("nothing") is None


def test_two_stores_that_want_one_lease_never_both_get_it(store_url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    stores = [Store.open(store_url) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            for turn in range(10):
                got = pool.map(lambda s, turn=turn: s.acquire(f"l{turn}", "x", 60, NOON), stores)
                assert sum(lease is not None for lease in got) == 1
    finally:
        for opened in stores:
            opened.close()
