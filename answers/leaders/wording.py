"""Who leads, in sentences: by one metric, by each kind of evidence, and what was overtaken when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.paired_series import Pair
from answers import wording
from answers.panel import Panel, grouped, leader_at, leading, outlived, undecided
from catalog import Catalog, Family, Kind, Metric

if TYPE_CHECKING:
    from answers.leaders.answer import LeaderRow, Leaders
    from answers.leaders.unread_frameworks import LeftOut, UnreadMetric

MOST_OVERTAKES = 3  # overtakes in the leading sentence; the rest is in `past`


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
    clauses = [f"{name}{' leads' if not n else ''} in {wording.join_words(won[name])}" for n, name in enumerate(won)]
    undecided_ones = wording.join_words(f"{wording.join_words(plurals)} {verb}" for verb, plurals in open_races.items())
    without = wording.join_words(f"{wording.join_words(late[names])} lack a new figure of {names}" for names in late)
    text = "; ".join(filter(None, (", ".join(clauses), undecided_ones, without)))
    return f"{wording.capital(text)}." if text else ""


def without(
    catalog: Catalog, metric: Metric, left_out: Sequence[LeftOut], missing: Sequence[str] = (), day: date | None = None
) -> str:
    """Who is left out, and why, as a sentence with a space before it; of those missing who are not behind anyway."""
    level = metric.kind is Kind.STOCK
    old, later = (
        "; ".join(
            f"{wording.framework(catalog, o.framework)}, whose {which} figure is {wording.value(o.value, metric)} "
            f"{wording.period(metric, o.until if level else o.since, o.until)}"
            for o in left_out
            if o.is_later == is_later
        )
        for which, is_later in (("last", False), ("next", True))
    )
    text = f" Left out as too old to go by: {old}." if old else ""
    text += f" Left out as not read by then: {later}." if later else ""
    already = {o.framework for o in left_out}
    names = [wording.framework(catalog, name) for name in missing if name not in already]
    return (
        f"{text} No figure of {wording.join_words(names, 'or')} is near {wording.day(day)}." if names and day else text
    )


def unread_sentences(catalog: Catalog, unread: Sequence[UnreadMetric], on: date) -> Iterator[str]:
    """Of each kind of evidence that is left out: that it is, and which are the nearest figures."""
    for one in unread:
        metric = catalog.metrics[one.metric]
        ends = [
            f"the {which} are {_dated(metric, day)}" for which, day in (("last", one.last), ("next", one.next)) if day
        ]
        what = _words(catalog, metric)
        yield f"No figures in {what} of two of these are near {wording.day(on)}: {' and '.join(ends)}."


def _dated(metric: Metric, day: date) -> str:
    """Of which day, month or edition a figure is."""
    if metric.period == "year":
        return f"of the {day.year} edition"
    return f"of {wording.month(day) if metric.period == 'month' else wording.day(day)}"


def _left_out_of(catalog: Catalog, rows: Sequence[LeaderRow]) -> str:
    """The names of those left out of any of these, empty for none."""
    names = dict.fromkeys(o.framework for row in rows for o in row.left_out)
    return wording.join_words(wording.framework(catalog, name) for name in names) if names else ""


def row_sentence(
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


def past_sentence(panels_by_metric: Mapping[str, Panel], panel: Panel, overtake: Overtake, held: bool | None) -> str:
    """One overtake in words, with who led elsewhere at the time."""
    catalog = panel.catalog
    winner, loser = (wording.framework(catalog, name) for name in (overtake.winner, overtake.loser))
    bracket = wording.bracket(panel.metric.period, overtake.last_before, overtake.first_after)
    against = _against(panels_by_metric, panel, overtake)
    meanwhile = f", while {loser} led in {wording.join_words(against)}" if against else ""
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


def overall_sentence(
    catalog: Catalog,
    rows: Sequence[LeaderRow],
    panels_by_metric: Mapping[str, Panel],
    passed: Sequence[tuple[Panel, Overtake, bool | None]],
    on: date | None,
    unread: Sequence[UnreadMetric] = (),
) -> str:
    """A sentence for each kind of evidence, then what is left out on that day, and the last overtakes in stars that
    another kind of evidence denied.
    """
    missing = list(unread_sentences(catalog, unread, on)) if on else []
    if not rows:
        near = f" near {wording.day(on)}" if on and missing else " yet"
        return " ".join([f"No metric has data on two of these frameworks{near}.", *missing])
    groups = grouped(catalog, rows, lambda row: catalog.metrics[row.metric])
    now = [sentence for group in groups if (sentence := _family(catalog, group, on))]
    held = leading(catalog, (panel.metric for panel in panels_by_metric.values() if panel.metric.family == "stars"))
    crossed = (p for p in passed if p[0].metric.counts == held and _against(panels_by_metric, p[0], p[1]))
    history = [f"{past_sentence(panels_by_metric, *p)}." for p in islice(crossed, MOST_OVERTAKES)]
    return " ".join([*now, *missing, *history])


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
    late = next((text for row in current if (text := without(catalog, catalog.metrics[row.metric], row.left_out))), "")
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
