"""A chart and its numbers as files to save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from answers.questions import AnyQuestion
from dashboard import links as addresses
from dashboard.widgets import elements

KINDS = {
    "png": ("PNG", "For slides: 2,400 pixels wide."),
    "svg": ("SVG", "For the web and for print: sharp at any size."),
    "html": ("HTML", "One interactive file with the numbers and every caveat. It needs no network."),
}


def downloads(of: str, pairs: Sequence[tuple[str, str]], question: AnyQuestion, files: Mapping[str, str]) -> None:
    """The chart and its numbers as files to save."""
    dark = elements.dark()
    st.markdown("**Image**")
    with st.container(horizontal=True, gap="small"):
        for kind, (label, use) in KINDS.items():
            address = addresses.picture(of, pairs, kind, dark=dark)
            st.link_button(label, addresses.saved(address), help=use)
    st.markdown("**Data**")
    with st.container(horizontal=True, gap="small"):
        for label, address in files.items():
            st.link_button(label, addresses.saved(address))
        st.link_button("JSON", addresses.saved(addresses.api(question)))
    st.caption("The image includes title, caveat, source and date.")
