"""`uptake compare` and `uptake export`: questions, answered by the functions that pages and API call too."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from uptake.cli.context import CliContext, IsoDate, IsoMoment, as_json, listed, pass_context, refuse_reversed, say_json
from uptake.cli.options import series_options

if TYPE_CHECKING:
    from answers.question import Question
    from answers.series.answer import SeriesAnswer
    from catalog import Catalog
    from storage import Store

FORMATS = ("csv", "json", "parquet")


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--on", type=IsoDate(), metavar="DATE", help="The day to compare on (default: the latest both have).")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Answer with what was known then.")
@as_json
@pass_context
def compare(context: CliContext, *, a: str, b: str, on: date | None, as_of: datetime | None, as_json: bool) -> None:
    """Say who leads, framework A or B, by each metric, since when, and how sure that is."""
    from answers.overtakes.compare import compare as answer
    from answers.overtakes.compare import comparison_json

    with context.store() as store:
        comparison = answer(store, context.known, a, b, context.clock.now(), on=on, as_of=as_of)
    if as_json:
        say_json(comparison_json(comparison))
        return
    click.echo(" ".join(filter(None, (comparison.answer, comparison.sentence))))
    for entry in comparison.entries:
        click.echo(f"\n{entry.title} [{entry.verdict}]\n  {entry.sentence}")
        for said in (
            entry.rate and entry.rate.brief,
            entry.sensitivity.brief and f"The lead {entry.sensitivity.brief}",
        ):
            if said:
                click.echo(f"  {said}.")


@click.command()
@click.option("--metric", metavar="METRIC", help="By this metric only.")
@click.option(
    "--framework",
    "frameworks",
    multiple=True,
    callback=listed,
    metavar="ID",
    help="Only with this one on either side; may be repeated.",
)
@click.option("--since", type=IsoDate(), metavar="DATE", help="Only those that were over on this day or later.")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Answer with what was known then.")
@click.option("--held", is_flag=True, help="Only those that nothing known since takes back.")
@click.option("--most", type=click.IntRange(1, 1_000), default=40, show_default=True, help="So many, the newest first.")
@as_json
@pass_context
def overtakes(
    context: CliContext,
    *,
    metric: str | None,
    frameworks: tuple[str, ...],
    since: date | None,
    as_of: datetime | None,
    held: bool,
    most: int,
    as_json: bool,
) -> None:
    """List every overtake known: each pair of frameworks by each metric, dated, the newest first."""
    from answers.overtakes.history import overtakes as answer
    from answers.overtakes.history import overtakes_json

    with context.store() as store:
        found = answer(store, context.known, context.clock.now(), metric, frameworks, since, as_of, held=held)
    if as_json:
        say_json(overtakes_json(found, most))
        return
    click.echo(f"{found.sentence}\n")
    for row in found.rows[:most]:
        click.echo(f"{row.sentence} [{row.verdict}]")
    if found.found > most:
        click.echo(f"\nThe newest {most} of {found.found:,}; --most, --since, --metric choose others.")


@click.command()
@click.argument("metric")
@series_options
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True, help="The file format.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write, whole or not at all."
)
@click.option(
    "--package",
    "target",
    metavar="DIR|FILE.zip",
    type=click.Path(path_type=Path),
    help="Write a Frictionless Data Package: CSV, and all there is to say about it in datapackage.json.",
)
@pass_context
def export(
    context: CliContext,
    *,
    metric: str,
    frameworks: tuple[str, ...],
    dimension: str | None,
    since: date | None,
    until: date | None,
    as_of: datetime | None,
    view: str,
    form: str,
    output: Path | None,
    target: Path | None,
) -> None:
    """Write a METRIC's series as CSV, JSON or Parquet: the same numbers as the page and the API, caveats included.

    With --package, METRIC may be "all": every metric there is something of.
    """
    from answers.question import Question
    from answers.series.answer import series

    refuse_reversed(since, until)
    if target is None and metric == "all":
        raise click.UsageError("all metrics together are written as a package: name it with --package")
    if target is not None and (output is not None or form != "csv"):
        raise click.UsageError("--package is a format and a place of its own: leave out --format and --output")
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for a terminal: name a file with -o")
    catalog = context.known
    question = Question(metric, tuple(dict.fromkeys(frameworks)), dimension or "", since, until, as_of, view)
    with context.store() as store:
        if target is not None:
            every = None if metric == "all" else (question,)
            _package(context, store, every or _all(store, catalog, question), target)
            return
        _write(series(store, catalog, question, context.clock.now()), form, output)


def _all(store: Store, catalog: Catalog, like: Question) -> tuple[Question, ...]:
    """The question for every metric there is, asked of every dimension unless one is named."""
    from uptake.data_package import every_question

    dimension = like.dimension or "*"
    return tuple(replace(like, metric=q.metric, dimension=dimension) for q in every_question(store, catalog))


def _package(context: CliContext, store: Store, questions: tuple[Question, ...], target: Path) -> None:
    """A package as a zip file or a folder, there only when it is whole."""
    from uptake.data_package import parts, write_folder, write_zip

    files = parts(store, context.known, questions, context.clock.now())
    if target.suffix == ".zip":
        whole_file(target, lambda file: write_zip(file, files))
    else:
        write_folder(target, files)
    click.echo(f"{len(questions)} tables written to {target}", err=True)


def _write(answer: SeriesAnswer, form: str, output: Path | None) -> None:
    if answer.frame.empty:
        click.echo(answer.sentence, err=True)
    if output is None:
        sys.stdout.buffer.writelines(_bytes(answer, form))
        sys.stdout.buffer.flush()
        return
    write_whole(output, _bytes(answer, form))
    click.echo(f"{len(answer.frame)} rows written to {output}", err=True)


def _bytes(answer: SeriesAnswer, form: str) -> Iterator[bytes]:
    from answers.serialize import csv_lines, series_json
    from uptake.data_package import parquet

    if form == "csv":
        yield from (line.encode() for line in csv_lines(answer))
    elif form == "json":
        yield json.dumps(series_json(answer), ensure_ascii=False).encode() + b"\n"
    else:
        yield parquet(answer)


def write_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that appears only when it is complete: a full disk or a kill leaves the old one, or none."""
    whole_file(path, lambda file: file.writelines(chunks))


def whole_file(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Have a file written that appears only when it is complete.

    A device or a pipe is written to as it is: putting a file in its place would take it from everybody else.
    """
    path = path.resolve()  # of a link, what it points to is written anew, and the link stays
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            write(file)
        return
    growing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with growing.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        growing.replace(path)
    except BaseException:
        growing.unlink(missing_ok=True)
        raise
