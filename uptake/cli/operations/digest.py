"""`uptake digest`: the report of a month."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from uptake.cli.context import CliContext, IsoMoment, listed, pass_context
from uptake.cli.questions.compare import write_whole

FORMATS = ("html", "md")


class IsoMonth(click.ParamType[date]):
    """A month as YYYY-MM."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The month's first day; wrong usage otherwise."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value!r} is not a month like 2026-01", param, ctx)


@click.command("digest")
@click.option(
    "--month", type=IsoMonth(), metavar="YYYY-MM", help="The month to tell of (default: the last that is over)."
)
@click.option(
    "--framework",
    "frameworks",
    multiple=True,
    callback=listed,
    metavar="ID",
    help="May be repeated (default: all tracked).",
)
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Tell what was known then (default: the month's end).")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="The format (default: by the file's ending, else md)."
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write, whole or not at all."
)
@pass_context
def digest(
    context: CliContext,
    *,
    month: date | None,
    frameworks: tuple[str, ...],
    as_of: datetime | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Write the report of a month: overtakes, leaders, gains, revisions, stale sources, with charts and doubts.

    Every sentence names the query that gives it again. It tells what was known at the month's end, or at the moment
    given: the same store and moment give the same bytes.
    """
    from uptake.charts import draw, of_series
    from uptake.digest import report
    from uptake.digest.answer import digest as told_of

    kind = form or ("html" if output and output.suffix in (".html", ".htm") else "md")
    chosen = frameworks or tuple(context.catalog.frameworks)
    with context.store() as store:
        told = told_of(store, context.known, chosen, month, as_of, context.clock.now())
    drawn = draw(context.settings, [of_series(question) for question in told.charts])
    written = (report.html if kind == "html" else report.markdown)(told, drawn)
    if output is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
        return
    write_whole(output, [written])
    click.echo(f"{told.first:%B %Y}, as known on {told.as_of:%Y-%m-%d %H:%M} UTC, written to {output}", err=True)
