"""For a reader who distrusts us: sentences that the program says, worked out again from the almanac's tables alone.

The facts come from `catalog/almanac/*.csv` by csv, datetime and arithmetic; nothing of the program's own is used for
them. What the program says comes from its pages, its commands and its digest on the store as it ships.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache
from itertools import combinations
from math import sqrt
from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog import load
from storage import Store
from tests.support.visiting import opened, words
from uptake.cli import commands
from uptake.clock import SystemClock
from uptake.digest.month_digest import month_digest

ALMANAC = Path(__file__).parents[2] / "catalog" / "almanac"
POST = date(2020, 11, 25)
EUROPE = (  # EU27, the United Kingdom, Switzerland and Norway
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip


# -- the facts ---------------------------------------------------------------------------------------------------------


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    with (ALMANAC / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def stars(framework: str) -> dict[date, int]:
    return {date.fromisoformat(r["date"]): int(r["stars"]) for r in table("stars") if r["framework"] == framework}


def last(readings: dict[date, int], by: date) -> tuple[date, int]:
    day = max(day for day in readings if day <= by)
    return day, readings[day]


def shared(*frameworks: str, since: date = date.min, until: date = date.max) -> list[date]:
    """The days on which all of these were read."""
    return sorted(day for day in set.intersection(*(set(stars(f)) for f in frameworks)) if since <= day <= until)


def bounds(readings: dict[date, int], day: date) -> tuple[float, float]:
    """Between which figures a counter stood: as read that day, or between the readings around it."""
    if day in readings:
        return readings[day], readings[day]
    around = [max((d for d in readings if d < day), default=None), min((d for d in readings if d > day), default=None)]
    if None in around:
        return float("-inf"), float("inf")
    low, high = sorted(readings[d] for d in around if d)
    return low, high


def passing(winner: str, loser: str) -> str:
    """Between the last day on which the loser was certainly ahead, and the next on which the winner was."""
    behind, ahead = date.min, None
    for day in sorted(stars(winner).keys() | stars(loser).keys()):
        (low, high), (other_low, other_high) = bounds(stars(winner), day), bounds(stars(loser), day)
        if high < other_low:
            behind, ahead = day, None
        elif low > other_high and ahead is None:
            ahead = day
    return between(behind, ahead or date.max)


def words_of(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def between(first: date, second: date) -> str:
    """Of one month, or one year, both are said once."""
    head = str(first.day) if first.month == second.month else f"{first.day} {first:%B}"
    head = head if first.year == second.year else words_of(first)
    if second - first == timedelta(days=1):
        return f"on {head} or {words_of(second)}"
    return f"between {head} and {words_of(second)}"


def millions(number: float) -> str:
    return f"{number / 1e6:.1f} million"


def pip(framework: str, last_day: str) -> int:
    return next(
        int(r["downloads"])
        for r in table("downloads")
        if (r["framework"], r["last_day"], r["installers"]) == (framework, last_day, "pip")
    )


def survey(framework: str, year: int) -> float:
    (row,) = (
        r
        for r in table("surveys")
        if (r["survey"], r["framework"], r["year"], r["segment"]) == ("stackoverflow", framework, str(year), "")
    )
    return int(row["worked_with"]) / int(row["answered"])


def printed(framework: str, year: int) -> float:
    """A share of the Python Developers Survey, as it was printed."""
    return next(
        float(r["share"])
        for r in table("surveys")
        if (r["survey"], r["framework"], r["year"], r["segment"]) == ("pydevsurvey", framework, str(year), "")
    )


def placed(name: str, key: str, place: str, framework: str, year: int) -> tuple[int, int]:
    """How many worked with it there, and how many answered."""
    found = [r for r in table(name) if (r[key], r["framework"], r["year"]) == (place, framework, str(year))]
    (row,) = found
    return int(row["worked_with"]), int(row["answered"])


def per_cent(part: float, places: int = 1) -> str:
    return f"{100 * part:.{places}f}%"


# -- the sentences, made of them ---------------------------------------------------------------------------------------


def lead_on_the_day_of_the_post() -> str:
    django, flask = stars("django")[POST], stars("flask")[POST]
    return f"Django had {django:,} GitHub stars on {words_of(POST)}, {django - flask:,} more than Flask"


def lead_as_last_seen() -> str:
    day = shared("django", "flask")[-1]
    django, flask = stars("django")[day], stars("flask")[day]
    return f"Django has {django:,} GitHub stars on {words_of(day)}, {django - flask:,} more than Flask"


def downloads_before_the_post() -> str:
    django, flask = pip("django", "2020-10-31"), pip("flask", "2020-10-31")
    more = f"{millions(flask - django)} more than Django"
    return f"Flask had {millions(flask)} pip downloads in the 30 days to 31 October 2020, {more}"


def downloads_in_the_table() -> str:
    ratio = pip("flask", "2020-10-31") / pip("django", "2020-10-31")
    return f"Flask, {ratio:.3g} times as many · 31 October 2020"


def almost_a_thousand() -> str:
    after = shared("django", "flask", since=POST + timedelta(days=1))[0]
    leads = [stars("django")[day] - stars("flask")[day] for day in (POST, after)]
    parts = f"{leads[0] / 1000:.0%} and {leads[1] / 1000:.0%}"  # of a claim in round words
    return f"{leads[1]} stars on {words_of(after)}: {parts} of the 1,000 claimed"


def sightings() -> str:
    days = shared("django", "flask", until=POST)
    ahead = sum(stars("flask")[day] > stars("django")[day] for day in days)
    return f"in {ahead} of {len(days)} readings of both from {words_of(days[0])} to {words_of(days[-1])}"


def growth_of_two() -> str:
    first = shared("fastapi", "flask", since=POST - timedelta(days=365))[0]
    parts = []
    for name, title in (("fastapi", "FastAPI"), ("flask", "Flask")):
        gained = stars(name)[POST] - stars(name)[first]
        parts.append(f"{title} grew by {gained:,} ({per_cent(gained / stars(name)[first])})")
    span = f"from {first.day} {first:%B} to {words_of(POST)}"
    return f"{span}, {', '.join(parts)}. That is {round((POST - first).days / 30.44)} months"


def explosion() -> str:
    first = min(stars("fastapi"))
    then, now = stars("fastapi")[first], stars("fastapi")[POST]
    readings = f"{then:,} on {words_of(first)} and {now:,} on {words_of(POST)}"
    return f"FastAPI had {readings} in GitHub stars: {now / then:.{2 if now / then < 2 else 1}f} times"


def full_time_in_europe() -> str:
    rows = [r for r in table("survey_fulltime_by_country") if r["framework"] == "flask" and r["country"] in EUROPE]
    parts = []
    for year in ("2019", "2020"):
        own = [r for r in rows if r["year"] == year]
        people = sum(int(r["answered"]) for r in own)
        parts.append(f"{per_cent(sum(int(r['worked_with']) for r in own) / people)} in {year} (n = {people:,})")
    return f"Flask had {' and '.join(parts)}"


def in_germany() -> str:
    (fastapi, people), (flask, _) = (
        placed("survey_by_country", "country", "DE", name, 2024) for name in ("fastapi", "flask")
    )
    return f"FastAPI had {per_cent(fastapi / people)} and Flask {per_cent(flask / people)} of {people:,} who answered"


def here_and_there() -> str:
    (one, here), (other, there) = (
        placed("survey_by_region", "region", name, "flask", 2019) for name in ("eu27-uk-ch-no", "united-states")
    )
    return (
        f"{per_cent(one / here)} in EU27, UK, Switzerland and Norway (n = {here:,}) and {per_cent(other / there)} "
        f"in the United States (n = {there:,}) in the Stack Overflow survey: "
        f"{100 * (other / there - one / here):.2f} points"
    )


def pairs_ordered_oppositely() -> tuple[str, ...]:
    window = [r for r in table("downloads") if r["last_day"] == "2020-10-31" and r["installers"] == "pip"]
    both = []
    for row in window:
        readings = [day for day in stars(row["framework"]) if POST - timedelta(days=60) <= day <= POST]
        if readings:
            both.append((stars(row["framework"])[max(readings)], int(row["downloads"])))
    signs = [(a[0] - b[0]) * (a[1] - b[1]) for a, b in combinations(both, 2)]
    against, pairs = sum(s < 0 for s in signs), len(signs)
    tau = (sum(s > 0 for s in signs) - against) / sqrt(pairs * pairs)
    return f"ranked {against} of {pairs} pairs of {len(both)} frameworks in opposite order", f"tau is {tau:.2f}"


def express_and_flask() -> str:
    express, flask = survey("express", 2025), survey("flask", 2025)
    shares = f"({per_cent(express)} against {per_cent(flask)})"
    return f"in Stack Overflow 2025 by {100 * (express - flask):.2f} points {shares}"


def tenth_birthday() -> str:
    day, version = min(
        (date.fromisoformat(r["date"]), r["version"]) for r in table("releases") if r["framework"] == "flask"
    )
    return f"{version} on {words_of(day)}; 10 years later was {words_of(day.replace(year=day.year + 10))}"


def lead_in_september() -> str:
    day = shared("django", "flask", until=date(2020, 9, 30))[-1]
    django, flask = stars("django")[day], stars("flask")[day]
    return f"Django had {django:,} GitHub stars on {words_of(day)}, {django - flask} more than Flask"


def gained_in_september() -> str:
    gains = {}
    for name, title in (("fastapi", "FastAPI"), ("gin", "Gin"), ("django", "Django")):
        before, after = last(stars(name), date(2020, 8, 31))[1], last(stars(name), date(2020, 9, 30))[1]
        gains[title] = after - before
    return ", ".join(f"{title} +{gain:,}" for title, gain in sorted(gains.items(), key=lambda item: -item[1]))


def counted_in_september() -> str:
    return f"Flask {millions(pip('flask', '2020-09-30'))}, aiohttp {millions(pip('aiohttp', '2020-09-30'))}"


def at_least_in_europe() -> str:
    (flask, people), (django, _) = (
        placed("survey_by_region", "region", "eu27-uk-ch-no", name, 2019) for name in ("flask", "django")
    )
    return f"in Europe Flask {per_cent(flask / people)} and Django {per_cent(django / people)} (n = {people:,})"


def printed_shares() -> str:
    then, now = printed("flask", 2023), printed("flask", 2024)
    shares = f"from {per_cent(then, 0)} in 2023 to {per_cent(now, 0)} in 2024"
    return f"Flask went {shares}: {100 * (now - then):.0f} point more"


def a_year_of_django() -> str:
    first = last(stars("django"), POST - timedelta(days=365))[0]
    gained = stars("django")[POST] - stars("django")[first]
    relative = per_cent(gained / stars("django")[first])
    span = f"from {words_of(first)} to {words_of(POST)}"
    return f"+{gained:,} stars (+{relative}) {span}. It also grew fastest for its size."


# -- what the program says ---------------------------------------------------------------------------------------------


@cache
def answer(url: str, *arguments: str) -> str:
    if arguments[0] == "digest":
        now = SystemClock().now()
        with Store.open(url, read_only=True) as store:
            digest = month_digest(store, load(), tuple(load().frameworks), date(2020, 9, 1), now, now)
        return repr(digest)
    result = CliRunner().invoke(commands, arguments, env={"UPTAKE_DATABASE_URL": url}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


SAID: tuple[tuple[tuple[str, ...], Callable[[], str | Iterable[str]]], ...] = (
    (("compare", "django", "flask"), lambda: f"It passed Flask {passing('django', 'flask')}"),
    (("compare", "django", "flask"), lead_as_last_seen),
    (("compare", "django", "flask", "--on", "2020-11-25"), downloads_before_the_post),
    (
        ("overtakes", "--metric", "stars"),
        lambda: f"FastAPI passed Django in GitHub stars {passing('fastapi', 'django')}",
    ),
    (
        ("overtakes", "--metric", "stars"),
        lambda: f"Django passed Express in GitHub stars {passing('django', 'express')}",
    ),
    (
        ("overtakes", "--metric", "stars"),
        lambda: f"Flask passed Ruby on Rails in GitHub stars {passing('flask', 'rails')}",
    ),
    (
        ("claim", "django passed flask in stars in 2020"),
        lambda: f"Django passed Flask in GitHub stars {passing('django', 'flask')}",
    ),
    (("claim", "django leads flask in stars by almost 1000", "--on", "2020-11-25"), almost_a_thousand),
    (("claim", "flask led django in stars for years", "--on", "2020-11-25"), sightings),
    (("claim", "fastapi grows faster than flask in stars", "--on", "2020-11-25"), growth_of_two),
    (("claim", "fastapi is exploding in stars", "--on", "2020-11-25"), explosion),
    (("claim", "flask took a hit in europe in 2020"), full_time_in_europe),
    (("claim", "fastapi is more used than flask in germany in 2024"), in_germany),
    (("claim", "flask is as common in europe as in the us in 2019"), here_and_there),
    (("claim", "stars are no measure of use", "--on", "2020-11-25"), pairs_ordered_oppositely),
    (("claim", "express leads flask in so_worked_with", "--on", "2025-12-31"), express_and_flask),
    (("claim", "flask turned 10 in 2020"), tenth_birthday),
    (("digest",), lead_in_september),
    (("digest",), gained_in_september),
    (("digest",), counted_in_september),
    (("regions", "flask", "django", "--on", "2019"), at_least_in_europe),
    (("surveys", "pds_use"), printed_shares),
    (("growth", "stars", "--framework", "flask", "--framework", "django", "--until", "2020-11-25"), a_year_of_django),
)


@pytest.mark.parametrize(("question", "fact"), SAID)
def test_what_is_said_can_be_worked_out_from_the_tables(
    full_store: str, question: tuple[str, ...], fact: Callable[[], str | Iterable[str]]
) -> None:
    facts = fact()
    for text in [facts] if isinstance(facts, str) else facts:
        assert text in answer(full_store, *question)


@pytest.mark.usefixtures("shown")
def test_what_the_pages_say_can_be_worked_out_from_the_tables() -> None:
    page = opened("head_to_head", on="2020-11-25")
    said = words(page)
    assert f"Django overtook Flask in GitHub stars {passing('django', 'flask')}" in said
    assert lead_on_the_day_of_the_post() in said
    measures = page.dataframe[0].value.set_index("Measure")["On 25 November 2020"]
    assert downloads_in_the_table() in [
        text for measure, text in measures.items() if str(measure).startswith("pip downloads")
    ]
    said = words(
        opened("claims", claim="django has almost 1000 more stars than flask", on="2020-11-25", evidence="own")
    )
    assert almost_a_thousand() in said
