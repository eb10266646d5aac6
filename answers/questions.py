"""What can be asked: each question with its parameters, and what is wrong with one, in one sentence.

Commands, HTTP API and links come from these classes: `address` is the question's place in the HTTP API, `command` the
command that answers it. The catalog is not imported before a question is checked, so that a command's help comes at
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from urllib.parse import urlencode

from answers.parameter_types import REQUIRED, choice, day, flag, moment, names, number, text, texts, year, year_or_day
from answers.series.views import VIEWS

if TYPE_CHECKING:
    from catalog import Catalog, Metric

API = "/api/v1"  # where the HTTP API is on the server
ALL_DIMENSIONS = "*"
EVERY_VALUE = "*"  # of one key: country=*
REGION = "region"  # the key of the catalog's regions
MOST_OVERTAKES = 1_000  # in one answer
ALL_THERE_ARE = "May be repeated (default: all)."
KNOWN_THEN = "Use the data available then."
EARLIEST = date(1970, 1, 1)
FINAL_AFTER = timedelta(hours=48)  # a day's flow may still be completed for so long after its end


class QuestionError(Exception):
    """The question cannot be answered as asked; `str()` is one sentence that says why and what would do."""


class AnyQuestion(Protocol):
    """What is common to all questions."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    address: ClassVar[str]
    command: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Question:
    """One metric of some frameworks (none named: all of the catalog).

    `dimension` is `key=value`, empty for the total (for every one, if the metric has no total), "*" for every one.
    `since` and `until` are days, both included; `as_of` (UTC) asks for what was known at that moment. `view` is one of
    VIEWS; a ratio is one of multiples of the first framework named.
    """

    address: ClassVar[str] = "series"
    command: ClassVar[str] = "export"
    metric: str = text(default=REQUIRED, argument=True)
    frameworks: tuple[str, ...] = names(ALL_THERE_ARE, name="framework")
    dimension: str = text(
        "One part of the metric, such as python=3.12; KEY=* for all parts of a kind, * for all parts.",
        metavar="KEY=VALUE",
    )
    since: date | None = day("From this day on.")
    until: date | None = day("Up to this day.")
    as_of: datetime | None = moment("Use the data available then.")
    view: str = choice(tuple(VIEWS), "Totals, or a quantity derived from them.", checked=False)


@dataclass(frozen=True, slots=True)
class LeadersQuestion:
    """Who leads, by every metric."""

    address: ClassVar[str] = "leaders"
    command: ClassVar[str] = "leaders"
    frameworks: tuple[str, ...] = names("Only these; may be repeated (default: all).", name="framework")
    on: date | None = day("The day to compare on (default: the latest data).")
    as_of: datetime | None = moment(KNOWN_THEN)


@dataclass(frozen=True, slots=True)
class GrowthQuestion:
    """How fast the frameworks of a series grow: a series without a view."""

    address: ClassVar[str] = "growth"
    command: ClassVar[str] = "growth"
    metric: str = text(default=REQUIRED, argument=True)
    frameworks: tuple[str, ...] = names(ALL_THERE_ARE, name="framework")
    dimension: str = text("One part of the metric, such as python=3.12.", metavar="KEY=VALUE")
    since: date | None = day("First day for the average growth per year.")
    until: date | None = day("Up to this day.")
    as_of: datetime | None = moment(KNOWN_THEN)

    @classmethod
    def of(cls, series: Question) -> GrowthQuestion:
        """The growth of what a series has."""
        return cls(series.metric, series.frameworks, series.dimension, series.since, series.until, series.as_of)

    def series(self) -> Question:
        """The series whose growth it is."""
        return Question(self.metric, self.frameworks, self.dimension, self.since, self.until, self.as_of)


@dataclass(frozen=True, slots=True)
class CompareQuestion:
    """Who leads, `a` or `b`, by each metric or one, on a day (None: the latest both have)."""

    address: ClassVar[str] = "compare"
    command: ClassVar[str] = "compare"
    a: str = text(default=REQUIRED, argument=True)
    b: str = text(default=REQUIRED, argument=True)
    on: date | None = day("The day to compare on (default: the latest both have).")
    as_of: datetime | None = moment(KNOWN_THEN)
    metric: str = text("By this metric only.", metavar="METRIC")


