"""What is unusual? Figures that stand out of their own neighbourhood, days on which many did so at once, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from analysis.anomalies.detection import Flag, Incident, flags, incidents, why_unlooked
from analysis.arrays import days
from analysis.breaks import touching
from answers.anomalies import wording
from answers.questions import QuestionError, final_through, known_framework, known_metric, refuse_future
from answers.series.observations import source_names
from answers.wording import bracket, capital, counted, day, phrase
from catalog import Break, Catalog, Kind, Metric
from storage import Store


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One flag of one series.

    `kind` is spike or change; `value` and `expected` are per day in the metric's unit, `score` how many robust
    deviations lie between them. Of a change, `lasts_until` is the eve of the next possible change (None: there is
    none yet). `known_breaks` are the entries about those days; `shared`: it is part of a source incident.
    """

    metric: str
    framework: str
    kind: str
    since: date
    until: date
    value: float
    expected: float
    score: float
    lasts_until: date | None
    known_breaks: tuple[Break, ...] = field(metadata={"json": "known"})
    shared: bool
    sentence: str

    @property
    def rose(self) -> bool:
        return self.score > 0


@dataclass(frozen=True, slots=True)
class SourceIncident:
    """`frameworks` jumped the same way at once, of `seen` that had a figure then: the source, not the frameworks."""

    metric: str
    since: date
    until: date
    frameworks: tuple[str, ...]
    seen: int
    rose: bool
    known_breaks: tuple[Break, ...] = field(metadata={"json": "known"})
    sentence: str


@dataclass(frozen=True, slots=True)
class Anomalies:
    """What one rule finds odd. `metrics` are those that have series, with the sources that these are from.
    `series` is how many were scanned.
    """

    metrics: tuple[Metric, ...]
    frameworks: tuple[str, ...]
    since: date | None
    until: date | None
    as_of: datetime | None
    flags: tuple[Anomaly, ...]
    incidents: tuple[SourceIncident, ...]
    series: int
    observations: int
    last: date | None
    retrieved_at: datetime | None
    sentence: str
    catalog: Catalog


def anomalies(
    store: Store,
    catalog: Catalog,
    now: datetime,
    *,
    metrics: Sequence[str] = (),
    frameworks: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    as_of: datetime | None = None,
) -> Anomalies:
    """Flags and source incidents of these metrics (none named: all that can be looked at) and frameworks (all).

    The rule sees whole series; `since` and `until` choose what is listed. Who else jumped is looked up among
    all frameworks, named or not. Raises QuestionError for what is unknown, and for a share.
    """
    scans = [scan(store, catalog, metric, now, as_of) for metric in anomaly_metrics(catalog, metrics)]
    return anomalies_in(catalog, scans, now, frameworks, since, until, as_of)


def anomaly_metrics(catalog: Catalog, metrics: Sequence[str]) -> tuple[str, ...]:
    """The metrics to look at: those named, or all that can be. Raises QuestionError for one that cannot."""
    return tuple(_able(catalog, name) for name in dict.fromkeys(metrics)) or tuple(
        m.id for m in catalog.metrics.values() if m.has_total and m.kind is not Kind.SHARE and not m.derived_from
    )


