"""Evidence on what changes: growing faster, falling, and whether stars measure use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import log, sqrt

import numpy as np
import pandas as pd

from analysis.agreement.rank_agreement import MIN_FRAMEWORKS, Agreement, rank_agreement
from analysis.arrays import Points, day, number
from analysis.breaks import forbidding
from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.pairs import Pair, prepared_series
from analysis.overtakes.rates import chance_sign
from analysis.share_intervals import Z95, newcombe
from answers import wording
from answers.agreement.wording import signed
from answers.claims.evidence import (
    YEAR,
    ClaimContext,
    Evidence,
    Stance,
    before,
    everybody,
    is_meant,
    pairings,
    together,
)
from answers.claims.grammar import ParsedClaim
from answers.claims.leads import GENEROUS
from answers.growth.ages import RELEASE, age_origins
from answers.panel import Panel, outlived
from answers.series.observations import compared
from catalog import Kind, Metric

MONTH_DAYS = 30.44
SHORTEST = timedelta(days=90)  # over less, growth is not judged
NOTICEABLE = 0.02  # relative growth that differs by less is called alike: downloads are not that exact
DOUBLED = 2.0  # explosive
OPPOSED, ALIKE = 0.25, 0.05  # parts of all pairs of frameworks that two metrics order oppositely


def by_growing(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A grows faster than B: over the year to the day (or the days meant), in what was gained and relative to size."""
    for panel in context.meant(claim, everybody(context, claim)):
        parts = [
            (*_growing(context, panel, comparison, claim, *ends), ends[0].start, ends[1].last)
            for comparison in pairings(context, claim, panel)
            if (ends := _ends(context, claim, comparison))
        ]
        if parts:
            yield together(context, panel, claim, "grew faster than", parts)


def _ends(context: ClaimContext, claim: ParsedClaim, comparison: HeadToHead) -> tuple[Pair, Pair] | None:
    """What was seen at the beginning and the end of the time meant; of surveys the last two editions."""
    if not len(comparison.pairs):
        return None
    now = comparison.at(context.until(claim) or comparison.pairs[-1].last)
    if now is None:
        return None
    if comparison.metric.kind is Kind.SHARE and _last_step(claim):
        before = [p for p in comparison.pairs if p.last < now.start]
        return (before[-1], now) if before else None
    then = comparison.at(_start(claim, now.last))
    if then is None and not (claim.since or claim.back):  # a young framework, or a hole: from when both were seen again
        then = comparison.after(_start(claim, now.last))
        then = then if then is not None and now.last - then.last >= SHORTEST else None
    return (then, now) if then is not None and then.last < now.start else None


def _start(claim: ParsedClaim, end: date) -> date:
    """The day to compare with: before the first one meant; else so far back as is meant, or a year."""
    return before(claim.since, 1) if claim.since else before(end, claim.back or YEAR.days)


def _last_step(claim: ParsedClaim) -> bool:
    """Whether the last step from one edition of a survey to the next is meant: no time is, or less than a year."""
    return claim.since is None and claim.back < YEAR.days


def _growing(
    context: ClaimContext, panel: Panel, comparison: HeadToHead, claim: ParsedClaim, then: Pair, now: Pair
) -> tuple[Stance, str]:
    catalog, metric = context.catalog, comparison.metric
    a, b = (wording.framework(catalog, name) for name in (comparison.a, comparison.b))
    what, span = wording.phrase(metric), wording.through(metric.period, then.last, now.last)
    if frozen := [name for name in (comparison.a, comparison.b) if _is_frozen(context, metric, name)]:
        return Stance.UNCLEAR, _frozen(context, metric, frozen[0])
    if min(then.a, then.b, now.a, now.b) <= 0:
        return Stance.UNCLEAR, f"In {what} there is no growth to compare {span}: a figure is zero."
    edges = (then.last, now.start) if metric.kind is Kind.SHARE else (then.start, now.last)
    broken = forbidding(catalog.breaks_of(metric.id), *edges, comparison.a, comparison.b)
    if metric.kind is Kind.SHARE:
        return _sharing(panel, comparison, then, now, f"In {what}, {span},", bool(broken))
    ratio = (now.a / now.b) / (then.a / then.b)
    relative = 0 if abs(ratio - 1) < NOTICEABLE else 1 if ratio > 1 else -1
    if broken:
        text = (
            f"The counting of {what} changed {wording.bracket(metric.period, then.last, now.last)}, so growth can't be "
            f"measured. {a} had {wording.times(then.a / then.b)} {b}'s figure before and "
            f"{wording.times(now.a / now.b)} after."
        )
        return Stance.of_sign(relative), text
    before, after, daily = _alike_long(then, now, metric)
    gained = (after.a - before.a, after.b - before.b)
    absolute = chance_sign(*gained)
    one, other = (
        _moved(gain, new / old - 1, daily)
        for gain, new, old in zip(gained, (after.a, after.b), (before.a, before.b), strict=True)
    )
    text = f"In {what}, {span}, {a} {one}, {b} {other}.{_short(claim, then.last, now.last)}"
    signs = {absolute, relative} - {0}
    if len(signs) > 1:
        return Stance.PARTLY, f"{text} By numbers and by percentage the answers differ."
    return Stance.of_sign(next(iter(signs), 0)), text


