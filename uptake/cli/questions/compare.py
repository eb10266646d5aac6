"""`uptake compare`: who leads of two frameworks."""

from __future__ import annotations

import click

from answers.questions import CompareQuestion
from uptake.cli.caveat_lines import care_of
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks


@click.command()
@asks(CompareQuestion)
@as_json
@pass_context
def compare(context: CliContext, *, question: CompareQuestion, as_json: bool) -> None:
    """Compare A and B: who leads by each metric, since when, and how sure that is."""
    from answers.overtakes.compare import compare as answer
    from answers.overtakes.compare import comparison_json
    from answers.overtakes.wording import VERDICT_WORDS

    q = question
    with context.store() as store:
        now = context.clock.now()
        comparison = answer(store, context.catalog, q.a, q.b, now, on=q.on, as_of=q.as_of, metric=q.metric)
    if as_json:
        print_json(comparison_json(comparison))
        return
    click.echo(" ".join(filter(None, (comparison.answer, comparison.sentence))))
    if comparison.apart:
        click.echo(f"\n{comparison.apart.sentence}")
    for entry in comparison.entries:
        click.echo(f"\n{entry.title} [{VERDICT_WORDS[entry.verdict]}]\n  {entry.sentence}")
        if entry.rate and entry.rate.brief:
            click.echo(f"  {entry.rate.brief}.")
        if entry.sensitivity.brief:
            click.echo(f"  The lead {entry.sensitivity.brief}.")
    for line in ("", *care_of(context.catalog, comparison.entries)):
        click.echo(line)
