"""Collection in depth: frameworks of one's own, prices, alarms, renames, and how runs went."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from catalog import load
from dashboard import cache
from dashboard.views.collection import imports, sources
from storage import Batch, Counts, Failure, Identity, Observation, Payload, Period, Store
from tests.support.visiting import opened, words
from uptake.imports.file_import import ImportRequest, import_file

CHOOSING = ("overview", "trends", "surveys")
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("loopback")


@contextmanager
def scheduled(url: str) -> Iterator[None]:
    """As long as a scheduler holds its lease."""
    with Store.open(url) as store:
        lease = store.acquire("schedule", "here:1", 3600, datetime.now(UTC))
        assert lease
        yield
        store.release(lease)


def add(app: AppTest, **fields: str) -> AppTest:
    for name, text in fields.items():
        app.text_input(key=f"track_{name}").set_value(text)
    next(button for button in app.button if button.label == "Add and collect").click().run()
    assert not app.exception
    return app


def test_a_framework_is_added_collected_charted_and_removed(sqlite_url: str, at_store: Callable[..., None]) -> None:
    at_store(sqlite_url)
    app = add(
        opened("collection", show="frameworks"),
        name="My Framework",
        github="https://github.com/me/mine",
        package="My_Framework",
    )
    assert "Whether these names exist has not been checked yet" in app.success[0].value
    with Store.open(sqlite_url) as store:
        (mine,) = store.own_frameworks()
        asked = {run.source: run for run in store.requested()}
        assert mine.ids["github"] == "me/mine"
        assert mine.ids["pypistats"] == "my-framework"
        assert {"github", "pypistats"} <= set(asked)
        assert all(run.frameworks == ("my-framework",) for run in asked.values())
        run = store.begin(asked["github"].id, NOW)
        assert run is not None
        seen = Observation("stars", "my-framework", Period.day(NOW.date()), 5)
        payload = Payload("github", "https://example.org", b"{}", datetime.now(UTC))
        store.write(run.id, "my-framework", "snapshot", Batch(payload, (seen,)))
        store.finish(run.id, "ok", counts=Counts(new=1), failures=[], now=datetime.now(UTC))
        absent = store.begin(asked["pypistats"].id, NOW)
        assert absent is not None
        gone = Failure("my-framework", "overall", "gone", "PyPI Stats knows no my-framework.")
        store.finish(absent.id, "failed", counts=Counts(), failures=[gone], now=datetime.now(UTC))
    app.run()
    said = words(app)
    assert "1 observation, just now" in said
    assert f"{load().metrics['stars'].title} 5 (1 November 2026)" in said
    assert "PyPI Stats knows no my-framework." in said
    (link,) = [link for link in app.get("page_link") if link.proto.label == "Open in Trends"]
    assert "framework=my-framework" in link.proto.query_string
    trends = opened("trends", framework="my-framework")
    assert "My Framework has 5 GitHub stars on 1 November 2026." in words(trends)
    assert not trends.warning
    app.button(key="untrack_my-framework").click().run()
    assert "what was collected stays" in app.success[0].value
    with Store.open(sqlite_url) as store:
        assert store.own_frameworks()[0].removed_at is not None
        assert len(store.read("stars", ["my-framework"])) == 1
    assert "My Framework (removed) has 5 GitHub stars on 1 November 2026." in words(
        opened("trends", framework="my-framework")
    )


@pytest.mark.parametrize("page", CHOOSING)
def test_an_archived_repository_is_called_so_where_it_is_chosen(
    full_store: str, at_store: Callable[..., None], page: str
) -> None:
    at_store(full_store)
    assert "Blazor (repository archived)" in opened(page).multiselect[0].options


def test_the_list_of_frameworks_names_archived_repositories(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    assert "Archived repository, counter frozen: Blazor." in words(opened("collection", show="frameworks"))


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"name": "x", "github": "no repository"}, "owner/name"),
        ({"name": "x", "package": "no package!"}, "package"),
        ({"name": " ", "github": "a/b"}, "needs a name"),
        ({"name": "x"}, "needs a name at one source"),
        ({"name": "flask", "github": "a/b"}, "already tracked"),
        ({"name": "x", "github": "pallets/flask"}, "already tracked, as Flask"),
    ],
)
def test_what_cannot_be_tracked_is_explained_and_nothing_kept(
    fields: dict[str, str],
    word: str,
    sqlite_url: str,
    at_store: Callable[..., None],
) -> None:
    at_store(sqlite_url)
    app = add(opened("collection", show="frameworks"), **fields)
    assert word in app.error[0].value.replace("\\", "")
    with Store.open(sqlite_url) as store:
        assert store.own_frameworks() == []
        assert store.requested() == []


def test_without_the_operator_token_nothing_is_tracked(sqlite_url: str, at_store: Callable[..., None]) -> None:
    at_store(sqlite_url, UPTAKE_OPERATOR_TOKEN="correct-horse-battery")
    app = add(opened("collection", show="frameworks"), name="Mine", github="me/mine")
    assert "operator token" in app.error[0].value
    with Store.open(sqlite_url) as store:
        assert store.own_frameworks() == []


def test_the_price_is_said_before_the_button_is_pressed(sqlite_url: str, at_store: Callable[..., None]) -> None:
    at_store(sqlite_url)
    app = opened("collection")
    every, before = "at 60 an hour", words(app)
    assert "About 396 requests" in before
    assert every in before
    app.multiselect(key="only_github").set_value(["flask"]).run()
    assert "About 396 requests" not in words(app)
    assert every in words(app)


def test_another_repository_under_the_same_name_is_an_alarm(sqlite_url: str, at_store: Callable[..., None]) -> None:
    with Store.open(sqlite_url) as store:
        run = store.start_run("github", trigger="schedule", now=NOW)
        replaced = Failure("flask", "snapshot", "replaced", "pallets/flask is repository 2 now, it was 1.")
        store.finish(run.id, "partial", counts=Counts(), failures=[replaced], now=NOW)
    at_store(sqlite_url)
    said = words(opened("collection"))
    assert "Needs a look" in said
    assert "same name, other repository" in said
    assert "repository 2 now" in said
    assert "**Flask at GitHub: GitHub stars and GitHub forks, since run 1 of 1 November 2026**" in said
    assert "snapshot" not in said


def test_what_is_typed_is_previewed_before_anything_is_kept(sqlite_url: str, at_store: Callable[..., None]) -> None:
    at_store(sqlite_url)
    app = opened("collection", show="frameworks")
    assert "Give a name and a repository or package" in words(app)
    app.text_input(key="track_name").set_value("My Framework")
    app.text_input(key="track_github").set_value("https://github.com/me/mine/issues")
    app.text_input(key="track_package").set_value("My_Framework").run()
    said = words(app)
    assert "My Framework** will be tracked as my-framework" in said
    assert "[me/mine](https://github.com/me/mine) at GitHub" in said
    assert "my-framework at" in said
    app.text_input(key="track_github").set_value("pallets/flask").run()
    assert "pallets/flask is already tracked, as Flask (flask)." in words(app)
    assert not app.error
    with Store.open(sqlite_url) as store:
        assert store.own_frameworks() == []
        assert store.requested() == []


def test_a_package_of_another_registry_is_tracked_from_the_page(sqlite_url: str, at_store: Callable[..., None]) -> None:
    at_store(sqlite_url)
    app = opened("collection", show="frameworks")
    assert app.selectbox(key="track_registry").options == ["PyPI", "npm", "RubyGems", "hex.pm", "Go modules"]
    app.selectbox(key="track_registry").set_value("gem").run()
    app.text_input(key="track_name").set_value("Sinatra")
    app.text_input(key="track_package").set_value("sinatra").run()
    assert "gem sinatra at ClickHouse public data (ClickPy)" in words(app)
    app = add(app)
    with Store.open(sqlite_url) as store:
        (mine,) = store.own_frameworks()
        assert mine.ids == {"clickhouse": "gem:sinatra"}
        assert [run.source for run in store.requested()] == ["clickhouse"]
    app.text_input(key="track_name").set_value("Nest")
    app.selectbox(key="track_registry").set_value("npm").run()
    app.text_input(key="track_package").set_value("@nestjs/core").run()
    assert "@nestjs/core at npm" in words(app)


def test_collect_all_requests_a_run_of_each_live_source(sqlite_url: str, at_store: Callable[..., None]) -> None:
    at_store(sqlite_url)
    app = opened("collection", show="series")
    assert "No data yet." in words(app)
    app.button(key="collect_all").click().run()
    with Store.open(sqlite_url) as store:
        requested = store.requested()
        live = {s.id for s in load().sources.values() if s.cadence.times and not s.needs}  # no contact is set here
        assert {run.source for run in requested} == live
        assert all(run.trigger == "page" and run.whole for run in requested)
    said = words(app)
    assert "GitHub** was requested just now" in said
    assert "No data yet. The first collection was requested just now." in said
    assert app.button(key="collect_all").disabled


def test_the_last_runs_of_a_source_are_a_strip_with_words(sqlite_url: str, at_store: Callable[..., None]) -> None:
    late = datetime.now(UTC)
    with Store.open(sqlite_url) as store:
        for ended in ("ok",) * 28 + ("partial", "failed"):
            run = store.start_run("github", trigger="schedule", now=late)
            lost = [Failure("flask", "snapshot", "unavailable", "GitHub answered 503.")] if ended != "ok" else []
            store.finish(run.id, ended, counts=Counts(), failures=lost, now=late)
        runs = store.runs(limit=30, source="github")[::-1]
    html = sources.strip_html(runs, dark=False)
    assert 'aria-label="Last 30 runs: 28 ok, 1 partial and 1 failed"' in html
    assert [html.count(mark) for mark in ("▇", "▄", "✕")] == [28, 1, 1]
    assert html.index("▄") < html.index("✕")  # the latest on the right
    at_store(sqlite_url)
    app = opened("collection")
    assert any('aria-label="Last 30 runs: 28 ok' in element.proto.body for element in app.get("html"))
    said = words(app)
    assert "GitHub answered 503." in said
    assert "Next attempt" not in said
    with scheduled(sqlite_url):
        assert "Next attempt" in words(app.run())


def test_a_run_that_was_not_and_will_not_be_is_not_dated(sqlite_url: str, at_store: Callable[..., None]) -> None:
    """On a phone the columns are one sentence: no "Last run never, next –"."""
    with Store.open(sqlite_url) as store:
        now = datetime.now(UTC)
        store.finish(store.start_run("github", trigger="page", now=now).id, "ok", counts=Counts(), failures=[], now=now)
    at_store(sqlite_url)
    with scheduled(sqlite_url):
        said = {entry.source: sources.runs_in_words(entry, busy=False) for entry in cache.freshness()}
    assert said["wikimedia"] == "Never run"
    assert said["github"].startswith("Last run just now, next ")


def test_imports_are_listed_with_where_they_are_from_and_how_they_go(
    sqlite_url: str, at_store: Callable[..., None]
) -> None:
    at_store(sqlite_url)
    assert imports.NONE in words(opened("collection", show="imports"))
    body = b"date,flask,django\n2017-03-06,25120,23874\n2017-03-13,25260,\n"
    request = ImportRequest("weekly.csv", body, "stars", "Weekly stars", "CC0", "https://example.org/stars")
    with Store.open(sqlite_url) as store:
        run = import_file(store, load(), request, NOW).run
    said = words(opened("collection", show="imports"))
    assert "**Weekly stars** :gray-badge[CC0] · [https://example.org/stars]" in said.replace("://", "://")
    assert "GitHub stars: 3 values of Flask and Django, 6 March 2017 to 13 March 2017." in said
    assert f"weekly.csv (1 kB), imported 1 November 2026, run {run.id}, SHA-256 {request.sha256}" in said
    assert "`uptake imports remove weekly-stars`" in said


def test_renames_are_listed(sqlite_url: str, at_store: Callable[..., None]) -> None:
    with Store.open(sqlite_url) as store:
        run = store.start_run("github", trigger="schedule", now=NOW)
        for name, stars in (("tiangolo/fastapi", 1), ("fastapi/fastapi", 2)):
            seen = Observation("stars", "fastapi", Period.day(NOW.date()), stars)
            payload = Payload("github", f"https://example.org/{name}", name.encode(), datetime.now(UTC))
            store.write(run.id, "fastapi", "snapshot", Batch(payload, (seen,), identity=Identity("160919119", name)))
        store.finish(run.id, "ok", counts=Counts(new=1), failures=[], now=NOW)
    at_store(sqlite_url)
    app = opened("collection", show="frameworks")
    rows = next(frame.value for frame in app.dataframe if "Lasting id" in frame.value)
    assert rows[["Name", "Before", "Lasting id"]].values.tolist() == [
        ["fastapi/fastapi", "tiangolo/fastapi", "160919119"]
    ]
    took = next(frame.value for frame in opened("collection", show="runs").dataframe if "Took" in frame.value)
    assert took["Took"].tolist() == [0]


def test_the_page_says_when_no_scheduler_runs(sqlite_url: str, at_store: Callable[..., None]) -> None:
    at_store(sqlite_url)
    app = opened("collection")
    said = {entry.source: sources.runs_in_words(entry, busy=False) for entry in cache.freshness()}
    assert said["github"] == "Never run. Next run with a scheduler: at its start"
    assert f"{sources.NO_SCHEDULER}: {sources.START_ONE}." in words(app)
    assert sources.IF_ONE_RUNS in words(app)
    assert "now" not in [element.value for element in app.markdown]
    app.button(key="collect_github").click().run()
    assert app.toast[0].value == f"Run 1 requested. No scheduler runs: {sources.START_ONE}."
    (github,) = [entry for entry in cache.freshness() if entry.source == "github"]
    waiting = sources.runs_in_words(github, busy=True)
    assert waiting == "Last run requested just now, next waiting for a scheduler: start `uptake up`"
    assert "done around" not in words(app)
    with scheduled(sqlite_url):
        text = words(app.run())
        assert sources.NO_SCHEDULER not in text
        assert sources.IF_ONE_RUNS not in text
        assert "now" in [element.value for element in app.markdown]
