"""Where people are asked: Europe, the United States and everywhere else, and the share of each in a survey.

Which countries are Europe is for the asker to choose among `EUROPES`; the rest of the world follows from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.errors import Refused
from analysis.share_differences import Difference, Sample, difference, of_one_edition, rest
from analysis.share_intervals import MIN_BASE, wilson
from answers.json_and_csv import bounds, to_json
from answers.questions import QuestionError
from answers.surveys.differences import Shares, difference_json
from catalog import Break, Catalog

EUROPES = ("eu27-uk-ch-no", "europe", "eu27")  # the first is the default
STATES = "united-states"
ELSEWHERE = "elsewhere"
EVERYWHERE = ""
SHORT = {"eu27-uk-ch-no": "Europe", "europe": "Europe", "eu27": "the European Union", STATES: "the United States"}
OUTSIDE = (
    "All other countries. For surveys also people who named no country; for downloads without those of unknown origin."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the world: a region's id, a country's code, `elsewhere`, or empty for all of it.

    `dimension` is what the store calls it; `elsewhere` has none and is made of the others.
    """

    id: str
    title: str
    short: str
    definition: str
    countries: tuple[str, ...]
    dimension: str = ""

    @property
    def inside(self) -> str:
        """As in "in Europe", "elsewhere", "worldwide"."""
        return {ELSEWHERE: "elsewhere", EVERYWHERE: "worldwide"}.get(self.id, f"in {self.short}")


@dataclass(frozen=True, slots=True)
class Placed:
    """A framework's share in one edition and place. `status`: shown, too_few, not_asked or unknown.

    `sample` has the share and how many answered (NaN where not known); it is kept, but must not be shown, of too few.
    """

    place: str
    framework: str
    year: int
    sample: Sample
    status: str
    source: str

    @property
    def shown(self) -> bool:
        return self.status == "shown"


@dataclass(frozen=True, slots=True)
class Step:
    """A framework in a place from one edition to a later one: how much more it has, or what parts the two."""

    place: str
    framework: str
    first: Placed
    second: Placed
    difference: Difference | None
    breaks: tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition, by place. `leads`: how much the first framework is ahead of the second there.

    `apart` is how much further ahead it is in Europe than in the United States; `between` how much more of each
    framework there is in Europe than there. `reason` is why the edition is not known by place, if it is not.
    `parted`: what changed since the edition before.
    """

    year: int
    placed: tuple[Placed, ...]
    leads: dict[str, Difference | None]
    apart: Difference | None
    between: dict[str, Difference | None]
    reason: str
    parted: tuple[Break, ...]
    other_file: bool
    sentence: str

    def at(self, place: str, framework: str) -> Placed:
        return next(p for p in self.placed if (p.place, p.framework) == (place, framework))


def places(catalog: Catalog, europe: str = "") -> tuple[Place, Place, Place, Place]:
    """Europe as it is meant, the United States, everywhere else, and all of it. Raises QuestionError."""
    meant = europe or EUROPES[0]
    if meant not in EUROPES:
        raise QuestionError(f"Europe is one of {', '.join(EUROPES)}, not {meant[:40]!r}.")
    here, there = (_region(catalog, name) for name in (meant, STATES))
    taken = {*here.countries, *there.countries}
    others = tuple(code for code in catalog.countries if code not in taken)
    return (
        here,
        there,
        Place(ELSEWHERE, "Elsewhere", "elsewhere", OUTSIDE, others),
        Place(EVERYWHERE, "Worldwide", "the world", "Everybody who answered.", tuple(catalog.countries)),
    )


def _region(catalog: Catalog, name: str) -> Place:
    region = catalog.regions[name]
    return Place(name, region.title, SHORT[name], region.definition, region.countries, f"region={name}")


def sites(catalog: Catalog) -> dict[str, Place]:
    """Every country as a place of its own, by code."""
    return {
        code: Place(code, country.name, country.name, "", (code,), f"country={code}")
        for code, country in catalog.countries.items()
    }


def placed(shares: Shares, every: Sequence[Place], place: Place, framework: str, year: int) -> Placed:
    """The share of a framework in a place in an edition; `every` are all places, the whole world last."""
    edition = shares.editions.get(year)
    offered = edition is None or framework in edition.offered
    sides = [shares.side(framework, year, p.dimension) for p in _needed(every, place)]
    sample = _outside(sides[0].sample, [side.sample for side in sides[1:]])
    return Placed(place.id, framework, year, sample, _status(sample, offered=offered), sides[-1].source)


def _needed(every: Sequence[Place], place: Place) -> Sequence[Place]:
    """What a place is made of: itself, or for `elsewhere` the whole and what is taken out of it."""
    return [every[-1], *(p for p in every if p.dimension)] if place.id == ELSEWHERE else [place]


def _outside(whole: Sample, parts: Sequence[Sample]) -> Sample:
    """Those of the whole who are in none of the parts; nothing unless all of them are known."""
    if parts and any(math.isnan(each.share) for each in (whole, *parts)):
        return Sample(math.nan)
    left = whole
    try:
        for part in parts:
            left = rest(left, part)
    except Refused:
        return Sample(math.nan)
    return left


def _status(sample: Sample, *, offered: bool) -> str:
    if math.isnan(sample.share):
        return "unknown" if offered else "not_asked"
    return "shown" if math.isnan(sample.base) or sample.base >= MIN_BASE else "too_few"


def lead(one: Placed, other: Placed) -> Difference | None:
    """How much more the one is than the other in one edition; None where either is not shown."""
    return of_one_edition(one.sample, other.sample) if one.shown and other.shown else None


def gap(one: Placed, other: Placed) -> Difference | None:
    """How much more the one is than the other, of different people; None where either is not shown."""
    return difference(one.sample, other.sample) if one.shown and other.shown else None


# -- as objects --------------------------------------------------------------------------------------------------------


def placed_json(p: Placed) -> dict[str, Any]:
    """A share as an object with stable keys, with Wilson's interval; null where it is not shown."""
    counted = p.shown and not math.isnan(p.sample.base)
    return {
        "place": p.place or "worldwide",
        **to_json(p, "framework", "status"),
        "share": p.sample.share if p.shown else None,
        **bounds(wilson(p.sample.share, p.sample.base) if counted else None),
        "base": None if math.isnan(p.sample.base) else int(p.sample.base),
        "source": p.source,
    }


def outcome_json(difference: Difference | None) -> dict[str, Any]:
    """A difference and what it says: more, less, chance, unknown or refused."""
    return {"told": difference.direction if difference else "refused", **difference_json(difference)}


def step_json(step: Step) -> dict[str, Any]:
    """A step as an object with stable keys, with the breaks that part its ends."""
    return {
        "place": step.place or "worldwide",
        "framework": step.framework,
        "from": step.first.year,
        "to": step.second.year,
        **outcome_json(step.difference),
        "breaks": [entry.id for entry in step.breaks],
    }
