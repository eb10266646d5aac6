"""Which months ClickHouse is asked for: in chunks, over or not, stale or lost."""

from __future__ import annotations

from datetime import date, timedelta

from collectors.clickhouse.months import Month, StoredMonths, chunks, complete, following, lost, stale


def month(year: int, number: int, rows: int = 30, last: date | None = None) -> Month:
    start = date(year, number, 1)
    return Month(start, start, last or following(start) - timedelta(days=1), (rows, 100))


YEARS = tuple(month(year, number) for year in (2024, 2025, 2026) for number in range(1, 13))


def test_chunks_are_years_or_several_that_are_small() -> None:
    assert [(c[0].key, c[-1].key) for c in chunks(YEARS, 366)] == [
        ("2024-01", "2024-12"), ("2025-01", "2025-12"), ("2026-01", "2026-12")
    ]  # fmt: skip
    assert [(c[0].key, c[-1].key) for c in chunks(YEARS, 720)] == [("2024-01", "2025-12"), ("2026-01", "2026-12")]
    holed = [m for m in YEARS if m.key not in ("2024-03", "2025-01")]
    spans = [(c[0].key, c[-1].key) for c in chunks(holed, 10_000)]
    assert spans == [("2024-01", "2024-02"), ("2024-04", "2024-12"), ("2025-02", "2026-12")]


def test_a_month_is_over_when_the_table_tells_of_its_last_day_or_a_later_one() -> None:
    quiet = month(2026, 10, last=date(2026, 10, 29))
    assert complete([quiet]) == ()
    assert complete([quiet, month(2026, 11, last=date(2026, 11, 2))]) == (quiet,)


def test_what_is_stored_and_confirmed_is_not_stale_and_what_vanished_is_lost() -> None:
    known = StoredMonths({m.key: m.figures for m in YEARS}, date(2026, 12, 31))
    assert stale(YEARS, known, date(2026, 12, 31), 2) == ()
    assert lost(YEARS[12:], known, days=True) is None  # a table may forget its beginning
    assert lost(YEARS[:-1], known, days=False) == "2026-12"
    ahead = StoredMonths(known.months, date(2027, 6, 1))  # a clock that was wrong once
    assert [m.key for m in stale(YEARS, ahead, date(2026, 12, 31), 2)] == ["2026-11", "2026-12"]
