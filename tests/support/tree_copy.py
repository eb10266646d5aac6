"""A copy of the source tree, in which a recipe of CONTRIBUTING.md is carried out as it is written there.

A recipe is a section of that file. Its code blocks are what is to be written, and the sentence before each says where:

    A new file `path`:                          the block is the file
    At the end of `path`:                       the block is added
    In `path`, below the line `text`:           the block is put there; `text` is the line without its indentation
    In `path`, in place of the line `text`:     the block replaces the line
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.source_tree import PACKAGES, ROOT

PLACE = re.compile(
    r"(?P<new>A new file)\s+`(?P<path>[^`]+)`:|(?P<end>At the end of)\s+`(?P<path_end>[^`]+)`:"
    r"|In\s+`(?P<path_in>[^`]+)`,\s+(?P<how>below|in\s+place\s+of)\s+the\s+line\s+`(?P<line>[^`]+)`:"
)
BLOCK = re.compile(r"^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def copied_tree(folder: Path) -> Path:
    """The product and its tests, copied into a folder; with the bytecode that is true of what stays as it is."""
    for name in [*PACKAGES, "tests", ".streamlit"]:
        shutil.copytree(ROOT / name, folder / name)
    for name in ("pyproject.toml", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def recipe(heading: str) -> str:
    """A section of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"CONTRIBUTING.md has no section {heading!r}"
    return section[1]


def carry_out(heading: str, tree: Path) -> None:
    """Write what a recipe has written, where it says."""
    text = recipe(heading)
    blocks = list(BLOCK.finditer(text))
    assert blocks, f"the recipe {heading!r} has nothing to write"
    start = 0
    for block in blocks:
        places = list(PLACE.finditer(text, start, block.start()))
        assert len(places) == 1, f"{heading}: it is not said where to write {block[1][:60]!r}"
        _write(tree, places[0], block[1])
        start = block.end()


def _write(tree: Path, place: re.Match[str], block: str) -> None:
    file = tree / (place["path"] or place["path_end"] or place["path_in"])
    if place["new"]:
        assert not file.exists(), f"{file} is not new"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block, encoding="utf-8")
        return
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    if place["end"]:
        lines += ["\n", block]
    else:
        at = [number for number, line in enumerate(lines) if line.strip() == place["line"]]
        assert len(at) == 1, f"{file.name} has {len(at)} lines {place['line']!r}"
        lines[at[0] + (place["how"] == "below") : at[0] + 1] = [block]
    file.write_text("".join(lines), encoding="utf-8")


def run(tree: Path, *command: str, **settings: str) -> str:
    """What `python` with these arguments prints when it runs in a tree; it must succeed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UPTAKE_")}
    environment |= {"PYTHONPATH": str(tree)} | settings
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout
