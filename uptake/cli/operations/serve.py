"""Commands that run on: everything at once, the scheduler, the dashboard; and `migrate`, which they need."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import click

from uptake.cli.context import CliContext, as_json, pass_context, say_json
from uptake.cli.progress import progress_shown
from uptake.settings.table import Settings


def _where(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where the dashboard listens."""
    port = click.option("--port", type=click.IntRange(1, 65535), help="The dashboard's port (setting UPTAKE_PORT).")
    address = click.option("--address", help="The dashboard's address (setting UPTAKE_ADDRESS).")
    return port(address(command))


def _settings(context: CliContext, port: int | None, address: str | None) -> Settings:
    known = context.settings
    return replace(known, port=port or known.port, address=address or known.address)


@click.command()
@_where
@pass_context
def up(context: CliContext, port: int | None, address: str | None) -> None:
    """Start everything: make the store, load the figures we ship, run scheduler and dashboard until Ctrl-C."""
    from uptake.scheduler.up import run_everything

    settings = _settings(context, port, address)
    run_everything(
        settings, context.catalog, showing=partial(progress_shown, quiet=not sys.stderr.isatty()), say=click.echo
    )


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
    return serve(context.settings, context.catalog)


def _check_scheduler(context: CliContext) -> int:
    """Whether anyone holds the scheduler's lease: what a container's health check asks."""
    with context.store() as store:
        lease = store.lease("schedule")
    if lease is None or lease.expires_at <= context.clock.now():
        click.echo("no scheduler is at work on this store")
        return 1
    click.echo(f"{lease.holder} is at work, until {lease.expires_at:%Y-%m-%d %H:%M:%S} UTC at least")
    return 0


@click.command()
@_where
@pass_context
def dashboard(context: CliContext, port: int | None, address: str | None) -> None:
    """Run the dashboard and the HTTP API, reading the store only, until told to stop."""
    from uptake.scheduler.up import become_dashboard

    become_dashboard(_settings(context, port, address))


@click.command()
@as_json
@pass_context
def migrate(context: CliContext, as_json: bool) -> None:
    """Make the store, or bring it to this version: all or nothing."""
    from uptake.store import make_store

    applied = make_store(context.settings)
    if as_json:
        say_json({"applied": list(applied)})
    else:
        click.echo(f"applied: {', '.join(applied)}" if applied else "the store is up to date")
