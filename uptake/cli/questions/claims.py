"""`uptake claim` and `uptake claims`: a sentence, or a file of them, checked against the figures."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from answers.questions import ClaimQuestion, QuestionError
from uptake.cli.caveat_lines import care_of
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks

if TYPE_CHECKING:
    from answers.claims.check import CheckedClaim, ClaimAnswer


@click.command()
@asks(ClaimQuestion)
@as_json
@pass_context
def claim(context: CliContext, *, question: ClaimQuestion, as_json: bool) -> None:
    """Check a SENTENCE such as "django passed flask in stars in 2020".

    The answer is supported, contradicted, disputed (the metrics disagree, or it holds in part) or not enough data, with
    the evidence of each metric. For a sentence that is not understood, it names the words at fault and similar
    sentences that can be checked.
    """
    from answers.claims.check import check, checked_json
    from answers.claims.suggestions import NotUnderstood

    q = question
    try:
        with context.store() as store:
            checked = check(store, context.catalog, q.claim, context.clock.now(), on=q.on, as_of=q.as_of)
    except NotUnderstood as fault:
        commands = (f"  {shlex.join(['uptake', 'claim', sentence])}" for sentence in fault.nearest)
        raise QuestionError("\n".join([str(fault), *commands])) from fault
    if as_json:
        print_json(checked_json(context.catalog, checked))
        return
    _say_checked(checked)
    for line in care_of(context.catalog, checked.evidence):
        click.echo(line)


@click.command()
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of your claims, in the form of catalog/claims.toml (default: the built-in claims).",
)
@as_json
@pass_context
def claims(context: CliContext, *, path: Path | None, as_json: bool) -> None:
    """Check a file of claims, each on the data of its day and on the data of today."""
    from answers.claims.check import claim_json, judge
    from catalog import read_claims, shipped_claims

    sentences = read_claims(path.resolve()) if path else shipped_claims()
    with context.store() as store:
        answers = judge(store, context.catalog, sentences, context.clock.now())
    if as_json:
        print_json({"claims": [claim_json(answer) for answer in answers]})
        return
    for origin in filter(None, dict.fromkeys(claim.said_in for claim in sentences)):
        click.echo(f"Where the claims are from: {origin}\n")
    for number, answer in enumerate(answers):
        _say_claim(answer, first=number == 0)
    pairs = chain.from_iterable((*answer.checks, *answer.also) for answer in answers)
    every = [e for checked in filter(None, chain.from_iterable(pairs)) for e in checked.evidence]
    for line in ("", *care_of(context.catalog, every)):
        click.echo(line)


def _say_claim(answer: ClaimAnswer, *, first: bool) -> None:
    claim = answer.claim
    then = f"on {claim.said_on}: {answer.then}; today: " if claim.said_on and claim.checks else ""
    click.echo(f"{'' if first else chr(10)}{claim.says}\n  [{then}{answer.now}]")
    if claim.judged:
        click.echo(f"  {claim.judged}")
    _say_pairs(answer.checks)
    if answer.also:
        click.echo("  for comparison:")
    _say_pairs(answer.also)


def _say_pairs(pairs: Iterable[Iterable[CheckedClaim | None]]) -> None:
    for checked in filter(None, chain.from_iterable(pairs)):
        _say_checked(checked, indent="  ")


def _say_checked(checked: CheckedClaim, indent: str = "") -> None:
    click.echo(f"{indent}{checked.sentence}")
    for e in checked.evidence:
        click.echo(f"{indent}  [{e.stance}] {e.sentence}")
