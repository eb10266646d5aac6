"""The tables of the almanac: whole, and their figures as they were published."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

import catalog
from catalog import CatalogError, almanac, load

SHIPPED = Path(catalog.__file__).parent


@pytest.mark.parametrize(
    ("table", "rows", "first", "last", "column"),
    [
        ("stars", 2669, "2018-12-23", "2026-08-22", "date"),
        ("downloads", 1029, "2018-02-24", "2026-03-31", "last_day"),
        ("surveys", 75, "2017", "2025", "year"),
        ("survey_2019_by_country", 168, "Argentina", "United States", "country"),
        ("survey_2019_by_region", 40, "africa", "united-states", "region"),
        ("releases", 363, "2009-10-10", "2026-07-29", "date"),
    ],
)
def test_the_tables_are_whole(table: str, rows: int, first: str, last: str, column: str) -> None:
    """As many rows as were re-tabulated, from the first day to the last, each with its source."""
    found = almanac(table)
    assert len(found) == rows
    assert (min(row[column] for row in found), max(row[column] for row in found)) == (first, last)
    assert all(row["source"] for row in found)


def test_django_passed_flask_in_stars_between_the_25th_and_the_27th() -> None:
    """The question this all started from, to the star."""
    seen = {(row["framework"], row["date"]): int(row["stars"]) for row in almanac("stars")}
    assert (seen["django", "2020-09-25"], seen["flask", "2020-09-25"]) == (52108, 52112)
    assert (seen["django", "2020-09-27"], seen["flask", "2020-09-27"]) == (52222, 52144)
    assert (seen["fastapi", "2023-11-27"], seen["flask", "2023-11-27"]) == (65033, 65041)
    assert (seen["fastapi", "2023-11-30"], seen["flask", "2023-11-30"]) == (65277, 65080)
    assert (seen["fastapi", "2026-08-22"], seen["django", "2026-08-22"], seen["flask", "2026-08-22"]) == (
        101745,
        88588,
        72133,
    )


def test_no_counter_of_the_almanac_falls_by_a_tenth_unless_somebody_named_it() -> None:
    """A fall like that is another repository's counter, or a misreading; a known one stands among the breaks."""
    readings: dict[str, list[tuple[date, int]]] = {}
    for row in almanac("stars"):
        readings.setdefault(row["framework"], []).append((date.fromisoformat(row["date"]), int(row["stars"])))
    falls = [
        (framework, day)
        for framework, rows in readings.items()
        for (_, before), (day, stars) in pairwise(sorted(rows))
        if stars < 0.9 * before
        and not any(b.kind == "incident" and b.since <= day <= b.until for b in load().breaks_of("stars", framework))
    ]
    assert falls == []


def test_the_sums_of_the_tables_survive() -> None:
    """A digit lost anywhere shows here."""
    assert sum(int(row["stars"]) for row in almanac("stars")) == 124643561
    assert sum(int(row["downloads"]) for row in almanac("downloads")) == 20976949883
    assert Counter(row["installers"] for row in almanac("downloads")) == {"pip": 849, "all": 180}


def test_not_asked_is_told_from_nobody() -> None:
    """Flask was not on the list of 2018, FastAPI not before 2021: no count, but the number of people asked."""
    so = {(r["year"], r["framework"]): r for r in almanac("surveys") if r["survey"] == "stackoverflow"}
    assert so["2018", "flask"]["offered"] == "0"
    assert so["2018", "flask"]["worked_with"] == ""
    assert so["2018", "flask"]["answered"] == "51620"
    assert min(year for (year, name), r in so.items() if name == "fastapi" and r["offered"] == "1") == "2021"
    assert {year for (year, _), r in so.items() if r["gate"] == "1"} == {"2025"}
    assert int(so["2024", "fastapi"]["worked_with"]) / int(so["2024", "fastapi"]["answered"]) == pytest.approx(
        0.106286, abs=1e-6
    )


def test_rounded_bases_and_unknown_ones_are_marked() -> None:
    """A round figure for the whole survey is not the number of people behind a segment."""
    python = [r for r in almanac("surveys") if r["survey"] == "pydevsurvey"]
    assert {r["year"]: r["answered"] for r in python if not r["segment"]} == {
        "2017": "9500",
        "2018": "20000",
        "2020": "28000",
        "2022": "23000",
        "2023": "25000",
        "2024": "29000",
    }
    assert {r["rounded"] for r in python if not r["segment"]} == {"1"}
    assert {r["answered"] for r in python if r["segment"]} == {""}
    assert len({(r["year"], r["framework"], r["segment"]) for r in python}) == len(python)


def test_regions_of_2019_keep_their_people() -> None:
    """The United States, as the origin has them: 14.22 % for Flask and 12.30 % for Django of 15,302."""
    us = {r["framework"]: r for r in almanac("survey_2019_by_country") if r["country"] == "United States"}
    assert us["flask"]["answered"] == us["django"]["answered"] == "15302"
    assert round(int(us["flask"]["worked_with"]) / 15302, 4) == 0.1422
    assert round(int(us["django"]["worked_with"]) / 15302, 4) == 0.1230


def test_regions_of_2019_are_whole() -> None:
    """All countries of a region, also the small ones that the table by country leaves out; as the origin has them."""
    regions = load().regions
    known = {(r["region"], r["framework"]): (int(r["answered"]), int(r["worked_with"])) for r in _by_region()}
    assert {name for name, _ in known} == set(regions)
    europe = "eu27-uk-ch-no"
    assert (known[europe, "flask"][0], known[europe, "django"][0]) == (23328, 23328)
    assert [round(known[europe, name][1] / 23328, 4) for name in ("flask", "django")] == [0.1065, 0.1083]
    us = next(
        r for r in almanac("survey_2019_by_country") if (r["country"], r["framework"]) == ("United States", "flask")
    )
    assert known["united-states", "flask"] == (int(us["answered"]), int(us["worked_with"]))
    spelled = {text: code for code, country in load().countries.items() for text in country.spellings(2019)}
    for name, region in regions.items():
        inside = [r for r in almanac("survey_2019_by_country") if spelled[r["country"]] in region.countries]
        for framework in ("flask", "django", "express", "rails"):
            told = [r for r in inside if r["framework"] == framework]
            assert sum(int(r["answered"]) for r in told) <= known[name, framework][0]
            assert sum(int(r["worked_with"]) for r in told) <= known[name, framework][1]


def _by_region() -> tuple[dict[str, str], ...]:
    return almanac("survey_2019_by_region")


def test_an_unknown_table_is_refused() -> None:
    """Asking for what is not there names what is."""
    with pytest.raises(CatalogError, match=r"almanac/stras\.csv: the file is not one of the tables .*stars"):
        almanac("stras")
