"""GitHub's snapshot and releases: today only, one repository for ever, renames followed, no tag told twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import stamina

from catalog import Catalog, load
from collectors import Access, collect_source
from collectors.github.releases import version_of
from storage import Run, Store
from tests.support.upstream import NOON, Exchange, FakeClock, Rule, Upstream, instead, limited, recorded, redirect

FLASK = "/repos/pallets/flask"
KEY = recorded("github")[0].body["id"]
BY_ID = f"/repositories/{KEY}"


def only(*streams: str) -> Catalog:
    """The catalog with some streams of GitHub's alone."""
    catalog = load()
    source = catalog.sources["github"]
    kept = tuple(stream for stream in source.streams if stream.name in streams)
    return replace(catalog, sources={**catalog.sources, "github": replace(source, streams=kept)})


SNAPSHOT = only("snapshot")


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def github() -> Iterator[Upstream]:
    with Upstream.of("github") as started:
        yield started


def collect(
    store: Store,
    github: Upstream,
    clock: FakeClock,
    *,
    token: str | None = None,
    catalog: Catalog = SNAPSHOT,
    **window: Any,
) -> Run:
    window = {"frameworks": ["flask"], **window}
    run = store.start_run("github", trigger="cli", now=clock.now(), **window)
    access = Access(github.url, token=token, max_wait_s=100.0)
    return collect_source(store, catalog, "github", run, access=access, clock=clock, holder="test")


def stars(store: Store, metric: str = "stars") -> dict[date, float]:
    frame = store.read(metric, ["flask"])
    return {row["period"].date(): row["value"] for row in frame.to_dict("records")}


def test_counters_are_filed_under_the_day_they_were_seen(store: Store, github: Upstream) -> None:
    body = recorded("github")[0].body
    assert collect(store, github, FakeClock()).status == "ok"
    assert stars(store) == {date(2026, 11, 22): body["stargazers_count"]}
    assert stars(store, "forks") == {date(2026, 11, 22): body["forks_count"]}
    assert github.log[0].headers["x-github-api-version"] == "2026-03-10"
    assert github.log[0].headers["accept"] == "application/vnd.github+json"


def test_unchanged_repository_is_still_seen_every_day(store: Store, github: Upstream) -> None:
    clock = FakeClock()
    for _ in range(3):
        assert collect(store, github, clock).new == 2
        clock.passed += 86_400
    assert [seen.headers.get("if-none-match") is not None for seen in github.log] == [False, True, True]
    assert list(stars(store)) == [date(2026, 11, day) for day in (22, 23, 24)]
    assert len(set(stars(store).values())) == 1
    last = store.payloads(store.runs(1)[0].id)[0]
    assert (last.size, last.etag) == (0, recorded("github")[0].headers["ETag"])


def test_new_day_is_seen_however_short_ago_the_last_answer_was(sqlite_store: Store, github: Upstream) -> None:
    clock = FakeClock(datetime(2026, 11, 22, 23, 58, tzinfo=UTC))
    collect(sqlite_store, github, clock)
    clock.passed += 300
    assert collect(sqlite_store, github, clock).new == 2


def test_wait_over_midnight_files_under_the_day_of_the_answer(sqlite_store: Store, github: Upstream) -> None:
    clock = FakeClock(datetime(2026, 11, 22, 23, 59, 30, tzinfo=UTC))
    github.rules = [Rule("", limited(429, "", {"Retry-After": "90"}), times=1)]
    collect(sqlite_store, github, clock)
    assert list(stars(sqlite_store)) == [date(2026, 11, 23)]


def test_second_look_on_one_day_is_a_revision(sqlite_store: Store, github: Upstream) -> None:
    clock = FakeClock()
    collect(sqlite_store, github, clock)
    was = stars(sqlite_store)[NOON.date()]
    github.rules = [Rule(f"^{BY_ID}$", instead(lambda body: {**body, "stargazers_count": 70_000}))]
    clock.passed += 7200
    run = collect(sqlite_store, github, clock)
    assert (run.new, run.revised, run.unchanged) == (0, 1, 1)
    assert stars(sqlite_store) == {NOON.date(): 70_000}
    assert sqlite_store.revisions("stars", "flask").value.tolist() == [was]


def test_past_days_are_refused_without_a_request(sqlite_store: Store, github: Upstream) -> None:
    for bound in ("since", "until"):
        window: dict[str, Any] = {bound: date(2026, 11, 21)}
        run = collect(sqlite_store, github, FakeClock(), **window)
        assert run.status == "failed"
        assert {f.kind for f in run.failures} == {"forgotten"}
    assert github.log == []


def test_rename_is_followed_and_remembered(store: Store, github: Upstream) -> None:
    clock = FakeClock()
    collect(store, github, clock)
    body = recorded("github")[0].body
    media = {"Content-Type": "application/json"}
    moved = Exchange("flask", BY_ID, 200, media, {**body, "full_name": "new-home/flask"})
    github.exchanges[moved.path] = moved
    clock.passed += 86_400
    run = collect(store, github, clock)
    assert (run.status, run.new) == ("ok", 2)
    names = {alias.name: alias.lasting_id for alias in store.aliases("flask")}
    assert names == {"pallets/flask": str(body["id"]), "new-home/flask": str(body["id"])}
    assert store.payloads(run.id)[0].url == f"{github.url}{moved.path}"


