"""Evidence on one framework against its own past: it fell, rose, exploded or slowed down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from analysis.arrays import Points, day, number
from analysis.breaks import forbidding
from analysis.growth.year_sums import year_sums
from analysis.overtakes.paired_series import prepared_series
from analysis.overtakes.rate_overtakes import chance_sign
from analysis.share_intervals import newcombe
from answers import wording
from answers.claims.amounts import Ends, sized_change
from answers.claims.claimed_numbers import GENEROUS
from answers.claims.evidence import (
    YEAR,
    ClaimContext,
    Evidence,
    Stance,
    is_meant,
)
from answers.claims.grammar.parser import ParsedClaim
from answers.claims.growth import (
    DOUBLED,
    NOTICEABLE,
    SHORTEST,
    first_day,
    frozen_sentence,
    is_frozen,
    is_last_step,
    is_one_year,
    moved,
    short_note,
    whole_years,
)
from answers.panel import outlived
from answers.series.misreadings import misread_sentence, without_misread
from answers.series.observations import compared, published_by
from catalog import Kind, Metric


def by_changing(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A fell, rose or exploded: against a year before (surveys: the edition before), where the two compare."""
    metrics = [m for m in context.catalog.metrics.values() if m.has_total and is_meant(context.catalog, m, claim)]
    pieces = [(metric, e) for metric in metrics if (e := _falling(context, claim, metric)) is not None]
    pieces = [*_current(context, claim, pieces)] or [*_otherwise_counted(context, claim)]
    read = {metric.counts for metric, e in pieces if not metric.cumulates and e.stance is not Stance.UNCLEAR}
    yield from (e for metric, e in pieces if not (metric.cumulates and metric.counts in read))


