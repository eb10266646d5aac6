"""Recent anomalies as alerts: figures that stand out of their own neighbourhood, and days on which many did at once.

`answers.anomalies` detects them, as for its page. Possible changes are left out: it takes weeks to part them from a
spike, and they are never reported as a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from answers import wording
from answers.anomalies.answer import Anomaly, SourceIncident, anomalies
from answers.anomalies.wording import known_sentence
from answers.questions import AnomaliesQuestion, api_address
from catalog import Catalog, Kind
from storage import NewAlert, Store
from uptake.alerts.baseline import KEPT_DAYS, NEWS_DAYS, WatchedMetric

NEAR = timedelta(days=3)  # anomalies so near to each other are one event


def anomaly_alerts(
    store: Store, catalog: Catalog, metrics: Mapping[str, WatchedMetric], keys: list[str], now: datetime
) -> Iterator[NewAlert]:
    """Spikes and source incidents that are not among `keys`, to which theirs are added."""
    daily = [s.metric.id for s in metrics.values() if s.metric.period == "day" and s.metric.kind is not Kind.SHARE]
    if not daily:
        return
    since = now.date() - timedelta(days=NEWS_DAYS["day"] + KEPT_DAYS)
    recent = anomalies(store, catalog, now, metrics=daily, since=since)
    for incident in sorted(recent.incidents, key=lambda i: (i.since, i.metric)):
        yield from _incident(metrics[incident.metric], incident, keys)
    spikes = [anomaly for anomaly in recent.flags if anomaly.kind == "spike" and not anomaly.shared]
    for anomaly in sorted(spikes, key=lambda o: (o.since, -abs(o.score), o.metric, o.framework)):
        yield from _spike(catalog, metrics[anomaly.metric], anomaly, keys)


def _incident(watched: WatchedMetric, incident: SourceIncident, keys: list[str]) -> Iterator[NewAlert]:
    """One alert per source and direction: it concerns all that it counts."""
    before = f"incident:{watched.metric.sources[0]}:{_direction(incident)}:"
    if _is_noted(keys, before, incident.since, incident.until):
        return
    keys.append(f"{before}{incident.since}")
    text = f"{incident.sentence} {known_sentence(incident.known_breaks)}".strip()
    silent = not any(watched.is_news(incident.until, (name,)) for name in incident.frameworks)
    query = _query(incident, incident.frameworks)
    yield NewAlert(keys[-1], "anomaly", incident.since, text, query, silent)


def _spike(catalog: Catalog, watched: WatchedMetric, anomaly: Anomaly, keys: list[str]) -> Iterator[NewAlert]:
    """One alert per framework, family and direction: several metrics of one family have the same day."""
    metric = catalog.metrics[anomaly.metric]
    before = f"spike:{metric.family}:{anomaly.framework}:{_direction(anomaly)}:"
    if _is_noted(keys, before, anomaly.since, anomaly.until):
        return
    keys.append(f"{before}{anomaly.since}")
    text = (
        f"{anomaly.sentence} This is in {wording.phrase(metric)}. The next weeks will show whether it lasts. "
        f"{known_sentence(anomaly.known_breaks)}"
    ).strip()
    silent = not watched.is_news(anomaly.until, (anomaly.framework,))
    yield NewAlert(keys[-1], "anomaly", anomaly.since, text, _query(anomaly, (anomaly.framework,)), silent)


def _direction(event: Anomaly | SourceIncident) -> str:
    return "rose" if event.rose else "fell"


def _query(event: Anomaly | SourceIncident, frameworks: Iterable[str]) -> str:
    return api_address(AnomaliesQuestion((event.metric,), tuple(frameworks), event.since, event.until))


def _is_noted(keys: Iterable[str], before: str, since: date, until: date) -> bool:
    """Whether the event is noted already: the same, or one a few days off, as revisions and later days move it."""
    days = (date.fromisoformat(key.removeprefix(before)) for key in keys if key.startswith(before))
    return any(since - NEAR <= day <= until + NEAR for day in days)
