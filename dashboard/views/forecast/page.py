"""Forecast: what comes if current trends continue, the chance that one passes another, and the back-test of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers import wording
from answers.forecast import Forecast, chance_text
from answers.parameter_types import end_of
from answers.questions import ForecastQuestion
from answers.wording import percent
from catalog import Metric
from dashboard import cache, links, page_url, stored_forecasts
from dashboard.charts.figure import Style, parted
from dashboard.display_text import literal, moment
from dashboard.export.figure_registry import FIGURES, ForecastDrawing
from dashboard.stored_forecasts import StoredForecast
from dashboard.widgets import chart_frame, elements, page_states
from dashboard.widgets.chart_frame import Takeaway

FAN, CHANCE, ALONE = "fan", "chance", "alone"  # the first two as the pictures are called
SHOWS = {FAN: "Range", CHANCE: "Chance", ALONE: "Each alone"}
METRIC, SIDE, SIDE_ON_PHONE = 250, 190, 164  # pixels of the lists of metrics and of frameworks
NOBODY = "-"
FIRST = "stars"
CLOSEST = 8  # races that are named
FIRST_DAY = date(2026, 1, 1)


@page_states.guarded
def show() -> None:
    """The page."""
    stored = stored_forecasts.latest()
    if not stored:
        elements.heading("No forecast has been fitted yet")
        _nothing()
        return
    question, shown = _controls(stored)
    page_url.problems()
    with chart_frame.reserved():
        forecast = stored_forecasts.answer(question)
        if shown == ALONE:
            for name in (question.framework, question.against):
                _framed(_by_itself(question, name), FAN, chart_frame.FIRST if name == question.framework else name)
        else:
            _framed(question, shown)
    _closest(stored[question.metric], forecast.metric)
    _backtest(forecast)
    _refused(stored[question.metric])


def _nothing() -> None:
    st.markdown(
        "The scheduler fits forecasts by itself, within minutes of its start and again at the end of each month\\. "
        "To fit them now, run:"
    )
    st.code("uptake forecast", language=None)


# -- the question -----------------------------------------------------------------------------------------------------


def _controls(stored: Mapping[str, Sequence[StoredForecast]]) -> tuple[ForecastQuestion, str]:
    """By which metric, of whom, against whom, up to when, of which vintage; and what is shown, of SHOWS."""
    metrics, titles = cache.catalog().metrics, elements.titles()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        phone = elements.phone()
        one = None if phone else st.container(width=METRIC)
        two, three = (st.container(width=SIDE_ON_PHONE if phone else SIDE) for _ in range(2))
        segments, settings = st.container(width="content"), elements.settings()
    with one or settings:
        counts = {name: metrics[name].title for name in stored}
        chosen = page_url.one("metric", "Metric", counts, FIRST, bare=not phone)
    names = {one.framework for one in stored[chosen]}
    options = {name: title for name, title in titles.items() if name in names}
    a, b = closest(stored[chosen])
    with two:
        framework = page_url.one("a", "Framework", options, a, bare=True, follows=True)
    with three:
        others = {NOBODY: "alone"} | {name: f"against {title}" for name, title in options.items() if name != framework}
        rival = page_url.one("b", "Against", others, b if b and b != framework else NOBODY, bare=True, follows=True)
    with settings:
        help_text = "The forecast that was there at the end of that day, UTC."
        vintage = page_url.day("as_of", "Data as of", FIRST_DAY, cache.now().date(), help_text)
        as_of = end_of(vintage) if vintage else None
        question = ForecastQuestion(chosen, framework, "" if rival == NOBODY else rival, as_of=as_of)
        longest = stored_forecasts.answer(replace(question, months=stored_forecasts.MOST_MONTHS))
        question = replace(question, by=_month(longest))
    with segments:
        shows = {name: title for name, title in SHOWS.items() if name == FAN or question.against}
        if not longest.chance:
            shows.pop(CHANCE, None)
        shown = page_url.one("show", "Show", shows, FAN, segments=True, bare=True) if len(shows) > 1 else FAN
    return question, shown


def _month(forecast: Forecast) -> date | None:
    """Up to which month; None if there is none to choose."""
    if not forecast.months:
        return None
    days = {f"{row['month']:%Y-%m}": row["month"] for row in forecast.months}
    year = list(days)[min(stored_forecasts.HORIZON, len(days)) - 1]
    titles = {name: wording.month(day) for name, day in days.items()}
    chosen: date = days[page_url.one("up_to", "Up to", titles, year, follows=True)]
    return chosen


def closest(stored: Sequence[StoredForecast]) -> tuple[str, str]:
    """Of the races forecast the most open one, or the first framework that has a forecast alone."""
    races = sorted((abs(one.chance - 0.5), one.framework, one.rival) for one in stored if one.ahead)
    if races:
        return races[0][1], races[0][2]
    alone = [one.framework for one in stored if not one.rival]
    able = [one.framework for one in stored if not one.rival and not one.refused]
    return (able or alone)[0], ""


# -- the charts --------------------------------------------------------------------------------------------------------


def _framed(question: ForecastQuestion, shown: str, name: str = chart_frame.FIRST) -> None:
    """One forecast in its frame; where there is none, the reason in its place."""
    forecast, level = stored_forecasts.answer(question), 1 if name == chart_frame.FIRST else 2
    if not forecast.months:
        headline, detail = parted(forecast.sentence)
        elements.heading(headline, level)
        st.markdown(literal(" ".join(filter(None, (detail, forecast.held))), 1500))
        return
    figure = FIGURES["forecast"].figure(question, ForecastDrawing(show=shown), Style(elements.dark()))
    pairs = links.drawn("forecast", question, show=shown)
    takeaway = Takeaway(
        of="forecast",
        pairs=pairs,
        question=question,
        files={"CSV": links.picture("forecast", pairs, "csv")},
        metrics=(forecast.metric,),
    )
    chart_frame.show(figure, takeaway, name=name, level=level)


# -- its back-test, other races ----------------------------------------------------------------------------------------


def _backtest(forecast: Forecast) -> None:
    """How it did on the past, by which model, and from which months."""
    if not forecast.made_at:
        return
    with st.expander("Back-test and model"):
        if forecast.backtest:
            st.markdown(literal(forecast.held, 900))
            elements.table(_tested(forecast.backtest))
            st.caption(
                "Held: how often the range contained the outcome\\. Error: the mean error, and that of going on at the "
                "last year's pace\\. Forecasts of neighbouring months overlap, so they count as fewer\\."
            )
        st.caption(_made(forecast))


def _made(forecast: Forecast) -> str:
    """By which model, from which months, when."""
    if not forecast.made_at:
        return ""
    history, basis = forecast.history, "There was too little data to fit"
    if history and forecast.through:
        since = f", since {history['began']}" if history["began"] else ""
        months = f"{history['months']} months to {wording.month(forecast.through)}"
        basis = f"Fitted to {months}, {history['seen']} of them with data{since}"
    model = f" Model: {forecast.model} ({forecast.version.partition(', ')[2]})." if forecast.model else ""
    return literal(f"{basis}.{model} Fitted on {moment(forecast.made_at)}.", 900)


def _tested(test: Mapping[str, Any]) -> pd.DataFrame:
    rows = test["rows"]
    return pd.DataFrame(
        {
            "Months ahead": [row["months_ahead"] for row in rows],
            "Forecasts": [row["forecasts"] for row in rows],
            "80% range held": [percent(row["held80"], 0) for row in rows],
            "95% range held": [percent(row["held95"], 0) for row in rows],
            "Error": [percent(row["error"], 1) for row in rows],
            "Error at last year's pace": [percent(row["plain_error"], 1) for row in rows],
        }
    )


def _closest(stored: Sequence[StoredForecast], metric: Metric) -> None:
    """The races that are most open, with links."""
    races = sorted(
        (one for one in stored if one.ahead and one.chance >= stored_forecasts.NEVER), key=lambda one: -one.chance
    )
    if not any(one.ahead for one in stored):
        return
    with st.expander(f"Who may pass whom within a year ({len(races)})"):
        if not races:
            st.caption("Nobody, with a chance of 1% or more, of the pairs that have a forecast\\.")
            return
        st.markdown("\n".join(_race(metric, one) for one in races[:CLOSEST]))
        st.caption("By this metric, within twelve months\\. Pairs within a factor of four have a forecast\\.")


def _race(metric: Metric, one: StoredForecast) -> str:
    text = literal(f"{elements.title(one.behind)} may pass {elements.title(one.ahead)}")
    return f"- [{text}]({_link(metric, one)}): {literal(chance_text(one.chance))}"


def _link(metric: Metric, one: StoredForecast) -> str:
    return f"/forecast?{urlencode({'metric': metric.id, 'a': one.framework, 'b': one.rival})}"


def _refused(stored: Sequence[StoredForecast]) -> None:
    """What has no forecast, and why."""
    refused = [one for one in stored if one.refused]
    if refused:
        with st.expander(f"Where there is no forecast ({len(refused)})"):
            st.markdown("\n".join(f"- **{literal(_of(one))}**: {literal(one.refused, 600)}" for one in refused))


def _of(one: StoredForecast) -> str:
    return (
        f"{elements.title(one.framework)} against {elements.title(one.rival)}"
        if one.rival
        else elements.title(one.framework)
    )


def _by_itself(question: ForecastQuestion, framework: str) -> ForecastQuestion:
    return ForecastQuestion(question.metric, framework, as_of=question.as_of)


if __name__ == "__main__":
    show()
