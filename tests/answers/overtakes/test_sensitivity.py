"""Rates and other counting rules: the almanac's known figures, planted changes found, none invented by noise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.errors import Refused
from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.rate_overtakes import CHANCE_DEVIATIONS, chance_sign, rates
from analysis.overtakes.sensitivity import Cell, cells_of, survives, ways
from answers.overtakes.compare import Entry, compare, comparison_json
from answers.overtakes.sensitivity import _asks_else, _beside, _earlier
from answers.panel import panels
from catalog import Break, Kind, Metric, almanac, load
from storage import Store

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
CATALOG = load()
STARS = CATALOG.metrics["stars"]
DAILY = CATALOG.metrics["downloads_no_mirrors"]
WINDOWS = CATALOG.metrics["downloads_pip_30d"]
DAY0 = date(2020, 1, 1)


def frame(dates: list[date], values: list[float]) -> pd.DataFrame:
    stamps = pd.to_datetime(dates).astype("datetime64[s]")
    told = {"framework": "x", "dimension": "", "period": stamps, "period_end": stamps, "source": "test"}
    return pd.DataFrame(told | {"value": np.array(values, dtype="float64"), "retrieved_at": pd.Timestamp(NOW)})


def daily(values: list[float]) -> pd.DataFrame:
    return frame([DAY0 + timedelta(days=k) for k in range(len(values))], values)


def monthly(gains: list[int], start: int = 10_000) -> pd.DataFrame:
    """A counter seen on the last day of each month from 2019-12 on."""
    ends = pd.date_range("2019-12-31", periods=len(gains) + 1, freq="ME")
    return frame([d.date() for d in ends], [float(v) for v in start + np.cumsum([0, *gains])])


def stars(framework: str) -> pd.DataFrame:
    found = [r for r in almanac("stars") if r["framework"] == framework]
    return frame([date.fromisoformat(r["date"]) for r in found], [float(r["stars"]) for r in found])


def fight(a: pd.DataFrame, b: pd.DataFrame, metric: Metric = STARS, breaks: tuple[Break, ...] = ()) -> HeadToHead:
    return rates(a, b, metric, ("a", "b"), breaks)


def brackets(found: HeadToHead) -> list[tuple[str, str, str]]:
    return [(o.winner, str(o.last_before), str(o.first_after)) for o in found.overtakes]


class TestRates:
    def test_django_out_gained_flask_a_year_before_its_total_passed(self) -> None:
        """By hand from the almanac: until July 2019 chance (676 v 760 in May), August 686 v 529 (Django); Flask's one
        month since is May 2021, when Flask 2.0 came out: 594 v 814.
        """
        found = fight(stars("django"), stars("flask"))
        assert brackets(found)[:2] == [("b", "2021-04-30", "2021-05-31"), ("a", "2021-05-31", "2021-06-30")]
        told = {p.last: (p.a, p.b, p.sign) for p in found.pairs}
        assert [told[date(2019, 5, 31)], told[date(2019, 8, 31)]] == [(676, 760, 0), (686, 529, 1)]
        assert told[date(2021, 5, 31)] == (594, 814, -1)
        assert not found.overtakes[0].on_gap

    def test_both_sides_months_span_the_same_days(self) -> None:
        found = fight(stars("fastapi"), stars("flask"))
        assert len(found.pairs) > 40
        assert all((p.last - p.start).days < 45 for p in found.pairs)

    def test_a_month_without_an_end_is_in_nobodys_favour(self) -> None:
        a, b = monthly([100] * 6), monthly([1] * 6)
        without = a[a["period"] != pd.Timestamp("2020-03-31")]
        lasts = [str(p.last) for p in fight(without, b).pairs]
        assert lasts == ["2020-01-31", "2020-02-29", "2020-05-31", "2020-06-30"]

    def test_a_change_across_a_hole_says_so(self) -> None:
        a, b = monthly([10, 10, 10, 500, 500, 500]), monthly([200] * 6)
        holed = a[a["period"] != pd.Timestamp("2020-03-31")]
        assert [o.on_gap for o in fight(a, b).overtakes] == [False]
        assert [o.on_gap for o in fight(holed, b).overtakes] == [True]

    def test_a_change_across_a_break_is_marked(self) -> None:
        changed = Break("x", "break", "", "", date(2020, 3, 10), date(2020, 3, 10), ("stars",), "")
        a, b = monthly([10, 10, 10, 500, 500, 500]), monthly([200] * 6)
        assert [o.breaks for o in fight(a, b, breaks=(changed,)).overtakes] == [("x",)]

    def test_the_running_month_is_left_out(self) -> None:
        days = [DAY0 + timedelta(days=k) for k in range(50)]
        found = fight(frame(days, [100.0 * k for k in range(50)]), frame(days, [0.0] * 50))
        assert [str(p.last) for p in found.pairs] == []
        sums = fight(daily([100.0] * 50), daily([1.0] * 50), DAILY)
        assert [(str(p.start), str(p.last), p.a) for p in sums.pairs] == [("2020-01-01", "2020-01-31", 3100.0)]

    def test_windows_and_shares_are_refused(self) -> None:
        with pytest.raises(Refused, match="windows"):
            fight(daily([1.0]), daily([1.0]), WINDOWS)
        with pytest.raises(Refused, match="share"):
            fight(daily([0.1]), daily([0.1]), CATALOG.metrics["so_worked_with"])

    def test_chance_is_three_deviations_of_two_counts(self) -> None:
        assert (chance_sign(591, 701), chance_sign(701, 591), chance_sign(701, 688)) == (-1, 1, 0)
        assert (chance_sign(0, 0), chance_sign(-50, 50)) == (0, -1)

    def test_equal_rates_look_decided_as_seldom_as_promised(self) -> None:
        """0.27 % of months by the normal law; the exact law of two equal counts says nearly the same."""
        random = np.random.default_rng(20190701)
        pairs = random.poisson(500, size=(100_000, 2))
        decided = np.mean([chance_sign(float(x), float(y)) != 0 for x, y in pairs[:20_000]])
        expected = 2 * stats.norm.sf(CHANCE_DEVIATIONS)
        assert decided == pytest.approx(expected, abs=0.0012)


@given(st.lists(st.integers(0, 300), min_size=3, max_size=40))
@settings(deadline=None)  # a busy machine is no fault
def test_equal_counters_never_change_places(gains: list[int]) -> None:
    same = monthly(gains)
    assert fight(same, same).overtakes == ()


@given(st.integers(1, 22), st.integers(150, 400), st.data())
@settings(deadline=None)
def test_a_planted_change_of_rate_is_found(at: int, gap: int, data: st.DataObject) -> None:
    """b gains 400 a month and then passes a's rate for good in month `at`; whichever month ends were seen."""
    a = monthly([400] * 24)
    b = monthly([400 - gap] * at + [400 + gap] * (24 - at))
    lost = data.draw(st.sets(st.integers(1, 23), max_size=4))
    kept = [k for k in range(25) if k not in lost]
    found = fight(a.iloc[kept], b.iloc[kept])
    seen = [k for k in range(1, 25) if k in kept and k - 1 in kept]
    if not (any(k <= at for k in seen) and any(k > at for k in seen)):
        assert found.overtakes == ()
        return
    (only,) = found.overtakes
    ends = a["period"].dt.date.tolist()
    assert only.winner == "b"
    assert (only.last_before, only.first_after) == (
        ends[max(k for k in seen if k <= at)],
        ends[min(k for k in seen if k > at)],
    )


