"""`uptake export`: a series as a file, or as a package with all there is to say about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from answers.questions import Question
from uptake.cli.context import CliContext, pass_context
from uptake.cli.files import errors_of, whole_file, write_whole
from uptake.cli.options import asks

if TYPE_CHECKING:
    from answers.series.answer import SeriesAnswer
    from catalog import Catalog
    from storage import Store

FORMATS = ("csv", "json", "parquet")


@click.command()
@asks(Question)
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True, help="The file format.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option(
    "--package",
    "target",
    metavar="DIR|FILE.zip",
    type=click.Path(path_type=Path),
    help="Write a Frictionless Data Package: CSV, described in datapackage.json.",
)
@pass_context
def export(
    context: CliContext,
    *,
    question: Question,
    form: str,
    output: Path | None,
    target: Path | None,
) -> None:
    """Write the series of a METRIC as CSV, JSON or Parquet. The numbers are those of the page and the API, with
    caveats.

    With --package, METRIC may be "all": every metric that has data.
    """
    if target is None and question.metric == "all":
        raise click.UsageError("for all metrics, name a package with --package")
    if target is not None and (output is not None or form != "csv"):
        raise click.UsageError("--package replaces --format and --output: leave those out")
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("Parquet cannot go to a terminal: name a file with -o")
    with context.store() as store, store.snapshot():
        if target is None:
            _write(_answers(context, store, question, form), form, output)
        elif question.metric == "all":
            _package(context, store, _all(store, context.catalog, question), target)
        else:
            _package(context, store, (question,), target)


def _all(store: Store, catalog: Catalog, like: Question) -> tuple[Question, ...]:
    """The question for every metric there is, asked of every dimension unless one is named."""
    from uptake.data_package import every_question

    dimension = like.dimension or "*"
    return tuple(replace(like, metric=q.metric, dimension=dimension) for q in every_question(store, catalog))


def _package(context: CliContext, store: Store, questions: tuple[Question, ...], target: Path) -> None:
    """A package as a zip file or a folder, there only when it is whole."""
    from uptake.data_package import parts, write_folder, write_zip

    files = parts(store, context.catalog, questions, context.clock.now())
    if target.suffix == ".zip":
        whole_file(target, lambda file: write_zip(file, files))
    else:
        with errors_of(target):
            write_folder(target, files)
    click.echo(f"{len(questions)} tables written to {target}", err=True)


def _answers(context: CliContext, store: Store, question: Question, form: str) -> Iterator[SeriesAnswer]:
    """The answer; what is written line by line, in parts."""
    from answers.series.answer import series, series_parts

    query = (store, context.catalog, question, context.clock.now())
    if form == "csv":
        yield from series_parts(*query)
    else:
        yield series(*query)


def _write(answers: Iterator[SeriesAnswer], form: str, output: Path | None) -> None:
    rows, sentence = 0, ""

    def chunks() -> Iterator[bytes]:
        nonlocal rows, sentence
        for answer in answers:
            yield from _chunks(answer, form, header=not sentence)
            rows, sentence = rows + len(answer.frame), answer.sentence

    if output is None:
        sys.stdout.buffer.writelines(chunks())
        sys.stdout.buffer.flush()
    else:
        write_whole(output, chunks())
    if not rows:
        click.echo(sentence, err=True)
    if output is not None:
        click.echo(f"{rows} rows written to {output}", err=True)


def _chunks(answer: SeriesAnswer, form: str, *, header: bool) -> Iterator[bytes]:
    from answers.json_and_csv import csv_chunks, json_chunks
    from uptake.data_package import parquet

    if form == "csv":
        yield from csv_chunks(answer, header=header)
    elif form == "json":
        yield from json_chunks(answer)
        yield b"\n"
    else:
        yield parquet(answer)
