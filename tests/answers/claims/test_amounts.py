"""Claims of a size: doubled, fell by half, gained so many, reached so many before another; each by its readings."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from answers.claims.check import CheckedClaim, check, claim_json, judge, pooled
from answers.claims.evidence import Evidence, Stance
from answers.questions import QuestionError
from catalog import load, shipped_claims
from storage import Store
from tests.support.planting import days, plant

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
CATALOG = load()


def ask(store: Store, text: str, on: date | None = None) -> CheckedClaim:
    return check(store, CATALOG, text, NOW, on)


@pytest.mark.parametrize(
    ("sentence", "verdict", "said"),
    [
        ("fastapi doubled its stars in 2020", "supported", "10,873 on 11 March 2020 and 25,282 on 31 December 2020"),
        ("fastapi tripled its stars in 2020", "not enough data", "Readings begin on 11 March 2020, within that time"),
        (
            "flask gained 170 stars in august 2026",
            "not enough data",
            "Readings end on 22 August 2026, before that time",
        ),
        ("flask gained at least 100 stars in august 2026", "supported", "which does not change the answer."),
        ("gin gained 2,200 stars in september 2025", "not enough data", "which leaves the answer open."),
        (
            "express lost 148 stars on 17 july 2026",
            "supported",
            "it fell by 148 stars (0.2%); the claim says 148",
        ),
        ("fastapi's downloads tripled in 2023", "disputed", "2.7 times the figure before"),
        (
            "fastapi doubled its stars in 2021",
            "contradicted",
            "the claim says at least 2 times",
        ),
        ("fastapi quadrupled its stars since 2021", "supported", "4.0 times"),
        ("fastapi almost doubled its stars in 2021", "disputed", "the claim says almost 2 times"),
        (
            "django gained 8,500 stars in 2020",
            "supported",
            "it grew by 8,461 stars (18.3%); the claim says 8,500, taken as",
        ),
        ("django gained 5,000 stars in 2020", "contradicted", "the claim says 5,000, taken as"),
        ("django gained at least 5,000 stars in 2020", "supported", "the claim says at least 5,000."),
        (
            "fastapi's stars grew by 30% in 2022",
            "disputed",
            "it grew by 12,792 stars (31.9%); the claim says 30%, taken",
        ),
        ("fastapi's stars grew by more than 50% in 2022", "contradicted", "the claim says more than 50%."),
        ("flask lost 100 stars in 2023", "contradicted", "it grew by 3,908 stars"),
        ("fastapi lost half of its stars in 2023", "contradicted", "the claim says 50%, taken as"),
        ("fastapi rose by 9 points in the python developers survey: use in 2024", "supported", "it grew by 9 points"),
        (
            "flask halved in surveys since 2018",
            "contradicted",
            "it fell by 13 points (27.7%); the claim says 50%, taken",
        ),
        ("fastapi doubled in surveys since 2020", "supported", "3.2 times the figure before"),
        (
            "quart gained 100 stars in 2024",
            "not enough data",
            "the last before is 2,674 on 6 June 2024, the next",
        ),
        ("fastapi grew by 50% in downloads in 2025", "not enough data", "the counting changed in between"),
    ],
)
def test_a_change_is_as_large_as_claimed(dated: Store, sentence: str, verdict: str, said: str) -> None:
    checked = ask(dated, sentence)
    assert any(said in e.sentence for e in checked.evidence), [e.sentence for e in checked.evidence]
    assert checked.verdict == verdict


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("flask reached 50,000 stars before django", "supported"),
        ("django reached 50,000 stars before flask", "contradicted"),
        ("flask reached 60k stars after django", "supported"),
        ("fastapi reached 100k stars before django", "supported"),
        ("django reached 100k stars before fastapi", "contradicted"),
        ("django reached 200k stars before fastapi", "not enough data"),
        ("django reached 30,000 stars before flask", "not enough data"),
    ],
)
def test_who_was_first_is_decided_where_the_readings_decide_it(dated: Store, sentence: str, verdict: str) -> None:
    assert ask(dated, sentence).verdict == verdict


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("flask no longer leads django in stars", "supported"),
        ("flask is no longer ahead of django in stars", "supported"),
        ("django no longer leads flask in stars", "contradicted"),
        ("litestar no longer leads django in stars", "contradicted"),  # it never did
    ],
)
def test_no_longer_takes_a_lead_that_was(dated: Store, sentence: str, verdict: str) -> None:
    checked = ask(dated, sentence)
    assert checked.verdict == verdict
    assert "“no longer” is taken as: it led before, and does not lead." in checked.sentence


def test_words_of_two_senses_are_said_to_be_taken_so(dated: Store) -> None:
    assert (
        "“three times more” is taken as: three times as many"
        in ask(dated, "fastapi has three times more stars than flask").sentence
    )
    assert "taken as" not in ask(dated, "fastapi has three times as many stars as flask").sentence
    assert "taken over a year" in ask(dated, "fastapi doubled its stars").sentence
    assert "taken over a year" not in ask(dated, "fastapi doubled its stars in 2021").sentence


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("flask fell by 30% in surveys", "A percentage of a share may mean points or a part of it"),
        ("flask did not gain 5,000 stars in 2022", "“Not” with a number may mean"),
        ("django gained 1,000,000 downloads in 2020", "a number of a total such as stars"),
        ("flask fell by 3 points in germany", "A number can't be combined"),
        ("flask reached 50,000 stars before django in 2020", "can't be combined"),
    ],
)
def test_a_size_that_cannot_be_judged_is_refused_with_the_reason(dated: Store, sentence: str, why: str) -> None:
    with pytest.raises(QuestionError, match=re.escape(why)):
        ask(dated, sentence)


def test_the_rules_of_counting_downloads_are_one_witness(sqlite_store: Store) -> None:
    sqlite_store.mirror_frameworks([(one.id, one.title) for one in CATALOG.frameworks.values()])
    for metric in ("downloads_no_mirrors", "downloads_with_mirrors", "downloads_all"):
        for name, value in (("flask", 900.0), ("django", 300.0)):
            plant(sqlite_store, metric, name, dict.fromkeys(days(date(2026, 9, 1), date(2026, 11, 20)), value), NOW)
    plant(sqlite_store, "stars", "flask", {date(2026, 11, 20): 70.0}, NOW)
    plant(sqlite_store, "stars", "django", {date(2026, 11, 20): 80.0}, NOW)
    checked = ask(sqlite_store, "flask leads django")
    assert len(checked.evidence) == 4
    assert checked.sentence.startswith(
        "Disputed (1 for and 1 against; 3 counts of PyPI downloads taken as one): “Flask leads Django”."
    )


def test_each_survey_is_a_witness_of_its_own() -> None:
    def of(metric: str) -> Evidence:
        return Evidence(metric, Stance.FOR, "", None, None, (), (), None)

    assert len(pooled(CATALOG, [of("so_worked_with"), of("pds_use"), of("stars"), of("hiring_mentions")])) == 4


def test_claims_say_where_they_are_from(dated: Store) -> None:
    (origin,) = {claim.said_in for claim in shipped_claims()}
    assert origin.startswith("A post on the web of 25 November 2020")
    (answer,) = judge(dated, CATALOG, shipped_claims()[:1], NOW)
    assert claim_json(answer)["said_in"] == origin


@pytest.mark.parametrize(
    ("sentence", "on", "said"),
    [
        ("flask led express in stars in 2019", None, "in 225 of 319 readings of both from 2 January"),
        ("flask led express in stars in 2019", None, "; Express led in 93."),
        ("rails led django in job posts since 2015", None, "in 111 of 127 months (twelve months pooled) from"),
        ("flask led django in so_worked_with between 2021 and 2024", None, "in 3 of 4 editions"),
        ("blazor leads flask in stars", None, "The repository of Blazor is archived, so its counter stands still."),
        ("flask leads django in stars", date(2010, 1, 1), "are near that time: they begin later."),
        ("flask fell in germany in 2020", None, "No other edition up to 2020 has regional results here"),
        ("django grows faster than flask in surveys since 2020", None, "from the 2020 to the 2024 edition"),
        ("fastapi turned 5 in 2023", None, "The first release of FastAPI on record was 0.1.0 on 8 December 2018"),
    ],
)
def test_evidence_says_what_it_counts_and_what_there_is(
    dated: Store, sentence: str, on: date | None, said: str
) -> None:
    evidence = ask(dated, sentence, on).evidence
    assert any(said in e.sentence for e in evidence), [e.sentence for e in evidence]


@pytest.mark.parametrize(
    ("sentence", "on", "verdict"),
    [
        ("fastapi recently passed flask in downloads", None, "not enough data"),  # in October 2025; read to March 2026
        ("fastapi recently passed flask in downloads", date(2025, 12, 31), "supported"),
        ("fastapi passed flask in downloads in the last 2 years", None, "supported"),
        ("django recently passed flask in stars", None, "contradicted"),
        ("starlette grows faster than flask in downloads in the last 3 months", None, "not enough data"),
        ("flask gained 5,000 stars in 2020", date(2020, 6, 30), "not enough data"),  # the year was not over
        ("flask gained at least 2,000 stars in 2020", date(2020, 6, 30), "supported"),
    ],
)
def test_time_that_was_not_read_decides_nothing(dated: Store, sentence: str, on: date | None, verdict: str) -> None:
    assert ask(dated, sentence, on).verdict == verdict


@pytest.mark.parametrize(
    ("sentence", "verdict", "said"),
    [
        ("django turned 13 in 2023", "not enough data", "It was at least 13 years old on 31 December 2023."),
        ("django turned 5 in 2023", "contradicted", "1.2 of 17 May 2010, which was not the first"),
        ("tornado turned 15 in 2025", "not enough data", "0.2 of 18 May 2010, which was not the first"),
        ("bottle turned 10 in 2019", "not enough data", "It was at least 10 years old on 31 December 2019."),
        ("fastapi turned 5 in 2023", "supported", "5 years later was 8 December 2023."),
    ],
)
def test_an_age_counts_from_what_can_be_the_first_release(dated: Store, sentence: str, verdict: str, said: str) -> None:
    found = ask(dated, sentence, None)
    assert (str(found.verdict), said in found.evidence[0].sentence) == (verdict, True), found.evidence