def test_noise_invents_few_changes() -> None:
    """Eighty pairs of equal frameworks over five years: a change needs chance twice, in opposite directions."""
    random = np.random.default_rng(7)
    invented = sum(
        len(fight(monthly(random.poisson(300, 60).tolist()), monthly(random.poisson(300, 60).tolist())).overtakes)
        for _ in range(80)
    )
    assert invented <= 2


def cells(
    a: pd.DataFrame, b: pd.DataFrame, metric: Metric, leader: str | None, on: date | None = None
) -> tuple[Cell, ...]:
    return cells_of(ways(a, b, metric, ("a", "b")), metric, leader, on)


class TestCells:
    def test_a_weekend_that_only_single_days_see(self) -> None:
        """a has 10,000 on weekdays and 1,000 at weekends, b 6,000 every day: on a Sunday single days say b."""
        week = [10_000.0 if (DAY0 + timedelta(days=k)).weekday() < 5 else 1_000.0 for k in range(100)]
        sunday = date(2020, 4, 5)
        found = cells(daily(week), daily([6_000.0] * 100), DAILY, "a", sunday)
        told = [(c.rule, c.leader, c.lead, c.agrees) for c in found]
        assert told == [
            ("sum of 28 days", "a", 40_000.0, True),
            ("sum of 7 days", "a", 10_000.0, True),
            ("single days", "b", 5_000.0, False),
            ("gained per month", "a", 43_000.0, True),
        ]
        assert survives(found) is False

    def test_windows_have_one_rule(self) -> None:
        assert [c.rule for c in cells(daily([1.0]), daily([2.0]), WINDOWS, "b")] == ["sum of a window"]

    def test_nothing_known_then_is_said(self) -> None:
        found = cells(daily([1.0]), daily([2.0]), STARS, "b", date(2019, 1, 1))
        assert {c.reason for c in found} == {"no figures of both from that time"}
        assert survives(found) is None

    def test_without_a_lead_there_is_nothing_to_agree_with(self) -> None:
        found = cells(daily([1.0]), daily([2.0]), STARS, None)
        assert [c.agrees for c in found] == [None, None]


