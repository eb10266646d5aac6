"""Do stars mean use? The answer in words: first for a stranger, then with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from analysis.agreement.rank_agreement import MIN_FRAMEWORKS, Agreement, Misread, Sides, agree, per_million
from answers import wording
from catalog import Catalog, Kind, Metric

LARGELY, LOOSELY = 0.7, 0.3  # of tau, from where the two orders are called much the same, or alike at all


def verdict(metrics: tuple[Metric, Metric], agreement: Agreement) -> str:
    """Whether the one means the other, in one sentence, by the interval of the rank agreement."""
    alike = metrics[0].family == metrics[1].family
    x, y = (wording.phrase(metric) if alike else wording.noun(metric) for metric in metrics)
    edition = any(metric.has_editions for metric in metrics)  # which stands for its year
    n, when = len(agreement.table), str(agreement.on.year) if edition else wording.month(agreement.on)
    if n < MIN_FRAMEWORKS or agreement.interval is None:
        frameworks = f"only {wording.counted(n, 'framework')}" if n else "no framework"
        return f"Too few to say: in {when} {frameworks} had both {x} and {y}."
    against = len(agreement.against)
    pairs = f"{against or 'none'} of {wording.counted(n * (n - 1) // 2, 'pair')}"
    more = f"a larger share in {x}" if metrics[0].kind is Kind.SHARE else f"more {x}"
    fewer = f"a smaller share in {y}" if metrics[1].kind is Kind.SHARE else f"fewer {y}"
    text = f"in {when} the framework with {more} had {fewer} in {{}}{pairs}."
    if agreement.interval.high < 0:
        return f"No, rather the reverse: {text.format('')}"
    if not agreement.interval.excludes(0.0):
        return f"Not reliably: {text.format('')}"
    if agreement.tau >= LARGELY:
        return f"Largely: {text.format('only ' if against else '')}"
    return f"Only partly: {text.format('')}"


def details(catalog: Catalog, metrics: tuple[Metric, Metric], agreement: Agreement) -> str:
    """The figures: how alike and how sure, where they disagree most, and whose x is dearest in y."""
    if len(agreement.table) < 2:
        return f"This needs two frameworks with both {wording.join_words(wording.phrase(m) for m in metrics)}."
    return f"{_tau(agreement)}{_worst(catalog, metrics, agreement)}{_dearest(catalog, metrics, agreement)}"


def why_day(ready: Sides, last: tuple[date, date], agreement: Agreement) -> str:
    """Why this day, when nobody asked for one; empty when it is the last in both."""
    end = min(last)
    if agreement.on >= end:
        return ""
    then = agree(ready, end)
    tau = f" (tau {signed(then.tau)})" if then.tau == then.tau else ""
    return (
        f"{wording.month(agreement.on)} is shown because it has the most frameworks of the last year: "
        f"{len(agreement.table)}. {wording.day(end)}, the last day in both counts, has only {len(then.table)}{tau}."
    )


def left_out(catalog: Catalog, wrong: Sequence[Misread]) -> str:
    """Which observations were not counted."""
    readings = [
        f"{wording.framework(catalog, m.framework)} with "
        f"{wording.so_many(m.value, wording.noun(catalog.metrics[m.metric]))} on {wording.day(m.day)}"
        for m in wrong
    ]
    return f"Left out as misread: {wording.join_words(readings)}." if readings else ""


def _tau(agreement: Agreement) -> str:
    """Kendall's tau, in words first."""
    if agreement.tau != agreement.tau:
        return "One of the two is the same for every framework."
    if agreement.tau >= LARGELY:
        degree = "agree closely"
    elif abs(agreement.tau) < LOOSELY:
        degree = "hardly agree"
    else:
        degree = "agree only loosely" if agreement.tau > 0 else "tend to be opposite"
    span, doubt = "", ""
    if agreement.interval:
        span = f"; 95% interval {signed(agreement.interval.low)} to {signed(agreement.interval.high)}"
        doubt = " There may be no relationship." if not agreement.interval.excludes(0.0) else ""
    return (
        f"The two rankings {degree}: Kendall's tau is {signed(agreement.tau)} on a scale from −1 to 1 "
        f"({wording.counted(len(agreement.table), 'framework')}{span}).{doubt}"
    )


def signed(tau: float) -> str:
    """A rank agreement to two decimals: 0.39, −0.02."""
    return f"{tau:.2f}".replace("-", wording.MINUS)


def _worst(catalog: Catalog, metrics: tuple[Metric, Metric], agreement: Agreement) -> str:
    if not agreement.against:
        return ""
    ahead, behind = agreement.against[0]
    rows = {row["framework"]: row for row in agreement.table.to_dict("records")}
    one, other = rows[ahead], rows[behind]
    names = [wording.framework(catalog, name) for name in (ahead, behind)]
    more = (_more(metrics[0], one["x"], other["x"]), _more(metrics[1], other["y"], one["y"]))
    return f" They disagree most on {wording.join_words(names)}: {names[0]} has {more[0]}, {names[1]} {more[1]}."


def _more(metric: Metric, more: float, less: float) -> str:
    """How much more one has: 1.2 times as many stars, 3 points more in a survey."""
    if metric.kind is Kind.SHARE:
        return f"{wording.amount(more - less, metric)} more in {wording.phrase(metric)}"
    return f"{wording.times(more / less)} as many {wording.noun(metric)}" if less else f"more {wording.noun(metric)}"


def _dearest(catalog: Catalog, metrics: tuple[Metric, Metric], agreement: Agreement) -> str:
    ratio = per_million(agreement)
    if len(ratio) < 2 or metrics[0].kind is Kind.SHARE or metrics[1].family != "downloads":
        return ""
    most, least = str(ratio.index[0]), str(ratio.index[-1])
    return (
        f" Per million downloads, {wording.framework(catalog, most)} had {ratio.iloc[0]:,.0f} "
        f"{metrics[0].unit} and {wording.framework(catalog, least)} {ratio.iloc[-1]:,.0f}."
    )
