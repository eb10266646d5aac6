"""Charts are the same in every time zone: of the machine that draws them, and of the browser that shows them."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys

from dashboard.export.figures import FIGURES
from tests.support.serving import ROOT

ZONES = ("UTC", "Asia/Tokyo", "Pacific/Honolulu", "Pacific/Kiritimati")
LATE, PAIR = ("since", "2026-07-25"), ("framework", "flask,django")
PICTURES: list[tuple[str, list[tuple[str, str]]]] = [
    ("chart", [("metric", "stars"), PAIR, LATE]),
    ("chart", [("metric", "stars"), PAIR, ("view", "gained")]),
    ("chart", [("metric", "stars"), PAIR, ("log", "1")]),
    ("chart", [("metric", "stars"), PAIR, ("axis", "stars-10000")]),
    ("chart", [("metric", "downloads_pip_30d"), PAIR]),
    ("chart", [("metric", "so_worked_with"), PAIR]),
    ("compare", [("a", "django"), ("b", "flask"), ("on", "2020-11-25")]),
    ("agreement", []),
    ("agreement", [("show", "tau")]),
    ("surveys", []),
    ("regions", [PAIR]),
    ("anomalies", [("metric", "stars")]),
    ("forecast", [("metric", "stars"), ("framework", "flask")]),
]


def drawn(store: str, zone: str, kind: str) -> list[str]:
    """Every picture as the process draws it that lives in that zone; an error stands for itself."""
    lines = "".join(json.dumps({"of": of, "asked": asked, "kind": kind}) + "\n" for of, asked in PICTURES)
    environment = os.environ | {"TZ": zone, "UPTAKE_DATABASE_URL": store}
    run = subprocess.run(
        [sys.executable, "-m", "dashboard.export.render"], input=lines, cwd=ROOT, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    answers: list[dict[str, str]] = [json.loads(line) for line in run.stdout.splitlines()]
    return [base64.b64decode(a["picture"]).decode() if "picture" in a else a["error"] for a in answers]


def test_every_picture_is_tried() -> None:
    assert {of for of, _ in PICTURES} == set(FIGURES)


def test_a_picture_is_the_same_wherever_it_is_drawn(deep_store: str) -> None:
    pictures = {zone: drawn(deep_store, zone, "svg") for zone in ZONES}
    for zone in ZONES[1:]:
        for (of, asked), one, other in zip(PICTURES, pictures["UTC"], pictures[zone], strict=True):
            assert one == other, (zone, of, asked)


def test_every_moment_in_a_page_says_its_zone(deep_store: str) -> None:
    for (of, asked), page in zip(PICTURES, drawn(deep_store, "Pacific/Kiritimati", "html"), strict=True):
        assert re.findall(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+"', page) == [], (of, asked)
