"""`uptake leaders`: who leads, by every metric."""

from __future__ import annotations

import click

from answers.questions import LeadersQuestion
from uptake.cli.caveat_lines import care_of
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks


@click.command()
@asks(LeadersQuestion)
@as_json
@pass_context
def leaders(context: CliContext, *, question: LeadersQuestion, as_json: bool) -> None:
    """Show who leads, by every metric, by how much and since when."""
    from answers.leaders.answer import leaders as answer
    from answers.leaders.answer import leaders_json

    q = question
    with context.store() as store:
        leading = answer(store, context.catalog, q.frameworks, context.clock.now(), q.on, q.as_of)
    if as_json:
        print_json(leaders_json(context.catalog, leading))
        return
    click.echo(leading.sentence)
    for row in leading.rows:
        click.echo(f"  {context.catalog.metrics[row.metric].title}: {row.sentence}")
    for line in care_of(context.catalog, leading.rows):
        click.echo(line)
