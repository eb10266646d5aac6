"""Leads of the same people, how far two groups' leads are apart: by hand, by a reference, and how often they hold."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.stats import binomtest

from analysis.errors import Refused
from analysis.share_differences import Difference, Sample, apart, difference, of_one_edition, rest, widest
from analysis.share_intervals import Interval, newcombe
from tests.support.planting import ALL_2019, EUROPE_2019, STATES_2019

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


# -- of two samples -------------------------------------------------------------------------------------------------


def share(ticked: int, base: int, step: float = 0.0) -> Sample:
    return Sample(ticked / base, base, step)


@pytest.mark.parametrize(
    ("a", "b", "low", "high", "told"),
    [  # statsmodels 0.15.0, confint_proportions_2indep(method="newcomb", compare="diff")
        (STATES_2019, EUROPE_2019, 0.02811400657753, 0.04151693393747, "more"),
        ((6_245, 45_161), (8_734, 66_938), 0.00373458368324, 0.01189506791883, "more"),
        ((5, 400), (9, 350), -0.03675247443148, 0.00720212321844, "chance"),
        ((300, 300), (290, 310), 0.03882308563769, 0.09754399674049, "more"),
        ((0, 500), (3, 400), -0.02181572072403, 0.00158815600474, "chance"),
        ((8_734, 66_938), (6_245, 45_161), -0.01189506791883, -0.00373458368324, "less"),
    ],
)
def test_two_samples_as_the_reference_has_them(
    a: tuple[int, int], b: tuple[int, int], low: float, high: float, told: str
) -> None:
    found = difference(share(*a), share(*b))
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-12)
    assert found.value == pytest.approx(a[0] / a[1] - b[0] / b[1])
    assert found.direction == told


def test_all_others_are_a_sample_of_their_own() -> None:
    others = rest(share(*ALL_2019), share(*EUROPE_2019))
    assert (others.base, round(others.share * others.base)) == (39_219, 4_922)
    found = difference(share(*EUROPE_2019), others)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((-0.02305406496349, -0.01304779771015), abs=1e-12)


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        (share(10, 1_000), share(11, 500)),  # more ticked in the part than in the whole
        (share(500, 1_000), share(10, 1_001)),  # more people
        (share(990, 1_000), share(1, 400)),  # more ticks left than people
        (Sample(0.5), share(1, 400)),
    ],
)
def test_a_part_that_is_none_is_refused(whole: Sample, part: Sample) -> None:
    with pytest.raises(Refused):
        rest(whole, part)


@pytest.mark.parametrize("apart", [difference, widest])
def test_too_few_people_and_unknown_shares_are_refused(apart: Callable[[Sample, Sample], object]) -> None:
    with pytest.raises(Refused, match="Only 299 people"):
        apart(share(50, 299), share(50, 400))
    with pytest.raises(Refused, match="has no share"):
        apart(Sample(math.nan, 400), share(50, 400))
    assert apart(share(50, 300), share(50, 300))


@pytest.mark.parametrize("apart", [difference, widest])
def test_without_a_base_there_is_no_interval(apart: Callable[[Sample, Sample], object]) -> None:
    found = difference(Sample(0.61), Sample(0.28)) if apart is difference else widest(Sample(0.61), Sample(0.28))
    assert (found.interval, found.direction) == (None, "unknown")
    assert found.value == pytest.approx(0.33)


def test_the_interval_of_rounded_shares_holds_whatever_was_rounded() -> None:
    found = difference(Sample(0.35, 29_000, 0.01), Sample(0.33, 25_000, 0.01))
    assert found.interval is not None
    for a in (0.345, 0.35, 0.355):
        for b in (0.325, 0.33, 0.335):
            exact = newcombe(a, 29_000, b, 25_000)
            assert found.interval.low <= exact.low + 1e-12
            assert exact.high <= found.interval.high + 1e-12
    corner = newcombe(0.345, 29_000, 0.335, 25_000)
    assert found.interval.low == pytest.approx(corner.low, abs=1e-12)  # and no wider than it takes


def test_the_widest_is_newcombes_for_pairs_that_nobody_ticked_both_of() -> None:
    """By the published formula, from the table of a pair, with scipy's Wilson intervals."""
    only_a, only_b, base = 120, 90, 1_000
    p, q = only_a / base, only_b / base
    (l1, u1), (l2, u2) = (tuple(binomtest(k, base).proportion_ci(0.95, method="wilson")) for k in (only_a, only_b))
    neither = base - only_a - only_b
    phi = (0 * neither - only_a * only_b) / math.sqrt(only_a * (base - only_a) * only_b * (base - only_b))
    low = p - q - math.sqrt((p - l1) ** 2 - 2 * phi * (p - l1) * (u2 - q) + (u2 - q) ** 2)
    high = p - q + math.sqrt((u1 - p) ** 2 - 2 * phi * (u1 - p) * (q - l2) + (q - l2) ** 2)
    found = widest(share(only_a, base), share(only_b, base))
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-9)


