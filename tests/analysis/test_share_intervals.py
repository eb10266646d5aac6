"""Intervals of survey shares, against published cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.share_intervals import MIN_BASE, may_be_shown, newcombe, share_bounds, wilson


class TestIntervals:
    @pytest.mark.parametrize(
        ("count", "base", "low", "high"),
        [
            (81, 263, 0.2553, 0.3662),  # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ],
    )
    def test_wilson_as_published(self, count: int, base: int, low: float, high: float) -> None:
        interval = wilson(count / base, base)
        assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)

    @pytest.mark.parametrize(
        ("a", "m", "b", "n", "low", "high"),
        [
            (56, 70, 48, 80, 0.0524, 0.3339),  # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10
            (9, 10, 3, 10, 0.1705, 0.8090),
            (5, 56, 0, 29, -0.0381, 0.1926),
            (0, 10, 0, 10, -0.2775, 0.2775),
            (10, 10, 0, 10, 0.6075, 1.0000),
        ],
    )
    def test_newcombe_as_published(self, a: int, m: int, b: int, n: int, low: float, high: float) -> None:
        interval = newcombe(a / m, m, b / n, n)
        assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)

    @given(st.integers(1, 10**6), st.data())
    def test_the_interval_holds_the_share_and_stays_within_0_and_1(self, base: int, data: st.DataObject) -> None:
        share = data.draw(st.integers(0, base)) / base
        interval = wilson(share, base)
        assert 0 <= interval.low <= share <= interval.high <= 1

    def test_nominal_coverage(self) -> None:
        """95 intervals of 100 hold the truth, within what 2,000 draws can tell."""
        random = np.random.default_rng(20200927)
        for truth, base in ((0.14, 1000), (0.03, 500), (0.5, 300)):
            draws = random.binomial(base, truth, size=2000) / base
            held = sum(not wilson(float(share), base).excludes(truth) for share in draws)
            assert 0.93 <= held / 2000 <= 0.975

    def test_few_answers_are_not_shown_and_an_unpublished_base_is(self) -> None:
        shown = may_be_shown(np.array([MIN_BASE - 1, MIN_BASE, np.nan]))
        assert shown.tolist() == [False, True, True]


def test_bounds_of_a_whole_percent_hold_every_share_that_rounds_to_it() -> None:
    shares, bases = np.array([0.38, 0.0, 1.0, 0.38]), np.array([30_000.0, 500.0, 500.0, np.nan])
    low, high = share_bounds(shares, bases, 0.01)
    assert (low[0], high[0]) == (wilson(0.375, 30_000).low, wilson(0.385, 30_000).high)
    assert (low[1], high[2]) == (0.0, 1.0)
    assert high[1] == wilson(0.005, 500).high
    assert np.isnan(low[3])
    counted = share_bounds(shares, bases, 0.0)
    assert (counted[0][0], counted[1][0]) == (wilson(0.38, 30_000).low, wilson(0.38, 30_000).high)
