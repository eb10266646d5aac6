"""What happened lately that somebody may want to hear of: overtakes, milestones, anomalies, stale sources.

Each scan detects everything anew from the store, by the same arithmetic as the pages. An event becomes an alert once,
by its *key*, which the store keeps. A key is made when the event is first detected, and later sightings are matched to
it (`AlertScan`), because more data narrow a bracket and revisions move it by days.

What is no news (`uptake.alerts.baseline` defines news) is noted *silently*: kept and shown on the page, but delivered
to nobody. So a new store, a framework added today and a past that is filled in afterwards are silent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pandas as pd

from analysis.growth.growth_rates import reached
from analysis.overtakes.overtake_dates import Overtake
from analysis.overtakes.paired_series import TRAILING_DAYS
from analysis.overtakes.verdict import VerdictWord
from answers import wording
from answers.overtakes.standings import Standing, standing
from answers.overtakes.wording import verdict_sentence
from answers.questions import API, CompareQuestion, Question, api_address
from catalog import Catalog, Kind, Metric
from storage import KeptAlert, NewAlert, Store
from uptake.alerts.anomalies import anomaly_alerts
from uptake.alerts.baseline import WatchedMetric, watched_metrics
from uptake.alerts.late_sources import gone_alerts, late_source_alerts
from uptake.settings.value_types import ALERT_KINDS

SAME_DAYS = TRAILING_DAYS  # a sum over 28 days may cross a few times in as many: that is one event
LEAST_LEVEL = 100


def find_alerts(
    store: Store,
    catalog: Catalog,
    now: datetime,
    *,
    kinds: Collection[str] = ALERT_KINDS,
    first_scan: bool = False,
    scheduled: bool = False,
) -> list[NewAlert]:
    """Every event that is not noted yet, oldest first. `catalog`: with the user's own frameworks.

    `kinds` are those that are delivered, all others are silent. `first_scan`: this store was never scanned, so that
    all but a stale source is silent. `scheduled`: whether a scheduler works on the store, which then has its
    own try at a source before it is called stale.
    """
    noted = store.alerts(1_000_000, include_silent=True)
    metrics = watched_metrics(store, catalog, now)
    scan = AlertScan(store, catalog, now, metrics, [alert.key for alert in noted])
    events = [*scan.overtakes(), *scan.milestones(), *anomaly_alerts(store, catalog, metrics, scan.keys, now)]
    alerts = [_quiet(alert, kinds, first_scan=first_scan) for alert in events]
    alerts += [_quiet(a, kinds) for a in late_source_alerts(store, catalog, scan.keys, now, scheduled=scheduled)]
    alerts += [_quiet(alert, kinds) for alert in gone_alerts(store, catalog, scan.keys, now)]
    return sorted(alerts, key=lambda alert: (alert.happened, alert.key))


def alert_page(alert: KeptAlert | NewAlert) -> str:
    """The page that shows the evidence, as an address relative to the dashboard's."""
    address, _, query = alert.query.partition("?")
    if alert.kind == "overtake":
        return f"/head-to-head?{query}&by={alert.key.split(':')[1]}"
    if not address.startswith(API):
        return alert.query
    # The anomalies page shows a framework's whole past, in which the day is marked.
    whole = [(name, text) for name, text in parse_qsl(query) if name not in ("since", "until")]
    return f"/{'anomalies' if alert.kind == 'anomaly' else 'trends'}?{urlencode(whole, safe=',')}"


def _quiet(alert: NewAlert, kinds: Collection[str], *, first_scan: bool = False) -> NewAlert:
    if not alert.silent and (first_scan or alert.kind not in kinds):
        return NewAlert(alert.key, alert.kind, alert.happened, alert.text, alert.query, silent=True)
    return alert


