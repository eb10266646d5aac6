"""A chart as one HTML file that needs no network: the chart that answers a pointer, its doubts in full, its sources.

Vega is in the file, and the file forbids itself to fetch anything. Without scripts the same chart is there as SVG.
"""

from __future__ import annotations

import json
from functools import cache
from html import escape
from string import Template

import vl_convert

from catalog import Break, Caveat, Source
from dashboard.poster import FAINT, GRID, INK, PAPER, VEGA_LITE, WIDTH, Look, Poster, provenance
from dashboard.words import day
from uptake.answers import SeriesAnswer

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline' 'unsafe-eval'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { margin: 0 auto; padding: 12px; max-width: ${width}px; background: $paper; color: $ink;
  font: 15px/1.5 "Liberation Sans", Arial, Helvetica, sans-serif; }
figure { margin: 0; }
figure svg { display: block; max-width: 100%; height: auto; }
h2 { font-size: 17px; margin: 22px 0 6px; border-top: 1px solid $line; padding-top: 16px; }
ul, ol { padding-left: 22px; } li { margin: 6px 0; }
a { color: inherit; } code { overflow-wrap: anywhere; } .small { color: $faint; font-size: 13px; }
</style>
</head>
<body>
<main>
<h1 hidden>$title</h1>
<figure><div id="chart" role="img" aria-label="$summary">$drawn</div></figure>
$words
</main>
<script>$vega</script>
<script>
vegaEmbed("#chart", $spec, {actions: false, renderer: "svg"}).catch(console.error);
</script>
</body>
</html>
""")


def handout(answer: SeriesAnswer, poster: Poster, drawn: str, look: Look) -> bytes:
    """The file. `drawn` is the same chart as SVG."""
    told = _PAGE.substitute(
        title=escape(poster.title),
        summary=escape(poster.summary),
        width=WIDTH,
        paper=PAPER[look.dark],
        ink=INK[look.dark],
        faint=FAINT[look.dark],
        line=GRID[look.dark],
        drawn=drawn,
        words=_words(answer, poster),
        vega=_vega(),
        spec=_in_script(poster.spec),
    )
    return told.encode()


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed (BSD-3-Clause), out of the renderer."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)


def _in_script(spec: object) -> str:
    """JSON in which nothing can end the script it stands in."""
    text = json.dumps(spec, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _words(answer: SeriesAnswer, poster: Poster) -> str:
    parts = [_part("What these figures do not say", [_caveat(c) for c in answer.caveats])]
    parts.append(_part("The numbered bands", [_band(b) for b in poster.bands], "ol"))
    parts.append(_part("Where the figures come from", [_source(s) for s in answer.sources]))
    return "\n".join([*filter(None, parts), f'<p class="small">{escape(provenance(answer))}</p>'])


def _part(title: str, items: list[str], kind: str = "ul") -> str:
    listed = "\n".join(f"<li>{item}</li>" for item in items)
    return f"<h2>{escape(title)}</h2>\n<{kind}>\n{listed}\n</{kind}>" if items else ""


def _caveat(caveat: Caveat) -> str:
    return f"<strong>{escape(caveat.title)}.</strong> {escape(caveat.text)}"


def _band(band: Break) -> str:
    days = day(band.since) if band.since == band.until else f"{day(band.since)} to {day(band.until)}"
    return f"<strong>{escape(band.title)}</strong> ({days}). {escape(band.text)}"


def _source(source: Source) -> str:
    licence = f'<a href="{escape(source.licence_url)}">{escape(source.licence)}</a>'
    return f'<a href="{escape(source.homepage)}">{escape(source.title)}</a>, {licence}. {escape(source.attribution)}.'
