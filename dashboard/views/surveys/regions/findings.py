"""What each chart of a framework by place shows, in one short sentence: its headline."""

from __future__ import annotations

import pandas as pd

from analysis.share_differences import Difference
from answers import wording
from answers.regions.answer import RegionsAnswer
from answers.regions.places import Edition, Placed, Step
from answers.wording import framework
from catalog import Catalog
from dashboard.display_text import number

MOVED = ("more", "less")


def fulltime(answer: RegionsAnswer, catalog: Catalog) -> str:
    """How the share of the first framework among full-time employees in Europe went."""
    name, employees = framework(catalog, answer.frameworks[0]), answer.employees
    legs = employees.legs if employees else ()
    if not legs:
        shown = [p for p in (employees.placed if employees else ()) if p.framework == answer.frameworks[0] and p.shown]
        return f"{name} has {_share(shown[-1])} in {shown[-1].year}" if shown else f"No share of {name} is available"
    first, last = legs[0], legs[-1]
    if len(legs) > 1:
        turn, end = f"{_share(first.second)} in {first.second.year}", f"{_share(last.second)} in {last.second.year}"
        return f"{name} {_verb(first)} to {turn}, then {_verb(last)} to {end}"
    span = f"from {first.first.year} to {first.second.year}"
    if first.difference is None or first.difference.direction not in MOVED:
        return f"{name}'s change {span} may be chance"
    return f"{name} {_verb(first)} {span}: {_share(first.first)} to {_share(first.second)}"


def shares(answer: RegionsAnswer, catalog: Catalog) -> str:
    """The first framework's last share in Europe and in the United States; worldwide where none is known by place."""
    name, edition = framework(catalog, answer.frameworks[0]), _last_by_place(answer)
    if edition is None:
        world = [p for e in answer.editions if (p := e.at("", answer.frameworks[0])).shown]
        where = f"{name} has {_share(world[-1])} worldwide in {world[-1].year}" if world else name
        return f"{where}: no edition by region"
    cells = [(place, edition.at(place.id, answer.frameworks[0])) for place in answer.places[:2]]
    texts = [f"{_share(cell)} {place.inside}" for place, cell in cells if cell.shown]
    return f"{name} in {edition.year}: {', '.join(texts)}"


def leads(answer: RegionsAnswer, catalog: Catalog) -> str:
    """Who leads in Europe and who in the United States, as far as it can be said, in the last edition by place."""
    one, other = (framework(catalog, name) for name in answer.frameworks[:2])
    edition = _last_by_place(answer)
    if edition is None:
        worldwide = [(e.year, lead) for e in answer.editions if (lead := e.leads.get(""))]
        if not worldwide:
            return f"{one} and {other} by region"
        year, lead = worldwide[-1]
        return f"{_leader(lead, one, other)} worldwide in {year}"
    here, there = answer.places[:2]
    led = [(place, _leader(edition.leads[place.id], one, other)) for place in (here, there) if edition.leads[place.id]]
    if len(led) == 2 and led[0][1] == led[1][1]:
        return f"{led[0][1]} {here.inside} and {there.inside} in {edition.year}"
    return f"In {edition.year}, {'; '.join(f'{text} {place.inside}' for place, text in led)}"


def countries(answer: RegionsAnswer, catalog: Catalog) -> str:
    """In how many countries the first two frameworks are ahead of one another beyond chance."""
    one, other = (framework(catalog, name) for name in answer.frameworks[:2])
    led = [country.lead.direction for country in answer.countries if country.lead]
    return (
        f"{one} leads in {led.count('more')} of {len(led)} countries in {answer.countries_of}, "
        f"{other} in {led.count('less')}"
    )


def downloads(answer: RegionsAnswer, rows: pd.DataFrame, catalog: Catalog) -> str:
    """The first framework's part of the last month's downloads from Europe."""
    name, here = framework(catalog, answer.frameworks[0]), answer.places[0]
    mine = rows[rows["line"] == here.id]
    last = (mine if len(mine) else rows).iloc[-1]
    where = here.short if len(mine) else str(last["name"])
    return f"{name} had {last['shown']} of these downloads from {where} in {wording.month(last['when'])}"


def _last_by_place(answer: RegionsAnswer) -> Edition | None:
    return next((edition for edition in reversed(answer.editions) if not edition.reason), None)


def _share(cell: Placed) -> str:
    return number(cell.sample.share, "share")


def _verb(step: Step) -> str:
    return "rose" if step.second.sample.share > step.first.sample.share else "fell"


def _leader(lead: Difference | None, one: str, other: str) -> str:
    """Flask leads Django; Flask and Django are too close to call."""
    if lead is None or lead.direction not in MOVED:
        return f"{one} and {other} are too close to call"
    return f"{one} leads {other}" if lead.value > 0 else f"{other} leads {one}"
