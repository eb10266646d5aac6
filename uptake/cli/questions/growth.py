"""`uptake growth`: how fast it grows, in every figure, with the days compared and the reason where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from answers.questions import GrowthQuestion
from uptake.cli.caveat_lines import care_lines
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks

if TYPE_CHECKING:
    from answers.growth.answer import Growth, GrowthRow


@click.command()
@asks(GrowthQuestion)
@as_json
@pass_context
def growth(context: CliContext, *, question: GrowthQuestion, as_json: bool) -> None:
    """Show who grows fastest by a METRIC. Lists every growth figure, absolute and relative.

    Growth across a change in counting method is refused, with the reason; the ratio to a framework with the same change
    is shown instead.
    """
    from answers.growth.answer import growth as answer
    from answers.growth.answer import growth_json

    with context.store() as store:
        growing = answer(store, context.catalog, question.series(), context.clock.now())
    if as_json:
        print_json(growth_json(growing))
        return
    for line in _lines(growing):
        click.echo(line)


def _lines(growing: Growth) -> Iterator[str]:
    yield growing.sentence
    for row in growing.rows:
        yield from _row(growing, row)
    yield ""
    yield from (text for text in (growing.rhythm, growing.everything) if text)
    yield from (lost.sentence for lost in growing.lost if not lost.why)
    yield from care_lines(growing.catalog, (growing.metric.id,), growing.sources, growing.retrieved_at)


def _row(growing: Growth, row: GrowthRow) -> Iterator[str]:
    from answers import wording
    from answers.growth.wording import WHAT, figure_words

    days = row.period_end if row.period == row.period_end else f"{row.period} to {row.period_end}"
    yield f"\n{growing.catalog.frameworks[row.framework].title}: {wording.value(row.value, growing.metric)} ({days})"
    for name, figure in row.figures.items():
        days = f" ({figure.since} to {figure.until})" if figure.since and figure.stands else ""
        yield f"  {WHAT[name]:<32}{figure_words(growing.catalog, growing.metric, row, name)}{days}"
