"""What a verdict may say: confirmed only by another count that was there, never on days that nobody has explained."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from answers.overtakes.compare import compare
from answers.overtakes.history import overtakes
from answers.overtakes.wording import verdict_sentence
from answers.panel import leader_at, panels
from answers.questions import SurveyQuestion
from answers.surveys.answer import surveys
from catalog import load
from storage import Store
from tests.support.planting import at, days, plant, snapshots
from uptake.alerts.detection import find_alerts

CATALOG = load()
FIRST = date(2026, 9, 1)
LAST = FIRST + timedelta(days=20)
NOW = datetime(2026, 9, 21, 12, tzinfo=UTC)
NOW_ALMANAC = datetime(2026, 11, 22, 13, tzinfo=UTC)


def zero_for_two_days(store: Store) -> None:
    """Flask's counter as GitHub once answered, 72,670, then 0 and 0, then 72,685; Tornado's grows by one a day."""
    flask = {day: 72_600.0 + 5 * n for n, day in enumerate(days(FIRST, LAST))}
    flask |= {FIRST + timedelta(days=n): 0.0 for n in (15, 16)}
    tornado = {day: 22_400.0 + n for n, day in enumerate(days(FIRST, LAST))}
    snapshots(store, "stars", {"flask": flask, "tornado": tornado})


def test_an_overtake_on_two_days_of_zero_is_never_confirmed_and_the_list_says_why(sqlite_store: Store) -> None:
    zero_for_two_days(sqlite_store)
    rows = overtakes(sqlite_store, CATALOG, NOW, every=True).rows
    assert [(row.winner, row.verdict) for row in rows] == [("flask", "undecidable"), ("tornado", "undecidable")]
    assert all("Flask's counter" in row.reason and "for no known reason" in row.sentence for row in rows)


def test_nor_does_the_comparison_call_it_more(sqlite_store: Store) -> None:
    zero_for_two_days(sqlite_store)
    during = compare(sqlite_store, CATALOG, "tornado", "flask", NOW, on=FIRST + timedelta(days=16))
    (stars,) = during.entries
    assert (stars.leader, stars.verdict) == ("tornado", "undecidable")
    assert "stars" not in during.answer


def test_the_alert_says_why(sqlite_store: Store) -> None:
    flask = dict.fromkeys(days(FIRST, LAST), 72600.0)
    snapshots(sqlite_store, "stars", {"flask": flask, "tornado": dict.fromkeys(days(FIRST, LAST), 22_400.0)})
    find_alerts(sqlite_store, CATALOG, at(LAST, 6))
    zero = LAST + timedelta(days=1)
    snapshots(sqlite_store, "stars", {"flask": {zero: 0.0}, "tornado": {zero: 22_400.0}})
    told = [alert.text for alert in find_alerts(sqlite_store, CATALOG, at(zero, 6)) if alert.kind == "overtake"]
    assert len(told) == 1
    assert "Can't tell: it rests on readings of Flask's counter" in told[0]


def test_what_is_the_only_count_is_a_single_source(full: Store) -> None:
    (row,) = overtakes(full, CATALOG, NOW_ALMANAC, "stars", ("gin",), date(2025, 9, 1)).rows
    assert (row.winner, row.loser, row.verdict) == ("gin", "django", "single_source")


def test_another_count_that_saw_it_is_named(sqlite_store: Store) -> None:
    start, crossed = date(2025, 1, 1), date(2025, 7, 1)
    for metric, least in (("downloads_no_mirrors", 40_000.0), ("downloads_all", 90_000.0)):
        for name, after in (("flask", least), ("django", 2 * least)):
            values = {day: after if day >= crossed else 1.5 * least if name == "flask" else least
                      for day in days(start, date(2025, 12, 31))}  # fmt: skip
            plant(sqlite_store, metric, name, values, at(date(2026, 1, 3)))
    now = at(date(2026, 1, 3), 6)
    (row,) = overtakes(sqlite_store, CATALOG, now).rows
    assert (row.winner, row.verdict) == ("django", "confirmed")
    assert row.reason.startswith("confirmed by ")
    assert verdict_sentence(row.verdict, row.reason).startswith("Confirmed by ")


def test_the_survey_page_and_the_comparison_are_of_one_mind(full: Store) -> None:
    """Whole percents: Django 35 and Flask 34 of 2024 differ by less than rounding may bring, for both."""
    question = SurveyQuestion("pds_use", ("django", "flask"), edition=2024)
    (pair,) = surveys(full, CATALOG, question, NOW_ALMANAC).pairs
    assert pair.outcome == "chance"
    entry = next(
        e for e in compare(full, CATALOG, "django", "flask", NOW_ALMANAC, on=date(2025, 9, 30)).entries
        if e.metric == "pds_use"
    )  # fmt: skip
    assert entry.leader is None
    assert entry.verdict == "undecidable"
    assert "rounding" in entry.reason


def test_at_either_end_of_a_bracket_the_leader_is_the_one_that_the_list_says(full: Store) -> None:
    """Readings of the two fall on different days: a pair of the week before must not be taken for the lead."""
    rows = overtakes(full, CATALOG, NOW_ALMANAC, "stars").rows
    assert len(rows) > 20
    panel = panels(full, CATALOG, tuple(CATALOG.frameworks), NOW_ALMANAC.date(), None)["stars"]
    for row in rows:
        comparison = panel.between(row.winner, row.loser)
        assert leader_at(comparison, row.first_after) == row.winner, row.sentence
        assert leader_at(comparison, row.last_before) == row.loser, row.sentence


def test_the_day_between_two_readings_has_its_leader(full: Store) -> None:
    """ASP.NET Core passed Tornado between 2020-10-08 and 10-09, and was read on the 9th: Tornado on the 8th."""
    answer = compare(full, CATALOG, "tornado", "aspnet-core", NOW_ALMANAC, on=date(2020, 10, 9))
    stars = next(e for e in answer.entries if e.metric == "stars")
    assert stars.leader == "aspnet-core"
    assert stars.sentence.startswith("ASP.NET Core had 19,464 GitHub stars on 9 October 2020, 9 more than Tornado")
    assert stars.sentence.count("one of them read on 8 October 2020") == 1  # a lead over two days says so
    assert answer.answer == "By 9 October 2020: ASP.NET Core overtook Tornado in GitHub stars on 8 or 9 October 2020."


def downloads(store: Store, by_metric: dict[str, tuple[date, date]], until: date = date(2026, 1, 31)) -> None:
    """By each metric Flask has 90,000 a day from its first day on, and Django 40,000 before a day and 200,000 since."""
    for metric, (first, crossed) in by_metric.items():
        plant(store, metric, "flask", dict.fromkeys(days(first, until), 9e4), at(until))
        values = {day: 2e5 if day >= crossed else 4e4 for day in days(first, until)}
        plant(store, metric, "django", values, at(until))


def verdicts(store: Store) -> dict[str, tuple[str, str]]:
    """Verdict and reason of the overtake by each metric."""
    rows = overtakes(store, CATALOG, at(date(2026, 2, 3), 6), every=True).rows
    return {row.metric: (row.verdict, row.reason) for row in rows}


def test_counts_that_date_it_months_apart_dispute_each_other_and_say_when(sqlite_store: Store) -> None:
    start = date(2024, 10, 1)
    downloads(
        sqlite_store,
        {"downloads_no_mirrors": (start, date(2025, 3, 1)), "downloads_all": (start, date(2025, 9, 1))},
    )
    rows = verdicts(sqlite_store)
    assert [word for word, _ in rows.values()] == ["disputed", "disputed"]
    assert "had Flask ahead at that date" in rows["downloads_no_mirrors"][1]
    assert "by PyPI downloads without mirrors it was on 8 or 9 March 2025" in rows["downloads_all"][1]


def test_a_count_that_begins_later_with_the_other_ahead_disputes_it(sqlite_store: Store) -> None:
    downloads(
        sqlite_store,
        {
            "downloads_no_mirrors": (date(2024, 10, 1), date(2025, 3, 1)),
            "downloads_all": (date(2025, 8, 1), date(2026, 12, 1)),
        },
    )
    word, reason = verdicts(sqlite_store)["downloads_no_mirrors"]
    assert word == "disputed"
    assert "no figures in PyPI downloads at that date; the next have Flask ahead (28 August 2025)" in reason


def test_a_count_that_begins_later_and_agrees_then_confirms_nothing(sqlite_store: Store) -> None:
    downloads(
        sqlite_store,
        {
            "downloads_no_mirrors": (date(2024, 10, 1), date(2025, 3, 1)),
            "downloads_all": (date(2025, 8, 1), date(2025, 8, 1)),
        },
    )
    assert verdicts(sqlite_store)["downloads_no_mirrors"] == ("single_source", "no other count covers that date")


def test_a_count_that_had_the_winner_ahead_long_before_disputes_the_date(sqlite_store: Store) -> None:
    downloads(
        sqlite_store,
        {
            "downloads_no_mirrors": (date(2024, 10, 1), date(2024, 10, 1)),
            "downloads_all": (date(2024, 10, 1), date(2025, 9, 1)),
        },
    )
    word, reason = verdicts(sqlite_store)["downloads_all"]
    assert word == "disputed"
    assert "had Django ahead already on 8 July 2025" in reason


def test_a_lead_on_a_day_that_no_other_count_covers_says_so(sqlite_store: Store) -> None:
    downloads(
        sqlite_store,
        {
            "downloads_no_mirrors": (date(2024, 10, 1), date(2026, 12, 1)),
            "downloads_all": (date(2025, 8, 1), date(2025, 8, 1)),
        },
    )
    answer = compare(sqlite_store, CATALOG, "flask", "django", at(date(2026, 2, 3), 6), on=date(2025, 3, 1))
    entry = next(e for e in answer.entries if e.metric == "downloads_no_mirrors")
    assert entry.verdict == "single_source"
    assert "no figures in PyPI downloads at that date; the next have Django ahead (28 August 2025)" in entry.reason