@dataclass(frozen=True, slots=True)
class OvertakesQuestion:
    """Every overtake known, the newest `most` of them; `held`: only those that nothing known since takes back."""

    address: ClassVar[str] = "overtakes"
    command: ClassVar[str] = "overtakes"
    metric: str = text("By this metric only.", metavar="METRIC")
    frameworks: tuple[str, ...] = names("Only with this one on either side; may be repeated.", name="framework")
    since: date | None = day("Only those completed on this day or later.")
    as_of: datetime | None = moment(KNOWN_THEN)
    held: bool = flag("Only those still ahead today.")
    every: bool = flag(
        "Also duplicates from other counts of the same thing, those in pace and in wishes, and archived repositories."
    )
    most: int = number("The most to list, newest first.", MOST_OVERTAKES, 1, MOST_OVERTAKES, "a number from 1 to 1,000")


@dataclass(frozen=True, slots=True)
class ClaimQuestion:
    """A sentence to check, as it stood on a day (None: as last seen)."""

    address: ClassVar[str] = "claims"
    command: ClassVar[str] = "claim"
    claim: str = text(metavar="SENTENCE", argument=True, needed=True)
    on: date | None = day("Check it on this day (default: the latest data).")
    as_of: datetime | None = moment("Check it on the data available then.")


@dataclass(frozen=True, slots=True)
class AgreementQuestion:
    """How alike the metrics `x` and `y` (empty: the answer chooses) rank frameworks, and `months` month ends before."""

    address: ClassVar[str] = "agreement"
    command: ClassVar[str] = "agreement"
    frameworks: tuple[str, ...] = names(ALL_THERE_ARE, name="framework")
    x: str = text("The metric of attention.", "stars", metavar="METRIC")
    y: str = text(
        "The metric of use (default: the current count of downloads that covers most frameworks).", metavar="METRIC"
    )
    on: date | None = day(
        "The day to compare on (default: the day of the last common year that covers most frameworks)."
    )
    months: int = number("Also this many earlier month ends.", 0, 0, 120, "a number up to 120", metavar="N")
    as_of: datetime | None = moment(KNOWN_THEN)


@dataclass(frozen=True, slots=True)
class RegionsQuestion:
    """Two to six frameworks by place: the first is asked about. `on`: only what was known of that day and before."""

    address: ClassVar[str] = "regions"
    command: ClassVar[str] = "regions"
    frameworks: tuple[str, ...] = names(name="framework", metavar="A B...", argument=True, needed=True)
    europe: str = text("Meaning of Europe: eu27-uk-ch-no (default), europe or eu27.", metavar="REGION")
    on: date | None = year_or_day("Only data about this year, or day, and before.")
    as_of: datetime | None = moment(KNOWN_THEN)


@dataclass(frozen=True, slots=True)
class SurveyQuestion:
    """What is asked of a survey: None and empty stand for what answers most.

    `dimension` cuts everything (`key=*`: the first framework in its parts). `first` and `second` are two editions to
    compare, `edition` the one in which groups (`here` and `there`; `rest`: all others) and frameworks are compared.
    """

    address: ClassVar[str] = "surveys"
    command: ClassVar[str] = "surveys"
    metric: str = text(default="so_worked_with", argument=True)
    frameworks: tuple[str, ...] = names("May be repeated (default: all that the survey covers).", name="framework")
    dimension: str = text("Only a group, such as region=europe.", metavar="KEY=VALUE")
    first: int | None = year("Compare this edition (default: the last that compares).", name="from")
    second: int | None = year("With this later one.", name="to")
    edition: int | None = year("For groups and pairs (default: the last).")
    here: str = text("Compare this group within an edition...", metavar="KEY=VALUE")
    there: str = text("...with this one (default: rest, all others).", metavar="KEY=VALUE")
    as_of: datetime | None = moment(KNOWN_THEN)


