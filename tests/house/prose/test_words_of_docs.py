"""The docs, the command line's help and the operators' messages follow the style guide."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click
import pytest

from docs import generate
from tests.house.prose.words import faults, word_count
from tests.support.source_tree import modules, tree
from uptake.cli import commands
from uptake.settings.settings import settings_table

ROOT = Path(__file__).parents[3]
PAGES = sorted(path for path in (ROOT / "docs").glob("*.md"))
HELP_WORDS = 30  # a command's first sentence
LIST_WIDTH = generate.HELP_WIDTH - 6 - len("frameworks")  # of a command's line in the list of them
TYPED = re.compile(r"\\d|like \d{4}|\(\?:")  # regular expressions, and dates as they are typed
SPOKEN = ("uptake/cli/", "uptake/settings/", "uptake/scheduler/", "uptake/frameworks/", "uptake/collection/")


@pytest.mark.parametrize("path", [*PAGES, ROOT / "README.md", ROOT / "CHANGELOG.md"], ids=lambda path: str(path.name))
def test_a_page_of_the_docs_has_no_word_to_avoid(path: Path) -> None:
    lines = _without_examples(path.read_text(encoding="utf-8"))
    found = [fault for line in lines for fault in faults(line)]
    assert not found, "\n".join(found)


def _without_examples(text: str) -> list[str]:
    """A page's paragraphs, its blocks of code left out; generated help is held by the test of the commands."""
    parts = text.split("```")[::2]
    return [paragraph for part in parts for paragraph in part.split("\n\n")]


def test_the_help_of_every_command_has_no_word_to_avoid() -> None:
    found = []
    for context in generate.every_command(commands, "uptake"):
        helps = [context.command.help or "", *(_help_of(parameter) for parameter in context.command.params)]
        found += [f"{context.command_path}: {fault}" for text in helps for fault in faults(_without_dates(text))]
    assert not found, "\n".join(found)


def test_a_command_says_what_it_does_in_one_short_sentence() -> None:
    for context in generate.every_command(commands, "uptake"):
        first = (context.command.help or "").split("\n\n")[0]
        assert word_count(first) <= HELP_WORDS, context.command_path
        if context.parent:
            assert not context.command.get_short_help_str(LIST_WIDTH).endswith("..."), context.command_path


def _help_of(parameter: click.Parameter) -> str:
    return parameter.help or "" if isinstance(parameter, click.Option) else ""


def _without_dates(text: str) -> str:
    """Examples of commands have dates as they are typed."""
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("uptake "))


def test_the_help_of_every_setting_has_no_word_to_avoid() -> None:
    found = [f"{setting.name}: {fault}" for setting in settings_table() for fault in faults(setting.help)]
    assert not found, "\n".join(found)


def test_the_messages_of_the_program_have_no_word_to_avoid() -> None:
    """Every sentence in the source of the commands, the scheduler, the collectors and the store."""
    found = []
    for module in modules():
        if module.startswith((*SPOKEN, "collectors/", "storage/")) or module == "uptake/verify.py":
            found += [f"{module}:{line} {fault}" for line, text in _sentences(tree(module)) for fault in faults(text)]
    assert not found, "\n".join(found)


def _sentences(module: ast.Module) -> list[tuple[int, str]]:
    """A module's texts of three words or more, without docstrings and what is typed or matched."""
    docstrings = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        if len(node.value.split()) > 2 and not TYPED.search(node.value)
    ]
