"""Do two metrics rank the same frameworks alike? Rank agreement with its interval, where they disagree, what leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.overtakes import track
from analysis.points import Points, Values, day, number
from analysis.shares import Interval
from catalog import Kind, Metric

SEED = 20201125  # the same figures give the same interval, always
DRAWS = 2000
MIN_FRAMEWORKS = 5  # with fewer, resampling them says nothing
MIN_MONTHS = 24  # of changes, before a lead or lag is looked for
MONTH_DAYS = 30.0
MILLION = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How alike two metrics rank the frameworks on a day.

    `table` has one row per framework known by both: framework, x, y, x_seen, y_seen, x_rank, y_rank (1 the highest;
    ties share the mean). Levels are as seen, flows per 30 days. `tau` is Kendall's tau-b (-1 the reverse order, 1 the
    same), `interval` its 95 % bootstrap interval over frameworks (None: fewer than five, or constant). `against` are
    the pairs that the two order oppositely, the widest apart first, the one that x puts ahead first in each.
    """

    on: date
    table: pd.DataFrame
    tau: float
    interval: Interval | None
    against: tuple[tuple[str, str], ...]

    @property
    def opposed(self) -> float:
        """The part of all pairs that are ordered oppositely, in [0, 1]; NaN for fewer than two frameworks."""
        pairs = len(self.table) * (len(self.table) - 1) / 2
        return len(self.against) / pairs if pairs else float("nan")


@dataclass(frozen=True, slots=True)
class Lag:
    """How many months x's changes come before y's (negative: after) where they resemble each other most.

    `correlation` is Pearson's of the month-to-month changes at that shift. `chance` is what the best of all shifts
    reaches in 95 of 100 shuffled series: a correlation below it says nothing, and `told` is False.
    """

    months: int
    correlation: float
    chance: float
    changes: int

    @property
    def told(self) -> bool:
        return self.correlation > self.chance


def kendall(x: Values, y: Values) -> float:
    """Kendall's tau-b (1945, with ties), NaN where one side is constant or there are fewer than two."""
    dx, dy = (np.sign(side[:, None] - side[None, :])[np.triu_indices(len(side), 1)] for side in (x, y))
    untied = float(np.count_nonzero(dx)) * float(np.count_nonzero(dy))
    return float((dx * dy).sum() / np.sqrt(untied)) if untied else float("nan")


def tau_interval(x: Values, y: Values, *, draws: int = DRAWS, seed: int = SEED) -> Interval | None:
    """The 95 % percentile bootstrap interval of tau: the frameworks are drawn again, with replacement.

    It tells how much the figure hangs on which frameworks are tracked. None for fewer than five.
    """
    if len(x) < MIN_FRAMEWORKS:
        return None
    random = np.random.default_rng(seed)
    picks = random.integers(0, len(x), size=(draws, len(x)))
    dx, dy = (np.sign(side[:, None] - side[None, :]) for side in (x, y))
    drawn = (picks[:, :, None], picks[:, None, :])  # every pair of every draw, each both ways round
    alike, untied_x, untied_y = ((table[drawn]).sum(axis=(1, 2)) for table in (dx * dy, dx != 0, dy != 0))
    untied = np.sqrt(untied_x.astype("float64") * untied_y)
    taus = np.divide(alike, untied, out=np.full(draws, np.nan), where=untied > 0)
    known = taus[~np.isnan(taus)]
    if not len(known):
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(float(low), float(high))


def agreement(x: pd.DataFrame, y: pd.DataFrame, metrics: tuple[Metric, Metric], on: date, final: date) -> Agreement:
    """Lay two metrics' frames (the store's columns, any number of frameworks, totals) beside each other on a day.

    A framework counts with what was last seen by then, no older than the metric's gap allows; of flows all count over
    the same period (28 days' sums of daily ones). Flows that end after `final` are left out.
    """
    left, right = (
        _levels(frame, metric, on, final, name) for frame, metric, name in zip((x, y), metrics, ("x", "y"), strict=True)
    )
    table = left.merge(right, on="framework").sort_values("framework", ignore_index=True)
    for name in ("x", "y"):
        table[f"{name}_rank"] = table[name].rank(ascending=False)
    one, other = (table[name].to_numpy(dtype="float64") for name in ("x", "y"))
    return Agreement(on, table, kendall(one, other), tau_interval(one, other), _against(table))


