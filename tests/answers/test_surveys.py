"""Surveys: differences with their intervals against reference figures, what is refused, lineage, page, API, command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from answers.questions import QuestionError, SurveyQuestion
from answers.surveys.answer import Surveys, surveys
from answers.surveys.differences import ShareDifference
from answers.surveys.editions import survey_editions
from catalog import Catalog, almanac, load
from storage import Store
from tests.support.planting import COUNTED_AT

# -- answers -----------------------------------------------------------------------------------------------------------

CATALOG = load()


@pytest.fixture
def ask(regions_store: str) -> Iterator[Callable[..., Surveys]]:
    with Store.open(regions_store, read_only=True) as store:
        yield lambda *asked, **more: surveys(store, CATALOG, SurveyQuestion(*asked, **more), COUNTED_AT)


def only(found: tuple[ShareDifference, ...]) -> ShareDifference:
    assert len(found) == 1
    return found[0]


def test_the_last_two_editions_that_compare_are_told_with_their_interval(ask: Callable[..., Surveys]) -> None:
    found = ask("so_worked_with", ("flask", "django", "fastapi"))
    assert found.span == (2023, 2024)
    assert found.sentence == (
        "From 2023 to 2024 in the Stack Overflow survey, FastAPI rose 2.7 points to 10.6%. Flask rose 0.8 points to "
        "13.8%. Django rose 0.6 points to 12.9%. In 2025: FastAPI 15.2%, Flask 14.8% and Django 13.0%. 2025 can't be "
        "compared with 2024 (gate question added)."
    )
    assert found.changes[0].sentence == (
        "Flask rose from 13.0% in 2023 to 13.8% in 2024: 0.8 points more (95% interval 0.4 to 1.2, sampling "
        "noise only)."
    )


def test_a_fall_and_what_chance_allows_are_said(ask: Callable[..., Surveys]) -> None:
    fell = only(ask("so_worked_with", ("flask",), first=2022, second=2023).changes)
    assert fell.sentence.startswith("Flask fell from 14.9% in 2022 to 13.0% in 2023: 1.9 points less (95% int")
    same = only(ask("so_worked_with", ("blazor",)).changes)
    assert same.outcome == "chance"
    assert same.sentence.endswith("within sampling noise (95% interval 0.2 less to 0.3 more).")
    assert "no share changed beyond chance." in ask("so_worked_with", ("blazor",)).sentence


@pytest.mark.parametrize(
    ("metric", "first", "second", "why"),
    [
        ("so_worked_with", 2018, 2019, "A list of web frameworks only"),
        ("so_worked_with", 2020, 2021, "Libraries joined the question"),
        ("so_worked_with", 2021, 2022, "Technologies joined the question"),
        ("so_worked_with", 2024, 2025, "Gate question added"),
        (
            "so_worked_with",
            2019,
            2025,
            "Libraries joined the question; Technologies joined the question; Gate question",
        ),
        ("pds_use", 2017, 2018, "Base changed"),
    ],
)
def test_no_difference_across_a_changed_wording_base_or_gate(
    ask: Callable[..., Surveys], metric: str, first: int, second: int, why: str
) -> None:
    refused = only(ask(metric, ("django",), first=first, second=second).changes)
    assert refused.outcome == "refused"
    assert refused.difference is None
    assert refused.reason.startswith(why)
    assert f"Django can't be compared between {first} and {second}. {why}" in refused.sentence


def test_an_unknown_wording_is_a_doubt(ask: Callable[..., Surveys]) -> None:
    found = only(ask("so_worked_with", ("flask",), first=2019, second=2020).changes)
    assert found.outcome == "more"
    assert any("We don't know how one of the two editions worded the question" in doubt for doubt in found.doubts)


def test_not_asked_is_no_zero(ask: Callable[..., Surveys]) -> None:
    flask, fastapi = ask("so_worked_with", ("flask", "fastapi"), first=2019, second=2020).changes
    assert flask.difference is not None
    assert fastapi.reason == "No share in 2019 and 2020: not asked or not published."


def test_wishes_of_two_kinds_of_base_do_not_compare(ask: Callable[..., Surveys]) -> None:
    refused = only(ask("so_want_to_work_with", ("flask",), first=2019, second=2020).changes)
    assert (
        "Wishes in 2019 are shares of those who answered what they want, in 2020 of those who answered what they worked"
        in refused.reason
    )
    assert only(ask("so_want_to_work_with", ("flask",), first=2022, second=2023).changes).outcome == "less"


def test_whole_percents_count_as_what_they_may_have_been(ask: Callable[..., Surveys]) -> None:
    found = ask("pds_use", ("flask", "django"))
    assert [c.outcome for c in found.changes] == ["chance", "more"]
    assert all("Published in whole percents" in c.doubts[0] for c in found.changes)


def test_groups_without_a_common_member_are_told_and_others_refused(ask: Callable[..., Surveys]) -> None:
    found = only(
        ask("so_worked_with", ("flask",), edition=2019, here="region=europe", there="region=united-states").groups
    )
    assert found.sentence == (
        "Flask in 2019: 10.7% in Europe, 14.2% in the United States: there 3.5 points more (95% interval 2.8 to 4.2, "
        "sampling noise only)."
    )
    overlap = only(ask("so_worked_with", ("flask",), edition=2019, here="region=europe", there="region=eu27").groups)
    assert "both include Austria, Belgium and Bulgaria and 23 more" in overlap.reason
    country = only(ask("so_worked_with", ("flask",), edition=2019, here="region=europe", there="country=AD").groups)
    assert "both include Andorra" in country.reason


def test_a_group_against_all_others_leaves_it_out_of_them(ask: Callable[..., Surveys]) -> None:
    found = only(ask("so_worked_with", ("flask",), edition=2019, here="region=europe").groups)
    assert found.second.sample.base == 39_219
    assert "10.7% in Europe, 12.6% outside Europe: there 1.8 points more (95% interval 1.3 to 2.3" in found.sentence


def test_a_small_group_is_not_told(ask: Callable[..., Surveys]) -> None:
    found = only(
        ask("so_worked_with", ("flask",), edition=2019, here="country=AD", there="region=united-states").groups
    )
    assert found.reason == "Only 120 people answered on one side; below 300 no share is shown."
    assert "75" not in found.sentence


def test_segments_have_no_interval(ask: Callable[..., Surveys]) -> None:
    here, there = "segment=data-scientists", "segment=web-developers"
    found = only(ask("pds_use", ("django",), edition=2024, here=here, there=there).groups)
    assert found.outcome == "unknown"
    assert found.sentence == (
        "Django in 2024: 28% among data scientists, 61% among web developers: there 33 points more, no interval, "
        "because the number of respondents is not published."
    )


def test_frameworks_of_one_edition_are_the_same_people(ask: Callable[..., Surveys]) -> None:
    pairs = ask("so_worked_with", ("flask", "django", "fastapi")).pairs
    told = {(c.first.framework, c.second.framework): c.outcome for c in pairs}
    assert told == {("django", "flask"): "more", ("django", "fastapi"): "more", ("flask", "fastapi"): "chance"}
    assert all("Respondents could pick both." in c.doubts[-1] for c in pairs)


def test_wishes_beside_use(ask: Callable[..., Surveys]) -> None:
    found = ask("so_worked_with", ("flask", "fastapi"))
    row = next(
        r
        for r in almanac("surveys")
        if r["year"] == "2024" and r["framework"] == "fastapi" and r["survey"] == "stackoverflow"
    )
    last = next(a for a in found.wanted_next_year if (a.framework, a.edition) == ("fastapi", 2024))
    assert last.worked == pytest.approx(int(row["worked_with"]) / int(row["answered"]))
    assert last.more == pytest.approx((int(row["want_to_work_with"]) - int(row["worked_with"])) / int(row["answered"]))
    assert not [a for a in found.wanted_next_year if a.framework == "fastapi" and a.edition < 2021]
    assert ask("pds_use", ("flask",)).wanted_next_year == ()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("stars",), "is not a survey"),
        (("so_worked",), "did you mean"),
        (("so_worked_with", ("flaskk",)), "did you mean flask"),
        (("so_worked_with", ("flask",), "", 2024, 2023), "reversed"),
        (("so_worked_with", ("flask",), "", 2018, 2019), "There is no share for 2018"),
        (("so_worked_with", ("flask",), "", None, None, 2026), "There is no share for 2026"),
        (("so_worked_with", ("flask",), "", None, None, None, "region=atlantis"), "no region 'atlantis'"),
        (("so_worked_with", ("flask",), "", None, None, None, "planet=earth"), "is country=… or region=… or rest"),
        (("so_worked_with", ("flask",), "", None, None, None, "rest"), "Name the group first, then all others"),
        (("so_worked_with", ("flask",), "planet=earth"), "not split by 'planet'"),
    ],
)
def test_what_makes_no_sense_is_said(ask: Callable[..., Surveys], asked: tuple[object, ...], why: str) -> None:
    with pytest.raises(QuestionError, match=re.escape(why)):
        ask(*asked)


def test_what_was_not_known_then_is_not_told(ask: Callable[..., Surveys]) -> None:
    found = ask("so_worked_with", ("flask",), as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert (found.years, found.changes, found.pairs) == ((), (), ())


# -- what was asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["so_worked_with", "pds_use"])
def test_the_lineage_has_every_edition_and_breaks_where_the_register_says(metric: str) -> None:
    catalog = CATALOG
    found = survey_editions(catalog, catalog.metrics[metric])
    assert [e.year for e in found] == list(range(found[0].year, found[-1].year + 1))
    assert {b for e in found for b in e.breaks} == {b for b in catalog.breaks_of(metric) if b.kind == "break"}
    for edition in found:
        assert all(b.until.year == edition.year for b in edition.breaks)
        rows = _printed(catalog, metric, edition.year)
        assert edition.is_known == bool(rows)
        assert {str(edition.base)} == {row["answered"] for row in rows} or not rows
    assert all(
        a.question == b.question
        for a, b in pairwise(found)
        if a.is_known and b.is_known and not b.breaks and a.year != 2019
    )


def _printed(catalog: Catalog, metric: str, year: int) -> list[dict[str, str]]:
    survey = catalog.metrics[metric].sources[0]
    return [r for r in almanac("surveys") if (r["survey"], r["year"], r["segment"]) == (survey, str(year), "")]


def test_the_lineage_knows_what_came_onto_the_list_and_who_saw_it() -> None:
    found = {e.year: e for e in survey_editions(CATALOG, CATALOG.metrics["so_worked_with"])}
    assert {y: e.added for y, e in found.items() if e.added} == {
        2019: ("flask", "express", "rails"), 2020: ("aspnet-core",), 2021: ("fastapi",), 2022: ("blazor",)
    }  # fmt: skip
    assert [y for y, e in found.items() if e.gate] == [2025, 2026]
    assert "web technologies" in found[2025].asked_of
    assert found[2024].asked_of == "everybody who took the survey"
    assert not any(e.removed for e in found.values())
    assert not found[2026].is_known
