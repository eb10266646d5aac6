"""Page views: off without a contact, whole months only, a missing article is said to be missing, the site beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import stamina
from click.testing import CliRunner

from answers.collection.due import next_due
from answers.collection.freshness import freshness, freshness_sentence
from answers.questions import Question
from answers.series.answer import series
from catalog import load
from collectors import Access, collect_source
from storage import Counts, Run, Store
from tests.support.upstream import NOON, FakeClock, Rule, Upstream, instead, recorded, status
from uptake.cli import commands
from uptake.collection.collect import access, collect
from uptake.settings.permissions import permitted_catalog
from uptake.settings.settings import load_settings
from uptake.verify import verify

MISSING = '{"type": "about:blank", "title": "Not found.", "method": "get"}'


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def wikimedia() -> Iterator[Upstream]:
    with Upstream.of("wikimedia") as started:
        yield started


def collected(store: Store, upstream: Upstream, at: datetime = NOON, *frameworks: str) -> Run:
    run = store.start_run("wikimedia", trigger="cli", now=at, frameworks=list(frameworks or ("flask", "django")))
    way = Access(upstream.url)
    return collect_source(store, load(), "wikimedia", run, access=way, clock=FakeClock(at), holder="test")


def test_off_until_a_contact_is_set_and_says_why(
    store: Store, wikimedia: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings({"UPTAKE_WIKIMEDIA_URL": wikimedia.url})
    off = permitted_catalog(load(), settings)
    (entry,) = [e for e in freshness(store, off, NOON) if e.source == "wikimedia"]
    assert (entry.state, entry.next_due) == ("off", None)
    assert entry.note.startswith("Off until UPTAKE_CONTACT is set: Wikimedia limits clients by the contact they name")
    assert "Wikipedia" not in freshness_sentence(off, freshness(store, off, NOON))
    run = store.start_run("wikimedia", trigger="page", now=NOON)
    ended = collect(store, load(), settings, run, clock=FakeClock(), stop=lambda: False)
    assert (ended.status, ended.failures[0].message) == ("failed", entry.note)
    assert wikimedia.log == []
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(commands, ["collect", "wikimedia"], env={"UPTAKE_DATA_DIR": str(tmp_path)})
    assert (refused.exit_code, "UPTAKE_CONTACT" in refused.output) == (2, True)


def test_contact_goes_with_every_request(store: Store, wikimedia: Upstream) -> None:
    settings = load_settings({"UPTAKE_WIKIMEDIA_URL": wikimedia.url, "UPTAKE_CONTACT": "ops@example.org"})
    source = permitted_catalog(load(), settings).sources["wikimedia"]
    assert (source.off, source.available) == ("", True)
    way = access(settings, source)
    run = store.start_run("wikimedia", trigger="cli", now=NOON, frameworks=["flask"])
    collect_source(store, load(), "wikimedia", run, access=way, clock=FakeClock(), holder="test")
    assert wikimedia.log
    assert all("ops@example.org" in seen.headers["user-agent"] for seen in wikimedia.log)


def test_it_is_asked_on_one_day_of_the_month(store: Store) -> None:
    source = load().sources["wikimedia"]
    store.finish(store.start_run("wikimedia", trigger="cli", now=NOON).id, "ok", counts=Counts(), failures=(), now=NOON)
    assert next_due(source, store.runs(5, "wikimedia"), NOON) == datetime(2026, 12, 4, 3, 20, tzinfo=UTC)


def test_site_is_asked_for_once_and_stands_beside_each_article(store: Store, wikimedia: Upstream) -> None:
    assert collected(store, wikimedia).status == "ok"
    assert len(wikimedia.log) == len(recorded("wikimedia")) == 3
    beside = store.read("pageviews_site", dimension=None)
    assert set(beside["dimension"]) == {"site=en.wikipedia"}
    assert set(beside["framework"]) == {"flask", "django"}
    answer = series(store, load(), Question("pageviews_per_million", ("flask",)), NOON)
    assert answer.frame["value"].iloc[-1] == pytest.approx(1e6 * 21_874 / 6_500_000_000)
    assert verify(store, load()).ok


def test_running_month_is_left_out(store: Store, wikimedia: Upstream) -> None:
    def with_november(body: dict[str, Any]) -> dict[str, Any]:
        return {"items": [*body["items"], body["items"][-1] | {"timestamp": "2026110100"}]}

    wikimedia.rules = [Rule("", instead(with_november))]
    assert collected(store, wikimedia).status == "ok"
    assert store.read("pageviews")["period"].max().date() == date(2026, 10, 1)


def test_article_that_is_not_there_is_said_to_be_so(store: Store, wikimedia: Upstream) -> None:
    wikimedia.rules = [Rule("Django", status(404, MISSING, media="application/problem+json"))]
    run = collected(store, wikimedia)
    (failure,) = run.failures
    assert (run.status, failure.framework, failure.kind) == ("partial", "django", "gone")
    assert "no such article as “Django_(web_framework)”" in failure.message
    assert set(store.read("pageviews")["framework"]) == {"flask"}
