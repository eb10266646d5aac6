"""Evidence on who grows faster, and how old a framework is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from math import log, sqrt

import pandas as pd

from analysis.breaks import forbidding
from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.paired_series import Pair
from analysis.overtakes.rate_overtakes import CHANCE_DEVIATIONS, chance_sign
from analysis.share_intervals import Z95
from answers import wording
from answers.claims.evidence import (
    YEAR,
    ClaimContext,
    Evidence,
    Stance,
    before,
    everybody,
    pairings,
    together,
)
from answers.claims.grammar.parser import ParsedClaim
from answers.growth.ages import RELEASE, age_origins, earliest_releases
from answers.panel import Panel
from catalog import Kind, Metric

MONTH_DAYS = 30.44
SHORTEST = timedelta(days=90)  # over less, growth is not judged
NOTICEABLE = 0.02  # relative growth that differs by less is called alike: downloads are not that exact
DOUBLED = 2.0  # explosive


def by_growing(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A grows faster than B, or gained more: over the year to the day (or the days meant), in what was gained and, of
    faster, relative to size.
    """
    for panel in context.meant(claim, everybody(context, claim)):
        parts = [
            (
                *_not_late(context, claim, panel, ends[1], _growing(context, panel, comparison, claim, *ends)),
                ends[0].start,
                ends[1].last,
                comparison.b,
            )
            for comparison in pairings(context, claim, panel)
            if (ends := _of_one_count(context, claim, comparison, _ends(context, claim, comparison)))
        ]
        if parts:
            stances = [part[:4] for part in parts]
            verb = "gained more than" if claim.kind == "gained" else "grew faster than"
            yield together(context, panel, claim, verb, stances, [part[4] for part in parts])


