"""Who leads? For the chosen frameworks one row per metric, and the history in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.paired_series import Pair
from answers.json_and_csv import to_json, to_the_second, whole
from answers.leaders.unread_frameworks import LeftOut, UnreadMetric, left_out_of, not_read, unread_metrics
from answers.leaders.wording import overall_sentence, past_sentence, row_sentence, without
from answers.panel import Panel, leader_at, panels
from answers.questions import QuestionError, final_through, known_framework, refuse_unlived
from answers.series.observations import source_names
from answers.series.rows import rows
from catalog import Catalog, Kind
from storage import Store


@dataclass(frozen=True, slots=True, eq=False)
class LeaderRow:
    """One metric: who leads the chosen ones, by how much over the runner-up, over which days, and since when.

    `leader` None: undecided, for the reason in the sentence. `since_bracket` is that of the leader's last overtake of
    whoever led before, `passed` (None: never seen trailing). `pair` are the two compared, with their `values`, the
    leader first. `left_out` are those who may lead it, and of whom there is no figure near enough. `spark` has the
    answer columns, every framework's level.
    """

    metric: str
    leader: str | None
    lead: float | None
    runner_up: str | None
    since_bracket: tuple[date, date] | None
    passed: str | None
    pair: tuple[str, str]
    values: tuple[float, float]
    period: tuple[date, date]
    left_out: tuple[LeftOut, ...]
    spark: pd.DataFrame
    sentence: str

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of what its figures are from."""
        return source_names(self.spark)

    @property
    def retrieved_at(self) -> datetime | None:
        """When the youngest of its figures was learned."""
        return self.spark["retrieved_at"].max().to_pydatetime() if len(self.spark) else None


@dataclass(frozen=True, slots=True, eq=False)
class Leaders:
    """`rows` by family and metric of the `frameworks`, `sentence` the answer in words, `past` every overtake known,
    oldest first. `unread` are the metrics that have figures, but not of two of these near the day.
    """

    frameworks: tuple[str, ...]
    rows: tuple[LeaderRow, ...]
    sentence: str
    past: tuple[str, ...]
    unread: tuple[UnreadMetric, ...]


def leaders(
    store: Store,
    catalog: Catalog,
    frameworks: Sequence[str],
    now: datetime,
    on: date | None = None,
    as_of: datetime | None = None,
) -> Leaders:
    """Who leads, by every metric that has a value of at least two of them, as known `as_of` a moment (None: now).

    No framework named: all that are tracked, but for the counters of archived repositories.

    Raises QuestionError for unknown names.
    """
    named = tuple(dict.fromkeys(known_framework(catalog, name) for name in frameworks))
    chosen = named or tuple(f.id for f in catalog.frameworks.values() if not f.removed)
    if len(chosen) < 2:
        raise QuestionError("Name at least two frameworks to see who leads.")
    refuse_unlived(now, on)
    final = final_through(now, as_of)
    panels_by_metric = panels(store, catalog, chosen, final, as_of, frozen=bool(named), on=on)
    rows = tuple(row for panel in panels_by_metric.values() if (row := _row(panel, on, named)) is not None)
    unread = tuple(unread_metrics(catalog, panels_by_metric, [row.metric for row in rows], on)) if on else ()
    passed = sorted(_passed(panels_by_metric, on), key=lambda p: (p[1].first_after, p[1].last_before))
    return Leaders(
        chosen,
        rows,
        overall_sentence(catalog, rows, panels_by_metric, passed, on, unread),
        tuple(past_sentence(panels_by_metric, *p) + "." for p in passed),
        unread,
    )


def leaders_json(catalog: Catalog, answer: Leaders) -> dict[str, Any]:
    """The answer as an object with stable keys; metrics, their caveats and sources in full."""
    metrics = [catalog.metrics[row.metric] for row in answer.rows]
    names = (name for row in answer.rows for name in row.sources)
    caveats = dict.fromkeys(caveat for metric in metrics for caveat in catalog.caveats_of(metric.id))
    moments = [moment for row in answer.rows if (moment := row.retrieved_at)]
    fields = ("metric", "leader", "lead", "runner_up", "since_bracket", "period", "left_out", "sentence")
    return {
        **to_json(answer, "frameworks", "sentence"),
        "rows": [to_json(row, *fields) | {"lead": whole(row.lead)} for row in answer.rows],
        "past": list(answer.past),
        "unread": to_json(list(answer.unread)),
        "retrieved_at": to_the_second(max(moments)) if moments else None,
        "metrics": to_json(metrics),
        "caveats": to_json(list(caveats)),
        "sources": to_json(catalog.sources_named(names)),
    }


