"""What next? A forecast that was fitted outside and kept: its intervals, its own back-test, and the chance that one
framework passes another; or why there is none.

Never what will be, always what comes if it goes on as before, and by this model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import pandas as pd

from analysis.forecast.monthly_history import unforeseen_kind
from analysis.overtakes.paired_series import TRAILING_DAYS
from answers import wording
from answers.json_and_csv import to_json
from answers.questions import QuestionError, known_framework, known_metric, refuse_unlived
from answers.series.registry_separation import CODE, apart, is_of_registry
from catalog import Catalog, Caveat, Kind, Metric, Source
from storage import KeptForecast, Store

HORIZON = 12  # months
MOST_MONTHS = 24
TOO_WIDE = 0.95  # of the times that an 80 % interval held
CAVEAT = "forecast-knows-no-news"
AS_BEFORE = "if current trends continue"
_BOUNDS = {"low80": "high80", "high80": "low80", "low95": "high95", "high95": "low95", "median": "median"}


class Status(StrEnum):
    """Whether there is a forecast: refused with a reason, none fitted yet, or run out."""

    FORECAST = "forecast"
    REFUSED = "refused"
    NONE = "none"
    OVER = "over"


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """One framework by one metric, or (with a rival) the ratio to it. `through`: the last day that was learned from.

    `past` and `months` are rows by month: value, or median, low80, high80, low95, high95 in `unit`. `backtest` (None:
    it came to none) has the shares that held and its rows by months ahead. `ahead` and `behind` are ids, `chance` rows
    of ahead_then and passed_by, each a probability of the one behind. `held` is the back-test in words.
    """

    metric: Metric
    framework: str
    rival: str
    as_of: datetime | None
    status: Status
    code: str
    reason: str
    made_at: datetime | None
    retrieved_at: datetime | None
    through: date | None = field(metadata={"json": "fitted_through"})
    model: str
    version: str
    unit: str
    history: Mapping[str, Any]
    past: Sequence[Mapping[str, Any]]
    months: Sequence[Mapping[str, Any]]
    backtest: Mapping[str, Any] | None
    ahead: str
    behind: str
    chance: Sequence[Mapping[str, Any]]
    seed: int | None
    sentence: str
    held: str
    caveats: tuple[Caveat, ...]
    sources: tuple[Source, ...]

    @property
    def refusal(self) -> Mapping[str, str] | None:
        return {"code": self.code, "reason": self.reason} if self.status is Status.REFUSED else None


def forecast(
    store: Store,
    catalog: Catalog,
    metric: str,
    framework: str,
    rival: str,
    now: datetime,
    *,
    months: int = HORIZON,
    by: date | None = None,
    as_of: datetime | None = None,
) -> Forecast:
    """What was forecast of a framework, or of it against a rival (empty: alone), so many months ahead.

    `by`: up to the month of that day instead. `as_of`: the forecast that was there at that moment. Raises
    QuestionError for what is unknown or further ahead than the forecast.
    """
    refuse_unlived(now, as_of)
    definition = known_metric(catalog, metric)
    for name in filter(None, (framework, rival)):
        known_framework(catalog, name)
    if rival == framework or not framework:
        raise QuestionError("Name two different frameworks to compare.")
    if not 1 <= months <= MOST_MONTHS:
        raise QuestionError(f"A forecast reaches 1 to {MOST_MONTHS} months ahead, not {months}.")
    of_registry = rival and is_of_registry(catalog, definition)
    unlike = apart(store, catalog, (framework, rival), now, None, as_of) if of_registry else None
    kept, turned = (None, False) if unlike else _kept(store, metric, framework, rival, as_of)
    if unlike:
        document = dict(_EMPTY) | {"refusal": {"code": CODE, "reason": unlike.sentence}}
    elif kept is None:
        document = _missing(store, definition, catalog, framework, rival, as_of)
    else:
        document = _turned(kept.document) if turned else dict(kept.document)
        if document["chance"] and (day := passed_on(store, definition, kept, as_of)):
            behind, ahead = (wording.framework(catalog, document["chance"][side]) for side in ("behind", "ahead"))
            reason = f"{behind} was already ahead of {ahead} on {wording.day(day)}, after the months it was fitted to."
            document |= {"refusal": {"code": "passed", "reason": reason}, "months": [], "chance": None}
    return _answer(catalog, definition, (framework, rival), kept, document, now, as_of, months, by)


def passed_on(store: Store, metric: Metric, kept: KeptForecast, as_of: datetime | None = None) -> date | None:
    """The last day both were seen, if the one that was behind when it was fitted is ahead by then; of flows by the mean
    of the 28 days before.
    """
    names = [kept.document["chance"][side] for side in ("behind", "ahead")]
    seen = store.read(metric.id, names, since=kept.through + timedelta(days=1), as_of=as_of)
    days = seen.pivot_table(index="period_end", columns="framework", values="value").dropna()
    days = days if metric.kind is Kind.STOCK or metric.period != "day" else days.rolling(TRAILING_DAYS).mean().dropna()
    if days.empty or len(days.columns) < len(names) or days[names[0]].iloc[-1] <= days[names[1]].iloc[-1]:
        return None
    return pd.Timestamp(days.index[-1]).date()


def _kept(
    store: Store, metric: str, framework: str, rival: str, as_of: datetime | None
) -> tuple[KeptForecast | None, bool]:
    """The forecast, and whether it is of the rival to the framework and must be turned round."""
    kept = store.forecast(metric, framework, rival, as_of)
    if kept is not None or not rival:
        return kept, False
    return store.forecast(metric, rival, framework, as_of), True


def _turned(document: Mapping[str, Any]) -> dict[str, Any]:
    """A ratio of B to A as one of A to B."""
    past = [row | {"value": row["value"] and 1 / row["value"]} for row in document["past"]]
    months = [
        {"month": row["month"]} | {name: 1 / row[other] for name, other in _BOUNDS.items()}
        for row in document["months"]
    ]
    return dict(document) | {"past": past, "months": months}


_EMPTY: Mapping[str, Any] = {
    "version": "", "unit": "", "refusal": None, "history": None, "past": [], "model": None, "seed": None,
    "months": [], "backtest": None, "chance": None, "retrieved_at": None,
}  # fmt: skip


def _missing(
    store: Store, metric: Metric, catalog: Catalog, framework: str, rival: str, as_of: datetime | None
) -> dict[str, Any]:
    """Why nothing is kept: one of the two cannot be forecast itself, they are far apart, or nobody fitted yet."""
    empty = dict(_EMPTY)
    if metric.kind is Kind.SHARE:
        return empty | {"refusal": {"code": "kind", "reason": unforeseen_kind(metric)}}
    if not rival:
        return empty
    alone = {name: store.forecast(metric.id, name, "", as_of) for name in (framework, rival)}
    for name, kept in alone.items():
        if kept and kept.document["refusal"] and not kept.document["history"]:
            refusal = kept.document["refusal"]
            reason = f"{wording.framework(catalog, name)} alone can't be forecast. {refusal['reason']}"
            return empty | {"refusal": {"code": refusal["code"], "reason": reason}}
    if all(alone.values()):
        reason = (
            "They are more than four times apart, so none was fitted. To fit one, run: "
            f"uptake forecast {metric.id} --framework {framework} --against {rival}"
        )
        return empty | {"refusal": {"code": "apart", "reason": reason}}
    return empty


def _answer(
    catalog: Catalog, metric: Metric, names: tuple[str, str], kept: KeptForecast | None, document: dict[str, Any],
    now: datetime, as_of: datetime | None, months: int, by: date | None,
) -> Forecast:  # fmt: skip
    reach = _reach(document["months"], months, by)
    ahead = [row | {"month": date.fromisoformat(row["month"])} for row in document["months"][:reach]]
    chance = document["chance"] or {"ahead": "", "behind": "", "months": []}
    refusal = document["refusal"] or {"code": "", "reason": ""}
    status = _status(document, kept, ahead, (min(now, as_of) if as_of else now).date())
    return Forecast(
        metric=metric,
        framework=names[0],
        rival=names[1],
        as_of=as_of,
        status=status,
        code=refusal["code"],
        reason=refusal["reason"],
        made_at=kept.made_at if kept else None,
        retrieved_at=datetime.fromisoformat(document["retrieved_at"]) if document["retrieved_at"] else None,
        through=kept.through if kept else None,
        model=document["model"] or "",
        version=document["version"],
        unit=document["unit"],
        history=document["history"] or {},
        past=[row | {"month": date.fromisoformat(row["month"])} for row in document["past"]],
        months=ahead,
        backtest=document["backtest"],
        ahead=chance["ahead"],
        behind=chance["behind"],
        chance=[row | {"month": date.fromisoformat(row["month"])} for row in chance["months"][:reach]],
        seed=document["seed"],
        sentence=_sentence(catalog, metric, names, status, refusal, ahead, chance, reach, kept),
        held=_held(document["backtest"], bool(names[1])),
        caveats=(catalog.caveats[CAVEAT], *catalog.caveats_of(metric.id)),
        sources=catalog.sources_named(document.get("sources") or metric.sources),
    )


def _reach(rows: Sequence[Mapping[str, Any]], months: int, by: date | None) -> int:
    """How many of the months ahead are answered. Raises QuestionError for a day before or after all of them."""
    if by is None or not rows:
        return min(months, len(rows))
    ends = [date.fromisoformat(row["month"]) for row in rows]
    months_of = [(end.year, end.month) for end in ends]
    if (by.year, by.month) not in months_of:
        raise QuestionError(
            f"The forecast covers {wording.month(ends[0])} to {wording.month(ends[-1])}; {wording.day(by)} is outside."
        )
    return months_of.index((by.year, by.month)) + 1


def _status(
    document: Mapping[str, Any], kept: KeptForecast | None, ahead: Sequence[Mapping[str, Any]], day: date
) -> Status:
    if document["refusal"]:
        return Status.REFUSED
    if kept is None:
        return Status.NONE
    return Status.OVER if ahead[-1]["month"] <= day else Status.FORECAST


# -- in words ----------------------------------------------------------------------------------------------------------


def _sentence(
    catalog: Catalog, metric: Metric, names: tuple[str, str], status: Status, refusal: Mapping[str, str],
    ahead: Sequence[Mapping[str, Any]], chance: Mapping[str, Any], reach: int, kept: KeptForecast | None,
) -> str:  # fmt: skip
    first, second = (wording.framework(catalog, name) for name in names)
    what, of = f"{first} against {second}" if names[1] else first, wording.phrase(metric)
    if status is Status.NONE:
        return f"There is no forecast of {what} in {of} yet. Run uptake forecast, or wait for the scheduler."
    if status is Status.REFUSED:
        return f"We can't forecast {what} in {of}. {refusal['reason']}"
    if status is Status.OVER and kept:
        return f"The latest forecast of {what} in {of} has run out: it was made on {wording.day(kept.made_at.date())}."
    if names[1]:
        return _of_two(catalog, metric, names, ahead, chance, reach)
    row, stock = ahead[-1], metric.kind is Kind.STOCK
    rate, when = "" if stock else " a day", f"{'at the end of' if stock else 'in'} {wording.month(row['month'])}"
    return (
        f"{first} will have {rough_text(row['low80'])} to {rough_text(row['high80'])} {wording.things(metric)}{rate} "
        f"{when} (80% range), {AS_BEFORE}. The 95% range is {rough_text(row['low95'])} to {rough_text(row['high95'])}."
    )


def _of_two(
    catalog: Catalog, metric: Metric, names: tuple[str, str], ahead: Sequence[Mapping[str, Any]],
    chance: Mapping[str, Any], reach: int,
) -> str:  # fmt: skip
    """The chance that the one behind passes the other, and what the ratio may be."""
    leader, chaser = (wording.framework(catalog, chance[side]) for side in ("ahead", "behind"))
    row, last = chance["months"][reach - 1], ahead[-1]
    first, second = (wording.framework(catalog, name) for name in names)
    return (
        f"{chaser} has {_a_chance(row['passed_by'])} of passing {leader} in {wording.phrase(metric)} by the end of "
        f"{wording.month(last['month'])}, {AS_BEFORE}. It has {_a_chance(row['ahead_then'])} of being ahead in that "
        f"month. By then {first} will have {wording.factor(last['low80'])} to {wording.factor(last['high80'])} times "
        f"as many {wording.things(metric)} as {second} (80% range)."
    )


def _held(test: Mapping[str, Any] | None, sided: bool) -> str:
    """How often the intervals of earlier forecasts held, in words; empty without a back-test."""
    if not test:
        return ""
    called = ""
    if sided and test["calls"]:
        called = f" A year ahead, the model named the later leader {test['called']} of {test['calls']} times."
    wide = " Its ranges are wider than they need to be." if test["held80"] > TOO_WIDE else ""
    return (
        f"Back-test: in {test['forecasts']} past forecasts, the 80% range contained the outcome "
        f"{100 * test['held80']:.0f}% of the time and the 95% range {100 * test['held95']:.0f}%.{wide}{called} "
        f"Those forecasts are for up to a year ahead, from {test['origins']} earlier months, with today's figures."
    )


def _a_chance(probability: float) -> str:
    """A 51% chance, an 8% chance, less than a 1% chance."""
    text = chance_text(probability)
    head, _, figure = text.rpartition(" ")
    article = "an" if figure.startswith(("8", "11%", "18%")) else "a"
    return f"{head} {article} {figure} chance".strip()


def chance_text(probability: float) -> str:
    """A probability in whole percent, and never certain."""
    if probability < 0.01:
        return "less than 1%"
    return "more than 99%" if probability > 0.99 else wording.percent(probability, 0)


def rough_text(value: float) -> str:
    """A forecast figure with three digits that mean something: 90,100 or 1.23 million."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.3g} million"
    near = float(f"{value:.3g}")
    return f"{near:,.0f}" if abs(near) >= 100 else f"{near:,.3g}"


# -- as an object ------------------------------------------------------------------------------------------------------


def forecast_json(answer: Forecast) -> dict[str, Any]:
    """The answer as an object with stable keys, what is empty null; metric, caveats and sources in full."""
    names = (
        "metric", "framework", "rival", "as_of", "status", "sentence", "refusal", "made_at", "retrieved_at", "through",
        "model", "version", "seed", "unit", "history", "past", "months", "ahead", "behind", "chance", "backtest",
        "held", "caveats", "sources",
    )  # fmt: skip
    return {name: None if value in ("", {}) else value for name, value in to_json(answer, *names).items()}
