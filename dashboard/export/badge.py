"""A badge for a README: one number, its date, and its doubt in the title, which a pointer or a screen reader finds."""

from __future__ import annotations

from html import escape

import pandas as pd

from answers import wording
from answers.questions import QuestionError
from answers.series.answer import SeriesAnswer
from answers.series.views import view_title, view_unit
from catalog import Catalog
from dashboard.charts.text_width import FAMILY, cut, width
from dashboard.charts.theme import BADGE_INK, BADGE_LEFT, BADGE_RIGHT
from dashboard.display_text import day, number

HEIGHT, SIZE, PAD = 20, 11, 7  # pixels
LONGEST = 260.0  # pixels of text on either side
WORDS = {"stars": "stars", "stars_kept": "stars kept", "forks": "forks"}  # metrics whose name is long beside a number


def badge(answer: SeriesAnswer, catalog: Catalog) -> bytes:
    """The last final number of one framework as SVG. Raises QuestionError where that is not one number."""
    row = _last(answer)
    title = catalog.frameworks[str(row["framework"])].title
    name = WORDS.get(answer.metric.id, answer.metric.title)
    figure = _figure(answer, number(float(row["value"]), view_unit(answer.metric, answer.question.view)))
    when, of = day(pd.Timestamp(row["period_end"])), _of(answer, catalog, row)
    sentence = f"{title}, {answer.metric.title}{of}: {figure} ({_days(row)}). {answer.metric.badge}"
    return _svg(f"{title} · {name}{of}", f"{figure} · {when}", sentence).encode()


def _of(answer: SeriesAnswer, catalog: Catalog, row: pd.Series) -> str:
    """Which part of the metric a number is of, and what was made of it; nothing of a total as it was counted."""
    part = wording.dimension(catalog, str(row["dimension"])) if row["dimension"] else ""
    made = view_title(catalog, answer.question) if answer.question.view != "pooled" else ""  # its days say it
    return "".join(f", {words}" for words in (part, made) if words)


def _last(answer: SeriesAnswer) -> pd.Series:
    values = answer.frame.dropna(subset=["value"])
    if values.empty:
        raise QuestionError("There is nothing to show: no figure is known for this question.")
    if values["framework"].nunique() > 1 or values["dimension"].nunique() > 1:
        raise QuestionError("A badge shows one number: name one framework, and one part of a metric that has no total.")
    final = values[values["status"] == "final"]
    return (final if len(final) else values).iloc[-1]


def _figure(answer: SeriesAnswer, value: str) -> str:
    """The number and over what it was counted, unless it is a mere count."""
    _, per, span = answer.metric.unit.partition(" per ")
    with_period = per and span != "window" and answer.question.view == "level"  # how long a window is, its days say
    return f"{value} per {span}" if with_period else value


def _days(row: pd.Series) -> str:
    first, last = (day(pd.Timestamp(row[name])) for name in ("period", "period_end"))
    return first if first == last else f"{first} to {last}"


def _svg(left: str, right: str, sentence: str) -> str:
    left, right = (cut(text, SIZE, LONGEST) for text in (left, right))
    widths = [width(text, SIZE) for text in (left, right)]
    a, b = (round(w + 2 * PAD) for w in widths)
    letters = "".join(
        # textLength holds the letters to their place in whatever font a reader has
        f'<text x="{x}" y="14" textLength="{w:.1f}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
        for x, w, text in ((PAD, widths[0], left), (a + PAD, widths[1], right))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{a + b}" height="{HEIGHT}" viewBox="0 0 {a + b} {HEIGHT}" '
        f'role="img" aria-label="{escape(sentence)}"><title>{escape(sentence)}</title>'
        f'<clipPath id="round"><rect width="{a + b}" height="{HEIGHT}" rx="4"/></clipPath><g clip-path="url(#round)">'
        f'<rect width="{a}" height="{HEIGHT}" fill="{BADGE_LEFT}"/>'
        f'<rect x="{a}" width="{b}" height="{HEIGHT}" fill="{BADGE_RIGHT}"/>'
        f'</g><g fill="{BADGE_INK}" font-family="{FAMILY}" font-size="{SIZE}">{letters}</g></svg>\n'
    )
