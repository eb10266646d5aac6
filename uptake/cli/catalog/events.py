"""`uptake events`: what charts can mark."""

from __future__ import annotations

import click

from answers.questions import EventsQuestion
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks
from uptake.cli.text_table import print_table, printable


@click.command()
@asks(EventsQuestion)
@as_json
@pass_context
def events(context: CliContext, *, question: EventsQuestion, as_json: bool) -> None:
    """List the marks on charts: releases, pre-releases, notes, changes in counting."""
    from answers.events import events as answer
    from answers.json_and_csv import to_json

    with context.store() as store:
        marked = answer(store, context.catalog, question.frameworks)
    if as_json:
        print_json({"events": to_json(marked)})
        return
    rows = [
        (
            event.since.isoformat() if event.since == event.until else f"{event.since} to {event.until}",
            event.kind,
            ", ".join(event.frameworks or event.metrics),
            printable(event.title),
            printable(event.url),
        )
        for event in marked
    ]
    print_table(("day", "kind", "of", "what", "link"), rows)
