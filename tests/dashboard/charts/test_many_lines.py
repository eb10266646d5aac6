"""Many lines in one chart: six in colours, the rest quiet; each in a plot of its own; none alike another."""

from __future__ import annotations

import pandas as pd

from catalog import load
from dashboard.charts import theme
from dashboard.charts.framework_styles import MOST_COLOURED, capped, line_styles, lines
from dashboard.charts.line_chart import LineChartOptions, draw, draw_each

CATALOG = load()
NAMES = list(CATALOG.frameworks)[:9]


def points(names: list[str]) -> pd.DataFrame:
    """Two points of each."""
    whens = pd.to_datetime(["2024-01-01", "2024-02-01"])
    parts = [
        pd.DataFrame({"line": name, "name": name, "when": whens, "value": [n + 1.0, n + 2.0]})
        for n, name in enumerate(names)
    ]
    return pd.concat(parts, ignore_index=True).assign(status="final", about="", origin="", source="", shown="")


def test_the_first_six_have_their_colours_and_the_rest_are_quiet() -> None:
    drawn = capped(lines(NAMES, CATALOG, dark=False))
    assert [line.quiet for line in drawn] == [False] * MOST_COLOURED + [True] * 3
    assert [line.colour for line in drawn] == [line.colour for line in lines(NAMES, CATALOG, dark=False)]


def test_a_quiet_line_is_grey_and_its_name_is_not() -> None:
    chart = draw(points(NAMES), LineChartOptions(capped(lines(NAMES, CATALOG, dark=False)), "stars")).to_dict()
    paths = next(layer for layer in chart["layer"] if layer["mark"]["type"] == "line")
    names = next(layer for layer in chart["layer"] if layer.get("name") == "ends")
    assert paths["encoding"]["color"]["scale"]["range"][MOST_COLOURED:] == [theme.QUIET[False]] * 3
    assert paths["encoding"]["color"]["condition"]["value"] == theme.STRONG[False]
    assert names["encoding"]["color"]["condition"]["value"] == theme.INK[False]


def test_no_two_frameworks_of_one_hue_have_the_same_dash() -> None:
    styles = line_styles(CATALOG.frameworks)
    looks = [(styles[name].hue, styles[name].dash) for name in CATALOG.frameworks]
    assert len(set(looks)) == len(looks)


def test_small_multiples_have_the_same_axes_and_the_other_lines_behind() -> None:
    some = NAMES[:3]
    charts = draw_each(points(some), LineChartOptions(lines(some, CATALOG, dark=False), "stars", height=150))
    assert [name for name, _ in charts] == [CATALOG.frameworks[name].title for name in some]
    domains = set()
    for _, chart in charts:
        own = [layer for layer in chart.to_dict()["layer"] if layer["mark"]["type"] == "line"]
        assert [layer["mark"].get("color") for layer in own] == [theme.QUIET[False], None]
        domains.add(str((own[1]["encoding"]["y"]["scale"]["domain"], own[1]["encoding"]["x"]["scale"]["domain"])))
    assert len(domains) == 1


def test_more_frameworks_than_looks_can_be_drawn() -> None:
    names = [f"framework-{number}" for number in range(500)]
    styles = line_styles(names)
    assert styles.keys() >= set(names)
    assert line_styles(names[:100]).items() <= styles.items()