def _current(
    context: ClaimContext, claim: ParsedClaim, pieces: Sequence[tuple[Metric, Evidence]]
) -> Iterator[tuple[Metric, Evidence]]:
    """Of a claim about today without those that the newest of their family outlived; days of late, that nobody has
    read, are not told by earlier ones.
    """
    if context.until(claim) is not None:
        yield from pieces
        return
    families = context.catalog.families
    newest: dict[str, date] = {}
    for metric, e in pieces:
        newest[metric.family] = max(newest.get(metric.family, date.min), e.until or date.min)
    for metric, e in pieces:
        family, last = families[metric.family], e.until or date.min
        late = claim.back and (context.now.date() - last).days > max(family.current_days, claim.back // 4)
        if late:
            yield metric, replace(e, stance=Stance.UNCLEAR, sentence=f"{e.sentence} There are no later figures.")
        elif not outlived(family, last, newest[metric.family]):
            yield metric, e


def _otherwise_counted(context: ClaimContext, claim: ParsedClaim) -> Iterator[tuple[Metric, Evidence]]:
    """By what else the registry named counts, where the count of its own has nothing; today is not told by the past."""
    family = context.catalog.families.get(claim.what)
    for metric in context.catalog.metrics.values() if family and family.registry else ():
        if metric.family != claim.what or not metric.has_total:
            continue
        if (e := _falling(context, claim, metric)) is not None:
            yield metric, e
        elif len(frame := compared(context.store, context.catalog, metric.id, (claim.a,), as_of=context.as_of)):
            last = frame.sort_values("period_end").iloc[-1]
            first, end = (pd.Timestamp(last[name]).date() for name in ("period", "period_end"))
            a, what = wording.framework(context.catalog, claim.a), wording.phrase(metric)
            text = f"The last figure of {a} in {what} is the one {wording.period(metric, first, end)}."
            yield metric, context.evidence(metric, Stance.UNCLEAR, text, [frame], first, end)


def _falling(context: ClaimContext, claim: ParsedClaim, metric: Metric) -> Evidence | None:
    if _is_of_counts(claim) and metric.kind is Kind.SHARE:
        return None
    frame = compared(context.store, context.catalog, metric.id, (claim.a,), as_of=context.as_of)
    frame = published_by(frame, metric, context.on)
    series = prepared_series(without_misread(context.catalog, metric, frame), metric, context.final).compared
    until = context.until(claim)
    until = min(until, context.now.date()) if until else None
    k = _at(series, metric, until, from_start=metric.has_editions)
    a, what = wording.framework(context.catalog, claim.a), wording.phrase(metric)
    if k is None and until is not None and metric.kind is Kind.STOCK and len(series):
        return _not_read(context, claim, metric, frame, series, until)
    if k is None or (until is None and metric.kind is Kind.FLOW and _ended(context, series)):
        return None
    if claim.since and day(series.end[k]) < claim.since:
        return None
    if (by_year := _by_years(context, claim, metric, frame, day(series.end[k]))) is not None:
        return by_year
    j = _earlier(series, k, metric, claim)
    if j is None:
        of_edition = metric.has_editions and claim.since
        text = (
            _without_edition(context, claim, metric, series, k, claim.since)
            if of_edition and claim.since
            else (
                f"We have no earlier figure of {a} in {what} to compare with, about "
                f"{wording.day(first_day(claim, day(series.end[k])))}. Data begin {_period(series, 0, metric)}; {a} "
                f"had {_value(series, k, metric)} {_period(series, k, metric)}."
            )
        )
        return context.evidence(metric, Stance.UNCLEAR, text, [frame], day(series.start[k]), day(series.end[k]))
    stance, text = _fell(context, claim, series, (j, k), metric)
    if stance is Stance.AGAINST and metric.kind is Kind.FLOW and whole_years(claim):
        stance, text = Stance.UNCLEAR, f"{text} That compares one {metric.period} with one, not full years."
    if is_frozen(context, metric, claim.a):
        stance, text = Stance.UNCLEAR, f"{text} {frozen_sentence(context, metric, claim.a)}"
    if metric.has_editions and claim.since and day(series.start[j]).year > claim.since.year:
        text += f" There is no {claim.since.year} edition of it here."
    end = until or day(series.end[k])
    left_out = misread_sentence(context.catalog, metric, frame, day(series.start[j]), end)
    text = f"{text} {left_out}" if left_out else text
    return context.evidence(metric, stance, text, [frame], day(series.start[j]), day(series.end[k]))


def _by_years(
    context: ClaimContext, claim: ParsedClaim, metric: Metric, frame: pd.DataFrame, last: date
) -> Evidence | None:
    """A flow of whole years by what the years came to, over the months that are whole in both."""
    years, breaks = whole_years(claim), context.catalog.breaks_of(metric.id)
    if years is None or context.until(claim) != claim.until:
        return None
    first, end = date(years[0], 1, 1), date(years[1], 12, 31)
    sums = year_sums(frame, metric, years, breaks, context.final)
    if sums is None or forbidding(breaks, first, end, claim.a):
        return None
    values = [wording.value(value, metric) for value in (sums.then, sums.now)]
    text = (
        f"{wording.framework(context.catalog, claim.a)} had {values[0]} in {years[0]} and {values[1]} in {years[1]} "
        f"in {wording.phrase(metric)}"
    )
    if sums.left_out:
        named = wording.join_words(f"{date(2000, month, 1):%B}" for month in sums.left_out)
        text += f" (without {named}, incomplete in one of them)"
    if claim.amount is not None:
        stance, text = sized_change(claim, metric, sums.then, sums.now, text)
    elif claim.kind == "exploded":
        stance, text = _exploded(sums.then, sums.now, text, "")
    else:
        stance, text = _of_flows(claim, metric, sums.then, sums.now, text)
    return context.evidence(metric, stance, text, [frame], first, min(end, last))


def _not_read(
    context: ClaimContext, claim: ParsedClaim, metric: Metric, frame: pd.DataFrame, series: Points, until: date
) -> Evidence:
    """That a total was not read near the end of the time meant, with the nearest readings."""
    at = int(np.searchsorted(series.end, number(until), side="right"))
    near = [
        f"the {which} is {_value(series, k, metric)} {_period(series, k, metric)}"
        for which, k in (("last before", at - 1), ("next", at))
        if 0 <= k < len(series) and (context.on is None or day(series.end[k]) <= context.on)
    ] or ["they begin later"]
    a, what = wording.framework(context.catalog, claim.a), wording.phrase(metric)
    text = f"There is no reading of {a} in {what} near {wording.day(until)}: {', '.join(near)}."
    k = max(at - 1, 0)
    return context.evidence(metric, Stance.UNCLEAR, text, [frame], day(series.start[k]), day(series.end[k]))


def _is_of_counts(claim: ParsedClaim) -> bool:
    """Whether a percentage, or a number without a unit, is claimed: of shares those have no one sense."""
    return claim.amount is not None and not claim.times and not claim.what


def _ended(context: ClaimContext, series: Points) -> bool:
    """Whether a metric has stopped, so that it is no evidence of today."""
    return (context.now.date() - day(series.end[-1])).days > YEAR.days


def _at(series: Points, metric: Metric, until: date | None, *, from_start: bool) -> int | None:
    """The row of a day, as `HeadToHead.at` would take it; `from_start`: one serves from its first day on."""
    if not len(series) or until is None:
        return len(series) - 1 if len(series) else None
    rows = [i for i in range(len(series)) if series.start[i] <= number(until)]
    if not from_start:
        rows = [i for i in rows if series.end[i] <= number(until)]
    if not rows:
        return None
    k = rows[-1]
    length = int(series.end[k] - series.start[k]) + 1
    return k if number(until) - series.end[k] <= length + metric.gap_after_days else None


def _earlier(series: Points, k: int, metric: Metric, claim: ParsedClaim) -> int | None:
    """The row to compare with: a year before, the edition before, or the one that the time meant begins with."""
    since = claim.since
    if metric.has_editions and since is not None:
        rows = [i for i in range(k) if series.end[i] >= number(_first_edition(claim, since))]
        return rows[0] if rows else None
    if metric.kind is Kind.SHARE and is_last_step(claim):
        apart = np.flatnonzero(series.end < series.start[k])
        return int(apart[-1]) if len(apart) else None
    start = first_day(claim, day(series.end[k]))
    begins = metric.kind is Kind.SHARE and since is not None and not is_one_year(claim)
    if begins and since is not None:
        start = since  # "since 2019" begins with the edition of 2019, or the twelve months from January on
    j = _at(series, metric, start, from_start=begins or metric.has_editions)
    if j is None and claim.kind == "exploded" and not (since or claim.back):
        # Who doubled in less than a year did so in a year.
        j = int(np.searchsorted(series.end, number(start)))
        j = j if series.end[k] - series.end[j] >= SHORTEST.days else k
    elif j is None and metric.kind is Kind.STOCK and (claim.kind == "exploded" or claim.amount is not None):
        j = int(np.searchsorted(series.end, number(start)))
    return j if j is not None and j < k else None


def _first_edition(claim: ParsedClaim, since: date) -> date:
    """The day from which on an edition may begin the time meant: of a single year, with the edition before it."""
    return date(max(since.year - 1, 1), 1, 1) if is_one_year(claim) else since


def _without_edition(
    context: ClaimContext, claim: ParsedClaim, metric: Metric, series: Points, k: int, since: date
) -> str:
    """That the edition that the time meant begins with is missing, or any later one."""
    a, what, first = wording.framework(context.catalog, claim.a), wording.phrase(metric), _first_edition(claim, since)
    had = f"{a} had {_value(series, k, metric)} {_period(series, k, metric)} in {what}"
    if day(series.start[k]).year <= first.year:
        return f"{had}; there is no later edition to compare with."
    return f"{had}; there is no {first.year} edition to compare with."


def _value(series: Points, k: int, metric: Metric) -> str:
    return wording.value(float(series.value[k]), metric)


def _period(series: Points, k: int, metric: Metric) -> str:
    first = series.end[k] if metric.kind is Kind.STOCK else series.start[k]
    return wording.period(metric, day(first), day(series.end[k]))


def _fell(
    context: ClaimContext, claim: ParsedClaim, series: Points, rows: tuple[int, int], metric: Metric
) -> tuple[Stance, str]:
    (j, k), name = rows, claim.a
    a, what = wording.framework(context.catalog, name), wording.phrase(metric)
    text = (
        f"{a} had {_value(series, j, metric)} {_period(series, j, metric)} and {_value(series, k, metric)} "
        f"{_period(series, k, metric)} in {what}"
    )
    then, now, rates = _as_rates(series, rows, metric)
    edges = (day(series.end[j]), day(series.start[k])) if metric.kind is Kind.SHARE else (
        day(series.start[j]), day(series.end[k])
    )  # fmt: skip
    if forbidding(context.catalog.breaks_of(metric.id), *edges, name):
        return Stance.UNCLEAR, f"{text}, but the counting changed in between, so the two can't be compared."
    text += rates
    last, ends = day(series.end[k]), None
    if metric.kind is Kind.STOCK and claim.amount:
        is_over = context.on is None or (claim.until or context.on) <= context.on
        ends = Ends.of(series, rows, first_day(claim, last), claim.until or context.on or last, is_over=is_over)
    if claim.amount is not None and (metric.kind is not Kind.SHARE or claim.times):
        totals = (float(series.value[j]), float(series.value[k])) if rates else None
        return sized_change(claim, metric, then, now, text, ends, totals)
    if claim.kind == "exploded":
        return _exploded(then, now, text, short_note(claim, day(series.end[j]), day(series.end[k])))
    if metric.kind is Kind.SHARE:
        return _of_shares(claim, series, rows, metric, (then, now), text)
    return _of_counts(claim, series, rows, metric, (then, now), text)


def _as_rates(series: Points, rows: tuple[int, int], metric: Metric) -> tuple[float, float, str]:
    """Both values; of a flow over periods that are not equally long, such as two months, per day, and that in words."""
    then, now = (float(series.value[row]) for row in rows)
    lengths = [int(series.end[row] - series.start[row]) + 1 for row in rows]
    if metric.kind is not Kind.FLOW or lengths[0] == lengths[1]:
        return then, now, ""
    then, now = then / lengths[0], now / lengths[1]
    return then, now, f", which is {wording.number(round(then))} and {wording.number(round(now))} a day"


def _of_shares(
    claim: ParsedClaim, series: Points, rows: tuple[int, int], metric: Metric, values: tuple[float, float], text: str
) -> tuple[Stance, str]:
    """A change of a share beyond sampling noise and rounding, and as large as claimed."""
    (j, k), (then, now), slack = rows, values, metric.step
    change = newcombe(now, float(series.base[k]), then, float(series.base[j]))
    if pd.isna(series.base[j]) or pd.isna(series.base[k]) or change.low - slack <= 0 <= change.high + slack:
        return Stance.UNCLEAR, f"{text}; the difference is within sampling noise{' and rounding' if slack else ''}."
    if claim.amount is not None:
        return sized_change(claim, metric, then, now, text)
    return _moving(claim, now - then), f"{text}."


def _of_counts(
    claim: ParsedClaim, series: Points, rows: tuple[int, int], metric: Metric, values: tuple[float, float], text: str
) -> tuple[Stance, str]:
    """A change of a flow that is more than such counts are exact, or of a total beyond chance."""
    then, now = values
    if metric.kind is Kind.FLOW:
        return _of_flows(claim, metric, then, now, text)
    if claim.kind == "rose":
        sign = chance_sign(now - then, 0)
        noise = "" if sign else ", which is within chance"
        return _moving(claim, sign), f"{text}: it {moved(now - then, now / then - 1)}{noise}."
    return (Stance.FOR, f"{text}.") if now < then else _slowed(series, rows, metric, text)


def _of_flows(claim: ParsedClaim, metric: Metric, then: float, now: float, text: str) -> tuple[Stance, str]:
    """A change of a flow that is more than such counts are exact."""
    if abs(now - then) <= NOTICEABLE * then:
        things = metric.unit.partition(" per ")[0]
        return Stance.UNCLEAR, f"{text}; the difference is too small for counts of {things}."
    return _moving(claim, now - then), f"{text}."


def _exploded(then: float, now: float, text: str, short: str) -> tuple[Stance, str]:
    """Whether it doubled; `short` is that there was less time for it than is meant."""
    times = f"{text}: {wording.times(now / then) if then else 'infinitely more than'} the figure before."
    if now >= DOUBLED * then:
        return Stance.FOR, times
    if short:
        return Stance.UNCLEAR, f"{times}{short}"
    return (Stance.PARTLY if now >= (1 + GENEROUS) * then else Stance.AGAINST), times


def _moving(claim: ParsedClaim, change: float) -> Stance:
    """The stance of a change on the claim of a rise or a fall."""
    return Stance.of_sign(change if claim.kind == "rose" else -change)


def _slowed(series: Points, rows: tuple[int, int], metric: Metric, text: str) -> tuple[Stance, str]:
    """A total hardly ever falls: what counts is whether less was gained than in the time before."""
    j, k = rows
    i = _at(series, metric, day(2 * series.end[j] - series.end[k]), from_start=False)
    if i is None or i >= j:
        return Stance.UNCLEAR, f"{text}; totals hardly ever fall, and there are no data on how fast it grew before."
    gained = float(series.value[k] - series.value[j])
    before = float(series.value[j] - series.value[i]) / float(series.end[j] - series.end[i])
    before *= float(series.end[k] - series.end[j])
    gains = f"it gained {wording.number(gained)}, after {wording.number(round(before))} in the time before"
    comparison = f"{text}: {gains}"
    sign = chance_sign(gained, before)
    if sign < 0:
        return Stance.AGAINST, f"{comparison}. It did not fall, but it slowed down."
    if sign > 0:
        return Stance.AGAINST, f"{comparison}."
    return Stance.UNCLEAR, f"{comparison}: the difference is within chance."
