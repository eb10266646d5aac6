"""Tables on a terminal, and what stands in their cells."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime, timedelta


def print_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print a table: fitted to a terminal, never cut elsewhere."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*header, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 1000).print(table)


def printable(text: str) -> str:
    """Text from outside, without what a terminal would act upon."""
    return "".join(c if c.isprintable() else " " for c in text)


def minute(moment: datetime | None) -> str:
    """A moment to the minute; empty for None."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def duration(span: timedelta | None) -> str:
    """A duration in its largest unit; empty for None."""
    if span is None:
        return ""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
