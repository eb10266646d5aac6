"""`uptake anomalies`: what looks odd, by one rule for all, and which known breaks it lies on."""

from __future__ import annotations

import click

from answers.questions import AnomaliesQuestion
from uptake.cli.caveat_lines import care_lines
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks


@click.command()
@asks(AnomaliesQuestion)
@as_json
@pass_context
def anomalies(context: CliContext, *, question: AnomaliesQuestion, as_json: bool) -> None:
    """List unusual values: spikes, possible level shifts, days with many jumps at once."""
    from answers.anomalies.answer import anomalies as answer
    from answers.anomalies.json_and_csv import anomalies_json
    from answers.anomalies.wording import FALSE_ALARMS, RULE, known_sentence

    q = question
    with context.store() as store:
        unusual = answer(
            store, context.catalog, context.clock.now(),
            metrics=q.metrics, frameworks=q.frameworks, since=q.since, until=q.until, as_of=q.as_of,
        )  # fmt: skip
    if as_json:
        print_json(anomalies_json(unusual))
        return
    click.echo(unusual.sentence)
    for title, anomalies in (("Source incidents", unusual.incidents), ("Flags", unusual.flags)):
        if anomalies:
            click.echo(f"\n{title}")
        for anomaly in anomalies:
            click.echo(f"  {anomaly.metric}: {anomaly.sentence} {known_sentence(anomaly.known_breaks)}".rstrip())
    click.echo(f"\nThe rule: {RULE} {FALSE_ALARMS}")
    sources = context.catalog.sources_named(name for metric in unusual.metrics for name in metric.sources)
    for line in care_lines(context.catalog, (metric.id for metric in unusual.metrics), sources, unusual.retrieved_at):
        click.echo(line)
