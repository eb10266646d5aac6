"""The last figures of growth, and growth as series: each worked out by hand, each refusal with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.arrays import points
from analysis.errors import Refused
from analysis.growth.change_series import changed, multiples
from analysis.growth.latest_growth import GrowthFigure, changes_of, last_gained, parts_of_set, ratio_between, yearly
from analysis.growth.weekdays import weekdays
from catalog import Break, load

CATALOG = load()
STARS, DAILY = CATALOG.metrics["stars"], CATALOG.metrics["downloads_no_mirrors"]
PIP, SURVEY = CATALOG.metrics["downloads_pip_30d"], CATALOG.metrics["so_worked_with"]
MONDAY = date(2024, 1, 1)  # it was one


def broken(on: date, *frameworks: str) -> Break:
    return Break("x", "break", "Another table", "", on, on, (), "", frameworks)


def frame(
    periods: list[date], ends: list[date], values: list[float], name: str = "a", source: str = "s"
) -> pd.DataFrame:
    start, end = (pd.to_datetime(dates).astype("datetime64[s]") for dates in (periods, ends))
    told = {"framework": name, "dimension": "", "period": start, "period_end": end, "source": source}
    retrieved = [pd.Timestamp(datetime(2026, 1, 1, tzinfo=UTC)) + pd.Timedelta(days=k) for k in range(len(values))]
    return pd.DataFrame(told | {"value": np.array(values, dtype="float64"), "retrieved_at": retrieved})


def levels(seen: dict[str, float], name: str = "a") -> pd.DataFrame:
    days = [date.fromisoformat(day) for day in seen]
    return frame(days, days, list(seen.values()), name)


def daily(values: list[float], start: date = MONDAY, name: str = "a") -> pd.DataFrame:
    days = [start + timedelta(days=k) for k in range(len(values))]
    return frame(days, days, values, name)


def windows(values: dict[str, float], name: str = "a") -> pd.DataFrame:
    """30 days to each day."""
    ends = [date.fromisoformat(day) for day in values]
    return frame([end - timedelta(days=29) for end in ends], ends, list(values.values()), name)


def gain(*question: Any, **options: Any) -> GrowthFigure:
    [figure] = last_gained(*question, **options).values()
    return figure


class TestLastGained:
    def test_a_level_between_two_sundays(self) -> None:
        figure = gain(
            levels({"2024-01-07": 100, "2024-01-14": 110, "2024-01-21": 121, "2024-01-23": 130}), STARS, "week"
        )
        assert (figure.since, figure.until) == (date(2024, 1, 14), date(2024, 1, 21))
        assert (figure.before, figure.after, figure.gained) == (110, 121, 11)
        assert figure.relative == pytest.approx(0.1)

    def test_a_flow_is_the_sum_of_the_last_whole_week(self) -> None:
        figure = gain(daily([float(k) for k in range(16)]), DAILY, "week")
        assert (figure.since, figure.until, figure.gained) == (date(2024, 1, 8), date(2024, 1, 14), 70)  # 7 + ... + 13
        assert (figure.before, figure.after, figure.relative) == (None, None, None)

    def test_a_day_that_may_still_change_is_not_the_last(self) -> None:
        figure = gain(daily([1, 2, 3, 4]), DAILY, "day", final_through=date(2024, 1, 3))
        assert (figure.until, figure.gained) == (date(2024, 1, 3), 3)

    def test_a_month_is_whole_from_its_first_day_to_its_last(self) -> None:
        weekly = levels({f"{MONDAY + timedelta(days=7 * n - 1)}": 100.0 + n for n in range(30)})
        figure = gain(weekly, STARS, "month")  # among these Sundays are 31 March, 26 May and 30 June
        assert figure.why == "No full month of it was recorded lately."
        ends = levels({"2024-04-30": 100, "2024-05-31": 120, "2024-06-27": 130, "2024-07-03": 131})
        figure = gain(ends, STARS, "month")
        assert (figure.since, figure.until, figure.gained) == (date(2024, 4, 30), date(2024, 5, 31), 20)

    def test_across_a_break_there_is_none(self) -> None:
        seen = levels({"2024-01-07": 100, "2024-01-14": 110})
        figure = gain(seen, STARS, "week", [broken(date(2024, 1, 10))])
        assert not figure.stands
        assert (figure.breaks, figure.gained) == (("x",), None)

    @pytest.mark.parametrize(
        ("metric", "every", "why"),
        [
            (PIP, "day", "Its windows overlap"),
            (SURVEY, "year", "shares of respondents"),
            (STARS, "day", "It was not read at both ends of the last day."),
        ],
    )
    def test_what_cannot_be_told_says_why(self, metric: object, every: str, why: str) -> None:
        figure = gain(levels({"2024-01-07": 100, "2024-01-14": 110}), metric, every)
        assert why in figure.why


class TestChanges:
    def test_a_level_against_that_of_a_year_before(self) -> None:
        [figure] = changes_of(levels({"2023-01-02": 120, "2024-01-02": 150}), STARS, "year-on-year")
        assert (figure.since, figure.until) == (date(2023, 1, 2), date(2024, 1, 2))
        assert (figure.gained, figure.relative) == (30, 0.25)

    def test_28_days_against_28(self) -> None:
        figures = changes_of(daily([1.0] * 28 + [2.0] * 28), DAILY, "four-weeks")
        assert (figures[-1].before, figures[-1].after, figures[-1].relative) == (28, 56, 1.0)

    def test_without_anything_a_year_before_it_says_so(self) -> None:
        [figure] = changes_of(levels({"2023-09-02": 120, "2024-01-02": 150}), STARS, "year-on-year")
        assert figure.why == "No comparable figure a year before."

    def test_from_nothing_there_is_no_growth(self) -> None:
        [figure] = changes_of(levels({"2023-01-02": 0, "2024-01-02": 150}), STARS, "year-on-year")
        assert figure.why == "The figure was zero a year before."
        assert not figure.stands


class TestYearly:
    def test_doubled_in_two_years(self) -> None:
        """731 days are 2.0014 years: 2 ** (365.25 / 731) - 1."""
        figure = yearly(levels({"2022-01-01": 100, "2023-06-01": 130, "2024-01-02": 200}), STARS)
        assert figure.relative == pytest.approx(2 ** (365.25 / 731) - 1)
        assert (figure.before, figure.after) == (100, 200)

    def test_over_a_chosen_span(self) -> None:
        seen = levels({"2020-01-01": 1, "2022-01-01": 100, "2023-01-01": 121, "2024-01-02": 200})
        figure = yearly(seen, STARS, since=date(2021, 12, 1), until=date(2023, 6, 1))
        assert (figure.since, figure.until) == (date(2022, 1, 1), date(2023, 1, 1))
        assert figure.relative == pytest.approx(1.21 ** (365.25 / 365) - 1)

    def test_without_a_span_it_begins_after_the_last_break_and_with_one_it_is_refused(self) -> None:
        seen = levels({"2020-01-01": 1, "2022-01-01": 100, "2023-01-01": 121})
        between = [broken(date(2021, 1, 1))]
        assert yearly(seen, STARS, between).since == date(2022, 1, 1)
        refused = yearly(seen, STARS, between, since=date(2019, 1, 1))
        assert (refused.breaks, refused.relative, refused.before) == (("x",), None, 1)

    def test_a_break_of_another_framework_does_not_count(self) -> None:
        seen = levels({"2020-01-01": 1, "2022-01-01": 100, "2023-01-01": 121})
        assert yearly(seen, STARS, [broken(date(2021, 1, 1), "b")]).since == date(2020, 1, 1)

    def test_too_short_to_tell(self) -> None:
        assert "90 days" in yearly(levels({"2023-12-01": 100, "2024-01-02": 200}), STARS).why


class TestPartsAndRatios:
    def test_parts_on_the_last_day_that_all_were_seen(self) -> None:
        sides = {
            "a": points(levels({"2024-01-01": 30, "2024-01-02": 99})),
            "b": points(levels({"2024-01-01": 10})),
        }
        assert parts_of_set(sides) == (MONDAY, {"a": 0.75, "b": 0.25})
        assert parts_of_set({"a": sides["a"]}) is None

    def test_a_ratio_then_and_now(self) -> None:
        one = windows({"2023-01-30": 300, "2024-01-30": 900})
        other = windows({"2023-01-30": 100, "2024-01-30": 600}, "b")
        assert ratio_between(one, other, PIP, (date(2023, 1, 30), date(2024, 1, 30))) == (3.0, 1.5)
        assert ratio_between(one, other, PIP, (date(2023, 3, 30), date(2024, 1, 30))) is None
        assert ratio_between(one, other, SURVEY, (date(2023, 1, 30), date(2024, 1, 30))) is None

    def test_multiples_of_a_peer_carry_the_sources_of_both(self) -> None:
        one = frame([MONDAY], [MONDAY], [30], "a", "s")
        other = frame([MONDAY], [MONDAY], [20], "b", "t")
        [row] = multiples(pd.concat([one, other], ignore_index=True), STARS, "b").to_dict("records")
        assert (row["framework"], row["value"], row["source"], row["status"]) == ("a", 1.5, "s t", "final")

    def test_multiples_of_somebody_unknown_are_refused(self) -> None:
        with pytest.raises(Refused, match="multiples of c: it has no data"):
            multiples(levels({"2024-01-01": 30}), STARS, "c")


class TestChanged:
    def test_a_level_is_about_its_day_and_learned_from_both_ends(self) -> None:
        seen = levels({"2023-01-02": 120, "2023-06-01": 140, "2024-01-02": 150})
        [row] = changed(seen, STARS, "year-on-year").to_dict("records")
        assert (str(row["period"].date()), str(row["period_end"].date())) == ("2024-01-02", "2024-01-02")
        assert (row["value"], row["source"], row["retrieved_at"]) == (0.25, "s", seen["retrieved_at"].iloc[2])

    def test_28_days_are_about_themselves(self) -> None:
        [row] = changed(daily([1.0] * 28 + [2.0] * 28), DAILY, "four-weeks").to_dict("records")
        assert (str(row["period"].date()), str(row["period_end"].date())) == ("2024-01-29", "2024-02-25")
        assert row["value"] == 1.0

    def test_a_window_is_about_itself_and_refused_across_a_break(self) -> None:
        seen = windows({"2023-01-30": 300, "2024-01-30": 900, "2025-01-29": 1800})
        rows = changed(seen, PIP, "year-on-year", [broken(date(2023, 6, 1))]).to_dict("records")
        assert [(row["status"], row["refusal"]) for row in rows] == [("gap", "x"), ("final", "")]
        assert np.isnan(rows[0]["value"])
        assert rows[1]["value"] == pytest.approx(1.0)
        assert rows[1]["period"] == pd.Timestamp("2024-12-31")

    def test_shares_do_not_grow(self) -> None:
        with pytest.raises(Refused):
            changed(levels({"2024-01-01": 0.3}), SURVEY, "year-on-year")


class TestWeekdays:
    def test_the_least_and_the_greatest_of_eight_weeks(self) -> None:
        found = weekdays(daily([100, 100, 200, 100, 100, 60, 50] * 8))
        assert found is not None
        assert (found.lowest, found.highest, found.part) == (6, 2, 0.25)

    def test_older_days_do_not_count(self) -> None:
        found = weekdays(daily([9000.0] * 7 + [100, 100, 200, 100, 100, 60, 50] * 8))
        assert found is not None
        assert found.part == 0.25

    def test_a_missing_day_or_too_few_tell_nothing(self) -> None:
        assert weekdays(daily([1.0] * 55)) is None
        seen = daily([1.0] * 60)
        assert weekdays(seen.drop(index=50)) is None
        assert weekdays(daily([0.0] * 56)) is None
