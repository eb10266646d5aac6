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
        ("stars", 23693, "2018-12-18", "2026-08-22", "date"),
        ("downloads", 1029, "2018-02-24", "2026-03-31", "last_day"),
        ("surveys", 84, "2017", "2025", "year"),
        ("survey_by_country", 168 + 29 * 7, "2019", "2024", "year"),
        ("survey_by_region", 40 + 10 * 7, "2019", "2024", "year"),
        ("survey_fulltime_by_country", 30 * 26 - 1, "2018", "2023", "year"),
        ("hiring", 5 * 187 + 92, "2011-01", "2026-07", "month"),
        ("gems", 142, "2013-06", "2025-03", "month"),
        ("releases", 368, "2009-10-10", "2026-07-29", "date"),
    ],
)
def test_the_tables_are_whole(table: str, rows: int, first: str, last: str, column: str) -> None:
    """As many rows as were re-tabulated, from the first day to the last, each with its source."""
    found = almanac(table)
    assert len(found) == rows
    assert (min(row[column] for row in found), max(row[column] for row in found)) == (first, last)
    assert all(row["source"] for row in found)


@pytest.mark.parametrize("table", ["stars", "downloads", "hiring", "gems"])
def test_every_list_is_credited_by_its_own_name_and_licence(table: str) -> None:
    """Whoever cites a figure cites the list that it is from, not eight licences of which one applies."""
    lists = load().sources_named(f"almanac:{name}" for name in {row["source"] for row in almanac(table)})
    assert {one.id for one in lists} == {"almanac"}
    assert not any(one.title == "The almanac" or "by table" in one.licence for one in lists)


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


def _readings() -> dict[str, list[tuple[date, int, str]]]:
    """The almanac's stars by framework, in time."""
    readings: dict[str, list[tuple[date, int, str]]] = {}
    for row in almanac("stars"):
        reading = (date.fromisoformat(row["date"]), int(row["stars"]), row["source"])
        readings.setdefault(row["framework"], []).append(reading)
    return {framework: sorted(rows) for framework, rows in readings.items()}


def _is_incident(framework: str, day: date) -> bool:
    breaks = load().breaks_of("stars", framework)
    return any(b.kind == "incident" and b.since <= day <= b.until for b in breaks)


def test_every_framework_reads_one_repository_day_by_day() -> None:
    """Neighbouring readings a tenth apart are another repository's counter, or a misreading: a known one has a name.

    A fall is one however long it took; a rise counts within a week, in which none of the eighteen grew like that.
    """
    jumps = [
        (framework, day)
        for framework, rows in _readings().items()
        for (earlier, before, _), (day, stars, _) in pairwise(rows)
        if stars < 0.9 * before or (stars > 1.1 * before and (day - earlier).days <= 7)
        if not (_is_incident(framework, day) or _is_incident(framework, earlier))
    ]
    assert jumps == []


def test_quarts_misreadings_are_named_to_the_day() -> None:
    """The incidents hold the readings of 1, 6, 7, 12 and 29 stars and no other."""
    wrong = [(day, stars) for day, stars, _ in _readings()["quart"] if _is_incident("quart", day)]
    assert Counter(stars for _, stars in wrong) == {1: 12, 6: 1, 7: 1, 12: 1, 29: 3}
    assert [stars for day, stars, _ in _readings()["quart"] if stars < 100 and not _is_incident("quart", day)] == []


@pytest.mark.parametrize(
    ("framework", "days", "name"), [("aiohttp", 13, "aiohttp-late-2025"), ("tornado", 3, "tornado-late-2026")]
)
def test_a_list_that_repeats_an_old_figure_is_named(framework: str, days: int, name: str) -> None:
    """Ten stars and more outside what another list had within a week before and after, and the figure it had last."""
    late: list[date] = []
    last: dict[str, int] = {}
    rows = _readings()[framework]
    for day, stars, source in rows:
        near = [r for r in rows if r[2] != source and abs((r[0] - day).days) <= 7]
        before, after = [r[1] for r in near if r[0] < day][-1:], [r[1] for r in near if r[0] > day][:1]
        beside = before + after
        off = max(min(beside) - stars, stars - max(beside)) if before and after else 0
        if off >= 10 and last.get(source) == stars:
            late.append(day)
        last[source] = stars
    (entry,) = (b for b in load().breaks if b.id == name)
    assert (len(late), late[0], late[-1]) == (days, entry.since, entry.until)


def test_the_sums_of_the_tables_survive() -> None:
    """A digit lost anywhere shows here."""
    assert sum(int(row["stars"]) for row in almanac("stars")) == 955293865
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


def _placed(table: str, year: str, place: str, framework: str) -> tuple[int, int]:
    """How many worked with it, of how many."""
    key = "region" if table == "survey_by_region" else "country"
    (row,) = (r for r in almanac(table) if (r["year"], r[key], r["framework"]) == (year, place, framework))
    return int(row["worked_with"]), int(row["answered"])


EUROPE = "eu27-uk-ch-no"


@pytest.mark.parametrize(
    ("year", "place", "base", "percents"),
    [
        ("2019", "united-states", 15_302, {"flask": 14.22, "django": 12.30}),
        ("2019", EUROPE, 23_328, {"flask": 10.65, "django": 10.83}),
        ("2024", EUROPE, 17_928, {"flask": 12.39, "django": 10.78, "fastapi": 9.86}),
        ("2024", "united-states", 7_865, {"flask": 15.13, "django": 11.15, "fastapi": 9.41}),
    ],
)
def test_regions_keep_their_people(year: str, place: str, base: int, percents: dict[str, float]) -> None:
    """As the origin has them."""
    for framework, percent in percents.items():
        count, answered = _placed("survey_by_region", year, place, framework)
        assert (answered, round(100 * count / answered, 2)) == (base, percent)


