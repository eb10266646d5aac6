"""How far a collection is: bars on a terminal, one line per unit elsewhere; on standard error either way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collectors import Progress
    from storage import Counts

Report = Callable[[str, "Progress"], None]


@contextmanager
def progress_shown(*, quiet: bool = False) -> Iterator[Report]:
    """A function that shows a source's progress while the block lasts."""
    if quiet:
        yield _silent
    elif sys.stderr.isatty():
        with _bars() as report:
            yield report
    else:
        yield _line


def counted(counts: Counts) -> str:
    """Counts in words."""
    return f"{counts.new} new, {counts.revised} revised, {counts.unchanged} unchanged"


def printable(text: str) -> str:
    """Text from outside, without what a terminal would act upon."""
    return "".join(c if c.isprintable() else " " for c in text)


def _silent(source: str, progress: Progress) -> None:  # noqa: ARG001 - a Report that reports nothing
    """Nothing: the answer alone is wanted."""


def _line(source: str, progress: Progress) -> None:
    note = f" ({printable(progress.note)})" if progress.note else ""
    where = " ".join(part for part in (progress.framework, progress.stream) if part)
    click.echo(f"{source} {progress.done}/{progress.planned} {where}: {counted(progress.counts)}{note}", err=True)


@contextmanager
def _bars() -> Iterator[Report]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:14}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[at]}"),
    )
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=Console(stderr=True)) as bars:

        def report(source: str, progress: Progress) -> None:
            if source not in tasks:
                tasks[source] = bars.add_task(source, at="")
            at = printable(f"{progress.framework} {progress.stream} {progress.note}").strip()
            bars.update(tasks[source], completed=progress.done, total=progress.planned, at=escape(at))

        yield report
