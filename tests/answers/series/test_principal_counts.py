"""One count a kind of evidence: the one the catalog prefers, of those that have not ended and have the frameworks."""

from __future__ import annotations

from datetime import date

from answers.series.principal_counts import one_of_each, principal_count
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


def test_rules_of_one_thing_are_one_count_and_surveys_are_each() -> None:
    """Stars seen and held, packages that require it at all, three ways to count downloads, wishes: told once or not."""
    every = ("stars_held", "stars", "downloads_all", "downloads_no_mirrors", "downloads_with_mirrors", "pds_use",
             "so_worked_with", "so_want_to_work_with", "dependents", "dependents_with_extras", "pageviews")  # fmt: skip
    once = [metric.id for metric in one_of_each(CATALOG, map(CATALOG.metrics.__getitem__, every))]
    assert once == ["stars", "downloads_no_mirrors", "pds_use", "so_worked_with", "dependents", "pageviews"]


def test_what_the_family_is_not_first_about_stands_for_it_alone() -> None:
    assert [m.id for m in one_of_each(CATALOG, [CATALOG.metrics["stars_kept"]])] == ["stars_kept"]
