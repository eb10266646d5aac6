"""At least in Europe? A framework in Europe, the United States and elsewhere: what people say, edition by edition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers.regions.answer import RegionsAnswer
from answers.regions.places import EUROPES
from catalog import Break
from dashboard import cache, parameters
from dashboard.api import routes
from dashboard.text import count, listed, plain
from dashboard.views.regions import chart
from dashboard.widgets import download, elements, url_state
from dashboard.widgets.data_table import neutral

PAGE = "At least in Europe?"
DEFAULT = ("flask", "django")
MOST = 6
FIRST_DAY = date(2008, 1, 1)
ANY = "today"


@dataclass(frozen=True, slots=True)
class RegionsParameters:
    """What the controls say. `year`: the last edition that counts, None for all."""

    frameworks: tuple[str, ...]
    europe: str
    year: int | None
    as_of: datetime | None
    as_table: bool

    @property
    def on(self) -> date | None:
        return date(self.year, 12, 31) if self.year else None


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    with st.container(border=True):
        asked = _controls()
    url_state.problems()
    if len(asked.frameworks) < 2:
        with top:
            elements.headline(PAGE, "Choose a second framework to lay beside it.")
        return
    found = cache.regions(asked.frameworks, asked.europe, asked.on, asked.as_of)
    with top:
        elements.headline(PAGE, found.sentence, by_line=True)
    if asked.as_table:
        _table(found)
    else:
        _shares(found)
        _leads(found)
    _doubt(found)
    _editions(found)
    _downloads(found)
    _countries(found)
    _reproduce(found, asked)


# -- what is asked -----------------------------------------------------------------------------------------------------


def _controls() -> RegionsParameters:
    """Which frameworks, which Europe, until which edition, which vintage."""
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
    return RegionsParameters(
        names, europe, None if until == ANY else int(until), parameters.end_of(vintage) if vintage else None, as_table
    )


# -- what people say ---------------------------------------------------------------------------------------------------


def _cuts(found: RegionsAnswer) -> list[Break]:
    """What parts two of the editions that are told."""
    first = found.editions[0].year
    return [b for b in found.breaks if found.metric.id in b.metrics and b.until.year > first]


def _shares(found: RegionsAnswer) -> None:
    """The first framework's share in each place over the editions."""
    name = elements.title(found.frameworks[0])
    rows = chart.shares(found, found.frameworks[0])
    st.subheader(f"{plain(name)}: share of those who answered there", anchor=False)
    elements.badge(found.metric)
    if rows.empty:
        elements.empty(f"No edition of the survey that asked for **{plain(name)}** is known.")
        return
    dark = elements.dark()
    looks = chart.lines(found, dark=dark)
    told = chart.summary(rows, f"Share of {name}")
    elements.chart(chart.draw(rows, looks, _cuts(found), share=True, dark=dark), told)
    st.caption(
        "A dot is an edition of the survey, its bar the 95 % interval: chance alone, not who chose to answer\\. A line "
        f"joins editions that asked alike of the same kind of people; dashed uprights part those that did not\\.  \n"
        f"{plain(told, 1200)}"
    )


def _leads(found: RegionsAnswer) -> None:
    """How far the first is ahead of the second in each place: whether who leads depends on where one asks."""
    one, other = (elements.title(name) for name in found.frameworks[:2])
    rows = chart.leads(found)
    if rows.empty:
        return
    st.subheader(f"{plain(one)} ahead of {plain(other)}, in points", anchor=False)
    dark = elements.dark()
    told = chart.summary(rows, f"{one} less {other}")
    looks = chart.lines(found, dark=dark)
    elements.chart(chart.draw(rows, looks, _cuts(found), share=False, dark=dark), told)
    st.caption(
        f"Above the line {plain(one)} has more, below it {plain(other)}\\. A bar that touches the line leaves open "
        f"who leads there\\.  \n{plain(told, 1200)}"
    )


def _doubt(found: RegionsAnswer) -> None:
    """Caveats and breaks one click away, what to know of these figures, their source."""
    cuts = _cuts(found)
    with st.container(horizontal=True, vertical_alignment="center"):
        elements.doubts(found.caveats)
        if cuts:
            with st.popover(count(len(cuts), "break"), width="content"):
                elements.break_list(cuts)
    said = [plain(doubt, 600) for doubt in found.doubts]
    sources = [s for s in found.sources if s.id in found.metric.sources]
    st.caption("  \n".join([*said, elements.provenance(sources, found.retrieved_at, found.metric)]))


def _editions(found: RegionsAnswer) -> None:
    """A sentence for each edition, the latest first."""
    st.subheader("Edition by edition", anchor=False)
    lines = []
    for edition in reversed(found.editions):
        year, _, rest = edition.sentence.partition(": ")
        lines.append(f"- **{plain(year)}**: {plain(rest[:1].upper() + rest[1:], 1500)}")
    st.markdown("\n".join(lines))


# -- what machines fetch -----------------------------------------------------------------------------------------------


