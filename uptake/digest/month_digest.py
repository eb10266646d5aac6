"""A month in sentences: who passed whom, who leads, what was gained, what was revised, which source is stale.

Every statement carries its doubt and the query that gives it again. A digest is made from one vintage of the store, the
one `as_of` a moment: equal stores, months and moments make equal digests, whenever one asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import pandas as pd

from analysis.overtakes.overtake_dates import Overtake
from answers import wording
from answers.leaders.answer import Leaders, leaders
from answers.overtakes.standings import standing_caveats, standing_of
from answers.overtakes.wording import verdict_sentence
from answers.panel import Panel, grouped, outlived, panels
from answers.questions import (
    CompareQuestion,
    Question,
    QuestionError,
    TraceQuestion,
    api_address,
    final_through,
    known_framework,
)
from answers.series.answer import series
from answers.series.rows import REFUSED
from catalog import Catalog, Caveat, Kind, Metric, Source
from storage import Period, Store
from uptake.digest.source_states import source_states

MOST_GAINS, MOST_REVISED, MOST_LINES, MOST_LED = 8, 12, 6, 3  # in a sentence, in the list, on a chart, in the lead


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence, what to doubt about it, and the query (an address of the API, or a command) that gives it again."""

    text: str
    doubt: str
    query: str
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Statements under a title; `nothing` is the sentence where there are none."""

    title: str
    statements: tuple[Statement, ...]
    nothing: str


@dataclass(frozen=True, slots=True)
class Digest:
    """A month's report. `first` and `last` are its days, `as_of` (UTC) the vintage, `charts` what to draw with it.

    `as_known_now`: nothing was known at the month's end, so the moment is that at which it was made. `lead` sums it up;
    `lead_queries` are those of the statements it is made of.
    """

    first: date
    last: date
    as_of: datetime
    as_known_now: bool
    lead: str
    lead_queries: tuple[str, ...]
    sections: tuple[Section, ...]
    charts: tuple[Question, ...]
    caveats: tuple[Caveat, ...]
    sources: tuple[Source, ...]


def month_digest(
    store: Store,
    catalog: Catalog,
    frameworks: Sequence[str],
    month: date | None,
    as_of: datetime | None,
    now: datetime,
) -> Digest:
    """The digest of the month that a day lies in (None: the last one that is over), as known `as_of` a moment (None:
    the month's end; now, in a store that had learned nothing by then). Raises QuestionError for a moment that is yet to
    come: tomorrow it would be another digest.
    """
    named = tuple(dict.fromkeys(known_framework(catalog, name) for name in frameworks))
    day = month or now.date().replace(day=1) - timedelta(days=1)
    days = Period.month(day.year, day.month)
    first, last = days.start, days.end
    moment = as_of or datetime.combine(last, time.max, UTC)
    if moment > now:
        raise QuestionError(
            f"{wording.moment(moment)} is in the future. Choose an earlier month, or an earlier time with --as-of."
        )
    last = max(first, min(last, moment.date()))  # of a month that goes on, the days that have been
    lead = leaders(store, catalog, named, now, on=last, as_of=moment)
    known_now = as_of is None and not lead.rows
    if known_now:
        moment, lead = now, leaders(store, catalog, named, now, on=last, as_of=now)
    statements = _Month(store, catalog, lead.frameworks, first, last, moment)
    gains = tuple(statements.gains())
    none = "No overtake this month." if gains else "We can't say whether there was one: the month has no figures."
    passed, led = (tuple(made) for made in (statements.overtakes(), statements.leads(lead)))
    certain = tuple(statements.overtakes(earlier=True))
    sections = (
        Section("Overtakes this month", passed, none),
        *([Section("Earlier overtakes that became certain this month", certain, "")] if certain else []),
        Section("Who leads", led, "No metric had data on two of these frameworks."),
        Section("Gains and counts", gains, "No figure of this month."),
        Section("Revised figures", tuple(statements.revised()), "No total was revised this month."),
        Section("State of the sources", tuple(statements.stale()), "No source is collected on a schedule."),
    )
    every = [s for section in sections for s in section.statements]
    every_code = dict.fromkeys(code for s in every for code in s.caveats if code in catalog.caveats)
    codes = [code for code in every_code if _concerns(catalog.caveats[code], first, last)]
    charts = tuple(statements.charts(lead))
    summed = [*(*passed, *certain)[:MOST_LED], *led]
    metrics = dict.fromkeys([row.metric for row in lead.rows] + [chart.metric for chart in charts])
    names = dict.fromkeys(name for metric in metrics for name in _sources(lead, metric))
    return Digest(
        first, last, moment, known_now, _lead(lead, (*passed, *certain), moment),
        tuple(dict.fromkeys(s.query for s in summed)), sections, charts,
        tuple(catalog.caveats[code] for code in codes),
        catalog.sources_named(names),
    )  # fmt: skip


def _concerns(caveat: Caveat, first: date, last: date) -> bool:
    """Whether a caveat is about any of these days."""
    return (caveat.since or first) <= last and (caveat.until or last) >= first


def _lead(lead: Leaders, passed: Sequence[Statement], moment: datetime) -> str:
    """The month's overtakes and those that became certain in it, then who leads; older history is on the dashboard."""
    if not lead.rows:
        return (
            f"No comparable data had been collected by {wording.moment(moment)}. "
            "To use data collected since, name a later time with --as-of."
        )
    now = [part for part in lead.sentence.removesuffix(".").split(". ") if " passed " not in part]
    return " ".join([*(s.text for s in passed[:MOST_LED]), *(f"{part}." for part in now)])


def _sources(lead: Leaders, metric: str) -> list[str]:
    return [name for row in lead.rows if row.metric == metric for name in row.sources]


@dataclass(frozen=True)
class _Month:
    """What every statement is made from: the store, the frameworks, the month and the vintage."""

    store: Store
    catalog: Catalog
    frameworks: tuple[str, ...]
    first: date
    last: date
    moment: datetime

    @cached_property
    def _panels(self) -> dict[str, Panel]:
        return panels(self.store, self.catalog, self.frameworks, final_through(self.moment), self.moment)

    @cached_property
    def _published(self) -> dict[str, Panel]:
        return {name: panel.published_on(self.last) for name, panel in self._panels.items()}

    def overtakes(self, *, earlier: bool = False) -> Iterator[Statement]:
        """Every change of lead whose bracket ends in the month; `earlier`: those before it that could be called so only
        in the month (a pace once it has lasted). Levels and shares before paces, the largest first; by several rules of
        counting one thing it is told once.
        """
        events: dict[tuple[str, ...], list[tuple[Panel, Overtake]]] = {}
        for panel in self._panels.values():
            for o in (o for pairing in panel.crossed() for o in pairing.overtakes):
                on = o.called_on if earlier else o.first_after
                if self.first <= on <= self.last and (o.first_after < self.first) is earlier:
                    kind = (panel.metric.family, panel.metric.counts, o.winner, o.loser)
                    events.setdefault(kind, []).append((panel, o))
        yield from (self._overtake(several) for several in sorted(events.values(), key=_rank))

    def _overtake(self, several: Sequence[tuple[Panel, Overtake]]) -> Statement:
        """One change of lead, by the first metric that tells of it; the others are named."""
        panel, overtake = next((one for one in several if not one[1].on_break), several[0])
        metric, a, b = panel.metric, overtake.winner, overtake.loser
        first, second = (wording.framework(self.catalog, name) for name in (a, b))
        bracket = wording.bracket(metric.period, overtake.last_before, overtake.first_after)
        query = self._compared(a, b)
        if overtake.on_break:
            text = (
                f"{first} moved ahead of {second} in {wording.phrase(metric)} {bracket}, while the counting changed, "
                "so that does not count as an overtake."
            )
            return Statement(text, metric.badge, query, (REFUSED, *metric.caveats))
        gap = " (gap in the data)" if overtake.on_gap else ""
        published = self._published[metric.id]
        standing = standing_of(self._published, published, published.head_to_head(a, b), self.last)
        unclear = " We can't say whether it was still ahead at the month's end."
        held = {a: "", None: unclear}.get(standing.leader, " It was overtaken again by the month's end.")
        others = dict.fromkeys(wording.phrase(p.metric) for p, o in several if p is not panel and not o.on_break)
        also = f" It did so in {wording.join_words(others)} too." if others else ""
        text = f"{first} passed {second} in {wording.phrase(metric)} {bracket}{gap}.{held}{also}"
        doubt = f"{verdict_sentence(str(standing.verdict.word), standing.verdict.reason)} {metric.badge}"
        return Statement(text, doubt, query, standing_caveats(published, standing))

    def leads(self, lead: Leaders) -> Iterator[Statement]:
        """One statement per metric."""
        for row in lead.rows:
            metric = self.catalog.metrics[row.metric]
            query = (
                self._compared(row.leader, row.runner_up)
                if row.leader and row.runner_up
                else api_address(Question(metric.id, self.frameworks, until=self.last, as_of=self.moment), "csv")
            )
            yield Statement(row.sentence, metric.badge, query, metric.caveats)

    def gains(self) -> Iterator[Statement]:
        """What the month brought, metric by metric: gained where days can be counted, else what ended in it."""
        stored = self.store.observed()
        for metric in self.catalog.metrics.values():
            counted = tuple(name for name in self.frameworks if (metric.id, name) in stored)
            if counted and metric.has_total and metric.kind is not Kind.SHARE:
                yield from self._gained(metric, counted)

    def _gained(self, metric: Metric, frameworks: tuple[str, ...]) -> Iterator[Statement]:
        view = "gained" if metric.period == "day" else "level"
        question = Question(metric.id, frameworks, "", self.first, self.last, self.moment, view)
        answer = series(self.store, self.catalog, question, self.moment)
        frame = answer.frame
        frame = frame[frame["period_end"] <= pd.Timestamp(self.last)]
        values = frame.dropna(subset=["value"]).sort_values("value", ascending=False, kind="stable")
        refused = frame[frame["value"].isna() & frame["caveats"].str.contains(REFUSED, regex=False)]
        if values.empty and refused.empty:
            return
        figures = [self._figure(metric, row, view) for _, row in values.head(MOST_GAINS).iterrows()]
        figures += [f"{len(values) - MOST_GAINS} more"] if len(values) > MOST_GAINS else []
        gained = "gained " if metric.kind is Kind.STOCK and view == "gained" else ""
        what = f"{wording.capital(wording.things(metric))} {gained}in {wording.month(self.first)}"
        names = wording.join_words(
            [wording.framework(self.catalog, str(name)) for name in refused["framework"].unique()]
        )
        across = f" The counting changed meanwhile, so there is no figure of {names}." if names else ""
        codes = dict.fromkeys(code for codes in frame["caveats"] for code in codes.split())
        text = f"{what}: {wording.join_words(figures)}.{across}" if figures else f"{what}.{across}"
        text = f"{text} {answer.left_out}" if answer.left_out else text
        yield Statement(text, metric.badge, api_address(question, "csv"), tuple(codes))

    def _figure(self, metric: Metric, row: pd.Series, view: str) -> str:
        """A framework's figure with the days it is about, and whether it may change."""
        value = wording.value(float(row["value"]), metric)
        sign = "+" if view == "gained" and metric.kind is Kind.STOCK and row["value"] > 0 else ""
        open_ = "provisional" if row["status"] == "provisional" else ""
        whole = (row["period"].date(), row["period_end"].date()) == (self.first, self.last)
        days = "" if whole else wording.days(row["period"].date(), row["period_end"].date())
        about = f" ({', '.join(filter(None, [days, open_]))})" if days or open_ else ""
        return f"{wording.framework(self.catalog, str(row['framework']))} {sign}{value}{about}"

    def revised(self) -> Iterator[Statement]:
        """Totals that had another value before, one statement per series, with the largest change."""
        start = datetime.combine(self.first, time.min, UTC)
        end = min(self.moment, datetime.combine(self.last, time.max, UTC))
        revisions = []
        for metric, framework in self.store.revised(start, end):
            if framework in self.frameworks and metric in self.catalog.metrics:
                was = self.store.revisions(metric, framework)
                revisions.append((metric, framework, was[(was["until"] >= start) & (was["until"] <= end)]))
        revisions.sort(key=lambda row: (-len(row[2]), row[0], row[1]))
        yield from (self._revision(*row) for row in revisions[:MOST_REVISED])

    def _revision(self, metric_id: str, framework: str, was: pd.DataFrame) -> Statement:
        current = self.store.read(metric_id, [framework], as_of=self.moment)[["period", "period_end", "value"]]
        both = was.merge(current, "left", on=["period", "period_end"], suffixes=("_was", ""))
        both["change"] = (both["value"].fillna(0.0) - both["value_was"]).abs()
        most = both.sort_values(["change", "period"], ascending=[False, True], kind="stable").iloc[0]
        metric, day = self.catalog.metrics[metric_id], pd.Timestamp(most["period"]).date()
        old, new = (
            "missing" if pd.isna(most[name]) else wording.exact(float(most[name]), metric)
            for name in ("value_was", "value")
        )
        text = (
            f"{wording.framework(self.catalog, framework)}: {wording.counted(len(was), 'revised figure')} of "
            f"{wording.phrase(metric)}. The largest change: {old} to {new} for {wording.day(day)}."
        )
        query = api_address(TraceQuestion(metric=metric_id, framework=framework, period=day))
        return Statement(text, metric.badge, query, metric.caveats)

    def stale(self) -> Iterator[Statement]:
        """Each source that is collected on a schedule: up to which day, at the vintage, its figures were there."""
        for source, text, doubt in source_states(self.store, self.catalog, self.moment):
            yield Statement(text, doubt, f"uptake runs --source {source}")

    def charts(self, lead: Leaders) -> Iterator[Question]:
        """For each family the metric seen last of those it is first about, its highest frameworks."""
        for group in grouped(self.catalog, lead.rows, lambda row: self.catalog.metrics[row.metric]):
            family = self.catalog.families[self.catalog.metrics[group[0].metric].family]
            rows = [row for row in group if not outlived(family, row.period[1], self.last)]
            if family.plural and rows:
                newest = max(rows, key=lambda row: row.period[1])
                view = "pooled" if self.catalog.metrics[newest.metric].pooled_months else "level"
                yield Question(newest.metric, _highest(newest.spark), until=self.last, as_of=self.moment, view=view)

    def _compared(self, a: str, b: str) -> str:
        return api_address(CompareQuestion(a, b, self.last, self.moment))


def _rank(several: Sequence[tuple[Panel, Overtake]]) -> tuple[bool, float, date]:
    panel, overtake = several[0]
    size = float(panel.seen[overtake.winner]["value"].max())
    return panel.metric.kind is Kind.FLOW, -size, overtake.first_after


def _highest(spark: pd.DataFrame) -> tuple[str, ...]:
    last = spark.dropna(subset=["value"]).groupby("framework")["value"].last()
    return tuple(str(name) for name in last.sort_values(ascending=False, kind="stable").index[:MOST_LINES])
