"""What happened lately that somebody may want to be told: overtakes, levels reached, odd days, stale sources.

Everything is found anew from what the store knows, by the same arithmetic as the pages, whenever somebody looks; that
it is told once is a matter of its *key*, which the store keeps. A key is made from what is known when the event is
found first and later sightings are matched to it (`AlertScan`), because more data narrow a bracket and revisions move
it by days.

What is no news (`uptake.watched` says what is) is noted *silently*: kept, shown on the page, told to nobody. So a new
store, a framework added today and a past that is filled in afterwards are silent, however the figures come in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import combinations
from urllib.parse import parse_qsl, urlencode

import pandas as pd

from analysis import TRAILING_DAYS, Overtake, chance_sign, reached
from answers import wording
from answers.overtakes.compare import Comparison, Entry, compare
from catalog import Catalog, Kind, Metric
from storage import KeptAlert, NewAlert, Store
from uptake.alerts import anomalies, staleness
from uptake.alerts.baseline import Seen, watched
from uptake.settings.values import ALERT_KINDS

API = "/api/v1"
SAME_DAYS = TRAILING_DAYS  # a sum over 28 days may cross a few times in as many: that is one event
TOLD = ("robust", "contested")  # verdicts of which an overtake is told
LEAST_LEVEL = 100


@dataclass(frozen=True, slots=True)
class Undelivered:
    """How many alerts wait to be told, and what went wrong the last time."""

    waiting: int
    error: str


def find(
    store: Store,
    catalog: Catalog,
    now: datetime,
    *,
    kinds: Collection[str] = ALERT_KINDS,
    first_look: bool = False,
    scheduled: bool = False,
) -> list[NewAlert]:
    """Everything noteworthy that is not noted yet, oldest first. `catalog`: with the user's own frameworks.

    `kinds` are those that are told, all others are silent. `first_look`: nobody ever looked at this store, so that all
    but a stale source is silent. `scheduled`: whether a scheduler works on the store, which then has its own try at a
    source before it is called stale.
    """
    known = store.alerts(1_000_000, include_silent=True)
    seen = watched(store, catalog, now)
    look = AlertScan(store, catalog, now, seen, [alert.key for alert in known])
    found = [*look.overtakes(), *look.milestones(), *anomalies.found(store, catalog, seen, look.keys, now)]
    told = [_quiet(alert, kinds, first_look=first_look) for alert in found]
    told += [_quiet(a, kinds) for a in staleness.found(store, catalog, look.keys, now, scheduled=scheduled)]
    return sorted(told, key=lambda alert: (alert.happened, alert.key))


def page(alert: KeptAlert | NewAlert) -> str:
    """The page that shows the evidence, as an address relative to the dashboard's."""
    address, _, query = alert.query.partition("?")
    if alert.kind == "overtake":
        return f"/head-to-head?{query}&by={alert.key.split(':')[1]}"
    if not address.startswith(API):
        return alert.query
    # The page of odd days tells of a framework's whole past, in which the day is marked.
    whole = [(name, text) for name, text in parse_qsl(query) if name not in ("since", "until")]
    return f"/{'anomalies' if alert.kind == 'anomaly' else 'trends'}?{urlencode(whole, safe=',')}"


def undelivered(store: Store) -> Undelivered:
    """What waits to be told."""
    waiting = store.unsent()
    return Undelivered(len(waiting), next((alert.error for alert in waiting if alert.error), ""))


def _quiet(alert: NewAlert, kinds: Collection[str], *, first_look: bool = False) -> NewAlert:
    if not alert.silent and (first_look or alert.kind not in kinds):
        return NewAlert(alert.key, alert.kind, alert.happened, alert.text, alert.query, silent=True)
    return alert


