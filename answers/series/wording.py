"""The sentence that answers a question: the last finished figures, the highest first, each date said once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from answers import wording
from answers.questions import Question
from answers.series.buckets import bucket_of, last_whole
from answers.series.views import VIEWS, view_title
from catalog import Catalog, Kind, Metric

MOST = 3  # figures in the sentence


def headline(catalog: Catalog, metric: Metric, question: Question, frame: pd.DataFrame) -> str:
    """What the last figures say; a month or day that is not over yet is passed over while there is one that is.

    Of what is read by weeks or months (`answers.series.buckets`) they are means per day, as the chart's are.
    """
    values = frame.dropna(subset=["value"])
    if values.empty:
        return f"No data on {wording.phrase(metric)} for these frameworks and days."
    bucket = bucket_of(frame, metric, question.view)
    means = last_whole(frame, bucket) if bucket else values.head(0)
    last = (_last(values) if means.empty else means).sort_values("value", ascending=False, kind="stable")
    periods = _periods(metric, question, last, bucket if len(means) else "")
    figures = [wording.value(float(value), metric, question.view) for value in _whole(last["value"], question, bucket)]
    named = list(zip(_names(catalog, last), figures, periods, strict=True))
    if _is_of_levels(metric, question, last) and len(set(periods)) == 1:
        return f"{_leading(catalog, metric, last, named)}."
    more = [f"{len(named) - MOST} more"] if len(named) > MOST else []
    if metric.period == "year" and question.view == "level":
        return f"{_editions(catalog, metric, last, named[:MOST], more)}."
    return f"{_title(catalog, metric, question, last)}{_enumeration(named[:MOST], more)}."


def _is_of_levels(metric: Metric, question: Question, last: pd.DataFrame) -> bool:
    """Whether the figures are counts of several frameworks, or of one by its parts: of shares more may be chance."""
    several = (last["framework"].nunique() > 1) + (last["dimension"].nunique() > 1)
    return question.view == "level" and metric.kind is not Kind.SHARE and several < 2


def _editions(
    catalog: Catalog, metric: Metric, last: pd.DataFrame, named: Sequence[tuple[str, str, str]], more: list[str]
) -> str:
    """The shares of the newest edition, and of those that it lacks the edition that they are of."""
    years = [pd.Timestamp(end).year for end in last["period_end"]]
    newest = max(years)
    figures = [
        f"{name} {figure}{'' if year == newest else f' (in {year})'}"
        for (name, figure, _), year in zip(named, years, strict=False)
    ]
    head = f"{wording.capital(wording.edition(metric, newest))}{_part(catalog, last)}"
    return f"{head}: {wording.join_words([*figures, *more])}"


def _part(catalog: Catalog, last: pd.DataFrame) -> str:
    """The framework, where it is shown by its parts, or the one part meant, as a tail."""
    if _is_split(last):
        return f", {wording.framework(catalog, str(last['framework'].iloc[0]))}"
    one = set(last["dimension"])
    return f", {wording.dimension(catalog, one.pop())}" if len(one) == 1 and one != {""} else ""


def _leading(catalog: Catalog, metric: Metric, last: pd.DataFrame, named: Sequence[tuple[str, str, str]]) -> str:
    """Who has the most, and who as many; of a single framework how many it has, of its parts which is the largest."""
    (first, figure, period), *others = named
    name, part = str(last["framework"].iloc[0]), str(last["dimension"].iloc[0])
    if not others:
        return f"{first} has {figure} {wording.things_of_part(catalog, metric, part)} {period}"
    level = [
        wording.with_article(n)
        for (n, *_), v in zip(others, last["value"][1:], strict=True)
        if v == last["value"].iloc[0]
    ]
    tie = f", level with {wording.join_words(level)}" if level else ""
    if _is_split(last):
        one = wording.framework(catalog, name)
        return f"{one} was downloaded most {wording.origin(catalog, part)}: {figure} times {period}{tie}"
    return f"{first} has the most {wording.things_of_part(catalog, metric, part)}: {figure} {period}{tie}"


def _last(values: pd.DataFrame) -> pd.DataFrame:
    """The last row of each series: of its final ones, if it has any."""
    final = values["status"] == "final"
    keys = [values["framework"], values["dimension"]]
    return values[final | ~final.groupby(keys).transform("any")].groupby(["framework", "dimension"], sort=False).tail(1)


def _title(catalog: Catalog, metric: Metric, question: Question, last: pd.DataFrame) -> str:
    """The metric and, where there is but one, its framework or its dimension."""
    view = VIEWS[question.view].phrase or view_title(catalog, question)
    tail = f", {view}" if view else ""
    if _is_split(last):
        return f"{wording.framework(catalog, str(last['framework'].iloc[0]))}'s {wording.phrase(metric)}{tail}"
    return f"{wording.capital(wording.phrase(metric))}{tail}{_part(catalog, last)}"


def _is_split(last: pd.DataFrame) -> bool:
    """Whether one framework is shown by its parts."""
    return last["framework"].nunique() == 1 and last["dimension"].nunique() > 1


def _names(catalog: Catalog, last: pd.DataFrame) -> list[str]:
    pairs = zip(last["framework"], last["dimension"], strict=True)
    if _is_split(last):
        return [wording.dimension(catalog, d) for _, d in pairs]
    several = last["dimension"].nunique() > 1
    titles = ((wording.framework(catalog, f), d) for f, d in pairs)
    return [f"{title} ({wording.dimension(catalog, d) or 'all'})" if several else title for title, d in titles]


def _whole(values: pd.Series[float], question: Question, bucket: str) -> pd.Series[float]:
    """Means of counts without decimals: the source has none."""
    return values.round() if bucket and not VIEWS[question.view].unit else values


def _periods(metric: Metric, question: Question, last: pd.DataFrame, bucket: str) -> list[str]:
    days = (
        (pd.Timestamp(a).date(), pd.Timestamp(b).date())
        for a, b in zip(last["period"], last["period_end"], strict=True)
    )
    if bucket:
        mean = "on average" if VIEWS[question.view].unit else "per day"
        return [
            f"{mean} in {wording.month(end) if bucket == 'month' else f'the week to {wording.day(end)}'}"
            for _, end in days
        ]
    return [_period(metric, question, first, end) for first, end in days]


def _period(metric: Metric, question: Question, first: date, last: date) -> str:
    if VIEWS[question.view].pools:
        return wording.period(metric, first, last)
    if question.view == "gained" or (metric.period == "month" and not VIEWS[question.view].every):
        return f"in {wording.month(last)}"
    if question.view == "gained-year":
        return f"in {last.year}"
    return wording.period(metric, first, last)


def _enumeration(named: Sequence[tuple[str, str, str]], more: list[str]) -> str:
    """The figures behind one date, or each with its own where they differ."""
    periods = {period for _, _, period in named}
    if len(periods) == 1:
        return f", {periods.pop()}: {wording.join_words([*(f'{name} {figure}' for name, figure, _ in named), *more])}"
    return f": {wording.join_words([*(f'{name} {figure} {period}' for name, figure, period in named), *more])}"
