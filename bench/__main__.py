"""`make bench`: every hot path against its floor in the same run, as one table and as JSON.

`python -m bench [--frameworks N] [--days N] [--rounds N] [--only PART …] [--json FILE]`. Sizes, method and what the
figures mean: docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bench import ingest, read, scale, server, stage

PARTS = ("ingest", "read", "leaders", "commands", "api")
HEAD = ("hot path", "size", "floor", "Uptake", "ratio", "CPU", "goal", "reached", "")


def measure(parts: list[str], frameworks: int, days: int, rounds: int, folder: Path) -> list[stage.Row]:
    """The rows of these parts, on stores made in a folder."""
    database = folder / "made.db"
    url = f"sqlite:///{database}"
    if set(parts) - {"ingest"}:
        scale.make(url, frameworks, days)
    measured: dict[str, Callable[[], list[stage.Row]]] = {
        "ingest": lambda: ingest.rows(frameworks, days, rounds, folder),
        "read": lambda: read.rows(database, frameworks, days, rounds),
        "leaders": lambda: [scale.leaderboard(database, frameworks, rounds)],
        "commands": lambda: scale.rows(url, frameworks, rounds),
        "api": lambda: server.rows(url, frameworks, days, rounds, folder),
    }
    return [row for part in parts for row in measured[part]()]


def line(row: stage.Row) -> tuple[str, ...]:
    """A row of the table."""
    bare = row.floor is None or row.beyond
    return (
        row.path,
        row.size,
        "" if row.floor is None else f"{row.floor:.3f} s",
        f"{row.uptake:.3f} s",
        "" if bare or row.floor is None else f"{row.uptake / row.floor:.2f}",
        "" if row.cpu is None or bare else f"{row.cpu:.2f}",
        f"{'+' if row.beyond else ''}{row.goal:.3g} s" if bare else f"{row.goal:g}",
        "yes" if row.reached else "no",
        row.note,
    )


def print_table(rows: list[stage.Row]) -> None:
    """Columns as wide as what is in them."""
    lines = [HEAD, *map(line, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def main() -> None:
    """Measure, print, and write the JSON where it is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--frameworks", type=int, default=100)
    parser.add_argument("--days", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=PARTS, help="this part alone; may be repeated")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(chosen.only or list(PARTS), chosen.frameworks, chosen.days, chosen.rounds, Path(folder))
    size = f"{chosen.frameworks} frameworks × {len(scale.METRICS)} metrics × {chosen.days:,} days"
    print(f"{size}, medians of {chosen.rounds} rounds")
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    print_table(rows)
    if chosen.json:
        told = [asdict(row) | {"figure": row.figure, "reached": row.reached} for row in rows]
        chosen.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
