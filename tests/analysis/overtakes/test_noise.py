"""Overtakes of flows are tested against chance: simulated pairs without any, and planted ones that must be seen."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.arrays import Days, Values
from analysis.overtakes.noise import decided_signs
from analysis.overtakes.persistence import HOLD_DAYS, lasting_turns

WEEK = np.array([1.2, 1.25, 1.25, 1.2, 1.1, 0.5, 0.5])
YEARS, PAIRS = 5, 40
KINDS = ("counts", "lognormal", "resembling", "heavy tails", "spikes", "season")


def sums(daily: Values) -> tuple[Values, Days, Days]:
    """Sums over 28 days with their first and last days."""
    total = np.convolve(daily, np.ones(28), mode="valid")
    last = np.arange(27, len(daily))
    return total, last - 27, last


def turns(a: Values, b: Values) -> list[tuple[int, int]]:
    (left, start, last), (right, _, _) = sums(a), sums(b)
    found = lasting_turns(decided_signs(left, right, start, last), np.sign(left - right).astype(np.int64), last)
    assert all(after < lasted for _, after, lasted in found)
    return [(before, after) for before, after, _ in found]


def level(kind: str, random: np.random.Generator, days: int) -> Values:
    """Daily downloads that keep one level, with weekdays of their own."""
    week = WEEK ** random.uniform(0.5, 1.5)
    weekdays = np.tile(week / week.mean(), days // 7 + 1)[:days]
    if kind == "counts":
        return random.poisson(5 * weekdays).astype("float64")
    noise = {
        "lognormal": lambda: random.normal(0, 0.2, days),
        "resembling": lambda: resembling(random, days),
        "heavy tails": lambda: 0.1 * random.standard_t(2.5, days),
        "spikes": lambda: (
            np.where(random.random(days) < 0.01, np.log(random.uniform(2, 6, days)), 0.0) + random.normal(0, 0.1, days)
        ),
        "season": lambda: (
            0.05 * np.sin(np.arange(days) * 2 * np.pi / 365 + random.uniform(0, 1)) + random.normal(0, 0.15, days)
        ),
    }[kind]()
    return np.asarray(1e5 * weekdays * np.exp(noise))


def resembling(random: np.random.Generator, days: int) -> Values:
    """Each day much as the day before: a first-order autoregression of 0.9."""
    steps, x = random.normal(0, 0.2 * np.sqrt(1 - 0.81), days), np.zeros(days)
    for k in range(1, days):
        x[k] = 0.9 * x[k - 1] + steps[k]
    return x


@pytest.mark.parametrize("kind", KINDS)
def test_flows_that_keep_one_level_never_overtake(kind: str) -> None:
    """Two hundred pair-years of each kind, and none: `bench/overtakes.py` has more of them."""
    random = np.random.default_rng(20200927)
    days = 365 * YEARS
    called = sum(len(turns(level(kind, random, days), level(kind, random, days))) for _ in range(PAIRS))
    crossed = sum(
        np.count_nonzero(np.diff(np.sign(sums(level(kind, random, days))[0] - sums(level(kind, random, days))[0])))
        for _ in range(3)
    )
    assert crossed > 10  # they do cross, by chance
    assert called == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_true_overtake_is_dated(kind: str) -> None:
    """One grows by half a year after year and passes the other: dated as well as the noise allows."""
    random = np.random.default_rng(7)
    days = 365 * YEARS
    growth = np.exp(np.log(1.5) * (np.arange(days) - days / 2) / 365)
    for _ in range(5):
        a, b = level(kind, random, days), level(kind, random, days)
        ((before, after),) = turns(a * growth, b)
        crossing = days / 2 + 14 - 27  # the middle of the 28 days, as a row
        assert before < after
        assert abs(after - crossing) < {"resembling": 500, "counts": 350}.get(kind, 150)  # three deviations of a sum


def test_a_hole_in_the_days_is_no_lead() -> None:
    """Nothing is said of rows whose eight weeks are not over."""
    last = np.arange(HOLD_DAYS + 1)
    decided = np.ones(len(last), dtype=np.int64)
    assert lasting_turns(decided, decided, last) == []
