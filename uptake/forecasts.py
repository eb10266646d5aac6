"""Forecasts are fitted here, outside every page, and kept with the reason where there is none.

One process at a time, by the lease `forecast`. What is fitted to the months that are known already is not fitted
again: a new whole month, a longer history or another version of the model asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from analysis.forecast import backtest as tested
from analysis.forecast import model
from analysis.forecast.monthly_history import History, Unforeseeable, history, month_end, ratio
from answers.question import QuestionError, final_through, known_framework, known_metric
from catalog import Catalog, Kind, Metric
from collectors import Clock
from storage import KeptForecast, Lease, Store
from uptake.scheduler.refit import LEASE_S, take_lease

FACTOR = 4.0  # two that are further apart are not set against each other, unless asked for
VERSION = f"1, {model.VERSION}"

Report = Callable[[int, int, "Unit"], None]


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing to forecast: a framework by a metric, or its ratio to a rival."""

    metric: str
    framework: str
    rival: str = ""


@dataclass(frozen=True, slots=True)
class Fits:
    """What came of it: forecasts made, refused (with a reason that is kept), and those there were already."""

    made: int
    refused: int
    unchanged: int
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """What to fit (empty: everything), and whether to fit again what is known."""

    metric: str = ""
    framework: str = ""
    rival: str = ""
    again: bool = False


def forecast(
    store: Store, catalog: Catalog, clock: Clock, wanted: ForecastRequest, *, report: Report, stop: Callable[[], bool]
) -> Fits:
    """Fit and keep, one after the other; each is kept whole or not at all.

    Raises QuestionError for what is unknown, BusyForecasting if another process is at it.
    """
    metrics = _metrics(store, catalog, wanted)
    lease = take_lease(store, clock)
    try:
        return _all(store, catalog, clock, metrics, wanted, lease, report, stop)
    finally:
        store.release(lease)


def _metrics(store: Store, catalog: Catalog, wanted: ForecastRequest) -> list[Metric]:
    if wanted.framework:
        known_framework(catalog, wanted.framework)
    if wanted.rival:
        known_framework(catalog, wanted.rival)
        if wanted.rival == wanted.framework or not wanted.framework:
            raise QuestionError("Name two different frameworks to set one against the other.")
    if wanted.metric:
        return [known_metric(catalog, wanted.metric)]
    have = {series.metric for series in store.series() if not series.dimension}
    return [m for m in catalog.metrics.values() if m.id in have and m.has_total and m.kind is not Kind.SHARE]


def _all(
    store: Store, catalog: Catalog, clock: Clock, metrics: Sequence[Metric], wanted: ForecastRequest, lease: Lease,
    report: Report, stop: Callable[[], bool],
) -> Fits:  # fmt: skip
    done: list[str] = []
    fields = [_Field(store, catalog, metric, wanted, clock.now()) for metric in metrics]
    units = [(field, unit) for field in fields for unit in field.units()]
    for field, unit in units:
        if stop() or not store.renew(lease, LEASE_S, clock.now()):
            break
        report(len(done), len(units), unit)
        done.append(field.fit(unit))
    made, refused, unchanged = (done.count(what) for what in ("made", "refused", "unchanged"))
    return Fits(made, refused, unchanged, stopped=len(done) < len(units))


class _Field:
    """One metric: the histories of its frameworks, or why they have none that serves."""

    def __init__(self, store: Store, catalog: Catalog, metric: Metric, wanted: ForecastRequest, now: datetime) -> None:
        self._store, self._metric, self._wanted, self._now = store, metric, wanted, now
        self._known = {(f.framework, f.rival): f.document for f in store.forecasts(metric.id)}
        chosen = {name for name in (wanted.framework, wanted.rival) if name}
        names = [f.id for f in catalog.frameworks.values() if (f.id in chosen if chosen else not f.removed)]
        frame, final = store.read(metric.id, names), final_through(now)
        self._retrieved: dict[Any, Any] = frame.groupby("framework")["retrieved_at"].max().to_dict()
        self._ends: dict[Any, Any] = frame.groupby("framework")["period_end"].max().to_dict()
        self._histories: dict[str, History | Unforeseeable] = {}
        for name in names:
            mine = frame[frame["framework"] == name]
            if len(mine) or chosen:
                self._histories[name] = self._learned(mine, catalog, name, final)

    def units(self) -> Iterator[Unit]:
        """Every framework alone; then those that are near to each other, or the two that were named."""
        wanted, metric = self._wanted, self._metric.id
        yield from (Unit(metric, name) for name in self._histories)
        usable = {name: h.logs[-1] for name, h in self._histories.items() if isinstance(h, History)}
        for a, b in combinations(usable, 2):
            if wanted.rival or abs(usable[a] - usable[b]) <= np.log(FACTOR):
                yield Unit(metric, a, b)

    def fit(self, unit: Unit) -> str:
        """Fit and keep one: made, refused or unchanged."""
        known = self._history(unit)
        kept = self._known.get((unit.framework, unit.rival))
        if kept is not None and not self._wanted.again and _same(kept, known):
            return "unchanged"
        document = fitted(known, self._metric, unit) | {"retrieved_at": self._learned_at(unit)}
        end = month_end(known.last) if isinstance(known, History) else self._end(unit.framework)
        told = KeptForecast(unit.metric, unit.framework, unit.rival, self._now, end, document)
        self._store.keep_forecast(told)
        return "refused" if document["refusal"] else "made"

    def _learned_at(self, unit: Unit) -> str | None:
        """When the youngest of the observations it is made of was retrieved."""
        known = [self._retrieved[name] for name in (unit.framework, unit.rival) if name in self._retrieved]
        return str(max(known).isoformat()) if known else None

    def _end(self, framework: str) -> date:
        found: date = self._ends[framework].date() if framework in self._ends else self._now.date()
        return found

    def _history(self, unit: Unit) -> History | Unforeseeable:
        """What to learn from: one framework's months, or the ratio of two."""
        found = self._histories[unit.framework]
        if unit.rival and isinstance(found, History):
            other = self._histories[unit.rival]
            try:
                found = ratio(found, other) if isinstance(other, History) else other
            except Unforeseeable as refusal:
                return refusal
        return found

    def _learned(self, frame: pd.DataFrame, catalog: Catalog, name: str, final: date) -> History | Unforeseeable:
        """What there is to learn from, or why that will not do: a forecast must reach beyond today."""
        breaks = catalog.breaks_of(self._metric.id, name)
        try:
            found = history(frame, self._metric, breaks, name, final)
        except Unforeseeable as refusal:
            return refusal
        if month_end(found.last + tested.HORIZON) > self._now.date():
            return found
        seen = f"It was last seen in {month_end(found.last):%B %Y}"
        return Unforeseeable("ended", f"{seen}, and the year that could be forecast from there has passed already.")


