"""Panels: each metric of several frameworks, totals only, and the head-to-head of any two of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.anomalies.detection import Flag, flags
from analysis.arrays import day, number
from analysis.errors import Refused
from analysis.overtakes.candidate_pairs import crossing_pairs
from analysis.overtakes.head_to_head import HeadToHead, head_to_head, with_anomalies
from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.paired_series import Pair, PreparedSeries, prepared_series
from analysis.overtakes.sensitivity import ways
from answers.series.misreadings import without_misread
from answers.series.observations import compared, published_by
from catalog import Catalog, Family, Kind, Metric
from storage import Store

Item = TypeVar("Item")


@dataclass(frozen=True)
class Panel:
    """One metric of several frameworks: `seen` has an entry only for those with a value."""

    catalog: Catalog
    metric: Metric
    seen: Mapping[str, pd.DataFrame]
    final: date
    _flags: dict[str, tuple[Flag, ...]] = field(default_factory=dict)
    _head_to_heads: dict[tuple[str, str], HeadToHead] = field(default_factory=dict)
    _counted: dict[tuple[str, str], Mapping[str, HeadToHead | Refused]] = field(default_factory=dict)

    @property
    def has_history(self) -> bool:
        """Whether two frameworks or more were observed for a year and longer."""
        spans = [frame["period_end"].max() - frame["period_end"].min() for frame in self.seen.values()]
        return len([span for span in spans if span >= pd.Timedelta(days=365)]) > 1

    def between(self, one: str, other: str) -> HeadToHead:
        """Two against each other, always the same way round, so that it is computed once."""
        a, b = sorted((one, other), key=self._places.__getitem__)
        return self.head_to_head(a, b)

    def head_to_head(self, a: str, b: str) -> HeadToHead:
        """A against b, computed once."""
        if (a, b) not in self._head_to_heads:
            breaks = self.catalog.breaks_of(self.metric.id)
            self._head_to_heads[a, b] = head_to_head(self._prepared[a], self._prepared[b], self.metric, (a, b), breaks)
        return self._head_to_heads[a, b]

    def with_anomalies(self, pairing: HeadToHead, only: Overtake | None = None) -> HeadToHead:
        """The same with the anomalies within the brackets of its overtakes, or of `only` one."""
        if only is not None:
            pairing = replace(pairing, overtakes=(only,))
        unusual = {name: self.flags(name) for name in (pairing.a, pairing.b)} if pairing.overtakes else {}
        return with_anomalies(pairing, unusual)

    def crossed(self, among: Sequence[str] = ()) -> Iterator[HeadToHead]:
        """The head-to-heads of all pairs that can have an overtake (with one of `among`), in the order of `seen`."""
        for a, b in self._crossings:
            if not among or a in among or b in among:
                yield self.head_to_head(a, b)

    def newest(self) -> date | None:
        """The last day on which any two were seen together.

        Who was seen last is looked at first: that ends the search before most pairs are compared.
        """
        ends = {name: int(s.compared.end[-1]) for name, s in self._prepared.items() if len(s.compared)}
        names = sorted(ends, key=lambda name: -ends[name])
        level, newest = self.metric.kind is Kind.STOCK, None
        for place, later in enumerate(names):
            for other in names[:place]:
                if newest is not None and newest >= day(ends[other if level else later]):
                    break  # this one and the others that follow were not seen together after that
                pair = self.between(other, later).last
                if pair is not None and (newest is None or pair.last > newest):
                    newest = pair.last
        return newest

    def last_seen(self, name: str, on: date) -> tuple[date, date, float] | None:
        """The last figure of one by a day, as it is compared: its period's first and last day, and the value."""
        series = self._prepared[name].compared
        k = int(np.searchsorted(series.end, number(on), side="right")) - 1
        return None if k < 0 else (day(series.start[k]), day(series.end[k]), float(series.value[k]))

    def flags(self, name: str) -> tuple[Flag, ...]:
        """What stands out of one framework's series, looked up once; of shares nothing can."""
        if self.metric.kind is Kind.SHARE:
            return ()
        if name not in self._flags:
            breaks = self.catalog.breaks_of(self.metric.id)
            self._flags[name] = flags(self.seen[name], self.metric, breaks, self.final)
        return self._flags[name]

    def ways(self, a: str, b: str) -> Mapping[str, HeadToHead | Refused]:
        """A against b by every way of counting this metric, computed once."""
        if (a, b) not in self._counted:
            breaks = self.catalog.breaks_of(self.metric.id)
            self._counted[a, b] = ways(self._read[a], self._read[b], self.metric, (a, b), breaks, self.final)
        return self._counted[a, b]

    def base(self, name: str, pair: Pair) -> float | None:
        """How many people were asked for one framework's share of a pair; None where that is not published."""
        frame = self.seen[name]
        base = frame[frame["period_end"] == pd.Timestamp(pair.last)]["base"]
        return None if base.empty or pd.isna(base.iloc[0]) else float(base.iloc[0])

    def published_on(self, on: date) -> Panel:
        """The same without editions that were not out on a day."""
        if not self.metric.out_after_months:
            return self
        seen = {name: published_by(frame, self.metric, on) for name, frame in self.seen.items()}
        return Panel(self.catalog, self.metric, {name: frame for name, frame in seen.items() if len(frame)}, self.final)

    @cached_property
    def _read(self) -> dict[str, pd.DataFrame]:
        """What is compared: readings that a known incident marks as wrong are set aside."""
        named = {name for entry in self.catalog.breaks_of(self.metric.id) for name in entry.frameworks}
        return {
            name: without_misread(self.catalog, self.metric, frame) if name in named else frame
            for name, frame in self.seen.items()
        }

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.seen)}

    @cached_property
    def _crossings(self) -> list[tuple[str, str]]:
        compared = {name: series.compared for name, series in self._prepared.items()}
        return crossing_pairs(compared, self.metric.kind)

    @cached_property
    def _prepared(self) -> dict[str, PreparedSeries]:
        return {name: prepared_series(frame, self.metric, self.final) for name, frame in self._read.items()}


