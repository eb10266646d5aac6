"""What an address of the HTTP API asks: its parameters, checked. A typo must not widen an answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from starlette.datastructures import QueryParams

from answers.question import QuestionError
from answers.surveys.answer import SurveyQuestion

LONGEST_QUERY = 4_000


def params(query: QueryParams, known: tuple[str, ...]) -> dict[str, list[str]]:
    """The query by name. Raises QuestionError for a name that means nothing here: a typo must not widen an answer."""
    if sum(len(name) + len(value) for name, value in query.multi_items()) > LONGEST_QUERY:
        raise QuestionError(f"The question is longer than {LONGEST_QUERY:,} characters.")
    given: dict[str, list[str]] = {}
    for name, value in query.multi_items():
        if name not in known:
            raise QuestionError(f"Unknown parameter {name[:40]!r}; known here: {', '.join(known) or 'none'}.")
        given.setdefault(name, []).append(value)
    return given


def single(given: dict[str, list[str]], name: str, *, required: bool = False) -> str:
    """The value of a parameter that may be given once; empty if it is not."""
    values = given.get(name, [""])
    if len(values) > 1:
        raise QuestionError(f"The parameter {name} is given more than once.")
    if required and not values[0]:
        raise QuestionError(f"The parameter {name} is missing.")
    return values[0]


def day(given: dict[str, list[str]], name: str) -> date | None:
    """A parameter that is a date, None if it is not given."""
    text = single(given, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise QuestionError(f"{name} is a date such as 2020-11-25, not {text[:40]!r}.") from None


def moment(given: dict[str, list[str]], name: str) -> datetime | None:
    """A date (its last instant, so that all of that day's knowledge counts) or a time; without a zone it is UTC."""
    text = single(given, name)
    try:
        if not text:
            return None
        if len(text) == len("2020-11-25"):
            return end_of(date.fromisoformat(text))
        # A "+" of a zone arrives as a blank unless it was escaped.
        when = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise QuestionError(f"{name} is a date or a time such as 2020-11-25T12:00Z, not {text[:40]!r}.") from None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def year(given: dict[str, list[str]], name: str) -> int | None:
    """A parameter that is a year of four figures, None if it is not given."""
    text = single(given, name)
    if text and not (len(text) == len("2024") and text.isascii() and text.isdigit()):
        raise QuestionError(f"{name} is a year such as 2024, not {text[:40]!r}.")
    return int(text) if text else None


def flag(given: dict[str, list[str]], name: str) -> bool:
    """A parameter that is 1 or 0, 0 if it is not given."""
    text = single(given, name)
    if text not in ("", "0", "1"):
        raise QuestionError(f"{name} is 0 or 1, not {text[:40]!r}.")
    return text == "1"


def year_or_day(given: dict[str, list[str]], name: str) -> date | None:
    """A parameter that is a date, or a year, which means its last day."""
    text = single(given, name)
    return date(int(text), 12, 31) if len(text) == len("2019") and year(given, name) else day(given, name)


def end_of(day: date) -> datetime:
    """The last instant of a UTC day."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def written(moment: datetime | None) -> str:
    """A moment as an address has it: a date where its last instant is meant, which `moment` reads back; None: empty."""
    if moment is None:
        return ""
    return (moment.date() if moment == end_of(moment.date()) else moment).isoformat()


def names(given: dict[str, list[str]], name: str = "framework") -> tuple[str, ...]:
    """The frameworks named, or what else may be named several times, each once."""
    return tuple(dict.fromkeys(part for text in given.get(name, []) for part in text.split(",") if part))


def survey(given: dict[str, list[str]]) -> SurveyQuestion:
    """What is asked of a survey; of Stack Overflow's, and of what people worked with, unless another is named."""
    return SurveyQuestion(
        metric=single(given, "metric") or "so_worked_with",
        frameworks=names(given),
        dimension=single(given, "dimension"),
        first=year(given, "from"),
        second=year(given, "to"),
        edition=year(given, "edition"),
        here=single(given, "here"),
        there=single(given, "there"),
        as_of=moment(given, "as_of"),
    )
