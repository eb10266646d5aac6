"""`uptake growth`: how fast it grows, in every figure, with the days compared and the reason where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, IsoDate, IsoMoment, as_json, listed, pass_context, refuse_reversed, say_json

if TYPE_CHECKING:
    from answers.growth.answer import Growth, GrowthRow


@click.command()
@click.argument("metric")
@click.option(
    "--framework", "frameworks", multiple=True, callback=listed, metavar="ID",
    help="May be repeated (default: all there are).",
)  # fmt: skip
@click.option("--dimension", metavar="KEY=VALUE", help="One part of the metric, such as python=3.12.")
@click.option("--since", type=IsoDate(), metavar="DATE", help="From when on the compound yearly rate is reckoned.")
@click.option("--until", type=IsoDate(), metavar="DATE", help="Up to this day.")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Answer with what was known then.")
@as_json
@pass_context
def growth(
    context: CliContext, *, metric: str, frameworks: tuple[str, ...], dimension: str | None, since: date | None,
    until: date | None, as_of: datetime | None, as_json: bool,
) -> None:  # fmt: skip
    """Say who grows fastest by a METRIC, in what was gained and for its size, and every figure of growth.

    Growth across a registered break is refused with the reason; the ratio to a framework counted alike is told instead.
    """
    from answers.growth.answer import growth as answer
    from answers.growth.answer import growth_json
    from answers.question import Question

    refuse_reversed(since, until)
    question = Question(metric, tuple(dict.fromkeys(frameworks)), dimension or "", since, until, as_of)
    with context.store() as store:
        found = answer(store, context.known, question, context.clock.now())
    if as_json:
        say_json(growth_json(found))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Growth) -> Iterator[str]:
    yield found.sentence
    for row in found.rows:
        yield from _row(found, row)
    yield ""
    yield from (text for text in (found.rhythm, found.everything) if text)
    yield from (lost.sentence for lost in found.lost if not lost.why)
    yield found.metric.badge


def _row(found: Growth, row: GrowthRow) -> Iterator[str]:
    from answers.growth.wording import WHAT, figure_words, level_words

    days = row.period_end if row.period == row.period_end else f"{row.period} to {row.period_end}"
    yield f"\n{found.catalog.frameworks[row.framework].title}: {level_words(found.metric, row)} ({days})"
    for what, figure in row.figures.items():
        told = figure_words(found.catalog, row, what)
        days = f" ({figure.since} to {figure.until})" if figure.since and figure.stands else ""
        yield f"  {WHAT[what]:<32}{told}{days}"
