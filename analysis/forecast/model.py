"""What comes next, if it goes on as before: exponential smoothing with a trend, on logarithms. The only module with
statsmodels, whose state space models bear months that were not seen.

Two models are tried, a trend that goes on and one that fades: ETS(A,A,N) and ETS(A,Ad,N) in the words of Hyndman,
Koehler, Ord and Snyder, *Forecasting with Exponential Smoothing* (2008). Which of them speaks is for the back-test.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import statsmodels
from statsmodels.tsa.statespace.exponential_smoothing import ExponentialSmoothing

from analysis.arrays import Values
from analysis.forecast.monthly_history import History, Unforeseeable

VERSION = f"statsmodels {statsmodels.__version__}"
MODELS = {  # by whether its trend fades
    False: "exponential smoothing of the logarithm with a trend that goes on, ETS(A,A,N)",
    True: "exponential smoothing of the logarithm with a trend that fades, ETS(A,Ad,N)",
}
LEVELS = (0.8, 0.95)
PATHS = 5_000  # simulated futures: a chance is known to within a hundredth or so
START_MONTHS = 12  # the first trend is taken from so many
ITERATIONS = (100, 1_000)
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """The next months as normal distributions of the logarithm: `mean` and `sd`, a value per month."""

    mean: Values
    sd: Values

    def bounds(self, level: float) -> tuple[Values, Values]:
        """The ends of the interval that should hold with that probability."""
        reach = _NORMAL.inv_cdf((1 + level) / 2) * self.sd
        return self.mean - reach, self.mean + reach

    def above(self, value: float = 0.0) -> Values:
        """The probability, month by month, of lying above a value."""
        at = np.divide(self.mean - value, self.sd, out=np.sign(self.mean - value) * 1e9, where=self.sd > 0)
        return np.array([_NORMAL.cdf(float(z)) for z in at])


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A model with its parameters found; `logs = results * scale + origin`."""

    results: Any
    origin: float
    scale: float

    def ahead(self, months: int) -> Ahead:
        """The next months."""
        forecast = self.results.get_forecast(months)
        mean, sd = (np.asarray(part, dtype="float64") for part in (forecast.predicted_mean, forecast.se_mean))
        return Ahead(mean * self.scale + self.origin, sd * self.scale)

    def paths(self, months: int, seed: int, count: int = PATHS) -> Values:
        """Simulated futures, a row each: what whole paths do, such as crossing a line, is read from them."""
        draw = np.random.default_rng(seed)
        draws = self.results.simulate(months, anchor="end", repetitions=count, rng=draw)
        return np.asarray(draws, dtype="float64").reshape(months, count).T * self.scale + self.origin


def fit(logs: Values, *, fading: bool) -> Fitted:
    """Fit by maximum likelihood to monthly logarithms, NaN where unseen; first and last are seen.

    Raises Unforeseeable (fit) if no parameters are found.
    """
    at = np.flatnonzero(np.isfinite(logs))
    steps = np.diff(logs[at])
    origin, scale = float(logs[at[0]]), float(np.std(steps)) or float(np.abs(steps).max())
    if not scale:
        raise Unforeseeable("flat", "The figures never changed.")
    scaled = (logs - origin) / scale
    early = at[at <= at[0] + START_MONTHS]
    trend = float((scaled[early[-1]] - scaled[early[0]]) / max(early[-1] - early[0], 1))
    model = ExponentialSmoothing(
        scaled, trend=True, damped_trend=fading, initialization_method="known",
        initial_level=-trend, initial_trend=trend,
    )  # fmt: skip
    return Fitted(_estimated(model), origin, scale)


def _estimated(model: ExponentialSmoothing) -> Any:
    """The model's results, with more patience if little was not enough."""
    for iterations in ITERATIONS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they warn of is looked at here
            try:
                results = model.fit(disp=False, maxiter=iterations, cov_type="none")
            except (np.linalg.LinAlgError, ValueError):
                continue
        if results.mle_retvals["converged"] and np.isfinite(results.params).all():
            return results
    raise Unforeseeable("fit", "The model could not be fitted.")


def naive(logs: Values, months: int) -> Values:
    """The plainest guess there is: on from the last month at the pace of the last twelve."""
    at = np.flatnonzero(np.isfinite(logs))
    back = at[at >= at[-1] - 12][0]
    pace = (logs[at[-1]] - logs[back]) / max(at[-1] - back, 1)
    guess: Values = logs[at[-1]] + pace * np.arange(1, months + 1)
    return guess


def passed(paths: Values) -> Values:
    """The part of the paths that have been above zero by each month: the chance to pass who is ahead by then.

    `paths` are logarithms of the one behind to the one ahead, a row per path.
    """
    share: Values = np.maximum.accumulate(paths > 0, axis=1).mean(axis=0)
    return share


def chances(fitted: Fitted, history: History, months: int) -> tuple[Values, Values]:
    """Of a ratio's history: the chance that the one now behind is ahead in each month, and that it has been by then."""
    sign = -1.0 if history.logs[-1] > 0 else 1.0
    ahead = fitted.ahead(months)
    at = Ahead(ahead.mean * sign, ahead.sd).above()
    by = passed(fitted.paths(months, history.seed) * sign)
    return at, np.maximum.accumulate(np.maximum(by, at))


def rounded(values: Values | Sequence[float], digits: int = 6) -> list[float]:
    """With so many significant digits: what is kept does not depend on a machine's last bit."""
    return [float(f"{value:.{digits}g}") for value in values]
