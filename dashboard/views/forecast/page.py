"""What next? What comes if it goes on as before: the chance that one passes another, the fan of each, its back-test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers.forecast import Forecast, said_chance
from catalog import Metric
from dashboard import cache, parameters
from dashboard.api import routes
from dashboard.charts import theme
from dashboard.charts.line_chart import INK
from dashboard.text import count, plain
from dashboard.views.forecast import chart, lookup
from dashboard.views.forecast.chart import Fan
from dashboard.views.forecast.lookup import StoredForecast
from dashboard.widgets import download, elements, url_state

NOBODY = "-"
FIRST = "stars"
CLOSEST = 8  # races that are named
FIRST_DAY = date(2026, 1, 1)
NEVER = 0.01  # of a chance: below, no curve is drawn


@dataclass(frozen=True, slots=True)
class ForecastParameters:
    """What the controls say. `rival` empty: alone; `by` None: a year ahead."""

    metric: Metric
    framework: str
    rival: str
    by: date | None
    as_of: datetime | None


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    kept = lookup.kept()
    if not kept:
        elements.headline("What next?", "No forecast was fitted yet.")
        _nothing()
        return
    with st.container(border=True):
        asked = _controls(kept)
    url_state.problems()
    found = lookup.told(asked.metric.id, asked.framework, asked.rival, by=asked.by, as_of=asked.as_of)
    with top:
        elements.headline("What next?", found.sentence)
        if found.held:
            st.markdown(plain(found.held, 900))
    _of_two(found) if asked.rival else _alone(found)
    _under(found)
    if asked.rival:
        _each(asked)
    left, right = st.columns(2, gap="large")
    with left:
        _closest(kept[asked.metric.id], asked.metric)
    with right:
        _refused(kept[asked.metric.id])
    _numbers(found)
    _reproduce(found, asked)


def _nothing() -> None:
    with st.container(border=True):
        st.subheader("How a forecast comes about", anchor=False)
        st.markdown(
            "The scheduler fits forecasts by itself, within minutes of its start and again when a month is over\\. "
            "To have it done now, run:"
        )
        st.code("uptake forecast", language=None)
        st.caption("Pages fit nothing: they read what was fitted, and what came of trying it on the past\\.")


# -- what is asked -----------------------------------------------------------------------------------------------------


def _controls(kept: Mapping[str, Sequence[StoredForecast]]) -> ForecastParameters:
    """By which metric, of whom, against whom, up to when, and of which vintage."""
    metrics, titles = cache.catalog().metrics, elements.titles()
    one, two, three = st.columns([3, 2, 2])
    with one:
        chosen = url_state.one("metric", "Metric", {name: metrics[name].title for name in kept}, FIRST)
    names = {one.framework for one in kept[chosen]}
    options = {name: title for name, title in titles.items() if name in names}
    a, b = closest(kept[chosen])
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
    as_of = parameters.end_of(vintage) if vintage else None
    rival = "" if rival == NOBODY else rival
    with right:
        by = _month(lookup.told(chosen, framework, rival, lookup.MOST_MONTHS, as_of=as_of))
    return ForecastParameters(metrics[chosen], framework, rival, by, as_of)


def _month(found: Forecast) -> date | None:
    """Up to which month; None if there is none to choose."""
    if not found.months:
        return None
    days = {f"{row['month']:%Y-%m}": row["month"] for row in found.months}
    year = list(days)[min(lookup.HORIZON, len(days)) - 1]
    chosen: date = days[url_state.one("up_to", "Up to", {name: f"{day:%B %Y}" for name, day in days.items()}, year)]
    return chosen


def closest(kept: Sequence[StoredForecast]) -> tuple[str, str]:
    """Of the races forecast the most open one, or the first framework that has a forecast alone."""
    races = sorted((abs(one.chance - 0.5), one.framework, one.rival) for one in kept if one.ahead)
    if races:
        return races[0][1], races[0][2]
    alone = [one.framework for one in kept if not one.rival]
    able = [one.framework for one in kept if not one.rival and not one.refused]
    return (able or alone)[0], ""


# -- the charts --------------------------------------------------------------------------------------------------------


def _of_two(found: Forecast) -> None:
    """The chance of being passed beside the ratio; where it is next to none, the ratio alone."""
    if not found.months:
        return
    if found.chance[-1]["passed_by"] < NEVER:
        st.subheader(f"{elements.title(found.framework)} as a multiple of {elements.title(found.rival)}", anchor=False)
        _ratio(found)
        return
    left, right = st.columns(2, gap="large")
    with left:
        chaser, leader = elements.title(found.behind), elements.title(found.ahead)
        st.subheader(f"The chance that {chaser} passes {leader}", anchor=False)
        how = Fan(theme.line_style(found.behind).colour(dark=elements.dark()), "", dark=elements.dark())
        elements.chart(chart.chance(found, chaser, how), chart.chance_summary(found, chaser, leader))
        st.caption(f"Solid: {chaser} has been ahead by then\\. Dashed: it is ahead in that very month\\.")
    with right:
        st.subheader(f"{elements.title(found.framework)} as a multiple of {elements.title(found.rival)}", anchor=False)
        _ratio(found)


def _ratio(found: Forecast) -> None:
    a, b = elements.title(found.framework), elements.title(found.rival)
    how = Fan(
        INK[elements.dark()], "times", dark=elements.dark(), level=1.0, above=f"▲ {a} ahead", below=f"▼ {b} ahead"
    )  # fmt: skip
    _fan(found, how, f"{a} as a multiple of {b}")


def _alone(found: Forecast) -> None:
    """The fan of one framework."""
    if not found.months:
        return
    _fan(found, _of_one(found), f"{elements.title(found.framework)}, {found.metric.title}")


def _of_one(found: Forecast, height: int = 340) -> Fan:
    colour = theme.line_style(found.framework).colour(dark=elements.dark())
    return Fan(colour, found.unit, dark=elements.dark(), height=height)


def _fan(found: Forecast, how: Fan, title: str) -> None:
    elements.chart(chart.fan(found, how), chart.summary(found, title))
    unit = {
        "per day": "Mean per day of each month",
        "ratio": "How many times the one has what the other has, at each month's end or per day",
    }
    told = unit.get(found.unit, f"Level at each month's end, in {found.unit}")
    st.caption(
        f"{plain(told)}\\. To the right of the upright: the forecast, fitted through {found.through:%B %Y}\\. Dashed: "
        "its middle\\. The bands hold the truth with a chance of 80 % and 95 %, if it goes on as before\\."
        + (" The axis is logarithmic\\." if chart.logarithmic(found, how.level) else "")
    )


def _each(asked: ForecastParameters) -> None:
    """Both sides of a race, each by itself, with its own back-test."""
    st.subheader("Each by itself", anchor=False)
    for column, name in zip(st.columns(2, gap="large"), (asked.framework, asked.rival), strict=True):
        found = lookup.told(asked.metric.id, name, as_of=asked.as_of)
        with column:
            st.markdown(f"**{plain(elements.title(name))}**")
            if found.months:
                elements.chart(
                    chart.fan(found, _of_one(found, 240)), chart.summary(found, f"{elements.title(name)} by itself")
                )
            st.caption(plain(f"{found.sentence} {found.held}", 1500))


# -- doubts, other races, the numbers ----------------------------------------------------------------------------------


def _under(found: Forecast) -> None:
    """The badge, the caveats one click away, what it was fitted to and by what, the source."""
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.badge(found.metric)
        elements.doubts(found.caveats)
        if found.backtest:
            with st.popover("Tried on the past", width="content"):
                st.markdown(plain(found.held, 900))
                st.dataframe(_backtest(found.backtest), hide_index=True, width="stretch")
                st.caption(
                    "Held: how often the truth lay within\\. Off by: the mean error, beside that of simply going on at "
                    "the last year's pace\\. Forecasts from neighbouring months overlap: they count as fewer\\."
                )
    st.caption(f"{_made(found)}  \n{elements.provenance(found.sources, found.retrieved_at, found.metric)}")


def _made(found: Forecast) -> str:
    """By what, to which months, when."""
    if not found.made_at:
        return ""
    known = found.history
    learned = (
        f"Learned from {known['months']} months to {found.through:%B %Y}, {known['seen']} of them seen"
        + (f", since {known['began']}" if known["began"] else "")
        if known
        else "There was too little to learn from"
    )
    model = f" By {found.model} ({found.version.partition(', ')[2]})." if found.model else ""
    return plain(f"{learned}.{model} Fitted on {found.made_at:%Y-%m-%d %H:%M} UTC.", 900)


def _backtest(test: Mapping[str, Any]) -> pd.DataFrame:
    rows = test["rows"]
    return pd.DataFrame(
        {
            "Months ahead": [row["months_ahead"] for row in rows],
            "Forecasts": [row["forecasts"] for row in rows],
            "80 % held": [f"{100 * row['held80']:.0f} %" for row in rows],
            "95 % held": [f"{100 * row['held95']:.0f} %" for row in rows],
            "Off by": [f"{100 * row['error']:.1f} %" for row in rows],
            "Same pace off by": [f"{100 * row['plain_error']:.1f} %" for row in rows],
        }
    )


def _closest(kept: Sequence[StoredForecast], metric: Metric) -> None:
    """The races that are most open, with links."""
    races = sorted((one for one in kept if one.ahead and one.chance >= NEVER), key=lambda one: -one.chance)
    st.subheader("Who may pass whom within a year", anchor=False)
    if not any(one.ahead for one in kept):
        st.caption("No two have a forecast against each other by this metric\\.")
        return
    if not races:
        st.caption("Nobody, with a chance of 1 % or more, of those that were set against each other\\.")
        return
    rows = [
        f"| [{plain(elements.title(one.behind))}]({_link(metric, one)}) | {plain(elements.title(one.ahead))} "
        f"| {plain(said_chance(one.chance))} |"
        for one in races[:CLOSEST]
    ]
    st.markdown("\n".join(["| May pass | whom | with a chance of |", "|:--|:--|:--|", *rows]))
    st.caption(
        "By this metric, within twelve months of the last month learned from\\. Set against each other are those "
        "within a factor of four\\."
    )


def _link(metric: Metric, one: StoredForecast) -> str:
    return f"/forecast?{urlencode({'metric': metric.id, 'a': one.framework, 'b': one.rival})}"


def _refused(kept: Sequence[StoredForecast]) -> None:
    """What has no forecast, and why."""
    found = [one for one in kept if one.refused]
    st.subheader("Where there is no forecast", anchor=False)
    if not found:
        st.caption("Everything that was tried has one\\.")
        return
    with st.expander(count(len(found), "refusal")):
        said = [f"- **{plain(_of(one))}**: {plain(one.refused, 600)}" for one in found]
        st.markdown("\n".join(said))


def _of(one: StoredForecast) -> str:
    return (
        f"{elements.title(one.framework)} against {elements.title(one.rival)}"
        if one.rival
        else elements.title(one.framework)
    )


def _numbers(found: Forecast) -> None:
    if found.months:
        with st.expander("The numbers, month by month"):
            st.dataframe(chart.table(found), hide_index=True, width="stretch")


def _reproduce(found: Forecast, asked: ForecastParameters) -> None:
    """The same answer for somebody else: as a link that stays true, as JSON, in a shell."""
    made = asked.as_of.date() if asked.as_of else cache.now().date()
    told = {"metric": asked.metric.id, "a": asked.framework, "b": asked.rival or NOBODY}
    month = {"up_to": f"{asked.by:%Y-%m}"} if asked.by else {}
    asks = {"metric": asked.metric.id, "framework": asked.framework} | ({"against": asked.rival} if asked.rival else {})
    day = {"by": asked.by.isoformat()} if asked.by else {}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Link that reproduces this", width="content"):
            st.caption(f"With the forecast that was there on {made}: it says the same whatever is fitted later.")
            link = urlencode(told | month | {"as_of": made.isoformat()})
            st.code(f"{(st.context.url or '/forecast').partition('?')[0]}?{link}", language=None)
            st.caption("The same in a shell:")
            options = " ".join(f"--{name} {text}" for name, text in (asks | day).items() if name != "metric")
            st.code(f"uptake forecast {asked.metric.id} {options}", language=None)
        vintage = {"as_of": asked.as_of.date().isoformat()} if asked.as_of else {}
        charts = {"fan": "What may come"} | ({"chance": "The chance to pass"} if found.chance else {})
        charts, alone = charts if found.months else {}, _alone_asked(asked, vintage)
        if charts or alone:
            download.offer("forecast", [*(asks | day | vintage).items()], charts, alone)
        st.link_button("As JSON by API", f"{routes.PREFIX}/forecast.json?{urlencode(asks | day | vintage)}")


def _alone_asked(asked: ForecastParameters, vintage: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """The pictures of both sides of a race, each by itself, by their names; of those that have a forecast."""
    sides = (asked.framework, asked.rival) if asked.rival else ()
    able = [name for name in sides if lookup.told(asked.metric.id, name, as_of=asked.as_of).months]
    return {
        f"{elements.title(name)} by itself": [("metric", asked.metric.id), ("framework", name), *vintage.items()]
        for name in able
    }


if __name__ == "__main__":
    show()
