"""What was gained month by month, each against a hand-computed case."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import Refused
from analysis.growth.indexing import index, share_of_set
from analysis.months import gained
from catalog import Kind, Metric
from tests.support.frames import LEARNED, broken, days_of, frame, metric, rows, stock


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
        with pytest.raises(Refused, match=r"We can't .*[Tt]hings.*\.$"):
            gained(stock("a", ("2024-01-31", 1)), forbidden)

    def test_shares_have_no_index_and_no_part(self) -> None:
        with pytest.raises(Refused, match="shares of respondents"):
            index(stock("a", ("2024-01-31", 1)), metric(Kind.SHARE))
        with pytest.raises(Refused, match="shares of respondents"):
            share_of_set(stock("a", ("2024-01-31", 1)), metric(Kind.SHARE))