def test_repository_that_was_renamed_is_followed_though_another_took_its_name(store: Store, github: Upstream) -> None:
    clock = FakeClock()
    collect(store, github, clock)
    github.rules = [Rule(FLASK, instead(lambda body: {**body, "id": 5, "stargazers_count": 3}))]
    clock.passed += 86_400
    run = collect(store, github, clock, catalog=only("snapshot", "releases"))
    assert (run.status, github.log[-1].path) == ("ok", f"{BY_ID}/releases?per_page=100&page=1")
    assert 3 not in stars(store).values()


def test_first_answer_to_a_name_that_redirects_is_the_repository_it_leads_to(store: Store, github: Upstream) -> None:
    github.rules = [Rule(FLASK, redirect(BY_ID))]
    run = collect(store, github, FakeClock())
    assert (run.status, store.payloads(run.id)[0].url) == ("ok", f"{github.url}{BY_ID}")


def test_archived_repository_is_known_as_such_though_it_was_first_seen_before_we_asked(
    sqlite_store: Store, github: Upstream
) -> None:
    clock = FakeClock()
    collect(sqlite_store, github, clock)
    before = sqlite_store.cursor("github", "flask", "snapshot")
    del before["repository"]["archived"]  # type: ignore[attr-defined]
    sqlite_store.remember("github", "flask", "snapshot", before)
    github.rules = [Rule(BY_ID, instead(lambda body: {**body, "archived": True}))]
    clock.passed += 86_400
    assert collect(sqlite_store, github, clock).status == "ok"
    assert "if-none-match" not in github.log[-1].headers
    assert sqlite_store.cursor("github", "flask", "snapshot")["repository"]["archived"] is True  # type: ignore[index]


def test_other_repository_under_the_same_name_is_never_spliced_in(store: Store, github: Upstream) -> None:
    clock = FakeClock()
    collect(store, github, clock)
    github.rules = [
        Rule(BY_ID, limited(404, "Not Found")),
        Rule(FLASK, instead(lambda body: {**body, "id": 5, "stargazers_count": 3})),
    ]
    clock.passed += 86_400
    run = collect(store, github, clock)
    assert [f.kind for f in run.failures] == ["replaced"]
    assert list(stars(store)) == [NOON.date()]
    assert {alias.lasting_id for alias in store.aliases("flask")} == {str(recorded("github")[0].body["id"])}


def test_spoilt_cursor_costs_one_request_and_nothing_else(sqlite_store: Store, github: Upstream) -> None:
    from storage import Batch, Payload

    clock = FakeClock()
    run = sqlite_store.start_run("github", trigger="cli", now=NOON)
    spoilt = Batch(Payload("github", "x", b"", NOON), (), cursor={"etag": 7, "repository": {"id": "x"}, "asked_at": 3})
    sqlite_store.write(run.id, "flask", "snapshot", replace(spoilt))
    assert collect(sqlite_store, github, clock).status == "ok"


@pytest.mark.parametrize("skew", [timedelta(days=1), -timedelta(days=1), timedelta(days=3650)])
def test_clock_on_another_day_files_nothing(sqlite_store: Store, github: Upstream, skew: timedelta) -> None:
    headers = {"Content-Type": "application/json", "Date": format_datetime(NOON, usegmt=True)}
    dated = Exchange("flask", FLASK, 200, headers, recorded("github")[0].body)
    github.exchanges[FLASK] = dated
    run = collect(sqlite_store, github, FakeClock(NOON + skew))
    assert [f.kind for f in run.failures] == ["clock"]
    assert stars(sqlite_store) == {}
    assert collect(sqlite_store, github, FakeClock(NOON + timedelta(minutes=5))).status == "ok"


def test_refused_token_ends_the_walk_after_one_request(sqlite_store: Store, github: Upstream) -> None:
    github.rules = [Rule("", limited(401, "Bad credentials"))]
    run = collect(sqlite_store, github, FakeClock(), token="CANARY", frameworks=[])
    assert run.status == "failed"
    assert len(run.failures) == run.planned == 18
    assert len(github.log) == 1
    assert all("the token was refused" in f.message for f in run.failures)
    assert "CANARY" not in str(run)


def test_forbidden_everywhere_ends_the_walk_after_two_requests(sqlite_store: Store, github: Upstream) -> None:
    github.rules = [Rule("", limited(403, "Resource not accessible"))]
    run = collect(sqlite_store, github, FakeClock(), frameworks=[])
    assert len(run.failures) == run.planned
    assert len(github.log) == 2


