"""Do two metrics rank the same frameworks alike? Their agreement with its interval, its drift, and where it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.arrays import Points, Values, day, number
from analysis.overtakes.head_to_head import prepared_series
from analysis.shares import Interval
from catalog import Break, Kind, Metric

SEED = 20201125  # the same figures give the same interval, always
DRAWS = 2000
MIN_FRAMEWORKS = 5  # with fewer, resampling them says nothing
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
class Misread:
    """An observation that is not counted, because the register knows it for a misreading."""

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
    def told(self) -> bool:
        """Whether the change is more than which frameworks happen to be tracked may bring."""
        return self.interval is not None and self.interval.excludes(0.0)


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
    return _bounds(_drawn_taus(x, y, _times(len(x), draws, seed)))


def _times(n: int, draws: int, seed: int) -> Values:
    """How many times each of n is in each draw with replacement: an array of draws by n."""
    picks = np.random.default_rng(seed).integers(0, n, size=(draws, n))
    times = np.stack([(picks == k).sum(axis=1) for k in range(n)], axis=1)
    return times.astype(np.float64)


def _drawn_taus(x: Values, y: Values, times: Values) -> Values:
    """Kendall's tau-b of each draw, NaN where all that was drawn is alike."""
    dx, dy = (np.sign(side[:, None] - side[None, :]) for side in (x, y))
    # every pair of a draw, both ways round: of i and j there are as many as i was drawn times j was drawn
    alike, untied_x, untied_y = (((times @ table) * times).sum(axis=1) for table in (dx * dy, np.abs(dx), np.abs(dy)))
    untied = np.sqrt(untied_x * untied_y)
    taus: Values = np.divide(alike, untied, out=np.full(len(times), np.nan), where=untied > 0)
    return taus


def _bounds(drawn: Values) -> Interval | None:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(float(low), float(high))


def misread(frame: pd.DataFrame, metric: Metric, breaks: Sequence[Break]) -> pd.Series[bool]:
    """Which rows lie within a registered incident that names their framework: days known to be read wrongly.

    Incidents of all frameworks are none of these: what hits all alike leaves their order as it was.
    """
    wrong = pd.Series(data=False, index=frame.index)
    for found in breaks:
        if found.kind == "incident" and found.frameworks and metric.id in found.metrics:
            days = frame["period_end"].between(pd.Timestamp(found.since), pd.Timestamp(found.until))
            wrong |= days & frame["framework"].isin(found.frameworks)
    return wrong


def sides(
    x: pd.DataFrame, y: pd.DataFrame, metrics: tuple[Metric, Metric], final: date, breaks: Sequence[Break] = ()
) -> Sides:
    """Make two metrics' frames ready (the store's columns, any number of frameworks, totals).

    What the register of `breaks` knows for a misreading is left out and told in `misread`. Flows that end after
    `final` are left out as incomplete.
    """
    ready, found = [], []
    for frame, metric in zip((x, y), metrics, strict=True):
        known = frame.dropna(subset=["value"])
        wrong = misread(known, metric, breaks)
        found += _told(known[wrong], metric, breaks)
        parts = known[~wrong].groupby("framework", sort=True)
        ready.append({str(name): prepared_series(part, metric, final).compared for name, part in parts})
    return Sides(ready[0], ready[1], metrics, tuple(found))


def _told(rows: pd.DataFrame, metric: Metric, breaks: Sequence[Break]) -> list[Misread]:
    def incident(name: str, when: pd.Timestamp) -> str:
        return next(b.id for b in breaks if name in b.frameworks and b.since <= when.date() <= b.until)

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
    left, right = (
        _seen(_chosen(seen, only), metric, on) for seen, metric in zip((ready.x, ready.y), ready.metrics, strict=True)
    )
    rows = [(name, left[name][0], right[name][0], left[name][1], right[name][1]) for name in left if name in right]
    table = pd.DataFrame(sorted(rows), columns=["framework", "x", "y", "x_seen", "y_seen"])
    return ranked(table.astype({"x": "float64", "y": "float64"}), on)


def ranked(table: pd.DataFrame, on: date) -> Agreement:
    """How alike the columns x and y of a table (framework, x, y and whatever else) rank its frameworks."""
    table = table.assign(**{f"{name}_rank": table[name].rank(ascending=False) for name in ("x", "y")})
    one, other = (table[name].to_numpy(dtype="float64") for name in ("x", "y"))
    return Agreement(on, table, kendall(one, other), tau_interval(one, other), _against(table))


def known(ready: Sides, on: date) -> int:
    """How many frameworks both metrics know on a day."""
    left, right = (_seen(seen, metric, on) for seen, metric in zip((ready.x, ready.y), ready.metrics, strict=True))
    return len(left.keys() & right.keys())


def drift(before: Agreement, after: Agreement, *, draws: int = DRAWS, seed: int = SEED) -> Drift | None:
    """How tau changed, for the frameworks that both days know; None for fewer than five of them.

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


def _chosen(seen: dict[str, Points], only: Collection[str] | None) -> dict[str, Points]:
    return seen if only is None else {name: points for name, points in seen.items() if name in only}


def per_million(found: Agreement) -> pd.Series[float]:
    """How much x for each million of y in 30 days, by framework, the highest first: stars per million downloads."""
    known = found.table[found.table["y"] > 0].set_index("framework")
    return (known["x"] / (known["y"] / MILLION)).sort_values(ascending=False)


def levels(seen: dict[str, Points], metric: Metric, on: date) -> pd.DataFrame:
    """What one metric says on a day, as `agree` takes it: framework, value, seen (the last day it is about)."""
    told = [(name, value, last) for name, (value, last) in _seen(seen, metric, on).items()]
    return pd.DataFrame(told, columns=["framework", "value", "seen"])


def _seen(seen: dict[str, Points], metric: Metric, on: date) -> dict[str, tuple[float, date]]:
    serving = {key: _serving(points, metric, on) for key, points in seen.items()}
    if metric.kind is Kind.STOCK:
        chosen = {key: rows[-1] for key, rows in serving.items() if rows}
    else:
        chosen = _same_period(seen, serving)
    return {key: (_rate(seen[key], k, metric), day(seen[key].end[k])) for key, k in chosen.items()}


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
