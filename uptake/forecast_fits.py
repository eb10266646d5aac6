"""Forecasts are fitted here, outside every page, and kept with the reason where there is none.

One process at a time, by the lease `forecast`. A forecast already fitted to the months of the store is not fitted
again: a new whole month, a longer history, a revised one or another version of the model asks for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import by_framework
from analysis.forecast import model
from analysis.forecast.backtest import HORIZON, Accuracy, Backtest, backtest, better, horizon, model_name
from analysis.forecast.monthly_history import History, Unforeseeable, history, month_end, ratio
from answers import wording
from answers.questions import QuestionError, final_through, known_framework, known_metric
from answers.series.misreadings import without_misread
from answers.series.observations import observations
from catalog import Catalog, Kind, Metric
from collectors import Clock
from storage import KeptForecast, Lease, LeaseLost, Store
from uptake.scheduler.forecast_schedule import LEASE_S, take_lease

log = logging.getLogger(__name__)

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
    """What to fit (empty: everything), and whether to fit again what is kept."""

    metric: str = ""
    framework: str = ""
    rival: str = ""
    again: bool = False


def fit_forecasts(
    store: Store, catalog: Catalog, clock: Clock, wanted: ForecastRequest, *, report: Report, stop: Callable[[], bool]
) -> Fits:
    """Fit and keep, one after the other; each is kept whole or not at all.

    Raises QuestionError for what is unknown, BusyForecasting if another process is at it.
    """
    metrics = _metrics(store, catalog, wanted)
    lease = take_lease(store, clock)
    done: list[str] = []
    try:
        fits = [_MetricForecasts(store, catalog, metric, wanted, clock.now(), lease) for metric in metrics]
        units = [(fit, unit) for fit in fits for unit in fit.units()]
        for fit, unit in units:
            if stop() or not store.renew(lease, LEASE_S, clock.now()):
                break
            report(len(done), len(units), unit)
            done.append(fit.fit(unit))
    except LeaseLost:
        log.warning("another process took over fitting forecasts: this one stops")
    finally:
        store.release(lease)
    made, refused, unchanged = (done.count(what) for what in ("made", "refused", "unchanged"))
    return Fits(made, refused, unchanged, stopped=len(done) < len(units))


def _metrics(store: Store, catalog: Catalog, wanted: ForecastRequest) -> list[Metric]:
    if wanted.framework:
        known_framework(catalog, wanted.framework)
    if wanted.rival:
        known_framework(catalog, wanted.rival)
        if wanted.rival == wanted.framework or not wanted.framework:
            raise QuestionError("Name two different frameworks.")
    if wanted.metric:
        return [known_metric(catalog, wanted.metric)]
    have = {series.metric for series in store.series() if not series.dimension}
    able = [m for m in catalog.metrics.values() if m.has_total and m.kind is not Kind.SHARE]
    return [m for m in able if [*m.derived_from, m.id][0] in have]


class _MetricForecasts:
    """One metric: the histories of its frameworks, or why they have none that serves."""

    def __init__(
        self, store: Store, catalog: Catalog, metric: Metric, wanted: ForecastRequest, now: datetime, lease: Lease
    ) -> None:
        self._store, self._metric, self._wanted, self._now, self._lease = store, metric, wanted, now, lease
        self._kept = {(f.framework, f.rival): f.document for f in store.forecasts(metric.id)}
        chosen = {name for name in (wanted.framework, wanted.rival) if name}
        names = [f.id for f in catalog.frameworks.values() if (f.id in chosen if chosen else not f.removed)]
        frame = without_misread(catalog, metric, observations(store, catalog, metric.id, names))
        final = final_through(now)
        self._sources: dict[Any, Any] = frame.groupby("framework")["source"].unique().to_dict()
        self._retrieved: dict[Any, Any] = frame.groupby("framework")["retrieved_at"].max().to_dict()
        self._ends: dict[Any, Any] = frame.groupby("framework")["period_end"].max().to_dict()
        self._histories: dict[str, History | Unforeseeable] = {}
        parts = by_framework(frame)
        for name in names:
            mine = parts.get(name, frame.iloc[:0])
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
        months = self._history(unit)
        kept = self._kept.get((unit.framework, unit.rival))
        if kept is not None and not self._wanted.again and _same(kept, months):
            return "unchanged"
        origin = {"retrieved_at": self._learned_at(unit), "sources": self._sources_of(unit)}
        document = forecast_document(months, self._metric, unit) | origin
        end = month_end(months.last) if isinstance(months, History) else self._end(unit.framework)
        forecast = KeptForecast(unit.metric, unit.framework, unit.rival, self._now, end, document)
        self._store.keep_forecast(forecast, self._lease)
        return "refused" if document["refusal"] else "made"

    def _learned_at(self, unit: Unit) -> str | None:
        """When the youngest of the observations it is made of was retrieved."""
        moments = [self._retrieved[name] for name in (unit.framework, unit.rival) if name in self._retrieved]
        return str(max(moments).isoformat()) if moments else None

    def _sources_of(self, unit: Unit) -> list[str]:
        """Which sources the observations it is made of are from."""
        names = [name for one in (unit.framework, unit.rival) for name in self._sources.get(one, ())]
        return sorted({source for name in names for source in name.split()})

    def _end(self, framework: str) -> date:
        day: date = self._ends[framework].date() if framework in self._ends else self._now.date()
        return day

    def _history(self, unit: Unit) -> History | Unforeseeable:
        """What to learn from: one framework's months, or the ratio of two."""
        months = self._histories[unit.framework]
        if unit.rival and isinstance(months, History):
            other = self._histories[unit.rival]
            try:
                months = ratio(months, other) if isinstance(other, History) else other
            except Unforeseeable as refusal:
                return refusal
        return months

    def _learned(self, frame: pd.DataFrame, catalog: Catalog, name: str, final: date) -> History | Unforeseeable:
        """What there is to learn from, or why that will not do: a forecast must reach beyond today."""
        breaks = catalog.breaks_of(self._metric.id, name)
        try:
            months = history(frame, self._metric, breaks, name, final)
        except Unforeseeable as refusal:
            return refusal
        if month_end(months.last + HORIZON) > self._now.date():
            return months
        last_seen = f"The last data are from {wording.month(month_end(months.last))}"
        return Unforeseeable("ended", f"{last_seen}, and the year that could be forecast from there is over.")


