"""What each chart of a survey shows, in one short sentence: its headline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from answers.questions import EVERY_VALUE
from answers.surveys.answer import DesireGap, Surveys
from answers.surveys.differences import ShareDifference, among, in_points
from answers.wording import framework, join_words
from catalog import Catalog
from dashboard.display_text import number

BEYOND_CHANCE = ("more", "less")
MOST_NAMED = 3  # frameworks in a headline


def last_edition(answer: Surveys, drawn: pd.DataFrame, catalog: Catalog) -> str:
    """Who has the highest share in the last edition, as far as it can be said; of a split how far groups differ.

    `drawn` are the shares of the chart, with line, year and value.
    """
    rows = drawn.dropna(subset=["value"])
    year = int(rows["year"].max())
    rows = rows[rows["year"] == year].sort_values("value", ascending=False)
    question = answer.shares.question
    if question.dimension.endswith(EVERY_VALUE) and len(rows) > 1:
        low, high = (number(float(share), "share") for share in (rows["value"].min(), rows["value"].max()))
        return f"{framework(catalog, question.frameworks[0])}: {low} to {high} in {len(rows)} groups in {year}"
    where = f" {among(catalog, question.dimension)}" if question.dimension else ""
    if len(rows) == 1:
        one = framework(catalog, str(rows["line"].iloc[0]))
        return f"{one} has {number(float(rows['value'].iloc[0]), 'share')} in {year}{where}"
    return _leader(answer, catalog, [str(name) for name in rows["line"]], year) + where


def _leader(answer: Surveys, catalog: Catalog, ranked: Sequence[str], year: int) -> str:
    """Of frameworks in their order by share: whether the first is ahead of all others beyond chance."""
    one, second = (framework(catalog, name) for name in ranked[:2])
    pairs = [c for c in answer.pairs if c.second.framework == ranked[0] and c.second.edition == year]
    outcome_by_rival = {c.first.framework: c.outcome for c in pairs}
    if not pairs or "unknown" in outcome_by_rival.values():
        return f"{one} has the highest share in {year}"
    close = [name for name in ranked if outcome_by_rival.get(name) == "chance"]
    if not close:
        return f"{one} leads in {year}, ahead of {second}"
    if len(close) >= MOST_NAMED:
        return f"{one} and {len(close)} others are too close to call in {year}"
    return f"{join_words([one, *(framework(catalog, name) for name in close)])} are too close to call in {year}"


def changes(answer: Surveys, names: Mapping[str, str]) -> str:
    """Which share changed most between the two editions, beyond chance."""
    first, second = answer.span or (0, 0)
    moved = [c for c in answer.changes if c.outcome in BEYOND_CHANCE and c.difference]
    if not moved:
        return f"No change from {first} to {second} is beyond chance"
    most = max(moved, key=lambda c: abs(_size(c)))
    way = "gained" if _size(most) > 0 else "lost"
    rest = ", the largest change" if len(answer.changes) > 1 else ""
    return f"{line_name(most, names)} {way} {in_points(_size(most))} from {first} to {second}{rest}"


def groups(answer: Surveys, catalog: Catalog, names: Mapping[str, str]) -> str:
    """The largest difference between the two groups, beyond chance."""
    here, there = answer.question.here, answer.question.there or "rest"
    one, other = among(catalog, here), among(catalog, there, here)
    apart = [c for c in answer.groups if c.outcome in BEYOND_CHANCE and c.difference]
    if not apart:
        return f"No difference is beyond chance {one} and {other} in {answer.edition}"
    most = max(apart, key=lambda c: abs(_size(c)))
    way = "more" if _size(most) > 0 else "less"
    return f"{line_name(most, names)}: {in_points(_size(most))} {way} {other} than {one} in {answer.edition}"


def _size(compared: ShareDifference) -> float:
    return compared.difference.value if compared.difference else 0.0


def line_name(compared: ShareDifference, names: Mapping[str, str]) -> str:
    """What a difference is of, by name: a framework, or a group where one framework is split up."""
    first = compared.first
    split = first.dimension and first.dimension == compared.second.dimension and first.dimension in names
    return names[first.dimension] if split else names.get(first.framework, first.framework)


def wanted(gaps: Sequence[DesireGap], names: Mapping[str, str]) -> str:
    """Which frameworks more people want than used, and which fewer, in one edition."""
    year = gaps[0].edition
    more = [names.get(gap.framework, gap.framework) for gap in gaps if gap.more > 0]
    fewer = [names.get(gap.framework, gap.framework) for gap in gaps if gap.more <= 0]
    if not more:
        return f"In {year}, fewer people want {_named(fewer)} than used {_it(fewer)}"
    if not fewer:
        return f"In {year}, more people want {_named(more)} than used {_it(more)}"
    return f"In {year}, more people want {_named(more)} than used {_it(more)}, fewer {_named(fewer)}"


def _named(names: Sequence[str]) -> str:
    return join_words(names) if len(names) <= MOST_NAMED else f"{len(names)} frameworks"


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def answered(rows: pd.DataFrame, *, rounded: bool) -> str:
    """How many people answered, of rows with their `base`: n = 22,970; a round number is about so many."""
    bases = sorted(rows["base"].dropna().unique())
    if not bases:
        return "n not published"
    about = "about " if rounded else ""
    if len(bases) == 1:
        return f"n = {about}{bases[0]:,.0f}"
    return f"n = {about}{bases[0]:,.0f} to {bases[-1]:,.0f}"