def _not_late(
    context: ClaimContext, claim: ParsedClaim, panel: Panel, now: Pair, judged: tuple[Stance, str]
) -> tuple[Stance, str]:
    """The same, unless the days of late are meant and nobody has read them: those are not told by earlier ones."""
    near = max(context.catalog.families[panel.metric.family].current_days, claim.back // 4)
    if (
        not claim.back
        or panel.metric.has_editions
        or context.until(claim)
        or (context.now.date() - now.last).days <= near
    ):
        return judged
    return Stance.UNCLEAR, f"{judged[1]} There are no later figures."


def _ends(context: ClaimContext, claim: ParsedClaim, comparison: HeadToHead) -> tuple[Pair, Pair] | None:
    """What was seen at the beginning and the end of the time meant; of surveys the last two editions."""
    if not len(comparison.pairs):
        return None
    now = comparison.at(context.until(claim) or comparison.pairs[-1].last)
    if now is None:
        return None
    if comparison.metric.kind is Kind.SHARE and is_last_step(claim):
        earlier = [p for p in comparison.pairs if p.last < now.start]
        return (earlier[-1], now) if earlier else None
    begins = comparison.metric.has_editions and claim.since is not None and not is_one_year(claim)
    if begins and claim.since:
        then = comparison.after(before(claim.since, 1))
    else:
        then = comparison.at(first_day(claim, now.last))
        if then and claim.since and comparison.metric.has_editions and then.last.year < claim.since.year - 1:
            return None  # the edition of the year before is missing
    if then is None and not (claim.since or claim.back):  # a young framework, or a hole: from when both were seen again
        then = comparison.after(first_day(claim, now.last))
        then = then if then is not None and now.last - then.last >= SHORTEST else None
    return (then, now) if then is not None and then.last < now.start else None


def _of_one_count(
    context: ClaimContext, claim: ParsedClaim, comparison: HeadToHead, ends: tuple[Pair, Pair] | None
) -> tuple[Pair, Pair] | None:
    """The same ends, or those of the last span within one way of counting, where no time is named and it is long
    enough.
    """
    metric = comparison.metric
    if ends is None or metric.kind is Kind.SHARE or claim.since or claim.back:
        return ends
    then, now = ends
    breaks, names = context.catalog.breaks_of(metric.id), (comparison.a, comparison.b)
    if not forbidding(breaks, then.start, now.last, *names):
        return ends
    later = (p for p in comparison.pairs if p.start > then.start and now.last - p.last >= SHORTEST)
    return next(((p, now) for p in later if not forbidding(breaks, p.start, now.last, *names)), ends)


def first_day(claim: ParsedClaim, end: date) -> date:
    """The day to compare with: before the first one meant; else so far back as is meant, or a year."""
    return before(claim.since, 1) if claim.since else before(end, claim.back or YEAR.days)


def is_one_year(claim: ParsedClaim) -> bool:
    """Whether the days meant lie within one year: of a survey, against the edition before."""
    return claim.since is not None and claim.until is not None and claim.since.year == claim.until.year


def whole_years(claim: ParsedClaim) -> tuple[int, int] | None:
    """The two years that a claim on whole years compares: one with the year before, several the first with the last."""
    since, until = claim.since, claim.until
    if since is None or until is None or (since.month, since.day, until.month, until.day) != (1, 1, 12, 31):
        return None
    return (since.year - 1, until.year) if is_one_year(claim) else (since.year, until.year)


def is_last_step(claim: ParsedClaim) -> bool:
    """Whether the last step from one edition of a survey to the next is meant: no time is, or less than a year."""
    return claim.since is None and claim.back < YEAR.days


def _growing(
    context: ClaimContext, panel: Panel, comparison: HeadToHead, claim: ParsedClaim, then: Pair, now: Pair
) -> tuple[Stance, str]:
    catalog, metric = context.catalog, comparison.metric
    a, b = (wording.framework(catalog, name) for name in (comparison.a, comparison.b))
    what, span = wording.phrase(metric), wording.through(metric.period, then.last, now.last)
    if frozen := [name for name in (comparison.a, comparison.b) if is_frozen(context, metric, name)]:
        return Stance.UNCLEAR, frozen_sentence(context, metric, frozen[0])
    if min(then.a, then.b, now.a, now.b) <= 0:
        return Stance.UNCLEAR, f"In {what} there is no growth to compare {span}: a figure is zero."
    edges = (then.last, now.start) if metric.kind is Kind.SHARE else (then.start, now.last)
    broken = forbidding(catalog.breaks_of(metric.id), *edges, comparison.a, comparison.b)
    if metric.kind is Kind.SHARE:
        head = f"In {what}, {span},"
        return _sharing(panel, comparison, then, now, head, broken=bool(broken), points=claim.kind == "gained")
    ratio = (now.a / now.b) / (then.a / then.b)
    if broken:
        text = (
            f"The counting of {what} changed {wording.bracket(metric.period, then.last, now.last)}, so growth can't be "
            f"measured. {a} had {wording.times(then.a / then.b)} {b}'s figure before and "
            f"{wording.times(now.a / now.b)} after."
        )
        return Stance.UNCLEAR, text
    before, after, daily = _alike_long(then, now, metric)
    gained = (after.a - before.a, after.b - before.b)
    relative = _relative_sign(metric, gained, (before.a, before.b), ratio)
    still = metric.kind is Kind.FLOW and all(
        abs(gain) <= NOTICEABLE * start for gain, start in zip(gained, (before.a, before.b), strict=True)
    )
    absolute = 0 if still else chance_sign(*gained)
    one, other = (
        moved(gain, new / old - 1, daily)
        for gain, new, old in zip(gained, (after.a, after.b), (before.a, before.b), strict=True)
    )
    text = f"In {what}, {span}, {a} {one}, {b} {other}.{short_note(claim, then.last, now.last)}"
    if still and not relative:
        return Stance.UNCLEAR, f"{text} The difference is too small for counts of {metric.unit.partition(' per ')[0]}."
    if claim.kind == "gained":
        return Stance.of_sign(absolute), text if absolute else f"{text} The difference is within chance."
    signs = {absolute, relative} - {0}
    if len(signs) > 1:
        by_percentage, by_number = (a, b) if relative > 0 else (b, a)
        return Stance.PARTLY, f"{text} It depends: {by_percentage} grew faster by percentage, {by_number} by number."
    return Stance.of_sign(next(iter(signs), 0)), text


def _relative_sign(metric: Metric, gained: tuple[float, float], then: tuple[float, float], ratio: float) -> int:
    """Who grew by the higher percentage: 1, -1, or 0 where chance, or how exact a flow is, leaves it open."""
    if metric.kind is Kind.FLOW:
        return 0 if abs(ratio - 1) < NOTICEABLE else 1 if ratio > 1 else -1
    a, b = (gain / start for gain, start in zip(gained, then, strict=True))
    spread = sqrt(sum(abs(gain) / start**2 for gain, start in zip(gained, then, strict=True)))
    return 0 if abs(a - b) <= CHANCE_DEVIATIONS * spread else 1 if a > b else -1


def short_note(claim: ParsedClaim, first: date, last: date) -> str:
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


def moved(gained: float, relative: float, daily: str = "") -> str:
    """As in "grew by 8,420 (18.6%)" or "fell by 95 a day (21.2%)"."""
    by = f"{wording.number(round(abs(gained)))}{daily}"
    return f"{'fell' if gained < 0 else 'grew'} by {by} ({wording.percent(abs(relative))})"


def _sharing(
    panel: Panel, comparison: HeadToHead, then: Pair, now: Pair, head: str, *, broken: bool, points: bool
) -> tuple[Stance, str]:
    """Shares of two editions: in points where the editions compare, else relative to each other unless only `points`
    are meant; beyond chance.
    """
    bases = [panel.base(name, pair) for pair in (then, now) for name in (comparison.a, comparison.b)]
    a, b = (wording.framework(panel.catalog, name) for name in (comparison.a, comparison.b))
    shares = [then.a, then.b, now.a, now.b]
    a_then, b_then, a_now, b_now = (wording.value(share, panel.metric) for share in shares)
    text = f"{head} {a} went from {a_then} to {a_now}, {b} from {b_then} to {b_now}"
    counts = [base for base in bases if base is not None]
    if len(counts) < len(bases):
        return Stance.UNCLEAR, f"{text}; the number of respondents is not published, so chance can't be ruled out."
    if broken and points:
        return Stance.UNCLEAR, f"{text}; the question changed in between, so what each gained can't be compared."
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


def is_frozen(context: ClaimContext, metric: Metric, name: str) -> bool:
    """Whether the metric's counter of a framework stands still, because its repository is archived."""
    return not context.catalog.counted(metric.id, (name,))


def frozen_sentence(context: ClaimContext, metric: Metric, name: str) -> str:
    """Why a framework's counter stands still."""
    who = context.catalog.frameworks[name].own_title
    return f"The repository of {who} is archived, so its {wording.phrase(metric)} can't show growth or decline."


def by_turning(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A turned N: so many years after the first release known, within the days meant."""
    a, years = wording.framework(context.catalog, claim.a), int(claim.amount or 0)
    origins = age_origins(context.store, context.catalog, (claim.a,), context.now, RELEASE, context.as_of)
    if claim.a in origins.unknown:
        yield _at_least(context, claim, a, origins.unknown[claim.a])
        return
    origin, until = origins.by_framework[claim.a], context.until(claim) or context.now.date()
    birthday = (pd.Timestamp(origin.day) + pd.DateOffset(years=years)).date()
    stance = Stance.FOR if (claim.since or date.min) <= birthday <= until else Stance.AGAINST
    later = f"{wording.counted(years, 'year')} later {'was' if birthday <= context.now.date() else 'is'}"
    text = f"The first release of {a} on record was {origin.what}; {later} {wording.day(birthday)}."
    yield Evidence(RELEASE, stance, text, origin.day, min(birthday, until), ("almanac",), (), None)


def by_age(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A is older than B: by their first releases. Of one whose first is not on record, the earliest that is may do: it
    was released no later.
    """
    origins = age_origins(context.store, context.catalog, (claim.a, claim.b), context.now, RELEASE, context.as_of)
    earliest = earliest_releases(context.store, (claim.a, claim.b))
    first = {name: origin.day for name, origin in origins.by_framework.items()}
    latest = {name: earliest[name][0] for name in (claim.a, claim.b) if name in earliest}
    stance = Stance.UNCLEAR
    for older, younger, if_so in ((claim.a, claim.b, Stance.FOR), (claim.b, claim.a, Stance.AGAINST)):
        if older in latest and younger in first and latest[older] < first[younger]:
            stance = if_so
    if len(first) == len({*first.values()}) + 1:
        stance = Stance.AGAINST  # on one day
    names = {name: wording.framework(context.catalog, name) for name in (claim.a, claim.b)}
    released = [
        f"The first release of {title} on record was {origins.by_framework[name].what}."
        if name in first
        else f"Of {title}, {origins.unknown[name]}."
        for name, title in names.items()
    ]
    days = sorted(latest.values())
    since, until = (days[0], days[-1]) if days else (None, None)
    yield Evidence(RELEASE, stance, " ".join(released), since, until, ("almanac",), (), None)


def _at_least(context: ClaimContext, claim: ParsedClaim, a: str, why: str) -> Evidence:
    """Of one whose first release is unknown: how old it was at least, which may be too old for what is claimed."""
    text, until = f"We can't say how old {a} is: {why}.", context.until(claim) or context.now.date()
    earliest = earliest_releases(context.store, (claim.a,)).get(claim.a)
    if earliest is None or earliest[0] > until:
        return Evidence(RELEASE, Stance.UNCLEAR, text, None, None, (), (), None)
    by = earliest[0]
    years = until.year - by.year - ((until.month, until.day) < (by.month, by.day))
    latest = (pd.Timestamp(by) + pd.DateOffset(years=int(claim.amount or 0))).date()
    stance = Stance.AGAINST if latest < (claim.since or date.min) else Stance.UNCLEAR
    text += f" It was at least {wording.counted(years, 'year')} old on {wording.day(until)}."
    return Evidence(RELEASE, stance, text, by, until, ("almanac",), (), None)
