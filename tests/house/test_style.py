"""Folders, files and functions stay small; everything is annotated and says what it is."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from tests.support.source_tree import PACKAGES, ROOT, functions, imports, modules, public_things, tree

MOST_MODULES, MOST_LINES = 12, 500
MEDIAN_LINES, MOST_NINETY_PERCENT, MOST_FUNCTION_LINES = 10, 34, 80


def all_modules() -> list[Path]:
    """Every module there is, tests and scripts included, as a path from the root."""
    folders = [*PACKAGES, "bench", "docs", "tests"]
    return sorted(path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))


def test_folders_are_small() -> None:
    """Of a folder that one cannot read at a glance nobody can guess where a thing is."""
    sizes = Counter(path.parent.as_posix() for path in all_modules() if path.stem != "__init__")
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}


def test_modules_are_small() -> None:
    """Tests too: one file is about one subject."""
    for module in all_modules():
        lines = (ROOT / module).read_text(encoding="utf-8").count("\n")
        assert lines <= MOST_LINES, f"{module} has {lines} lines"


def test_functions_are_short() -> None:
    """As in the models we follow; and no giant among them."""
    lengths = sorted(
        (end - node.lineno + 1, f"{module}:{node.name}")
        for module in modules()
        for node in functions(module)
        if (end := node.end_lineno)
    )
    assert lengths[len(lengths) // 2][0] <= MEDIAN_LINES
    assert lengths[len(lengths) * 9 // 10][0] <= MOST_NINETY_PERCENT
    assert lengths[-1][0] <= MOST_FUNCTION_LINES, f"too long: {lengths[-1]}"


def test_public_things_say_what_they_are() -> None:
    for module in modules():
        assert ast.get_docstring(tree(module)) or not tree(module).body, f"{module} has no docstring"
        private = Path(module).stem.startswith("_") and Path(module).stem != "__init__"
        silent = [] if private else [node.name for node in public_things(module) if not ast.get_docstring(node)]
        revision = {"upgrade", "downgrade"} if module.startswith("migrations/versions/") else set[str]()
        assert not set(silent) - revision, f"{module}: no docstring on {silent}"


def test_everything_is_annotated() -> None:
    for module in modules():
        bare = {node.name: missing for node in functions(module) if (missing := missing_annotations(node))}
        assert not bare, f"{module}: {bare}"


def test_annotations_are_never_evaluated_at_import() -> None:
    for module in modules():
        if len(tree(module).body) > 1:  # more than a docstring
            assert "__future__.annotations" in imports(module), f"{module} lacks `from __future__ import annotations`"


def missing_annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = function.args
    listed = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, [given.vararg, given.kwarg])]
    bare = [arg.arg for arg in listed if arg.annotation is None and arg.arg not in {"self", "cls"}]
    return bare if function.returns else [*bare, "return"]