def _downloads(found: RegionsAnswer) -> None:
    """The part of the downloads within each place, with its doubt before the chart."""
    names = [elements.title(name) for name in found.frameworks]
    st.subheader(f"{plain(names[0])}: part of the downloads within each place", anchor=False)
    elements.badge(found.downloads_by_country.metric)
    rows = chart.downloads(found)
    if rows.empty:
        st.caption("Downloads by country were not collected for all of these: the source clickhouse tells them\\.")
        return
    dark = elements.dark()
    what = f"{names[0]}'s part of the downloads of {listed(names)}"
    told = chart.summary_of_downloads(rows, what)
    elements.chart(chart.download_lines(rows, chart.lines(found, dark=dark), dark=dark), told)
    cloud = cache.catalog().caveats["data-centres-not-people"]
    sources = [s for s in found.sources if s.id in found.downloads_by_country.metric.sources]
    st.caption(
        f"Of all downloads of {plain(listed(names))} from a place, the part that was {plain(names[0])}\\. "
        f"{plain(f'{cloud.title}: {cloud.text}', 700)}  \n{plain(told, 900)}  \n"
        f"{elements.provenance(sources, found.retrieved_at, found.downloads_by_country.metric)}"
    )
    with st.expander("Year by year"):
        st.markdown("\n".join(f"- {plain(year.sentence, 600)}" for year in reversed(found.downloads_by_country.years)))


# -- countries ---------------------------------------------------------------------------------------------------------


def _countries(found: RegionsAnswer) -> None:
    """The countries of the last edition that knows any, those with most answers first."""
    rows = chart.countries(found, elements.titles())
    if found.countries_of is None or rows.empty:
        return
    st.subheader(f"By country, {found.countries_of} · share in %", anchor=False)
    told = chart.summary_of_countries(rows, found.countries_of)
    elements.chart(chart.country_list(rows, dark=elements.dark()), told)
    st.caption(
        f"The countries with most answers, how many in brackets; bars are 95 % intervals\\.  \n{plain(told, 900)}"
    )
    with st.expander(f"All {len(found.countries)} countries as a table"):
        st.dataframe(_country_table(found), hide_index=True, width="stretch")


def _country_table(found: RegionsAnswer) -> pd.DataFrame:
    """Survey and downloads of each country, side by side."""
    one, other = (elements.title(name) for name in found.frameworks[:2])
    rows = []
    for country in found.countries:
        shown = {p.framework: p for p in country.shares if p.shown}
        apart = country.lead
        row: dict[str, object] = {"Country": country.title}
        row["Answers"] = next((p.asked.base for p in shown.values()), None)
        row |= {
            f"{elements.title(n)}, %": _hundred(shown[n].asked.share) if n in shown else None for n in found.frameworks
        }
        row[f"{one} less {other}, points"] = _hundred(apart.value) if apart else None
        row["Beyond chance"] = None if apart is None else "no" if apart.direction in ("chance", "unknown") else "yes"
        row[f"{one}'s part of downloads, %"] = None if country.part is None else _hundred(country.part)
        rows.append(row)
    table = pd.DataFrame(rows)
    return table.assign(Country=neutral(table["Country"]))


def _hundred(share: float) -> float:
    return round(100 * share, 2)


def _table(found: RegionsAnswer) -> None:
    """Every share that the charts show, a row each."""
    names = {place.id: place.title for place in found.places}
    rows = [
        {
            "Edition": edition.year,
            "Where": names[p.place],
            "Framework": elements.title(p.framework),
            "Share, %": _hundred(p.asked.share) if p.shown else None,
            "Answers": None if p.asked.base != p.asked.base else p.asked.base,
            "Status": STATUS[p.status],
            "Source": p.source,
        }
        for edition in reversed(found.editions)
        for p in edition.placed
    ]
    elements.badge(found.metric)
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=440)


STATUS = {
    "shown": "",
    "too_few": "withheld: fewer than 300 answered",
    "not_asked": "not on the list",
    "unknown": "not known here",
}


# -- the same elsewhere ------------------------------------------------------------------------------------------------


def _reproduce(found: RegionsAnswer, asked: RegionsParameters) -> None:
    """The same answer for somebody else: as a link that stays true, as JSON, in a shell."""
    learned = asked.as_of.date() if asked.as_of else cache.now().date()
    told = {"framework": ",".join(asked.frameworks)}
    told |= {"europe": asked.europe} if asked.europe != EUROPES[0] else {}
    told |= {"on": str(asked.year)} if asked.year else {}
    vintage = {"as_of": learned.isoformat()}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Link that reproduces this", width="content"):
            st.caption(f"With what was known on {learned}: it says the same whatever is collected later.")
            here = (st.context.url or "/regions").partition("?")[0]
            st.code(f"{here}?{urlencode(told | vintage)}", language=None)
            st.caption("The same in a shell:")
            options = _options({key: text for key, text in (told | vintage).items() if key != "framework"})
            st.code(f"uptake regions {' '.join(asked.frameworks)} {options}", language=None)
        link = urlencode(told | (vintage if asked.as_of else {}))
        download.offer("regions", [*(told | (vintage if asked.as_of else {})).items()], _charts(found))
        st.link_button("As JSON by API", f"{routes.PREFIX}/regions.json?{link}")


def _charts(found: RegionsAnswer) -> dict[str, str]:
    """The charts of the page that there are, by what `show` calls them."""
    name = elements.title(found.frameworks[0])
    charts = {"shares": f"{name} by place", "leads": f"{name} ahead of {elements.title(found.frameworks[1])}"}
    charts |= {"countries": "By country"} if found.countries_of else {}
    return charts | ({} if chart.downloads(found).empty else {"downloads": "Downloads by place"})


def _options(told: dict[str, str]) -> str:
    return " ".join(f"--{name.replace('_', '-')} {text}" for name, text in told.items())


if __name__ == "__main__":
    show()
