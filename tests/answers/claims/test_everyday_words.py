"""Words that everybody uses: gained more, tenfold, stopped growing, exactly, job ads."""

from __future__ import annotations

from datetime import date

import pytest

from answers.claims.check import CheckedClaim, check
from answers.claims.claimed_numbers import fits
from answers.claims.evidence import Stance
from answers.claims.grammar.parser import understood
from answers.claims.suggestions import NotUnderstood, statements
from catalog import load
from storage import Store
from tests.support.clocks import NOW
from tests.support.planting import days, plant

CATALOG = load()
POST = date(2020, 11, 25)


def ask(store: Store, text: str, on: date | None = None) -> CheckedClaim:
    return check(store, CATALOG, text, NOW, on=on)


def test_how_a_word_that_denies_was_taken_is_said() -> None:
    (found,) = understood(CATALOG, "flask stopped growing", NOW.date())
    assert found.taken == ("“stopped growing” is taken as: not; whether it was so before is not checked",)


@pytest.mark.parametrize(
    ("text", "on", "verdict"),
    [
        ("django had exactly 53,772 stars", POST, "supported"),
        ("django had exactly 53,771 stars", POST, "contradicted"),
        ("django had 53,771 stars", POST, "disputed"),
        ("django leads flask by exactly 828 stars", POST, "supported"),
        ("django leads flask by exactly 829 stars", POST, "contradicted"),
        ("django had exactly 53,772 stars in 2020", None, "supported"),
        ("fastapi grew tenfold in stars since 2021", None, "contradicted"),
        ("fastapi grew fourfold in stars since 2021", None, "supported"),
        ("django gained more stars than flask in 2021", None, "supported"),
        ("flask gained more stars than django in 2021", None, "contradicted"),
        ("flask gained more stars than phoenix liveview", None, "supported"),  # whose percentage is higher
    ],
)
def test_of_the_almanac(full: Store, text: str, on: date | None, verdict: str) -> None:
    assert ask(full, text, on).verdict == verdict


def test_what_was_gained_across_a_change_of_the_question_is_not_compared(full: Store) -> None:
    (of_stack_overflow,) = [
        e for e in ask(full, "fastapi gained more than flask in surveys").evidence if e.metric == "so_worked_with"
    ]
    assert of_stack_overflow.stance is Stance.UNCLEAR
    assert "so what each gained can't be compared" in of_stack_overflow.sentence


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("flask shrank in surveys", "flask fell in surveys"),
        ("flask has declined in job posts since 2020", "flask fell in job posts since 2020"),
        ("flask is not shrinking", "flask is not falling"),
        ("flask hasn't fallen in stars", "flask did not fall in stars"),
        ("flask has not taken the lead over django", "flask did not pass django"),
        ("did flask drop in surveys", "flask fell in surveys"),
        ("fastapi has surged in stars", "fastapi rose in stars"),
        ("fastapi skyrocketed", "fastapi exploded"),
        ("fastapi dethroned django in stars", "fastapi passed django in stars"),
        ("django was dethroned by fastapi in stars", "fastapi passed django in stars"),
        ("django took the lead over flask in 2020", "django passed flask in 2020"),
        ("flask lost its lead to django in stars", "django passed flask in stars"),
        ("django outnumbers flask in stars", "django leads flask in stars"),
        ("fastapi is the most starred framework", "fastapi has the most stars"),
        ("aiohttp isn't the most downloaded framework", "aiohttp does not have the most downloads"),
        ("django is less downloaded than flask", "django has less downloads than flask"),
        ("flask grows more slowly than fastapi in stars", "fastapi grows faster than flask in stars"),
        ("flask came out before fastapi", "flask is older than fastapi"),
        ("fastapi is newer than flask", "flask is older than fastapi"),
        ("flask lost half its stars", "flask lost half of its stars"),
    ],
)
def test_words_that_mean_the_same_have_the_same_verdict(full: Store, text: str, plain: str) -> None:
    one, other = ask(full, text), ask(full, plain)
    assert (one.verdict, [e.sentence for e in one.evidence]) == (other.verdict, [e.sentence for e in other.evidence])


@pytest.mark.parametrize("text", ["flask stagnated in stars", "django hasn't stalled", "flask plateaued"])
def test_standing_still_has_two_senses(text: str) -> None:
    with pytest.raises(NotUnderstood, match="may mean no growth, or less than before: say “did not grow” or “fell”"):
        statements(CATALOG, text)


def test_of_two_counts_each_is_needed(full: Store) -> None:
    both = ask(full, "fastapi passed django in stars and downloads")
    assert {e.metric for e in both.evidence} >= {"stars", "downloads_all_window"}
    assert ask(full, "django leads flask in stars").verdict == "supported"
    assert ask(full, "django leads flask in stars and in downloads").verdict == "disputed"


def test_who_gained_the_most_is_first_of_all(full: Store) -> None:
    found = ask(full, "fastapi gained the most stars in 2023")
    assert found.verdict == "supported"
    assert "FastAPI gained more than all 15 others" in found.evidence[0].sentence
    assert ask(full, "django gained the most stars in 2021").verdict == "contradicted"


