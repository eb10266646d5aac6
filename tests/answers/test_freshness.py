"""How old the figures are, source by source."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from answers.freshness import freshness
from catalog import load
from storage import Counts, Failure, Store

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
POST = date(2020, 11, 25)
THREE = ("flask", "django", "fastapi")
CATALOG = load()


class TestFreshness:
    def state(self, store: Store, source: str, now: datetime = NOW) -> str:
        return {f.source: f.state for f in freshness(store, CATALOG, now)}[source]

    def test_every_source_that_is_collected(self, sqlite_store: Store) -> None:
        found = {f.source: f.state for f in freshness(sqlite_store, CATALOG, NOW)}
        assert found == {s.id: "never" for s in CATALOG.sources.values() if s.available}

    def test_fresh_then_stale(self, sqlite_store: Store) -> None:
        self.finish(sqlite_store, "ok")
        stale_after = CATALOG.sources["github"].stale_after_days
        assert stale_after is not None
        assert self.state(sqlite_store, "github", NOW + timedelta(days=stale_after)) == "fresh"
        assert self.state(sqlite_store, "github", NOW + timedelta(days=stale_after, seconds=1)) == "stale"

    def test_unreachable_keeps_its_last_success(self, sqlite_store: Store) -> None:
        self.finish(sqlite_store, "ok")
        self.finish(sqlite_store, "failed", "unavailable")
        github = next(f for f in freshness(sqlite_store, CATALOG, NOW) if f.source == "github")
        assert (github.state, github.last_ok, github.age) == ("unreachable", NOW, timedelta(0))
        assert "nobody answered" in github.note

    def test_one_framework_that_is_gone_is_not_an_unreachable_source(self, sqlite_store: Store) -> None:
        self.finish(sqlite_store, "ok")
        self.finish(sqlite_store, "failed", "gone")
        assert self.state(sqlite_store, "github") == "fresh"

    def test_by_hand(self, dated: Store) -> None:
        almanac = next(f for f in freshness(dated, CATALOG, NOW + timedelta(days=9999)) if f.source == "almanac")
        assert (almanac.state, almanac.next_due) == ("manual", None)

    def finish(self, store: Store, status: str, kind: str | None = None) -> None:
        run = store.start_run("github", trigger="schedule", now=NOW)
        failures = [Failure("flask", "snapshot", kind, "nobody answered")] if kind else []
        store.finish(run.id, status, counts=Counts(), failures=failures, now=NOW)
