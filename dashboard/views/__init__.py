"""The pages, one per module. Streamlit runs each as a script; `show` is the page."""

from __future__ import annotations
