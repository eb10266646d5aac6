"""Every chart that can be drawn as a picture, by name: `chart` (a series), `compare`, `agreement`, `surveys`, ...

The names and parameters are those of the HTTP API: `/api/v1/compare.png?a=django&b=flask`. The command line asks by
the same ones. Each is answered through `dashboard.reading`, so a picture says what the page and the JSON say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from answers.agreement.answer import AgreementAnswer
from answers.agreement.surveys import SurveyAgreement
from answers.question import EVERY_VALUE, Question, QuestionError
from dashboard import cache
from dashboard import parameters as query
from dashboard.charts import ranking
from dashboard.charts.figure import Figure, Style
from dashboard.views.agreement import figure as use
from dashboard.views.anomalies import figure as anomalies
from dashboard.views.forecast import figure as forecast
from dashboard.views.forecast import lookup
from dashboard.views.head_to_head import figure as gap
from dashboard.views.regions import figure as regions
from dashboard.views.surveys import figure as surveys
from dashboard.views.trends import ages
from dashboard.views.trends import figure as series

T = TypeVar("T")
Given = dict[str, list[str]]  # parameters as `dashboard.query.params` reads them
TRAIL = 24  # months of the way that a framework came, in stars and downloads
SERIES = ("metric", "framework", "dimension", "since", "until", "as_of", "view")


@dataclass(frozen=True, slots=True)
class Drawable:
    """A chart by its parameters; `figure` answers them. It raises QuestionError and StoreError."""

    parameters: tuple[str, ...]
    figure: Callable[[Given, Style], Figure]


def asked_series(given: Given) -> Question:
    """The question of a series that parameters ask. Raises QuestionError."""
    metric = query.single(given, "metric", required=True)
    return Question(
        metric=metric,
        frameworks=query.names(given),
        dimension=query.single(given, "dimension") or _whole(metric),
        since=query.day(given, "since"),
        until=query.day(given, "until"),
        as_of=query.moment(given, "as_of"),
        view=query.single(given, "view") or "level",
    )


def _whole(metric: str) -> str:
    """The dimension that is meant when none is named: the total, or every one of a metric that has no total."""
    known = cache.catalog().metrics.get(metric)
    return "" if known is None or known.has_total else EVERY_VALUE


def _series(given: Given, look: Style) -> Figure:
    answer, axis = cache.series(asked_series(given)), query.single(given, "axis") or ages.CALENDAR
    if axis == ages.CALENDAR:
        return series.figure(answer, cache.catalog(), look)
    names = tuple(dict.fromkeys(answer.frame["framework"]))
    return series.aged(answer, cache.births(names, axis, answer.question.as_of), cache.catalog(), look)


def _gap(given: Given, look: Style) -> Figure:
    a, b = (query.single(given, name, required=True) for name in ("a", "b"))
    as_of = query.moment(given, "as_of")
    found = cache.compare(a, b, query.day(given, "on"), as_of)
    known = cache.duels(a, b, as_of)
    by = query.single(given, "metric") or next((e.metric for e in found.entries), "")
    if by not in known:
        raise QuestionError(f"{by or 'No metric'} does not know both {a} and {b}; {', '.join(known) or 'none'} does.")
    close = query.flag(given, "close")
    return gap.figure(gap.gap(found, known[by], close=close, dark=look.dark), look)


def _survey(given: Given, look: Style) -> Figure:
    show = _one_of(given, {"years": surveys.years, "change": surveys.changes, "groups": surveys.groups,
                           "wishes": surveys.wishes})  # fmt: skip
    asked = query.survey(given)
    return show(cache.surveys(asked), cache.catalog(), look)


def _region(given: Given, look: Style) -> Figure:
    show = _one_of(given, {"shares": regions.shares, "leads": regions.leads, "countries": regions.countries,
                           "downloads": regions.downloads})  # fmt: skip
    names = query.names(given) or ("flask", "django")
    on, as_of = query.year_or_day(given, "on"), query.moment(given, "as_of")
    return show(cache.regions(names, query.single(given, "europe"), on, as_of), cache.catalog(), look)


def _odd(given: Given, look: Style) -> Figure:
    metrics = query.names(given, "metric")
    since, until = query.day(given, "since"), query.day(given, "until")
    found = cache.anomalies(metrics, query.names(given), since, until, query.moment(given, "as_of"))
    return anomalies.figure(found, cache.catalog(), look)


def _use(given: Given, look: Style) -> Figure:
    show = _one_of(given, {name: name for name in ("scatter", "tau", "per-million", "ratios", "survey")})
    found = cache.use(
        query.single(given, "x") or "stars", query.single(given, "y"), query.names(given), query.day(given, "on"),
        query.moment(given, "as_of"), TRAIL,
    )  # fmt: skip
    known = cache.catalog()
    if show == "survey":
        beside = _beside(found, query.single(given, "survey"))
        return use.survey(found, beside, cache.series(ranking.edition(found, beside)), known, look)
    names, over_time = tuple(found.found.table["framework"]), show in ("tau", "ratios")
    since = None if over_time else found.on - timedelta(days=31 * (TRAIL + 2))
    metrics = (found.x, found.history.y if over_time else found.y)
    behind = [cache.series(Question(m.id, names, since=since, until=found.on, as_of=found.as_of)) for m in metrics]
    if show == "tau":
        return use.course(found, behind, look)
    draw = {"scatter": use.scatter, "per-million": use.per_million, "ratios": use.over_time}[show]
    return draw(found, behind, known, look)


def _beside(found: AgreementAnswer, named: str) -> SurveyAgreement:
    """The survey beside stars and downloads that is named, else the first. Raises QuestionError if there is none."""
    known = {one.survey.id: one for one in found.surveys}
    name = named or next(iter(known), "")
    if name not in known:
        raise QuestionError(f"survey is one of {', '.join(known) or 'none that is known by then'}, not {name[:40]!r}.")
    return known[name]


def _forecast(given: Given, look: Style) -> Figure:
    show = _one_of(given, {"fan": forecast.fan, "chance": forecast.chance})
    metric, framework = (query.single(given, name, required=True) for name in ("metric", "framework"))
    by, as_of = query.day(given, "by"), query.moment(given, "as_of")
    found = lookup.told(metric, framework, query.single(given, "against"), by=by, as_of=as_of)
    return show(found, cache.catalog(), look)


def _one_of(given: Given, charts: dict[str, T]) -> T:
    """Which of several charts `show` names: the first if it names none."""
    named = query.single(given, "show") or next(iter(charts))
    if named not in charts:
        raise QuestionError(f"show is one of {', '.join(charts)}, not {named[:40]!r}.")
    return charts[named]


FIGURES: dict[str, Drawable] = {
    "chart": Drawable((*SERIES, "log", "axis"), _series),
    "compare": Drawable(("a", "b", "metric", "on", "as_of", "close"), _gap),
    "agreement": Drawable(("framework", "x", "y", "on", "as_of", "survey", "show"), _use),
    "surveys": Drawable(
        ("metric", "framework", "dimension", "from", "to", "edition", "here", "there", "as_of", "show"), _survey
    ),
    "regions": Drawable(("framework", "europe", "on", "as_of", "show"), _region),
    "anomalies": Drawable(("metric", "framework", "since", "until", "as_of"), _odd),
    "forecast": Drawable(("metric", "framework", "against", "by", "as_of", "show"), _forecast),
}
