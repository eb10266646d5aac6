"""Do stars mean use? The answer in words: first for a stranger, then with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from analysis.agreement.rank_agreement import MIN_FRAMEWORKS, Agreement, Misread, Sides, agree, per_million
from answers import wording
from catalog import Catalog, Metric

LARGELY = 0.7  # of tau, from where the two orders are called much the same


def verdict(metrics: tuple[Metric, Metric], found: Agreement) -> str:
    """Whether the one means the other, in one sentence, by the interval of the rank agreement."""
    x, y = (wording.noun(metric) for metric in metrics)
    if metrics[0].family == metrics[1].family:
        x, y = (wording.phrase(metric) for metric in metrics)
    n, when = len(found.table), f"{found.on:%B %Y}"
    if n < MIN_FRAMEWORKS or found.interval is None:
        known = f"{n} framework{'' if n == 1 else 's'}" if n else "no framework"
        return f"Too few to tell: in {when} both {x} and {y} are known of {known}."
    pairs = f"{len(found.against)} of {n * (n - 1) // 2} pairs"
    told = f"in {when} the framework with more {x} had fewer {y} in {{}}{pairs}."
    if found.interval.high < 0:
        return f"No, rather the reverse: {told.format('')}"
    if not found.interval.excludes(0.0):
        return f"Not reliably: {told.format('')}"
    if found.tau >= LARGELY:
        return f"Largely: {told.format('only ')}"
    return f"Only partly: {told.format('')}"


def details(catalog: Catalog, metrics: tuple[Metric, Metric], found: Agreement) -> str:
    """The figures: how alike and how sure, where they disagree most, and whose x is dearest in y."""
    if len(found.table) < 2:
        return f"It takes two frameworks with both {' and '.join(wording.phrase(m) for m in metrics)}."
    return f"{_tau(found)}{_worst(catalog, metrics, found)}{_dearest(catalog, metrics, found)}"


def why_day(ready: Sides, last: tuple[date, date], found: Agreement) -> str:
    """Why this day, when nobody asked for one; empty when it is the last that both know."""
    end = min(last)
    if found.on >= end:
        return ""
    then = agree(ready, end)
    tau = f" (tau {then.tau:.2f})" if then.tau == then.tau else ""
    return (
        f"Shown is {found.on:%B %Y}, which knows the most frameworks of the last year, {len(found.table)}; on {end}, "
        f"the last day in both counts, only {len(then.table)} are known{tau}."
    )


def left_out(catalog: Catalog, wrong: Sequence[Misread]) -> str:
    """Which observations were not counted."""
    told = [
        f"{wording.number(m.value)} {wording.noun(catalog.metrics[m.metric])} of "
        f"{wording.framework(catalog, m.framework)} on "
        f"{m.day}"
        for m in wrong
    ]
    return f"Left out as registered misreadings: {wording.listed(told)}." if told else ""


def _tau(found: Agreement) -> str:
    """Kendall's tau, told to whoever never heard of it."""
    if found.tau != found.tau:
        return "One of the two is the same for all."
    sure = ""
    if found.interval:
        nothing = "" if found.interval.excludes(0.0) else ", so there may be no relation at all"
        sure = (
            f", and had other frameworks been tracked might well be between {found.interval.low:.2f} and "
            f"{found.interval.high:.2f} (95 % bootstrap interval){nothing}"
        )
    return (
        f"Kendall's tau, which is 1 for the same order, 0 for no relation and -1 for the reverse, is {found.tau:.2f} "
        f"for {len(found.table)} frameworks{sure}."
    )


def _worst(catalog: Catalog, metrics: tuple[Metric, Metric], found: Agreement) -> str:
    if not found.against:
        return ""
    ahead, behind = found.against[0]
    known = {row["framework"]: row for row in found.table.to_dict("records")}
    x, y = (wording.noun(metric) for metric in metrics)
    one, other = known[ahead], known[behind]
    return (
        f" They disagree most on {wording.framework(catalog, ahead)} and {wording.framework(catalog, behind)}: "
        f"{one['x']:,.0f} v {other['x']:,.0f} {x}, {one['y']:,.0f} v {other['y']:,.0f} {y} in 30 days."
    )


def _dearest(catalog: Catalog, metrics: tuple[Metric, Metric], found: Agreement) -> str:
    ratio = per_million(found)
    if len(ratio) < 2 or metrics[1].family != "downloads":
        return ""
    most, least = str(ratio.index[0]), str(ratio.index[-1])
    return (
        f" For each million of downloads {wording.framework(catalog, most)} had {ratio.iloc[0]:,.0f} "
        f"{metrics[0].unit}, {wording.framework(catalog, least)} {ratio.iloc[-1]:,.0f}."
    )
