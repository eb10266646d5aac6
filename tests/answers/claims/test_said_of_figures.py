"""What a sentence of evidence says of the figures: whose they are, which there are, and what a number denied is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from answers.claims.check import check
from answers.claims.grammar.parser import understood
from answers.claims.suggestions import statements
from answers.questions import QuestionError
from catalog import load
from storage import Store
from tests.support.clocks import NOW

CATALOG = load()


def said(store: Store, text: str) -> str:
    return " ".join(e.sentence for e in check(store, CATALOG, text, NOW).evidence)


@pytest.mark.parametrize(
    ("text", "words"),
    [  # on 22 August 2026 FastAPI had 101,745 stars, Flask 72,133
        ("flask has half as many stars as fastapi", "Flask had 0.71 times as many; the claim says 0.5"),
        ("flask has 20% fewer stars than fastapi", "Flask had 29% fewer; the claim says 20%"),
        ("flask has half as many stars as fastapi in 2025", ": Flask had 0.76 times to 0.86 times as many from"),
        ("fastapi has twice as many stars as flask", "against 72,133): 1.41 times as many; the claim says 2"),
        ("fastapi has 50% more stars than flask", "against 72,133): 41% more; the claim says 50%"),
    ],
)
def test_a_part_is_said_of_the_one_that_has_less(full: Store, text: str, words: str) -> None:
    assert words in said(full, text)


@pytest.mark.parametrize(
    "text",
    [
        "fastapi does not have twice as many stars as sanic",  # it has five times as many
        "flask does not have half as many stars as fastapi",
        "fastapi does not have 20% more stars than flask",
        "django does not have 80,000 stars",  # it has 88,588
        "django does not have nearly 80,000 stars",
        "django does not lead flask in stars by 1,000",
        "django did not pass flask by 800 stars in 2020",
    ],
)
def test_a_number_denied_may_be_missed_or_passed(text: str) -> None:
    with pytest.raises(QuestionError, match="may mean fewer or any other number: say “at least” or “less than”"):
        statements(CATALOG, text)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("flask does not have more than 50,000 stars", "contradicted"),
        ("flask does not have at least half as many stars as fastapi", "contradicted"),
        ("django did not reach 80,000 stars before 2024", "supported"),
        ("django never led flask by 100,000 stars", "supported"),
        ("django does not have more stars than fastapi", "supported"),
    ],
)
def test_a_denial_with_one_sense_is_judged(full: Store, text: str, verdict: str) -> None:
    assert check(full, CATALOG, text, NOW).verdict == verdict


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flask leads django in germany in 2022", "has no figures of Flask and Django in Germany for 2022"),
        ("flask leads django in germany between 2020 and 2022", "and Django in Germany for 2020 to 2022"),
        ("flask fell in germany in 2024", "no later figures of Flask in Germany than for 2023"),
        ("flask rose in germany since 2024", "no later figures of Flask in Germany than for 2024"),
        ("flask fell in germany since 2021", "no figures of Flask in Germany for 2021, only for 2019 and 2024"),
    ],
)
def test_editions_that_there_are_are_not_denied(full: Store, text: str, words: str) -> None:
    found = said(full, text)
    assert words in found, found
    assert "up to 20" not in found


@pytest.mark.parametrize(
    "text",
    ["sanic leads fastapi in stars in 2020", "fastapi passed django in stars in 2026", "gin leads flask since 2015"],
)
def test_figures_of_other_days_are_not_denied(full: Store, text: str) -> None:
    assert "within that time exist only" in said(full, text)


def test_of_all_days_that_there_are_nothing_is_left_out(full: Store) -> None:
    assert "within that time" not in said(full, "fastapi passed aiohttp in downloads")


def test_one_other_reading_is_one(full: Store) -> None:
    found = said(full, "bottle passed falcon in stars")
    assert "in 188 of 189 readings" in found
    assert found.endswith("; the other was too close to call.")


def test_a_number_that_is_no_year_is_a_number() -> None:
    (found,) = understood(CATALOG, "django led flask in stars by 1500 in 2021")
    assert (found.amount, found.since is not None and found.since.year) == (1500, 2021)
    with pytest.raises(QuestionError, match="may be a year or a number"):
        understood(CATALOG, "django leads flask in stars by 2020")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [  # Flask has 0.71 times as many stars as FastAPI
        ("flask has 0.7 times as many stars as fastapi", "supported"),
        ("fastapi has 0.7 times as many stars as flask", "contradicted"),
        ("flask has less than 0.9 times as many stars as fastapi", "supported"),
    ],
)
def test_a_factor_below_one_is_of_the_one_named_first(full: Store, text: str, verdict: str) -> None:
    assert check(full, CATALOG, text, NOW).verdict == verdict


def test_an_archived_repository_is_said_to_be_so_once(full: Store) -> None:
    blazor = replace(CATALOG.frameworks["blazor"], title="Blazor (repository archived)")  # as a store has it
    catalog = replace(CATALOG, frameworks={**CATALOG.frameworks, "blazor": blazor})
    (found,) = check(full, catalog, "blazor fell in stars", NOW).evidence
    assert "The repository of Blazor is archived, so its GitHub stars can't show" in found.sentence


@pytest.mark.parametrize(
    ("text", "end"), [("flask leads django in stars", "stars”."), ("Is Flask losing to FastAPI?", "FastAPI?”")]
)
def test_a_claim_is_cited_with_one_full_stop(full: Store, text: str, end: str) -> None:
    sentence = check(full, CATALOG, text, NOW).sentence
    assert f"{end} " in f"{sentence} "
    assert "?”." not in sentence


@pytest.mark.parametrize(
    ("text", "verdict"),
    [  # Django had exactly 88,588 stars, and FastAPI 101,745: 13,157 more
        ("django has at least 88,588 stars", "supported"),
        ("django has more than 88,588 stars", "contradicted"),
        ("django has at most 88,588 stars", "supported"),
        ("django has less than 88,588 stars", "contradicted"),
        ("fastapi has at least 13,157 more stars than django", "supported"),
        ("fastapi has more than 13,157 more stars than django", "disputed"),
        ("django does not have more than 88,588 stars", "supported"),
    ],
)
def test_the_very_number_is_at_least_and_at_most_it_but_not_more_nor_less(full: Store, text: str, verdict: str) -> None:
    assert check(full, CATALOG, text, NOW).verdict.value == verdict


def test_a_large_percentage_is_said_in_figures(full: Store) -> None:
    assert "the claim says 1,000%" in said(full, "fastapi has 1000% more stars than flask")
