"""`uptake anomalies`: what looks odd, by one rule for all, and what the register of breaks knows of it."""

from __future__ import annotations

from datetime import date, datetime

import click

from uptake.cli.context import CliContext, IsoDate, IsoMoment, as_json, listed, pass_context, refuse_reversed, say_json


@click.command()
@click.argument("metrics", nargs=-1, metavar="[METRIC]...")
@click.option(
    "--framework", "frameworks", multiple=True, callback=listed, metavar="ID",
    help="May be repeated (default: all there are).",
)  # fmt: skip
@click.option("--since", type=IsoDate(), metavar="DATE", help="Only what lies on or after this day.")
@click.option("--until", type=IsoDate(), metavar="DATE", help="Only what lies on or before this day.")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Answer with what was known then.")
@as_json
@pass_context
def anomalies(
    context: CliContext, *,
    metrics: tuple[str, ...], frameworks: tuple[str, ...], since: date | None, until: date | None,
    as_of: datetime | None, as_json: bool,
) -> None:  # fmt: skip
    """Say which figures look odd: days on which several frameworks jumped at once, spikes, possible changes."""
    from answers.anomalies.answer import anomalies as answer
    from answers.anomalies.serialize import anomalies_json
    from answers.anomalies.wording import FALSE_ALARMS, RULE, known_sentence

    refuse_reversed(since, until)
    with context.store() as store:
        found = answer(
            store, context.known, context.clock.now(), metrics=metrics, frameworks=frameworks, since=since, until=until,
            as_of=as_of,
        )  # fmt: skip
    if as_json:
        say_json(anomalies_json(found))
        return
    click.echo(found.sentence)
    for title, several in (("Source incidents", found.incidents), ("Flags", found.flags)):
        if several:
            click.echo(f"\n{title}")
        for one in several:
            click.echo(f"  {one.metric}: {one.sentence} {known_sentence(one.known)}".rstrip())
    click.echo(f"\nThe rule: {RULE} {FALSE_ALARMS}")
