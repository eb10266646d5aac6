"""The cases of `cases.toml`, and which tests check them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

GROUPS = {
    "U": "what a source can do",
    "S": "the store, and a process that dies",
    "M": "migration and upgrade",
    "J": "scheduler and time",
    "D": "pages under load",
    "X": "attacks",
    "Q": "the figures themselves",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One fault: what is done, what must follow, the tests of it (below tests/), and what of it is not checked."""

    id: str
    injected: str
    expected: str
    tests: tuple[str, ...]
    open: str = ""

    def covers(self, node: str) -> bool:
        """Whether a test, by its node id from the root of the tree, is one of this case."""
        return any(_matches(f"tests/{pattern}", node) for pattern in self.tests)


def _matches(pattern: str, node: str) -> bool:
    test, _, wanted = pattern.partition("[")
    name, _, parameters = node.partition("[")
    return name == test and (not wanted or fnmatchcase(parameters[:-1], wanted[:-1]))


@cache
def cases() -> dict[str, Case]:
    """Every case by its id, in the order of the file."""
    read = tomllib.loads((Path(__file__).parent / "cases.toml").read_text(encoding="utf-8"))
    return {key: Case(key, **{**entry, "tests": tuple(entry["tests"])}) for key, entry in read.items()}


@cache
def cases_of(node: str) -> tuple[str, ...]:
    """The ids of the cases that a test checks."""
    return tuple(case.id for case in cases().values() if case.covers(node))
