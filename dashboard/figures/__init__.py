"""Every chart that can be drawn as a picture, by name: `chart` (a series), `overtakes`, `use`, `surveys`, ...

The names and parameters are those of the HTTP API: `/api/v1/overtakes.png?a=django&b=flask`. The command line asks by
the same ones. Each is answered through `dashboard.reading`, so a picture says what the page and the JSON say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dashboard import query, reading
from dashboard.figure import Figure, Look
from dashboard.figures import anomalies, gap, regions, series, surveys
from uptake.answers import EVERY_VALUE, Question, QuestionError, SurveyQuestion

T = TypeVar("T")
Given = dict[str, list[str]]  # parameters as `dashboard.query.params` reads them
SERIES = ("metric", "framework", "dimension", "since", "until", "as_of", "view")


@dataclass(frozen=True, slots=True)
class Drawable:
    """A chart by its parameters; `figure` answers them. It raises QuestionError and StoreError."""

    parameters: tuple[str, ...]
    figure: Callable[[Given, Look], Figure]


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
    known = reading.catalog().metrics.get(metric)
    return "" if known is None or known.has_total else EVERY_VALUE


def _series(given: Given, look: Look) -> Figure:
    return series.figure(reading.series(asked_series(given)), reading.catalog(), look)


def _gap(given: Given, look: Look) -> Figure:
    a, b = (query.single(given, name, required=True) for name in ("a", "b"))
    as_of = query.moment(given, "as_of")
    found = reading.compare(a, b, query.day(given, "on"), as_of)
    known = reading.duels(a, b, as_of)
    by = query.single(given, "metric") or next((e.metric for e in found.entries), "")
    if by not in known:
        raise QuestionError(f"{by or 'No metric'} does not know both {a} and {b}; {', '.join(known) or 'none'} does.")
    close = query.flag(given, "close")
    return gap.figure(gap.gap(found, known[by], close=close, dark=look.dark), look)


def _survey(given: Given, look: Look) -> Figure:
    show = _one_of(given, {"years": surveys.years, "change": surveys.changes, "groups": surveys.groups,
                           "wishes": surveys.wishes})  # fmt: skip
    asked = SurveyQuestion(
        metric=query.single(given, "metric") or "so_worked_with",
        frameworks=query.names(given),
        dimension=query.single(given, "dimension"),
        first=query.year(given, "from"),
        second=query.year(given, "to"),
        edition=query.year(given, "edition"),
        here=query.single(given, "here"),
        there=query.single(given, "there"),
        as_of=query.moment(given, "as_of"),
    )
    return show(reading.surveys(asked), reading.catalog(), look)


def _region(given: Given, look: Look) -> Figure:
    show = _one_of(given, {"shares": regions.shares, "leads": regions.leads, "countries": regions.countries,
                           "downloads": regions.downloads})  # fmt: skip
    names = query.names(given) or ("flask", "django")
    on, as_of = query.year_or_day(given, "on"), query.moment(given, "as_of")
    return show(reading.regions(names, query.single(given, "europe"), on, as_of), reading.catalog(), look)


def _odd(given: Given, look: Look) -> Figure:
    metrics = query.names(given, "metric")
    since, until = query.day(given, "since"), query.day(given, "until")
    found = reading.anomalies(metrics, query.names(given), since, until, query.moment(given, "as_of"))
    return anomalies.figure(found, reading.catalog(), look)


def _one_of(given: Given, charts: dict[str, T]) -> T:
    """Which of several charts `show` names: the first if it names none."""
    named = query.single(given, "show") or next(iter(charts))
    if named not in charts:
        raise QuestionError(f"show is one of {', '.join(charts)}, not {named[:40]!r}.")
    return charts[named]


FIGURES: dict[str, Drawable] = {
    "chart": Drawable((*SERIES, "log"), _series),
    "overtakes": Drawable(("a", "b", "metric", "on", "as_of", "close"), _gap),
    "surveys": Drawable(
        ("metric", "framework", "dimension", "from", "to", "edition", "here", "there", "as_of", "show"), _survey
    ),
    "regions": Drawable(("framework", "europe", "on", "as_of", "show"), _region),
    "anomalies": Drawable(("metric", "framework", "since", "until", "as_of"), _odd),
}