@pytest.mark.parametrize(
    ("text", "verdict", "says"),
    [
        ("flask is older than fastapi", "supported", "The first release of Flask on record was 0.1 on 16 April 2010."),
        ("fastapi is older than flask", "contradicted", "The first release of FastAPI on record was 0.1.0 on"),
        ("flask is not older than fastapi", "contradicted", "on 8 December 2018"),
        (
            "django is older than fastapi",
            "supported",
            "Of Django, the earliest release on record is 1.2 of 17 May 2010",
        ),
        ("fastapi is older than django", "contradicted", "which was not the first"),
        ("django is older than flask", "not enough data", "which was not the first"),
        ("quart is older than flask", "not enough data", "Of Quart, no release on record."),
        ("flask and django are older than fastapi", "supported", "16 April 2010"),
    ],
)
def test_ages_go_by_first_releases(full: Store, text: str, verdict: str, says: str) -> None:
    found = ask(full, text)
    assert found.verdict == verdict
    assert says in " ".join(e.sentence for e in found.evidence)


@pytest.mark.parametrize(("lead", "stance"), [(828, "for"), (829, "against"), (2000, "against")])
def test_exactly_is_that_number_and_no_other(lead: float, stance: str) -> None:
    assert fits(lead, 828, "exact") == stance


def test_a_rise_that_is_not_recorded_is_not_called_a_fall(full: Store) -> None:
    text = " ".join(e.sentence for e in ask(full, "flask rose in europe in 2020").evidence)
    assert "we can't say whether it rose" in text
    assert "whether it fell" not in text


def test_a_lead_that_was_not_there_for_a_part_of_the_time_is_not_there_for_all_of_it(full: Store) -> None:
    found = ask(full, "django leads flask in stars since 2018")
    assert found.verdict == "disputed"
    assert "Flask led in" in found.evidence[0].sentence
    assert found.evidence[0].sentence.endswith("Data on both within that time exist only of those days.")


def test_never_is_not_borne_out_while_a_count_cannot_tell(full: Store) -> None:
    found = ask(full, "flask never passed django")
    stances = {e.stance for e in found.evidence}
    assert stances == {Stance.FOR, Stance.UNCLEAR}  # job posts; others, in which Flask led when their records begin
    assert found.verdict == "not enough data"
    assert "“Never” needs every count, and some can't tell." in found.sentence
    assert ask(full, "flask never passed django in job posts").verdict == "supported"
    assert ask(full, "django never passed flask").verdict in ("contradicted", "disputed")


def test_never_counts_what_an_ended_count_saw_as_well(full: Store) -> None:
    found = ask(full, "django never passed flask in downloads")
    assert found.verdict == "supported"
    assert {"downloads_pip_30d", "downloads_all_window"} <= {e.metric for e in found.evidence}


def test_an_overtake_before_days_that_are_too_close_to_call_is_not_theirs(full: Store) -> None:
    found = ask(full, "fastapi passed flask in downloads in november 2025")
    assert found.verdict == "contradicted"
    assert (
        "earlier, between 30 September and 31 October 2025." in found.evidence[0].sentence + found.evidence[-1].sentence
    )


def test_of_editions_before_a_break_nothing_is_said(full: Store) -> None:
    (e,) = ask(full, "django passed flask in the python developers survey").evidence
    assert "None of these editions shows Django ahead" in e.sentence


def test_days_that_begin_before_the_figures_are_named(full: Store) -> None:
    (e,) = ask(full, "flask gained more stars than fastapi since 2020").evidence
    assert e.sentence == (
        "No figures of Flask and FastAPI in GitHub stars compare over that time: those of both begin on 11 March 2020."
    )


@pytest.mark.parametrize(
    ("text", "on", "says"),
    [
        ("django has 90,000 stars", None, "the claim says 90,000, taken as 87,750 to 92,250."),
        ("django leads flask in stars by 16,455", date(2026, 8, 22), "100% of the 16,455 claimed."),
    ],
)
def test_a_number_is_said_to_be_taken_for_others_where_it_is(
    full: Store, text: str, on: date | None, says: str
) -> None:
    assert ask(full, text, on).evidence[0].sentence.endswith(says)


def test_words_without_use_are_named_though_an_example_has_them() -> None:
    with pytest.raises(NotUnderstood, match="We have no use for “is”, “faster” and “than” here"):
        statements(CATALOG, "django is faster than flask")


@pytest.mark.parametrize("text", ["{0} grows faster than {1} in downloads", "{0} gained more downloads than {1}"])
def test_downloads_that_hardly_moved_grew_no_faster(own_full_store: str, text: str) -> None:
    with Store.open(own_full_store) as store:
        for name, first, last in (("flask", 7_180_000.0, 7_190_000.0), ("fastapi", 13_280_000.0, 13_270_000.0)):
            values = dict.fromkeys(days(date(2026, 6, 1), date(2026, 9, 30)), first)
            values |= dict.fromkeys(days(date(2026, 10, 1), date(2026, 11, 20)), last)
            plant(store, "downloads_no_mirrors", name, values, NOW)
        for pair in (("flask", "fastapi"), ("fastapi", "flask")):
            found = ask(store, text.format(*pair))
            (e,) = [e for e in found.evidence if e.metric == "downloads_no_mirrors"]
            assert e.stance is Stance.UNCLEAR
            assert e.sentence.endswith("The difference is too small for counts of downloads.")


def test_a_size_has_the_digits_it_was_claimed_with(full: Store) -> None:
    (e,) = ask(full, "flask leads django by exactly 1.85 points in so_worked_with").evidence
    assert e.sentence.endswith("100% of the 1.85 claimed.")


def test_a_denial_is_not_what_is_in_the_way() -> None:
    with pytest.raises(NotUnderstood) as refused:
        statements(CATALOG, "django hasn't stopped growing in stars")
    assert "Django stopped growing in stars" not in refused.value.nearest
