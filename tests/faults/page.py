"""Writes docs/faults.md from the registry: `python -m tests.faults.page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.faults.registry import GROUPS, Case, cases

FILE = Path(__file__).parents[2] / "docs" / "faults.md"
INTRODUCTION = """# Faults and attacks

<!-- Written by `python -m tests.faults.page`. Change tests/faults/cases.toml, not this page. -->

{count} cases that Uptake must pass: what sources, disks, clocks, visitors and attackers can do to it, and what must
follow. `make fault` runs them all on this machine, without network, and ends with one line for each:

```
U01 PASS 20 tests, 1.9 s
...
X12 PASS 7 tests, 0.6 s
```

The same is written to `artefacts/faults.json`. A case passes if every test of it ran and passed, and is skipped, with
the reason, if one could not run here. `make test` runs the quick tests too; what takes longer (hundreds of kills, locks
of a minute, crowds of visitors) runs with `make fault` alone.

Each case of a source ends with the same checks (`tests/faults/oracle.py`): nothing stored is lost, nothing is
stored that the source did not send in full, the past reads as before, the run ends with the status it earned, the
next run completes it, and no secret is in the log, the run or the file of the store.

`tests/faults/long/test_mutants.py` makes twelve mistakes in the program on purpose, and requires that the case meant to
catch each of them fails."""


def page() -> str:
    """The page as it should be."""
    return "\n\n".join(_parts()) + "\n"


def _parts() -> Iterator[str]:
    yield INTRODUCTION.format(count=len(cases()))
    for letter, title in GROUPS.items():
        yield f"## {letter}: {title}"
        rows = [_row(case) for case in cases().values() if case.id[0] == letter]
        yield "\n".join(["| case | what is done | what must follow | tests |", "| --- | --- | --- | --- |", *rows])
    yield "## Not checked"
    yield "What is left out of a case, and why."
    yield "\n".join(f"- {case.id}: {case.open}." for case in cases().values() if case.open)


def _row(case: Case) -> str:
    files = dict.fromkeys(test.partition("::")[0] for test in case.tests)
    links = ", ".join(f"[{Path(file).stem}](../tests/{file})" for file in files)
    return f"| {case.id} | {case.injected} | {case.expected} | {links} |"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
