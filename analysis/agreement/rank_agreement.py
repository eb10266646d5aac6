"""Do two metrics rank the same frameworks alike? Their agreement with its interval, its drift, and where it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

from analysis.arrays import Points, Values, day, number
from analysis.breaks import incident_rows
from analysis.overtakes.paired_series import prepared_series
from analysis.share_intervals import Interval
from catalog import Break, Kind, Metric

SEED = 20201125  # the same figures give the same interval, always
DRAWS = 2000
MIN_FRAMEWORKS = 5  # with fewer, resampling them shows nothing
MONTH_DAYS = 30.0
MILLION = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How alike two metrics rank the frameworks on a day.

    `table` has one row per framework that both have: framework, x, y, x_seen, y_seen, x_rank, y_rank (1 the highest;
    ties share the mean). Levels are as seen, flows per 30 days. `tau` is Kendall's tau-b (-1 the reverse order, 1 the
    same), `interval` its 95 % bootstrap interval over frameworks (None: fewer than five, or constant). `against` are
    the pairs that the two order oppositely, the widest apart first, the one that x puts ahead first in each.
    """

    on: date
    table: pd.DataFrame
    tau: float
    interval: Interval | None

    @property
    def against(self) -> tuple[tuple[str, str], ...]:
        """Worked out when asked for: of five hundred frameworks there are a hundred thousand pairs a month."""
        return _against(self.table)

    @property
    def opposed(self) -> float:
        """The part of all pairs that are ordered oppositely, in [0, 1]; NaN for fewer than two frameworks."""
        pairs = len(self.table) * (len(self.table) - 1) / 2
        return len(self.against) / pairs if pairs else float("nan")


@dataclass(frozen=True, slots=True)
class Misread:
    """An observation that is not counted, because a registered incident marks it as a misreading."""

    framework: str
    metric: str
    day: date
    value: float
    incident: str


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Two metrics of many frameworks, made ready to be laid beside each other on any number of days."""

    x: dict[str, Points]
    y: dict[str, Points]
    metrics: tuple[Metric, Metric]
    misread: tuple[Misread, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """How tau changed between two days, for the same frameworks; `interval` is the 95 % bootstrap one of the change."""

    since: date
    until: date
    frameworks: int
    before: float
    after: float
    interval: Interval | None

    @property
    def beyond_chance(self) -> bool:
        """Whether the change is more than which frameworks happen to be tracked may bring."""
        return self.interval is not None and self.interval.excludes(0.0)


def kendall(x: Values, y: Values) -> float:
    """Kendall's tau-b (1945, with ties), NaN where one side is constant or there are fewer than two."""
    dx, dy = (np.sign(side[:, None] - side[None, :])[np.triu_indices(len(side), 1)] for side in (x, y))
    untied = float(np.count_nonzero(dx)) * float(np.count_nonzero(dy))
    return float((dx * dy).sum() / np.sqrt(untied)) if untied else float("nan")


def tau_interval(x: Values, y: Values, *, draws: int = DRAWS, seed: int = SEED) -> Interval | None:
    """The 95 % percentile bootstrap interval of tau: the frameworks are drawn again, with replacement.

    It shows how much the figure hangs on which frameworks are tracked. None for fewer than five.
    """
    if len(x) < MIN_FRAMEWORKS:
        return None
    return _bounds(_drawn_taus(x, y, _times(len(x), draws, seed)))


@lru_cache(maxsize=8)  # a history has the same number of frameworks in most of its months
def _times(n: int, draws: int, seed: int) -> Values:
    """How many times each of n is in each draw with replacement: an array of draws by n, to be read only."""
    picks = np.random.default_rng(seed).integers(0, n, size=(draws, n)) + n * np.arange(draws)[:, None]
    times = np.bincount(picks.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)
    times.flags.writeable = False
    return times


