"""How old what we know is, source by source, and when it is collected next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from answers.due import next_due
from catalog import Catalog, Source
from storage import Run, Store

UNREACHED = frozenset({"unavailable", "rate_limited", "try_later", "refused"})  # kinds of failure
ENDED = ("ok", "partial", "failed", "aborted", "cancelled")


@dataclass(frozen=True, slots=True)
class Freshness:
    """One source. `state` is fresh, stale, never (collected), unreachable (the last run got
    no answer) or manual
    (collected by hand, and it was). `age` is the time since `last_ok`, the end of the last run that got something.
    """

    source: str
    state: str
    age: timedelta | None
    last_ok: datetime | None
    last_run: Run | None
    next_due: datetime | None
    note: str


def freshness(store: Store, catalog: Catalog, now: datetime) -> tuple[Freshness, ...]:
    """Every source that this version collects, in the catalog's order."""
    return tuple(_of(store, source, now) for source in catalog.sources.values() if source.available)


def _of(store: Store, source: Source, now: datetime) -> Freshness:
    runs = store.runs(source=source.id)
    ended = next((run for run in runs if run.status in ENDED), None)
    good = store.last_run(source.id)
    last_ok = good.finished_at if good else None
    return Freshness(
        source=source.id,
        state=_state(source, ended, last_ok, now),
        age=now - last_ok if last_ok else None,
        last_ok=last_ok,
        last_run=runs[0] if runs else None,
        next_due=next_due(source, runs, now) if source.cadence.times else None,
        note=_note(ended),
    )


def _state(source: Source, ended: Run | None, last_ok: datetime | None, now: datetime) -> str:
    if ended is not None and ended.status == "failed" and any(f.kind in UNREACHED for f in ended.failures):
        return "unreachable"
    if last_ok is None:
        return "never"
    if not source.cadence.times:
        return "manual"
    if source.stale_after_days is not None and now - last_ok > timedelta(days=source.stale_after_days):
        return "stale"
    return "fresh"


def _note(ended: Run | None) -> str:
    """What the last run that ended has to say, when not all was well."""
    if ended is None or ended.status == "ok":
        return ""
    text = ended.failures[0].message if ended.failures else ended.note
    units = f" ({ended.failed} units failed)" if ended.failed > 1 else ""
    return f"The last run ended {ended.status}{units}: {text}" if text else f"The last run ended {ended.status}{units}."
