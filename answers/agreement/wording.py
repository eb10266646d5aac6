"""Do stars mean use? The answer in words: first for a stranger, then with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from analysis.agreement.rank_agreement import MIN_FRAMEWORKS, Agreement, Misread, Sides, agree, per_million
from answers import wording
from catalog import Catalog, Kind, Metric

LARGELY = 0.7  # of tau, from where the two orders are called much the same


def verdict(metrics: tuple[Metric, Metric], agreement: Agreement) -> str:
    """Whether the one means the other, in one sentence, by the interval of the rank agreement."""
    x, y = (wording.noun(metric) for metric in metrics)
    if metrics[0].family == metrics[1].family:
        x, y = (wording.phrase(metric) for metric in metrics)
    n, when = len(agreement.table), f"{agreement.on:%B %Y}"
    if n < MIN_FRAMEWORKS or agreement.interval is None:
        frameworks = wording.counted(n, "framework")
        return f"Too few to tell: in {when} both {x} and {y} are known of {frameworks}."
    pairs = f"{len(agreement.against)} of {n * (n - 1) // 2} pairs"
    text = f"in {when} the framework with more {x} had fewer {y} in {{}}{pairs}."
    if agreement.interval.high < 0:
        return f"No, rather the reverse: {text.format('')}"
    if not agreement.interval.excludes(0.0):
        return f"Not reliably: {text.format('')}"
    if agreement.tau >= LARGELY:
        return f"Largely: {text.format('only ')}"
    return f"Only partly: {text.format('')}"


def details(catalog: Catalog, metrics: tuple[Metric, Metric], agreement: Agreement) -> str:
    """The figures: how alike and how sure, where they disagree most, and whose x is dearest in y."""
    if len(agreement.table) < 2:
        return f"It takes two frameworks with both {wording.listed(wording.phrase(m) for m in metrics)}."
    return f"{_tau(agreement)}{_worst(catalog, metrics, agreement)}{_dearest(catalog, metrics, agreement)}"


def why_day(ready: Sides, last: tuple[date, date], agreement: Agreement) -> str:
    """Why this day, when nobody asked for one; empty when it is the last in both."""
    end = min(last)
    if agreement.on >= end:
        return ""
    then = agree(ready, end)
    tau = f" (tau {then.tau:.2f})" if then.tau == then.tau else ""
    return (
        f"Shown is {agreement.on:%B %Y}, which knows the most frameworks of the last year, "
        f"{len(agreement.table)}; on {end}, "
        f"the last day in both counts, only {len(then.table)} are known{tau}."
    )


def left_out(catalog: Catalog, wrong: Sequence[Misread]) -> str:
    """Which observations were not counted."""
    readings = [
        f"{wording.number(m.value)} {wording.noun(catalog.metrics[m.metric])} of "
        f"{wording.framework(catalog, m.framework)} on "
        f"{m.day}"
        for m in wrong
    ]
    return f"Left out as registered misreadings: {wording.listed(readings)}." if readings else ""


def _tau(agreement: Agreement) -> str:
    """Kendall's tau, for whoever never heard of it."""
    if agreement.tau != agreement.tau:
        return "One of the two is the same for all."
    sure = ""
    if agreement.interval:
        nothing = "" if agreement.interval.excludes(0.0) else ", so there may be no relation at all"
        sure = (
            f", and had other frameworks been tracked might well be between {agreement.interval.low:.2f} and "
            f"{agreement.interval.high:.2f} (95 % bootstrap interval){nothing}"
        )
    return (
        "Kendall's tau, which is 1 for the same order, 0 for no relation and -1 for the reverse, is "
        f"{agreement.tau:.2f} "
        f"for {len(agreement.table)} frameworks{sure}."
    )


def _worst(catalog: Catalog, metrics: tuple[Metric, Metric], agreement: Agreement) -> str:
    if not agreement.against:
        return ""
    ahead, behind = agreement.against[0]
    rows = {row["framework"]: row for row in agreement.table.to_dict("records")}
    one, other = rows[ahead], rows[behind]
    sides = (_side(metric, one[axis], other[axis]) for metric, axis in zip(metrics, ("x", "y"), strict=True))
    return (
        f" They disagree most on {wording.framework(catalog, ahead)} and {wording.framework(catalog, behind)}: "
        f"{', '.join(sides)}."
    )


def _side(metric: Metric, one: float, other: float) -> str:
    """Two frameworks' figures of a metric: what flows as so many in 30 days."""
    if metric.kind is Kind.SHARE:
        return f"{wording.value(one, metric)} v {wording.value(other, metric)} in {wording.phrase(metric)}"
    return f"{one:,.0f} v {other:,.0f} {wording.noun(metric)}{' in 30 days' if metric.kind is Kind.FLOW else ''}"


def _dearest(catalog: Catalog, metrics: tuple[Metric, Metric], agreement: Agreement) -> str:
    ratio = per_million(agreement)
    if len(ratio) < 2 or metrics[0].kind is Kind.SHARE or metrics[1].family != "downloads":
        return ""
    most, least = str(ratio.index[0]), str(ratio.index[-1])
    return (
        f" For each million of downloads {wording.framework(catalog, most)} had {ratio.iloc[0]:,.0f} "
        f"{metrics[0].unit}, {wording.framework(catalog, least)} {ratio.iloc[-1]:,.0f}."
    )
