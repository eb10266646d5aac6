"""At least in Europe? A framework in Europe, the United States and elsewhere: what people say, edition by edition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from answers.parameters import end_of, texts
from answers.question import RegionsQuestion
from answers.regions.answer import RegionsAnswer
from answers.regions.places import EUROPES
from answers.wording import counted, listed
from catalog import Break
from dashboard import cache, links
from dashboard.charts import framework_styles
from dashboard.text import plain
from dashboard.views.regions import chart
from dashboard.widgets import download, elements, permalink, url_state
from dashboard.widgets.data_table import neutral

PAGE = "At least in Europe?"
DEFAULT = ("flask", "django")
MOST = 6
FIRST_DAY = date(2008, 1, 1)
ANY = "today"

STATUS = {
    "shown": "",
    "too_few": "withheld: fewer than 300 answered",
    "not_asked": "not on the list",
    "unknown": "not known here",
}


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    with st.container(border=True):
        question, as_table = _controls()
    url_state.problems()
    if len(question.frameworks) < 2:
        with top:
            elements.headline(PAGE, "Choose a second framework to lay beside it.")
        return
    answer = cache.regions(question.frameworks, question.europe, question.on, question.as_of)
    with top:
        elements.headline(PAGE, answer.sentence, by_line=True)
    _employees(answer, as_table=as_table)
    if as_table:
        _table(answer)
    else:
        _shares(answer)
        _leads(answer)
    _caveats_and_source(answer)
    _editions(answer)
    _downloads(answer)
    _countries(answer)
    _take_away(answer, question)


# -- the question -----------------------------------------------------------------------------------------------------


def _controls() -> tuple[RegionsQuestion, bool]:
    """Which frameworks, which Europe, until which edition, which vintage; and whether a table answers."""
    catalog = cache.catalog()
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        names = url_state.many(
            "framework", "Frameworks: the first is asked about, the second laid beside it", elements.titles(), DEFAULT,
            most=MOST,
        )  # fmt: skip
    with right:
        europe = url_state.one(
            "europe", "Europe means", {key: catalog.regions[key].title for key in EUROPES}, EUROPES[0]
        )
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        years = {ANY: "All editions"} | {str(year): f"Up to {year}" for year in reversed(list(catalog.surveys))}
        until = url_state.one("on", "Editions", years, ANY)
    with right:
        vintage = url_state.day(
            "as_of", "As known on", FIRST_DAY, cache.now().date(), "Only what was retrieved by then."
        )
    as_table = url_state.switch("table", "Table")
    on = None if until == ANY else date(int(until), 12, 31)
    question = RegionsQuestion(names, "" if europe == EUROPES[0] else europe, on, end_of(vintage) if vintage else None)
    return question, as_table


# -- full-time employees -----------------------------------------------------------------------------------------------


def _employees(answer: RegionsAnswer, *, as_table: bool) -> None:
    """The frameworks among full-time employees in Europe: a base of its own, so a chart of its own."""
    titles = elements.titles()
    rows = chart.employees(answer, titles)
    if answer.employees is None or rows.empty:
        return
    st.subheader(plain(chart.employee_title(answer)), anchor=False)
    elements.badge(answer.employees.metric)
    summary = chart.summary(rows, "Share of full-time employees")
    if as_table:
        columns = {"year": "Edition", "name": "Framework", "shown": "Share", "interval": "95 % interval", "asked": "n"}
        st.dataframe(rows[list(columns)].rename(columns=columns), hide_index=True, width="stretch")
    else:
        dark = elements.dark()
        lines = framework_styles.lines(answer.frameworks, cache.catalog(), dark=dark)
        elements.chart(chart.draw(rows, lines, (), share=True, dark=dark), summary)
    st.caption(
        "Of all full\\-time employees who took the survey, whether they answered the question or not: another base "
        f"than below, never on one line with it\\.  \n{plain(summary, 1200)}"
    )


# -- shares and leads --------------------------------------------------------------------------------------------------


def _shares(answer: RegionsAnswer) -> None:
    """The first framework's share in each place over the editions."""
    name = elements.title(answer.frameworks[0])
    rows = chart.shares(answer, answer.frameworks[0])
    st.subheader(f"{plain(name)}: share of those who answered there", anchor=False)
    elements.badge(answer.metric)
    if rows.empty:
        elements.empty(f"No edition of the survey that asked for **{plain(name)}** is known.")
        return
    dark = elements.dark()
    lines = chart.place_lines(answer, dark=dark)
    summary = chart.summary(rows, f"Share of {name}")
    elements.chart(chart.draw(rows, lines, chart.edition_breaks(answer, rows), share=True, dark=dark), summary)
    st.caption(
        "A dot is an edition of the survey, its bar the 95 % interval: chance alone, not who chose to answer\\. A line "
        f"joins editions that asked alike of the same kind of people; dashed uprights part those that did not\\.  \n"
        f"{plain(summary, 1200)}"
    )


