"""`uptake status`: how old the figures are, and what waits for somebody to look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json
from uptake.cli.text_table import duration, minute, print_table, printable

if TYPE_CHECKING:
    from answers.collection.freshness import Freshness


# How a terminal calls the states of JSON; what was never collected is late.
STATES = {
    "fresh": "up to date",
    "stale": "late",
    "never": "late",
    "unreachable": "unreachable",
    "manual": "manual",
    "off": "off",
}


@click.command()
@as_json
@pass_context
def status(context: CliContext, as_json: bool) -> int:
    """Show how current each source's figures are, and what needs attention.

    Exits with 1 if a source's figures are late, if it was never collected or failed last time, if there is an alarm, if
    an alert could not be delivered, if the scheduler was killed, or if the disk is nearly full.
    """
    from answers.collection.freshness import GOOD, freshness_sentence
    from uptake.health import health

    with context.store() as store:
        state = health(store, context.tracked, context.clock.now())
        place = store.place
    sentence = freshness_sentence(context.tracked, state.sources)
    if as_json:
        print_json(
            {
                "ok": state.ok,
                "sentence": sentence,
                "problems": state.problems,
                "store": place,
                "room": state.room,
                "scheduler": state.scheduler,
                "sources": [_state_object(source) for source in state.sources],
                "alarms": state.failures,
                "alerts": state.alerts,
            }
        )
    else:
        click.secho(sentence, fg=None if all(source.state in GOOD for source in state.sources) else "red")
        header = ("source", "state", "newest figure", "age", "last full run (UTC)", "next due (UTC)", "note")
        print_table(header, [_row(source) for source in state.sources])
        for failure in state.failures:
            click.echo(f"alarm: {failure.source} {failure.framework} {failure.kind}: {printable(failure.message)}")
        for problem in state.problems:
            if problem != sentence:
                click.secho(printable(problem), fg="red")
        click.echo(f"scheduler: {f'running ({state.scheduler})' if state.scheduler else 'not running'}")
    return 0 if state.ok else 1


def _row(entry: Freshness) -> tuple[str, ...]:
    newest = entry.newest.isoformat() if entry.newest else ""
    moments = minute(entry.whole_run_at), minute(entry.next_due)
    return entry.source, STATES[entry.state], newest, duration(entry.age), *moments, printable(entry.note)


def _state_object(entry: Freshness) -> dict[str, object]:
    last = entry.last_run
    return {
        "source": entry.source,
        "state": entry.state,
        "newest": entry.newest,
        "age_s": entry.age.total_seconds() if entry.age is not None else None,
        "whole_run_at": entry.whole_run_at,
        "last_run": {"run": last.id, "status": last.status, "finished_at": last.finished_at} if last else None,
        "next_due": entry.next_due,
        "note": entry.note,
    }
