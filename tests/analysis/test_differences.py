"""Leads of the same people, how far two groups' leads are apart: by hand, by a reference, and how often they hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from analysis import Difference, Interval, Sample, newcombe, widest
from analysis.differences import apart

Z = float(stats.norm.ppf(0.975))


def wilson(share: float, base: int) -> tuple[float, float]:
    """Scipy's, of whole people."""
    found = stats.binomtest(round(share * base), base).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def test_two_intervals_combine_by_squares() -> None:
    """By hand: 0.08 less sqrt(0.04^2 + 0.02^2), and more sqrt(0.05^2 + 0.03^2)."""
    found = apart(Difference(0.10, Interval(0.06, 0.15)), Difference(0.02, Interval(-0.01, 0.04)))
    assert found.value == pytest.approx(0.08)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(0.08 - math.sqrt(0.0020))
    assert found.interval.high == pytest.approx(0.08 + math.sqrt(0.0034))


def test_of_two_shares_it_is_newcombes_interval() -> None:
    """The example of Newcombe (1998, Statistics in Medicine 17, 873-890): 56/70 less 48/80, method 10."""
    sides = [Difference(p, Interval(*wilson(p, n))) for p, n in ((56 / 70, 70), (48 / 80, 80))]
    found = apart(*sides).interval
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert newcombe(56 / 70, 70, 48 / 80, 80).low == pytest.approx(found.low)


def test_without_an_interval_there_is_none() -> None:
    known, unknown = Difference(0.1, Interval(0.0, 0.2)), Difference(0.05, None)
    assert apart(known, unknown).interval is None
    assert apart(unknown, known).value == pytest.approx(-0.05)
    assert apart(unknown, known).direction == "unknown"


def test_the_united_states_of_2019_by_hand() -> None:
    """Flask 2,176 and Django 1,882 of 15,302: Newcombe's paired interval if nobody ticked both."""
    n, a, b = 15_302, 2_176 / 15_302, 1_882 / 15_302
    found = widest(Sample(a, n), Sample(b, n)).interval
    assert found is not None
    (la, ua), (lb, ub) = wilson(a, n), wilson(b, n)
    phi = -a * b / math.sqrt(a * (1 - a) * b * (1 - b))
    low = (a - b) - math.sqrt((a - la) ** 2 - 2 * phi * (a - la) * (ub - b) + (ub - b) ** 2)
    high = (a - b) + math.sqrt((ua - a) ** 2 - 2 * phi * (ua - a) * (b - lb) + (b - lb) ** 2)
    assert [found.low, found.high] == pytest.approx([low, high])
    # and near the plain one of a multinomial: (a + b - (a - b)^2) / n
    assert (high - low) / 2 == pytest.approx(Z * math.sqrt((a + b - (a - b) ** 2) / n), rel=1e-3)


# How often the intervals hold what they are said to hold. Both answers of a person are drawn together.

SAMPLES = 1_500
SLACK = 3 * math.sqrt(0.95 * 0.05 / SAMPLES)  # three standard errors of a coverage of 95 %


def drawn(a: float, b: float, both: float, n: int, seed: int) -> list[tuple[float, float]]:
    """Samples of n people each: the two shares, where `both` of all people tick both."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(n, [both, a - both, b - both, max(0.0, 1 - a - b + both)], size=SAMPLES)
    return [(float(row[0] + row[1]) / n, float(row[0] + row[2]) / n) for row in counts]


@pytest.mark.parametrize(
    ("a", "b", "both", "tight"),
    [
        (0.14, 0.12, 0.0, True),  # nobody ticks both: what the interval is made for
        (0.14, 0.12, 0.14 * 0.12, False),
        (0.14, 0.12, 0.09, False),  # most of the one tick the other too
        (0.02, 0.01, 0.0, True),
        (0.55, 0.60, 0.15, True),  # as few as the shares allow
        (0.55, 0.60, 0.50, False),
    ],
)
def test_a_lead_among_the_same_people_is_held(a: float, b: float, both: float, tight: bool) -> None:
    n, held = 900, 0
    for one, other in drawn(a, b, both, n, seed=20190101):
        found = widest(Sample(one, n), Sample(other, n)).interval
        assert found is not None
        held += found.low <= a - b <= found.high
    coverage = held / SAMPLES
    assert coverage >= 0.95 - SLACK
    if tight:
        assert coverage <= 0.95 + SLACK + 0.005


def test_taking_the_same_people_for_strangers_would_not_do() -> None:
    """If hardly anybody ticks both, the interval for independent samples holds far too seldom."""
    n, a, b = 900, 0.40, 0.42
    told = drawn(a, b, 0.0, n, seed=7)
    strangers = [newcombe(one, n, other, n) for one, other in told]
    assert sum(i.low <= a - b <= i.high for i in strangers) / SAMPLES < 0.90


@pytest.mark.parametrize(
    ("here", "there", "tight"),
    [
        ((0.107, 0.108, 0.0), (0.142, 0.123, 0.0), True),
        ((0.107, 0.108, 0.05), (0.142, 0.123, 0.02), False),
        ((0.30, 0.10, 0.08), (0.30, 0.10, 0.0), False),
    ],
)
def test_how_far_two_leads_are_apart_is_held(
    here: tuple[float, float, float], there: tuple[float, float, float], tight: bool
) -> None:
    n, m, held = 1_200, 700, 0
    truth = (here[0] - here[1]) - (there[0] - there[1])
    pairs = zip(drawn(*here, n, seed=11), drawn(*there, m, seed=12), strict=True)
    for (a, b), (c, d) in pairs:
        found = apart(widest(Sample(a, n), Sample(b, n)), widest(Sample(c, m), Sample(d, m))).interval
        assert found is not None
        held += found.low <= truth <= found.high
    coverage = held / SAMPLES
    assert coverage >= 0.95 - SLACK
    if tight:
        assert coverage <= 0.95 + SLACK + 0.005
