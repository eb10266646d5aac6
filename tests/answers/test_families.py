"""A family is one entry of `families.toml`: each answer and page takes its name, order and first subject from there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import catalog
from answers.claims.check import check
from answers.claims.grammar.parser import understood
from answers.claims.grammar.sentence_parts import words
from answers.leaders.answer import leaders
from answers.overtakes.compare import compare
from answers.questions import QuestionError
from catalog import Catalog, CatalogError, load
from migrations import migrate
from storage import Store
from tests.support.planting import SOURCES, plant
from tests.support.visiting import opened
from tests.support.visiting import words as shown_words
from uptake.digest.month_digest import month_digest

METRIC = """
[[metric]]
id = "{id}"
title = "{title}"
unit = "{counts}"
kind = "stock"
period = "day"
family = "{family}"
counts = "{counts}"
measures = "How often it was pulled."
does_not_measure = "Users."
badge = "Machines pull."
caveats = ["one-repository"]
gap_after_days = 45
"""
NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
LEARNED = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The catalog with a family of its own, `images`, of two metrics, and a second metric of activity."""
    folder = tmp_path / "catalog"
    shutil.copytree(Path(catalog.__file__).parent, folder)
    with (folder / "families.toml").open("a") as file:
        file.write(
            '\n[images]\ntitle = "Images"\nplace = 35\nplural = "pulls"\nphrase = "image pulls"\ncounts = "pulls"\n'
            'current_days = 62\npreferred = ["pulls_seen"]\n'
        )
    with (folder / "sources" / "github.toml").open("a") as file:
        file.write(METRIC.format(id="image_likes", title="Likes of images", family="images", counts="likes"))
        file.write(METRIC.format(id="pulls_seen", title="Pulls of images, as seen", family="images", counts="pulls"))
        file.write(METRIC.format(id="authors", title="Authors of commits", family="activity", counts="authors"))
    return folder


@pytest.fixture
def store(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Django passes Flask by pulls and has more authors and fewer forks and likes."""
    migrate(sqlite_url)
    opened_store = Store.open(sqlite_url)
    opened_store.mirror_frameworks([(one.id, one.title) for one in load().frameworks.values()])
    for metric, flask, django in (
        ("pulls_seen", (500, 600), (400, 900)),
        ("image_likes", (50, 60), (40, 45)),
        ("authors", (50, 60), (70, 80)),
        ("forks", (500, 600), (300, 310)),
    ):
        monkeypatch.setitem(SOURCES, metric, "github")
        for name, values in (("flask", flask), ("django", django)):
            days = (date(2026, 11, 9), date(2026, 11, 20))
            plant(opened_store, metric, name, dict(zip(days, map(float, values), strict=True)), LEARNED)
    return opened_store


@pytest.fixture
def mine(folder: Path) -> Catalog:
    """The catalog of that folder."""
    return load(folder)


def test_its_metrics_stand_at_its_place(mine: Catalog) -> None:
    families, metrics = list(mine.families), list(mine.metrics)
    assert families.index("survey") + 1 == families.index("images") < families.index("jobs")
    assert metrics.index("image_likes") + 1 == metrics.index("pulls_seen") < metrics.index("hiring_mentions")


def test_who_leads_is_said_by_its_name_and_of_what_it_first_counts(mine: Catalog, store: Store) -> None:
    sentence = leaders(store, mine, ("flask", "django"), NOW).sentence
    assert sentence.startswith("Django has the most pulls (")
    assert "). It passed Flask between 9 and 20 November 2026." in sentence
    assert "likes" not in sentence
    assert "forks" not in sentence


def test_an_overtake_is_said_by_its_name_and_other_activity_by_its_own_title(mine: Catalog, store: Store) -> None:
    answer = compare(store, mine, "django", "flask", NOW).answer
    assert answer.startswith("Django overtook Flask in image pulls between 9 and 20 November 2026.")
    assert "Django has not overtaken Flask in GitHub forks." in answer
    assert "leads in authors of commits, with no overtake on record." in answer


def test_a_claim_may_name_it(mine: Catalog, store: Store) -> None:
    assert "stars, downloads, surveys, pulls, " in words(mine)
    assert {understood(mine, f"Django leads Flask in {name}")[0].what for name in ("pulls", "image pulls")} == {
        "images"
    }
    assert understood(mine, "Django leads Flask in GitHub forks by 20 forks")[0].what == "forks"
    assert understood(mine, "Django leads Flask by 20 likes")[0].what == "image_likes"
    with pytest.raises(QuestionError, match="“by 20 authors” does not fit “in github forks”"):
        understood(mine, "Django leads Flask in GitHub forks by 20 authors")
    for claim in ("Django passed Flask in pulls", "Django leads Flask by 300 pulls"):
        assert [e.metric for e in check(store, mine, claim, NOW).evidence] == ["pulls_seen"]
    (evidence,) = check(store, mine, "Django leads Flask in forks", NOW).evidence
    assert evidence.metric == "forks"


def test_the_digest_draws_it(mine: Catalog, store: Store) -> None:
    digest = month_digest(store, mine, ("flask", "django"), date(2026, 11, 1), None, NOW)
    assert [chart.metric for chart in digest.charts] == ["pulls_seen"]


def test_the_page_of_the_metrics_offers_it(
    mine: Catalog, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, at_store: Callable[..., None]
) -> None:
    migrate(sqlite_url)
    monkeypatch.setattr("dashboard.cache.load", lambda: mine)
    at_store(sqlite_url)
    app = opened("metrics", family="images")
    assert "Images" in str(app.get("button_group")[0].proto)
    assert "Pulls of images, as seen" in shown_words(app)


def test_a_metric_of_no_family_is_refused(folder: Path) -> None:
    file = folder / "families.toml"
    file.write_text(file.read_text().replace("[images]", "[image]"))
    with pytest.raises(CatalogError, match="metric image_likes: family names the unknown family 'images'"):
        load(folder)
