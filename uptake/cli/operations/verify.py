"""`uptake verify`: whether the numbers are the ones that the sources gave."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, refuse_unknown
from uptake.cli.table import print_table, printable

if TYPE_CHECKING:
    from uptake.verify import Verdict

MOST_SHOWN = 100


@click.command()
@click.option("--source", metavar="ID", help="Only what this source told.")
@as_json
@pass_context
def verify(context: CliContext, source: str | None, as_json: bool) -> int:
    """Hold the store to what it was told: each number again from the answers that were kept.

    Names every difference by series and period. What cannot be read again is counted with the reason; digests vouch
    for it, and for where each answer and event came from. What nothing vouches for is named in the last line. Exits
    with 1 if anything differs.
    """
    from uptake.verify import verify as check

    if source:
        refuse_unknown("source", (source,), context.shipped.sources, "uptake sources")
    with context.store() as store:
        verdict = check(store, context.shipped, source, progress=_silent if as_json else _say)
    if as_json:
        print_json({"ok": verdict.ok} | {name: getattr(verdict, name) for name in verdict.__slots__})
    else:
        _say_verdict(verdict)
    return 0 if verdict.ok else 1


def _say_verdict(verdict: Verdict) -> None:
    for difference in verdict.differences[:MOST_SHOWN]:
        click.echo(f"{difference.source}: {printable(difference.message)} [answer {difference.payload}]")
    if len(verdict.differences) > MOST_SHOWN:
        click.echo(f"and {len(verdict.differences) - MOST_SHOWN} more; --json lists all")
    header = ("source", "answers", "read again", "no new number", "rows", "rows read again", "differences")
    rows = [
        (name, *(str(n) for n in (t.payloads, t.replayed, t.silent, t.rows, t.rows_replayed, t.differences)))
        for name, t in verdict.sources.items()
    ]
    print_table(header, rows)
    for name, tally in verdict.sources.items():
        for reason, count in sorted(tally.not_replayed.items()):
            click.echo(f"{name}: {count} answers cannot be read again: {reason}")
    outcome = "all is as it was told" if verdict.ok else "not all is as it was told"
    click.echo(f"not covered: {'; '.join(verdict.not_covered)}. But for that, {outcome}")


def _say(what: str) -> None:
    """Progress, for someone who watches."""
    if sys.stderr.isatty():
        click.echo(f"checking {what}", err=True)


def _silent(what: str) -> None:
    """Nothing: the answer alone is wanted."""
