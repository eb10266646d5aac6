"""Package registries: each counts by rules of its own, so across them there is only what each line did by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from analysis.growth.latest_growth import changes_of
from answers import wording
from answers.panel import outlived
from answers.questions import Question, api_address, final_through
from answers.series.observations import observations, source_names
from catalog import Catalog, Metric
from storage import Store

CODE = "registries-not-comparable"
YEARLY = "year-on-year"


@dataclass(frozen=True, slots=True)
class OwnDevelopment:
    """What one framework did by its own registry: how much more (0.1: 10%) than a year before, up to the day `until`;
    None: there is no figure of a year before, or (with `until`) the counting changed since. `index`: where its line is
    to be had against its own beginning.
    """

    framework: str
    metric: str
    registry: str
    year_on_year: float | None
    until: date | None
    sources: tuple[str, ...]
    caveats: tuple[str, ...]
    index: str


@dataclass(frozen=True, slots=True)
class Apart:
    """Why the counts of two frameworks are not compared, and what each did by itself."""

    sentence: str
    sides: tuple[OwnDevelopment, ...]
    code: str = CODE


def is_of_registry(catalog: Catalog, metric: Metric) -> bool:
    """Whether a package registry counts it."""
    return bool(catalog.families[metric.family].registry)


def apart(
    store: Store,
    catalog: Catalog,
    frameworks: Sequence[str],
    now: datetime,
    on: date | None = None,
    as_of: datetime | None = None,
) -> Apart | None:
    """What stands in place of a comparison of downloads; None where one registry counts all, or none counts one."""
    stored = store.observed()
    counted = {name: _counted(store, catalog, name, stored, now, on, as_of) for name in dict.fromkeys(frameworks)}
    registries = [{side.registry for side in sides} for sides in counted.values()]
    if len(counted) < 2 or not any(registries) or set.intersection(*registries):
        return None
    if not all(registries):
        return _without_count(catalog, counted)
    sides = tuple(of_one[0] for of_one in counted.values())
    names = [wording.framework(catalog, side.framework) for side in sides]
    counts = [f"{side.registry} counts {name}" for side, name in zip(sides, names, strict=True)]
    none = "No package registry counts " + (f"both {names[0]} and {names[1]}" if len(names) == 2 else "all of these")
    own = " ".join(_development(catalog, side) for side in sides)
    return Apart(f"{none}: {', and '.join(counts)}. They count unlike things and don't compare. {own}", sides)


def _without_count(catalog: Catalog, counted: Mapping[str, Sequence[OwnDevelopment]]) -> Apart | None:
    """That a framework has no count by any registry, where the catalog says why; the others by themselves."""
    missing = [catalog.frameworks[name] for name, sides in counted.items() if not sides]
    reasons = [f"{one.own_title}: {wording.small(one.evidence)}" for one in missing if one.evidence]
    sides = tuple(of_one[0] for of_one in counted.values() if of_one)
    own = [_development(catalog, side) for side in sides if side.year_on_year is not None]
    counted_by = [
        f"{side.registry} counts {wording.framework(catalog, side.framework)}, so the two don't compare."
        for side in sides
    ]
    return Apart(" ".join([*reasons, *counted_by, *own]), sides) if len(reasons) == len(missing) else None


def uncounted(
    store: Store, catalog: Catalog, framework: str, family: str, now: datetime, on: date | None, as_of: datetime | None
) -> Apart | None:
    """Why a framework has no place among those that a registry counts; None if it has, or if none counts it."""
    sides = _counted(store, catalog, framework, store.observed(), now, on, as_of)
    registry, one = catalog.families[family].registry, catalog.frameworks[framework]
    if registry and not sides and one.evidence:
        return Apart(f"{one.own_title}: {wording.small(one.evidence)}", ())
    if not registry or not sides or registry in {side.registry for side in sides}:
        return None
    name, side = wording.framework(catalog, framework), sides[0]
    text = f"{registry} does not count {name}, {side.registry} does, and no registry compares with another."
    return Apart(f"{text} {_development(catalog, side)}", (side,))


def alone(store: Store, catalog: Catalog, framework: str, family: str) -> Apart | None:
    """That a framework is the only one that the family's registry counts; None where it is not, or none does."""
    counted = {
        name for metric, name in store.observed() if getattr(catalog.metrics.get(metric), "family", "") == family
    }
    registry = catalog.families[family].registry
    if not registry or counted != {framework}:
        return None
    name = wording.framework(catalog, framework)
    return Apart(f"{registry} counts none of the frameworks here but {name}, so there is nobody to lead.", ())


def _counted(
    store: Store,
    catalog: Catalog,
    framework: str,
    stored: frozenset[tuple[str, str]],
    now: datetime,
    on: date | None,
    as_of: datetime | None,
) -> list[OwnDevelopment]:
    """What a framework did by each registry that counts it: by its preferred count, better by one that has a year."""
    final, sides = final_through(now, as_of), []
    for family in catalog.families.values():
        frames = {
            name: frame
            for name in (family.preferred if family.registry else ())
            if (name, framework) in stored and len(frame := _figures(store, catalog, name, framework, on, as_of))
        }
        ends = {name: frame["period_end"].max().date() for name, frame in frames.items()}
        own = [
            _side(catalog, catalog.metrics[name], framework, frame, final)
            for name, frame in frames.items()
            if not outlived(family, ends[name], max(ends.values()))
        ]
        sides += sorted(own, key=lambda side: side.year_on_year is None)[:1]
    return sides


def _figures(
    store: Store, catalog: Catalog, metric: str, framework: str, on: date | None, as_of: datetime | None
) -> pd.DataFrame:
    """What was counted up to a day: no period that ends after it."""
    frame = observations(store, catalog, metric, (framework,), until=on, as_of=as_of)
    return frame if on is None else frame[frame["period_end"] <= pd.Timestamp(on)]


def _side(catalog: Catalog, metric: Metric, framework: str, frame: pd.DataFrame, final: date) -> OwnDevelopment:
    figure = changes_of(frame, metric, YEARLY, catalog.breaks_of(metric.id), final)[-1]
    return OwnDevelopment(
        framework=framework,
        metric=metric.id,
        registry=catalog.families[metric.family].registry,
        year_on_year=figure.relative if figure.stands else None,
        until=figure.until if figure.stands or figure.breaks else None,
        sources=source_names(frame),
        caveats=metric.caveats,
        index=api_address(Question(metric.id, (framework,), view="index")),
    )


def _development(catalog: Catalog, side: OwnDevelopment) -> str:
    """Against its own past: Express has 12.3% more npm downloads than a year before."""
    name, family = wording.framework(catalog, side.framework), catalog.families[catalog.metrics[side.metric].family]
    if side.year_on_year is None and side.until is not None:
        return f"{name}'s {family.phrase} can't be set against a year before: their counting changed in between."
    if side.year_on_year is None or side.until is None:
        return f"{name} has no {family.phrase} of a year before to compare with."
    more = "more" if side.year_on_year >= 0 else "fewer"
    change = wording.percent(abs(side.year_on_year))
    return f"{name} has {change} {more} {family.phrase} than a year before ({wording.day(side.until)})."
