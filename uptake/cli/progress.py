"""How far a long job is: bars on a terminal, one line per unit elsewhere; on standard error either way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from uptake.cli.text_table import printable

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
        yield _lines()


@contextmanager
def rows_shown(*, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A function that shows how many rows of how many were copied, and of which table, while the block lasts."""
    if quiet:
        yield lambda *_: None
    elif not sys.stderr.isatty():
        yield _table_lines()
    else:
        from rich.console import Console
        from rich.progress import Progress as Bars

        with Bars(console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task("")
            yield lambda table, done, total: bars.update(task, description=table, completed=done, total=total)


def counted(counts: Counts) -> str:
    """Counts in words."""
    return f"{counts.new} new, {counts.revised} revised, {counts.unchanged} unchanged"


def _silent(source: str, progress: Progress) -> None:
    """Nothing: the answer alone is wanted."""


def _table_lines() -> Callable[[str, int, int], None]:
    reported: set[str] = set()

    def report(table: str, done: int, total: int) -> None:
        if table not in reported:
            reported.add(table)
            click.echo(f"{table}: {done:,} of {total:,} rows so far", err=True)

    return report


def _lines() -> Report:
    """One line for each unit, and for each new reason to wait."""
    reported: set[tuple[str, int, str]] = set()

    def report(source: str, progress: Progress) -> None:
        news = (source, progress.done, progress.note)
        if progress.framework and news not in reported:
            reported.add(news)
            unit = f"{source} {progress.done}/{progress.planned} {progress.framework} {progress.stream}"
            note = f" ({printable(progress.note)})" if progress.note else ""
            click.echo(f"{unit}, so far {counted(progress.counts)}{note}", err=True)

    return report


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
