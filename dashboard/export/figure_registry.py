"""Every chart that can be drawn as a picture, by name: `chart` (a series), `compare`, `agreement`, `surveys`, ...

A picture takes the parameters of its question (`answers.questions`) and how it is drawn: those of the HTTP API,
`/api/v1/compare.png?a=django&b=flask&close=1`, and of `uptake chart`. Each is answered through `dashboard.cache`, so
that a picture has the numbers of the page and of the JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from analysis.overtakes.overtake_dates import Overtake
from answers.agreement.answer import AgreementAnswer
from answers.agreement.surveys import SurveyAgreement
from answers.parameter_types import choice, flag, text
from answers.questions import (
    EVERY_VALUE,
    AgreementQuestion,
    AnomaliesQuestion,
    AnyQuestion,
    CompareQuestion,
    ForecastQuestion,
    Question,
    QuestionError,
    RegionsQuestion,
    SurveyQuestion,
)
from answers.series.registry_separation import is_of_registry
from answers.wording import day
from dashboard import cache, request_parameters, stored_forecasts
from dashboard.charts import ranking
from dashboard.charts.figure import Figure, Style
from dashboard.request_parameters import Values
from dashboard.views.agreement import figure as agreement
from dashboard.views.anomalies import figure as anomalies
from dashboard.views.forecast import figure as forecast
from dashboard.views.head_to_head import figure as head_to_head
from dashboard.views.surveys import figure as surveys
from dashboard.views.surveys.regions import figure as regions
from dashboard.views.trends import ages
from dashboard.views.trends import figure as trends

HISTORY_MONTHS = 24  # of how a framework came to where it is, in stars and downloads
SURVEY_CHARTS = {"years": surveys.years, "change": surveys.changes, "groups": surveys.groups, "wanted": surveys.wanted}
REGION_CHARTS = {
    "shares": regions.shares,
    "leads": regions.leads,
    "fulltime": regions.fulltime,
    "countries": regions.countries,
    "downloads": regions.downloads,
}
FORECAST_CHARTS = {"fan": forecast.fan, "chance": forecast.chance}


# -- how a picture is drawn --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawing:
    """How every picture is drawn."""

    theme: str = choice(("light", "dark"), form="light or dark")


@dataclass(frozen=True, slots=True)
class SeriesDrawing(Drawing):
    """On a logarithmic scale, and over dates or over the frameworks' ages."""

    log: bool = flag()
    axis: str = text(default=ages.CALENDAR)


@dataclass(frozen=True, slots=True)
class CompareDrawing(Drawing):
    """Only the months around the overtake."""

    close: bool = flag()


@dataclass(frozen=True, slots=True)
class AgreementDrawing(Drawing):
    """Which chart; of a survey, which."""

    survey: str = text()
    show: str = choice(("scatter", "tau", "per-million", "ratios", "survey"))


@dataclass(frozen=True, slots=True)
class SurveyDrawing(Drawing):
    """Which chart."""

    show: str = choice(tuple(SURVEY_CHARTS))


@dataclass(frozen=True, slots=True)
class RegionsDrawing(Drawing):
    """Which chart."""

    show: str = choice(tuple(REGION_CHARTS))


@dataclass(frozen=True, slots=True)
class ForecastDrawing(Drawing):
    """Which chart."""

    show: str = choice(tuple(FORECAST_CHARTS))


@dataclass(frozen=True, slots=True)
class Drawable:
    """A chart by its question and drawing; `figure` answers them. It raises QuestionError and StoreError.

    `without`: parameters of the question that change nothing in the picture.
    """

    question: type[AnyQuestion]
    drawing: type[Drawing]
    figure: Callable[[Any, Any, Style], Figure]
    without: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """What its parameters are called."""
        every = (*request_parameters.names(self.question), *request_parameters.names(self.drawing))
        return tuple(name for name in every if name not in self.without)


def whole(question: Question) -> Question:
    """The question with the dimension that is meant when none is named: of a metric without a total, every one."""
    metric = cache.catalog().metrics.get(question.metric)
    if question.dimension or metric is None or metric.has_total:
        return question
    return replace(question, dimension=EVERY_VALUE)


def figure(drawable: Drawable, given: Values) -> tuple[Figure, Style]:
    """The figure that parameters ask for, and its style. Raises QuestionError, StoreError."""
    question, drawing = (
        request_parameters.build(drawable.question, given),
        request_parameters.build(drawable.drawing, given),
    )
    style = Style(drawing.theme == "dark", getattr(drawing, "log", False))
    return drawable.figure(question, drawing, style), style


def _series(question: Question, drawing: SeriesDrawing, style: Style) -> Figure:
    answer = cache.series(whole(question))
    if drawing.axis == ages.CALENDAR:
        return trends.figure(answer, cache.catalog(), style, trends.Extras(overtakes=overtakes(question)))
    names = tuple(dict.fromkeys(answer.frame["framework"]))
    origins = cache.age_origins(names, drawing.axis, question.as_of)
    return trends.aged(answer, origins, cache.catalog(), style)


