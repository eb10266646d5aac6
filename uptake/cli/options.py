"""The options that name a series: the same for every command that takes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from uptake.cli.context import IsoDate, IsoMoment, listed

Command = TypeVar("Command", bound=Callable[..., Any])

# As `uptake.answers` has them, which `uptake --help` need not load.
VIEWS = (
    "level",
    "gained-day",
    "gained-week",
    "gained",
    "gained-year",
    "four-weeks",
    "year-on-year",
    "index",
    "share",
    "part",
    "ratio",
)
_OPTIONS = (
    click.option(
        "--framework", "frameworks", multiple=True, callback=listed, metavar="ID",
        help="May be repeated (default: all there are).",
    ),
    click.option(
        "--dimension", metavar="KEY=VALUE",
        help="One part of the metric, such as python=3.12; KEY=* for all parts of a kind, * for all there are.",
    ),
    click.option("--since", type=IsoDate(), metavar="DATE", help="From this day on."),
    click.option("--until", type=IsoDate(), metavar="DATE", help="Up to this day."),
    click.option("--as-of", type=IsoMoment(), metavar="TIME", help="What was known then."),
    click.option(
        "--view", type=click.Choice(VIEWS), default="level", show_default=True, help="Levels, or what is made of them."
    ),
)  # fmt: skip


def series_options(command: Command) -> Command:
    """Give a command the options of a series: frameworks, dimension, since, until, as_of and view."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
