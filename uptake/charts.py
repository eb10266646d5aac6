"""Pictures for the command line, drawn by a process of the dashboard's: nothing here knows how to draw."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from answers.question import Question, QuestionError
from storage import StoreError
from uptake.scheduler.processes import command
from uptake.scheduler.up import dashboard_environment
from uptake.settings.table import Settings

KINDS = ("png", "svg", "html")
DRAWN_WITHIN_S = 300.0


class CannotDraw(Exception):
    """The process that draws ended before it had; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """A picture: of which chart, what is asked of it (parameters with their values, as in the HTTP API), its kind."""

    of: str
    asked: tuple[tuple[str, str], ...]
    kind: str = "svg"


def of_series(question: Question, kind: str = "svg") -> ChartRequest:
    """The picture of a series."""
    told = (
        ("metric", question.metric),
        ("framework", ",".join(question.frameworks)),
        ("dimension", question.dimension),
        ("since", question.since.isoformat() if question.since else ""),
        ("until", question.until.isoformat() if question.until else ""),
        ("as_of", question.as_of.isoformat() if question.as_of else ""),
        ("view", question.view),
    )
    return ChartRequest("chart", tuple((name, text) for name, text in told if text), kind)


def draw(settings: Settings, wanted: Sequence[ChartRequest]) -> list[bytes]:
    """Draw all, in their order. Raises QuestionError if one cannot be drawn, StoreError or CannotDraw."""
    if not wanted:
        return []
    asked = "".join(json.dumps(_told(want)) + "\n" for want in wanted)
    try:
        done = subprocess.run(
            command(["dashboard.export.render"]),
            input=asked.encode(),
            capture_output=True,
            env=dashboard_environment(settings),
            timeout=DRAWN_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotDraw(f"the pictures were not drawn within {DRAWN_WITHIN_S:.0f} s") from None
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    drawn = [_drawn(answer) for answer in answers]
    if len(drawn) < len(wanted):
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise CannotDraw(
            f"the process that draws ended early (exit code {done.returncode}): {last or 'it said nothing'}"
        )
    return drawn


def _told(want: ChartRequest) -> dict[str, Any]:
    return {"of": want.of, "asked": want.asked, "kind": want.kind}


def _drawn(answer: dict[str, str]) -> bytes:
    if "picture" in answer:
        return base64.b64decode(answer["picture"])
    raise (StoreError if answer["kind"] == "store" else QuestionError)(answer["error"])
