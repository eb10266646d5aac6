"""`uptake migrate`: make the store, or bring it to this version."""

from __future__ import annotations

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json
from uptake.logs import say


@click.command()
@click.option(
    "--dashboard-user",
    metavar="NAME",
    help="A user of PostgreSQL for the dashboard: may read, request runs, and keep notes and custom frameworks.",
)
@as_json
@pass_context
def migrate(context: CliContext, dashboard_user: str | None, as_json: bool) -> None:
    """Create the store, or upgrade it to this version, in full or not at all."""
    from uptake.store_creation import make_store

    applied = make_store(context.settings, dashboard_user)
    if as_json:
        print_json({"applied": list(applied)})
    else:
        say(f"applied: {', '.join(applied)}" if applied else "the store is up to date")
