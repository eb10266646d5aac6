"""Every overtake there is: each pair of frameworks by each metric, dated, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.paired_series import TRAILING_DAYS
from answers import wording
from answers.json_and_csv import to_json, whole
from answers.overtakes.verdicts import doubt, is_one_event, verdict_of_overtake
from answers.panel import Panel, grouped, panels
from answers.questions import MOST_OVERTAKES, QuestionError, final_through, known_framework, known_metric, refuse_future
from answers.series.observations import source_names
from catalog import Catalog, Source
from storage import Store


@dataclass(frozen=True, slots=True)
class OvertakeRow:
    """`winner` passed `loser` by one metric after `last_before` and not later than `first_after`.

    `verdict` is confirmed, disputed or single_source by the other counts of the same thing, or undecidable, for the
    `reason`.
    `held`: nothing known since takes it back (None: that cannot be told). `leader` leads now by `lead` (None: it cannot
    be told). `on_gap`: the bracket has a hole in it. `on_anomaly`: figures that look odd lie within it.
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
    total: int = field(metadata={"json": "found"})
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
    every: bool = False,
) -> Overtakes:
    """The overtakes known, by one metric or all, since a day or ever, of pairs that one of `frameworks` belongs to.

    `held`: only those that nothing known since takes back. `every`: also those that another count of the same thing
    dates, those in what is given or wished for, and those in which a counter stood still because its repository is
    archived; without it, and without a metric, each event is listed once.

    Raises QuestionError for what is unknown.
    """
    if metric is not None and not known_metric(catalog, metric).has_total:
        raise QuestionError(
            f"We can't list overtakes in {wording.phrase(catalog.metrics[metric])}: it has no total, only parts. "
            "Name the metric of its total instead."
        )
    named = tuple(dict.fromkeys(known_framework(catalog, name) for name in frameworks))
    refuse_future(now, since)
    panels_by_metric = panels(store, catalog, tuple(catalog.frameworks), final_through(now, as_of), as_of)
    changes = [
        (panel, change)
        for panel in panels_by_metric.values()
        if metric in (None, panel.metric.id)
        for change in _changes(panel, named)
        if since is None or change.first_after >= since
    ]
    called = [(panel, change) for panel, change in changes if not change.on_break]
    refused = len(changes) - len(called)
    if not (named or every):
        called = [(panel, o) for panel, o in called if _moves(panel, o)]
    if metric is None and not every:
        called = _events(catalog, called)
    if held:
        called = [(panel, o) for panel, o in called if panel.between(o.winner, o.loser).held(o)]
    called.sort(key=lambda each: (each[1].first_after, each[1].last_before), reverse=True)
    rows = tuple(_row(panel, panels_by_metric, change) for panel, change in called[:MOST_OVERTAKES])
    sentence = _sentence(called, rows, since, len({panel.metric.id for panel, _ in called}))
    used = [panels_by_metric[name] for name in dict.fromkeys(row.metric for row in rows)]
    return Overtakes(
        metric, named, since, as_of, rows, len(called), refused, *_origin(catalog, used), sentence, catalog
    )


def overtakes_among(
    store: Store, catalog: Catalog, now: datetime, metric: str, frameworks: Sequence[str], as_of: datetime | None
) -> tuple[Overtake, ...]:
    """The overtakes between these frameworks by one metric, without those across a break, the newest first."""
    by_metric = panels(store, catalog, frameworks, final_through(now, as_of), as_of, only=[metric])
    called = [change for panel in by_metric.values() for change in _changes(panel, ()) if not change.on_break]
    return tuple(sorted(called, key=lambda change: (change.first_after, change.last_before), reverse=True))


def _origin(catalog: Catalog, used: Sequence[Panel]) -> tuple[tuple[Source, ...], datetime | None]:
    """Where the figures came from, and when the youngest of them was learned."""
    frames = [frame for panel in used for frame in panel.seen.values()]
    latest = [frame["retrieved_at"].max() for frame in frames]
    return catalog.sources_named(source_names(*frames)), max(latest).to_pydatetime() if latest else None


def _changes(panel: Panel, named: Sequence[str]) -> Iterator[Overtake]:
    """Every change of lead of the pairs that were asked for."""
    for pairing in panel.crossed(named):
        yield from pairing.overtakes


