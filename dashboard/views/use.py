"""Do stars mean use? How alike stars and downloads rank the frameworks, where they disagree, a survey beside both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from analysis import Agreement
from catalog import Metric
from dashboard import address, api, linechart, palette, parts, query, reading, scatterchart, trails
from dashboard.linechart import Line
from dashboard.table import neutral
from dashboard.words import count, listed, number, plain
from uptake.answers import Question, SeriesAnswer, Use

STARS, PIP, SURVEY = "stars", "downloads_pip_30d", "so_worked_with"
TRAIL = 24  # months
LOOK_BACK = 12  # months, in which the one that knows the most frameworks is shown at first
LARGELY = 0.7  # of tau, from where the two orders are called much the same
WORST = 6  # pairs that are named
FIRST_DAY = date(2008, 1, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the controls say. `latest`: the last day that both metrics know."""

    by: str
    frameworks: tuple[str, ...]
    day: date
    latest: date
    as_of: datetime | None
    as_table: bool


@parts.guarded
def show() -> None:
    """The page."""
    top = st.container()
    known = _downloads()
    if not known:
        parts.headline("Do stars mean use?", "Stars and downloads of the same frameworks are not known yet.")
        parts.empty("It takes **GitHub stars** and **downloads** of at least two frameworks.")
        return
    with st.container(border=True):
        asked = _controls(known)
    address.problems()
    found = reading.use(STARS, asked.by, asked.frameworks, asked.day, asked.as_of, TRAIL)
    with top:
        parts.headline("Do stars mean use?", f"{verdict(found)} {found.sentence}")
        _fewer(found, asked)
    answers = [_series(metric, asked) for metric in (found.x, found.y)]
    if asked.as_table:
        _table(found, _survey(asked))
    else:
        _scatter(found)
    _under(answers)
    left, right = st.columns(2, gap="large")
    with left:
        _per_million(found)
    with right:
        _survey_list(asked)
    _disagree(found)
    _reproduce(asked)


# -- what is asked -----------------------------------------------------------------------------------------------------


def _downloads() -> dict[str, tuple[str, ...]]:
    """The metrics of downloads that can be laid beside stars, each with the frameworks that both know."""
    metrics, spans = reading.catalog().metrics, [s for s in reading.spans() if not s.dimension]
    starred = {s.framework for s in spans if s.metric == STARS}
    able = [m.id for m in metrics.values() if m.family == "downloads" and m.has_total]
    able.sort(key=lambda name: name != PIP)
    shared = {name: {s.framework for s in spans if s.metric == name} & starred for name in able}
    return {name: tuple(f for f in parts.titles() if f in have) for name, have in shared.items() if len(have) > 1}


def _controls(known: Mapping[str, tuple[str, ...]]) -> Asked:
    """Which downloads, which month, which frameworks, which vintage."""
    metrics, titles = reading.catalog().metrics, parts.titles()
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with left:
        by = address.one("by", "Stars against", {name: metrics[name].title for name in known}, next(iter(known)))
    with right:
        vintage = address.day(
            "as_of", "As known on", FIRST_DAY, reading.now().date(), "Only what was retrieved by then."
        )
    with st.expander("Which frameworks"):
        names = address.many("framework", "Frameworks", {name: titles[name] for name in known[by]}, known[by])
    as_of = query.end_of(vintage) if vintage else None
    recent = reading.use(STARS, by, names, None, as_of, LOOK_BACK)
    days = _months(by, names, recent.on)
    with middle:
        month = address.one("month", "Month", {name: name for name in days}, best(recent))
    as_table = address.switch("table", "Table")
    return Asked(by, names, days[month], recent.on, as_of, as_table)


def _months(by: str, names: Sequence[str], latest: date) -> dict[str, date]:
    """Every month that both know, the last first, and the day it is judged on: its last that is known."""
    spans = [s for s in reading.spans() if s.framework in names and not s.dimension]
    first = max(min((s.first for s in spans if s.metric == metric), default=latest) for metric in (STARS, by))
    months = pd.period_range(min(first, latest), latest, freq="M")
    return {str(month): min(month.end_time.date(), latest) for month in reversed(months)}


def best(recent: Use) -> str:
    """The month shown at first: of the last year the one that knows the most frameworks, the latest such."""
    found = max((*recent.trail, recent.found), key=lambda a: (len(a.table), a.on))
    return f"{found.on:%Y-%m}"


# -- the answer in words -----------------------------------------------------------------------------------------------


def verdict(found: Use) -> str:
    """Whether stars mean use, by the interval of the rank agreement."""
    n, interval = len(found.found.table), found.found.interval
    if interval is None:
        return f"Too few to tell: {count(n, 'framework')} with both figures."
    when, tau = f"{found.on:%B %Y}", found.found.tau
    if not interval.excludes(0.0):
        return (
            f"Nobody can tell from {n} frameworks: in {when} stars and downloads agree no more than chance may bring."
        )
    if interval.high < 0:
        return f"No, rather the reverse: in {when} those with more stars were downloaded less."
    if tau >= LARGELY:
        return f"Largely: in {when} stars and downloads put {n} frameworks in much the same order."
    return f"Only in part: in {when} more stars went with more downloads, yet often enough they did not."


