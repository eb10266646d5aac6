"""How the agreement of two metrics went over the years: the same frameworks, month by month, never across a break."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from analysis.agreement.rank_agreement import MIN_FRAMEWORKS, Agreement, Drift, Sides, agree, drift
from analysis.arrays import day
from answers import wording
from answers.agreement.wording import signed
from catalog import Break, Catalog, Metric

ENOUGH = 24  # months a history needs
LEAST_PART = 0.75  # of the frameworks of the day asked about that a month must have
WINDOW = timedelta(days=30)  # how far back what a month counts reaches


@dataclass(frozen=True, slots=True, eq=False)
class AgreementHistory:
    """Rank agreement at each month's end, of the frameworks known on the last of them; `y` may be another count.

    `months` holds only those with three quarters of these frameworks; `breaks` are what a line must not cross.
    """

    y: Metric
    months: tuple[Agreement, ...]
    drift: Drift | None
    breaks: tuple[Break, ...]
    sentence: str


def agreement_history(catalog: Catalog, ready: Sides, agreement: Agreement) -> AgreementHistory:
    """The agreement from the first day of both metrics to the day of `agreement`, in words as well."""
    only = set(agreement.table["framework"])
    ends = pd.date_range(pd.Timestamp(_first(ready, agreement.on)), pd.Timestamp(agreement.on), freq="ME")
    days = [end.date() for end in ends if end.date() < agreement.on]
    each = [agree(ready, day, only) for day in days] if len(only) >= MIN_FRAMEWORKS else []
    least = max(MIN_FRAMEWORKS, LEAST_PART * len(only))
    months = tuple(a for a in (*each, agreement) if len(a.table) >= least)
    breaks = tuple(b for m in ready.metrics for b in catalog.breaks_of(m.id) if b.kind == "break")
    change = _change(months, breaks)
    why = "fewer than five frameworks have data" if len(only) < MIN_FRAMEWORKS else _why(agreement.on, breaks)
    return AgreementHistory(ready.metrics[1], months, change, breaks, _sentence(ready.metrics, change, why))


def _first(ready: Sides, on: date) -> date:
    """The day on which the later of the two metrics begins."""
    begins = [[int(each.end[0]) for each in side.values() if len(each)] for side in (ready.x, ready.y)]
    return day(max(map(min, begins))) if all(begins) else on


def _change(months: tuple[Agreement, ...], breaks: tuple[Break, ...]) -> Drift | None:
    """From the first month since the counting last changed to the last one; None unless a year lies between."""
    if not months:
        return None
    last = months[-1]
    since = max((b.until for b in breaks if b.until < last.on), default=None)
    inside = any(b.since <= last.on <= b.until for b in breaks)
    then = next((a for a in months if since is None or min(a.table["y_seen"]) - since >= WINDOW), None)
    if inside or then is None or (last.on - then.on).days < 365:
        return None
    return drift(then, last)


def _why(on: date, breaks: tuple[Break, ...]) -> str:
    """Why no change up to a day can be established."""
    inside = next((b for b in breaks if b.since <= on <= b.until), None)
    if inside is not None:
        return f"the counting changed then ({inside.title}, {wording.days(inside.since, inside.until)})"
    if last := max((b for b in breaks if b.until < on), key=lambda b: b.until, default=None):
        return f"there is less than a year of data since the counting changed ({last.title}, {wording.day(last.until)})"
    return "the same frameworks were not recorded together for a year"


def _sentence(metrics: tuple[Metric, Metric], change: Drift | None, why: str) -> str:
    """Whether it changed, beyond which frameworks happen to be tracked."""
    what = f"The agreement of {wording.noun(metrics[0])} with {wording.phrase(metrics[1])} has"
    if change is None:
        return f"We can't say whether t{what[1:-4]} changed: {why}."
    then, now = wording.month(change.since), wording.month(change.until)
    before, after = signed(change.before), signed(change.after)
    text = f"tau {before} in {then}, {after} in {now}, for the same {change.frameworks} frameworks"
    if change.beyond_chance:
        way = "risen" if change.after > change.before else "fallen"
        return f"{what} {way}: {text}."
    return f"{what} not changed beyond chance: {text}."
