"""U16: a list with a next page for ever."""

from __future__ import annotations

import pytest

from storage import Store
from tests.faults.test_paging import NAME, collect, github, linking, release
from tests.support.stars import TODAY, WEEK, GitHub, Repo, sunday
from tests.support.upstream import Rule

pytestmark = pytest.mark.fault
__all__ = ["github"]


@pytest.mark.parametrize("stream", ["history", "releases"])
def test_u16_a_list_without_end_is_given_up(sqlite_store: Store, github: GitHub, stream: str) -> None:
    """A next page for ever, each of them with something on it."""
    endless = linking(github, lambda page: page + 1)
    github.repos[0] = Repo(7, NAME, sunday(TODAY) - 5_000 * WEEK if stream == "history" else github.repos[0].born)
    github.releases[NAME] = [release(number) for number in range(20_000 if stream == "releases" else 3, 0, -1)]
    github.rules.insert(0, Rule(f"/{stream}.*page=", endless))
    run = collect(sqlite_store, github)
    assert run.status in ("ok", "partial")
    assert (
        len([path for path in github.paths if f"/{stream}" in path]) <= 101
    )  # GitHub answers no page beyond the hundredth
