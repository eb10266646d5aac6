"""`uptake compare` and `uptake export`: questions, answered by the functions that pages and API call too."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from uptake.cli._door import Door, IsoDate, IsoMoment, as_json, pass_door, refuse_reversed, say_json

if TYPE_CHECKING:
    from uptake.answers import SeriesAnswer

FORMATS = ("csv", "json", "parquet")
VIEWS = ("level", "gained", "index", "share", "part")


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--on", type=IsoDate(), metavar="DATE", help="The day to compare on (default: the latest both have).")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="Answer with what was known then.")
@as_json
@pass_door
def compare(door: Door, *, a: str, b: str, on: date | None, as_of: datetime | None, as_json: bool) -> None:
    """Say who leads, framework A or B, by each metric, since when, and how sure that is."""
    from uptake.answers import compare as answer
    from uptake.answers import comparison_json

    with door.store() as store:
        comparison = answer(store, door.known, a, b, door.clock.now(), on=on, as_of=as_of)
    if as_json:
        say_json(comparison_json(comparison))
        return
    click.echo(comparison.sentence)
    for entry in comparison.entries:
        click.echo(f"\n{entry.title} [{entry.verdict}]\n  {entry.sentence}")


@click.command()
@click.argument("metric")
@click.option(
    "--framework", "frameworks", multiple=True, metavar="ID", help="May be repeated (default: all there are)."
)
@click.option("--dimension", metavar="KEY=VALUE", help="One part of the metric, such as python=3.12; * for all parts.")
@click.option("--since", type=IsoDate(), metavar="DATE", help="From this day on.")
@click.option("--until", type=IsoDate(), metavar="DATE", help="Up to this day.")
@click.option("--as-of", type=IsoMoment(), metavar="TIME", help="What was known then.")
@click.option(
    "--view", type=click.Choice(VIEWS), default="level", show_default=True, help="Levels, or what is made of them."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True, help="The file format.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write, whole or not at all."
)
@pass_door
def export(
    door: Door,
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
) -> None:
    """Write a METRIC's series as CSV, JSON or Parquet: the same numbers as the page and the API, caveats included."""
    from uptake.answers import Question, series

    refuse_reversed(since, until)
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for a terminal: name a file with -o")
    catalog = door.known
    question = Question(metric, tuple(dict.fromkeys(frameworks)), dimension or "", since, until, as_of, view)
    with door.store() as store:
        _write(series(store, catalog, question, door.clock.now()), form, output)


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
    from uptake.answers import csv_lines, series_json

    if form == "csv":
        yield from (line.encode() for line in csv_lines(answer))
    elif form == "json":
        yield json.dumps(series_json(answer), ensure_ascii=False).encode() + b"\n"
    else:
        yield _parquet(answer)


def _parquet(answer: SeriesAnswer) -> bytes:
    """The rows with everything that must go with them (metric, sources, licences, caveats) in the file's metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from uptake.answers import series_json

    told = {name: part for name, part in series_json(answer).items() if name != "rows"}
    table = pa.Table.from_pandas(answer.frame, preserve_index=False)
    metadata = (table.schema.metadata or {}) | {b"uptake": json.dumps(told, ensure_ascii=False).encode()}
    out = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), out)
    return bytes(out.getvalue())


def write_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that appears only when it is complete: a full disk or a kill leaves the old one, or none."""
    growing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with growing.open("wb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        growing.replace(path)
    except BaseException:
        growing.unlink(missing_ok=True)
        raise