@dataclass
class AlertScan:
    """One scan of a store. `keys` are those of the events noted, to which those of new ones are added."""

    store: Store
    catalog: Catalog
    now: datetime
    metrics: Mapping[str, WatchedMetric]
    keys: list[str]

    def overtakes(self) -> Iterator[NewAlert]:
        """Each change of lead that still holds and is more than noise, in the order in which they happened."""
        recent = [
            (flips[: n + 1], watched)
            for watched in self.metrics.values()
            for flips in (pairing.overtakes for pairing in watched.panel.crossed())
            for n, overtake in enumerate(flips)
            if watched.is_kept(overtake.called_on) and not overtake.on_break
        ]
        for flips, watched in sorted(recent, key=lambda changes: changes[0][-1].first_after):
            yield from self._overtake(watched, flips)

    def _overtake(self, watched: WatchedMetric, flips: Sequence[Overtake]) -> Iterator[NewAlert]:
        """The last of these changes of lead, unless it only undoes one that was not noted."""
        o = flips[-1]
        if self._is_noted(watched.metric, o) or self._led_before(watched.metric, flips) == o.winner:
            return
        now = standing(self.store, self.catalog, watched.metric, (o.winner, o.loser), self.now)
        if now is None or now.leader != o.winner:
            return
        if now.verdict.word is VerdictWord.UNDECIDABLE and o.fallen is None:
            return
        key = f"overtake:{watched.metric.id}:{o.winner}:{o.loser}:{o.last_before}/{o.first_after}"
        self.keys.append(key)
        silent = not watched.is_news(o.first_after, (o.winner, o.loser), o.last_before, o.called_on)
        query = api_address(CompareQuestion(o.winner, o.loser, o.first_after))
        happened = min(o.first_after, self.now.date())  # a survey's year may not be over when it is published
        yield NewAlert(key, "overtake", happened, self._sentence(watched.metric, now, o), query, silent)

    def _led_before(self, metric: Metric, flips: Sequence[Overtake]) -> str:
        """Who led before the lead began to change hands, as far as it was not noted."""
        first = flips[-1]
        for earlier in reversed(flips[:-1]):
            if (flips[-1].first_after - earlier.first_after).days > SAME_DAYS or self._is_noted(metric, earlier):
                break
            first = earlier
        return first.loser

    def _is_noted(self, metric: Metric, o: Overtake) -> bool:
        """Whether it is noted already, by this metric or another rule of counting the same, under a bracket that it
        overlaps or nearly does.
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

    def _sentence(self, metric: Metric, now: Standing, o: Overtake) -> str:
        first, second = (wording.framework(self.catalog, name) for name in (o.winner, o.loser))
        gap = " (gap in the data)" if o.on_gap else ""
        lead = ""
        if now.lead and now.pair:
            seen = now.pair.last
            when = wording.period(metric, seen if metric.kind is Kind.STOCK else now.pair.start, seen)
            lead = f" It was ahead by {wording.amount(now.lead, metric)} {when}."
        bracket = wording.bracket(metric.period, o.last_before, o.first_after)
        passed = f"{first} passed {second} in {wording.phrase(metric)} {bracket}{gap}."
        return f"{passed}{lead} {verdict_sentence(str(now.verdict.word), now.verdict.reason)}"

    def milestones(self) -> Iterator[NewAlert]:
        """Each round number of stars that was reached for the first time."""
        for watched in self.metrics.values():
            if watched.metric.kind is Kind.STOCK and watched.metric.family == "stars":
                for name, frame in watched.frames.items():
                    yield from self._milestones(watched, name, frame)

    def _milestones(self, watched: WatchedMetric, name: str, frame: pd.DataFrame) -> Iterator[NewAlert]:
        for level in _levels(float(frame["value"].max())):
            key = f"milestone:{watched.metric.id}:{name}:{level}"
            at = None if key in self.keys else reached(frame, level)
            if at is None or at.last_below is None or not watched.is_kept(at.first_at):
                continue
            self.keys.append(key)
            text = (
                f"{wording.framework(self.catalog, name)} reached {level:,} {wording.things(watched.metric)} "
                f"{wording.bracket(watched.metric.period, at.last_below, at.first_at)}."
            )
            query = api_address(Question(watched.metric.id, (name,)))
            silent = not watched.is_news(at.first_at, (name,), at.last_below)
            yield NewAlert(key, "milestone", at.first_at, text, query, silent)


def _levels(highest: float) -> list[int]:
    """100, 200, 500, 1,000, ... up to the highest."""
    return [lead * 10**n for n in range(2, 10) for lead in (1, 2, 5) if LEAST_LEVEL <= lead * 10**n <= highest]