def _same(kept: Mapping[str, Any], history: History | Unforeseeable) -> bool:
    """Whether a forecast that is kept was fitted to the same months by the same model, or refused for that reason."""
    if isinstance(history, Unforeseeable):
        return bool(kept["refusal"] == _refusal(history))
    same = kept["history"] == _history_json(history) and kept["past"] == _past(history)  # revised or not
    return bool(same and kept["version"] == VERSION)


def forecast_document(history: History | Unforeseeable, metric: Metric, unit: Unit) -> dict[str, Any]:
    """A forecast, or why there is none, as plain JSON with stable keys; all of it depends on the data alone."""
    document: dict[str, Any] = {
        "version": VERSION, "unit": _unit(metric, unit), "refusal": None, "history": None, "past": [], "model": None,
        "seed": None, "months": [], "backtest": None, "chance": None,
    }  # fmt: skip
    if isinstance(history, Unforeseeable):
        return document | {"refusal": _refusal(history)}
    document |= {"history": _history_json(history), "past": _past(history), "seed": history.seed}
    try:
        tests = [backtest(history, fading=fading, sided=bool(unit.rival)) for fading in (False, True)]
        test = better(tests)
        document |= {"model": model_name(test), "backtest": _backtest_json(test)}
        reach = horizon(test)
        fitted_model = model.fit(history.logs, fading=test.fading)
        document["months"] = _months(fitted_model, history, reach)
        if unit.rival:
            document["chance"] = _chance(fitted_model, history, unit, reach)
    except Unforeseeable as refusal:
        return document | {"refusal": _refusal(refusal)}
    return document


def _unit(metric: Metric, unit: Unit) -> str:
    if unit.rival:
        return "ratio"
    return metric.unit if metric.kind is Kind.STOCK else "per day"


def _refusal(refusal: Unforeseeable) -> dict[str, str]:
    return {"code": refusal.code, "reason": str(refusal)}


def _history_json(history: History) -> dict[str, Any]:
    first, last = (month_end(month).isoformat() for month in (history.first, history.last))
    return {"first": first, "last": last, "months": len(history.logs), "seen": history.seen, "began": history.began}


def _past(history: History) -> list[dict[str, Any]]:
    """What was learned from; a month that was not seen has no value."""
    values = [None if np.isnan(value) else value for value in model.rounded(np.exp(history.logs), 9)]
    return [{"month": month_end(history.first + n).isoformat(), "value": value} for n, value in enumerate(values)]


def _months(fitted_model: model.Fitted, history: History, reach: int) -> list[dict[str, Any]]:
    ahead = fitted_model.ahead(reach)
    low80, high80 = ahead.bounds(0.8)
    low95, high95 = ahead.bounds(0.95)
    columns = {"median": ahead.mean, "low80": low80, "high80": high80, "low95": low95, "high95": high95}
    values = {name: model.rounded(np.exp(logs)) for name, logs in columns.items()}
    return [
        {"month": month_end(history.last + n + 1).isoformat()} | {name: column[n] for name, column in values.items()}
        for n in range(reach)
    ]


def _chance(fitted_model: model.Fitted, history: History, unit: Unit, reach: int) -> dict[str, Any]:
    """The chance that the one behind is ahead in a month, and that it has been ahead by then."""
    at, by = (model.rounded(column, 4) for column in model.chances(fitted_model, history, reach))
    leads = history.logs[-1] > 0
    return {
        "ahead": unit.framework if leads else unit.rival,
        "behind": unit.rival if leads else unit.framework,
        "months": [
            {"month": month_end(history.last + n + 1).isoformat(), "ahead_then": at[n], "passed_by": by[n]}
            for n in range(reach)
        ],
    }


def _backtest_json(test: Backtest) -> dict[str, Any]:
    year = test.over(1, HORIZON)
    return {
        "models_tried": 2, "origins": test.origins, "calls": test.calls, "called": test.called,
        **_accuracy_json(year), "rows": [_accuracy_json(row) for row in test.rows],
    }  # fmt: skip


def _accuracy_json(accuracy: Accuracy) -> dict[str, Any]:
    held80, held95, error, plain = model.rounded((accuracy.held80, accuracy.held95, accuracy.error, accuracy.plain), 4)
    return {
        "months_ahead": accuracy.months, "forecasts": accuracy.forecasts, "held80": held80, "held95": held95,
        "error": error, "plain_error": plain,
    }  # fmt: skip
