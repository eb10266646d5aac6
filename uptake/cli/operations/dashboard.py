"""`uptake dashboard`: the pages and the HTTP API alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from uptake.cli.context import CliContext, pass_context
from uptake.settings.settings import Settings


def listening(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where the dashboard listens."""
    port = click.option("--port", type=click.IntRange(1, 65535), help="The dashboard's port (setting UPTAKE_PORT).")
    address = click.option("--address", help="The dashboard's address (setting UPTAKE_ADDRESS).")
    return port(address(command))


def listening_settings(context: CliContext, port: int | None, address: str | None) -> Settings:
    """The settings, with the port and address that the command was given."""
    settings = context.settings
    return replace(settings, port=port or settings.port, address=address or settings.address)


@click.command()
@listening
@pass_context
def dashboard(context: CliContext, port: int | None, address: str | None) -> None:
    """Run the dashboard and the HTTP API until stopped; they only read the store."""
    from uptake.startup import become_dashboard

    become_dashboard(listening_settings(context, port, address))
