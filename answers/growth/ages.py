"""Since when ages count: a framework's first release, or the day on which it had so many stars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from analysis.arrays import by_framework
from analysis.growth.growth_rates import reached
from answers import wording
from answers.growth.lost_stars import KEPT, SEEN, whole
from answers.questions import QuestionError, final_through, known_framework
from catalog import Catalog, almanac
from storage import Store

RELEASE = "release"
STARS = (1_000, 5_000, 10_000, 20_000, 50_000)
FIRST = ("0", "0.0.1", "0.1", "1")  # versions to begin with, without the zeros at their end
WIDEST = 45  # days a bracket may be wide to give a birthday


@dataclass(frozen=True, slots=True)
class AgeOrigin:
    """The day from which a framework's age counts, and in words what happened then."""

    day: date
    what: str


@dataclass(frozen=True, slots=True)
class AgeOrigins:
    """By framework its origin, or why it has none. `since` says what ages count from: "the first release known"."""

    since: str
    by_framework: Mapping[str, AgeOrigin]
    unknown: Mapping[str, str]
    sentence: str


def age_origins(
    store: Store, catalog: Catalog, frameworks: Sequence[str], now: datetime, by: str, as_of: datetime | None = None
) -> AgeOrigins:
    """The origins of frameworks `by` "release" or by "stars-10000". Raises QuestionError."""
    names = [known_framework(catalog, name) for name in frameworks]
    if by == RELEASE:
        starts = _released(store, names)
        since = "the first release"
    else:
        level = _level(by)
        starts = _starred(store, names, now, level, as_of)
        since = f"the {level:,}th star"
    origins = {name: one for name, one in starts.items() if isinstance(one, AgeOrigin)}
    unknown = {name: one for name, one in starts.items() if isinstance(one, str)}
    return AgeOrigins(since, origins, unknown, _sentence(catalog, since, origins, unknown))


def _level(by: str) -> int:
    match = re.fullmatch(r"stars-(\d{1,9})", by)
    if match is None or int(match[1]) < 1:
        raise QuestionError(f"Ages count from release or from stars-10000, not from {by[:40]!r}.")
    return int(match[1])


def _released(store: Store, names: Sequence[str]) -> dict[str, AgeOrigin | str]:
    """The earliest release known, if its number says that it can be the first."""
    earliest = earliest_releases(store, names)
    return {name: _first(earliest[name]) if name in earliest else "no release on record" for name in names}


def earliest_releases(store: Store, names: Sequence[str]) -> dict[str, tuple[date, str]]:
    """The day and the title of the earliest release known, whether it was the first or not."""
    releases: dict[str, list[tuple[date, str]]] = {name: [] for name in names}
    for row in almanac("releases"):
        if row["framework"] in releases:
            releases[row["framework"]].append((date.fromisoformat(row["date"]), row["version"]))
    for event in store.events(names):
        if event.kind in ("release", "prerelease"):
            releases[event.framework].append((event.day, event.title))
    return {name: min(dated) for name, dated in releases.items() if dated}


def _first(release: tuple[date, str]) -> AgeOrigin | str:
    day, title = release
    version = re.search(r"\d+(?:\.\d+)*", title)
    if version is None or re.sub(r"(\.0)+$", "", version[0]) not in FIRST:
        return f"the earliest release on record is {title} of {wording.day(day)}, which was not the first"
    return AgeOrigin(day, f"{title} on {wording.day(day)}")


def _starred(
    store: Store, names: Sequence[str], now: datetime, level: int, as_of: datetime | None
) -> dict[str, AgeOrigin | str]:
    """When the counter showed so many stars; else, by GitHub's history, when so many of today's had been given."""
    seen, kept = (store.read(metric, names, as_of=as_of).dropna(subset=["value"]) for metric in (SEEN, KEPT))
    kept = kept[kept["period_end"] <= pd.Timestamp(final_through(now, as_of))]
    by_seen, by_kept = by_framework(seen), by_framework(kept)
    return {name: _nth(by_seen.get(name, seen.iloc[:0]), by_kept.get(name, kept.iloc[:0]), level) for name in names}


def _nth(seen: pd.DataFrame, kept: pd.DataFrame, level: int) -> AgeOrigin | str:
    first = reached(seen, level)
    if first is not None and first.last_below is not None and (first.first_at - first.last_below).days <= WIDEST:
        return AgeOrigin(first.first_at, f"{level:,} stars on {wording.day(first.first_at)}")
    if whole(seen, kept):
        given = kept.sort_values("period")
        there = given[given["value"].cumsum() >= level]
        if len(there):
            day = pd.Timestamp(there["period_end"].iloc[0]).date()
            return AgeOrigin(day, f"the {level:,}th star that is still held was given on {wording.day(day)}")
    if first is None:
        return f"it has not been recorded with {level:,} stars"
    if first.last_below is None:
        return f"it had more when records begin, on {wording.day(first.first_at)}"
    return f"that was {wording.bracket('day', first.last_below, first.first_at)}, which is too wide"


def _sentence(catalog: Catalog, since: str, origins: Mapping[str, AgeOrigin], unknown: Mapping[str, str]) -> str:
    parts = [f"{wording.framework(catalog, name)}: {origin.what}" for name, origin in origins.items()]
    left = [f"{wording.framework(catalog, name)} ({why})" for name, why in unknown.items()]
    counts = (
        f"Ages count from {since} ({'; '.join(parts)})."
        if parts
        else f"We can't say how old they are: {since} is not on record."
    )
    return f"{counts} Left out: {wording.join_words(left)}." if left else counts
