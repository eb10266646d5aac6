"""What is skipped to be quick changes no answer: pairs, moments, turns and signs as by the long way."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.arrays import Points
from analysis.overtakes import noise, paired_series, persistence
from catalog import Metric, load

CATALOG = load()
STARS, DOWNLOADS = CATALOG.metrics["stars"], CATALOG.metrics["downloads_no_mirrors"]


def series(random: np.random.Generator, *, gaps: bool, level: float) -> Points:
    """Days of one side: it begins and ends where it likes, its values wander."""
    first, last = random.integers(0, 60), random.integers(500, 700)
    end = np.arange(first, last)
    end = end[random.random(len(end)) < 0.7] if gaps else end
    value = np.round(level * np.exp(np.cumsum(random.normal(0, 0.01, len(end)))))
    return Points(end, end, value, np.full(len(end), np.nan))


def sides(seed: int, level: float = 800) -> tuple[Points, Points]:
    random = np.random.default_rng(seed)
    gaps = seed % 4 == 3
    return series(random, gaps=gaps, level=level), series(random, gaps=gaps, level=level)


def columns(of: paired_series.Pairs) -> list[list[float]]:
    return [column.tolist() for column in (of.start, of.first, of.last, of.a, of.b, of.sign)]


@pytest.mark.parametrize("metric", [STARS, DOWNLOADS], ids=lambda metric: str(metric.id))
def test_the_part_that_both_have_is_that_of_the_long_way(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(24):
        left, right = sides(seed)
        quick, moments = paired_series.pairs_of(left, right, metric), paired_series.moments_of(left, right)
        with monkeypatch.context() as slow:
            slow.setattr(paired_series, "_alike", lambda *_, **__: None)
            assert columns(quick) == columns(paired_series.pairs_of(left, right, metric)), seed
            assert columns(moments) == columns(paired_series.moments_of(left, right)), seed


def test_levels_that_follow_each_other_by_a_day_still_meet() -> None:
    early, late = (
        Points(end, end, np.array([9.0, 9.0]), np.full(2, np.nan)) for end in (np.arange(2), np.arange(2, 4))
    )
    met = paired_series.pairs_of(early, late, STARS)
    assert [(pair.first.day, pair.last.day) for pair in met] == [(2, 3)]


def test_one_sign_is_that_of_all_signs() -> None:
    for seed in range(12):
        both = paired_series.pairs_of(*sides(seed), DOWNLOADS)
        each = [both.sign_at(row) for row in range(0, len(both), 7)]
        assert each == both.sign[::7].tolist(), seed
        assert both[-1].sign == both.sign[-1]


def test_what_cannot_turn_does_not_turn() -> None:
    skipped = turned = 0
    for seed in range(60):
        both = paired_series.pairs_of(*sides(seed, level=20 if seed % 2 else 20_000), DOWNLOADS)
        turns = persistence.lasting_turns(both.sign, np.sign(both.a - both.b), both.last)
        able = noise.can_turn(both.a, both.b, both.start, both.last)
        assert able or not turns, seed
        skipped, turned = skipped + (not able), turned + bool(turns)
    assert skipped
    assert turned
