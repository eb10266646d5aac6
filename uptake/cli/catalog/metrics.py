"""`uptake metrics`: what is counted."""

from __future__ import annotations

from dataclasses import asdict

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json


@click.command()
@as_json
@pass_context
def metrics(context: CliContext, as_json: bool) -> None:
    """List the metrics: what each one measures, what it does not, and its caveats."""
    every = context.shipped.metrics.values()
    if as_json:
        caveats_of = context.shipped.caveats_of
        print_json({"metrics": [asdict(metric) | {"caveats": caveats_of(metric.id)} for metric in every]})
        return
    for metric in every:
        click.echo(f"{metric.id}: {metric.title} ({metric.kind}, {metric.unit}, per {metric.period})")
        click.echo(f"  measures: {metric.measures}\n  does not measure: {metric.does_not_measure}")
        click.echo(f"  caveats: {' '.join(metric.caveats) or 'none'}\n")
