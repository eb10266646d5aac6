"""No registry compares with another: at every door npm and PyPI are kept apart, and each line stands by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from answers.agreement.answer import agreement
from answers.claims.check import ClaimVerdict, check, checked_json
from answers.leaders.answer import leaders
from answers.overtakes.compare import compare, comparison_json
from answers.overtakes.history import overtakes
from answers.questions import Question, QuestionError
from answers.series.answer import series
from answers.series.registry_separation import CODE
from catalog import load
from migrations import migrate
from storage import Store
from tests.support.planting import days, plant
from tests.support.serving import serving
from tests.support.visiting import opened, words
from uptake.cli import commands

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
LAST = NOW.date() - timedelta(days=1)
WHY = "No package registry counts both Express and Flask"
OWN_PASTS = ("Express has 50.0% more npm downloads than a year before", "Flask has 20.0% more PyPI downloads")


@pytest.fixture
def url(sqlite_url: str) -> str:
    """Express by npm, a hundred times what Flask has by PyPI; both by stars."""
    migrate(sqlite_url)
    with Store.open(sqlite_url) as store:
        store.mirror_frameworks([(one.id, one.title) for one in load().frameworks.values()])
        year = days(LAST - timedelta(days=399), LAST)
        for metric, name, level, growth in (
            ("npm_downloads", "express", 1e7, 1.5),
            ("downloads_no_mirrors", "flask", 1e5, 1.2),
        ):
            plant(store, metric, name, {d: level * (growth if d > year[60] else 1.0) for d in year}, NOW)
        for name, stars in (("express", 68_000.0), ("flask", 71_000.0)):
            plant(store, "stars", name, {date(2026, 11, 1): stars - 100, LAST: stars}, NOW)
    return sqlite_url


@pytest.fixture
def store(url: str) -> Store:
    return Store.open(url, read_only=True)


def test_comparison_says_why_and_what_each_did_by_itself(store: Store) -> None:
    answer = compare(store, load(), "express", "flask", NOW)
    assert [entry.metric for entry in answer.entries] == ["stars"]
    assert answer.apart is not None
    assert answer.apart.sentence.startswith(f"{WHY}: npm counts Express, and PyPI counts Flask.")
    assert all(text in answer.apart.sentence for text in OWN_PASTS)
    document = comparison_json(answer)
    assert CODE in {caveat["code"] for caveat in document["caveats"]}
    assert [(side["framework"], side["metric"]) for side in document["apart"]["sides"]] == [
        ("express", "npm_downloads"),
        ("flask", "downloads_no_mirrors"),
    ]
    assert all("view=index" in side["index"] for side in document["apart"]["sides"])


@pytest.mark.parametrize("metric", ["npm_downloads", "downloads_no_mirrors"])
def test_comparison_by_the_metric_of_one_registry(store: Store, metric: str) -> None:
    answer = compare(store, load(), "express", "flask", NOW, metric=metric)
    assert answer.entries == ()
    assert answer.apart is not None
    assert answer.apart.sentence.startswith(WHY)


def test_frameworks_of_one_registry_are_compared_as_ever(store: Store, url: str) -> None:
    with Store.open(url) as writing:
        plant(writing, "downloads_no_mirrors", "django", dict.fromkeys(days(LAST - timedelta(60), LAST), 5e4), NOW)
    answer = compare(store, load(), "flask", "django", NOW)
    assert (answer.apart, [entry.metric for entry in answer.entries]) == (None, ["downloads_no_mirrors"])


@pytest.mark.parametrize(
    "claim",
    [
        "Express has more downloads than Flask",
        "Express has more npm downloads than Flask",
        "Is Express used more than Flask?",
        "Express leads Flask in PyPI downloads without mirrors",
        "Express has 100 times as many downloads as Flask",
        "Express passed Flask in downloads",
        "Express grows faster than Flask in downloads",
    ],
)
def test_claim_across_registries_is_not_judged(store: Store, claim: str) -> None:
    checked = check(store, load(), claim, NOW)
    assert (checked.verdict, checked.evidence) == (ClaimVerdict.NOT_ENOUGH, ())
    assert WHY in checked.sentence
    assert all(text in checked.sentence for text in OWN_PASTS)
    assert CODE in {caveat["code"] for caveat in checked_json(load(), checked)["caveats"]}


def test_framework_without_downloads_says_so(store: Store) -> None:
    """.NET's come with its SDK: that is no count of 0, and no reason to say nothing."""
    checked = check(store, load(), "Blazor has more downloads than Flask", NOW)
    assert checked.verdict is ClaimVerdict.NOT_ENOUGH
    assert "Blazor: no download figures: it comes with the .NET SDK." in checked.sentence
    assert OWN_PASTS[1] in checked.sentence


def test_claim_of_the_most_is_about_one_registry(store: Store) -> None:
    checked = check(store, load(), "Express has the most downloads", NOW)
    assert (checked.verdict, checked.evidence) == (ClaimVerdict.NOT_ENOUGH, ())
    assert "PyPI does not count Express" in checked.sentence


def test_nobody_leads_overtakes_or_ranks_across_registries(store: Store) -> None:
    assert {row.metric for row in leaders(store, load(), ("express", "flask"), NOW).rows} == {"stars"}
    assert not overtakes(store, load(), NOW).rows
    with pytest.raises(QuestionError, match="No registry compares with another"):
        agreement(store, load(), NOW, x="npm_downloads", y="downloads_no_mirrors")


@pytest.mark.parametrize("view", ["ratio", "share"])
def test_no_ratio_and_no_sum_of_two_registries(store: Store, view: str) -> None:
    with pytest.raises(QuestionError, match=WHY):
        series(store, load(), Question("npm_downloads", ("express", "flask"), view=view), NOW)


def test_command_says_why(url: str, tmp_path: Path) -> None:
    env = {"UPTAKE_DATABASE_URL": url, "UPTAKE_DATA_DIR": str(tmp_path)}
    for more in ([], ["--metric", "npm_downloads"]):
        shown = CliRunner().invoke(commands, ["compare", "express", "flask", *more], env=env)
        assert (shown.exit_code, WHY in shown.output) == (0, True), shown.output
        assert "times" not in shown.output
    said = CliRunner().invoke(commands, ["claim", "Express has more downloads than Flask", "--json"], env=env)
    assert WHY in json.loads(said.output)["sentence"]


def test_api_says_why(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path) as server:
        both = server.get("/api/v1/compare.json?a=express&b=flask&metric=npm_downloads").json
        assert both["entries"] == []
        assert WHY in str(both["apart"])
        ratio = server.get("/api/v1/series.json?metric=npm_downloads&framework=express&framework=flask&view=ratio")
        assert (ratio.status, WHY in str(ratio.json["error"])) == (400, True)


def test_pages_say_why(url: str, at_store: Callable[..., None]) -> None:
    at_store(url)
    assert WHY in words(opened("head_to_head", a="express", b="flask"))
    assert WHY in words(opened("claims", claim="Express has more downloads than Flask"))
    assert WHY in words(opened("trends", metric="npm_downloads", framework=["express", "flask"]))
