"""Forecasts: the model against closed forms and simulated truth, what is refused, what is kept, and who may fit."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from statsmodels.tsa.statespace.exponential_smoothing import ExponentialSmoothing
from streamlit.testing.v1.element_tree import Element

from analysis.forecast import backtest as tested
from analysis.forecast import model
from analysis.forecast.monthly_history import History, Unforeseeable, history, month_end, ratio
from answers.forecast import chance_text, forecast, forecast_json, rough_text
from answers.question import QuestionError
from catalog import Break, Kind, Metric, load
from collectors import holder_here
from dashboard.forecasts import StoredForecast
from dashboard.views.forecast import chart
from dashboard.views.forecast.page import closest
from migrations import migrate
from storage import Batch, Observation, Payload, Period, Store
from tests.support.serving import ROOT, Server, serving
from tests.support.visiting import opened, words
from uptake.cli import commands
from uptake.clock import SystemClock
from uptake.forecasts import Fits, ForecastRequest, Unit, fit_forecasts
from uptake.scheduler.refit import LEASE, BusyForecasting, Refit
from uptake.settings.table import load_settings

STARS = Metric("stars", "GitHub stars", "stars", Kind.STOCK, "day", "stars", "", "", "", (), ("github",), 40, "")
FLOW = Metric("d", "Downloads", "downloads", Kind.FLOW, "day", "downloads", "", "", "", (), ("x",), 3, "")
WINDOW = replace(FLOW, id="w", period="window")
SHARE = Metric("s", "Worked with", "share", Kind.SHARE, "year", "survey", "", "", "", (), ("x",), 0, "use")
FINAL = date(2026, 11, 19)
LAST = 12 * 56 + 9  # October 2026, in months since 1970-01


# -- simulated truth ---------------------------------------------------------------------------------------------------


def simulated(rng: np.random.Generator, months: int, alpha: float = 0.8, beta: float = 0.1, phi: float = 1.0) -> Any:
    """A path of ETS(A,A[d],N): the state equations of Hyndman et al. (2008), chapter 3, written down once more."""
    level, trend, told = 8.0, 0.02, []
    for shock in rng.normal(0, 0.01, months):
        told.append(level + phi * trend + shock)
        level, trend = level + phi * trend + alpha * shock, phi * trend + beta * shock
    return np.array(told)


@pytest.mark.parametrize(("fading", "phi"), [(False, 1.0), (True, 0.95)])
def test_intervals_reach_their_nominal_coverage_on_a_known_process(fading: bool, phi: float) -> None:
    rng = np.random.default_rng(20261122)
    held: dict[float, list[float]] = {0.8: [], 0.95: []}
    for _ in range(90):
        path = simulated(rng, 96 + 12, phi=phi)
        ahead = model.fit(path[:96], fading=fading).ahead(12)
        for level, shares in held.items():
            low, high = ahead.bounds(level)
            shares.append(float(((low <= path[96:]) & (path[96:] <= high)).mean()))
    # Twelve months of one path go together, so 90 paths tell a share to within some five points (two deviations).
    assert abs(np.mean(held[0.8]) - 0.80) < 0.06
    assert abs(np.mean(held[0.95]) - 0.95) < 0.04


def test_the_backtest_finds_nominal_coverage_where_the_model_is_true_and_knows_where_it_is_not() -> None:
    rng = np.random.default_rng(7)
    true = [tested.backtest(History(0, simulated(rng, 120)), fading=False).over(1, 12) for _ in range(6)]
    assert 0.68 < np.mean([row.held80 for row in true]) < 0.90
    calm = np.concatenate([simulated(rng, 40), 8.8 + np.cumsum(rng.choice([-0.3, 0.3], 60))])  # steps of another size
    with pytest.raises(Unforeseeable) as refusal:
        tested.horizon(tested.better([tested.backtest(History(0, calm), fading=f) for f in (False, True)]))
    assert refusal.value.code in ("backtest", "naive")
    assert "Its own back-test is bad" in str(refusal.value)


@pytest.mark.parametrize("fading", [False, True])
def test_mean_and_variance_ahead_are_those_of_the_textbook(fading: bool) -> None:
    """Hyndman et al. (2008), table 6.2: the variance h ahead is that of a shock times 1 + the sum of c_j squared."""
    path = simulated(np.random.default_rng(3), 80, phi=0.9 if fading else 1.0)
    found = model.fit(path, fading=fading)
    alpha, beta, *rest = found.results.params
    phi = rest[0] if fading else 1.0
    ahead = found.ahead(24)
    steps = np.cumsum(phi ** np.arange(1, 24))
    variance = found.results.scale * np.concatenate([[1.0], 1 + np.cumsum((alpha + beta * steps) ** 2)])
    assert ahead.sd == pytest.approx(np.sqrt(variance) * found.scale, rel=1e-6)
    pace = np.diff(ahead.mean)
    assert pace[1:] / pace[:-1] == pytest.approx(np.full(22, phi), rel=1e-6)


def test_months_that_were_not_seen_are_borne() -> None:
    path = simulated(np.random.default_rng(4), 80)
    whole = model.fit(path, fading=False).ahead(12)
    path[[20, 21, 22, 50]] = np.nan
    holey = model.fit(path, fading=False).ahead(12)
    assert np.isfinite(holey.mean).all()
    assert holey.mean == pytest.approx(whole.mean, abs=0.03)


# -- the chance to pass ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behind", [1, 2, 4])
def test_the_first_passage_is_that_of_the_reflection_principle(behind: int) -> None:
    """Of all 1,024 walks of ten steps: P(max >= m) = P(end >= m) + P(end > m), counted by binomials."""
    walks = np.cumsum(np.array(list(product((-1, 1), repeat=10))), axis=1)

    def at_least(m: int) -> float:
        return sum(math.comb(10, ups) for ups in range(11) if 2 * ups - 10 >= m) / 1024

    found = model.passed(walks - behind + 0.5)  # above zero means: has reached `behind`
    assert found[-1] == at_least(behind) + at_least(behind + 1)
    assert (np.diff(found) >= 0).all()


def test_the_chance_against_a_random_walk_is_that_of_the_closed_form() -> None:
    """Brownian motion watched monthly: 2 P(end > gap + 0.5826 sd), the correction of Broadie, Glasserman and Kou."""
    rng = np.random.default_rng(11)
    path = np.cumsum(rng.normal(0, 1, 200))
    path = path - path[-1] - 3.0  # now behind by three steps
    walk = ExponentialSmoothing(
        path, trend=True, damped_trend=False, initialization_method="known", initial_level=path[0], initial_trend=0.0
    )  # fmt: skip
    found = model.Fitted(walk.smooth([1 - 1e-9, 1e-9]), 0.0, 1.0)
    at, by = model.chances(found, History(0, path), 24)
    sd = math.sqrt(found.results.scale)
    normal = NormalDist()
    for months in (6, 12, 24):
        spread = sd * math.sqrt(months)
        assert at[months - 1] == pytest.approx(1 - normal.cdf(3 / spread), abs=0.001)
        assert by[months - 1] == pytest.approx(2 * (1 - normal.cdf((3 + 0.5826 * sd) / spread)), abs=0.02)


def test_chances_are_of_the_one_behind_whichever_side_of_the_ratio_it_is_on() -> None:
    path = simulated(np.random.default_rng(5), 60) - 8.0
    path = path - path[-1] - 0.05
    both = [History(0, path), History(0, -path)]
    told = [model.chances(model.fit(h.logs, fading=False), h, 12) for h in both]
    for one, other in zip(*told, strict=True):
        assert one == pytest.approx(other, abs=0.03)
    assert (told[0][1] >= told[0][0]).all()


# -- months ------------------------------------------------------------------------------------------------------------


def frame(values: Sequence[float], last: int = LAST, framework: str = "flask") -> pd.DataFrame:
    """A level at the end of each month up to `last`; NaN leaves it out."""
    ends = [pd.Timestamp(month_end(last - n)) for n in range(len(values))][::-1]
    rows = pd.DataFrame({"framework": framework, "dimension": "", "period": ends, "period_end": ends, "value": values})
    return rows.dropna().assign(source="github", retrieved_at=pd.Timestamp("2026-11-20", tz="UTC"))


def daily(value: Callable[[date], float], since: date, until: date) -> pd.DataFrame:
    days = pd.date_range(since, until)
    rows = pd.DataFrame({"framework": "flask", "dimension": "", "period": days, "period_end": days})
    rows["value"] = [value(day.date()) for day in days]
    return rows.assign(source="x", retrieved_at=pd.Timestamp("2026-11-20", tz="UTC"))


def growing(months: int) -> list[float]:
    return [10_000 * 1.01**n for n in range(months)]


def broken(kind: str, since: date, until: date) -> Break:
    return Break("b", kind, "The rule changed", "", since, until, ("stars",), "", ())


def test_a_history_is_of_whole_final_months_seen_in_their_last_week() -> None:
    seen = frame(growing(40))
    running = pd.concat([seen, frame([99.0], LAST + 1).assign(period_end=pd.Timestamp("2026-11-18"))])
    known = history(running, STARS, (), "flask", FINAL)
    assert (month_end(known.last), len(known.logs), known.seen) == (date(2026, 10, 31), 40, 40)
    assert np.exp(known.logs) == pytest.approx(growing(40))
    early = seen.assign(period_end=seen["period_end"] - pd.Timedelta(days=7))  # not in the last seven days any more
    with pytest.raises(Unforeseeable, match="No whole month"):
        history(early, STARS, (), "flask", FINAL)


def test_a_flow_is_a_mean_per_day_and_a_month_with_a_missing_day_is_not_known() -> None:
    seen = daily(lambda day: 100.0 + day.month, date(2022, 1, 1), FINAL)
    seen = seen[seen["period"] != "2024-02-10"]
    known = history(seen, FLOW, (), "flask", FINAL)
    assert known.seen == len(known.logs) - 1 == 57
    assert math.isnan(known.logs[25])
    assert np.exp(known.logs[[0, 1, -1]]) == pytest.approx([101, 102, 110])


def test_a_window_counts_per_day() -> None:
    rows = frame([30 * value for value in growing(40)])
    rows["period"] = rows["period_end"] - pd.Timedelta(days=29)
    assert np.exp(history(rows, WINDOW, (), "flask", FINAL).logs) == pytest.approx(growing(40))


def test_what_lies_before_a_break_is_left_out_and_an_incident_is_a_month_not_seen() -> None:
    breaks = (
        broken("break", date(2020, 1, 1), date(2021, 3, 31)),
        broken("incident", date(2024, 5, 31), date(2024, 6, 2)),
    )
    known = history(frame(growing(90)), STARS, breaks, "flask", FINAL)
    assert month_end(known.first) == date(2021, 4, 30)
    assert "The rule changed" in known.began
    assert known.seen == len(known.logs) - 1
    mere = (replace(breaks[0], kind="notice"), replace(breaks[0], frameworks=("django",)))
    assert len(history(frame(growing(90)), STARS, mere, "flask", FINAL).logs) == 90


@pytest.mark.parametrize(
    ("values", "metric", "breaks", "code", "said"),
    [
        (growing(35), STARS, (), "short", "Only 35 whole months are known .*, and it takes 36"),
        (growing(60), STARS, (broken("break", date(2024, 1, 1), date(2024, 12, 31)),), "broken", "Only 22 whole"),
        ([*growing(50), *[math.nan] * 8, *growing(30)], STARS, (), "broken", "since a hole of 8 months"),
        ([*growing(50), *[value * 9 for value in growing(30)]], STARS, (), "broken", "since a jump from"),
        ([v if n % 2 else math.nan for n, v in enumerate(growing(80))], STARS, (), "holes", "40 of 79 months"),
        ([500.0] * 60, STARS, (), "flat", "Nothing moved"),
        ([0.2 + 0.01 * n for n in range(60)], replace(WINDOW), (), "small", "too small"),
        (growing(60), SHARE, (), "kind", "once a year"),
        ([], STARS, (), "unseen", "No whole month"),
    ],
    ids=["short", "a break", "a hole", "a jump", "holes", "flat", "small", "a share", "unseen"],
)  # fmt: skip
def test_what_cannot_be_learned_from_is_refused_with_the_reason(
    values: list[float], metric: Metric, breaks: tuple[Break, ...], code: str, said: str
) -> None:
    with pytest.raises(Unforeseeable, match=said) as refusal:
        history(frame(values), metric, breaks, "flask", FINAL)
    assert refusal.value.code == code


def test_a_ratio_is_of_the_months_both_were_seen() -> None:
    a = history(frame(growing(60)), STARS, (), "flask", FINAL)
    b = history(frame([2 * value + n for n, value in enumerate(growing(50))], LAST - 2), STARS, (), "flask", FINAL)
    found = ratio(a, b)
    assert (len(found.logs), month_end(found.last)) == (50, date(2026, 8, 31))
    assert np.exp(found.logs[0]) == pytest.approx(1.01**8 / 2)
    with pytest.raises(Unforeseeable, match="never seen in the same month"):
        ratio(a, History(0, np.zeros(40)))


# -- the gates ---------------------------------------------------------------------------------------------------------


def accuracy(
    months: int, n: int = 14, *, held80: float = 0.8, held95: float = 0.95, error: float = 0.01
) -> tested.Accuracy:
    return tested.Accuracy(months, n, held80, held95, error, 0.01)


def test_a_good_backtest_shows_two_years_where_it_reaches_so_far_and_else_one() -> None:
    near, far = [accuracy(m) for m in range(1, 13)], [accuracy(m) for m in range(13, 25)]
    assert tested.horizon(tested.Backtest(True, 16, tuple(near + far), 0, 0)) == 24
    assert tested.horizon(tested.Backtest(True, 16, tuple(near), 0, 0)) == 12
    assert tested.horizon(tested.Backtest(True, 16, tuple(near + [replace(r, held80=0.5) for r in far]), 0, 0)) == 12
    assert tested.horizon(tested.Backtest(True, 16, tuple(near + [replace(r, forecasts=11) for r in far]), 0, 0)) == 12


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        (accuracy(1, held80=0.64), "backtest", "of 14 forecasts from past months the 80 % interval held 64 %"),
        (accuracy(1, held95=0.79), "backtest", "the 95 % interval held 79 %, and it takes 80 %"),
        (
            accuracy(1, error=0.02),
            "naive",
            "off by 2.0 % on average, and simply going on at the last year's pace by 1.0 %",
        ),
    ],
    ids=["80 %", "95 %", "worse than the plain guess"],
)
def test_a_bad_backtest_is_refused_with_its_numbers(row: tested.Accuracy, code: str, said: str) -> None:
    with pytest.raises(Unforeseeable) as refusal:
        tested.horizon(tested.Backtest(True, 16, (row,), 0, 0))
    assert refusal.value.code == code
    assert said in str(refusal.value)


def test_a_backtest_uses_twelve_past_months_at_least_and_nothing_of_their_future() -> None:
    path = simulated(np.random.default_rng(9), 36)
    known = History(0, path)
    starts = tested.origins(known)
    assert len(starts) == 12
    spoilt = History(0, np.concatenate([path[:35], [99.0]]))
    told, other = (tested.backtest(h, fading=False) for h in (known, spoilt))
    assert told.rows[-1].forecasts == other.rows[-1].forecasts == 1  # twelve ahead: from month 24 to month 36 alone
    assert told.over(1, 12).forecasts == sum(range(1, 13))
    assert told.over(1, 11) != other.over(1, 11)  # the last month is in the future of all
    with pytest.raises(Unforeseeable, match="Only 11 past months"):
        tested.backtest(History(0, path[:35]), fading=False)


def test_the_plain_guess_goes_on_at_the_pace_of_the_last_twelve_months() -> None:
    assert model.naive(np.array([0.0, 5.0, *range(10, 23)]), 2) == pytest.approx([23.0, 24.0])
    assert model.naive(np.array([0.0, math.nan, 4.0]), 2) == pytest.approx([6.0, 8.0])


# -- fitted and kept ---------------------------------------------------------------------------------------------------


def walk(seed: int, start: float, months: int) -> list[float]:
    """Stars that end at `start`. The seeds used here are among those whose back-test turns out well."""
    told = simulated(np.random.default_rng(seed), months, alpha=0.9, beta=0.2, phi=0.98)
    return [round(value) for value in np.exp(told - told[-1]) * start]


def put(store: Store, framework: str, values: Sequence[float], last: int, metric: str = "stars") -> None:
    """A level at each month's end up to month `last`."""
    run = store.start_run("almanac", trigger="cli", now=datetime.now(UTC))
    days = [month_end(last - n) for n in range(len(values))][::-1]
    seen = tuple(Observation(metric, framework, Period.day(d), v) for d, v in zip(days, values, strict=True))
    store.write(
        run.id, framework, "stars", Batch(Payload("almanac", "x", repr(seen).encode(), datetime.now(UTC)), seen)
    )


