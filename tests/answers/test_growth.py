"""`uptake growth`: who grows fastest, what is refused and why, lost stars, births; every figure by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from answers.growth.ages import age_origins
from answers.growth.answer import WHATS, Growth, GrowthRow, growth, growth_json
from answers.growth.lost_stars import lost, lost_json
from answers.questions import Question, QuestionError
from answers.series.answer import series
from answers.series.rows import COLUMNS
from answers.wording import factor
from catalog import load
from migrations import migrate
from storage import Batch, Counts, Event, Observation, Payload, Period, Store
from tests.answers.csv_text import csv_lines
from tests.support.planting import COUNTED_AT, plant
from uptake.cli import main

CATALOG = load()
NOW = datetime(2024, 6, 10, 12, tzinfo=UTC)
LATE = datetime(2026, 11, 22, 12, tzinfo=UTC)  # when all of the almanac is final
TRIO = ("flask", "django", "fastapi")


def planted(url: str, observations: Iterable[Observation], events: tuple[Event, ...] = ()) -> Store:
    """A store with these observations in it."""
    migrate(url)
    by: dict[tuple[str, str], list[Observation]] = {}
    for one in observations:
        by.setdefault((one.metric, one.framework), []).append(one)
    with Store.open(url) as store:
        run = store.start_run("github", trigger="cli", now=NOW)
        for (metric, framework), mine in by.items():
            payload = Payload("github", f"https://example.org/{metric}/{framework}", b"{}", NOW)
            store.write(run.id, framework, metric, Batch(payload, tuple(mine), events=events))
        store.finish(run.id, "ok", counts=Counts(new=1), failures=[], now=NOW)
    return Store.open(url, read_only=True)


def level(framework: str, seen: dict[str, float]) -> list[Observation]:
    return [Observation("stars", framework, Period.day(date.fromisoformat(day)), v) for day, v in seen.items()]


def daily(metric: str, framework: str, first: date, values: Iterable[float]) -> list[Observation]:
    return [Observation(metric, framework, Period.day(first + timedelta(days=k)), v) for k, v in enumerate(values)]


def asked(store: Store, metric: str, *frameworks: str, since: date | None = None, now: datetime = LATE) -> Growth:
    return growth(store, CATALOG, Question(metric, frameworks, since=since), now)


def row(found: Growth, framework: str) -> GrowthRow:
    return next(row for row in found.rows if row.framework == framework)


@pytest.fixture(scope="module")
def stars_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Levels a year apart and two weeks apart; FastAPI gained most, Litestar grew fastest for its size."""
    told = [
        *level("flask", {"2023-06-10": 60_000, "2024-05-26": 62_800, "2024-06-02": 62_900, "2024-06-09": 63_000}),
        *level("fastapi", {"2023-06-10": 50_000, "2024-05-26": 64_600, "2024-06-02": 64_800, "2024-06-09": 65_000}),
        *level("litestar", {"2023-06-10": 1_000, "2024-05-26": 2_900, "2024-06-02": 2_950, "2024-06-09": 3_000}),
    ]
    store = planted(f"sqlite:///{tmp_path_factory.mktemp('growth') / 'stars.db'}", told)
    yield store
    store.close()


def test_who_gained_most_and_who_grew_fastest_for_its_size(stars_store: Store) -> None:
    found = asked(stars_store, "stars", "flask", "fastapi", "litestar", now=NOW)
    assert found.sentence == (
        "FastAPI gained the most GitHub stars: +15,000 stars (+30.0%) from 10 June 2023 to 9 June 2024. Litestar grew "
        "fastest for its size: +200.0% (+2,000 stars). Litestar started from 1,000, the largest from 60,000: small "
        "starts look steep."
    )
    figure = row(found, "flask").figures["last-week"]
    assert (figure.since, figure.until, figure.gained) == (date(2024, 6, 2), date(2024, 6, 9), 100)
    year = row(found, "flask").figures["year-on-year"]
    assert (year.before, year.after, year.gained, year.relative) == (60_000, 63_000, 3_000, 0.05)
    rate = row(found, "fastapi").figures["compound"]
    assert rate.relative == pytest.approx(1.3 ** (365.25 / 365) - 1)
    share = row(found, "fastapi").figures["share"]
    assert share.after == pytest.approx(65_000 / 131_000)
    assert found.everything == "Shares are of the frameworks you selected, not of all frameworks."


