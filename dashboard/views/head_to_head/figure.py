"""The gap between two frameworks by one metric, of the page *Head to head*: points, style, words, figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analysis.overtakes.head_to_head import HeadToHead
from analysis.share_intervals import newcombe
from answers import wording
from answers.overtakes.compare import Comparison, Entry
from answers.overtakes.wording import verdict_sentence
from answers.panel import Panel
from answers.questions import QuestionError
from catalog import Break, Kind, Metric
from dashboard.charts import framework_styles, line_chart, theme
from dashboard.charts.figure import Figure, Legend, LegendEntry, Style, joined, parted
from dashboard.display_text import number
from dashboard.views.head_to_head import chart

NEAR = timedelta(days=270)  # to either side of an overtake, in a close view
MOST_POINTS = 1_500


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """One metric's gap: `points` as `gap_points` makes them, `sides` how to draw them, `entry` its words."""

    comparison: Comparison
    entry: Entry
    panel: Panel
    points: pd.DataFrame
    sides: chart.Sides

    @property
    def metric(self) -> Metric:
        return self.panel.metric

    @property
    def drawable(self) -> bool:
        """Whether the two were ever seen over the same days."""
        return bool(self.points["value"].notna().any())


def gap(comparison: Comparison, panel: Panel, *, close: bool = False, dark: bool = False) -> Gap:
    """The gap of one metric of a comparison; `close`: only what is near the overtake, or the day of the question."""
    entry = next(e for e in comparison.entries if e.metric == panel.metric.id)
    return Gap(comparison, entry, panel, _points(comparison, panel, close=close), _sides(comparison, panel, dark))


def unit(metric: Metric) -> str:
    """What the chart of the gap counts in."""
    return "ratio of the two" if metric.kind is Kind.FLOW else f"difference in {_difference_unit(metric)}"


def _difference_unit(metric: Metric) -> str:
    return "points" if metric.kind is Kind.SHARE else metric.unit


def _points(comparison: Comparison, panel: Panel, *, close: bool) -> pd.DataFrame:
    pair = panel.head_to_head(comparison.a, comparison.b)
    points = gap_points(pair, panel.catalog.breaks_of(panel.metric.id), _bases(panel))
    middle = comparison.on or next((o.first_after for o in reversed(pair.overtakes) if not o.on_break), None)
    if not close or middle is None or points.empty:
        return thinned(points, [o.first_after for o in pair.overtakes])
    near = points[(points["last"] - pd.Timestamp(middle)).abs() <= pd.Timedelta(NEAR)]
    return (near if near["value"].notna().sum() > 1 else points).reset_index(drop=True)


def _bases(panel: Panel) -> dict[tuple[str, date], float]:
    """How many people answered, by framework and last day of an edition."""
    if panel.metric.kind is not Kind.SHARE:
        return {}
    rows = [(name, frame.dropna(subset=["base"])) for name, frame in panel.seen.items()]
    return {
        (name, pd.Timestamp(end).date()): float(base)
        for name, frame in rows
        for end, base in zip(frame["period_end"], frame["base"], strict=True)
    }


def _sides(comparison: Comparison, panel: Panel, dark: bool) -> chart.Sides:
    names = (comparison.a, comparison.b)
    colours = [framework_styles.colour(name, comparison.catalog, dark=dark) for name in names]
    if colours[0] == colours[1]:
        colours[1] = theme.INK[dark]
    titles = [comparison.catalog.frameworks[name].title for name in names]
    return chart.Sides(
        names=(titles[0], titles[1]),
        colours=(colours[0], colours[1]),
        kind=panel.metric.kind,
        editions=panel.metric.has_editions,
        dark=dark,
        on=comparison.on,
        overtakes=panel.head_to_head(comparison.a, comparison.b).overtakes,
        breaks=[b for b in panel.catalog.breaks_of(panel.metric.id) if not b.frameworks or {*names} & {*b.frameworks}],
    )


def bands(gap: Gap) -> list[Break]:
    """The breaks within the days that are drawn: their place in this list is their number on the chart."""
    days = gap.points["when"].dropna()
    return line_chart.within(gap.sides.breaks, days.min().date(), days.max().date()) if len(days) else []


def marks_used(gap: Gap) -> str:
    """How to read the chart's marks, and only those that are there."""
    (a, b), on = gap.sides.names, gap.comparison.on
    readings = [f"above the middle line {a} is ahead, below it {b}"]
    if gap.points["value"].isna().any():
        readings.append("the line stops where days are missing (hatched) or the counting changed")
    if gap.metric.kind is Kind.SHARE:
        readings.append("bars are 95% intervals of the difference, hollow marks lie within them")
    if any(not o.on_break and (on is None or o.first_after <= on) for o in gap.sides.overtakes):
        readings.append("the grey vertical line is an overtake, as wide as it is dated")
    if on:
        readings.append(f"days after {wording.day(on)} are pale")
    return joined(readings)


