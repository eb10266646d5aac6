"""`uptake up`: everything at once."""

from __future__ import annotations

import sys
from functools import partial

import click

from uptake.cli.context import CliContext, pass_context
from uptake.cli.operations.dashboard import listening, listening_settings
from uptake.cli.progress import progress_shown


@click.command()
@listening
@pass_context
def up(context: CliContext, port: int | None, address: str | None) -> None:
    """Start everything until Ctrl-C: store, built-in figures, scheduler and dashboard."""
    from uptake.startup import run_everything

    settings = listening_settings(context, port, address)
    run_everything(
        settings, context.tracked, showing=partial(progress_shown, quiet=not sys.stderr.isatty()), say=click.echo
    )
