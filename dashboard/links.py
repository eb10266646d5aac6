"""Links to an answer: its address in the HTTP API, its pictures, the command that gives it, the page as it stands.

All are made of the question's own parameters (`answers.questions`), so that each asks what the page asked.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from urllib.parse import urlencode

from answers.parameter_types import FLAG, NAMES, parameters_of, texts
from answers.questions import AnyQuestion, address_of, api_address
from dashboard.export.figure_registry import FIGURES

api = api_address
EMBED = "/embed"  # where charts are that another page may show in a frame
_PLAIN_WORDS = re.compile(r"[\w .,%-]+")


def picture(of: str, parameters: Iterable[tuple[str, str]], kind: str, *, dark: bool = False) -> str:
    """The address of a picture, relative to the server: one of `figure_registry.FIGURES` by its parameters."""
    pairs = ((name, text) for name, text in (*parameters, ("theme", "dark" if dark else "")) if text)
    return address_of(f"{of}.{kind}", pairs)


def embedded(of: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The address of an interactive picture that another page may show in a frame."""
    return f"{EMBED}/{of}.html?{urlencode([(name, text) for name, text in parameters if text])}"


def saved(address: str) -> str:
    """The address with which a browser saves what is there instead of showing it."""
    return f"{address}{'&' if '?' in address else '?'}download=1"


def shell(question: AnyQuestion) -> str:
    """The command that answers a question."""
    written, arguments, options = texts(question), list[str](), list[str]()
    for parameter in parameters_of(type(question)):
        text = written.get(parameter.name, "") if parameter.in_command else ""
        if text and parameter.argument:
            arguments += map(_quoted, text.split(",") if parameter.kind is NAMES else [text])
        elif text:
            options.append(parameter.option if parameter.kind is FLAG else f"{parameter.option} {_quoted(text)}")
    return " ".join(["uptake", question.command, *arguments, *options])


def _quoted(word: str) -> str:
    """A word as a shell reads it: a sentence in double quotes, as people write it."""
    return f'"{word}"' if " " in word and _PLAIN_WORDS.fullmatch(word) else shlex.quote(word)


def drawn(of: str, question: AnyQuestion, **drawing: str) -> list[tuple[str, str]]:
    """The parameters of a picture, one of FIGURES: those of its question that it takes, and how it is drawn."""
    taken = FIGURES[of].parameters
    return [(name, text) for name, text in (texts(question) | drawing).items() if text and name in taken]
