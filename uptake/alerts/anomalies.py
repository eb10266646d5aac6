"""Odd days of late, as alerts: figures that stand out of their own neighbourhood, and days on which many did at once.

Found by `answers.anomalies`, as on its page. Possible changes are left out: they need weeks to be told from a spike,
and are never told as a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from answers import wording
from answers.anomalies.answer import Anomaly, SourceIncident, anomalies
from answers.anomalies.wording import known_sentence
from catalog import Catalog, Kind
from storage import NewAlert, Store
from uptake.alerts.baseline import KEPT_DAYS, NEWS_DAYS, Seen

ANOMALIES = "/api/v1/anomalies.json"
NEAR = timedelta(days=3)  # odd days so near to each other are one event


def found(
    store: Store, catalog: Catalog, seen: Mapping[str, Seen], keys: list[str], now: datetime
) -> Iterator[NewAlert]:
    """Spikes and source incidents that are not among `keys`, to which theirs are added."""
    daily = [s.metric.id for s in seen.values() if s.metric.period == "day" and s.metric.kind is not Kind.SHARE]
    if not daily:
        return
    since = now.date() - timedelta(days=NEWS_DAYS["day"] + KEPT_DAYS)
    told = anomalies(store, catalog, now, metrics=daily, since=since)
    for incident in sorted(told.incidents, key=lambda i: (i.since, i.metric)):
        yield from _incident(seen[incident.metric], incident, keys)
    spikes = [odd for odd in told.flags if odd.kind == "spike" and not odd.shared]
    for odd in sorted(spikes, key=lambda o: (o.since, -abs(o.score), o.metric, o.framework)):
        yield from _spike(catalog, seen[odd.metric], odd, keys)


def _incident(seen: Seen, incident: SourceIncident, keys: list[str]) -> Iterator[NewAlert]:
    """One alert per source and direction: it concerns all that it counts."""
    before = f"incident:{seen.metric.sources[0]}:{_way(incident)}:"
    if _is_told(keys, before, incident.since, incident.until):
        return
    keys.append(f"{before}{incident.since}")
    text = f"{incident.sentence} {known_sentence(incident.known)}".strip()
    silent = not any(seen.is_news(incident.until, (name,)) for name in incident.frameworks)
    query = _query(incident, incident.frameworks)
    yield NewAlert(keys[-1], "anomaly", incident.since, text, query, silent)


def _spike(catalog: Catalog, seen: Seen, odd: Anomaly, keys: list[str]) -> Iterator[NewAlert]:
    """One alert per framework, family and direction: several metrics of one family tell of the same day."""
    metric = catalog.metrics[odd.metric]
    before = f"spike:{metric.family}:{odd.framework}:{_way(odd)}:"
    if _is_told(keys, before, odd.since, odd.until):
        return
    keys.append(f"{before}{odd.since}")
    text = (
        f"{odd.sentence} This is by {wording.phrase(metric)}; whether it is a spike or lasts, the next weeks "
        "will tell. "
        f"{known_sentence(odd.known)}"
    ).strip()
    silent = not seen.is_news(odd.until, (odd.framework,))
    yield NewAlert(keys[-1], "anomaly", odd.since, text, _query(odd, (odd.framework,)), silent)


def _way(odd: Anomaly | SourceIncident) -> str:
    return "rose" if odd.rose else "fell"


def _query(odd: Anomaly | SourceIncident, frameworks: Iterable[str]) -> str:
    asked = {"metric": odd.metric, "framework": ",".join(frameworks), "since": odd.since, "until": odd.until}
    return f"{ANOMALIES}?{urlencode(asked, safe=',')}"


def _is_told(keys: Iterable[str], before: str, since: date, until: date) -> bool:
    """Whether the event is known: the same, or one a few days off, as revisions and later days move it."""
    days = (date.fromisoformat(key.removeprefix(before)) for key in keys if key.startswith(before))
    return any(since - NEAR <= day <= until + NEAR for day in days)
