"""U16: lists whose pages never end. They are given up after few requests, and what was read before stays true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import stamina

from catalog import load
from collectors import Access, collect_source
from storage import Run, Store
from tests.support.stars import TODAY, WEEK, GitHub, Repo, sunday
from tests.support.upstream import Action, Exchange, FakeClock, Handler, Rule

CATALOG = load()
NAME = CATALOG.frameworks["flask"].ids["github"]
Following = Callable[[int], int]
FOLLOWING: dict[str, Following] = {
    "itself": lambda page: page,
    "the first": lambda page: 1,
    "one before": lambda page: max(page - 1, 1),
    "far ahead": lambda page: 999_999,
}


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def github() -> Iterator[GitHub]:
    repo = Repo(7, NAME, sunday(TODAY) - 69 * WEEK)
    with GitHub([repo]) as started:
        started.releases[NAME] = [release(number) for number in range(250, 0, -1)]
        yield started


def release(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "tag_name": f"1.{number}",
        "name": f"1.{number}",
        "published_at": "2020-01-01T00:00:00Z",
        "html_url": f"https://github.com/{NAME}/releases/tag/1.{number}",
        "prerelease": False,
        "draft": False,
    }


def collect(store: Store, github: GitHub) -> Run:
    clock = FakeClock()
    source = CATALOG.sources["github"]
    streams = tuple(replace(stream, ask_again_after_min=0) for stream in source.streams)
    catalog = replace(CATALOG, sources={**CATALOG.sources, "github": replace(source, streams=streams)})
    run = store.start_run("github", trigger="cli", now=clock.now(), frameworks=["flask"])
    return collect_source(store, catalog, "github", run, access=Access(github.url), clock=clock, holder="test")


def linking(github: GitHub, following: Following) -> Action:
    """The true page, with a link to another one as the next."""

    def act(handler: Handler, exchange: Exchange | None) -> None:
        answer, page = handler.answer, int(handler.path.rpartition("=")[2])

        def linked(status: int, headers: Any, body: bytes, *, length: int | None = None) -> None:
            url = f"https://api.github.com{handler.path.rpartition('=')[0]}={following(page)}"
            answer(status, {**headers, "Link": f'<{url}>; rel="next"'}, body, length=length)

        handler.answer = linked  # type: ignore[method-assign]  # for this connection only
        try:
            github.base.action(handler, exchange)
        finally:
            handler.answer = answer  # type: ignore[method-assign]

    return act


@pytest.mark.parametrize("stream", ["history", "releases"])
@pytest.mark.parametrize("leads_to", FOLLOWING)
def test_u16_a_list_that_goes_round_is_given_up(
    sqlite_store: Store, github: GitHub, stream: str, leads_to: str
) -> None:
    github.rules.insert(0, Rule(f"/{stream}.*page=", linking(github, FOLLOWING[leads_to])))
    run = collect(sqlite_store, github)
    assert (run.status, {(f.stream, f.kind) for f in run.failures}) == ("partial", {(stream, "changed")})
    assert len([path for path in github.paths if f"/{stream}" in path]) <= 2
    github.rules.pop(0)
    assert collect(sqlite_store, github).status == "ok"
    assert len(sqlite_store.events(["flask"])) == 250
    assert sqlite_store.read("stars_kept").value.sum() == github.repos[0].stars(TODAY)
