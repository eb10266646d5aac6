"""`uptake surveys`: shares by edition, what changed between two, where groups differ, and what was asked each year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from answers.questions import SurveyQuestion
from uptake.cli.caveat_lines import care_lines
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks

if TYPE_CHECKING:
    from answers.surveys.answer import Surveys
    from answers.surveys.differences import ShareDifference
    from answers.surveys.editions import Edition


@click.command()
@asks(SurveyQuestion)
@click.option("--editions", "with_editions", is_flag=True, help="Show the question of each year, and who was asked.")
@as_json
@pass_context
def surveys(context: CliContext, *, question: SurveyQuestion, with_editions: bool, as_json: bool) -> None:
    """Show what changed in a survey. Each difference has its interval, or the reason for none."""
    from answers.surveys.answer import surveys as answer
    from answers.surveys.answer import surveys_json

    with context.store() as store:
        survey = answer(store, context.catalog, question, context.clock.now())
    if as_json:
        print_json(surveys_json(survey))
        return
    click.echo(survey.sentence)
    _say_differences("Between editions", survey.changes)
    _say_differences("Between groups", survey.groups)
    _say_differences(f"Between frameworks, {survey.edition}", survey.pairs)
    titles = {name: framework.title for name, framework in context.catalog.frameworks.items()}
    _say_wanted(survey, titles)
    if with_editions:
        _say_editions(survey.editions, titles)
    shares = survey.shares
    for line in ("", *care_lines(context.catalog, (shares.metric.id,), shares.sources, shares.retrieved_at)):
        click.echo(line)


def _say_differences(title: str, differences: Sequence[ShareDifference]) -> None:
    if not differences:
        return
    click.echo(f"\n{title}:")
    for difference in differences:
        click.echo(f"  {difference.sentence}")
    for doubt in dict.fromkeys(doubt for difference in differences for doubt in difference.doubts):
        click.echo(f"  ({doubt})")


def _say_wanted(survey: Surveys, titles: Mapping[str, str]) -> None:
    gaps = [gap for gap in survey.wanted_next_year if gap.edition == survey.edition]
    if gaps:
        click.echo(f"\nWant to work with it, compared with worked with it, {survey.edition}:")
    for gap in gaps:
        click.echo(
            f"  {titles[gap.framework]}: {100 * gap.want:.1f}% want it, {100 * gap.worked:.1f}% worked with it "
            f"({abs(100 * gap.more):.1f} points {'more' if gap.more > 0 else 'fewer'} want it)"
        )


def _say_editions(editions: Sequence[Edition], titles: Mapping[str, str]) -> None:
    click.echo("\nQuestions asked:")
    for edition in editions:
        for cut in edition.breaks:
            click.echo(f"  ---- {cut.title}: {cut.text}")
        base = f", {'about ' if edition.rounded else ''}{edition.base:,} answers" if edition.base else ""
        of = f", of {edition.asked_of}" if edition.asked_of else ""
        added = f"; new on the list: {', '.join(titles[name] for name in edition.added)}" if edition.added else ""
        removed = f"; removed: {', '.join(titles[name] for name in edition.removed)}" if edition.removed else ""
        click.echo(f"  {edition.year}  {edition.question}{of}{base}{added}{removed}")
