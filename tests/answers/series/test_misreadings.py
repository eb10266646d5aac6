"""Readings registered as wrong: shown as they were read, and nothing worked out of them."""

from __future__ import annotations

from datetime import date

import pytest

from answers.claims.check import check
from answers.growth.answer import growth
from answers.questions import Question
from answers.series.answer import series
from answers.series.views import VIEWS
from catalog import load
from storage import Store
from tests.support.clocks import NOW
from uptake.clock import SystemClock
from uptake.digest.month_digest import month_digest

CATALOG = load()
MISREAD = date(2023, 12, 28)  # 12 stars, of 2,351


@pytest.mark.parametrize("year", [2022, 2023])
def test_no_claim_of_a_change_rests_on_a_misreading(full: Store, year: int) -> None:
    fell = check(full, CATALOG, f"Quart fell in stars in {year}", NOW)
    assert (str(fell.verdict), " 12 on" in fell.evidence[0].sentence) != ("supported", True), fell
    rose = check(full, CATALOG, "Quart grew in stars in 2023", NOW)
    assert str(rose.verdict) == "supported"
    said = rose.evidence[0].sentence
    assert "2,351 on 21 December 2023" in said
    assert "Left out as misread (see known issues): Quart on 11 May 2023, 25 May 2023 and 28 December 2023." in said


def test_growth_is_of_right_readings_and_names_the_others(full: Store) -> None:
    answer = growth(full, CATALOG, Question("stars", ("quart",), until=MISREAD), NOW)
    (row,) = answer.rows
    assert row.value == 2_351
    assert (row.figures["year-on-year"].gained or 0) > 800
    assert (row.figures["four-weeks"].relative or 0) >= -1  # a gain that fell by more than all of it is no gain
    assert "Left out as misread (see known issues): Quart on 15 days from" in answer.sentence


@pytest.mark.parametrize("view", [name for name in VIEWS if name not in ("level", "pooled", "part")])
def test_every_view_made_of_levels_leaves_misreadings_out(full: Store, view: str) -> None:
    names = ("pyramid", "quart")
    answer = series(
        full, CATALOG, Question("stars", names, since=date(2023, 1, 1), until=date(2024, 12, 31), view=view), NOW
    )
    values = answer.frame[answer.frame["framework"] == "quart"].dropna(subset=["value"])["value"]
    assert len(values) == 0 or values.min() >= (-1 if view == "four-weeks" else 0)
    assert "Quart on 11 May 2023, 25 May 2023 and 28 December 2023" in answer.left_out
    assert answer.left_out in answer.sentence


def test_the_level_is_shown_as_it_was_read(full: Store) -> None:
    answer = series(full, CATALOG, Question("stars", ("quart",), since=MISREAD, until=MISREAD), NOW)
    assert (list(answer.frame["value"]), answer.left_out) == ([12], "")


def test_a_digest_tells_no_gain_by_a_misreading(full: Store) -> None:
    now = SystemClock().now()
    digest = month_digest(full, CATALOG, ("quart", "pyramid"), MISREAD, now, now)
    (gained,) = [s.text for s in digest.sections[2].statements if s.text.startswith("GitHub stars gained")]
    assert "−" not in gained
    assert gained.endswith("Left out as misread (see known issues): Quart on 28 December 2023.")
