"""Things bear the words of the field, and values are named by the noun they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.source_tree import modules, tree

VAGUE_MODULES = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
# Nouns that end as gerunds and participles do; `paired` is the name of a statistical test.
NOUNS = {"feed", "indexing", "ranking", "wording"}
GERUND = re.compile(r"(ing|ed)$")
# What a value was done to is not what it is, nor what a function gives: private ones and classes too.
PARTICIPLES = {"told", "found", "known", "said", "asked"}
MOST_PARTICIPLES = 1  # `told` is a public key of `uptake verify --json`
# Words we used to have, and the ones that stand for them (docs/glossary.md): no identifier has an old one as a word.
OLD_WORDS = {
    "attraction": "desire gap",
    "birth": "age origin",
    "births": "age origins",
    "court": "claim context",
    "door": "CliContext",
    "duel": "head to head",
    "fight": "head to head",
    "happenings": "events",
    "lineage": "editions",
    "looked": "scan",
    "machines": "downloads by country",
    "mouth": "wording",
    "odd": "anomaly",
    "oddities": "anomalies",
    "oddity": "anomaly",
    "tenure": "held lease",
    "trails": "history path",
    "untold": "undelivered",
    "wishes": "wanted next year",
}


def bindings(module: str) -> Iterator[tuple[str, int]]:
    """Every name that a module gives to something: variables, parameters, attributes, functions, classes; its lines."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno


def words(name: str) -> set[str]:
    """`ClaimContext`, `claim_context` and `CLAIM_CONTEXT` have the words claim and context."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return set(parted.lower().split("_"))


def test_modules_are_named_by_a_noun() -> None:
    for module in modules():
        stem = Path(module).stem.strip("_")
        assert stem not in VAGUE_MODULES, module
        assert not GERUND.search(stem) or stem in NOUNS or stem == "init", f"{module} is not named by a noun"


def test_values_are_named_by_the_noun_they_are() -> None:
    places = [
        f"{module}:{line} {name}"
        for module in modules()
        for name, line in bindings(module)
        if name.strip("_").lower() in PARTICIPLES
    ]
    assert len(places) <= MOST_PARTICIPLES, "\n".join(["name these by what they are:", *places])


def test_no_old_word_is_left() -> None:
    for module in modules():
        old = [f"line {line}: {name}" for name, line in bindings(module) if words(name) & OLD_WORDS.keys()]
        old += [part for part in Path(module).with_suffix("").parts if words(part) & OLD_WORDS.keys()]
        assert not old, f"{module} has words of old: {old}"
