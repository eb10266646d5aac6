"""Growth in words: who grows fastest, in what was gained and for its size, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import TYPE_CHECKING

from analysis.breaks import touching
from analysis.growth.figures import Figure
from analysis.growth.weekdays import WEEKS, Weekdays
from analysis.overtakes.rates import CHANCE_DEVIATIONS, chance_sign
from answers import wording
from answers.series.views import CHANGES, VIEWS
from catalog import Break, Catalog, Kind, Metric

if TYPE_CHECKING:
    from answers.growth.answer import GrowthRow

NOTICEABLE = 0.02  # downloads that differ by less are called alike: they are not that exact
SMALL_START = 0.25  # of the largest beginning: below, any growth looks steep
MOST_LEFT = 4  # frameworks left out that are named
MOST_REFUSED = 3  # ratios given in place of refused growth
DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
WHAT = {
    "last-day": "Gained in the last whole day",
    "last-week": "Gained in the last whole week",
    "last-month": "Gained in the last whole month",
    "last-year": "Gained in the last whole year",
    **{name: VIEWS[name].title for name in CHANGES},
    "compound": "Compound rate",
    "share": "Share of those chosen",
}
_Figures = Mapping[str, Mapping[str, Figure]]


@dataclass(frozen=True, slots=True)
class Offer:
    """One framework's figure as a multiple of a peer's, then and now."""

    framework: str
    peer: str
    since: date
    before: float
    until: date
    after: float


def growing(
    catalog: Catalog,
    metric: Metric,
    rows: _Figures,
    breaks: Sequence[Break],
    offered: Sequence[Offer],
    dimension: str = "",
) -> str:
    """Who grew fastest against a year before, absolutely and relatively; where that is refused, why, and the ratio."""
    what = _what(catalog, metric, dimension)
    if not rows:
        return f"Nothing is known of {what} for these frameworks and days."
    changes = {name: figures["year-on-year"] for name, figures in rows.items()}
    standing = {name: figure for name, figure in changes.items() if figure.stands}
    if not standing:
        why = refusal(breaks, next(iter(changes.values())))
        return f"How fast {what} grew cannot be told: {wording.small(why)}{_ratios(catalog, offered)}"
    until = max(figure.until for figure in standing.values() if figure.until)
    ranked = {name: figure for name, figure in standing.items() if figure.until == until}
    text = _alone(catalog, metric, what, ranked) if len(ranked) == 1 else _ranked(catalog, metric, what, ranked)
    left = [wording.framework(catalog, name) for name in changes if name not in ranked]
    more = [f"{len(left) - MOST_LEFT} more"] if len(left) > MOST_LEFT else []
    out = f" Left out: {wording.listed([*left[:MOST_LEFT], *more])}, {_LEFT}." if left else ""
    return f"{text}{_doubts(ranked, breaks)}{out}{_ratios(catalog, offered)}"


_LEFT = "of which no figure is known for the same day and a year before"


def _alone(catalog: Catalog, metric: Metric, what: str, ranked: Mapping[str, Figure]) -> str:
    [(name, figure)] = ranked.items()
    return f"{wording.framework(catalog, name)} {_gained(metric, what, figure)} {_when(metric, figure)}."


def _ranked(catalog: Catalog, metric: Metric, what: str, ranked: Mapping[str, Figure]) -> str:
    """Two winners, or one that is both, and whether the second is too near to call."""
    most, fastest = _order(ranked, "gained"), _order(ranked, "relative")[0]
    if f"{ranked[fastest].relative:.4f}" == f"{ranked[most[0]].relative:.4f}":
        fastest = most[0]
    best = ranked[most[0]]
    title, amount, when = wording.framework(catalog, most[0]), _amount(metric, best), _when(metric, best)
    if (best.gained or 0) <= 0:
        return f"In {what} none of them grew {when}; {title} lost the least, {amount} ({_percent(best)})."
    if metric.kind is Kind.FLOW and (best.gained or 0) <= _blur(metric, best):
        return f"In {what} none of them grew noticeably {when}; {title} the most, {amount} ({_percent(best)})."
    head = f"In {what} {title} grew the most {when}: {amount}"
    near = _near(catalog, metric, ranked, most)
    if fastest == most[0]:
        text = f"{head}, and the fastest for its size, {_percent(best)}{near}."
    else:
        other, name = ranked[fastest], wording.framework(catalog, fastest)
        rest = f"{_percent(other)} ({_amount(metric, other)})"
        text = f"{head} ({_percent(best)}){near}; for its size {name} grew the fastest, {rest}."
    return text if fastest == most[0] else f"{text}{_steep(catalog, ranked, fastest)}"


def _what(catalog: Catalog, metric: Metric, dimension: str) -> str:
    """The metric in a sentence, with the part of it that is meant."""
    part = wording.dimension(catalog, dimension)
    return f"{wording.phrase(metric)}{f' for {part},' if part else ''}"


def _order(ranked: Mapping[str, Figure], by: str) -> list[str]:
    return sorted(ranked, key=lambda name: getattr(ranked[name], by), reverse=True)


def _near(catalog: Catalog, metric: Metric, ranked: Mapping[str, Figure], order: Sequence[str]) -> str:
    """Whether the one that comes second in what was gained is within chance of the first."""
    one, two = (ranked[name] for name in order[:2])
    a, b = one.gained or 0.0, two.gained or 0.0
    alike = chance_sign(a, b) == 0 if metric.kind is Kind.STOCK else abs(a - b) <= _blur(metric, one, two)
    if not alike:
        return ""
    return f", though {wording.framework(catalog, order[1])} with {_amount(metric, two)} is too near to be told apart"


def _blur(metric: Metric, *figures: Figure) -> float:
    """By how much gains of flows differ by counting alone: by what is not noticeable, or by what chance does."""
    seen = [abs(value or 0.0) for figure in figures for value in (figure.before, figure.after)]
    chance = CHANCE_DEVIATIONS * sqrt(sum(seen)) if metric.period == "day" else 0.0  # of sums, not of means per day
    return max(NOTICEABLE * max(seen), chance)


def _steep(catalog: Catalog, ranked: Mapping[str, Figure], fastest: str) -> str:
    """The doubt about the fastest, where it began small."""
    began = ranked[fastest].before or 0.0
    largest = max(figure.before or 0.0 for figure in ranked.values())
    if began >= SMALL_START * largest:
        return ""
    name = wording.framework(catalog, fastest)
    return f" {name} began from {began:,.0f} where the largest had {largest:,.0f}: a small start looks steep."


def _doubts(ranked: Mapping[str, Figure], breaks: Sequence[Break]) -> str:
    """What is registered within the days compared that forbids nothing and yet is to be known."""
    since = min(f.since for f in ranked.values() if f.since)
    until = max(f.until for f in ranked.values() if f.until)
    incidents = [b for b in touching(breaks, since, until, *ranked) if b.kind != "break"]
    if not incidents:
        return ""
    days: dict[str, list[str]] = {}
    for b in incidents:
        days.setdefault(wording.small(b.title), []).append(_days(b))
    parts = [f"{title} ({wording.listed(when)})" for title, when in days.items()]
    more = [f"{len(parts) - 3} more"] if len(parts) > 3 else []
    return f" Registered in between: {wording.listed([*parts[:3], *more])}."


def _days(entry: Break) -> str:
    return str(entry.since) if entry.since == entry.until else f"{entry.since} to {entry.until}"


def _gained(metric: Metric, what: str, figure: Figure) -> str:
    grew = "grew" if (figure.gained or 0) >= 0 else "fell"
    return f"{grew} in {what} by {_amount(metric, figure)} ({_percent(figure)})"


def _amount(metric: Metric, figure: Figure) -> str:
    """What was gained, with the time it is counted over: stars, downloads in 28 days, downloads per day."""
    value = figure.gained or 0.0
    things = metric.unit.partition(" per ")[0]
    things = things.removesuffix("s") if abs(round(value)) == 1 else things
    over = "" if metric.kind is Kind.STOCK else " in 28 days" if metric.period == "day" else " per day"
    return f"{value:+,.0f} {things}{over}".replace("-", "−")


def _percent(figure: Figure) -> str:
    return wording.change(figure.relative or 0.0)


def _when(metric: Metric, figure: Figure) -> str:
    if metric.kind is Kind.STOCK:
        return f"in the year from {figure.since} to {figure.until}"
    what, then = ("28 days", "those") if metric.period == "day" else (metric.period, "that")
    return f"from the {what} to {figure.since} to {then} to {figure.until}"


def _ratios(catalog: Catalog, offered: Sequence[Offer]) -> str:
    """Ratios to a peer, in place of growth that a break forbids."""
    parts = [
        f"{wording.framework(catalog, o.framework)} had {wording.times(o.before)} "
        f"{wording.framework(catalog, o.peer)}'s figure "
        f"on {o.since} and {wording.times(o.after)} on {o.until}"
        for o in offered[:MOST_REFUSED]
    ]
    return f" What was counted alike still compares: {'; '.join(parts)}." if parts else ""


def refusal(breaks: Sequence[Break], figure: Figure) -> str:
    """Why there is no figure, in one sentence; empty if there is one."""
    if figure.breaks:
        entries = [f"{wording.small(b.title)} ({_days(b)})" for b in breaks if b.id in figure.breaks]
        return f"The counting changed in between: {wording.listed(entries)}."
    return figure.why


def everything(metric: Metric) -> str:
    """Why no share of everything is given."""
    if metric.kind is Kind.SHARE:
        return "The figure is itself a share: of all who answered the question."
    things = metric.unit.partition(" per ")[0]
    return (
        f"A share of everything is not given: no source that Uptake collects tells how many {things} there are in all, "
        "and the frameworks chosen are not all there are."
    )


def rhythm(catalog: Catalog, metric: Metric, weekdays: Mapping[str, Weekdays]) -> str:
    """Why 28 days are compared with the 28 before, with the weekdays of the framework in which they differ most."""
    if metric.kind is Kind.SHARE or metric.period != "day":
        return ""
    head = "28 days hold four of each weekday, as do the 28 before, so that no weekend weighs more on either side."
    if not weekdays:
        return head
    name = min(weekdays, key=lambda one: weekdays[one].part)
    own = weekdays[name]
    return (
        f"{head} From one day to the next it would: over {WEEKS} weeks {wording.framework(catalog, name)} had on "
        f"{DAYS[own.lowest]} {100 * own.part:.0f} % of what it had on {DAYS[own.highest]}."
    )


def figure_words(catalog: Catalog, row: GrowthRow, what: str) -> str:
    """One figure for a line or a cell: the number, or why there is none and what is offered instead."""
    figure = row.figures[what]
    if not figure.stands:
        peer = row.peers.get(what)
        offer = (
            f" Ratio to {wording.framework(catalog, peer.peer)}: {peer.before:.3g}, then {peer.after:.3g}."
            if peer
            else ""
        )
        return f"none: {wording.small(row.refusals[what])}{offer}"
    if what == "share":
        return wording.percent(figure.after or 0.0)
    relative = "" if figure.relative is None else wording.change(figure.relative)
    if what == "compound":
        return f"{relative} a year"
    amount = f"{figure.gained or 0.0:+,.0f}".replace("-", "−")
    return f"{amount} ({relative})" if relative else amount
