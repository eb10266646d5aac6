"""The model against closed forms and simulated truth, months, the gates: what is refused, and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.statespace.exponential_smoothing import ExponentialSmoothing

from analysis.forecast import backtest as tested
from analysis.forecast import model
from analysis.forecast.monthly_history import History, Unforeseeable, history, month_end, ratio
from catalog import Break, Kind, Metric
from tests.support.forecasts import simulated

STARS = Metric("stars", "GitHub stars", "stars", Kind.STOCK, "day", "stars", "", "", "", (), ("github",), 40, "")
FLOW = Metric("d", "Downloads", "downloads", Kind.FLOW, "day", "downloads", "", "", "", (), ("x",), 3, "")
WINDOW = replace(FLOW, id="w", period="window")
SHARE = Metric("s", "Worked with", "share", Kind.SHARE, "year", "survey", "", "", "", (), ("x",), 0, "use")
FINAL = date(2026, 11, 19)
LAST = 12 * 56 + 9  # October 2026, in months since 1970-01


# -- simulated truth ---------------------------------------------------------------------------------------------------


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
    assert "Its back-test failed" in str(refusal.value)


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
    with pytest.raises(Unforeseeable, match="No full month"):
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
        (growing(35), STARS, (), "short", "Only 35 full months are available .*; at least 36 are needed"),
        (growing(60), STARS, (broken("break", date(2024, 1, 1), date(2024, 12, 31)),), "broken", "Only 22 full"),
        ([*growing(50), *[math.nan] * 8, *growing(30)], STARS, (), "broken", "since a gap of 8 months"),
        ([*growing(50), *[value * 9 for value in growing(30)]], STARS, (), "broken", "since a jump from"),
        ([v if n % 2 else math.nan for n, v in enumerate(growing(80))], STARS, (), "holes", "40 of 79 months"),
        ([500.0] * 60, STARS, (), "flat", "The figures never changed"),
        ([0.2 + 0.01 * n for n in range(60)], replace(WINDOW), (), "small", "too small"),
        (growing(60), SHARE, (), "kind", "once a year"),
        ([], STARS, (), "unseen", "No full month"),
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
    with pytest.raises(Unforeseeable, match="No month has figures of both"):
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
        (
            accuracy(1, held80=0.64),
            "backtest",
            "in 14 past forecasts, the 80% range contained the outcome 64% of the time",
        ),
        (accuracy(1, held95=0.79), "backtest", "the 95% range contained the outcome 79% of the time; 80% are needed"),
        (
            accuracy(1, error=0.02),
            "naive",
            "off by 2.0% on average, and continuing at the last year's pace by only 1.0%",
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