def entry(store: Store, metric: str, on: date | None = None, pair: tuple[str, str] = ("django", "flask")) -> Entry:
    """What `compare` says of two frameworks by one metric."""
    return next(e for e in compare(store, CATALOG, *pair, NOW, on=on).entries if e.metric == metric)


class TestAnswers:
    def test_djangos_lead_on_the_day_of_the_post_has_the_pace_on_its_side(self, dated: Store) -> None:
        found = entry(dated, "stars", date(2020, 11, 25)).sensitivity
        assert (found.leader, found.survives) == ("django", None)  # there is no other count of stars held
        assert found.sentence.endswith("; it also gains more per month.")
        assert [(c.rule, c.leader, c.lead) for c in found.cells] == [
            ("total", "django", 828.0),
            ("gained per month", "django", 375.0),  # October: 789 v 414
        ]

    def test_flasks_last_lead_had_the_pace_against_it(self, dated: Store) -> None:
        found = entry(dated, "stars", date(2020, 6, 30)).sensitivity
        assert [(c.rule, c.agrees) for c in found.cells] == [("total", True), ("gained per month", False)]
        assert found.sentence.endswith("; Django gains more per month.")

    def test_having_more_is_no_objection_to_gaining_more(self) -> None:
        stars, pace = CATALOG.metrics["stars"], CATALOG.metrics["stars_kept"]
        total = Cell("stars", "total", "flask", 9.0, None, False, "")
        gained = Cell("stars", "gained per month", "django", 3.0, None, True, "")
        kept = Cell("stars_kept", "sum of 28 days", "django", 2.0, None, True, "")
        assert [_asks_else(CATALOG, cell, pace) for cell in (total, gained, kept)] == [True, False, False]
        assert [_asks_else(CATALOG, cell, stars) for cell in (total, gained, kept)] == [False, True, True]
        assert _beside(CATALOG, (total,), "django", pace) == "; Flask has more in total"

    def test_the_rate_came_first(self, dated: Store) -> None:
        rate = entry(dated, "stars", pair=("fastapi", "gin")).rate
        assert rate is not None
        assert rate.first is not None
        assert (str(rate.first.last_before), str(rate.first.first_after)) == ("2022-04-29", "2022-07-30")
        assert rate.months_before == (29, 32)
        assert "29 to 32 months before it passed it on 22 or 23 January 2025" in rate.sentence

    @pytest.mark.parametrize(
        ("months", "words"),
        [
            ((0, 0), "less than a month before"),
            ((0, 1), "at most 1 month before"),
            ((1, 1), "1 month before"),
            ((2, 5), "2 to 5 months before"),
        ],
    )
    def test_how_much_earlier_is_said_as_people_do(self, months: tuple[int, int], words: str) -> None:
        assert _earlier(*months) == words

    def test_django_out_gained_flask_for_as_long_as_can_be_told(self, dated: Store) -> None:
        rate = entry(dated, "stars").rate
        assert rate is not None
        assert (rate.first, rate.months_before) == (None, None)


