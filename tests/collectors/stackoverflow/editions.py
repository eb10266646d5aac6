"""Editions of the survey as files: people who answered, as the file of a year has them."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog import Catalog, load
from collectors import collect_microdata
from storage import Run, Store
from tests.support.upstream import FakeClock

CATALOG = load()
WORKED, WANT = "so_worked_with", "so_want_to_work_with"


# Facts about the files, written down apart from the profiles: what the columns are called and how an option is spelled.
LAYOUT: Mapping[int, tuple[str, str, str]] = {
    2019: ("Respondent", "WebFrameWorkedWith", "WebFrameDesireNextYear"),
    2020: ("Respondent", "WebframeWorkedWith", "WebframeDesireNextYear"),
    **dict.fromkeys(range(2021, 2026), ("ResponseId", "WebframeHaveWorkedWith", "WebframeWantToWorkWith")),
    2026: ("ResponseId", "WebFrameworkHaveWorkedWith", "WebFrameworkWantToWorkWith"),
}


CORE = {2021: "ASP.NET Core ", 2022: "ASP.NET Core ", 2023: "ASP.NET CORE", 2024: "ASP.NET CORE"}
FIRST = {"aspnet-core": 2020, "fastapi": 2021, "blazor": 2022}  # the edition that first had it on its list
UNITED_STATES = {2019: "United States", 2020: "United States"}
PLACES = ("Germany", "Viet Nam", "United Kingdom", "Czech Republic", "Nomadic", "NA", "Russian Federation", "Norway")
Person = tuple[str, frozenset[str], frozenset[str]]  # country, framework ids worked with, wanted
NAMES = {f.id: f.ids["stackoverflow"] for f in CATALOG.frameworks.values() if "stackoverflow" in f.ids}


def asked_in(year: int) -> list[str]:
    return [key for key in NAMES if year >= FIRST.get(key, 0)]


def people(year: int, number: int = 400) -> list[Person]:
    """Some made people: two in five are in the United States, one in six left each half empty."""
    rng = random.Random(year)
    places = [*PLACES, *[UNITED_STATES.get(year, "United States of America")] * 6]

    def ticked() -> frozenset[str]:
        return frozenset(k for k in asked_in(year) if rng.random() < 0.4) if rng.random() < 5 / 6 else frozenset()

    return [(rng.choice(places), ticked(), ticked()) for _ in range(number)]


def table(year: int, persons: Sequence[Person]) -> bytes:
    """Their answers as that edition's file would have them, with options that contain another's name."""
    spelled = NAMES | {"aspnet-core": CORE.get(year, "ASP.NET Core")}
    identity, worked, want = LAYOUT[year]
    gate = {2025: ["WebframeChoice"], 2026: ["TechDropDown"]}.get(year, [])
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([identity, "MainBranch", "Country", *gate, worked, want])

    def cell(ticked: frozenset[str]) -> str:
        return ";".join([*(spelled[k] for k in sorted(ticked)), "ASP.NET", "jQuery"]) if ticked else "NA"

    for number, (country, used, wished) in enumerate(persons, start=1):
        passed = [["Yes", "web_technologies"][year - 2025]] if gate else []
        rows.writerow([number, 'I "am"; a\ndeveloper', country, *passed, cell(used), cell(wished)])
    return ("\ufeff" if year == 2025 else "").encode() + text.getvalue().encode()


def written(tmp_path: Path, content: bytes, name: str = "results.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def collected(
    store: Store,
    year: int,
    file: Path | None,
    *,
    folder: Path = Path("unused"),
    catalog: Catalog = CATALOG,
    clock: FakeClock | None = None,
    **more: Any,
) -> Run:
    clock = clock or FakeClock()
    run = store.start_run("stackoverflow", trigger="cli", now=clock.now(), frameworks=more.pop("frameworks", ()))
    told: dict[str, Any] = {"access": None, "holder": "test", **more}
    return collect_microdata(store, catalog, run, year=year, file=file, folder=folder, clock=clock, **told)


def stored(store: Store, metric: str) -> dict[tuple[str, str, int], tuple[float | None, int]]:
    """Value and base by framework, dimension and year."""
    frame = store.read(metric, dimension=None)
    values = [None if math.isnan(v) else v for v in frame["value"]]
    keys = zip(frame["framework"], frame["dimension"], frame["period"].dt.year, strict=True)
    return dict(zip(keys, zip(values, frame["base"], strict=True), strict=True))