def test_a_near_second_is_said_to_be_too_near(tmp_path: Path) -> None:
    """Gains of 1,000 and 990: three standard deviations of two counts are 134."""
    told = [
        *level("flask", {"2023-06-10": 10_000, "2024-06-09": 11_000}),
        *level("django", {"2023-06-10": 20_000, "2024-06-09": 20_990}),
    ]
    found = asked(planted(f"sqlite:///{tmp_path}/near.db", told), "stars", "flask", "django")
    assert "Django is too close to call, with +990 stars." in found.sentence


def test_those_without_a_figure_of_the_day_are_left_out_by_name(tmp_path: Path) -> None:
    told = [*level("flask", {"2023-06-10": 10, "2024-06-09": 99}), *level("django", {"2024-06-09": 20_990})]
    found = asked(planted(f"sqlite:///{tmp_path}/out.db", told), "stars", "flask", "django", "quart")
    assert found.sentence.startswith("Flask grew in GitHub stars by 89 stars (890.0%) from 10 June 2023 to")
    assert "Left out: Django" in found.sentence
    assert found.missing == ("quart",)
    assert row(found, "django").refusals["year-on-year"] == "No comparable figure a year before."


def test_nobody_grew(tmp_path: Path) -> None:
    told = [
        *level("flask", {"2023-06-10": 100, "2024-06-09": 90}),
        *level("django", {"2023-06-10": 100, "2024-06-09": 50}),
    ]
    found = asked(planted(f"sqlite:///{tmp_path}/fell.db", told), "stars", "flask", "django")
    assert "No framework grew in GitHub stars from" in found.sentence
    assert "Flask lost the least: −10 stars (−10.0%)" in found.sentence
    alone = asked(planted(f"sqlite:///{tmp_path}/alone.db", told), "stars", "flask")
    assert "Flask fell in GitHub stars by 10 stars (10.0%) from" in alone.sentence


def test_daily_downloads_by_28_days_and_the_weekdays_they_even_out(tmp_path: Path) -> None:
    """400 days of 100 on workdays and 40 at weekends, then twice that from day 372 on: 28 days of each."""
    first = date(2023, 5, 8)  # a Monday; the last day is 2024-06-09, a Sunday
    values = [(40.0 if k % 7 > 4 else 100.0) * (2 if k >= 371 else 1) for k in range(399)]
    store = planted(f"sqlite:///{tmp_path}/flow.db", daily("downloads_no_mirrors", "flask", first, values))
    found = growth(store, CATALOG, Question("downloads_no_mirrors", ("flask",)), datetime(2024, 6, 20, tzinfo=UTC))
    figures = row(found, "flask").figures
    assert (figures["four-weeks"].before, figures["four-weeks"].after) == (4 * 580, 8 * 580)  # 5 x 100 + 2 x 40
    assert figures["four-weeks"].relative == 1.0
    assert (figures["year-on-year"].since, figures["year-on-year"].relative) == (date(2023, 6, 11), 1.0)
    assert figures["last-week"].gained == 2 * 580
    assert figures["last-month"].gained == sum(values[359:390])  # May 2024
    assert figures["last-year"].why == "No full year of it was recorded lately."
    assert "over 8 weeks, Flask had 40% as many on Saturdays as on Mondays" in found.rhythm
    assert found.weekdays["flask"].part == pytest.approx(0.4)


def test_a_gain_that_chance_brings_is_no_growth(tmp_path: Path) -> None:
    """28 days of 6 a day and one day of 7: 169 after 168, where three deviations of both are 55."""
    told = daily("stars_kept", "flask", date(2023, 1, 2), [6.0] * 519 + [7.0])
    told += daily("stars_kept", "django", date(2023, 1, 2), [9.0] * 520)
    found = asked(planted(f"sqlite:///{tmp_path}/chance.db", told), "stars_kept", "flask", "django")
    assert (
        "No framework grew noticeably in new GitHub stars per day in the 28 days to 4 June 2024, compared"
        in found.sentence
    )
    assert "Flask grew most: +1 star in 28 days (+0.6%)" in found.sentence


def test_one_part_is_named_in_the_sentence(tmp_path: Path) -> None:
    months = [(2022, 5), (2023, 5), (2024, 5)]
    told = [
        Observation("downloads_all_by_country", name, Period.month(y, m), 3_100.0 * k * n, dimension="country=DE")
        for n, name in enumerate(("flask", "django"), start=1)
        for k, (y, m) in enumerate(months, start=1)
    ]
    store = planted(f"sqlite:///{tmp_path}/part.db", told)
    found = growth(store, CATALOG, Question("downloads_all_by_country", ("flask", "django"), "country=DE"), LATE)
    assert found.sentence.startswith(
        "Django gained the most PyPI downloads from Germany: +200 downloads per day (+50.0%) in May 2024, "
        "compared with May 2023. It also grew fastest for its size."
    )


