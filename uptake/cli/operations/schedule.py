"""`uptake schedule`: the scheduler alone."""

from __future__ import annotations

import click

from uptake.cli.context import CliContext, pass_context


@click.command()
@click.option("--check", is_flag=True, help="Only say whether a scheduler is at work on this store; exit 1 if none is.")
@pass_context
def schedule(context: CliContext, check: bool) -> int:
    """Run the scheduler: collect what is due and what visitors ask for, until told to stop.

    Of several schedulers on one store, one works and the others stand by.
    """
    if check:
        return _check_scheduler(context)
    from uptake.scheduler.schedule import serve

    context.log_as_service(context.settings)
    return serve(context.settings, context.tracked)


def _check_scheduler(context: CliContext) -> int:
    """Whether anyone holds the scheduler's lease: what a container's health check asks."""
    with context.store() as store:
        lease = store.lease("schedule")
    if lease is None or lease.expires_at <= context.clock.now():
        click.echo("no scheduler is at work on this store")
        return 1
    click.echo(f"{lease.holder} is at work, until {lease.expires_at:%Y-%m-%d %H:%M:%S} UTC at least")
    return 0
