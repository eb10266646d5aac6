"""One count a kind of evidence: the one the catalog prefers, of those that have not ended and have the frameworks."""

from __future__ import annotations

from datetime import date

from answers.series.principal_counts import principal_count
from catalog import load
from storage import Series

CATALOG = load()
FIRST, LAST = date(2024, 1, 1), date(2026, 8, 1)


def series(metric: str, framework: str, last: date = LAST) -> Series:
    return Series(1, metric, framework, "", FIRST, last, 3)


def chosen(*stored: Series, frameworks: tuple[str, ...] | None = None) -> str:
    return principal_count(CATALOG, stored, "downloads", frameworks)


def test_the_catalog_says_which_of_equals() -> None:
    best, second = CATALOG.families["downloads"].preferred[:2]
    assert chosen(series(second, "flask"), series(best, "flask")) == best


def test_a_count_that_has_ended_gives_way() -> None:
    best, second = CATALOG.families["downloads"].preferred[:2]
    assert chosen(series(best, "flask", date(2026, 1, 1)), series(second, "flask")) == second


def test_the_count_that_has_more_of_the_frameworks_goes_before_the_preferred_one() -> None:
    best, second = CATALOG.families["downloads"].preferred[:2]
    stored = [series(best, "flask"), series(second, "flask"), series(second, "django")]
    assert chosen(*stored, frameworks=("flask", "django")) == second
    assert chosen(*stored, frameworks=("flask",)) == best


def test_a_count_of_one_alone_does_not_stand_for_several_however_new_it_is() -> None:
    best, second = CATALOG.families["downloads"].preferred[:2]
    ended = [series(second, name, date(2026, 1, 1)) for name in ("flask", "django")]
    assert chosen(series(best, "flask"), *ended, frameworks=("flask", "django")) == second


def test_without_a_figure_there_is_none() -> None:
    assert chosen() == ""
    assert chosen(series("stars", "flask")) == ""
