"""`uptake trace`: where a number comes from."""

from __future__ import annotations

import click

from answers.questions import TraceQuestion
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks
from uptake.cli.text_table import printable


@click.command()
@asks(TraceQuestion)
@as_json
@pass_context
def trace(context: CliContext, *, question: TraceQuestion, as_json: bool) -> None:
    """Trace a number: the METRIC of a FRAMEWORK in the period that contains DATE.

    Shows the run that collected it, the response with its address and sha256, and earlier values.
    """
    from answers import wording
    from answers.provenance import trace as answer
    from answers.provenance import trace_json

    q = question
    with context.store() as store:
        origin = answer(store, context.catalog, q.metric, q.framework, q.dimension, q.period)
    if as_json:
        print_json(trace_json(origin))
        return
    payload, run = origin.payload, origin.run
    click.echo(printable(origin.sentence))
    click.echo(f"  period   {origin.first} to {origin.last}")
    click.echo(f"  run      {run.id} of {run.source}, {run.trigger}, {run.status}")
    click.echo(
        f"  response {printable(payload.url)}, {payload.size} bytes, fetched {payload.fetched_at:%Y-%m-%d %H:%M:%S} UTC"
    )
    click.echo(f"  sha256   {payload.sha256}")
    for earlier in origin.versions[1:]:
        digest = earlier.payload.sha256[:12]
        was = earlier.unknown_because or wording.exact(earlier.value or 0.0, origin.metric)
        click.echo(f"  before   {was} until {earlier.until:%Y-%m-%d %H:%M} UTC (response {digest})")
    click.echo(f"  {origin.no_preview}" if origin.no_preview else f"\n{origin.preview}")
