"""Forecasts are kept beside their past; an alert is noted once and told until telling it succeeds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from storage import KeptForecast, NewAlert, Store

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def made(hours: int, median: float, rival: str = "") -> KeptForecast:
    when = NOON + timedelta(hours=hours)
    return KeptForecast("stars", "flask", rival, when, date(2026, 10, 31), {"median": [median]})


def alert(key: str, *, silent: bool = False) -> NewAlert:
    return NewAlert(key, "overtake", date(2026, 11, 20), f"It is {key}.", "/api/v1/compare.json", silent)


def test_the_last_forecast_is_read_and_its_past_by_moment(store: Store) -> None:
    for told in (made(0, 1.0), made(2, 2.0), made(1, 3.0, "django")):
        store.keep_forecast(told)
    assert store.forecast("stars", "flask") == made(2, 2.0)
    assert store.forecast("stars", "flask", as_of=NOON + timedelta(hours=1)) == made(0, 1.0)
    assert store.forecast("stars", "flask", as_of=NOON - timedelta(hours=1)) is None
    assert store.forecasts() == [made(2, 2.0), made(1, 3.0, "django")]
    assert store.forecasts("forks") == []


def test_the_same_forecast_twice_is_kept_once_and_tells_readers(store: Store) -> None:
    before = store.generation()
    store.keep_forecast(made(0, 1.0))
    store.keep_forecast(made(0, 1.5))
    assert store.forecasts() == [made(0, 1.5)]
    assert store.generation() > before


def test_an_alert_is_noted_once(store: Store) -> None:
    first = store.note_alerts([alert("a"), alert("b"), alert("a")], NOON)
    assert [kept.key for kept in first] == ["a", "b"]
    again = store.note_alerts([alert("b"), alert("c")], NOON + timedelta(days=1))
    assert [kept.key for kept in again] == ["c"]
    assert [kept.key for kept in store.alerts()] == ["c", "a", "b"]
    assert store.alerts()[1] == first[0]


def test_a_silent_alert_is_known_and_never_told(store: Store) -> None:
    store.note_alerts([alert("past", silent=True)], NOON)
    assert store.unsent() == []
    assert store.alerts() == []
    assert [kept.key for kept in store.alerts(include_silent=True)] == ["past"]
    assert store.note_alerts([alert("past")], NOON) == []


def test_what_could_not_be_told_is_still_to_be_told(store: Store) -> None:
    store.note_alerts([alert("a"), alert("b")], NOON)
    store.mark_sent("a", None, "the receiver does not answer")
    assert [(kept.key, kept.error) for kept in store.unsent()] == [("a", "the receiver does not answer"), ("b", "")]
    store.mark_sent("a", NOON)
    assert [kept.key for kept in store.unsent()] == ["b"]
    assert {kept.key: kept.sent_at for kept in store.alerts()} == {"a": NOON, "b": None}
