"""Who leads? For the chosen frameworks one row per metric, and the history in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import pandas as pd

from analysis.breaks import forbidding
from analysis.overtakes.head_to_head import HeadToHead, Overtake
from analysis.overtakes.pairs import Pair
from answers import wording
from answers.json_and_csv import to_json, to_the_second, whole
from answers.panel import Panel, grouped, leader_at, leading, outlived, panels, undecided
from answers.question import QuestionError, final_through, known_framework, refuse_unlived
from answers.series.rows import rows
from catalog import Catalog, Family, Kind, Metric
from storage import Store

MOST_OVERTAKES = 3  # overtakes in the leading sentence; the rest is in `past`


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Who may lead, but for a figure that is too old to go by: its last one, and the period that is about."""

    framework: str
    since: date
    until: date
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class LeaderRow:
    """One metric: who leads the chosen ones, by how much over the runner-up, over which days, and since when.

    `leader` None: undecided, for the reason in the sentence. `since_bracket` is that of the leader's last overtake of
    whoever led before, `passed` (None: never seen trailing). `pair` are the two compared, with their `values`, the
    leader first. `left_out` are those who led it when both were last seen, or had more, and of whom there is no figure
    that serves any more. `spark` has the answer columns, every framework's level.
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
        return tuple(dict.fromkeys(one for name in self.spark["source"] for one in name.split()))

    @property
    def retrieved_at(self) -> datetime | None:
        """When the youngest of its figures was learned."""
        return self.spark["retrieved_at"].max().to_pydatetime() if len(self.spark) else None


@dataclass(frozen=True, slots=True, eq=False)
class Leaders:
    """`rows` by family and metric of the `frameworks`, `sentence` the answer in words, `past` every overtake known,
    oldest first.
    """

    frameworks: tuple[str, ...]
    rows: tuple[LeaderRow, ...]
    sentence: str
    past: tuple[str, ...]


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
    panels_by_metric = panels(store, catalog, chosen, final, as_of, frozen=bool(named))
    rows = tuple(row for panel in panels_by_metric.values() if (row := _row(panel, on)) is not None)
    passed = sorted(_passed(panels_by_metric, on), key=lambda p: (p[1].first_after, p[1].last_before))
    return Leaders(
        chosen,
        rows,
        _overall(catalog, rows, panels_by_metric, passed, on),
        tuple(_past(panels_by_metric, *p) + "." for p in passed),
    )


def headline(catalog: Catalog, answer: Leaders) -> str:
    """Who leads by each kind of evidence, in one short sentence; empty if none has a leader or a close race."""
    won: dict[str, list[str]] = {}
    late: dict[str, list[str]] = {}
    open_races: dict[str, list[str]] = {}
    for group in grouped(catalog, answer.rows, lambda row: catalog.metrics[row.metric]):
        family = catalog.families[catalog.metrics[group[0].metric].family]
        if not family.plural:
            continue
        current = _current(family, group)
        if names := _left_out_of(catalog, current):
            late.setdefault(names, []).append(family.plural)
        elif (leader := _leader(current)) is not None:
            won.setdefault(wording.framework(catalog, leader), []).append(family.plural)
        else:
            open_races.setdefault(_open(current), []).append(family.plural)
    clauses = [f"{name}{' leads' if not n else ''} in {wording.listed(won[name])}" for n, name in enumerate(won)]
    undecided_ones = wording.listed(f"{wording.listed(plurals)} {verb}" for verb, plurals in open_races.items())
    without = wording.listed(f"{wording.listed(late[names])} lack a new figure of {names}" for names in late)
    text = "; ".join(filter(None, (", ".join(clauses), undecided_ones, without)))
    return f"{wording.capital(text)}." if text else ""


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
        "retrieved_at": to_the_second(max(moments)) if moments else None,
        "metrics": to_json(metrics),
        "caveats": to_json(list(caveats)),
        "sources": to_json(catalog.sources_named(names)),
    }


def _row(panel: Panel, on: date | None) -> LeaderRow | None:
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
    left_out = tuple(_left_out(panel, top, day, pair.last))
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
        sentence=_sentence(panel, comparison, pair, pair_of, since, on)
        + _without(panel.catalog, panel.metric, left_out),
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


def _left_out(panel: Panel, top: str, day: date, last: date) -> Iterator[LeftOut]:
    """Who cannot be held against the first on a day, and was ahead of it when both were last seen, or had more.

    `last` is when the first was seen: of shares another edition, or another pool of months, does not serve.
    """
    metric = panel.metric
    for name in panel.seen:
        then, now = panel.last_seen(name, day), panel.last_seen(top, day)
        if name == top or then is None or now is None:
            continue
        comparison = panel.between(top, name)
        pair, seen = comparison.at(day), comparison.seen_by(day)
        if pair is not None and (metric.kind is not Kind.SHARE or pair.last >= last):
            continue
        led = seen is not None and comparison.leader(seen) == name
        more = metric.kind is Kind.STOCK and then[2] > now[2]
        changed = metric.has_editions and forbidding(panel.catalog.breaks_of(metric.id), then[1], last, name, top)
        if (led or more) and not changed:
            yield LeftOut(name, *then)


def _without(catalog: Catalog, metric: Metric, left_out: Sequence[LeftOut]) -> str:
    """Who is left out, and why, as a sentence with a space before it."""
    level = metric.kind is Kind.STOCK
    each = (
        f"{wording.framework(catalog, o.framework)}, whose last figure is "
        f"{wording.value(o.value, metric)} {wording.period(metric, o.until if level else o.since, o.until)}"
        for o in left_out
    )
    return f" Left out as too old to go by: {'; '.join(each)}." if left_out else ""


def _left_out_of(catalog: Catalog, rows: Sequence[LeaderRow]) -> str:
    """The names of those left out of any of these, empty for none."""
    names = dict.fromkeys(o.framework for row in rows for o in row.left_out)
    return wording.listed(wording.framework(catalog, name) for name in names) if names else ""


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


def _sentence(
    panel: Panel, comparison: HeadToHead, pair: Pair, sides: Sequence[tuple[str, float]], since: Overtake | None,
    on: date | None,
) -> str:  # fmt: skip
    """Who leads the next by how much, and whom it passed when; or that it is too close to call."""
    catalog, metric = panel.catalog, panel.metric
    if comparison.leader(pair) is None:
        values = wording.pair_of(metric, [value for _, value in sides])
        why = undecided(panel, comparison, pair)
        return f"{wording.close(catalog, metric, [name for name, _ in sides], pair.last)} ({values}): {why}."
    first = pair.start if comparison.trailing or metric.period != "day" or metric.kind is Kind.STOCK else pair.last
    lead = wording.lead(catalog, metric, sides, first, pair.last, past=on is not None)
    return f"{lead}.{_began(catalog, metric, since)}"


def _began(catalog: Catalog, metric: Metric, since: Overtake | None) -> str:
    if since is None:
        return ""
    bracket = wording.bracket(metric.period, since.last_before, since.first_after)
    return f" It passed {wording.framework(catalog, since.loser)} {bracket}{wording.spans(metric)}."


def _passed(panels_by_metric: Mapping[str, Panel], on: date | None) -> Iterator[tuple[Panel, Overtake, bool | None]]:
    """The last overtake of every pair by every metric, and whether it held."""
    for panel in panels_by_metric.values():
        for comparison in panel.crossed():
            done = [o for o in comparison.overtakes if not o.on_break and (on is None or o.first_after <= on)]
            if done:
                yield panel, done[-1], comparison.held(done[-1])


def _past(panels_by_metric: Mapping[str, Panel], panel: Panel, overtake: Overtake, held: bool | None) -> str:
    """One overtake in words, with who led elsewhere at the time."""
    catalog = panel.catalog
    winner, loser = (wording.framework(catalog, name) for name in (overtake.winner, overtake.loser))
    bracket = wording.bracket(panel.metric.period, overtake.last_before, overtake.first_after)
    against = _against(panels_by_metric, panel, overtake)
    meanwhile = f", while {loser} led in {wording.listed(against)}" if against else ""
    tail = " (overtaken again)" if held is False else ""
    pooled = wording.spans(panel.metric)
    return f"{winner} passed {loser} in {wording.phrase(panel.metric)} {bracket}{pooled}{meanwhile}{tail}"


def _against(panels_by_metric: Mapping[str, Panel], panel: Panel, overtake: Overtake) -> list[str]:
    """The other families in which the one that was passed led at that time."""
    losing = []
    others = [p for p in panels_by_metric.values() if p.metric.family != panel.metric.family]
    for kin in grouped(panel.catalog, others, lambda p: p.metric):
        both = [f for f in kin if {overtake.winner, overtake.loser} <= set(f.seen)]
        led = [leader_at(f.between(overtake.winner, overtake.loser), overtake.first_after) for f in both]
        leaders = [name for name in led if name is not None]
        if leaders and all(name == overtake.loser for name in leaders):
            losing.append(_words(panel.catalog, kin[0].metric))
    return losing


def _overall(
    catalog: Catalog,
    rows: Sequence[LeaderRow],
    panels_by_metric: Mapping[str, Panel],
    passed: Sequence[tuple[Panel, Overtake, bool | None]],
    on: date | None,
) -> str:
    if not rows:
        return "No metric has data on two of these frameworks yet."
    groups = grouped(catalog, rows, lambda row: catalog.metrics[row.metric])
    now = [sentence for group in groups if (sentence := _family(catalog, group, on))]
    held = leading(catalog, (panel.metric for panel in panels_by_metric.values() if panel.metric.family == "stars"))
    crossed = (p for p in passed if p[0].metric.counts == held and _against(panels_by_metric, p[0], p[1]))
    history = [f"{_past(panels_by_metric, *p)}." for p in islice(crossed, MOST_OVERTAKES)]
    return " ".join([*now, *history])


def _family(catalog: Catalog, rows: Sequence[LeaderRow], on: date | None) -> str:
    """Who leads a family by the metrics seen last; several rules that disagree are named as such."""
    family = catalog.families[catalog.metrics[rows[0].metric].family]
    if not family.plural:
        return ""
    current = _current(family, rows)
    first = current[0]
    if _leader(current) is None:
        clauses = [_clause(catalog, row, on) for row in current]
        if any(row.leader for row in current):
            words = wording.capital(_words(catalog, catalog.metrics[first.metric]))
            return f"{words} {_open(current)}: {'; '.join(clauses)}."
        return f"{wording.capital(clauses[0])}."
    began = next((text for row in current if (text := _passing(catalog, row))), "")
    late = next((text for row in current if (text := _without(catalog, catalog.metrics[row.metric], row.left_out))), "")
    return f"{'Of those with a new figure, ' if late else ''}{_clause(catalog, first, on, figure=True)}.{began}{late}"


def _current(family: Family, rows: Sequence[LeaderRow]) -> list[LeaderRow]:
    """Those with a say in who leads a family: whose metric did not end long before the family's newest."""
    newest = max(row.period[1] for row in rows)
    return [row for row in rows if not outlived(family, row.period[1], newest)]


