"""Numbers in and out, on both databases: once is enough, a change is a revision, any vintage can be read again."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import Batch, Counts, Event, Identity, LeaseLost, Observation, Payload, Period, Store

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def payload(hours: float = 0, source: str = "github", body: bytes = b"{}") -> Payload:
    return Payload(source, "http://127.0.0.1/repos/pallets/flask", body, NOON + hours * HOUR, etag='"e"')


def stars(day: int, value: float, framework: str = "flask") -> Observation:
    return Observation("stars", framework, Period.day(date(2020, 1, 1) + timedelta(days=day)), value)


def batch(*told: Observation, hours: float = 0, source: str = "github", fills_only: bool = False) -> Batch:
    return Batch(payload(hours, source), told, fills_only=fills_only)


@pytest.fixture
def run(store: Store) -> int:
    return store.start_run("github", trigger="cli", now=NOON).id


def values(store: Store, as_of: datetime | None = None) -> list[float]:
    return list(store.read("stars", as_of=as_of)["value"])


def test_what_is_told_twice_changes_nothing(store: Store, run: int) -> None:
    told = batch(stars(0, 5), stars(1, 6))
    assert store.write(run, "flask", "snapshot", told) == Counts(new=2)
    before = store.generation()
    assert store.write(run, "flask", "snapshot", told) == Counts(unchanged=2)
    assert store.generation() == before
    assert values(store) == [5, 6]


def test_a_different_value_is_a_revision_and_the_old_one_can_be_read_again(store: Store, run: int) -> None:
    store.write(run, "flask", "snapshot", batch(stars(0, 5), stars(1, 6)))
    assert store.write(run, "flask", "snapshot", batch(stars(0, 4), hours=2)) == Counts(revised=1)
    store.write(run, "flask", "snapshot", batch(stars(0, 9), hours=4))
    assert values(store) == [9, 6]
    assert values(store, NOON - HOUR) == []
    assert values(store, NOON) == [5, 6]
    assert values(store, NOON + 1 * HOUR) == [5, 6]
    assert values(store, NOON + 2 * HOUR) == [4, 6]
    assert values(store, NOON + 9 * HOUR) == [9, 6]
    past = store.revisions("stars", "flask")
    assert list(past["value"]) == [5, 4]
    assert list(past["until"]) == [NOON + 2 * HOUR, NOON + 4 * HOUR]


def test_old_figures_of_other_observers_never_replace_our_own(store: Store, run: int) -> None:
    store.write(run, "flask", "snapshot", batch(stars(0, 5)))
    almanac = batch(stars(0, 4), stars(1, 7), source="almanac:x", fills_only=True)
    assert store.write(run, "flask", "stars", almanac) == Counts(new=1, unchanged=1)
    corrected = batch(stars(0, 4), stars(1, 8), source="almanac:x", fills_only=True, hours=1)
    assert store.write(run, "flask", "stars", corrected) == Counts(revised=1, unchanged=1)
    assert values(store) == [5, 8]


def test_a_frame_has_the_same_names_and_says_where_each_number_comes_from(store: Store, run: int) -> None:
    share = Observation("so_worked_with", "fastapi", Period.year(2019), None, 65_022)
    store.write(run, "flask", "snapshot", batch(stars(0, 5)))
    store.write(run, "fastapi", "published", batch(share, source="stackoverflow", hours=1))
    frame = store.read("so_worked_with")
    assert frame.loc[0, "framework"] == "fastapi"
    assert frame["value"].isna().all()  # not asked: neither zero nor absent
    assert frame.loc[0, "base"] == 65_022
    assert [str(frame.loc[0, name])[:10] for name in ("period", "period_end")] == ["2019-01-01", "2019-12-31"]
    assert frame.loc[0, "source"] == "stackoverflow"
    assert frame.loc[0, "retrieved_at"] == NOON + HOUR


def test_windows_that_start_on_one_day_are_different_periods(store: Store, run: int) -> None:
    first = date(2024, 11, 1)
    short, long = (
        Observation("downloads_all_window", "flask", Period(first, first + timedelta(days=d)), 10.0 * d)
        for d in (25, 29)
    )
    assert store.write(run, "flask", "downloads", batch(short, long)) == Counts(new=2)
    assert list(store.read("downloads_all_window")["value"]) == [250, 290]


def test_bounds_keep_what_touches_them(store: Store, run: int) -> None:
    store.write(run, "flask", "snapshot", batch(*(stars(d, d) for d in range(10))))
    frame = store.read("stars", ["flask"], since=date(2020, 1, 3), until=date(2020, 1, 5))
    assert list(frame["value"]) == [2, 3, 4]
    assert store.read("stars", ["django"]).empty
    assert store.read("nothing").empty


def test_dimensions_are_apart_from_the_total(store: Store, run: int) -> None:
    day = Period.day(date(2026, 1, 1))
    told = [Observation("d", "flask", day, n, None, key) for n, key in ((1, "python=3.9"), (2, "python=3.10"))]
    store.write(run, "flask", "python", Batch(payload(), tuple(told)))
    assert store.read("d").empty
    assert list(store.read("d", dimension="python=3.9")["value"]) == [1]
    assert len(store.read("d", dimension=None)) == 2


def test_large_batches_pass_the_limits_of_a_statement(store: Store, run: int) -> None:
    told = batch(*(stars(d, d) for d in range(9_001)))
    assert store.write(run, "flask", "snapshot", told) == Counts(new=9_001)
    assert store.write(run, "flask", "snapshot", told) == Counts(unchanged=9_001)
    assert values(store) == list(range(9_001))


def test_data_and_cursor_are_kept_together_or_not_at_all(store: Store, run: int) -> None:
    twice = Batch(payload(), (stars(0, 1), stars(0, 2)), {"page": 2})
    with pytest.raises(ValueError, match="twice"):
        store.write(run, "flask", "snapshot", twice)
    assert store.cursor("github", "flask", "snapshot") == {}
    assert store.payloads(run) == []
    store.write(run, "flask", "snapshot", Batch(payload(), (stars(0, 1),), {"page": 3, "etag": "x"}))
    store.write(run, "flask", "snapshot", Batch(payload(), (), {"page": 4}))
    assert store.cursor("github", "flask", "snapshot") == {"page": 4}


def test_payloads_keep_the_body_of_what_told_something(store: Store, run: int) -> None:
    for body in (b'{"n": 1}', b'{"n": 1} '):
        store.write(run, "flask", "snapshot", Batch(payload(body=body), (stars(0, 1),)))
    first, second = store.payloads(run)
    assert first.body == b'{"n": 1}'
    assert first.sha256 == hashlib.sha256(b'{"n": 1}').hexdigest()
    assert (first.size, first.etag, second.body) == (8, '"e"', None)


def test_aliases_and_events_are_told_once(store: Store, run: int) -> None:
    for name in ("tiangolo/fastapi", "fastapi/fastapi", "fastapi/fastapi"):
        who = Identity("160919119", name)
        release = Event("fastapi", date(2024, 7, 30), "release", "0.112.0")
        store.write(run, "fastapi", "snapshot", Batch(payload(), (), identity=who, events=(release,)))
    assert sorted(alias.name for alias in store.aliases("fastapi")) == ["fastapi/fastapi", "tiangolo/fastapi"]
    assert [event.title for event in store.events(["fastapi"])] == ["0.112.0"]
    assert store.events(["flask"]) == []


def test_a_writer_whose_lease_was_taken_over_keeps_nothing(store: Store, run: int) -> None:
    slow = store.acquire("collect:github", "slow", 10, NOON)
    assert slow is not None
    quick = store.acquire("collect:github", "quick", 10, NOON + timedelta(seconds=11))
    assert quick is not None
    assert quick.token == slow.token + 1
    with pytest.raises(LeaseLost):
        store.write(run, "flask", "snapshot", batch(stars(0, 1)), lease=slow)
    assert values(store) == []
    store.write(run, "flask", "snapshot", batch(stars(0, 2)), lease=quick)
    assert values(store) == [2]


def test_series_say_what_they_cover(store: Store, run: int) -> None:
    store.write(run, "flask", "snapshot", batch(stars(0, 1), stars(9, 2)))
    (series,) = store.series()
    assert (series.metric, series.framework, series.dimension, series.observations) == ("stars", "flask", "", 2)
    assert (series.first, series.last) == (date(2020, 1, 1), date(2020, 1, 10))


def test_a_frame_without_rows_is_the_readers_own(store: Store) -> None:
    nothing = store.read("stars", ["flask"])
    nothing["more"] = 1
    assert "more" not in store.read("stars", ["flask"])


def test_what_was_observed_is_told_without_its_days(store: Store, run: int) -> None:
    store.write(run, "flask", "snapshot", batch(stars(0, 1), stars(9, 2)))
    assert store.observed() == {("stars", "flask")}


def test_a_revision_is_told_of_the_time_in_which_it_came(store: Store, run: int) -> None:
    store.write(run, "flask", "snapshot", batch(stars(0, 1), stars(9, 2)))
    store.write(run, "flask", "snapshot", batch(stars(0, 3), stars(9, 4), hours=2))
    first, second = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    assert store.revised(first, second) == [("stars", "flask")]
    assert store.revised(NOON, first) == []
    assert store.revised(second + timedelta(seconds=1), second + timedelta(days=1)) == []


def test_frameworks_of_the_catalog_are_mirrored(store: Store) -> None:
    store.mirror_frameworks([("flask", "Flask"), ("django", "Django")])
    store.mirror_frameworks([("flask", "Flask!"), ("django", "Django")])


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_no_source_may_claim_the_impossible(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        stars(0, value)


def test_observations_refuse_what_makes_no_sense() -> None:
    year = Period.year(2020)
    with pytest.raises(ValueError, match="within"):
        Observation("so_worked_with", "flask", year, 1.2, 100)
    with pytest.raises(ValueError, match="how many"):
        Observation("so_worked_with", "flask", year, None)
    with pytest.raises(ValueError, match="key=value"):
        Observation("so_worked_with", "flask", year, 0.5, 100, "DE")
    with pytest.raises(ValueError, match="before it starts"):
        Period(date(2020, 1, 2), date(2020, 1, 1))
    assert Period.month(2024, 12).end == date(2024, 12, 31)
    assert Period.month(2024, 2).days == 29


# The reference model is a dictionary of what was last said and a list of everything ever said.
steps = st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=5), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_any_order_of_telling_gives_what_a_simple_model_gives(
    sqlite_store: Store, said: list[list[tuple[int, int]]]
) -> None:
    store = sqlite_store
    run = store.start_run("github", trigger="cli", now=NOON).id
    name = f"f{run}"
    known: dict[int, int] = {}
    vintages: list[dict[int, int]] = []
    for hour, told in enumerate(said):
        now = dict(told)  # one payload says a period once
        counts = store.write(run, name, "snapshot", batch(*(stars(d, v, name) for d, v in now.items()), hours=hour))
        assert counts.new == len(now.keys() - known.keys())
        assert counts.revised == sum(1 for d in now.keys() & known.keys() if known[d] != now[d])
        known |= now
        vintages.append(dict(known))
    for hour, vintage in enumerate(vintages):
        frame = store.read("stars", [name], as_of=NOON + (hour + 0.5) * HOUR)
        assert list(frame["value"]) == [vintage[d] for d in sorted(vintage)]
    assert list(store.read("stars", [name])["value"]) == [known[d] for d in sorted(known)]
