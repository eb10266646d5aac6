"""Rank agreement against scipy, intervals that are the same every time, leads and lags that were planted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.agreement.lead_lag import Run, lag, lag_of_changes, runs, together
from analysis.agreement.rank_agreement import (
    Agreement,
    agree,
    drift,
    kendall,
    per_million,
    rank_agreement,
    sides,
    tau_interval,
)
from analysis.breaks import incident_rows
from analysis.share_intervals import Interval
from answers.agreement.answer import agreement, agreement_json
from answers.questions import QuestionError
from catalog import Break, almanac, load
from migrations import migrate
from storage import Batch, Observation, Payload, Period, Store
from tests.support.planting import days, plant

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
        """Django led Flask in stars (53,772 v 52,944) and had less than half its downloads."""
        found = rank_agreement(stars(), downloads(), (STARS, PIP), POST, FINAL)
        assert dict(zip(found.table["framework"], found.table["y_seen"], strict=True))["flask"] == date(2020, 10, 31)
        seen = column(found, "x")
        assert seen["django"] - seen["flask"] == 828
        assert ("django", "flask") in found.against
        assert found.tau == pytest.approx(stats.kendalltau(found.table["x"], found.table["y"]).statistic)
        assert found.opposed == pytest.approx((1 - found.tau) / 2)  # there are no ties
        assert found.interval is not None

    def test_stars_per_million_downloads(self) -> None:
        """By hand: so many stars on 4.484337 million downloads of Django in 30 days, 10.809343 million of Flask."""
        found = rank_agreement(stars(), downloads(), (STARS, PIP), POST, FINAL)
        ratio, seen = per_million(found), column(found, "x")
        assert ratio["django"] == pytest.approx(seen["django"] / 4.484337)
        assert ratio["flask"] == pytest.approx(seen["flask"] / 10.809343)
        assert ratio["fastapi"] > ratio["django"] > ratio["flask"]

    def test_nothing_known_is_an_empty_table(self) -> None:
        found = rank_agreement(stars(), downloads(), (STARS, PIP), date(2010, 1, 1), FINAL)
        assert (len(found.table), found.against, found.interval) == (0, (), None)
        assert np.isnan(found.tau)
        assert np.isnan(found.opposed)


def test_flows_count_over_the_same_period_and_per_thirty_days() -> None:
    """c's month is younger, but a and b share another window."""
    x = frame([(name, "2020-02-01", "2020-02-01", value) for name, value in (("a", 10), ("b", 20), ("c", 30))])
    half = [("a", "2020-01-01", "2020-01-15", 50.0), ("b", "2020-01-01", "2020-01-15", 10.0)]
    y = frame([*half, ("c", "2020-01-01", "2020-01-31", 1.0)])
    found = rank_agreement(x, y, (STARS, PIP), date(2020, 2, 1), FINAL)
    assert column(found, "y") == {"a": 100.0, "b": 20.0}
    assert found.against == (("b", "a"),)


