"""How frameworks look on a figure: palette and names, from the catalog alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from catalog import Catalog
from dashboard.charts import theme
from dashboard.charts.line_chart import Line

MOST_COLOURED = 6  # lines of one chart that can be told apart by colour


def titles(catalog: Catalog) -> dict[str, str]:
    """The frameworks' names by id."""
    return {framework.id: framework.title for framework in catalog.frameworks.values()}


def title(catalog: Catalog, name: str) -> str:
    """A framework's name."""
    return titles(catalog).get(name, name)


def lines(names: Iterable[str], catalog: Catalog, *, dark: bool) -> list[Line]:
    """The looks of these frameworks, each once."""
    named, drawn = titles(catalog), list(dict.fromkeys(map(str, names)))
    looks = theme.line_styles([*catalog.frameworks, *drawn])
    return [Line(n, named.get(n, n), looks[n].colour(dark=dark), looks[n].dash, looks[n].shape) for n in drawn]


def capped(lines: Sequence[Line], most: int = MOST_COLOURED) -> list[Line]:
    """A chart's lines, the first in their colours, the rest quiet: grey until their names are pointed at."""
    return [line if n < most else replace(line, quiet=True, dash=theme.SOLID) for n, line in enumerate(lines)]


def colour(name: str, catalog: Catalog, *, dark: bool) -> str:
    """A framework's colour as #rrggbb."""
    return theme.line_styles(catalog.frameworks)[name].colour(dark=dark)
