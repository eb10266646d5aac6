"""Overtakes: the almanac's known ones to the day, planted ones found, none invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.head_to_head import head_to_head as fought
from analysis.overtakes.pairs import prepared_series
from catalog import Break, Kind, Metric, almanac, load

DAY0 = date(2020, 1, 1)
STARS = Metric(
    "stars", "GitHub stars", "stars", Kind.STOCK, "day", "stars", "", "", "", (), ("github",), 35, "stars held"
)
WINDOWS = Metric(
    "w", "Downloads", "downloads", Kind.FLOW, "window", "downloads", "", "", "", (), ("almanac",), 20, "downloads"
)
DAILY = Metric(
    "d", "Downloads", "downloads", Kind.FLOW, "day", "downloads", "", "", "", (), ("pypistats",), 0, "downloads"
)
SHARE = Metric("s", "Worked with", "share", Kind.SHARE, "year", "survey", "", "", "", (), ("stackoverflow",), 0, "use")


def frame(
    periods: list[date], ends: list[date], values: list[float], bases: list[int | None] | None = None
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": pd.to_datetime(periods).astype("datetime64[s]"),
            "period_end": pd.to_datetime(ends).astype("datetime64[s]"),
            "value": np.array(values, dtype="float64"),
            "base": pd.array(bases or [None] * len(values), dtype="Int64"),
        }
    )


def duel(
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: Metric,
    names: tuple[str, str],
    *,
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
) -> HeadToHead:
    """Straight from two frames."""
    return fought(
        prepared_series(a, metric, final_through), prepared_series(b, metric, final_through), metric, names, breaks
    )


def seen(levels: dict[int, float]) -> pd.DataFrame:
    """Levels by day since DAY0."""
    dates = [DAY0 + timedelta(days=d) for d in levels]
    return frame(dates, dates, list(levels.values()))


def stars(framework: str) -> pd.DataFrame:
    found = [
        (date.fromisoformat(r["date"]), float(r["stars"])) for r in almanac("stars") if r["framework"] == framework
    ]
    return frame([d for d, _ in found], [d for d, _ in found], [v for _, v in found])


def downloads(framework: str, installers: str) -> pd.DataFrame:
    found = [r for r in almanac("downloads") if r["framework"] == framework and r["installers"] == installers]
    firsts, lasts = ([date.fromisoformat(r[k]) for r in found] for k in ("first_day", "last_day"))
    return frame(firsts, lasts, [float(r["downloads"]) for r in found])


def brackets(fight: HeadToHead) -> list[tuple[str, str, str]]:
    return [(o.winner, str(o.last_before), str(o.first_after)) for o in fight.overtakes]


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


class TestPairs:
    def test_neighbouring_days_serve_when_no_equal_day_does(self) -> None:
        fight = duel(seen({0: 10, 10: 30}), seen({1: 5, 10: 20}), STARS, ("a", "b"))
        assert next((p.first, p.last, p.sign) for p in fight.pairs) == (DAY0, DAY0 + timedelta(days=1), 1)

    def test_a_lead_that_a_day_of_growth_explains_is_undecided(self) -> None:
        fight = duel(seen({0: 100}), seen({1: 101}), STARS, ("a", "b"))
        assert [p.sign for p in fight.pairs] == [0]

    def test_two_days_apart_is_not_together(self) -> None:
        assert duel(seen({0: 10}), seen({2: 5}), STARS, ("a", "b")).pairs[:] == ()

    def test_flows_pair_only_over_the_same_period(self) -> None:
        one = frame([date(2020, 1, 1)], [date(2020, 1, 30)], [1.0])
        other = frame([date(2020, 1, 2)], [date(2020, 1, 31)], [1.0])
        assert duel(one, other, WINDOWS, ("a", "b")).pairs[:] == ()


class TestDailyFlows:
    def test_weekends_make_no_overtakes(self) -> None:
        """a is higher on weekdays and lower at weekends, and higher in every four weeks."""
        days = range(100)
        a = seen({d: 10_000.0 if (DAY0 + timedelta(days=d)).weekday() < 5 else 1_000.0 for d in days})
        b = seen(dict.fromkeys(days, 6_000.0))
        fight = duel(a, b, DAILY, ("a", "b"))
        assert fight.trailing
        assert fight.overtakes == ()
        assert {p.sign for p in fight.pairs} == {1}
        assert fight.pairs[0].a == 20 * 10_000.0 + 8 * 1_000.0
        assert fight.pairs[0].last == DAY0 + timedelta(days=27)

    def test_no_sum_over_a_missing_day(self) -> None:
        a = seen({d: 1.0 for d in range(60) if d != 30})
        b = seen(dict.fromkeys(range(60), 2.0))
        lasts = [(p.last - DAY0).days for p in duel(a, b, DAILY, ("a", "b")).pairs]
        assert lasts == [27, 28, 29, 58, 59]

    def test_days_that_may_still_change_are_left_out(self) -> None:
        a, b = (seen({d: float(k) for d in range(40)}) for k in (1, 2))
        fight = duel(a, b, DAILY, ("a", "b"), final_through=DAY0 + timedelta(days=35))
        assert fight.last is not None
        assert fight.last.last == DAY0 + timedelta(days=35)

    def test_a_missing_month_marks_the_bracket(self) -> None:
        a = seen(dict.fromkeys(range(100), 1e4) | dict.fromkeys(range(130, 230), 9e4))
        b = seen(dict.fromkeys(range(230), 5e4))
        (overtake,) = duel(a, b, DAILY, ("a", "b")).overtakes
        assert (overtake.winner, overtake.on_gap) == ("a", True)
        assert (overtake.last_before, overtake.first_after) == (DAY0 + timedelta(99), DAY0 + timedelta(157))

    def test_a_lead_that_does_not_last_is_no_overtake(self) -> None:
        """Seven weeks ahead and back: only eight weeks count."""
        b = seen(dict.fromkeys(range(400), 5e4))
        for weeks, expected in ((7, 0), (16, 2)):
            a = seen({d: 9e4 if 150 <= d < 150 + 7 * weeks else 1e4 for d in range(400)})
            assert len(duel(a, b, DAILY, ("a", "b")).overtakes) == expected

    def test_where_leads_flutter_the_bracket_holds_all_of_it(self) -> None:
        """Between two lasting leads the plain ones change for weeks: nobody knows which of them was the overtake."""
        noise = [5e3 if d // 10 % 2 else -5e3 for d in range(600)]
        a = seen({d: (1e4 if d < 200 else 5e4 + noise[d] if d < 400 else 9e4) for d in range(600)})
        (overtake,) = duel(a, seen(dict.fromkeys(range(600), 5e4)), DAILY, ("a", "b")).overtakes
        assert overtake.first_after - overtake.last_before > timedelta(days=100)
        assert overtake.called_on >= overtake.first_after + timedelta(days=56)

    def test_a_change_that_is_too_young_to_last_is_not_called_yet(self) -> None:
        a = seen({d: 9e4 if d >= 200 else 1e4 for d in range(250)})
        fight = duel(a, seen(dict.fromkeys(range(250), 5e4)), DAILY, ("a", "b"))
        assert fight.overtakes == ()
        assert fight.last is not None
        assert fight.leader(fight.last) == "a"


class TestReadingsOfDifferentDays:
    """Readings need not fall on one day: one lies between two of the other side."""

    def test_bounds_on_both_sides_decide(self) -> None:
        """Flask 40,941 one day and Rails 41,727 the next, four days later the other way round: 2019-03-08 to 12."""
        fight = duel(seen({0: 10, 2: 12, 4: 20, 8: 30}), seen({1: 15, 3: 17, 9: 18}), STARS, ("a", "b"))
        assert brackets(fight) == [("a", "2020-01-03", "2020-01-05")]

    def test_where_the_bounds_disagree_nothing_is_said(self) -> None:
        fight = duel(seen({0: 10, 2: 10, 5: 12, 10: 30}), seen({1: 11, 6: 13, 9: 14, 12: 15}), STARS, ("a", "b"))
        assert brackets(fight) == [("a", "2020-01-03", "2020-01-11")]

    def test_reading_days_that_differ_are_no_gap(self) -> None:
        fight = duel(
            seen({d: 10.0 + d for d in range(0, 40, 2)}), seen(dict.fromkeys(range(1, 40, 2), 25.5)), STARS, ("a", "b")
        )
        assert [(o.winner, o.on_gap) for o in fight.overtakes] == [("a", False)]

    def test_a_side_nobody_reads_any_more_decides_nothing(self) -> None:
        assert duel(seen({0: 10, 1: 11}), seen({0: 5, 1: 6, 100: 900}), STARS, ("a", "b")).overtakes == ()

    def test_a_counter_at_zero_for_two_days_makes_no_overtake_that_stands(self) -> None:
        """As GitHub once answered: 72,670, then 0 and 0, then 72,685."""
        a = {d: 72_600.0 + 5 * d for d in range(21)} | {15: 0.0, 16: 0.0}
        fight = duel(seen(a), seen({d: 22_400.0 + d for d in range(21)}), STARS, ("flask", "tornado"))
        assert [(o.winner, o.fallen) for o in fight.overtakes] == [("tornado", "flask"), ("flask", "flask")]

    def test_nor_does_one_that_shows_another_repository_for_a_day(self) -> None:
        a = {d: 5_000.0 + d for d in range(20)} | {10: 90_000.0}
        fight = duel(seen(a), seen({d: 30_000.0 + d for d in range(20)}), STARS, ("a", "b"))
        assert [o.fallen for o in fight.overtakes] == ["a", "a"]

    def test_an_overtake_beside_doubtful_readings_stands(self) -> None:
        a = {d: 100.0 + 10 * d for d in range(30)} | {25: 0.0}
        fight = duel(seen(a), seen(dict.fromkeys(range(30), 155.0)), STARS, ("a", "b"))
        assert [(o.winner, o.fallen) for o in fight.overtakes] == [("a", None), ("b", "a"), ("a", "a")]

    def test_whose_readings_are_doubtful_is_named(self) -> None:
        """a dips long before, b is misread when it makes the overtake: b is named."""
        a = {d: 100.0 + d for d in range(40)} | {3: 0.0}
        b = dict.fromkeys(range(40), 50.0) | {30: 200.0}
        fight = duel(seen(a), seen(b), STARS, ("a", "b"))
        assert [(o.last_before.day, o.fallen) for o in fight.overtakes] == [(3, "a"), (4, "a"), (30, "b"), (31, "b")]

    def test_a_spike_among_few_readings_is_the_doubtful_one(self) -> None:
        a = {0: 50.0, 30: 200.0, 60: 60.0, 90: 70.0, 120: 75.0}
        b = {0: 80.0, 30: 90.0, 60: 95.0, 90: 99.0, 120: 101.0}
        assert [o.fallen for o in duel(seen(a), seen(b), STARS, ("a", "b")).overtakes] == ["a", "a"]

    def test_a_dozen_stars_may_lose_one(self) -> None:
        fight = duel(seen({0: 5, 1: 4, 2: 3}), seen({0: 3, 1: 4, 2: 5}), STARS, ("a", "b"))
        assert [(o.winner, o.fallen) for o in fight.overtakes] == [("b", None)]


def monthly(values: list[float]) -> pd.DataFrame:
    """Windows of whole months of 2020, from January on."""
    firsts = [date(2020, 1 + k, 1) for k in range(len(values) + 1)]
    return frame(firsts[:-1], [first - timedelta(days=1) for first in firsts[1:]], values)


def years(shares: dict[int, tuple[float, int | None]]) -> pd.DataFrame:
    return frame(
        [date(y, 1, 1) for y in shares],
        [date(y, 12, 31) for y in shares],
        [s for s, _ in shares.values()],
        [n for _, n in shares.values()],
    )


class TestShares:
    def test_a_lead_within_sampling_noise_is_none(self) -> None:
        fight = duel(years({2020: (0.142246, 42279)}), years({2020: (0.142033, 42279)}), SHARE, ("django", "flask"))
        assert [p.sign for p in fight.pairs] == [0]

    def test_a_clear_lead_counts(self) -> None:
        fight = duel(years({2021: (0.153078, 61707)}), years({2021: (0.164876, 61707)}), SHARE, ("django", "flask"))
        assert [p.sign for p in fight.pairs] == [-1]

    def test_without_a_base_nothing_is_decided(self) -> None:
        fight = duel(years({2024: (0.38, None)}), years({2024: (0.01, None)}), SHARE, ("a", "b"))
        assert [p.sign for p in fight.pairs] == [0]

    def test_whole_percents_are_known_to_half_a_point(self) -> None:
        """Django 35 % against Flask 34 % of 30,000: rounding alone may bring it, as the page of surveys says."""
        printed = replace(SHARE, step=0.01)
        close = duel(years({2024: (0.35, 30_000)}), years({2024: (0.34, 30_000)}), printed, ("django", "flask"))
        apart = duel(years({2024: (0.38, 30_000)}), years({2024: (0.34, 30_000)}), printed, ("fastapi", "flask"))
        assert [[p.sign for p in fight.pairs] for fight in (close, apart)] == [[0], [1]]

    def test_few_answers_do_not_count(self) -> None:
        assert duel(years({2024: (0.9, 299)}), years({2024: (0.1, 299)}), SHARE, ("a", "b")).pairs[:] == ()

    def test_the_edition_that_contains_the_day(self) -> None:
        shares = years({2019: (0.1, 5000), 2020: (0.2, 5000)})
        found = duel(shares, shares, SHARE, ("a", "b")).at(date(2020, 11, 25))
        assert found is not None
        assert found.start == date(2020, 1, 1)


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


def test_noise_decides_as_seldom_as_the_interval_promises() -> None:
    """Two frameworks of equal share: about one edition in twenty looks decided, not more."""
    random = np.random.default_rng(20200927)
    a, b = ({1000 + k: (float(random.binomial(2000, 0.14)) / 2000, 2000) for k in range(1000)} for _ in range(2))
    signs = [p.sign for p in duel(survey(a), survey(b), SHARE, ("a", "b")).pairs]
    assert len(signs) == 1000
    assert sum(map(abs, signs)) <= 70


def survey(shares: dict[int, tuple[float, int]]) -> pd.DataFrame:
    """One edition per day, so that a thousand of them fit a calendar."""
    days = [DAY0 + timedelta(days=k) for k in shares]
    return frame(days, days, [s for s, _ in shares.values()], [n for _, n in shares.values()])
