"""What was written can be proved: a flipped bit is found, a number leads to its run and payload."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from storage import Batch, Event, Observation, Payload, Period, Store
from storage.database.engine import writing

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = Period.day(date(2020, 1, 1))


def tell(store: Store, value: float, hours: int = 0) -> int:
    run = store.start_run("github", trigger="cli", now=NOON).id
    told = (
        Observation("stars", "flask", DAY, value),
        Observation("so_worked_with", "flask", Period.year(2020), 0.142, 42_279),
    )
    fetched_at = NOON + timedelta(hours=hours)
    payload = Payload("github", "http://127.0.0.1/flask", f'{{"n": {value}}}'.encode(), fetched_at)
    release = Event("flask", date(2026, 1, 1), "release", "3.0", "http://127.0.0.1/3.0")
    store.write(run, "flask", "snapshot", Batch(payload, told, events=(release,)))
    return run


def test_a_store_as_it_was_written_has_nothing_to_find(store: Store) -> None:
    for hours, value in enumerate((66_500, 66_400, 66_400, 66_300)):
        tell(store, value, hours)
    assert list(store.audit()) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE observation SET value = 82884 WHERE value = 66400",
        "UPDATE observation SET base = 42278 WHERE base = 42279",
        "UPDATE observation SET period = period + 1, period_end = period_end + 1 WHERE value = 66400",
        "UPDATE revision SET value = 66501",
        "UPDATE series SET framework = 'flasc' WHERE metric = 'stars'",
        "DELETE FROM revision",
    ],
)
def test_a_changed_row_is_found(store: Store, damage: str) -> None:
    tell(store, 66_500)
    tell(store, 66_400, 1)
    with writing(store._engine) as conn:
        conn.execute(text(damage))
    assert {finding.kind for finding in store.audit()} == {"rows"}


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("UPDATE payload SET fetched_at = '2026-11-20 12:00:00.000000+00:00' WHERE id = 1", "origin"),
        ("UPDATE payload SET source = 'almanac:x' WHERE id = 2", "origin"),
        ("UPDATE payload SET url = 'http://elsewhere/' WHERE id = 2", "origin"),
        ("UPDATE payload SET etag = 'x' WHERE id = 2", "origin"),
        ("UPDATE payload SET stream = 'other' WHERE id = 2", "origin"),
        ("UPDATE payload SET size = 4 WHERE id = 2", "origin"),
        ("UPDATE payload SET run = 1 WHERE id = 2", "origin"),
        ("UPDATE run SET source = 'pypistats' WHERE id = 2", "origin"),
        ("UPDATE event SET title = '3.1'", "origin"),
        ("UPDATE event SET day = day + 1", "origin"),
        ("UPDATE event SET kind = 'note'", "origin"),
        ("UPDATE event SET url = 'http://elsewhere/'", "origin"),
        ("UPDATE event SET payload = NULL", "origin"),
        ("DELETE FROM event", "origin"),
        ("UPDATE payload SET rows_digest = NULL WHERE id = 2", "digest"),
        ("UPDATE payload SET body = NULL WHERE id = 2", "body"),
        ("UPDATE revision SET until = '2026-11-22 12:30:00.000000+00:00'", "until"),
    ],
)
def test_changed_provenance_is_found(store: Store, damage: str, kind: str) -> None:
    tell(store, 66_500)
    tell(store, 66_400, 1)
    with writing(store._engine) as conn:
        conn.execute(text(damage))
    assert [finding.kind for finding in store.audit()] == [kind]


def test_what_was_kept_before_there_was_a_digest_of_its_origin_is_counted(store: Store) -> None:
    for hours, value in enumerate((66_500, 66_400, 66_300)):
        tell(store, value, hours)
    with writing(store._engine) as conn:
        conn.execute(text("UPDATE payload SET rows_digest = NULL WHERE id = 1"))
        conn.execute(text("UPDATE payload SET rows_digest = substr(rows_digest, 1, 64) WHERE id = 2"))
    assert list(store.audit()) == []
    assert store.undigested() == (1, 1)


def test_a_changed_body_is_found(store: Store) -> None:
    run = tell(store, 66_500)
    with writing(store._engine) as conn:
        conn.execute(text("UPDATE payload SET body = :other"), {"other": b"not what was received"})
    (finding,) = store.audit()
    assert (finding.kind, finding.payload) == ("body", 1)
    assert run == 1


def test_a_number_leads_to_its_run_and_payload_and_to_what_it_said_before(store: Store) -> None:
    tell(store, 66_500)
    second = tell(store, 66_400, 2)
    trace = store.trace("stars", "flask", "", date(2020, 1, 1))
    assert trace is not None
    assert (trace.period, trace.run.id) == (DAY, second)
    now, before = trace.versions
    assert (now.value, now.until, now.payload.body) == (66_400, None, b'{"n": 66400}')
    assert (before.value, before.until) == (66_500, NOON + timedelta(hours=2))
    assert store.trace("stars", "flask", "", date(2020, 1, 2)) is None


def test_own_frameworks_come_and_go_and_keep_their_data(store: Store) -> None:
    store.mirror_frameworks([("flask", "Flask")])
    store.add_framework("robyn", "Robyn", {"github": "sparckles/Robyn"}, language="Python", now=NOON)
    (own,) = store.own_frameworks()
    assert (own.title, own.ids, own.removed_at) == ("Robyn", {"github": "sparckles/Robyn"}, None)
    assert store.remove_framework("robyn", NOON)
    assert not store.remove_framework("robyn", NOON)
    assert store.own_frameworks()[0].removed_at == NOON
    store.add_framework("robyn", "Robyn", {"github": "x/y"}, now=NOON)
    assert store.own_frameworks()[0].ids == {"github": "x/y"}
    with pytest.raises(ValueError, match="catalog"):
        store.add_framework("flask", "Flask", {}, now=NOON)
    assert not store.remove_framework("flask", NOON)


def test_notes_can_be_taken_back_and_releases_cannot(store: Store) -> None:
    before = store.generation()
    note = store.add_note("flask", date(2020, 1, 1), "we moved", "https://example.org")
    assert store.generation() > before
    (event,) = store.events(["flask"])
    assert (event.kind, event.title, event.day) == ("note", "we moved", date(2020, 1, 1))
    assert store.remove_note(note)
    assert not store.remove_note(note)
    assert store.events() == []


def test_a_state_can_be_remembered_without_a_batch(store: Store) -> None:
    store.remember("github", "", "budget", {"remaining": 3})
    store.remember("github", "", "budget", {"remaining": 2})
    assert store.cursor("github", "", "budget") == {"remaining": 2}
