"""A pytest plugin that breaks the product in one of twelve ways: `pytest -p tests.faults.long.mutants --mutant a ...`.

Each is a mistake that such programs really make. The case named beside it must notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is broken, how, which case must fail, and by which of its tests (below tests/)."""

    mistake: str
    case: str
    test: str
    apply: Callable[[pytest.MonkeyPatch], None]


def no_retries(patch: pytest.MonkeyPatch) -> None:
    from collectors._runtime.http import client

    patch.setattr(client, "ATTEMPTS", 1)


def short_waits(patch: pytest.MonkeyPatch) -> None:
    from collectors._runtime.http import client, rate_limit

    asked = rate_limit.asked_wait
    patch.setattr(client, "asked_wait", lambda *arguments: min(asked(*arguments), 30.0))


def no_vintages(patch: pytest.MonkeyPatch) -> None:
    from storage import ingest
    from storage.database import tables

    revise = ingest._revise

    def overwrite(conn: Any, *arguments: Any) -> None:
        revise(conn, *arguments)
        conn.execute(delete(tables.revision))

    patch.setattr(ingest, "_revise", overwrite)


def zeros_for_gaps(patch: pytest.MonkeyPatch) -> None:
    from collectors import pypistats

    told = pypistats._observations

    def filled(points: Any, task: Any) -> Iterator[Any]:
        first, last = min(point.date for point in points), max(point.date for point in points)
        days = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        missing = [
            pypistats.Point(kind, day, 0)
            for kind in sorted({point.kind for point in points})
            for day in sorted(days - {point.date for point in points if point.kind == kind})
        ]
        yield from told([*points, *missing], task)

    patch.setattr(pypistats, "_observations", filled)


def one_metric_for_mirrors(patch: pytest.MonkeyPatch) -> None:
    from collectors import pypistats

    both = dict.fromkeys(("without_mirrors", "with_mirrors"), "downloads_no_mirrors")
    patch.setitem(pypistats.SPLITS, "overall", replace(pypistats.SPLITS["overall"], metrics=both))


def cursor_before_data(patch: pytest.MonkeyPatch) -> None:
    from storage import ingest
    from storage.database.engine import writing

    write = ingest.Ingest.write

    def early(self: Any, run: int, framework: str, stream: str, batch: Any, **more: Any) -> Any:
        if batch.cursor is not None:
            with writing(self._engine) as conn:
                ingest._save_cursor(conn, self.run(run).source, framework, stream, batch.cursor)
        return write(self, run, framework, stream, batch, **more)

    patch.setattr(ingest.Ingest, "write", early)


def no_fence(patch: pytest.MonkeyPatch) -> None:
    from storage import ingest, runs

    for module in (ingest, runs):
        patch.setattr(module, "fence", lambda conn, lease: None)


def local_time(patch: pytest.MonkeyPatch) -> None:
    from answers.collection import due

    before = due.slot_before
    patch.setattr(due, "slot_before", lambda cadence, now: before(cadence, _as_if_utc(now)))


def _as_if_utc(now: datetime) -> datetime:
    return now.astimezone().replace(tzinfo=UTC)


def no_begin(patch: pytest.MonkeyPatch) -> None:
    from storage.database import engine

    patch.setattr(engine, "_begin", lambda conn: "SELECT 1")


def full_errors(patch: pytest.MonkeyPatch) -> None:
    from dashboard import server

    patch.setitem(server.SAFE, "client.showErrorDetails", "full")


def any_host(patch: pytest.MonkeyPatch) -> None:
    from collectors._runtime.http.client import Http

    patch.setattr(Http, "_target", lambda self, url, answer: url.join(answer.headers["location"]))


def drawn_over_gaps(patch: pytest.MonkeyPatch) -> None:
    from answers.series import rows

    with_gaps = rows._with_gaps

    def interpolated(frame: Any, metric: Any) -> Any:
        made = with_gaps(frame, metric)
        made["value"] = made["value"].interpolate()
        return made

    patch.setattr(rows, "_with_gaps", interpolated)


SOURCES, PYPISTATS = "faults/test_sources.py::", "collectors/test_pypistats.py::"
STORED, SERIES = "storage/test_observations.py::", "answers/series/test_answer.py::"
MUTANTS = {
    "a": Mutant(
        "nothing is asked for again", "U06", f"{SOURCES}test_what_may_pass_is_asked_for_again[U06 502]", no_retries
    ),
    "b": Mutant(
        "a wait is cut short",
        "U02",
        f"{SOURCES}test_a_limit_beyond_patience_is_kept_with_its_time[U02 a day]",
        short_waits,
    ),
    "c": Mutant(
        "a figure is overwritten",
        "Q01",
        f"{PYPISTATS}test_corrected_day_is_a_revision_and_so_is_a_withdrawn_one[sqlite]",
        no_vintages,
    ),
    "d": Mutant("a gap is a zero", "U10", f"{PYPISTATS}test_day_that_is_missing_is_missing[sqlite]", zeros_for_gaps),
    "e": Mutant(
        "one metric for two ways of counting",
        "Q03",
        f"{PYPISTATS}test_both_ways_of_counting_come_from_one_request[sqlite]",
        one_metric_for_mirrors,
    ),
    "f": Mutant(
        "the cursor is kept before the figures",
        "S01",
        f"{STORED}test_data_and_cursor_are_kept_together_or_not_at_all[sqlite]",
        cursor_before_data,
    ),
    "g": Mutant(
        "a lease without a fence",
        "J02",
        f"{STORED}test_a_writer_whose_lease_was_taken_over_keeps_nothing[sqlite]",
        no_fence,
    ),
    "h": Mutant(
        "times of a cadence in local time",
        "J04",
        "uptake/scheduler/test_schedule.py::test_no_daylight_saving_doubles_or_swallows_a_run[autumn-Europe/Berlin]",
        local_time,
    ),
    "i": Mutant(
        "SQLite without BEGIN",
        "M01",
        "migrations/test_migrations.py::test_an_error_after_any_statement_leaves_the_store_as_it_was[sqlite]",
        no_begin,
    ),
    "j": Mutant(
        "errors in full on the page",
        "X11",
        "faults/test_attacks.py::test_x11_a_page_that_fails_shows_no_secret",
        full_errors,
    ),
    "k": Mutant("any redirect is followed", "U14", f"{SOURCES}test_u14_nothing_goes_to_another_host[301]", any_host),
    "l": Mutant("a line across a gap", "U18", f"{SERIES}TestStatus::test_one_gap_row_per_hole", drawn_over_gaps),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutant", choices=[*MUTANTS, "none"], default="none", help="how the product is broken")


def pytest_sessionstart(session: pytest.Session) -> None:
    mutant = session.config.getoption("--mutant")
    if mutant != "none":
        MUTANTS[mutant].apply(pytest.MonkeyPatch())