def table(gap: Gap) -> pd.DataFrame:
    """The gap's numbers, the newest first: both figures, what lies between them, and whether the lead is decided."""
    rows, names, metric = gap.points.dropna(subset=["value"]).iloc[::-1], gap.sides.names, gap.metric
    scale, each = (100, "%") if metric.kind is Kind.SHARE else (1, metric.unit)
    between = f"{names[0]} / {names[1]}" if metric.kind is Kind.FLOW else f"Difference ({_difference_unit(metric)})"
    return pd.DataFrame(
        {
            "First day": rows["start"].dt.date,
            "Last day": rows["last"].dt.date,
            f"{names[0]} ({each})": rows["a"] * scale,
            f"{names[1]} ({each})": rows["b"] * scale,
            between: rows["value"] * scale,
            "Lead decided": rows["leader"] != "",
        }
    )


def figure(gap: Gap, style: Style) -> Figure:
    """The gap as a figure. Raises QuestionError if there is nothing to draw."""
    catalog, entry, (a, b) = gap.comparison.catalog, gap.entry, gap.sides.names
    if not gap.drawable:
        raise QuestionError(
            f"There is nothing to draw: {a} and {b} were never seen over the same days by {entry.title}."
        )
    sides = replace(gap.sides, dark=style.dark)
    headline, detail = parted(entry.sentence)
    doubt = verdict_sentence(entry.verdict, entry.reason) if entry.reason else ""
    return Figure(
        name=f"{gap.comparison.a}-{gap.comparison.b}-{entry.metric}",
        headline=headline,
        detail=" ".join(filter(None, (detail, _between_readings(gap), doubt))),
        subtitle=_subtitle(gap),
        legend=_legend(gap, sides),
        care=gap.metric.badge,
        draw=lambda height, still: chart.draw(gap.points, replace(sides, height=round(height), still=still)),
        summary=f"{a} against {b}: {headline}",
        notes=(marks_used(gap),),
        sources=catalog.sources_named(entry.sources),
        retrieved_at=entry.retrieved_at,
        caveats=tuple(catalog.caveats[code] for code in entry.caveats if code in catalog.caveats),
        bands=tuple(bands(gap)),
        as_of=gap.comparison.as_of,
        table=table(gap),
        newest=None if gap.comparison.on or gap.metric.period == "year" else entry.seen,
    )


def _subtitle(gap: Gap) -> str:
    """What is drawn, of which metric, and over which months, or as it stood when."""
    days, on = gap.points.dropna(subset=["value"])["last"], gap.comparison.on
    first, last = days.min().date(), days.max().date()
    span = f"{first.year} to {last.year}" if gap.metric.period == "year" else wording.months(first, last)
    return " · ".join((gap.metric.title, unit(gap.metric), f"as it stood on {wording.day(on)}" if on else span))


def _legend(gap: Gap, sides: chart.Sides) -> Legend | None:
    """Both figures that the answer is about, the higher first; None where it is about none."""
    entry, share = gap.entry, "share" if gap.metric.kind is Kind.SHARE else ""
    if entry.value_a is None or entry.value_b is None or entry.seen is None:
        return None
    pairs = sorted(zip((entry.value_a, entry.value_b), sides.names, sides.colours, strict=True), reverse=True)
    when = f"{entry.seen.year} edition" if gap.metric.period == "year" else wording.day(entry.seen)
    return Legend(tuple(LegendEntry(name, colour, number(value, share)) for value, name, colour in pairs), when)


def _between_readings(gap: Gap) -> str:
    """The lead of a counter before and after the day of the question: it went from one to the other in between."""
    entry = gap.entry
    if gap.metric.kind is not Kind.STOCK or entry.seen in (None, gap.comparison.on):
        return ""
    if entry.leader is None or entry.lead is None or entry.next_lead is None:
        return ""
    before, after = (wording.day(day) for day in (entry.seen, entry.next_seen) if day)
    return f"The lead was {number(entry.lead)} on {before} and {number(entry.next_lead)} on {after}."


# -- points ------------------------------------------------------------------------------------------------------------


