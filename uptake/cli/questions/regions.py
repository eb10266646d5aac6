"""`uptake regions`: at least in Europe? Two or more frameworks in Europe, the United States and elsewhere."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import click

from uptake.cli.context import CliContext, IsoDate, IsoMoment, as_json, pass_context, say_json


class YearOrDate(click.ParamType[date]):
    """A year, which means its last day, or a day as YYYY-MM-DD."""

    name = "year"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """A date from its text; wrong usage otherwise."""
        if isinstance(value, str) and re.fullmatch(r"(?!0000)[0-9]{4}", value):
            return date(int(value), 12, 31)
        return IsoDate().convert(value, param, ctx)


@click.command()
@click.argument("frameworks", nargs=-1, required=True, metavar="A B...")
@click.option(
    "--europe", default="", metavar="REGION", help="What Europe means: eu27-uk-ch-no (default), europe or eu27."
)
@click.option("--on", type=YearOrDate(), metavar="YEAR", help="Only what was known of this year, or day, and before.")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Answer with what was known then.")
@as_json
@pass_context
def regions(
    context: CliContext,
    *,
    frameworks: tuple[str, ...],
    europe: str,
    on: date | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Say whether A lost ground in Europe, in the United States or elsewhere, beside B and up to four more.

    A survey by place, edition by edition, with the interval of each difference; then downloads by place, which tell of
    machines. Where two editions do not compare, or one is not known by place, it says why.
    """
    from answers.regions.answer import regions as answer
    from answers.regions.answer import regions_json

    with context.store() as store:
        found = answer(store, context.known, frameworks, context.clock.now(), europe=europe, on=on, as_of=as_of)
    if as_json:
        say_json(regions_json(found))
        return
    click.echo(found.sentence)
    for line in (*(e.sentence for e in found.editions), *(y.sentence for y in found.downloads_by_country.years)):
        click.echo(f"  {line}")
    for line in found.doubts:
        click.echo(f"  ({line})")
