"""Forecasts as they are kept, for page, picture and API. A look-up each: nothing is fitted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from answers.forecast import Forecast, forecast
from answers.forecast import forecast_json as answer_forecast_json
from answers.question import QuestionError
from dashboard import cache, parameters
from dashboard.api import responses

PARAMETERS = ("metric", "framework", "against", "months", "by", "as_of")
HORIZON, MOST_MONTHS = 12, 24


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


def forecast_json(request: Request) -> Response:
    """A forecast of `framework` by `metric`, alone or `against` another, `months` ahead or `by` a day."""
    given = parameters.params(request.query_params, PARAMETERS)
    metric, framework = (parameters.single(given, name, required=True) for name in ("metric", "framework"))
    months = parameters.single(given, "months") or str(HORIZON)
    if not (months.isascii() and months.isdigit() and 1 <= int(months[:6]) <= MOST_MONTHS):
        raise QuestionError(f"months is a number from 1 to {MOST_MONTHS}, not {months[:40]!r}.")
    found = told(
        metric, framework, parameters.single(given, "against"), int(months), parameters.day(given, "by"),
        parameters.moment(given, "as_of"),
    )  # fmt: skip
    return responses.as_json(answer_forecast_json(found))