def overtakes(question: Question) -> tuple[Overtake, ...]:
    """The overtakes between the frameworks of a series, as known at its moment."""
    if len(question.frameworks) < 2 or question.view != "level" or question.dimension:
        return ()
    return cache.overtakes_among(question.metric, question.frameworks, question.as_of)


def _compare(question: CompareQuestion, drawing: CompareDrawing, style: Style) -> Figure:
    a, b = question.a, question.b
    comparison = cache.compare(a, b, question.on, question.as_of)
    panels = cache.panels(a, b, question.as_of)
    metric = question.metric or next((entry.metric for entry in comparison.entries), "")
    if metric not in panels:
        of_registry = metric in cache.catalog().metrics and is_of_registry(
            cache.catalog(), cache.catalog().metrics[metric]
        )
        if comparison.apart and of_registry:
            raise QuestionError(comparison.apart.sentence)
        names = ", ".join(panels) or "none"
        raise QuestionError(f"{metric or 'No metric'} has no data for both {a} and {b}: choose one of {names}.")
    gap = head_to_head.gap(comparison, panels[metric], close=drawing.close, dark=style.dark)
    return head_to_head.figure(gap, style)


def _surveys(question: SurveyQuestion, drawing: SurveyDrawing, style: Style) -> Figure:
    return SURVEY_CHARTS[drawing.show](cache.surveys(question), cache.catalog(), style)


def _regions(question: RegionsQuestion, drawing: RegionsDrawing, style: Style) -> Figure:
    names = question.frameworks or ("flask", "django")
    answer = cache.regions(names, question.europe, question.on, question.as_of)
    return REGION_CHARTS[drawing.show](answer, cache.catalog(), style)


def _anomalies(question: AnomaliesQuestion, _drawing: Drawing, style: Style) -> Figure:
    q = question
    answer = cache.anomalies(q.metrics, q.frameworks, q.since, q.until, q.as_of)
    return anomalies.figure(answer, cache.catalog(), style)


def _agreement(question: AgreementQuestion, drawing: AgreementDrawing, style: Style) -> Figure:
    q, show, catalog = question, drawing.show, cache.catalog()
    answer = cache.agreement(q.x, q.y, q.frameworks, q.on, q.as_of, HISTORY_MONTHS)
    if show == "survey":
        survey = _survey_agreement(answer, drawing.survey)
        return agreement.survey(answer, survey, cache.series(ranking.edition(answer, survey)), catalog, style)
    over_time = show in ("tau", "ratios")
    since = None if over_time else answer.on - timedelta(days=31 * (HISTORY_MONTHS + 2))
    names = tuple(answer.ranking.table["framework"])
    series = [
        cache.series(Question(metric.id, names, since=since, until=answer.on, as_of=answer.as_of))
        for metric in (answer.x, answer.history.y if over_time else answer.y)
    ]
    if show == "tau":
        return agreement.tau(answer, series, style)
    if (answer.x.family, answer.y.family) != ("stars", "downloads"):
        raise QuestionError(f"{show} is a picture of stars and downloads; of other metrics there is tau.")
    charts = {"scatter": agreement.scatter, "per-million": agreement.per_million, "ratios": agreement.over_time}
    return charts[show](answer, series, catalog, style)


def _survey_agreement(answer: AgreementAnswer, named: str) -> SurveyAgreement:
    """The survey beside stars and downloads that is named, else the first. Raises QuestionError if there is none."""
    by_id = {beside.survey.id: beside for beside in answer.surveys}
    name = named or next(iter(by_id), "")
    if name not in by_id:
        if not by_id:
            raise QuestionError(f"No survey had been published by {day(answer.on)}.")
        raise QuestionError(f"survey is one of {', '.join(by_id)}, not {name[:40]!r}.")
    return by_id[name]


def _forecast(question: ForecastQuestion, drawing: ForecastDrawing, style: Style) -> Figure:
    return FORECAST_CHARTS[drawing.show](stored_forecasts.answer(question), cache.catalog(), style)


FIGURES: dict[str, Drawable] = {
    "chart": Drawable(Question, SeriesDrawing, _series),
    "compare": Drawable(CompareQuestion, CompareDrawing, _compare),
    "agreement": Drawable(AgreementQuestion, AgreementDrawing, _agreement, without=("months",)),
    "surveys": Drawable(SurveyQuestion, SurveyDrawing, _surveys),
    "regions": Drawable(RegionsQuestion, RegionsDrawing, _regions),
    "anomalies": Drawable(AnomaliesQuestion, Drawing, _anomalies),
    "forecast": Drawable(ForecastQuestion, ForecastDrawing, _forecast, without=("months",)),
}
