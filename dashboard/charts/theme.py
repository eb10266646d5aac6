"""One colour, dash and mark per framework, the same on every chart of every page.

The hues are those of Okabe and Ito, which people with any form of colour blindness can tell apart, darkened for a
light page and lightened for a dark one until each reaches 4.5:1 against it. Eight hues do not name all
frameworks: hue, dash and mark together do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from zlib import crc32

HUES: dict[str, tuple[str, str]] = {  # on a light page, on a dark page
    "blue": ("#0068a6", "#4fa9e6"),
    "green": ("#00795a", "#1fbf92"),
    "orange": ("#bf4f00", "#ff8c42"),
    "purple": ("#a8437e", "#e08fbd"),
    "ochre": ("#8f6400", "#e6b020"),
    "violet": ("#5b4bb0", "#a79bf0"),
    "sky": ("#1a7ba9", "#7cc7f2"),
    "ink": ("#4a5360", "#aab4c2"),
}
# What no framework has, by whether the page is dark: of charts on a page...
INK = {False: "#4a5360", True: "#aab4c2"}  # text and rules
PAGE = {False: "#ffffff", True: "#12161c"}
SHADE = {False: "#8f6400", True: "#e6b020"}  # breaks in the counting
QUIET = {False: "#b3bcc8", True: "#4f5b6a"}  # lines of many that are not meant
TAU = {False: "#5b4bb0", True: "#a79bf0"}  # the agreement of two metrics
# ...of figures on paper...
STRONG = {False: "#1b222b", True: "#e8ecf1"}  # titles and text
GRID = {False: "#d9dee5", True: "#2c3541"}
CAVEAT = {False: "#fdf3dc", True: "#2b2412"}  # the ground of the line on how to read a chart
CAVEAT_INK = {False: "#6b4b00", True: "#f0c75e"}
# ...and of badges: both grounds, on which white letters have 9.9:1 and 5.9:1, and the letters.
BADGE_LEFT, BADGE_RIGHT, BADGE_INK = "#3b4450", "#0068a6", "#ffffff"

SOLID: tuple[int, ...] = (1, 0)
DASHED: tuple[int, ...] = (7, 4)
DOTTED: tuple[int, ...] = (2, 3)


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a framework is drawn: a hue, a dash pattern (pixels on, off) and the shape of its marks."""

    hue: str
    dash: tuple[int, ...] = SOLID
    shape: str = "circle"

    def colour(self, *, dark: bool) -> str:
        """Its colour as #rrggbb on a light or a dark page."""
        return HUES[self.hue][dark]


LOOKS: dict[str, LineStyle] = {
    "flask": LineStyle("blue"),
    "django": LineStyle("green", shape="square"),
    "fastapi": LineStyle("orange", shape="triangle-up"),
    "starlette": LineStyle("purple", shape="diamond"),
    "tornado": LineStyle("ochre", shape="cross"),
    "aiohttp": LineStyle("violet", shape="triangle-down"),
    "rails": LineStyle("ink", shape="triangle-right"),
    "express": LineStyle("ochre", DASHED, "square"),
    "sanic": LineStyle("purple", DASHED, "triangle-up"),
    "bottle": LineStyle("blue", DASHED, "diamond"),
    "pyramid": LineStyle("green", DASHED, "triangle-up"),
    "falcon": LineStyle("orange", DASHED, "circle"),
    "quart": LineStyle("violet", DASHED, "square"),
    "litestar": LineStyle("ink", DASHED, "diamond"),
    "gin": LineStyle("sky", SOLID, "square"),
    "phoenix-liveview": LineStyle("orange", DOTTED, "diamond"),
    "blazor": LineStyle("violet", DOTTED, "triangle-up"),
    "aspnet-core": LineStyle("purple", DOTTED, "square"),
}
_SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "triangle-right")
_ALL = tuple(LineStyle(*each) for each in product(HUES, (SOLID, DASHED, DOTTED), _SHAPES))


def line_styles(names: Iterable[str]) -> dict[str, LineStyle]:
    """The looks of all frameworks there are, each a look of its own, which those that come after it do not change.

    One without a look in LOOKS has the first, counted from where its name falls, of those whose hue and dash the
    fewest before it have.
    """
    styles = dict(LOOKS)
    for name in names:
        if name not in styles:
            first = crc32(name.encode()) % len(_ALL)
            lines = Counter((style.hue, style.dash) for style in styles.values())
            free = [style for style in (*_ALL[first:], *_ALL[:first]) if style not in styles.values()]
            styles[name] = min(free, key=lambda style: lines[style.hue, style.dash])
    return styles


def sequence(count: int, *, dark: bool) -> list[str]:
    """Colours for things that are no frameworks, such as Python versions."""
    hues = list(HUES.values())
    return [hues[i % len(hues)][dark] for i in range(count)]