class TestAnswer:
    def test_in_words(self, full: Store) -> None:
        """Seven frameworks had both: by hand nine of twenty-one pairs are the other way round, tau (12 - 9) / 21."""
        answer = agreement(full, CATALOG, NOW, on=POST)
        assert answer.verdict == (
            "Not reliably: in November 2020 the framework with more stars had fewer downloads in 9 of 21 pairs."
        )
        assert answer.sentence.startswith(answer.verdict)
        assert "tau is 0.14 on a scale from −1 to 1 (7 frameworks" in answer.sentence
        assert "There may be no relationship." in answer.sentence
        assert "They disagree most on FastAPI and aiohttp" in answer.sentence
        assert "Per million downloads, FastAPI had 43,395 stars" in answer.sentence  # 23,419 / 0.539669

    def test_over_time_and_as_json(self, full: Store) -> None:
        answer = agreement(full, CATALOG, NOW, frameworks=("flask", "django", "fastapi"), on=POST, months=6)
        assert [str(found.on) for found in answer.month_ends][-2:] == ["2020-09-30", "2020-10-31"]
        told = json.loads(json.dumps(agreement_json(answer)))
        assert (told["frameworks"], len(told["trail"]), told["low"]) == (3, 6, None)
        assert {row["framework"] for row in told["rows"]} == {"flask", "django", "fastapi"}
        assert ["django", "flask"] in told["against"]

    def test_what_cannot_be_asked(self, full: Store) -> None:
        with pytest.raises(QuestionError, match="did you mean stars"):
            agreement(full, CATALOG, NOW, x="star")
        with pytest.raises(QuestionError, match="None of these frameworks has data"):
            agreement(full, CATALOG, NOW, y="downloads_no_mirrors")
        with pytest.raises(QuestionError, match="no total"):
            agreement(full, CATALOG, NOW, y="downloads_no_mirrors_by_python")

    def test_without_a_day_or_a_count_the_answer_chooses_and_says_why(self, full: Store) -> None:
        answer = agreement(full, CATALOG, NOW)
        assert (answer.y.id, str(answer.on), len(answer.ranking.table)) == ("downloads_pip_30d", "2024-06-30", 12)
        assert "Of 2 counts, this uses pip downloads per 30 days" in answer.choice
        assert "None of the counts is up to date." in answer.choice
        assert "31 October 2024, the last day in both counts, has only 6 (tau −0.33)." in answer.choice
        assert agreement(full, CATALOG, NOW, y="downloads_pip_30d", on=answer.on).choice == ""
        assert answer.verdict == agreement(full, CATALOG, NOW, y="downloads_pip_30d", on=answer.on).verdict

    def test_no_day_knows_more_frameworks_than_the_one_chosen(self, full: Store) -> None:
        chosen = agreement(full, CATALOG, NOW, months=12)
        year = [agreement(full, CATALOG, NOW, on=date(2024, month, 28)) for month in (2, 5, 9)]
        assert len(chosen.ranking.table) == max(len(answer.ranking.table) for answer in (chosen, *year))

    def test_a_current_count_of_more_frameworks_is_taken_before_an_older_one(self, tmp_path: Path) -> None:
        """Two metrics of this week for seven frameworks: the one that leaves mirrors out is taken, not the longest."""
        url = f"sqlite:///{tmp_path / 'live.db'}"
        migrate(url)
        names = ("flask", "django", "fastapi", "sanic", "tornado", "bottle", "falcon")
        days = [NOW.date() - timedelta(days=back) for back in range(2, 62)]
        with Store.open(url) as live:
            run = live.start_run("pypistats", trigger="cli", now=NOW)
            for n, name in enumerate(names):
                seen = [Observation("stars", name, Period.day(NOW.date() - timedelta(days=1)), 1000 * (n + 1))]
                for metric in ("downloads_no_mirrors", "downloads_with_mirrors"):
                    seen += [Observation(metric, name, Period.day(day), 10 * (n + 1)) for day in days]
                seen += [Observation("downloads_with_mirrors", name, Period.day(days[-1] - timedelta(days=1)), 1)]
                payload = Payload("pypistats", "https://example.org", name.encode(), NOW)
                live.write(run.id, name, "overall", Batch(payload, tuple(seen)))
            answer = agreement(live, CATALOG, NOW)
        assert (answer.y.id, answer.ranking.tau) == ("downloads_no_mirrors", 1.0)
        assert answer.verdict.startswith("Largely: in November 2026")
        assert "that count is up to date and covers the most frameworks (7) without mirror copies" in answer.choice
        assert answer.on == NOW.date() - timedelta(days=1)

    def test_a_registered_misreading_decides_nothing_and_is_named(self, full: Store) -> None:
        """Quart was read as 29 stars on 2026-03-26: 3,507 of the week before stand for it, within the metric's gap."""
        answer = agreement(full, CATALOG, NOW, y="downloads_all_window", on=date(2026, 3, 31))
        assert column(answer.ranking, "x")["quart"] == 3507
        assert "Left out as misread: Quart with 29 stars on 26 March 2026." in answer.choice
        assert not any("Quart" in sentence for sentence in answer.anomalies)  # it is not among the figures counted
        assert agreement_json(answer)["left_out"][0] | {"day": ""} == {
            "framework": "quart", "metric": "stars", "day": "", "value": 29.0, "incident": "quart-misread-2026-03",
        }  # fmt: skip
        window, day = CATALOG.metrics["downloads_all_window"], date(2026, 3, 31)
        raw = rank_agreement(full.read("stars"), full.read(window.id), (STARS, window), day, date(2026, 4, 30))
        assert column(raw, "x")["quart"] == 29  # what is stored is what was published

    def test_what_looks_odd_is_named_and_counted(self, full: Store) -> None:
        """Django's burst of stars of September 2020 stands out by the one rule for all; it is counted all the same."""
        answer = agreement(full, CATALOG, NOW, y="downloads_pip_30d", on=date(2020, 10, 15))
        assert any(sentence.startswith("Django gained up to") for sentence in answer.anomalies), answer.anomalies
        assert "django" in set(answer.ranking.table["framework"])
        assert agreement_json(answer)["odd"] == list(answer.anomalies)

    def test_all_eighteen_misreadings_are_left_out_and_no_good_reading(self, full: Store) -> None:
        seen = full.read("stars", ["quart"])
        wrong = incident_rows(seen, STARS, CATALOG.breaks)
        assert seen[wrong]["value"].tolist() == [1] * 12 + [6, 7, 12, 29, 29, 29]
        assert seen[~wrong]["value"].min() > 800

    def test_over_time_the_same_frameworks_since_the_counting_last_changed(self, full: Store) -> None:
        past = agreement(full, CATALOG, NOW).history
        assert past.drift is not None
        assert (str(past.drift.since), past.drift.frameworks, past.drift.beyond_chance) == ("2021-04-30", 11, False)
        assert "has not changed beyond chance: tau 0.53 in April 2021, 0.42 in June 2024" in past.sentence
        assert all(len(month.table) >= 9 for month in past.months)
        inside = agreement(full, CATALOG, NOW, y="downloads_pip_30d", on=POST).history
        assert inside.drift is None
        assert "the counting changed then (Old download table undercounted" in inside.sentence

    def test_over_time_goes_back_as_far_as_the_two_do_whatever_they_are(self, full: Store) -> None:
        past = agreement(full, CATALOG, NOW, y="so_worked_with").history
        assert len(past.months) > 24

    def test_no_change_of_counting_is_told_where_there_was_none(self, sqlite_store: Store) -> None:
        """Six frameworks by forks and stars, for two months: too short, and nothing was counted otherwise."""
        sqlite_store.mirror_frameworks([(one.id, one.title) for one in CATALOG.frameworks.values()])
        for place, name in enumerate(("flask", "django", "fastapi", "bottle", "quart", "sanic")):
            for metric in ("stars", "forks"):
                values = dict.fromkeys(days(date(2026, 9, 1), date(2026, 10, 31)), 100.0 + place)
                plant(sqlite_store, metric, name, values, NOW)
        past = agreement(sqlite_store, CATALOG, NOW, y="forks").history
        assert past.sentence.endswith("changed: the same frameworks were not recorded together for a year.")

    def test_a_count_that_goes_back_too_little_hands_over_to_one_that_goes_further(self, full: Store) -> None:
        answer = agreement(full, CATALOG, NOW, y="downloads_all_window")
        assert (answer.history.y.id, answer.leads.y.id) == ("downloads_pip_30d", "downloads_pip_30d")
        assert (
            "There are only 17 months of monthly PyPI downloads, so over time this uses pip downloads per 30 days."
            in answer.memory
        )

    def test_leads_are_told_in_words_and_only_where_chance_could_not_bring_them(self, full: Store) -> None:
        answer = agreement(full, CATALOG, NOW).leads
        assert (
            "Stars do not reliably move before or after downloads, for any of 6 frameworks or for all together."
            in answer.sentence
        )
        assert {row.framework: row.months for row in answer.rows}["flask"] == 32  # 2021-11 to 2024-06
        short = agreement(full, CATALOG, NOW, y="downloads_pip_30d", on=POST).leads
        assert "that takes 28 months without gaps or changes in counting" in short.sentence

    def test_both_surveys_stand_beside_both(self, full: Store) -> None:
        """2024 by hand: stars Django, FastAPI, Flask, Tornado, Starlette; the survey FastAPI, Django, Flask, Starlette,
        Tornado: two pairs apart.
        """
        found = {answer.survey.id: answer for answer in agreement(full, CATALOG, NOW).surveys}
        assert set(found) == {"so_worked_with", "pds_use"}
        assert set(found["pds_use"].by_x.against) == {("fastapi", "django"), ("starlette", "tornado")}
        assert "ranks 2 of 10 pairs in opposite order to stars (5 frameworks, tau 0.60)" in found["pds_use"].sentence
        assert found["so_worked_with"].year == 2024


