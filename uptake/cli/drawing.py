"""`uptake picture`: a chart as a file, for a talk, a page or a README."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from uptake.cli._door import Door, IsoDate, IsoMoment, listed, pass_door, refuse_reversed
from uptake.cli.asking import VIEWS, write_whole

THEMES = ("light", "dark")


@click.command()
@click.argument("metric")
@click.option(
    "--framework",
    "frameworks",
    multiple=True,
    callback=listed,
    metavar="ID",
    help="May be repeated (default: all there are).",
)
@click.option("--dimension", metavar="KEY=VALUE", help="One part of the metric; KEY=* splits one framework up.")
@click.option("--since", type=IsoDate(), metavar="DATE", help="From this day on.")
@click.option("--until", type=IsoDate(), metavar="DATE", help="Up to this day.")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="What was known then.")
@click.option(
    "--view", type=click.Choice(VIEWS), default="level", show_default=True, help="Levels, or what is made of them."
)
@click.option(
    "--theme", type=click.Choice(THEMES), default="light", show_default=True, help="The ground it is drawn on."
)
@click.option("--log", is_flag=True, help="A logarithmic scale: equal distances are equal ratios.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: its ending, .png, .svg or .html, says of which kind.",
)
@pass_door
def picture(
    door: Door,
    *,
    metric: str,
    frameworks: tuple[str, ...],
    dimension: str | None,
    since: date | None,
    until: date | None,
    as_of: datetime | None,
    view: str,
    theme: str,
    log: bool,
    output: Path,
) -> None:  # fmt: skip
    """Draw a METRIC over time as a PNG, an SVG or an HTML file that needs no network.

    Title, caveat, source, licence and date of retrieval are part of the picture. The same store gives the same bytes.
    """
    from uptake.answers import Question
    from uptake.drawing import KINDS, Wanted, draw

    refuse_reversed(since, until)
    kind = output.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise click.UsageError(f"{output.name} is no picture: end its name in .png, .svg or .html")
    question = Question(metric, tuple(dict.fromkeys(frameworks)), dimension or "", since, until, as_of, view)
    [drawn] = draw(door.settings, [Wanted(question, kind, theme == "dark", log)])
    write_whole(output, [drawn])
    click.echo(f"{len(drawn):,} bytes written to {output}", err=True)