def anomalies_in(
    catalog: Catalog,
    scans: Sequence[Scan],
    now: datetime,
    frameworks: Sequence[str],
    since: date | None,
    until: date | None,
    as_of: datetime | None,
) -> Anomalies:
    """Of all that was found what concerns these frameworks (none named: all) and days. Raises QuestionError."""
    named = tuple(dict.fromkeys(known_framework(catalog, name) for name in frameworks))
    if since and until and since > until:
        raise QuestionError(f"The days are reversed: {day(since)} is after {day(until)}.")
    refuse_future(now, since)
    some = [one for one in scans if one.observations]
    span, unusual, together = _Span(since, until), list[Anomaly](), list[SourceIncident]()
    for one in some:
        together += [
            i for i in one.together if span.has(i.since, i.until) and (not named or {*named} & {*i.frameworks})
        ]
        unusual += [f for f in one.anomalies if span.has(f.since, f.until) and (not named or f.framework in named)]
    return Anomalies(
        metrics=tuple(one.metric for one in some), frameworks=named, since=since, until=until, as_of=as_of,
        flags=tuple(sorted(unusual, key=lambda f: (f.since, f.until, f.metric, f.framework), reverse=True)),
        incidents=tuple(sorted(together, key=lambda i: (i.since, i.metric), reverse=True)),
        series=sum(len({*one.observations} & {*(named or one.observations)}) for one in some),
        observations=sum(n for one in some for name, n in one.observations.items() if not named or name in named),
        last=max((one.last for one in some if one.last), default=None),
        retrieved_at=max((one.retrieved_at for one in some if one.retrieved_at), default=None),
        sentence=_sentence(catalog, named, span, unusual, together, _reach(some, named)), catalog=catalog,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Span:
    since: date | None
    until: date | None

    def has(self, first: date, last: date) -> bool:
        return (self.since is None or last >= self.since) and (self.until is None or first <= self.until)

    @property
    def phrase(self) -> str:
        """With a space before it; empty for all days."""
        if self.since and self.until:
            return f" {bracket('day', self.since, self.until)}"
        if self.since:
            return f" since {day(self.since)}"
        return f" until {day(self.until)}" if self.until else ""


@dataclass(frozen=True, slots=True)
class Scan:
    """One metric of every framework, looked through: how many `observations` each had, when, and what is odd."""

    metric: Metric
    observations: Mapping[str, int]
    spans: Mapping[str, tuple[date, date]]
    anomalies: tuple[Anomaly, ...]
    together: tuple[SourceIncident, ...]
    last: date | None
    retrieved_at: datetime | None


def scan(store: Store, catalog: Catalog, metric: str, now: datetime, as_of: datetime | None) -> Scan:
    """Look through one metric of every framework of the catalog, as known at a moment (None: now)."""
    definition, breaks = catalog.metrics[metric], catalog.breaks_of(metric)
    frame = store.read(metric, tuple(catalog.frameworks), as_of=as_of).dropna(subset=["value"])
    parts = {str(name): part for name, part in frame.groupby("framework", sort=False)}
    flags_by_framework = {
        name: flags(part, definition, breaks, final_through(now, as_of)) for name, part in parts.items()
    }
    spans = {name: (days(part["period"]), days(part["period_end"])) for name, part in parts.items()}
    together = tuple(_incident(catalog, definition, one) for one in incidents(flags_by_framework, spans))
    unusual = [
        _anomaly(catalog, definition, name, flag, of, [i for i in together if name in i.frameworks])
        for name, of in flags_by_framework.items()
        for flag in of
    ]
    if frame.empty:
        return Scan(definition, {}, {}, (), (), None, None)
    definition = replace(definition, sources=source_names(frame))
    last, learned = frame["period_end"].max().date(), frame["retrieved_at"].max().to_pydatetime()
    counts = {name: len(part) for name, part in parts.items()}
    reach = {name: (p["period"].min().date(), p["period_end"].max().date()) for name, p in parts.items()}
    return Scan(definition, counts, reach, tuple(unusual), together, last, learned)


def _incident(catalog: Catalog, metric: Metric, one: Incident) -> SourceIncident:
    eve = one.since - timedelta(days=1)  # what ended then may show in the next figure
    known_breaks = touching(catalog.breaks_of(metric.id), eve, one.until, *one.frameworks)
    sentence = wording.incident_sentence(catalog, metric, one)
    return SourceIncident(metric.id, one.since, one.until, one.frameworks, one.seen, one.rose, known_breaks, sentence)


def _anomaly(
    catalog: Catalog,
    metric: Metric,
    framework: str,
    flag: Flag,
    of: Sequence[Flag],
    together: Sequence[SourceIncident],
) -> Anomaly:
    later = [f.since for f in of if f.kind == "change" and f.since > flag.since] if flag.kind == "change" else []
    lasts = min(later) - timedelta(days=1) if later else None
    return Anomaly(
        metric=metric.id, framework=framework, kind=flag.kind, since=flag.since, until=flag.until,
        value=flag.value, expected=flag.expected, score=flag.score, lasts_until=lasts,
        known_breaks=tuple(b for b in catalog.breaks if b.id in flag.registered),
        shared=any(i.rose is (flag.score > 0) and i.since <= flag.until and flag.since <= i.until for i in together),
        sentence=wording.flag_sentence(catalog, metric, framework, flag, lasts),
    )  # fmt: skip


def _able(catalog: Catalog, name: str) -> str:
    metric = known_metric(catalog, name)
    if metric.kind is Kind.SHARE:
        raise QuestionError(f"We can't look for unusual values in {phrase(metric)}: {why_unlooked(metric)}.")
    if not metric.has_total:
        raise QuestionError(f"{metric.title} has no total, only parts: name the metric of its total.")
    return name


def _sentence(
    catalog: Catalog,
    named: Sequence[str],
    span: _Span,
    unusual: Sequence[Anomaly],
    together: Sequence[SourceIncident],
    reach: Sequence[tuple[date, date]],
) -> str:
    """How many stand out, how many of them known breaks cover, and how often several moved at once."""
    who = f" of {wording.names(catalog, named)}" if named else ""
    if not any(span.has(first, last) for first, last in reach):
        return f"We can't look for unusual values{who}{span.phrase}: {_out_of_reach(span, reach)}."
    last = max(last for _, last in reach)
    span = _Span(span.since, span.until if span.until and span.until < last else None)
    if not unusual:
        span = _Span(span.since, span.until or last) if span.since else span
        return f"No unusual values{who}{span.phrase}, by the same rule for every framework."
    spikes, changes = (sum(f.kind == kind for f in unusual) for kind in ("spike", "change"))
    shifts = f" and {counted(changes, 'possible level shift')}" if changes else ""
    head = f"{counted(spikes, 'unusual value')}{shifts}{who}{span.phrase}."
    explained = sum(bool(f.known_breaks) for f in unusual)
    which = "these" if len(unusual) > 1 else "it"
    issues = f"Known issues cover {explained:,} of {which}." if explained else f"No known issue covers {which}."
    return " ".join(filter(None, [capital(head), issues, _moments(catalog, named, together)]))


def _reach(some: Sequence[Scan], named: Sequence[str]) -> list[tuple[date, date]]:
    """From when to when there are figures, of every series that was asked about."""
    return [span for one in some for name, span in one.spans.items() if not named or name in named]


def _out_of_reach(span: _Span, reach: Sequence[tuple[date, date]]) -> str:
    """Why nothing can be said of these days."""
    if not reach:
        return "that takes months of figures"
    first, last = min(first for first, _ in reach), max(last for _, last in reach)
    if span.since and span.since > last:
        return f"data end on {day(last)}"
    return f"data begin on {day(first)}" if span.until and span.until < first else "there are no data"


def _moments(catalog: Catalog, named: Sequence[str], together: Sequence[SourceIncident]) -> str:
    """How often several moved at once; empty if they never did."""
    if not together:
        return ""
    among = f", {wording.names(catalog, named)} among them," if len(named) == 1 else ""
    moments = counted(len({(i.since, i.until) for i in together}), "occasion")
    return f"On {moments} several frameworks{among} moved together, which suggests a problem at the source."
