"""The old address of surveys by region: it leads to that tab of *Surveys* with the same question."""

from __future__ import annotations

import streamlit as st

PAIR = ["flask", "django"]  # what the old page compared where its address named no frameworks


def show() -> None:
    """The page."""
    query = {key: st.query_params.get_all(key) for key in st.query_params}
    st.switch_page("views/surveys/page.py", query_params={"framework": PAIR, **query, "show": "regions"})


if __name__ == "__main__":
    show()