# -- across a break ----------------------------------------------------------------------------------------------------


def test_growth_across_a_break_is_refused_and_the_ratio_to_a_peer_offered(full: Store) -> None:
    """The windows of March 2025 and 2026 have the change of table between them."""
    found = asked(full, "downloads_all_window", "flask", "django")
    flask = row(found, "flask")
    figure, peer = flask.figures["year-on-year"], flask.peers["year-on-year"]
    assert figure.breaks == ("downloads-table-changed-2025",)
    assert (figure.gained, figure.relative) == (None, None)
    assert flask.refusals["year-on-year"].startswith("The counting changed in between: another copy of the log (")
    level = series(full, CATALOG, Question("downloads_all_window", ("flask", "django")), LATE).frame
    at = {(r["framework"], str(r["period_end"].date())): r["value"] for r in level.to_dict("records")}
    for name, when in (("before", "2025-03-31"), ("after", "2026-03-31")):
        assert getattr(peer, name) == pytest.approx(at["flask", when] / at["django", when])
    assert peer.peer == "django"
    assert "grew: the counting changed in between" in found.sentence
    assert (
        f"Flask had {factor(peer.before)} times Django's figure on 31 March 2025 and {factor(peer.after)} times"
        in found.sentence
    )
    assert "Django had" not in found.sentence  # the same the other way round
    told = growth_json(found)["rows"][0]["year-on-year"]
    assert (told["gained"], told["relative"], told["breaks"]) == (None, None, ["downloads-table-changed-2025"])
    assert told["ratio"]["peer"] == "django"
    assert flask.figures["compound"].since == date(2025, 6, 30)  # after the break


def test_alone_there_is_no_peer_to_offer(full: Store) -> None:
    found = asked(full, "downloads_all_window", "flask")
    assert row(found, "flask").peers == {}
    assert "can be compared" not in found.sentence


def test_a_rate_over_a_span_across_a_break_is_refused(full: Store) -> None:
    found = asked(full, "downloads_all_window", "flask", "django", since=date(2025, 1, 1))
    assert row(found, "flask").figures["compound"].breaks == ("downloads-table-changed-2025",)
    assert row(found, "flask").peers["compound"].peer == "django"


def test_shares_windows_and_parts_say_why(full: Store) -> None:
    survey = asked(full, "so_worked_with", "flask")
    assert set(row(survey, "flask").refusals) == set(WHATS)
    assert "grew: a share of respondents has no growth rate" in survey.sentence
    assert survey.everything == "The figure is itself a share: of all who answered the question."
    pip = asked(full, "downloads_pip_30d", "flask")
    assert "Its windows overlap" in row(pip, "flask").refusals["last-month"]
    with pytest.raises(QuestionError, match="has no total"):
        asked(full, "downloads_all_by_country", "flask")
    with pytest.raises(QuestionError, match="did you mean"):
        asked(full, "starz", "flask")


def test_nothing_known_is_said(full: Store) -> None:
    found = asked(full, "forks", "flask")
    assert found.sentence == "No data on GitHub forks for these frameworks and days."
    assert (found.rhythm, found.everything) == ("", "")  # nothing is said of figures that are not there
    assert found.missing == ("flask",)


