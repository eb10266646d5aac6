"""Dependents are compared like any other level; what one registry counts never meets what another does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import combinations

import pytest

from answers.agreement.answer import agreement
from answers.claims.check import check
from answers.growth.answer import growth
from answers.leaders.answer import leaders
from answers.overtakes.compare import compare
from answers.questions import Question, QuestionError
from answers.series.answer import series
from catalog import load
from storage import Batch, Observation, Payload, Period, Store

CATALOG = load()
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
REGISTRIES = ("downloads", "dependents", "rubygems")  # the families
COUNTS = {  # packages by the ends of years, and of October 2026
    "flask": {2018: 100, 2019: 150, 2020: 210, 2021: 260, 2022: 300, 2023: 350, 2024: 380, 2025: 400, 2026: 410},
    "fastapi": {2018: 2, 2019: 9, 2020: 50, 2021: 140, 2022: 260, 2023: 380, 2024: 480, 2025: 560, 2026: 640},
}


def plant(store: Store, metric: str, framework: str, values: Mapping[Period, float]) -> None:
    """What ClickHouse says of some periods."""
    payload = Payload("clickhouse", f"https://example.org/{metric}", repr(values).encode(), NOW)
    batch = Batch(payload, tuple(Observation(metric, framework, period, value) for period, value in values.items()))
    run = store.start_run("clickhouse", trigger="cli", now=NOW)
    store.write(run.id, framework, "planted", batch)


@pytest.fixture
def planted(sqlite_store: Store) -> Store:
    """FastAPI passes Flask by dependents in 2023; Rails has gems of both rules."""
    sqlite_store.mirror_frameworks([(one.id, one.title) for one in CATALOG.frameworks.values()])
    for name, counts in COUNTS.items():
        months = {Period.month(year, 10 if year == 2026 else 12): float(count) for year, count in counts.items()}
        plant(sqlite_store, "dependents", name, months)
        plant(sqlite_store, "downloads_all", name, {Period.day(date(2026, 10, d)): 1e6 for d in range(1, 32)})
    plant(sqlite_store, "gem_downloads", "rails", {Period.day(date(2026, 10, d)): 2e6 for d in range(1, 32)})
    plant(sqlite_store, "gem_downloads_by_total", "rails", {Period.month(2025, m): 9e5 for m in (1, 2)})
    return sqlite_store


def test_dependents_passed_between_two_ends_of_years(planted: Store) -> None:
    [entry] = [e for e in compare(planted, CATALOG, "fastapi", "flask", NOW).entries if e.metric == "dependents"]
    assert (entry.leader, entry.lead, entry.last_before, entry.first_after) == (
        "fastapi", 230, date(2022, 12, 31), date(2023, 12, 31),
    )  # fmt: skip
    assert not entry.on_gap
    assert entry.sentence.startswith("FastAPI has 640 PyPI dependents in October 2026, 230 more than Flask. It passed")
    assert "read on" not in entry.sentence
    assert {"dependents-never-leave", "registries-not-comparable"} <= set(entry.caveats)


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("more packages build on Flask than on FastAPI", "contradicted"),
        ("more packages require FastAPI than Flask", "supported"),
        ("more packages on PyPI depend on FastAPI than on Flask", "supported"),
        ("fewer packages use Flask than FastAPI", "supported"),
        ("more packages were built on Flask than on FastAPI in December 2020", "supported"),
        ("FastAPI has more dependents than Flask", "supported"),
        ("FastAPI passed Flask in dependents", "supported"),
        ("most packages build on FastAPI", "supported"),
    ],
)
def test_claim_on_what_packages_build_on_is_one_on_dependents(planted: Store, sentence: str, verdict: str) -> None:
    answer = check(planted, CATALOG, sentence, NOW)
    assert [evidence.metric for evidence in answer.evidence] == ["dependents"]
    assert answer.verdict == verdict


def test_no_answer_has_two_registries(planted: Store) -> None:
    """Nobody leads across registries, no claim of downloads is on gems, and no ranking has both."""
    rows = {row.metric for row in leaders(planted, CATALOG, (), NOW).rows}
    assert rows == {"dependents", "downloads_all"}  # of gems there is one framework alone
    for a, b in combinations(("flask", "fastapi", "rails"), 2):
        for entry in compare(planted, CATALOG, a, b, NOW).entries:
            metric = CATALOG.metrics[entry.metric]
            if {a, b} & {"rails"} and metric.family in REGISTRIES:
                assert entry.leader is None
    for sentence in ("Rails leads Flask in downloads", "Rails is more used than Flask", "Rails is most popular"):
        assert all("gem" not in evidence.metric for evidence in check(planted, CATALOG, sentence, NOW).evidence)
    with pytest.raises(QuestionError, match="No registry compares with another"):
        agreement(planted, CATALOG, NOW, x="gem_downloads", y="downloads_all")
    assert agreement(planted, CATALOG, NOW, x="gem_downloads", y="dependents").ranking.table.empty
    with pytest.raises(QuestionError, match="agrees with itself"):
        agreement(planted, CATALOG, NOW, x="dependents", y="dependents")


def test_two_counts_of_a_gem_are_two_lines(planted: Store) -> None:
    metrics = [metric for metric in CATALOG.metrics.values() if metric.family == "rubygems"]
    assert not metrics[0].is_rule_beside(metrics[1])
    for metric in metrics:
        frame = series(planted, CATALOG, Question(metric.id, ("rails",)), NOW).frame
        assert set(frame["metric"]) == {metric.id}
        assert "gems-two-rules" in metric.caveats
    figures = growth(planted, CATALOG, Question("gem_downloads", ("rails",)), NOW)
    assert figures is not None


def test_a_registry_is_a_family_and_says_that_it_compares_with_none() -> None:
    for metric in CATALOG.metrics.values():
        assert metric.id.startswith("gem_") == (metric.family == "rubygems")
        if metric.family in ("dependents", "rubygems"):
            assert "registries-not-comparable" in metric.caveats
