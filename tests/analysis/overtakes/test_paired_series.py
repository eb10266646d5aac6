"""What is seen of two together: which observations go with which, and who was ahead beyond noise and rounding."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from tests.analysis.overtakes.side_by_side import DAY0, SHARE, STARS, WINDOWS, duel, frame, seen, survey, years


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


def test_noise_decides_as_seldom_as_the_interval_promises() -> None:
    """Two frameworks of equal share: about one edition in twenty looks decided, not more."""
    random = np.random.default_rng(20200927)
    a, b = ({1000 + k: (float(random.binomial(2000, 0.14)) / 2000, 2000) for k in range(1000)} for _ in range(2))
    signs = [p.sign for p in duel(survey(a), survey(b), SHARE, ("a", "b")).pairs]
    assert len(signs) == 1000
    assert sum(map(abs, signs)) <= 70