def _short(claim: ParsedClaim, first: date, last: date) -> str:
    """That no year lies between, where one is meant."""
    months = round((last - first).days / MONTH_DAYS)
    if claim.since or claim.back or months == 12:
        return ""
    return f" That is {months} months, not a year: the nearest data there are."


def _alike_long(then: Pair, now: Pair, metric: Metric) -> tuple[Pair, Pair, str]:
    """Two periods of a flow that are not equally long, per day each, and that in words; others as they are."""
    lengths = [(pair.last - pair.start).days + 1 for pair in (then, now)]
    if metric.kind is not Kind.FLOW or lengths[0] == lengths[1]:
        return then, now, ""
    before, after = (
        replace(pair, a=pair.a / length, b=pair.b / length) for pair, length in zip((then, now), lengths, strict=True)
    )
    return before, after, " a day"


def _moved(gained: float, relative: float, daily: str = "") -> str:
    """As in "grew by 8,420 (18.6%)" or "fell by 95 a day (21.2%)"."""
    by = f"{wording.number(round(abs(gained)))}{daily}"
    return f"{'fell' if gained < 0 else 'grew'} by {by} ({wording.percent(abs(relative))})"


def _sharing(
    panel: Panel, comparison: HeadToHead, then: Pair, now: Pair, head: str, broken: bool
) -> tuple[Stance, str]:
    """Shares of two editions: in points where the editions compare, else relative to each other; beyond chance."""
    bases = [panel.base(name, pair) for pair in (then, now) for name in (comparison.a, comparison.b)]
    a, b = (wording.framework(panel.catalog, name) for name in (comparison.a, comparison.b))
    shares = [then.a, then.b, now.a, now.b]
    a_then, b_then, a_now, b_now = (wording.value(share, panel.metric) for share in shares)
    text = f"{head} {a} went from {a_then} to {a_now}, {b} from {b_then} to {b_now}"
    counts = [base for base in bases if base is not None]
    if len(counts) < len(bases):
        return Stance.UNCLEAR, f"{text}; the number of respondents is not published, so chance can't be ruled out."
    if broken:
        change = log(now.a / then.a) - log(now.b / then.b)
        spread = sqrt(sum((1 - p) / (p * n) for p, n in zip(shares, counts, strict=True)))
        text += "; the question changed in between, so only the ratio of the two is judged"
    else:
        change = (now.a - then.a) - (now.b - then.b)
        spread = sqrt(sum(p * (1 - p) / n for p, n in zip(shares, counts, strict=True)))
    off = panel.metric.step / 2  # so far off each may be, by being rounded when it was published
    slack = off * (sum(1 / p for p in shares) if broken else 4)
    if abs(change) <= Z95 * spread + slack:
        noise = f"sampling noise{' and rounding' if slack else ''}"
        return Stance.UNCLEAR, f"{text}; the difference in growth is within {noise}."
    return Stance.of_sign(change), f"{text}."


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
    frame = compared(context.store, context.catalog, metric.id, (claim.a,), as_of=context.as_of)
    series = prepared_series(frame, metric, context.final).compared
    until = context.until(claim)
    k = _at(series, metric, until, from_start=metric.has_editions)
    a, what = wording.framework(context.catalog, claim.a), wording.phrase(metric)
    if k is None or (until is None and metric.kind is Kind.FLOW and _ended(context, series)):
        return None
    if claim.since and day(series.end[k]) < claim.since:
        return None
    j = _earlier(series, k, metric, claim)
    if j is None:
        text = (
            f"We have no earlier figure of {a} in {what} to compare with, about "
            f"{wording.day(_start(claim, day(series.end[k])))}. Data begin {_period(series, 0, metric)}; {a} had "
            f"{_value(series, k, metric)} {_period(series, k, metric)}."
        )
        return context.evidence(metric, Stance.UNCLEAR, text, [frame], day(series.start[k]), day(series.end[k]))
    stance, text = _fell(context, claim, series, (j, k), metric)
    if _is_frozen(context, metric, claim.a):
        stance, text = Stance.UNCLEAR, f"{text} {_frozen(context, metric, claim.a)}"
    return context.evidence(metric, stance, text, [frame], day(series.start[j]), day(series.end[k]))


