"""The holes of a series, each against a hand-computed case."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.arrays import days
from analysis.gaps import Hole, holes_between, holes_by_group
from tests.support.frames import frame, stock


def holes(seen: pd.DataFrame, gap: int) -> tuple[Hole, ...]:
    """Of one series alone, and the same when another lies beside it."""
    start, end = days(seen["period"]), days(seen["period_end"])
    alone = holes_between(start, end, gap)
    starts, ends = (np.concatenate([column[::-1], column]) for column in (start, end))
    group = np.repeat(np.array([1, 0]), len(seen))
    assert list(holes_by_group(group, starts, ends, gap)) == [(n, hole) for n in (0, 1) for hole in alone]
    return alone


class TestHoles:
    def test_first_and_last_missing_day(self) -> None:
        seen = stock("a", ("2024-01-01", 1), ("2024-01-02", 2), ("2024-01-10", 3))
        assert holes(seen, 3) == (Hole(date(2024, 1, 3), date(2024, 1, 9)),)

    def test_exactly_the_allowed_distance_is_no_hole(self) -> None:
        seen = stock("a", ("2024-01-01", 1), ("2024-01-08", 2))
        assert holes(seen, 6) == ()
        assert holes(seen, 5) == (Hole(date(2024, 1, 2), date(2024, 1, 7)),)

    def test_distance_counts_from_the_end_of_a_window(self) -> None:
        windows = frame(
            [("a", date(2024, 1, 1), date(2024, 1, 30), 1.0), ("a", date(2024, 2, 2), date(2024, 3, 2), 1.0)]
        )
        assert holes(windows, 2) == ()
        assert holes(windows, 1) == (Hole(date(2024, 1, 31), date(2024, 2, 1)),)

    def test_overlapping_periods_know_what_the_longer_covers(self) -> None:
        seen = frame(
            [
                ("a", date(2024, 1, 1), date(2024, 3, 31), 1.0),
                ("a", date(2024, 1, 10), date(2024, 1, 20), 1.0),
                ("a", date(2024, 4, 1), date(2024, 4, 2), 1.0),
            ]
        )
        assert holes(seen, 1) == ()

    def test_not_asked_is_known_and_no_hole(self) -> None:
        years = [("a", date(y, 1, 1), date(y, 12, 31), v) for y, v in ((2018, 0.1), (2019, None), (2020, 0.2))]
        assert holes(frame(years), 0) == ()
        assert holes(frame([years[0], years[2]]), 0) == (Hole(date(2019, 1, 1), date(2019, 12, 31)),)

    def test_nothing_is_missing_from_an_empty_or_single_series(self) -> None:
        assert holes(frame([]), 1) == ()
        assert holes(stock("a", ("2024-01-01", 1)), 1) == ()

    @given(st.sets(st.integers(0, 200), min_size=1), st.integers(0, 20))
    def test_holes_are_exactly_the_long_missing_runs(self, known: set[int], gap: int) -> None:
        day0 = date(2024, 1, 1)
        seen = frame(("a", day0 + timedelta(days=d), day0 + timedelta(days=d), 1.0) for d in sorted(known))
        missing = {d for hole in holes(seen, gap) for d in range((hole.first - day0).days, (hole.last - day0).days + 1)}
        assert missing.isdisjoint(known)
        runs = [(a, b) for a, b in zip(sorted(known), sorted(known)[1:], strict=False) if b - a - 1 > gap]
        assert missing == {d for a, b in runs for d in range(a + 1, b)}
