"""Rank agreement against scipy, intervals that are the same every time, leads and lags that were planted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.agreement import Agreement, agreement, kendall, lag, per_million, tau_interval
from catalog import almanac, load
from collectors import collect_source
from migrations import migrate
from storage import Store
from tests.clocks import FixedClock
from uptake.answers import QuestionError
from uptake.answers._agreement import use, use_json

CATALOG = load()
NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
STARS, PIP = CATALOG.metrics["stars"], CATALOG.metrics["downloads_pip_30d"]
POST = date(2020, 11, 25)
FINAL = date(2026, 1, 1)


def frame(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["framework", "period", "period_end", "value"])
    for name in ("period", "period_end"):
        found[name] = pd.to_datetime(found[name]).astype("datetime64[s]")
    return found.assign(dimension="", source="test", retrieved_at=pd.Timestamp(datetime(2026, 1, 1, tzinfo=UTC)))


def column(found: Agreement, name: str) -> dict[str, float]:
    return dict(zip(found.table["framework"], found.table[name].tolist(), strict=True))


def stars() -> pd.DataFrame:
    return frame([(r["framework"], r["date"], r["date"], float(r["stars"])) for r in almanac("stars")])


def downloads() -> pd.DataFrame:
    rows = [r for r in almanac("downloads") if r["installers"] == "pip"]
    return frame([(r["framework"], r["first_day"], r["last_day"], float(r["downloads"])) for r in rows])


@given(
    st.integers(2, 12).flatmap(
        lambda n: st.tuples(*[st.lists(st.integers(0, 6), min_size=n, max_size=n) for _ in range(2)])
    )
)
def test_tau_is_scipys(sides: tuple[list[int], list[int]]) -> None:
    x, y = (np.array(side, dtype="float64") for side in sides)
    if len(set(sides[0])) == 1 or len(set(sides[1])) == 1:
        assert np.isnan(kendall(x, y))
    else:
        assert kendall(x, y) == pytest.approx(stats.kendalltau(x, y).statistic, abs=1e-12)


def test_the_interval_is_the_same_every_time_and_holds_the_figure() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=12)
    y = x + random.normal(size=12)
    first, second = tau_interval(x, y), tau_interval(x, y)
    assert first == second
    assert first is not None
    assert first.low < kendall(x, y) < first.high


def test_the_interval_is_scipys_bootstrap() -> None:
    """The same resampling by scipy, with another stream of chance: the bounds agree to the second figure."""
    random = np.random.default_rng(2)
    x = random.normal(size=15)
    y = x + random.normal(size=15)
    ours = tau_interval(x, y, draws=4000)
    theirs = stats.bootstrap(
        (x, y), kendall, paired=True, vectorized=False, n_resamples=4000, method="percentile", rng=3
    ).confidence_interval
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.05)


def test_too_few_frameworks_have_no_interval() -> None:
    assert tau_interval(np.arange(4.0), np.arange(4.0)) is None


class TestAlmanac:
    def test_on_the_day_of_the_post(self) -> None:
        """Django led Flask in stars (53,463 v 52,679) and had less than half its downloads."""
        found = agreement(stars(), downloads(), (STARS, PIP), POST, FINAL)
        assert dict(zip(found.table["framework"], found.table["y_seen"], strict=True))["flask"] == date(2020, 10, 31)
        seen = column(found, "x")
        assert seen["django"] - seen["flask"] == 784
        assert ("django", "flask") in found.against
        assert found.tau == pytest.approx(stats.kendalltau(found.table["x"], found.table["y"]).statistic)
        assert found.opposed == pytest.approx((1 - found.tau) / 2)  # there are no ties
        assert found.interval is not None

    def test_stars_per_million_downloads(self) -> None:
        """By hand: so many stars on 4.484337 million downloads of Django in 30 days, 10.809343 million of Flask."""
        found = agreement(stars(), downloads(), (STARS, PIP), POST, FINAL)
        ratio, seen = per_million(found), column(found, "x")
        assert ratio["django"] == pytest.approx(seen["django"] / 4.484337)
        assert ratio["flask"] == pytest.approx(seen["flask"] / 10.809343)
        assert ratio["fastapi"] > ratio["django"] > ratio["flask"]

    def test_nothing_known_is_an_empty_table(self) -> None:
        found = agreement(stars(), downloads(), (STARS, PIP), date(2010, 1, 1), FINAL)
        assert (len(found.table), found.against, found.interval) == (0, (), None)
        assert np.isnan(found.tau)
        assert np.isnan(found.opposed)


def test_flows_count_over_the_same_period_and_per_thirty_days() -> None:
    """c's month is younger, but a and b share another window."""
    x = frame([(name, "2020-02-01", "2020-02-01", value) for name, value in (("a", 10), ("b", 20), ("c", 30))])
    half = [("a", "2020-01-01", "2020-01-15", 50.0), ("b", "2020-01-01", "2020-01-15", 10.0)]
    y = frame([*half, ("c", "2020-01-01", "2020-01-31", 1.0)])
    found = agreement(x, y, (STARS, PIP), date(2020, 2, 1), FINAL)
    assert column(found, "y") == {"a": 100.0, "b": 20.0}
    assert found.against == (("b", "a"),)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path_factory.mktemp('use') / 'uptake.db'}"
    migrate(url)
    with Store.open(url) as opened:
        run = opened.start_run("almanac", trigger="cli", now=NOW)
        collect_source(opened, CATALOG, "almanac", run, access=None, clock=FixedClock(NOW), holder="test")
        yield opened