def _drawn_taus(x: Values, y: Values, times: Values) -> Values:
    """Kendall's tau-b of each draw, NaN where all that was drawn is alike."""
    dx, dy = (np.sign(side[:, None] - side[None, :]) for side in (x, y))
    # every pair of a draw, both ways round: of i and j there are as many as i was drawn times j was drawn
    alike = ((times @ (dx * dy)) * times).sum(axis=1)
    untied = np.sqrt(_untied(x, times) * _untied(y, times))
    taus: Values = np.divide(alike, untied, out=np.full(len(times), np.nan), where=untied > 0)
    return taus


def _untied(side: Values, times: Values) -> Values:
    """How many pairs of each draw differ, both ways round: all, but those within one value."""
    order = np.argsort(side, kind="stable")
    begins = np.flatnonzero(np.diff(side[order], prepend=np.nan) != 0)
    alike = np.add.reduceat(times[:, order], begins, axis=1)
    untied: Values = times.sum(axis=1) ** 2 - (alike**2).sum(axis=1)
    return untied


def _bounds(drawn: Values) -> Interval | None:
    finite = drawn[~np.isnan(drawn)]
    if not len(finite):
        return None
    low, high = np.quantile(finite, [0.025, 0.975])
    return Interval(float(low), float(high))


def sides(
    x: pd.DataFrame, y: pd.DataFrame, metrics: tuple[Metric, Metric], final: date, breaks: Sequence[Break] = ()
) -> Sides:
    """Make two metrics' frames ready (the store's columns, any number of frameworks, totals).

    What an incident among the known `breaks` marks as a misreading is left out and listed in `misread`. Flows that end
    after `final` are left out as incomplete.
    """
    ready, misreadings = [], []
    for frame, metric in zip((x, y), metrics, strict=True):
        observed = frame.dropna(subset=["value"])
        wrong = incident_rows(observed, metric, breaks)
        misreadings += _misreadings(observed[wrong], metric, breaks)
        parts = observed[~wrong].groupby("framework", sort=True)
        ready.append({str(name): prepared_series(part, metric, final).compared for name, part in parts})
    return Sides(ready[0], ready[1], metrics, tuple(misreadings))


def _misreadings(rows: pd.DataFrame, metric: Metric, breaks: Sequence[Break]) -> list[Misread]:
    def incident(name: str, when: pd.Timestamp) -> str:
        named = (b for b in breaks if b.kind == "incident" and name in b.frameworks)
        return next(b.id for b in named if b.since <= when.date() <= b.until)

    return [
        Misread(
            str(r["framework"]),
            metric.id,
            r["period_end"].date(),
            float(r["value"]),
            incident(r["framework"], r["period_end"]),
        )
        for r in rows.sort_values("period_end").to_dict("records")
    ]


def rank_agreement(
    x: pd.DataFrame,
    y: pd.DataFrame,
    metrics: tuple[Metric, Metric],
    on: date,
    final: date,
    breaks: Sequence[Break] = (),
) -> Agreement:
    """Lay two metrics' frames beside each other on one day: see `sides` and `agree`."""
    return agree(sides(x, y, metrics, final, breaks), on)


def agree(ready: Sides, on: date, only: Collection[str] | None = None) -> Agreement:
    """Lay both metrics beside each other on a day, of all frameworks or `only` of some.

    A framework counts with what was last seen by then, no older than the metric's gap allows; of flows all count over
    the same period (28 days' sums of daily ones).
    """
    x, y = ready.metrics
    left, right = _latest(_chosen(ready.x, only), x, on), _latest(_chosen(ready.y, only), y, on)
    rows = [(name, left[name][0], right[name][0], left[name][1], right[name][1]) for name in left if name in right]
    table = pd.DataFrame(sorted(rows), columns=["framework", "x", "y", "x_seen", "y_seen"])
    return ranked(table.astype({"x": "float64", "y": "float64"}), on)


def ranked(table: pd.DataFrame, on: date) -> Agreement:
    """How alike the columns x and y of a table (framework, x, y and whatever else) rank its frameworks."""
    table = table.assign(**{f"{name}_rank": table[name].rank(ascending=False) for name in ("x", "y")})
    one, other = (table[name].to_numpy(dtype="float64") for name in ("x", "y"))
    return Agreement(on, table, kendall(one, other), tau_interval(one, other))


