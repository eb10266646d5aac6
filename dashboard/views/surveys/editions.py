"""The questions of a survey by year, and to whom, as a list to read: where its line breaks, and why."""

from __future__ import annotations

import streamlit as st

from answers.surveys.answer import Surveys
from answers.surveys.editions import Edition
from answers.wording import listed
from dashboard.text import plain
from dashboard.widgets import elements


def show(answer: Surveys) -> None:
    """The list, the newest edition first."""
    if not answer.editions:
        return
    st.subheader("What was asked, and of whom", anchor=False)
    breaks = sum(bool(edition.breaks) for edition in answer.editions)
    st.caption(
        f"{len(answer.editions)} editions, of which {breaks} do not compare with the one before\\. "
        "Told in our words, not in those of the questionnaire\\."
    )
    st.markdown("\n".join(line for edition in reversed(answer.editions) for line in edition_lines(edition)))


def edition_lines(edition: Edition) -> list[str]:
    """One edition as items of a list: what and of whom; below it, why it does not compare with the one before."""
    parts = [f"- **{edition.year}**: {plain(edition.question)}", *(plain(text) for text in facts(edition))]
    lines = [" · ".join(parts)]
    lines += [
        f"    - :red-badge[the line breaks] **{plain(one.title)}**\\. {plain(one.text, 900)}" for one in edition.breaks
    ]
    return lines


def facts(edition: Edition) -> list[str]:
    """Of whom, how many answered, and what came onto the list or left it."""
    texts = [f"asked of {edition.asked_of}"] if edition.asked_of else []
    if edition.base:
        texts.append(f"about {edition.base:,} took the survey" if edition.rounded else f"{edition.base:,} answered")
    if edition.respondents:
        texts.append(f"of {edition.respondents:,} in the survey")
    for names, what in ((edition.added, "new on the list"), (edition.removed, "gone from it")):
        if names:
            texts.append(f"{what}: {listed(elements.titles().get(name, name) for name in names)}")
    return texts
