"""Pictures for the command line, drawn by a process of the dashboard's: nothing here draws."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from answers.parameter_types import texts
from answers.questions import Question, QuestionError
from storage import StoreError
from uptake.scheduler.processes import command
from uptake.settings.settings import Settings
from uptake.startup import dashboard_environment

KINDS = ("png", "svg", "html")
DRAWN_WITHIN_S = 300.0


class CannotDraw(Exception):
    """The process that draws ended before it had; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """A picture: of which chart, its parameters with their values (as in the HTTP API), its kind."""

    of: str
    parameters: tuple[tuple[str, str], ...]
    kind: str = "svg"


def of_series(question: Question, kind: str = "svg") -> ChartRequest:
    """The picture of a series."""
    return ChartRequest("chart", tuple(texts(question).items()), kind)


def draw(settings: Settings, requests: Sequence[ChartRequest]) -> list[bytes]:
    """Draw all, in their order. Raises QuestionError if one cannot be drawn, StoreError or CannotDraw."""
    if not requests:
        return []
    lines = [json.dumps({"of": r.of, "asked": r.parameters, "kind": r.kind}) + "\n" for r in requests]
    try:
        done = subprocess.run(
            command(["dashboard.export.render"]),
            input="".join(lines).encode(),
            capture_output=True,
            env=dashboard_environment(settings),
            timeout=DRAWN_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotDraw(f"the charts were not drawn within {DRAWN_WITHIN_S:.0f} s") from None
    pictures = [_picture(json.loads(line)) for line in done.stdout.splitlines()]
    if len(pictures) < len(requests):
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise CannotDraw(f"the drawing process ended early (exit code {done.returncode}): {last or 'no output'}")
    return pictures


def _picture(answer: dict[str, str]) -> bytes:
    if "picture" in answer:
        return base64.b64decode(answer["picture"])
    raise (StoreError if answer["kind"] == "store" else QuestionError)(answer["error"])
