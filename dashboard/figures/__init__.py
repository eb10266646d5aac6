"""Every chart that can be drawn as a picture, by name: `chart` (a series), `overtakes`, `use`, `surveys`, ...

The names and parameters are those of the HTTP API: `/api/v1/overtakes.png?a=django&b=flask`. The command line asks by
the same ones. Each is answered through `dashboard.reading`, so a picture says what the page and the JSON say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard import query, reading
from dashboard.figure import Figure, Look
from dashboard.figures import gap, series
from uptake.answers import EVERY_VALUE, Question, QuestionError

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


FIGURES: dict[str, Drawable] = {
    "chart": Drawable((*SERIES, "log"), _series),
    "overtakes": Drawable(("a", "b", "metric", "on", "as_of", "close"), _gap),
}
