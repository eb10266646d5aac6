"""Evidence on whether stars measure use: whether they order frameworks as downloads do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from analysis.agreement.rank_agreement import MIN_FRAMEWORKS, Agreement, rank_agreement
from answers import wording
from answers.agreement.wording import signed
from answers.claims.evidence import (
    YEAR,
    ClaimContext,
    Evidence,
    Stance,
)
from answers.claims.grammar.parser import ParsedClaim

OPPOSED, ALIKE = 0.25, 0.05  # parts of all pairs of frameworks that two metrics order oppositely


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
    worst = wording.join_words(wording.framework(context.catalog, name) for name in opposed) or "none"
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
