"""Daily flows: sums of four weeks, leads that last, and what is too young to be called one."""

from __future__ import annotations

from datetime import timedelta

from tests.analysis.overtakes.side_by_side import DAILY, DAY0, duel, seen


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
