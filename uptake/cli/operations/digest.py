"""`uptake digest`: the report of a month."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import click

from answers import wording
from uptake.cli.context import CliContext, pass_context
from uptake.cli.files import write_whole
from uptake.cli.options import MOMENT, MONTH, listed

FORMATS = ("html", "md")


@click.command()
@click.option("--month", type=MONTH, metavar="YYYY-MM", help="The month to report (default: the last full one).")
@click.option(
    "--framework",
    "frameworks",
    multiple=True,
    callback=listed,
    metavar="ID",
    help="May be repeated (default: all tracked).",
)
@click.option("--as-of", type=MOMENT, metavar="TIME", help="Use the data available then (default: the month's end).")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="The format (default: by the file's ending, else md)."
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
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
    """Write the report of a month. It has overtakes, leaders, gains, revisions and late sources, with charts and
    caveats.

    Every sentence comes with the query that reproduces it. The report uses the data available at the month's end, or at
    the moment given; the same store and moment give the same bytes.
    """
    from uptake.chart_process import draw, of_series
    from uptake.digest import html_and_markdown
    from uptake.digest.month_digest import month_digest

    kind = form or ("html" if output and output.suffix in (".html", ".htm") else "md")
    with context.store() as store:
        content = month_digest(store, context.catalog, frameworks, month, as_of, context.clock.now())
    pictures = draw(context.settings, [of_series(question) for question in content.charts])
    text = (html_and_markdown.html if kind == "html" else html_and_markdown.markdown)(content, pictures)
    if output is None:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        return
    write_whole(output, [text])
    first, as_known = content.first, content.as_of
    click.echo(f"{wording.month(first)}, data as of {as_known:%Y-%m-%d %H:%M} UTC, written to {output}", err=True)
