"""A figure as one HTML file that needs no network: a chart that answers a pointer, its numbers, its doubts in full.

Vega is in the file, and the file forbids itself to fetch anything. Without scripts the same chart is there as SVG.
"""

from __future__ import annotations

import json
from functools import cache
from html import escape
from string import Template

import pandas as pd
import vl_convert

from catalog import Break, Caveat, Source
from dashboard.charts.figure import HEIGHT, Figure, Legend, Style
from dashboard.charts.theme import CAVEAT, CAVEAT_INK, GRID, INK, PAGE, STRONG
from dashboard.display_text import span_in_words
from dashboard.export.svg import ROOM, VEGA_LITE, drawing, spec

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline' 'unsafe-eval'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$headline</title>
<style>
body { margin: 0 auto; padding: 12px; max-width: ${width}px; background: $paper; color: $ink;
  font: 15px/1.5 "Liberation Sans", Arial, Helvetica, sans-serif; }
h1 { font-size: 23px; line-height: 1.3; margin: 12px 0 4px; } p { margin: 6px 0; }
.care { background: $badge; color: $badge_ink; border-radius: 5px; padding: 5px 12px; }
figure { margin: 14px 0; overflow-x: auto; }
figure svg { display: block; max-width: 100%; height: auto; } #chart { width: 100%; min-width: 320px; }
h2 { font-size: 17px; margin: 22px 0 6px; border-top: 1px solid $line; padding-top: 16px; }
ul, ol { padding-left: 22px; } li { margin: 6px 0; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid $line; }
summary { cursor: pointer; } .wide { overflow-x: auto; }
a { color: inherit; } code { overflow-wrap: anywhere; } .small { color: $faint; font-size: 13px; }
</style>
</head>
<body>
<main>
<h1>$headline</h1>
<p class="small">$subtitle</p>
$legend
<figure><div id="chart" role="img" aria-label="$summary">$drawn</div></figure>
$care
$words
</main>
<script>$vega</script>
<script>
vegaEmbed("#chart", $spec, {actions: false, renderer: "svg"}).catch(console.error);
</script>
</body>
</html>
""")


def handout(figure: Figure, look: Style) -> bytes:
    """The file."""
    height = figure.height or HEIGHT
    text = _PAGE.substitute(
        headline=escape(figure.headline),
        subtitle=escape(figure.subtitle),
        legend=_legend(figure.legend),
        care=f'<p class="care">Read with care: {escape(figure.care)}</p>' if figure.care else "",
        summary=escape(figure.summary),
        width=ROOM,
        paper=PAGE[look.dark],
        ink=STRONG[look.dark],
        faint=INK[look.dark],
        line=GRID[look.dark],
        badge=CAVEAT[look.dark],
        badge_ink=CAVEAT_INK[look.dark],
        drawn=_drawn(figure, look, height),
        words=_words(figure),
        vega=_vega(),
        spec=_in_script(_wide(spec(figure, look, height, still=False))),
    )
    return text.encode()


def _drawn(figure: Figure, look: Style, height: float) -> str:
    """The chart as it is without scripts."""
    still = drawing(figure, look, height)
    size = f'width="{still.width:g}" height="{still.height:g}" viewBox="0 0 {still.width:g} {still.height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} aria-hidden="true">{still.inside}</svg>'


def _legend(legend: Legend | None) -> str:
    """The lines of the chart with their last values."""
    if legend is None or not legend.entries:
        return ""
    entries = [
        f'<b style="color:{entry.colour}">▬ {escape(entry.name)}</b> {escape(entry.value)}' for entry in legend.entries
    ]
    return f"<p>{' &nbsp; '.join(filter(None, [*entries, escape(legend.when)]))}</p>"


def _wide(spec: dict[str, object]) -> dict[str, object]:
    """As wide as the page is read, where there is one plot."""
    return spec | {"width": "container"} if "autosize" in spec else spec


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed (BSD-3-Clause), out of the renderer."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)


def _in_script(spec: object) -> str:
    """JSON in which nothing can end the script it stands in."""
    text = json.dumps(spec, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _words(figure: Figure) -> str:
    text, notes = " ".join(filter(None, [figure.detail, *figure.marks])), " ".join(filter(None, figure.notes))
    parts = [f"<p>{escape(text)}</p>" if text else "", f'<p class="small">{escape(notes)}</p>' if notes else ""]
    parts.append(_numbers(figure.table))
    parts.append(_part("Caveats", [_caveat(c) for c in figure.caveats]))
    parts.append(_part("Known breaks, numbered as on the chart", [_band(b) for b in figure.bands], "ol"))
    parts.append(_part("Sources", [_source(s) for s in figure.sources]))
    return "\n".join([*filter(None, parts), f'<p class="small">{escape(figure.provenance)}</p>'])


def _numbers(table: pd.DataFrame | None) -> str:
    """The figures of the chart, to open."""
    if table is None or table.empty:
        return ""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in table.columns)
    rows = (f"<tr>{''.join(f'<td>{escape(_cell(v))}</td>' for v in row)}</tr>" for row in table.to_numpy(dtype=object))
    body = "\n".join(rows)
    return (
        "<details><summary>The numbers</summary>"
        f'<div class="wide"><table>\n<tr>{head}</tr>\n{body}\n</table></div></details>'
    )


def _cell(value: object) -> str:
    """A number with its thousands apart, any other as it is, what is unknown as a dash."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is not equal to itself
        return "–"
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def _part(title: str, items: list[str], kind: str = "ul") -> str:
    listed = "\n".join(f"<li>{item}</li>" for item in items)
    return f"<h2>{escape(title)}</h2>\n<{kind}>\n{listed}\n</{kind}>" if items else ""


def _caveat(caveat: Caveat) -> str:
    return f"<strong>{escape(caveat.title)}.</strong> {escape(caveat.text)}"


def _band(band: Break) -> str:
    days = span_in_words(band.since, band.until)
    return f"<strong>{escape(band.title)}</strong> ({days}). {escape(band.text)}"


def _source(source: Source) -> str:
    licence = _linked(source.licence, source.licence_url)
    return f"{_linked(source.title, source.homepage)}, {licence}. {escape(source.attribution)}."


def _linked(text: str, address: str) -> str:
    """A text as a link; mere text where there is no address."""
    return f'<a href="{escape(address)}">{escape(text)}</a>' if address else escape(text)
