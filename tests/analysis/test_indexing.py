"""Index and part of the set, each against a hand-computed case."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from analysis.errors import Refused
from analysis.growth.indexing import index, share_of_set
from catalog import Kind
from tests.support.frames import broken, frame, metric, stock


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
        with pytest.raises(Refused, match="no period has data"):
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
