"""Options of commands: those that a question's parameters make, and the values that several commands read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any, TypeVar

import click

from answers import parameter_types
from answers.parameter_types import Kind, Parameter, parameters_of
from answers.questions import AnyQuestion
from uptake.settings.settings import nearest

Command = TypeVar("Command", bound=Callable[..., Any])


class Parsed(click.ParamType[Any]):
    """A value read from its text by `parse`; wrong usage, in the words of `refusal`, where that raises ValueError."""

    def __init__(self, name: str, parse: Callable[[str], Any], refusal: str) -> None:
        self.name, self._parse, self._refusal = name, parse, refusal

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value of a text; one that is no text any more is left as it is."""
        try:
            return self._parse(value) if isinstance(value, str) else value
        except ValueError:
            self.fail(f"{value!r} is {self._refusal}", param, ctx)


DAY = Parsed("date", date.fromisoformat, "not a day like 2026-01-31")
MOMENT = Parsed(
    "moment", parameter_types.parse_moment, "neither a day like 2026-01-31 nor a time like 2026-01-31T12:00Z"
)
MONTH = Parsed("month", lambda text: date.fromisoformat(f"{text}-01"), "not a month like 2026-01")
_TYPES: Mapping[str, Parsed] = {
    "date": DAY,
    "moment": MOMENT,
    "year": Parsed("year", parameter_types.parse_year, "not a year like 2024"),
    "year or date": Parsed("year", parameter_types.parse_year_or_day, "not a day like 2026-01-31"),
}


def listed(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a repeated option, each of which may hold several names with commas, as in the HTTP API."""
    return parameter_types.parse_names(",".join(given))


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def asks(question: type[AnyQuestion], **changed: Mapping[str, Any]) -> Callable[[Command], Command]:
    """Give a command the arguments and options of a question's parameters: it is called with the `question`.

    `changed`: attributes of Parameter, by its field, where the command differs. Wrong usage for days that are reversed.
    """
    taken = [replace(p, **changed.get(p.field, {})) for p in parameters_of(question) if p.in_command]

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_question(*args: Any, **values: Any) -> Any:
            fields = {parameter.field: values.pop(parameter.field) for parameter in taken}
            refuse_reversed(fields.get("since"), fields.get("until"))
            return command(*args, question=question(**fields), **values)

        for parameter in reversed(taken):
            _declare(parameter)(with_question)
        return with_question  # type: ignore[return-value]  # the same but for `question`, which click has no type for

    return decorate


def _declare(parameter: Parameter) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The argument or option of a parameter."""
    kind, default = parameter.kind, parameter.default
    needed = parameter.required if parameter.needed is None else parameter.needed
    several = kind is parameter_types.NAMES
    settings: dict[str, Any] = {
        "type": _type(kind),
        "metavar": parameter.metavar or kind.metavar,
        "required": needed,
        "callback": listed if several else None,
    }
    if not needed and not several:
        settings["default"] = "" if parameter.required else default
    if parameter.argument:
        return click.argument(parameter.field, nargs=-1 if several else 1, **settings)
    more: dict[str, Any] = (
        {"is_flag": True} if kind is parameter_types.FLAG else {"multiple": several, "show_default": bool(default)}
    )
    return click.option(parameter.option, parameter.field, help=parameter.help, **settings, **more)


def _type(kind: Kind) -> click.ParamType[Any] | None:
    if kind.choices:
        return click.Choice(kind.choices)
    return click.IntRange(*kind.bounds) if kind.name == "number" else _TYPES.get(kind.name)


def refuse_unknown(word: str, names: tuple[str, ...], every: Mapping[str, object], command: str) -> None:
    """Wrong usage for a name that is not known: names the nearest, or the command that lists them."""
    for name in names:
        if name not in every:
            hint = nearest(name, every) or f"; `{command}` lists them"
            raise click.UsageError(f"unknown {word} {name!r}{hint}")


def refuse_reversed(since: date | None, until: date | None) -> None:
    """Wrong usage for a span that ends before it begins."""
    if since and until and until < since:
        raise click.UsageError(f"--until {until} is before --since {since}")
