"""Only a whole month is called by its name alone."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.display_text import span


@pytest.mark.parametrize(
    ("first", "last", "period", "expected"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), "day", "October 2026"),
        (date(2026, 10, 1), date(2026, 10, 28), "day", "1 to 28 October 2026"),
        (date(2024, 2, 1), date(2024, 2, 28), "day", "1 to 28 February 2024"),
        (date(2020, 9, 27), date(2020, 9, 27), "day", "27 September 2020"),
        (date(2026, 9, 28), date(2026, 10, 4), "day", "28 September to 4 October 2026"),
        (date(2024, 1, 1), date(2024, 12, 31), "year", "the 2024 edition"),
    ],
)
def test_a_figure_is_about_a_day_days_a_whole_month_or_an_edition(
    first: date, last: date, period: str, expected: str
) -> None:
    assert span(first, last, period) == expected
