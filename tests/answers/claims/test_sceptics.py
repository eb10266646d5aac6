"""What a distrustful reader found said that was not so: each kind, on the figures that come with the program."""

from __future__ import annotations

from datetime import date

import pytest

from answers.claims.check import CheckedClaim, check
from answers.claims.grammar.parser import understood
from answers.claims.suggestions import NotUnderstood, statements
from answers.leaders.answer import leaders
from answers.overtakes.compare import compare
from catalog import load
from storage import Store
from tests.support.clocks import NOW

CATALOG = load()


def judged(store: Store, text: str, on: date | None = None) -> tuple[str, str]:
    found: CheckedClaim = check(store, CATALOG, text, NOW, on)
    return str(found.verdict), " ".join(e.sentence for e in found.evidence)


@pytest.mark.parametrize(
    ("text", "verdict", "words"),
    [  # a reading is of the twelve months up to its end: of a year only the one of that year is
        ("fastapi leads django in job posts in 2025", "not enough data", "in the twelve months to December 2025"),
        ("fastapi leads flask in job posts in 2024", "supported", "in the twelve months to December 2024"),
        ("fastapi leads flask in job posts since 2024", "supported", "(twelve months pooled) from December 2024"),
        ("django led flask in job posts in march 2020", "supported", "in the twelve months to March 2020"),
    ],
)
def test_a_year_of_posts_is_judged_by_its_own_months(full: Store, text: str, verdict: str, words: str) -> None:
    found = judged(full, text)
    assert (found[0], words in found[1]) == (verdict, True), found


@pytest.mark.parametrize("text", ["django leads flask in stars in the last 2 weeks", "django leads flask recently"])
def test_days_that_nobody_has_read_are_not_judged_by_earlier_ones(full: Store, text: str) -> None:
    verdict, said = judged(full, f"{text} in stars" if text.endswith("recently") else text)
    assert verdict == "not enough data", said


@pytest.mark.parametrize(
    ("text", "rival"),
    [
        ("fastapi has the most stars", "FastAPI led Gin in GitHub stars"),
        ("flask has the most stars", "FastAPI led Flask"),
        ("rails has the most job posts", "Ruby on Rails led FastAPI"),
    ],
)
def test_of_all_the_others_the_one_that_decides_is_named(full: Store, text: str, rival: str) -> None:
    assert rival in judged(full, text)[1]


def test_who_is_named_twice_speaks_once(full: Store) -> None:
    assert judged(full, "flask and flask lead django and django") == judged(full, "flask leads django")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flask turned 1", "1 year later was 16 April 2011."),
        ("flask turned 99", "99 years later is 16 April 2109."),
        ("django doubled in stars in 2020", "1.18 times the figure before"),
        ("flask led express in stars for 7 years", "1,726 of 1,730 readings"),
    ],
)
def test_numbers_are_said_in_good_english(full: Store, text: str, words: str) -> None:
    assert words in judged(full, text, date(2026, 8, 22))[1]


@pytest.mark.parametrize("unit", ["points", "percentage points"])
def test_points_are_those_of_any_share(full: Store, unit: str) -> None:
    verdict, said = judged(full, f"fastapi leads flask in job posts by over 2 {unit}")
    assert (verdict, "by 2.40 points" in said) == ("supported", True)
    with pytest.raises(NotUnderstood, match="“by 5 points” does not fit “in downloads”"):
        statements(CATALOG, "fastapi leads flask in downloads by 5 points")


@pytest.mark.parametrize("been", ["was never", "has never been", "has not been", "hasn't been", "was not"])
def test_what_was_not_suffered_is_what_was_not_done(been: str) -> None:
    word = "never" if "never" in been else "not"
    (found,) = understood(CATALOG, f"flask {been} passed by fastapi in stars")
    (same,) = understood(CATALOG, f"fastapi {word} passed flask in stars")
    assert (found.a, found.b, found.denied, found.ever) == (same.a, same.b, True, same.ever)


