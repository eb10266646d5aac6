"""How a question declares its parameters: once, for the command line, the HTTP API and the links to both.

A question is a frozen dataclass whose fields are made by the functions here (`names`, `day`, `moment`, ...): what a
parameter is called, how its text is read and written, and its help. Nothing heavy is imported, so that a command's help
comes at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

REQUIRED = dataclasses.MISSING  # the default of what must be given


@dataclass(frozen=True, slots=True)
class Kind:
    """What the text of a parameter means. `parse` raises ValueError; `form` says what it should have been.

    A number lies in `bounds`, both included; a text is one of `choices` if there are any.
    """

    name: str
    parse: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    form: str = ""
    metavar: str | None = None
    bounds: tuple[int, int] = (0, 0)
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `name` in an address, `option` of a command, `field` of the dataclass.

    Without a `default` it is `required`; `needed` says so for the command where that differs. An `argument` is no
    option; what is not `in_command` only the HTTP API takes.
    """

    kind: Kind
    help: str = ""
    name: str = ""
    option: str = ""
    field: str = ""
    default: Any = None
    required: bool = False
    metavar: str | None = None
    argument: bool = False
    needed: bool | None = None
    in_command: bool = True


def parameters_of(question: type[DataclassInstance]) -> tuple[Parameter, ...]:
    """The parameters of a question, in the order of its fields."""
    return tuple(_of_field(field) for field in dataclasses.fields(question))


def _of_field(field: dataclasses.Field[Any]) -> Parameter:
    declared: Parameter = field.metadata["parameter"]
    name = declared.name or field.name
    option = declared.option or f"--{name.replace('_', '-')}"
    required = field.default is REQUIRED
    default = declared.default if required else field.default
    return dataclasses.replace(declared, name=name, option=option, field=field.name, default=default, required=required)


def texts(question: DataclassInstance) -> dict[str, str]:
    """A question's parameters as an address has them, without what is empty or the default; arguments always."""
    written = {
        parameter.name: parameter.kind.write(value)
        for parameter in parameters_of(type(question))
        if (value := getattr(question, parameter.field)) is not None
        and (parameter.required or parameter.argument or value != parameter.default)
    }
    return {name: text for name, text in written.items() if text}


# -- how texts are read ------------------------------------------------------------------------------------------------


def parse_names(text: str) -> tuple[str, ...]:
    """Names separated by commas, each once."""
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))


def parse_moment(text: str) -> datetime:
    """A UTC time. A date means its last instant, so that all of that day's knowledge counts; no zone means UTC."""
    try:
        return end_of(date.fromisoformat(text))
    except ValueError:
        # The "+" of a zone arrives from an address as a blank unless it was escaped.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # the first or last hours there are, in another zone
        raise ValueError(text) from None


def parse_year(text: str) -> int:
    """A year of four figures."""
    return date.fromisoformat(f"{text}-01-01").year


def parse_year_or_day(text: str) -> date:
    """A date; a year means its last day."""
    return date(parse_year(text), 12, 31) if len(text) == len("2019") else date.fromisoformat(text)


def end_of(day: date) -> datetime:
    """The last instant of a UTC day."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def write_moment(moment: datetime) -> str:
    """A moment as `parse_moment` reads it: a date where its last instant is meant."""
    utc = moment.astimezone(UTC)
    return (utc.date() if utc.time() == time.max else utc).isoformat().replace("+00:00", "Z")


def _write_year_or_day(day: date) -> str:
    return str(day.year) if (day.month, day.day) == (12, 31) and day.year > 999 else day.isoformat()


def _one_of(values: Mapping[str, Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        if text not in values:
            raise ValueError(text)
        return values[text]

    return parse


def _within(lowest: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() else -1
        if not lowest <= number <= most:
            raise ValueError(text)
        return number

    return parse


TEXT = Kind("text")
NAMES = Kind("names", parse_names, ",".join, metavar="ID")
DAY = Kind("date", date.fromisoformat, date.isoformat, "a date such as 2020-11-25", "DATE")
MOMENT = Kind("moment", parse_moment, write_moment, "a date or a time such as 2020-11-25T12:00Z", "TIME")
YEAR = Kind("year", parse_year, "{:04}".format, "a year such as 2024", "YEAR")
YEAR_OR_DAY = Kind("year or date", parse_year_or_day, _write_year_or_day, DAY.form, "YEAR")
FLAG = Kind("flag", _one_of({"0": False, "1": True}), lambda on: str(int(on)), "0 or 1")


# -- the fields of a question ------------------------------------------------------------------------------------------


def text(sentence: str = "", default: Any = "", **more: Any) -> Any:
    """A text, such as an id or `key=value`. `more`: attributes of Parameter, here and below."""
    return _field(TEXT, sentence, default, more)


def names(sentence: str = "", default: Any = (), **more: Any) -> Any:
    """Several names: repeated, or separated by commas."""
    return _field(NAMES, sentence, default, more)


def day(sentence: str = "", default: Any = None, **more: Any) -> Any:
    """A date."""
    return _field(DAY, sentence, default, more)


def moment(sentence: str = "", default: Any = None, **more: Any) -> Any:
    """A time, UTC."""
    return _field(MOMENT, sentence, default, more)


def year(sentence: str = "", default: Any = None, **more: Any) -> Any:
    """A year."""
    return _field(YEAR, sentence, default, more)


def year_or_day(sentence: str = "", default: Any = None, **more: Any) -> Any:
    """A date, or a year, which means its last day."""
    return _field(YEAR_OR_DAY, sentence, default, more)


def flag(sentence: str = "", **more: Any) -> Any:
    """1 or 0, which is the default."""
    return _field(FLAG, sentence, False, more)


def number(sentence: str, default: int, lowest: int, most: int, form: str, **more: Any) -> Any:
    """A whole number from `lowest` to `most`; `form` says so."""
    kind = Kind("number", _within(lowest, most), form=form, bounds=(lowest, most))
    return _field(kind, sentence, default, more)


def choice(choices: tuple[str, ...], sentence: str = "", *, form: str = "", checked: bool = True, **more: Any) -> Any:
    """One of several texts, the first of which is the default. Not `checked`: the answer refuses others."""
    parse = _one_of({name: name for name in choices}) if checked else str
    kind = Kind("choice", parse, form=form or f"one of {', '.join(choices)}", choices=choices)
    return _field(kind, sentence, choices[0], more)


def _field(kind: Kind, sentence: str, default: Any, more: Mapping[str, Any]) -> Any:
    return dataclasses.field(default=default, metadata={"parameter": Parameter(kind, sentence, **more)})
