"""`uptake chart`: a chart as a file, for a talk, a page or a README."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from uptake.cli.context import CliContext, pass_context, refuse_reversed
from uptake.cli.options import series_options
from uptake.cli.questions.compare import write_whole

THEMES = ("light", "dark")


@click.command()
@click.argument("chart", metavar="METRIC|CHART")
@click.argument("more", metavar="[NAME=VALUE]...", nargs=-1)
@series_options
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
@pass_context
def chart(
    context: CliContext,
    *,
    chart: str,
    more: tuple[str, ...],
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
    """Draw a METRIC over time, or another CHART of the pages, as PNG, SVG or HTML that needs no network.

    \b
    uptake chart stars --framework flask,django -o stars.png
    uptake chart compare a=django b=flask on=2020-11-25 -o gap.svg
    uptake chart agreement --framework flask,django,fastapi -o use.html
    uptake chart stars axis=stars-10000 -o ages.png
    uptake chart agreement show=per-million -o per-million.svg
    uptake chart forecast metric=stars framework=fastapi -o next.png

    Charts: overtakes, use, surveys, regions, anomalies, forecast. Several have more than one: show=NAME says which.
    All NAME=VALUE are those of the HTTP API (docs/http-api.md, Pictures). Title, caveat, source, licence and date of
    retrieval are part of the picture. The same store gives the same bytes.
    """  # noqa: D301 - the backslash tells click not to wrap the lines that follow
    from uptake.charts import KINDS, ChartRequest, draw

    refuse_reversed(since, until)
    kind = output.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise click.UsageError(f"{output.name} is no picture: end its name in .png, .svg or .html")
    told = {
        "framework": ",".join(dict.fromkeys(frameworks)),
        "dimension": dimension,
        "since": since and since.isoformat(),
        "until": until and until.isoformat(),
        "as_of": as_of and as_of.isoformat(),
        "view": "" if view == "level" else view,
        "theme": "" if theme == "light" else theme,
        "log": "1" if log else "",
    }
    asked = [(name, text) for name, text in told.items() if text] + [_parted(text) for text in more]
    is_metric = chart in context.known.metrics
    of = "chart" if is_metric else chart
    [drawn] = draw(context.settings, [ChartRequest(of, (*([("metric", chart)] if is_metric else []), *asked), kind)])
    write_whole(output, [drawn])
    click.echo(f"{len(drawn):,} bytes written to {output}", err=True)


def _parted(text: str) -> tuple[str, str]:
    """A name and its value. Wrong usage for a text without both."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"{text!r} is not NAME=VALUE, such as a=django")
    return name, value
