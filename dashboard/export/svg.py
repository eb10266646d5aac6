"""A figure on paper, as SVG: finding, what is measured, last values, chart, how to read it, bands, source, licence.

The chart is drawn by Vega in vl-convert (BSD-3-Clause: a V8 of its own, without browser and without network, with the
font it carries) and laid between lines of text. Nothing depends on when it was made, only on the figure: the moment it
tells is when the numbers were learned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any
from zlib import crc32

import altair as alt
import pandas as pd
import vl_convert

from dashboard.charts.figure import Figure, Legend, Style, numbered
from dashboard.charts.line_chart import in_utc
from dashboard.charts.text_width import FAMILY, wrapped
from dashboard.charts.text_width import width as width_of
from dashboard.charts.theme import CAVEAT, CAVEAT_INK, GRID, INK, PAGE, STRONG

WIDTH, HEIGHT = 960, 540  # pixels: a slide's shape; a PNG has more of them to the inch
VEGA_LITE = "6.4"  # of the renderer, the nearest to altair's
MARGIN = 28
ROOM = WIDTH - 2 * MARGIN
TITLE, TEXT, SMALL = 23, 14, 11  # sizes of letters
LEADING = 1.35
STRIP = 26  # height of the ground of the line on how to read the chart
ABOVE, BELOW = 14, 12  # between head and chart, chart and foot
TICKS = 30  # what the axis below a plot takes, and what is around it
LEAST = 230  # pixels of a plot: rather than a lower one, the paper is longer
MOST_CARE, MOST_NOTES = 3, 6  # lines
APART = 4  # between the line on how to read it and the rest
WHOLE = 12  # lines: what is never cut
_ID = re.compile(r'(?<= id=")[^"]+')
_NOWHERE: list[str] = []  # from where the renderer may fetch


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text on the paper, from its left end; `y` is its baseline, from the top."""

    y: float
    text: str
    size: float
    colour: str
    bold: bool = False
    x: float = MARGIN


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as SVG, without its paper: its size in pixels and what is in it."""

    width: float
    height: float
    inside: str


def poster(figure: Figure, look: Style) -> str:
    """The figure as one SVG: a slide, or a sheet as long as the chart and the words need it."""
    head, top = _head(figure, look)
    care, foot = _care(figure), _foot(figure)
    strip = len(care) * (TEXT - 1) * LEADING + STRIP - TEXT if care else 0.0
    under = strip + APART + len(foot) * SMALL * LEADING + 14
    room = max(HEIGHT - top - BELOW - under - TICKS, LEAST)
    drawn = drawing(figure, look, figure.height or room)
    needed = round(top + drawn.height + BELOW + under)
    high = needed if figure.height else max(HEIGHT, needed)
    beneath = high - under
    lines = [
        Text(beneath + 18 + n * (TEXT - 1) * LEADING, line, TEXT - 1, CAVEAT_INK[look.dark], x=MARGIN + 14)
        for n, line in enumerate(care)
    ]
    first = beneath + strip + APART + SMALL
    lines += [Text(first + n * SMALL * LEADING, line, SMALL, INK[look.dark]) for n, line in enumerate(foot)]
    ground = [_ground(beneath, strip, look)] if care else []
    texts = [_lettered(text) for text in lines]
    return _sheet(figure, look, high, [*head, _placed(drawn, top), *ground, *texts])


def drawing(figure: Figure, look: Style, height: float) -> Drawing:
    """The mere chart, as wide as the paper has room; a chart of several plots at most so wide."""
    drawn = vl_convert.vegalite_to_svg(spec(figure, look, height), vl_version=VEGA_LITE, allowed_base_urls=_NOWHERE)
    start, _, inside = drawn.partition(">")
    width, high = (float(re.search(rf' {side}="([\d.]+)"', start)[1]) for side in ("width", "height"))  # type: ignore[index] # Vega always gives both
    return Drawing(width, high, _own_ids(inside.removesuffix("</svg>")))


def _own_ids(inside: str) -> str:
    """With Vega's running ids, which differ from picture to picture in one process, made of what is drawn: the same
    drawing has the same ids, and two on one page have others.
    """
    ids = {old: f"drawn-{n}" for n, old in enumerate(dict.fromkeys(_ID.findall(inside)))}
    if not ids:
        return inside
    numbered = re.sub("|".join(rf"\b{old}\b" for old in ids), lambda match: ids[match[0]], inside)
    return numbered.replace("drawn-", f"d{crc32(numbered.encode()):08x}-")


def spec(figure: Figure, look: Style, height: float, *, still: bool = True) -> dict[str, Any]:
    """The chart as Vega-Lite with its data in it; if not `still`, its marks answer a pointer."""
    vega_lite: dict[str, Any] = _renamed(_inlined(in_utc(figure.draw(height, still))).to_dict(validate=False))
    if not {"hconcat", "vconcat", "concat", "facet"} & set(vega_lite):
        vega_lite |= {"width": ROOM, "autosize": {"type": "fit-x", "contains": "padding"}}
    return vega_lite | {
        "padding": 0,
        "config": {
            "background": None,
            "font": FAMILY,
            "aria": False,
            "view": {"stroke": None},
            "axis": {
                "labelColor": INK[look.dark], "titleColor": INK[look.dark], "gridColor": GRID[look.dark],
                "tickColor": GRID[look.dark],
            },
            "header": {"labelColor": STRONG[look.dark], "titleColor": INK[look.dark]},
            "title": {"color": STRONG[look.dark]},
        },
    }  # fmt: skip


def _head(figure: Figure, look: Style) -> tuple[list[str], float]:
    """The finding, what is measured, the last values; and where the chart begins."""
    titles = wrapped(figure.headline, TITLE, ROOM, 2, bold=True)
    texts = [Text(42 + n * 30, line, TITLE, STRONG[look.dark], bold=True) for n, line in enumerate(titles)]
    below = texts[-1].y + 4
    for line in wrapped(figure.subtitle, TEXT, ROOM, 2) if figure.subtitle else []:
        below += TEXT * LEADING
        texts.append(Text(below, line, TEXT, INK[look.dark]))
    parts = [_lettered(text) for text in texts]
    if figure.legend is not None and figure.legend.entries:
        rows = _legend_rows(figure.legend, below + TEXT * LEADING + 6, look)
        parts += [text for _, text in rows]
        below = rows[-1][0]
    return parts, below + ABOVE


def _legend_rows(legend: Legend, y: float, look: Style) -> list[tuple[float, str]]:
    """Each line of the chart in its colour with its last value, in as many rows as it takes: (baseline, SVG)."""
    x, made = float(MARGIN), []
    entries = [(entry.name, entry.value, entry.colour) for entry in legend.entries]
    for name, value, colour in [*entries, *([("", legend.when, "")] if legend.when else [])]:
        dash = 22.0 if name else 0.0
        text = f"{name} {value}".strip()
        wide = dash + width_of(text, TEXT, bold=bool(name))
        if x + wide > WIDTH - MARGIN and x > MARGIN:
            x, y = float(MARGIN), y + TEXT * LEADING
        mark = f'<rect x="{x:g}" y="{y - 6:g}" width="16" height="3" fill="{colour}"/>' if name else ""
        bold = f'<tspan font-weight="bold" fill="{colour}">{escape(name)}</tspan> ' if name else ""
        ink = STRONG[look.dark] if name else INK[look.dark]
        start = f'<text x="{x + dash:g}" y="{y:g}" font-size="{TEXT}" font-family="{FAMILY}" fill="{ink}">'
        made.append((y, f"{mark}{start}{bold}{escape(value)}</text>"))
        x += wide + 18
    return made


def _care(figure: Figure) -> list[str]:
    """The line on how to read the chart."""
    return wrapped(f"Read with care: {figure.care}", TEXT - 1, ROOM - 24, MOST_CARE) if figure.care else []


def _foot(figure: Figure) -> list[str]:
    """What else the answer says, the events, how to read the marks, what the bands are, where the figures come from."""
    marks = f"{'; '.join(figure.marks)}." if figure.marks else ""
    words = " ".join(filter(None, [figure.detail, marks, *figure.notes]))
    lines = wrapped(words, SMALL, ROOM, MOST_NOTES) if words else []
    lines += wrapped(numbered(figure.bands), SMALL, ROOM, 4) if figure.bands else []
    return lines + wrapped(figure.provenance, SMALL, ROOM, WHOLE)


def _ground(y: float, height: float, look: Style) -> str:
    """The ground of the line on how to read the chart."""
    return f'<rect x="{MARGIN}" y="{y:g}" width="{ROOM}" height="{height:g}" rx="5" fill="{CAVEAT[look.dark]}"/>'


def _placed(drawn: Drawing, top: float) -> str:
    """The chart where it belongs, made smaller if it is wider than the paper has room."""
    scale = min(1.0, ROOM / drawn.width)
    left = MARGIN + (ROOM - drawn.width * scale) / 2
    smaller = f" scale({scale:.4f})" if scale < 1 else ""
    return f'<g transform="translate({left:g},{top:g}){smaller}">{drawn.inside}</g>'


def _lettered(text: Text) -> str:
    bold = ' font-weight="bold"' if text.bold else ""
    return (
        f'<text x="{text.x:g}" y="{text.y:g}" font-size="{text.size:g}" font-family="{FAMILY}"{bold} '
        f'fill="{text.colour}">{escape(text.text)}</text>'
    )


def _sheet(figure: Figure, look: Style, high: float, parts: list[str]) -> str:
    """The paper with everything on it, and in words what it shows for those who do not see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" '
        f'width="{WIDTH}" height="{high:g}" viewBox="0 0 {WIDTH} {high:g}" role="img">'
        f"<title>{escape(figure.headline)}</title><desc>{escape(figure.summary)}</desc>"
        f'<rect width="{WIDTH}" height="{high:g}" fill="{PAGE[look.dark]}"/>{"".join(parts)}</svg>'
    )