def shared_frameworks(ready: Sides, on: date) -> int:
    """How many frameworks both metrics have on a day."""
    x, y = ready.metrics
    return len(_latest(ready.x, x, on).keys() & _latest(ready.y, y, on).keys())


def drift(before: Agreement, after: Agreement, *, draws: int = DRAWS, seed: int = SEED) -> Drift | None:
    """How tau changed, for the frameworks that both days have; None for fewer than five of them.

    Both days' figures are drawn together, framework by framework, so that the interval is one of the change.
    """
    both = before.table.merge(after.table, on="framework")
    if len(both) < MIN_FRAMEWORKS:
        return None
    columns = {name: both[name].to_numpy(dtype="float64") for name in ("x_x", "y_x", "x_y", "y_y")}
    times = _times(len(both), draws, seed)
    old, new = (_drawn_taus(columns[f"x_{day}"], columns[f"y_{day}"], times) for day in ("x", "y"))
    then, now = (kendall(columns[f"x_{day}"], columns[f"y_{day}"]) for day in ("x", "y"))
    return Drift(before.on, after.on, len(both), then, now, _bounds(new - old))


def _chosen(series: dict[str, Points], only: Collection[str] | None) -> dict[str, Points]:
    return series if only is None else {name: each for name, each in series.items() if name in only}


def per_million(agreement: Agreement) -> pd.Series[float]:
    """How much x for each million of y in 30 days, by framework, the highest first: stars per million downloads."""
    positive = agreement.table[agreement.table["y"] > 0].set_index("framework")
    return (positive["x"] / (positive["y"] / MILLION)).sort_values(ascending=False)


def levels(series: dict[str, Points], metric: Metric, on: date) -> pd.DataFrame:
    """One metric's values on a day, as `agree` takes them: framework, value, seen (the last day it is about)."""
    rows = [(name, value, last) for name, (value, last) in _latest(series, metric, on).items()]
    return pd.DataFrame(rows, columns=["framework", "value", "seen"])


def _latest(series: dict[str, Points], metric: Metric, on: date) -> dict[str, tuple[float, date]]:
    serving = {key: _serving(points, metric, on) for key, points in series.items()}
    if metric.kind is Kind.STOCK:
        chosen = {key: rows[-1] for key, rows in serving.items() if rows}
    else:
        chosen = _same_period(series, serving)
    return {key: (_rate(series[key], k, metric), day(series[key].end[k])) for key, k in chosen.items()}


def _serving(points: Points, metric: Metric, on: date) -> list[int]:
    """The rows that were over by then and not yet too old, oldest first."""
    length, age = points.end - points.start + 1, number(on) - points.end
    return [int(k) for k in np.flatnonzero((age >= 0) & (age <= length + metric.gap_after_days))]


def _same_period(series: dict[str, Points], serving: dict[str, list[int]]) -> dict[str, int]:
    """Each framework's row of one period, the same for all: the youngest of those that most of them have."""
    places = {key: {_period(series[key], k): k for k in rows} for key, rows in serving.items()}
    counts = Counter(period for rows in places.values() for period in rows)
    if not counts:
        return {}
    best = max(counts, key=lambda period: (counts[period], period))
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
    names = table["framework"].to_numpy(dtype=object)
    x, y = (table[side].to_numpy(dtype="float64") for side in ("x", "y"))
    observed = np.concatenate([x, y])
    # Of zero there is no logarithm, and a share is below one.
    floor = min(1.0, float(observed[observed > 0].min(initial=1.0)))
    a, b = np.nonzero(np.triu((x[:, None] - x) * (y[:, None] - y) < 0))
    apart = sum((_log_ratio(side[a], side[b], floor) for side in (x, y)), np.zeros(len(a)))
    ahead, behind = names[np.where(x[a] > x[b], a, b)], names[np.where(x[a] > x[b], b, a)]
    return tuple((one, other) for _, one, other in sorted(zip((-apart).tolist(), ahead, behind, strict=True)))


def _log_ratio(one: Values, other: Values, floor: float) -> Values:
    return np.abs(np.log(np.maximum(one, floor) / np.maximum(other, floor)))