def _is_frozen(context: ClaimContext, metric: Metric, name: str) -> bool:
    """Whether the metric's counter of a framework stands still, because its repository is archived."""
    return not context.catalog.counted(metric.id, (name,))


def _frozen(context: ClaimContext, metric: Metric, name: str) -> str:
    who = wording.framework(context.catalog, name)
    return f"The repository of {who} is archived, so its {wording.phrase(metric)} can't show growth or decline."


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
    if metric.kind is Kind.SHARE and _last_step(claim):
        apart = np.flatnonzero(series.end < series.start[k])
        return int(apart[-1]) if len(apart) else None
    start = _start(claim, day(series.end[k]))
    begins = metric.kind is Kind.SHARE and since is not None and not _one_year(claim)
    if begins and since is not None:
        start = since  # "since 2019" begins with the edition of 2019, or the twelve months from January on
    j = _at(series, metric, start, from_start=begins or metric.has_editions)
    if j is None and claim.kind == "exploded" and not (since or claim.back):
        # Who doubled in less than a year did so in a year.
        j = int(np.searchsorted(series.end, number(start)))
        j = j if series.end[k] - series.end[j] >= SHORTEST.days else k
    return j if j is not None and j < k else None


def _one_year(claim: ParsedClaim) -> bool:
    return claim.since is not None and claim.until is not None and claim.since.year == claim.until.year


def _value(series: Points, k: int, metric: Metric) -> str:
    return wording.value(float(series.value[k]), metric)


def _period(series: Points, k: int, metric: Metric) -> str:
    first = series.end[k] if metric.kind is Kind.STOCK else series.start[k]
    return wording.period(metric, day(first), day(series.end[k]))


def _fell(
    context: ClaimContext, claim: ParsedClaim, series: Points, rows: tuple[int, int], metric: Metric
) -> tuple[Stance, str]:
    (j, k), name = rows, claim.a
    then, now = float(series.value[j]), float(series.value[k])
    a, what = wording.framework(context.catalog, name), wording.phrase(metric)
    text = (
        f"{a} had {_value(series, j, metric)} {_period(series, j, metric)} and {_value(series, k, metric)} "
        f"{_period(series, k, metric)} in {what}"
    )
    lengths, rates = [int(series.end[row] - series.start[row]) + 1 for row in rows], ""
    if metric.kind is Kind.FLOW and lengths[0] != lengths[1]:  # a month of 31 days beside one of 28
        then, now = then / lengths[0], now / lengths[1]
        rates = f", which is {wording.number(round(then))} and {wording.number(round(now))} a day"
    edges = (day(series.end[j]), day(series.start[k])) if metric.kind is Kind.SHARE else (
        day(series.start[j]), day(series.end[k])
    )  # fmt: skip
    if forbidding(context.catalog.breaks_of(metric.id), *edges, name):
        return Stance.UNCLEAR, f"{text}, but the counting changed in between, so the two can't be compared."
    text += rates
    if claim.kind == "exploded":
        return _exploded(then, now, text, _short(claim, day(series.end[j]), day(series.end[k])))
    if metric.kind is Kind.SHARE:
        change = newcombe(now, float(series.base[k]), then, float(series.base[j]))
        slack = metric.step
        if pd.isna(series.base[j]) or pd.isna(series.base[k]) or change.low - slack <= 0 <= change.high + slack:
            return Stance.UNCLEAR, f"{text}; the difference is within sampling noise{' and rounding' if slack else ''}."
        return _moving(claim, now - then), f"{text}."
    if metric.kind is Kind.FLOW:
        if abs(now - then) <= NOTICEABLE * then:
            return (
                Stance.UNCLEAR,
                f"{text}; the difference is too small for counts of {metric.unit.partition(' per ')[0]}.",
            )
        return _moving(claim, now - then), f"{text}."
    if claim.kind == "rose":
        sign = chance_sign(now - then, 0)
        noise = "" if sign else ", which is within chance"
        return _moving(claim, sign), f"{text}: it {_moved(now - then, now / then - 1)}{noise}."
    return (Stance.FOR, f"{text}.") if now < then else _slowed(series, rows, metric, text)


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
        return Stance.PARTLY, f"{comparison}. It did not fall, but it slowed down."
    if sign > 0:
        return Stance.AGAINST, f"{comparison}."
    return Stance.UNCLEAR, f"{comparison}: the difference is within chance."


