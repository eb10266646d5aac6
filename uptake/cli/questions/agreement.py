"""`uptake agreement`: do stars mean use? How alike two metrics rank the frameworks, and where they disagree."""

from __future__ import annotations

from datetime import date, datetime

import click

from uptake.cli.context import CliContext, IsoDate, IsoMoment, as_json, listed, pass_context, say_json


@click.command()
@click.option(
    "--framework", "frameworks", multiple=True, callback=listed, metavar="ID",
    help="May be repeated (default: all there are).",
)  # fmt: skip
@click.option("--x", default="stars", show_default=True, metavar="METRIC", help="The metric of attention.")
@click.option(
    "--y", default="", metavar="METRIC",
    help="The metric of use (default: the count of downloads that knows the most frameworks now).",
)  # fmt: skip
@click.option(
    "--on", type=IsoDate(), metavar="DATE",
    help="The day to compare on (default: of the last year both know, the one that knows the most frameworks).",
)  # fmt: skip
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Answer with what was known then.")
@click.option("--months", type=click.IntRange(0, 120), default=0, metavar="N", help="So many month ends before it too.")
@as_json
@pass_context
def agreement(
    context: CliContext, *,
    frameworks: tuple[str, ...], x: str, y: str, on: date | None, as_of: datetime | None, months: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Say whether stars mean use: how alike stars and downloads rank the frameworks, now and over time, which of them
    moves first, and what surveys say beside both.
    """
    from answers.agreement.answer import agreement as answer
    from answers.agreement.answer import agreement_json
    from answers.agreement.surveys import said as surveyed

    with context.store() as store:
        found = answer(
            store,
            context.known,
            context.clock.now(),
            x=x,
            y=y,
            frameworks=frameworks,
            on=on,
            as_of=as_of,
            months=months,
        )
    if as_json:
        say_json(agreement_json(found))
        return
    told = (
        found.sentence,
        found.choice,
        *found.odd,
        found.memory,
        found.history.sentence,
        found.leads.sentence,
    )
    for said in filter(None, (*told, *surveyed(found.surveys))):
        click.echo(said)
    for earlier in found.trail:
        tau = "unknown" if earlier.tau != earlier.tau else f"{earlier.tau:.2f}"
        click.echo(f"{earlier.on}  tau {tau} of {len(earlier.table)} frameworks")