def test_a_drift_is_that_of_the_same_frameworks() -> None:
    """Eight frameworks turned upside down: tau 1 to -1; a ninth, known only later, counts for nothing."""
    names = "abcdefgh"
    x = frame([(name, day, day, float(n)) for n, name in enumerate(names) for day in ("2020-01-31", "2021-01-31")])
    late = frame([("z", "2021-01-31", "2021-01-31", 99.0)])
    y = [(name, "2020-01-31", "2020-01-31", float(n + 1)) for n, name in enumerate(names)]
    y += [(name, "2021-01-31", "2021-01-31", float(9 - n)) for n, name in enumerate(names)]
    y += [("z", "2021-01-31", "2021-01-31", 50.0)]
    ready = sides(pd.concat([x, late]), frame(y), (STARS, STARS), FINAL)
    change = drift(agree(ready, date(2020, 1, 31)), agree(ready, date(2021, 1, 31)))
    assert change is not None
    assert (change.before, change.after, change.frameworks, change.beyond_chance) == (1.0, -1.0, 8, True)
    same = drift(agree(ready, date(2020, 1, 31)), agree(ready, date(2020, 1, 31)))
    assert same is not None
    assert (same.interval, same.beyond_chance) == (Interval(0.0, 0.0), False)


@given(st.integers(-6, 6), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=15)
def test_a_planted_lead_is_found(months: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    change = random.normal(0, 0.05, 90)
    one, other = change[10:70], change[10 - months : 70 - months] + random.normal(0, 0.01, 60)
    levels = [np.exp(np.concatenate([[5.0], 5 + np.cumsum(c)])) for c in (one, other)]
    found = lag(levels[0], levels[1])
    assert found is not None
    assert (found.months, found.beyond_chance) == (months, True)


def swinging(random: np.random.Generator, size: int) -> np.ndarray:
    """Changes that swing back, as noisy levels do, with a season of their own."""
    season = 0.5 * np.sin(2 * np.pi * np.arange(size + 1) / 12)
    return np.diff(season + random.normal(0, 0.5, size + 1) + np.cumsum(random.normal(0, 0.3, size + 1)))


def trended(random: np.random.Generator, size: int) -> np.ndarray:
    """Changes of which each holds half of the one before."""
    found = random.normal(size=size)
    for k in range(1, size):
        found[k] += 0.5 * found[k - 1]
    return found


@pytest.mark.parametrize("kind", [swinging, trended])
@pytest.mark.parametrize("size", [31, 48, 96])
def test_unrelated_series_seldom_seem_to_lead(
    kind: Callable[[np.random.Generator, int], np.ndarray], size: int
) -> None:
    """One in twenty at most; of 150 pairs 14 are more than three standard deviations above that."""
    random = np.random.default_rng(size)
    pairs = [(kind(random, size), kind(random, size)) for _ in range(150)]
    found = [lag_of_changes(one, other, draws=250, seed=n) for n, (one, other) in enumerate(pairs)]
    assert sum(f is not None and f.beyond_chance for f in found) <= 14


def test_short_or_flat_series_have_no_lag() -> None:
    assert lag(np.arange(1.0, 28.0), np.arange(1.0, 28.0)) is None
    assert lag(np.ones(60), np.arange(1.0, 61.0)) is None


def test_the_correlation_is_numpys() -> None:
    random = np.random.default_rng(6)
    one, other = random.normal(size=30), random.normal(size=30)
    found = lag_of_changes(one, other)
    assert found is not None
    k = found.months
    a, b = (one[: 30 - k], other[k:]) if k >= 0 else (one[-k:], other[: 30 + k])
    assert found.most == 6
    assert found.correlation == pytest.approx(np.corrcoef(a, b)[0, 1])


def months_of(name: str, values: dict[str, float]) -> list[tuple[str, str, str, float]]:
    ends = {month: pd.Period(month, "M").end_time.date().isoformat() for month in values}
    return [(name, f"{month}-01", ends[month], value) for month, value in values.items()]


def test_a_run_ends_at_a_hole_a_break_and_a_month_without_gain() -> None:
    """Windows of calendar months, stars on each month's last day: 2021 has a hole in May and no gain in September."""
    names = [f"2021-{month:02}" for month in range(1, 13)]
    windows = {month: 100.0 for month in names if month != "2021-05"}
    level, rows = 0.0, []
    for month in ("2020-12", *names):
        level += 0.0 if month == "2021-09" else 10.0
        day = pd.Period(month, "M").end_time.date().isoformat()
        rows.append(("flask", day, day, level))
    found = runs(frame(rows), frame(months_of("flask", windows)), (STARS, PIP), FINAL)["flask"]
    assert (found.since, found.until, found.x.tolist()) == (date(2021, 1, 1), date(2021, 4, 1), [10.0] * 4)
    assert found.y[0] == pytest.approx(100 * 30 / 31)
    cut = Break("cut", "break", "", "", date(2021, 2, 10), date(2021, 2, 10), (PIP.id,), "")
    broken = runs(frame(rows), frame(months_of("flask", windows)), (STARS, PIP), FINAL, [cut])["flask"]
    assert (broken.since, broken.until) == (date(2021, 10, 1), date(2021, 12, 1))


def test_the_mean_course_leads_where_all_lead_a_little() -> None:
    """Ten frameworks that follow one hidden course, downloads two months later, each under its own noise."""
    random = np.random.default_rng(9)
    hidden = random.normal(size=102)
    found = {}
    for n in range(10):
        changes = [hidden[2:] + random.normal(0, 1.5, 100), hidden[:-2] + random.normal(0, 1.5, 100)]
        levels = [np.exp(np.concatenate([[0.0], np.cumsum(0.05 * c)])) for c in changes]
        found[f"f{n}"] = Run(0, levels[0], levels[1])
    joint = together(found)
    assert joint is not None
    told = lag(joint[0].x, joint[0].y)
    assert told is not None
    assert (told.months, told.beyond_chance, len(joint[1])) == (2, True, 10)
