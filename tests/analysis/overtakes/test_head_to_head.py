"""Overtakes: the almanac's known ones to the day, planted ones found, none invented."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalog import Break, load
from tests.analysis.overtakes.side_by_side import (
    DAY0,
    SHARE,
    STARS,
    WINDOWS,
    brackets,
    downloads,
    duel,
    frame,
    monthly,
    seen,
    stars,
    years,
)


class TestAlmanac:
    def test_django_passed_flask_in_stars(self) -> None:
        fight = duel(stars("flask"), stars("django"), STARS, ("flask", "django"))
        assert brackets(fight) == [("django", "2020-09-25", "2020-09-27")]
        overtake = fight.overtakes[0]
        assert not overtake.on_gap
        assert fight.held(overtake) is True

    def test_the_lead_on_the_day_of_the_post(self) -> None:
        fight = duel(stars("flask"), stars("django"), STARS, ("flask", "django"))
        day = date(2020, 11, 25)
        before, after = fight.at(day), fight.after(day)
        assert before is not None
        assert after is not None
        assert (str(before.last), before.b - before.a, fight.leader(before)) == ("2020-11-25", 828, "django")
        assert (str(after.last), after.b - after.a) == ("2020-11-27", 849)

    def test_fastapi_passed_both_in_stars(self) -> None:
        flask = duel(stars("fastapi"), stars("flask"), STARS, ("fastapi", "flask"))
        django = duel(stars("fastapi"), stars("django"), STARS, ("fastapi", "django"))
        assert brackets(flask) == [("fastapi", "2023-11-27", "2023-11-30")]
        assert brackets(django) == [("fastapi", "2025-04-10", "2025-04-11")]

    def test_downloads(self) -> None:
        pip = duel(downloads("fastapi", "pip"), downloads("django", "pip"), WINDOWS, ("fastapi", "django"))
        everyone = duel(downloads("fastapi", "all"), downloads("flask", "all"), WINDOWS, ("fastapi", "flask"))
        assert brackets(pip)[-1] == ("fastapi", "2022-08-31", "2022-09-30")
        assert not pip.overtakes[-1].on_gap
        assert brackets(everyone) == [("fastapi", "2025-09-30", "2025-10-31")]

    def test_django_never_passed_flask_in_downloads(self) -> None:
        """In the spring of 2018 it looked so, in counts that missed nine of ten: that is no overtake."""
        breaks = load().breaks_of("downloads_pip_30d")
        for installers in ("pip", "all"):
            one, other = downloads("flask", installers), downloads("django", installers)
            fight = duel(one, other, WINDOWS, ("flask", "django"), breaks=breaks)
            since = [p for p in fight.pairs if p.last >= date(2018, 5, 1)]
            assert since
            assert {fight.leader(p) for p in since} <= {"flask", None}  # None: no more than chance may bring
            assert all(p.a > p.b for p in since)
            assert [o for o in fight.overtakes if not o.on_break] == []


class TestBrackets:
    def test_names_may_be_swapped(self) -> None:
        one, other = seen({0: 1, 1: 5}), seen({0: 2, 1: 3})
        assert brackets(duel(one, other, STARS, ("a", "b"))) == brackets(duel(other, one, STARS, ("b", "a")))

    def test_a_tie_is_no_lead(self) -> None:
        fight = duel(seen({0: 1, 1: 2, 2: 3, 3: 9}), seen({0: 5, 1: 2, 2: 3, 3: 4}), STARS, ("a", "b"))
        assert brackets(fight) == [("a", "2020-01-01", "2020-01-04")]

    def test_touching_without_passing_is_none(self) -> None:
        fight = duel(seen({0: 1, 1: 5, 2: 5}), seen({0: 5, 1: 5, 2: 6}), STARS, ("a", "b"))
        assert fight.overtakes == ()

    def test_there_and_back_is_two_and_the_first_did_not_hold(self) -> None:
        fight = duel(seen({0: 1, 1: 9, 2: 9}), seen({0: 5, 1: 5, 2: 10}), STARS, ("a", "b"))
        assert [o.winner for o in fight.overtakes] == ["a", "b"]
        assert [fight.held(o) for o in fight.overtakes] == [False, True]

    def test_whether_it_holds_cannot_be_told_at_a_tie(self) -> None:
        fight = duel(seen({0: 1, 1: 9, 2: 9}), seen({0: 5, 1: 5, 2: 9}), STARS, ("a", "b"))
        assert fight.held(fight.overtakes[0]) is None

    def test_nor_across_a_break(self) -> None:
        change = Break("x", "break", "", "", DAY0 + timedelta(days=3), DAY0 + timedelta(days=3), ("stars",), "")
        one, other = seen({0: 1, 1: 9, 2: 9, 4: 9}), seen({0: 5, 1: 5, 2: 5, 4: 10})
        fight = duel(one, other, STARS, ("a", "b"), breaks=[change])
        assert [(o.winner, o.on_break, fight.held(o)) for o in fight.overtakes] == [
            ("a", False, None),
            ("b", True, True),
        ]

    def test_wide_brackets_and_holes_are_flagged(self) -> None:
        wide = duel(seen({0: 1, 37: 9}), seen({0: 5, 37: 5}), STARS, ("a", "b"))
        tight = duel(seen({0: 1, 36: 9}), seen({0: 5, 36: 5}), STARS, ("a", "b"))
        assert wide.overtakes[0].on_gap
        assert not tight.overtakes[0].on_gap

    @pytest.mark.parametrize(
        ("kind", "frameworks", "expected"),
        [
            ("break", (), ("x",)),
            ("break", ("b",), ("x",)),
            ("break", ("c",), ()),
            ("incident", (), ()),
            ("notice", (), ()),
        ],
    )
    def test_only_a_break_of_these_forbids(
        self, kind: str, frameworks: tuple[str, ...], expected: tuple[str, ...]
    ) -> None:
        change = Break(
            "x", kind, "", "", DAY0 + timedelta(days=3), DAY0 + timedelta(days=3), ("stars",), "", frameworks
        )
        fight = duel(seen({0: 1, 7: 9}), seen({0: 5, 7: 5}), STARS, ("a", "b"), breaks=[change])
        assert fight.overtakes[0].breaks == expected
        assert fight.overtakes[0].on_break is bool(expected)

    def test_a_break_inside_the_earlier_window_counts(self) -> None:
        change = Break("x", "break", "", "", date(2020, 3, 5), date(2020, 3, 5), ("w",), "")
        a, b = monthly([100, 100, 100, 900, 900, 900]), monthly([500] * 6)
        (overtake,) = duel(a, b, WINDOWS, ("a", "b"), breaks=[change]).overtakes
        assert (overtake.winner, overtake.breaks) == ("a", ("x",))

    def test_nothing_in_common_is_an_empty_duel(self) -> None:
        fight = duel(seen({0: 1}), seen({5: 1}), STARS, ("a", "b"))
        assert (tuple(fight.pairs), fight.overtakes, fight.last) == ((), (), None)


class TestAt:
    def test_too_old_is_nothing_to_go_by(self) -> None:
        fight = duel(seen({0: 1}), seen({0: 2}), STARS, ("a", "b"))
        assert fight.at(DAY0 + timedelta(days=36)) is not None
        assert fight.at(DAY0 + timedelta(days=37)) is None
        assert fight.at(DAY0 - timedelta(days=1)) is None

    def test_a_window_serves_until_the_next_is_due(self) -> None:
        months = [date(2020, 1, 1), date(2020, 4, 1)], [date(2020, 1, 30), date(2020, 4, 30)]
        fight = duel(frame(*months, [1, 9]), frame(*months, [5, 5]), WINDOWS, ("a", "b"))
        expected = {
            date(2020, 1, 29): date(2020, 1, 30),  # only this one contains the day
            date(2020, 3, 20): date(2020, 1, 30),
            date(2020, 3, 21): None,
            date(2020, 4, 2): date(2020, 4, 30),
            date(2020, 5, 2): date(2020, 4, 30),
        }
        found = {on: fight.at(on) for on in expected}
        assert {on: pair and pair.last for on, pair in found.items()} == expected


class TestSurveyBreaks:
    BREAK = Break("q", "break", "", "", date(2020, 12, 31), date(2021, 1, 1), ("s",), "")

    @pytest.mark.parametrize(("changed", "expected"), [(2020, ()), (2021, ("q",)), (2022, ())])
    def test_only_the_step_between_the_two_editions_is_refused(self, changed: int, expected: tuple[str, ...]) -> None:
        a = years({y: (0.3 if y >= changed else 0.1, 5000) for y in range(2019, 2023)})
        b = years(dict.fromkeys(range(2019, 2023), (0.2, 5000)))
        fight = duel(a, b, SHARE, ("a", "b"), breaks=[self.BREAK])
        assert [o.breaks for o in fight.overtakes] == [expected]


GROWTH = st.lists(st.integers(0, 50), min_size=60, max_size=60)
OBSERVED = st.sets(st.integers(0, 59), min_size=1)


@given(GROWTH, GROWTH, st.integers(0, 500), OBSERVED, OBSERVED)
def test_no_overtake_is_invented_on_gappy_series(
    grow_a: list[int], grow_b: list[int], head_start: int, days_a: set[int], days_b: set[int]
) -> None:
    """Two growing counters, each seen on days of its own: every bracket holds a true crossing."""
    a, b = np.cumsum(grow_a) + head_start, np.cumsum(grow_b)
    fight = duel(
        seen({d: float(a[d]) for d in sorted(days_a)}),
        seen({d: float(b[d]) for d in sorted(days_b)}),
        STARS,
        ("a", "b"),
    )
    for overtake in fight.overtakes:
        first, last = (overtake.last_before - DAY0).days, (overtake.first_after - DAY0).days
        truth = np.sign(a - b)[first : last + 1] * (1 if overtake.winner == "a" else -1)
        assert (truth < 0).any()
        assert (truth > 0).any()


@given(st.integers(1, 58), st.integers(1, 20), OBSERVED)
def test_a_planted_overtake_is_found(crossing: int, slope: int, days: set[int]) -> None:
    """b passes a once, at `crossing`; it is found when both sides of it were seen, and the bracket holds it."""
    assume(min(days) < crossing <= max(days))
    flat = dict.fromkeys(sorted(days), 1000.0)
    rising = {d: 1000.0 + slope * (d - crossing) + 0.5 for d in sorted(days)}
    (found,) = duel(seen(flat), seen(rising), STARS, ("a", "b")).overtakes
    assert found.winner == "b"
    assert (found.last_before - DAY0).days == max(d for d in days if d < crossing)
    assert (found.first_after - DAY0).days == min(d for d in days if d >= crossing)


@given(st.dictionaries(st.integers(0, 60), st.integers(0, 1000), min_size=1))
def test_identical_series_never_overtake(levels: dict[int, int]) -> None:
    same = seen({d: float(v) for d, v in sorted(levels.items())})
    assert duel(same, same, STARS, ("a", "b")).overtakes == ()