def _row(panel: Panel, on: date | None, named: Sequence[str]) -> LeaderRow | None:
    names, day = list(panel.seen), on or panel.newest()
    present = _present(panel, names, day) if day else []
    if day is None or len(present) < 2:
        return None
    top = _top(panel, present, day)
    comparison, pair = _runner_up(panel, present, top, day)
    if pair is None:
        return None
    leader = comparison.leader(pair)
    since = _since(panel, top, day) if leader else None
    pair_of = sorted(((comparison.a, pair.a), (comparison.b, pair.b)), key=lambda s: (s[0] != leader, -s[1]))
    left_out = tuple(left_out_of(panel, top, day, pair.last))
    missing = not_read(panel, top, named, day, pair.last)
    return LeaderRow(
        metric=panel.metric.id,
        leader=leader,
        lead=abs(pair.a - pair.b) if leader else None,
        runner_up=(comparison.b if leader == comparison.a else comparison.a) if leader else None,
        since_bracket=(since.last_before, since.first_after) if since else None,
        passed=since.loser if since else None,
        pair=(pair_of[0][0], pair_of[1][0]),
        values=(pair_of[0][1], pair_of[1][1]),
        period=(pair.start if comparison.trailing or panel.metric.period != "day" else pair.first, pair.last),
        left_out=left_out,
        spark=_spark(panel, on),
        sentence=row_sentence(panel, comparison, pair, pair_of, since, on)
        + without(panel.catalog, panel.metric, left_out, missing, day),
    )


def _present(panel: Panel, names: Sequence[str], day: date) -> list[str]:
    """Those with a figure to go by on a day; of a survey, in its newest edition by then and not in one before."""
    if panel.metric.kind is not Kind.SHARE:
        return [n for n in names if any(o != n and panel.between(n, o).at(day) is not None for o in names)]
    pairs = [
        (pair.last, n) for n in names for o in names if o != n if (pair := panel.between(n, o).at(day)) is not None
    ]
    newest = max((last for last, _ in pairs), default=day)
    seen = {n for last, n in pairs if last == newest}
    return [n for n in names if n in seen]


def _top(panel: Panel, present: Sequence[str], day: date) -> str:
    """Who is passed by nobody, as far as is decided; of several the one with most."""
    figures = {name: seen[2] for name in present if (seen := panel.last_seen(name, day))}
    top, *others = sorted(present, key=lambda name: figures.get(name, 0.0), reverse=True)
    for other in others:
        if leader_at(panel.between(top, other), day) == other:
            top = other
    return top


def _runner_up(panel: Panel, present: Sequence[str], top: str, day: date) -> tuple[HeadToHead, Pair | None]:
    """The first beside the next, at that day."""
    comparisons = [panel.between(top, other) for other in present if other != top]
    at = [(comparison, pair) for comparison in comparisons if (pair := comparison.at(day)) is not None]
    if not at:
        return comparisons[0], None
    return max(at, key=lambda f: f[1].b if f[0].a == top else f[1].a)


def _since(panel: Panel, top: str, day: date) -> Overtake | None:
    """The overtake that put it first: the last one of its own, unless that change of lead lies on a break."""
    changes = [panel.between(top, other).change_by(day) for other in panel.seen if other != top]
    won = [c for c in changes if c is not None and c.winner == top]
    last = max(won, key=lambda c: (c.first_after, c.last_before), default=None)
    return last if last is not None and not last.on_break else None


def _spark(panel: Panel, on: date | None) -> pd.DataFrame:
    seen = pd.concat(panel.seen.values(), ignore_index=True)
    if on is not None:
        seen = seen[seen["period"] <= pd.Timestamp(on)]  # an edition stands for its whole year
    return rows(panel.catalog, panel.metric, seen, "level", panel.final)


def _passed(panels_by_metric: Mapping[str, Panel], on: date | None) -> Iterator[tuple[Panel, Overtake, bool | None]]:
    """The last overtake of every pair by every metric, and whether it held."""
    for panel in panels_by_metric.values():
        for comparison in panel.crossed():
            done = [o for o in comparison.overtakes if not o.on_break and (on is None or o.first_after <= on)]
            if done:
                yield panel, done[-1], comparison.held(done[-1])