def _leads(answer: RegionsAnswer) -> None:
    """How far the first is ahead of the second in each place: whether the leader depends on the place."""
    one, other = (elements.title(name) for name in answer.frameworks[:2])
    rows = chart.leads(answer)
    if rows.empty:
        return
    st.subheader(f"{plain(one)} ahead of {plain(other)}, in points", anchor=False)
    dark = elements.dark()
    summary = chart.summary(rows, f"{one} less {other}")
    lines = chart.place_lines(answer, dark=dark)
    elements.chart(chart.draw(rows, lines, _breaks(answer), share=False, dark=dark), summary)
    st.caption(
        f"Above the line {plain(one)} has more, below it {plain(other)}\\. A bar that touches the line leaves open "
        f"who leads there\\.  \n{plain(summary, 1200)}"
    )


def _caveats_and_source(answer: RegionsAnswer) -> None:
    """Caveats and breaks one click away, what to know of these figures, their source."""
    breaks = _breaks(answer)
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.doubts(answer.caveats)
        if breaks:
            with st.popover(counted(len(breaks), "break"), width="content"):
                elements.break_list(breaks)
    doubts = [plain(doubt, 600) for doubt in answer.doubts]
    sources = [s for s in answer.sources if s.id in answer.metric.sources]
    st.caption("  \n".join([*doubts, elements.provenance(sources, answer.retrieved_at, answer.metric)]))


def _breaks(answer: RegionsAnswer) -> list[Break]:
    """The breaks that the first chart marks; a chart of fewer editions has the same numbers."""
    return chart.edition_breaks(answer, chart.shares(answer, answer.frameworks[0]))


def _editions(answer: RegionsAnswer) -> None:
    """A sentence for each edition, the latest first."""
    st.subheader("Edition by edition", anchor=False)
    lines = []
    for edition in reversed(answer.editions):
        year, _, rest = edition.sentence.partition(": ")
        lines.append(f"- **{plain(year)}**: {plain(rest[:1].upper() + rest[1:], 1500)}")
    st.markdown("\n".join(lines))


# -- downloads ---------------------------------------------------------------------------------------------------------


def _downloads(answer: RegionsAnswer) -> None:
    """The part of the downloads within each place, with its doubt before the chart."""
    names = [elements.title(name) for name in answer.frameworks]
    st.subheader(f"{plain(names[0])}: part of the downloads within each place", anchor=False)
    elements.badge(answer.downloads_by_country.metric)
    rows = chart.downloads(answer)
    if rows.empty:
        st.caption("Downloads by country were not collected for all of these: the source clickhouse tells them\\.")
        return
    dark = elements.dark()
    what = f"{names[0]}'s part of the downloads of {listed(names)}"
    summary = chart.summary_of_downloads(rows, what)
    elements.chart(chart.download_lines(rows, chart.place_lines(answer, dark=dark), dark=dark), summary)
    cloud = cache.catalog().caveats["data-centres-not-people"]
    sources = [s for s in answer.sources if s.id in answer.downloads_by_country.metric.sources]
    st.caption(
        f"Of all downloads of {plain(listed(names))} from a place, the part that was {plain(names[0])}\\. "
        f"{plain(f'{cloud.title}: {cloud.text}', 700)}  \n{plain(summary, 900)}  \n"
        f"{elements.provenance(sources, answer.retrieved_at, answer.downloads_by_country.metric)}"
    )
    with st.expander("Year by year"):
        st.markdown("\n".join(f"- {plain(year.sentence, 600)}" for year in reversed(answer.downloads_by_country.years)))