def gap_points(pair: HeadToHead, breaks: Sequence[Break], bases: Mapping[tuple[str, date], float]) -> pd.DataFrame:
    """The pairs of a head-to-head as points, oldest first; a row without a value breaks the line at a hole or a break.

    Columns: when (UTC day), value (the gap), low, high (of shares), a, b, leader (id, or empty where undecided), day,
    status (of a row without a value: gap or break). `bases`: how many people answered, by framework and last day of a
    period.
    """
    pairs, metric = pair.pairs, pair.metric
    rows = pd.DataFrame(
        {
            "start": pd.to_datetime(pairs.start, unit="D"),
            "last": pd.to_datetime(pairs.last, unit="D"),
            "a": pairs.a,
            "b": pairs.b,
            "leader": np.select([pairs.sign > 0, pairs.sign < 0], [pair.a, pair.b], ""),
        }
    )
    rows["value"] = _gap_values(rows, metric)
    rows["when"] = rows["last"] - (chart.HALF_A_YEAR if metric.has_editions else pd.Timedelta(0))
    rows["day"] = [_day(start, last, metric) for start, last in zip(rows["start"], rows["last"], strict=True)]
    rows[["low", "high"]] = _intervals(rows, pair, bases)
    holes = _holes(rows, metric)
    rows["status"] = np.where(holes, "gap", "break")
    cuts = rows[holes | _over_breaks(rows, breaks, (pair.a, pair.b))]
    rows["status"] = "final"
    empty = cuts.assign(when=cuts["when"] - pd.Timedelta(hours=1), value=np.nan, low=np.nan, high=np.nan)
    return pd.concat([rows, empty], ignore_index=True).sort_values("when", kind="stable").reset_index(drop=True)


def thinned(points: pd.DataFrame, keep: Sequence[date]) -> pd.DataFrame:
    """At most about MOST_POINTS of the points, those around the days `keep` and the extremes always among them."""
    if len(points) <= MOST_POINTS:
        return points
    wanted = set(np.linspace(0, len(points) - 1, MOST_POINTS).astype(int))
    wanted |= {int(np.nanargmin(points["value"])), int(np.nanargmax(points["value"]))}
    wanted |= set(np.flatnonzero(points["value"].isna()))
    for day in keep:
        at = int(points["last"].searchsorted(pd.Timestamp(day)))
        wanted |= set(range(max(at - 20, 0), min(at + 20, len(points))))
    return points.iloc[sorted(wanted)].reset_index(drop=True)


def _day(start: pd.Timestamp, last: pd.Timestamp, metric: Metric) -> str:
    if metric.period == "year":
        return f"{last:%Y}"
    return f"{last:%Y-%m-%d}" if metric.kind is Kind.STOCK else f"{start:%Y-%m-%d} to {last:%Y-%m-%d}"


def _gap_values(rows: pd.DataFrame, metric: Metric) -> pd.Series[float]:
    """The difference, or for flows the ratio; no ratio where either is zero."""
    if metric.kind is not Kind.FLOW:
        return rows["a"] - rows["b"]
    both = (rows["a"] > 0) & (rows["b"] > 0)
    return (rows["a"] / rows["b"].where(both)).where(both)


def _intervals(rows: pd.DataFrame, pair: HeadToHead, bases: Mapping[tuple[str, date], float]) -> pd.DataFrame:
    """The interval of the difference of two shares, where there are both bases."""
    bounds = []
    for a, b, last in zip(rows["a"], rows["b"], rows["last"], strict=True):
        pair_bases = [bases.get((name, last.date()), np.nan) for name in (pair.a, pair.b)]
        if pair.metric.kind is not Kind.SHARE or any(np.isnan(base) for base in pair_bases):
            bounds.append((np.nan, np.nan))
        else:
            difference = newcombe(a, pair_bases[0], b, pair_bases[1])
            bounds.append((difference.low, difference.high))
    return pd.DataFrame(bounds, columns=["low", "high"], index=rows.index, dtype="float64")


def _holes(rows: pd.DataFrame, metric: Metric) -> pd.Series[bool]:
    """Where days are missing since the point before."""
    apart = (rows["start"] - rows["last"].shift(1)).dt.days - 1 > metric.gap_after_days
    return apart.fillna(value=False).astype(bool)


def _over_breaks(rows: pd.DataFrame, breaks: Sequence[Break], names: tuple[str, str]) -> pd.Series[bool]:
    """Where the line must not come from the point before since it would cross the edge of a break."""
    before, cut = rows["last"].shift(1), pd.Series(data=False, index=rows.index)
    for one in breaks:
        if one.kind != "break" or (one.frameworks and not set(names) & set(one.frameworks)):
            continue
        since, until = pd.Timestamp(one.since), pd.Timestamp(one.until)
        touched = (before <= until) & (rows["last"] >= since)
        cut |= touched & ((before < since) | (rows["last"] > until))
    return cut.fillna(value=False).astype(bool)
