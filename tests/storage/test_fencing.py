"""Who was taken over changes nothing any more: runs begin once and end once, and a lost lease is no right to write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from storage import Counts, KeptForecast, Lease, LeaseLost, NewAlert, Store

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
FORECAST = KeptForecast("stars", "flask", "", LATER, NOON.date(), {"median": [1.0]})


@pytest.fixture
def lost(store: Store) -> Lease:
    """A lease that expired and was taken over."""
    lease = store.acquire("schedule", "first:1", 30, NOON)
    assert lease is not None
    assert store.acquire("schedule", "second:1", 30, LATER) is not None
    return lease


@pytest.mark.parametrize(
    "write",
    [
        lambda store, lease: store.remember("github", "", "budget", {"left": 0}, lease=lease),
        lambda store, lease: store.begin(1, LATER, lease=lease),
        lambda store, lease: store.start_run("github", trigger="schedule", now=LATER, lease=lease),
        lambda store, lease: store.keep_forecast(FORECAST, lease=lease),
        lambda store, lease: store.mark_sent("a", LATER, lease=lease),
    ],
    ids=["remember", "begin", "start_run", "keep_forecast", "mark_sent"],
)
def test_who_lost_the_lease_writes_nothing(store: Store, lost: Lease, write: Callable[[Store, Lease], object]) -> None:
    store.request_run("github", trigger="page", now=NOON)
    store.remember("github", "", "budget", {"left": 7})
    store.note_alerts([NewAlert("a", "overtake", NOON.date(), "It is so.", "/x", silent=False)], NOON)
    before = store.runs()
    with pytest.raises(LeaseLost, match="took over schedule"):
        write(store, lost)
    assert store.runs() == before
    assert store.cursor("github", "", "budget") == {"left": 7}
    assert store.forecasts() == []
    assert [alert.sent_at for alert in store.unsent()] == [None]


def test_a_run_begins_once(store: Store) -> None:
    run = store.request_run("github", trigger="page", now=NOON)
    begun = store.begin(run.id, NOON)
    assert begun is not None
    assert begun.status == "running"
    assert store.begin(run.id, LATER) is None
    assert store.run(run.id) == begun


def test_a_run_that_was_cancelled_does_not_begin(store: Store) -> None:
    run = store.request_run("github", trigger="page", now=NOON)
    store.cancel(run.id)
    assert store.begin(run.id, NOON) is None
    assert store.run(run.id).status == "cancelled"


def test_of_many_that_begin_one_run_one_does(store_url: str) -> None:
    with Store.open(store_url) as store:
        run, ready = store.request_run("github", trigger="page", now=NOON), threading.Barrier(4)
    begun = []

    def begin() -> None:
        with Store.open(store_url) as own:
            ready.wait()
            begun.append(own.begin(run.id, NOON))

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in begun if one is not None]) == 1


def test_a_run_ends_once(store: Store) -> None:
    run = store.start_run("github", trigger="schedule", now=NOON)
    assert store.abandon_runs(LATER) == 1
    ended = store.run(run.id)
    store.progress(run.id, done=3, planned=3, counts=Counts(new=3), note="late")
    late = store.finish(run.id, "ok", counts=Counts(new=3), failures=[], now=LATER)
    assert late == store.run(run.id) == ended
    assert ended.status == "aborted"
