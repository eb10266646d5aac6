"""`uptake sources`: who publishes the figures."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json
from uptake.cli.text_table import print_table

if TYPE_CHECKING:
    from catalog import Source


@click.command()
@as_json
@pass_context
def sources(context: CliContext, as_json: bool) -> None:
    """List the sources: publisher, licence, times of collection, and how far back they go.

    Imported figures are listed as `import:NAME`.
    """
    every = context.tracked.sources.values()
    if as_json:
        address = context.settings.base_url
        print_json({"sources": [asdict(source) | {"address": address(source)} for source in every]})
        return
    rows = [(s.id, s.title, s.licence, _when(s), s.memory) for s in every]
    print_table(("id", "title", "licence", "asked", "memory"), rows)


def _when(source: Source) -> str:
    """On which days a source is asked, and when."""
    if source.own:
        return "imported"
    if not source.available:
        return "off" if source.off else "not yet"
    if not source.cadence.times:
        return "by hand"
    return f"{source.cadence.days} {' and '.join(f'{time:%H:%M}' for time in source.cadence.times)} UTC"
