"""Growth in words: who grows fastest, in what was gained and for its size, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt
from typing import TYPE_CHECKING

from analysis.breaks import touching
from analysis.growth.latest_growth import GrowthFigure
from analysis.growth.weekdays import WEEKS, Weekdays
from analysis.overtakes.rate_overtakes import CHANCE_DEVIATIONS, chance_sign
from answers import wording
from answers.series.views import CHANGES, VIEWS
from catalog import Break, Catalog, Kind, Metric

if TYPE_CHECKING:
    from answers.growth.answer import GrowthRow

NOTICEABLE = 0.02  # downloads that differ by less are called alike: they are not that exact
SMALL_START = 0.25  # of the largest beginning: below, any growth looks steep
SMALL = 10.0  # below, what is gained has a decimal
MOST_LEFT = 4  # frameworks left out that are named
MOST_REFUSED = 3  # ratios given in place of refused growth
DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
WHAT = {
    "last-day": "Last full day",
    "last-week": "Last full week",
    "last-month": "Last full month",
    "last-year": "Last full year",
    **{name: VIEWS[name].title for name in CHANGES},
    "compound": "Average growth per year",
    "share": "Share of selection",
}
_Figures = Mapping[str, Mapping[str, GrowthFigure]]


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
        return f"No data on {what} for these frameworks and days."
    changes = {name: figures["year-on-year"] for name, figures in rows.items()}
    standing = {name: figure for name, figure in changes.items() if figure.stands}
    if not standing:
        why = refusal(breaks, next(iter(changes.values())))
        return f"We can't say how fast {what} grew: {wording.small(why)}{_ratios(catalog, offered)}"
    until = max(figure.until for figure in standing.values() if figure.until)
    ranked = {name: figure for name, figure in standing.items() if figure.until == until}
    text = _alone(catalog, metric, what, ranked) if len(ranked) == 1 else _ranked(catalog, metric, what, ranked)
    left = [wording.framework(catalog, name) for name in changes if name not in ranked]
    more = [f"{len(left) - MOST_LEFT} more"] if len(left) > MOST_LEFT else []
    out = f" Left out: {wording.join_words([*left[:MOST_LEFT], *more])}, {_LEFT}." if left else ""
    return f"{text}{_doubts(ranked, breaks)}{out}{_ratios(catalog, offered)}"


_LEFT = "for lack of figures a year apart"


def _alone(catalog: Catalog, metric: Metric, what: str, ranked: Mapping[str, GrowthFigure]) -> str:
    [(name, figure)] = ranked.items()
    return f"{wording.framework(catalog, name)} {_gained(metric, what, figure)} {_when(metric, figure)}."


def _ranked(catalog: Catalog, metric: Metric, what: str, ranked: Mapping[str, GrowthFigure]) -> str:
    """Two winners, or one that is both, and whether the second is too near to call."""
    most, fastest = _order(ranked, "gained"), _order(ranked, "relative")[0]
    if f"{ranked[fastest].relative:.4f}" == f"{ranked[most[0]].relative:.4f}":
        fastest = most[0]
    best = ranked[most[0]]
    title, amount, when = wording.framework(catalog, most[0]), _amount(metric, best), _when(metric, best)
    if (best.gained or 0) <= 0:
        return f"No framework grew in {what} {when}. {title} lost the least: {amount} ({_percent(best)})."
    if metric.kind is Kind.FLOW and (best.gained or 0) <= _blur(metric, best):
        return f"No framework grew noticeably in {what} {when}. {title} grew most: {amount} ({_percent(best)})."
    head = f"{title} gained the most {what}: {amount} ({_percent(best)}) {when}"
    near = _near(catalog, metric, ranked, most)
    if fastest == most[0]:
        text = f"{head}. It also grew fastest for its size.{near}"
    else:
        other, name = ranked[fastest], wording.framework(catalog, fastest)
        text = f"{head}.{near} {name} grew fastest for its size: {_percent(other)} ({_amount(metric, other)})."
    return text if fastest == most[0] else f"{text}{_steep(catalog, ranked, fastest)}"


def _what(catalog: Catalog, metric: Metric, dimension: str) -> str:
    """The metric in a sentence, with the part of it that is meant."""
    part = f" {wording.origin(catalog, dimension)}" if dimension else ""
    return f"{wording.phrase(metric).partition(' by ')[0]}{part}" if part else wording.phrase(metric)


def _order(ranked: Mapping[str, GrowthFigure], by: str) -> list[str]:
    return sorted(ranked, key=lambda name: getattr(ranked[name], by), reverse=True)


def _near(catalog: Catalog, metric: Metric, ranked: Mapping[str, GrowthFigure], order: Sequence[str]) -> str:
    """Whether the one that comes second in what was gained is within chance of the first."""
    one, two = (ranked[name] for name in order[:2])
    a, b = one.gained or 0.0, two.gained or 0.0
    counted = metric.kind is Kind.STOCK and not metric.per_million
    alike = chance_sign(a, b) == 0 if counted else abs(a - b) <= _blur(metric, one, two)
    if not alike:
        return ""
    return f" {wording.framework(catalog, order[1])} is too close to call, with {_amount(metric, two)}."


def _blur(metric: Metric, *figures: GrowthFigure) -> float:
    """By how much gains of flows differ by counting alone: by what is not noticeable, or by what chance does."""
    seen = [abs(value or 0.0) for figure in figures for value in (figure.before, figure.after)]
    chance = CHANCE_DEVIATIONS * sqrt(sum(seen)) if metric.period == "day" else 0.0  # of sums, not of means per day
    return max(NOTICEABLE * max(seen), chance)


def _steep(catalog: Catalog, ranked: Mapping[str, GrowthFigure], fastest: str) -> str:
    """The doubt about the fastest, where it began small."""
    began = ranked[fastest].before or 0.0
    largest = max(figure.before or 0.0 for figure in ranked.values())
    if began >= SMALL_START * largest:
        return ""
    name = wording.framework(catalog, fastest)
    started = f"{name} started from {wording.number(round(began))}, the largest from {wording.number(round(largest))}"
    return f" {started}: small starts look steep."


def _doubts(ranked: Mapping[str, GrowthFigure], breaks: Sequence[Break]) -> str:
    """What is registered within the days compared that forbids nothing and yet is to be known."""
    since = min(f.since for f in ranked.values() if f.since)
    until = max(f.until for f in ranked.values() if f.until)
    incidents = [b for b in touching(breaks, since, until, *ranked) if b.kind != "break"]
    if not incidents:
        return ""
    days: dict[str, list[str]] = {}
    for b in incidents:
        days.setdefault(wording.small(b.title), []).append(_days(b))
    parts = [f"{title} ({wording.join_words(when)})" for title, when in days.items()]
    more = [f"{len(parts) - 3} more"] if len(parts) > 3 else []
    return f" Known issues in between: {wording.join_words([*parts[:3], *more])}."


def _days(entry: Break) -> str:
    return wording.days(entry.since, entry.until)


def _gained(metric: Metric, what: str, figure: GrowthFigure) -> str:
    """As in "grew in GitHub stars by 89 stars (890.0%)": the verb has the sign."""
    grew = "grew" if (figure.gained or 0) >= 0 else "fell"
    signless = replace(figure, gained=abs(figure.gained or 0.0))
    by = _amount(metric, signless).removeprefix("+")
    return f"{grew} in {what} by {by} ({wording.percent(abs(figure.relative or 0.0))})"


def _amount(metric: Metric, figure: GrowthFigure) -> str:
    """What was gained, with the time it is counted over: stars, downloads in 28 days, downloads per day."""
    value = figure.gained or 0.0
    things = metric.unit.partition(" per ")[0]
    things = things.removesuffix("s") if abs(round(value)) == 1 else things
    over = "" if metric.kind is Kind.STOCK else " in 28 days" if metric.period == "day" else " per day"
    number = wording.number(round(value, 1) + 0.0 if metric.per_million else round(value))  # no -0.0
    return f"{'+' if value >= 0 else ''}{number} {things}{over}"


def _percent(figure: GrowthFigure) -> str:
    return wording.change(figure.relative or 0.0)


def _when(metric: Metric, figure: GrowthFigure) -> str:
    if metric.kind is Kind.STOCK:
        return f"from {_span(figure)}"
    if metric.period == "month" and figure.since and figure.until:
        return f"in {wording.month(figure.until)}, compared with {wording.month(figure.since)}"
    what, then = ("28 days", "those") if metric.period == "day" else (metric.period, "that")
    until = wording.day(figure.until) if figure.until else ""
    return f"in the {what} to {until}" + (
        f", compared with {then} to {wording.day(figure.since)}" if figure.since else ""
    )


def _span(figure: GrowthFigure) -> str:
    return wording.days(figure.since, figure.until) if figure.since and figure.until else ""


def _ratios(catalog: Catalog, offered: Sequence[Offer]) -> str:
    """Ratios to a peer, in place of growth that a break forbids."""
    parts = [
        f"{wording.framework(catalog, o.framework)} had {wording.times(o.before)} "
        f"{wording.framework(catalog, o.peer)}'s figure "
        f"on {wording.day(o.since)} and {wording.times(o.after)} on {wording.day(o.until)}"
        for o in offered[:MOST_REFUSED]
    ]
    return f" The ratio can be compared: {'. '.join(parts)}." if parts else ""


def refusal(breaks: Sequence[Break], figure: GrowthFigure) -> str:
    """Why there is no figure, in one sentence; empty if there is one."""
    if figure.breaks:
        entries = [f"{wording.small(b.title)} ({_days(b)})" for b in breaks if b.id in figure.breaks]
        return f"The counting changed in between: {wording.join_words(entries)}."
    return figure.why


def ungrowing(metric: Metric) -> str:
    """Why a share has no figure of growth, and what to do instead."""
    instead = "Compare two editions of the survey" if metric.has_editions else "Compare two frameworks head to head"
    return f"A share of {metric.base_noun} has no growth rate. {instead} instead."


def everything(metric: Metric) -> str:
    """Why no share of everything is given."""
    if metric.kind is Kind.SHARE:
        of = "who answered the question" if metric.has_editions else metric.base_noun
        return f"The figure is itself a share: of all {of}."
    return "Shares are of the frameworks you selected, not of all frameworks."


def rhythm(catalog: Catalog, metric: Metric, weekdays: Mapping[str, Weekdays]) -> str:
    """Why 28 days are compared with the 28 before, with the weekdays of the framework in which they differ most."""
    if metric.kind is Kind.SHARE or metric.period != "day":
        return ""
    head = "Both 28-day periods contain four of each weekday, so weekends don't skew the comparison."
    if not weekdays:
        return head
    name = min(weekdays, key=lambda one: weekdays[one].part)
    own = weekdays[name]
    return (
        f"{head} Single days would: over {WEEKS} weeks, {wording.framework(catalog, name)} had "
        f"{wording.percent(own.part, 0)} as many on {DAYS[own.lowest]} as on {DAYS[own.highest]}."
    )


def figure_words(catalog: Catalog, metric: Metric, row: GrowthRow, what: str) -> str:
    """One figure for a line or a cell: the number, or why there is none and what is offered instead.

    Of a level two spans compare what was gained in each: fewer stars gained are no stars lost.
    """
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
    if what == "four-weeks" and metric.kind is Kind.STOCK and figure.relative is not None:
        more = "fewer" if figure.relative < 0 else "more"
        return f"gained {wording.number(round(figure.after or 0.0))}, {wording.percent(abs(figure.relative))} {more}"
    if what == "compound":
        return f"{relative} a year"
    gained = figure.gained or 0.0
    places = 0 if abs(gained) >= SMALL or gained.is_integer() else 1
    amount = f"{gained:+,.{places}f}".replace("-", "−")
    return f"{amount} ({relative})" if relative else amount