def test_as_of_a_moment_before_anything_was_known(full: Store) -> None:
    then = Question("stars", TRIO, as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert growth(full, CATALOG, then, NOW).rows == ()


# -- lost stars --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lost_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Flask: 10 stars a day for 100 days to 2024-06-05; on day 50 it showed 520, of which 500 still stand."""
    first = date(2024, 2, 27)
    told = [
        *daily("stars_kept", "flask", first, [10.0] * 100),
        *level("flask", {str(first + timedelta(days=49)): 520, str(first + timedelta(days=99)): 1_000}),
        *daily("stars_kept", "django", first + timedelta(days=50), [10.0] * 50),  # the rest is not collected yet
        *level("django", {str(first + timedelta(days=60)): 700, str(first + timedelta(days=99)): 1_000}),
        *[o for o in daily("stars_kept", "quart", first, [1.0] * 100) if o.period.start.day != 15],
        *level("quart", {str(first + timedelta(days=60)): 61}),
        *level("sanic", {str(first + timedelta(days=60)): 61}),
    ]
    store = planted(f"sqlite:///{tmp_path_factory.mktemp('lost') / 'lost.db'}", told)
    yield store
    store.close()


def test_lost_stars_are_those_shown_less_those_that_still_stand(lost_store: Store) -> None:
    [flask] = lost(lost_store, CATALOG, ["flask"], NOW)
    assert (flask.day, flask.seen, flask.kept, flask.lost) == (date(2024, 4, 16), 520, 500, 20)
    assert flask.part == pytest.approx(20 / 520)
    assert flask.sentence == (
        "Of the 520 stars that Flask had on 16 April 2024, 20 (3.8%) are lost: withdrawn, or gone with their accounts. "
        "500 were still held on 5 June 2024."
    )
    [late] = lost(lost_store, CATALOG, ["flask"], NOW, on=date(2024, 6, 5))
    assert late.lost == 0
    assert "none is measurably lost" in late.sentence
    assert lost_json(flask)["lost"] == 20


@pytest.mark.parametrize(
    ("framework", "why"),
    [
        ("django", "is not complete yet"),
        ("quart", "has gaps"),
        ("sanic", "has not been collected"),
        ("bottle", "counter has not been collected"),
    ],
)
def test_lost_stars_are_not_told_where_the_history_is_not_whole(lost_store: Store, framework: str, why: str) -> None:
    [found] = lost(lost_store, CATALOG, [framework], NOW)
    assert why in found.why
    assert (found.lost, found.part, found.day) == (None, None, None)


def test_growth_of_stars_tells_the_lost_ones_and_of_downloads_none(lost_store: Store) -> None:
    assert [told.framework for told in asked(lost_store, "stars", "flask", "django").lost] == ["flask", "django"]
    assert growth_json(asked(lost_store, "stars_kept", "flask"))["lost"][0]["lost"] == 20
    assert asked(lost_store, "downloads_all", "flask").lost == ()


# -- births ------------------------------------------------------------------------------------------------------------


def test_births_by_first_release(full: Store) -> None:
    found = age_origins(full, CATALOG, TRIO, NOW, "release")
    assert found.by_framework["flask"].day == date(2010, 4, 16)
    assert "the earliest release on record is 1.2 of 17 May 2010, which was not the first" in found.unknown["django"]
    assert "Left out: Django" in found.sentence


def test_a_release_from_the_store_counts_if_it_can_be_the_first(tmp_path: Path) -> None:
    events = (
        Event("litestar", date(2021, 12, 6), "prerelease", "v1.0.0rc1", ""),
        Event("litestar", date(2022, 1, 6), "release", "v1.0.0", ""),
        Event("litestar", date(2020, 1, 6), "note", "a note is no release", ""),
    )
    store = planted(f"sqlite:///{tmp_path}/rel.db", level("litestar", {"2024-06-09": 3}), events)
    assert age_origins(store, CATALOG, ["litestar"], NOW, "release").by_framework["litestar"].day == date(2021, 12, 6)


@pytest.mark.parametrize(
    ("version", "is_first"),
    [
        *((version, True) for version in ("v0.1.0", "0.0.1", "0.1a1", "1.0")),
        *((version, False) for version in ("0.2.0", "0.6", "0.1.3", "1.2", "21.3", "initial")),
    ],
)
def test_only_a_version_to_begin_with_dates_an_age(tmp_path: Path, version: str, is_first: bool) -> None:
    events = (Event("litestar", date(2021, 12, 6), "release", version, ""),)
    store = planted(f"sqlite:///{tmp_path}/rel.db", level("litestar", {"2024-06-09": 3}), events)
    found = age_origins(store, CATALOG, ["litestar"], NOW, "release")
    assert ("litestar" in found.by_framework, "litestar" in found.unknown) == (is_first, not is_first)


def test_births_by_stars_take_a_narrow_bracket_or_the_whole_history(lost_store: Store, stars_store: Store) -> None:
    narrow = age_origins(stars_store, CATALOG, ["litestar", "flask"], NOW, "stars-2950")
    assert narrow.by_framework["litestar"].day == date(2024, 6, 2)
    assert narrow.unknown["flask"] == "it had more when records begin, on 10 June 2023"
    wide = age_origins(stars_store, CATALOG, ["litestar"], NOW, "stars-2000")
    assert wide.unknown["litestar"] == "that was between 10 June 2023 and 26 May 2024, which is too wide"
    given = age_origins(lost_store, CATALOG, ["flask", "django"], NOW, "stars-205")
    assert given.by_framework["flask"].day == date(2024, 3, 18)  # the 21st day of ten stars
    assert "django" in given.unknown
    assert (
        age_origins(stars_store, CATALOG, ["flask"], NOW, "stars-90000")
        .unknown["flask"]
        .startswith("it has not been recorded")
    )
    with pytest.raises(QuestionError, match="stars-10000"):
        age_origins(stars_store, CATALOG, ["flask"], NOW, "moon")


# -- views of series ---------------------------------------------------------------------------------------------------


def rows_of(store: Store, metric: str, view: str, *frameworks: str, **more: date) -> list[tuple[str, str, str, str]]:
    answer = series(store, CATALOG, Question(metric, frameworks, view=view, **more), NOW)  # type: ignore[arg-type]
    lines = [line.strip().split(",") for line in csv_lines(answer)]
    assert lines[0] == list(COLUMNS)
    assert {line[1] for line in lines[1:]} <= {f"{metric}/{view}"}
    return [(line[0], line[4], line[5], line[9]) for line in lines[1:]]


@pytest.mark.parametrize(
    ("view", "told"),
    [
        ("gained-week", ("flask", "2024-06-09", "100", "final")),
        ("year-on-year", ("flask", "2024-06-09", "0.05", "final")),
        ("gained-day", ("flask", "2024-06-09", "", "gap")),
    ],
)
def test_views_of_levels(stars_store: Store, view: str, told: tuple[str, str, str, str]) -> None:
    assert rows_of(stars_store, "stars", view, "flask", since=date(2024, 6, 3))[-1] == told


def test_a_ratio_measures_by_the_first_named(stars_store: Store) -> None:
    rows = rows_of(stars_store, "stars", "ratio", "flask", "fastapi", until=date(2023, 12, 31))
    assert rows == [("fastapi", "2023-06-10", str(50_000 / 60_000), "final")]
    with pytest.raises(QuestionError, match="two or more frameworks"):
        rows_of(stars_store, "stars", "ratio", "flask")


def test_four_weeks_in_the_csv(tmp_path: Path) -> None:
    store = planted(
        f"sqlite:///{tmp_path}/w.db", daily("downloads_all", "flask", date(2024, 4, 1), [1.0] * 28 + [3.0] * 28)
    )
    assert rows_of(store, "downloads_all", "four-weeks", "flask") == [("flask", "2024-05-26", "2.0", "final")]


def test_a_year_before_the_break_is_refused_with_its_code(full: Store) -> None:
    answer = series(full, CATALOG, Question("downloads_all_window", ("flask",), view="year-on-year"), LATE)
    refused = answer.frame[answer.frame["caveats"].str.contains("downloads-table-changed-2025")]
    assert len(refused)
    assert set(refused["status"]) == {"gap"}
    assert refused["caveats"].str.contains("across-a-break").all()
    assert refused["value"].isna().all()


# -- command -----------------------------------------------------------------------------------------------------------


def test_the_command_says_and_its_json_has_it_all(
    full_store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UPTAKE_DATABASE_URL", full_store)
    with pytest.raises(SystemExit) as ended:
        main(["growth", "downloads_all_window", "--framework", "flask,django"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "Year on year" in said
    assert "none: the counting changed in between: another copy of the log" in said
    assert "Ratio to Django: 5.1, then 4.53." in said
    with pytest.raises(SystemExit):
        main(["growth", "stars", "--framework", "flask,django,fastapi", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [r["framework"] for r in told["rows"]] == list(TRIO)
    assert set(WHATS) <= set(told["rows"][0])
    assert told["share_of_everything"] is None
    assert told["caveats"][0]["text"]
    assert told["sources"][0]["licence"]
    with pytest.raises(SystemExit) as wrong:
        main(["growth", "stars", "--since", "2024-01-02", "--until", "2024-01-01"])
    assert wrong.value.code == 2


def test_a_day_of_downloads_is_not_told_twice(sqlite_store: Store) -> None:
    counted = {date(2026, 10, 1) + timedelta(days=n): 100.0 + n for n in range(20)}
    plant(sqlite_store, "downloads_no_mirrors", "flask", counted, COUNTED_AT)
    [row] = growth(sqlite_store, CATALOG, Question("downloads_no_mirrors", ("flask",)), COUNTED_AT).rows
    assert row.figures["last-day"].why == "It is the latest figure itself, counted per day."
    assert row.figures["last-week"].gained == sum(111.0 + n for n in range(7))  # 12 to 18 October
