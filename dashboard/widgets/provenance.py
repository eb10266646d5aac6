"""Where a number comes from: a point or a row leads to the run and the very answer it was learned from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import pandas as pd
import streamlit as st

from answers.provenance import TraceAnswer
from answers.question import QuestionError, TraceQuestion
from answers.series.answer import SeriesAnswer
from answers.series.views import TITLES as VIEW_TITLES
from catalog import Kind, Metric
from dashboard import cache, links
from dashboard.charts.line_chart import TRACED
from dashboard.charts.line_points import line_key
from dashboard.text import count, moment, number, plain
from dashboard.widgets import url_state
from storage import ValueVersion

SHOWN = 700  # characters of an answer: what it looks like, not all of it
KEY = "trace"  # in the URL: framework@2026-11-01 or framework/country=DE@2026-11-01
_SHAPE = re.compile(r"[a-z0-9-]{1,80}(/[^@]{1,80})?@\d{4}-\d\d-\d\d")
LAST = "This view is computed; shown is the last observation that went into the figure."
SAME = "This view is computed; shown is the observation it was computed from."
DERIVED = dict.fromkeys(VIEW_TITLES, LAST) | dict.fromkeys(("index", "share", "part"), SAME)
DERIVED.pop("level")


def clicked(chart: str, answer: SeriesAnswer) -> None:
    """A point of a chart was clicked: remember which. For `on_select` of the chart with that key."""
    found = st.session_state[chart]["selection"].get(TRACED) or []
    if found:
        line, origin = str(found[-1]["line"]), str(found[-1]["origin"])
        framework, dimension = _of_line(line, answer)
        remember(framework, dimension, origin)


def picked(table: str, rows: pd.DataFrame) -> None:
    """A row of a table was chosen: remember which. For `on_select` of the table with that key."""
    chosen = st.session_state[table]["selection"]["rows"]
    if chosen:
        row = rows.iloc[chosen[0]]
        remember(str(row["framework"]), str(row["dimension"]), _day(row))


def remember(framework: str, dimension: str, day: str) -> None:
    """Say from the next run on where this number comes from."""
    url_state.set_text(KEY, f"{framework}{'/' if dimension else ''}{dimension}@{day}")


def show(answer: SeriesAnswer) -> None:
    """The number that was asked about, or the button to ask about the last one."""
    asked = url_state.text(KEY, lambda text: _SHAPE.fullmatch(text) is not None)
    if not asked:
        _offer(answer)
        return
    where, _, day = asked.rpartition("@")
    framework, _, dimension = where.partition("/")
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader("Where this number comes from", anchor=False)
            st.button("Close", key="close_trace", on_click=url_state.set_text, args=(KEY, ""))
        try:
            found = cache.trace(answer.metric.id, framework, dimension, date.fromisoformat(day))
        except (QuestionError, ValueError) as fault:
            st.info(plain(fault))
        else:
            _trace(found, answer.question.view)


def _offer(answer: SeriesAnswer) -> None:
    """For those who do not point: the last number of the first line, from which any other can be asked for."""
    known = answer.frame.dropna(subset=["value"])
    last = known[known["status"] == "final"].tail(1) if (known["status"] == "final").any() else known.tail(1)
    for _, row in last.iterrows():
        st.button(
            "Where a number comes from",
            key="open_trace",
            on_click=remember,
            args=(str(row["framework"]), str(row["dimension"]), _day(row)),
            help="Or click a point of the chart, or choose a row of the table.",
        )


def _day(row: pd.Series) -> str:
    """The day by which a row's observation is found: of what was made of several, the last."""
    at = "period_end" if DERIVED.get(str(row["metric"]).partition("/")[2]) == LAST else "period"
    return f"{pd.Timestamp(row[at]):%Y-%m-%d}"


def _of_line(line: str, answer: SeriesAnswer) -> tuple[str, str]:
    if line_key(answer.frame) == "dimension":
        return str(answer.frame["framework"].iloc[0]), line
    dimensions = answer.frame.loc[answer.frame["framework"] == line, "dimension"]
    return line, str(dimensions.iloc[0]) if len(dimensions) else ""


def _trace(found: TraceAnswer, view: str) -> None:
    st.markdown(f"**{plain(found.sentence, 600)}**")
    if view in DERIVED:
        st.caption(DERIVED[view])
    st.markdown("  \n".join(f"**{name}**: {text}" for name, text in _facts(found).items()))
    if len(found.versions) > 1:
        _revisions(found.versions, found.metric)
    _beginning(found)
    question = TraceQuestion(
        metric=found.metric.id, framework=found.framework, dimension=found.dimension, period=found.first
    )
    st.link_button("As JSON by API", links.api(question))


def _facts(found: TraceAnswer) -> Mapping[str, str]:
    """What is on record about the answer and the run, as text without any markup of its own."""
    payload, run = found.payload, found.run
    days = f"{found.first}" if found.first == found.last else f"{found.first} to {found.last}"
    revised = count(len(found.versions) - 1, "time") if len(found.versions) > 1 else "never"
    told = {
        "Number": _value(found.versions[0], found.metric),
        "About": days,
        "Revised": revised,
        "Source": f"{found.source.title} ({payload.source}), {found.source.licence}",
        "Address": payload.url,
        "Fetched": moment(payload.fetched_at),
        "SHA-256": payload.sha256,
        "Size": f"{payload.size:,} bytes{'' if payload.body is not None else ', not kept'}",
        "ETag": payload.etag or "",
        "Run": f"{run.id} of {run.source}, asked by {run.trigger}, {run.status}",
        "Ran": f"{moment(run.started_at)} to {moment(run.finished_at)}",
    }
    return {name: plain(text, 600) for name, text in told.items() if text}


def _value(said: ValueVersion, metric: Metric) -> str:
    if said.value is None:
        return "not asked"
    shown = number(said.value, "share") if metric.kind is Kind.SHARE else f"{said.value:,.10g} {metric.unit}"
    return f"{shown} of {said.base:,} asked" if said.base else shown


def _revisions(said: tuple[ValueVersion, ...], metric: Metric) -> None:
    st.markdown("**What it said before**")
    rows = [
        {
            "Said": _value(one, metric),
            "Until": moment(one.until),
            "Learned": moment(one.payload.fetched_at),
            "From": one.payload.url,
            "SHA-256": one.payload.sha256,
        }
        for one in said[1:]
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _beginning(found: TraceAnswer) -> None:
    """The first bytes of the answer itself, as mere text."""
    if found.preview:
        cut = found.cut or len(found.preview) > SHOWN
        st.markdown(f"**{'The beginning of the answer' if cut else 'The answer'}**")
        st.code(found.preview[:SHOWN], language=None, wrap_lines=True)
    if found.no_preview:
        st.caption(plain(found.no_preview, 400))
