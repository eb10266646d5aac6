"""Did A overtake B? One dated, doubted entry per metric, as it stood on any day and as known at any moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.paired_series import Pair
from answers import wording
from answers.anomalies.wording import anomalies_in_bracket, anomaly_sentences
from answers.json_and_csv import caveats_and_sources, to_json, whole
from answers.overtakes.sensitivity import BRACKET, Rate, Sensitivity, grid_of, rate_of
from answers.overtakes.standings import standing_caveats, standing_of
from answers.overtakes.wording import answered
from answers.panel import Panel, outlived, panels
from answers.questions import QuestionError, final_through, known_framework, known_metric, refuse_unlived
from answers.series.observations import source_names
from answers.series.principal_counts import one_of_each
from answers.series.registry_separation import Apart, apart, is_of_registry
from catalog import Catalog
from storage import Store

CLOSE = "too close to call"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one metric says. Values and lead are in the metric's unit, for daily flows summed over 28 complete days.

    `verdict` is confirmed, disputed, single_source or undecidable (`analysis.overtakes.verdict`). `since`..`seen` is
    the period of the values, of counters the days on which the two were read. `last_before` and `first_after` bracket
    the overtake by which the leader came to lead (None: it never trailed, or the change of lead lies on a break:
    `on_break`). `on_anomaly`: figures that look odd lie within the bracket; `anomalies` says which. `held`: nothing
    known since takes it back (None: unclear). `overtakes` are all that are called so, whenever they were, `refused` the
    changes of lead across a break. `rate`: who gains more per month (None: months of it cannot be counted);
    `sensitivity`: the lead by every other way of counting.
    """

    metric: str
    title: str
    unit: str
    verdict: str
    leader: str | None
    lead: float | None
    ratio: float | None
    value_a: float | None
    value_b: float | None
    since: date | None
    seen: date | None
    next_seen: date | None
    next_lead: float | None
    last_before: date | None
    first_after: date | None
    held: bool | None
    overtakes: tuple[Overtake, ...] = field(metadata={"of": (*BRACKET, "on_anomaly", "breaks")})
    refused: tuple[Overtake, ...] = field(metadata={"of": (*BRACKET, "on_anomaly", "breaks")})
    on_break: bool
    on_gap: bool
    on_anomaly: bool
    anomalies: tuple[str, ...] = field(metadata={"json": "odd"})
    reason: str
    caveats: tuple[str, ...]
    sources: tuple[str, ...]
    retrieved_at: datetime | None
    sentence: str
    rate: Rate | None
    sensitivity: Sensitivity


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two frameworks by every metric that has both. `on` None: as last seen; `as_of` None: as known now. `apart`: why
    there is none of downloads, where each is counted by a package registry of its own.

    `answer` says in what A overtook B (empty: no metric has both), `sentence` who leads.
    """

    a: str
    b: str
    on: date | None
    as_of: datetime | None
    entries: tuple[Entry, ...]
    answer: str
    sentence: str
    apart: Apart | None
    catalog: Catalog


def compare(
    store: Store,
    catalog: Catalog,
    a: str,
    b: str,
    now: datetime,
    on: date | None = None,
    as_of: datetime | None = None,
    metric: str = "",
) -> Comparison:
    """Lay a and b beside each other by every metric, or one. Raises QuestionError for what is unknown or the same."""
    known_framework(catalog, a), known_framework(catalog, b)
    of_registry = not metric or is_of_registry(catalog, known_metric(catalog, metric))
    refuse_unlived(now, on)
    if a == b:
        raise QuestionError(f"{wording.framework(catalog, a)} can't be compared with itself: name two frameworks.")
    alone = [metric] if metric and catalog.metrics[metric].per_million else []
    panels_by_metric = panels(store, catalog, (a, b), final_through(now, as_of), as_of, only=alone, on=on)
    chosen = [panel for panel in panels_by_metric.values() if metric in ("", panel.metric.id)]
    entries = tuple(_entry(panel, panels_by_metric, (a, b), on, as_of) for panel in chosen)
    answer = answered(catalog, a, b, on, entries)
    registries = apart(store, catalog, (a, b), now, on, as_of) if of_registry else None
    return Comparison(a, b, on, as_of, entries, answer, _overall(catalog, a, b, on, entries), registries, catalog)


def _entry(
    panel: Panel,
    panels_by_metric: Mapping[str, Panel],
    pair_of: tuple[str, str],
    on: date | None,
    as_of: datetime | None,
) -> Entry:
    (a, b), metric = pair_of, panel.metric
    pairing = panel.with_anomalies(panel.head_to_head(a, b))
    standing = standing_of(panels_by_metric, panel, pairing, on)
    pair, leader, change, judged = standing.pair, standing.leader, standing.change, standing.verdict
    overtake = standing.overtake
    later = pairing.after(max(on, pair.last)) if on and pair else None
    frames = [panel.seen[name] for name in pair_of if name in panel.seen]
    return Entry(
        metric=metric.id,
        title=metric.title,
        unit=metric.unit,
        verdict=str(judged.word),
        leader=leader,
        lead=standing.lead,
        ratio=_ratio(pair) if pair and leader else None,
        value_a=pair.a if pair else None,
        value_b=pair.b if pair else None,
        since=pair.start if pair else None,
        seen=pair.last if pair else None,
        next_seen=later.last if later else None,
        next_lead=_next_lead(later, leader, a) if later else None,
        last_before=overtake.last_before if overtake else None,
        first_after=overtake.first_after if overtake else None,
        held=pairing.held(overtake) if overtake else None,
        overtakes=tuple(o for o in pairing.overtakes if not o.on_break),
        refused=tuple(o for o in pairing.overtakes if o.on_break),
        on_break=change is not None and change.on_break,
        on_gap=overtake is not None and overtake.on_gap,
        on_anomaly=overtake is not None and overtake.on_anomaly,
        anomalies=anomaly_sentences(panel.catalog, metric, overtake.anomalies) if overtake else (),
        reason=judged.reason,
        caveats=standing_caveats(panel, standing),
        sources=source_names(*frames) or metric.sources,  # of all days: they are drawn, and date the overtake
        retrieved_at=_learned(frames, pair),
        sentence=_sentence(panel, pairing, pair, change, judged.reason, on),
        rate=rate_of(panel, a, b, on),
        sensitivity=grid_of(panels_by_metric, a, b, metric.id, on, as_of),
    )


def _ratio(pair: Pair) -> float | None:
    low, high = sorted((pair.a, pair.b))
    return high / low if low else None


def _next_lead(later: Pair, leader: str | None, a: str) -> float:
    """The same side's lead at the next pair: negative if it had lost it by then."""
    return later.a - later.b if leader in (a, None) else later.b - later.a


