"""The product's source as the tests of the house read it: its modules, what they import, call and define."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("catalog", "storage", "collectors", "analysis", "migrations", "answers", "uptake", "dashboard")


@cache
def modules() -> tuple[str, ...]:
    """Every module of the product, as a path from the root."""
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in paths))


@cache
def tree(module: str) -> ast.Module:
    """A module as Python reads it."""
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), module)


def imported(module: str, node: ast.AST) -> list[str]:
    """The absolute names of the modules an import statement names; none for any other node."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = module.removesuffix(".py").split("/")[: -node.level] if node.level else []
        base = ".".join([*package, *filter(None, [node.module])])
        return [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return []


@cache
def imports(module: str) -> frozenset[str]:
    """All that a module imports, wherever in it, for types only included."""
    return frozenset(name for node in ast.walk(tree(module)) for name in imported(module, node))


def top(name: str) -> str:
    """The package that a dotted name begins with."""
    return name.split(".", maxsplit=1)[0]


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute, "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def calls(module: str) -> Iterator[tuple[str, int]]:
    """Every call of something with a name: the name and its line."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call) and (name := dotted(node.func)):
            yield name, node.lineno


def public_things(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """The functions and classes of a module without an underscore."""
    for node in tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
            yield node


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module, those within others too."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
