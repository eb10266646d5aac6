"""The gap between two frameworks by one metric, of the page *Did A overtake B?*: points, looks, words, a figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from answers.overtakes.compare import Comparison, Entry
from answers.panel import Panel
from answers.question import QuestionError
from catalog import Break, Kind, Metric
from dashboard.charts import line_chart, theme
from dashboard.charts.figure import Figure, Style
from dashboard.views.head_to_head import chart
from dashboard.views.head_to_head import points as gappoints

NEAR = timedelta(days=270)  # to either side of an overtake, when looked at closely
MOST_ROWS = 60  # of a figure's table


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """One metric's gap: `points` as `dashboard.gappoints` makes them, `sides` how to draw them, `entry` its words."""

    found: Comparison
    entry: Entry
    field: Panel
    points: pd.DataFrame
    sides: chart.Sides

    @property
    def metric(self) -> Metric:
        return self.field.metric

    @property
    def drawable(self) -> bool:
        """Whether the two were ever seen over the same days."""
        return bool(self.points["value"].notna().any())


def gap(found: Comparison, field: Panel, *, close: bool = False, dark: bool = False, small: bool = False) -> Gap:
    """The gap of one metric of a comparison; of a close look only what is near the overtake, or the day asked about."""
    entry = next(e for e in found.entries if e.metric == field.metric.id)
    return Gap(found, entry, field, _points(found, field, close=close, small=small), _sides(found, field, dark, small))


def unit(metric: Metric) -> str:
    """What the chart of the gap counts in."""
    if metric.kind is Kind.SHARE:
        return "percentage points"
    return "ratio of the two" if metric.kind is Kind.FLOW else f"difference in {metric.unit}"


def _points(found: Comparison, field: Panel, *, close: bool, small: bool) -> pd.DataFrame:
    fight = field.duel(found.a, found.b)
    points = gappoints.gaps(fight, field.catalog.breaks_of(field.metric.id), _bases(field))
    middle = found.on or next((o.first_after for o in reversed(fight.overtakes) if not o.on_break), None)
    if not close or middle is None or points.empty:
        return gappoints.thinned(points, () if small else [o.first_after for o in fight.overtakes])
    near = points[(points["last"] - pd.Timestamp(middle)).abs() <= pd.Timedelta(NEAR)]
    return (near if near["value"].notna().sum() > 1 else points).reset_index(drop=True)


def _bases(field: Panel) -> dict[tuple[str, date], float]:
    """How many were asked, by framework and last day of an edition."""
    if field.metric.kind is not Kind.SHARE:
        return {}
    rows = [(name, frame.dropna(subset=["base"])) for name, frame in field.seen.items()]
    return {
        (name, pd.Timestamp(end).date()): float(base)
        for name, frame in rows
        for end, base in zip(frame["period_end"], frame["base"], strict=True)
    }


def _sides(found: Comparison, field: Panel, dark: bool, small: bool) -> chart.Sides:
    names = (found.a, found.b)
    colours = theme.colours(names, dark=dark)
    if colours[0] == colours[1]:
        colours[1] = line_chart.INK[dark]
    titles = [found.catalog.frameworks[name].title for name in names]
    return chart.Sides(
        names=(titles[0], titles[1]),
        colours=(colours[0], colours[1]),
        kind=field.metric.kind,
        dark=dark,
        height=150 if small else 380,
        small=small,
        on=found.on,
        overtakes=field.duel(found.a, found.b).overtakes,
        breaks=[b for b in field.catalog.breaks_of(field.metric.id) if not b.frameworks or {*names} & {*b.frameworks}],
    )


def bands(known: Gap) -> list[Break]:
    """The breaks within the days that are drawn: their place in this list is their number on the chart."""
    days = known.points["when"].dropna()
    return line_chart.within(known.sides.breaks, days.min().date(), days.max().date()) if len(days) else []


def summary(known: Gap) -> str:
    """The chart in words."""
    rows, sides = known.points.dropna(subset=["value"]), known.sides
    ends = [f"{row['day']}: {chart.said(float(row['value']), sides)}" for row in (rows.iloc[0], rows.iloc[-1])]
    told = f"{ends[0]}; {ends[1]}. {known.entry.sentence}"
    return f"{known.entry.title}, {sides.names[0]} against {sides.names[1]}. {told}"


def marks_used(known: Gap) -> str:
    """How to read the chart's marks, and only those that are there."""
    (a, b), on = known.sides.names, known.found.on
    said = [f"above the middle line {a} is ahead, below it {b}"]
    if known.points["value"].isna().any():
        said.append("the line breaks across holes and breaks in the counting")
    if known.metric.kind is Kind.SHARE:
        said.append("bars are 95 % intervals of the difference, hollow marks are within them")
    if any(not o.on_break and (on is None or o.first_after <= on) for o in known.sides.overtakes):
        said.append("the grey upright is the bracket of an overtake")
    if on:
        said.append(f"what came after {on} is pale")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


def table(known: Gap) -> pd.DataFrame:
    """The gap's numbers, the newest first."""
    rows, names = known.points.dropna(subset=["value"]).iloc[::-1], known.sides.names
    return pd.DataFrame(
        {
            "When": rows["day"],
            names[0]: rows["a"],
            names[1]: rows["b"],
            "Ahead": [chart.said(float(value), known.sides) for value in rows["value"]],
            "Lead": rows["leader"].map(lambda name: "decided" if name else "undecided"),
        }
    )


def figure(known: Gap, look: Style) -> Figure:
    """The gap as a figure. Raises QuestionError if there is nothing to draw."""
    catalog, entry, (a, b) = known.found.catalog, known.entry, known.sides.names
    if not known.drawable:
        raise QuestionError(
            f"There is nothing to draw: {a} and {b} were never seen over the same days by {entry.title}."
        )
    sides = replace(known.sides, dark=look.dark)
    names = dict.fromkeys(name.partition(":")[0] for name in entry.sources)
    when = f", as it stood on {known.found.on}" if known.found.on else ""
    doubt = f"{entry.verdict.capitalize()}: {entry.reason}." if entry.reason else ""
    return Figure(
        name=f"{known.found.a}-{known.found.b}-{entry.metric}",
        title=f"Did {a} overtake {b}{when}? {entry.title}",
        sentence=f"{entry.sentence} {doubt}".strip(),
        badges=(known.metric.badge,),
        draw=lambda height, still: chart.draw(known.points, replace(sides, height=round(height), still=still)),
        summary=summary(known),
        notes=(f"Unit: {unit(known.metric)}.", marks_used(known)),
        sources=tuple(catalog.sources[name] for name in names if name in catalog.sources),
        retrieved_at=entry.retrieved_at,
        caveats=tuple(catalog.caveats[code] for code in entry.caveats if code in catalog.caveats),
        bands=tuple(bands(known)),
        as_of=known.found.as_of,
        table=table(known).head(MOST_ROWS),
    )
