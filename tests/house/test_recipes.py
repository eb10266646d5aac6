"""The recipes of CONTRIBUTING.md are carried out to the letter, and keep what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.serving import copied
from tests.support.tree_copy import carry_out, copied_tree, run

RECIPES = {
    "Add a framework": "a_framework",
    "Add a metric to a source": "a_metric",
    "Add a page": "a_page",
    "Change a colour": "a_colour",
}


@pytest.mark.parametrize("heading", RECIPES)
def test_a_recipe_keeps_what_it_promises(heading: str, full_store: str, tmp_path: Path) -> None:
    tree = copied_tree(tmp_path / "tree")
    carry_out(heading, tree)
    store = copied(full_store, tmp_path)
    run(tree, "-m", "tests.support.promises", RECIPES[heading], UPTAKE_DATABASE_URL=store)
    if heading == "Add a metric to a source":
        exported = run(tree, "-m", "uptake", "export", "watchers", UPTAKE_DATABASE_URL=store)
        assert "\nflask,watchers,,2026-11-22,2026-11-22,1817," in exported
