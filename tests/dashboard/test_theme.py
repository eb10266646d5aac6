"""Colours stand in one place: Streamlit's own theme has those of the charts, and nothing else of the dashboard any."""

from __future__ import annotations

import tomllib

import pytest

from dashboard.charts import theme
from tests.support.serving import ROOT

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


@pytest.mark.parametrize(("page", "dark"), [("light", False), ("dark", True)])
def test_streamlits_theme_has_the_colours_of_the_charts(page: str, dark: bool) -> None:
    shown = CONFIG[page]
    assert shown["backgroundColor"] == theme.PAGE[dark]
    assert shown["textColor"] == theme.STRONG[dark]
    assert shown["grayColor"] == theme.INK[dark]
    assert shown["yellowColor"] == theme.SHADE[dark]
    assert shown["chartCategoricalColors"] == [hues[dark] for hues in theme.HUES.values()]
    assert {shown["blueColor"], shown["greenColor"]} == {theme.HUES["blue"][dark], theme.HUES["green"][dark]}
