"""What next? What comes if it goes on as before: the chance that one passes another, the fan of each, its back-test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers.forecast import Forecast, chance_text
from answers.parameters import end_of
from answers.question import ForecastQuestion
from answers.wording import counted, percent
from catalog import Metric
from dashboard import cache, forecasts, links
from dashboard.charts import framework_styles
from dashboard.charts.theme import INK
from dashboard.forecasts import StoredForecast
from dashboard.text import plain
from dashboard.views.forecast import chart
from dashboard.views.forecast.chart import FanOptions
from dashboard.widgets import download, elements, permalink, url_state

NOBODY = "-"
FIRST = "stars"
CLOSEST = 8  # races that are named
FIRST_DAY = date(2026, 1, 1)
AS_FITTED = "With the forecast that was there on {}: it says the same whatever is fitted later."


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    stored = forecasts.latest()
    if not stored:
        elements.headline("What next?", "No forecast was fitted yet.")
        _nothing()
        return
    with st.container(border=True):
        question = _controls(stored)
    url_state.problems()
    forecast = forecasts.answer(question)
    with top:
        elements.headline("What next?", forecast.sentence)
        if forecast.held:
            st.markdown(plain(forecast.held, 900))
    _of_two(forecast) if question.against else _alone(forecast)
    _beneath(forecast)
    if question.against:
        _each(question)
    left, right = st.columns(2, gap="large")
    with left:
        _closest(stored[question.metric], forecast.metric)
    with right:
        _refused(stored[question.metric])
    _numbers(forecast)
    _take_away(forecast, question)


def _nothing() -> None:
    with st.container(border=True):
        st.subheader("How a forecast comes about", anchor=False)
        st.markdown(
            "The scheduler fits forecasts by itself, within minutes of its start and again when a month is over\\. "
            "To have it done now, run:"
        )
        st.code("uptake forecast", language=None)
        st.caption("Pages fit nothing: they read what was fitted, and what came of trying it on the past\\.")


# -- the question -----------------------------------------------------------------------------------------------------


def _controls(stored: Mapping[str, Sequence[StoredForecast]]) -> ForecastQuestion:
    """By which metric, of whom, against whom, up to when, and of which vintage."""
    metrics, titles = cache.catalog().metrics, elements.titles()
    one, two, three = st.columns([3, 2, 2])
    with one:
        chosen = url_state.one("metric", "Metric", {name: metrics[name].title for name in stored}, FIRST)
    names = {one.framework for one in stored[chosen]}
    options = {name: title for name, title in titles.items() if name in names}
    a, b = closest(stored[chosen])
    with two:
        framework = url_state.one("a", "Framework", options, a)
    with three:
        others = {NOBODY: "nobody"} | {name: title for name, title in options.items() if name != framework}
        rival = url_state.one("b", "Against", others, b if b and b != framework else NOBODY)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        vintage = url_state.day(
            "as_of", "As forecast by", FIRST_DAY, cache.now().date(), "The forecast that was there that day."
        )
    as_of = end_of(vintage) if vintage else None
    question = ForecastQuestion(chosen, framework, "" if rival == NOBODY else rival, as_of=as_of)
    with right:
        by = _month(forecasts.answer(replace(question, months=forecasts.MOST_MONTHS)))
    return replace(question, by=by)


def _month(forecast: Forecast) -> date | None:
    """Up to which month; None if there is none to choose."""
    if not forecast.months:
        return None
    days = {f"{row['month']:%Y-%m}": row["month"] for row in forecast.months}
    year = list(days)[min(forecasts.HORIZON, len(days)) - 1]
    chosen: date = days[url_state.one("up_to", "Up to", {name: f"{day:%B %Y}" for name, day in days.items()}, year)]
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


def _of_two(forecast: Forecast) -> None:
    """The chance of being passed beside the ratio; where it is next to none, the ratio alone."""
    if not forecast.months:
        return
    if forecast.chance[-1]["passed_by"] < forecasts.NEVER:
        st.subheader(
            f"{elements.title(forecast.framework)} as a multiple of {elements.title(forecast.rival)}", anchor=False
        )
        _ratio(forecast)
        return
    left, right = st.columns(2, gap="large")
    with left:
        chaser, leader = elements.title(forecast.behind), elements.title(forecast.ahead)
        st.subheader(f"The chance that {chaser} passes {leader}", anchor=False)
        fan = _of_one(forecast.behind, "")
        elements.chart(chart.chance(forecast, chaser, fan), chart.chance_summary(forecast, chaser, leader))
        st.caption(f"Solid: {chaser} has been ahead by then\\. Dashed: it is ahead in that very month\\.")
    with right:
        st.subheader(
            f"{elements.title(forecast.framework)} as a multiple of {elements.title(forecast.rival)}", anchor=False
        )
        _ratio(forecast)


def _ratio(forecast: Forecast) -> None:
    a, b = elements.title(forecast.framework), elements.title(forecast.rival)
    fan = FanOptions(
        INK[elements.dark()], "times", dark=elements.dark(), level=1.0, above=f"▲ {a} ahead", below=f"▼ {b} ahead"
    )  # fmt: skip
    _fan(forecast, fan, f"{a} as a multiple of {b}")


def _alone(forecast: Forecast) -> None:
    """The fan of one framework."""
    if not forecast.months:
        return
    fan = _of_one(forecast.framework, forecast.unit)
    _fan(forecast, fan, f"{elements.title(forecast.framework)}, {forecast.metric.title}")


def _of_one(framework: str, unit: str, height: int = 340) -> FanOptions:
    dark = elements.dark()
    return FanOptions(framework_styles.colour(framework, cache.catalog(), dark=dark), unit, dark=dark, height=height)


def _fan(forecast: Forecast, fan: FanOptions, title: str) -> None:
    elements.chart(chart.fan(forecast, fan), chart.summary(forecast, title))
    units = {
        "per day": "Mean per day of each month",
        "ratio": "How many times the one has what the other has, at each month's end or per day",
    }
    unit_text = units.get(forecast.unit, f"Level at each month's end, in {forecast.unit}")
    st.caption(
        f"{plain(unit_text)}\\. To the right of the upright: the forecast, fitted through {forecast.through:%B %Y}\\. "
        "Dashed: its middle\\. The bands hold the truth with a chance of 80 % and 95 %, if it goes on as before\\."
        + (" The axis is logarithmic\\." if chart.logarithmic(forecast, fan.level) else "")
    )


def _each(question: ForecastQuestion) -> None:
    """Both sides of a race, each by itself, with its own back-test."""
    st.subheader("Each by itself", anchor=False)
    for column, name in zip(st.columns(2, gap="large"), (question.framework, question.against), strict=True):
        forecast = forecasts.answer(_by_itself(question, name))
        with column:
            st.markdown(f"**{plain(elements.title(name))}**")
            if forecast.months:
                elements.chart(
                    chart.fan(forecast, _of_one(forecast.framework, forecast.unit, 240)),
                    chart.summary(forecast, f"{elements.title(name)} by itself"),
                )
            st.caption(plain(f"{forecast.sentence} {forecast.held}", 1500))


# -- doubts, other races, the numbers ----------------------------------------------------------------------------------


def _beneath(forecast: Forecast) -> None:
    """The badge, the caveats one click away, what it was fitted to and by what, the source."""
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.badge(forecast.metric)
        elements.doubts(forecast.caveats)
        if forecast.backtest:
            with st.popover("Tried on the past", width="content"):
                st.markdown(plain(forecast.held, 900))
                st.dataframe(_backtest(forecast.backtest), hide_index=True, width="stretch")
                st.caption(
                    "Held: how often the truth lay within\\. Off by: the mean error, beside that of simply going on at "
                    "the last year's pace\\. Forecasts from neighbouring months overlap: they count as fewer\\."
                )
    st.caption(f"{_made(forecast)}  \n{elements.provenance(forecast.sources, forecast.retrieved_at, forecast.metric)}")


def _made(forecast: Forecast) -> str:
    """By which model, from which months, when."""
    if not forecast.made_at:
        return ""
    history = forecast.history
    basis = (
        f"Learned from {history['months']} months to {forecast.through:%B %Y}, {history['seen']} of them seen"
        + (f", since {history['began']}" if history["began"] else "")
        if history
        else "There was too little to learn from"
    )
    model = f" By {forecast.model} ({forecast.version.partition(', ')[2]})." if forecast.model else ""
    return plain(f"{basis}.{model} Fitted on {forecast.made_at:%Y-%m-%d %H:%M} UTC.", 900)


def _backtest(test: Mapping[str, Any]) -> pd.DataFrame:
    rows = test["rows"]
    return pd.DataFrame(
        {
            "Months ahead": [row["months_ahead"] for row in rows],
            "Forecasts": [row["forecasts"] for row in rows],
            "80 % held": [percent(row["held80"], 0) for row in rows],
            "95 % held": [percent(row["held95"], 0) for row in rows],
            "Off by": [percent(row["error"], 1) for row in rows],
            "Same pace off by": [percent(row["plain_error"], 1) for row in rows],
        }
    )


def _closest(stored: Sequence[StoredForecast], metric: Metric) -> None:
    """The races that are most open, with links."""
    races = sorted((one for one in stored if one.ahead and one.chance >= forecasts.NEVER), key=lambda one: -one.chance)
    st.subheader("Who may pass whom within a year", anchor=False)
    if not any(one.ahead for one in stored):
        st.caption("No two have a forecast against each other by this metric\\.")
        return
    if not races:
        st.caption("Nobody, with a chance of 1 % or more, of those that were set against each other\\.")
        return
    rows = [
        f"| [{plain(elements.title(one.behind))}]({_link(metric, one)}) | {plain(elements.title(one.ahead))} "
        f"| {plain(chance_text(one.chance))} |"
        for one in races[:CLOSEST]
    ]
    st.markdown("\n".join(["| May pass | whom | with a chance of |", "|:--|:--|:--|", *rows]))
    st.caption(
        "By this metric, within twelve months of the last month learned from\\. Set against each other are those "
        "within a factor of four\\."
    )


def _link(metric: Metric, one: StoredForecast) -> str:
    return f"/forecast?{urlencode({'metric': metric.id, 'a': one.framework, 'b': one.rival})}"


def _refused(stored: Sequence[StoredForecast]) -> None:
    """What has no forecast, and why."""
    refused = [one for one in stored if one.refused]
    st.subheader("Where there is no forecast", anchor=False)
    if not refused:
        st.caption("Everything that was tried has one\\.")
        return
    with st.expander(counted(len(refused), "refusal")):
        lines = [f"- **{plain(_of(one))}**: {plain(one.refused, 600)}" for one in refused]
        st.markdown("\n".join(lines))


def _of(one: StoredForecast) -> str:
    return (
        f"{elements.title(one.framework)} against {elements.title(one.rival)}"
        if one.rival
        else elements.title(one.framework)
    )


def _numbers(forecast: Forecast) -> None:
    if forecast.months:
        with st.expander("The numbers, month by month"):
            st.dataframe(chart.table(forecast), hide_index=True, width="stretch")


def _take_away(forecast: Forecast, question: ForecastQuestion) -> None:
    """The same answer for somebody else: as a link that stays true, as pictures, as JSON, in a shell."""
    state = {"metric": question.metric, "a": question.framework, "b": question.against or NOBODY}
    state |= {"up_to": f"{question.by:%Y-%m}"} if question.by else {}
    with st.container(horizontal=True, vertical_alignment="center"):
        permalink.show(question, "/forecast", state, AS_FITTED)
        charts = {"fan": "What may come"} | ({"chance": "The chance to pass"} if forecast.chance else {})
        charts, sides = charts if forecast.months else {}, _pictures_of_sides(question)
        if charts or sides:
            download.offer("forecast", links.drawn("forecast", question), charts, sides)
        st.link_button("As JSON by API", links.api(question))


def _pictures_of_sides(question: ForecastQuestion) -> dict[str, list[tuple[str, str]]]:
    """The pictures of both sides of a race, each by itself, by their names; of those that have a forecast."""
    sides = [_by_itself(question, name) for name in (question.framework, question.against) if question.against]
    return {
        f"{elements.title(side.framework)} by itself": links.drawn("forecast", side)
        for side in sides
        if forecasts.answer(side).months
    }


def _by_itself(question: ForecastQuestion, framework: str) -> ForecastQuestion:
    return ForecastQuestion(question.metric, framework, as_of=question.as_of)


if __name__ == "__main__":
    show()