def _events(catalog: Catalog, called: Sequence[tuple[Panel, Overtake]]) -> list[tuple[Panel, Overtake]]:
    """What each kind of evidence is first about, and each overtake once: of those that several counts of the same thing
    date, the one that was read and not summed up, with the narrowest bracket.
    """
    order: list[tuple[Panel, Overtake]] = []
    kept: dict[tuple[str, str], list[tuple[Panel, Overtake]]] = {}
    first = (call for group in grouped(catalog, called, lambda call: call[0].metric) for call in group)
    for panel, change in sorted(first, key=_doubtfulness):
        same = kept.setdefault((change.winner, change.loser), [])
        again = [(other, o) for other, o in same if other.metric.is_rule_beside(panel.metric)]
        if not any(is_one_event(o, change) or _is_summed_up(panel, change, other, o) for other, o in again):
            same.append((panel, change))
            order.append((panel, change))
    return order


def _is_summed_up(panel: Panel, change: Overtake, other: Panel, read: Overtake) -> bool:
    """Whether a sum dates otherwise what a counter has read: the same change, with none of the pair in between."""
    if not panel.metric.cumulates or (change.winner, change.loser) != (read.winner, read.loser):
        return False
    first, last = sorted((change.first_after, read.first_after))
    both = (*panel.between(read.winner, read.loser).overtakes, *other.between(read.winner, read.loser).overtakes)
    return not any(first < o.first_after < last and o.winner == read.loser for o in both)


def _moves(panel: Panel, change: Overtake) -> bool:
    """Whether neither counter stood still because its repository is archived."""
    both = (change.winner, change.loser)
    return panel.catalog.counted(panel.metric.id, both) == both


def _doubtfulness(call: tuple[Panel, Overtake]) -> tuple[bool, bool, int]:
    """The less, the better an overtake is dated."""
    panel, change = call
    return change.fallen is not None, bool(panel.metric.cumulates), change.width


def _row(panel: Panel, panels_by_metric: Mapping[str, Panel], change: Overtake) -> OvertakeRow:
    catalog, metric, pairing = panel.catalog, panel.metric, panel.between(change.winner, change.loser)
    judged = verdict_of_overtake(panels_by_metric, panel, change)
    change = panel.with_anomalies(pairing, change).overtakes[0]
    last = pairing.last
    leader = pairing.leader(last) if last else None
    held = pairing.held(change)
    winner, loser = (wording.framework(catalog, name) for name in (change.winner, change.loser))
    until = "" if last is None else f" {wording.period(metric, last.last, last.last)}"
    tail = {
        True: f" and was still ahead{until}",
        False: ", but was overtaken again",
        None: "; we can't say whether it is still ahead",
    }
    bracket = wording.bracket(metric.period, change.last_before, change.first_after)
    why = doubt(catalog, change)
    sums = f" (sums of {TRAILING_DAYS} days)" if pairing.trailing else wording.spans(metric)
    unusual = f" (but {why})" if why else " (unusual days)" if change.on_anomaly else ""
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
        sentence=f"{winner} passed {loser} in {wording.phrase(metric)}{sums} {bracket}{unusual}{tail[held]}.",
    )


def _sentence(
    called: Sequence[tuple[Panel, Overtake]], rows: Sequence[OvertakeRow], since: date | None, metrics: int
) -> str:
    when = f" since {wording.day(since)}" if since else ""
    if not called:
        return f"No overtake on record{when}."
    held = sum(panel.between(o.winner, o.loser).held(o) is True for panel, o in called)
    by = f"{metrics} metrics" if metrics > 1 else "one metric"
    those = "each" if held == len(called) > 1 else f"{held:,}"
    counts = f"{wording.counted(len(called), 'overtake')}{when} by {by}; in {those} the winner is still ahead."
    return f"{counts} The latest: {rows[0].sentence}"


def overtakes_json(answer: Overtakes, most: int = MOST_OVERTAKES) -> dict[str, Any]:
    """The newest `most` as an object with stable keys; metrics, their caveats and sources in full."""
    catalog, rows = answer.catalog, answer.rows[:most]
    metrics = [catalog.metrics[name] for name in dict.fromkeys(row.metric for row in rows)]
    caveats = dict.fromkeys(caveat for metric in metrics for caveat in catalog.caveats_of(metric.id))
    return {
        **to_json(answer, "metric", "frameworks", "since", "as_of", "sentence", "total", "refused"),
        "overtakes": [to_json(row) | {"lead": whole(row.lead)} for row in rows],
        **to_json(answer, "retrieved_at"),
        "metrics": to_json(metrics),
        "caveats": to_json(list(caveats)),
        **to_json(answer, "sources"),
    }