def _learned(frames: Sequence[pd.DataFrame], pair: Pair | None) -> datetime | None:
    """When the younger of the two values was retrieved."""
    if pair is None:
        return None
    moments = [
        frame["retrieved_at"][(frame["period_end"].dt.date >= pair.first) & (frame["period_end"].dt.date <= pair.last)]
        for frame in frames
    ]
    latest = pd.concat(moments).max()
    return None if pd.isna(latest) else latest.to_pydatetime()


def _sentence(
    panel: Panel, pairing: HeadToHead, pair: Pair | None, change: Overtake | None, reason: str, on: date | None
) -> str:
    catalog, metric = panel.catalog, panel.metric
    if pair is None:
        a, b = (wording.framework(catalog, name) for name in (pairing.a, pairing.b))
        return f"We can't say whether {a} or {b} led in {wording.phrase(metric)}: {reason}."
    first = pair.start if metric.period != "day" or pairing.trailing else pair.last
    leader, sides = pairing.leader(pair), [(pairing.a, pair.a), (pairing.b, pair.b)]
    if leader is None:
        values = wording.pair_of(metric, [value for _, value in sides])
        when = "" if wording.place_is_dated(metric) else f" {wording.period(metric, first, pair.last)}"
        return f"{wording.close(catalog, metric, (pairing.a, pairing.b), pair.last)}{when} ({values}): {reason}."
    ahead = sorted(sides, key=lambda side: side[0] != leader)
    lead = wording.lead(catalog, metric, ahead, first if pairing.trailing else pair.start, pair.last, past=bool(on))
    return f"{lead}. {_began(panel, pairing, pair, change)}"


