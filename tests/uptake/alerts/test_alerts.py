"""What is news is found once, whatever comes in and however often one looks; a past that is filled in is silent."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from catalog import Catalog, load
from migrations import migrate
from storage import KeptAlert, Store
from tests.support.planting import SOURCES, at, days, plant, ran, snapshots
from uptake.alerts.detection import alert_page, find_alerts
from uptake.frameworks.tracked_catalog import tracked_catalog
from uptake.settings.value_types import ALERT_KINDS

CATALOG = load()
# A look reads every metric, and these tests look some hundred times: metrics that are never planted are left out.
PLANTED = replace(CATALOG, metrics={name: metric for name, metric in CATALOG.metrics.items() if name in SOURCES})
START = date(2026, 10, 1)  # no break of the register lies on the weeks that follow
CROSSED = date(2026, 10, 20)
SPRING = date(2026, 5, 1)
WEEK = timedelta(days=6)
Levels = dict[str, dict[date, float]]


def scanned(
    store: Store,
    day: date | datetime,
    *,
    kinds: Collection[str] = ALERT_KINDS,
    first: bool = False,
    catalog: Catalog = PLANTED,
    **more: bool,
) -> list[KeptAlert]:
    """Look at noon and note what is new. The loud ones are returned."""
    now = day if isinstance(day, datetime) else at(day, 12)
    found = find_alerts(store, tracked_catalog(catalog, store), now, kinds=kinds, first_scan=first, **more)
    return [alert for alert in store.note_alerts(found, now) if not alert.silent]


def overtakes(heard: list[KeptAlert]) -> list[KeptAlert]:
    return [alert for alert in heard if alert.kind == "overtake"]


def silent(store: Store) -> list[KeptAlert]:
    return [alert for alert in store.alerts(1000, include_silent=True) if alert.silent]


def chase(
    first: date = START, crossed: date = CROSSED, last: date = date(2026, 11, 10)
) -> dict[str, dict[date, float]]:
    """Flask gains ten stars a day, Django thirty: it leads from `crossed` on."""
    flask = {day: 3000.0 + 10 * (day - crossed).days for day in days(first, last)}
    return {"flask": flask, "django": {day: flask[day] + 20 * (day - crossed).days + 5 for day in flask}}


def day_by_day(store: Store, levels: Levels, last: date) -> list[KeptAlert]:
    """Each day the snapshots come in, then somebody looks, twice."""
    heard: list[KeptAlert] = []
    for day in days(min(levels["flask"]), last):
        snapshots(store, "stars", {name: {day: values[day]} for name, values in levels.items() if day in values})
        heard += scanned(store, day)
        assert scanned(store, at(day, 13)) == []
    return heard


# -- overtakes ---------------------------------------------------------------------------------------------------------


def test_an_overtake_is_told_on_its_day_and_once(store: Store) -> None:
    heard = day_by_day(store, chase(CROSSED - WEEK), CROSSED + WEEK)
    assert [(a.kind, a.happened, a.found_at.date()) for a in heard] == [("overtake", CROSSED, CROSSED)]
    assert heard[0].key == "overtake:stars:django:flask:2026-10-19/2026-10-20"
    assert heard[0].text.startswith("Django passed Flask in GitHub stars on 19 or 20 October 2026.")
    assert "It was ahead by 5 stars on 20 October 2026. Single source: " in heard[0].text
    assert heard[0].query == "/api/v1/compare.json?a=django&b=flask&on=2026-10-20"
    assert alert_page(heard[0]) == "/head-to-head?a=django&b=flask&on=2026-10-20&by=stars"


def test_a_new_store_is_silent_but_shows_what_lately_was(sqlite_store: Store) -> None:
    today = date(2026, 10, 25)
    for name, values in chase(last=today).items():
        plant(sqlite_store, "stars", name, values, at(today))
    assert scanned(sqlite_store, today) == []
    assert [a.key for a in silent(sqlite_store)] == ["overtake:stars:django:flask:2026-10-19/2026-10-20"]


def test_the_first_look_at_a_store_that_was_watched_before_is_silent(sqlite_store: Store) -> None:
    snapshots(sqlite_store, "stars", chase(last=date(2026, 10, 22)))
    assert scanned(sqlite_store, date(2026, 10, 22), first=True) == []
    assert [a.kind for a in silent(sqlite_store)] == ["overtake"]
    assert scanned(sqlite_store, date(2026, 10, 23)) == []


def test_a_bracket_that_more_data_narrow_is_the_same_event(sqlite_store: Store) -> None:
    levels = chase()
    seen = [START, date(2026, 10, 5), date(2026, 10, 27)]
    for day in seen:
        snapshots(sqlite_store, "stars", {name: {day: values[day]} for name, values in levels.items()})
    [told] = scanned(sqlite_store, seen[-1])
    assert told.key.endswith("2026-10-05/2026-10-27")
    for name, values in levels.items():
        between = {day: values[day] for day in days(date(2026, 10, 6), date(2026, 10, 26))}
        plant(sqlite_store, "stars", name, between, at(date(2026, 10, 28)), source="almanac:somebody")
    assert scanned(sqlite_store, date(2026, 10, 28)) == []
    field = find_alerts(sqlite_store, CATALOG, at(date(2026, 10, 28)))
    assert [a for a in field if a.kind == "overtake"] == []


def test_a_revision_that_moves_the_bracket_is_the_same_event(sqlite_store: Store) -> None:
    assert len(day_by_day(sqlite_store, chase(CROSSED - WEEK), date(2026, 10, 25))) == 1
    earlier = chase(crossed=date(2026, 10, 14))
    for name, values in earlier.items():
        told = {day: value for day, value in values.items() if day <= date(2026, 10, 26)}
        plant(sqlite_store, "stars", name, told, at(date(2026, 10, 26)))
    assert scanned(sqlite_store, date(2026, 10, 26)) == []


def test_a_past_that_is_filled_in_is_silent(sqlite_store: Store) -> None:
    """Years of history arrive for frameworks that are watched: of what happened in them nothing is told."""
    today = date(2026, 11, 10)
    watched = {name: {day: v for day, v in of.items() if day > CROSSED} for name, of in chase(last=today).items()}
    snapshots(sqlite_store, "stars", watched)
    assert scanned(sqlite_store, today) == []
    for name, values in chase(date(2024, 1, 1), CROSSED, CROSSED).items():
        positive = {day: max(value, 1.0) for day, value in values.items()}
        plant(sqlite_store, "stars", name, positive, at(today, 10), source="almanac:somebody")
    assert scanned(sqlite_store, today) == []
    assert scanned(sqlite_store, today + timedelta(days=1)) == []


def test_a_backfill_that_reaches_into_the_last_days_is_silent(sqlite_store: Store) -> None:
    """A source asked for the first time gives half a year at once, with an overtake that lasted just long enough."""
    today, crossed = date(2026, 11, 10), date(2026, 8, 25)
    for name, rate in (("flask", 1000.0), ("django", 900.0)):
        told = {
            day: rate + (6000 if name == "django" and day >= crossed else 0) for day in days(date(2026, 5, 1), today)
        }
        plant(sqlite_store, "downloads_no_mirrors", name, told, at(today))
    assert scanned(sqlite_store, today) == []
    assert "overtake" in [a.kind for a in silent(sqlite_store)]
    assert scanned(sqlite_store, today + timedelta(days=2)) == []


def test_of_an_own_framework_the_past_is_silent_and_the_future_is_not(sqlite_store: Store) -> None:
    added, last = date(2026, 10, 24), date(2026, 11, 10)
    snapshots(sqlite_store, "stars", {"flask": dict.fromkeys(days(START, last), 3000.0)})
    assert scanned(sqlite_store, date(2026, 10, 23)) == []
    sqlite_store.add_framework("mine", "Mine", {"github": "me/mine"}, now=at(added))
    past = {day: 2900.0 + (200 if day > CROSSED else 0) for day in days(START, added)}
    plant(sqlite_store, "stars", "mine", past, at(added), source="almanac:me")
    snapshots(sqlite_store, "stars", {"mine": {day: 3100.0 - 60 * (day - added).days for day in days(added, added)}})
    assert scanned(sqlite_store, added) == []
    heard = []
    for n, day in enumerate(days(added + timedelta(days=1), last), start=1):
        snapshots(sqlite_store, "stars", {"mine": {day: 3100.0 - 20 * n}})
        heard += overtakes(scanned(sqlite_store, day))
    assert [a.key for a in heard] == ["overtake:stars:flask:mine:2026-10-28/2026-10-30"]


def test_a_source_that_was_down_for_weeks_tells_of_what_it_missed_if_it_was_lately(sqlite_store: Store) -> None:
    levels = chase(last=date(2026, 10, 28))
    away = {
        name: {d: v for d, v in of.items() if not date(2026, 10, 5) < d < date(2026, 10, 28)}
        for name, of in levels.items()
    }
    snapshots(sqlite_store, "stars", away)
    [told] = scanned(sqlite_store, date(2026, 10, 28))
    assert told.key.endswith("2026-10-05/2026-10-28")


def test_an_overtake_that_was_taken_back_at_once_is_not_told(sqlite_store: Store) -> None:
    flask = dict.fromkeys(days(START, CROSSED), 3000.0)
    django = {day: 2990.0 + (20 if day == CROSSED - timedelta(days=1) else 0) for day in flask}
    snapshots(sqlite_store, "stars", {"flask": flask, "django": django})
    assert scanned(sqlite_store, CROSSED) == []


def test_a_lead_that_flutters_is_told_once_each_way(sqlite_store: Store) -> None:
    heard = []
    for n, day in enumerate(days(START, START + timedelta(days=25))):
        ahead = 5 if n % 2 else -5
        snapshots(sqlite_store, "stars", {"flask": {day: 3000.0}, "django": {day: 3000.0 + ahead}})
        heard += scanned(sqlite_store, day)
    assert sorted(a.key.split(":")[2] for a in heard) == ["django", "flask"]


def test_one_overtake_by_several_rules_of_counting_is_one_event(sqlite_store: Store) -> None:
    heard = []
    start, crossed, last = date(2026, 4, 1), date(2026, 8, 15), date(2026, 10, 31)
    watched = [*days(crossed - timedelta(days=5), crossed), *days(last - timedelta(days=20), last)]
    for today in watched:
        for metric, factor in (("downloads_no_mirrors", 1.0), ("downloads_with_mirrors", 1.1)):
            for name in ("flask", "django"):
                jump = 100_000 if name == "django" else 0
                told = {
                    day: factor * (50_000 + 900 * (day.toordinal() * 7 % 5) - (2000 if name == "django" else 0))
                    + (jump if day >= crossed else 0)
                    for day in days(start, today - timedelta(days=1))
                }
                plant(sqlite_store, metric, name, told, at(today))
        heard += overtakes(scanned(sqlite_store, today))
    assert len(heard) == 1
    assert "Confirmed by 1 other count (PyPI downloads" in heard[0].text


def test_a_lead_within_chance_is_not_told(sqlite_store: Store) -> None:
    """Fifty downloads a day against forty-nine: the one or the other is ahead."""
    today = date(2026, 11, 10)
    for name, before, after in (("flask", 50.0, 50.0), ("django", 49.0, 52.0)):
        told = {day: before if day < date(2026, 10, 1) else after for day in days(date(2026, 8, 1), today)}
        plant(sqlite_store, "downloads_no_mirrors", name, told, at(date(2026, 8, 2)))
    found = find_alerts(sqlite_store, CATALOG, at(date(2026, 10, 30)))
    assert [a for a in found if a.kind == "overtake"] == []


def test_kinds_that_are_not_wanted_are_noted_silently(sqlite_store: Store) -> None:
    snapshots(sqlite_store, "stars", chase(last=date(2026, 10, 22)))
    assert scanned(sqlite_store, date(2026, 10, 22), kinds=("milestone",)) == []
    assert [a.kind for a in silent(sqlite_store)] == ["overtake"]
    assert scanned(sqlite_store, date(2026, 10, 23)) == []


@given(
    steps=st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40), st.booleans()), min_size=5, max_size=12),
    seed=st.integers(0, 1000),
)
@settings(max_examples=4, phases=(Phase.explicit, Phase.generate))  # each example collects and looks for days
def test_whatever_comes_in_nothing_is_found_twice_and_no_backfill_is_heard(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, bool]], seed: int
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('alerts') / 'uptake.db'}"
    migrate(url)
    chance, levels = random.Random(seed), {"flask": 3000.0, "django": 3000.0}
    heard: list[KeptAlert] = []
    with Store.open(url) as store:
        for n, (one, other, fills) in enumerate(steps):
            day = START + timedelta(days=n)
            levels = {"flask": levels["flask"] + one, "django": levels["django"] + other}
            if chance.random() < 0.8:
                snapshots(store, "stars", {name: {day: value} for name, value in levels.items()})
            heard += overtakes(scanned(store, day))
            if fills:  # a past before anything was watched, with overtakes in it
                past = days(START - timedelta(days=40), START - timedelta(days=1))
                for name in levels:
                    plant(
                        store, "stars", name, {d: 3000.0 + chance.randint(-90, 90) for d in past}, at(day, 13),
                        source="almanac:somebody",
                    )  # fmt: skip
                assert overtakes(scanned(store, at(day, 14))) == []
            # But for a source that falls silent in these hours.
            assert [alert.kind for alert in scanned(store, at(day, 15)) if alert.kind != "stale"] == []
        keys = [alert.key for alert in store.alerts(1000, include_silent=True)]
    assert len(set(keys)) == len(keys)
    assert all(alert.happened > START for alert in heard)
    for winner in ("flask", "django"):  # within four weeks, one event each way
        assert sum(alert.key.split(":")[2] == winner for alert in heard) <= 1


# -- milestones --------------------------------------------------------------------------------------------------------


def test_a_round_number_is_told_once_though_it_is_lost_and_reached_again(store: Store) -> None:
    counts = [4990, 4998, 5003, 4996, 4999, 5001, 5010]
    levels = {"flask": {START + timedelta(days=n): float(stars) for n, stars in enumerate(counts)}}
    heard = day_by_day(store, levels, START + timedelta(days=len(counts) - 1))
    assert [(a.key, a.happened) for a in heard] == [("milestone:stars:flask:5000", date(2026, 10, 3))]
    assert heard[0].text == "Flask reached 5,000 GitHub stars on 2 or 3 October 2026."
    assert alert_page(heard[0]) == "/trends?metric=stars&framework=flask"


def test_levels_of_the_past_and_of_the_first_sight_are_silent(sqlite_store: Store) -> None:
    snapshots(sqlite_store, "stars", {"flask": {START: 5003.0}})
    assert scanned(sqlite_store, START) == []
    plant(sqlite_store, "stars", "flask", {START - timedelta(days=3): 4000.0}, at(START, 9), source="almanac:me")
    assert scanned(sqlite_store, START + timedelta(days=1)) == []
    assert [a.key for a in silent(sqlite_store)] == ["milestone:stars:flask:5000"]


def test_several_levels_jumped_at_once_are_each_told(sqlite_store: Store) -> None:
    heard = day_by_day(
        sqlite_store, {"flask": {START: 90.0, START + timedelta(days=1): 600.0}}, START + timedelta(days=1)
    )
    assert [a.key.rpartition(":")[2] for a in heard] == ["100", "200", "500"]


# -- odd days ----------------------------------------------------------------------------------------------------------


def weeks(scale: float, first: date, last: date, seed: int) -> dict[date, float]:
    """Downloads with weekends and five per cent of noise."""
    chance = random.Random(seed)
    return {
        day: round(scale * (0.6 if day.weekday() > 4 else 1.0) * chance.gauss(1, 0.05)) for day in days(first, last)
    }


NAMES = ("flask", "django", "fastapi", "tornado", "sanic", "bottle")
FIRST, ODD, LAST = date(2026, 6, 1), date(2026, 10, 20), date(2026, 10, 31)


def downloads(store: Store, jumps: dict[str, float], today: date) -> None:
    """What pypistats says today: everything up to yesterday."""
    for n, name in enumerate(NAMES):
        values = weeks(50_000 * (n + 1) ** 2, FIRST, today - timedelta(days=1), n)
        if ODD in values:
            values[ODD] *= jumps.get(name, 1.0)
        plant(store, "downloads_no_mirrors", name, values, at(today))


def heard_of(store: Store, jumps: dict[str, float]) -> list[KeptAlert]:
    heard: list[KeptAlert] = []
    for today in days(ODD - timedelta(days=2), LAST):
        downloads(store, jumps, today)
        heard += scanned(store, today)
        assert scanned(store, at(today, 15)) == []
    return heard


def test_an_odd_day_is_told_once_and_as_no_more_than_that(sqlite_store: Store) -> None:
    [told] = heard_of(sqlite_store, {"flask": 6.0})
    assert (told.kind, told.happened) == ("anomaly", ODD)
    assert told.key == "spike:downloads:flask:rose:2026-10-20"
    assert told.text.startswith("Flask had 299,904 downloads on 20 October 2026, against about 49,590 normally.")
    assert "The next weeks will show whether it lasts." in told.text
    assert "change" not in told.text
    assert told.query.endswith("?metric=downloads_no_mirrors&framework=flask&since=2026-10-20&until=2026-10-20")
    assert alert_page(told) == "/anomalies?metric=downloads_no_mirrors&framework=flask"


def test_nothing_odd_nothing_told(sqlite_store: Store) -> None:
    assert heard_of(sqlite_store, {}) == []


def test_a_day_on_which_many_jump_is_one_event_of_the_source(sqlite_store: Store) -> None:
    [told] = heard_of(sqlite_store, {"flask": 0.05, "django": 0.05, "fastapi": 0.05, "tornado": 0.05})
    assert told.key == "incident:pypistats:fell:2026-10-20"
    assert "4 of the 6 with data" in told.text
    assert "suggests a problem at the source" in told.text


# -- stale sources -----------------------------------------------------------------------------------------------------


def stale_days(source: str) -> timedelta:
    found = CATALOG.sources[source].stale_after_days
    assert found is not None
    return timedelta(days=found)


def test_a_source_that_falls_silent_is_told_once_an_episode_and_so_is_its_return(store: Store) -> None:
    began = at(START)
    ran(store, "pypistats", began)
    limit, heard = stale_days("pypistats"), list[str]()
    for hours in range(0, 24 * (limit.days + 4), 12):
        now = began + timedelta(hours=hours + 1)
        ran(store, "pypistats", now, "failed")
        heard += [a.text for a in scanned(store, now, scheduled=True)]
    assert len(heard) == 1
    assert heard[0].startswith(f"{CATALOG.sources['pypistats'].title} is late: its latest data are of")
    assert "did not answer" in heard[0]
    back = began + limit + timedelta(days=5)
    ran(store, "pypistats", back)
    [told] = scanned(store, back, scheduled=True)
    assert "is up to date again" in told.text
    assert scanned(store, back + timedelta(hours=1), scheduled=True) == []
    ran(store, "pypistats", back + limit + timedelta(days=1), "failed")
    [again] = scanned(store, back + limit + timedelta(days=1, hours=1), scheduled=True)
    assert again.key != told.key
    assert again.key.startswith("stale:pypistats:")


def test_a_source_that_answers_but_has_nothing_new_is_told_once(sqlite_store: Store) -> None:
    heard = []
    for day in range(10):  # it lags by five days, more than it may, and goes on lagging
        now = at(START) + timedelta(days=day)
        ran(sqlite_store, "pypistats", now, newest=now.date() - timedelta(days=5))
        heard += scanned(sqlite_store, now, scheduled=True)
    [told] = heard
    assert told.key.startswith("stale:pypistats:")
    assert "its latest data are of" in told.text


def test_a_machine_that_was_off_lets_its_scheduler_try_first(sqlite_store: Store) -> None:
    ran(sqlite_store, "pypistats", at(START))
    late = at(START) + stale_days("pypistats") + timedelta(days=1)
    assert scanned(sqlite_store, late, scheduled=True) == []
    [told] = scanned(sqlite_store, late, scheduled=False)  # nobody collects at all
    assert told.key.startswith("stale:pypistats:")


def test_a_source_that_never_answered_is_told_after_as_long(sqlite_store: Store) -> None:
    ran(sqlite_store, "github", at(START), "failed")
    assert scanned(sqlite_store, START) == []
    [told] = scanned(sqlite_store, at(START) + stale_days("github") + timedelta(days=1))
    assert told.key == "stale:github:never"
    assert "has never been collected" in told.text


def test_a_source_that_is_not_told_of_any_more_does_not_recover(sqlite_store: Store) -> None:
    ran(sqlite_store, "pypistats", at(START))
    assert scanned(sqlite_store, START) == []
    assert silent(sqlite_store) == []


# -- all of it ---------------------------------------------------------------------------------------------------------


def test_what_comes_with_uptake_makes_no_noise(own_full_store: str) -> None:
    with Store.open(own_full_store) as store:
        assert scanned(store, date(2026, 11, 22), catalog=CATALOG) == []
        assert scanned(store, date(2027, 3, 1), catalog=CATALOG) == []


def test_a_quiet_alert_differs_in_nothing_else(sqlite_store: Store) -> None:
    snapshots(sqlite_store, "stars", chase(last=date(2026, 10, 22)))
    loud = find_alerts(sqlite_store, CATALOG, at(date(2026, 10, 22)))
    quiet = find_alerts(sqlite_store, CATALOG, at(date(2026, 10, 22)), first_scan=True)
    assert [replace(alert, silent=True) for alert in loud] == quiet
    assert not any(alert.silent for alert in loud)
