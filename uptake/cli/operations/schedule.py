"""`uptake schedule`: the scheduler alone."""

from __future__ import annotations

from pathlib import Path

import click

from uptake.cli.context import CliContext, pass_context


@click.command()
@click.option("--check", is_flag=True, help="Only check whether a scheduler is running on this store; exit 1 if not.")
@click.option(
    "--alive",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file to touch every few seconds while the store answers: for a health check that costs nothing.",
)
@pass_context
def schedule(context: CliContext, check: bool, alive: Path | None) -> int:
    """Run the scheduler until stopped: collect what is due and what visitors request.

    With several schedulers on one store, one works and the others are on standby.
    """
    if check:
        return _check_scheduler(context)
    from uptake.scheduler.schedule import serve

    context.log_as_service(context.settings)
    return serve(context.settings, context.tracked, alive)


def _check_scheduler(context: CliContext) -> int:
    """Whether anyone holds the scheduler's lease."""
    from uptake.scheduler.scheduler_lease import running_scheduler

    with context.store() as store:
        lease = running_scheduler(store, context.clock.now())
    if lease is None:
        click.echo("no scheduler is running on this store")
        return 1
    click.echo(f"{lease.holder} is running, until {lease.expires_at:%Y-%m-%d %H:%M:%S} UTC at least")
    return 0
