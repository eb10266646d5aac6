"""Commands that run on: everything at once, the scheduler, the dashboard; and `migrate`, which they need."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import click

from uptake.cli.context import Door, as_json, pass_door, say_json
from uptake.cli.progress import progress_shown
from uptake.settings.table import Settings


def _where(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where the dashboard listens."""
    port = click.option("--port", type=click.IntRange(1, 65535), help="The dashboard's port (setting UPTAKE_PORT).")
    address = click.option("--address", help="The dashboard's address (setting UPTAKE_ADDRESS).")
    return port(address(command))


def _settings(door: Door, port: int | None, address: str | None) -> Settings:
    known = door.settings
    return replace(known, port=port or known.port, address=address or known.address)


@click.command()
@_where
@pass_door
def up(door: Door, port: int | None, address: str | None) -> None:
    """Start everything: make the store, load the figures we ship, run scheduler and dashboard until Ctrl-C."""
    from uptake.scheduler.up import run_everything

    settings = _settings(door, port, address)
    run_everything(
        settings, door.catalog, showing=partial(progress_shown, quiet=not sys.stderr.isatty()), say=click.echo
    )


@click.command()
@click.option("--check", is_flag=True, help="Only say whether a scheduler is at work on this store; exit 1 if none is.")
@pass_door
def schedule(door: Door, check: bool) -> int:
    """Run the scheduler: collect what is due and what visitors ask for, until told to stop.

    Of several schedulers on one store, one works and the others stand by.
    """
    if check:
        return _check_scheduler(door)
    from uptake.scheduler.schedule import serve

    door.log_as_service(door.settings)
    return serve(door.settings, door.catalog)


def _check_scheduler(door: Door) -> int:
    """Whether anyone holds the scheduler's lease: what a container's health check asks."""
    with door.store() as store:
        lease = store.lease("schedule")
    if lease is None or lease.expires_at <= door.clock.now():
        click.echo("no scheduler is at work on this store")
        return 1
    click.echo(f"{lease.holder} is at work, until {lease.expires_at:%Y-%m-%d %H:%M:%S} UTC at least")
    return 0


@click.command()
@_where
@pass_door
def dashboard(door: Door, port: int | None, address: str | None) -> None:
    """Run the dashboard and the HTTP API, reading the store only, until told to stop."""
    from uptake.scheduler.up import become_dashboard

    become_dashboard(_settings(door, port, address))


@click.command()
@as_json
@pass_door
def migrate(door: Door, as_json: bool) -> None:
    """Make the store, or bring it to this version: all or nothing."""
    from uptake.store import make_store

    applied = make_store(door.settings)
    if as_json:
        say_json({"applied": list(applied)})
    else:
        click.echo(f"applied: {', '.join(applied)}" if applied else "the store is up to date")