def _began(panel: Panel, pairing: HeadToHead, pair: Pair, change: Overtake | None) -> str:
    """Since when the leader leads: the overtake and what is unsure of it, or why none is called so."""
    catalog, period = panel.catalog, panel.metric.period
    if change is None:
        first = pairing.pairs[0].last
        if first == pair.last:
            return "Both were recorded together only then."
        since = f"the {first.year} edition" if period == "year" else wording.day(first)
        return f"No overtake on record since {since}."
    bracket = wording.bracket(period, change.last_before, change.first_after)
    if change.on_break:
        names = wording.join_words([_title(catalog, x) for x in change.breaks])
        return (
            f"The lead changed {bracket}, while the counting changed ({names}), so that does not count as an overtake."
        )
    held = pairing.held(change)
    tail = "; we can't say whether it is still ahead" if held is None else "" if held else ", but was overtaken again"
    gap = " (gap in the data)" if change.on_gap else ""
    unusual = f" {anomalies_in_bracket(catalog, panel.metric, change.anomalies)}" if change.on_anomaly else ""
    pooled = wording.spans(panel.metric)
    return f"It passed {wording.framework(catalog, change.loser)} {bracket}{pooled}{gap}{tail}.{unusual}"


def _title(catalog: Catalog, entry: str) -> str:
    return next(f"“{b.title}”" for b in catalog.breaks if b.id == entry)


def _overall(catalog: Catalog, a: str, b: str, on: date | None, entries: tuple[Entry, ...]) -> str:
    """By how many metrics each leads, one for each kind of evidence, then by which."""
    first, second = wording.framework(catalog, a), wording.framework(catalog, b)
    if not entries:
        return f"No metric has both {first} and {second} yet."
    seen = [e for e in entries if e.seen is not None and (on or not _outlived(catalog, e, entries))]
    if not seen:
        return f"No metric had both {first} and {second}{f' by {wording.day(on)}' if on else ''}."
    chosen = {metric.id for metric in one_of_each(catalog, (catalog.metrics[e.metric] for e in seen))}
    rules, seen = len(seen), [e for e in seen if e.metric in chosen]
    by_leader: dict[str, list[str]] = {}
    for e in sorted(seen, key=lambda e: (e.leader is None, e.leader != a)):
        name = wording.framework(catalog, e.leader) if e.leader else CLOSE
        by_leader.setdefault(name, []).append(wording.phrase(catalog.metrics[e.metric]))
    counts = [
        _count("led" if on else "leads", n, name, len(phrases), len(seen))
        for n, (name, phrases) in enumerate(by_leader.items())
    ]
    when = f"On {wording.day(on)}, " if on else ""
    which = "; ".join(f"{name}: {wording.join_words(phrases)}" for name, phrases in by_leader.items())
    if len(by_leader) == 1:
        (only,) = by_leader.values()
        which, counts = "", [f"{counts[0]}: {wording.join_words(only)}"]
    once = " Each kind of evidence is counted once, by the metric named." if len(seen) < rules else ""
    return f"{when}{wording.join_words(counts)}.{f' {which}.' if which else ''}{once}"


def _count(verb: str, place: int, name: str, n: int, every: int) -> str:
    """Django leads in 5 of 8 metrics, then of the next: Flask in 2; the other is too close to call."""
    of = "" if place else f" of {wording.counted(every, 'metric')}"
    if name == CLOSE:
        rest = ("the other" if n == 1 else "the others") if place else f"{n}{of}"
        return f"{rest} {'is' if n == 1 else 'are'} {CLOSE}"
    return f"{name} {'' if place else f'{verb} '}in {n}{of}"


def _outlived(catalog: Catalog, entry: Entry, entries: tuple[Entry, ...]) -> bool:
    """Whether another metric of the family goes on long after this one ended."""
    family = catalog.families[catalog.metrics[entry.metric].family]
    kin = [e.seen for e in entries if e.seen and catalog.metrics[e.metric].family == family.id]
    return entry.seen is not None and outlived(family, entry.seen, max(kin))


def comparison_json(c: Comparison) -> dict[str, Any]:
    """A comparison as an object with stable keys; caveats, metrics and sources in full."""
    values = ("lead", "value_a", "value_b", "next_lead")
    return {
        **to_json(c, "a", "b", "on", "as_of", "answer", "sentence"),
        "entries": [to_json(e) | {name: whole(getattr(e, name)) for name in values} for e in c.entries],
        "apart": to_json(c.apart),
        "metrics": to_json([c.catalog.metrics[e.metric] for e in c.entries]),
        **caveats_and_sources(c.catalog, (*c.entries, *(c.apart.sides if c.apart else ()))),
    }
