"""What a fact-checker found that a verdict did not bear, or left out: one test for each kind."""

from __future__ import annotations

import pytest

from answers import wording
from answers.claims.check import CheckedClaim, check
from answers.claims.claimed_numbers import fits
from answers.claims.evidence import Stance
from answers.claims.suggestions import NotUnderstood, statements
from answers.overtakes.compare import compare
from catalog import load
from storage import Store
from tests.support.clocks import NOW

CATALOG = load()


def ask(store: Store, text: str) -> CheckedClaim:
    return check(store, CATALOG, text, NOW)


def said(store: Store, text: str) -> str:
    found = ask(store, text)
    return f"{found.verdict}: {found.sentence} {' '.join(f'[{e.stance}] {e.sentence}' for e in found.evidence)}"


def test_no_edition_of_the_year_meant_names_the_nearest_there_are(full: Store) -> None:
    text = said(full, "flask is more popular in germany than in france in 2023")
    assert "for 2023 with data on both Germany and France; the nearest are " in text


@pytest.mark.parametrize(
    "text",
    ["phoenix liveview grows faster than flask in stars", "flask grows faster than phoenix liveview in stars"],
)
def test_growth_in_numbers_and_by_percentage_that_disagree_is_disputed(full: Store, text: str) -> None:
    found = said(full, text)
    assert found.startswith("disputed")
    assert "It depends: Phoenix LiveView grew faster by percentage, Flask by number." in found


def test_growth_across_a_change_of_counting_supports_nothing(full: Store) -> None:
    for text in ("starlette grows fastest in downloads", "fastapi grows faster than flask in downloads since 2024"):
        found = ask(full, text)
        of_breaks = [e for e in found.evidence if "can't be measured" in e.sentence]
        assert all(e.stance is Stance.UNCLEAR for e in of_breaks)
        assert "; The" not in said(full, text)


@pytest.mark.parametrize(
    ("text", "words", "verdict"),
    [
        ("fastapi tripled in surveys since 2021", "in the 2022 edition and 38% in the 2024 edition", "contradicted"),
        ("fastapi tripled in surveys between 2021 and 2024", "in the 2022 edition and 38%", "contradicted"),
        ("flask fell in surveys since 2021", "39% in the 2022 edition and 34% in the 2024 edition", "supported"),
        ("flask fell in surveys in 2022", "no 2021 edition", "not enough data"),
        ("fastapi grows faster than flask in surveys since 2021", "from the 2022 to the 2024 edition", "supported"),
    ],
)
def test_time_meant_begins_with_no_edition_before_it(full: Store, text: str, words: str, verdict: str) -> None:
    found = said(full, text)
    assert words in found
    assert "2020 edition" not in found
    assert found.startswith(verdict)


def test_missing_first_edition_is_named(full: Store) -> None:
    assert "There is no 2021 edition of it here" in said(full, "flask fell in surveys since 2021")


def test_last_lead_beyond_chance_names_the_crossing_too(full: Store) -> None:
    text = said(full, "flask was never ahead of fastapi in downloads")
    assert "last led FastAPI beyond what chance explains in monthly PyPI downloads" in text
    assert "FastAPI passed it between 30 September and 31 October 2025" in text


def test_passing_from_one_edition_to_the_next_is_of_that_year(full: Store) -> None:
    found = said(full, "fastapi passed flask in surveys in 2024")
    assert found.startswith("disputed")
    assert "[for] FastAPI passed Flask in the Python Developers Survey between the 2023 and 2024 editions" in found
    assert said(full, "fastapi passed flask in surveys in 2023").startswith("contradicted")


def test_survey_that_shows_no_passing_says_so(full: Store) -> None:
    assert "None of these editions shows FastAPI ahead" in said(full, "fastapi passed flask in surveys")


@pytest.mark.parametrize(
    ("seen", "claimed", "says"),
    [
        (4.53, 5, Stance.FOR),
        (4.4, 5, Stance.PARTLY),
        (17.4, 17, Stance.FOR),
        (18.4, 17, Stance.PARTLY),
        (919, 1000, Stance.PARTLY),
        (955, 1000, Stance.FOR),
        (1.45, 1.5, Stance.FOR),
        (1.56, 1.5, Stance.PARTLY),
        (2.4, 2, Stance.PARTLY),
    ],
)
def test_number_is_held_to_the_digits_given(seen: float, claimed: float, says: Stance) -> None:
    assert fits(seen, claimed, "given") is says


def test_tolerance_of_a_number_is_said(full: Store) -> None:
    assert "the claim says 5, taken as 4.5 to 5.5" in said(full, "fastapi has 5 times as many stars as tornado")
    assert "the claim says 22%, taken as 21.5% to 22.5%" in said(full, "flask grew by 22% in stars in 2020")


def test_ratio_of_shares_is_judged_with_its_interval(full: Store) -> None:
    found = said(full, "fastapi has 5 times as many job posts as flask")
    assert found.startswith("supported")
    assert "between 3.2 and 7.7 times" in found
    assert said(full, "fastapi has 9 times as many job posts as flask").startswith("contradicted")


def test_flow_of_windows_of_unequal_length_is_measured_both_ways(full: Store) -> None:
    found = said(full, "flask grew by 22% in downloads in march 2026")
    assert found.startswith("disputed")
    assert "it grew by 680,745 downloads a day (10.6%), or 22.4% in total" in found


def test_registries_that_differ_are_the_reason(full: Store) -> None:
    text = said(full, "express leads flask in npm downloads")
    assert "counting of PyPI downloads changed" not in text
    assert "don't compare" in text


def test_no_other_years_are_told_of_a_region(full: Store) -> None:
    assert "2019" not in said(full, "flask grew in europe in 2021")


def test_what_rose_more_slowly_did_not_fall(full: Store) -> None:
    assert said(full, "rails fell in stars in 2020").startswith("contradicted")


def test_what_was_not_used_is_named_with_the_reason(full: Store) -> None:
    found = {e.metric: e for e in ask(full, "fastapi overtook flask recently").evidence}
    assert "are near that time" in found["pds_use"].sentence
    assert any(name.startswith("downloads") for name in found)


def test_no_proposal_has_a_not_left_over() -> None:
    with pytest.raises(NotUnderstood) as fault:
        statements(CATALOG, "django passed flask in stars but not in downloads")
    assert fault.value.nearest == ("Django passed Flask in stars",)
    with pytest.raises(NotUnderstood, match=r"No sentence that we can check is near it. About Flask we can check"):
        statements(CATALOG, "flask rocks")


def test_one_of_a_thing_is_no_plural() -> None:
    assert wording.so_many(1, "stars") == "1 star"
    assert wording.so_many(29, "GitHub stars") == "29 GitHub stars"


def test_metric_alone_is_named_behind_its_verdict(full: Store) -> None:
    close = compare(full, CATALOG, "flask", "fastapi", NOW, metric="so_worked_with").sentence
    assert close.startswith("1 of 1 metric is too close to call: the Stack Overflow survey.")
