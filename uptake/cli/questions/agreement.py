"""`uptake agreement`: do stars mean use? How alike two metrics rank the frameworks, and where they disagree."""

from __future__ import annotations

import click

from answers.questions import AgreementQuestion
from uptake.cli.caveat_lines import care_lines
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks


@click.command()
@asks(AgreementQuestion)
@as_json
@pass_context
def agreement(context: CliContext, *, question: AgreementQuestion, as_json: bool) -> None:
    """Compare how alike stars and downloads rank the frameworks. Shows it now and over time, which of them moves
    first, and what surveys show.
    """
    from answers.agreement.answer import agreement as answer
    from answers.agreement.answer import agreement_json
    from answers.agreement.surveys import survey_sentences

    q = question
    with context.store() as store:
        ranking = answer(
            store, context.catalog, context.clock.now(),
            x=q.x, y=q.y, frameworks=q.frameworks, on=q.on, as_of=q.as_of, months=q.months,
        )  # fmt: skip
    if as_json:
        print_json(agreement_json(ranking))
        return
    sentences = (
        ranking.sentence,
        ranking.choice,
        *ranking.anomalies,
        ranking.memory,
        ranking.history.sentence,
        ranking.leads.sentence,
        *survey_sentences(ranking.surveys),
    )
    for sentence in filter(None, sentences):
        click.echo(sentence)
    for earlier in ranking.month_ends:
        tau = "unknown" if earlier.tau != earlier.tau else f"{earlier.tau:.2f}"
        click.echo(f"{earlier.on}  tau {tau} of {len(earlier.table)} frameworks")
    sources = context.catalog.sources_named(ranking.sources)
    metrics = (ranking.x.id, ranking.y.id, *(survey.survey.id for survey in ranking.surveys))
    for line in ("", *care_lines(context.catalog, metrics, sources, ranking.retrieved_at)):
        click.echo(line)
