"""Dates, numbers and names as sentences have them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from answers import wording
from catalog import load


@pytest.mark.parametrize(
    ("period", "first", "last", "text"),
    [
        ("day", "2020-09-25", "2020-09-27", "between 25 and 27 September 2020"),
        ("day", "2025-09-28", "2025-10-02", "between 28 September and 2 October 2025"),
        ("day", "2019-12-30", "2020-01-02", "between 30 December 2019 and 2 January 2020"),
        ("day", "2025-04-10", "2025-04-11", "on 10 or 11 April 2025"),
        ("day", "2025-04-30", "2025-05-01", "on 30 April or 1 May 2025"),
        ("day", "2024-12-31", "2025-01-01", "on 31 December 2024 or 1 January 2025"),
        ("day", "2025-04-10", "2025-04-10", "on 10 April 2025"),
        ("window", "2020-11-01", "2020-11-30", "between 1 and 30 November 2020"),
        ("month", "2025-08-31", "2025-09-30", "between August and September 2025"),
        ("month", "2024-12-31", "2025-01-31", "between December 2024 and January 2025"),
        ("month", "2025-08-01", "2025-08-31", "in August 2025"),
        ("year", "2020-12-31", "2024-12-31", "between the 2020 and 2024 editions"),
        ("year", "2024-12-31", "2024-12-31", "in the 2024 edition"),
    ],
)
def test_a_bracket_gives_year_and_month_once(period: str, first: str, last: str, text: str) -> None:
    assert wording.bracket(period, date.fromisoformat(first), date.fromisoformat(last)) == text


@pytest.mark.parametrize(
    ("metric", "first", "last", "text"),
    [
        ("stars", "2020-11-22", "2020-11-22", "on 22 November 2020"),
        ("downloads_all", "2026-10-30", "2026-11-26", "in the 28 days to 26 November 2026"),
        ("downloads_all_by_country", "2026-10-01", "2026-10-31", "in October 2026"),
        ("pds_use", "2024-01-01", "2024-12-31", "in the 2024 edition"),
    ],
)
def test_a_figure_has_the_period_it_is_about(metric: str, first: str, last: str, text: str) -> None:
    found = wording.period(load().metrics[metric], date.fromisoformat(first), date.fromisoformat(last))
    assert found == text


def test_days_and_moments_are_in_words() -> None:
    assert wording.day(date(2020, 9, 27)) == "27 September 2020"
    assert wording.when(date(2020, 9, 26), date(2020, 9, 29)) == "from 26 to 29 September 2020"
    assert wording.moment(datetime(2026, 11, 27, 2, 52, tzinfo=UTC)) == "27 November 2026, 02:52 UTC"


@pytest.mark.parametrize(
    ("value", "text"),
    [(105277, "105,277"), (0, "0"), (999999, "999,999"), (13_912_345, "13.9 million"), (-1_250_000, "−1.2 million"),
     (9029.4, "9,029"), (23.46, "23.5"), (-7, "−7")],
)  # fmt: skip
def test_a_number_is_whole_below_a_million(value: float, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.1524, "15.2%"),
        (0.0042, "0.4%"),
        (0.0004, "0.04%"),
        (0.0, "0.0%"),
        (1.0, "100.0%"),
        (12.3456, "1,235%"),
        (-0.051, "−5.1%"),
    ],
)
def test_a_percentage_has_one_decimal_and_no_space(share: float, text: str) -> None:
    assert wording.percent(share) == text


def test_shares_have_no_more_digits_than_their_source() -> None:
    metrics = load().metrics
    assert wording.value(0.38, metrics["pds_use"]) == "38%"
    assert wording.amount(0.03, metrics["pds_use"]) == "3 points"
    assert wording.amount(0.01, metrics["pds_use"]) == "1 point"
    assert wording.value(0.1524, metrics["so_worked_with"]) == "15.2%"
    assert wording.amount(0.0178, metrics["so_worked_with"]) == "1.78 points"


def test_growth_has_its_sign() -> None:
    assert wording.change(0.1479) == "+14.8%"
    assert wording.change(-0.0312) == "−3.1%"


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.944, "0.94"), (1.05, "1.05"), (4.23, "4.2"), (0.0381, "0.038"), (152.4, "152")]
)
def test_a_multiple_has_as_many_digits_as_can_be_read(ratio: float, text: str) -> None:
    assert wording.factor(ratio) == text


def test_an_amount_of_one_is_singular() -> None:
    assert wording.amount(1, load().metrics["stars"]) == "1 star"
    assert wording.amount(16952, load().metrics["stars"]) == "16,952 stars"


def test_metrics_have_names_without_brackets_and_commas() -> None:
    for metric in load().metrics.values():
        assert not set(wording.phrase(metric)) & set("(),:"), metric.id
    assert wording.phrase(load().metrics["stars"]) == "GitHub stars"
    assert wording.edition(load().metrics["so_worked_with"], 2025) == "Stack Overflow 2025"
    assert wording.edition(load().metrics["pds_use"], 2024) == "the Python Developers Survey 2024"


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("downloads fell", "Downloads fell"),
        ("npm downloads rose", "npm downloads rose"),
        ("aiohttp's stars", "aiohttp's stars"),
        ("hex.pm, since 2014", "hex.pm, since 2014"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_a_name_has_none(text: str, begun: str) -> None:
    assert wording.capital(text) == begun


def test_sentences_begin_in_one_place() -> None:
    root = Path(wording.__file__).parents[1]
    files = (file for top in ("answers", "dashboard", "uptake") for file in (root / top).rglob("*.py"))
    capitals = re.compile(r"\[(:1|0)\]\.upper\(\)")
    assert [f.name for f in files if capitals.search(f.read_text(encoding="utf-8"))] == ["wording.py"]


def test_a_survey_reaches_to_an_edition_and_no_month() -> None:
    metrics = load().metrics
    assert wording.newest(metrics["pds_use"], date(2025, 12, 31)) == "the 2025 edition"
    assert wording.newest(metrics["stars"], date(2025, 12, 31)) == "31 December 2025"
