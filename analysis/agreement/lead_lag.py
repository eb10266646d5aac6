"""Does one metric move before another? Month by month, framework by framework, against what chance alone would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analysis.agreement.rank_agreement import SEED
from analysis.arrays import Values, days
from analysis.breaks import forbidding, incident_rows
from analysis.errors import Refused
from analysis.months import gained
from catalog import Break, Kind, Metric

MOST_MONTHS = 12  # apart, that are looked at
LEAST_MONTHS = 3  # apart, that must be looked at: with fewer there is nothing to find
MIN_CHANGES = 24  # that must be left at the widest shift
SEASON_CHANGES = 36  # from three years on each calendar month's own habit is known and taken out
LEVEL = 0.025  # with which the test errs once in twenty at most, as simulations of 31 to 100 months showed
DRAWS = 1000
MONTH_DAYS = 30.0
NEEDED_MONTHS = MIN_CHANGES + LEAST_MONTHS + 1  # without a hole or break


@dataclass(frozen=True, slots=True)
class Lag:
    """How many months x's changes come before y's (negative: after) where they resemble each other most.

    `correlation` is Pearson's of the month-to-month changes at that shift. `chance` is what the best of all shifts
    seldom passes in series that move just like x, but at other times: a correlation below it means nothing, and
    `beyond_chance` is False. `changes` is how many months' changes there were, `most` how many months
    apart were examined.
    """

    months: int
    correlation: float
    chance: float
    changes: int
    most: int

    @property
    def beyond_chance(self) -> bool:
        return self.correlation > self.chance


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Months without a hole or break in which both metrics of one framework are known and above zero."""

    first: int  # months since 1970-01
    x: Values
    y: Values

    @property
    def stop(self) -> int:
        """The month after the last."""
        return self.first + len(self.x)

    @property
    def since(self) -> date:
        """The first day of its first month."""
        return _first_day(self.first)

    @property
    def until(self) -> date:
        """The first day of its last month."""
        return _first_day(self.stop - 1)

    @property
    def long_enough(self) -> bool:
        return len(self.x) >= NEEDED_MONTHS


def lag(x: Values, y: Values, *, draws: int = DRAWS, seed: int = SEED, tests: int = 1) -> Lag | None:
    """Whether x's changes come before y's. Both are monthly and above zero over the same months, none missing.

    Changes are of logarithms, so that size does not matter. `tests`: of how many such questions asked at once this is
    one, so that all of them together err once in twenty at most. None for fewer than 28 months.
    """
    return lag_of_changes(np.diff(np.log(x)), np.diff(np.log(y)), draws=draws, seed=seed, tests=tests)


def lag_of_changes(one: Values, other: Values, *, draws: int = DRAWS, seed: int = SEED, tests: int = 1) -> Lag | None:
    """`lag` of changes from month to month, up to 12 months apart, fewer if less than 24 changes were left.

    Chance is measured on surrogates of `one` with the same rhythm and other phases (Theiler and others 1992): months
    that swing back make two unrelated series seem alike more often than shuffled months would.
    """
    most = min(MOST_MONTHS, len(one) - MIN_CHANGES)
    if most < LEAST_MONTHS or one.std() == 0 or other.std() == 0:
        return None
    one, other = _unseasonal(one), _unseasonal(other)
    shifts = range(-most, most + 1)
    correlations = _correlations(one[None, :], other, shifts)[0]
    best = int(np.argmax(correlations))
    by_chance = _correlations(_surrogates(one, draws, seed), other, shifts).max(axis=1)
    chance = float(np.quantile(by_chance, 1 - LEVEL / tests))
    return Lag(shifts[best], float(correlations[best]), chance, len(one), most)


def _unseasonal(changes: Values) -> Values:
    """Without what each calendar month does every year, once three years show it."""
    if len(changes) < SEASON_CHANGES:
        return changes
    month = np.arange(len(changes)) % 12
    return changes - (np.bincount(month, changes) / np.bincount(month))[month]


def together(runs: Mapping[str, Run]) -> tuple[Run, tuple[str, ...]] | None:
    """The frameworks' mean course over the months that they share, and whose it is; None where these are too few.

    Each weighs the same: month by month their changes, each in its own standard deviations, are averaged. Of runs
    that share too few months the shortest are left out, one after the other.
    """
    kept = sorted((name for name in runs if runs[name].long_enough), key=lambda name: -len(runs[name].x))
    while len(kept) > 1:
        first, stop = max(runs[n].first for n in kept), min(runs[n].stop for n in kept)
        if stop - first >= NEEDED_MONTHS:
            return _mean([runs[n] for n in kept], first, stop), tuple(sorted(kept))
        kept.pop()
    return None


