"""`uptake verify`: whether the numbers are the ones that the sources gave."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, refuse_unknown
from uptake.cli.text_table import print_table, printable

if TYPE_CHECKING:
    from uptake.verify import VerificationResult

MOST_SHOWN = 100


@click.command()
@click.option("--source", metavar="ID", help="Only this source.")
@as_json
@pass_context
def verify(context: CliContext, source: str | None, as_json: bool) -> int:
    """Recompute every stored value from the saved responses and list differences.

    Differences are named by series and period. Responses that cannot be read again are counted with the reason; digests
    cover those, and the origin of each response and event. The last line names what is not covered. Exits with 1 if
    anything differs.
    """
    from uptake.verify import verify as check

    if source:
        refuse_unknown("source", (source,), context.catalog.sources, "uptake sources")
    with context.store() as store:
        verdict = check(store, context.shipped, source, progress=_silent if as_json else _say)
    if as_json:
        print_json({"ok": verdict.ok} | {name: getattr(verdict, name) for name in verdict.__slots__})
    else:
        _say_verdict(verdict)
    return 0 if verdict.ok else 1


def _say_verdict(verdict: VerificationResult) -> None:
    for difference in verdict.differences[:MOST_SHOWN]:
        click.echo(f"{difference.source}: {printable(difference.message)} [response {difference.payload}]")
    if len(verdict.differences) > MOST_SHOWN:
        click.echo(f"and {len(verdict.differences) - MOST_SHOWN} more; --json lists all")
    header = ("source", "responses", "read again", "no new number", "rows", "rows read again", "differences")
    rows = [
        (name, *(str(n) for n in (t.payloads, t.replayed, t.silent, t.rows, t.rows_replayed, t.differences)))
        for name, t in verdict.sources.items()
    ]
    print_table(header, rows)
    for name, tally in verdict.sources.items():
        for reason, count in sorted(tally.not_replayed.items()):
            click.echo(f"{name}: {count} response{'' if count == 1 else 's'} cannot be read again: {reason}")
    outcome = (
        "OK: every value matches its saved response." if verdict.ok else "Values differ from their saved responses."
    )
    click.echo(f"{outcome} Not covered: {'; '.join(verdict.not_covered)}.")


def _say(what: str) -> None:
    """Progress, for someone who watches."""
    if sys.stderr.isatty():
        click.echo(f"checking {what}", err=True)


def _silent(what: str) -> None:
    """Nothing: the answer alone is wanted."""
