"""The types of the catalog: what we track and what it means. Frozen data, no behaviour beyond look-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum


class Kind(StrEnum):
    """What a number is, which decides what may be done with it."""

    STOCK = "stock"  # a level: may be differenced, never summed over time
    FLOW = "flow"  # per period: may be summed over time
    SHARE = "share"  # of a base: neither summed nor averaged without its bases


class Direction(StrEnum):
    """What a caveat does to the reading of a number."""

    OVER = "+"  # overstates use
    UNDER = "-"  # understates use
    SHIFT = "~"  # shifts in time or between items
    BREAK = "x"  # breaks comparability


@dataclass(frozen=True, slots=True)
class Caveat:
    """One doubt about a metric. `since`/`until` bound the dates it concerns (None: open)."""

    code: str
    title: str
    text: str
    direction: Direction
    link: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """The counting changed or failed between `since` and `until`: values before and after are not compared.

    `kind` is "break" (the counting rule or the table changed), "incident" (days missing or wrong) or "notice"
    (worth a mark, comparability not affected). `frameworks` empty: all.
    """

    id: str
    kind: str
    title: str
    text: str
    since: date
    until: date
    metrics: tuple[str, ...]
    link: str
    frameworks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing a source lets us count, its counting rule included.

    `period` is "day", "month", "year" or "window"; `dimensions` are the keys it may be split by (the empty
    dimension is the total, present unless `has_total` is False). `family` groups the metrics that measure the
    same thing by other rules ("stars", "downloads", "survey", "activity"). `gap_after_days`: more days than this
    between the end of one observation and the start of the next are a gap. `sources` are the ids of the sources
    with a stream that yields it; the first is the one that defines it.
    """

    id: str
    title: str
    unit: str
    kind: Kind
    period: str
    family: str
    measures: str
    does_not_measure: str
    badge: str
    caveats: tuple[str, ...]
    sources: tuple[str, ...]
    gap_after_days: int
    dimensions: tuple[str, ...] = ()
    has_total: bool = True


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of answer of a source: what a collector is asked for, framework by framework."""

    name: str
    metrics: tuple[str, ...]
    requests: int  # per framework and collection, at most


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a source is asked: at these UTC times every day, on `weekday` only (0 = Monday), or by hand (no times)."""

    times: tuple[time, ...]
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Who publishes. `memory_days`: how far back it can still tell (None: for ever; 0: only now).

    `setting` names the base-URL setting (None: no network); `base_url` is its default. `ask_again_after_min`: an
    answer younger than this is taken as current and not asked for again. `spacing_s`: least seconds between two
    requests. `available` is False for a source that this version describes but does not collect.
    """

    id: str
    title: str
    homepage: str
    licence: str
    licence_url: str
    attribution: str
    terms: str
    cadence: Cadence
    memory: str
    memory_days: int | None
    stale_after_days: int | None
    streams: tuple[Stream, ...]
    setting: str | None = None
    base_url: str | None = None
    ask_again_after_min: int = 0
    spacing_s: float = 0.0
    available: bool = True


@dataclass(frozen=True, slots=True)
class Framework:
    """What we track. `ids` maps a source's id to this framework's name there; a missing source: not to be had there.

    `former` are earlier repository names (renames), kept as aliases under the same repository.
    """

    id: str
    title: str
    language: str
    ids: Mapping[str, str]
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything, loaded and validated."""

    frameworks: Mapping[str, Framework]
    sources: Mapping[str, Source]
    metrics: Mapping[str, Metric]
    caveats: Mapping[str, Caveat]
    breaks: tuple[Break, ...]

    def breaks_of(self, metric: str, framework: str | None = None) -> tuple[Break, ...]:
        """The registered breaks that touch a metric (and a framework), oldest first."""
        return tuple(
            b
            for b in self.breaks
            if metric in b.metrics and (framework is None or not b.frameworks or framework in b.frameworks)
        )

    def caveats_of(self, metric: str) -> tuple[Caveat, ...]:
        return tuple(self.caveats[code] for code in self.metrics[metric].caveats)
