"""The numbers of surveys by place as tables: shares, leads, countries and downloads, in percent and points."""

from __future__ import annotations

import math

import pandas as pd

from answers.regions.answer import Country, RegionsAnswer
from answers.wording import framework
from catalog import Catalog

STATUS = {
    "shown": "",
    "too_few": "withheld: fewer than 300 answered",
    "not_asked": "not on the list",
    "unknown": "no results by place",
}


def shown(rows: pd.DataFrame, line: str) -> pd.DataFrame:
    """The shares that a chart shows, with their intervals, the newest edition first; `line` is what its lines are."""
    ordered = rows.sort_values(["year", "value"], ascending=False)
    percents = {
        title: (100 * ordered[name]).round(2)
        for title, name in (("Share, %", "value"), ("95% low, %", "low"), ("95% high, %", "high"))
    }
    return pd.DataFrame(
        {"Edition": ordered["year"], line: ordered["name"], **percents, "Answers (n)": ordered["base"]}
    ).reset_index(drop=True)


def placed(answer: RegionsAnswer, catalog: Catalog) -> pd.DataFrame:
    """Every share by edition, place and framework, and why there is none, the newest edition first."""
    names = {place.id: place.title for place in answer.places}
    rows = [
        {
            "Edition": edition.year,
            "Where": names[cell.place],
            "Framework": framework(catalog, cell.framework),
            "Share, %": _hundred(cell.sample.share) if cell.shown else None,
            "Answers (n)": None if math.isnan(cell.sample.base) else int(cell.sample.base),
            "Status": STATUS[cell.status],
        }
        for edition in reversed(answer.editions)
        for cell in edition.placed
    ]
    return pd.DataFrame(rows)


def leads(answer: RegionsAnswer) -> pd.DataFrame:
    """How far the first framework is ahead of the second, by edition and place, with the interval."""
    names = {place.id: place.title for place in answer.places}
    rows = [
        {
            "Edition": edition.year,
            "Where": names[place],
            "Lead, points": _hundred(lead.value),
            "95% low, points": _hundred(lead.interval.low) if lead.interval else None,
            "95% high, points": _hundred(lead.interval.high) if lead.interval else None,
            "Beyond chance": "yes" if lead.direction in ("more", "less") else "no",
        }
        for edition in reversed(answer.editions)
        for place, lead in edition.leads.items()
        if lead is not None
    ]
    return pd.DataFrame(rows)


def countries(answer: RegionsAnswer, catalog: Catalog) -> pd.DataFrame:
    """Survey and downloads of every country, those with most answers first."""
    table = pd.DataFrame([_country(country, answer, catalog) for country in answer.countries])
    return table.dropna(axis="columns", how="all")


def _country(country: Country, answer: RegionsAnswer, catalog: Catalog) -> dict[str, object]:
    names = {name: framework(catalog, name) for name in answer.frameworks}
    one, other = (names[name] for name in answer.frameworks[:2])
    cells = {cell.framework: cell for cell in country.shares if cell.shown}
    lead = country.lead
    apart = "" if lead is None else "yes" if lead.direction in ("more", "less") else "no"
    return {
        "Country": country.title,
        "Answers (n)": next((cell.sample.base for cell in cells.values()), None),
        **{
            f"{title}, %": _hundred(cells[name].sample.share) if name in cells else None
            for name, title in names.items()
        },
        f"{one} less {other}, points": _hundred(lead.value) if lead else None,
        "Beyond chance": apart,
        f"{one}'s part of downloads, %": None if country.part is None else _hundred(country.part),
    }


def downloads(rows: pd.DataFrame) -> pd.DataFrame:
    """The parts of the downloads by month and place, the newest first."""
    ordered = rows.sort_values("when", ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "Month": [f"{month:%Y-%m}" for month in ordered["when"]],
            "Where": ordered["name"].to_numpy(),
            "Part of downloads, %": (100 * ordered["value"]).round(2).to_numpy(),
        }
    )


def _hundred(share: float) -> float:
    return round(100 * share, 2)
