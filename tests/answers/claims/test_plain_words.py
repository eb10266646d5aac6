"""Sentences as people type them: dates as they are said, lists, passives, multiples and superlatives."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from answers.claims.check import check
from answers.claims.grammar.parser import ParsedClaim, understood
from answers.claims.suggestions import statements
from answers.questions import QuestionError
from catalog import load
from storage import Store

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
CATALOG = load()
POST = date(2020, 11, 25)


def plainly(text: str) -> list[tuple[object, ...]]:
    """What a sentence is understood as, without its text and without how it was taken."""
    skipped = ("text", "taken")
    found = understood(CATALOG, text, NOW.date())
    return [tuple(getattr(one, n) for n in ParsedClaim.__slots__ if n not in skipped) for one in found]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("django passed flask on 26 September 2020", "django passed flask on 2020-09-26"),
        ("django passed flask on September 26, 2020", "django passed flask on 2020-09-26"),
        ("django passed flask on the 26th of september 2020", "django passed flask on 2020-09-26"),
        ("django passed flask in Sept. 2020", "django passed flask in 2020-09"),
        ("django led flask between 1 jan 2021 and 3 feb 2021", "django led flask between 2021-01-01 and 2021-02-03"),
        ("fastapi passed django last year", "fastapi passed django in 2025"),
        ("fastapi leads django since last year", "fastapi leads django since 2025"),
        ("this year fastapi fell in stars", "fastapi fell in stars in 2026"),
        ("fastapi leads django, flask and gin", "fastapi leads django and flask and gin"),
        ("fastapi, django, and flask grew", "fastapi and django and flask grew"),
        ("flask was overtaken by django in stars in 2020", "django passed flask in stars in 2020"),
        ("flask was never overtaken by django in downloads", "django never passed flask in downloads"),
        ("rails has been passed by asp.net core", "asp.net core passed rails"),
        ("flask trails fastapi in stars", "fastapi leads flask in stars"),
        ("fastapi has the most stars of all frameworks", "fastapi leads stars"),
        ("fastapi has more stars than any other framework", "fastapi leads stars"),
        ("fastapi grows faster than all others", "fastapi grows fastest"),
        ("flask has twice as many downloads as django", "flask has two times the downloads of django"),
        ("fastapi gained more stars than flask in 2023", "fastapi gained more than flask in stars in 2023"),
        ("fastapi's stars grew tenfold", "fastapi grew 10-fold in stars"),
        ("fastapi grew threefold since 2020", "fastapi tripled since 2020"),
        ("fastapi's downloads increased by a factor of ten in 2021", "fastapi increased tenfold in downloads in 2021"),
        ("flask has stopped growing in stars", "flask no longer grows in stars"),
        ("flask stopped leading django in stars", "flask no longer leads django in stars"),
        ("django leads flask in job ads", "django leads flask in job posts"),
        ("django leads flask in hiring posts", "django leads flask in job posts"),
        ("django has more job postings than flask", "django has more job posts than flask"),
        ("django leads flask in hiring", "django leads flask in jobs"),
        ("flask leads django in stack overflow", "flask leads django in the stack overflow survey"),
        ("django had precisely 53,772 stars", "django had exactly 53,772 stars"),
        ("flask lost stars in 2021", "flask fell in stars in 2021"),
        ("flask is losing stars", "flask fell in stars"),
        ("flask gained stars in 2021", "flask rose in stars in 2021"),
        ("flask lost 10% in downloads", "flask lost 10% of its downloads"),
    ],
)
def test_two_ways_to_say_one_thing(text: str, same: str) -> None:
    assert plainly(text) == plainly(same)


def test_how_a_year_was_taken_is_said() -> None:
    (found,) = understood(CATALOG, "fastapi passed django last year", date(2026, 3, 1))
    assert "“last year” is taken as: 2025" in found.taken


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("fastapi leads django by 2025", "“by 2025” may be a year or a number"),
        ("fastapi leads django in stars by 1999", "“by 1999” may be a year or a number"),
        ("fastapi has never had twice as many stars as flask", "“fastapi has had twice"),
        ("fastapi has twice as many downloads as flask in germany", "can't be combined with a place"),
        ("django passed flask on 31 september 2020", "no such day"),
    ],
)
def test_what_may_mean_two_things_is_refused(text: str, reason: str) -> None:
    with pytest.raises(QuestionError, match=reason):
        statements(CATALOG, text, NOW.date())


@pytest.mark.parametrize(
    ("text", "on", "verdict"),
    [
        ("fastapi has twice as many stars as flask", None, "contradicted"),  # 1.41 times
        ("fastapi has over 1.4 times as many stars as flask", None, "supported"),
        ("flask has at least four times the downloads of django", None, "supported"),  # 4.5
        ("flask had three times as many stars as django in 2020", None, "contradicted"),
        ("fastapi has the most stars", None, "supported"),
        ("django has the most downloads", None, "contradicted"),
        ("fastapi passed django in stars last year", None, "supported"),
        ("fastapi passed django in stars last year", date(2025, 5, 1), "contradicted"),  # in 2024 it had not
        ("flask is growing in stars", None, "supported"),  # more slowly, but it grows
        ("flask is not growing in stars", None, "contradicted"),
        ("flask rose in europe in 2020", POST, "supported"),
        ("django, flask and fastapi grew in stars in 2024", None, "supported"),
        ("fastapi leads django, flask and gin in stars", None, "supported"),
    ],
)
def test_of_the_almanac(dated: Store, text: str, on: date | None, verdict: str) -> None:
    assert check(dated, CATALOG, text, NOW, on).verdict == verdict


@pytest.mark.parametrize(
    ("text", "verdict", "rates"),
    [  # windows of 29, 28, 27 and 24 days: the sums fall where the pace rises
        ("flask fell in downloads from 2025-02 to 2025-04", "contradicted", "3.3 million and 3.7 million a day"),
        ("django rose in downloads in april 2025", "supported", "705,228 and 750,109 a day"),
        ("litestar fell in downloads from 2025-02 to 2025-04", "contradicted", "10,162 and 14,783 a day"),
        ("flask grows faster than django in downloads from 2025-02 to 2025-04", "disputed", "418,948 a day (12.8%)"),
    ],
)
def test_windows_that_are_not_equally_long_are_compared_by_the_day(
    dated: Store, text: str, verdict: str, rates: str
) -> None:
    found = check(dated, CATALOG, text, NOW)
    assert (found.verdict, rates in found.evidence[0].sentence) == (verdict, True)


def test_a_number_without_a_unit_is_no_share(dated: Store) -> None:
    found = check(dated, CATALOG, "fastapi leads flask by 10k", NOW)
    assert {e.metric for e in found.evidence} == {"stars", "downloads_all_window"}
    assert "“by 10k” is taken as: so many stars or downloads" in found.sentence


@pytest.mark.parametrize("moved", ["rose", "fell"])
def test_downloads_that_hardly_moved_neither_rose_nor_fell(dated: Store, moved: str) -> None:
    found = check(dated, CATALOG, f"flask {moved} in downloads in july 2022", NOW)  # 0.3% more than in June
    assert found.verdict == "not enough data"
    assert "too small for counts of downloads" in found.evidence[0].sentence


@pytest.mark.parametrize(
    ("text", "verdict", "says"),
    [  # Stack Overflow 2022: Django 14.95%, Flask 14.93%; 2025: FastAPI 15.2%, Flask 14.8%, within noise and rounding
        ("flask led django in so_worked_with between 2021 and 2024", "disputed", "in 3 of 4 editions"),
        ("django led flask in so_worked_with between 2021 and 2024", "contradicted", "in 3 of 4 editions"),
        ("fastapi never led flask in so_worked_with", "not enough data", "too close to call"),
        ("django never passed flask in so_worked_with since 2021", "not enough data", "too close to call"),
        ("django passed flask in so_worked_with since 2021", "contradicted", "in 4 of 5 editions"),
        ("fastapi passed flask in so_worked_with since 2021", "not enough data", "in 4 of 5 editions"),
        ("flask leads django in pds_use in 2023", "not enough data", "too close to call"),  # 33% each
        ("django passed flask in pds_use since 2020", "not enough data", "too close to call"),
        ("starlette leads fastapi in downloads since april 2025", "disputed", "the others were too close to call"),
    ],
)
def test_readings_too_close_to_call_are_counted(dated: Store, text: str, verdict: str, says: str) -> None:
    found = check(dated, CATALOG, text, NOW)
    assert (found.verdict, says in found.evidence[0].sentence) == (verdict, True), found.evidence[0].sentence
    assert "in every " not in found.evidence[0].sentence
    assert "14.8% at the end" not in found.evidence[0].sentence


@pytest.mark.parametrize(
    ("question", "same"),
    [
        ("is flask dead?", "flask is dead"),
        ("did django pass flask in 2020?", "django passed flask in 2020"),
        ("has fastapi overtaken flask?", "fastapi overtook flask"),
        ("does flask lead django in downloads?", "flask leads django in downloads"),
        ("are flask and django dying?", "flask and django are dying"),
        ("django's downloads fell in 2024", "django fell in downloads in 2024"),
        ("fastapi's stars are growing", "fastapi is growing in stars"),
    ],
)
def test_a_question_is_its_answer(question: str, same: str) -> None:
    assert plainly(question) == plainly(same)


def test_a_question_of_the_future_is_one_of_the_future() -> None:
    with pytest.raises(QuestionError, match="We can't check the future"):
        statements(CATALOG, "will fastapi overtake django?")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("flask leads django in the netherlands", "In the Netherlands in 2024"),
        ("flask leads django in the czech republic", "In Czechia in"),
        ("flask leads django in the uk", "In the United Kingdom in 2024"),
    ],
)
def test_countries_have_their_article(dated: Store, text: str, named: str) -> None:
    assert any(e.sentence.startswith(named) for e in check(dated, CATALOG, text, NOW).evidence)


def test_the_metric_of_all_others_is_named_once(dated: Store) -> None:
    (found,) = check(dated, CATALOG, "fastapi grows fastest in pds_use", NOW).evidence
    assert found.sentence.startswith(
        "FastAPI grew faster than all 4 others that could be compared in the Python Developers Survey; "
        "from the 2023 to the 2024 edition, "
    )
