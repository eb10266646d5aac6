"""A store of months that forecasts are fitted to, and what was fitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from analysis.forecast.monthly_history import month_end
from answers.forecast import forecast
from catalog import load
from migrations import migrate
from storage import Batch, Observation, Payload, Period, Store
from uptake.clock import SystemClock
from uptake.forecast_fits import Fits, ForecastRequest, fit_forecasts


def simulated(rng: np.random.Generator, months: int, alpha: float = 0.8, beta: float = 0.1, phi: float = 1.0) -> Any:
    """A path of ETS(A,A[d],N): the state equations of Hyndman et al. (2008), chapter 3, written down once more."""
    level, trend, told = 8.0, 0.02, []
    for shock in rng.normal(0, 0.01, months):
        told.append(level + phi * trend + shock)
        level, trend = level + phi * trend + alpha * shock, phi * trend + beta * shock
    return np.array(told)


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


def fill_months(url: str) -> None:
    """Flask and Django near each other, Gin ten times as high, Bottle too short."""
    migrate(url)
    with Store.open(url) as store:
        store.mirror_frameworks([(f.id, f.title) for f in load().frameworks.values()])
        for name, seed, start, months in (
            ("flask", 7, 50_000, 70), ("django", 8, 51_000, 70), ("gin", 9, 500_000, 70), ("bottle", 4, 9_000, 20),
        ):  # fmt: skip
            put(store, name, walk(seed, start, months), last_month())


def fitted(url: str, wanted: ForecastRequest | None = None, stop: Callable[[], bool] = lambda: False) -> Fits:
    with Store.open(url) as store:
        return fit_forecasts(
            store, load(), SystemClock(), wanted or ForecastRequest(), report=lambda *_: None, stop=stop
        )


def told(url: str, framework: str, rival: str = "", now: datetime | None = None, **more: Any) -> Any:
    with Store.open(url, read_only=True) as store:
        return forecast(store, load(), "stars", framework, rival, now or datetime.now(UTC), **more)
