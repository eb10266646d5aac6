"""Whom the figures of a day leave out: who may have led and was not read near it, and metrics that nobody was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analysis.breaks import forbidding
from answers.panel import Panel, grouped
from catalog import Catalog, Kind


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Who may lead, but for a figure that is too old to go by, or too new: the nearest, and the period it is about."""

    framework: str
    since: date
    until: date
    value: float
    is_later: bool = False


@dataclass(frozen=True, slots=True)
class UnreadMetric:
    """A kind of evidence that is left out on a day, by its first metric: when two were last and next read."""

    metric: str
    last: date | None
    next: date | None


def left_out_of(panel: Panel, top: str, day: date, last: date) -> Iterator[LeftOut]:
    """Who can't be held against the first on a day, and was ahead of it when both were last seen, or had more; or
    was ahead soon after, when both were seen again.

    `last` is when the first was seen: of shares another edition, or another pool of months, does not serve.
    """
    for name in panel.seen:
        if name == top or _serves(panel, top, name, day, last):
            continue
        if (before := _ahead_before(panel, top, name, day, last)) is not None:
            yield before
        elif (after := _ahead_after(panel, top, name, day)) is not None:
            yield after


def not_read(panel: Panel, top: str, names: Sequence[str], day: date, last: date) -> tuple[str, ...]:
    """Of these all that can't be held against the first on a day, behind it or not."""
    others = (name for name in names if name in panel.seen and name != top)
    return tuple(name for name in others if not _serves(panel, top, name, day, last))


def unread_metrics(
    catalog: Catalog, panels_by_metric: Mapping[str, Panel], rows: Sequence[str], day: date
) -> Iterator[UnreadMetric]:
    """Of each kind of evidence that has no row on a day the first metric, with the nearest readings of any of them."""
    for group in grouped(catalog, panels_by_metric.values(), lambda panel: panel.metric):
        if catalog.families[group[0].metric.family].plural and not any(panel.metric.id in rows for panel in group):
            lasts, nexts = zip(*(_nearest(panel, day) for panel in group), strict=True)
            yield UnreadMetric(
                group[0].metric.id, max(filter(None, lasts), default=None), min(filter(None, nexts), default=None)
            )


def _nearest(panel: Panel, day: date) -> tuple[date | None, date | None]:
    names = list(panel.seen)
    pairings = [panel.between(a, b) for k, a in enumerate(names) for b in names[:k]]
    before = [pair.last for pairing in pairings if (pair := pairing.seen_by(day)) is not None]
    after = [pair.last for pairing in pairings if (pair := pairing.after(day)) is not None]
    return max(before, default=None), min(after, default=None)


def _serves(panel: Panel, top: str, name: str, day: date, last: date) -> bool:
    pair = panel.between(top, name).at(day)
    return pair is not None and (panel.metric.kind is not Kind.SHARE or pair.last >= last)


def _ahead_before(panel: Panel, top: str, name: str, day: date, last: date) -> LeftOut | None:
    metric = panel.metric
    then, now = panel.last_seen(name, day), panel.last_seen(top, day)
    if then is None or now is None:
        return None
    comparison = panel.between(top, name)
    seen = comparison.seen_by(day)
    led = seen is not None and comparison.leader(seen) == name
    more = metric.kind is Kind.STOCK and then[2] > now[2]
    changed = metric.has_editions and forbidding(panel.catalog.breaks_of(metric.id), then[1], last, name, top)
    return LeftOut(name, *then) if (led or more) and not changed else None


def _ahead_after(panel: Panel, top: str, name: str, day: date) -> LeftOut | None:
    """Of counts, and of figures that come as soon after the day as tells of it; a survey may not have asked before."""
    family = panel.catalog.families[panel.metric.family]
    comparison = panel.between(top, name)
    pair = comparison.after(day)
    if panel.metric.kind is Kind.SHARE or pair is None or (pair.last - day).days > family.current_days:
        return None
    value = pair.a if comparison.a == name else pair.b
    return LeftOut(name, pair.start, pair.last, value, is_later=True) if comparison.leader(pair) == name else None
