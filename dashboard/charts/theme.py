"""Every colour of the pages' charts and pictures, on light and dark ground.

The hues are those of Okabe and Ito, which people with any form of colour blindness can tell apart, darkened for a
light page and lightened for a dark one until each reaches 4.5:1 against it.
"""

from __future__ import annotations

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


def sequence(count: int, *, dark: bool) -> list[str]:
    """Colours for things that are no frameworks, such as Python versions."""
    hues = list(HUES.values())
    return [hues[i % len(hues)][dark] for i in range(count)]
