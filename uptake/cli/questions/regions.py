"""`uptake regions`: at least in Europe? Two or more frameworks in Europe, the United States and elsewhere."""

from __future__ import annotations

import click

from answers.questions import RegionsQuestion
from uptake.cli.caveat_lines import care_lines
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks


@click.command()
@asks(RegionsQuestion)
@as_json
@pass_context
def regions(context: CliContext, *, question: RegionsQuestion, as_json: bool) -> None:
    """Compare A with one to five others in Europe, the United States and elsewhere.

    Shows a survey by place, edition by edition, with the interval of each difference, then downloads by place, which
    show machines. Where editions do not compare or have no regional results, it gives the reason.
    """
    from answers.regions.answer import regions as answer
    from answers.regions.answer import regions_json

    q, now = question, context.clock.now()
    with context.store() as store:
        places = answer(store, context.catalog, q.frameworks, now, europe=q.europe, on=q.on, as_of=q.as_of)
    if as_json:
        print_json(regions_json(places))
        return
    click.echo(places.sentence)
    for line in (*(e.sentence for e in places.editions), *(y.sentence for y in places.downloads_by_country.years)):
        click.echo(f"  {line}")
    for doubt in places.doubts:
        click.echo(f"  ({doubt})")
    metrics = (metric.id for metric in places.metrics)
    for line in ("", *care_lines(context.catalog, metrics, places.sources, places.retrieved_at)):
        click.echo(line)
