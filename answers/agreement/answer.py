"""Do stars mean use? Stars beside downloads across frameworks, on a day and over time, and beside surveys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from analysis.agreement.rank_agreement import Agreement, Misread, Sides, agree, per_million, shared_frameworks, sides
from answers import wording
from answers.agreement.defaults import Option, best_day, best_use, options, why_metric
from answers.agreement.history import ENOUGH, AgreementHistory, agreement_history
from answers.agreement.lead_lag import Leads, leads, leads_json
from answers.agreement.surveys import SurveyAgreement, survey_agreement_json, survey_agreements, tau_json
from answers.agreement.wording import details, left_out, verdict, why_day
from answers.anomalies.answer import anomalies
from answers.json_and_csv import bounds, caveats_and_sources, to_json, to_the_second
from answers.questions import QuestionError, final_through, known_framework, known_metric, refuse_unlived
from answers.series.observations import compared, source_names
from answers.series.registry_separation import CODE, is_of_registry
from catalog import Catalog, Kind, Metric
from storage import Store

MONTH_DAYS = 30.4


@dataclass(frozen=True, slots=True, eq=False)
class AgreementAnswer:
    """One metric of attention (x) beside one of use (y) on a day.

    `month_ends` has one Agreement for each, oldest first. `verdict` is the answer in one sentence, `sentence` the
    whole of it; `choice` is what was chosen for whoever asked for no metric or day, and why. `misread` are
    the observations left out around that day. `history` and `leads` may need another count of downloads than y, one
    that goes back further: then `memory` names it.
    """

    x: Metric
    y: Metric
    on: date
    as_of: datetime | None
    frameworks: tuple[str, ...]  # as in the question: none for all
    ranking: Agreement
    per_million: pd.Series[float]
    month_ends: tuple[Agreement, ...]
    verdict: str
    sentence: str
    choice: str
    misread: tuple[Misread, ...]
    anomalies: tuple[str, ...]  # sentences on what is unusual in the figures of the day, which are counted all the same
    memory: str
    history: AgreementHistory
    leads: Leads
    surveys: tuple[SurveyAgreement, ...]
    sources: tuple[str, ...]
    retrieved_at: datetime
    catalog: Catalog


@dataclass(frozen=True, slots=True)
class _Case:
    """What is asked, of what, and the frames read for it."""

    store: Store
    catalog: Catalog
    names: tuple[str, ...]
    final: date
    as_of: datetime | None
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)

    def read(self, metric: Metric) -> pd.DataFrame:
        """A metric's totals of these frameworks, without missing values."""
        if metric.id not in self.frames:
            rows = compared(self.store, self.catalog, metric.id, self.names, as_of=self.as_of)
            self.frames[metric.id] = rows.dropna(subset=["value"])
        return self.frames[metric.id]

    def ready(self, x: Metric, y: Metric) -> tuple[Sides, tuple[date, date]]:
        """Both metrics, and the last day of each. Raises QuestionError for one without a value."""
        frames = [self.read(metric) for metric in (x, y)]
        for metric, frame in zip((x, y), frames, strict=True):
            if frame.empty:
                raise QuestionError(f"None of these frameworks has data in {wording.phrase(metric)}.")
        last = tuple(pd.Timestamp(frame["period_end"].max()).date() for frame in frames)
        return sides(frames[0], frames[1], (x, y), self.final, self.catalog.breaks), (last[0], last[1])


def agreement(
    store: Store,
    catalog: Catalog,
    now: datetime,
    *,
    x: str = "stars",
    y: str = "",
    frameworks: Sequence[str] = (),
    on: date | None = None,
    as_of: datetime | None = None,
    months: int = 0,
) -> AgreementAnswer:
    """How alike two metrics rank the frameworks (none named: all) on a day.

    No `y`: the count of downloads that serves best. No day: of the last year the one with the most frameworks.
    `months`: for so many month ends before it as well. Raises QuestionError for what is unknown or never seen.
    """
    refuse_unlived(now, on)
    left = _total(known_metric(catalog, x))
    named = _total(known_metric(catalog, y)) if y else None
    if named is left:
        raise QuestionError(f"{left.title} agrees with itself: choose two different metrics.")
    _refuse_registries(catalog, left, named)
    names = tuple(known_framework(catalog, name) for name in frameworks) or tuple(catalog.frameworks)
    case = _Case(store, catalog, names, final_through(now, as_of), as_of)
    counts = options(store, catalog, left, now, as_of) if named else best_use(store, catalog, left, now, as_of)
    right = named or counts[0].metric
    ready, last = case.ready(left, right)
    day = on or best_day(ready, last)
    ranking = agree(ready, day)
    ends = [pd.Timestamp(e).date() for e in pd.date_range(end=pd.Timestamp(day), periods=months, freq="ME").tolist()]
    month_ends = tuple(agree(ready, end) for end in ends)
    older, memory = _older(counts, right)
    then, then_ranking = (ready, ranking) if older is right else _then(case, left, older, day)
    wrong = tuple(m for m in ready.misread if 0 <= (day - m.day).days <= left.gap_after_days)
    why = why_metric(counts[0], counts) if named is None else ""
    verdict_text = verdict((left, right), ranking)
    surveys = survey_agreements(store, catalog, ready, day, names, as_of)
    return AgreementAnswer(
        left, right, day, as_of, tuple(frameworks), ranking, _ratios(right, ranking), month_ends, verdict_text,
        f"{verdict_text} {details(catalog, (left, right), ranking)}",
        " ".join(filter(None, (why, "" if on else why_day(ready, last, ranking), left_out(catalog, wrong)))),
        wrong, _anomalies(case, now, ready, ranking), memory,
        agreement_history(catalog, then, then_ranking),
        leads(catalog, case.read, left, older, case.final, then_ranking.on),
        surveys, *_origin(case, surveys), catalog,
    )  # fmt: skip