def _inlined(chart: Any) -> Any:
    """With every frame as plain values: what altair would do with a frame, a page drawn meanwhile may have changed."""
    if isinstance(chart.data, pd.DataFrame):
        chart.data = alt.InlineData(values=alt.to_values(chart.data)["values"])
    for kind in ("layer", "hconcat", "vconcat", "concat"):
        for part in getattr(chart, kind, None) or []:
            _inlined(part)
    return chart


def _renamed(spec: dict[str, Any]) -> dict[str, Any]:
    """With altair's running numbers, which differ from chart to chart in one process, counted from one."""
    data = spec.pop("datasets", {})
    numbered = [name for name in dict.fromkeys(_strings(spec)) if name.startswith(("view_", "param_"))]
    names = {name: f"{name.partition('_')[0]}_{n}" for n, name in enumerate(numbered, start=1)}
    renamed: dict[str, Any] = _replaced(spec, names)
    return renamed | {"datasets": data}


def _strings(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [text for value in part.values() for text in _strings(value)]
    if isinstance(part, list):
        return [text for value in part for text in _strings(value)]
    return [part] if isinstance(part, str) else []


def _replaced(part: Any, names: dict[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _replaced(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [_replaced(value, names) for value in part]
    return names.get(part, part) if isinstance(part, str) else part
