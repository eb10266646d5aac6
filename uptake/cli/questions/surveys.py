"""`uptake surveys`: shares by edition, what changed between two, where groups differ, and what was asked each year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, IsoMoment, as_json, listed, pass_context, say_json

if TYPE_CHECKING:
    from answers.surveys.answer import Surveys
    from answers.surveys.differences import ShareDifference
    from answers.surveys.editions import Edition


@click.command()
@click.argument("metric", default="so_worked_with")
@click.option(
    "--framework", "frameworks", multiple=True, callback=listed, metavar="ID",
    help="May be repeated (default: all that the survey knows).",
)  # fmt: skip
@click.option("--dimension", default="", metavar="KEY=VALUE", help="Only a group, such as region=europe.")
@click.option(
    "--from", "first", type=int, metavar="YEAR", help="Compare this edition (default: the last that compares)."
)
@click.option("--to", "second", type=int, metavar="YEAR", help="With this later one.")
@click.option("--edition", type=int, metavar="YEAR", help="For groups and pairs (default: the last).")
@click.option("--here", default="", metavar="KEY=VALUE", help="Compare this group within an edition...")
@click.option("--there", default="", metavar="KEY=VALUE", help="...with this one (default: rest, all others).")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Answer with what was known then.")
@click.option("--lineage", is_flag=True, help="Say what was asked each year, and of whom.")
@as_json
@pass_context
def surveys(
    context: CliContext, *,
    metric: str, frameworks: tuple[str, ...], dimension: str, first: int | None, second: int | None,
    edition: int | None, here: str, there: str, as_of: datetime | None, lineage: bool, as_json: bool,
) -> None:  # fmt: skip
    """Say what changed in a survey, each difference with its interval, or why none is told."""
    from answers.question import SurveyQuestion
    from answers.surveys.answer import surveys as answer
    from answers.surveys.answer import surveys_json

    question = SurveyQuestion(metric, frameworks, dimension, first, second, edition, here, there, as_of)
    with context.store() as store:
        found = answer(store, context.known, question, context.clock.now())
    if as_json:
        say_json(surveys_json(found))
        return
    click.echo(found.sentence)
    _say_contrasts("Between editions", found.changes)
    _say_contrasts("Between groups", found.groups)
    _say_contrasts(f"Between frameworks, {found.edition}", found.pairs)
    titles = {name: framework.title for name, framework in context.known.frameworks.items()}
    _say_wishes(found, titles)
    if lineage:
        _say_lineage(found.editions, titles)


def _say_contrasts(title: str, contrasts: Sequence[ShareDifference]) -> None:
    if not contrasts:
        return
    click.echo(f"\n{title}:")
    for contrast in contrasts:
        click.echo(f"  {contrast.sentence}")
    for doubt in dict.fromkeys(doubt for contrast in contrasts for doubt in contrast.doubts):
        click.echo(f"  ({doubt})")


def _say_wishes(found: Surveys, titles: Mapping[str, str]) -> None:
    told = [wish for wish in found.attraction if wish.edition == found.edition]
    if not told:
        return
    click.echo(f"\nWant to work with it, beside worked with it, {found.edition}:")
    for wish in told:
        way = "more" if wish.more > 0 else "fewer"
        click.echo(
            f"  {titles[wish.framework]}: {100 * wish.want:.1f} % want it, {100 * wish.worked:.1f} % worked with it "
            f"({abs(100 * wish.more):.1f} points {way} want it)"
        )


def _say_lineage(lineage: Sequence[Edition], titles: Mapping[str, str]) -> None:
    click.echo("\nWhat was asked:")
    for edition in lineage:
        for cut in edition.breaks:
            click.echo(f"  ---- {cut.title}: {cut.text}")
        base = f", {'about ' if edition.rounded else ''}{edition.base:,} answers" if edition.base else ""
        of = f", of {edition.asked_of}" if edition.asked_of else ""
        added = f"; new on the list: {', '.join(titles[name] for name in edition.added)}" if edition.added else ""
        removed = f"; gone from it: {', '.join(titles[name] for name in edition.removed)}" if edition.removed else ""
        click.echo(f"  {edition.year}  {edition.question}{of}{base}{added}{removed}")
