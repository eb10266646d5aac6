"""Would it have been right? Forecasts from many past months, with nothing known but what came before, held against
what came after. Whether a forecast is shown at all depends on this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Values
from analysis.forecast.model import LEVELS, MODELS, fit, naive
from analysis.forecast.monthly_history import History, Unforeseeable

FIRST_ORIGIN = 24  # months learned from before the first forecast that is judged
ORIGINS = 16  # about so many past months are forecast from, evenly spread
LEAST_ORIGINS = 12
HORIZON = 12
FAR = 24  # months ahead at most, where the back-test reaches as far
LEAST_HELD = {0.8: 0.65, 0.95: 0.80}  # of the intervals; fewer, and there is no forecast
WORSE = 1.1  # so many times the plain guess's error, and there is no forecast


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How forecasts so many months ahead did. `error` and `plain` are mean absolute errors of the logarithm, by the
    model and by going on at the last year's pace.
    """

    months: int
    forecasts: int
    held80: float
    held95: float
    error: float
    plain: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """`rows` by months ahead, 1 and up, from `origins` past months. `called`: how many of the `calls` a year ahead
    named the right side of zero, which for a ratio is who led (0 of 0 for levels).
    """

    fading: bool
    origins: int
    rows: tuple[Accuracy, ...]
    calls: int
    called: int

    def over(self, first: int, last: int) -> Accuracy:
        """All forecasts from `first` to `last` months ahead together. Raises Unforeseeable if there were none."""
        rows = [row for row in self.rows if first <= row.months <= last]
        total = sum(row.forecasts for row in rows)
        if not total:
            raise Unforeseeable("backtest", f"No forecast {first} to {last} months ahead could be checked.")

        def mean(name: str) -> float:
            return float(sum(getattr(row, name) * row.forecasts for row in rows) / total)

        return Accuracy(last, total, mean("held80"), mean("held95"), mean("error"), mean("plain"))


def backtest(history: History, *, fading: bool, sided: bool = False) -> Backtest:
    """Forecast from past months, fitted anew at each, and hold it against what came.

    `sided`: the logarithms are of a ratio, whose sign says who leads. Raises Unforeseeable.
    """
    outcomes: list[tuple[int, bool, bool, float, float]] = []
    calls: list[bool] = []
    starts = origins(history)
    if len(starts) < LEAST_ORIGINS:
        raise Unforeseeable(
            "short", f"Only {len(starts)} past months can be forecast from; at least {LEAST_ORIGINS} are needed."
        )
    for origin in starts:
        past, future = history.logs[:origin], history.logs[origin : origin + FAR]
        ahead = fit(past, fading=fading).ahead(len(future))
        plain = naive(past, len(future))
        inside = [np.abs(future - ahead.mean) <= ahead.bounds(level)[1] - ahead.mean for level in LEVELS]
        for h in np.flatnonzero(np.isfinite(future)).tolist():
            off, off_plain = float(abs(future[h] - ahead.mean[h])), float(abs(future[h] - plain[h]))
            outcomes.append((h + 1, bool(inside[0][h]), bool(inside[1][h]), off, off_plain))
        if sided and len(future) >= HORIZON and np.isfinite(future[HORIZON - 1]):
            calls.append(bool((ahead.mean[HORIZON - 1] > 0) == (future[HORIZON - 1] > 0)))
    return Backtest(fading, len(starts), _rows(outcomes), len(calls), sum(calls))


def origins(history: History) -> list[int]:
    """After how many months each forecast is made; the month before it was seen."""
    n = len(history.logs)
    observed = np.isfinite(history.logs)
    step = max(1, (n - FIRST_ORIGIN) // ORIGINS)
    return [o for o in range(n - 1, FIRST_ORIGIN - 1, -step) if observed[o - 1]][::-1]


def _rows(outcomes: Sequence[tuple[int, bool, bool, float, float]]) -> tuple[Accuracy, ...]:
    table: Values = np.array(outcomes, dtype="float64")
    accuracies = []
    for months in sorted({row[0] for row in outcomes}):
        rows = table[table[:, 0] == months]
        accuracies.append(Accuracy(months, len(rows), *(float(mean) for mean in rows[:, 1:].mean(axis=0))))
    return tuple(accuracies)


def better(tests: Sequence[Backtest]) -> Backtest:
    """The one whose forecasts up to a year ahead were nearer."""
    return min(tests, key=lambda test: (test.over(1, HORIZON).error, test.fading))


def horizon(test: Backtest) -> int:
    """How many months ahead may be shown, 12 or 24. Raises Unforeseeable, with the numbers, if none."""
    _judge(test.over(1, HORIZON))
    try:
        far = [row for row in test.rows if row.months > HORIZON]
        if len(far) < FAR - HORIZON or far[0].forecasts < LEAST_ORIGINS:
            return HORIZON
        _judge(test.over(HORIZON + 1, FAR))
    except Unforeseeable:
        return HORIZON
    return FAR


def _judge(accuracy: Accuracy) -> None:
    for level, share in zip(LEVELS, (accuracy.held80, accuracy.held95), strict=True):
        if share < LEAST_HELD[level]:
            raise Unforeseeable(
                "backtest",
                f"Its back-test failed: in {accuracy.forecasts} past forecasts, the {percent(level)} range contained "
                f"the outcome {percent(math.floor(100 * share) / 100)} of the time; {percent(LEAST_HELD[level])} are "
                "needed.",
            )
    if accuracy.error > WORSE * accuracy.plain:
        raise Unforeseeable(
            "naive",
            f"Its back-test failed: in {accuracy.forecasts} past forecasts it was off by {off_by(accuracy.error)} on "
            f"average, and continuing at the last year's pace by only {off_by(accuracy.plain)}.",
        )


def percent(share: float) -> str:
    """A share in whole percent: 78%."""
    return f"{100 * share:.0f}%"


def off_by(error: float) -> str:
    """A mean error of the logarithm as a part of the value: 1.2%."""
    return f"{100 * np.expm1(error):.1f}%"


def model_name(test: Backtest) -> str:
    """What the chosen model is called."""
    return MODELS[test.fading]