def per_million(found: Agreement) -> pd.Series[float]:
    """How much x for each million of y in 30 days, by framework, the highest first: stars per million downloads."""
    known = found.table[found.table["y"] > 0].set_index("framework")
    return (known["x"] / (known["y"] / MILLION)).sort_values(ascending=False)


def lag(x: Values, y: Values, most: int = 12, *, draws: int = 500, seed: int = SEED) -> Lag | None:
    """Whether x's changes come before y's. Both are monthly levels above zero over the same months, none missing.

    Changes are of logarithms, so that size does not matter. None for fewer than 24 changes at the widest shift.
    """
    one, other = np.diff(np.log(x)), np.diff(np.log(y))
    if len(one) - most < MIN_MONTHS or one.std() == 0 or other.std() == 0:
        return None
    shifts = range(-most, most + 1)
    found = [_shifted(one, other, shift) for shift in shifts]
    best = int(np.argmax(found))
    random = np.random.default_rng(seed)
    shuffled = [max(_shifted(random.permutation(one), other, shift) for shift in shifts) for _ in range(draws)]
    return Lag(shifts[best], found[best], float(np.quantile(shuffled, 0.95)), len(one))


def _shifted(one: Values, other: Values, shift: int) -> float:
    """The correlation of `one` with `other` so many months later."""
    n = len(one) - abs(shift)
    a, b = (one[:n], other[shift:]) if shift >= 0 else (one[-shift:], other[:n])
    return float(np.corrcoef(a, b)[0, 1])


def _levels(frame: pd.DataFrame, metric: Metric, on: date, final: date, name: str) -> pd.DataFrame:
    seen = {str(key): _compared(part, metric, final) for key, part in frame.groupby("framework", sort=True)}
    serving = {key: _serving(points, metric, on) for key, points in seen.items()}
    if metric.kind is Kind.STOCK:
        chosen = {key: rows[-1] for key, rows in serving.items() if rows}
    else:
        chosen = _same_period(seen, serving)
    told = [(key, _rate(seen[key], k, metric), day(seen[key].end[k])) for key, k in chosen.items()]
    return pd.DataFrame(told, columns=["framework", name, f"{name}_seen"])


def _compared(part: pd.DataFrame, metric: Metric, final: date) -> Points:
    return track(part.dropna(subset=["value"]), metric, final).compared


def _serving(points: Points, metric: Metric, on: date) -> list[int]:
    """The rows that were over by then and not yet too old, oldest first."""
    length, age = points.end - points.start + 1, number(on) - points.end
    return [int(k) for k in np.flatnonzero((age >= 0) & (age <= length + metric.gap_after_days))]


def _same_period(seen: dict[str, Points], serving: dict[str, list[int]]) -> dict[str, int]:
    """Each framework's row of one period, the same for all: the youngest of those that most of them know."""
    places = {key: {_period(seen[key], k): k for k in rows} for key, rows in serving.items()}
    known = Counter(period for rows in places.values() for period in rows)
    if not known:
        return {}
    best = max(known, key=lambda period: (known[period], period))
    return {key: rows[best] for key, rows in places.items() if best in rows}


def _period(points: Points, k: int) -> tuple[int, int]:
    return int(points.end[k]), int(points.start[k])


def _rate(points: Points, k: int, metric: Metric) -> float:
    value = float(points.value[k])
    if metric.kind is not Kind.FLOW:
        return value
    return value * MONTH_DAYS / float(points.end[k] - points.start[k] + 1)


def _against(table: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """The pairs that the two order oppositely, by how far apart the two put them (the sum of both log ratios)."""
    rows: Sequence[tuple[str, float, float]] = list(zip(table["framework"], table["x"], table["y"], strict=True))
    found = []
    for (a, xa, ya), (b, xb, yb) in combinations(rows, 2):
        if (xa - xb) * (ya - yb) < 0:
            apart = abs(np.log(max(xa, 1) / max(xb, 1))) + abs(np.log(max(ya, 1) / max(yb, 1)))
            found.append((-apart, (a, b) if xa > xb else (b, a)))
    return tuple(pair for _, pair in sorted(found))