def test_repository_that_is_gone_keeps_its_history(sqlite_store: Store, github: Upstream) -> None:
    clock = FakeClock()
    collect(sqlite_store, github, clock)
    github.rules = [Rule("", limited(404, "Not Found"))]
    clock.passed += 86_400
    assert [f.kind for f in collect(sqlite_store, github, clock).failures] == ["gone"]
    assert list(stars(sqlite_store)) == [NOON.date()]


def test_spent_budget_defers_what_is_left_until_the_reset(sqlite_store: Store, github: Upstream) -> None:
    reset = int((NOON + timedelta(hours=1)).timestamp())
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    github.rules = [Rule("", limited(403, "API rate limit exceeded", spent), after=1)]
    run = collect(sqlite_store, github, FakeClock(), frameworks=["django", "flask"])
    assert (run.status, run.done, run.planned, run.failed) == ("partial", 1, 2, 0)
    assert run.deferred_until == NOON + timedelta(hours=1, seconds=1)
    github.rules = []
    clock = FakeClock(NOON + timedelta(hours=1, seconds=2))
    assert collect(sqlite_store, github, clock, frameworks=["django", "flask"]).status == "ok"


# -------------------------------------------------------------------- releases

RELEASES = "/repos/pallets/flask/releases"


def told(store: Store) -> list[tuple[str, str, str]]:
    return [(e.kind, e.title, e.day.isoformat()) for e in store.events(["flask"])]


def test_releases_are_events_under_their_bare_version(store: Store, github: Upstream) -> None:
    before = store.generation()
    run = collect(store, github, FakeClock(), catalog=only("releases"))
    assert (run.status, run.new) == ("ok", 0)
    assert told(store) == [
        ("prerelease", "3.1.0rc1", "2024-11-01"),
        ("release", "3.1.0", "2024-11-13"),
        ("release", "3.1.2", "2025-08-19"),
    ]
    assert all(event.url.startswith("https://github.com/pallets/flask/") for event in store.events(["flask"]))
    assert store.generation() > before
    assert store.payloads(run.id)[0].body is not None


def test_almanac_and_github_do_not_tell_a_release_twice(sqlite_store: Store, github: Upstream) -> None:
    run = sqlite_store.start_run("almanac", trigger="cli", now=NOON, frameworks=["flask"])
    done = collect_source(sqlite_store, load(), "almanac", run, access=None, clock=FakeClock(), holder="test")
    assert done.status == "ok"
    known = told(sqlite_store)
    assert ("release", "3.1.0", "2024-11-13") in known
    collect(sqlite_store, github, FakeClock(), catalog=only("releases"))
    after = told(sqlite_store)
    assert len(after) == len(set(after)) == len(known) + 2


def test_project_without_releases_is_no_error(sqlite_store: Store, github: Upstream) -> None:
    github.rules = [Rule(RELEASES, instead(lambda _: []))]
    run = collect(sqlite_store, github, FakeClock(), catalog=only("releases"))
    assert (run.status, run.failures, told(sqlite_store)) == ("ok", (), [])


def test_release_list_is_read_to_its_end_once_and_then_by_its_tag(sqlite_store: Store, github: Upstream) -> None:
    first = next(e for e in github.exchanges.values() if e.path.startswith(RELEASES))
    key = recorded("github")[0].body["id"]
    path = f"/repositories/{key}/releases?per_page=100&page=2"
    older = [{**first.body[0], "id": 1, "tag_name": "v0.1", "published_at": "2010-04-16T00:00:00Z"}]
    media = {"Content-Type": "application/json"}
    github.exchanges[path] = Exchange("flask", path, 200, media, older)
    link = f'<https://api.github.com/repositories/{key}/releases?per_page=100&page=2>; rel="next"'
    github.exchanges[first.path] = replace(first, headers={**first.headers, "Link": link})
    clock = FakeClock()
    for paths in ([first.path, path], [f"/repositories/{key}/releases?per_page=100&page=1"]):
        asked = len(github.log)
        assert collect(sqlite_store, github, clock, catalog=only("releases")).status == "ok"
        assert [seen.path for seen in github.log[asked:]] == paths
        clock.passed += 86_400
    assert github.log[-1].headers["if-none-match"] == first.headers["ETag"]
    assert ("release", "0.1", "2010-04-16") in told(sqlite_store)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("2.0.0", "2.0.0"),
        ("v2.0.0", "2.0.0"),
        ("V.2.0", "2.0"),
        ("release-1.4", "1.4"),
        ("rel_0_9", "0_9"),
        ("svelte@5.0.0", "svelte@5.0.0"),
        ("very-new", "very-new"),
        ("\x1b[31m1.0", "[31m1.0"),
    ],
)
def test_tag_becomes_a_version_only_where_it_is_one(tag: str, version: str) -> None:
    assert version_of(tag) == version


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://evil.example/x", "https://a b"])
def test_release_that_links_to_no_page_is_refused(sqlite_store: Store, github: Upstream, url: str) -> None:
    github.rules = [Rule(RELEASES, instead(lambda body: [{**body[0], "html_url": url}]))]
    run = collect(sqlite_store, github, FakeClock(), catalog=only("releases"))
    assert [f.kind for f in run.failures] == ["changed"]