def panels(
    store: Store,
    catalog: Catalog,
    frameworks: Sequence[str],
    final: date,
    as_of: datetime | None,
    *,
    frozen: bool = True,
    only: Collection[str] = (),
    on: date | None = None,
) -> dict[str, Panel]:
    """A panel per metric for which at least two of the frameworks have a value, family by family. `frozen`: those whose
    repository is archived too. `only` these metrics (none named: all). A metric per million ranks as the one it is a
    part of, so it is no second witness: it has a panel only where it is asked for. `on`: without editions of surveys
    that were not published by that day.
    """
    by_metric: dict[str, Panel] = {}
    for metric in catalog.metrics.values():
        if not metric.has_total or (only and metric.id not in only):
            continue
        if metric.per_million and not only:
            continue
        names = frameworks if frozen else catalog.counted(metric.id, frameworks)
        frame = compared(store, catalog, metric.id, names, as_of=as_of).dropna(subset=["value"])
        frame = published_by(frame, metric, on)
        seen = {str(name): part for name, part in frame.groupby("framework", sort=False)}
        if len(seen) > 1:
            ordered = {name: seen[name] for name in frameworks if name in seen}
            by_metric[metric.id] = Panel(catalog, metric, ordered, final)
    return by_metric


def leading(catalog: Catalog, metrics: Iterable[Metric]) -> str:
    """What a family is first about, of the things these metrics of it count."""
    order = [m.counts for m in sorted(metrics, key=lambda m: m.counts != catalog.families[m.family].counts)]
    return order[0] if order else ""


def grouped(catalog: Catalog, items: Iterable[Item], metric_of: Callable[[Item], Metric]) -> list[list[Item]]:
    """What is of one family together, and of it only what the family is first about.

    In a family whose metrics count different things each is a group of its own.
    """
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        metric = metric_of(item)
        own = "" if catalog.families[metric.family].plural else metric.id
        groups.setdefault((metric.family, own), []).append(item)
    firsts = [(group, leading(catalog, map(metric_of, group))) for group in groups.values()]
    return [[item for item in group if metric_of(item).counts == first] for group, first in firsts]


def outlived(family: Family, last: date, newest: date) -> bool:
    """Whether a metric seen last on `last` has no say any more, when its family was seen on `newest`."""
    return (newest - last).days > family.current_days


def leader_at(pairing: HeadToHead, on: date) -> str | None:
    """Who led on that day; None when nothing serves or nothing is decided."""
    pair = pairing.at(on)
    return None if pair is None else pairing.leader(pair)


def caveats_within(catalog: Catalog, metric: Metric, since: date, until: date) -> list[str]:
    """The codes of a metric's caveats that concern any of these days."""
    caveats = catalog.caveats_of(metric.id)
    return [c.code for c in caveats if (c.since or date.min) <= until and (c.until or date.max) >= since]


def undecided(panel: Panel, pairing: HeadToHead, pair: Pair) -> str:
    """Why a pair has no leader, in words without a full stop."""
    if pair.a == pair.b:
        return "both are equal"
    if panel.metric.kind is Kind.FLOW:
        return "the difference is within chance"
    if panel.metric.kind is Kind.STOCK:
        return "their readings are a day apart and differ by no more than a day's change"
    if any(panel.base(name, pair) is None for name in (pairing.a, pairing.b)):
        return "the number of respondents is not published, so chance can't be ruled out"
    return f"the difference is within sampling noise{' and rounding' if panel.metric.step else ''}"
