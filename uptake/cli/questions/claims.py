"""`uptake claim` and `uptake claims`: a sentence, or a file of them, checked against what is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, IsoDate, IsoMoment, as_json, pass_context, say_json

if TYPE_CHECKING:
    from answers.claims.check import CheckedClaim, ClaimAnswer


@click.command()
@click.argument("sentence")
@click.option("--on", type=IsoDate(), metavar="DATE", help="Judge it as it stood on this day (default: as last seen).")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Judge it with what was known then.")
@as_json
@pass_context
def claim(context: CliContext, *, sentence: str, on: date | None, as_of: datetime | None, as_json: bool) -> None:
    """Check a SENTENCE such as "django passed flask in stars in 2020".

    The answer is supported, contradicted, contested (the metrics disagree, or it holds in part) or not enough data,
    with the evidence of each metric. A sentence that is not understood is answered with the patterns that are.
    """
    from answers.claims.check import check, checked_json

    with context.store() as store:
        checked = check(store, context.known, sentence, context.clock.now(), on=on, as_of=as_of)
    if as_json:
        say_json(checked_json(context.known, checked))
        return
    _say_checked(checked)


@click.command()
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of claims of your own, laid out as catalog/claims.toml (default: those that come with Uptake).",
)
@as_json
@pass_context
def claims(context: CliContext, *, path: Path | None, as_json: bool) -> None:
    """Judge a file of claims, each as of the day it was said and as of today."""
    from answers.claims.check import claim_json, judge
    from catalog import read_claims, shipped_claims

    known = read_claims(path.resolve()) if path else shipped_claims()
    with context.store() as store:
        answers = judge(store, context.known, known, context.clock.now())
    if as_json:
        say_json({"claims": [claim_json(answer) for answer in answers]})
        return
    for number, answer in enumerate(answers):
        _say_claim(answer, first=number == 0)


def _say_claim(answer: ClaimAnswer, *, first: bool) -> None:
    claim = answer.claim
    said = f"on {claim.said_on}: {answer.then}; today: " if claim.said_on else ""
    click.echo(f"{'' if first else chr(10)}{claim.says}\n  [{said}{answer.now}]")
    if claim.judged:
        click.echo(f"  {claim.judged}")
    for pair in answer.checks:
        _say_indented([part for part in pair if part is not None])
    if answer.also:
        click.echo("  beside it:")
    for pair in answer.also:
        _say_indented([part for part in pair if part is not None])


def _say_indented(checked: Sequence[CheckedClaim]) -> None:
    for part in checked:
        _say_checked(part, indent="  ")


def _say_checked(checked: CheckedClaim, indent: str = "") -> None:
    click.echo(f"{indent}{checked.sentence}")
    for e in checked.evidence:
        click.echo(f"{indent}  [{e.says}] {e.sentence}")
