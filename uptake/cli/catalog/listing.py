"""Commands that list what there is: frameworks, sources, metrics, runs, and the state of it all."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, as_json, pass_context, refuse_unknown, say_json
from uptake.cli.progress import printable

if TYPE_CHECKING:
    from answers.freshness import Freshness
    from catalog import Cadence, Metric, Source
    from storage import Run

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GOOD = ("fresh", "manual")


@click.command()
@as_json
@pass_context
def sources(context: CliContext, as_json: bool) -> None:
    """List the sources: who publishes, under which licence, when they are asked and how far back they can tell."""
    known = context.shipped.sources.values()
    if as_json:
        say_json({"sources": [_source_object(context, source) for source in known]})
        return
    rows = [(s.id, s.title, s.licence, when(s.cadence) if s.available else "not yet", s.memory) for s in known]
    say_table(("id", "title", "licence", "asked", "memory"), rows)


@click.command()
@as_json
@pass_context
def metrics(context: CliContext, as_json: bool) -> None:
    """List the metrics: what each one measures and what it does not."""
    known = context.shipped.metrics.values()
    if as_json:
        say_json({"metrics": [_metric_object(context, metric) for metric in known]})
        return
    for metric in known:
        click.echo(f"{metric.id}: {metric.title} ({metric.kind}, {metric.unit}, per {metric.period})")
        click.echo(f"  measures: {metric.measures}\n  does not measure: {metric.does_not_measure}")
        click.echo(f"  caveats: {' '.join(metric.caveats) or 'none'}\n")


@click.command()
@click.option("--source", metavar="ID", help="Only runs of this source.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many, newest first."
)
@as_json
@pass_context
def runs(context: CliContext, source: str | None, limit: int, as_json: bool) -> None:
    """List the latest runs and how they ended."""
    if source:
        refuse_unknown("source", (source,), context.catalog.sources, "uptake sources")
    with context.store() as store:
        found = store.runs(limit, source)
    if as_json:
        say_json({"runs": [asdict(run) for run in found]})
        return
    header = ("run", "source", "trigger", "status", "began", "took", "new", "revised", "unchanged", "failed")
    say_table(header, [_run_row(run) for run in found])


@click.command()
@as_json
@pass_context
def status(context: CliContext, as_json: bool) -> int:
    """Say how old each source's figures are, and what waits for somebody to look at it.

    Exits with 1 if a source is stale, was never collected or failed last time, if there is an alarm, or if an alert
    could not be told.
    """
    from answers.failures import open_failures
    from answers.freshness import freshness
    from uptake.alerts.detect import undelivered

    with context.store() as store:
        now = context.clock.now()
        found, alarming = freshness(store, context.catalog, now), open_failures(store, context.catalog)
        untold = undelivered(store)
        lease = store.lease("schedule")
        place = store.place
    scheduler = lease.holder if lease and lease.expires_at > now else None
    good = all(_is_good(entry) for entry in found) and not alarming and not untold.error
    if as_json:
        told = {
            "ok": good,
            "store": place,
            "scheduler": scheduler,
            "sources": [_state_object(entry) for entry in found],
        }
        say_json(told | {"alarms": [asdict(alarm) for alarm in alarming], "alerts": asdict(untold)})
    else:
        rows = [(e.source, e.state, _ago(e.age), _moment(e.next_due), printable(e.note)) for e in found]
        say_table(("source", "state", "age", "next due (UTC)", "note"), rows)
        for alarm in alarming:
            click.echo(f"alarm: {alarm.source} {alarm.framework} {alarm.kind}: {printable(alarm.message)}")
        if untold.error:
            click.echo(f"alerts: {untold.waiting} could not be told; the last time: {printable(untold.error)}")
        click.echo(f"scheduler: {f'running ({scheduler})' if scheduler else 'not running'}")
    return 0 if good else 1


def when(cadence: Cadence) -> str:
    """A cadence in words."""
    if not cadence.times:
        return "by hand"
    day = "daily" if cadence.weekday is None else f"{WEEKDAYS[cadence.weekday]}s"
    return f"{day} {' and '.join(f'{time:%H:%M}' for time in cadence.times)} UTC"


def _is_good(entry: Freshness) -> bool:
    return entry.state in GOOD and (entry.last_run is None or entry.last_run.status not in ("failed", "aborted"))


def _state_object(entry: Freshness) -> dict[str, object]:
    last = entry.last_run
    return {
        "source": entry.source,
        "state": entry.state,
        "age_s": entry.age.total_seconds() if entry.age else None,
        "last_ok": entry.last_ok,
        "last_run": {"run": last.id, "status": last.status, "finished_at": last.finished_at} if last else None,
        "next_due": entry.next_due,
        "note": entry.note,
    }


def _source_object(context: CliContext, source: Source) -> dict[str, object]:
    return asdict(source) | {"address": context.settings.base_url(source)}


def _metric_object(context: CliContext, metric: Metric) -> dict[str, object]:
    return asdict(metric) | {"caveats": [asdict(caveat) for caveat in context.shipped.caveats_of(metric.id)]}


def _run_row(run: Run) -> tuple[str, ...]:
    took = run.finished_at - run.started_at if run.finished_at and run.started_at else None
    counts = (run.new, run.revised, run.unchanged, run.failed)
    began = _moment(run.started_at or run.requested_at)
    return (str(run.id), run.source, run.trigger, run.status, began, _ago(took), *(str(n) for n in counts))


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def _ago(age: timedelta | None) -> str:
    """A duration in its largest unit."""
    if age is None:
        return ""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def say_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print a table: fitted to a terminal, never cut elsewhere."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*header, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 1000).print(table)
