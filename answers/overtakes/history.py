"""Every overtake there is: each pair of frameworks by each metric, dated, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any

from analysis.overtakes.head_to_head import HeadToHead, Overtake
from analysis.overtakes.sensitivity import verdict
from answers import wording
from answers.panel import Panel, leader_at, panels
from answers.question import MOST_OVERTAKES, QuestionError, final_through, known_framework, known_metric
from answers.serialize import caveat_json, metric_json, source_json, to_json
from catalog import Catalog, Source
from storage import Store


@dataclass(frozen=True, slots=True)
class OvertakeRow:
    """`winner` passed `loser` by one metric after `last_before` and not later than `first_after`.

    `verdict` is robust, contested or undecidable by the other counting rules as of `first_after`, for the `reason`.
    `held`: nothing known since takes it back (None: unclear). `leader` leads now by `lead` (None:
    unclear). `on_gap`: the bracket has a hole in it. `on_anomaly`: figures that look odd lie within it.
    """

    metric: str
    title: str
    winner: str
    loser: str
    last_before: date
    first_after: date
    held: bool | None
    on_gap: bool
    on_anomaly: bool
    verdict: str
    reason: str
    leader: str | None
    lead: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Overtakes:
    """`rows` are the newest of the `total` that the question means; `refused` counts changes of lead across a break,
    which are not called overtakes, of the same frameworks, metrics and days.
    """

    metric: str | None
    frameworks: tuple[str, ...]
    since: date | None
    as_of: datetime | None
    rows: tuple[OvertakeRow, ...]
    total: int
    refused: int
    sources: tuple[Source, ...]
    retrieved_at: datetime | None
    sentence: str
    catalog: Catalog


def overtakes(
    store: Store,
    catalog: Catalog,
    now: datetime,
    metric: str | None = None,
    frameworks: Sequence[str] = (),
    since: date | None = None,
    as_of: datetime | None = None,
    *,
    held: bool = False,
) -> Overtakes:
    """Every overtake known, by one metric or all, since a day or ever, of pairs that one of `frameworks` belongs to.

    `held`: only those that nothing known since takes back.

    Raises QuestionError for what is unknown.
    """
    if metric is not None and not known_metric(catalog, metric).has_total:
        raise QuestionError(f"{catalog.metrics[metric].title} has no total, only parts: no overtake is told by it.")
    named = tuple(dict.fromkeys(known_framework(catalog, name) for name in frameworks))
    panels_by_metric = panels(store, catalog, tuple(catalog.frameworks), final_through(now, as_of), as_of)
    every = [
        (panel, change)
        for panel in panels_by_metric.values()
        if metric in (None, panel.metric.id)
        for change in _changes(panel, named)
        if since is None or change.first_after >= since
    ]
    called = [(panel, change) for panel, change in every if not change.on_break]
    refused = len(every) - len(called)
    if held:
        called = [(panel, change) for panel, change in called if _pairing(panel, change).held(change)]
    called.sort(key=lambda each: (each[1].first_after, each[1].last_before), reverse=True)
    rows = tuple(_row(panel, panels_by_metric, change) for panel, change in called[:MOST_OVERTAKES])
    sentence = _sentence(called, rows, since, len({panel.metric.id for panel, _ in called}))
    used = [panels_by_metric[name] for name in dict.fromkeys(row.metric for row in rows)]
    return Overtakes(
        metric, named, since, as_of, rows, len(called), refused, *_origin(catalog, used), sentence, catalog
    )


def _origin(catalog: Catalog, used: Sequence[Panel]) -> tuple[tuple[Source, ...], datetime | None]:
    """Where the figures came from, and when the youngest of them was learned."""
    names = [name for panel in used for frame in panel.seen.values() for name in frame["source"].unique()]
    ids = dict.fromkeys(name.partition(":")[0] for name in names)
    latest = [frame["retrieved_at"].max() for panel in used for frame in panel.seen.values()]
    return tuple(catalog.sources[i] for i in ids if i in catalog.sources), max(
        latest
    ).to_pydatetime() if latest else None


def _changes(panel: Panel, named: Sequence[str]) -> Iterator[Overtake]:
    """Every change of lead of the pairs that were asked for."""
    for a, b in combinations(panel.seen, 2):
        if not named or a in named or b in named:
            yield from panel.head_to_head(a, b).overtakes


def _row(panel: Panel, panels_by_metric: Mapping[str, Panel], change: Overtake) -> OvertakeRow:
    catalog, metric, pairing = panel.catalog, panel.metric, _pairing(panel, change)
    judged = verdict(change.winner, _others(panel, panels_by_metric, pairing.a, pairing.b, change.first_after))
    last = pairing.last
    leader = pairing.leader(last) if last else None
    held = pairing.held(change)
    winner, loser = (wording.framework(catalog, name) for name in (change.winner, change.loser))
    tail = {True: "it has led ever since", False: "it did not hold", None: "whether it still holds cannot be told"}
    bracket = wording.between(change.last_before, change.first_after)
    unusual = ", on days that look odd" if change.on_anomaly else ""
    return OvertakeRow(
        metric=metric.id,
        title=metric.title,
        winner=change.winner,
        loser=change.loser,
        last_before=change.last_before,
        first_after=change.first_after,
        held=held,
        on_gap=change.on_gap,
        on_anomaly=change.on_anomaly,
        verdict=str(judged.word),
        reason=judged.reason,
        leader=leader,
        lead=abs(last.a - last.b) if last and leader else None,
        sentence=f"{winner} passed {loser} in {wording.phrase(metric)} {bracket}{unusual}; {tail[held]}.",
    )


def _others(panel: Panel, panels_by_metric: Mapping[str, Panel], a: str, b: str, day: date) -> dict[str, str | None]:
    """What the other counting rules of the family said that day, by title; those without a word are left out."""
    kin = [
        f for f in panels_by_metric.values() if f.metric.is_rule_beside(panel.metric) and f.metric.id != panel.metric.id
    ]
    both = [f for f in kin if a in f.seen and b in f.seen and f.head_to_head(a, b).at(day) is not None]
    return {f.metric.title: leader_at(f.head_to_head(a, b), day) for f in both}


def _sentence(
    called: Sequence[tuple[Panel, Overtake]], rows: Sequence[OvertakeRow], since: date | None, metrics: int
) -> str:
    when = f" since {since}" if since else ""
    if not called:
        return f"No overtake is known{when}."
    held = sum(pairing.held(change) is True for pairing, change in ((_pairing(f, c), c) for f, c in called))
    counted = f"{len(called):,} overtakes are" if len(called) > 1 else "One overtake is"
    by = f"{metrics} metrics" if metrics > 1 else "one metric"
    return f"{counted} known{when}, by {by}; {held:,} of them have held. The latest: {rows[0].sentence}"


def _pairing(panel: Panel, change: Overtake) -> HeadToHead:
    a, b = sorted((change.winner, change.loser), key=list(panel.seen).index)
    return panel.head_to_head(a, b)


def overtakes_json(answer: Overtakes, most: int = MOST_OVERTAKES) -> dict[str, Any]:
    """The newest `most` as an object with stable keys; metrics, their caveats and sources in full."""
    catalog, rows = answer.catalog, answer.rows[:most]
    metrics = [catalog.metrics[name] for name in dict.fromkeys(row.metric for row in rows)]
    caveats = dict.fromkeys(caveat.code for metric in metrics for caveat in catalog.caveats_of(metric.id))
    return {
        "metric": answer.metric,
        "frameworks": list(answer.frameworks),
        "since": answer.since and answer.since.isoformat(),
        "as_of": answer.as_of and answer.as_of.isoformat(),
        "sentence": answer.sentence,
        "found": answer.total,
        "refused": answer.refused,
        "overtakes": [_row_json(row) for row in rows],
        "retrieved_at": answer.retrieved_at and answer.retrieved_at.isoformat(),
        "metrics": [metric_json(metric) for metric in metrics],
        "caveats": [caveat_json(catalog.caveats[code]) for code in caveats],
        "sources": [source_json(source) for source in answer.sources],
    }


def _row_json(row: OvertakeRow) -> Any:
    whole = row.lead is not None and float(row.lead).is_integer()
    return to_json(row) | {"lead": int(row.lead) if whole and row.lead is not None else row.lead}