def _origin(case: _Case, surveys: Sequence[SurveyAgreement]) -> tuple[tuple[str, ...], datetime]:
    """The names of the sources of all that was read, and when the youngest of it was learned."""
    frames = [frame for frame in case.frames.values() if len(frame)]
    learned = [frame["retrieved_at"].max().to_pydatetime() for frame in frames]
    return (
        tuple(dict.fromkeys([*source_names(*frames), *(one for survey in surveys for one in survey.sources)])),
        max([*learned, *(survey.retrieved_at for survey in surveys)]),
    )


def _ratios(y: Metric, ranking: Agreement) -> pd.Series[float]:
    """So much x for each million of y; of a share there are no millions."""
    return per_million(ranking) if y.kind is not Kind.SHARE else per_million(ranking).iloc[:0]


def _anomalies(case: _Case, now: datetime, ready: Sides, ranking: Agreement) -> tuple[str, ...]:
    """What is unusual in the figures that were counted, a sentence each."""
    able = [metric.id for metric in ready.metrics if metric.kind is not Kind.SHARE]
    if ranking.table.empty or not able:
        return ()
    first = min(ranking.table["y_seen"]) - timedelta(days=MONTH_DAYS)
    names = tuple(ranking.table["framework"])
    unusual = anomalies(
        case.store, case.catalog, now, metrics=able, frameworks=names, since=first, until=ranking.on, as_of=case.as_of
    )
    left_out = {wrong.incident for wrong in ready.misread}
    return tuple(flag.sentence for flag in unusual.flags if not left_out & {entry.id for entry in flag.known_breaks})


def _refuse_registries(catalog: Catalog, x: Metric, y: Metric | None) -> None:
    """Raises QuestionError for the counts of two package registries."""
    if y and x.family != y.family and is_of_registry(catalog, x) and is_of_registry(catalog, y):
        why = catalog.caveats[CODE]
        raise QuestionError(f"{why.title}. {why.text}")


def _total(metric: Metric) -> Metric:
    if not metric.has_total:
        raise QuestionError(f"We can't rank frameworks by {wording.phrase(metric)}: it has only parts, no total.")
    return metric


def _older(counts: Sequence[Option], y: Metric) -> tuple[Metric, str]:
    """The count to look back with: y, unless it has less than two years and another has more; and a sentence on it."""
    months = {o.metric.id: (o.last - o.first).days / MONTH_DAYS for o in counts if o.frameworks > 1}
    if not months or months.get(y.id, ENOUGH) >= ENOUGH:
        return y, ""
    best = max(counts, key=lambda o: months.get(o.metric.id, 0.0)).metric
    if best is y or months[best.id] < ENOUGH:
        return y, ""
    own = f"{months[y.id]:.0f} months"
    return best, f"There are only {own} of {wording.phrase(y)}, so over time this uses {wording.phrase(best)}."


def _then(case: _Case, x: Metric, y: Metric, day: date) -> tuple[Sides, Agreement]:
    """Another count of downloads, on the day if it has as many then, else on its own best."""
    ready, last = case.ready(x, y)
    own = best_day(ready, last)
    return ready, agree(ready, day if shared_frameworks(ready, day) >= shared_frameworks(ready, own) else own)


def agreement_json(answer: AgreementAnswer) -> dict[str, Any]:
    """The answer as an object with stable keys; metrics, caveats and sources in full."""
    catalog = answer.catalog
    every = (answer.x, answer.y, answer.history.y, answer.leads.x, *(s.survey for s in answer.surveys))
    metrics = [catalog.metrics[name] for name in dict.fromkeys(metric.id for metric in every)]
    return {
        **to_json(answer, "on", "as_of"),
        "x": answer.x.id,
        "y": answer.y.id,
        **to_json(answer, "verdict", "sentence", "choice"),
        **_agreement_json(answer.ranking),
        "rows": [_row_json(row, answer.per_million) for row in answer.ranking.table.to_dict("records")],
        "odd": list(answer.anomalies),
        "left_out": to_json(answer.misread),
        "trail": [{"on": each.on.isoformat()} | _agreement_json(each) for each in answer.month_ends],
        "memory": answer.memory,
        "over_time": _history_json(answer.history),
        "leads": leads_json(answer.leads),
        "surveys": [survey_agreement_json(survey) for survey in answer.surveys],
        "metrics": to_json(metrics),
        **caveats_and_sources(catalog, metrics),
        "sources": to_json(catalog.sources_named(answer.sources)),
        "retrieved_at": to_the_second(answer.retrieved_at),
    }


def _agreement_json(agreement: Agreement) -> dict[str, Any]:
    return {
        "frameworks": len(agreement.table),
        **tau_json(agreement),
        "opposed": agreement.opposed if len(agreement.table) > 1 else None,
        "against": [list(pair) for pair in agreement.against],
    }


def _row_json(row: dict[Any, Any], ratio: pd.Series[float]) -> Any:
    name = row["framework"]
    return to_json(row) | {"x_per_million_y": float(ratio[name]) if name in ratio.index else None}


def _history_json(answer: AgreementHistory) -> dict[str, Any]:
    drift = answer.drift
    change = drift and {
        **to_json(drift, "since", "until", "frameworks", "before", "after"),
        **bounds(drift.interval),
        "told": drift.beyond_chance,
    }
    return {
        "y": answer.y.id,
        "sentence": answer.sentence,
        "change": change,
        "months": [{"on": m.on.isoformat(), "frameworks": len(m.table), **tau_json(m)} for m in answer.months],
        "breaks": [entry.id for entry in answer.breaks],
    }
