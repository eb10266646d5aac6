"""What an address of the HTTP API asks: a question, read from its parameters. A typo must not widen an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.datastructures import QueryParams

from answers.parameter_types import NAMES, Parameter, parameters_of, parse_names
from answers.questions import QuestionError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LONGEST_QUERY = 4_000
DOWNLOAD = "download"  # with 1: the answer is to be saved as a file; it belongs to no question
Q = TypeVar("Q", bound="DataclassInstance")
Values = dict[str, list[str]]  # what was given, by the parameters' names


def parse(question: type[Q], query: QueryParams) -> Q:
    """The question that an address asks. Raises QuestionError for what is unknown, missing or not understood."""
    return build(question, values(query, names(question)))


def names(question: type[DataclassInstance]) -> tuple[str, ...]:
    """What the parameters of a question are called."""
    return tuple(parameter.name for parameter in parameters_of(question))


def values(query: QueryParams, names: Sequence[str] = ()) -> Values:
    """The query by name. Raises QuestionError for a name that is not one of `names`: it means nothing here."""
    if sum(len(name) + len(value) for name, value in query.multi_items()) > LONGEST_QUERY:
        raise QuestionError(f"The question is longer than {LONGEST_QUERY:,} characters.")
    given: Values = {}
    for name, value in query.multi_items():
        if name == DOWNLOAD and value in ("0", "1"):
            continue
        if name not in names:
            raise QuestionError(f"Unknown parameter {name[:40]!r}; known here: {', '.join(names) or 'none'}.")
        given.setdefault(name, []).append(value)
    return given


def build(question: type[Q], given: Values) -> Q:
    """The question of these values; what belongs to no parameter of it is left alone. Raises QuestionError."""
    return question(**{p.field: _value(p, given.get(p.name, [])) for p in parameters_of(question)})


def _value(parameter: Parameter, texts: list[str]) -> Any:
    if parameter.kind is NAMES:
        return parse_names(",".join(texts))
    if len(texts) > 1:
        raise QuestionError(f"The parameter {parameter.name} is given more than once.")
    text = texts[0] if texts else ""
    if not text:
        if parameter.required:
            raise QuestionError(f"The parameter {parameter.name} is missing.")
        return parameter.default
    try:
        return parameter.kind.parse(text)
    except ValueError:
        raise QuestionError(f"{parameter.name} is {parameter.kind.form}, not {text[:40]!r}.") from None
