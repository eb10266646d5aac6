"""A snapshot: what is read within it is one state of the store, whatever is written meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime

from storage import Store
from tests.support.planting import plant

WHEN = datetime(2026, 11, 21, tzinfo=UTC)


def test_reads_within_a_snapshot_are_of_one_state(store: Store) -> None:
    plant(store, "stars", "flask", {date(2026, 11, 20): 7}, WHEN)
    with store.snapshot():
        before = (store.generation(), store.read("stars").to_dict("list"))
        plant(store, "stars", "flask", {date(2026, 11, 20): 8, date(2026, 11, 21): 9}, WHEN)
        plant(store, "stars", "django", {date(2026, 11, 20): 7}, WHEN)
        assert (store.generation(), store.read("stars").to_dict("list")) == before
    assert store.read("stars")["value"].tolist() == [7, 8, 9]


def test_other_stores_are_read_as_they_are(store: Store, sqlite_store: Store) -> None:
    with store.snapshot():
        plant(sqlite_store, "stars", "flask", {date(2026, 11, 20): 7}, WHEN)
        assert sqlite_store.read("stars")["value"].tolist() == [7]
