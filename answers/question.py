"""What can be asked, and what is wrong with a question, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches

from catalog import Catalog, Kind, Metric

VIEWS = (
    "level",
    "gained-day",
    "gained-week",
    "gained",
    "gained-year",
    "four-weeks",
    "year-on-year",
    "index",
    "share",
    "part",
    "ratio",
)
ALL_DIMENSIONS = "*"
EVERY_VALUE = "*"  # of one key: country=*
REGION = "region"  # the key of the catalog's regions
FINAL_AFTER = timedelta(hours=48)  # a day's flow may still be completed for so long after its end


class QuestionError(Exception):
    """The question cannot be answered as asked; `str()` is one sentence that says why and what would do."""


@dataclass(frozen=True, slots=True)
class Question:
    """One metric of some frameworks (none named: all of the catalog).

    `dimension` is `key=value`, empty for the total (for every one, if the metric has no total), "*" for every one.
    `since` and `until` are days, both included; `as_of` (UTC) asks for what was known at that moment. `view` is level,
    gained (per month), gained-day, gained-week, gained-year, four-weeks (28 days against the 28 before), year-on-year,
    index (first = 100), share (part of the chosen set), part (of the framework's own total) or ratio (as multiples of
    the first framework named).
    """

    metric: str
    frameworks: tuple[str, ...]
    dimension: str = ""
    since: date | None = None
    until: date | None = None
    as_of: datetime | None = None
    view: str = "level"


def checked(catalog: Catalog, question: Question) -> Metric:
    """The metric that is asked for. Raises QuestionError for what is unknown, reversed or makes no sense."""
    metric = known_metric(catalog, question.metric)
    for name in question.frameworks:
        known_framework(catalog, name)
    if question.since and question.until and question.since > question.until:
        raise QuestionError(f"The days are reversed: {question.since} is after {question.until}.")
    if question.as_of is not None and question.as_of.tzinfo is None:
        raise QuestionError("A moment needs a time zone: write it with Z or an offset.")
    if question.view not in VIEWS:
        raise QuestionError(f"There is no view {_echo(question.view)}; there are {', '.join(VIEWS)}.")
    if question.view == "ratio" and len(set(question.frameworks)) < 2:
        raise QuestionError("A ratio needs two frameworks or more: the first named is the one to measure by.")
    _check_dimension(catalog, metric, question.dimension)
    return metric


def known_metric(catalog: Catalog, name: str) -> Metric:
    """The metric of that id. Raises QuestionError with the nearest known one."""
    if name not in catalog.metrics:
        raise QuestionError(_unknown("metric", name, {m.id: m.title for m in catalog.metrics.values()}))
    return catalog.metrics[name]


def known_framework(catalog: Catalog, name: str) -> str:
    """That framework's id. Raises QuestionError with the nearest known one."""
    if name not in catalog.frameworks:
        raise QuestionError(_unknown("framework", name, {f.id: f.title for f in catalog.frameworks.values()}))
    return name


def final_through(now: datetime, as_of: datetime | None = None) -> date:
    """The last UTC day whose flow is final: over for 48 hours at `now`, or at the earlier moment asked about."""
    moment = min(now, as_of) if as_of else now
    return (moment - FINAL_AFTER - timedelta(days=1)).date()


def adds_up(metric: Metric) -> bool:
    """Whether a metric's countries may be summed to regions: a survey's cannot, and has regions of its own."""
    return metric.kind is Kind.FLOW and "country" in metric.dimensions and REGION not in metric.dimensions


def _check_dimension(catalog: Catalog, metric: Metric, dimension: str) -> None:
    known = (*metric.dimensions, REGION) if adds_up(metric) else metric.dimensions
    keys = " or ".join(f"{key}=..." for key in known)
    if dimension in ("", ALL_DIMENSIONS):
        return
    key, equals, value = dimension.partition("=")
    if not (equals and value):
        raise QuestionError(f"A dimension is key=value, not {_echo(dimension)}.")
    if key not in known:
        offer = f"it is split by {keys}" if keys else "it is not split at all"
        raise QuestionError(f"{metric.id} is not split by {_echo(key)}; {offer}.")
    if key == REGION and value != EVERY_VALUE and value not in catalog.regions:
        raise QuestionError(_unknown(REGION, value, {r.id: r.title for r in catalog.regions.values()}))


def _unknown(noun: str, name: str, known: Mapping[str, str]) -> str:
    near = _nearest(name, known)
    offer = f"did you mean {near}?" if near else f"known are {', '.join(_first(known, 20))}."
    return f"There is no {noun} {_echo(name)}; {offer}"


def _nearest(name: str, known: Mapping[str, str]) -> str | None:
    """The id whose id or title is most like what was written."""
    spelled = {key.lower(): key for key in known} | {title.lower(): key for key, title in known.items()}
    found = get_close_matches(name.lower()[:80], spelled, n=1)
    return spelled[found[0]] if found else None


def _first(names: Iterable[str], most: int) -> list[str]:
    every = list(names)
    return every[:most] + ([f"and {len(every) - most} more"] if len(every) > most else [])


def _echo(text: str) -> str:
    """What was written, short and harmless enough to be said back."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