def _fewer(found: Use, asked: Asked) -> None:
    """When the month shown is not the last, or does not know all that were asked for: say so."""
    said = []
    known = set(found.found.table["framework"])
    absent = [_title(name) for name in asked.frameworks if name not in known]
    if absent:
        said.append(f"Without {listed(absent)}: one of the two figures is missing around that day.")
    if asked.day < asked.latest:
        last = reading.use(STARS, asked.by, asked.frameworks, None, asked.as_of, LOOK_BACK).found
        tau = f", with a tau of {last.tau:.2f}" if len(last.table) > 1 else ""
        said.append(
            f"On the last day that both know, {asked.latest}, {count(len(last.table), 'framework')} have both{tau}."
        )
    if said:
        st.caption(plain(" ".join(said), 900))


# -- the chart ---------------------------------------------------------------------------------------------------------


def _scatter(found: Use) -> None:
    points = trails.drawn(found, reading.catalog().breaks, parts.titles())
    if points.empty:
        parts.empty("No framework has both stars and downloads around that day.")
        return
    off, points = points[points["off"]], points[~points["off"]]
    st.subheader("Stars against downloads", anchor=False)
    plane = scatterchart.Plane(_lines(points["line"]), "Downloads in 30 days", "Stars", dark=parts.dark())
    parts.chart(scatterchart.draw(points, plane), summary(found))
    st.caption(
        f"Both axes are logarithmic. A mark is a framework in {found.on:%Y-%m}; its line is the way there, over up to "
        f"{TRAIL} months, broken where a figure is missing or the counting changed. If stars meant use, the marks "
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


def summary(found: Use) -> str:
    """The chart in words, with its numbers."""
    told = [
        f"{_title(str(row['framework']))} {number(row['x'])} stars, {number(row['y'])} downloads in 30 days"
        for row in found.found.table.sort_values("y", ascending=False).to_dict("records")
    ]
    return f"Stars against downloads around {found.on}, most downloaded first: {'; '.join(told)}."


def _lines(names: Iterable[str]) -> list[Line]:
    unique = list(dict.fromkeys(names))
    colours = palette.colours(unique, dark=parts.dark())
    return [
        Line(name, _title(name), colour, palette.look(name).dash, palette.look(name).shape)
        for name, colour in zip(unique, colours, strict=True)
    ]


# -- the lists beneath -------------------------------------------------------------------------------------------------


def _per_million(found: Use) -> None:
    """Stars for each million of downloads, the most first."""
    st.subheader("Stars per million downloads", anchor=False)
    ratio = found.per_million[found.per_million > 0]
    if ratio.empty:
        st.caption("No framework has both.")
        return
    rows = _rows([str(name) for name in ratio.index], [float(value) for value in ratio])
    alt = f"Stars per million downloads in 30 days: {'; '.join(rows['name'] + ' ' + rows['shown'])}."
    chart = scatterchart.dotlist(rows, _lines(rows["line"]), share=False, dark=parts.dark())
    parts.chart(chart, alt)
    st.caption("All stars there are against 30 days of downloads, on a logarithmic axis\\.")


def _rows(names: Sequence[str], values: Sequence[float], unit: str = "") -> pd.DataFrame:
    shown = [number(value, unit) for value in values]
    titles = [_title(name) for name in names]
    return pd.DataFrame({"line": names, "name": titles, "value": values, "shown": shown})


def _survey(asked: Asked) -> SeriesAnswer:
    """What people say they worked with, of the years up to the one asked about."""
    until = date(asked.day.year, 12, 31)
    return reading.series(Question(SURVEY, asked.frameworks, until=until, as_of=asked.as_of))


def edition(answer: SeriesAnswer) -> pd.DataFrame:
    """The last year's rows that hold a share, the highest first."""
    frame = answer.frame.dropna(subset=["value"])
    last: pd.DataFrame = frame[frame["period"] == frame["period"].max()]
    return last.sort_values("value", ascending=False)


def _survey_list(asked: Asked) -> None:
    """The survey's shares beside both, with their own badge, doubts and source."""
    answer = _survey(asked)
    last = edition(answer)
    st.subheader("What people say they worked with", anchor=False)
    if last.empty:
        st.caption("No survey asked about these frameworks by then.")
        return
    rows = _rows(list(last["framework"]), [float(value) for value in last["value"]], "share")
    rows["low"], rows["high"] = (pd.to_numeric(last[side]).to_numpy(dtype="float64") for side in ("low", "high"))
    year = pd.Timestamp(last["period"].iloc[0]).year
    alt = f"{answer.metric.title}, {year}: {'; '.join(rows['name'] + ' ' + rows['shown'])}."
    chart = scatterchart.dotlist(rows, _lines(rows["line"]), share=True, dark=parts.dark())
    parts.chart(chart, alt)
    st.caption(f"{plain(answer.metric.title)}, edition {year}; bars are 95 % intervals\\.")
    _under([answer])


def _disagree(found: Use) -> None:
    """The pairs that the two order oppositely, the widest apart first."""
    pairs = found.found.against
    if not pairs:
        return
    known = {str(row["framework"]): row for row in found.found.table.to_dict("records")}
    st.subheader("Where they disagree most", anchor=False)
    rows = [
        f"| {_title(a)} | {_title(b)} | {_both(known, a, b, 'x')} | {_both(known, a, b, 'y')} |"
        for a, b in pairs[:WORST]
    ]
    head = ["| More stars | More downloads | Stars | Downloads in 30 days |", "|:--|:--|:--|:--|"]
    st.markdown("\n".join([*head, *rows]))
    if len(pairs) > WORST:
        st.caption(f"The widest apart of {len(pairs)} pairs; the JSON names them all.")


def _both(known: Mapping[str, Mapping[object, object]], a: str, b: str, side: str) -> str:
    return " v ".join(plain(number(float(str(known[name][side])))) for name in (a, b))


# -- doubts, sources, the data -----------------------------------------------------------------------------------------


def _series(metric: Metric, asked: Asked) -> SeriesAnswer:
    """One metric's observations behind the chart: for what they cost in caveats, and where they come from."""
    since = asked.day - timedelta(days=31 * (TRAIL + 2))
    return reading.series(Question(metric.id, asked.frameworks, since=since, until=asked.day, as_of=asked.as_of))


def _under(answers: Sequence[SeriesAnswer]) -> None:
    """The badge of each metric, its caveats one click away, its source."""
    for answer in answers:
        with st.container(horizontal=True, vertical_alignment="center"):
            parts.badge(answer.metric)
            parts.doubts(answer.caveats)
            found = linechart.within(list(answer.breaks), *_span(answer))
            if found:
                with st.popover(count(len(found), "break in the counting", "breaks in the counting"), width="content"):
                    parts.break_list(found, numbered=False)
        st.caption(
            f"{plain(answer.metric.title)} · {parts.provenance(answer.sources, answer.retrieved_at, answer.metric)}"
        )


def _span(answer: SeriesAnswer) -> tuple[date, date]:
    asked = answer.question
    return asked.since or FIRST_DAY, asked.until or reading.now().date()


def _table(found: Use, survey: SeriesAnswer) -> None:
    """Everything the charts show, a row per framework."""
    table, last = found.found.table, edition(survey)
    shares = dict(zip(last["framework"], last["value"] * 100, strict=True))
    names = pd.Series([_title(str(name)) for name in table["framework"]], dtype=object)
    shown = pd.DataFrame(
        {
            "Framework": neutral(names),
            "Stars": table["x"],
            "Stars seen": table["x_seen"],
            "Rank by stars": table["x_rank"],
            "Downloads in 30 days": table["y"],
            "Downloads until": table["y_seen"],
            "Rank by downloads": table["y_rank"],
            "Stars per million downloads": table["framework"].map(found.per_million).round(1),
            "Survey share, %": table["framework"].map(shares).astype("float64").round(1),
        }
    )
    st.dataframe(shown.sort_values("Rank by downloads"), hide_index=True, width="stretch")
    st.dataframe(_agreements(found), hide_index=True, width="stretch")


def _agreements(found: Use) -> pd.DataFrame:
    """The agreement of every month of the trail, the newest first."""

    def row(a: Agreement) -> dict[str, object]:
        low, high = (a.interval.low, a.interval.high) if a.interval else (None, None)
        return {"On": a.on, "Frameworks": len(a.table), "Kendall's tau": a.tau, "Low": low, "High": high}

    months = [found.found, *(a for a in reversed(found.trail) if a.on < found.on)]
    return pd.DataFrame([row(a) for a in months if len(a.table) > 1]).round(2)


def _reproduce(asked: Asked) -> None:
    """The same answer for somebody else: as a link that stays true, as JSON, in a shell."""
    learned = asked.as_of.date() if asked.as_of else reading.now().date()
    query = {"by": asked.by, "month": f"{asked.day:%Y-%m}", "framework": ",".join(asked.frameworks)}
    told = {"framework": ",".join(asked.frameworks), "y": asked.by, "on": asked.day.isoformat(), "months": str(TRAIL)}
    vintage = {"as_of": learned.isoformat()}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Link that reproduces this", width="content"):
            st.caption(f"With what was known on {learned}: it says the same whatever is collected later.")
            st.code(f"{(st.context.url or '/use').partition('?')[0]}?{urlencode(query | vintage)}", language=None)
            st.caption("The same in a shell:")
            options = " ".join(f"--{name.replace('_', '-')} {text}" for name, text in (told | vintage).items())
            st.code(f"uptake use {options}", language=None)
        link = urlencode(told | (vintage if asked.as_of else {}))
        st.link_button("As JSON by API", f"{api.PREFIX}/use.json?{link}")


def _title(name: str) -> str:
    return parts.titles().get(name, name)


if __name__ == "__main__":
    show()