def _leader(current: Sequence[LeaderRow]) -> str | None:
    """Who leads by every one of them; None where they do not agree, or a race is open."""
    leaders = {row.leader for row in current}
    return leaders.pop() if len(leaders) == 1 else None


def _open(current: Sequence[LeaderRow]) -> str:
    """What a family without one leader does: its metrics name several, or one at most, which another cannot confirm."""
    return "disagree" if len({row.leader for row in current} - {None}) > 1 else "are close"


def _clause(catalog: Catalog, row: LeaderRow, on: date | None, *, figure: bool = False) -> str:
    """Who leads by one metric; `figure`: with its value and, of a flow, the days it is about."""
    metric, last = catalog.metrics[row.metric], row.period[1]
    if row.leader is None:
        return wording.close(catalog, metric, row.pair, last)
    name, value = wording.framework(catalog, row.leader), wording.value(row.values[0], metric)
    if metric.kind is Kind.SHARE:
        tail = f" ({value})" if figure else ""
        where = wording.edition(metric, last.year) if metric.has_editions else wording.place(metric, last)
        return f"{name} {'led' if on else 'leads'} {where}{tail}"
    when = "" if metric.kind is Kind.STOCK else f" {wording.period(metric, row.period[0], last)}"
    tail = f" ({value}{when})" if figure else ""
    return f"{name} {'had' if on else 'has'} the most {wording.things(metric)}{tail}"


def _passing(catalog: Catalog, row: LeaderRow) -> str:
    """Whom the leader passed, and when; empty if it never trailed."""
    if row.passed is None or row.since_bracket is None:
        return ""
    bracket = wording.bracket(catalog.metrics[row.metric].period, *row.since_bracket)
    pooled = wording.spans(catalog.metrics[row.metric])
    return f" It passed {wording.framework(catalog, row.passed)} {bracket}{pooled}."


def _words(catalog: Catalog, metric: Metric) -> str:
    """What a family is called, if it is spoken of by what it is first about; else the metric's own words."""
    family = catalog.families[metric.family]
    return family.phrase if family.phrase and metric.counts == family.counts else wording.phrase(metric)
