"""Surveys of use beside stars and downloads: which of the two orders frameworks as a survey does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from analysis.agreement.rank_agreement import MIN_FRAMEWORKS, Agreement, Sides, levels, ranked
from analysis.share_intervals import may_be_shown
from answers import wording
from answers.agreement.wording import signed
from answers.json_and_csv import bounds
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
    sources: tuple[str, ...]
    retrieved_at: datetime


def survey_agreements(
    store: Store, catalog: Catalog, ready: Sides, on: date, names: tuple[str, ...], as_of: datetime | None
) -> tuple[SurveyAgreement, ...]:
    """Every survey of use that had two of these frameworks by the year of the day."""
    surveys = [m for m in catalog.metrics.values() if m.family == "survey" and m.counts == "use" and m.has_total]
    observed = [levels(side, metric, on) for side, metric in zip((ready.x, ready.y), ready.metrics, strict=True)]
    answers = (_survey_agreement(store, metric, observed, ready, on, names, as_of) for metric in surveys)
    return tuple(answer for answer in answers if answer is not None)


def survey_agreement_json(answer: SurveyAgreement) -> dict[str, object]:
    """The answer as an object with stable keys."""
    return {
        "survey": answer.survey.id,
        "year": answer.year,
        "sentence": answer.sentence,
        "with_x": {"frameworks": sorted(answer.by_x.table["framework"]), **tau_json(answer.by_x)},
        "with_y": {"frameworks": sorted(answer.by_y.table["framework"]), **tau_json(answer.by_y)},
    }


def tau_json(agreement: Agreement) -> dict[str, float | None]:
    """Kendall's tau with its interval; null where there are too few frameworks for one."""
    return {
        "tau": agreement.tau if len(agreement.table) > 1 and agreement.tau == agreement.tau else None,
        **bounds(agreement.interval),
    }


def _survey_agreement(
    store: Store, metric: Metric, observed: list[pd.DataFrame], ready: Sides, on: date, names: tuple[str, ...],
    as_of: datetime | None,
) -> SurveyAgreement | None:  # fmt: skip
    edition = _edition(store.read(metric.id, names, until=date(on.year, 12, 31), as_of=as_of))
    if len(edition) < 2:
        return None
    year = int(pd.Timestamp(edition["period_end"].iloc[0]).year)
    shares = edition[["framework", "value"]].rename(columns={"value": "x"})
    by = [ranked(shares.merge(side.rename(columns={"value": "y"}), on="framework"), on) for side in observed]
    sources = tuple(dict.fromkeys(edition["source"].astype(str)))
    learned = edition["retrieved_at"].max().to_pydatetime()
    return SurveyAgreement(metric, year, by[0], by[1], _sentence(metric, year, ready.metrics, by), sources, learned)


def _edition(frame: pd.DataFrame) -> pd.DataFrame:
    """The last edition's rows that may be shown: enough people answered."""
    shares = frame.dropna(subset=["value"])
    shares = shares[may_be_shown(shares["base"].to_numpy(dtype="float64", na_value=float("nan")))]
    last: pd.DataFrame = shares[shares["period_end"] == shares["period_end"].max()]
    return last


def _sentence(survey: Metric, year: int, metrics: tuple[Metric, Metric], by: list[Agreement]) -> str:
    parts = [_apart(wording.noun(m), a) for m, a in zip(metrics, by, strict=True) if len(a.table) > 1]
    named = wording.capital(wording.edition(survey, year))
    if not parts:
        return f"{named} has too few frameworks in common with either."
    return f"{named} ranks {'. It ranks '.join(parts)}."


def survey_sentences(answers: Sequence[SurveyAgreement]) -> tuple[str, ...]:
    """A sentence for every survey, and one on how little so few frameworks show."""
    sizes = [
        len(agreement.table)
        for answer in answers
        for agreement in (answer.by_x, answer.by_y)
        if len(agreement.table) > 1
    ]
    few = ("With so few frameworks this is only a hint.",) if sizes and min(sizes) < 2 * MIN_FRAMEWORKS else ()
    return (*(answer.sentence for answer in answers), *few)


def _apart(what: str, agreement: Agreement) -> str:
    """In how many pairs the survey orders them the other way round; a tie is neither."""
    n = len(agreement.table)
    tau = f", tau {signed(agreement.tau)}" if agreement.tau == agreement.tau else ""
    pairs = wording.counted(n * (n - 1) // 2, "pair")
    return f"{len(agreement.against)} of {pairs} in opposite order to {what} ({n} frameworks{tau})"
