"""A digest as one file, HTML or Markdown: the charts are in it, and it fetches nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from html import escape
from string import Template

from answers import wording
from answers.parameter_types import texts
from answers.questions import Question, address_of
from catalog import Caveat, Source
from uptake.digest.month_digest import Digest, Section, Statement

FORMATS = ("html", "md")
_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { margin: 0 auto; padding: 28px 20px 60px; max-width: 860px; background: #ffffff; color: #1b222b;
  font: 16px/1.55 "Liberation Sans", Arial, Helvetica, sans-serif; }
h1 { font-size: 32px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 21px; margin: 40px 0 10px; border-top: 1px solid #d9dee5; padding-top: 24px; }
.vintage, footer { color: #4a5360; font-size: 14px; }
.lead { font-size: 19px; }
figure { margin: 26px 0; border: 1px solid #d9dee5; border-radius: 8px; overflow: hidden; }
figcaption { padding: 0 26px 10px; color: #4a5360; font-size: 13px; } summary { cursor: pointer; }
figure svg { display: block; width: 100%; height: auto; }
ul, ol { padding-left: 22px; } li { margin: 10px 0; }
.doubt { display: block; margin-top: 2px; padding: 2px 10px; border-left: 3px solid #c99a2e; background: #fdf3dc;
  color: #6b4b00; font-size: 14px; }
code { font-size: 13px; overflow-wrap: anywhere; } a { color: #005a91; } sup a { text-decoration: none; }
#queries li { margin: 4px 0; }
@media print { h2 { break-after: avoid; } figure, li { break-inside: avoid; } }
</style>
</head>
<body>
<main>
<h1>$title</h1>
<p class="vintage">$vintage</p>
<p class="lead">$lead</p>
$figures
$sections
</main>
<footer>
$end
</footer>
</body>
</html>
""")


def html(digest: Digest, drawn: Sequence[bytes]) -> bytes:
    """The digest as HTML. `drawn` are the SVGs of its charts, in their order."""
    sections, queries = [], _Numbers()
    lead = "".join(_mark(query, queries) for query in digest.lead_queries)
    figures = [
        _figure(n, chart, svg, queries) for n, (chart, svg) in enumerate(zip(digest.charts, drawn, strict=True), 1)
    ]
    for section in digest.sections:
        listed = "\n".join(_item(s, queries) for s in section.statements)
        body = f"<ul>\n{listed}\n</ul>" if listed else f"<p>{escape(section.nothing)}</p>"
        sections.append(f"<h2>{escape(section.title)}</h2>\n{body}")
    end = [
        _list("Caveats", [_caveat(c) for c in digest.caveats], folded=True),
        _list("Sources", [_source(s) for s in digest.sources]),
        _list(
            "Queries", [f'<li id="q{n}"><code>{escape(q)}</code></li>' for n, q in queries.listed()], "ol", "queries"
        ),
    ]
    return _PAGE.substitute(
        title=escape(_title(digest)),
        vintage=escape(_vintage(digest)),
        lead=f"{escape(digest.lead)}{lead}",
        figures="\n".join(figures),
        sections="\n".join(sections),
        end="\n".join(filter(None, end)),
    ).encode()


def markdown(digest: Digest, drawn: Sequence[bytes]) -> bytes:
    """The digest as Markdown with footnotes; the charts are data addresses."""
    queries = _Numbers()
    notes = "".join(_note(query, queries) for query in digest.lead_queries)
    lines = [f"# {_title(digest)}", "", f"*{_plain(_vintage(digest))}*", "", f"{_plain(digest.lead)}{notes}", ""]
    for chart, svg in zip(digest.charts, drawn, strict=True):
        packed = base64.b64encode(svg).decode()
        lines += [
            f"![{_plain(_alt(svg))}](data:image/svg+xml;base64,{packed})",
            "",
            _note(chart_query(chart), queries),
            "",
        ]
    for section in digest.sections:
        lines += [f"## {_plain(section.title)}", "", *_items(section, queries), ""]
    lines += _headed("Caveats", [_words(c) for c in digest.caveats])
    lines += _headed("Sources", [_credit(s) for s in digest.sources])
    lines += [*(f"[^{n}]: `{query}`" for n, query in queries.listed())]
    return ("\n".join(lines) + "\n").encode()


