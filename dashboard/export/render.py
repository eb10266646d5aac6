"""Charts as files: PNG, SVG and HTML that needs no network; and the process that draws them for the command line.

`python -m dashboard.export.render` reads requests as lines of JSON, `{"of": "compare", "asked": [["a", "django"], ...],
"kind": "svg"}`, and answers each with a line of JSON: `{"picture": base64}` or `{"error": sentence, "kind": "question"
or "store"}`. `of` is a name in `figure_registry.FIGURES` and `asked` its parameters, as in the HTTP API.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import vl_convert
from starlette.datastructures import QueryParams

from answers.questions import QuestionError
from dashboard import cache, request_parameters
from dashboard.charts.figure import Figure, Style
from dashboard.export import figure_registry
from dashboard.export.figure_registry import FIGURES
from dashboard.export.html import handout
from dashboard.export.svg import poster
from storage import StoreError

SCALE = 2.5  # pixels of a PNG to a pixel of the chart: 2400 x 1350 for a slide
MEDIA = {"png": "image/png", "svg": "image/svg+xml", "html": "text/html; charset=utf-8"}
WAIT_S = 20.0  # how long a request stands in line before it is sent away
_ONE_AT_A_TIME = threading.Lock()

Pairs = tuple[tuple[str, str], ...]  # parameters with their values, as an address has them


class Busy(Exception):
    """Too many pictures are asked for at once; `str()` is one sentence."""


def shown(of: str, query: Sequence[tuple[str, str]], kind: str) -> bytes:
    """A chart's picture, drawn once while nothing new is stored. Raises QuestionError, StoreError, Busy."""
    return _remembered(cache.cache_key(), of, tuple(query), kind)


def figure(of: str, query: Sequence[tuple[str, str]]) -> tuple[Figure, Style]:
    """The figure that parameters ask for, and how it is to look. Raises QuestionError, StoreError."""
    if of not in FIGURES:
        raise QuestionError(f"There is no metric and no chart {of[:40]!r}; charts are {', '.join(FIGURES)}.")
    return figure_registry.figure(
        FIGURES[of], request_parameters.values(QueryParams(list(query)), FIGURES[of].parameters)
    )


@lru_cache(maxsize=16)
def _remembered(_edition: tuple[str, int, datetime], of: str, query: Pairs, kind: str) -> bytes:
    drawing, look = figure(of, query)
    if not _ONE_AT_A_TIME.acquire(timeout=WAIT_S):
        raise Busy("Other pictures are being drawn: ask again in a moment.")
    try:
        return picture(drawing, kind, look)
    finally:
        _ONE_AT_A_TIME.release()


def picture(drawing: Figure, kind: str, look: Style) -> bytes:
    """A figure as a file of a kind in MEDIA."""
    if kind == "html":
        return handout(drawing, look)
    drawn = poster(drawing, look)
    return vl_convert.svg_to_png(drawn, scale=SCALE) if kind == "png" else f"{drawn}\n".encode()


def _answer(line: str) -> dict[str, str]:
    request: dict[str, Any] = json.loads(line)
    try:
        drawn = shown(request["of"], [(str(name), str(text)) for name, text in request["asked"]], request["kind"])
    except QuestionError as fault:
        return {"error": str(fault), "kind": "question"}
    except StoreError as fault:
        return {"error": str(fault), "kind": "store"}
    return {"picture": base64.b64encode(drawn).decode()}


def main() -> None:
    """Answer every line of standard input."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
