"""Evidence on how much one framework has, by itself: that it reached a number, and when, or has about so many."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pandas as pd

from analysis.arrays import Points, day, number
from analysis.overtakes.paired_series import prepared_series
from answers import wording
from answers.claims.claimed_numbers import ALMOST, fits, meant, taken_as
from answers.claims.evidence import ClaimContext, Evidence, Stance, before, is_meant
from answers.claims.grammar.parser import ParsedClaim
from answers.panel import outlived
from answers.series.misreadings import without_misread
from answers.series.observations import compared
from catalog import Kind, Metric

BOUNDS = {"over": operator.gt, "least": operator.ge, "under": operator.lt, "most": operator.le, "exact": operator.eq}
NEAR = 0.025  # of a number given without "about": within so much of it, or half of its last digit, it is that number


def by_reaching(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A reached N: between the last reading below it and the first that is not, within the days meant."""
    for metric, frame, series in _levels(context, claim):
        since, until = _days(context, claim)
        stance, text = _reaching(context, claim, metric, series, (since, until))
        yield context.evidence(metric, stance, text, [frame], day(series.end[0]), day(series.end[-1]))


def by_reaching_first(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A reached N before B: by the readings between which each of them did."""
    of_b = {metric.id: (frame, series) for metric, frame, series in _levels(context, replace(claim, a=claim.b))}
    for metric, frame, series in _levels(context, claim):
        if metric.id not in of_b:
            continue
        other_frame, other = of_b[metric.id]
        stance, text = _earlier(context, claim, metric, series, other)
        first = min(day(series.end[0]), day(other.end[0]))
        last = max(day(series.end[-1]), day(other.end[-1]))
        yield context.evidence(metric, stance, text, [frame, other_frame], first, last)


def _earlier(
    context: ClaimContext, claim: ParsedClaim, metric: Metric, series: Points, other: Points
) -> tuple[Stance, str]:
    goal = f"{wording.exact(claim.amount or 0.0, metric)} {wording.things(metric)}"
    names = [wording.framework(context.catalog, name) for name in (claim.a, claim.b)]
    (low, high), (other_low, other_high) = (_reached_between(each, claim.amount or 0.0) for each in (series, other))
    text = " ".join(
        f"{name} {_when_reached(metric, goal, each, ends)}."
        for name, each, ends in zip(names, (series, other), ((low, high), (other_low, other_high)), strict=True)
    )
    if high is not None and other_low is not None and high <= other_low:
        return Stance.FOR, text
    if other_high is not None and low is not None and other_high <= low:
        return Stance.AGAINST, text
    return Stance.UNCLEAR, f"{text} Which was first is not decided by these readings."


def _reached_between(series: Points, amount: float) -> tuple[date | None, date | None]:
    """The last reading below a number (None: the first is not) and the first that is not, and stays (None: none)."""
    over = series.value >= amount
    stays = [k for k in range(len(series)) if over[k] and (k + 1 == len(series) or over[k + 1])]
    if not stays:
        return day(series.end[-1]), None
    k = stays[0]
    return day(series.end[k - 1]) if k else None, day(series.end[k])


def _when_reached(metric: Metric, goal: str, series: Points, ends: tuple[date | None, date | None]) -> str:
    low, high = ends
    if high is None:
        most = wording.exact(float(series.value.max()), metric)
        return f"has not reached {goal} in any reading by {wording.day(day(series.end[-1]))} (the most was {most})"
    if low is None:
        return (
            f"already had {wording.number(float(series.value[0]))} when its readings begin, {wording.when(high, high)}"
        )
    return f"reached {goal} {wording.bracket(metric.period, low, high)}"


def by_having(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A has N, or more, or less: by the last reading, or by all of the days meant."""
    for metric, frame, series in _levels(context, claim):
        since, until = _days(context, claim)
        alone = claim.since is None and not claim.back
        within = series.where((series.end >= number(since)) & (series.end <= number(until)))
        rows = within.where(within.end == within.end[-1]) if alone and len(within) else within
        dated = context.until(claim) is not None
        late = (
            len(rows)
            and alone
            and dated
            and outlived(context.catalog.families[metric.family], day(rows.end[-1]), until)
        )
        who, what = wording.framework(context.catalog, claim.a), wording.phrase(metric)
        if not len(rows) or late:
            last = f"the last is of {wording.day(day(within.end[-1]))}" if len(within) else "none is that old"
            text = f"There is no reading of {who} in {what} of that time: {last}."
            yield context.evidence(metric, Stance.UNCLEAR, text, [frame], day(series.end[0]), day(series.end[-1]))
            continue
        stance, text = _having(claim, rows)
        span = wording.through(metric.period, day(rows.end[0]), day(rows.end[-1]))
        things = wording.things(metric).removesuffix("s") if text == "1" else wording.things(metric)
        text = f"{who} had {text} {things} {span}; the claim says {wording.number(claim.amount or 0)}{_taken(claim)}."
        yield context.evidence(metric, stance, text, [frame], day(rows.end[0]), day(rows.end[-1]))


def _levels(context: ClaimContext, claim: ParsedClaim) -> list[tuple[Metric, pd.DataFrame, Points]]:
    """The totals that are meant, each with its readings; one that is summed up only where none was read."""
    levels = []
    for metric in context.catalog.metrics.values():
        if metric.kind is Kind.STOCK and metric.has_total and is_meant(context.catalog, metric, claim):
            frame = compared(context.store, context.catalog, metric.id, (claim.a,), as_of=context.as_of)
            frame = without_misread(context.catalog, metric, frame)
            series = prepared_series(frame, metric, context.final).compared
            if context.on is not None:
                series = series.where(series.end <= number(context.on))
            if len(series):
                levels.append((metric, frame, series))
    read = {metric.counts for metric, _, _ in levels if not metric.cumulates}
    return [each for each in levels if not (each[0].cumulates and each[0].counts in read)]


def _days(context: ClaimContext, claim: ParsedClaim) -> tuple[date, date]:
    until = context.until(claim) or context.now.date()
    return (before(until, claim.back) if claim.back else claim.since or date.min), until


def _reaching(
    context: ClaimContext, claim: ParsedClaim, metric: Metric, series: Points, meant: tuple[date, date]
) -> tuple[Stance, str]:
    catalog, (since, until) = context.catalog, meant
    who, things = wording.framework(catalog, claim.a), wording.things(metric)
    goal = f"{wording.exact(claim.amount or 0.0, metric)} {things}"
    over = series.value >= (claim.amount or 0.0)
    stays = [k for k in range(len(series)) if over[k] and (k + 1 == len(series) or over[k + 1])]
    if not stays:
        return _not_reached(context, metric, series, f"{who} has not reached {goal}", until)
    k = stays[0]
    first, now = day(series.end[k]), wording.number(float(series.value[k]))
    if k == 0:
        text = f"{who} already had {now} {things} when its readings begin, {wording.when(first, first)}."
        if first <= until and since == date.min:
            return Stance.FOR, text
        return (Stance.AGAINST if first < since else Stance.UNCLEAR), text
    last = day(series.end[k - 1])
    text = f"{who} reached {goal} {wording.bracket(metric.period, last, first)}."
    if first <= until and (since == date.min or last >= since):
        return Stance.FOR, text
    if last > until or first < since:
        return Stance.AGAINST, text
    return Stance.UNCLEAR, f"{text} That may lie outside the time meant."


def _not_reached(context: ClaimContext, metric: Metric, series: Points, head: str, until: date) -> tuple[Stance, str]:
    """By what was read by then: unclear if the last reading is too old, or later days are meant."""
    last = day(series.end[-1])
    most = wording.exact(float(series.value.max()), metric)
    text = f"{head} in any reading by {wording.day(last)}; the most was {most}."
    family = context.catalog.families[metric.family]
    is_recent = until <= (context.on or context.now.date()) and not outlived(family, last, until)
    return (Stance.AGAINST if is_recent else Stance.UNCLEAR), text


def _having(claim: ParsedClaim, rows: Points) -> tuple[Stance, str]:
    """The stance of every reading of the days meant, and the least and the most of them in words."""
    amount = claim.amount or 0.0
    low, high = float(rows.value.min()), float(rows.value.max())
    text = " to ".join(dict.fromkeys(f"{value:,.0f}" for value in (low, high)))
    if claim.size == "exactly":
        near = _near(amount)
        if low - near <= amount <= high + near:
            return Stance.FOR, text
        close = any(abs(value / amount - 1) <= 1 - ALMOST for value in (low, high))
        return (Stance.PARTLY if close else Stance.AGAINST), text
    if holds := BOUNDS.get(claim.size):  # a reading is exact
        held = {holds(value, amount) for value in (low, high)}
        if claim.size == "exact" and len(rows) > 1:  # at any time within the days meant
            within = Stance.UNCLEAR if low < amount < high else Stance.AGAINST
            return (Stance.FOR if amount in rows.value else within), text
        return (Stance.PARTLY if len(held) > 1 else Stance.FOR if held.pop() else Stance.AGAINST), text
    stances = {fits(value, amount, claim.size) for value in (low, high)}
    return (stances.pop() if len(stances) == 1 else Stance.PARTLY), text


def _near(amount: float) -> float:
    """How far a reading may lie from a number given without "about"."""
    return min(NEAR * amount, 0.5 * _last_digit(amount))


def _taken(claim: ParsedClaim) -> str:
    if claim.size != "exactly":
        return taken_as(claim)
    near = _near(claim.amount or 0.0)
    return meant(claim.amount or 0.0, near) if near >= 1 else ""


def _last_digit(amount: float) -> float:
    """What the last digit of a number that is not 0 stands for: 1,000 of 88,000."""
    unit = 1.0
    while amount % (10 * unit) == 0 and unit < amount:
        unit *= 10
    return unit
