"""The arithmetic: gaps, intervals, months, index and parts, each against a hand-computed or published case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import (
    MIN_BASE,
    Hole,
    Refused,
    VerdictWord,
    gained,
    holes,
    index,
    may_be_shown,
    newcombe,
    share_of_set,
    verdict,
    wilson,
)
from catalog import Break, Kind, Metric

LEARNED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def metric(kind: Kind = Kind.STOCK, period: str = "day", gap: int = 35, unit: str = "things") -> Metric:
    return Metric("m", "Things", unit, kind, period, "f", "", "", "", (), ("s",), gap, "things")


def frame(rows: Iterable[tuple[str, date, date, float | None]], dimension: str = "") -> pd.DataFrame:
    """A frame as the store gives it: (framework, period, period_end, value)."""
    rows = list(rows)
    return pd.DataFrame(
        {
            "framework": pd.Series([r[0] for r in rows], dtype=object),
            "metric": "m",
            "dimension": dimension,
            "period": pd.to_datetime([r[1] for r in rows]).astype("datetime64[s]"),
            "period_end": pd.to_datetime([r[2] for r in rows]).astype("datetime64[s]"),
            "value": np.array([np.nan if r[3] is None else r[3] for r in rows], dtype="float64"),
            "base": pd.array([None] * len(rows), dtype="Int64"),
            "source": "s",
            "retrieved_at": pd.Series([LEARNED] * len(rows), dtype="datetime64[us, UTC]"),
        }
    )


def stock(name: str, *seen: tuple[str, float]) -> pd.DataFrame:
    return frame((name, date.fromisoformat(d), date.fromisoformat(d), v) for d, v in seen)


def days_of(name: str, first: str, values: Iterable[float | None]) -> pd.DataFrame:
    """A daily flow; None leaves the day out."""
    start = date.fromisoformat(first)
    dated = ((start + timedelta(days=k), v) for k, v in enumerate(values))
    return frame((name, d, d, v) for d, v in dated if v is not None)


def rows(result: pd.DataFrame) -> list[tuple[object, ...]]:
    """(first day, last day, value, status) of each row."""
    return [
        (str(p.date()), str(e.date()), None if np.isnan(v) else v, s)
        for p, e, v, s in zip(result["period"], result["period_end"], result["value"], result["status"], strict=True)
    ]


def broken(since: str, until: str, kind: str = "break", frameworks: tuple[str, ...] = ()) -> Break:
    return Break("b1", kind, "", "", date.fromisoformat(since), date.fromisoformat(until), ("m",), "", frameworks)


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


class TestGainedOfStocks:
    def test_difference_of_month_ends_over_the_true_span(self) -> None:
        seen = stock("a", ("2024-01-28", 100), ("2024-02-11", 130), ("2024-02-25", 150), ("2024-03-31", 160))
        assert rows(gained(seen, metric())) == [
            ("2024-01-29", "2024-02-25", 50.0, "final"),
            ("2024-02-26", "2024-03-31", 10.0, "final"),
        ]

    def test_a_fall_is_a_fall(self) -> None:
        seen = stock("a", ("2024-01-31", 100), ("2024-02-29", 90))
        assert rows(gained(seen, metric())) == [("2024-02-01", "2024-02-29", -10.0, "final")]

    def test_a_month_without_its_end_is_a_gap_and_never_zero(self) -> None:
        seen = stock("a", ("2024-01-31", 100), ("2024-02-10", 105), ("2024-03-31", 120), ("2024-04-30", 130))
        assert rows(gained(seen, metric())) == [
            ("2024-02-01", "2024-03-31", None, "gap"),
            ("2024-04-01", "2024-04-30", 10.0, "final"),
        ]

    def test_missing_months_are_one_gap(self) -> None:
        seen = stock("a", ("2024-01-31", 100), ("2024-05-31", 120))
        assert rows(gained(seen, metric())) == [("2024-02-01", "2024-05-31", None, "gap")]

    def test_seven_days_before_the_end_is_not_the_end(self) -> None:
        seen = stock("a", ("2024-01-31", 100), ("2024-02-22", 105), ("2024-03-31", 120))
        assert [r[3] for r in rows(gained(seen, metric()))] == ["gap"]
        seen = stock("a", ("2024-01-31", 100), ("2024-02-23", 105), ("2024-03-31", 120))
        assert [r[3] for r in rows(gained(seen, metric()))] == ["final", "final"]

    def test_the_running_month_is_provisional_and_ends_where_it_was_seen(self) -> None:
        seen = stock("a", ("2024-01-31", 100), ("2024-02-09", 105))
        assert rows(gained(seen, metric())) == [("2024-02-01", "2024-02-09", 5.0, "provisional")]

    def test_growth_across_a_break_is_refused_with_its_id(self) -> None:
        seen = stock("a", ("2024-01-31", 100), ("2024-02-29", 150), ("2024-03-31", 160))
        result = gained(seen, metric(), [broken("2024-02-10", "2024-02-11")])
        assert rows(result) == [
            ("2024-02-01", "2024-02-29", None, "gap"),
            ("2024-03-01", "2024-03-31", 10.0, "final"),
        ]
        assert list(result["refusal"]) == ["b1", ""]

    @pytest.mark.parametrize("harmless", [("incident", ()), ("notice", ()), ("break", ("other",))])
    def test_only_a_break_of_this_framework_refuses(self, harmless: tuple[str, tuple[str, ...]]) -> None:
        seen = stock("a", ("2024-01-31", 100), ("2024-02-29", 150))
        kind, frameworks = harmless
        assert rows(gained(seen, metric(), [broken("2024-02-10", "2024-02-11", kind, frameworks)]))[0][2] == 50.0

    def test_provenance_names_both_ends(self) -> None:
        seen = stock("a", ("2024-01-31", 100), ("2024-02-15", 1), ("2024-02-29", 150))
        seen["source"] = ["almanac:x", "middle", "github"]
        result = gained(seen, metric())
        assert list(result["source"]) == ["almanac:x github"]
        assert result["retrieved_at"].iloc[0] == pd.Timestamp(LEARNED)


class TestGainedOfFlows:
    def test_only_whole_months_are_added_up(self) -> None:
        seen = days_of("a", "2024-01-20", [1.0] * (12 + 29 + 31))
        assert rows(gained(seen, metric(Kind.FLOW, gap=0))) == [
            ("2024-02-01", "2024-02-29", 29.0, "final"),
            ("2024-03-01", "2024-03-31", 31.0, "final"),
        ]

    def test_one_missing_day_makes_the_month_a_gap(self) -> None:
        seen = days_of("a", "2024-01-01", [1.0] * 31 + [1.0] * 10 + [None] + [1.0] * 18 + [1.0] * 31)
        assert rows(gained(seen, metric(Kind.FLOW, gap=0))) == [
            ("2024-01-01", "2024-01-31", 31.0, "final"),
            ("2024-02-01", "2024-02-29", None, "gap"),
            ("2024-03-01", "2024-03-31", 31.0, "final"),
        ]

    def test_absent_and_holed_months_are_one_gap(self) -> None:
        values = [1.0] * 31 + [None] * 29 + [None] * 5 + [1.0] * 26 + [1.0] * 30
        assert rows(gained(days_of("a", "2024-01-01", values), metric(Kind.FLOW, gap=0))) == [
            ("2024-01-01", "2024-01-31", 31.0, "final"),
            ("2024-02-01", "2024-03-31", None, "gap"),
            ("2024-04-01", "2024-04-30", 30.0, "final"),
        ]

    def test_a_true_zero_is_a_value(self) -> None:
        assert rows(gained(days_of("a", "2024-02-01", [0.0] * 29), metric(Kind.FLOW)))[0][2:] == (0.0, "final")

    def test_the_running_month_is_provisional(self) -> None:
        seen = days_of("a", "2024-01-01", [1.0] * 40)
        assert rows(gained(seen, metric(Kind.FLOW)))[-1] == ("2024-02-01", "2024-02-09", 9.0, "provisional")

    def test_a_month_whose_last_days_may_still_change_is_provisional(self) -> None:
        seen = days_of("a", "2024-01-01", [1.0] * 31)
        late, early = date(2024, 1, 31), date(2024, 1, 29)
        assert rows(gained(seen, metric(Kind.FLOW), final_through=late))[0][3] == "final"
        assert rows(gained(seen, metric(Kind.FLOW), final_through=early))[0][3] == "provisional"

    def test_months_as_published_pass_through(self) -> None:
        seen = frame([("a", date(2024, 1, 1), date(2024, 1, 31), 5.0), ("a", date(2024, 2, 1), date(2024, 2, 29), 7.0)])
        assert [r[2] for r in rows(gained(seen, metric(Kind.FLOW, "month")))] == [5.0, 7.0]

    def test_a_month_that_mixes_two_rules_is_refused(self) -> None:
        seen = days_of("a", "2024-01-01", [1.0] * 31)
        result = gained(seen, metric(Kind.FLOW), [broken("2024-01-10", "2024-01-10")])
        assert (rows(result)[0][2], result["refusal"].iloc[0]) == (None, "b1")

    @given(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=150))
    def test_never_a_sum_of_an_incomplete_month(self, values: list[int | None]) -> None:
        seen = days_of("a", "2023-12-15", [None if v is None else float(v) for v in values])
        truth = {d.date(): v for d, v in zip(seen["period"], seen["value"], strict=True)}
        for first, last, value, status in rows(gained(seen, metric(Kind.FLOW, gap=0))):
            span = pd.date_range(str(first), str(last))
            known = [truth.get(d.date()) for d in span]
            if status == "gap":
                assert value is None
                assert None in known
            else:
                assert value == sum(v for v in known if v is not None)
                assert None not in known


class TestKinds:
    @pytest.mark.parametrize(
        "forbidden", [metric(Kind.SHARE, "year"), metric(Kind.FLOW, "window"), metric(Kind.FLOW, "year")]
    )
    def test_gained_is_refused_with_a_reason(self, forbidden: Metric) -> None:
        with pytest.raises(Refused, match=r"Things .*\.$"):
            gained(stock("a", ("2024-01-31", 1)), forbidden)

    def test_shares_have_no_index_and_no_part(self) -> None:
        with pytest.raises(Refused, match="share of those asked"):
            index(stock("a", ("2024-01-31", 1)), metric(Kind.SHARE))
        with pytest.raises(Refused, match="share of those asked"):
            share_of_set(stock("a", ("2024-01-31", 1)), metric(Kind.SHARE))


class TestIndex:
    def test_100_at_the_first_period_all_share(self) -> None:
        both = pd.concat(
            [
                stock("a", ("2024-01-01", 50), ("2024-01-02", 100), ("2024-01-03", 150)),
                stock("b", ("2024-01-02", 10), ("2024-01-03", 30)),
            ]
        )
        result = index(both, metric())
        assert result.set_index(["framework", "period"])["value"].to_dict() == {
            ("a", pd.Timestamp("2024-01-01")): 50.0,
            ("a", pd.Timestamp("2024-01-02")): 100.0,
            ("a", pd.Timestamp("2024-01-03")): 150.0,
            ("b", pd.Timestamp("2024-01-02")): 100.0,
            ("b", pd.Timestamp("2024-01-03")): 300.0,
        }

    def test_windows_are_taken_per_day(self) -> None:
        seen = frame(
            [("a", date(2024, 1, 1), date(2024, 1, 30), 300.0), ("a", date(2024, 2, 1), date(2024, 2, 15), 300.0)]
        )
        assert index(seen, metric(Kind.FLOW, "window"))["value"].tolist() == [100.0, 200.0]

    def test_starts_after_the_last_break_and_refuses_what_lies_before(self) -> None:
        seen = stock("a", ("2024-01-01", 10), ("2024-01-03", 20), ("2024-01-05", 40))
        result = index(seen, metric(), [broken("2024-01-02", "2024-01-02")])
        assert result["value"].fillna(-1).tolist() == [-1, 100.0, 200.0]
        assert result["refusal"].tolist() == ["b1", "", ""]

    def test_no_shared_period_and_no_zero_start(self) -> None:
        with pytest.raises(Refused, match="never seen"):
            index(pd.concat([stock("a", ("2024-01-01", 1)), stock("b", ("2024-01-02", 1))]), metric())
        with pytest.raises(Refused, match="zero"):
            index(stock("a", ("2024-01-01", 0), ("2024-01-02", 1)), metric())


class TestShareOfSet:
    def test_only_where_all_were_seen(self) -> None:
        both = pd.concat(
            [
                stock("a", ("2024-01-01", 30), ("2024-01-02", 1)),
                stock("b", ("2024-01-01", 10), ("2024-01-03", 1)),
            ]
        )
        result = share_of_set(both, metric())
        assert result["value"].tolist() == [0.75, 0.25]
        assert {str(p.date()) for p in result["period"]} == {"2024-01-01"}

    def test_one_framework_is_no_set(self) -> None:
        with pytest.raises(Refused, match="at least two"):
            share_of_set(stock("a", ("2024-01-01", 30)), metric())


class TestVerdicts:
    def test_words(self) -> None:
        assert verdict("a", {"X": "a", "Y": None}).word is VerdictWord.ROBUST
        assert verdict("a", {}).word is VerdictWord.ROBUST
        assert verdict("a", {"X": "a", "Y": "b"}).word is VerdictWord.CONTESTED
        assert verdict(None, {"X": "a"}, "within sampling noise").word is VerdictWord.UNDECIDABLE
        assert verdict("a", {"X": "a"}, "the counting changed").word is VerdictWord.UNDECIDABLE

    def test_reasons_name_who_disagrees(self) -> None:
        assert verdict("a", {"X": "b", "Y": "b"}).reason == "X and Y said the opposite at that date"
        assert verdict("a", {"X": None}).reason == "the only counting rule that could tell at that date"