def _mean(runs: Sequence[Run], first: int, stop: int) -> Run:
    """Courses whose changes are the mean of the runs' changes."""
    courses = []
    for side in ("x", "y"):
        changes = [np.diff(np.log(getattr(r, side)[first - r.first : stop - r.first])) for r in runs]
        steady = [(c - c.mean()) / (c.std() or 1.0) for c in changes]
        courses.append(np.exp(np.concatenate([[0.0], np.cumsum(np.mean(steady, axis=0))])))
    return Run(first, courses[0], courses[1])


def runs(
    x: pd.DataFrame, y: pd.DataFrame, metrics: tuple[Metric, Metric], final: date, breaks: Sequence[Break] = ()
) -> dict[str, Run]:
    """For each framework the longest run of months in which both metrics are known, the latest of equals.

    The frames have the store's columns, totals only. Of stocks it is what was gained in the month, of flows their sum
    (of windows the rate in 30 days). Months that touch a break, registered misreadings and months not above zero are
    holes. Raises Refused for shares, of which no month is known.
    """
    sides = [_monthly(frame, metric, final, breaks) for frame, metric in zip((x, y), metrics, strict=True)]
    return {name: _longest(sides[0][name], sides[1][name]) for name in sides[0] if name in sides[1]}


def _monthly(frame: pd.DataFrame, metric: Metric, final: date, breaks: Sequence[Break]) -> dict[str, dict[int, float]]:
    """By framework and month since 1970-01 what came in."""
    if metric.kind is Kind.SHARE:
        raise Refused(f"We can't look at {metric.name_in_text} by month: the data are yearly.")
    concerned = [b for b in breaks if metric.id in b.metrics]
    right = frame[~incident_rows(frame, metric, concerned)].dropna(subset=["value"])
    if metric.period == "window":
        rows = _windows(right, concerned, final)
    else:
        months = gained(right.assign(dimension=""), metric, concerned, final)
        rows = months[months["status"] == "final"]
    number = _months(rows["period_end"] if metric.kind is Kind.STOCK else rows["period"])
    values: dict[str, dict[int, float]] = {}
    for name, month, value in zip(rows["framework"], number, rows["value"], strict=True):
        values.setdefault(str(name), {})[int(month)] = float(value)
    return values


def _windows(frame: pd.DataFrame, breaks: Sequence[Break], final: date) -> pd.DataFrame:
    """Windows as rates in 30 days, each under the month in which its middle lies, without those that touch a break."""
    whole = frame[frame["period_end"] <= pd.Timestamp(final)].sort_values("period_end")
    spans = zip(whole["framework"], whole["period"], whole["period_end"], strict=True)
    clear = [not forbidding(breaks, first.date(), last.date(), str(name)) for name, first, last in spans]
    kept = whole.loc[clear]
    length = (kept["period_end"] - kept["period"]).dt.days + 1
    return kept.assign(
        value=kept["value"] * MONTH_DAYS / length, period=kept["period"] + (kept["period_end"] - kept["period"]) / 2
    )


def _longest(x: Mapping[int, float], y: Mapping[int, float]) -> Run:
    shared = sorted(month for month in x.keys() & y.keys() if x[month] > 0 and y[month] > 0)
    best, begun = (0, 0), 0
    for place, month in enumerate(shared):
        if place and shared[place - 1] != month - 1:
            begun = place
        if place + 1 - begun >= best[1] - best[0]:
            best = (begun, place + 1)
    months = shared[best[0] : best[1]]
    values = [np.array([side[month] for month in months], dtype="float64") for side in (x, y)]
    return Run(months[0] if months else 0, values[0], values[1])


def _surrogates(one: Values, draws: int, seed: int) -> Values:
    """Series with the spectrum of `one`, and so its rhythm, whose phases are drawn by chance: draws by its length."""
    random, n = np.random.default_rng(seed), len(one)
    spectrum = np.fft.rfft(one - one.mean())
    turned = np.abs(spectrum) * np.exp(1j * random.uniform(0, 2 * np.pi, (draws, len(spectrum))))
    if n % 2 == 0:  # the fastest swing of an even length has no phase but a sign
        turned[:, -1] = np.abs(spectrum[-1]) * random.choice([-1.0, 1.0], draws)
    return np.fft.irfft(turned, n)


def _correlations(ones: Values, other: Values, shifts: Sequence[int]) -> Values:
    """Pearson's correlation of each row with `other` so many months later: rows by shifts."""
    n = len(other)
    columns = []
    for shift in shifts:
        size = n - abs(shift)
        a, b = (ones[:, :size], other[shift:]) if shift >= 0 else (ones[:, -shift:], other[:size])
        a, b = a - a.mean(axis=1, keepdims=True), b - b.mean()
        spread = np.sqrt((a * a).sum(axis=1) * (b * b).sum())
        columns.append(np.divide(a @ b, spread, out=np.zeros(len(a)), where=spread > 0))
    return np.stack(columns, axis=1)


def _months(dates: pd.Series) -> Values:
    return np.asarray(days(dates)).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _first_day(month: int) -> date:
    return date(1970 + month // 12, month % 12 + 1, 1)