@pytest.mark.parametrize(
    ("text", "verdict", "words"),
    [
        ("rails fell in gem downloads in 2020", "contradicted", "gem downloads by RubyGems' totals"),
        ("rails fell in gem downloads since 2020", "not enough data", "The last figure of Ruby on Rails in gem"),
    ],
)
def test_figures_that_there_are_are_not_denied(full: Store, text: str, verdict: str, words: str) -> None:
    found = judged(full, text)
    assert (found[0], words in found[1]) == (verdict, True), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("flsk passed django", "did you mean flask? We can check"),
        ("django passed flask. flask passed django.", "We can check: “Flask passed Django”."),
    ],
)
def test_a_refusal_is_whole_sentences(text: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        statements(CATALOG, text)
    assert said in str(refused.value)
    assert "?." not in str(refused.value)
    assert str(refused.value).count("'") % 2 == 0


def test_a_sentence_in_quotation_marks_is_the_sentence() -> None:
    for text in ('"django passed flask in stars"', "“django passed flask in stars.”", "'django passed flask in stars'"):
        assert understood(CATALOG, text)[0].what == "stars"


def test_a_lead_of_years_is_told_by_what_was_read_of_them(full: Store) -> None:
    verdict, said = judged(full, "flask led express in stars for 7 years")
    assert (verdict, "to 22 August 2026" in said) == ("disputed", True)


def test_short_words_are_no_names_misspelt() -> None:
    with pytest.raises(NotUnderstood) as refused:
        statements(CATALOG, "djnago leads flask in stars")
    assert refused.value.nearest == ("Django leads Flask in stars",)


def test_days_of_late_that_nobody_read_tell_no_change(full: Store) -> None:
    verdict, said = judged(full, "flask is growing in stars recently")
    assert (verdict, said.endswith("There are no later figures.")) == ("not enough data", True)


def test_packages_are_those_that_require_it() -> None:
    assert understood(CATALOG, "fastapi leads flask by 10 packages")[0].what == "dependents"


def test_a_count_that_changed_is_not_one_that_is_missing(full: Store) -> None:
    said = check(full, CATALOG, "express is more used than flask", NOW).sentence
    assert "no PyPI downloads of a year before" not in said
    assert "PyPI counts Flask, so the two don't compare." in said


def test_nothing_of_after_the_day_is_told_beside_it(full: Store) -> None:
    said = check(full, CATALOG, "fastapi passed rails on 23 november 2022", NOW).sentence
    assert "than a year before (30 September 2022)" in said


def test_registries_of_one_framework_have_nobody_to_lead(full: Store) -> None:
    found = check(full, CATALOG, "rails has the most gem downloads", NOW)
    assert "RubyGems counts none of the frameworks here but Ruby on Rails" in found.sentence
    changed = check(full, CATALOG, "rails is growing in downloads", NOW)
    assert "Ruby on Rails: downloads by RubyGems" in changed.sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fastapi leads stars in may 2025", "Starlette, Bottle, Pyramid, Falcon, Quart and Litestar (no figure"),
        ("fastapi leads stars in may 2025", "led all 10 others that could be compared in GitHub stars"),
        ("django leads stars on 2021-03-01", "Blazor (archived repository)"),
    ],
)
def test_who_leads_all_names_those_that_were_not_compared(full: Store, text: str, words: str) -> None:
    verdict, said = judged(full, text)
    assert (verdict, words in said) == ("supported", True), said


@pytest.mark.parametrize(
    ("text", "verdict", "words"),
    [  # December against December says another thing than the year
        ("rails grew in gem downloads in 2023", "supported", "(without May, incomplete in one of them)"),
        ("rails fell in gem downloads in 2023", "contradicted", "in 2022 and"),
        ("rails grew by 50% in gem downloads in 2023", "contradicted", "the claim says"),
        ("rails fell in gem downloads from 2020 to 2023", "contradicted", "in 2020 and"),
    ],
)
def test_a_flow_of_a_year_is_the_year_s_sum(full: Store, text: str, verdict: str, words: str) -> None:
    found = judged(full, text)
    assert (found[0], words in found[1]) == (verdict, True), found


def test_one_window_against_one_contradicts_no_year(full: Store) -> None:
    verdict, said = judged(full, "flask fell in downloads_pip_30d in 2023")
    assert (verdict, "one window with one, not full years" in said) == ("not enough data", True), said


@pytest.mark.parametrize(
    ("on", "verdict"), [(date(2020, 9, 25), "contradicted"), (date(2020, 9, 26), "not enough data")]
)
def test_nothing_after_the_day_is_told_of_an_overtake(full: Store, on: date, verdict: str) -> None:
    found = judged(full, "django passed flask in stars", on)
    assert (found[0], "27 September" in found[1]) == (verdict, False), found


@pytest.mark.parametrize(
    ("on", "years"),
    [
        (date(2020, 2, 29), {"2018", "2019"}),
        (date(2020, 11, 25), {"2018", "2020"}),
        (date(2024, 1, 2), {"2022", "2023"}),
        (date(2025, 9, 1), {"2024", "2025"}),
    ],
)
def test_a_survey_speaks_only_once_it_was_published(full: Store, on: date, years: set[str]) -> None:
    """The Python Developers Survey of a year comes in the August after it, Stack Overflow's by that of its year."""
    said = judged(full, "flask leads django in surveys", on)[1]
    later = {str(year) for year in range(2017, 2027)} - years
    assert not any(f"{survey} {year}" in said for year in later for survey in ("Survey", "Overflow")), said
    rows = leaders(full, CATALOG, ("flask", "django"), NOW, on=on).rows
    entries = compare(full, CATALOG, "flask", "django", NOW, on=on).entries
    seen = [row.period[1] for row in rows if row.metric in ("pds_use", "so_worked_with")]
    seen += [entry.seen for entry in entries if entry.metric in ("pds_use", "so_worked_with") and entry.seen]
    assert {str(day.year) for day in seen} <= years
