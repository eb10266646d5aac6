"""What people say they use, beside stars and downloads: which of the two orders frameworks as a survey does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from analysis import may_be_shown
from analysis.agreement.rank_agreement import MIN_FRAMEWORKS, Agreement, Sides, levels, ranked
from answers import wording
from catalog import Catalog, Metric
from storage import Store


@dataclass(frozen=True, slots=True, eq=False)
class SurveyAgreement:
    """One survey's last edition by the day: `by_x` and `by_y` lay its shares (as x) beside stars and downloads (y)."""

    survey: Metric
    year: int
    by_x: Agreement
    by_y: Agreement
    sentence: str


def beside(
    store: Store, catalog: Catalog, ready: Sides, on: date, names: tuple[str, ...], as_of: datetime | None
) -> tuple[SurveyAgreement, ...]:
    """Every survey of use that had two of these frameworks by the year of the day."""
    surveys = [m for m in catalog.metrics.values() if m.family == "survey" and m.counts == "use" and m.has_total]
    seen = [levels(side, metric, on) for side, metric in zip((ready.x, ready.y), ready.metrics, strict=True)]
    answers = (_beside(store, metric, seen, ready, on, names, as_of) for metric in surveys)
    return tuple(answer for answer in answers if answer is not None)


def beside_json(answer: SurveyAgreement) -> dict[str, object]:
    """The answer as an object with stable keys."""
    return {
        "survey": answer.survey.id,
        "year": answer.year,
        "sentence": answer.sentence,
        "with_x": _agreed_json(answer.by_x),
        "with_y": _agreed_json(answer.by_y),
    }


def _agreed_json(agreement: Agreement) -> dict[str, object]:
    return {
        "frameworks": sorted(agreement.table["framework"]),
        "tau": agreement.tau if len(agreement.table) > 1 and agreement.tau == agreement.tau else None,
        "low": agreement.interval.low if agreement.interval else None,
        "high": agreement.interval.high if agreement.interval else None,
    }


def _beside(
    store: Store, metric: Metric, seen: list[pd.DataFrame], ready: Sides, on: date, names: tuple[str, ...],
    as_of: datetime | None,
) -> SurveyAgreement | None:  # fmt: skip
    edition = _edition(store.read(metric.id, names, until=date(on.year, 12, 31), as_of=as_of))
    if len(edition) < 2:
        return None
    year = int(pd.Timestamp(edition["period_end"].iloc[0]).year)
    shares = edition[["framework", "value"]].rename(columns={"value": "x"})
    by = [ranked(shares.merge(side.rename(columns={"value": "y"}), on="framework"), on) for side in seen]
    return SurveyAgreement(metric, year, by[0], by[1], _sentence(metric, year, ready.metrics, by))


def _edition(frame: pd.DataFrame) -> pd.DataFrame:
    """The last edition's rows that may be shown: enough people answered."""
    shares = frame.dropna(subset=["value"])
    shares = shares[may_be_shown(shares["base"].to_numpy(dtype="float64", na_value=float("nan")))]
    last: pd.DataFrame = shares[shares["period_end"] == shares["period_end"].max()]
    return last


def _sentence(survey: Metric, year: int, metrics: tuple[Metric, Metric], by: list[Agreement]) -> str:
    parts = [_apart(wording.noun(m), a) for m, a in zip(metrics, by, strict=True) if len(a.table) > 1]
    named = survey.title.partition(":")[0]
    if not parts:
        return f"The {named} of {year} shares too few frameworks with either."
    return f"The {named} of {year} puts {' and '.join(parts)}."


def said(answers: Sequence[SurveyAgreement]) -> tuple[str, ...]:
    """What every survey says, a sentence each, and how little so few frameworks tell."""
    sizes = [
        len(agreement.table)
        for answer in answers
        for agreement in (answer.by_x, answer.by_y)
        if len(agreement.table) > 1
    ]
    few = ("So few frameworks give no more than a hint.",) if sizes and min(sizes) < 2 * MIN_FRAMEWORKS else ()
    return (*(answer.sentence for answer in answers), *few)


def _apart(what: str, agreement: Agreement) -> str:
    """In how many pairs the survey orders them the other way round; a tie is neither."""
    n = len(agreement.table)
    tau = f", tau {agreement.tau:.2f}" if agreement.tau == agreement.tau else ""
    return f"{len(agreement.against)} of {n * (n - 1) // 2} pairs the other way round than {what} ({n} frameworks{tau})"
