"""`uptake notes`: notes of your own on the charts."""

from __future__ import annotations

from datetime import date

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import DAY, as_json
from uptake.cli.text_table import print_table, printable


@click.group(invoke_without_command=True)
@as_json
@pass_context
@click.pass_context
def notes(ctx: click.Context, context: CliContext, as_json: bool) -> None:
    """List your notes on the charts, or add and remove one."""
    if ctx.invoked_subcommand is not None:
        return
    with context.store() as store:
        kept = store.notes()
    if as_json:
        print_json({"notes": kept})
        return
    rows = [(str(n.id), n.framework, n.day.isoformat(), printable(n.title), printable(n.url)) for n in kept]
    print_table(("note", "framework", "day", "text", "link"), rows)


@notes.command("add")
@click.argument("framework")
@click.argument("day", type=DAY, metavar="DATE")
@click.argument("text")
@click.option("--url", default="", metavar="ADDRESS", help="A link with more about it.")
@as_json
@pass_context
def add(context: CliContext, *, framework: str, day: date, text: str, url: str, as_json: bool) -> None:
    """Add a note to the charts of a FRAMEWORK on a DATE."""
    from uptake.frameworks.notes import add_note

    with context.store(read_only=False) as store:
        note = add_note(store, context.shipped, framework, day, text, url)
    if as_json:
        print_json(note)
    else:
        click.echo(f"Added note {note.id} to {note.framework} on {note.day}.")


@notes.command("remove")
@click.argument("number", metavar="NOTE", type=int)
@as_json
@pass_context
def remove(context: CliContext, *, number: int, as_json: bool) -> None:
    """Remove a NOTE, by its number, from the charts."""
    from uptake.frameworks.notes import remove_note

    with context.store(read_only=False) as store:
        remove_note(store, number)
    if as_json:
        print_json({"removed": number})
    else:
        click.echo(f"Removed note {number}.")