@dataclass
class AlertScan:
    """One look at a store. `keys` are those of the events known, to which those found are added."""

    store: Store
    catalog: Catalog
    now: datetime
    seen: Mapping[str, Seen]
    keys: list[str]
    _compared: dict[tuple[str, str], Comparison] = field(default_factory=dict)

    def overtakes(self) -> Iterator[NewAlert]:
        """Each change of lead that still holds and can be told from noise, in the order in which they happened."""
        recent = [
            (flips[: n + 1], seen)
            for seen in self.seen.values()
            for a, b in combinations(seen.frames, 2)
            for flips in (seen.field.duel(a, b).overtakes,)
            for n, overtake in enumerate(flips)
            if seen.is_kept(overtake.first_after) and not overtake.on_break
        ]
        for flips, seen in sorted(recent, key=lambda found: found[0][-1].first_after):
            yield from self._overtake(seen, flips)

    def _overtake(self, seen: Seen, flips: Sequence[Overtake]) -> Iterator[NewAlert]:
        """The last of these changes of lead, unless it only undoes one that nobody was told of."""
        o = flips[-1]
        if self._is_told(seen.metric, o) or self._led_before(seen.metric, flips) == o.winner:
            return
        entry = self._entry(seen.metric, o)
        if entry is None or entry.verdict not in TOLD or entry.leader != o.winner or _is_chance(entry, seen.metric):
            return
        key = f"overtake:{seen.metric.id}:{o.winner}:{o.loser}:{o.last_before}/{o.first_after}"
        self.keys.append(key)
        silent = not seen.is_news(o.first_after, (o.winner, o.loser), o.last_before)
        query = f"{API}/compare.json?{urlencode({'a': o.winner, 'b': o.loser, 'on': o.first_after})}"
        happened = min(o.first_after, self.now.date())  # a survey's year may not be over when it is published
        yield NewAlert(key, "overtake", happened, self._said(entry, o), query, silent)

    def _led_before(self, metric: Metric, flips: Sequence[Overtake]) -> str:
        """Who led before the lead began to change hands, as far as nobody was told of it."""
        first = flips[-1]
        for earlier in reversed(flips[:-1]):
            if (flips[-1].first_after - earlier.first_after).days > SAME_DAYS or self._is_told(metric, earlier):
                break
            first = earlier
        return first.loser

    def _is_told(self, metric: Metric, o: Overtake) -> bool:
        """Whether it is known, by this metric or another rule of counting the same, under a bracket that it overlaps
        or nearly does.
        """
        near = timedelta(days=SAME_DAYS)
        for key in self.keys:
            kind, _, rest = key.partition(":")
            if kind != "overtake":
                continue
            by, winner, loser, bracket = rest.split(":")
            other = self.catalog.metrics.get(by)
            if (winner, loser) != (o.winner, o.loser) or other is None or not metric.is_rule_beside(other):
                continue
            first, last = map(date.fromisoformat, bracket.split("/"))
            if o.last_before - near <= last and first - near <= o.first_after:
                return True
        return False

    def _entry(self, metric: Metric, o: Overtake) -> Entry | None:
        """What `compare` says now by that metric."""
        pair = (o.winner, o.loser)
        if pair not in self._compared:
            self._compared[pair] = compare(self.store, self.catalog, *pair, self.now)
        return next((e for e in self._compared[pair].entries if e.metric == metric.id), None)

    def _said(self, entry: Entry, o: Overtake) -> str:
        metric = self.catalog.metrics[entry.metric]
        first, second = (wording.framework(self.catalog, name) for name in (o.winner, o.loser))
        hole = ", across a hole in what was seen" if o.on_gap else ""
        lead = ""
        if entry.lead and entry.seen and entry.since:
            when = wording.period(metric, entry.seen if metric.kind is Kind.STOCK else entry.since, entry.seen)
            lead = f"; {when} it led by {wording.amount(entry.lead, metric)}"
        return (
            f"{first} passed {second} in {wording.phrase(metric)} {wording.between(o.last_before, o.first_after)}{hole}"
            f"{lead}. {entry.verdict.capitalize()}: {entry.reason}."
        )

    def milestones(self) -> Iterator[NewAlert]:
        """Each round number of stars that was reached for the first time."""
        for seen in self.seen.values():
            if seen.metric.kind is Kind.STOCK and seen.metric.family == "stars":
                for name, frame in seen.frames.items():
                    yield from self._milestones(seen, name, frame)

    def _milestones(self, seen: Seen, name: str, frame: pd.DataFrame) -> Iterator[NewAlert]:
        for level in _levels(float(frame["value"].max())):
            key = f"milestone:{seen.metric.id}:{name}:{level}"
            at = reached(frame, level)
            if key in self.keys or at is None or at.last_below is None or not seen.is_kept(at.first_at):
                continue
            self.keys.append(key)
            text = (
                f"{wording.framework(self.catalog, name)} reached {level:,} in {wording.phrase(seen.metric)} "
                f"{wording.between(at.last_below, at.first_at)}."
            )
            query = {"metric": seen.metric.id, "framework": name}
            silent = not seen.is_news(at.first_at, (name,), at.last_below)
            yield NewAlert(key, "milestone", at.first_at, text, f"{API}/series.json?{urlencode(query)}", silent)


def _levels(highest: float) -> list[int]:
    """100, 200, 500, 1,000, ... up to the highest."""
    return [lead * 10**n for n in range(2, 10) for lead in (1, 2, 5) if LEAST_LEVEL <= lead * 10**n <= highest]


def _is_chance(entry: Entry, metric: Metric) -> bool:
    """Whether a flow's lead is no more than chance would bring: of two repositories with thirty stars a month the one
    or the other is ahead.
    """
    if metric.kind is not Kind.FLOW or entry.value_a is None or entry.value_b is None:
        return False
    return chance_sign(entry.value_a, entry.value_b) == 0
