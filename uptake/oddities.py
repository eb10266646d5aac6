"""Odd days of late: figures that stand out of their own neighbourhood, and days on which many did so at once.

Possible changes are left out: they need weeks to be told from a spike, and are never told as a fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import pandas as pd

from analysis import Flag, Incident, flags, incidents
from catalog import Catalog, Kind, Metric
from storage import NewAlert
from uptake.answers import _say
from uptake.answers._question import final_through
from uptake.watched import Seen

SERIES = "/api/v1/series.json"
NEIGHBOURS_DAYS = 200  # looked at before today: a spike is judged by the weeks around it
NEAR = timedelta(days=3)  # odd days so near to each other are one event
SHOWN_DAYS = 60  # before it, in the evidence


@dataclass(frozen=True, slots=True)
class _Odd:
    """One flag of one metric of one framework."""

    seen: Seen
    framework: str
    flag: Flag

    @property
    def rose(self) -> bool:
        return self.flag.score > 0


def found(catalog: Catalog, seen: Mapping[str, Seen], keys: list[str], now: datetime) -> Iterator[NewAlert]:
    """Spikes and source incidents that are not among `keys`, to which theirs are added."""
    odd: list[_Odd] = []
    for one in seen.values():
        if one.metric.period == "day" and one.metric.kind is not Kind.SHARE:
            of = {name: _flags(catalog, one, frame, now) for name, frame in one.frames.items()}
            together = [i for i in incidents(of) if one.is_kept(i.since)]
            yield from _incidents(catalog, one, together, keys)
            odd += [_Odd(one, name, f) for name, several in of.items() for f in several if not _within(f, together)]
    yield from _spikes(catalog, odd, keys)


def _flags(catalog: Catalog, seen: Seen, frame: pd.DataFrame, now: datetime) -> tuple[Flag, ...]:
    """A framework's recent spikes."""
    recent = frame[frame["period_end"] >= pd.Timestamp(seen.today - timedelta(days=NEIGHBOURS_DAYS))]
    told = flags(recent, seen.metric, catalog.breaks_of(seen.metric.id), final_through(now))
    return tuple(flag for flag in told if flag.kind == "spike" and seen.is_kept(flag.since))


def _within(flag: Flag, together: Iterable[Incident]) -> bool:
    return any(i.rose is (flag.score > 0) and flag.since <= i.until and i.since <= flag.until for i in together)


def _incidents(catalog: Catalog, seen: Seen, together: Iterable[Incident], keys: list[str]) -> Iterator[NewAlert]:
    metric = seen.metric
    source = catalog.sources[metric.sources[0]]
    for one in together:
        before = f"incident:{source.id}:{_way(rose=one.rose)}:"
        if _is_told(keys, before, one.since, one.until):
            continue
        key = f"{before}{one.since}"
        keys.append(key)
        text = (
            f"{len(one.frameworks)} of {one.seen} frameworks {_way(rose=one.rose)} at once in {_say.phrase(metric)} "
            f"{_when(one.since, one.until)}. So many together point to the source ({source.title}) or to how it is "
            "counted, not to the frameworks."
        )
        silent = not any(seen.is_news(one.until, (name,)) for name in one.frameworks)
        yield NewAlert(key, "anomaly", one.since, text, _query(metric, one.frameworks, one.since), silent)


def _spikes(catalog: Catalog, odd: Iterable[_Odd], keys: list[str]) -> Iterator[NewAlert]:
    """One alert per framework, family and direction: several metrics of one family tell of the same day."""
    groups: dict[str, list[_Odd]] = defaultdict(list)
    for one in odd:
        before = f"spike:{one.seen.metric.family}:{one.framework}:{_way(rose=one.rose)}:"
        groups[before].append(one)
    for before, several in groups.items():
        for one in sorted(several, key=lambda o: (o.flag.since, -abs(o.flag.score), o.seen.metric.id)):
            if _is_told(keys, before, one.flag.since, one.flag.until):
                continue
            keys.append(f"{before}{one.flag.since}")
            silent = not one.seen.is_news(one.flag.until, (one.framework,))
            query = _query(one.seen.metric, (one.framework,), one.flag.since)
            yield NewAlert(keys[-1], "anomaly", one.flag.since, _said(catalog, one), query, silent)


def _said(catalog: Catalog, odd: _Odd) -> str:
    metric, flag = odd.seen.metric, odd.flag
    days = "" if flag.since == flag.until else " a day"
    value, expected = (_say.number(float(round(x))) for x in (flag.value, flag.expected))
    gained = "gained " if metric.kind is Kind.STOCK else ""
    titles = [f"“{b.title}”" for b in catalog.breaks_of(metric.id) if b.id in flag.registered]
    known = f" The register of breaks knows of {_say.listed(titles)}." if titles else ""
    return (
        f"{_say.framework(catalog, odd.framework)} stands out in {_say.phrase(metric)} "
        f"{_when(flag.since, flag.until)}: "
        f"{gained}{value}{days} where about {expected} would be usual. It is too early to say whether that is a spike "
        f"or lasts.{known}"
    )


def _when(since: date, until: date) -> str:
    return f"on {since}" if since == until else f"from {since} to {until}"


def _way(*, rose: bool) -> str:
    return "rose" if rose else "fell"


def _query(metric: Metric, frameworks: Iterable[str], since: date) -> str:
    start = since - timedelta(days=SHOWN_DAYS)
    return f"{SERIES}?{urlencode({'metric': metric.id, 'framework': ','.join(frameworks), 'since': start}, safe=',')}"


def _is_told(keys: Iterable[str], before: str, since: date, until: date) -> bool:
    """Whether the event is known: the same, or one a few days off, as revisions and later days move it."""
    days = (date.fromisoformat(key.removeprefix(before)) for key in keys if key.startswith(before))
    return any(since - NEAR <= day <= until + NEAR for day in days)