def last_month() -> int:
    """The last month that is final now, whatever the day of the test."""
    day = datetime.now(UTC).date() - timedelta(days=40)
    return (day.year - 1970) * 12 + day.month - 1


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Flask and Django near each other, Gin ten times as high, Bottle too short."""
    url = f"sqlite:///{tmp_path_factory.mktemp('forecast') / 'uptake.db'}"
    migrate(url)
    with Store.open(url) as store:
        store.mirror_frameworks([(f.id, f.title) for f in load().frameworks.values()])
        for name, seed, start, months in (
            ("flask", 7, 50_000, 70), ("django", 8, 51_000, 70), ("gin", 9, 500_000, 70), ("bottle", 4, 9_000, 20),
        ):  # fmt: skip
            put(store, name, walk(seed, start, months), last_month())
    return url


@pytest.fixture(scope="module")
def kept(url: str) -> str:
    assert fitted(url) == Fits(made=4, refused=1, unchanged=0)
    return url


def fitted(url: str, wanted: ForecastRequest | None = None, stop: Callable[[], bool] = lambda: False) -> Fits:
    with Store.open(url) as store:
        return fit_forecasts(
            store, load(), SystemClock(), wanted or ForecastRequest(), report=lambda *_: None, stop=stop
        )


def documents(url: str) -> dict[tuple[str, str], str]:
    with Store.open(url, read_only=True) as store:
        return {(f.framework, f.rival): json.dumps(f.document, sort_keys=True) for f in store.forecasts()}


def test_each_alone_and_those_near_each_other_are_kept_and_the_short_one_refused(kept: str) -> None:
    told = {key: json.loads(text) for key, text in documents(kept).items()}
    assert set(told) == {("flask", ""), ("django", ""), ("gin", ""), ("bottle", ""), ("flask", "django")}
    assert told["bottle", ""]["refusal"]["code"] == "short"
    assert told["flask", "django"]["chance"]["ahead"] == "django"
    for document in told.values():
        assert document["refusal"] or len(document["months"]) in (12, 24)


def test_what_is_known_is_not_fitted_again_and_again_gives_the_same_bytes(kept: str) -> None:
    before = documents(kept)
    assert fitted(kept) == Fits(made=0, refused=0, unchanged=5)
    assert fitted(kept, ForecastRequest("stars", "flask", "django", again=True)).made == 3
    assert documents(kept) == before


def test_a_new_whole_month_is_fitted_anew(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(url)
    values = walk(13, 40_000, 70)
    with Store.open(url) as store:
        store.mirror_frameworks([("flask", "Flask")])
        put(store, "flask", values[:-1], last_month() - 1)
    assert fitted(url).made == 1
    with Store.open(url) as store:
        put(store, "flask", values, last_month())
    assert fitted(url).made == 1
    assert fitted(url).unchanged == 1
    with Store.open(url, read_only=True) as store:
        found = store.forecast("stars", "flask")
        assert found is not None
        assert found.through == month_end(last_month())


def test_what_was_last_seen_long_ago_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(url)
    with Store.open(url) as store:
        store.mirror_frameworks([("flask", "Flask")])
        put(store, "flask", walk(13, 40_000, 70), last_month() - 14)
    assert fitted(url) == Fits(made=0, refused=1, unchanged=0)
    assert json.loads(documents(url)["flask", ""])["refusal"]["code"] == "ended"


def test_one_process_at_a_time_may_fit_and_a_dead_one_is_not_waited_for(kept: str) -> None:
    now = datetime.now(UTC)
    with Store.open(kept) as store:
        lease = store.acquire(LEASE, holder_here(), 60, now)
        assert lease is not None
        with pytest.raises(BusyForecasting, match="already"):
            fitted(kept)
        store.release(lease)
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        host = holder_here().rpartition(":")[0]
        assert store.acquire(LEASE, f"{host}:{ended.pid}", 3600, now) is not None
    assert fitted(kept).unchanged == 5


def test_being_told_to_stop_it_finishes_the_one_in_hand(kept: str) -> None:
    asked = iter([False, True])
    told = fitted(kept, ForecastRequest("stars", again=True), stop=lambda: next(asked))
    assert (told.made + told.refused, told.stopped) == (1, True)


@pytest.mark.fault
def test_a_kill_leaves_nothing_half_and_the_next_goes_on(url: str, tmp_path: Path) -> None:
    copy = tmp_path / "uptake.db"
    with Store.open(url) as store:  # its last to close writes all into the one file
        store.ping()
    copy.write_bytes(Path(url.removeprefix("sqlite:///")).read_bytes())
    target = f"sqlite:///{copy}"
    migrate(target)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")}
    environment |= {"UPTAKE_DATABASE_URL": target, "PYTHONPATH": str(ROOT)}
    before = documents(target)
    process = subprocess.Popen([sys.executable, "-m", "uptake", "forecast", "--again", "--quiet"], env=environment)
    with Store.open(target, read_only=True) as store:
        give_up, first = time.monotonic() + 60, store.generation()
        while process.poll() is None and time.monotonic() < give_up and store.generation() < first + 1:
            time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    told = {key: json.loads(text) for key, text in documents(target).items()}
    assert told
    assert all("months" in document and "refusal" in document for document in told.values())
    done = fitted(target)  # at once: the lease of the dead one is taken over
    assert done.made + done.refused + done.unchanged == 5
    assert before.items() <= documents(target).items()


# -- the scheduler's part ----------------------------------------------------------------------------------------------


def test_the_scheduler_has_them_fitted_by_a_child_once(url: str, tmp_path: Path) -> None:
    copy = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(copy)
    with Store.open(copy) as store:
        store.mirror_frameworks([("flask", "Flask")])
        put(store, "flask", walk(13, 40_000, 70), last_month())
        settings = load_settings({"UPTAKE_DATABASE_URL": copy})
        refit = Refit(store, settings, SystemClock(), first_after_s=0.0)
        refit.beat()
        assert busy(refit)
        wait(lambda: ended(refit))
        assert [f.framework for f in store.forecasts()] == ["flask"]
        refit.due_now()
        refit.beat()
        assert not busy(refit)  # nothing was written since
        put(store, "flask", [41_000.0], last_month())
        refit.due_now()
        refit.beat()
        assert busy(refit)
        began = time.monotonic()
        refit.terminate()
        refit.wait(20)
        assert not busy(refit)
        assert time.monotonic() - began < 20


def busy(refit: Refit) -> bool:
    return refit.busy


def ended(refit: Refit) -> bool:
    refit.beat()
    return not refit.busy


def wait(done: Callable[[], bool], seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < give_up, "it never came"
        threading.Event().wait(0.05)


# -- the answer --------------------------------------------------------------------------------------------------------


def told(url: str, framework: str, rival: str = "", now: datetime | None = None, **more: Any) -> Any:
    with Store.open(url, read_only=True) as store:
        return forecast(store, load(), "stars", framework, rival, now or datetime.now(UTC), **more)


def test_the_sentence_of_one_has_its_interval_and_says_what_if(kept: str) -> None:
    found = told(kept, "flask")
    row = found.months[-1]
    assert found.status == "forecast"
    assert len(found.months) == 12
    assert found.sentence.startswith("If it goes on as before, and by this model, Flask stands at ")
    assert f"{rough_text(row['low80'])} to {rough_text(row['high80'])} in GitHub stars" in found.sentence
    assert "will" not in found.sentence
    test = found.backtest
    assert f"of {test['forecasts']} forecasts" in found.held
    assert f"the 80 % interval held {100 * test['held80']:.0f} % of the time" in found.held
    assert found.caveats[0].code == "forecast-knows-no-news"
    for row in found.months:
        assert row["low95"] <= row["low80"] <= row["median"] <= row["high80"] <= row["high95"]


def test_of_two_it_is_the_chance_of_the_one_behind_and_turned_round_the_same(kept: str) -> None:
    one, other = told(kept, "flask", "django"), told(kept, "django", "flask")
    assert "the chance that Flask passes Django in GitHub stars" in one.sentence
    assert one.sentence.partition(". With a")[0] == other.sentence.partition(". With a")[0]
    assert one.chance == other.chance
    assert other.months[5]["low80"] == pytest.approx(1 / one.months[5]["high80"])
    assert chance_text(one.chance[-1]["passed_by"]) in one.sentence


def test_a_day_says_which_month_and_one_outside_is_an_error(kept: str) -> None:
    day = month_end(last_month() + 3)
    assert told(kept, "flask", by=day).months[-1]["month"] == day
    assert len(told(kept, "flask", months=5).months) == 5
    with pytest.raises(QuestionError, match="lies outside"):
        told(kept, "flask", by=date(2001, 1, 1))
    with pytest.raises(QuestionError, match="1 to 24"):
        told(kept, "flask", months=25)
    with pytest.raises(QuestionError, match="two different"):
        told(kept, "flask", "flask")
    with pytest.raises(QuestionError, match="no framework"):
        told(kept, "flsk")


def test_why_there_is_none_is_said(kept: str) -> None:
    short = told(kept, "bottle")
    assert (short.status, short.code) == ("refused", "short")
    assert "Only 20 whole months are known" in short.sentence
    assert "There is none of Bottle alone" in told(kept, "bottle", "flask").sentence
    apart = told(kept, "gin", "flask")
    assert (apart.status, apart.code) == ("refused", "apart")
    assert "uptake forecast stars --framework gin --against flask" in apart.sentence
    assert told(kept, "rails").status == "none"
    assert "uptake forecast or the scheduler fits one" in told(kept, "rails").sentence
    assert told(kept, "flask", as_of=datetime(2020, 1, 1, tzinfo=UTC)).status == "none"
    later = told(kept, "flask", now=datetime.now(UTC) + timedelta(days=900))
    assert later.status == "over"
    assert "has run out" in later.sentence


def test_two_far_apart_are_set_against_each_other_when_asked(kept: str, tmp_path: Path) -> None:
    assert fitted(kept, ForecastRequest("stars", "gin", "flask")).made == 1
    found = told(kept, "gin", "flask")
    assert found.status == "forecast"
    assert "less than 1 %" in found.sentence


def test_a_chance_is_never_certain() -> None:
    assert [chance_text(p) for p in (0.0, 0.004, 0.5, 0.994, 1.0)] == [
        "less than 1 %", "less than 1 %", "50 %", "more than 99 %", "more than 99 %",
    ]  # fmt: skip
    assert [rough_text(v) for v in (1_234_567, 90_123, 151.2, 0.9871)] == ["1.23 million", "90,100", "151", "0.987"]


# -- the chart ---------------------------------------------------------------------------------------------------------


def test_the_fan_has_the_past_two_bands_and_a_dashed_middle(kept: str) -> None:
    found = told(kept, "flask")
    spec = chart.fan(found, chart.FanOptions("#123456", "stars", still=True)).to_dict()
    marks = [layer["mark"] for layer in spec["layer"]]
    assert [mark["opacity"] for mark in marks if mark["type"] == "area"] == [0.16, 0.26]
    assert [mark.get("strokeDash") for mark in marks if mark["type"] == "line"] == [None, [5, 4]]
    words = {row.get("label") for rows in spec["datasets"].values() for row in rows}
    assert {"80 %", "95 %"} <= words
    assert "params" not in json.dumps(spec["layer"])
    summary = chart.summary(found, "Flask")
    assert rough_text(found.months[-1]["high95"]) in summary
    assert len(chart.table(found)) == 12


def test_a_fan_that_spans_much_is_drawn_by_ratios(kept: str) -> None:
    found = told(kept, "flask")
    assert not chart.logarithmic(found)
    wide = [row | {"high95": 5 * row["high95"]} for row in found.months]
    found = replace(found, months=wide)
    assert chart.logarithmic(found)
    spec = chart.fan(found, chart.FanOptions("#123456", "stars")).to_dict()
    areas = [layer for layer in spec["layer"] if layer["mark"]["type"] == "area"]
    assert {layer["encoding"]["y"]["scale"]["type"] for layer in areas} == {"log"}


def test_the_curve_of_the_chance_names_its_ends(kept: str) -> None:
    found = told(kept, "flask", "django")
    spec = json.dumps(chart.chance(found, "Flask", chart.FanOptions("#123456", "")).to_dict())
    assert f"{chance_text(found.chance[-1]['passed_by'])} passed" in spec
    assert "Flask has passed by then" in spec
    assert chance_text(found.chance[-1]["passed_by"]) in chart.chance_summary(found, "Flask", "Django")


def test_the_race_shown_first_is_the_most_open_one() -> None:
    alone, dead = StoredForecast("a", "", "", "", "", 0.0), StoredForecast("c", "", "too short", "", "", 0.0)
    races = [
        StoredForecast("a", "b", "", "a", "b", 0.9),
        StoredForecast("a", "d", "", "a", "d", 0.4),
        StoredForecast("a", "e", "", "a", "e", 0.01),
    ]
    assert closest([alone, dead, *races]) == ("a", "d")
    assert closest([dead, alone]) == ("a", "")
    assert closest([dead]) == ("c", "")


# -- page, API, command ------------------------------------------------------------------------------------------------


@pytest.fixture
def at_kept(kept: str, at_store: Callable[..., None]) -> None:
    at_store(kept)


@pytest.mark.usefixtures("at_kept")
def test_the_page_answers_in_one_sentence_and_tells_how_often_it_held(kept: str) -> None:
    app = opened("forecast")
    found = told(kept, "flask", "django")
    assert app.header[0].value.replace("\\", "") == found.sentence.partition(". ")[0] + "."
    said = words(app).replace("\\", "")
    assert found.held in said
    assert "Each by itself" in said
    assert len(app.get("vega_lite_chart")) == 4
    alone = opened("forecast", a="flask", b="-", up_to=f"{month_end(last_month() + 6):%Y-%m}")
    assert alone.header[0].value.replace("\\", "") == told(kept, "flask", months=6).sentence.partition(". ")[0] + "."
    refused = opened("forecast", a="bottle", b="-")
    assert "There is no forecast of Bottle" in refused.header[0].value
    assert "Only 20 whole months" in words(refused)


def test_the_page_says_what_to_do_before_anything_was_fitted(at_store: Callable[..., None], sqlite_url: str) -> None:
    at_store(sqlite_url)
    app = opened("forecast")
    assert app.header[0].value.replace("\\", "") == "No forecast was fitted yet."
    assert [e.value for e in app.get("code") if isinstance(e, Element)] == ["uptake forecast"]


@pytest.fixture(scope="module")
def server(kept: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(kept, tmp_path_factory.mktemp("server")) as running:
        yield running


def test_the_api_says_what_the_answer_says(kept: str, server: Server) -> None:
    got = server.get("/api/v1/forecast.json?metric=stars&framework=flask&against=django&months=7")
    assert got.status == 200
    assert got.json == json.loads(json.dumps(forecast_json(told(kept, "flask", "django", months=7))))
    assert server.get("/api/v1/forecast.json?metric=stars&framework=rails").json["status"] == "none"
    for wrong in ("metric=stars", "metric=stars&framework=flask&months=0", "metric=stars&framework=flask&x=1"):
        assert server.get(f"/api/v1/forecast.json?{wrong}").status == 400


def test_the_command_fits_and_says(kept: str) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(commands, ["forecast", *arguments], env={"UPTAKE_DATABASE_URL": kept})

    done = run("stars", "--framework", "flask", "--against", "django", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["unchanged"] == 3
    assert answer["forecasts"] == [json.loads(json.dumps(forecast_json(told(kept, "flask", "django"))))]
    assert "Only 20 whole months" in run("stars").stdout
    assert run("--framework", "flask").exit_code == 2
    assert run("strs").exit_code == 2
    assert run("stars", "--quiet").output == ""


def test_fitting_is_reported_unit_by_unit(kept: str) -> None:
    seen: list[tuple[int, int, Unit]] = []
    with Store.open(kept) as store:
        fit_forecasts(
            store, load(), SystemClock(), ForecastRequest("stars", "flask", "django"), report=lambda *a: seen.append(a),
            stop=lambda: False,
        )  # fmt: skip
    assert [(done, planned) for done, planned, _ in seen] == [(0, 3), (1, 3), (2, 3)]
    assert seen[-1][2] == Unit("stars", "flask", "django")
