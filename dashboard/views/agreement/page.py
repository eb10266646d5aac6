"""Do stars mean use? How alike stars and downloads rank the frameworks, where they disagree, and whether it lasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers.agreement.answer import AgreementAnswer
from answers.question import QuestionError
from dashboard import cache, parameters
from dashboard.api import routes
from dashboard.charts import scatter_chart
from dashboard.text import listed, number, plain
from dashboard.views.agreement import history_path, sections, tables
from dashboard.widgets import download, elements, url_state

STARS = "stars"
TRAIL = 24  # months
FIRST_DAY = date(2008, 1, 1)


@dataclass(frozen=True, slots=True)
class AgreementParameters:
    """What the controls say: no `by` or `on` where the answer is to choose, no frameworks for all."""

    by: str
    frameworks: tuple[str, ...]
    on: date | None
    as_of: datetime | None
    as_table: bool

    def answer(self) -> AgreementAnswer:
        """What `uptake use` says to the same question."""
        return cache.use(STARS, self.by, self.frameworks, self.on, self.as_of, TRAIL)


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    known = _downloads()
    if not known:
        elements.headline("Do stars mean use?", "Stars and downloads of the same frameworks are not known yet.")
        elements.empty("It takes **GitHub stars** and **downloads** of at least two frameworks.")
        return
    with st.container(border=True):
        asked = _controls(known)
    url_state.problems()
    found = asked.answer()
    with top:
        elements.headline("Do stars mean use?", found.sentence)
        _chosen(found, asked, known)
    if asked.as_table:
        tables.figures(found)
    else:
        _scatter(found)
    sections.under(found, [found.x, found.y], since_months=TRAIL)
    _disagree(found)
    sections.over_time(found)
    sections.leads(found)
    left, right = st.columns(2, gap="large")
    with left:
        sections.per_million(found)
    with right:
        sections.surveys(found)
    _reproduce(found, asked)


# -- what is asked -----------------------------------------------------------------------------------------------------


def _downloads() -> dict[str, tuple[str, ...]]:
    """The metrics of downloads that can be laid beside stars, each with the frameworks that both know."""
    metrics, spans = cache.catalog().metrics, [s for s in cache.spans() if not s.dimension]
    starred = {s.framework for s in spans if s.metric == STARS}
    able = [m.id for m in metrics.values() if m.family == "downloads" and m.has_total]
    shared = {name: {s.framework for s in spans if s.metric == name} & starred for name in able}
    return {name: tuple(f for f in elements.titles() if f in have) for name, have in shared.items() if len(have) > 1}


def _controls(known: Mapping[str, tuple[str, ...]]) -> AgreementParameters:
    """Which downloads, which month, which frameworks, which vintage."""
    metrics, titles = cache.catalog().metrics, elements.titles()
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with right:
        vintage = url_state.day(
            "as_of", "As known on", FIRST_DAY, cache.now().date(), "Only what was retrieved by then."
        )
    as_of = parameters.end_of(vintage) if vintage else None
    with left:
        best = _best(known, as_of)
        by = url_state.one("by", "Stars against", {name: metrics[name].title for name in known}, best)
    with st.expander("Which frameworks"):
        names = url_state.many("framework", "Frameworks", {name: titles[name] for name in known[by]}, known[by])
    every = set(names) == set(known[by])
    asked = AgreementParameters("" if by == best else by, () if every else names, None, as_of, as_table=False)
    own = asked.answer().on
    days = _months(by, names, own)
    with middle:
        month = url_state.one("month", "Month", {name: name for name in days}, f"{own:%Y-%m}")
    as_table = url_state.switch("table", "Table")
    on = None if month == f"{own:%Y-%m}" else days[month]
    return AgreementParameters(asked.by, asked.frameworks, on, as_of, as_table)


def _best(known: Mapping[str, tuple[str, ...]], as_of: datetime | None) -> str:
    """The count of downloads that the answer itself would choose."""
    try:
        return AgreementParameters("", (), None, as_of, as_table=False).answer().y.id
    except QuestionError:  # nothing was known then: the page will say so for the first count
        return next(iter(known))


def _months(by: str, names: Sequence[str], own: date) -> dict[str, date]:
    """Every month that both know, the last first, and the day it is judged on: its last that is known."""
    spans = [s for s in cache.spans() if s.framework in names and not s.dimension]
    sides = [[s for s in spans if s.metric == metric] for metric in (STARS, by)]
    first = max(min((s.first for s in side), default=own) for side in sides)
    latest = max(own, min(max((s.last for s in side), default=own) for side in sides))
    months = pd.period_range(min(first, latest), latest, freq="M")
    return {str(month): min(month.end_time.date(), latest) for month in reversed(months)}


def _chosen(found: AgreementAnswer, asked: AgreementParameters, known: Mapping[str, tuple[str, ...]]) -> None:
    """What the answer chose and left out, and who is missing."""
    have = set(found.found.table["framework"])
    absent = [_title(name) for name in asked.frameworks or known[found.y.id] if name not in have]
    without = f"Without {listed(absent)}: one of the two figures is missing around that day." if absent else ""
    odd = f"Looks odd by one rule for all, and is counted all the same: {' '.join(found.odd)}" if found.odd else ""
    said = " ".join(filter(None, (found.choice, without, odd)))
    if said:
        st.caption(plain(said, 1200))


# -- the chart ---------------------------------------------------------------------------------------------------------


def _scatter(found: AgreementAnswer) -> None:
    points = history_path.drawn(found, cache.catalog().breaks, elements.titles())
    if points.empty:
        elements.empty("No framework has both stars and downloads around that day.")
        return
    off, points = points[points["off"]], points[~points["off"]]
    st.subheader("Stars against downloads", anchor=False)
    lines = sections.lines(points["line"])
    plane = scatter_chart.Plane(lines, "Downloads in 30 days", "Stars", dark=elements.dark())
    elements.chart(scatter_chart.draw(points, plane), history_path.summary(found, elements.titles()))
    way = (
        f"; its line is the way there, over up to {TRAIL} months, broken where a figure is missing or the counting "
        "changed"
        if (points.groupby("part").size() > 1).any()
        else ""
    )
    st.caption(
        f"Both axes are logarithmic. A mark is a framework in {found.on:%B %Y}{way}. If stars meant use, the marks "
        f"would lie along one rising line\\.{_left_out(off)}"
    )


def _left_out(off: pd.DataFrame) -> str:
    """What the trails leave out, with its numbers; the agreement of those months counts it as it was seen."""
    if off.empty:
        return ""
    told = [
        f"{row['name']} in {row['when'][:7]} ({number(row['y'])} stars, {number(row['x'])} downloads)"
        for row in off.to_dict("records")
    ]
    why = "more than tenfold off its own middle. The agreement of those months counts it as it was seen"
    return f"  \n{plain(f'Left out of the lines: {listed(told)}, {why}.', 900)}"


def _disagree(found: AgreementAnswer) -> None:
    """The pairs that the two order oppositely, the widest apart first."""
    if found.found.against:
        st.subheader("Where they disagree most", anchor=False)
        tables.opposed(found)


# -- the same for somebody else ----------------------------------------------------------------------------------------


def _reproduce(found: AgreementAnswer, asked: AgreementParameters) -> None:
    """The same answer for somebody else: as a link that stays true, as JSON, in a shell."""
    learned = asked.as_of.date() if asked.as_of else cache.now().date()
    names = {"framework": ",".join(asked.frameworks)} if asked.frameworks else {}
    link = {"by": found.y.id, "month": f"{found.on:%Y-%m}"} | names
    told = {"y": found.y.id, "on": found.on.isoformat(), "months": str(TRAIL)} | names
    vintage = {"as_of": learned.isoformat()}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Link that reproduces this", width="content"):
            st.caption(f"With what was known on {learned}: it says the same whatever is collected later.")
            page = (st.context.url or "/agreement").partition("?")[0]
            st.code(f"{page}?{urlencode(link | vintage)}", language=None, wrap_lines=True)
            st.caption("The same in a shell:")
            options = " ".join(f"--{name.replace('_', '-')} {text}" for name, text in (told | vintage).items())
            st.code(f"uptake use {options}", language=None, wrap_lines=True)
        sent = urlencode(told | (vintage if asked.as_of else {}))
        asks = {name: text for name, text in told.items() if name != "months"} | (vintage if asked.as_of else {})
        download.offer("agreement", [*asks.items()], sections.charts(found), sections.survey_charts(found, asks))
        st.link_button("As JSON by API", f"{routes.PREFIX}/agreement.json?{sent}")


def _title(name: str) -> str:
    return elements.titles().get(name, name)


if __name__ == "__main__":
    show()
