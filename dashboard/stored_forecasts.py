"""The forecasts in the store, for page, picture and API. Nothing is fitted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from answers.forecast import Forecast, forecast, passed_on
from answers.questions import ForecastQuestion
from dashboard import cache

HORIZON, MOST_MONTHS = 12, 24  # ahead
NEVER = 0.01  # of a chance: below, there is next to none


@dataclass(frozen=True, slots=True)
class StoredForecast:
    """One forecast in short: what it is of, why it was refused (empty: it was not), the chance a year on if of two."""

    framework: str
    rival: str
    refused: str
    behind: str
    ahead: str
    chance: float


def answer(question: ForecastQuestion) -> Forecast:
    """`answers.forecast` now. Raises QuestionError and StoreError."""
    q = question
    with cache.reopening() as store:
        return forecast(
            store, cache.catalog(), q.metric, q.framework, q.against, cache.now(), months=q.months, by=q.by,
            as_of=q.as_of,
        )  # fmt: skip


def latest() -> dict[str, list[StoredForecast]]:
    """The last forecast made of each, by metric in the catalog's order; of what is tracked no more, none."""
    catalog = cache.catalog()
    stored: dict[str, list[StoredForecast]] = {}
    with cache.reopening() as store:
        for one in store.forecasts():
            if one.metric in catalog.metrics and {one.framework, one.rival} - {""} <= set(catalog.frameworks):
                short = _short(one.framework, one.rival, one.document)
                if short.chance >= NEVER and passed_on(store, catalog.metrics[one.metric], one):
                    short = replace(short, behind="", ahead="", chance=0.0)
                stored.setdefault(one.metric, []).append(short)
    return {name: stored[name] for name in catalog.metrics if name in stored}


def _short(framework: str, rival: str, document: Mapping[str, Any]) -> StoredForecast:
    refusal, chance = document["refusal"], document["chance"]
    at = chance["months"][HORIZON - 1]["passed_by"] if chance else 0.0
    behind, ahead = (chance["behind"], chance["ahead"]) if chance else ("", "")
    return StoredForecast(framework, rival, refusal["reason"] if refusal else "", behind, ahead, at)
