"""Downloads by where the machine stands: within each place, how much of the chosen frameworks' downloads each had.

Between places nothing is compared but these parts: most addresses are data centres, so what a place downloads in all
shows where clouds are. It is a count and no sample: there is no interval, and only large differences mean anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from answers import wording
from answers.regions.places import EVERYWHERE, Place
from catalog import Catalog, Metric
from storage import Store

BY_COUNTRY = "downloads_all_by_country"
SINCE = date(2019, 1, 1)  # the first edition of the survey that asked for Flask; before 2018-07-26 the log is broken
MONTHS = 12
COLUMNS = ("place", "framework", "period", "period_end", "value", "share")


@dataclass(frozen=True, slots=True, eq=False)
class DownloadsByCountry:
    """Months by place: `frame` has COLUMNS, `share` the part of the set within the place (0 to 1).

    `seen` is what it was made of, by country. `years` are summed, whole or not.
    """

    metric: Metric
    frame: pd.DataFrame
    seen: pd.DataFrame
    years: tuple[Year, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """A year's parts by place and framework; `months` that every framework is known of, of 12."""

    year: int
    months: int
    parts: dict[str, dict[str, float]]
    sentence: str


def downloads_by_country(
    store: Store, catalog: Catalog, every: Sequence[Place], names: Sequence[str], final: date, on: date | None,
    as_of: datetime | None,
) -> DownloadsByCountry:  # fmt: skip
    """The final months from 2019 to the day asked about in which all of the frameworks are known."""
    metric = catalog.metrics[BY_COUNTRY]
    until = min(final, on) if on else final
    seen = store.read(BY_COUNTRY, names, dimension=None, since=SINCE, as_of=as_of).dropna(subset=["value"])
    seen = seen[seen["dimension"].str.startswith("country=") & (seen["period_end"] <= pd.Timestamp(until))]
    frameworks_seen = seen.groupby("period")["framework"].nunique()
    seen = seen[seen["period"].isin(frameworks_seen[frameworks_seen == len(names)].index)].reset_index(drop=True)
    frame = _by_place(seen, [place for place in every if place.id != EVERYWHERE])
    return DownloadsByCountry(metric, frame, seen, tuple(_years(catalog, frame, every, names)))


def _by_place(seen: pd.DataFrame, every: Sequence[Place]) -> pd.DataFrame:
    """The countries of each place added up; where a place has nothing of one framework, that is none of the part."""
    parts = []
    for place in every:
        inside = seen[seen["dimension"].isin([f"country={code}" for code in place.countries])]
        summed = inside.groupby(["framework", "period", "period_end"], as_index=False)["value"].sum()
        parts.append(summed.assign(place=place.id))
    frame = pd.concat(parts, ignore_index=True)
    whole = frame.groupby(["place", "period"])["value"].transform("sum")
    frame["share"] = (frame["value"] / whole.where(whole > 0)).astype("float64")
    rows: pd.DataFrame = frame[list(COLUMNS)]
    return rows


def _years(catalog: Catalog, frame: pd.DataFrame, every: Sequence[Place], names: Sequence[str]) -> list[Year]:
    years = []
    for year, rows in frame.assign(year=frame["period"].dt.year).groupby("year"):
        parts, months, number = _parts(rows), int(rows["period"].nunique()), int(str(year))
        years.append(Year(number, months, parts, _sentence(catalog, number, months, parts, every, names)))
    return years


def _parts(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Of each place, the parts over all the rows."""
    summed = rows.groupby(["place", "framework"])["value"].sum()
    whole = rows.groupby("place")["value"].sum()
    parts: dict[str, dict[str, float]] = {}
    for row in summed.reset_index().to_dict("records"):
        if whole[row["place"]] > 0:
            parts.setdefault(row["place"], {})[row["framework"]] = float(row["value"] / whole[row["place"]])
    return parts


def by_country(downloads: DownloadsByCountry, framework: str) -> dict[str, tuple[float, float]]:
    """Of the last year of months: by country the framework's part, and how many downloads it is of."""
    if downloads.seen.empty:
        return {}
    since = downloads.seen["period"].max() - pd.DateOffset(months=MONTHS - 1)
    rows = downloads.seen[downloads.seen["period"] >= since]
    whole = rows.groupby("dimension")["value"].sum()
    own = rows[rows["framework"] == framework].groupby("dimension")["value"].sum()
    return {
        str(key).partition("=")[2]: (float(own.get(key, 0.0) / total), float(total))
        for key, total in whole.items()
        if total > 0
    }


def _sentence(
    catalog: Catalog, year: int, months: int, parts: dict[str, dict[str, float]], every: Sequence[Place],
    names: Sequence[str],
) -> str:  # fmt: skip
    """2025: Flask's share of Flask's and Django's downloads was 68.1% in Europe, 71.0% in the United States, ..."""
    first = wording.framework(catalog, names[0])
    shares = [f"{100 * parts[place.id].get(names[0], 0.0):.1f}% {place.inside}" for place in every if place.id in parts]
    owners = wording.join_words([f"{wording.framework(catalog, name)}'s" for name in names])
    span = f"{year}" if months == MONTHS else f"{year} ({months} of 12 months)"
    return (
        f"{span}: {first}'s share of {owners} downloads was {wording.join_words(shares)}."
        if shares
        else f"{span}: no data."
    )
