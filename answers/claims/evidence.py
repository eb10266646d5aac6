"""What a claim is judged by: the evidence of each metric, for it, against it, partly, or nothing clear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

import pandas as pd

from analysis.breaks import touching
from analysis.overtakes.head_to_head import HeadToHead
from answers import wording
from answers.claims.grammar.parser import ParsedClaim
from answers.claims.grammar.sentence_cores import USE
from answers.panel import Panel, caveats_within, outlived, panels
from answers.questions import final_through
from answers.series.observations import source_names
from catalog import Catalog, Kind, Metric
from storage import Store

YEAR = timedelta(days=365)
MOST_MISSING = 10  # names of those not compared, in one sentence
OF_USE = ("downloads", "survey")  # the families that count use or come near it


class Stance(StrEnum):
    """Which side of a claim a piece of evidence is on."""

    FOR = "for"
    AGAINST = "against"
    PARTLY = "partly"
    UNCLEAR = "unclear"

    @property
    def denied(self) -> Stance:
        """The stance on the denial of the claim."""
        return {Stance.FOR: Stance.AGAINST, Stance.AGAINST: Stance.FOR}.get(self, self)

    @classmethod
    def of_sign(cls, sign: float) -> Stance:
        """For a claim of growth or a lead: for it above zero, against it below, unclear at zero."""
        return cls.FOR if sign > 0 else cls.AGAINST if sign < 0 else cls.UNCLEAR


@dataclass(frozen=True, slots=True)
class Evidence:
    """One metric's evidence on a claim: `sentence` has the numbers, `since`..`until` the days they are about."""

    metric: str
    stance: Stance = field(metadata={"json": "says"})
    sentence: str
    since: date | None
    until: date | None
    sources: tuple[str, ...]
    caveats: tuple[str, ...]
    retrieved_at: datetime | None


@dataclass(frozen=True)
class ClaimContext:
    """What a claim is judged by: the store as known at `as_of`, as it stood on the day `on` (None: as last seen)."""

    store: Store
    catalog: Catalog
    now: datetime
    on: date | None
    as_of: datetime | None
    _panels: dict[tuple[str, ...], dict[str, Panel]] = field(default_factory=dict)

    @property
    def final(self) -> date:
        return final_through(self.now, self.as_of)

    def until(self, claim: ParsedClaim) -> date | None:
        """The last day that the claim is judged for; None: as last seen."""
        return min(filter(None, (claim.until, self.on)), default=None)

    def panels_of(self, frameworks: Sequence[str], what: str = "") -> Mapping[str, Panel]:
        """Every metric with values of two of these, read once; one per million only where it is `what` is meant."""
        metric = self.catalog.metrics.get(what)
        alone = [what] if metric and metric.per_million else []
        key = ("".join(alone), *frameworks)
        if key not in self._panels:
            self._panels[key] = panels(
                self.store, self.catalog, frameworks, self.final, self.as_of, only=alone, on=self.on
            )
        return self._panels[key]

    def meant(self, claim: ParsedClaim, frameworks: Sequence[str], ever: bool = False) -> list[Panel]:
        """The metrics that a claim is about; for a claim about today (not `ever`) without those that have ended.

        A metric that is summed up has a say only where none that was read has a history of two of these frameworks.
        """
        panels = [f for f in self.panels_of(frameworks, claim.what).values() if is_meant(self.catalog, f.metric, claim)]
        if claim.amount is not None and not claim.what and not claim.times:  # a number without a unit is one of a count
            panels = [f for f in panels if f.metric.kind is not Kind.SHARE]
        read = {f.metric.counts for f in panels if not f.metric.cumulates and f.has_history}
        panels = [f for f in panels if not f.metric.cumulates or f.metric.counts not in read]
        if ever or self.on is not None or claim.until is not None:
            return panels
        newest: dict[str, date] = {}
        for panel in panels:
            family = panel.metric.family
            newest[family] = max(newest.get(family, date.min), _last_day(panel))
        families = self.catalog.families
        return [f for f in panels if not outlived(families[f.metric.family], _last_day(f), newest[f.metric.family])]

    def evidence(
        self, metric: Metric, stance: Stance, text: str, frames: Iterable[pd.DataFrame], since: date, until: date
    ) -> Evidence:
        """A piece of evidence with its sources and the caveats that concern its days."""
        first, last = pd.Timestamp(since), pd.Timestamp(until)
        rows = pd.concat([f[(f["period_end"] >= first) & (f["period"] <= last)] for f in frames])
        retrieved_at = rows["retrieved_at"].max().to_pydatetime() if len(rows) else None
        broken = [b.id for b in touching(self.catalog.breaks_of(metric.id), since, until)]
        return Evidence(
            metric.id,
            stance,
            text,
            since,
            until,
            source_names(rows),
            (*caveats_within(self.catalog, metric, since, until), *broken),
            retrieved_at,
        )


def is_meant(catalog: Catalog, metric: Metric, claim: ParsedClaim) -> bool:
    """Whether a claim is about a metric: named itself, or of the family named, or of any where none is.

    What people want is no evidence of use, nor a pace one of a level, unless asked for by name.
    """
    if metric.id == claim.what:
        return True
    family = catalog.families[metric.family]
    named = family.id in OF_USE if claim.what == USE else claim.what in ("", family.id)
    return named and metric.counts == family.counts