class TestAnswer:
    def test_in_words(self, store: Store) -> None:
        """Six frameworks had both: four of fifteen pairs are the other way round."""
        answer = use(store, CATALOG, NOW, on=POST)
        assert "4 of 15 pairs of 6 frameworks in opposite order (Kendall's tau 0.47" in answer.sentence
        assert "no agreement that chance could not bring" in answer.sentence
        assert "They disagree most on FastAPI and Tornado" in answer.sentence
        assert "For each million of downloads FastAPI had 43,215 stars" in answer.sentence  # 23,322 / 0.539669

    def test_over_time_and_as_json(self, store: Store) -> None:
        answer = use(store, CATALOG, NOW, frameworks=("flask", "django", "fastapi"), on=POST, months=6)
        assert [str(found.on) for found in answer.trail][-2:] == ["2020-09-30", "2020-10-31"]
        told = json.loads(json.dumps(use_json(answer)))
        assert (told["frameworks"], len(told["trail"]), told["low"]) == (3, 6, None)
        assert {row["framework"] for row in told["rows"]} == {"flask", "django", "fastapi"}
        assert ["django", "flask"] in told["against"]

    def test_what_cannot_be_asked(self, store: Store) -> None:
        with pytest.raises(QuestionError, match="did you mean stars"):
            use(store, CATALOG, NOW, x="star")
        with pytest.raises(QuestionError, match="not known of any"):
            use(store, CATALOG, NOW, y="downloads_no_mirrors")
        with pytest.raises(QuestionError, match="no total"):
            use(store, CATALOG, NOW, y="downloads_no_mirrors_by_python")


@given(st.integers(-6, 6), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=15)
def test_a_planted_lead_is_found(months: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    change = random.normal(0, 0.05, 90)
    one, other = change[10:70], change[10 - months : 70 - months] + random.normal(0, 0.01, 60)
    levels = [np.exp(np.concatenate([[5.0], 5 + np.cumsum(c)])) for c in (one, other)]
    found = lag(levels[0], levels[1])
    assert found is not None
    assert (found.months, found.told) == (months, True)


def test_independent_series_seldom_seem_to_lead() -> None:
    """One in twenty by construction; of 60 pairs no more than eight."""
    random = np.random.default_rng(4)
    levels = np.exp(np.cumsum(random.normal(0, 0.05, (120, 60)), axis=1))
    found = [lag(levels[k], levels[k + 60], draws=100) for k in range(60)]
    assert sum(f is not None and f.told for f in found) <= 8


def test_short_or_flat_series_have_no_lag() -> None:
    assert lag(np.arange(1.0, 30.0), np.arange(1.0, 30.0)) is None
    assert lag(np.ones(60), np.arange(1.0, 61.0)) is None
