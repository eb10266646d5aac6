"""The table of *Head to head*: a row a metric with who leads, the overtake, and how far that was checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import streamlit as st
from streamlit.elements.arrow import DataframeStateInput

from answers.overtakes.compare import Comparison, Entry
from answers.overtakes.wording import VERDICT_WORDS
from answers.panel import Panel
from answers.wording import capital, month
from catalog import Kind, Metric
from dashboard import cache, page_url
from dashboard.display_text import day_in_words, number, points, span_in_words
from dashboard.widgets import elements
from dashboard.widgets.data_table import escape_formulas

HELD = {True: "still ahead", False: "overtaken again", None: "unclear since"}
CLOSE = "Too close to call"
WIDTHS, WIDTHS_ON_A_PHONE = (140, 165, 180, 90), (105, 200)  # pixels of the columns
ROW_HEIGHT, ROW_HEIGHT_ON_A_PHONE = 72, 116  # pixels; below 70 no text is wrapped


def show(comparison: Comparison, panels: Mapping[str, Panel], by: str) -> None:
    """The table. A row that is chosen has its chart shown."""
    entries, phone = comparison.entries, elements.phone()
    frame = table(comparison, panels)
    frame = narrow(frame) if phone else frame
    widths, height = (WIDTHS_ON_A_PHONE, ROW_HEIGHT_ON_A_PHONE) if phone else (WIDTHS, ROW_HEIGHT)
    columns = {str(name): st.column_config.Column(width=width) for name, width in zip(frame, widths, strict=True)}
    chosen: DataframeStateInput = {"selection": {"rows": [_place(entries, by)]}}
    key = f"measures_{comparison.a}_{comparison.b}_{by}"
    elements.table(
        frame.apply(escape_formulas), row=height, key=key,
        on_select=lambda: _chosen(key, entries), selection_mode=["single-row-required", "single-cell"],
        selection_default=chosen, column_config=columns,
        alt="Who leads by each measure, the overtake, and whether other counts confirm it",
    )  # fmt: skip


def narrow(frame: pd.DataFrame) -> pd.DataFrame:
    """The table for a phone: all but the measure in one column."""
    measure, *others = frame
    return pd.DataFrame({measure: frame[measure], "Result": frame[others].agg(". ".join, axis="columns")})


def _place(entries: Sequence[Entry], by: str) -> int:
    return next((n for n, entry in enumerate(entries) if entry.metric == by), 0)


def _chosen(key: str, entries: Sequence[Entry]) -> None:
    """Show the chart of the row that was chosen, or in which something was clicked."""
    selection = st.session_state[key]["selection"]
    rows = [row for row, _ in selection["cells"]] or selection["rows"]
    if rows:
        page_url.set_text("by", entries[rows[0]].metric)


def table(comparison: Comparison, panels: Mapping[str, Panel]) -> pd.DataFrame:
    """The rows, in words."""
    metrics = cache.catalog().metrics
    now = f"On {day_in_words(comparison.on)}" if comparison.on else "Now"
    rows = [(entry, metrics[entry.metric], panels[entry.metric]) for entry in comparison.entries]
    return pd.DataFrame(
        {
            "Measure": [metric.title for _, metric, _ in rows],
            now: [_lead(entry, metric) for entry, metric, _ in rows],
            "Overtake": [_overtake(comparison, entry, panel) for entry, _, panel in rows],
            "Checked": [_checked(entry) for entry, _, _ in rows],
        }
    )


def _lead(entry: Entry, metric: Metric) -> str:
    """Who leads by how much, and when that was."""
    if entry.seen is None:
        return "No data"
    return f"{_ahead(entry, metric)} · {_when(entry.seen, metric)}"


def _when(seen: date, metric: Metric) -> str:
    if metric.pooled_months:
        return f"{metric.pooled_months} months to {month(seen)}"
    return f"{seen.year} edition" if metric.period == "year" else day_in_words(seen)


def _ahead(entry: Entry, metric: Metric) -> str:
    if entry.leader is None or entry.lead is None:
        return CLOSE
    name = elements.title(entry.leader)
    if metric.kind is Kind.SHARE:
        return f"{name} +{points(entry.lead)}"
    if metric.kind is Kind.FLOW and entry.ratio:
        return f"{name}, {entry.ratio:,.3g} times as many"
    return f"{name} +{number(entry.lead)}"


def _overtake(comparison: Comparison, entry: Entry, panel: Panel) -> str:
    """The overtake by which the leader came to lead, what is unsure of it, or since when there was none."""
    if entry.on_break:
        return "The lead changed while the counting changed: not an overtake"
    if entry.last_before and entry.first_after:
        doubts = {"gap in the data": entry.on_gap, "unusual days": entry.on_anomaly}
        named = ", ".join(text for text, there in doubts.items() if there)
        return f"{_days(entry, panel.metric)}{f' ({named})' if named else ''}, {HELD[entry.held]}"
    pairs = panel.head_to_head(comparison.a, comparison.b).pairs
    if not len(pairs):
        return "–"
    first = pairs[0].last
    return f"None since {f'the {first.year} edition' if panel.metric.period == 'year' else day_in_words(first)}"


def _days(entry: Entry, metric: Metric) -> str:
    """The days, or of a survey the editions, between which it was."""
    if entry.last_before is None or entry.first_after is None:
        return ""
    if metric.period == "year":
        return f"Between the {entry.last_before.year} and {entry.first_after.year} editions"
    return span_in_words(entry.last_before, entry.first_after)


def _checked(entry: Entry) -> str:
    return capital(VERDICT_WORDS[entry.verdict])
