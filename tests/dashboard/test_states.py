"""States of a page that nobody wishes for: a store that was moved away, a source that fell silent, a bad question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from storage import Batch, Counts, Observation, Payload, Period, Store
from tests.support.visiting import opened, words


def collected(url: str, ended: datetime, day: date = date(2026, 1, 5)) -> None:
    """A store to which GitHub told of the stars of a day."""
    with Store.open(url) as store:
        run = store.start_run("github", trigger="cli", now=ended)
        seen = Observation("stars", "flask", Period.day(day), 71_234)
        store.write(
            run.id,
            "flask",
            "snapshot",
            Batch(Payload("github", "https://example.org", f"{day}".encode(), ended), (seen,)),
        )
        store.finish(run.id, "ok", counts=Counts(new=1), failures=[], now=ended)


def test_a_source_long_silent_is_said_beneath_its_figures(sqlite_url: str, at_store: Callable[..., None]) -> None:
    now = datetime.now(UTC)
    collected(sqlite_url, now - timedelta(days=40, hours=2))
    at_store(sqlite_url)
    assert "GitHub: newest value 5 January 2026" in words(opened("trends", framework="flask"))
    collected(sqlite_url, now)  # nothing new, though it was asked
    at_store(sqlite_url)
    assert "GitHub: newest value 5 January 2026" in words(opened("trends", framework="flask"))
    collected(sqlite_url, now, now.date())
    at_store(sqlite_url)
    assert "newest value" not in words(opened("trends", framework="flask"))


def test_a_store_moved_away_is_not_read_on_from_memory(sqlite_url: str, at_store: Callable[..., None]) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    collected(sqlite_url, datetime.now(UTC))
    at_store(sqlite_url)
    assert "71,234" in words(opened("trends", framework="flask"))
    aside = file.rename(file.with_name("aside.db"))
    app = opened("trends", framework="flask")
    assert "71,234" not in words(app)
    assert app.subheader[0].value in ("The store cannot be read", "There is nothing to read yet")
    aside.rename(file)
    assert "71,234" in words(opened("trends", framework="flask"))


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("overview", {"framework": "flask"}),
        ("trends", {"framework": "flask", "range": "own", "since": "2025-01-01", "until": "2020-01-01"}),
    ],
)
def test_a_question_without_an_answer_leads_its_page_too(
    sqlite_url: str, at_store: Callable[..., None], page: str, query: dict[str, str]
) -> None:
    collected(sqlite_url, datetime.now(UTC))
    at_store(sqlite_url)
    app = opened(page, **query)
    assert len(app.title) == 1
    assert app.title[0].value


def test_what_another_page_keeps_under_a_key_is_no_nonsense_here(
    full_store: str, at_store: Callable[..., None]
) -> None:
    at_store(full_store)
    app = opened("trends", metric="pds_use", show="growth")
    assert not app.warning
    for page in ("anomalies", "surveys", "trends"):
        app.switch_page(f"views/{page}/page.py").run()
        assert not app.exception
        assert not app.warning, page