def _last_day(panel: Panel) -> date:
    return pd.Timestamp(max(frame["period_end"].max() for frame in panel.seen.values())).date()


def everybody(context: ClaimContext, claim: ParsedClaim) -> tuple[str, ...]:
    """The frameworks of a claim: its two, or its one and all the others."""
    return (claim.a, claim.b) if claim.b else (claim.a, *(x for x in context.catalog.frameworks if x != claim.a))


def pairings(context: ClaimContext, claim: ParsedClaim, panel: Panel) -> list[HeadToHead]:
    """The first framework beside the one named, or beside all that count; nothing where the metric lacks it."""
    rivals = panel.seen if claim.b else context.catalog.counted(panel.metric.id, panel.seen)
    return [panel.head_to_head(claim.a, x) for x in rivals if x != claim.a] if claim.a in panel.seen else []


def together(
    context: ClaimContext,
    panel: Panel,
    claim: ParsedClaim,
    verb: str,
    parts: Sequence[tuple[Stance, str, date, date]],
    rivals: Sequence[str],
) -> Evidence:
    """One metric's evidence on all opponents: the worst of them decides. `rivals` are those that were compared."""
    order = [Stance.AGAINST, Stance.PARTLY, Stance.UNCLEAR, Stance.FOR]
    stance, text, start, _ = min(parts, key=lambda part: order.index(part[0]))
    if len(parts) > 1 and stance is Stance.FOR:
        what = wording.phrase(panel.metric)
        who = wording.framework(context.catalog, claim.a)
        missing = without(context.catalog, panel, [claim.a, *rivals])
        all_others = f"all {len(parts)} others{' that could be compared' if missing else ''}"
        text = f"{who} {verb} {all_others} in {what}; {_continued(text.removeprefix(f'In {what}, '))}{missing}"
    starts = [start, *(first for _, _, first, _ in parts), *filter(None, [claim.since])]
    return context.evidence(panel.metric, stance, text, panel.seen.values(), min(starts), max(p[3] for p in parts))


def without(catalog: Catalog, panel: Panel, compared: Sequence[str]) -> str:
    """Who was not compared, and why, as sentences with a space before each; empty: nobody is missing."""
    missing = [f.id for f in catalog.frameworks.values() if f.id not in compared and not f.removed]
    counted = catalog.counted(panel.metric.id, missing)
    reasons = {
        "no figure near that time": [name for name in missing if name in panel.seen and name in counted],
        "archived repository": [name for name in missing if name in panel.seen and name not in counted],
        "no figures at all": [name for name in missing if name not in panel.seen],
    }
    named = [f"{_named(catalog, names)} ({why})" for why, names in reasons.items() if names]
    return f" Not compared: {'; '.join(named)}." if named else ""


def _named(catalog: Catalog, names: Sequence[str]) -> str:
    more = [f"{len(names) - MOST_MISSING} more"] if len(names) > MOST_MISSING else []
    return wording.join_words([*(catalog.frameworks[name].own_title for name in names[:MOST_MISSING]), *more])


def _continued(text: str) -> str:
    """A sentence behind a semicolon: its "The" is small, a name is not."""
    return f"the {text.removeprefix('The ')}" if text.startswith("The ") else text


def unread(context: ClaimContext, claim: ParsedClaim, used: Sequence[Evidence] = ()) -> Iterator[Evidence]:
    """That no metric but those used has figures of both near the time meant, with the nearest there are; beside others
    only a metric that goes on is named.
    """
    until = context.until(claim) or context.now.date()
    verb = "compare over" if claim.kind in ("grows", "gained") else "are near"
    names = wording.join_words(wording.framework(context.catalog, name) for name in (claim.a, claim.b))
    heard = {e.metric for e in used}
    for panel in context.meant(claim, (claim.a, claim.b), ever=not used):
        comparison, metric = panel.head_to_head(claim.a, claim.b), panel.metric
        if metric.id in heard:
            continue
        begins = min((pair.last for pair in comparison.pairs), default=until)
        if claim.kind in ("grows", "gained") and claim.since and begins > claim.since:
            day = wording.period(metric, begins, begins)
            text = f"No figures of {names} in {wording.phrase(metric)} {verb} that time: those of both begin {day}."
            yield context.evidence(metric, Stance.UNCLEAR, text, panel.seen.values(), begins, until)
            continue
        near = {"last before": comparison.seen_by(until), "next": comparison.after(until)}
        ends = [
            (f"the {which} are of {wording.newest(metric, pair.last)}", pair)
            for which, pair in near.items()
            if pair and (context.on is None or pair.last <= context.on)
        ]
        text = f"No figures of {names} in {wording.phrase(metric)} {verb} that time"
        if ends:
            text, first, last = f"{text}: {', '.join(end for end, _ in ends)}.", ends[0][1].start, ends[-1][1].last
            yield context.evidence(metric, Stance.UNCLEAR, text, panel.seen.values(), first, last)
        elif len(comparison.pairs) and not used:
            yield Evidence(
                metric.id, Stance.UNCLEAR, f"{text}: they begin later.", None, None, (), metric.caveats, None
            )


def before(day: date, days: int) -> date:
    """So many days before, but not before the calendar begins."""
    return date.fromordinal(max(day.toordinal() - days, 1))