def _same(kept: Mapping[str, Any], known: History | Unforeseeable) -> bool:
    """Whether a forecast that is kept was fitted to the same months by the same model, or refused for that reason."""
    if isinstance(known, Unforeseeable):
        return bool(kept["refusal"] == _refusal(known))
    return bool(kept["history"] == _history_json(known) and kept["version"] == VERSION)


def fitted(known: History | Unforeseeable, metric: Metric, unit: Unit) -> dict[str, Any]:
    """A forecast, or why there is none, as plain JSON with stable keys; all of it depends on the data alone."""
    document: dict[str, Any] = {
        "version": VERSION, "unit": _unit(metric, unit), "refusal": None, "history": None, "past": [], "model": None,
        "seed": None, "months": [], "backtest": None, "chance": None,
    }  # fmt: skip
    if isinstance(known, Unforeseeable):
        return document | {"refusal": _refusal(known)}
    document |= {"history": _history_json(known), "past": _past(known), "seed": known.seed}
    try:
        tests = [tested.backtest(known, fading=fading, sided=bool(unit.rival)) for fading in (False, True)]
        test = tested.better(tests)
        document |= {"model": tested.model_name(test), "backtest": _backtest_json(test)}
        reach = tested.horizon(test)
        found = model.fit(known.logs, fading=test.fading)
        document["months"] = _months(found, known, reach)
        if unit.rival:
            document["chance"] = _chance(found, known, unit, reach)
    except Unforeseeable as refusal:
        return document | {"refusal": _refusal(refusal)}
    return document


def _unit(metric: Metric, unit: Unit) -> str:
    if unit.rival:
        return "ratio"
    return metric.unit if metric.kind is Kind.STOCK else "per day"


def _refusal(refusal: Unforeseeable) -> dict[str, str]:
    return {"code": refusal.code, "reason": str(refusal)}


def _history_json(known: History) -> dict[str, Any]:
    first, last = (month_end(month).isoformat() for month in (known.first, known.last))
    return {"first": first, "last": last, "months": len(known.logs), "seen": known.seen, "began": known.began}


def _past(known: History) -> list[dict[str, Any]]:
    """What was learned from; a month that was not seen has no value."""
    values = [None if np.isnan(value) else value for value in model.rounded(np.exp(known.logs), 9)]
    return [{"month": month_end(known.first + n).isoformat(), "value": value} for n, value in enumerate(values)]


def _months(found: model.Fitted, known: History, reach: int) -> list[dict[str, Any]]:
    ahead = found.ahead(reach)
    low80, high80 = ahead.bounds(0.8)
    low95, high95 = ahead.bounds(0.95)
    columns = {"median": ahead.mean, "low80": low80, "high80": high80, "low95": low95, "high95": high95}
    values = {name: model.rounded(np.exp(logs)) for name, logs in columns.items()}
    return [
        {"month": month_end(known.last + n + 1).isoformat()} | {name: column[n] for name, column in values.items()}
        for n in range(reach)
    ]


def _chance(found: model.Fitted, known: History, unit: Unit, reach: int) -> dict[str, Any]:
    """The chance that the one behind is ahead in a month, and that it has been ahead by then."""
    at, by = (model.rounded(column, 4) for column in model.chances(found, known, reach))
    leads = known.logs[-1] > 0
    return {
        "ahead": unit.framework if leads else unit.rival,
        "behind": unit.rival if leads else unit.framework,
        "months": [
            {"month": month_end(known.last + n + 1).isoformat(), "ahead_then": at[n], "passed_by": by[n]}
            for n in range(reach)
        ],
    }


def _backtest_json(test: tested.Backtest) -> dict[str, Any]:
    year = test.over(1, tested.HORIZON)
    return {
        "models_tried": 2, "origins": test.origins, "calls": test.calls, "called": test.called,
        **_held(year), "rows": [_held(row) for row in test.rows],
    }  # fmt: skip


def _held(row: tested.Accuracy) -> dict[str, Any]:
    held80, held95, error, plain = model.rounded((row.held80, row.held95, row.error, row.plain), 4)
    return {
        "months_ahead": row.months, "forecasts": row.forecasts, "held80": held80, "held95": held95,
        "error": error, "plain_error": plain,
    }  # fmt: skip
