"""How frameworks look on a figure: palette and names, from the catalog alone."""

from __future__ import annotations

from collections.abc import Iterable

from catalog import Catalog
from dashboard.charts import theme
from dashboard.charts.line_chart import Line


def titles(catalog: Catalog) -> dict[str, str]:
    """The frameworks' names by id."""
    return {framework.id: framework.title for framework in catalog.frameworks.values()}


def title(catalog: Catalog, name: str) -> str:
    """A framework's name."""
    return titles(catalog).get(name, name)


def lines(names: Iterable[str], catalog: Catalog, *, dark: bool) -> list[Line]:
    """The looks of these frameworks, each once."""
    named = titles(catalog)
    looks = {str(name): theme.line_style(str(name)) for name in dict.fromkeys(names)}
    return [Line(n, named.get(n, n), k.colour(dark=dark), k.dash, k.shape) for n, k in looks.items()]