@pytest.mark.parametrize(("framework", "percent"), [("flask", 19.40), ("django", 20.16), ("fastapi", 13.16)])
def test_india_in_2024(framework: str, percent: float) -> None:
    """As the origin has it."""
    count, answered = _placed("survey_by_country", "2024", "IN", framework)
    assert (answered, round(100 * count / answered, 2)) == (3_274, percent)


@pytest.mark.parametrize("year", ["2019", "2024"])
def test_regions_are_whole(year: str) -> None:
    """All countries of a region, also the small ones that the table by country leaves out, and not more than all."""
    regions, whole = load().regions, {"2019": 65_022, "2024": 45_161}[year]
    rows = [r for r in almanac("survey_by_region") if r["year"] == year]
    assert {r["region"] for r in rows} == set(regions)
    for row in rows:
        inside = [
            _placed("survey_by_country", year, r["country"], r["framework"])
            for r in almanac("survey_by_country")
            if (r["year"], r["framework"]) == (year, row["framework"])
            and r["country"] in regions[row["region"]].countries
        ]
        assert sum(count for count, _ in inside) <= int(row["worked_with"])
        assert sum(answered for _, answered in inside) <= int(row["answered"]) < whole
    assert {r["framework"] for r in rows} <= {
        r["framework"]
        for r in almanac("surveys")
        if (r["survey"], r["year"], r["offered"]) == ("stackoverflow", year, "1")
    }


EIGHTEEN = {"AT", "BG", "CH", "CZ", "DE", "DK", "ES", "FR", "GR", "HR", "IE", "IT", "NL", "NO", "PL", "PT", "RO", "SE"}


def test_full_time_employees_of_eighteen_european_countries() -> None:
    """The answer to "at least in Europe?", out of the table with sums alone: 7.31 % of 16,646 in 2019 to 7.96 %."""
    sums: dict[tuple[str, str], tuple[int, int, int]] = {}
    for row in almanac("survey_fulltime_by_country"):
        if row["country"] in EIGHTEEN:
            n, count, base = sums.get((row["framework"], row["year"]), (0, 0, 0))
            sums[row["framework"], row["year"]] = (n + 1, count + int(row["worked_with"]), base + int(row["answered"]))
    shares = {key: (base, round(100 * count / base, 2)) for key, (n, count, base) in sums.items() if n == len(EIGHTEEN)}
    assert {year: share for (name, year), share in shares.items() if name == "flask"} == {
        "2019": (16_646, 7.31),
        "2020": (11_360, 8.21),
        "2021": (14_449, 9.96),
        "2022": (12_402, 9.30),
        "2023": (16_972, 7.96),
    }
    assert [shares["django", year][1] for year in ("2019", "2020", "2021")] == [7.46, 7.78, 8.12]
    assert ("fastapi", "2021") not in shares
    assert sums["fastapi", "2021"][0] == 17  # Bulgaria is missing
    assert len({row["country"] for row in almanac("survey_fulltime_by_country")}) == 26


def test_an_unknown_table_is_refused() -> None:
    """Asking for what is not there names what is."""
    with pytest.raises(CatalogError, match=r"almanac/stras\.csv: the file is not one of the tables .*stars"):
        almanac("stras")


def _named(framework: str, year: str) -> tuple[int, int]:
    """Posts of a year that name a framework, and posts, of the months that were read when they were whole."""
    found = [
        r for r in almanac("hiring") if r["framework"] == framework and r["month"][:4] == year and not r["read_on"]
    ]
    return sum(int(r["posts_naming"]) for r in found), sum(int(r["posts"]) for r in found)


def test_hiring_posts_are_counted_to_the_digit() -> None:
    """Known sums of whole years; the youngest month was read on its second day and says so."""
    assert _named("flask", "2018") == (198, 9499)
    assert (_named("django", "2025"), _named("fastapi", "2025")) == ((104, 3991), (128, 3991))
    young = {(r["month"], r["read_on"], r["posts"]) for r in almanac("hiring") if r["read_on"]}
    assert young == {("2026-07", "2026-07-02", "165")}
    assert min(r["month"] for r in almanac("hiring") if r["framework"] == "fastapi") == "2018-12"


def test_gems_have_the_days_that_were_counted() -> None:
    """27 months lack days, among them the holes of 2014 and 2024; none says zero."""
    rows = {row["month"]: row for row in almanac("gems")}
    partial = {month for month, row in rows.items() if row["days_counted"] != row["days_in_month"]}
    assert len(partial) == 27
    assert partial >= {"2013-06", "2014-11", "2024-06", "2024-07", "2024-08", "2025-03"}
    assert rows["2013-08"]["downloads"] == "851923"
    assert all(int(row["downloads"]) > 0 for row in rows.values())


def test_frameworks_of_one_month_share_its_posts() -> None:
    posts: dict[str, set[str]] = {}
    for row in almanac("hiring"):
        posts.setdefault(row["month"], set()).add(row["posts"])
    assert len(posts) == 187
    assert {len(counts) for counts in posts.values()} == {1}
