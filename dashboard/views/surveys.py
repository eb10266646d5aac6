"""Surveys: shares with their sample size and interval, broken where the question changed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from analysis import MIN_BASE
from catalog import Break, Kind, Metric
from dashboard import address, api, dimensions, dotchart, origins, palette, parts, reading
from dashboard.dimensions import Cut
from dashboard.linechart import Line
from dashboard.table import data_table, downloads
from dashboard.words import count, listed, number, plain
from uptake.answers import Question, SeriesAnswer

DEFAULT = ("flask", "django", "fastapi")
TOO_FEW = "too-few-asked"  # the caveat of a share that is withheld
WORKED, WANT = "so_worked_with", "so_want_to_work_with"


@parts.guarded
def show() -> None:
    """The page."""
    top = st.container()
    with st.container(border=True):
        question, cut, as_table = _controls()
    address.problems()
    answer = reading.series(question)
    with top:
        parts.headline("Surveys", answer.sentence)
    if answer.frame["value"].notna().sum() == 0:
        parts.empty(_nothing(answer))
        return
    _chart(answer, cut, as_table=as_table)
    if question.metric in (WORKED, WANT) and not question.dimension:
        _worked_and_want(question.frameworks)


def _nothing(answer: SeriesAnswer) -> str:
    if _withheld(answer):
        return f"Fewer than {MIN_BASE} people answered there in every year, so no share is shown."
    return f"No answers are stored for **{plain(answer.metric.title)}** and these frameworks."


def _controls() -> tuple[Question, Cut, bool]:
    shares = {m.id: m.title for m in reading.catalog().metrics.values() if m.kind is Kind.SHARE}
    left, right = st.columns([2, 3])
    with left:
        metric = address.one("survey", "Question", shares, WORKED)
    with right:
        frameworks = address.many("framework", "Frameworks", parts.titles(), DEFAULT)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        cut = dimensions.choose(reading.catalog().metrics[metric], frameworks, "Who answered")
    with right:
        if cut.splits and len(frameworks) > 1:
            frameworks = (dimensions.one_of(frameworks),)
        dimensions.definition(cut)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        as_table = address.switch("table", "Table")
    return Question(metric, frameworks, cut.dimension), cut, as_table


def _chart(answer: SeriesAnswer, cut: Cut, *, as_table: bool) -> None:
    cuts = within(answer)
    frame, left_out = answer.frame, ""
    if cut.splits:
        frame, left_out = dimensions.largest(frame, answer.metric, "level")
    rows = dotchart.dots(frame, _names(answer), cuts)
    st.subheader(_title(answer, cut), anchor=False)
    parts.badge(answer.metric)
    summary = _summary(rows, answer.metric)
    if as_table:
        data_table(answer)
    else:
        chart = dotchart.draw(rows, _lines(rows, _names(answer)), cuts, dark=parts.dark())
        parts.chart(chart, summary)
    parts.beneath(answer, left_out, "" if as_table else _marks_used(rows, cuts), _withheld(answer), summary)
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.doubts(answer.caveats)
        if cuts:
            with st.popover(count(len(cuts), "break"), width="content"):
                parts.break_list(cuts)
        downloads(answer)
        st.link_button("CSV by API", api.series_url(answer.question), help="The same bytes, for a program.")
    origins.show(answer)


def _names(answer: SeriesAnswer) -> dict[str, str]:
    return parts.titles() | dimensions.names(reading.catalog(), answer.frame["dimension"].unique())


def _title(answer: SeriesAnswer, cut: Cut) -> str:
    """The question, whose answers, and the unit."""
    one = parts.titles()[answer.question.frameworks[0]] if cut.splits else ""
    said = (answer.metric.title, one, dimensions.said(cut, reading.catalog()), "share in %")
    return plain(" · ".join(text for text in said if text))


def _withheld(answer: SeriesAnswer) -> str:
    """What is not shown because too few were asked; empty if all is."""
    few = answer.frame[answer.frame["caveats"].str.split().map(lambda codes: TOO_FEW in codes)]
    if few.empty:
        return ""
    years = sorted({pd.Timestamp(period).year for period in few["period"]})
    where = f" in {count(few['dimension'].nunique(), 'group')}" if few["dimension"].nunique() > 1 else ""
    return f"Withheld{where}, {listed(str(year) for year in years)}: fewer than {MIN_BASE} people answered."


def within(answer: SeriesAnswer) -> list[Break]:
    """The breaks between editions that are shown, oldest first."""
    years = pd.to_datetime(answer.frame["period"]).dt.year
    return [b for b in sorted(answer.breaks, key=lambda b: b.since) if years.min() < b.until.year <= years.max()]


def _lines(rows: pd.DataFrame, names: dict[str, str]) -> list[Line]:
    dark, found = parts.dark(), list(dict.fromkeys(rows["line"]))
    if not set(found) <= set(parts.titles()):
        return dimensions.lines(found, names, dark=dark)
    looks = {name: palette.look(name) for name in found}
    return [Line(n, names.get(n, n), k.colour(dark=dark), k.dash, k.shape) for n, k in looks.items()]


def _marks_used(rows: pd.DataFrame, cuts: Sequence[Break]) -> str:
    said = []
    if rows["low"].notna().any():
        said.append("bars are 95 % Wilson intervals: sampling noise only, not who chose to answer")
    if rows.loc[rows["value"].notna(), "low"].isna().any():
        said.append("dots without a bar: the survey published no sample size")
    if rows["value"].isna().any():
        said.append("× on the ground line: not asked that year, which is not 0 %")
    if cuts:
        said.append("dashed uprights: the question, its base or its gate changed")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


def _summary(rows: pd.DataFrame, metric: Metric) -> str:
    """The chart in words: the last share of each framework, with its n."""
    known = rows.dropna(subset=["value"])
    said = [
        f"{last['name']} {last['shown']} in {int(last['year'])} (n {last['asked']})"
        for _, last in known.groupby("line", sort=False).tail(1).iterrows()
    ]
    return f"{metric.title}: {listed(said)}."


def _worked_and_want(frameworks: tuple[str, ...]) -> None:
    """Do those who do not use it wish to? The last year in which both were asked."""
    worked, want = (reading.series(Question(metric, frameworks)) for metric in (WORKED, WANT))
    rows, year = _pairs(worked.frame, want.frame)
    if rows.empty:
        return
    said = [
        f"{r['name']} {number(r['worked'], 'share')} worked, {number(r['want'], 'share')} want"
        for _, r in rows.iterrows()
    ]
    st.subheader(f"Worked with and want to work with, {year} · share in %", anchor=False)
    parts.badge(want.metric)
    lines = _lines(rows, parts.titles())
    chart = dotchart.against(rows, lines, dark=parts.dark())
    parts.chart(chart, f"Worked with against want to work with in {year}: {listed(said)}.")
    parts.beneath(
        want, "Filled: worked with in the past year. Hollow: want to work with next year.", f"{listed(said)}."
    )


def _pairs(worked: pd.DataFrame, want: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    known = [f.dropna(subset=["value"])[["framework", "period", "value"]] for f in (worked, want)]
    both = known[0].merge(known[1], on=["framework", "period"], suffixes=("_worked", "_want"))
    if both.empty:
        return pd.DataFrame(), 0
    last = both[both["period"] == both["period"].max()]
    names = parts.titles()
    rows = pd.DataFrame(
        {
            "line": last["framework"],
            "name": [names.get(f, f) for f in last["framework"]],
            "worked": last["value_worked"].astype(float),
            "want": last["value_want"].astype(float),
        }
    )
    return rows.reset_index(drop=True), pd.Timestamp(last["period"].iloc[0]).year


if __name__ == "__main__":
    show()
