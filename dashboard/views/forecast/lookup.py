"""Forecasts as they are kept, for page, picture and API. A look-up each: nothing is fitted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from answers.forecast import Forecast, forecast
from dashboard import cache

HORIZON, MOST_MONTHS = 12, 24  # ahead


@dataclass(frozen=True, slots=True)
class StoredForecast:
    """One forecast in short: what it is of, why it was refused (empty: it was not), the chance a year on if of two."""

    framework: str
    rival: str
    refused: str
    behind: str
    ahead: str
    chance: float


def told(
    metric: str, framework: str, rival: str = "", months: int = HORIZON, by: date | None = None,
    as_of: datetime | None = None,
) -> Forecast:  # fmt: skip
    """`answers.forecast` now. Raises QuestionError and StoreError."""
    with cache.reopening() as store:
        return forecast(
            store, cache.catalog(), metric, framework, rival, cache.now(), months=months, by=by, as_of=as_of
        )


def kept() -> dict[str, list[StoredForecast]]:
    """The last forecast made of each, by metric in the catalog's order; of what is tracked no more, none."""
    known = cache.catalog()
    found: dict[str, list[StoredForecast]] = {}
    with cache.reopening() as store:
        for one in store.forecasts():
            if one.metric in known.metrics and {one.framework, one.rival} - {""} <= set(known.frameworks):
                found.setdefault(one.metric, []).append(_short(one.framework, one.rival, one.document))
    return {name: found[name] for name in known.metrics if name in found}


def _short(framework: str, rival: str, document: Mapping[str, Any]) -> StoredForecast:
    refusal, chance = document["refusal"], document["chance"]
    at = chance["months"][HORIZON - 1]["passed_by"] if chance else 0.0
    behind, ahead = (chance["behind"], chance["ahead"]) if chance else ("", "")
    return StoredForecast(framework, rival, refusal["reason"] if refusal else "", behind, ahead, at)