def chart_query(question: Question) -> str:
    """The API's address of a chart."""
    return address_of("chart.svg", texts(question).items())


class _Numbers:
    """Footnotes: each query has one number, in the order of the text."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, query: str) -> int:
        return self._numbers.setdefault(query, len(self._numbers) + 1)

    def listed(self) -> Iterator[tuple[int, str]]:
        return ((n, query) for query, n in self._numbers.items())


def _title(digest: Digest) -> str:
    return f"Web frameworks in {wording.month(digest.first)}"


def _vintage(digest: Digest) -> str:
    late = ", the time of writing: none had been collected by the month's end" if digest.as_known_now else ""
    return (
        f"{wording.capital(wording.days(digest.first, digest.last))}; data as of {wording.moment(digest.as_of)}{late}. "
        "Each statement ends with the query that reproduces it from the same store."
    )


def _item(statement: Statement, queries: _Numbers) -> str:
    doubt = f'<span class="doubt">{escape(statement.doubt)}</span>' if statement.doubt else ""
    return f"<li>{escape(statement.text)}{_mark(statement.query, queries)}{doubt}</li>"


def _mark(query: str, queries: _Numbers) -> str:
    n = queries.of(query)
    return f'<sup><a href="#q{n}">[{n}]</a></sup>'


def _figure(n: int, chart: Question, svg: bytes, queries: _Numbers) -> str:
    """A chart in the page; the names in it are made its own, for two charts may use the same."""
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>chart{n}-", svg.decode())
    return f"<figure>{text}<figcaption>Chart {n}{_mark(chart_query(chart), queries)}</figcaption></figure>"


def _caveat(caveat: Caveat) -> str:
    return f"<li><strong>{escape(caveat.title)}.</strong> {escape(caveat.text)}</li>"


def _source(source: Source) -> str:
    home, licence = _linked(source.title, source.homepage), _linked(source.licence, source.licence_url)
    return f"<li>{home}, {licence}. {escape(source.attribution)}.</li>"


def _linked(text: str, address: str) -> str:
    """A text as a link; mere text where there is no address."""
    return f'<a href="{escape(address)}">{escape(text)}</a>' if address else escape(text)


def _list(title: str, items: Sequence[str], kind: str = "ul", name: str = "", *, folded: bool = False) -> str:
    """A list under its title; `folded`: it is long, and unfolded by who wants it."""
    if not items:
        return ""
    id_attribute = f' id="{name}"' if name else ""
    listed = "\n".join(items)
    body = f"<{kind}{id_attribute}>\n{listed}\n</{kind}>"
    head = f"<h2>{escape(title)}</h2>\n"
    return f"{head}<details><summary>{len(items)} caveats</summary>\n{body}\n</details>" if folded else f"{head}{body}"


def _items(section: Section, queries: _Numbers) -> list[str]:
    lines = []
    for s in section.statements:
        doubt = f"\n  *{_plain(s.doubt)}*" if s.doubt else ""
        lines.append(f"- {_plain(s.text)}{_note(s.query, queries)}{doubt}")
    return lines or [section.nothing]


def _headed(title: str, items: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *items, ""] if items else []


def _words(caveat: Caveat) -> str:
    return f"- **{_plain(caveat.title)}.** {_plain(caveat.text)}"


def _credit(source: Source) -> str:
    home, licence = _plain(source.title), _plain(source.licence)
    home = f"[{home}]({source.homepage})" if source.homepage else home
    licence = f"[{licence}]({source.licence_url})" if source.licence_url else licence
    return f"- {home}, {licence}. {_plain(source.attribution)}."


def _note(query: str, queries: _Numbers) -> str:
    return f"[^{queries.of(query)}]"


def _alt(svg: bytes) -> str:
    """The chart's own description."""
    description = re.search(r"<desc>(.*?)</desc>", svg.decode(), re.DOTALL)
    return description[1] if description else ""


def _plain(text: str) -> str:
    """Text in which nothing is Markdown."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)
