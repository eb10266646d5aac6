"""`uptake runs`: what was collected when, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, refuse_unknown
from uptake.cli.text_table import duration, minute, print_table

if TYPE_CHECKING:
    from storage import Run


@click.command()
@click.option("--source", metavar="ID", help="Only runs of this source.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="The most to list, newest first."
)
@as_json
@pass_context
def runs(context: CliContext, source: str | None, limit: int, as_json: bool) -> None:
    """List the latest runs and their results."""
    if source:
        refuse_unknown("source", (source,), context.catalog.sources, "uptake sources")
    with context.store() as store:
        latest = store.runs(limit, source)
    if as_json:
        print_json({"runs": latest})
        return
    header = ("run", "source", "trigger", "status", "began", "took", "new", "revised", "unchanged", "failed")
    print_table(header, [_run_row(run) for run in latest])


def _run_row(run: Run) -> tuple[str, ...]:
    took = run.finished_at - run.started_at if run.finished_at and run.started_at else None
    counts = (run.new, run.revised, run.unchanged, run.failed)
    began = minute(run.started_at or run.requested_at)
    return (str(run.id), run.source, run.trigger, run.status, began, duration(took), *(str(n) for n in counts))
