"""Tables: every row is in view, or the page says how many are and where the others are."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Dataframe

from dashboard.widgets import elements
from tests.support.serving import ROOT
from tests.support.visiting import opened, words

CUT = re.compile(r"(\d+) of ([\d,]+) rows in view: scroll in the table\.")


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("head_to_head", {"list": "stars"}),
        ("head_to_head", {"list": "all"}),
        ("collection", {"show": "series"}),
        ("trends", {"table": "on"}),
        ("agreement", {"table": "on"}),
    ],
)
def test_a_table_shows_all_rows_or_says_how_many_it_shows(page: str, query: dict[str, str]) -> None:
    app = opened(page, **query)
    rows = len(app.dataframe[0].value)
    room = (_height(app) - elements.HEAD - elements.EDGE) // elements.ROW
    said = CUT.search(words(app))
    if said is None:
        assert room == rows > 0
    else:
        assert int(said[1]) == room < int(said[2].replace(",", ""))


def _height(app: AppTest) -> int:
    """Pixels of the room that the first table has."""
    for block in app.main:
        if isinstance(block, Block) and any(isinstance(child, Dataframe) for child in block.children.values()):
            return int(block.proto.height_config.pixel_height)
    raise AssertionError("no table")


def test_only_one_widget_draws_tables() -> None:
    drawing = [p for p in (ROOT / "dashboard").rglob("*.py") if "st.dataframe(" in p.read_text(encoding="utf-8")]
    assert [p.name for p in drawing] == ["elements.py"]
