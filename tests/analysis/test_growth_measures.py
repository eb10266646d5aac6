"""Growth: every figure worked out by hand, and refused where the counting broke."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import Refused
from analysis.growth.growth_rates import compound, four_weeks, gained_every, peer_ratio, reached, year_on_year
from catalog import Break, almanac, load

CATALOG = load()
STARS, DAILY = CATALOG.metrics["stars"], CATALOG.metrics["downloads_no_mirrors"]
PIP, SURVEY = CATALOG.metrics["downloads_pip_30d"], CATALOG.metrics["so_worked_with"]
MONDAY = date(2024, 1, 1)  # it was one
BREAK = Break("x", "break", "", "", date(2024, 1, 20), date(2024, 1, 20), (), "")


def frame(periods: list[date], ends: list[date], values: list[float], name: str = "a") -> pd.DataFrame:
    start, end = (pd.to_datetime(dates).astype("datetime64[s]") for dates in (periods, ends))
    told = {"framework": name, "dimension": "", "period": start, "period_end": end, "source": "test"}
    retrieved = pd.Timestamp(datetime(2026, 1, 1, tzinfo=UTC))
    return pd.DataFrame(told | {"value": np.array(values, dtype="float64"), "retrieved_at": retrieved})


def seen(levels: dict[int, float], start: date = MONDAY, name: str = "a") -> pd.DataFrame:
    dates = [start + timedelta(days=k) for k in levels]
    return frame(dates, dates, list(levels.values()), name)


def told(table: pd.DataFrame) -> list[tuple[str, str, float | None, str]]:
    spans = (table[name].dt.strftime("%Y-%m-%d").tolist() for name in ("period", "period_end"))
    values = [None if np.isnan(v) else float(v) for v in table["value"].to_numpy(dtype="float64")]
    return list(zip(*spans, values, table["status"].tolist(), strict=True))


class TestGained:
    def test_per_day(self) -> None:
        found = gained_every(seen({0: 10, 1: 13, 3: 20, 4: 19}), STARS, "day")
        assert told(found) == [
            ("2024-01-02", "2024-01-02", 3.0, "final"),
            ("2024-01-03", "2024-01-04", None, "gap"),
            ("2024-01-05", "2024-01-05", -1.0, "final"),
        ]

    def test_per_week_from_sunday_to_sunday(self) -> None:
        """Days 6, 13 and 20 are Sundays; the last week is seen up to Tuesday."""
        found = gained_every(seen({6: 100, 8: 104, 13: 110, 20: 150, 22: 153}), STARS, "week")
        assert told(found) == [
            ("2024-01-08", "2024-01-14", 10.0, "final"),
            ("2024-01-15", "2024-01-21", 40.0, "final"),
            ("2024-01-22", "2024-01-23", 3.0, "provisional"),
        ]

    def test_a_week_without_its_sunday_is_a_gap_up_to_the_next(self) -> None:
        found = gained_every(seen({6: 100, 12: 110, 20: 150, 27: 160}), STARS, "week")
        assert told(found) == [
            ("2024-01-08", "2024-01-21", None, "gap"),
            ("2024-01-22", "2024-01-28", 10.0, "final"),
        ]

    def test_per_year(self) -> None:
        levels = {date(2021, 12, 28): 5.0, date(2022, 12, 31): 25.0, date(2023, 12, 25): 40.0, date(2024, 3, 1): 41.0}
        found = gained_every(frame(list(levels), list(levels), list(levels.values())), STARS, "year")
        assert told(found) == [
            ("2021-12-29", "2022-12-31", 20.0, "final"),
            ("2023-01-01", "2023-12-25", 15.0, "final"),
            ("2023-12-26", "2024-03-01", 1.0, "provisional"),
        ]

    def test_flows_are_sums_of_whole_weeks(self) -> None:
        """Day 9 is missing, so is its week; the fourth week is not over."""
        days = {k: float(k) for k in range(24) if k != 9}
        found = gained_every(seen(days), DAILY, "week")
        assert told(found) == [
            ("2024-01-01", "2024-01-07", 21.0, "final"),  # 0 + ... + 6
            ("2024-01-08", "2024-01-14", None, "gap"),
            ("2024-01-15", "2024-01-21", 119.0, "final"),  # 14 + ... + 20
            ("2024-01-22", "2024-01-24", 66.0, "provisional"),  # 21 + 22 + 23
        ]

    def test_days_that_may_still_change_are_provisional(self) -> None:
        found = gained_every(seen(dict.fromkeys(range(14), 1.0)), DAILY, "week", final_through=date(2024, 1, 13))
        assert [row[3] for row in told(found)] == ["final", "provisional"]

    def test_a_bucket_on_a_break_is_refused_with_its_id(self) -> None:
        found = gained_every(seen({6: 100, 13: 110, 20: 150, 27: 160}), STARS, "week", [BREAK])
        assert [(row[2], row[3]) for row in told(found)] == [(10.0, "final"), (None, "gap"), (10.0, "final")]
        assert found["refusal"].tolist() == ["", "x", ""]

    def test_what_cannot_be_split_is_refused(self) -> None:
        with pytest.raises(Refused, match="windows"):
            gained_every(seen({0: 1}), PIP, "week")
        with pytest.raises(Refused, match="share"):
            gained_every(seen({0: 1}), SURVEY, "year")

    @given(
        st.dictionaries(st.integers(0, 60), st.integers(0, 100), min_size=2), st.sampled_from(["day", "week", "year"])
    )
    @settings(deadline=None)  # a busy machine is no fault
    def test_spans_follow_each_other_and_gains_are_true(self, levels: dict[int, int], every: str) -> None:
        """No span overlaps another, and each gain is the difference of the levels at its ends."""
        known = {k: float(v) for k, v in sorted(levels.items())}
        rows = told(gained_every(seen(known), STARS, every))
        at = {str(MONDAY + timedelta(days=k)): v for k, v in known.items()}
        for first, last, value, _ in rows:
            before = str(date.fromisoformat(first) - timedelta(days=1))
            assert value is None or value == at[last] - at[before]
        assert all(one[1] < other[0] for one, other in pairwise(rows))


class TestChanges:
    def test_a_level_against_a_year_before(self) -> None:
        """2024-01-04 has 2023-01-02 within three days of a year before: 150 after 120 is a quarter more."""
        found = year_on_year(seen({0: 120, 367: 150}, date(2023, 1, 2)), STARS)
        assert found[["since", "until", "gained", "relative"]].to_numpy().tolist() == [
            [date(2023, 1, 2), date(2024, 1, 4), 30.0, 0.25]
        ]
        assert year_on_year(seen({0: 120, 369: 150}, date(2023, 1, 2)), STARS).empty

    def test_daily_flows_four_weeks_at_a_time_on_the_same_weekdays(self) -> None:
        """28 days of 10 against 28 of 15 that end 364 days later."""
        days = {k: 10.0 if k < 100 else 15.0 for k in range(27 + 364 + 1)}
        (row,) = year_on_year(seen(days), DAILY).to_dict("records")
        assert (row["before"], row["after"], row["relative"]) == (280.0, 420.0, 0.5)
        assert row["until"] - row["since"] == timedelta(days=364)

    def test_windows_by_their_daily_mean(self) -> None:
        one = frame([date(2023, 1, 1), date(2024, 1, 4)], [date(2023, 1, 30), date(2024, 1, 28)], [300.0, 500.0])
        (row,) = year_on_year(one, PIP).to_dict("records")
        assert (row["before"], row["after"], row["relative"]) == (10.0, 20.0, 1.0)

    def test_django_in_the_year_to_the_post(self) -> None:
        """53,693 on 2020-11-22 after 45,405 on 2019-11-23, 365 days before."""
        rows = [r for r in almanac("stars") if r["framework"] == "django"]
        dates = [date.fromisoformat(r["date"]) for r in rows]
        found = year_on_year(frame(dates, dates, [float(r["stars"]) for r in rows], "django"), STARS)
        (row,) = found[found["until"] == date(2020, 11, 22)].to_dict("records")
        before = {r["date"]: float(r["stars"]) for r in rows}["2019-11-23"]
        assert (row["since"], row["after"]) == (date(2019, 11, 23), 53_693.0)
        assert row["relative"] == pytest.approx(53_693 / before - 1)

    def test_four_weeks_against_four(self) -> None:
        """Weekends differ, and do not show: 20 x 10 + 8 x 2 = 216 each time, then twice that."""
        days = {k: (10.0 if k % 7 < 5 else 2.0) * (2 if k >= 56 else 1) for k in range(84)}
        found = four_weeks(seen(days), DAILY)
        first, last = found.iloc[0], found.iloc[-1]
        assert (first["before"], first["after"], first["relative"]) == (216.0, 216.0, 0.0)
        assert (last["before"], last["after"], last["relative"]) == (216.0, 432.0, 1.0)

    def test_four_weeks_of_a_counter(self) -> None:
        (row,) = four_weeks(seen({0: 100, 28: 150, 56: 225}), STARS).to_dict("records")
        assert (row["before"], row["after"], row["relative"]) == (50.0, 75.0, 0.5)

    def test_across_a_break_growth_is_refused_and_the_ratio_offered(self) -> None:
        a, b = ({0: 100.0, 28: 100.0, 56: 30.0 * k} for k in (1, 2))
        spoilt = [BREAK]
        starts, ends = [date(2023, 1, 1), date(2024, 1, 2)], [date(2023, 1, 30), date(2024, 1, 31)]
        one, other = (frame(starts, ends, values) for values in ([100.0, 50.0], [200.0, 50.0]))
        (row,) = year_on_year(one, PIP, spoilt).to_dict("records")
        assert (row["refusal"], row["before"]) == ("x", pytest.approx(100 / 30))
        assert np.isnan(row["relative"])
        assert peer_ratio(one, other, PIP)["value"].tolist() == [0.5, 1.0]
        assert peer_ratio(seen(a), seen(b), STARS)["value"].tolist() == [1.0, 1.0, 0.5]

    def test_shares_and_windows_are_refused(self) -> None:
        with pytest.raises(Refused, match=r"We can't give growth of .+: compare two editions instead\."):
            year_on_year(seen({0: 1}), SURVEY)
        with pytest.raises(Refused, match="28 days"):
            four_weeks(seen({0: 1}), PIP)

    @given(st.integers(1, 10**6), st.floats(-0.5, 2.0), st.integers(200, 2000))
    def test_a_compound_rate_compounds(self, before: int, rate: float, span: int) -> None:
        after = before * (1 + rate) ** (span / 365.25)
        assert compound(before, after, span) == pytest.approx(rate, abs=1e-9)

    def test_compound_by_hand(self) -> None:
        """From 100 to 144 in two years is a fifth a year."""
        assert compound(100, 144, 730) == pytest.approx(1.44 ** (365.25 / 730) - 1)
        assert compound(100, 144, 730) == pytest.approx(0.2, abs=0.001)
        assert np.isnan(compound(0, 5, 10))


class TestAge:
    def test_the_nth_star_is_a_bracket(self) -> None:
        found = reached(seen({0: 90, 5: 99, 9: 130, 12: 95}), 100)
        assert found is not None
        assert (found.last_below, found.first_at) == (date(2024, 1, 6), date(2024, 1, 10))
        assert reached(seen({0: 90}), 100) is None
        there = reached(seen({0: 190}), 100)
        assert there is not None
        assert there.last_below is None
