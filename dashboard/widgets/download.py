"""One small control on every page with a chart: the chart as PNG, SVG or HTML, and how to have it in a README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import links
from dashboard.text import plain
from dashboard.widgets import elements

KINDS = {
    "png": ("PNG", "For slides: 2,400 pixels wide."),
    "svg": ("SVG", "For the web and for print: sharp at any size."),
    "html": ("HTML", "One file with the numbers and every caveat, which needs no network and answers a pointer."),
}
PART_OF_IT = "Title, caveat, source and date are part of the picture; the same data give the same file."

Pairs = Sequence[tuple[str, str]]  # parameters with their values, as `links.drawn` gives them


def offer(
    of: str, pairs: Pairs, charts: Mapping[str, str] | None = None, others: Mapping[str, Pairs] | None = None
) -> None:
    """The control. `of` is one of `dashboard.export.figures.FIGURES`; light or dark as the page is.

    `charts`, for a page with several of them: what each is called, by the value of the parameter `show`; none at all
    if it is empty. `others`: by what each is called, the whole parameters of a chart that asks something else.
    """
    own = {"": ""} if charts is None else charts
    pictures = [(title, [*pairs, ("show", show)]) for show, title in own.items()]
    with st.popover("Save as picture", width="content"):
        for title, parameters in [*pictures, *(others or {}).items()]:
            with st.container(gap="xxsmall"):
                if title:
                    st.markdown(f"**{plain(title)}**")
                _links(of, parameters)
        _part_of_it()


def _links(of: str, pairs: Pairs) -> None:
    """A link for each kind of file."""
    dark = elements.dark()
    with st.container(horizontal=True, gap="small"):
        for kind, (label, use) in KINDS.items():
            st.link_button(label, links.picture(of, pairs, kind, dark=dark), help=use)


def _part_of_it() -> None:
    st.caption(f"{PART_OF_IT} On {'dark' if elements.dark() else 'light'} ground, as this page is.")
