"""What we show: Streamlit pages, charts, words and the HTTP API. Nobody imports it."""

from __future__ import annotations