@dataclass(frozen=True, slots=True)
class AnomaliesQuestion:
    """What looks odd in some metrics of some frameworks (none named: all)."""

    address: ClassVar[str] = "anomalies"
    command: ClassVar[str] = "anomalies"
    metrics: tuple[str, ...] = names(name="metric", metavar="[METRIC]...", argument=True)
    frameworks: tuple[str, ...] = names(ALL_THERE_ARE, name="framework")
    since: date | None = day("Only values on or after this day.")
    until: date | None = day("Only values on or before this day.")
    as_of: datetime | None = moment(KNOWN_THEN)


@dataclass(frozen=True, slots=True)
class ForecastQuestion:
    """What comes of a framework by a metric, alone or `against` another, `months` ahead or up to the month of a day."""

    address: ClassVar[str] = "forecast"
    command: ClassVar[str] = "forecast"
    metric: str = text(default=REQUIRED, argument=True, needed=False)
    framework: str = text("Only this one (default: all tracked).", REQUIRED, metavar="A", needed=False)
    against: str = text("Also its chance of passing B, or B's of passing it.", metavar="B")
    months: int = number("Months ahead.", 12, 1, 24, "a number from 1 to 24")
    by: date | None = day("Forecast up to the month of this day instead.")
    as_of: datetime | None = moment(KNOWN_THEN, in_command=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceQuestion:
    """Where the number of a metric and framework comes from, in the `period` that has this day in it."""

    address: ClassVar[str] = "trace"
    command: ClassVar[str] = "trace"
    metric: str = text(default=REQUIRED, argument=True)
    framework: str = text(default=REQUIRED, argument=True)
    dimension: str = text("One part of the metric, such as python=3.12.", metavar="KEY=VALUE")
    period: date = day(default=REQUIRED, argument=True)


@dataclass(frozen=True, slots=True)
class EventsQuestion:
    """What charts can mark for some frameworks (none named: all)."""

    address: ClassVar[str] = "events"
    command: ClassVar[str] = "events"
    frameworks: tuple[str, ...] = names("May be repeated (default: all).", name="framework")


@dataclass(frozen=True, slots=True)
class AlertsQuestion:
    """The last `limit` alerts; `silent`: also those that were delivered to nobody."""

    address: ClassVar[str] = "alerts"
    command: ClassVar[str] = "alerts"
    silent: bool = flag("Also list events that were not sent, such as those in filled-in history.", option="--all")
    limit: int = number("The most to list.", 100, 1, 1000, "a number from 1 to 1000")


@dataclass(frozen=True, slots=True)
class HealthQuestion:
    """Whether the store answers and, if `fresh`, whether its figures are as young as they should be."""

    address: ClassVar[str] = "healthz"
    command: ClassVar[str] = "status"
    fresh: bool = flag()


QUESTIONS: tuple[type[AnyQuestion], ...] = (
    Question,
    LeadersQuestion,
    GrowthQuestion,
    CompareQuestion,
    OvertakesQuestion,
    ClaimQuestion,
    AgreementQuestion,
    RegionsQuestion,
    SurveyQuestion,
    AnomaliesQuestion,
    ForecastQuestion,
    TraceQuestion,
    EventsQuestion,
    AlertsQuestion,
)


def api_address(question: AnyQuestion, kind: str = "json") -> str:
    """The address of the HTTP API that answers a question, relative to the server."""
    return address_of(f"{question.address}.{kind}", texts(question).items())


def address_of(name: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The address of what the HTTP API has by that name, relative to the server."""
    return f"{API}/{name}?{urlencode([*parameters], safe=',:=*')}"


def checked(catalog: Catalog, question: Question) -> Metric:
    """The metric that is asked for. Raises QuestionError for what is unknown, reversed or makes no sense."""
    metric = known_metric(catalog, question.metric)
    for name in question.frameworks:
        known_framework(catalog, name)
    if question.since and question.until and question.since > question.until:
        raise QuestionError(f"The days are reversed: {in_words(question.since)} is after {in_words(question.until)}.")
    if question.as_of is not None and question.as_of.tzinfo is None:
        raise QuestionError("A moment needs a time zone: write it with Z or an offset.")
    if question.view not in VIEWS:
        raise QuestionError(f"There is no view {_echo(question.view)}; there are {', '.join(VIEWS)}.")
    if VIEWS[question.view].pools and not metric.pooled_months:
        raise QuestionError(f"Only shares that are counted by the month are pooled; {metric.title} is not one.")
    if question.view == "ratio" and len(set(question.frameworks)) < 2:
        raise QuestionError("A ratio needs two or more frameworks; the first one named is the base.")
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


def refuse_unlived(now: datetime, *days: date | None) -> None:
    """Raises QuestionError for a day (or the UTC day of a moment) that is yet to come, or lies before any figure."""
    refuse_future(now, *days)
    for on in map(_utc_day, filter(None, days)):
        if on < EARLIEST:
            raise QuestionError(f"{in_words(on)} is too early: choose a day from {in_words(EARLIEST)} on.")


def refuse_future(now: datetime, *days: date | None) -> None:
    """Raises QuestionError for a day (or the UTC day of a moment) that is yet to come."""
    for on in map(_utc_day, filter(None, days)):
        if on > _utc_day(now):
            raise QuestionError(f"{in_words(on)} is in the future: there are no data yet.")


def _utc_day(when: date) -> date:
    return when.astimezone(UTC).date() if isinstance(when, datetime) else when


def in_words(on: date) -> str:
    """A day as a sentence has it."""
    from answers.wording import day as words_of  # noqa: PLC0415 - see the top

    return words_of(on)


def final_through(now: datetime, as_of: datetime | None = None) -> date:
    """The last UTC day whose flow is final: over for 48 hours at `now`, or at the earlier moment asked about.

    Raises QuestionError for a moment that is yet to come.
    """
    refuse_unlived(now, as_of)
    moment = min(now, as_of) if as_of else now
    return (moment - FINAL_AFTER - timedelta(days=1)).date()


def adds_up(metric: Metric) -> bool:
    """Whether a metric's regions are made of its countries; where a survey's own are stored, they are not."""
    return "country" in metric.dimensions and REGION not in metric.dimensions


def dimension_keys(metric: Metric) -> tuple[str, ...]:
    """What a metric may be split by, regions that are made of its countries included."""
    return (*metric.dimensions, REGION) if adds_up(metric) else metric.dimensions


def _check_dimension(catalog: Catalog, metric: Metric, dimension: str) -> None:
    if dimension in ("", ALL_DIMENSIONS):
        return
    keys = dimension_keys(metric)
    key, equals, value = dimension.partition("=")
    if not (equals and value):
        raise QuestionError(f"A dimension is key=value, not {_echo(dimension)}.")
    if key not in keys:
        offer = f"choose from {' or '.join(f'{name}=…' for name in keys)}" if keys else "it has no parts"
        raise QuestionError(f"{metric.id} is not split by {_echo(key)}; {offer}.")
    if key == REGION and value != EVERY_VALUE and value not in catalog.regions:
        raise QuestionError(_unknown(REGION, value, {r.id: r.title for r in catalog.regions.values()}))


def _unknown(noun: str, name: str, titles: Mapping[str, str]) -> str:
    near = _nearest(name, titles)
    offer = f"did you mean {near}?" if near else f"choose from {', '.join(_first(titles, 20))}."
    return f"There is no {noun} {_echo(name)}; {offer}"


def _nearest(name: str, titles: Mapping[str, str]) -> str | None:
    """The id whose id or title is most like what was written."""
    spelled = {key.lower(): key for key in titles} | {title.lower(): key for key, title in titles.items()}
    return next((spelled[near] for near in get_close_matches(name.lower()[:80], spelled, n=1)), None)


def _first(names: Iterable[str], most: int) -> list[str]:
    every = list(names)
    return every[:most] + ([f"and {len(every) - most} more"] if len(every) > most else [])


def _echo(text: str) -> str:
    """What was written, short and harmless enough to be said back."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
