"""`uptake chart`: a chart as a file, for a talk, a page or a README."""

from __future__ import annotations

from pathlib import Path

import click

from answers.parameter_types import texts
from answers.questions import Question
from uptake.cli.context import CliContext, pass_context
from uptake.cli.files import write_whole
from uptake.cli.options import asks

THEMES = ("light", "dark")


@click.command()
@asks(Question, metric={"metavar": "METRIC|CHART"})
@click.argument("more", metavar="[NAME=VALUE]...", nargs=-1)
@click.option(
    "--theme", type=click.Choice(THEMES), default="light", show_default=True, help="Light or dark background."
)
@click.option("--log", is_flag=True, help="A logarithmic scale: equal distances are equal ratios.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; its ending, .png, .svg or .html, sets the kind.",
)
@pass_context
def chart(
    context: CliContext, *, question: Question, more: tuple[str, ...], theme: str, log: bool, output: Path
) -> None:
    """Draw a METRIC over time, or another CHART, as PNG, SVG or HTML. The files need no network.

    \b
    uptake chart stars --framework flask,django -o stars.png
    uptake chart compare a=django b=flask on=2020-11-25 -o gap.svg
    uptake chart agreement --framework flask,django,fastapi -o use.html
    uptake chart stars axis=stars-10000 -o ages.png
    uptake chart agreement show=per-million -o per-million.svg
    uptake chart forecast metric=stars framework=fastapi -o next.png

    Charts: compare, agreement, surveys, regions, anomalies, forecast. Several have variants, chosen by show=NAME.
    All NAME=VALUE are those of the HTTP API (docs/http-api.md, Pictures). Title, caveat, source, licence and date of
    retrieval are part of the picture. The same store gives the same bytes.
    """  # noqa: D301 - the backslash tells click not to wrap the lines that follow
    from uptake.chart_process import KINDS, ChartRequest, draw

    kind = output.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise click.UsageError(f"{output.name} is not a picture: end its name in .png, .svg or .html")
    pairs = texts(question) | ({"theme": theme} if theme != "light" else {}) | ({"log": "1"} if log else {})
    chart = "chart" if question.metric in context.catalog.metrics else pairs.pop("metric")
    request = ChartRequest(chart, (*pairs.items(), *(_parted(text) for text in more)), kind)
    [picture] = draw(context.settings, [request])
    write_whole(output, [picture])
    click.echo(f"{len(picture):,} bytes written to {output}", err=True)


def _parted(text: str) -> tuple[str, str]:
    """A name and its value. Wrong usage for a text without both."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"{text!r} is not NAME=VALUE, such as a=django")
    return name, value
