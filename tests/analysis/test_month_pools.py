"""Monthly shares pooled over twelve months: sums over sums, of whole months in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.month_pools import is_whole, pooled, without_superseded
from analysis.overtakes.head_to_head import HeadToHead, head_to_head
from analysis.overtakes.paired_series import prepared_series
from catalog import load

METRIC = load().metrics["hiring_mentions"]
THREE = replace(METRIC, pooled_months=3)


def monthly(
    counts: Sequence[int], bases: Sequence[int], first: str = "2024-01", framework: str = "flask"
) -> pd.DataFrame:
    """One framework's months in a row."""
    months = pd.period_range(first, periods=len(counts), freq="M")
    return pd.DataFrame(
        {
            "framework": framework,
            "metric": METRIC.id,
            "dimension": "",
            "period": months.start_time.astype("datetime64[s]"),
            "period_end": months.end_time.normalize().astype("datetime64[s]"),
            "value": np.array(counts) / np.array(bases),
            "base": pd.array(bases, dtype="Int64"),
            "source": [f"s{n % 2}" for n in range(len(counts))],
            "retrieved_at": months.end_time.as_unit("us").tz_localize("UTC"),
        }
    )


def test_a_pool_is_the_sum_by_the_sum_and_not_the_mean_of_shares() -> None:
    rows = pooled(monthly([1, 0, 8, 3], [10, 1000, 100, 50]), THREE)
    assert rows["value"].tolist() == [9 / 1110, 11 / 1150]
    assert rows["base"].tolist() == [1110, 1150]
    assert [f"{day:%Y-%m-%d}" for day in rows["period"]] == ["2024-01-01", "2024-02-01"]
    assert [f"{day:%Y-%m-%d}" for day in rows["period_end"]] == ["2024-03-31", "2024-04-30"]
    assert set(rows["source"]) == {"s0 s1", "s1 s0"}


def test_a_pool_was_retrieved_when_the_youngest_of_its_months_was() -> None:
    frame = monthly([1] * 5, [100] * 5)
    late = pd.Timestamp("2026-01-01", tz="UTC")
    frame.loc[1, "retrieved_at"] = late  # read again since
    rows = pooled(frame, THREE)
    assert (rows["retrieved_at"] == late).tolist() == [True, True, False]
    assert rows["retrieved_at"].dtype == frame["retrieved_at"].dtype


def test_no_pool_has_a_hole_or_an_unfinished_month() -> None:
    frame = monthly([1] * 7, [100] * 7)
    without_april = frame.drop(index=3)
    assert [f"{day:%m}" for day in pooled(without_april, THREE)["period_end"]] == ["03", "07"]
    frame.loc[6, "period_end"] = pd.Timestamp("2024-07-09")
    assert not is_whole(frame)[6]
    assert [f"{day:%m}" for day in pooled(frame, THREE)["period_end"]] == ["03", "04", "05", "06"]
    assert pooled(frame.head(2), THREE).empty


def test_frameworks_are_pooled_apart() -> None:
    both = pd.concat([monthly([1] * 3, [10] * 3), monthly([2] * 3, [10] * 3, framework="django")], ignore_index=True)
    assert pooled(both, THREE)["value"].tolist() == [0.1, 0.2]


def test_a_month_read_early_gives_way_to_the_same_month_read_whole() -> None:
    frame = monthly([1, 2], [100, 100])
    early = frame.tail(1).assign(period_end=pd.Timestamp("2024-02-03"))
    assert len(without_superseded(pd.concat([frame, early], ignore_index=True))) == 2
    assert len(without_superseded(pd.concat([frame.head(1), early], ignore_index=True))) == 2  # it is all there is


def beside(ours: Sequence[int], theirs: Sequence[int], posts: int = 400) -> HeadToHead:
    """Flask's counts beside Django's, pooled over twelve months."""
    sides = (monthly(ours, [posts] * len(ours)), monthly(theirs, [posts] * len(theirs), framework="django"))
    flask, django = (prepared_series(pooled(side, METRIC), METRIC) for side in sides)
    return head_to_head(flask, django, METRIC, ("flask", "django"))


def test_a_lead_counts_as_an_overtake_once_it_lasts_until_no_month_is_left_of_it() -> None:
    """Pools overlap, so that one odd month decides twelve of them; that is a lead, and no overtake."""
    lasting = beside([9] * 30 + [2] * 40, [2] * 30 + [9] * 40)
    assert [o.winner for o in lasting.overtakes] == ["django"]
    assert lasting.overtakes[0].called_on > lasting.overtakes[0].first_after
    odd = beside([5] * 30 + [5] * 30, [3] * 30 + [90] + [3] * 29)
    assert odd.overtakes == ()
    assert {pair.sign for pair in odd.pairs} >= {-1, 1}


@pytest.mark.parametrize(("month", "sign"), [("2024-12-31", -1), ("2025-05-31", 0), ("2025-11-30", 1)])
def test_a_day_sees_the_pool_that_was_over_by_then(month: str, sign: int) -> None:
    """No pool reaches into what has not been; an edition of a survey stands for its whole year."""
    comparison = beside([2] * 12 + [9] * 12, [9] * 12 + [2] * 12)
    day = pd.Timestamp(month).date()
    pair = comparison.at(day)
    assert pair is not None
    assert (pair.last, pair.sign) == (day, sign)