def by_measuring(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """Whether stars order frameworks as downloads do, by every counting rule of downloads that serves on the day."""
    catalog, until = context.catalog, context.until(claim)
    stars = context.store.read("stars", as_of=context.as_of)
    if stars.empty:
        return
    for metric in catalog.metrics.values():
        if metric.family != "downloads" or not metric.has_total:
            continue
        frame = context.store.read(metric.id, as_of=context.as_of)
        behind = stars["period_end"].max() - frame["period_end"].max()  # NaT if there is nothing
        if frame.empty or (until is None and behind > pd.Timedelta(YEAR)):
            continue
        last = min(pd.Timestamp(f["period_end"].max()).date() for f in (frame, stars))
        metrics = catalog.metrics["stars"], metric
        agreement = rank_agreement(stars, frame, metrics, until or last, context.final, catalog.breaks)
        if len(agreement.table) < MIN_FRAMEWORKS:
            continue
        stance, text = _measuring(context, agreement, wording.phrase(metric))
        seen = agreement.table[["x_seen", "y_seen"]].to_numpy()
        made = context.evidence(metric, stance, text, [frame, stars], seen.min(), seen.max())
        yield replace(made, caveats=tuple(dict.fromkeys((*made.caveats, *catalog.metrics["stars"].caveats))))


def _measuring(context: ClaimContext, agreement: Agreement, what: str) -> tuple[Stance, str]:
    """For stars as a measure where all of the interval is; the more it holds, the less it says."""
    low_and_high = (agreement.interval.low, agreement.interval.high) if agreement.interval else (-1.0, 1.0)
    stances = {_as_measure(opposed) for opposed in (agreement.opposed, *((1 - tau) / 2 for tau in low_and_high))}
    opposed = agreement.against[0] if agreement.against else ()
    worst = wording.listed(wording.framework(context.catalog, name) for name in opposed) or "none"
    n = len(agreement.table)
    text = (
        f"On {wording.day(agreement.on)}, stars and {what} ranked {len(agreement.against)} of {n * (n - 1) // 2} pairs "
        f"of {n} frameworks in opposite order ({worst} most of all). Kendall's tau is {signed(agreement.tau)} "
        f"(95% interval {signed(low_and_high[0])} to {signed(low_and_high[1])})."
    )
    if len(stances) > 1:
        return Stance.UNCLEAR, f"{text} The interval allows other verdicts too, so there is none."
    return stances.pop(), text


def _as_measure(opposed: float) -> Stance:
    """The stance of stars that order such a part of all pairs oppositely to downloads."""
    return Stance.FOR if opposed <= ALIKE else Stance.AGAINST if opposed >= OPPOSED else Stance.PARTLY


def by_turning(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A turned N: so many years after the first release known, within the days meant."""
    a, years = wording.framework(context.catalog, claim.a), int(claim.amount or 0)
    origins = age_origins(context.store, context.catalog, (claim.a,), context.now, RELEASE, context.as_of)
    if claim.a in origins.unknown:
        text = f"We can't say how old {a} is: {origins.unknown[claim.a]}."
        yield Evidence(RELEASE, Stance.UNCLEAR, text, None, None, (), (), None)
        return
    origin, until = origins.by_framework[claim.a], context.until(claim) or context.now.date()
    birthday = (pd.Timestamp(origin.day) + pd.DateOffset(years=years)).date()
    stance = Stance.FOR if (claim.since or date.min) <= birthday <= until else Stance.AGAINST
    later = f"{wording.counted(years, 'year')} later {'was' if birthday <= context.now.date() else 'is'}"
    text = f"The first release of {a} was {origin.what}; {later} {wording.day(birthday)}."
    yield Evidence(RELEASE, stance, text, origin.day, min(birthday, until), ("almanac",), (), None)