def test_the_widest_is_wider_than_that_of_two_samples_and_takes_one_base() -> None:
    a, b = share(3_402, 22_970), share(3_501, 22_970)
    pair, two = widest(a, b).interval, difference(a, b).interval
    assert pair is not None
    assert two is not None
    assert pair.low < two.low < two.high < pair.high
    with pytest.raises(Refused, match="different numbers"):
        widest(a, share(3_501, 22_969))


@pytest.mark.parametrize(
    ("p", "n", "q", "m"),
    [(0.14, 2_000, 0.12, 1_500), (0.02, 400, 0.03, 900), (0.5, 300, 0.5, 300), (0.005, 600, 0.01, 500)],
)
def test_the_interval_of_two_samples_covers_what_it_says(p: float, n: int, q: float, m: int) -> None:
    random = np.random.default_rng(1998)
    drawn = zip(random.binomial(n, p, 1_500), random.binomial(m, q, 1_500), strict=True)
    held = [_holds(difference(share(a, n), share(b, m)).interval, p - q) for a, b in drawn]
    assert 0.935 <= np.mean(held) <= 0.99


@pytest.mark.parametrize("both", ["none", "by chance", "as many as can"])
def test_the_widest_interval_covers_however_many_ticked_both(both: str) -> None:
    p, q, n = 0.15, 0.13, 1_500
    p11 = {"none": 0.0, "by chance": p * q, "as many as can": q}[both]
    cells = np.random.default_rng(2635).multinomial(n, [p11, p - p11, q - p11, 1 - p - q + p11], 1_500)
    held = [_holds(widest(share(c[0] + c[1], n), share(c[0] + c[2], n)).interval, p - q) for c in cells]
    assert np.mean(held) >= 0.94
    if both == "none":
        assert np.mean(held) <= 0.965  # and it is no wider than it must be


def test_rounding_is_covered_too() -> None:
    random, p, q, n = np.random.default_rng(7), 0.344, 0.336, 4_000
    held = []
    for a, b in zip(random.binomial(n, p, 1_500) / n, random.binomial(n, q, 1_500) / n, strict=True):
        found = difference(Sample(round(a, 2), n, 0.01), Sample(round(b, 2), n, 0.01))
        held.append(_holds(found.interval, p - q))
    assert np.mean(held) >= 0.95


def _holds(interval: object, value: float) -> bool:
    low, high = getattr(interval, "low"), getattr(interval, "high")  # noqa: B009 - None would be a fault
    return bool(low <= value <= high)


def test_shares_of_one_edition_with_other_bases_are_of_different_people() -> None:
    flask, django, few = Sample(0.25, 900), Sample(0.2, 1_200), Sample(0.2, 900)
    assert of_one_edition(flask, django) == difference(flask, django)
    assert of_one_edition(flask, few) == widest(flask, few)
