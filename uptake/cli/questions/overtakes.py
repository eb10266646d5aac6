"""`uptake overtakes`: every overtake of every pair, dated."""

from __future__ import annotations

import click

from answers.questions import OvertakesQuestion
from uptake.cli.caveat_lines import care_lines
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks


@click.command()
@asks(OvertakesQuestion, most={"default": 40})
@as_json
@pass_context
def overtakes(context: CliContext, *, question: OvertakesQuestion, as_json: bool) -> None:
    """List every recorded overtake, by pair and metric, with its dates, newest first."""
    from answers.overtakes.history import overtakes as answer
    from answers.overtakes.history import overtakes_json
    from answers.overtakes.wording import VERDICT_WORDS

    q, now = question, context.clock.now()
    with context.store() as store:
        history = answer(
            store, context.catalog, now, q.metric or None, q.frameworks, q.since, q.as_of, held=q.held, every=q.every
        )
    if as_json:
        print_json(overtakes_json(history, q.most))
        return
    click.echo(f"{history.sentence}\n")
    for row in history.rows[: q.most]:
        why = f": {row.reason}" if row.verdict == "disputed" else ""
        click.echo(f"{row.sentence} [{VERDICT_WORDS[row.verdict]}{why}]")
    if history.total > q.most:
        click.echo(f"\nThe newest {q.most} of {history.total:,}; --most, --since, --metric choose others.")
    metrics = [row.metric for row in history.rows[: q.most]]
    for line in ("", *care_lines(context.catalog, metrics, history.sources, history.retrieved_at)):
        click.echo(line)
