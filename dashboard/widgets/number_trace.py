"""Where a number comes from: a point or a row leads to the run and the very answer it was learned from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import pandas as pd
import streamlit as st

from answers import wording
from answers.provenance import TraceAnswer
from answers.questions import QuestionError, TraceQuestion
from answers.series.answer import SeriesAnswer
from answers.series.views import VIEWS
from answers.wording import counted
from catalog import Kind, Metric
from dashboard import cache, links, page_url
from dashboard.charts.line_chart import TRACED
from dashboard.charts.line_points import line_key
from dashboard.display_text import literal, moment, number
from dashboard.widgets import elements
from storage import ValueVersion

MOST_DAYS = 400  # dates to choose from, the newest
SHOWN = 700  # characters of an answer: what it looks like, not all of it
KEY = "trace"  # in the URL: framework@2026-11-01 or framework/country=DE@2026-11-01
_SHAPE = re.compile(r"[a-z0-9-]{1,80}(/[^@]{1,80})?@\d{4}-\d\d-\d\d")
LAST = "This view is computed. Shown is the last observation that went into the value."
SAME = "This view is computed. Shown is the observation it was computed from."


def clicked(chart: str, answer: SeriesAnswer) -> None:
    """A point of a chart was clicked: remember which. For `on_select` of the chart with that key."""
    points = st.session_state[chart]["selection"].get(TRACED) or []
    if points:
        line, origin = str(points[-1]["line"]), str(points[-1]["origin"])
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
    page_url.set_text(KEY, f"{framework}{'/' if dimension else ''}{dimension}@{day}")


def opened(answer: SeriesAnswer) -> None:
    """The number that the URL or a click asks about, in a dialog."""
    address = page_url.text(KEY, lambda text: _SHAPE.fullmatch(text) is not None)
    if address:
        _dialog(answer, address)


def _close() -> None:
    page_url.set_text(KEY, "")


@st.dialog("Where this number comes from", width="large", position="right", on_dismiss=_close)
def _dialog(answer: SeriesAnswer, address: str) -> None:
    where, _, day = address.rpartition("@")
    framework, _, dimension = where.partition("/")
    _traced(answer, framework, dimension, day)


def choose(answer: SeriesAnswer) -> None:
    """For those who do not point: any number of the answer, by its line and day, and where it comes from."""
    values = answer.frame.dropna(subset=["value"])
    names = elements.titles()
    lines = [(str(f), str(d)) for f, d in dict.fromkeys(zip(values["framework"], values["dimension"], strict=True))]
    if not lines:
        return
    catalog = cache.catalog()
    left, right = st.columns(2)
    title_by_line = {
        (f, d): " · ".join(filter(None, (names.get(f, f), wording.dimension(catalog, d)))) for f, d in lines
    }
    framework, dimension = left.selectbox("Line", lines, key="trace_line", format_func=title_by_line.__getitem__)
    rows = values[(values["framework"] == framework) & (values["dimension"] == dimension)]
    days = [_day(row) for _, row in rows.iloc[::-1].head(MOST_DAYS).iterrows()]
    day = right.selectbox("Date", days, key="trace_day")
    _traced(answer, framework, dimension, day)


def _traced(answer: SeriesAnswer, framework: str, dimension: str, day: str) -> None:
    try:
        trace = cache.trace(answer.metric.id, framework, dimension, date.fromisoformat(day))
    except (QuestionError, ValueError) as fault:
        st.info(literal(fault))
    else:
        _trace(trace, answer.question.view)


def _day(row: pd.Series) -> str:
    """The day by which a row's observation is found: of what was made of several, the last."""
    view = VIEWS[str(row["metric"]).partition("/")[2] or "level"]
    at = "period_end" if view.reaches_back else "period"
    return f"{pd.Timestamp(row[at]):%Y-%m-%d}"


def _of_line(line: str, answer: SeriesAnswer) -> tuple[str, str]:
    if line_key(answer.frame) == "dimension":
        return str(answer.frame["framework"].iloc[0]), line
    dimensions = answer.frame.loc[answer.frame["framework"] == line, "dimension"]
    return line, str(dimensions.iloc[0]) if len(dimensions) else ""


def _trace(trace: TraceAnswer, view: str) -> None:
    st.markdown(f"**{literal(trace.sentence, 600)}**")
    if view != "level":
        st.caption(LAST if VIEWS[view].reaches_back else SAME)
    st.markdown("  \n".join(f"**{name}**: {text}" for name, text in _facts(trace).items()))
    if len(trace.versions) > 1:
        _revisions(trace.versions, trace.metric)
    _words(trace)
    question = TraceQuestion(
        metric=trace.metric.id, framework=trace.framework, dimension=trace.dimension, period=trace.first
    )
    st.link_button("JSON", links.saved(links.api(question)), icon=":material/download:")


def _facts(trace: TraceAnswer) -> Mapping[str, str]:
    """What is on record about the answer and the run, as text without any markup of its own."""
    payload, run = trace.payload, trace.run
    days = f"{trace.first}" if trace.first == trace.last else f"{trace.first} to {trace.last}"
    revised = counted(len(trace.versions) - 1, "time") if len(trace.versions) > 1 else "never"
    facts = {
        "Number": _value(trace.versions[0], trace.metric),
        "About": days,
        "Revised": revised,
        "Source": f"{trace.source.title} ({payload.source}), {trace.source.licence}",
        "Address": payload.url,
        "Fetched": moment(payload.fetched_at),
        "SHA-256": payload.sha256,
        "Size": f"{payload.size:,} bytes{'' if payload.body is not None else ', not kept'}",
        "ETag": payload.etag or "",
        "Run": f"{run.id} of {run.source}, asked by {run.trigger}, {run.status}",
        "Ran": f"{moment(run.started_at)} to {moment(run.finished_at)}",
    }
    return {name: literal(text, 600) for name, text in facts.items() if text}


def _value(version: ValueVersion, metric: Metric) -> str:
    if version.value is None:
        return version.unknown_because
    shown = number(version.value, "share") if metric.kind is Kind.SHARE else f"{version.value:,.10g} {metric.unit}"
    return f"{shown} of {version.base:,} asked" if version.base else shown


def _revisions(versions: tuple[ValueVersion, ...], metric: Metric) -> None:
    st.markdown("**Earlier values**")
    rows = [
        {
            "Value": _value(one, metric),
            "Until": moment(one.until),
            "Retrieved": moment(one.payload.fetched_at),
            "From": one.payload.url,
            "SHA-256": one.payload.sha256,
        }
        for one in versions[1:]
    ]
    elements.table(pd.DataFrame(rows))


def _words(trace: TraceAnswer) -> None:
    """What the answer itself says of it, as mere text."""
    if trace.preview:
        cut = trace.cut or len(trace.preview) > SHOWN
        st.markdown(f"**{'From the answer' if cut else 'The answer'}**")
        st.code(trace.preview[:SHOWN], language=None, wrap_lines=True)
    if trace.no_preview:
        st.caption(literal(trace.no_preview, 400))
