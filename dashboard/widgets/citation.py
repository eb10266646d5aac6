"""A chart cited, linked (current or frozen), in a README, embedded: texts to copy."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard import cache, page_url
from dashboard import links as addresses
from dashboard.charts.figure import Figure
from dashboard.display_text import day_in_words, literal

EMBED_HEIGHT = 640  # pixels of an embedded chart

Pairs = Sequence[tuple[str, str]]  # parameters with their values, as `links.drawn` gives them


def links(of: str, pairs: Pairs, badge: str, figure: Figure) -> None:
    """The chart as links, each in a box with a button that copies it."""
    today = cache.now().date()
    live = page_address()
    frozen = page_address(as_of=today.isoformat())
    _box("Link, always current", live)
    _box(f"Link, frozen at the data of {day_in_words(today)}", frozen)
    _box("Citation", citation(figure, frozen))
    _box("README, light and dark", readme(of, pairs, figure))
    if badge:
        _box("Badge for a README", f"![{figure.headline}]({server()}{badge})")
    _box("Embed", embed(of, pairs, figure))
    if not cache.settings().public_url:
        st.caption("Set UPTAKE_PUBLIC_URL if others reach this dashboard at another address.")


def page_address(**state: str) -> str:
    """The whole address of the page as it stands, with `state` on top."""
    path = urlsplit(st.context.url or "").path or "/"
    query = urlencode({**page_url.current(), **state}, doseq=True)
    return f"{server()}{path}{f'?{query}' if query else ''}"


def citation(figure: Figure, address: str) -> str:
    """One line that says who published the figures, what they are, and where they can be read again."""
    publishers = ", ".join(source.title for source in figure.sources) or "Uptake"
    when = f" Retrieved {day_in_words(figure.retrieved_at)}." if figure.retrieved_at else ""
    return f"{publishers}. {figure.headline.rstrip('.')}. {figure.subtitle.rstrip('.')}.{when} Uptake, {address}"


def readme(of: str, pairs: Pairs, figure: Figure) -> str:
    """HTML for a README: the chart with its last figures, on the ground that the reader has."""
    light, dark = (f"{server()}{addresses.picture(of, pairs, 'svg', dark=dark)}" for dark in (False, True))
    title = figure.headline.replace('"', "'")
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img alt="{title}" src="{light}"></picture>'
    )


def embed(of: str, pairs: Pairs, figure: Figure) -> str:
    """HTML that shows the interactive chart within another page."""
    title = figure.headline.replace('"', "'")
    address = f"{server()}{addresses.embedded(of, pairs)}"
    return f'<iframe src="{address}" title="{title}" width="100%" height="{EMBED_HEIGHT}" loading="lazy"></iframe>'


def server() -> str:
    """Where others reach this server: what the settings say, else as this reader does."""
    public = cache.settings().public_url
    if public:
        return public.rstrip("/")
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}" if here.netloc else ""


def _box(label: str, text: str) -> None:
    st.caption(literal(label))
    st.code(text, language=None, wrap_lines=True)
