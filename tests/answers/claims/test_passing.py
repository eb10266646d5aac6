"""Claims on what was ever or never so: how long a lead lasted, what an ended metric saw, and since when is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from answers.claims.check import CheckedClaim, check
from catalog import load
from storage import Batch, Counts, Observation, Payload, Period, Store

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
CATALOG = load()


def ask(store: Store, text: str, on: date | None = None) -> CheckedClaim:
    return check(store, CATALOG, text, NOW, on)


class TestPassingEver:
    """Whether a lead lasted, and what may be said of "never"."""

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("sanic overtook starlette in downloads in 2020", "but was overtaken again by Starlette between"),
            ("django passed flask in stars in 2020", "and was still ahead on 22 August 2026"),
        ],
    )
    def test_whether_a_lead_held_is_told_as_last_seen(self, dated: Store, text: str, says: str) -> None:
        answer = ask(dated, text)
        assert str(answer.verdict) == "supported"
        assert says in answer.evidence[0].sentence

    def test_whether_a_lead_held_is_told_without_what_came_after_the_day(self, dated: Store) -> None:
        (e,) = ask(dated, "sanic overtook starlette in downloads in 2020", date(2020, 12, 31)).evidence
        assert "and was still ahead on 31 December 2020" in e.sentence

    @pytest.mark.parametrize(
        ("text", "verdict"),
        [
            ("sanic never overtook starlette in downloads", "contradicted"),
            ("sanic overtook starlette in downloads", "supported"),
            ("quart never passed pyramid in downloads", "contradicted"),
            ("quart passed pyramid in downloads", "supported"),
            ("fastapi passed django in downloads", "supported"),
            ("starlette passed tornado in downloads", "not enough data"),  # led only after the old counting had ended
        ],
    )
    def test_what_an_ended_metric_saw_counts_for_ever(self, dated: Store, text: str, verdict: str) -> None:
        assert str(ask(dated, text).verdict) == verdict

    def test_an_ended_metric_denies_nothing_of_a_day_long_after(self, dated: Store) -> None:
        assert (
            str(ask(dated, "django passed flask in downloads_pip_30d", date(2026, 3, 31)).verdict) == "not enough data"
        )

    def test_a_lead_that_did_not_last_is_not_told_as_one_from_the_beginning(self, dated: Store) -> None:
        (e,) = ask(dated, "starlette passed tornado in downloads_pip_30d", date(2024, 10, 31)).evidence
        assert (
            "Starlette was ahead of Tornado in pip downloads per 30 days at times, but no change of lead lasted"
            in e.sentence
        )

    def test_never_says_of_which_days_it_speaks(self, dated: Store) -> None:
        ended, e = ask(dated, "django never passed flask in downloads").evidence
        assert ended.sentence.startswith("Flask led Django in pip downloads per 30 days in 74 of 79 windows ")
        assert e.sentence.startswith(
            "Flask led Django in monthly PyPI downloads in every window from 30 November 2024 to 31 March 2026"
        )

    @pytest.mark.parametrize(("days", "verdict"), [(1, "not enough data"), (366, "supported")])
    def test_never_takes_a_year_of_readings(self, sqlite_store: Store, days: int, verdict: str) -> None:
        first = date(2025, 9, 1)
        run = sqlite_store.start_run("github", trigger="cli", now=NOW)
        for name, forks in (("flask", 16_000), ("django", 33_000)):
            seen = tuple(Observation("forks", name, Period.day(first + timedelta(days=k)), forks) for k in range(days))
            sqlite_store.write(run.id, name, "forks", Batch(Payload("github", f"test:{name}", b"x", NOW), seen))
        sqlite_store.finish(run.id, "ok", counts=Counts(), failures=[], now=NOW)
        answer = ask(sqlite_store, "flask never passed django in forks")
        assert str(answer.verdict) == verdict
        assert "1 September 2025" in answer.evidence[0].sentence


@pytest.mark.parametrize("name", ["pyramid", "quart"])
def test_a_fall_without_a_year_before_says_since_when_is_known(dated: Store, name: str) -> None:
    (e,) = ask(dated, f"{name} fell in stars").evidence
    assert "and nothing before" not in e.sentence
    assert "to compare with, about 25 June 2025. Data begin on 6 January 2021" in e.sentence