def test_kind_is_kept() -> None:
    """A rate is a flow by the month, whatever it was the rate of."""
    assert (fight(monthly([1]), monthly([2])).metric.kind, STARS.kind) == (Kind.FLOW, Kind.STOCK)


class TestWithinAComparison:
    def test_every_entry_has_its_grid_and_its_rate(self, dated: Store) -> None:
        found = compare(dated, CATALOG, "fastapi", "gin", NOW)
        told = {e["metric"]: e for e in comparison_json(found)["entries"]}
        stars = told["stars"]
        assert stars["rate"]["first"]["last_before"] == "2022-04-29"
        assert stars["rate"]["months_before"] == [29, 32]
        assert stars["rate"]["brief"].endswith("29 to 32 months before it passed it")
        assert stars["sensitivity"]["survives"] is None  # who gained more in a month decides nothing of the total
        assert "has no second count to check it against" in stars["sensitivity"]["sentence"]
        assert stars["sensitivity"]["sentence"].endswith("; it also gains more per month.")
        assert [cell["rule"] for cell in stars["sensitivity"]["cells"]] == ["total", "gained per month"]
        assert list(stars["sensitivity"]["cells"][0]) == [
            "metric",
            "rule",
            "leader",
            "lead",
            "seen",
            "agrees",
            "reason",
        ]
        assert list(stars["rate"]["first"]) == ["winner", "loser", "last_before", "first_after", "on_gap"]
        assert list(stars["overtakes"][0])[5:] == ["on_anomaly", "breaks"]
        assert list(told) == ["stars"]  # Gin is no Python package

    def test_a_wish_objects_to_no_use(self, dated: Store) -> None:
        used = entry(dated, "so_worked_with").sensitivity
        assert {cell.metric for cell in used.cells} == {"so_worked_with", "pds_use"}

    def test_the_answer_says_yes_or_no(self, dated: Store) -> None:
        store = dated
        on = compare(store, CATALOG, "django", "flask", NOW, on=date(2020, 11, 25))
        reverse = compare(store, CATALOG, "flask", "django", NOW)
        assert comparison_json(on)["answer"].startswith(
            "By 25 November 2020: Django overtook Flask in GitHub stars between 25 and 27 September 2020. "
            "Django led in job posts, with no overtake on record."
        )
        passed = "Django overtook Flask in GitHub stars between 25 and 27 September 2020."
        ahead = "Flask leads in PyPI downloads, with no overtake on record."
        behind = "Flask has not overtaken Django in job posts."
        assert reverse.answer == f"{passed} {ahead} {behind} We can't say for surveys."


def test_a_reading_known_to_be_wrong_has_no_say_in_any_way_of_counting(full: Store) -> None:
    """Quart's counter was misread as 1, 6, 7, 12 and 29."""
    panel = panels(full, CATALOG, ("quart", "litestar"), NOW.date(), None)["stars"]
    for way in panel.ways("quart", "litestar").values():
        if isinstance(way, HeadToHead) and way.pairs and way.metric.id == "stars":
            assert min(way.pairs.a) > 100