# -- countries ---------------------------------------------------------------------------------------------------------


def _countries(answer: RegionsAnswer) -> None:
    """The countries of the last edition that has any, those with most answers first."""
    rows = chart.countries(answer, elements.titles())
    if answer.countries_of is None or rows.empty:
        return
    st.subheader(f"By country, {answer.countries_of} · share in %", anchor=False)
    summary = chart.summary_of_countries(rows, answer.countries_of)
    lines = framework_styles.lines(rows["line"], cache.catalog(), dark=elements.dark())
    elements.chart(chart.country_list(rows, lines), summary)
    st.caption(
        f"The countries with most answers, how many in brackets; bars are 95 % intervals\\.  \n{plain(summary, 900)}"
    )
    with st.expander(f"All {len(answer.countries)} countries as a table"):
        st.dataframe(_country_table(answer), hide_index=True, width="stretch")


def _country_table(answer: RegionsAnswer) -> pd.DataFrame:
    """Survey and downloads of each country, side by side."""
    one, other = (elements.title(name) for name in answer.frameworks[:2])
    rows = []
    for country in answer.countries:
        shown = {p.framework: p for p in country.shares if p.shown}
        apart = country.lead
        row: dict[str, object] = {"Country": country.title}
        row["Answers"] = next((p.sample.base for p in shown.values()), None)
        row |= {
            f"{elements.title(n)}, %": _hundred(shown[n].sample.share) if n in shown else None
            for n in answer.frameworks
        }
        row[f"{one} less {other}, points"] = _hundred(apart.value) if apart else None
        row["Beyond chance"] = None if apart is None else "no" if apart.direction in ("chance", "unknown") else "yes"
        row[f"{one}'s part of downloads, %"] = None if country.part is None else _hundred(country.part)
        rows.append(row)
    table = pd.DataFrame(rows)
    return table.assign(Country=neutral(table["Country"]))


def _hundred(share: float) -> float:
    return round(100 * share, 2)


def _table(answer: RegionsAnswer) -> None:
    """Every share that the charts show, a row each."""
    names = {place.id: place.title for place in answer.places}
    rows = [
        {
            "Edition": edition.year,
            "Where": names[p.place],
            "Framework": elements.title(p.framework),
            "Share, %": _hundred(p.sample.share) if p.shown else None,
            "Answers": None if p.sample.base != p.sample.base else p.sample.base,
            "Status": STATUS[p.status],
            "Source": p.source,
        }
        for edition in reversed(answer.editions)
        for p in edition.placed
    ]
    elements.badge(answer.metric)
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=440)


# -- the same elsewhere ------------------------------------------------------------------------------------------------


def _take_away(answer: RegionsAnswer, question: RegionsQuestion) -> None:
    """The same answer for somebody else: as a link that stays true, as pictures, as JSON, in a shell."""
    with st.container(horizontal=True, vertical_alignment="center"):
        permalink.show(question, "/regions", texts(replace(question, as_of=None)))
        download.offer("regions", links.drawn("regions", question), _charts(answer))
        st.link_button("As JSON by API", links.api(question))


def _charts(answer: RegionsAnswer) -> dict[str, str]:
    """The charts of the page that there are, by what `show` calls them."""
    name = elements.title(answer.frameworks[0])
    charts = {"fulltime": chart.employee_title(answer)} if answer.employees else {}
    charts |= {"shares": f"{name} by place", "leads": f"{name} ahead of {elements.title(answer.frameworks[1])}"}
    charts |= {"countries": "By country"} if answer.countries_of else {}
    return charts | ({} if chart.downloads(answer).empty else {"downloads": "Downloads by place"})


if __name__ == "__main__":
    show()
