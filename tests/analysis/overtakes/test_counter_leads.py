"""Counters read on different days, and readings that nobody can believe."""

from __future__ import annotations

from tests.analysis.overtakes.side_by_side import STARS, brackets, duel, seen


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
