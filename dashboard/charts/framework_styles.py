"""One colour, dash and mark per framework, the same on every chart of every page.

Eight hues (`dashboard.charts.theme`) do not name all frameworks: hue, dash and mark together do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from zlib import crc32

from catalog import Catalog
from dashboard.charts import theme
from dashboard.charts.line_chart import Line

MOST_COLOURED = 6  # lines of one chart that can be told apart by colour


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a framework is drawn: a hue, a dash pattern (pixels on, off) and the shape of its marks."""

    hue: str
    dash: tuple[int, ...] = theme.SOLID
    shape: str = "circle"

    def colour(self, *, dark: bool) -> str:
        """Its colour as #rrggbb on a light or a dark page."""
        return theme.HUES[self.hue][dark]


LOOKS: dict[str, LineStyle] = {
    "flask": LineStyle("blue"),
    "django": LineStyle("green", shape="square"),
    "fastapi": LineStyle("orange", shape="triangle-up"),
    "starlette": LineStyle("purple", shape="diamond"),
    "tornado": LineStyle("ochre", shape="cross"),
    "aiohttp": LineStyle("violet", shape="triangle-down"),
    "rails": LineStyle("ink", shape="triangle-right"),
    "express": LineStyle("ochre", theme.DASHED, "square"),
    "sanic": LineStyle("purple", theme.DASHED, "triangle-up"),
    "bottle": LineStyle("blue", theme.DASHED, "diamond"),
    "pyramid": LineStyle("green", theme.DASHED, "triangle-up"),
    "falcon": LineStyle("orange", theme.DASHED, "circle"),
    "quart": LineStyle("violet", theme.DASHED, "square"),
    "litestar": LineStyle("ink", theme.DASHED, "diamond"),
    "gin": LineStyle("sky", theme.SOLID, "square"),
    "phoenix-liveview": LineStyle("orange", theme.DOTTED, "diamond"),
    "blazor": LineStyle("violet", theme.DOTTED, "triangle-up"),
    "aspnet-core": LineStyle("purple", theme.DOTTED, "square"),
}
_SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "triangle-right")
_ALL = tuple(LineStyle(*each) for each in product(theme.HUES, (theme.SOLID, theme.DASHED, theme.DOTTED), _SHAPES))


def line_styles(names: Iterable[str]) -> dict[str, LineStyle]:
    """The looks of all frameworks there are, each a look of its own while there are any left, which those that come
    after it do not change.

    One without a look in LOOKS has the first, counted from where its name falls, of those whose hue and dash the
    fewest before it have.
    """
    styles, taken = dict(LOOKS), set(LOOKS.values())
    lines = Counter((style.hue, style.dash) for style in styles.values())
    for name in names:
        if name not in styles:
            first = crc32(name.encode()) % len(_ALL)
            ordered = (*_ALL[first:], *_ALL[:first])
            free = [style for style in ordered if style not in taken] or ordered
            styles[name] = min(free, key=lambda style: lines[style.hue, style.dash])
            taken.add(styles[name])
            lines[styles[name].hue, styles[name].dash] += 1
    return styles


def titles(catalog: Catalog) -> dict[str, str]:
    """The frameworks' names by id."""
    return {framework.id: framework.title for framework in catalog.frameworks.values()}


def title(catalog: Catalog, name: str) -> str:
    """A framework's name."""
    return titles(catalog).get(name, name)


def lines(names: Iterable[str], catalog: Catalog, *, dark: bool) -> list[Line]:
    """The looks of these frameworks, each once."""
    named, drawn = titles(catalog), list(dict.fromkeys(map(str, names)))
    looks = line_styles([*catalog.frameworks, *drawn])
    return [Line(n, named.get(n, n), looks[n].colour(dark=dark), looks[n].dash, looks[n].shape) for n in drawn]


def capped(lines: Sequence[Line], most: int = MOST_COLOURED) -> list[Line]:
    """A chart's lines, the first in their colours, the rest quiet: grey until their names are pointed at."""
    return [line if n < most else replace(line, quiet=True, dash=theme.SOLID) for n, line in enumerate(lines)]


def colour(name: str, catalog: Catalog, *, dark: bool) -> str:
    """A framework's colour as #rrggbb."""
    return line_styles(catalog.frameworks)[name].colour(dark=dark)
