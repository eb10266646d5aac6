"""Charts as files: PNG, SVG and HTML that needs no network; and the process that draws them for the command line.

The renderer is vl-convert (BSD-3-Clause): Vega in a V8 of its own, without browser and without network, with the font
it carries. `python -m dashboard.pictures` reads requests as lines of JSON and answers each with a line of JSON:
`{"picture": base64}` or `{"error": sentence, "kind": "question" or "store"}`.
"""

from __future__ import annotations

import base64
import html
import json
import sys
import threading
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import vl_convert

from catalog import Catalog
from dashboard import reading
from dashboard.handout import handout
from dashboard.poster import VEGA_LITE, Look, Poster, compose
from storage import StoreError
from uptake.answers import Question, QuestionError, SeriesAnswer

SCALE = 2.5  # pixels of a PNG to a pixel of the chart: 2400 x 1350
MEDIA = {"png": "image/png", "svg": "image/svg+xml", "html": "text/html; charset=utf-8"}
WAIT_S = 20.0  # how long a request stands in line before it is sent away
_ONE_AT_A_TIME = threading.Lock()
_NOWHERE: list[str] = []  # from where the renderer may fetch


class Busy(Exception):
    """Too many pictures are asked for at once; `str()` is one sentence."""


def shown(question: Question, kind: str, look: Look) -> bytes:
    """The picture of a question, drawn once while its answer stays the same. Raises QuestionError, StoreError, Busy."""
    return _remembered(reading.series(question), kind, look)


@lru_cache(maxsize=16)
def _remembered(answer: SeriesAnswer, kind: str, look: Look) -> bytes:
    if not _ONE_AT_A_TIME.acquire(timeout=WAIT_S):
        raise Busy("Other pictures are being drawn: ask again in a moment.")
    try:
        return picture(answer, reading.catalog(), kind, look)
    finally:
        _ONE_AT_A_TIME.release()


def picture(answer: SeriesAnswer, catalog: Catalog, kind: str, look: Look) -> bytes:
    """The answer's chart as a file of a kind in MEDIA. Raises QuestionError if there is nothing to draw."""
    poster = compose(answer, catalog, look)
    if kind == "png":
        return _png(poster)
    drawn = _svg(poster)
    if kind == "svg":
        return f"{drawn}\n".encode()
    return handout(answer, compose(answer, catalog, look, still=False), drawn, look)


def _png(poster: Poster) -> bytes:
    return vl_convert.vegalite_to_png(poster.spec, vl_version=VEGA_LITE, scale=SCALE, allowed_base_urls=_NOWHERE)


def _svg(poster: Poster) -> str:
    """The chart as SVG, with its words for those who do not see it."""
    drawn = vl_convert.vegalite_to_svg(poster.spec, vl_version=VEGA_LITE, allowed_base_urls=_NOWHERE)
    start, _, rest = drawn.partition(">")
    told = f"<title>{html.escape(poster.title)}</title><desc>{html.escape(poster.summary)}</desc>"
    return f'{start} role="img">{told}{rest}'


def _asked(told: dict[str, Any]) -> Question:
    """A question out of JSON, as `uptake.drawing` writes it."""
    days = {name: told[name] and date.fromisoformat(told[name]) for name in ("since", "until")}
    as_of = told["as_of"] and datetime.fromisoformat(told["as_of"])
    return Question(
        told["metric"], tuple(told["frameworks"]), told["dimension"], **days, as_of=as_of, view=told["view"]
    )


def _answer(line: str) -> dict[str, str]:
    told = json.loads(line)
    try:
        drawn = shown(_asked(told["question"]), told["kind"], Look(dark=told["dark"], log=told["log"]))
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
